"""pdfium's functions called with plain addresses, at half the price of pypdfium2's typed pointers.

A page takes thousands of such calls. An address is good as long as its page is open; 0 stands for nothing. pdfium is
used by one thread at a time, so that one place for results is enough for all. A reference made once is cheaper to pass
than an address, and whole numbers and references need no types at all.
"""

from __future__ import annotations

import ctypes
from collections import deque
from itertools import repeat
from struct import Struct
from typing import TYPE_CHECKING, Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Matrix = tuple[float, float, float, float, float, float]
Colour = tuple[int, int, int, int]
"""Red, green, blue and opacity, 0 to 255."""

_ADDRESS, _INT = ctypes.c_void_p, ctypes.c_int
_FLOATS = (ctypes.c_float * 6)()
_INTS = (ctypes.c_uint * 4)()
_NAME = (ctypes.c_ushort * 4)()
_SIZE = ctypes.c_ulong()
_FLOATS_AT = [ctypes.byref(_FLOATS, 4 * i) for i in range(6)]
_FOUR_AT = _FLOATS_AT[:4]
_INTS_AT = [ctypes.byref(_INTS, 4 * i) for i in range(4)]
_NAME_AT, _SIZE_AT = ctypes.byref(_NAME), ctypes.byref(_SIZE)
_two_floats, _four_floats, _six_floats = (Struct(f"{n}f").unpack_from for n in (2, 4, 6))
_two_ints, _four_ints = Struct("2I").unpack_from, Struct("4I").unpack_from

_AT_ONCE = 1024
_SIDES = (ctypes.c_double * (4 * _AT_ONCE))()
_SIDES_AT = [[ctypes.byref(_SIDES, 8 * (row * _AT_ONCE + i)) for i in range(_AT_ONCE)] for row in range(4)]


def plain(function: Any, result: Any, *arguments: Any) -> Any:
    """One of pdfium's functions, taking and giving plain addresses; without types, whole numbers and references."""
    # None of them takes long enough for another thread to wait for.
    return ctypes.PYFUNCTYPE(result, *arguments)(ctypes.cast(function, ctypes.c_void_p).value or 0)


def address(handle: Any) -> Any:
    """A reference to what one of pypdfium2's typed pointers points at, passed where an address is."""
    return ctypes.byref(handle.contents)


_count_objects = plain(raw.FPDFPage_CountObjects, _INT, _ADDRESS)
_object = plain(raw.FPDFPage_GetObject, _ADDRESS)
_count_inside = plain(raw.FPDFFormObj_CountObjects, _INT, _ADDRESS)
_object_inside = plain(raw.FPDFFormObj_GetObject, _ADDRESS, _ADDRESS, _INT)
_bounds = plain(raw.FPDFPageObj_GetBounds, _INT, *[_ADDRESS] * 5)
_matrix = plain(raw.FPDFPageObj_GetMatrix, _INT, _ADDRESS, _ADDRESS)
_draw_mode = plain(raw.FPDFPath_GetDrawMode, _INT, *[_ADDRESS] * 3)
_fill = plain(raw.FPDFPageObj_GetFillColor, _INT, *[_ADDRESS] * 5)
_stroke = plain(raw.FPDFPageObj_GetStrokeColor, _INT, *[_ADDRESS] * 5)
_point = plain(raw.FPDFPathSegment_GetPoint, _INT, *[_ADDRESS] * 3)
_text_matrix = plain(raw.FPDFText_GetMatrix, _INT)
_text_fill = plain(raw.FPDFText_GetFillColor, _INT)
_count_marks = plain(raw.FPDFPageObj_CountMarks, _INT, _ADDRESS)
_mark = plain(raw.FPDFPageObj_GetMark, _ADDRESS, _ADDRESS, ctypes.c_ulong)
_mark_name = plain(raw.FPDFPageObjMark_GetName, _INT, _ADDRESS, _ADDRESS, ctypes.c_ulong, _ADDRESS)

