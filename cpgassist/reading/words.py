"""PDF page -> words with boxes and fonts, rules and panels, through pypdfium2's raw calls.

Text, boxes and page images come from the same engine, so that a quote always maps back to its place. One call
per character is the price of boxes; fonts are asked once per word.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, pairwise
from operator import attrgetter

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from numpy.typing import NDArray

from cpgassist.reading import calls
from cpgassist.reading.calls import Matrix
from cpgassist.reading.characters import Characters, Face
from cpgassist.reading.frame import Frame
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
_UNRULED = ("image", *_CURVES)
_AS_IS: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(slots=True)
class Word:
    """A run of characters without white space. None is changed once it is made; to freeze a page's hundreds is dear."""

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


def page_words(page: pdfium.PdfPage, rules: Rules | None = None) -> tuple[list[Word], int]:
    """The words on the visible page in stream order, those that nobody sees marked, and how many lay outside it.

    `rules` are the page's, where they are known already: doubtful signs may be underlined by one.
    """
    frame = Frame(page)
    with Characters(page) as layer:
        spans = list(_spans(layer, frame))
        seen = _on_page(spans, frame)
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
    bottom, text = layer.bottom, layer.text.translate(_BREAKS)
    parts = list(_parts(layer))
    faces = layer.faces_at([first for first, _, _ in parts])
    for (a, b, new_line), place, set_as in zip(parts, _boxes(layer, parts, frame), faces, strict=True):
        raised = 0
        if (
            set_as.turned
            or text[b - 1] in ",*"
            or bottom[b - 1] - bottom[a] > 0.1 * set_as.size
            or not text[a].isalnum()
        ):
            raised = _raised(text[a:b], layer, a, set_as.turned)
        shown = (set_as.turned - frame.turned) % 360
        yield Span(
            Word(text[a:b], place, set_as.size, set_as.bold, new_line, shown, raised, face=set_as.look),
            a,
            b - 1,
            set_as,
        )


def _boxes(layer: Characters, parts: Sequence[tuple[int, int, bool]], frame: Frame) -> list[Box]:
    """The box around the characters of each word."""
    if not parts:
        return []
    # Of the stretches between these places, every other one is a word; the last word may end where the text does.
    starts, stops, _ = zip(*parts, strict=True)
    places = np.array([starts, stops]).ravel("F")
    left, right, bottom, top = layer.sides
    least, most = (
        partial(reduce.reduceat, indices=places[:-1] if places[-1] == len(left) else places)
        for reduce in (np.minimum, np.maximum)
    )
    sides = frame.sides(least(left)[::2], least(bottom)[::2], most(right)[::2], most(top)[::2])
    rounded = iter(hundredths(np.concatenate(sides)))
    return list(map(Box, *([*islice(rounded, len(parts))] for _ in range(4))))


def hundredths(values: NDArray[np.float64]) -> list[float]:
    """Each number as `round(number, 2)` gives it."""
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = values * 100
        whole = np.rint(scaled)
        # Near a half, and where doubles are no finer, the product may have been rounded over it.
        unsure = (np.abs(np.abs(scaled - whole) - 0.5) < 1e-6) | ~(np.abs(scaled) < 1e9)
    rounded: list[float] = (whole / 100).tolist()
    for i in np.flatnonzero(unsure).tolist():
        rounded[i] = round(float(values[i]), 2)
    return rounded


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
    left, right, bottom, top = layer.sides
    heights = top - bottom
    height = np.maximum(np.maximum(heights[:-1], heights[1:]), 4.0)
    far = (left[1:] - right[:-1] > 1.2 * height) | (left[:-1] - left[1:] > 2 * height)
    jumps: list[int] = (np.flatnonzero(far) + 1).tolist()
    return jumps


_STANDS = {
    0: (attrgetter("bottom", "top"), 1),
    90: (attrgetter("right", "left"), -1),
    180: (attrgetter("top", "bottom"), -1),
    270: (attrgetter("left", "right"), 1),
}
"""Where a character's foot and head are as the word is turned, and which way is up."""


