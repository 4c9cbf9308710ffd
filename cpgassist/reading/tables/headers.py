"""Which rows at the top of a table name its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cpgassist.reading.tables.grid import Slot

_LONGEST = 60
"""Letters from which a cell is no label."""
_LONGEST_BOLD = 160
_DEEPEST = 3
_VALUE = re.compile(
    r"^[<>≤≥~±]?\s*\d[\d.,\s–/%x×-]*(?:mg|mcg|g|kg|ml|mL|mmol|IU|units?|%|days?|weeks?|months?|hours?)?\S{0,8}$"
)
_YEAR = re.compile(r"(?:19|20)\d\d(?:\s*[-–/]\s*\d{2,4})?$")


def is_value(text: str) -> bool:
    """Whether a cell holds nothing but a number, a range or an amount."""
    return bool(_VALUE.match(text.strip()))


def header_depth(slots: Sequence[Slot], texts: Sequence[str], bold: Sequence[bool], rows: int, columns: int) -> int:
    """How many rows from the top are header."""
    cells = [_Label(slot, text, strong) for slot, text, strong in zip(slots, texts, bold, strict=True) if text]
    return _depth(cells, 0, rows, columns)


class _Label:
    __slots__ = ("bold", "slot", "text")

    def __init__(self, slot: Slot, text: str, bold: bool) -> None:
        self.slot, self.text, self.bold = slot, text, bold


def _depth(cells: Sequence[_Label], top: int, rows: int, columns: int) -> int:
    first = [cell for cell in cells if cell.slot.row == top]
    if not first or top + 1 >= rows:
        return 0
    if len(first) == 1 and first[0].slot.columns == columns:
        # A single spanning cell above the header is the table's title.
        deep = _depth(cells, top + 1, rows, columns) if top == 0 and first[0].bold else 0
        second = [cell for cell in cells if cell.slot.row == top + 1]
        return deep if deep and all(cell.bold for cell in second) else 0
    if len(first) == 1 and columns == 2 and first[0].slot.column == 1 and first[0].slot.rows == 1:
        # The corner over the labels is often left empty.
        return top + (_labels([first[0], first[0]], cells, top) and len(first[0].text) <= _LONGEST)
    if len(first) < 2 or not _labels(first, cells, top):
        return 0
    deep = top + max(cell.slot.rows for cell in first)
    if deep >= rows:
        return 0
    while deep < min(rows - 1, top + _DEEPEST):
        if _names_columns(cells, top, deep):
            deep += 1
        elif _same_spans(cells, top, deep) and _names_columns(cells, deep, deep + 1, bare_label=True):
            # A row of values between the header's two rows, where each value spans what the second row divides.
            deep += 2
        else:
            break
    return min(deep, rows - 1)


def _same_spans(cells: Sequence[_Label], top: int, row: int) -> bool:
    """Whether a row's cells span the same columns as those of the header's first row."""

    def spans(of: int) -> set[tuple[int, int]]:
        return {(cell.slot.column, cell.slot.columns) for cell in cells if cell.slot.row == of}

    return spans(top) == spans(row) and any(columns > 1 for _, columns in spans(row))


def _labels(first: Sequence[_Label], cells: Sequence[_Label], top: int) -> bool:
    """Whether a row reads as labels: short ones, or bold ones above a body that is not."""
    years = all(_YEAR.match(cell.text) for cell in first[1:])
    if not years and all(is_value(cell.text) for cell in first[1:]):
        return False
    if max(len(cell.text) for cell in first) <= _LONGEST:
        return True
    below = [cell for cell in cells if cell.slot.row > top]
    light = sum(not cell.bold for cell in below) * 2 > len(below)
    return light and all(cell.bold for cell in first) and max(len(cell.text) for cell in first) <= _LONGEST_BOLD


def _names_columns(cells: Sequence[_Label], top: int, row: int, bare_label: bool = False) -> bool:
    """Whether a row goes on with the header: it names the columns that the cells above it span."""
    above = [cell for cell in cells if top <= cell.slot.row < row and cell.slot.row + cell.slot.rows == row]
    spanning = [cell for cell in above if cell.slot.columns > 1]
    lower = [cell for cell in cells if cell.slot.row == row]
    if not spanning or not lower or any(len(cell.text) > _LONGEST for cell in lower):
        return False
    for cell in spanning:
        under = [low for low in lower if _under(low, cell)]
        if len(under) < 2:
            return False
    if bare_label and any(low.slot.column == 0 for low in lower):
        return False
    single = [low for low in lower if not any(_under(low, cell) for cell in spanning)]
    strong = all(cell.bold for cell in lower) and any(not c.bold for c in cells if c.slot.row > row)
    return strong or (not single and not all(is_value(low.text) for low in lower))


def _under(low: _Label, cell: _Label) -> bool:
    start, end = cell.slot.column, cell.slot.column + cell.slot.columns
    return start <= low.slot.column and low.slot.column + low.slot.columns <= end and low.slot.columns < end - start
