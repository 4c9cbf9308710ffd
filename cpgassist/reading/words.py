"""PDF page -> words with boxes and fonts, rules and panels, through pypdfium2's raw calls.

Text, boxes and page images come from the same engine, so that a quote always maps back to its place. One call
per character is the price of boxes; fonts are asked once per word.
"""

from __future__ import annotations

import ctypes
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from cpgassist.reading.characters import Characters, Face
from cpgassist.reading.hidden import with_hidden
from cpgassist.reading.repair import repaired
from cpgassist.types import Box

BROKEN = "\ufffe"
"""Marks a word broken at the end of a line. pdfium's text has U+FFFE there, its characters read as code 2."""
_BREAKS = {0x02: BROKEN, 0xAD: BROKEN}
_SPACES = r"\x00\x01\x03-\x20\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_WORD = re.compile(f"[^{_SPACES}]+")
_LINE_END = re.compile(r"[\n\r\u2028\u2029]")
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
    turned: int = 0
    """Degrees by which the word is turned against the page as shown: 0, 90 (read upwards), 180 or 270."""
    raised: int = 0
    """How many characters at its end stand raised: a reference mark or an exponent."""
    source: str = ""
    """The word as the text layer holds it, where that is not what the page shows or could not be decided."""
    how: str = ""
    """What told how the page shows it: see Repair."""
    hidden: str = ""
    """Why nobody sees the word; "" for a word that the page shows."""
    scanned: bool = False
    """Whether the word is of the invisible text layer that a scan carries over its picture."""
    face: str = ""
    """Name and colour of the font: many headings differ from the body in nothing else."""


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
    badges: tuple[Box, ...] = ()
    """Filled or framed rectangles just large enough for a letter or two."""


NOTHING_DRAWN = Rules((), (), (), (), 0)


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


def page_words(page: pdfium.PdfPage, rules: Rules | None = None) -> tuple[list[Word], int]:
    """The words on the visible page in stream order, those that nobody sees marked, and how many lay outside it.

    `rules` are the page's, where they are known already: doubtful signs may be underlined by one.
    """
    frame = Frame(page)
    with Characters(page) as layer:
        spans = list(_spans(layer, frame))
        seen = [span for span in spans if _on_page(span.word.box, frame)]
        read = repaired(page, layer, seen, lambda: (rules or page_rules(page)).horizontal, frame.box)
        read = with_hidden(page, read, frame.box)
    return [span.word for span in read if span.word.text], len(spans) - len(seen)


@dataclass(slots=True)
class Span:
    """A word and the characters of the text layer that it was read from."""

    word: Word
    first: int
    last: int
    """Index of the last character."""
    face: Face
    """How the first character is set."""


def _spans(layer: Characters, frame: Frame) -> Iterator[Span]:
    left, right, bottom, top = layer.left, layer.right, layer.bottom, layer.top
    text, face, box = layer.text.translate(_BREAKS), layer.face, frame.box
    for a, b, new_line in _parts(layer):
        set_as = face(a)
        place = box(min(left[a:b]), min(bottom[a:b]), max(right[a:b]), max(top[a:b]))
        raised = 0
        if (
            set_as.turned
            or text[b - 1] in ",*"
            or bottom[b - 1] - bottom[a] > 0.1 * set_as.size
            or not text[a].isalnum()
        ):
            corners = [*zip(left[a:b], bottom[a:b], right[a:b], top[a:b], strict=True)]
            raised = _raised(text[a:b], corners, set_as.turned)
        shown = (set_as.turned - frame.turned) % 360
        yield Span(
            Word(text[a:b], place, set_as.size, set_as.bold, new_line, shown, raised, face=set_as.look),
            a,
            b - 1,
            set_as,
        )


def _parts(layer: Characters) -> Iterator[tuple[int, int, bool]]:
    """Start and end of each word, and whether the stream broke the line before it."""
    jumps = _jumps(layer)
    text, end, broke = layer.text, 0, True
    for match in _WORD.finditer(text):
        start, stop = match.span()
        # Between two words of one line there is a single space.
        broke = broke or (text[end:start] != " " and _LINE_END.search(text, end, start) is not None)
        if jumps:
            for jump in jumps[bisect_right(jumps, start) : bisect_left(jumps, stop)]:
                yield start, jump, broke
                start, broke = jump, False
        yield start, stop, broke
        end, broke = stop, False


def _jumps(layer: Characters) -> list[int]:
    """Indexes of characters that cannot belong to one word with the one before: after a wide gap, or on another line."""
    left, right, bottom, top = layer.left, layer.right, layer.bottom, layer.top
    far = [
        i
        for i, (start, before, came) in enumerate(zip(left[1:], right, left, strict=False), 1)
        if start - before > 4.8 or came - start > 8
    ]
    jumps = []
    for i in far:
        height = max(top[i - 1] - bottom[i - 1], top[i] - bottom[i], 4.0)
        if left[i] - right[i - 1] > 1.2 * height or left[i - 1] - left[i] > 2 * height:
            jumps.append(i)
    return jumps


def _raised(text: str, boxes: Sequence[tuple[float, float, float, float]], turned: int) -> int:
    """How many characters at the end of a word stand above the line that the others stand on."""
    if len(text) < 2 or len(text) != len(boxes):
        return 0
    down, up = {0: (1, 3), 90: (2, 0), 180: (3, 1), 270: (0, 2)}[turned]
    sign = 1 if turned in (0, 270) else -1
    feet = [sign * box[down] for box in boxes]
    ground = median_low(feet)
    height = max(sign * box[up] for box in boxes) - ground
    count = 0
    for character, foot in zip(reversed(text), reversed(feet), strict=True):
        # Commas and stars of a mark "a,b" hang anywhere; only letters and digits tell that they are raised.
        if not (character in ",*" or (character.isalnum() and foot - ground > 0.2 * height)):
            break
        count += 1
    return count if any(character.isalnum() for character in text[len(text) - count :]) else 0


def _on_page(box: Box, frame: Frame) -> bool:
    return bool(0 <= (box.left + box.right) / 2 <= frame.width and 0 <= box.middle <= frame.height)


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
        if kind in ("panel", "frame", "shape") and 8 <= box.width <= 60 and 8 <= box.height <= 30:
            found["badge"].append(box)
    shapes, links, arrows, marks = (tuple(found[kind]) for kind in _CURVES)
    return Rules(
        tuple(horizontal),
        tuple(vertical),
        tuple(panels),
        tuple(found["image"]),
        sum(map(len, (shapes, links, arrows, marks))),
        shapes,
        links,
        arrows,
        marks,
        tuple(found["badge"]),
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
