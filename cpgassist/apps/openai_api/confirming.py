"""Findings of a photo between two turns: shown with a block that the next turn is read with, for nothing is kept here."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from pydantic import ValidationError

from cpgassist.apps.openai_api.composing import in_markdown
from cpgassist.apps.web.shapes import FindingsOut
from cpgassist.errors import InputError
from cpgassist.types import Finding, Findings

HOW = (
    "Nothing was searched yet. Reply **ok** to search with these findings, the numbers of those to leave out (2 4), or "
    "your own in their place (findings: a; b)."
)
_BLOCK = re.compile(r"^```cpgassist-findings\r?\n(.{1,60000}?)\r?\n```$", re.M)
_YES = {"ok", "okay", "yes", "y", "confirm", "confirmed", "correct", "search", "ya", "betul"}
_NUMBERS = re.compile(r"\d{1,3}(?:[\s,]+\d{1,3})*")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question, and the findings that a person has still to confirm."""

    question: str
    findings: Findings

    def __str__(self) -> str:
        """The findings to read, how to confirm them, and the block."""
        seen = self.findings
        parts = [
            f"What the photo shows: {', '.join(filter(None, (seen.image_type, seen.anatomy))) or 'kind not told'}",
            *(
                f"({n}) {item.text}{f' ({item.certainty})' if item.certainty else ''}"
                for n, item in enumerate(seen.items, 1)
            ),
            f"Limitations: {seen.limitations or 'none told'}",
            *(f"Note: {note}" for note in seen.notes),
            seen.label,
        ]
        held = json.dumps({"question": self.question, "findings": seen.to_dict()}, ensure_ascii=True)
        return "\n\n".join([*map(in_markdown, parts), HOW, f"```cpgassist-findings\n{held}\n```"])


def waiting(message: str) -> Waiting | None:
    """The findings that a message of ours asked to confirm; None where it asked for nothing of the kind."""
    block = _BLOCK.search(message)
    if block is None:
        return None
    try:
        held = json.loads(block[1])
        seen = FindingsOut.model_validate(held["findings"])
        question = str(held["question"])
    except (ValueError, KeyError, TypeError, ValidationError):
        return None
    items = tuple(Finding(one.text, one.certainty) for one in seen.findings)
    told = (seen.image_type, seen.anatomy, items, seen.limitations, seen.by, seen.photos, seen.model)
    return Waiting(question, Findings(*told, notes=tuple(seen.notes)))


def confirmed(waits: Waiting, reply: str) -> Findings | None:
    """The findings as the reply leaves them; None for a reply that is neither a yes nor an edit.

    Raises InputError for a number that no finding has, and where nothing is left.
    """
    said = " ".join(reply.split())
    texts = [item.text for item in waits.findings.items]
    if said.casefold().rstrip(".! ") in _YES:
        return waits.findings.edited(texts)
    if _NUMBERS.fullmatch(said):
        out = {int(number) for number in re.findall(r"\d+", said)}
        if not all(1 <= number <= len(texts) for number in out):
            raise InputError("There is no finding of that number.", f"Findings are numbered 1 to {len(texts)}.")
        return _some(waits.findings.edited(text for n, text in enumerate(texts, 1) if n not in out))
    head, colon, own = said.partition(":")
    if colon and head.strip().casefold() == "findings":
        return _some(waits.findings.edited(own.split(";")))
    return None


def _some(findings: Findings) -> Findings:
    if not findings.items:
        raise InputError("No finding is left.", "Keep one, or ask a question without a photo.")
    return findings
