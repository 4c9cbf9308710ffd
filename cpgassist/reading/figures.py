"""Algorithms and figures of a page: taken out with their titles, so that no word in them is read as running text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cpgassist.reading.flowcharts import centred_in, chart_near, find_charts, gap
from cpgassist.reading.headings import numbering
from cpgassist.reading.pages import Region, lines_of
from cpgassist.reading.pictures import Looks, page_pictures
from cpgassist.reading.tables import find_tables
from cpgassist.reading.words import Rules, Word
from cpgassist.types import Box, Line

ALGORITHM = re.compile(
    r"\b(?:algorithms?|algoritm[ae]|flow[\s-]?charts?|flow diagram|(?:care|clinical|treatment) pathway|decision tree"
    r"|prisma flow|carta alir\w*|diagram alir|bagan alir|bagan|skema alur|alur (?:tata ?laksana|penatalaksanaan|rujukan))\b"
    r"|流程图",
    re.IGNORECASE,
)
"""What a title calls an algorithm: English, Malay, Indonesian."""
CAPTION = re.compile(
    r"^(?:figures?|fig\.?|gambar|rajah|bagan|algorithm|algoritm[ae]|carta(?: alir)?|flow\s?chart|chart|diagram|skema"
    r"|scheme|graph|grafik|exhibit|图)\s*(?:\d|[A-Z]\b|[IVX]+\b)",
    re.IGNORECASE,
)
_TITLE_WORDS = 24
_ALONE = 0.08
"""The share of the page from which a picture without a caption counts."""
_BOXES = 3
"""Boxes with words, joined by lines, from which a picture is an algorithm."""
_MARKS = 8
"""Curves from which a drawing is a chart and not a tick or a bullet."""


Look = Callable[[Box], Looks]
"""Looks at the pixels of a part of the page; asked only where a picture may be a figure."""


@dataclass(slots=True)
class _Drawing:
    kind: str
    box: Box
    nodes: tuple[Box, ...] = ()
    title: Sequence[Line] = ()


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A page as it was read."""

    number: int
    page: tuple[float, float]
    words: Sequence[Word]
    rules: Rules
    look: Look

    def lines_outside(self, boxes: Sequence[Box]) -> list[Line]:
        """The lines of the words in none of the boxes."""
        return lines_of([w for w in self.words if not any(centred_in(box, w.box) for box in boxes)], self.number)


def take_drawings(
    number: int, page: tuple[float, float], words: Sequence[Word], rules: Rules, look: Look
) -> tuple[list[Region], list[Word], Rules]:
    """The drawings of a page as regions, and the words and rules that are left of the page."""
    pictures = page_pictures(rules.images, page)
    if not (pictures or rules.curves or len(rules.panels) > 2):
        return [], list(words), rules
    left = list(words)
    regions = []
    for drawing in _found(_Sheet(number, page, words, rules, look), pictures):
        held = [word for word in left if centred_in(drawing.box, word.box)]
        titled = [word for word in left if any(line.box.holds(word.box, 0.6) for line in drawing.title)]
        taken = {id(word) for word in (*held, *titled)}
        left = [word for word in left if id(word) not in taken]
        inside = _in_boxes([word for word in held if word not in titled], drawing.nodes, number)
        regions.append(Region(drawing.kind, drawing.box, inside, title=list(drawing.title)))
    return regions, left, _without(rules, [region.box for region in regions])


def _found(sheet: _Sheet, pictures: Sequence[Box]) -> list[_Drawing]:
    charts = find_charts(sheet.words, sheet.rules, sheet.page)
    found = [_Drawing("flowchart", chart.box, chart.nodes) for chart in charts]
    images = [
        _Drawing("figure", picture) for picture in pictures if not any(chart.box.holds(picture, 4) for chart in charts)
    ]
    lines = sheet.lines_outside([drawing.box for drawing in (*found, *images)])
    free = [line for line in lines if _is_title(line)]
    _give_titles([*found, *images], free, lines)
    for line in list(free):
        chart = chart_near(line.box, sheet.words, sheet.rules, sheet.page) if ALGORITHM.search(line.text) else None
        if chart is not None and not any(gap(chart.box, drawing.box) == 0 for drawing in found):
            found.append(_Drawing("flowchart", chart.box, chart.nodes, _wrapped(line, lines)))
            free.remove(line)
    found += [image for image in images if _counts(image, sheet)]
    for line in free:
        marks = _marks_near(line, sheet.rules, [drawing.box for drawing in found])
        if marks is not None:
            found.append(_Drawing("figure", marks, (), _wrapped(line, lines)))
    return found


def _counts(image: _Drawing, sheet: _Sheet) -> bool:
    """Whether a picture has a caption, or is a large drawing without one: no photograph, no stamp over a signature.

    Boxes with words in it make it an algorithm, as does its caption.
    """
    share = _area(image.box) / (sheet.page[0] * sheet.page[1])
    over = sum(centred_in(image.box, word.box, 0) for word in sheet.words)
    if not image.title and (share < _ALONE or over > 3 or _in_table(image.box, sheet)):
        return False
    looks = sheet.look(image.box)
    if looks.boxes >= _BOXES or ALGORITHM.search(" ".join(line.text for line in image.title)):
        image.kind = "flowchart"
    return bool(image.title) or looks.plain


