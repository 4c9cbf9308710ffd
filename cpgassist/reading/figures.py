"""Algorithms and figures of a page: taken out with their titles, so that no word in them is read as running text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cpgassist.reading.flowcharts import centred_in, chart_near, find_charts, gap
from cpgassist.reading.headings import numbering
from cpgassist.reading.pages import Region, lines_of
from cpgassist.reading.pictures import Looks, page_pictures
from cpgassist.reading.tables import FoundTable, find_tables
from cpgassist.reading.words import Rules, Word
from cpgassist.types import Box, Line

ALGORITHM = re.compile(
    r"\b(?:algorithms?|algoritm[ae]|flow[\s-]?charts?|flow diagram|(?:care|clinical|treatment) pathway|decision tree"
    r"|prisma flow|carta alir\w*|diagram alir|bagan alir|bagan|skema alur|alur (?:tata ?laksana|penatalaksanaan|rujukan))\b"
    r"|流程图",
    re.IGNORECASE,
)
"""What a title calls an algorithm: English, Malay, Indonesian."""
_NUMBER = (
    r"(?:figures?|fig\.?|gambar|rajah|bagan|algorithm|algoritm[ae]|carta(?: alir)?|flow\s?chart|chart|diagram|skema|scheme"
    r"|graph|grafik|exhibit|图)\s*(?:\d|[A-Z]\b|[IVX]+\b)"
)
CAPTION = re.compile(rf"^{_NUMBER}", re.IGNORECASE)
_CAPTIONED = re.compile(rf"\b{_NUMBER}", re.IGNORECASE)
_STOP = re.compile(r"(?:[^\W\d_]{4,}|[)\]])[.?!]\d{0,3}(?:\s+(?=[A-Z])|$)")
"""The end of a sentence, not of "vs." or "et al."; the number of a reference may be glued to it."""
_NUMBERED = 14
"""Letters at the start of a caption in which a stop belongs to its number: "Figure 1.", "Fig. 2." """
_TITLE_WORDS = 24
_ALONE = 0.08
"""The share of the page from which a picture without a caption counts."""
_BOXES = 3
"""Boxes with words, joined by lines, from which a picture is an algorithm."""
_MARKS = 8
"""Curves from which a drawing is a chart and not a tick or a bullet."""
_LABEL_WORDS = 7
"""At most so many words are a label in or beside a chart; more are a line of prose."""
_CHAIN = 40.0
"""Points between the parts of a drawn chart, and from its caption."""


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
    cover: bool

    def lines_outside(self, boxes: Sequence[Box]) -> list[Line]:
        """The lines of the words in none of the boxes."""
        return lines_of([w for w in self.words if not any(centred_in(box, w.box) for box in boxes)], self.number)


def take_drawings(
    number: int, page: tuple[float, float], words: Sequence[Word], rules: Rules, look: Look, cover: bool = False
) -> tuple[list[Region], list[Word], Rules]:
    """The drawings of a page as regions, and the words and rules that are left of the page.

    On a cover, a picture without a caption only adorns.
    """
    pictures = page_pictures(rules.images, page)
    if not pictures and len(rules.panels) + rules.curves < 3:
        return [], list(words), rules
    left = list(words)
    regions = []
    for drawing in _found(_Sheet(number, page, words, rules, look, cover), pictures):
        title, more = _sentence(drawing.title)
        held = [word for word in left if centred_in(drawing.box, word.box)]
        titled = [word for word in left if any(line.box.holds(word.box, 0.6) for line in drawing.title)]
        copied = {id(word) for word in _second_copy(left, drawing)}
        taken = copied | {id(word) for word in (*held, *titled)}
        shown = [word for word in held if id(word) not in copied and word not in titled]
        left = [word for word in left if id(word) not in taken]
        inside = [*_in_boxes(shown, drawing.nodes, number), *more]
        regions.append(Region(drawing.kind, drawing.box, inside, title=title))
    return regions, left, _without(rules, [region.box for region in regions])


def _found(sheet: _Sheet, pictures: Sequence[Box]) -> list[_Drawing]:
    charts = find_charts(sheet.words, sheet.rules, sheet.page)
    found = [_Drawing("flowchart", chart.box, chart.cells) for chart in charts]
    images = [
        _Drawing("figure", picture) for picture in pictures if not any(chart.box.holds(picture, 4) for chart in charts)
    ]
    if not (found or images or _may_be_titled(sheet)):
        return []
    lines = sheet.lines_outside([drawing.box for drawing in (*found, *images)])
    free = [line for line in lines if _is_title(line)]
    _give_titles([*found, *images], free, lines)
    for line in list(free):
        chart = chart_near(line.box, sheet.words, sheet.rules, sheet.page) if ALGORITHM.search(line.text) else None
        if chart is not None and not any(gap(chart.box, drawing.box) == 0 for drawing in found):
            found.append(_Drawing("flowchart", chart.box, chart.cells, wrapped(line, lines)))
            free.remove(line)
    found += [image for image in images if _counts(image, sheet)]
    for line in free:
        title = wrapped(line, lines)
        drawn = _drawn_near(title, sheet, [drawing.box for drawing in found], lines)
        if drawn is not None:
            found.append(_Drawing("figure", drawn, (), title))
    return found


def _may_be_titled(sheet: _Sheet) -> bool:
    """Whether a title could name what is drawn: asked before the words are put into lines, which costs more."""
    text = " ".join(word.text for word in sheet.words)
    return bool(ALGORITHM.search(text)) or (sheet.rules.curves >= _MARKS and bool(_CAPTIONED.search(text)))


def _counts(image: _Drawing, sheet: _Sheet) -> bool:
    """Whether a picture has a caption, or is a large drawing without one: no photograph, no stamp over a signature.

    Boxes with words in it make it an algorithm, as does its caption.
    """
    if not image.title:
        image.box = _above_words(image.box, sheet.words)
        share = _area(image.box) / (sheet.page[0] * sheet.page[1])
        over = sum(centred_in(image.box, word.box, 0) for word in sheet.words)
        if sheet.cover or share < _ALONE or over > 3 or _in_table(image.box, sheet):
            return False
    looks = sheet.look(image.box)
    if looks.boxes >= _BOXES or ALGORITHM.search(" ".join(line.text for line in image.title)):
        image.kind = "flowchart"
    return bool(image.title) or image.kind == "flowchart" or looks.ruled


def _above_words(picture: Box, words: Sequence[Word]) -> Box:
    """The picture without its foot, where words are printed on that alone: the blank rest of a pasted page."""
    over = [word.box.top for word in words if centred_in(picture, word.box, 0)]
    if over and min(over) > picture.top + 0.7 * picture.height:
        return replace(picture, bottom=min(over) - 1)
    return picture


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
    # A numbered caption goes before a line that only names an algorithm.
    for away, i, line in sorted(pairs, key=lambda pair: (pair[0] + 20 * (not CAPTION.match(pair[2].text)), pair[1])):
        if away <= 45 and line in free and not drawings[i].title:
            drawings[i].title = wrapped(line, lines)
            free.remove(line)


def _away(title: Box, box: Box) -> float:
    """Points between a title and what it may stand above or below; beside it, it is no title."""
    across = min(title.right, box.right) - max(title.left, box.left)
    if across < 0.3 * min(title.width, box.width):
        return float("inf")
    return max(box.top - title.bottom, title.top - box.bottom, 0.0)


def wrapped(first: Line, lines: Sequence[Line]) -> list[Line]:
    """A title with the lines below that go on with it: same type, next row, same column."""
    held = [first]
    for line in lines:
        last = held[-1]
        # In a centred caption the lines stand under each other's middle, whatever the space between them.
        centred = line.box.left > first.box.left + 6 and abs(_centre(line.box) - _centre(first.box)) < 6
        below = -2 < line.box.top - last.box.bottom < (1.2 if centred else 0.6) * first.size
        alike = abs(line.size - first.size) < 0.6 and line.bold == first.bold
        across = min(line.box.right, first.box.right) - max(line.box.left, first.box.left)
        if line is not first and below and alike and across > 0.5 * line.box.width and len(held) < 8:
            if CAPTION.match(line.text) or numbering(line.text)[0]:
                break
            held.append(line)
    return held


def _centre(box: Box) -> float:
    return (box.left + box.right) / 2


def _sentence(title: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """A caption's first sentence, and the rest of it: sources and permissions are no part of a title."""
    size = 0
    for i, line in enumerate(title):
        end = _STOP.search(line.text, max(0, _NUMBERED - size))
        if end is not None:
            after = line.text[end.end() :]
            rest = [replace(line, text=after)] if after else []
            return [*title[:i], replace(line, text=line.text[: end.end()].rstrip())], [*rest, *title[i + 1 :]]
        size += len(line.text)
    return list(title), []


