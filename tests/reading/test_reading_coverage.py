"""Nothing is lost: the words that another engine reads on ordinary pages stand in passages that are searched.

The other engine is pypdf. Ordinary pages are those of text: no contents, no lists of references, no scans. Running
heads and page numbers do not count; they are told here by their repetition alone, not by what cpgassist says.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest

from cpgassist.passages import split
from cpgassist.reading import read_guideline
from cpgassist.types import Guideline, Passage

ROOT = Path(__file__).parents[2]
SAMPLE = sorted((ROOT / "corpora" / "sample").glob("*.pdf"))
SHARED = sorted((ROOT.parent / "shared" / "guidelines").glob("*.pdf"))
LEAST = 0.99

_CITATION = re.compile(
    r"\bet al\b|\bdoi\b|https?:|\bwww\.|;\s*\d+\s*(?:\(\d+\))?\s*:\s*\w?\d|\b(?:19|20)\d\d\s*[;:]|\bPMID\b|accessed|available (?:from|at)",
    re.IGNORECASE,
)
_LISTED = re.compile(r"(?:\.{3,}|…{2,}|\s)\s*(?:\d{1,3}|[ivxlc]{1,6})\s*$", re.IGNORECASE)


def folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[\u00ad\ufffe\u2010-\u2015-]", "", text)


def tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", folded(text))


def shape(line: str) -> str:
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", " ".join(line.lower().split()))


def ordinary_pages(path: Path) -> Iterator[tuple[int, str]]:
    """(number, words without running heads) of each ordinary page."""
    pages = [
        [line for line in (page.extract_text() or "").split("\n") if line.strip()]
        for page in pypdf.PdfReader(path).pages
    ]
    heads = Counter(name for lines in pages for name in {shape(line) for line in lines[:3] + lines[-3:]})
    within = False
    for number, lines in enumerate(pages, 1):
        cited = sum(bool(_CITATION.search(line)) for line in lines)
        listed = sum(bool(_LISTED.search(line)) for line in lines)
        named = any(
            re.fullmatch(r"\W*(?:(?:table of )?contents|kandungan|daftar isi|list of \w+)\W*", x, re.I) for x in lines
        )
        titled = any(
            re.fullmatch(r"\W*\d*\W*(?:references?|bibliography|rujukan|daftar pustaka)\W*", line, re.I)
            for line in lines
        )
        within = (within or titled) and cited >= 3
        contents = named or (listed > 0.35 * len(lines) and any("...." in line for line in lines))
        references = within or cited >= max(5, 0.15 * len(lines))
        if len(tokens(" ".join(lines))) < 30 or contents or references:
            continue
        edge = {*range(3), *range(len(lines) - 3, len(lines))}
        yield number, " ".join(line for i, line in enumerate(lines) if i not in edge or heads[shape(line)] < 3)


def searched_words(guideline: Guideline, passages: list[Passage]) -> dict[int, str]:
    """All words of the searched passages on each page, headings and table headers included."""
    words: dict[int, list[str]] = {page.number: [] for page in guideline.pages}
    for passage in passages:
        if passage.searched:
            table = (
                [cell for row in (*passage.table.header, *passage.table.rows) for cell in row] if passage.table else []
            )
            caption = [passage.table.caption, *passage.table.notes] if passage.table else []
            for place in passage.at:
                words[place.page] += [*passage.heading_path, passage.text, passage.grade or "", *table, *caption]
    return {page: folded(" ".join(held)) for page, held in words.items()}


def share_found(path: Path) -> tuple[int, int, list[tuple[int, list[str]]]]:
    """(words found, words on ordinary pages, the words missed by page)."""
    guideline = read_guideline(path)
    held = searched_words(guideline, split(guideline, lambda texts: [len(text.split()) + 2 for text in texts], 200))
    found = total = 0
    missed = []
    for number, text in ordinary_pages(path):
        bag = Counter(re.findall(r"[^\W_]+", held[number]))
        flat = re.sub(r"[\W_]", "", held[number])
        lost = []
        for word in tokens(text):
            total += 1
            # The engines cut words apart and run them together in different places; long ones are looked for as such.
            if bag[word] > 0 or word in flat:
                bag[word] -= 1
                found += 1
            else:
                lost.append(word)
        if lost:
            missed.append((number, lost))
    return found, total, missed


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: path.stem)
def test_the_words_of_the_sample_are_searched(path: Path) -> None:
    found, total, missed = share_found(path)
    assert found >= LEAST * total, missed


@pytest.mark.slow
@pytest.mark.skipif(not SHARED, reason="../shared/guidelines holds real guidelines and is not here")
@pytest.mark.parametrize("path", SHARED or [Path("none.pdf")], ids=lambda path: path.stem)
def test_the_words_of_real_guidelines_are_searched(path: Path) -> None:
    found, total, missed = share_found(path)
    assert found >= LEAST * total, sorted(((len(lost), page, lost[:20]) for page, lost in missed), reverse=True)[:8]
