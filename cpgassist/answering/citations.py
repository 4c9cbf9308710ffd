"""Picked sentences -> statements and citations. A quote is shown only after it was found again on its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cpgassist.protocols import FindQuote
from cpgassist.types import Checks, Citation, GuidelineInfo, Hit, Locator, Passage, Sentence, Statement

LEAD_IN_WORDS = 40
"""A lead-in longer than this is not repeated above its item."""


@dataclass(frozen=True, slots=True)
class Citing:
    """What could be shown of the picked sentences."""

    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    checks: Checks


def cite(
    picks: Sequence[tuple[Hit, Sentence, float]], guidelines: Mapping[str, GuidelineInfo], find: FindQuote
) -> Citing:
    """Statements in the order of the picks, each with verified citations; sentences not found are withheld."""
    desk = _Desk(guidelines, find)
    for hit, sentence, _ in picks:
        passage = hit.passage
        for lead in _leads(passage, sentence):
            desk.state(passage, lead)
        desk.state(passage, sentence)
    return Citing(tuple(desk.statements), tuple(desk.citations), desk.checks)


def _leads(passage: Passage, sentence: Sentence) -> list[Sentence]:
    """What must stand above a sentence for it to be understood: the lead-in of an item, the header of a row."""
    if passage.table is not None and passage.table.header:
        header = passage.table.header[-1]
        text = " | ".join(dict.fromkeys(cell for cell in header if cell))
        return [Sentence(text, sentence.page)] if text and text != sentence.text else []
    at = passage.sentences.index(sentence) if sentence in passage.sentences else 0
    for before in reversed(passage.sentences[:at]):
        if before.text.rstrip().endswith(":"):
            return [before] if len(before.text.split()) <= LEAD_IN_WORDS else []
        if not _is_item(before.text):
            return []
    return []


def _is_item(text: str) -> bool:
    return text[:1] in "•●▪■◦o-–➢✓" or (text[:3].rstrip(").").isalnum() and text[1:3].strip()[:1] in (")", "."))


class _Desk:
    """Numbers citations and statements, each once."""

    def __init__(self, guidelines: Mapping[str, GuidelineInfo], find: FindQuote) -> None:
        self._guidelines, self._find = guidelines, find
        self.statements: list[Statement] = []
        self.citations: list[Citation] = []
        self.checks = Checks()
        self._numbers: dict[tuple[str, int, str], int | None] = {}
        self._stated: set[tuple[str, str]] = set()

    def state(self, passage: Passage, sentence: Sentence) -> None:
        """Add a sentence as a statement, or count it as withheld."""
        key = (passage.guideline, " ".join(sentence.text.casefold().split()))
        if key in self._stated:
            return
        self._stated.add(key)
        numbers = [self._cited(passage, page, text) for page, text in _pieces(sentence)]
        if any(number is None for number in numbers):
            # A table's header stands on the page where the table began; without it the row still stands.
            header = passage.table is not None and sentence not in passage.sentences
            if not header:
                self.checks = replace(self.checks, withheld=self.checks.withheld + 1)
            return
        cited = tuple(dict.fromkeys(number for number in numbers if number is not None))
        kind = "table" if passage.table is not None and passage.kind == "table" else passage.kind
        self.statements.append(Statement(sentence.text, cited, passage.grade, kind))

    def _cited(self, passage: Passage, page: int, text: str) -> int | None:
        key = (passage.guideline, page, text)
        if key not in self._numbers:
            self._numbers[key] = self._new(passage, page, text)
        return self._numbers[key]

    def _new(self, passage: Passage, page: int, text: str) -> int | None:
        info = self._guidelines[passage.guideline]
        found = self._find(info, page, text)
        checks = self.checks
        self.checks = replace(checks, quotes=checks.quotes + 1, quotes_found=checks.quotes_found + (found is not None))
        if found is None:
            return None
        label = next((place.label for place in passage.at if place.page == page), None)
        number = len(self.citations) + 1
        at = Locator(page, label, found.boxes)
        self.citations.append(Citation(number, info, at, passage.heading_path, found.text, True, passage.id))
        return number


def _pieces(sentence: Sentence) -> list[tuple[int, str]]:
    """The page and words of each part of a sentence that runs over a page break."""
    if not sentence.continued:
        return [(sentence.page, sentence.text)]
    first = sentence.text.removesuffix(sentence.continued).rstrip()
    return [(sentence.page, first), (sentence.page + 1, sentence.continued)]