# ---- drawn figures


def _drawn_near(title: Sequence[Line], sheet: _Sheet, taken: Sequence[Box], lines: Sequence[Line]) -> Box | None:
    """The curves drawn above or below a caption, with the boxes and rules among them; no prose stands between."""
    at, rules = Box.around([line.box for line in title]), sheet.rules
    marks = {m for m in (*rules.marks, *rules.shapes, *rules.links) if not any(centred_in(box, m) for box in taken)}
    if len(marks) < _MARKS or not CAPTION.match(title[0].text):
        return None
    parts = [*marks, *rules.panels, *rules.horizontal, *rules.vertical]
    lines = [line for line in lines if line not in title]
    for side in ([p for p in parts if p.bottom <= at.top + 2], [p for p in parts if p.top >= at.bottom - 2]):
        held = _chained(at, side, marks)
        if held is None or sum(centred_in(held, mark) for mark in marks) < _MARKS:
            continue
        prose = any(centred_in(held.union(at), line.box, -2) for line in lines if not _is_label(line))
        # The numbers of a chart may be printed under it as a table, and are worth more than the picture.
        tables = [table for table in find_tables(sheet.words, rules, sheet.page) if _is_filled(table)]
        if not prose and not any(gap(table.box, held) == 0 for table in tables):
            return _with_labels(held, lines)
    return None


