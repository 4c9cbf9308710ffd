"""Rows and columns of a layout left out that only badly matched or doubled edges make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cpgassist.reading.tables.grid import Layout, Slot

_NARROW = 22.0
"""Points up to which a column without a cell of its own is two edges that were meant to be one."""


def without_ghosts(layout: Layout) -> Layout:
    """The layout without them."""
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
