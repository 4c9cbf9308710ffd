"""Words that every door says of an answer in the same way, not yet escaped for any of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from cpgassist.answering.summary import FAILED
from cpgassist.types import READ_BY_OCR, WITHOUT_MODEL, Answer, Citation, GuidelineInfo, Locator, Statement

HEADINGS = {
    "act now": "Act now, as the guideline prints it",
    "recommendation": "Recommendations",
    "table": "Table rows",
    "text": "From the text",
    "flowchart": "Algorithms",
    "figure": "Figures",
}
"""Heading over statements of a kind, and over those that call for urgent action; other kinds stand with the text."""

WORDS = {
    "partial": "The guideline answers part of this.",
    "silent": "The guidelines here do not answer this.",
    "conflict": "The guidelines print different things. Both are shown.",
    "refused": "This is not a question for the guidelines.",
}
"""First words of an answer in each state (design/ux.md, section 2)."""

STAGES = {
    "read": "Reading",
    "ocr": "OCR",
    "split": "Splitting",
    "embed": "Embedding",
    "store": "Storing",
    "check": "Checking",
    "ask": "Asking",
}
"""Stages of `Progress`, and of what runs a file of questions."""

DIFFERS = "The guidelines print different things here"
"""Begins the remark that names what differs."""

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


def kind_of(statement: Statement) -> str:
    """The key of HEADINGS that a statement stands under."""
    if statement.kind == "table" or CELLS in statement.text:
        return "table"
    return statement.kind if statement.kind in HEADINGS and statement.kind != "act now" else "text"


def above(statement: Statement, places: Mapping[int, Citation]) -> tuple[str, ...]:
    """The heading and lead-in that a list item stands under: "The dose is 5 mg" says of what only there."""
    place = places.get(statement.citations[0]) if statement.citations else None
    return (place.under, *statement.lead) if place is not None and place.under else statement.lead


def cells_of(row: str) -> list[str]:
    """The cells of a quoted row."""
    return [cell.strip() for cell in row.split("|")]


def header_of(lead: Sequence[str]) -> tuple[list[str], list[str]]:
    """The cells of the header row, and the row that names the group below it."""
    header = next((line for line in lead if CELLS in line), "")
    return cells_of(header) if header else [], [line for line in lead if line != header]


def said_of_all(rows: Sequence[Statement]) -> list[str]:
    """What is said of every row, so that it stands once, over the table."""
    return [remark for remark in rows[0].remarks if all(remark in one.remarks for one in rows)]


def quoted_only(models: Mapping[str, Any]) -> bool:
    """Whether no language model had a part in an answer."""
    return bool(models.get("generator", "extractive") == "extractive")


def state_words(answer: Answer) -> str:
    """First words of the answer; "" for one that needs none, or whose remarks say already what differs."""
    said = answer.status == "conflict" and any(remark.startswith(DIFFERS) for remark in answer.remarks)
    return "" if said else WORDS.get(answer.status, "")


def of_the_model(line: str) -> bool:
    """Whether a line of `not_in_guideline` tells that the language model failed."""
    return line.startswith((WITHOUT_MODEL, FAILED))
