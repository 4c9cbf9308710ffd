"""Words of a page -> lines in reading order, grouped by the region they stand in.

Order comes from geometry: boxes and margin texts are often drawn after the body, away from their place. Inside a
printed line the order of the text stream is kept, so that superscripts stay where they were set.
"""

from __future__ import annotations

import re
from bisect import bisect, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from statistics import median, median_low

from cpgassist.reading.margins import Mark, find_marks, may_hold_marks
from cpgassist.reading.repair import repairs_of
from cpgassist.reading.tables import FoundTable, find_tables
from cpgassist.reading.tables.turned import page_turn, turned_back, turned_rules, turned_size, turned_words
from cpgassist.reading.words import NOTHING_DRAWN, Rules, Word
from cpgassist.types import Box, Line

_PICTURES = re.compile(r"dingbats|wingdings|webdings", re.IGNORECASE)
"""Fonts whose letters are pictures: they say nothing of the type of their line."""


@dataclass(slots=True)
class Region:
    """Lines that stand together: running text, a framed or coloured box, or a table."""

    kind: str
    """"body", "box", "table", "flowchart" or "figure"."""
    box: Box
    lines: list[Line] = field(default_factory=list)
    table: FoundTable | None = None
    marks: list[Mark] = field(default_factory=list)
    """Grades printed in the margin beside the lines: "IIa, B"."""
    title: list[Line] = field(default_factory=list)
    """The caption of a flowchart or figure."""
    groups: list[list[Line]] = field(default_factory=list)
    """The lines gathered into paragraphs, once they are."""
    grades: dict[tuple[int, float, float, str], str] = field(default_factory=dict)
    """The grade in the margin of a paragraph, by the place and words of its first line."""


@dataclass(frozen=True, slots=True)
class PageContent:
    """One page's regions."""

    number: int
    width: float
    height: float
    regions: Sequence[Region]


def to_line(words: Sequence[Word], page: int) -> Line:
    """The words as one printed line."""
    box = Box.around([word.box for word in words])
    text = " ".join([word.text for word in words])
    letters = len(text) - len(words) + 1
    size = max(words, key=lambda word: len(word.text)).size
    bold = sum([len(word.text) for word in words if word.bold]) * 2 > letters
    faces: set[str] = set()
    for word in words:
        if word.face not in faces and any(map(str.isalnum, word.text)) and not _draws_pictures(word.face):
            faces.add(word.face)
    face = faces.pop() if len(faces) == 1 else ""
    return Line(text, page, box, round(size, 1), bold, repairs_of(words, page), face=face)


@cache
def _draws_pictures(face: str) -> bool:
    return bool(_PICTURES.search(face))


def lines_of(words: Sequence[Word], page: int) -> list[Line]:
    """The words as lines from the top."""
    return in_reading_order(_segments(words), page)


def page_regions(
    number: int, width: float, height: float, words: Sequence[Word], rules: Rules, drawings: Sequence[Region] = ()
) -> list[Region]:
    """The page's regions in reading order, with the drawings that were taken out of it before.

    A page set sideways is read as it is when turned.
    """
    if turn := page_turn(words):
        sideways = [word for word in words if word.turned == turn]
        size = (width, height)
        within = turned_size(turn, size)
        read = page_regions(number, *within, turned_words(sideways, turn, size), turned_rules(rules, turn, size))
        rest = [word for word in words if word.turned != turn]
        return [
            *drawings,
            *(_turned_back(region, turn, size) for region in read),
            *page_regions(number, width, height, rest, NOTHING_DRAWN),
        ]
    tables = find_tables(words, rules, (width, height))
    taken = {index for table in tables for index in table.words}
    boxes = _boxes(rules, [table.box for table in tables], width, height)
    inside: dict[int, list[Word]] = {}
    body: list[Word] = []
    free = [word for index, word in enumerate(words) if index not in taken]
    rows = _segments(free)
    marks = find_marks(rows, rules.badges) if may_hold_marks(free, rules.badges) else []
    in_marks = {id(word) for mark in marks for word in mark.words}
    for index, word in enumerate(words):
        if index in taken or id(word) in in_marks:
            continue
        home = _smallest(boxes, word.box) if boxes else None
        if home is None:
            body.append(word)
        else:
            inside.setdefault(home, []).append(word)
    regions = [*drawings, *(Region("table", table.box, table.lines(words, number), table) for table in tables)]
    for home, held in inside.items():
        lines = in_reading_order(_segments(held), number)
        if len(lines) < 2:
            body += held
        else:
            regions.append(Region("box", boxes[home], lines))
    segments = _segments(body) if inside or marks else rows
    gutter = _gutter(segments, width)
    if gutter is None and inside:
        # A box may fill most of a column and leave the page few lines to tell its columns by.
        gutter = _gutter([*segments, *(s for held in inside.values() for s in _segments(held))], width)
    breaks = _breaks(segments, [region.box for region in regions], gutter)
    placed = _placed(in_reading_order(segments, number, gutter, breaks), regions, gutter, breaks)
    for mark in marks:
        _to_region(mark, placed)
    return placed


