"""Picked lines -> Answer: each found again on its page, what stands beside it, and the bottom line over all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from cpgassist.answering.beside import beside
from cpgassist.answering.citations import cite
from cpgassist.answering.elsewhere import with_contraries
from cpgassist.answering.questions.intent import Intent
from cpgassist.answering.summary import bottom_lines, counted_numbers
from cpgassist.protocols import FindQuote
from cpgassist.types import Answer, GuidelineInfo, Hit, Sentence

WITHHELD = "What was found is withheld: its words were not found again on the page. Reindex if the file has changed."


def composed(
    silent: Answer,
    wants: Intent,
    picks: Sequence[tuple[Hit, Sentence, float]],
    fits: Callable[[Hit, Sentence], bool],
    guidelines: Mapping[str, GuidelineInfo],
    find: FindQuote,
    around: Sequence[Hit] = (),
    writer: object = None,
) -> Iterator[Answer]:
    """`silent` filled with what the picks show, once for each sentence that `writer` adds; nothing without a pick.

    `fits` tells which picks may be shown (`of_the_asked`), `around` is what was found: a line of it that prints
    otherwise what a pick prints is shown too. Only the last answer is complete. When none of
    the picks is found on its page, it is the silent answer that says so.
    """
    citing = cite(with_contraries([pick for pick in picks if fits(*pick[:2])], around), guidelines, find)
    if not citing.statements:
        if citing.checks.withheld:
            yield replace(silent, checks=citing.checks, not_in_guideline=(WITHHELD,))
        return
    told = beside(silent.question, wants, citing.statements, citing.citations)
    for head in bottom_lines(silent.question, told.statements, writer):
        withheld = citing.checks.withheld + head.withheld
        lines = [*told.statements, *([head.line] if head.line and head.line not in told.statements else [])]
        numbers, numbers_found = counted_numbers(lines, citing.citations)
        yield replace(
            silent,
            status="conflict" if told.conflicts else "partial" if withheld else "answered",
            bottom_line=head.line,
            statements=told.statements,
            not_in_guideline=head.remarks,
            citations=citing.citations,
            checks=replace(citing.checks, withheld=withheld, numbers=numbers, numbers_found=numbers_found),
            remarks=told.remarks,
            clarify=told.clarify,
            complete=head.complete,
        )
