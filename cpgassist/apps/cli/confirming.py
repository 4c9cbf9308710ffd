"""The findings of a photo in a terminal: shown, and confirmed by a person before anything is searched."""

from __future__ import annotations

import re
import sys

import typer

from cpgassist.errors import InputError
from cpgassist.types import Findings

_NUMBERS = re.compile(r"[\d\s,]+")


def findings_text(findings: Findings) -> str:
    """The four fields, the findings numbered, and what must be known of them."""
    if findings.refused:
        return "\n".join((f"The photo cannot be described reliably: {findings.refused}", *findings.notes))
    parts = [
        f"Picture:     {findings.image_type or 'not told'}",
        f"Body part:   {findings.anatomy or 'not told'}",
        "Findings:",
        *(
            f"  {number}. {item.text}{f' ({item.certainty})' if item.certainty else ''}"
            for number, item in enumerate(findings.items, 1)
        ),
        f"Limitations: {findings.limitations or 'none told'}",
        *(f"Note: {note}" for note in findings.notes),
        findings.label,
    ]
    return "\n".join(parts)


def confirmed(findings: Findings, asking: bool = True) -> Findings:
    """The findings as the person at the terminal leaves them.

    Raises InputError when nobody is there to ask, or when they say that they are wrong.
    """
    if not (asking and sys.stdin.isatty()):
        raise InputError(
            f"The model's findings are not confirmed: {findings}.",
            "Check them, then ask again with --yes, or give your own with --finding.",
        )
    sys.stderr.write(findings_text(findings) + "\n")
    told = typer.prompt(
        "Enter to search with these; numbers to leave out (2 4); words to add (a; b); q to stop",
        default="",
        show_default=False,
        err=True,
    )
    return edited(findings, told)


def edited(findings: Findings, told: str) -> Findings:
    """The findings without those whose numbers were typed, or with the words that were typed."""
    told = told.strip()
    if told.lower() in ("q", "quit", "n", "no"):
        raise InputError("The findings were not confirmed; nothing was searched.", "Type your own with --finding.")
    texts = [item.text for item in findings.items]
    if told and _NUMBERS.fullmatch(told):
        out = {int(number) for number in re.findall(r"\d+", told)}
        if not all(1 <= number <= len(texts) for number in out):
            raise InputError(f"There is no finding {max(out)}.", f"Findings are numbered 1 to {len(texts)}.")
        return findings.edited(text for number, text in enumerate(texts, 1) if number not in out)
    return findings.edited((*texts, *told.split(";"))) if told else findings