def _to_region(mark: Mark, regions: Sequence[Region]) -> None:
    """Put a margin mark with the region whose text it stands beside."""
    for region in regions:
        if region.table is None and any(line.box.holds(mark.beside, 3) for line in region.lines):
            region.marks.append(mark)
            return


def _turned_back(region: Region, turn: int, page: tuple[float, float]) -> Region:
    """A region read sideways, with its boxes where they stand on the page."""

    def back(box: Box) -> Box:
        return turned_back(box, turn, page)

    def lines(of: Sequence[Line]) -> list[Line]:
        return [replace(line, box=back(line.box)) for line in of]

    table = region.table
    if table is not None:
        cells = tuple(replace(cell, box=back(cell.box)) for cell in table.cells)
        table = replace(table, box=back(table.box), cells=cells)
    marks = [replace(mark, box=back(mark.box), beside=back(mark.beside)) for mark in region.marks]
    return Region(region.kind, back(region.box), lines(region.lines), table, marks)


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


class _Segment(list[Word]):
    """A run of the stream on one row without a column's gap; its box is asked for many times."""

    _box: Box | None = None
    _held = 0

    @property
    def box(self) -> Box:
        """The box around all of its words."""
        if self._box is None or self._held != len(self):
            self._box, self._held = Box.around([word.box for word in self]), len(self)
        return self._box


def _segments(words: Sequence[Word]) -> list[_Segment]:
    segments: list[_Segment] = []
    for word in words:
        if segments and _continues(segments[-1], word):
            segments[-1].append(word)
        else:
            segments.append(_Segment([word]))
    return segments


def _continues(segment: Sequence[Word], word: Word) -> bool:
    last = segment[-1]
    gap = word.box.left - last.box.right
    smaller, larger = min(last.size, word.size), max(last.size, word.size)
    # A chapter's number three times as large as its title stands beside the title, not in its line.
    most = 0.4 * smaller if larger > 2.2 * smaller else 1.6 * larger
    if not -0.8 * last.size - 2 <= gap <= most:
        return False
    # A superscript sits higher than the word it follows, yet within the row of the segment.
    return _in_row(last.box, word.box) or (not word.new_line and _in_row(_bounds(segment), word.box))


def _in_row(row: Box, word: Box) -> bool:
    overlap = min(row.bottom, word.bottom) - max(row.top, word.top)
    return overlap >= 0.35 * min(row.bottom - row.top, word.bottom - word.top)


def _bounds(words: Sequence[Word]) -> Box:
    return words.box if isinstance(words, _Segment) else Box.around([word.box for word in words])


def _gutter(segments: Sequence[Sequence[Word]], width: float) -> float | None:
    """The x between two columns of running text, or None on a one-column page."""
    boxes = [_bounds(segment) for segment in segments]
    if len(boxes) < 14:
        return None
    sides = [(box.left, box.right) for box in boxes]
    found: dict[float, int] = {}
    for percent in range(38, 63):
        x = width * percent / 100
        before, after = x - 2, x + 2
        found[x] = sum([left < before and right > after for left, right in sides])
    crossing = min(found.values())
    # The middle of the free strip: frames and tables stand out from their column into it.
    x = median_low(x for x, count in found.items() if count == crossing)
    left = [box for box in boxes if box.right <= x + 2]
    right = [box for box in boxes if box.left >= x - 2]
    if crossing > 0.2 * len(boxes) or min(len(left), len(right)) < 5:
        return None
    few = len(boxes) < 24 or min(len(left), len(right)) < 10
    # Columns of prose fill their half; a column of numbers or labels beside text does not, and stands in its rows.
    filled = min(median(box.width for box in half) for half in (left, right)) / width
    apart = crossing < 0.1 * len(boxes) and filled > (0.28 if few else 0.16) and not _in_rows(left, right)
    return x if apart or (filled > 0.24 and not few) else None


def _in_rows(left: Sequence[Box], right: Sequence[Box]) -> bool:
    """Whether most lines of two columns stand at the same heights, as a table's cells do."""
    heights = sorted(box.middle for box in right)
    level = sum(abs(box.middle - heights[min(bisect(heights, box.middle - 2), len(heights) - 1)]) < 2 for box in left)
    return level * 2 > min(len(left), len(right))


def _crossing(segments: Sequence[Sequence[Word]], gutter: float) -> list[Box]:
    """The segments that run over both columns, with what stands in their rows: the number beside a title."""
    boxes = [_bounds(segment) for segment in segments]
    over = [box for box in boxes if box.left < gutter - 2 and box.right > gutter + 2]
    return [box for box in boxes if any(box is other or _level(box, other) for other in over)]


