"""Tables -> blocks of a section: caption and footnotes attached, a header carried over the page, graded rows told apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cpgassist.reading import recommendations
from cpgassist.reading.blocks import mended
from cpgassist.reading.captions import caption_above, caption_below, notes_under
from cpgassist.reading.drafts import Draft
from cpgassist.reading.pages import Region
from cpgassist.reading.tables import FoundTable, as_table, continued, doubted, row_goes_on, sparse
from cpgassist.sentences import row_text
from cpgassist.types import Block, Line, Table, names_rows

_NUMBER = re.compile(r"^\W*(?:\d{1,4}|[ivxlc]{1,7})\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Above:
    """The last table, while nothing that breaks it off has come since."""

    table: FoundTable
    caption: str
    page: int
    draft: Draft
    block: Block
    """The last block made of it."""
    naming: tuple[str, int]
    """The last row that names rows below it, and its page; ("", 0) when there is none."""


class TableBlocks:
    """Adds tables to sections, and remembers the one above for the page that goes on with it."""

    def __init__(self, words: Counter[str]) -> None:
        self._words = words
        self._above: _Above | None = None
        self._captions_above = 0

    def end(self, lines: Sequence[Line] = ()) -> None:
        """Text has come that no table runs across; a page's number alone is none."""
        if not lines or not all(_NUMBER.match(line.text) for line in lines):
            self._above = None

    def add(self, draft: Draft, region: Region, following: Region | None) -> None:
        """Add the blocks of a table; `following` is what stands under it on its page."""
        found, page = region.table, region.lines[0].page
        assert found is not None
        above = self._above
        found = _mended(found, self._words)
        joined_on = continued(above.table, found) if above is not None and above.page + 1 == page else None
        caption = caption_above(draft, region.box)
        self._captions_above += bool(caption)
        if not caption and joined_on is not None and above is not None:
            caption = above.caption
        if not caption and not self._captions_above:
            caption = caption_below(region, following)
        if joined_on is not None:
            found = joined_on
        elif found.unnamed:
            found = doubted(found, "a column without a name beside named ones")
        elif not found.header and sparse(found):
            found = doubted(found, "few cells filled, and no column named")
        lines = [_printed(line, self._words) for line in region.lines]
        table = as_table(found, caption, page, notes_under(found, region, following))
        if joined_on is not None and above is not None:
            table = replace(table, carried=above.naming[0], carried_page=above.naming[1])
        whole = None
        if joined_on is not None and above is not None and row_goes_on(above.table, found):
            whole = _join_row(above, table.rows[0], lines[len(lines) - len(table.rows)])
        if whole is not None:
            lines.pop(len(lines) - len(table.rows))
            table = table.part(range(1, len(table.rows)))
        if table.rows or whole is None:
            draft.blocks += table_blocks(table, lines)
            whole = draft.blocks[-1]
        self._above = _Above(found, caption, page, draft, whole, _naming(found, page, table))


def _naming(found: FoundTable, page: int, table: Table) -> tuple[str, int]:
    """The row that names the rows which a next page would begin with."""
    names = [row[0] for row in found.rows if names_rows(row)]
    return (names[-1], page) if names else (table.carried, table.carried_page)


def _join_row(above: _Above, row: Sequence[str], line: Line) -> Block | None:
    """Give the rest of a row, printed at the head of a page, to the row begun on the page before.

    Returns the block that holds it now, or None when there is none to take it.
    """
    table = above.block.table
    at = next((i for i, block in enumerate(above.draft.blocks) if block is above.block), None)
    if table is None or at is None or not table.rows:
        return None
    last = tuple(" ".join(part for part in cells if part) for cells in zip(table.rows[-1], row, strict=True))
    whole = replace(table, rows=(*table.rows[:-1], last))
    above.draft.blocks[at] = replace(above.block, lines=(*above.block.lines, line), table=whole)
    return above.draft.blocks[at]


def table_blocks(table: Table, lines: Sequence[Line]) -> list[Block]:
    """One block, or where the rows are recommendations with their grades, one for each row."""
    header = flat_header(table.header)
    if not (table.reliable and table.header and recommendations.holds_recommendations(header)):
        return [Block("table", tuple(lines), None, table)]
    body = lines[len(lines) - len(table.rows) :]
    blocks = []
    for number, (row, line) in enumerate(zip(table.rows, body, strict=True)):
        one = table.part([number])
        if _names_rows(header, row):
            blocks.append(Block("table", (line,), None, one))
            continue
        for cells in recommendations.statement_rows(header, row):
            words = line if cells == row else replace(line, text=row_text(cells))
            grade = recommendations.row_grade(header, _each_once(one, header, cells))
            blocks.append(Block("recommendation", (words,), grade, replace(one, rows=(cells,))))
    return blocks


def _names_rows(header: Sequence[str], row: Sequence[str]) -> bool:
    """Whether a row spans the table and names the rows under it, rather than stating something without a grade."""
    filled = [(name, cell) for name, cell in zip(header, row, strict=True) if cell]
    if len(filled) != 1:
        return not filled
    name, cell = filled[0]
    return not recommendations.STATEMENT_COLUMN.search(name) or len(cell.split()) < 6


def _each_once(row: Table, header: Sequence[str], printed: Sequence[str]) -> list[str]:
    """The cells of a row in which a grade over several columns stands once, in a grade's column where it covers one."""
    cells = list(printed)
    for cell in row.cells:
        if cell.columns < 2 or not cell.row <= len(row.header) < cell.row + cell.rows:
            continue
        columns = range(cell.column, min(cell.column + cell.columns, len(cells)))
        home = next((c for c in columns if recommendations.GRADE_COLUMN.search(header[c])), cell.column)
        for column in columns:
            cells[column] = cell.text if column == home else ""
    return cells


def flat_header(header: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """One name per column from one or more header rows; a name over several columns belongs to each."""
    if not header:
        return ()
    names = []
    for column in zip(*header, strict=True):
        names.append(" ".join(dict.fromkeys(part for part in column if part)))
    return tuple(names)


def _printed(line: Line, words: Counter[str]) -> Line:
    return replace(line, text=mended(line.text, words))


def _mended(found: FoundTable, words: Counter[str]) -> FoundTable:
    """The table with broken words made whole, as text outside tables is."""

    def rows(cells: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(mended(cell, words) for cell in row) for row in cells)

    cells = tuple(replace(cell, text=mended(cell.text, words)) for cell in found.cells)
    return replace(found, header=rows(found.header), rows=rows(found.rows), cells=cells)
