"""Mutated PDFs end as they must; `python tests/fuzz_pdfs.py 10000` reads more, with other numbers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import fuzz_pdfs

ROOT = Path(__file__).parents[2]
KINDS = {
    "Guideline",
    "Guideline without text",
    "Guideline, pages left out",
    "NotAPdfError",
    "EncryptedPdfError",
    "DamagedPdfError",
    "LimitError",
    "crashed",
}


@pytest.mark.parametrize("count", [80, pytest.param(400, marks=pytest.mark.slow)])
def test_mutants_end_in_a_guideline_or_a_document_error(count):
    # In a process of its own, because it forks: this one may have threads.
    command = [sys.executable, ROOT / "tests" / "fuzz_pdfs.py", str(count), "--own"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["failures"] == {} and done.returncode == 0, done.stderr[-2000:]
    assert set(told["outcomes"]) <= KINDS and sum(told["outcomes"].values()) == count
    assert told["outcomes"]["Guideline"] > count / 4 and told["outcomes"]["DamagedPdfError"] > count / 20


def test_a_mutant_is_told_by_its_number(tmp_path):
    contents = fuzz_pdfs.seeds(tmp_path, shared=False)
    assert len(contents) > 25
    made = [fuzz_pdfs.mutant(contents, number) for number in range(40)]
    assert made == [fuzz_pdfs.mutant(contents, number) for number in range(40)]
    assert len({*made, *contents}) > len(contents) + 35
