"""What a user may import, and what importing it costs."""

from __future__ import annotations

import resource
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import cpgassist

ROOT = Path(__file__).parents[2]
HEAVY = (
    "torch",
    "transformers",
    "sentence_transformers",
    "chromadb",
    "gradio",
    "llama_index",
    "numpy",
    "pydantic",
    "PIL",
)


def python(code: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)


def test_all_is_what_is_exported():
    assert cpgassist.__all__ == [*sorted(name for name in cpgassist.__all__ if name[0] != "_"), "__version__"]
    assert dir(cpgassist) == sorted(cpgassist.__all__)
    names: dict[str, object] = {}
    exec("from cpgassist import *", names)
    assert set(cpgassist.__all__) <= set(names)


@pytest.mark.parametrize("name", cpgassist.__all__)
def test_every_name_is_there_and_described(name):
    value = getattr(cpgassist, name)
    assert value.__doc__
    if isinstance(value, type):
        home = import_module(value.__module__)
        assert getattr(home, name) is value and value.__module__.startswith("cpgassist.")


def test_the_names_for_type_checkers_are_the_names_loaded_on_first_touch():
    source = (ROOT / "cpgassist" / "__init__.py").read_text(encoding="utf-8")
    checked = {line.split(" as ")[1] for line in source.splitlines() if line.startswith("    from cpgassist.")}
    assert checked | {"__version__"} == set(cpgassist.__all__)


def test_other_names_are_an_attribute_error():
    with pytest.raises(AttributeError, match="'cpgassist' has no attribute 'Manager'"):
        cpgassist.Manager
    with pytest.raises(ImportError):
        exec("from cpgassist import Manager")


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cpgassist.__version__ == project["version"]


def wrong_names(name: str) -> list[str]:
    """What is wrong with a module's docstring or __all__."""
    module = import_module(name)
    listed = getattr(module, "__all__", [])
    wrong = [f"{name}.{missing} is in __all__ and not there" for missing in listed if not hasattr(module, missing)]
    wrong += [f"{name}.{one} stands twice in __all__" for one in sorted({o for o in listed if listed.count(o) > 1})]
    return wrong if module.__doc__ else [*wrong, f"{name} has no docstring"]


def test_every_all_names_what_the_module_has():
    modules = sorted(module.name for module in walk_packages(cpgassist.__path__, "cpgassist."))
    assert len(modules) > 100
    assert [wrong for name in modules for wrong in wrong_names(name)] == []


def spent() -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    python("import cpgassist")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_importing_takes_at_most_a_third_of_a_second_of_processor_time():
    assert min(spent() for _ in range(3)) <= 0.3


@pytest.mark.parametrize("name", ["cpgassist", "cpgassist.types", "cpgassist.errors", "cpgassist.protocols"])
def test_importing_loads_nothing_heavy(name):
    done = python(f"import sys, {name}; print([heavy for heavy in {HEAVY!r} if heavy in sys.modules])")
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["Corpus", "Assistant", "Settings"])
def test_the_halls_load_no_model_and_no_database(name):
    heavy = [heavy for heavy in HEAVY if heavy not in ("numpy", "pydantic", "PIL")]
    done = python(f"import sys; from cpgassist import {name}; print([h for h in {heavy!r} if h in sys.modules])")
    assert done.stdout.strip() == "[]"
