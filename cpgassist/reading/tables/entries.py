"""Printed lines in columns -> rows: where a line begins new entries, and where it goes on with those above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from cpgassist.reading.tables.headers import is_value


@dataclass(frozen=True, slots=True)
class Entry:
    """What a printed line holds in one column, or in several that it runs across."""

    column: int
    last: int
    words: list[int]
    left: float
    right: float
    first: float
    """Width of its first word."""
    text: str
    size: float
    bold: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """A line that begins a row, and the columns whose cell goes on from the row above."""

    kept: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Starts:
    """The lines that begin rows, by number."""

    rows: dict[int, Begun] = field(default_factory=dict)
    unsure: bool = False
    """Whether some lines could as well have gone the other way."""


def row_starts(lines: Sequence[tuple[float, float, Sequence[Entry]]], columns: int) -> Starts:
    """Which lines (top, bottom, entries) begin a row.

    A line goes on with the cell above when its first word would not have fitted there: that is why it was wrapped. A
    word that would have fitted was put on a new line because a new entry begins.
    """
    reach = _reach([e for *_, of in lines for e in of if e.column == e.last], columns)
    usual = median([b[0] - a[1] for a, b in pairwise(lines)] or [0.0])
    rows: dict[int, Begun] = {0: Begun()}
    last: dict[int, Entry] = {e.column: e for e in lines[0][2]}
    unclear = 0
    for number in range(1, len(lines)):
        top, _, entries = lines[number]
        gap = top - lines[number - 1][1] > usual + 0.5 * entries[0].size
        broken = {e.column for e in entries if e.column in last and _breaks(last[e.column], e, reach)}
        wrapped = {e.column for e in entries if e.column in last and e.column not in broken}
        # One number under another is another value.
        values = {
            e.column for e in entries if e.column in broken and is_value(e.text) and is_value(last[e.column].text)
        }
        labelled = any(e.column == 0 for e in entries) and 0 not in last
        # What runs across columns names them, or the rows below: the line after it begins another row.
        wide = any(e.last > e.column for e in (*entries, *last.values()))
        if gap or wide or values or _begins(broken, wrapped, labelled):
            kept = {e.column for e in entries if e.column in wrapped and _surely(e) and not (gap or wide or values)}
            rows[number] = Begun(frozenset(kept))
            # A row whose only sign is one column's, or whose label may belong to either row.
            unclear += not gap and ((not values and len(broken) < 2 and not labelled and 0 not in broken) or 0 in kept)
            last = {c: entry for c, entry in last.items() if c in kept}
        elif len(broken) > 1 or 0 in broken:
            unclear += 1
        last |= {e.column: e for e in entries}
    return Starts(rows, unclear > max(1, 0.15 * len(rows)))


def _surely(entry: Entry) -> bool:
    """Whether an entry that may be wrapped goes on with the cell of the row above: a label, or in mid-sentence."""
    return entry.column == 0 or entry.text[:1].islower()


def _reach(entries: Sequence[Entry], columns: int) -> list[float]:
    """How far each column's words may run: to where they do, or nearly to where the next column's begin."""
    lefts = [min((e.left for e in entries if e.column == c), default=float("inf")) for c in range(columns)]
    found = []
    for c in range(columns):
        held = [e for e in entries if e.column == c]
        own = max((e.right for e in held), default=0.0)
        size = max((e.size for e in held), default=0.0)
        found.append(max(own, lefts[c + 1] - size if c + 1 < columns and lefts[c + 1] < float("inf") else own))
    return found


def _begins(broken: set[int], wrapped: set[int], labelled: bool) -> bool:
    if broken and (not wrapped or labelled):
        return True
    return len(broken) >= 2 and len(broken) > len(wrapped)


def _breaks(above: Entry, entry: Entry, reach: Sequence[float]) -> bool:
    """Whether an entry is a new one rather than the wrapped rest of the one above."""
    if above.bold and not entry.bold:
        return True  # the header ends here
    if entry.text[:1].islower() or above.text.endswith(("-", ",", "(", "/")):
        return False
    if entry.column and is_value(above.text) and is_value(entry.text):
        return True
    return above.right + 0.3 * above.size + entry.first < reach[entry.column] - 0.5
