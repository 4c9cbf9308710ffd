"""The truth of the sample guidelines, read off the rendered pages: its words are there, and reading agrees with it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from cpgassist.evaluation.structure import StructureScore, read_rows, read_truth, score_structure
from cpgassist.passages import split
from cpgassist.reading import read_guideline
from cpgassist.testing import HashEmbedder

SAMPLE = Path(__file__).parents[2] / "corpora" / "sample"
TRUTH = read_truth(SAMPLE / "truth")
TEXTLESS = ("sample-lantern-pressure-2021.pdf", 7)

EXPECTED = {
    "grade: statement found in a passage": 1.0,
    "grade: attached exactly as printed": 1.0,
    "grade: wrong grade attached (rate, lower is better)": 0.0,
    "grade: no false grade on ungraded statements": 1.0,
    "grade: false attachments (rate, lower is better)": 0.0,
    "noise: all dropped": 1.0,
    "page label: as printed": 1.0,
    "section: heading in the path": 1.0,
    "section: all parents above it, in order": 1.0,
    "flowchart: flagged as flowchart or figure": 1.0,
    "flowchart: false flags on other pages (rate, lower is better)": 0.0,
    "box: statement whole in a passage": 1.0,
    "box: marked as recommendation or graded": 1.0,
    "table: flagged": 1.0,
    "no text: page reported (or read by OCR)": 1.0,
    "reading order: landscape and two-column": 1.0,
}


@cache
def folded_page(file: str, page: int) -> str:
    with pdfium.PdfDocument(SAMPLE / file) as document:
        return folded(document[page - 1].get_textpage().get_text_range())


def folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


@cache
def score() -> StructureScore:
    embedder = HashEmbedder()
    rows = []
    for path in sorted(SAMPLE.glob("*.pdf")):
        guideline = read_guideline(path)
        rows += [p.to_dict(path.name) for p in split(guideline, embedder.count_tokens, embedder.window)]
    return score_structure(read_rows(rows), TRUTH)


def test_the_truth_is_enough_to_see_a_fault():
    assert len(TRUTH.grades) >= 20 and len(TRUTH.cells) >= 20 and len(TRUTH.layout) >= 15
    assert sum(row.grade is None for row in TRUTH.grades) >= 5 and sum(not row.value for row in TRUTH.cells) >= 5
    assert TRUTH.files == {path.name for path in SAMPLE.glob("*.pdf")}


def test_its_words_stand_on_their_pages():
    for row in (*TRUTH.grades, *TRUTH.layout):
        text = row.statement if hasattr(row, "statement") else row.text
        if (row.file, row.page) != TEXTLESS:
            assert folded(text) in folded_page(row.file, row.page), row
    for row in TRUTH.grades:
        for said in (row.grade or "").split(" | "):
            assert folded(said) in folded_page(row.file, row.page), row
    for row in TRUTH.cells:
        for text in (row.row, row.column, row.value):
            assert folded(text) in folded_page(row.file, row.page), row


@pytest.mark.parametrize(("figure", "share"), EXPECTED.items())
def test_reading_agrees(figure, share):
    misses = [miss for miss in score().misses if miss.what != "cell"]
    assert score().share(figure) == share, misses


CONTINUED = ("sample-harbour-fever-2023.pdf", 13)
"""Where a table goes on from the page before, its header printed again and its caption not."""


def missed_cells() -> dict[bool, list[str]]:
    cells = [miss for miss in score().misses if miss.what == "cell"]
    return {where: [c.expected for c in cells if ((c.file, c.page) == CONTINUED) is where] for where in (True, False)}


def test_cells_are_read_right():
    assert missed_cells()[False] == []


def test_cells_of_a_continued_page_are_read_right():
    assert missed_cells()[True] == []
