"""What a character looks like: its ink on the page, compared with the ink of characters it might be.

The characters it might be are drawn in the fonts that every PDF reader carries (Helvetica, Times, Symbol,
ZapfDingbats), so nothing but the engine is needed.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from cpgassist.reading.symbols import SYMBOL, ZAPF
from cpgassist.types import Box

_GRID = 16
_SCALE = 6.0
"""Pixels to a point: an 8-point sign is some 25 pixels high, enough to tell a bar under it."""
_FAINT = 24
"""Grey levels (of 255) that ink must stand out from its ground by."""

ALIKE = 0.5
"""Measured over ten typefaces of the development files: the right sign reaches 0.56 to 0.98, wrong ones 0.39 at most."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Ink scaled to a square, and how wide the ink was for its height."""

    ink: tuple[float, ...]
    aspect: float


def shown_at(page: pdfium.PdfPage, box: Box, margin: float = 0.3) -> Shape | None:
    """The shape that the page shows in a box; None where there is no ink."""
    rows = rendered(page, box, margin)
    return _shape(rows) if rows else None


def rendered(page: pdfium.PdfPage, box: Box, margin: float = 0.0, scale: float = _SCALE) -> list[bytes]:
    """Grey values of a part of the page, row by row from the top; [] for a part outside it."""
    width, height = page.get_size()
    left, top = max(box.left - margin, 0), max(box.top - margin, 0)
    right, bottom = min(box.right + margin, width), min(box.bottom + margin, height)
    if right - left < 0.2 or bottom - top < 0.2 or (right - left) * (bottom - top) * scale * scale > 8_000_000:
        return []
    crop = (left, height - bottom, width - right, top)
    bitmap = page.render(scale=scale, crop=crop, grayscale=True, no_smoothtext=False)
    pixels = bytes(bitmap.buffer)
    rows = [pixels[y * bitmap.stride : y * bitmap.stride + bitmap.width] for y in range(bitmap.height)]
    bitmap.close()
    return rows


def likeness(shape: Shape, character: str) -> float:
    """How alike (0 to 1) a shape is to a character in the stock font that draws it most alike."""
    return max((_likeness(shape, other) for other in _stock(character)), default=0.0)


def _likeness(a: Shape, b: Shape) -> float:
    shared = sum(map(min, a.ink, b.ink)) / max(sum(map(max, a.ink, b.ink)), 1e-9)
    return shared * math.sqrt(min(a.aspect, b.aspect) / max(a.aspect, b.aspect))


def _shape(rows: Sequence[bytes]) -> Shape | None:
    """The ink of a picture, whatever its colours: what stands out from the value that its edge has most often."""
    edge = sorted(rows[0] + rows[-1] + bytes(row[0] for row in rows) + bytes(row[-1] for row in rows))
    grey = np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), -1)
    ink = np.abs(grey.astype(np.int64) - edge[len(edge) // 2])
    most = int(ink.max())
    if most < _FAINT:
        return None
    ys, xs = (np.flatnonzero((ink * 2 >= most).any(axis=axis)).tolist() for axis in (1, 0))
    top, bottom, left, right = ys[0], ys[-1] + 1, xs[0], xs[-1] + 1
    across = [_part(left, right, i) for i in range(_GRID)]
    grid = []
    for ya, yb in (_part(top, bottom, j) for j in range(_GRID)):
        columns = ink[ya:yb].sum(axis=0)
        grid += [int(columns[xa:xb].sum()) / ((yb - ya) * (xb - xa) * most) for xa, xb in across]
    return Shape(tuple(grid), (right - left) / (bottom - top))


def _part(start: int, stop: int, n: int) -> tuple[int, int]:
    step = (stop - start) / _GRID
    first = int(start + n * step)
    return first, max(first + 1, int(start + (n + 1) * step))


@cache
def _stock(character: str) -> tuple[Shape, ...]:
    """The character as each stock font that has it draws it."""
    drawn = [_drawn(font, codes) for font, codes in _codes(character)]
    return tuple(shape for shape in drawn if shape is not None)


def _codes(text: str) -> list[tuple[str, tuple[int, ...]]]:
    """Stock fonts and the codes by which each draws a sign, or letters side by side."""
    found: list[tuple[str, tuple[int, ...]]] = [("Symbol", (code,)) for code, sign in SYMBOL.items() if sign == text]
    found += [("ZapfDingbats", (code,)) for code, sign in ZAPF.items() if sign == text]
    try:
        codes = tuple(text.encode("cp1252"))
    except UnicodeEncodeError:
        return found
    return [*found, ("Helvetica", codes), ("Times-Roman", codes)]


def _drawn(font: str, codes: Sequence[int]) -> Shape | None:
    document = pdfium.PdfDocument.new()
    try:
        page = document.new_page(120, 120)
        handle = raw.FPDFText_LoadStandardFont(document.raw, font.encode())
        sign = raw.FPDFPageObj_CreateTextObj(document.raw, handle, 48.0)
        raw.FPDFText_SetCharcodes(sign, (ctypes.c_uint32 * len(codes))(*codes), len(codes))
        raw.FPDFPageObj_Transform(sign, 1, 0, 0, 1, 30, 40)
        raw.FPDFPage_InsertObject(page.raw, sign)
        rows = rendered(page, Box(0, 0, 120, 120), scale=1.5)
        raw.FPDFFont_Close(handle)
        return _shape(rows)
    finally:
        document.close()
