"""The bottom line: sentences that a model wrote, shown only where the quoted lines carry them, else a quoted line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from cpgassist.answering.support import unsupported
from cpgassist.protocols import SummaryWriter
from cpgassist.quantities.numbers import quantities
from cpgassist.types import DRAWN_KINDS, Citation, Statement, Written

MOST = 3
"""Written sentences that are considered."""
SUMMARY = "summary"
"""Kind of a bottom line that a model wrote."""
FAILED = "The language model failed; the guideline's own lines are shown without its summary."


@dataclass(frozen=True, slots=True)
class BottomLine:
    """What stands over the statements."""

    line: Statement | None
    withheld: int = 0
    """Written sentences that were not shown."""
    remarks: tuple[str, ...] = ()
    """Why they were not."""
    complete: bool = True
    """Whether the model has written all."""


def quoted_line(statements: Sequence[Statement]) -> Statement | None:
    """The first statement that stands on its own: no item of a list, no row, no pointer to a chart."""
    for statement in statements:
        if statement.kind in DRAWN_KINDS or statement.lead:
            continue
        if not statement.text.rstrip().endswith(":") and " | " not in statement.text:
            return statement
    return None


def bottom_lines(question: str, statements: Sequence[Statement], writer: object) -> Iterator[BottomLine]:
    """What a model that can write says in short, a sentence more each time; else the first line that stands on its own.

    The last one stands. A sentence is withheld when it cites no shown line, or when the lines that it cites do not
    carry every quantity, name, denial and condition of it. Whatever goes wrong in the model, the quoted line is shown.
    """
    quoted = quoted_line(statements)
    if not isinstance(writer, SummaryWriter):
        yield BottomLine(quoted)
        return
    kept: list[Statement] = []
    remarks: list[str] = []
    yield BottomLine(quoted, complete=False)
    try:
        for one in islice(writer.summarise(question, [_shown(statement) for statement in statements]), MOST):
            cited = [statements[n - 1] for n in dict.fromkeys(one.lines) if 0 < n <= len(statements)]
            reason = _reason(one, cited)
            if reason:
                remarks.append(f"A sentence of the language model is withheld: it {reason}.")
            else:
                numbers = tuple(dict.fromkeys(n for statement in cited for n in statement.citations))
                kept.append(Statement(" ".join(one.text.split()), numbers, kind=SUMMARY))
                yield BottomLine(_joined(kept), len(remarks), tuple(remarks), complete=False)
    except Exception:  # a model is other people's code; the answer does not need it
        yield BottomLine(quoted, len(remarks), (*remarks, FAILED))
        return
    yield BottomLine(_joined(kept) if kept else quoted, len(remarks), tuple(remarks))


def _joined(kept: Sequence[Statement]) -> Statement:
    numbers = tuple(dict.fromkeys(n for statement in kept for n in statement.citations))
    return Statement(" ".join(statement.text for statement in kept), numbers, kind=SUMMARY)


def counted_numbers(statements: Sequence[Statement], citations: Sequence[Citation]) -> tuple[int, int]:
    """The quantities in these statements, and how many of them stand in the quotes that carry them."""
    quotes = {citation.n: citation.quote for citation in citations}
    total = found = 0
    for statement in statements:
        if statement.kind in DRAWN_KINDS:
            continue
        printed = {one.meaning for n in statement.citations for one in quantities(quotes[n])}
        said = quantities(statement.text)
        total += len(said)
        found += sum(one.meaning in printed for one in said)
    return total, found


def _shown(statement: Statement) -> str:
    return " / ".join((*statement.lead, statement.text))


def _reason(written: Written, cited: Sequence[Statement]) -> str:
    """Why a sentence is not shown; "" when the lines carry it."""
    readable = [statement for statement in cited if statement.kind not in DRAWN_KINDS]
    if not readable or not written.text.strip():
        return "cites no line that can be read"
    lines = [line for statement in readable for line in (statement.text, *_list_leads(statement))]
    headers = [line for statement in readable for line in statement.lead]
    problems = unsupported(written.text, list(dict.fromkeys(lines)), list(dict.fromkeys(headers)))
    return problems[0].withheld if problems else ""


def _list_leads(statement: Statement) -> list[str]:
    """An item together with its lead-in, as one line; a header row only names columns."""
    lead = [line for line in statement.lead if " | " not in line]
    return [" ".join((*lead, statement.text))] if lead and " | " not in statement.text else []
