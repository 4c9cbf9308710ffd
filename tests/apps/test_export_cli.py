"""`cpgassist ask --save`: the format by the suffix, beside what is printed, and never over a file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from export_read import READERS

ROOT = Path(__file__).parents[2]
DOSE = "Adult with mild Harbour fever: how much zelmorin, for how many days?"


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch):
    monkeypatch.chdir(ROOT)
    for name in os.environ:
        if name.startswith("CPGASSIST_"):
            monkeypatch.delenv(name)


@pytest.fixture
def ask(run, index):
    return lambda *words: run("ask", *words, "--corpus", "corpora/sample", "--index", index)


@pytest.mark.parametrize("name", ["answer.html", "ANSWER.HTM", "answer.pdf", "answer.docx"])
def test_the_suffix_names_the_format(ask, tmp_path, name):
    path = tmp_path / name
    code, out, err = ask(DOSE, "--save", path)
    assert code == 0 and out and err == f"Saved: {path}\n"
    format = path.suffix.lower()[1:].replace("htm", "html").replace("htmll", "html")
    assert DOSE.split()[0] in READERS[format](path.read_bytes())


def test_json_stays_alone_on_stdout_and_silence_is_saved_too(ask, tmp_path):
    path = tmp_path / "silent.html"
    code, out, _ = ask("Who won the football world cup?", "--save", path, "--json")
    assert code == 3 and json.loads(out)["status"] == "silent"
    assert "do not answer this" in path.read_text(encoding="utf-8")


def test_no_file_is_written_over(ask, tmp_path):
    path = tmp_path / "kept.pdf"
    path.write_text("a record")
    code, out, err = ask(DOSE, "--save", path)
    assert (code, out) == (2, "") and "is there already" in err and "-> Choose another name" in err
    assert path.read_text() == "a record"


@pytest.mark.parametrize(("name", "said"), [("answer.txt", "End the name in"), ("no/answer.pdf", "There is no folder")])
def test_what_cannot_be_saved_is_said_before_anything_is_asked(ask, tmp_path, name, said):
    code, out, err = ask(DOSE, "--save", tmp_path / name)
    assert (code, out) == (2, "") and said in err