def _in_table(box: Box, sheet: _Sheet) -> bool:
    return any(centred_in(table.box, box) for table in find_tables(sheet.words, sheet.rules, sheet.page))


# ---- titles


def _is_title(line: Line) -> bool:
    """Whether a line is a caption or names an algorithm; numbered headings stay headings."""
    if CAPTION.match(line.text):
        return True
    numbered = numbering(line.text)[0] in ("chapter", "annex", "decimal")
    short = len(line.text.split()) <= _TITLE_WORDS and not line.text.endswith((".", ",", ";"))
    return bool(ALGORITHM.search(line.text)) and short and not numbered


def _give_titles(drawings: Sequence[_Drawing], free: list[Line], lines: Sequence[Line]) -> None:
    """Each caption to the drawing it stands nearest to, above or below; the lines that it wraps to with it."""
    pairs = [(_away(line.box, drawing.box), i, line) for i, drawing in enumerate(drawings) for line in free]
    for away, i, line in sorted(pairs, key=lambda pair: pair[:2]):
        if away <= 45 and line in free and not drawings[i].title:
            drawings[i].title = _wrapped(line, lines)
            free.remove(line)


def _away(title: Box, box: Box) -> float:
    """Points between a title and what it may stand above or below; beside it, it is no title."""
    across = min(title.right, box.right) - max(title.left, box.left)
    if across < 0.3 * min(title.width, box.width):
        return float("inf")
    return max(box.top - title.bottom, title.top - box.bottom, 0.0)


def _wrapped(first: Line, lines: Sequence[Line]) -> list[Line]:
    """A title with the lines below that go on with it: same type, next row, same column."""
    held = [first]
    for line in lines:
        last = held[-1]
        below = -2 < line.box.top - last.box.bottom < 0.6 * first.size
        alike = abs(line.size - first.size) < 0.6 and line.bold == first.bold
        across = min(line.box.right, first.box.right) - max(line.box.left, first.box.left)
        if line is not first and below and alike and across > 0.5 * line.box.width and len(held) < 6:
            if CAPTION.match(line.text) or numbering(line.text)[0]:
                break
            held.append(line)
    return held


# ---- drawn figures


def _marks_near(title: Line, rules: Rules, taken: Sequence[Box]) -> Box | None:
    """The curves drawn next to a caption, with the boxes and rules among them."""
    marks = [m for m in (*rules.marks, *rules.shapes, *rules.links) if not any(centred_in(box, m) for box in taken)]
    if len(marks) < _MARKS or not CAPTION.match(title.text):
        return None
    around = [mark for mark in marks if _away(title.box, mark) < float("inf") or mark.left >= title.box.left - 40]
    around.sort(key=lambda mark: _rise(title.box, mark))
    held: list[Box] = []
    box = title.box
    for mark in around:
        if gap(box, mark) <= 60:
            held.append(mark)
            box = box.union(mark)
    if len(held) < _MARKS:
        return None
    drawn = held[0]
    for mark in held:
        drawn = drawn.union(mark)
    for panel in (*rules.panels, *rules.horizontal, *rules.vertical):
        if gap(drawn, panel) <= 4 and not centred_in(panel, title.box):
            drawn = drawn.union(panel)
    return None if centred_in(drawn, title.box, 0) else drawn


def _rise(title: Box, mark: Box) -> float:
    return max(mark.top - title.bottom, title.top - mark.bottom, 0.0)


# ---- words


def _in_boxes(words: Sequence[Word], nodes: Sequence[Box], number: int) -> list[Line]:
    """The words of one box together, boxes in rows from the top; a second copy of a word at its place is left out."""
    seen: set[tuple[str, int, int]] = set()
    groups: dict[Box | None, list[Word]] = {}
    for word in words:
        place = (word.text, round(word.box.left / 2), round(word.box.top / 2))
        if place in seen:
            continue
        seen.add(place)
        home = min((node for node in nodes if centred_in(node, word.box)), key=_area, default=None)
        groups.setdefault(home, []).append(word)
    parts = [(line.box, [line]) for line in lines_of(groups.pop(None, []), number)]
    parts += [(box, lines_of(group, number)) for box, group in groups.items() if box is not None]
    return [line for row in _rows(parts) for _, lines in sorted(row, key=lambda part: part[0].left) for line in lines]


def _rows(parts: Sequence[tuple[Box, list[Line]]]) -> list[list[tuple[Box, list[Line]]]]:
    """Boxes side by side in one row: the middle of each lies above the foot of the row's first."""
    rows: list[list[tuple[Box, list[Line]]]] = []
    for part in sorted(parts, key=lambda part: part[0].middle):
        if rows and part[0].middle < rows[-1][0][0].bottom and part[0].top < rows[-1][0][0].middle:
            rows[-1].append(part)
        else:
            rows.append([part])
    return rows


def _area(box: Box) -> float:
    return box.width * box.height


def _without(rules: Rules, boxes: Sequence[Box]) -> Rules:
    """The rules outside these boxes: what is drawn in a chart rules no table."""

    def outside(drawn: Sequence[Box]) -> tuple[Box, ...]:
        return tuple(one for one in drawn if not any(box.holds(one, 4) for box in boxes))

    return replace(
        rules,
        horizontal=outside(rules.horizontal),
        vertical=outside(rules.vertical),
        panels=outside(rules.panels),
        images=outside(rules.images),
    )
