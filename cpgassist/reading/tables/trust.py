"""What speaks against a table's cells, and the form in which a doubtful table is served: rows as lines, no columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from cpgassist.reading.blocks import starts_item
from cpgassist.reading.tables.cells import printed_lines
from cpgassist.reading.tables.headers import is_value
from cpgassist.sentences import row_text

if TYPE_CHECKING:
    from cpgassist.reading.tables.found import FoundTable
    from cpgassist.reading.tables.grid import Layout, Slot
    from cpgassist.reading.words import Word

_OVER = 4.0
"""Points by which a word reaches over the side of its cell before it counts as crossing it."""
_LEAST_FILLED = 0.6
_GAP = 1.5
"""Font heights from which a gap inside a cell's lines parts columns that no edge shows."""
_COLUMNS_WORDS = 4
"""Words from which a line may hold more than one column; "Yes   No" is one answer."""
_STACKED = 3
"""Lines of single values in one cell from which they are rows that nothing divides."""


def doubts_about(layout: Layout, words: Sequence[Word]) -> list[str]:
    """What speaks against the cells of a layout being as printed."""
    doubts = list(dict.fromkeys(layout.doubts))
    held = sum(len(slot.words) for slot in layout.slots)
    if _crossing(layout, words) > max(1, 0.02 * held):
        doubts.append("words across the sides of their cells")
    if any(_run_together(layout, slot, words) for slot in layout.slots if 1 < slot.columns < len(layout.xs) - 1):
        doubts.append("columns run together")
    return doubts


def doubted(table: FoundTable, doubt: str) -> FoundTable:
    """A table as it is served when its cells are not sure after all: a line for each row."""
    return replace(
        table,
        header=(),
        rows=tuple((row_text(row),) for row in (*table.header, *table.rows)),
        cells=(),
        doubts=(*table.doubts, doubt),
        unlabelled=(),
    )


def sparse(table: FoundTable) -> bool:
    """Whether most cells are empty, as where the boxes of a drawing are taken for cells."""
    filled = sum(bool(cell) for row in table.rows for cell in row)
    return table.reliable and filled < _LEAST_FILLED * len(table.columns) * len(table.rows)


def _crossing(layout: Layout, words: Sequence[Word]) -> int:
    """How many words reach over the side of their cell."""
    count = 0
    for slot in layout.slots:
        left, right = layout.xs[slot.column], layout.xs[slot.column + slot.columns]
        for i in slot.words:
            box = words[i].box
            if words[i].turned == 0 and (box.left < left - _OVER or box.right > right + _OVER):
                count += 1
    return count


def _run_together(layout: Layout, slot: Slot, words: Sequence[Word]) -> bool:
    """Whether a cell over several columns holds lines whose words all keep to their sides of a column's edge."""
    for x in layout.xs[slot.column + 1 : slot.column + slot.columns]:
        left = [words[i] for i in slot.words if words[i].box.right < x + 1]
        right = [words[i] for i in slot.words if words[i].box.left > x - 1]
        if len(left) + len(right) < len(slot.words):
            continue
        both = sum(any(abs(a.box.middle - b.box.middle) < 3 for b in right) for a in left)
        if both >= 2 and len(printed_lines(left)) >= 2 and len(printed_lines(right)) >= 2:
            return True
    return False


def unnamed_column(layout: Layout, texts: Sequence[str], deep: int) -> bool:
    """Whether a column holds text in most rows under a header that has no name for it, and is no column of labels."""
    rows, columns = len(layout.ys) - 1, len(layout.xs) - 1
    filled = [slot for slot, text in zip(layout.slots, texts, strict=True) if text]
    named = min((s.column for s in filled if s.row < deep), default=0)
    for column in range(max(1, named), columns):
        over = [s for s in filled if s.row < deep and s.column <= column < s.column + s.columns]
        under = sum(s.rows for s in filled if s.row >= deep and s.column <= column < s.column + s.columns)
        if not over and under * 2 > rows - deep:
            return True
    return False


def interleaved(lines: Sequence[Sequence[Sequence[Word]]]) -> bool:
    """Whether most of a cell's lines have a wide gap at one place: columns without edges, read across.

    The gap after a bullet is none, and those of justified lines do not stand under each other.
    """
    for printed in lines:
        after = [
            b.box.left
            for line in printed
            if len(line) >= _COLUMNS_WORDS
            for i, (a, b) in enumerate(pairwise(line))
            if b.box.left - a.box.right > _GAP * max(a.size, b.size) and (i or not starts_item(f"{a.text} x"))
        ]
        most = max((sum(abs(x - y) < 4 for y in after) for x in after), default=0)
        if most >= 3 and most * 2 >= len(printed):
            return True
    return False


def stacks(layout: Layout, lines: Sequence[Sequence[Sequence[Word]]]) -> bool:
    """Whether cells of one row hold as many short lines as each other, one of them nothing but values.

    Then the lines are rows that no rule divides, and a value joined to the wrong line would be a wrong dose.
    """
    columns = len(layout.xs) - 1
    counts: dict[int, list[tuple[int, bool]]] = {}
    for slot, printed in zip(layout.slots, lines, strict=True):
        if len(printed) < _STACKED or slot.columns == columns:
            continue
        texts = [" ".join(word.text for word in line) for line in printed]
        if not any(starts_item(text) for text in texts):
            counts.setdefault(slot.row, []).append((len(texts), all(is_value(text) for text in texts)))
    return any(values and sum(n == count for n, _ in row) >= 2 for row in counts.values() for count, values in row)