def _is_filled(table: FoundTable) -> bool:
    """Whether rows of the table hold text in every cell: stars or bars drawn in them would leave them empty."""
    return sum(len(row) > 2 and all(row) for row in table.rows) >= 2


def _chained(title: Box, parts: Sequence[Box], marks: set[Box]) -> Box | None:
    """What is drawn on one side of a title, step by step away from it, and what touches that."""
    box = title = replace(title, left=title.left - 20, right=title.right + 20)
    near = [part for part in parts if _away(title, part) < float("inf")]
    held: list[Box] = []
    for part in sorted(near, key=lambda part: _away(title, part)):
        if gap(box, part) > _CHAIN:
            break
        held.append(part)
        box = box.union(part)
    drawn = [part for part in held if part in marks]
    if not drawn:
        return None
    box = Box.around(drawn)
    for mark in sorted(marks.intersection(parts), key=lambda mark: gap(Box.around(drawn), mark)):
        if gap(box, mark) <= _CHAIN:
            box = box.union(mark)
    return Box.around([box, *(part for part in parts if gap(box, part) <= 8 and _within(box, part))])


def _with_labels(drawn: Box, lines: Sequence[Line]) -> Box:
    """The chart with the labels at its edges, and the lines that they wrap to."""
    labels = [line.box for line in lines if _is_label(line) and _within(drawn, line.box)]
    box = Box.around([drawn, *(label for label in labels if gap(drawn, label) <= 14)])
    return Box.around([box, *(label for label in labels if gap(box, label) <= 4)])


def _is_label(line: Line) -> bool:
    """Whether a line is a label or a row of numbers rather than prose."""
    return len(re.findall(r"[^\W\d_]{3,}", line.text)) <= _LABEL_WORDS


def _within(box: Box, part: Box) -> bool:
    """Whether a part is no wider than the box, as the rule under a running head is."""
    return part.width <= box.width


# ---- words


def _second_copy(words: Sequence[Word], drawing: _Drawing) -> list[Word]:
    """The words of a drawing that repeat others of it: some programs leave a second text under what is shown.

    The stream holds one copy after the other. The one that fits the boxes worse is not what the page shows.
    """
    inside = [word for word in words if centred_in(drawing.box, word.box, 6)]
    held: Counter[str] = Counter(word.text for word in words)
    for word in inside:
        held[word.text] -= 1
    best: tuple[int, int] = (0, 0)
    for start in range(len(inside) // 4, len(inside)):
        first = held + Counter(word.text for word in inside[:start])
        again = sum(min(n, first[text]) for text, n in Counter(word.text for word in inside[start:]).items())
        copied = again - (len(inside) - start - again) * 4
        best = max(best, (copied, start))
    copied, start = best
    if copied < 12 or copied < 0.6 * (len(inside) - start):
        return []
    first_copy, second = inside[:start], inside[start:]
    return min((first_copy, second), key=lambda copy: sum(_fits(word, drawing.nodes) for word in copy) / len(copy))


def _fits(word: Word, nodes: Sequence[Box]) -> bool:
    return any(node.holds(word.box, 0.5) for node in nodes)


def _in_boxes(words: Sequence[Word], nodes: Sequence[Box], number: int) -> list[Line]:
    """A line for each box, boxes in rows from the top; a second copy of a word at its place is left out."""
    seen: set[tuple[str, int, int]] = set()
    groups: dict[Box | None, list[Word]] = {}
    for word in words:
        place = (word.text, round(word.box.left / 2), round(word.box.top / 2))
        if place in seen:
            continue
        seen.add(place)
        home = min((node for node in nodes if centred_in(node, word.box)), key=_area, default=None)
        groups.setdefault(home, []).append(word)
    labels = [line for label in _labels(groups.pop(None, [])) for line in lines_of(label, number)]
    parts = [(line.box, line) for line in labels]
    parts += [(box, _as_one(lines_of(group, number))) for box, group in groups.items() if box is not None]
    return [line for row in _rows(parts) for _, line in sorted(row, key=lambda part: part[0].left)]


def _labels(words: Sequence[Word]) -> list[list[Word]]:
    """Words beside the boxes in runs without a gap: "Yes" and "No" of two arrows are no phrase."""
    runs: list[list[Word]] = []
    for word in words:
        if runs and gap(runs[-1][-1].box, word.box) <= 1.2 * word.size:
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _as_one(lines: Sequence[Line]) -> Line:
    """The lines of a box as one, so that nothing parts them."""
    return replace(lines[0], text=" ".join(line.text for line in lines), box=Box.around([line.box for line in lines]))


def _rows(parts: Sequence[tuple[Box, Line]]) -> list[list[tuple[Box, Line]]]:
    """Boxes side by side in one row: the middle of each lies above the foot of the row's first."""
    rows: list[list[tuple[Box, Line]]] = []
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
