"""Ruled tables -> header, rows and cells, from the lines that are drawn around them.

A grid is built from the rules and panel edges that touch each other; neighbouring squares without a rule between
them are one cell. A cell that spans rows is repeated in each of them, so that a dose stays with its drug; a cell that
spans columns stands in its leftmost one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from cpgassist.reading.repair import repairs_of
from cpgassist.reading.words import BROKEN, Rules, Word
from cpgassist.sentences import row_text
from cpgassist.types import Box, Line, Table

_SNAP = 3.0
"""Points by which edges meant to coincide are apart in real files."""


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


def as_table(found: FoundTable, caption: str) -> Table:
    """The table as a guideline carries it."""
    return Table(caption, found.header, found.rows, found.reliable)


def find_tables(words: Sequence[Word], rules: Rules, page: tuple[float, float]) -> list[FoundTable]:
    """The ruled tables of a page with at least two columns and two rows that hold text."""
    level, upright = _edges(rules, page)
    if len(level) < 2 or not upright:
        return []
    tables = []
    for group_level, group_upright in _groups(level, upright):
        grid = _grid(group_level, group_upright)
        if grid is not None:
            ruled = _without_straddled(_with_unruled_rows(grid, group_level, group_upright, words), words)
            table = _filled(ruled, words)
            if table is not None:
                tables.append(table)
    return _outermost(tables)


def _with_unruled_rows(grid: _Grid, level: Sequence[Edge], upright: Sequence[Edge], words: Sequence[Word]) -> _Grid:
    """The grid with a rule before each entry of the first column, where a table only rules its columns."""
    left, right = grid.xs[0], grid.xs[-1]
    added: list[Edge] = []
    for top, bottom in pairwise(grid.ys):
        if bottom - top < 90:
            continue
        first = _line_tops(words, grid.xs[0], grid.xs[1], top, bottom)
        others = [_line_tops(words, a, b, top, bottom) for a, b in pairwise(grid.xs[1:])]
        pitch = min((b[0] - a[0] for a, b in pairwise(first)), default=0.0)
        starts = [
            here[0]
            for before, here in pairwise(first)
            if here[0] - before[1] > 0.6 * pitch and any(abs(here[0] - o[0]) < 4 for tops in others for o in tops)
        ]
        added += [(start - 1, left, right) for start in starts]
    return (_grid([*level, *added], upright) or grid) if added else grid


def _without_straddled(grid: _Grid, words: Sequence[Word]) -> _Grid:
    """The grid with squares joined where a phrase runs across the edge between them: no column ends inside a phrase."""
    cell = [list(row) for row in grid.cell]
    for a, b in pairwise(words):
        gap = b.box.left - a.box.right
        same_line = min(a.box.bottom, b.box.bottom) - max(a.box.top, b.box.top) > 0.5 * min(a.box.height, b.box.height)
        if not (same_line and -1 <= gap <= 0.45 * a.size):
            continue
        left, right = _square(grid, a), _square(grid, b)
        if left is None or right is None or left[0] != right[0] or right[1] != left[1] + 1:
            continue
        row = cell[left[0]]
        old, new = row[right[1]], row[left[1]]
        if old != new:
            row[:] = [new if number == old else number for number in row]
    return replace(grid, cell=cell, rectangular=_rectangular(cell))


def _square(grid: _Grid, word: Word) -> tuple[int, int] | None:
    """(row, column) of the square that a word's middle lies in."""
    x, y = (word.box.left + word.box.right) / 2, word.box.middle
    if not (grid.xs[0] - 1 <= x <= grid.xs[-1] + 1 and grid.ys[0] - 1 <= y <= grid.ys[-1] + 1):
        return None
    column = next((c for c in range(len(grid.xs) - 1) if x <= grid.xs[c + 1]), len(grid.xs) - 2)
    row = next((r for r in range(len(grid.ys) - 1) if y <= grid.ys[r + 1]), len(grid.ys) - 2)
    return row, column