def _raised(text: str, layer: Characters, first: int, turned: int) -> int:
    """How many characters at the end of a word stand above the line that the others stand on."""
    # Commas and stars of a mark "a,b" hang anywhere; only letters and digits tell that they are raised.
    telling = text.rstrip(",*")
    if len(text) < 2 or not telling or not telling[-1].isalnum():
        return 0
    feet_and_heads, sign = _STANDS[turned]
    down, up = feet_and_heads(layer)
    feet = [sign * foot for foot in down[first : first + len(text)]]
    ground = sorted(feet)[(len(feet) - 1) // 2]
    least = 0.2 * (max([sign * head for head in up[first : first + len(text)]]) - ground)
    count = len(text) - len(telling)
    for character, foot in zip(reversed(telling), reversed(feet[: len(telling)]), strict=True):
        if not (character in ",*" or (character.isalnum() and foot - ground > least)):
            break
        count += 1
    return count if count > len(text) - len(telling) else 0


def _on_page(spans: Sequence[Span], frame: Frame) -> list[Span]:
    """The words whose middle lies on the visible page."""
    width, height = 2 * frame.width, 2 * frame.height
    return [
        span
        for span in spans
        if 0 <= (box := span.word.box).left + box.right <= width and 0 <= box.top + box.bottom <= height
    ]


def page_rules(page: pdfium.PdfPage) -> Rules:
    """Rules, panels, shapes and images of a page, from its path and image objects (form objects included)."""
    frame = Frame(page)
    found: dict[str, list[Box]] = defaultdict(list)
    horizontal, vertical, panels = found["horizontal"], found["vertical"], found["panel"]
    for seen, (kind, box) in enumerate(_objects(page, frame)):
        if seen > _MAX_PATHS:
            break
        width, height = box.width, box.height
        if kind in _UNRULED:
            found[kind].append(box)
        elif height <= 2.5 and width >= height:
            horizontal.append(box)
        elif width <= 2.5 and height >= 4:
            vertical.append(box)
        elif kind == "panel" and width >= 40 and height >= 12:
            panels.append(box)
        elif kind == "frame" and width >= 12 and height >= 6:
            panels.append(box)
            horizontal += [Box(box.left, y, box.right, y) for y in (box.top, box.bottom)]
            vertical += [Box(x, box.top, x, box.bottom) for x in (box.left, box.right)]
        if kind in ("panel", "frame", "shape") and 8 <= width <= 60 and 8 <= height <= 30:
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
    pending = [(item, _AS_IS) for item in calls.objects_of(page)]
    for item, outer in pending:
        kind = calls.kind_of(item)
        if kind == raw.FPDF_PAGEOBJ_FORM and len(pending) < _MAX_PATHS:
            # What is inside a form keeps the form's coordinates.
            inner = _within(outer, calls.matrix_of(item) or _AS_IS)
            pending += [(held, inner) for held in calls.objects_inside(item)]
        if kind not in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE):
            continue
        box = _bounds(item, outer, frame)
        if box is None:
            continue
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            yield "image", box
        else:
            yield from _path(item, box, outer, frame)


def _bounds(item: int, outer: Matrix, frame: Frame) -> Box | None:
    bounds = calls.bounds_of(item)
    if bounds is None or outer == _AS_IS:
        return bounds and frame.box(*bounds)
    left, bottom, right, top = bounds
    return _around([_moved(outer, x, y) for x in (left, right) for y in (bottom, top)], frame)


def _around(points: Sequence[tuple[float, float]], frame: Frame) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return frame.box(min(xs), min(ys), max(xs), max(ys))


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


def _path(path: int, box: Box, outer: Matrix, frame: Frame) -> list[tuple[str, Box]]:
    filled, stroked = calls.draw_mode(path)
    if not (filled or stroked):
        return []
    if min(box.width, box.height) <= 2.5:
        return [("rule", box)]
    segments = calls.count_segments(path)
    if segments > 400:
        return [("mark", box)]
    points = _points(path, segments, _within(outer, calls.matrix_of(path) or _AS_IS))
    if segments <= 6 and _rectangular(points):
        return [("frame" if stroked else "panel", box)]
    if segments > 6 and stroked:
        grid = _strokes(points, frame)
        if grid:
            return grid
    kind = _curve(path, points, box, bool(filled))
    return [(kind, part) for part in (_outlines(points, frame) if kind == "mark" else [box])]


def _outlines(points: Sequence[tuple[int, float, float]], frame: Frame) -> list[Box]:
    """The box of each outline of a path: all the bars of a chart may be drawn as one."""
    starts = [i for i, point in enumerate(points) if point[0] == raw.FPDF_SEGMENT_MOVETO or i == 0]
    return [
        _around([point[1:] for point in points[a:b]], frame) for a, b in zip(starts, [*starts[1:], None], strict=True)
    ]


def _points(path: int, segments: int, matrix: Matrix) -> list[tuple[int, float, float]]:
    """(kind, x, y) of each point of a path on its page: a path holds them as they were before its matrix moved it."""
    held = [calls.segment_at(path, i) for i in range(segments)]
    return [(calls.segment_kind(segment), *_moved(matrix, *calls.point_of(segment))) for segment in held]


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


def _curve(path: int, points: Sequence[tuple[int, float, float]], box: Box, filled: bool) -> str:
    """Which of `_CURVES` a path is, from its size, its corners and whether it is closed."""
    kinds = [kind for kind, _, _ in points]
    outlines = kinds.count(raw.FPDF_SEGMENT_MOVETO)
    apart = max(abs(points[0][1] - points[-1][1]), abs(points[0][2] - points[-1][2]))
    closed = bool(calls.closes(calls.segment_at(path, len(points) - 1))) or apart < 0.5 or filled
    few = len(points) <= 40
    if closed and outlines == 1 and few and box.width >= 24 and box.height >= 11:
        return "shape"
    if filled and len(points) <= 8 and max(box.width, box.height) <= 16 and raw.FPDF_SEGMENT_BEZIERTO not in kinds:
        return "arrow"
    if (not filled and not closed and few) or (filled and outlines == 2 and min(box.width, box.height) <= 12):
        # An arrow in one piece is a thin outline and its head, both filled.
        return "link"
    return "mark"
