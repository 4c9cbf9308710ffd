"""The tables of a page, in order from the top."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cpgassist.reading.tables.aligned import aligned_layouts
from cpgassist.reading.tables.cells import column_of, phrases_of, printed_lines
from cpgassist.reading.tables.edges import Edge, edges, groups, merged
from cpgassist.reading.tables.found import FoundTable, tabulate
from cpgassist.reading.tables.grid import Grid, grid_of, layout_of, squares_of, without_straddled
from cpgassist.reading.words import Rules, Word

_TALLEST_HEAD = 80.0
"""Points above a table in which its header may stand without a rule over it."""


def find_tables(words: Sequence[Word], rules: Rules, page: tuple[float, float]) -> list[FoundTable]:
    """The tables of a page with at least two columns and two rows that hold text."""
    tables = _outermost(_ruled(words, rules, page))
    for layout in aligned_layouts(words, rules, [table.box for table in tables], page):
        table = tabulate(layout, words, aligned=True)
        if table is not None:
            tables.append(table)
    return _outermost(tables)


def _ruled(words: Sequence[Word], rules: Rules, page: tuple[float, float]) -> list[FoundTable]:
    """Tables whose cells are drawn."""
    level, upright = edges(rules, words, page)
    if len(level) < 2 or not upright:
        return []
    drawn = merged([((box.left + box.right) / 2, box.top, box.bottom) for box in rules.vertical])
    tables = []
    for lying, standing in groups(level, upright):
        grid = grid_of(lying, standing)
        if grid is None:
            continue
        lying = [*lying, *_head_above(grid, words)]
        if (headed := grid_of(lying, _lengthened(standing, grid, lying))) is None:
            continue
        grid = _with_unruled_rows(headed, lying, standing, words)
        squares = squares_of(grid, words)
        grid = without_straddled(grid, words, squares, drawn)
        table = tabulate(layout_of(grid, words, squares), words)
        if table is not None:
            tables.append(table)
    return tables


def _head_above(grid: Grid, words: Sequence[Word]) -> list[Edge]:
    """A level edge above the lines of words that stand like a header on a table without a rule over it."""
    top, left, right = grid.ys[0], grid.xs[0], grid.xs[-1]
    lines = printed_lines([w for w in words if top - _TALLEST_HEAD < w.box.middle < top and w.box.bottom < top + 2])
    start = top
    columns: set[int] = set()
    for line in reversed(lines):
        phrases = phrases_of(line)
        gap = start - max(word.box.bottom for word in line)
        homes = [column_of(grid.xs, phrase) for phrase in phrases]
        inside = left - 2 <= line[0].box.left and max(w.box.right for w in line) <= right + 2
        if not inside or None in homes or gap > 0.9 * line[0].size or not _bold_or(line, columns, homes):
            break
        columns |= {home for home in homes if home is not None}
        start = min(word.box.top for word in line)
    named = len(columns) >= 2 and len(columns) * 2 > len(grid.xs) - 1
    # The table's own top may be no more than the end of its upright rules.
    return [(start - 1, left, right), (top, left, right)] if named else []


def _bold_or(line: Sequence[Word], below: set[int], homes: Sequence[int | None]) -> bool:
    """Whether a line may belong to a header: bold, or over as many columns as stand in it already."""
    return all(word.bold for word in line) or len(homes) >= max(2, len(below))


def _lengthened(upright: Sequence[Edge], grid: Grid, level: Sequence[Edge]) -> list[Edge]:
    """Upright edges that reach up to a level edge added above the table."""
    top = min(edge[0] for edge in level)
    if top >= grid.ys[0]:
        return list(upright)
    return [*upright, *((x, top, grid.ys[0]) for x in grid.xs)]


def _with_unruled_rows(grid: Grid, level: Sequence[Edge], upright: Sequence[Edge], words: Sequence[Word]) -> Grid:
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
    return (grid_of([*level, *added], upright) or grid) if added else grid


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
