"""PDF page -> words with boxes and fonts, rules and panels, through pypdfium2's raw calls.

Text, boxes and page images come from the same engine, so that a quote always maps back to its place. One call
per character is the price of boxes; fonts are asked once per word.
"""

from __future__ import annotations

import ctypes
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from cpgassist.types import Box

BROKEN = "\ufffe"
"""Marks a word broken at the end of a line. pdfium's text has U+FFFE there, its characters read as code 2."""
_BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
# Pages drawn as one map or picture hold 100,000 path segments; their rules are no table.
_MAX_PATHS = 6000
_CURVES = ("shape", "link", "arrow", "mark")
Matrix = tuple[float, float, float, float, float, float]
_AS_IS: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without white space."""

    text: str
    box: Box
    size: float
    bold: bool
    new_line: bool
    """Whether the text stream broke the line before this word."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is drawn on a page besides words."""

    horizontal: tuple[Box, ...]
    vertical: tuple[Box, ...]
    panels: tuple[Box, ...]
    """Filled or framed rectangles large enough to hold text."""
    images: tuple[Box, ...]
    curves: int
    """Path objects that are neither rule nor rectangle: the four below together."""
    shapes: tuple[Box, ...] = ()
    """Closed outlines that may hold words and are no upright rectangle: rounded boxes, diamonds, ovals."""
    links: tuple[Box, ...] = ()
    """Open lines that are no rule: slanted, thick or bent."""
    arrows: tuple[Box, ...] = ()
    """Small filled polygons of few corners: the heads of arrows."""
    marks: tuple[Box, ...] = ()
    """Every other curve: ticks, stars, parts of a picture."""


