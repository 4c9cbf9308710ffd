"""The text layer of a page, character by character: what it says, where, and in which face.

Everything of a page is fetched once. Boxes are written by pdfium straight into one array, whose addresses are passed
as numbers: that is three times as fast as four references and four reads for each character.
"""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from cpgassist.errors import LimitError
from cpgassist.reading.symbols import DINGBAT_FONT, SYMBOL_FONT

_BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
_SURROGATES = re.compile("[\ud800-\udfff]")
# A page of the smallest print holds 20,000 characters; one with many more was made to stop its reader.
_MAX_CHARACTERS = 100_000
SKIPPED = "\ufff9"
"""Stands for the first half of a character that the text layer holds in two; no document uses it."""


def _fast(function: Any, result: Any, *arguments: Any) -> Any:
    """A raw call that takes plain addresses."""
    return ctypes.CFUNCTYPE(result, *arguments)(ctypes.cast(function, ctypes.c_void_p).value or 0)


_char_box = _fast(raw.FPDFText_GetCharBox, ctypes.c_int, ctypes.c_void_p, ctypes.c_int, *[ctypes.c_void_p] * 4)
_render_mode = _fast(raw.FPDFTextObj_GetTextRenderMode, ctypes.c_int, ctypes.c_void_p)
_text_object = _fast(raw.FPDFText_GetTextObject, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)


@dataclass(frozen=True, slots=True)
class Face:
    """How the characters of one text object are set."""

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
        self._handle = ctypes.addressof(self._textpage.raw.contents)
        count = raw.FPDFText_CountChars(self._textpage.raw)
        if count > _MAX_CHARACTERS:
            self._textpage.close()
            raise LimitError(f"it holds {count} characters", "Leave the file out.")
        self.text = self._whole_text(count)
        self.left, self.right, self.bottom, self.top = self._boxes(count)
        self._faces: dict[int, Face] = {}

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

    def _boxes(self, count: int) -> tuple[list[float], list[float], list[float], list[float]]:
        """Left, right, bottom and top of every character in the page's own coordinates."""
        array = (ctypes.c_double * (4 * count))()
        address, handle, box = ctypes.addressof(array), self._handle, _char_box
        for i in range(count):
            at = address + 32 * i
            box(handle, i, at, at + 8, at + 16, at + 24)
        values: list[float] = list(memoryview(array).cast("B").cast("d"))
        return values[0::4], values[1::4], values[2::4], values[3::4]

    def face(self, index: int) -> Face:
        """The face of the character at this index."""
        address = _text_object(self._handle, index) or 0
        if address and address in self._faces:
            return self._faces[address]
        face = self._face(index, address)
        self._faces[address] = face
        return face

    def _face(self, index: int, address: int) -> Face:
        textpage = self._textpage.raw
        size = raw.FPDFText_GetFontSize(textpage, index)
        matrix = raw.FS_MATRIX()
        if raw.FPDFText_GetMatrix(textpage, index, matrix):
            size *= max(abs(matrix.d), abs(matrix.b)) or 1.0
        buffer = ctypes.create_string_buffer(64)
        flags = ctypes.c_int()
        raw.FPDFText_GetFontInfo(textpage, index, buffer, 64, ctypes.byref(flags))
        name = buffer.value.decode("latin-1")
        bold, symbols = _named(name)
        # Letters both filled and stroked: how word processors make a bold face that the font lacks.
        bold = (
            bold
            or raw.FPDFText_GetFontWeight(textpage, index) >= 600
            or bool(address and _render_mode(address) == raw.FPDF_TEXTRENDERMODE_FILL_STROKE)
        )
        look = (name.partition("+")[2] or name) + self._colour(index)
        turned = -round(math.degrees(raw.FPDFText_GetCharAngle(textpage, index)) / 90) * 90 % 360
        return Face(name, size, bold, look, turned, symbols, address)

    def _colour(self, index: int) -> str:
        """The colour of a letter in coarse steps; "" for black and the greys near it."""
        parts = [ctypes.c_uint() for _ in range(4)]
        raw.FPDFText_GetFillColor(self._textpage.raw, index, *parts)
        levels = [part.value for part in parts[:3]]
        if max(levels) < 128 and max(levels) - min(levels) < 40:
            return ""
        return "#" + "".join(f"{level >> 5:x}" for level in levels)

    @property
    def faces(self) -> list[Face]:
        """The faces asked for so far: those of every word's first character, once the words were read."""
        return list(self._faces.values())

    def baseline(self, index: int) -> float:
        """The height of the line that the character stands on, in the page's own coordinates."""
        x, y = ctypes.c_double(), ctypes.c_double()
        raw.FPDFText_GetCharOrigin(self._textpage.raw, index, x, y)
        return y.value


@cache
def _named(font: str) -> tuple[bool, bool]:
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