def _line_tops(
    words: Sequence[Word], left: float, right: float, top: float, bottom: float
) -> list[tuple[float, float]]:
    """(top, bottom) of each printed line in a rectangle, from the top."""
    lines: list[tuple[float, float]] = []
    held = [
        word.box
        for word in words
        if left <= (word.box.left + word.box.right) / 2 <= right and top <= word.box.middle <= bottom
    ]
    for box in sorted(held, key=lambda box: box.middle):
        if lines and box.middle < lines[-1][1]:
            lines[-1] = (min(lines[-1][0], box.top), max(lines[-1][1], box.bottom))
        else:
            lines.append((box.top, box.bottom))
    return lines


def _outermost(tables: Sequence[FoundTable]) -> list[FoundTable]:
    kept: list[FoundTable] = []
    for table in sorted(tables, key=lambda t: -t.box.width * t.box.height):
        if not any(set(table.words) & set(other.words) for other in kept):
            kept.append(table)
    return sorted(kept, key=lambda t: t.box.top)


Edge = tuple[float, float, float]
"""(position across, start, end): for a level edge (y, x from, x to), for an upright one (x, y from, y to)."""


def _edges(rules: Rules, page: tuple[float, float]) -> tuple[list[Edge], list[Edge]]:
    width, height = page
    level = [(box.middle, box.left, box.right) for box in rules.horizontal]
    upright = [((box.left + box.right) / 2, box.top, box.bottom) for box in rules.vertical]
    upright += _jointed(rules.horizontal)
    for panel in rules.panels:
        if panel.width * panel.height > 0.6 * width * height:
            continue
        level += [(y, panel.left, panel.right) for y in (panel.top, panel.bottom)]
        upright += [(x, panel.top, panel.bottom) for x in (panel.left, panel.right)]
    return _merged(level), _merged(upright)


def _jointed(level: Sequence[Box]) -> list[Edge]:
    """Upright edges where the rules above and below a row are both broken: word processors draw the border of each
    cell apart, so the joints tell the columns of tables that have no upright rules."""
    rows: list[tuple[float, list[Box]]] = []
    for box in sorted((b for b in level if b.width >= 0.1), key=lambda b: (round(b.middle), b.left)):
        if rows and abs(rows[-1][0] - box.middle) < 1.5:
            rows[-1][1].append(box)
        else:
            rows.append((box.middle, [box]))
    edges: list[Edge] = []
    for (y, above), (below_y, below) in pairwise(rows):
        left, right = min(b.left for b in above), max(b.right for b in above)
        same = abs(left - min(b.left for b in below)) < 6 and abs(right - max(b.right for b in below)) < 6
        shared = [x for x in _joints(above) if any(abs(x - other) < 2 for other in _joints(below))] if same else []
        if shared:
            edges += [(x, y, below_y) for x in (left, *shared, right)]
    return edges


def _joints(pieces: Sequence[Box]) -> list[float]:
    ordered = sorted(pieces, key=lambda b: b.left)
    return [b.left for a, b in pairwise(ordered) if abs(b.left - a.right) < 1.5]


def _merged(edges: Sequence[Edge]) -> list[Edge]:
    """Edges snapped to common positions, touching pieces of one line joined."""
    joined: list[list[float]] = []
    positions: list[float] = []
    for across, start, end in sorted(edges):
        if not positions or across - positions[-1] > _SNAP:
            positions.append(across)
        joined.append([positions[-1], start, end])
    joined.sort(key=lambda edge: (edge[0], edge[1]))
    merged: list[list[float]] = []
    for edge in joined:
        if merged and merged[-1][0] == edge[0] and edge[1] - merged[-1][2] <= 2 * _SNAP:
            merged[-1][2] = max(merged[-1][2], edge[2])
        else:
            merged.append(edge)
    return [(across, start, end) for across, start, end in merged]