kind_of = plain(raw.FPDFPageObj_GetType, _INT, _ADDRESS)
is_transparent = plain(raw.FPDFPageObj_HasTransparency, _INT, _ADDRESS)
set_active = plain(raw.FPDFPageObj_SetIsActive, _INT, _ADDRESS, _INT)
clip_of = plain(raw.FPDFPageObj_GetClipPath, _ADDRESS, _ADDRESS)
count_clips = plain(raw.FPDFClipPath_CountPaths, _INT, _ADDRESS)
count_clip_segments = plain(raw.FPDFClipPath_CountPathSegments, _INT, _ADDRESS, _INT)
clip_segment = plain(raw.FPDFClipPath_GetPathSegment, _ADDRESS, _ADDRESS, _INT, _INT)
count_segments = plain(raw.FPDFPath_CountSegments, _INT, _ADDRESS)
segment_at = plain(raw.FPDFPath_GetPathSegment, _ADDRESS, _ADDRESS, _INT)
segment_kind = plain(raw.FPDFPathSegment_GetType, _INT, _ADDRESS)
closes = plain(raw.FPDFPathSegment_GetClose, _INT, _ADDRESS)
render_mode = plain(raw.FPDFTextObj_GetTextRenderMode, _INT, _ADDRESS)
font_of = plain(raw.FPDFTextObj_GetFont, _ADDRESS, _ADDRESS)
char_code = plain(raw.FPDFText_GetUnicode, ctypes.c_uint)
char_box = plain(raw.FPDFText_GetCharBox, _INT)
text_object = plain(raw.FPDFText_GetTextObject, _ADDRESS)
font_size = plain(raw.FPDFText_GetFontSize, ctypes.c_double)


def objects_of(page: pdfium.PdfPage, most: int | None = None) -> list[int]:
    """The objects drawn on a page, bottom first: `most` of them at most."""
    at = address(page.raw)
    count = _count_objects(at)
    return list(map(_object, repeat(at), range(count if most is None else min(count, most))))


def objects_inside(form: int) -> list[int]:
    """The objects that a form object draws."""
    return [_object_inside(form, i) for i in range(_count_inside(form))]


def bounds_of(item: int) -> tuple[float, float, float, float] | None:
    """Left, bottom, right and top of an object in the coordinates of its page or form."""
    return _four_floats(_FLOATS) if _bounds(item, *_FOUR_AT) else None


def matrix_of(item: int) -> Matrix | None:
    """The matrix that moves what the object holds to its place."""
    return _six_floats(_FLOATS) if _matrix(item, _FLOATS_AT[0]) else None


def draw_mode(path: int) -> tuple[int, int]:
    """How a path is filled, and whether it is stroked; 0 for neither."""
    return _two_ints(_INTS) if _draw_mode(path, _INTS_AT[0], _INTS_AT[1]) else (0, 0)


def fill_of(item: int) -> Colour | None:
    """The colour that an object is filled with."""
    return _four_ints(_INTS) if _fill(item, *_INTS_AT) else None


def stroke_of(item: int) -> Colour | None:
    """The colour that an object is stroked with."""
    return _four_ints(_INTS) if _stroke(item, *_INTS_AT) else None


def point_of(segment: int) -> tuple[float, float]:
    """The end of a path's segment."""
    _point(segment, _FLOATS_AT[0], _FLOATS_AT[1])
    return _two_floats(_FLOATS)


def is_marked(item: int, name: str) -> bool:
    """Whether page content carries a mark of this name, of three letters at most."""
    for i in range(_count_marks(item)):
        told = _mark_name(_mark(item, i), _NAME_AT, 8, _SIZE_AT)
        if told and _SIZE.value == 2 * len(name) + 2 and str(_NAME, "utf-16-le", "replace").startswith(name):
            return True
    return False


def text_matrix(textpage: Any, index: int) -> Matrix | None:
    """The matrix of a character."""
    return _six_floats(_FLOATS) if _text_matrix(textpage, index, _FLOATS_AT[0]) else None


def text_fill(textpage: Any, index: int) -> Colour | None:
    """The colour of a character; None when pdfium made it up."""
    return _four_ints(_INTS) if _text_fill(textpage, index, *_INTS_AT) else None


def char_boxes(textpage: Any, indexes: NDArray[np.intp], sides: NDArray[np.float64]) -> None:
    """Write left, right, bottom and top of the characters at these indexes into the four rows of `sides`."""
    import numpy as np  # which a command that reads no page does not load

    seen = np.ctypeslib.as_array(_SIDES).reshape(4, _AT_ONCE)
    for start in range(0, len(indexes), _AT_ONCE):
        part = indexes[start : start + _AT_ONCE]
        # The queue only runs the calls.
        deque(map(char_box, repeat(textpage), part.tolist(), *_SIDES_AT), maxlen=0)
        sides[:, part] = seen[:, : len(part)]
