"""What may not be in the repository, and what must agree with what."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cpgassist import errors
from cpgassist.apps import cli
from cpgassist.apps.cli import options

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# Joined from parts, so that this file does not hold what it looks for.
_MACHINE = re.compile(
    "|".join(rf"(?<![\w./~-]){re.escape(folder)}\b" for folder in ("/" + "work/", "/" + "root/", "/tmp/" + "lab"))
)
_REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("download", "pytorch", "org"),
        ("anaconda", "org"),
        ("npmjs", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("hf-mirror", "com"),
    )
]


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], capture_output=True, cwd=ROOT, check=False)
    if done.returncode:
        pytest.skip("this is no git checkout")
    return [path for name in done.stdout.decode().split("\0")[:-1] if (path := ROOT / name).is_file()]


def texts() -> dict[str, str]:
    """Tracked text files by name."""
    found = {}
    for path in tracked():
        content = path.read_bytes()
        if b"\0" in content[:8000] or content[:5] == b"%PDF-":
            continue
        found[path.relative_to(ROOT).as_posix()] = content.decode("utf-8")
    assert len(found) > 50
    return found


def lines_with(what: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if what.search(line)
    ]


def test_no_path_of_one_machine():
    assert _MACHINE.search("see " + "/" + "work/main") and not _MACHINE.search(
        "frame/" + "work/x https://a.b/" + "root/"
    )
    assert lines_with(_MACHINE) == []


def test_no_package_registry():
    assert lines_with(re.compile("|".join(rf"\b{re.escape(host)}\b" for host in _REGISTRIES))) == []


def test_no_guideline_but_the_samples_and_nothing_large():
    pdfs = [path.relative_to(ROOT).as_posix() for path in tracked() if path.suffix.lower() == ".pdf"]
    assert [name for name in pdfs if not name.startswith(("corpora/sample/", "tests/"))] == []
    assert [path.name for path in tracked() if path.stat().st_size > 2_000_000] == []


def test_nothing_that_is_made_is_tracked():
    made = (".index", "__pycache__", ".venv", ".pytest_cache", ".hypothesis", "dist", "build", "out")
    assert [path for path in tracked() if set(path.relative_to(ROOT).parts) & set(made)] == []


def test_every_text_file_ends_with_a_line_end_and_has_no_tabs():
    for name, text in texts().items():
        assert (text.endswith("\n") or not text) and "\r" not in text, name
        assert "\t" not in text or name.endswith(("Makefile", ".tsv", ".ambr")), name


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(pair) == 2 for pair in pairs)
    named = {canonicalize_name(name): version for name, version in pairs}
    assert len(named) == len(pairs)
    return named


@pytest.mark.parametrize("line", PROJECT["dependencies"])
def test_every_dependency_is_pinned_to_a_version_it_allows(line):
    needed = Requirement(line)
    assert pins()[canonicalize_name(needed.name)] in needed.specifier


@pytest.mark.parametrize("extra", ["test", "lint", "sample", "bench"])
def test_every_optional_dependency_is_pinned_too(extra):
    for line in PROJECT["optional-dependencies"][extra]:
        assert canonicalize_name(Requirement(line).name) in pins()


def test_torch_is_pinned_to_the_one_that_brings_no_cuda():
    assert pins()["torch"] == "2.13.0"
    assert not [name for name in pins() if name.startswith(("nvidia", "triton", "cuda"))]


def test_the_makefile_installs_nothing_without_the_constraints_but_the_bench():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    installs = [line for line in text.splitlines() if "pip install" in line and "langchain" not in line]
    assert installs and all("-c constraints.txt" in line for line in installs)


def test_the_changelog_has_an_entry_for_this_version():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version = re.escape(PROJECT["version"])
    entry = re.search(rf"^## \[{version}\] - \d{{4}}-\d\d-\d\d$(.+?)(?=^## \[|\Z)", changes, re.M | re.S)
    assert entry and len(entry[1].strip()) > 100


CODES = {
    0: "done",
    errors.CpgassistError.exit_code: "other",
    errors.InputError.exit_code: "usage",
    options.SILENT: "silent",
    errors.DocumentError.exit_code: "left out",
    errors.NoIndexError.exit_code: "no index",
    errors.ModelError.exit_code: "model",
    errors.IndexLockedError.exit_code: "locked",
    errors.IndexDamagedError.exit_code: "damaged",
}


def test_the_exit_codes_of_the_command_line_are_those_of_the_errors():
    told = re.search(r"Exit codes: (.+?)\.\n", cli.__doc__, re.S)
    table = {int(code): words for code, words in re.findall(r"(\d) ([^;]+)", told[1].replace("\n", " "))}
    assert set(table) == set(CODES)
    assert [code for code, word in CODES.items() if word not in table[code]] == []
    assert errors.DocumentError.exit_code == options.LEFT_OUT


def test_the_exit_codes_of_the_readme_are_those_of_the_errors():
    told = re.search(r"Exit codes: (.+?)\.\n", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    table = {
        int(code): words for code, words in re.findall(r"(\d) ([^,;]+(?:, [a-z][^,;]*)?)", told[1].replace("\n", " "))
    }
    assert [code for code, words in table.items() if CODES[code] not in words] == []
    assert set(CODES) - {1} <= set(table)
