"""Words of a page -> lines in reading order, grouped by the region they stand in.

Order comes from geometry: boxes and margin texts are often drawn after the body, away from their place. Inside a
printed line the order of the text stream is kept, so that superscripts stay where they were set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from cpgassist.reading.margins import Mark, find_marks, may_hold_marks
from cpgassist.reading.tables import FoundTable, find_tables
from cpgassist.reading.words import Rules, Word
from cpgassist.types import Box, Line

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st"}
# Symbol fonts put their bullets into the private use area; Wingdings' 0xA7 and 0xB7 are the usual ones.
_BULLETS = {chr(code): "•" for code in range(0xF000, 0xF0FF)}
_TEXT = str.maketrans(_LIGATURES | _BULLETS)


@dataclass(slots=True)
class Region:
    """Lines that stand together: running text, a framed or coloured box, or a table."""

    kind: str
    """"body", "box" or "table"."""
    box: Box
    lines: list[Line] = field(default_factory=list)
    table: FoundTable | None = None
    marks: list[Mark] = field(default_factory=list)
    """Grades printed in the margin beside the lines: "IIa, B"."""


@dataclass(frozen=True, slots=True)
class PageContent:
    """One page's regions and what is drawn on it."""

    number: int
    width: float
    height: float
    regions: Sequence[Region]
    drawn: int
    """Path objects that are no table rule: arrows, boxes, curves."""


def to_line(words: Sequence[Word], page: int) -> Line:
    """The words as one printed line."""
    box = words[0].box
    for word in words[1:]:
        box = box.union(word.box)
    letters = sum(len(word.text) for word in words)
    size = max(words, key=lambda word: len(word.text)).size
    bold = sum(len(word.text) for word in words if word.bold) * 2 > letters
    return Line(" ".join(word.text for word in words).translate(_TEXT), page, box, round(size, 1), bold)


def page_regions(number: int, width: float, height: float, words: Sequence[Word], rules: Rules) -> list[Region]:
    """The page's regions in reading order."""
    tables = find_tables(words, rules, (width, height))
    taken = {index for table in tables for index in table.words}
    boxes = _boxes(rules, [table.box for table in tables], width, height)
    inside: dict[int, list[Word]] = {}
    body: list[Word] = []
    free = [word for index, word in enumerate(words) if index not in taken]
    marks = find_marks(_segments(free)) if may_hold_marks(free) else []
    in_marks = {id(word) for mark in marks for word in mark.words}
    for index, word in enumerate(words):
        if index in taken or id(word) in in_marks:
            continue
        home = _smallest(boxes, word.box)
        if home is None:
            body.append(word)
        else:
            inside.setdefault(home, []).append(word)
    regions = [Region("table", table.box, table.lines(words, number), table) for table in tables]
    for home, held in inside.items():
        lines = in_reading_order(_segments(held), number)
        if len(lines) < 2:
            body += held
        else:
            regions.append(Region("box", boxes[home], lines))
    gutter = _gutter(_segments(body), width)
    body_lines = in_reading_order(_segments(body), number, gutter)
    placed = _placed(body_lines, regions, gutter)
    for mark in marks:
        _to_region(mark, placed)
    return placed


def _to_region(mark: Mark, regions: Sequence[Region]) -> None:
    """Put a margin mark with the region whose text it stands beside."""
    for region in regions:
        if region.table is None and any(line.box.holds(mark.beside, 3) for line in region.lines):
            region.marks.append(mark)
            return


def _smallest(boxes: Sequence[Box], word: Box) -> int | None:
    holding = [i for i, box in enumerate(boxes) if box.holds(word, 3)]
    return min(holding, key=lambda i: boxes[i].width * boxes[i].height) if holding else None


def _boxes(rules: Rules, tables: Sequence[Box], width: float, height: float) -> list[Box]:
    """Panels that frame text: not page backgrounds, not parts of a table; a head strip joined to its body."""
    panels = [
        panel
        for panel in dict.fromkeys(rules.panels)
        if panel.width * panel.height < 0.72 * width * height
        and panel.height >= 14
        and panel.width >= 60
        and not any(table.holds(panel, 6) or panel.holds(table, 6) for table in tables)
    ]
    panels.sort(key=lambda panel: (panel.top, panel.left))
    joined: list[Box] = []
    for panel in panels:
        for i, other in enumerate(joined):
            same_sides = abs(other.left - panel.left) < 4 and abs(other.right - panel.right) < 4
            if same_sides and panel.top - other.bottom < 4:
                joined[i] = other.union(panel)
                break
        else:
            joined.append(panel)
    return joined


def _segments(words: Sequence[Word]) -> list[list[Word]]:
    """Runs of the stream on one row without a column's gap."""
    segments: list[list[Word]] = []
    for word in words:
        if segments and _continues(segments[-1], word):
            segments[-1].append(word)
        else:
            segments.append([word])
    return segments


