"""Edges that touch -> a grid of squares; neighbouring squares without an edge between them are one cell."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from cpgassist.reading.tables.edges import SNAP, Edge, continues
from cpgassist.reading.words import Word


@dataclass(frozen=True, slots=True)
class Slot:
    """A cell by the rows and columns it covers, and the words in it."""

    row: int
    column: int
    rows: int
    columns: int
    words: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """A table's cells before they are read."""

    xs: list[float]
    ys: list[float]
    slots: list[Slot]
    doubts: list[str] = field(default_factory=list)
    """What speaks against the cells being as printed."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The squares between edges, each with the number of its cell."""

    xs: list[float]
    ys: list[float]
    cell: list[list[int]]


Square = tuple[int, int]
"""(row, column) of a square of a grid."""


def grid_of(level: Sequence[Edge], upright: Sequence[Edge]) -> Grid | None:
    """The grid of edges that touch; None when they make no table."""
    left, right = min(edge[1] for edge in level), max(edge[2] for edge in level)
    top, bottom = min(edge[1] for edge in upright), max(edge[2] for edge in upright)
    # Many tables have no outer uprights, or no closing rule: the extent of the other edges stands for them.
    xs = _positions([edge[0] for edge in upright], left, right, 8)
    ys = _positions([edge[0] for edge in level], top, bottom, 5)
    if len(xs) < 3 or len(ys) < 3 or len(xs) > 60 or len(ys) > 120:
        return None
    return Grid(xs, ys, _joined_squares(xs, ys, level, upright))


def _joined_squares(
    xs: Sequence[float], ys: Sequence[float], level: Sequence[Edge], upright: Sequence[Edge]
) -> list[list[int]]:
    rows, columns = len(ys) - 1, len(xs) - 1
    parent = list(range(rows * columns))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    standing, lying = [_near(upright, x) for x in xs], [_near(level, y) for y in ys]
    for row in range(rows):
        for column in range(columns):
            here = row * columns + column
            y, x = (ys[row] + ys[row + 1]) / 2, (xs[column] + xs[column + 1]) / 2
            if column + 1 < columns and not _reaches(standing[column + 1], y):
                parent[root(here)] = root(here + 1)
            if row + 1 < rows and not _reaches(lying[row + 1], x):
                parent[root(here)] = root(here + columns)
    return [[root(row * columns + column) for column in range(columns)] for row in range(rows)]


def _positions(values: Iterable[float], first: float, last: float, least: float) -> list[float]:
    positions: list[float] = []
    for value in sorted({*values, first, last}):
        if not positions or value - positions[-1] > least:
            positions.append(value)
    return positions


def _near(pieces: Sequence[Edge], across: float) -> list[Edge]:
    """The edges that lie at one position, give or take what edges meant to coincide are apart."""
    return [edge for edge in pieces if abs(edge[0] - across) <= 2 * SNAP]


def _reaches(pieces: Sequence[Edge], along: float) -> bool:
    return any(edge[1] - 1 <= along <= edge[2] + 1 for edge in pieces)


def without_straddled(
    grid: Grid, words: Sequence[Word], squares: Sequence[Square | None], ruled: Sequence[Edge]
) -> Grid:
    """The grid with squares joined where a phrase runs across the edge between them: no column ends inside a phrase.

    Where the edge is a rule, words that keep to their sides of it are no phrase, however close they stand.
    """
    cell = [list(row) for row in grid.cell]
    for (a, left), (b, right) in pairwise(zip(words, squares, strict=True)):
        if left is None or right is None or left[0] != right[0] or right[1] != left[1] + 1 or not continues(a, b):
            continue
        x = grid.xs[right[1]]
        if a.box.right <= x + 1 and b.box.left >= x - 1 and _reaches(_near(ruled, x), a.box.middle):
            continue
        row = cell[left[0]]
        old, new = row[right[1]], row[left[1]]
        if old != new:
            row[:] = [new if number == old else number for number in row]
    return replace(grid, cell=cell)


def squares_of(grid: Grid, words: Sequence[Word]) -> list[Square | None]:
    """The square that each word's middle lies in; None for words outside the grid."""
    left, right, top, bottom = grid.xs[0] - 1, grid.xs[-1] + 1, grid.ys[0] - 1, grid.ys[-1] + 1
    found: list[Square | None] = []
    for word in words:
        box = word.box
        x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        if left <= x <= right and top <= y <= bottom:
            row, column = bisect_left(grid.ys, y) - 1, bisect_left(grid.xs, x) - 1
            found.append((min(max(row, 0), len(grid.ys) - 2), min(max(column, 0), len(grid.xs) - 2)))
        else:
            found.append(None)
    return found


def layout_of(grid: Grid, words: Sequence[Word], places: Sequence[Square | None]) -> Layout:
    """The grid's cells with the words that stand in its squares; a cell that is no rectangle is cut into the rectangles
    it is made of."""
    squares: dict[int, list[tuple[int, int]]] = {}
    for r, row in enumerate(grid.cell):
        for c, number in enumerate(row):
            squares.setdefault(number, []).append((r, c))
    held: dict[int, list[int]] = {}
    for index, square in enumerate(places):
        if square is not None:
            held.setdefault(grid.cell[square[0]][square[1]], []).append(index)
    slots: list[Slot] = []
    doubts: list[str] = []
    for number, covered in squares.items():
        top = covered[0][0]
        rows, columns = {r for r, _ in covered}, {c for _, c in covered}
        inside = held.get(number, [])
        if len(rows) * len(columns) == len(covered):
            slots.append(Slot(top, min(columns), len(rows), len(columns), tuple(inside)))
            continue
        if inside:
            doubts.append("a cell is no rectangle")
        slots += _row_by_row(covered, places, inside)
    return _from_first_row(Layout(grid.xs, grid.ys, sorted(slots, key=lambda s: (s.row, s.column)), doubts), words)


def _from_first_row(layout: Layout, words: Sequence[Word]) -> Layout:
    """The layout without what stands over its first row of cells: the drawing of a chart whose data it lists."""
    width = len(layout.xs) - 1
    begun = [[s for s in layout.slots if s.row == r and s.words] for r in range(len(layout.ys) - 1)]
    first = next((r for r, row in enumerate(begun) if len(row) >= 2 or any(s.columns == width for s in row)), 0)
    # A chart's labels make one cell that reaches down beside the first row; a row with one filled cell does not.
    if not first or any(s.row + s.rows <= first for row in begun[:first] for s in row):
        return layout
    slots = []
    for slot in layout.slots:
        if slot.row + slot.rows <= first:
            continue
        if slot.row < first:
            inside = tuple(i for i in slot.words if words[i].box.middle > layout.ys[first])
            slot = replace(slot, row=first, rows=slot.row + slot.rows - first, words=inside)
        slots.append(replace(slot, row=slot.row - first))
    return replace(layout, ys=layout.ys[first:], slots=slots)


def _row_by_row(covered: Sequence[Square], places: Sequence[Square | None], inside: Sequence[int]) -> list[Slot]:
    """A cell of any shape as a slot for each run of squares in a row."""
    slots = []
    for row in sorted({r for r, _ in covered}):
        columns = sorted(c for r, c in covered if r == row)
        runs = [[columns[0]]]
        for column in columns[1:]:
            if column == runs[-1][-1] + 1:
                runs[-1].append(column)
            else:
                runs.append([column])
        for run in runs:
            here = [i for i in inside if (at := places[i]) and at[0] == row and at[1] in run]
            slots.append(Slot(row, run[0], 1, len(run), tuple(here)))
    return slots