def _groups(level: Sequence[Edge], upright: Sequence[Edge]) -> list[tuple[list[Edge], list[Edge]]]:
    """Edges that touch each other, directly or through others."""
    parent = list(range(len(level) + len(upright)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, (y, left, right) in enumerate(level):
        for j, (x, top, bottom) in enumerate(upright):
            if left - _SNAP <= x <= right + _SNAP and top - _SNAP <= y <= bottom + _SNAP:
                parent[root(i)] = root(len(level) + j)
    groups: dict[int, tuple[list[Edge], list[Edge]]] = {}
    for i in range(len(parent)):
        lying, standing = groups.setdefault(root(i), ([], []))
        if i < len(level):
            lying.append(level[i])
        else:
            standing.append(upright[i - len(level)])
    return [group for group in groups.values() if len(group[0]) >= 2 and len(group[1]) >= 1]


@dataclass(frozen=True, slots=True)
class _Grid:
    xs: list[float]
    ys: list[float]
    cell: list[list[int]]
    """Cell number of each square, by row and column."""
    rectangular: bool


def _grid(level: Sequence[Edge], upright: Sequence[Edge]) -> _Grid | None:
    left, right = min(edge[1] for edge in level), max(edge[2] for edge in level)
    top, bottom = min(edge[1] for edge in upright), max(edge[2] for edge in upright)
    # Many tables have no outer uprights, or no closing rule: the extent of the other edges stands for them.
    xs = _positions([edge[0] for edge in upright], left, right, 8)
    ys = _positions([edge[0] for edge in level], top, bottom, 5)
    if len(xs) < 3 or len(ys) < 3 or len(xs) > 40 or len(ys) > 120:
        return None
    rows, columns = len(ys) - 1, len(xs) - 1
    parent = list(range(rows * columns))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for row in range(rows):
        for column in range(columns):
            here = row * columns + column
            y, x = (ys[row] + ys[row + 1]) / 2, (xs[column] + xs[column + 1]) / 2
            if column + 1 < columns and not _drawn(upright, xs[column + 1], y):
                parent[root(here)] = root(here + 1)
            if row + 1 < rows and not _drawn(level, ys[row + 1], x):
                parent[root(here)] = root(here + columns)
    cell = [[root(row * columns + column) for column in range(columns)] for row in range(rows)]
    return _Grid(xs, ys, cell, _rectangular(cell))


def _positions(values: Sequence[float], first: float, last: float, least: float) -> list[float]:
    positions: list[float] = []
    for value in sorted({*values, first, last}):
        if not positions or value - positions[-1] > least:
            positions.append(value)
    return positions


def _drawn(edges: Sequence[Edge], across: float, along: float) -> bool:
    return any(abs(edge[0] - across) <= 2 * _SNAP and edge[1] - 1 <= along <= edge[2] + 1 for edge in edges)


def _rectangular(cell: Sequence[Sequence[int]]) -> bool:
    spans: dict[int, list[tuple[int, int]]] = {}
    for r, row in enumerate(cell):
        for c, number in enumerate(row):
            spans.setdefault(number, []).append((r, c))
    for squares in spans.values():
        rows, columns = {r for r, _ in squares}, {c for _, c in squares}
        if len(rows) * len(columns) != len(squares):
            return False
    return True


def _filled(grid: _Grid, words: Sequence[Word]) -> FoundTable | None:
    held = _held(grid, words)
    if not held:
        return None
    text = {number: cell_text([words[i] for i in indexes]) for number, indexes in held.items()}
    rows = [[text.get(number, "") for number in row] for row in grid.cell]
    for row, numbers in zip(rows, grid.cell, strict=True):
        for column in range(len(numbers) - 1, 0, -1):
            if numbers[column] == numbers[column - 1]:
                row[column] = ""
    owners = _first_rows(grid.cell)
    row_words = [
        [i for number in dict.fromkeys(numbers) if owners[number] == r for i in held.get(number, ())]
        for r, numbers in enumerate(grid.cell)
    ]
    rows, row_words, columns = _without_ghosts(rows, row_words, grid)
    if len(rows) < 2 or len(columns) < 2 or sum(any(row[c] for row in rows) for c in range(len(columns))) < 2:
        return None
    deep = _header_depth(rows, row_words, grid, words)
    box = Box(grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1])
    return FoundTable(
        box,
        tuple(tuple(row) for row in rows[:deep]),
        tuple(tuple(row) for row in rows[deep:]),
        tuple(tuple(indexes) for indexes in row_words),
        tuple(columns),
        grid.rectangular,
    )


def _held(grid: _Grid, words: Sequence[Word]) -> dict[int, list[int]]:
    """Indexes of the words in each cell."""
    held: dict[int, list[int]] = {}
    for index, word in enumerate(words):
        square = _square(grid, word)
        if square is not None:
            held.setdefault(grid.cell[square[0]][square[1]], []).append(index)
    return held


def cell_text(words: Sequence[Word]) -> str:
    """The words of a cell, wrapped lines joined."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: w.box.middle):
        # Superscripts and mixed sizes share a row when they overlap by half of the smaller.
        if rows and min(rows[-1][0].box.bottom, word.box.bottom) - max(rows[-1][0].box.top, word.box.top) > 0.5 * min(
            rows[-1][0].box.height, word.box.height
        ):
            rows[-1].append(word)
        else:
            rows.append([word])
    text = ""
    for row in rows:
        line = " ".join(word.text for word in sorted(row, key=lambda w: w.box.left))
        text = text + line if text.endswith(BROKEN) else f"{text} {line}" if text else line
    return text


def _first_rows(cell: Sequence[Sequence[int]]) -> dict[int, int]:
    first: dict[int, int] = {}
    for r, row in enumerate(cell):
        for number in row:
            first.setdefault(number, r)
    return first


def _without_ghosts(
    rows: list[list[str]], row_words: list[list[int]], grid: _Grid
) -> tuple[list[list[str]], list[list[int]], list[float]]:
    """Rows and columns that hold no text, or only repeat their neighbour, left out."""
    count = len(grid.xs) - 1
    keep = [
        c
        for c in range(count)
        if any(row[c] for row in rows) or (grid.xs[c + 1] - grid.xs[c] > 25 and _begins(grid.cell, c))
    ]
    kept_rows = [r for r, row in enumerate(rows) if row_words[r] or any(row)]
    # A rule drawn twice makes a row whose cells are all continued from the row above.
    kept_rows = [r for r in kept_rows if row_words[r] or r == 0 or grid.cell[r] != grid.cell[r - 1]]
    return (
        [[rows[r][c] for c in keep] for r in kept_rows],
        [row_words[r] for r in kept_rows],
        [grid.xs[c] for c in keep],
    )


def _begins(cell: Sequence[Sequence[int]], column: int) -> bool:
    """Whether most rows have a cell of their own in this column."""
    own = sum(row[column] != (row[column - 1] if column else None) for row in cell)
    return own * 2 > len(cell)


def _header_depth(
    rows: Sequence[Sequence[str]], row_words: Sequence[Sequence[int]], grid: _Grid, words: Sequence[Word]
) -> int:
    """How many rows from the top are header: bold or short labels; a second row under a spanning cell."""

    def bold(row: int) -> bool:
        held = [words[i] for i in row_words[row]]
        return bool(held) and sum(word.bold for word in held) * 2 > len(held)

    def labels(row: Sequence[str]) -> bool:
        filled = [cell for cell in row if cell]
        return bool(filled) and max(len(cell) for cell in filled) <= 60

    if not labels(rows[0]) or len([cell for cell in rows[0] if cell]) < 2:
        # A single spanning cell above the header is the table's title.
        if len(rows) > 2 and len([c for c in rows[0] if c]) == 1 and bold(0) and labels(rows[1]) and bold(1):
            return 2
        return 0
    spanning = any(not cell for cell in rows[0]) and len(rows) > 2
    if spanning and labels(rows[1]) and (bold(1) or not bold(0)) and _splits(rows[0], rows[1]):
        return 2
    return 1


def _splits(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether the lower row names the columns that the upper row's spanning cells leave empty."""
    return all(low for up, low in zip(upper, lower, strict=True) if not up)


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