def _continues(segment: Sequence[Word], word: Word) -> bool:
    last = segment[-1]
    overlap = min(last.box.bottom, word.box.bottom) - max(last.box.top, word.box.top)
    if overlap < 0.35 * min(last.box.height, word.box.height):
        # A superscript sits higher than the word it follows, yet within the row of the segment.
        row = _bounds(segment)
        overlap = min(row.bottom, word.box.bottom) - max(row.top, word.box.top)
        if word.new_line or overlap < 0.35 * min(row.height, word.box.height):
            return False
    gap = word.box.left - last.box.right
    return -0.8 * last.size - 2 <= gap <= 1.6 * max(last.size, word.size)


def _bounds(words: Sequence[Word]) -> Box:
    box = words[0].box
    for word in words[1:]:
        box = box.union(word.box)
    return box


def _gutter(segments: Sequence[Sequence[Word]], width: float) -> float | None:
    """The x between two columns of running text, or None on a one-column page."""
    boxes = [_bounds(segment) for segment in segments]
    if len(boxes) < 24:
        return None
    best: tuple[int, float] | None = None
    for percent in range(38, 63):
        x = width * percent / 100
        crossing = sum(box.left < x - 2 and box.right > x + 2 for box in boxes)
        if best is None or crossing < best[0]:
            best = (crossing, x)
    assert best is not None
    crossing, x = best
    left = [box for box in boxes if box.right <= x + 2]
    right = [box for box in boxes if box.left >= x - 2]
    if crossing > 0.2 * len(boxes) or min(len(left), len(right)) < 10:
        return None
    # Columns of prose fill their half; a column of numbers or labels beside text does not.
    filled = min(median(box.width for box in half) for half in (left, right))
    return x if filled > 0.24 * width else None


def in_reading_order(segments: Sequence[Sequence[Word]], page: int, gutter: float | None = None) -> list[Line]:
    """Lines from the top; with a gutter, the left column before the right between lines that cross it."""
    if gutter is None:
        return _rows(segments, page)
    crossing = [s for s in segments if _bounds(s).left < gutter - 2 and _bounds(s).right > gutter + 2]
    columns = [s for s in segments if s not in crossing]
    ordered: list[Line] = []
    tops = sorted(_bounds(s).top for s in crossing)
    for start, end in zip([float("-inf"), *tops], [*tops, float("inf")], strict=True):
        ordered += _rows([s for s in crossing if _bounds(s).top == start], page)
        band = [s for s in columns if start <= _bounds(s).middle < end]
        ordered += _rows([s for s in band if _bounds(s).right <= gutter + 2], page)
        ordered += _rows([s for s in band if _bounds(s).right > gutter + 2], page)
    return ordered


def _rows(segments: Sequence[Sequence[Word]], page: int) -> list[Line]:
    """Segments in rows from the top, each row from left to right.

    Segments of a row make one line when the stream has them one after the other; otherwise they are cells or boxes
    that only stand side by side, and their words never formed a phrase.
    """
    rows: list[tuple[Box, list[Sequence[Word]]]] = []
    follows = {id(after): before for before, after in pairwise(segments)}
    for segment in sorted(segments, key=lambda s: (_bounds(s).middle, _bounds(s).left)):
        box = _bounds(segment)
        for i in range(len(rows) - 1, max(-1, len(rows) - 4), -1):
            row, members = rows[i]
            overlap = min(row.bottom, box.bottom) - max(row.top, box.top)
            if overlap > 0.55 * min(row.height, box.height):
                rows[i] = (row.union(box), [*members, segment])
                break
        else:
            rows.append((box, [segment]))
    lines = []
    for _, members in sorted(rows, key=lambda row: row[0].middle):
        held: list[Word] = []
        before: Sequence[Word] | None = None
        for segment in sorted(members, key=lambda s: _bounds(s).left):
            if held and follows.get(id(segment)) is not before:
                lines.append(to_line(held, page))
                held = []
            held += segment
            before = segment
        lines.append(to_line(held, page))
    return lines


def _placed(body: Sequence[Line], regions: Iterable[Region], gutter: float | None) -> list[Region]:
    """Body lines and regions in one order: each region before the first body line that starts below its top."""

    def position(box: Box) -> tuple[int, float]:
        column = 0 if gutter is None or box.left < gutter - 2 else 1
        return column, box.top

    pending = sorted(regions, key=lambda region: position(region.box))
    ordered: list[Region] = []
    for line in body:
        crosses = gutter is None or (line.box.right > gutter + 2 and line.box.left < gutter - 2)
        while pending and _before(pending[0].box, line.box, gutter, crosses):
            ordered.append(pending.pop(0))
        if not ordered or ordered[-1].kind != "body":
            ordered.append(Region("body", line.box))
        ordered[-1].lines.append(line)
        ordered[-1].box = ordered[-1].box.union(line.box)
    return ordered + pending


def _before(region: Box, line: Box, gutter: float | None, crosses: bool) -> bool:
    if gutter is None or crosses:
        return region.top <= line.middle
    region_right, line_right = region.left >= gutter - 2, line.left >= gutter - 2
    return region.top <= line.middle if region_right == line_right else line_right
