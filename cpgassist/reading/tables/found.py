"""A table's cells -> header, rows and words, as they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cpgassist.reading.repair import repairs_of
from cpgassist.reading.tables.cells import cell_lines, cell_text, printed_lines
from cpgassist.reading.tables.ghosts import without_ghosts
from cpgassist.reading.tables.grid import Layout, Slot
from cpgassist.reading.tables.headers import header_depth
from cpgassist.reading.tables.trust import doubts_about, interleaved, stacks, unnamed_column
from cpgassist.reading.words import Word
from cpgassist.sentences import row_text
from cpgassist.types import Box, Cell, Line, Table


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
    cells: tuple[Cell, ...] = ()
    doubts: tuple[str, ...] = ()
    """Why the cells are not sure: then each row is one line of text, and no columns are pretended."""
    unlabelled: tuple[tuple[int, int, int], ...] = ()
    """(column, row, rows) of each empty cell over several rows that its columns begin with, from the left."""
    unnamed: bool = False
    """Whether the header leaves a column without a name: a doubt, unless a header is carried over."""

    @property
    def reliable(self) -> bool:
        """Whether the cells stand as printed."""
        return not self.doubts

    @property
    def words(self) -> tuple[int, ...]:
        """Indexes of every word in the table."""
        return tuple(index for row in self.row_words for index in row)

    def lines(self, words: Sequence[Word], page: int) -> list[Line]:
        """A line per table row."""
        lines = []
        for cells, row in zip((*self.header, *self.rows), self.row_words, strict=True):
            held = [words[i] for i in row]
            box = Box.around([word.box for word in held]) if held else self.box
            size = held[0].size if held else 0.0
            bold = bool(held) and all(word.bold for word in held)
            lines.append(Line(row_text(cells), page, box, round(size, 1), bold, repairs_of(held, page)))
        return lines


def as_table(found: FoundTable, caption: str, page: int, notes: Sequence[str] = ()) -> Table:
    """The table as a guideline carries it."""
    cells = tuple(replace(cell, page=page) for cell in found.cells)
    return Table(caption, found.header, found.rows, found.reliable, tuple(notes), cells)


def tabulate(layout: Layout, words: Sequence[Word], aligned: bool = False) -> FoundTable | None:
    """The table of a layout; None when it has no two rows and columns that hold text.

    Columns that only alignment tells must be named by a header.
    """
    if not any(slot.words for slot in layout.slots):
        return None
    doubts = doubts_about(layout, words)
    layout = without_ghosts(layout)
    slots, rows, columns = layout.slots, len(layout.ys) - 1, len(layout.xs) - 1
    lines = [cell_lines([words[i] for i in slot.words]) for slot in slots]
    texts = [cell_text(of) for of in lines]
    named = {slot.column for slot, text in zip(slots, texts, strict=True) if text}
    if columns < 2 or len(named) < 2 or not _rows_of_cells(slots, texts, rows):
        return None
    bold = [_bold([words[i] for i in slot.words]) for slot in slots]
    deep = header_depth(slots, texts, bold, rows, columns)
    if interleaved(lines):
        doubts.append("columns inside a cell")
    if stacks(layout, lines):
        doubts.append("values in one cell that stand beside other values line by line")
    if aligned and not deep:
        doubts.append("no header over columns told by alignment")
    box = Box(layout.xs[0], layout.ys[0], layout.xs[-1], layout.ys[-1])
    row_words = tuple(
        tuple(i for slot in slots if slot.row == row for i in _reading_order(slot, words)) for row in range(rows)
    )
    if doubts:
        printed = [
            " | ".join(t for s, t in zip(slots, texts, strict=True) if t and s.row == row) for row in range(rows)
        ]
        held = [row for row in range(rows) if printed[row]]
        return FoundTable(
            box,
            (),
            tuple((printed[row],) for row in held),
            tuple(row_words[row] for row in held),
            tuple(layout.xs[:-1]),
            doubts=tuple(doubts),
        )
    grid = _grid(slots, texts, deep, rows, columns)
    cells = tuple(
        Cell(text, slot.row, slot.column, slot.rows, slot.columns, Box.around([words[i].box for i in slot.words]), 0)
        for slot, text in zip(slots, texts, strict=True)
        if text
    )
    return FoundTable(
        box,
        tuple(tuple(row) for row in grid[:deep]),
        tuple(tuple(row) for row in grid[deep:]),
        row_words,
        tuple(layout.xs[:-1]),
        cells,
        unlabelled=_unlabelled(slots, texts, deep),
        unnamed=bool(deep) and unnamed_column(layout, texts, deep),
    )


def _rows_of_cells(slots: Sequence[Slot], texts: Sequence[str], rows: int) -> bool:
    """Whether more than a few of the rows have cells beside each other: shaded text has not."""
    filled = [0] * rows
    for slot, text in zip(slots, texts, strict=True):
        for row in range(slot.row, slot.row + slot.rows if text else slot.row):
            filled[row] += 1
    beside = sum(count >= 2 for count in filled)
    return beside * 4 >= rows and (beside >= 2 or rows <= 3)


def _grid(slots: Sequence[Slot], texts: Sequence[str], deep: int, rows: int, columns: int) -> list[list[str]]:
    """The text of each row and column, `deep` rows of header first."""
    grid = [[""] * columns for _ in range(rows)]
    for slot, text in zip(slots, texts, strict=True):
        # A name over several columns stands over the first; a value over several belongs to each. A wide cell at the
        # left names its row, or the rows below it.
        repeated = slot.row >= deep and slot.column > 0
        for row in range(slot.row, slot.row + slot.rows):
            for column in range(slot.column, slot.column + (slot.columns if repeated else 1)):
                grid[row][column] = text
    return grid


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
