"""The text layer of a page, character by character: what it says, where, and in which face.

Everything of a page is fetched once. Boxes are written by pdfium straight into one array. What belongs to a font or to
a text object is asked once for it.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import repeat
from types import TracebackType

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from numpy.typing import NDArray

from cpgassist.errors import LimitError
from cpgassist.reading import calls
from cpgassist.reading.calls import Colour
from cpgassist.reading.symbols import DINGBAT_FONT, SYMBOL_FONT

_BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
_SURROGATES = re.compile("[\ud800-\udfff]")
# A page of the smallest print holds 20,000 characters; one with many more was made to stop its reader.
_MAX_CHARACTERS = 100_000
SKIPPED = "\ufff9"
"""Stands for the first half of a character that the text layer holds in two; no document uses it."""


_SPACE, _FEED, _RETURN = (ord(blank) for blank in " \n\r")


@dataclass(slots=True)
class Face:
    """How the characters of one text object are set. None is changed once it is made; to freeze them is dear."""

    name: str
    size: float
    """Points on the page, the matrix counted."""
    bold: bool
    look: str
    """Name and colour of the font: many headings differ from the body in nothing else."""
    turned: int
    """Degrees by which it is turned on the page as stored, counted against the clock: 0, 90, 180 or 270."""
    symbols: bool
    """Whether the font is one of signs, whose codes mean other characters than those of letters."""
    object: int
    """Address of the text object; 0 when pdfium made the character up."""


class Characters:
    """The characters of a page, open as long as the page is; lists count by the text layer's own index."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        self._textpage = page.get_textpage()
        self._handle = calls.address(self._textpage.raw)
        count = raw.FPDFText_CountChars(self._textpage.raw)
        if count > _MAX_CHARACTERS:
            self._textpage.close()
            raise LimitError(f"it holds {count} characters", "Leave the file out.")
        self.text = self._whole_text(count)
        self.sides = self._sides(count)
        """Left, right, bottom and top of every character in the page's own coordinates; NaN for white space."""
        self._faces: dict[int, Face] = {}
        self._fonts: dict[int, tuple[str, bool, bool]] = {}

    def __enter__(self) -> Characters:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._textpage.close()

    def _whole_text(self, count: int) -> str:
        buffer = (ctypes.c_ushort * (count + 1))()
        written = raw.FPDFText_GetText(self._textpage.raw, 0, count, buffer)
        if written == count + 1:
            text = bytes(buffer)[: 2 * count].decode("utf-16-le", "surrogatepass")
            if len(text) == count and not _SURROGATES.search(text):
                return text
        # pdfium leaves some control characters out of a text: then each is asked by its index.
        return _joined([raw.FPDFText_GetUnicode(self._textpage.raw, i) for i in range(count)])

    def _sides(self, count: int) -> NDArray[np.float64]:
        codes = np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), np.uint32)
        sides = np.full((4, count), np.nan)
        seen = np.flatnonzero((codes != _SPACE) & (codes != _FEED) & (codes != _RETURN))
        calls.char_boxes(self._handle, seen, sides)
        return sides

    @cached_property
    def left(self) -> list[float]:
        """The left side of every character."""
        return _listed(self.sides[0])

    @cached_property
    def right(self) -> list[float]:
        """The right side of every character."""
        return _listed(self.sides[1])

    @cached_property
    def bottom(self) -> list[float]:
        """The foot of every character."""
        return _listed(self.sides[2])

    @cached_property
    def top(self) -> list[float]:
        """The head of every character."""
        return _listed(self.sides[3])

    def object(self, index: int) -> int:
        """Address of the text object that the character at this index belongs to; 0 when pdfium made it up."""
        return calls.text_object(self._handle, index) or 0

    def face(self, index: int) -> Face:
        """The face of the character at this index."""
        address = calls.text_object(self._handle, index) or 0
        face = self._faces.get(address) if address else None
        if face is None:
            face = self._faces[address] = self._face(index, address)
        return face

    def faces_at(self, indexes: Sequence[int]) -> Iterator[Face]:
        """The face of each of the characters at these indexes."""
        for index, address in zip(indexes, map(calls.text_object, repeat(self._handle), indexes), strict=False):
            yield (self._faces.get(address) if address else None) or self.face(index)

    def _face(self, index: int, address: int) -> Face:
        size, turned = calls.font_size(self._handle, index), 0
        matrix = calls.text_matrix(self._handle, index)
        if matrix is not None:
            size *= max(abs(matrix[3]), abs(matrix[1])) or 1.0
        if matrix is None or matrix[2] or matrix[0] <= 0:
            turned = -round(math.degrees(raw.FPDFText_GetCharAngle(self._textpage.raw, index)) / 90) * 90 % 360
        name, bold, symbols = self._named(index, address)
        # Letters both filled and stroked: how word processors make a bold face that the font lacks.
        bold = bold or bool(address and calls.render_mode(address) == raw.FPDF_TEXTRENDERMODE_FILL_STROKE)
        look = (name.partition("+")[2] or name) + _shade(calls.text_fill(self._handle, index) or (0, 0, 0, 0))
        return Face(name, size, bold, look, turned, symbols, address)

    def _named(self, index: int, address: int) -> tuple[str, bool, bool]:
        """The name of a character's font, whether it is bold, and whether it is one of signs."""
        font = (address and calls.font_of(address)) or 0
        if font in self._fonts:
            return self._fonts[font]
        buffer, flags = ctypes.create_string_buffer(64), ctypes.c_int()
        raw.FPDFText_GetFontInfo(self._textpage.raw, index, buffer, 64, flags)
        name = buffer.value.decode("latin-1")
        bold, symbols = _told_by_name(name)
        bold = bold or raw.FPDFText_GetFontWeight(self._textpage.raw, index) >= 600
        if font:
            self._fonts[font] = name, bold, symbols
        return name, bold, symbols

    @property
    def faces(self) -> list[Face]:
        """The faces asked for so far: those of every word's first character, once the words were read."""
        return list(self._faces.values())

    def baseline(self, index: int) -> float:
        """The height of the line that the character stands on, in the page's own coordinates."""
        x, y = ctypes.c_double(), ctypes.c_double()
        raw.FPDFText_GetCharOrigin(self._textpage.raw, index, x, y)
        return y.value


