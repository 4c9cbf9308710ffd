"""The tables of a page, in order from the top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from cpgassist.reading.tables.edges import Edge, edges, groups
from cpgassist.reading.tables.found import FoundTable, tabulate
from cpgassist.reading.tables.grid import Grid, grid_of, layout_of, without_straddled
from cpgassist.reading.words import Rules, Word


def find_tables(words: Sequence[Word], rules: Rules, page: tuple[float, float]) -> list[FoundTable]:
    """The tables of a page with at least two columns and two rows that hold text."""
    return _outermost(_ruled(words, rules, page))


def _ruled(words: Sequence[Word], rules: Rules, page: tuple[float, float]) -> list[FoundTable]:
    """Tables whose cells are drawn."""
    level, upright = edges(rules, words, page)
    if len(level) < 2 or not upright:
        return []
    tables = []
    for lying, standing in groups(level, upright):
        grid = grid_of(lying, standing)
        if grid is None:
            continue
        grid, _ = without_straddled(_with_unruled_rows(grid, lying, standing, words), words)
        table = tabulate(layout_of(grid, words), words)
        if table is not None:
            tables.append(table)
    return tables


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
