"""What stands beside the lines of an answer: remarks on the question, on each line, and where lines disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cpgassist.answering.applicability import clarifying, remarks
from cpgassist.answering.conflicts import Conflict, Stated, conflicts
from cpgassist.answering.contradictions import contradicted
from cpgassist.answering.questions.intent import Intent
from cpgassist.types import DRAWN_KINDS, Citation, Statement


@dataclass(frozen=True, slots=True)
class Beside:
    """The statements with their remarks, and what is said of all of them."""

    statements: tuple[Statement, ...]
    remarks: tuple[str, ...] = ()
    """What contradicts a value that the question takes for granted, and what the guidelines print differently."""
    clarify: tuple[str, ...] = ()
    """Short questions on what the lines differ by and the question does not say."""
    conflicts: tuple[Conflict, ...] = ()


def beside(question: str, wants: Intent, statements: Sequence[Statement], citations: Sequence[Citation]) -> Beside:
    """Everything that code can say of these statements without a verdict; all of it in printed words."""
    by_number = {citation.n: citation for citation in citations}
    first = [by_number[statement.citations[0]] for statement in statements]
    lines = [
        "" if one.kind in DRAWN_KINDS else "\n".join((*place.section, *one.lead, one.text))
        for one, place in zip(statements, first, strict=True)
    ]
    marked = tuple(
        replace(one, remarks=(*one.remarks, *remarks(question, line))) if line else one
        for one, line in zip(statements, lines, strict=True)
    )
    differ = differing(statements, citations)
    wrong = [found for premise in wants.premises if (found := contradicted(premise, lines)) is not None]
    said = dict.fromkeys([*(found.remark for found in wrong), *(found.remark for found in differ)])
    return Beside(marked, tuple(said), clarifying(question, [line for line in lines if line]), differ)


def differing(statements: Sequence[Statement], citations: Sequence[Citation]) -> tuple[Conflict, ...]:
    """Which of the statements, each of them cited, do not agree."""
    by_number = {citation.n: citation for citation in citations}
    return conflicts([_stated(one, by_number[one.citations[0]]) for one in statements])


def _stated(statement: Statement, place: Citation) -> Stated:
    drawn = statement.kind in DRAWN_KINDS
    text, lead = ("", ()) if drawn else (statement.text, statement.lead)
    section, info = place.section, place.guideline
    return Stated(text, info.id, place.at.page, lead, section, None if drawn else statement.grade, statement.quotes)