def _breaks(segments: Sequence[Sequence[Word]], regions: Sequence[Box], gutter: float | None) -> list[float]:
    """The heights at which both columns end and begin anew: lines, boxes and tables that run over both."""
    if gutter is None:
        return []
    rows: list[Box] = []
    for box in sorted(_crossing(segments, gutter), key=lambda box: box.top):
        if rows and _level(rows[-1], box):
            rows[-1] = rows[-1].union(box)
        else:
            rows.append(box)
    rows += [box for box in regions if _spans(box, gutter)]
    return sorted({row.top for row in rows})


def in_reading_order(
    segments: Sequence[Sequence[Word]], page: int, gutter: float | None = None, breaks: Sequence[float] = ()
) -> list[Line]:
    """Lines from the top; with a gutter, the left column before the right between what crosses it."""
    if gutter is None:
        return _rows(segments, page)
    crossing = {(box.left, box.top) for box in _crossing(segments, gutter)}
    bounds = [(_bounds(segment), segment) for segment in segments]
    ordered: list[Line] = []
    for start, end in pairwise((float("-inf"), *breaks, float("inf"))):
        over = [s for box, s in bounds if (box.left, box.top) in crossing and start <= box.top < end]
        held = [(box, s) for box, s in bounds if (box.left, box.top) not in crossing and start <= box.middle < end]
        ordered += _rows(over, page)
        ordered += _rows([s for box, s in held if box.right <= gutter + 2], page)
        ordered += _rows([s for box, s in held if box.right > gutter + 2], page)
    return ordered


def _level(a: Box, b: Box) -> bool:
    """Whether two segments stand in one row."""
    return min(a.bottom, b.bottom) - max(a.top, b.top) > 0.5 * min(a.height, b.height)


def _rows(segments: Sequence[Sequence[Word]], page: int) -> list[Line]:
    """Segments in rows from the top, each row from left to right.

    Segments of a row make one line when the stream has them one after the other; otherwise they are cells or boxes
    that only stand side by side, and their words never formed a phrase.
    """
    rows: list[tuple[Box, list[Sequence[Word]]]] = []
    follows = {id(after): before for before, after in pairwise(segments)}
    bounds = [(_bounds(segment), segment) for segment in segments]
    lefts = {id(segment): box.left for box, segment in bounds}
    for box, segment in sorted(bounds, key=lambda held: (held[0].middle, held[0].left)):
        largest = max([word.size for word in segment])
        for i in range(len(rows) - 1, max(-1, len(rows) - 4), -1):
            row, members = rows[i]
            overlap = min(row.bottom, box.bottom) - max(row.top, box.top)
            # A chapter's number may stand as tall as the two lines of its title: it is in the row of neither.
            of_a_kind = largest < 2.2 * members[0][0].size < 4.9 * largest
            if overlap > 0.55 * min(row.height, box.height) and of_a_kind:
                rows[i] = (row.union(box), [*members, segment])
                break
        else:
            rows.append((box, [segment]))
    lines = []
    least = min((segment[0].size for segment in segments), default=0.0)
    for _, members in sorted(rows, key=lambda row: row[0].top if row[1][0][0].size > 2.2 * least else row[0].middle):
        held: list[Word] = []
        before: Sequence[Word] | None = None
        for segment in sorted(members, key=lambda s: lefts[id(s)]):
            if held and follows.get(id(segment)) is not before:
                lines.append(to_line(held, page))
                held = []
            held += segment
            before = segment
        lines.append(to_line(held, page))
    return lines


def _spans(region: Box, gutter: float) -> bool:
    """Whether a box or table runs over both columns, rather than stand out a little from one."""
    return region.left < gutter - 12 and region.right > gutter + 12


def _placed(
    body: Sequence[Line], regions: Iterable[Region], gutter: float | None, breaks: Sequence[float]
) -> list[Region]:
    """Body lines and regions in one order: each region before the first body line that is read after it."""

    def turn(box: Box, crosses: bool, height: float) -> tuple[int, int, float]:
        if gutter is None:
            return 0, 0, height
        if crosses:
            return bisect_right(breaks, box.top + 1), -1, height
        return bisect_right(breaks, height), int((box.left + box.right) / 2 >= gutter), height

    def region_turn(region: Region) -> tuple[int, int, float]:
        return turn(region.box, gutter is not None and _spans(region.box, gutter), region.box.top)

    pending = sorted(regions, key=region_turn)
    ordered: list[Region] = []
    for line in body:
        over = gutter is not None and line.box.left < gutter - 2 and line.box.right > gutter + 2
        now = turn(line.box, over, line.box.middle)
        while pending and region_turn(pending[0]) <= now:
            ordered.append(pending.pop(0))
        if not ordered or ordered[-1].kind != "body":
            ordered.append(Region("body", line.box))
        ordered[-1].lines.append(line)
        ordered[-1].box = ordered[-1].box.union(line.box)
    return ordered + pending
