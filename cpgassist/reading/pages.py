"""Words of a page -> lines in reading order, grouped by the region they stand in.

Order comes from geometry: boxes and margin texts are often drawn after the body, away from their place. Inside a
printed line the order of the text stream is kept, so that superscripts stay where they were set.
"""

from __future__ import annotations

import re
from bisect import bisect, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median, median_low

from cpgassist.reading.recommendations import MARGIN_MARK
from cpgassist.reading.tables import FoundTable, find_tables
from cpgassist.reading.words import Rules, Word
from cpgassist.types import Box, Line

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st"}
# Symbol fonts put their bullets into the private use area; Wingdings' 0xA7 and 0xB7 are the usual ones.
_BULLETS = {chr(code): "•" for code in range(0xF000, 0xF0FF)}
_PICTURES = re.compile(r"dingbats|wingdings|webdings", re.IGNORECASE)
"""Fonts whose letters are pictures: an "l" that opens a line is its bullet."""
_TEXT = str.maketrans(_LIGATURES | _BULLETS)


@dataclass(slots=True)
class Region:
    """Lines that stand together: running text, a framed or coloured box, or a table."""

    kind: str
    """"body", "box" or "table"."""
    box: Box
    lines: list[Line] = field(default_factory=list)
    table: FoundTable | None = None
    marks: list[Line] = field(default_factory=list)
    """Grades printed in the margin beside the lines: "IIa, B"."""
    groups: list[list[Line]] = field(default_factory=list)
    """The lines gathered into paragraphs, once they are."""


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
    box = _bounds(words)
    letters = sum(len(word.text) for word in words)
    size = max(words, key=lambda word: len(word.text)).size
    bold = sum(len(word.text) for word in words if word.bold) * 2 > letters
    faces = {word.face for word in words if any(map(str.isalnum, word.text)) and not _PICTURES.search(word.face)}
    face = faces.pop() if len(faces) == 1 else ""
    texts = [word.text for word in words]
    if len(texts) > 1 and len(texts[0]) == 1 and texts[0].isalpha() and _PICTURES.search(words[0].face):
        texts[0] = "•"
    return Line(" ".join(texts).translate(_TEXT), page, box, round(size, 1), bold, face=face)


def page_regions(number: int, width: float, height: float, words: Sequence[Word], rules: Rules) -> list[Region]:
    """The page's regions in reading order."""
    tables = find_tables(words, rules, (width, height))
    taken = {index for table in tables for index in table.words}
    boxes = _boxes(rules, [table.box for table in tables], width, height)
    inside: dict[int, list[Word]] = {}
    body: list[Word] = []
    for index, word in enumerate(words):
        if index in taken:
            continue
        home = _smallest(boxes, word.box)
        if home is None:
            body.append(word)
        else:
            inside.setdefault(home, []).append(word)
    marks, body = _margin_marks(body)
    regions = [Region("table", table.box, table.lines(words, number), table) for table in tables]
    for home, held in inside.items():
        lines = in_reading_order(_segments(held), number)
        if len(lines) < 2:
            body += held
        else:
            regions.append(Region("box", boxes[home], lines))
    segments = _segments(body)
    gutter = _gutter(segments, width)
    if gutter is None and inside:
        # A box may fill most of a column and leave the page few lines to tell its columns by.
        gutter = _gutter([*segments, *(s for held in inside.values() for s in _segments(held))], width)
    breaks = _breaks(segments, [region.box for region in regions], gutter)
    placed = _placed(in_reading_order(segments, number, gutter, breaks), regions, gutter, breaks)
    for mark in marks:
        _to_region(to_line(mark, number), placed)
    return placed


def _margin_marks(words: Sequence[Word]) -> tuple[list[list[Word]], list[Word]]:
    """Segments that are nothing but a grade and stand left of the text, and the other words."""
    segments = _segments(words)
    marks = [segment for segment in segments if MARGIN_MARK.match(" ".join(word.text for word in segment))]
    if not marks:
        return [], list(words)
    text_left = (
        median(_bounds(segment).left for segment in segments if segment not in marks)
        if len(marks) < len(segments)
        else 0
    )
    marks = [mark for mark in marks if _bounds(mark).right < text_left + 2]
    taken = {id(word) for mark in marks for word in mark}
    return marks, [word for word in words if id(word) not in taken]


def _to_region(mark: Line, regions: Sequence[Region]) -> None:
    """Put a margin mark with the body region that stands at its height."""
    beside = [r for r in regions if r.kind == "body" and r.box.top - 6 <= mark.box.middle <= r.box.bottom + 6]
    if beside:
        beside[0].marks.append(mark)


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
    # A chapter's number three times as large as its title stands beside the title, not in its line.
    apart = 0.4 * min(last.size, word.size) if max(last.size, word.size) > 2.2 * min(last.size, word.size) else None
    return -0.8 * last.size - 2 <= gap <= (1.6 * max(last.size, word.size) if apart is None else apart)


def _bounds(words: Sequence[Word]) -> Box:
    if len(words) == 1:
        return words[0].box
    boxes = [word.box for word in words]
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _gutter(segments: Sequence[Sequence[Word]], width: float) -> float | None:
    """The x between two columns of running text, or None on a one-column page."""
    boxes = [_bounds(segment) for segment in segments]
    if len(boxes) < 14:
        return None
    found: dict[float, int] = {}
    for percent in range(38, 63):
        x = width * percent / 100
        found[x] = sum(box.left < x - 2 and box.right > x + 2 for box in boxes)
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
        for i in range(len(rows) - 1, max(-1, len(rows) - 4), -1):
            row, members = rows[i]
            overlap = min(row.bottom, box.bottom) - max(row.top, box.top)
            # A chapter's number may stand as tall as the two lines of its title: it is in the row of neither.
            of_a_kind = max(w.size for w in segment) < 2.2 * members[0][0].size < 4.9 * max(w.size for w in segment)
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
