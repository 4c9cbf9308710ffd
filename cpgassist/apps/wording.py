"""Words that every door says of an answer in the same way, not yet escaped for any of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cpgassist.types import READ_BY_OCR, Answer, Citation, GuidelineInfo, Locator

HEADINGS = {
    "recommendation": "Recommendations",
    "table": "Table rows",
    "text": "From the text",
    "flowchart": "Algorithms",
    "figure": "Figures",
}
"""Heading over statements of a kind; other kinds stand with the text."""

WORDS = {
    "partial": "The guideline answers part of this.",
    "silent": "The guidelines here do not answer this.",
    "conflict": "The guidelines print different things. Both are shown.",
    "refused": "This is not a question for the guidelines.",
}
"""First words of an answer in each state (design/ux.md, section 2)."""

NO_MODEL = "Answers are quoted, not written: no language model is loaded."
OLD_AFTER_YEARS = 5
CELLS = " | "
BULLETS = "•▪◦‣●■ "
"""Marks before a list item; the page shows them, and a list here has its own."""


def counted(number: int, noun: str) -> str:
    """`1 quote`, `2 quotes`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def page_name(at: Locator) -> str:
    """`page 46 (printed 44)`, or `page 46` when the printed number is the same or none is printed."""
    return f"page {at.page}" + (f" (printed {at.label})" if at.label and at.label != str(at.page) else "")


def edition_line(info: GuidelineInfo) -> str:
    """Publisher, year and edition, as far as known."""
    return " · ".join(str(part) for part in (info.publisher, info.published, info.edition) if part)


def named(info: GuidelineInfo) -> str:
    """`Title (2023)`: editions of one guideline often share their title."""
    return f"{info.title} ({info.published})" if info.published else info.title


def age(info: GuidelineInfo, today: date) -> str:
    """That an edition is old; "" for one that is not, or whose year is unknown."""
    years = today.year - info.published if info.published else 0
    return f"This edition is {years} years old." if years > OLD_AFTER_YEARS else ""


def by_guideline(citations: Sequence[Citation]) -> dict[str, list[Citation]]:
    """The citations of each guideline, in order of first citation."""
    groups: dict[str, list[Citation]] = {}
    for citation in citations:
        groups.setdefault(citation.guideline.id, []).append(citation)
    return groups


def ocr_warning(answer: Answer) -> str:
    """What stands with an answer that quotes a scan, the numbers that OCR was unsure of named; "" for any other."""
    unsure = dict.fromkeys(number for citation in answer.citations for number in citation.uncertain)
    if not any(citation.ocr_note for citation in answer.citations):
        return ""
    return READ_BY_OCR + (f" Uncertain: {', '.join(unsure)}." if unsure else "")
