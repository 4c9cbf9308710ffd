"""A table's cells -> header, rows and words, as they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cpgassist.reading.repair import repairs_of
from cpgassist.reading.tables.cells import cell_text, printed_lines
from cpgassist.reading.tables.grid import Layout, Slot
from cpgassist.reading.tables.headers import header_depth
from cpgassist.reading.words import Word
from cpgassist.sentences import row_text
from cpgassist.types import Box, Cell, Line, Table

_NARROW = 22.0
"""Points up to which a column without a cell of its own is two edges that were meant to be one."""


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table on one page: its cells, and which words of the page it took."""

    box: Box
    header: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[str, ...], ...]
    row_words: tuple[tuple[int, ...], ...]
    """Indexes of the words in each row, header rows first, in reading order by cell."""
    columns: tuple[float, ...]
    """The x of each column's left edge."""
    reliable: bool
    cells: tuple[Cell, ...] = ()
    doubts: tuple[str, ...] = ()
    """Why the table is not reliable."""
    unlabelled: tuple[tuple[int, int, int], ...] = ()
    """(column, row, rows) of each empty cell over several rows that its columns begin with, from the left."""

    @property
    def words(self) -> tuple[int, ...]:
        """Indexes of every word in the table."""
        return tuple(index for row in self.row_words for index in row)

    def lines(self, words: Sequence[Word], page: int) -> list[Line]:
        """A line per table row."""
        lines = []
        for cells, row in zip((*self.header, *self.rows), self.row_words, strict=True):
            held = [words[i] for i in row]
            box = held[0].box if held else self.box
            for word in held[1:]:
                box = box.union(word.box)
            size = held[0].size if held else 0.0
            bold = bool(held) and all(word.bold for word in held)
            lines.append(Line(row_text(cells), page, box, round(size, 1), bold, repairs_of(held, page)))
        return lines


def as_table(found: FoundTable, caption: str, page: int, notes: Sequence[str] = ()) -> Table:
    """The table as a guideline carries it."""
    cells = tuple(replace(cell, page=page) for cell in found.cells)
    return Table(caption, found.header, found.rows, found.reliable, tuple(notes), cells)


def tabulate(layout: Layout, words: Sequence[Word]) -> FoundTable | None:
    """The table of a layout; None when it has no two rows and columns that hold text."""
    if not any(slot.words for slot in layout.slots):
        return None
    layout = _without_ghosts(layout)
    slots, rows, columns = layout.slots, len(layout.ys) - 1, len(layout.xs) - 1
    texts = [cell_text([words[i] for i in slot.words]) for slot in slots]
    named = {slot.column for slot, text in zip(slots, texts, strict=True) if text}
    if rows < 2 or columns < 2 or len(named) < 2:
        return None
    bold = [_bold([words[i] for i in slot.words]) for slot in slots]
    deep = header_depth(slots, texts, bold, rows, columns)
    grid = [[""] * columns for _ in range(rows)]
    for slot, text in zip(slots, texts, strict=True):
        # A name over several columns stands over the first; a value over several belongs to each. A wide cell at the
        # left names its row, or the rows below it.
        repeated = slot.row >= deep and slot.column > 0
        for row in range(slot.row, slot.row + slot.rows):
            for column in range(slot.column, slot.column + (slot.columns if repeated else 1)):
                grid[row][column] = text
    row_words = tuple(
        tuple(i for slot in slots if slot.row == row for i in _reading_order(slot, words)) for row in range(rows)
    )
    cells = tuple(
        Cell(text, slot.row, slot.column, slot.rows, slot.columns, _around([words[i].box for i in slot.words]), 0)
        for slot, text in zip(slots, texts, strict=True)
        if text
    )
    return FoundTable(
        Box(layout.xs[0], layout.ys[0], layout.xs[-1], layout.ys[-1]),
        tuple(tuple(row) for row in grid[:deep]),
        tuple(tuple(row) for row in grid[deep:]),
        row_words,
        tuple(layout.xs[:-1]),
        not layout.doubts,
        cells,
        tuple(layout.doubts),
        _unlabelled(slots, texts, deep),
    )


def _unlabelled(slots: Sequence[Slot], texts: Sequence[str], deep: int) -> tuple[tuple[int, int, int], ...]:
    found: list[tuple[int, int, int]] = []
    for top in {0, deep}:
        row = sorted(((s, t) for s, t in zip(slots, texts, strict=True) if s.row == top), key=lambda at: at[0].column)
        for slot, text in row:
            if text or slot.rows < 2 or slot.columns > 1:
                break
            found.append((slot.column, top, slot.rows))
    return tuple(found)


def _reading_order(slot: Slot, words: Sequence[Word]) -> list[int]:
    index = {id(words[i]): i for i in slot.words}
    return [index[id(word)] for line in printed_lines([words[i] for i in slot.words]) for word in line]


def _bold(words: Sequence[Word]) -> bool:
    return bool(words) and sum(word.bold for word in words) * 2 > len(words)


def _around(boxes: Sequence[Box]) -> Box:
    box = boxes[0]
    for other in boxes[1:]:
        box = box.union(other)
    return box


def _without_ghosts(layout: Layout) -> Layout:
    """Rows and columns left out that only badly matched or doubled edges make."""
    slots = _edges_matched(layout)
    held = {slot.column for slot in slots if slot.words}
    rows = len(layout.ys) - 1
    keep_columns = [
        c
        for c in range(len(layout.xs) - 1)
        if c in held
        or (
            layout.xs[c + 1] - layout.xs[c] > _NARROW
            and sum(slot.rows for slot in slots if slot.column == c) * 2 > rows
        )
    ]
    keep_rows = [r for r in range(rows) if _holds_a_row(slots, r)]
    kept = [placed for slot in slots if (placed := _placed(slot, keep_rows, keep_columns)) is not None]
    xs = [*(layout.xs[c] for c in keep_columns), layout.xs[-1]]
    ys = [*(layout.ys[r] for r in keep_rows), layout.ys[-1]]
    return replace(layout, xs=xs, ys=ys, slots=kept)


def _edges_matched(layout: Layout) -> list[Slot]:
    """Slots where a narrow column that no cell fills alone has been given to the cells beside it."""
    slots = layout.slots
    for c in range(len(layout.xs) - 1):
        narrow = layout.xs[c + 1] - layout.xs[c] <= _NARROW
        if narrow and not any(s.words and s.column == c and s.columns == 1 for s in slots):
            slots = [
                replace(s, column=c + 1, columns=s.columns - 1) if s.column == c and s.columns > 1 else s for s in slots
            ]
    return slots


def _holds_a_row(slots: Sequence[Slot], row: int) -> bool:
    """Whether words begin in a row, or empty cells of its own stand beside a label that covers it."""
    begun = [slot for slot in slots if slot.row == row]
    covered = any(slot.words and slot.row <= row < slot.row + slot.rows for slot in slots)
    return any(slot.words for slot in begun) or (bool(begun) and covered)


def _placed(slot: Slot, rows: Sequence[int], columns: Sequence[int]) -> Slot | None:
    """The slot counted in the rows and columns that are kept; None when none of them is its own."""
    own_rows = [i for i, r in enumerate(rows) if slot.row <= r < slot.row + slot.rows]
    own_columns = [i for i, c in enumerate(columns) if slot.column <= c < slot.column + slot.columns]
    if not own_rows or not own_columns:
        return None
    return replace(slot, row=own_rows[0], rows=len(own_rows), column=own_columns[0], columns=len(own_columns))
