"""A table that goes on over a page: its header, and the label of rows begun on the page before, carried over."""

from __future__ import annotations

from dataclasses import replace

from cpgassist.reading.blocks import starts_item
from cpgassist.reading.tables.found import FoundTable

_APART = 12.0
"""Points by which the columns of two pages of one table may differ."""


def continued(above: FoundTable, below: FoundTable) -> FoundTable | None:
    """`below` with the header of `above` when it goes on with it on the next page, else None."""
    if not (above.reliable and below.reliable) or not _same_columns(above, below):
        return None
    if below.header and below.header == above.header:
        return _labelled(above, below, len(below.header))
    if not above.header:
        return None
    # Without its own header, the first row of the second page is body, whatever it looks like.
    body = replace(
        below,
        header=above.header,
        rows=(*below.header, *below.rows),
        row_words=(*[()] * len(above.header), *below.row_words),
        cells=tuple(replace(cell, row=cell.row + len(above.header)) for cell in below.cells),
    )
    return _labelled(above, body, 0)


def row_goes_on(above: FoundTable, below: FoundTable) -> bool:
    """Whether the first row of `below`, joined on, is the rest of the last row of `above`.

    Each of its cells then stands in mid-sentence, or is the list that a cell above leads in.
    """
    if not above.rows or not below.rows or len(above.rows[-1]) != len(below.rows[0]):
        return False
    carried = {column for column, *_ in below.unlabelled}
    cells = [
        (start, rest)
        for column, (start, rest) in enumerate(zip(above.rows[-1], below.rows[0], strict=True))
        if rest and column not in carried
    ]
    return bool(cells) and all(
        start and ((rest[0].islower() and start[-1] not in ".;:") or (starts_item(rest) and start.endswith(":")))
        for start, rest in cells
    )


def _same_columns(above: FoundTable, below: FoundTable) -> bool:
    if len(above.columns) != len(below.columns):
        return False
    return all(abs(a - b) <= _APART for a, b in zip(above.columns, below.columns, strict=True))


def _labelled(above: FoundTable, below: FoundTable, first: int) -> FoundTable:
    """`below` with the labels of its first rows, where an empty cell over several rows says they stand above.

    Word processors cut a merged cell at the page's end and leave its second part empty.
    """
    rows = [list(row) for row in below.rows]
    for column, row, count in below.unlabelled:
        if row == first and above.rows and all(rows[i][column] == "" for i in range(min(count, len(rows)))):
            for i in range(min(count, len(rows))):
                rows[i][column] = above.rows[-1][column]
    return replace(below, rows=tuple(tuple(row) for row in rows))
