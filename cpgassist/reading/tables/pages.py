"""A table that goes on over a page: its header carried over."""

from __future__ import annotations

from dataclasses import replace

from cpgassist.reading.tables.found import FoundTable


def continued(above: FoundTable, below: FoundTable) -> FoundTable | None:
    """`below` with the header of `above` when it goes on with it on the next page, else None."""
    if len(above.columns) != len(below.columns):
        return None
    if any(abs(a - b) > 12 for a, b in zip(above.columns, below.columns, strict=True)):
        return None
    if below.header and below.header == above.header:
        return below
    if not above.header:
        return None
    # Without its own header, the first row of the second page is body, whatever it looks like.
    return replace(
        below,
        header=above.header,
        rows=(*below.header, *below.rows),
        row_words=(*[()] * len(above.header), *below.row_words),
    )
