"""PDF page -> words with boxes and fonts, rules and panels, through pypdfium2's raw calls.

Text, boxes and page images come from the same engine, so that a quote always maps back to its place. One call
per character is the price of boxes; fonts are asked once per word.
"""

from __future__ import annotations

import ctypes
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

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


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without white space."""

    text: str
    box: Box
    size: float
    bold: bool
    new_line: bool
    """Whether the text stream broke the line before this word."""
    source: str = ""
    """The word as the text layer holds it, where that is not what the page shows or could not be decided."""
    how: str = ""
    """What told how the page shows it: see Repair."""
    hidden: str = ""
    """Why nobody sees the word; "" for a word that the page shows."""
    scanned: bool = False
    """Whether the word is of the invisible text layer that a scan carries over its picture."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is drawn on a page besides words."""

    horizontal: tuple[Box, ...]
    vertical: tuple[Box, ...]
    panels: tuple[Box, ...]
    """Filled or framed rectangles large enough to hold text."""
    images: tuple[Box, ...]
    curves: int
    """Path objects that are neither rule nor rectangle: arrows, rounded boxes, drawings."""


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
    """The words on the visible page in stream order, those that nobody sees marked, and how many lay outside it."""
    frame = Frame(page)
    with Characters(page) as layer:
        spans = list(_spans(layer, frame))
        seen = [span for span in spans if _on_page(span.word.box, frame)]
        read = repaired(page, layer, seen, lambda: page_rules(page).horizontal, frame.box)
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
        yield Span(Word(text[a:b], place, set_as.size, set_as.bold, new_line), a, b - 1, set_as)


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


def _on_page(box: Box, frame: Frame) -> bool:
    return bool(0 <= (box.left + box.right) / 2 <= frame.width and 0 <= box.middle <= frame.height)


def page_rules(page: pdfium.PdfPage) -> Rules:
    """Rules, panels and images of a page, from its path and image objects (form objects included)."""
    frame = Frame(page)
    horizontal: list[Box] = []
    vertical: list[Box] = []
    panels: list[Box] = []
    images: list[Box] = []
    curves = 0
    for seen, (kind, box) in enumerate(_objects(page, frame)):
        if seen > _MAX_PATHS:
            break
        if kind == "image":
            images.append(box)
        elif kind == "curve":
            curves += 1
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
    return Rules(tuple(horizontal), tuple(vertical), tuple(panels), tuple(images), curves)


def _objects(page: pdfium.PdfPage, frame: Frame) -> list[tuple[str, Box]]:
    """(kind, box) of each drawn object; kinds: rule, frame (stroked rectangle), panel (filled), curve, image."""
    found: list[tuple[str, Box]] = []
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    pending = [(raw.FPDFPage_GetObject(page.raw, i), False) for i in range(raw.FPDFPage_CountObjects(page.raw))]
    for pageobject, _ in pending:
        kind = raw.FPDFPageObj_GetType(pageobject)
        if kind == raw.FPDF_PAGEOBJ_FORM and len(pending) < _MAX_PATHS:
            # Objects inside a form keep its coordinates; page exports that nest them use the identity matrix.
            pending += [
                (raw.FPDFFormObj_GetObject(pageobject, i), True)
                for i in range(raw.FPDFFormObj_CountObjects(pageobject))
            ]
        if kind not in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE):
            continue
        if not raw.FPDFPageObj_GetBounds(pageobject, left, bottom, right, top):
            continue
        box = frame.box(left.value, bottom.value, right.value, top.value)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            found.append(("image", box))
        else:
            found += _path(pageobject, box, frame)
    return found


def _path(pageobject: object, box: Box, frame: Frame) -> list[tuple[str, Box]]:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(pageobject, fill, stroke)
    if not (fill.value or stroke.value):
        return []
    segments = raw.FPDFPath_CountSegments(pageobject)
    if min(box.width, box.height) <= 2.5:
        return [("rule", box)]
    if segments <= 6:
        if not _rectangular(pageobject, segments):
            return [("curve", box)]
        return [("frame" if stroke.value else "panel", box)]
    if stroke.value and segments <= 400:
        return _strokes(pageobject, segments, frame) or [("curve", box)]
    return [("curve", box)]


def _points(pageobject: object, segments: int) -> list[tuple[int, float, float]]:
    x, y = ctypes.c_float(), ctypes.c_float()
    points = []
    for i in range(segments):
        segment = raw.FPDFPath_GetPathSegment(pageobject, i)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        points.append((raw.FPDFPathSegment_GetType(segment), x.value, y.value))
    return points


def _rectangular(pageobject: object, segments: int) -> bool:
    points = _points(pageobject, segments)
    if any(kind == raw.FPDF_SEGMENT_BEZIERTO for kind, _, _ in points):
        return False
    return all(abs(a[1] - b[1]) < 0.5 or abs(a[2] - b[2]) < 0.5 for a, b in pairwise(points)) and len(points) >= 4


def _strokes(pageobject: object, segments: int, frame: Frame) -> list[tuple[str, Box]]:
    """The straight level and upright strokes of a path that draws a whole grid at once; [] when it has curves."""
    points = _points(pageobject, segments)
    if any(kind == raw.FPDF_SEGMENT_BEZIERTO for kind, _, _ in points):
        return []
    lines = []
    for a, b in pairwise(points):
        if b[0] == raw.FPDF_SEGMENT_LINETO and (abs(a[1] - b[1]) < 0.5 or abs(a[2] - b[2]) < 0.5):
            lines.append(("rule", frame.box(min(a[1], b[1]), min(a[2], b[2]), max(a[1], b[1]), max(a[2], b[2]))))
    return lines
