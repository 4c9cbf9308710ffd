"""What the tests of the command line say to it, and a failure as it must be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cpgassist.apps.cli import app

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "corpora" / "sample"
QUESTIONS = ROOT / "demo" / "questions.jsonl"
PROGRAM = Path(sys.executable).with_name("cpgassist")

COMMANDS = sorted(command.name or command.callback.__name__ for command in app.registered_commands)
GROUPS = [group.name for group in app.registered_groups]
"""Commands that have commands of their own, tested in files of their own."""
NO_INDEX = ("reindex", "doctor", "eval", "batch", "describe", "models", "mcp")
"""Commands that work without an index, or say so otherwise."""
DOSE = "Adult with mild Harbour fever: how much zelmorin, for how many days?"
OFF_TOPIC = "Who won the football world cup?"
MOSS = "sample-moss-lung-2022.pdf"
HEAVY = ("torch", "transformers", "sentence_transformers", "chromadb", "gradio", "llama_index", "numpy")


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "200")
    for name in os.environ:
        if name.startswith("CPGASSIST_"):
            monkeypatch.delenv(name)


@pytest.fixture
def ask(run, index):
    """Runs a command on the sample's index."""
    return lambda *words: run(*words, "--corpus", SAMPLE, "--index", index)


@pytest.fixture
def moss(tmp_path) -> Path:
    """A corpus of one guideline."""
    folder = tmp_path / "moss"
    folder.mkdir()
    shutil.copy(SAMPLE / MOSS, folder)
    return folder


def program(*words, **options) -> subprocess.CompletedProcess:
    """Runs the installed `cpgassist`."""
    options = {"capture_output": True, "text": True, "timeout": 120, "cwd": ROOT, **options}
    return subprocess.run([PROGRAM, *map(str, words)], check=False, **options)


def failed_cleanly(code: int, told: tuple[int, str, str]) -> str:
    """Checks a failure: its code, one line and its next step on stderr, nothing on stdout; gives stderr."""
    assert told[0] == code, told
    assert told[1] == "" and "Traceback" not in told[2]
    assert told[2].count("\n") == 2 and "\n-> " in told[2]
    return told[2]
