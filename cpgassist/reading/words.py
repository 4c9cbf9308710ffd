"""PDF page -> words with boxes and fonts, rules and panels, through pypdfium2's raw calls.

Text, boxes and page images come from the same engine, so that a quote always maps back to its place. One call
per character is the price of boxes; fonts are asked once per word.
"""

from __future__ import annotations

import ctypes
import re
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


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without white space."""

    text: str
    box: Box
    size: float
    bold: bool
    new_line: bool
    """Whether the text stream broke the line before this word."""
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
    """The words on the visible page in stream order, and how many words lay outside it."""
    frame = Frame(page)
    textpage = page.get_textpage()
    words: list[Word] = []
    outside = 0
    fonts = _Fonts(textpage.raw)
    try:
        for start, text, boxes, new_line in _runs(textpage.raw):
            box = frame.box(
                min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)
            )
            if not (0 <= (box.left + box.right) / 2 <= frame.width and 0 <= box.middle <= frame.height):
                outside += 1
                continue
            size, bold, face = fonts.at(start)
            words.append(Word(text, box, size, bold, new_line, face))
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


class _Fonts:
    """The font of each word: asked once per text object, whose letters share it."""

    def __init__(self, textpage: ctypes.c_void_p) -> None:
        self._textpage = textpage
        self._name = ctypes.create_string_buffer(64)
        self._flags, self._matrix = ctypes.c_int(), raw.FS_MATRIX()
        self._colour = [ctypes.c_uint() for _ in range(4)]
        self._object: int | None = None
        self._last = (0.0, False, "")

    def at(self, index: int) -> tuple[float, bool, str]:
        """(size, bold, face) of the character."""
        found = raw.FPDFText_GetTextObject(self._textpage, index)
        address = ctypes.cast(found, ctypes.c_void_p).value
        if address is None or address != self._object:
            self._object, self._last = address, self._asked(index, found)
        return self._last

    def _asked(self, index: int, text: object) -> tuple[float, bool, str]:
        size = raw.FPDFText_GetFontSize(self._textpage, index)
        if raw.FPDFText_GetMatrix(self._textpage, index, self._matrix):
            size *= max(abs(self._matrix.d), abs(self._matrix.b)) or 1.0
        raw.FPDFText_GetFontInfo(self._textpage, index, self._name, 64, self._flags)
        name = self._name.value.decode("latin-1")
        bold = bool(_BOLD.search(name)) or raw.FPDFText_GetFontWeight(self._textpage, index) >= 600
        # Letters both filled and stroked: how word processors make a bold face that the font lacks.
        bold = bold or (bool(text) and raw.FPDFTextObj_GetTextRenderMode(text) == raw.FPDF_TEXTRENDERMODE_FILL_STROKE)
        return size, bold, (name.partition("+")[2] or name) + self._coloured(index)

    def _coloured(self, index: int) -> str:
        """The colour of the letters in coarse steps; "" for black and the greys near it."""
        raw.FPDFText_GetFillColor(self._textpage, index, *self._colour)
        levels = [level.value for level in self._colour[:3]]
        if max(levels) < 128 and max(levels) - min(levels) < 40:
            return ""
        return "#" + "".join(f"{level >> 5:x}" for level in levels)


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
