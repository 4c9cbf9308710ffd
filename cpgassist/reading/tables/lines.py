"""Words -> printed lines, and the pieces of a line that stand in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cpgassist.reading.tables.cells import phrases_of, printed_lines
from cpgassist.reading.tables.entries import Entry
from cpgassist.reading.words import Word

_BLANK = 0.36
"""Font heights up to which a gap is a blank between words."""


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One line over the whole width of a table."""

    words: list[int]
    top: float
    bottom: float
    spans: list[tuple[float, float]]
    """(left, right) of each run of words without more than a blank between them."""


def lines_of(words: Sequence[Word], held: Sequence[int]) -> list[PrintedLine]:
    """The printed lines of some of the words, given by their indexes."""
    index = {id(words[i]): i for i in held}
    made = []
    for line in printed_lines([words[i] for i in held]):
        spans: list[tuple[float, float]] = []
        for word in line:
            if spans and word.box.left - spans[-1][1] <= _BLANK * word.size:
                spans[-1] = (spans[-1][0], max(spans[-1][1], word.box.right))
            else:
                spans.append((word.box.left, word.box.right))
        made.append(
            PrintedLine(
                [index[id(word)] for word in line],
                min(word.box.top for word in line),
                max(word.box.bottom for word in line),
                spans,
            )
        )
    return made


def entries_of(words: Sequence[Word], line: PrintedLine, xs: Sequence[float]) -> list[Entry]:
    """The pieces of a line with the columns that each stands in."""
    index = {id(words[i]): i for i in line.words}
    found: list[Entry] = []
    for phrase in phrases_of([words[i] for i in line.words], _BLANK):
        left, right = phrase[0].box.left, max(word.box.right for word in phrase)
        first = max(c for c in range(len(xs) - 1) if c == 0 or xs[c] <= left + 1)
        last = max(c for c in range(len(xs) - 1) if c == first or (c > first and xs[c] < right - 1))
        held = [index[id(word)] for word in phrase]
        if found and found[-1].last >= first:
            before = found[-1]
            found[-1] = Entry(
                before.column, max(before.last, last), [*before.words, *held], before.left, right, before.first,
                f"{before.text} {' '.join(w.text for w in phrase)}", before.size, before.bold,
            )  # fmt: skip
        else:
            text = " ".join(word.text for word in phrase)
            bold = all(word.bold for word in phrase)
            found.append(Entry(first, last, held, left, right, phrase[0].box.width, text, phrase[0].size, bold))
    return found