class Frame:
    """Maps PDF user space to points from the visible page's top left corner, the page turned as it is shown."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        self.left, self.bottom, self.right, self.top = page.get_bbox()
        self.turned = page.get_rotation() % 360
        self.width, self.height = page.get_size()

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """The rectangle of the page that these coordinates of the PDF frame, to a hundredth of a point."""
        left, right = left - self.left, right - self.left
        bottom, top = bottom - self.bottom, top - self.bottom
        if self.turned == 90:
            left, top, right, bottom = bottom, left, top, right
        elif self.turned == 180:
            left, top, right, bottom = self.width - right, bottom, self.width - left, top
        elif self.turned == 270:
            left, top, right, bottom = self.width - top, self.height - right, self.width - bottom, self.height - left
        else:
            top, bottom = self.height - top, self.height - bottom
        return Box(round(left, 2), round(top, 2), round(right, 2), round(bottom, 2))


def page_words(page: pdfium.PdfPage) -> tuple[list[Word], int]:
    """The words on the visible page in stream order, and how many words lay outside it."""
    frame = Frame(page)
    textpage = page.get_textpage()
    words: list[Word] = []
    outside = 0
    try:
        for start, text, boxes, new_line in _runs(textpage.raw):
            box = frame.box(
                min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)
            )
            if not (0 <= (box.left + box.right) / 2 <= frame.width and 0 <= box.middle <= frame.height):
                outside += 1
                continue
            words.append(Word(text, box, *_font(textpage.raw, start), new_line))
    finally:
        textpage.close()
    return words, outside


def _runs(textpage: ctypes.c_void_p) -> list[tuple[int, str, list[tuple[float, float, float, float]], bool]]:
    """(index of the first character, text, character boxes, broke the line before) of each word."""
    count = raw.FPDFText_CountChars(textpage)
    unicode, char_box = raw.FPDFText_GetUnicode, raw.FPDFText_GetCharBox
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    references = [ctypes.byref(value) for value in (left, right, bottom, top)]
    runs = []
    text: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    start, new_line, high = 0, True, 0
    for i in range(count):
        code = unicode(textpage, i)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
        high = 0
        if code in (0x02, 0xAD, 0xFFFE):
            code = 0xFFFE
        if (code <= 32 and code != 2) or code == 0xA0 or 0x2000 <= code <= 0x200B or code == 0x3000:
            if text:
                runs.append((start, "".join(text), boxes, new_line))
                text, boxes, new_line = [], [], False
            new_line = new_line or code in (10, 13)
            continue
        char_box(textpage, i, *references)
        if boxes and _apart(boxes[-1], (left.value, bottom.value, right.value, top.value)):
            runs.append((start, "".join(text), boxes, new_line))
            text, boxes, new_line = [], [], False
        if not text:
            start = i
        text.append(chr(code))
        boxes.append((left.value, bottom.value, right.value, top.value))
    if text:
        runs.append((start, "".join(text), boxes, new_line))
    return runs


def _apart(before: tuple[float, float, float, float], now: tuple[float, float, float, float]) -> bool:
    """Whether two neighbouring characters of the stream cannot belong to one word: a wide gap or another line."""
    height = max(before[3] - before[1], now[3] - now[1], 4.0)
    return now[0] - before[2] > 1.2 * height or before[0] - now[0] > 2 * height


def _font(textpage: ctypes.c_void_p, index: int) -> tuple[float, bool]:
    size = raw.FPDFText_GetFontSize(textpage, index)
    matrix = raw.FS_MATRIX()
    if raw.FPDFText_GetMatrix(textpage, index, matrix):
        size *= max(abs(matrix.d), abs(matrix.b)) or 1.0
    buffer = ctypes.create_string_buffer(64)
    flags = ctypes.c_int()
    raw.FPDFText_GetFontInfo(textpage, index, buffer, 64, ctypes.byref(flags))
    name = buffer.value.decode("latin-1")
    return size, bool(_BOLD.search(name)) or raw.FPDFText_GetFontWeight(textpage, index) >= 600


def page_rules(page: pdfium.PdfPage) -> Rules:
    """Rules, panels, shapes and images of a page, from its path and image objects (form objects included)."""
    frame = Frame(page)
    found: dict[str, list[Box]] = defaultdict(list)
    horizontal, vertical, panels = found["horizontal"], found["vertical"], found["panel"]
    for seen, (kind, box) in enumerate(_objects(page, frame)):
        if seen > _MAX_PATHS:
            break
        if kind in ("image", *_CURVES):
            found[kind].append(box)
        elif box.height <= 2.5 and box.width >= box.height:
            horizontal.append(box)
        elif box.width <= 2.5 and box.height >= 4:
            vertical.append(box)
        elif kind == "panel" and box.width >= 40 and box.height >= 12:
            panels.append(box)
        elif kind == "frame" and box.width >= 12 and box.height >= 6:
            panels.append(box)
            horizontal += [Box(box.left, y, box.right, y) for y in (box.top, box.bottom)]
            vertical += [Box(x, box.top, x, box.bottom) for x in (box.left, box.right)]
    curves = [tuple(found[kind]) for kind in _CURVES]
    return Rules(
        tuple(horizontal), tuple(vertical), tuple(panels), tuple(found["image"]), sum(map(len, curves)), *curves
    )


def _objects(page: pdfium.PdfPage, frame: Frame) -> Iterator[tuple[str, Box]]:
    """(kind, box) of each drawn object; kinds: rule, frame (stroked rectangle), panel (filled), image, `_CURVES`."""
    pending = [(raw.FPDFPage_GetObject(page.raw, i), _AS_IS) for i in range(raw.FPDFPage_CountObjects(page.raw))]
    for pageobject, outer in pending:
        kind = raw.FPDFPageObj_GetType(pageobject)
        if kind == raw.FPDF_PAGEOBJ_FORM and len(pending) < _MAX_PATHS:
            # What is inside a form keeps the form's coordinates.
            inner = _within(outer, _matrix(pageobject))
            pending += [
                (raw.FPDFFormObj_GetObject(pageobject, i), inner)
                for i in range(raw.FPDFFormObj_CountObjects(pageobject))
            ]
        if kind not in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE):
            continue
        box = _bounds(pageobject, outer, frame)
        if box is None:
            continue
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            yield "image", box
        else:
            yield from _path(pageobject, box, outer, frame)


def _bounds(pageobject: object, outer: Matrix, frame: Frame) -> Box | None:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not raw.FPDFPageObj_GetBounds(pageobject, left, bottom, right, top):
        return None
    if outer == _AS_IS:
        return frame.box(left.value, bottom.value, right.value, top.value)
    return _around([_moved(outer, x, y) for x in (left.value, right.value) for y in (bottom.value, top.value)], frame)


def _around(points: Sequence[tuple[float, float]], frame: Frame) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return frame.box(min(xs), min(ys), max(xs), max(ys))


def _matrix(pageobject: object) -> Matrix:
    held = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(pageobject, held):
        return _AS_IS
    return (held.a, held.b, held.c, held.d, held.e, held.f)


def _within(outer: Matrix, inner: Matrix) -> Matrix:
    """The matrix that applies `inner`, then `outer`."""
    if outer == _AS_IS:
        return inner
    (a, b), (c, d), (e, f) = (
        (x * outer[0] + y * outer[2], x * outer[1] + y * outer[3]) for x, y in (inner[:2], inner[2:4], inner[4:])
    )
    return (a, b, c, d, e + outer[4], f + outer[5])


def _moved(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _path(pageobject: object, box: Box, outer: Matrix, frame: Frame) -> list[tuple[str, Box]]:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(pageobject, fill, stroke)
    if not (fill.value or stroke.value):
        return []
    if min(box.width, box.height) <= 2.5:
        return [("rule", box)]
    segments = raw.FPDFPath_CountSegments(pageobject)
    if segments > 400:
        return [("mark", box)]
    points = _points(pageobject, segments, _within(outer, _matrix(pageobject)))
    if segments <= 6 and _rectangular(points):
        return [("frame" if stroke.value else "panel", box)]
    if segments > 6 and stroke.value:
        grid = _strokes(points, frame)
        if grid:
            return grid
    kind = _curve(pageobject, points, box, bool(fill.value))
    return [(kind, part) for part in (_outlines(points, frame) if kind == "mark" else [box])]


def _outlines(points: Sequence[tuple[int, float, float]], frame: Frame) -> list[Box]:
    """The box of each outline of a path: all the bars of a chart may be drawn as one."""
    starts = [i for i, point in enumerate(points) if point[0] == raw.FPDF_SEGMENT_MOVETO or i == 0]
    return [
        _around([point[1:] for point in points[a:b]], frame) for a, b in zip(starts, [*starts[1:], None], strict=True)
    ]


def _points(pageobject: object, segments: int, matrix: Matrix) -> list[tuple[int, float, float]]:
    """(kind, x, y) of each point of a path on its page: a path holds them as they were before its matrix moved it."""
    x, y = ctypes.c_float(), ctypes.c_float()
    points = []
    for i in range(segments):
        segment = raw.FPDFPath_GetPathSegment(pageobject, i)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        points.append((raw.FPDFPathSegment_GetType(segment), *_moved(matrix, x.value, y.value)))
    return points


def _straight(a: tuple[int, float, float], b: tuple[int, float, float]) -> bool:
    """Whether a stroke is level or upright."""
    return abs(a[1] - b[1]) < 0.5 or abs(a[2] - b[2]) < 0.5


def _rectangular(points: Sequence[tuple[int, float, float]]) -> bool:
    if any(kind == raw.FPDF_SEGMENT_BEZIERTO for kind, _, _ in points):
        return False
    return all(_straight(a, b) for a, b in pairwise(points)) and len(points) >= 4


def _strokes(points: Sequence[tuple[int, float, float]], frame: Frame) -> list[tuple[str, Box]]:
    """The straight level and upright strokes of a path that draws a whole grid at once; [] when it has curves.

    One closed outline with a slanted side is a shape: the level sides of a hexagon rule nothing.
    """
    kinds = [kind for kind, _, _ in points]
    if raw.FPDF_SEGMENT_BEZIERTO in kinds:
        return []
    drawn = [(a, b) for a, b in pairwise(points) if b[0] == raw.FPDF_SEGMENT_LINETO]
    level = [(a, b) for a, b in drawn if _straight(a, b)]
    if kinds.count(raw.FPDF_SEGMENT_MOVETO) == 1 and len(level) < len(drawn):
        return []
    return [("rule", _around([a[1:], b[1:]], frame)) for a, b in level]


def _curve(pageobject: object, points: Sequence[tuple[int, float, float]], box: Box, filled: bool) -> str:
    """Which of `_CURVES` a path is, from its size, its corners and whether it is closed."""
    kinds = [kind for kind, _, _ in points]
    outlines = kinds.count(raw.FPDF_SEGMENT_MOVETO)
    last = raw.FPDFPath_GetPathSegment(pageobject, len(points) - 1)
    apart = max(abs(points[0][1] - points[-1][1]), abs(points[0][2] - points[-1][2]))
    closed = bool(raw.FPDFPathSegment_GetClose(last)) or apart < 0.5 or filled
    few = len(points) <= 40
    if closed and outlines == 1 and few and box.width >= 24 and box.height >= 11:
        return "shape"
    if filled and len(points) <= 8 and max(box.width, box.height) <= 16 and raw.FPDF_SEGMENT_BEZIERTO not in kinds:
        return "arrow"
    if (not filled and not closed and few) or (filled and outlines == 2 and min(box.width, box.height) <= 12):
        # An arrow in one piece is a thin outline and its head, both filled.
        return "link"
    return "mark"
