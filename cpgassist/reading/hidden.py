"""Words that the text layer holds and nobody sees: invisible, of their ground's colour, tiny, cut off or covered.

Geometry and colours say cheaply which words are doubtful; what decides is the page itself, drawn once with the doubtful
words and once without them. Words whose absence changes nothing cannot be read by anybody. The exception is the text
layer of a scan: invisible words over a picture that shows something where each of them stands.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from cpgassist.reading.characters import Characters
from cpgassist.reading.glyphs import rendered
from cpgassist.types import Box

if TYPE_CHECKING:
    from cpgassist.reading.words import Span

_TINY = 1.5
"""Points; the smallest print of a real guideline measured 3.5."""
_CONTRAST = 48
"""Levels (of 255) by which a colour must differ from its ground not to be doubted."""
_SEEN = 20
"""Grey levels (of 255) that a word must change on the page to be seen."""
_SCAN_SHARE = 0.4
"""A picture over this share of the page is a scan rather than an illustration."""
_MOST_OBJECTS = 6000

Colour = tuple[int, int, int, int]
Place = Callable[[float, float, float, float], Box]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A picture or a filled path, in the order of drawing."""

    order: int
    box: Box
    colour: Colour | None
    """None for pictures, shadings and shapes that may leave part of their box free."""


@dataclass(slots=True)
class _Scene:
    """What is drawn on a page, bottom first."""

    drawn: list[_Drawn] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)
    text: dict[int, tuple[int, Any]] = field(default_factory=dict)
    """Address of a text object -> its place in the order of drawing, and the object."""


def with_hidden(page: pdfium.PdfPage, layer: Characters, spans: Sequence[Span], place: Place) -> list[Span]:
    """The words with the reason why nobody sees them, where that is so; words drawn twice stand once."""
    scene = _scene(page, place)
    doubts = [_doubt(layer, span, scene, place) for span in spans]
    if any(doubts):
        spans = _decided(page, layer, list(spans), doubts, scene)
    return _once(spans)


# ---- what is drawn


def _scene(page: pdfium.PdfPage, place: Place) -> _Scene:
    scene = _Scene()
    for order, (kind, pageobject, bounds) in enumerate(_objects(page)):
        if order > _MOST_OBJECTS:
            break
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            scene.text[ctypes.addressof(pageobject.contents)] = (order, pageobject)
            continue
        box = place(*bounds)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            scene.pictures.append(box)
            scene.drawn.append(_Drawn(order, box, None))
        elif box.width > 4 and box.height > 4:
            filled = _filled(pageobject, kind)
            if filled is not None:
                scene.drawn.append(_Drawn(order, box, filled if _rectangle(pageobject, kind) else None))
    return scene


def _objects(page: pdfium.PdfPage) -> Iterator[tuple[int, Any, tuple[float, float, float, float]]]:
    """(kind, object, left, bottom, right, top) of what is drawn, the contents of forms in their form's place."""
    count = raw.FPDFPage_CountObjects(page.raw)
    for i in range(count):
        yield from _with_contents(raw.FPDFPage_GetObject(page.raw, i), (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), 0)


Matrix = tuple[float, float, float, float, float, float]


def _with_contents(
    pageobject: Any, matrix: Matrix, depth: int
) -> Iterator[tuple[int, Any, tuple[float, float, float, float]]]:
    kind = raw.FPDFPageObj_GetType(pageobject)
    if kind != raw.FPDF_PAGEOBJ_FORM:
        yield kind, pageobject, (0, 0, 0, 0) if kind == raw.FPDF_PAGEOBJ_TEXT else _bounds(pageobject, matrix)
        return
    if depth > 4:
        return
    own = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(pageobject, own)
    inner = _product((own.a, own.b, own.c, own.d, own.e, own.f), matrix)
    for i in range(raw.FPDFFormObj_CountObjects(pageobject)):
        yield from _with_contents(raw.FPDFFormObj_GetObject(pageobject, i), inner, depth + 1)


def _product(a: Matrix, b: Matrix) -> Matrix:
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )


def _bounds(pageobject: Any, m: Matrix) -> tuple[float, float, float, float]:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not raw.FPDFPageObj_GetBounds(pageobject, left, bottom, right, top):
        return 0.0, 0.0, 0.0, 0.0
    corners = [(x.value, y.value) for x in (left, right) for y in (bottom, top)]
    xs = [x * m[0] + y * m[2] + m[4] for x, y in corners]
    ys = [x * m[1] + y * m[3] + m[5] for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _filled(pageobject: Any, kind: int) -> Colour | None:
    """The colour of a filled path or shading; None where nothing is filled."""
    if kind == raw.FPDF_PAGEOBJ_SHADING:
        return (0, 0, 0, 255)
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if kind != raw.FPDF_PAGEOBJ_PATH or not raw.FPDFPath_GetDrawMode(pageobject, fill, stroke) or not fill.value:
        return None
    colour = _colour(pageobject)
    return colour if colour[3] > 25 else None


def _colour(pageobject: Any) -> Colour:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not raw.FPDFPageObj_GetFillColor(pageobject, red, green, blue, alpha):
        return (0, 0, 0, 255)
    return red.value, green.value, blue.value, alpha.value


def _rectangle(pageobject: Any, kind: int) -> bool:
    """Whether a path fills the whole of its box with one opaque colour."""
    return bool(
        kind == raw.FPDF_PAGEOBJ_PATH
        and raw.FPDFPath_CountSegments(pageobject) in (4, 5)
        and not raw.FPDFPageObj_HasTransparency(pageobject)
    )


# ---- which words are doubtful


def _doubt(layer: Characters, span: Span, scene: _Scene, place: Place) -> str:
    """Why a word may be hidden; "" for one that is certainly seen."""
    box = span.word.box
    if span.word.size < _TINY and box.height < _TINY:
        return "smaller than 1.5 points"
    face = layer.face(span.first)
    order, pageobject = scene.text.get(face.object, (None, None))
    if order is None:
        return ""
    if face.object not in layer.inks:
        layer.inks[face.object] = _ink(pageobject, place)
    mode, colour, clip = layer.inks[face.object]
    if mode in (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP):
        return "drawn invisible"
    if colour[3] < 40:
        return "drawn transparent"
    if clip is not None and not _overlap(clip, box):
        return "cut off by a clip"
    if any(item.order > order and item.box.holds(box, 1) for item in scene.drawn):
        return "covered by what is drawn over it"
    ground = next((item for item in reversed(scene.drawn) if item.order < order and item.box.holds(box, 1)), None)
    return "of the colour of its ground" if _near(colour, ground) else ""


def _near(colour: Colour, ground: _Drawn | None) -> bool:
    if ground is not None and ground.colour is None:
        # A picture or an odd shape: only letters as light as paper are worth the look.
        return min(colour[:3]) > 255 - _CONTRAST
    under = ground.colour if ground is not None and ground.colour is not None else (255, 255, 255, 255)
    return max(abs(a - b) for a, b in zip(colour[:3], under[:3], strict=True)) < _CONTRAST


def _ink(pageobject: Any, place: Place) -> tuple[int, Colour, Box | None]:
    """How a text object is drawn: its mode, its colour, and the box of its clip."""
    mode = raw.FPDFTextObj_GetTextRenderMode(pageobject)
    colour = _colour(pageobject)
    if mode == raw.FPDF_TEXTRENDERMODE_STROKE:
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        raw.FPDFPageObj_GetStrokeColor(pageobject, red, green, blue, alpha)
        colour = (red.value, green.value, blue.value, alpha.value)
    return mode, colour, _clip(pageobject, place)


def _clip(pageobject: Any, place: Place) -> Box | None:
    path = raw.FPDFPageObj_GetClipPath(pageobject)
    if not path or raw.FPDFClipPath_CountPaths(path) < 1:
        return None
    x, y = ctypes.c_float(), ctypes.c_float()
    clip: Box | None = None
    for i in range(min(raw.FPDFClipPath_CountPaths(path), 4)):
        points = []
        for k in range(min(raw.FPDFClipPath_CountPathSegments(path, i), 60)):
            raw.FPDFPathSegment_GetPoint(raw.FPDFClipPath_GetPathSegment(path, i, k), x, y)
            points.append((x.value, y.value))
        if not points:
            continue
        xs, ys = [point[0] for point in points], [point[1] for point in points]
        box = place(min(xs), min(ys), max(xs), max(ys))
        clip = (
            box
            if clip is None
            else Box(
                max(clip.left, box.left),
                max(clip.top, box.top),
                min(clip.right, box.right),
                min(clip.bottom, box.bottom),
            )
        )
    return clip


def _overlap(a: Box, b: Box) -> bool:
    return min(a.right, b.right) > max(a.left, b.left) and min(a.bottom, b.bottom) > max(a.top, b.top)


# ---- which of them the page does not show


def _decided(
    page: pdfium.PdfPage, layer: Characters, spans: list[Span], doubts: Sequence[str], scene: _Scene
) -> list[Span]:
    doubtful = [i for i, doubt in enumerate(doubts) if doubt]
    unseen = [
        i for i, seen in zip(doubtful, _seen(page, layer, [spans[i] for i in doubtful], scene), strict=True) if not seen
    ]
    width, height = page.get_size()
    scans = [box for box in scene.pictures if box.width * box.height > _SCAN_SHARE * width * height]
    for i in unseen:
        word = spans[i].word
        layered = doubts[i] != "smaller than 1.5 points" and any(box.holds(word.box, 6) for box in scans)
        if layered and _inked(page, word.box):
            spans[i] = replace(spans[i], word=replace(word, scanned=True))
        else:
            spans[i] = replace(spans[i], word=replace(word, hidden=doubts[i]))
    return spans


def _seen(page: pdfium.PdfPage, layer: Characters, spans: Sequence[Span], scene: _Scene) -> list[bool]:
    """Whether the page would look different without each word."""
    addresses = {layer.face(span.first).object for span in spans}
    objects = [scene.text[address][1] for address in addresses if address in scene.text]
    around = spans[0].word.box
    for span in spans[1:]:
        around = around.union(span.word.box)
    width, height = page.get_size()
    around = Box(max(around.left, 0), max(around.top, 0), min(around.right, width), min(around.bottom, height))
    scale = min(3.0, (6_000_000 / max(around.width * around.height, 1)) ** 0.5)
    shown = rendered(page, around, scale=scale)
    for pageobject in objects:
        raw.FPDFPageObj_SetIsActive(pageobject, False)
    bare = rendered(page, around, scale=scale)
    for pageobject in objects:
        raw.FPDFPageObj_SetIsActive(pageobject, True)
    return [_differs(shown, bare, around, span.word.box, scale) for span in spans]


def _differs(shown: Sequence[bytes], bare: Sequence[bytes], around: Box, box: Box, scale: float) -> bool:
    top, bottom = int((box.top - around.top) * scale), int((box.bottom - around.top) * scale) + 1
    left, right = int((box.left - around.left) * scale), int((box.right - around.left) * scale) + 1
    for a, b in zip(shown[max(top, 0) : bottom], bare[max(top, 0) : bottom], strict=False):
        here, there = a[max(left, 0) : right], b[max(left, 0) : right]
        if here != there and any(abs(x - y) >= _SEEN for x, y in zip(here, there, strict=False)):
            return True
    return False


def _inked(page: pdfium.PdfPage, box: Box) -> bool:
    """Whether the page shows something where a word is said to stand."""
    rows = rendered(page, box, 1.0, 2.0)
    return bool(rows) and max(map(max, rows)) - min(map(min, rows)) >= 2 * _SEEN


# ---- words drawn twice


def _once(spans: Sequence[Span]) -> list[Span]:
    """Words that stand twice at the same place once: the copy that is seen."""
    kept: list[Span] = []
    places: dict[str, list[int]] = {}
    for span in spans:
        word = span.word
        twin = next((i for i in places.get(word.text, ()) if _same_place(kept[i].word.box, word.box)), None)
        if twin is None:
            places.setdefault(word.text, []).append(len(kept))
            kept.append(span)
        elif kept[twin].word.hidden and not word.hidden:
            kept[twin] = span
    return kept


def _same_place(a: Box, b: Box) -> bool:
    near = 0.12 * max(a.height, b.height, 4)
    return abs(a.left - b.left) < near and abs(a.top - b.top) < near and abs(a.right - b.right) < 2 * near