def _listed(sides: NDArray[np.float64]) -> list[float]:
    listed: list[float] = sides.tolist()
    return listed


@lru_cache(1024)
def _shade(colour: Colour) -> str:
    """The colour of a letter in coarse steps; "" for black and the greys near it."""
    red, green, blue, _ = colour
    if max(red, green, blue) < 128 and max(red, green, blue) - min(red, green, blue) < 40:
        return ""
    return f"#{red >> 5:x}{green >> 5:x}{blue >> 5:x}"


@cache
def _told_by_name(font: str) -> tuple[bool, bool]:
    """Whether a font's name says that it is bold, and that it is one of signs."""
    return bool(_BOLD.search(font)), bool(SYMBOL_FONT.search(font) or DINGBAT_FONT.search(font))


def _joined(codes: list[int]) -> str:
    """One character for each code; a character held in two codes stands at the second."""
    text = [chr(code) for code in codes]
    for i, code in enumerate(codes):
        if not 0xD800 <= code < 0xE000:
            continue
        high = codes[i - 1] if i else 0
        if code >= 0xDC00 and 0xD800 <= high < 0xDC00:
            text[i - 1], text[i] = SKIPPED, chr(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00))
        elif code >= 0xDC00 or not (i + 1 < len(codes) and 0xDC00 <= codes[i + 1] < 0xE000):
            text[i] = "\ufffd" if code >= 0xDC00 else SKIPPED
    return "".join(text)
