"""Words that the text layer holds and nobody sees: invisible, of their ground's colour, tiny, cut off or covered.

Geometry and colours say cheaply which words are doubtful; what decides is the page itself, drawn once with the doubtful
words and once without them. Words whose absence changes nothing cannot be read by anybody. The exception is the text
layer of a scan: invisible words over a picture that shows something where each of them stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from cpgassist.reading import calls
from cpgassist.reading.calls import Colour, Matrix
from cpgassist.reading.glyphs import rendered
from cpgassist.types import Box

if TYPE_CHECKING:
    from cpgassist.reading.words import Span

_TINY = 1.5
"""Points; the smallest print of a real guideline measured 3.5."""
_TOO_SMALL = "smaller than 1.5 points"
_CONTRAST = 48
"""Levels (of 255) by which a colour must differ from its ground not to be doubted."""
_SEEN = 20
"""Grey levels (of 255) that a word must change on the page to be seen."""
_SCAN_SHARE = 0.4
"""A picture over this share of the page is a scan rather than an illustration."""
_MOST_OBJECTS = 6000

_PAPER: Colour = (255, 255, 255, 255)
_BLACK: Colour = (0, 0, 0, 255)
Place = Callable[[float, float, float, float], Box]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A picture or a filled path, in the order of drawing."""

    order: int
    box: Box
    colour: Colour | None
    """None for pictures, shadings and shapes that may leave part of their box free."""


_BAND = 24
"""Height in points of the bands that drawn things are filed under."""


@dataclass(slots=True)
class _Scene:
    """What is drawn on a page, bottom first."""

    bands: dict[int, list[_Drawn]] = field(default_factory=dict)
    pictures: list[Box] = field(default_factory=list)
    text: dict[int, int] = field(default_factory=dict)
    """Address of a text object -> its place in the order of drawing."""

    def add(self, item: _Drawn) -> None:
        """File an item under the bands that it crosses."""
        for band in range(max(int(item.box.top // _BAND), -1), min(int(item.box.bottom // _BAND), 400) + 1):
            self.bands.setdefault(band, []).append(item)

    def near(self, box: Box) -> list[_Drawn]:
        """What overlaps a box, in the order of drawing."""
        first, last = int(box.top // _BAND), int(box.bottom // _BAND)
        if first == last:
            return [item for item in self.bands.get(first, ()) if _overlap(item.box, box)]
        held = {item.order: item for band in range(first, last + 1) for item in self.bands.get(band, ())}
        return [held[order] for order in sorted(held) if _overlap(held[order].box, box)]


def with_hidden(page: pdfium.PdfPage, spans: Sequence[Span], place: Place) -> list[Span]:
    """The words with the reason why nobody sees them, where that is so; words drawn twice stand once."""
    scene = _scene(page, place)
    doubts = _doubts(spans, scene, place)
    if any(doubts):
        spans = _decided(page, list(spans), doubts, scene)
    return _once(spans)


# ---- what is drawn


def _scene(page: pdfium.PdfPage, place: Place) -> _Scene:
    scene = _Scene()
    for order, (kind, item, matrix) in enumerate(_objects(page)):
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            scene.text[item] = order
            continue
        left, bottom, right, top = _bounds(item, matrix)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            box = place(left, bottom, right, top)
            scene.pictures.append(box)
            scene.add(_Drawn(order, box, None))
        elif right - left > 4 and top - bottom > 4:
            colour = _filled(item, kind)
            if colour is not None:
                whole = colour if _rectangle(item, kind) else None
                scene.add(_Drawn(order, place(left, bottom, right, top), whole))
    return scene


def _objects(page: pdfium.PdfPage) -> list[tuple[int, int, Matrix | None]]:
    """(kind, object, matrix) of what is drawn, the contents of forms in their form's place."""
    found: list[tuple[int, int, Matrix | None]] = []
    for item in calls.objects_of(page, _MOST_OBJECTS):
        _add(item, None, found, 0)
    return found


def _add(item: int, matrix: Matrix | None, found: list[tuple[int, int, Matrix | None]], depth: int) -> None:
    kind = calls.kind_of(item)
    if kind != raw.FPDF_PAGEOBJ_FORM:
        found.append((kind, item, matrix))
        return
    own = calls.matrix_of(item) or (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    inner = _product(own, matrix or (1.0, 0.0, 0.0, 1.0, 0.0, 0.0))
    for held in calls.objects_inside(item) if depth < 5 else ():
        if len(found) < _MOST_OBJECTS:
            _add(held, inner, found, depth + 1)


def _product(a: Matrix, b: Matrix) -> Matrix:
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )


def _bounds(item: int, m: Matrix | None) -> tuple[float, float, float, float]:
    left, bottom, right, top = bounds = calls.bounds_of(item) or (0.0, 0.0, 0.0, 0.0)
    if m is None:
        return bounds
    corners = [(x, y) for x in (left, right) for y in (bottom, top)]
    xs = [x * m[0] + y * m[2] + m[4] for x, y in corners]
    ys = [x * m[1] + y * m[3] + m[5] for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _filled(item: int, kind: int) -> Colour | None:
    """The colour of a filled path or shading; None where nothing is filled."""
    if kind == raw.FPDF_PAGEOBJ_SHADING:
        return (0, 0, 0, 255)
    if kind != raw.FPDF_PAGEOBJ_PATH or not calls.draw_mode(item)[0]:
        return None
    colour = calls.fill_of(item) or _BLACK
    return colour if colour[3] > 25 else None


def _rectangle(item: int, kind: int) -> bool:
    """Whether a path fills the whole of its box with one opaque colour."""
    opaque = kind == raw.FPDF_PAGEOBJ_PATH and not calls.is_transparent(item)
    return bool(opaque and calls.count_segments(item) in (4, 5))


# ---- which words are doubtful


def _doubts(spans: Sequence[Span], scene: _Scene, place: Place) -> list[str]:
    """Why each word may be hidden; "" for those that are certainly seen."""
    doubts = [""] * len(spans)
    objects: dict[int, list[int]] = defaultdict(list)
    for i, span in enumerate(spans):
        objects[span.face.object].append(i)
        if span.word.size < _TINY and span.word.box.height < _TINY:
            doubts[i] = _TOO_SMALL
    for address, held in objects.items():
        if address in scene.text:
            boxes = [spans[i].word.box for i in held]
            doubted = _object_doubts(boxes, scene.text[address], address, scene, place)
            for i, doubt in zip(held, doubted, strict=True) if any(doubted) else ():
                doubts[i] = doubts[i] or doubt
    return doubts


def _object_doubts(boxes: Sequence[Box], order: int, item: int, scene: _Scene, place: Place) -> Sequence[str]:
    """The doubts about the words of one text object."""
    mode, colour, clip = _ink(item, place)
    if mode in (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP):
        return ["drawn invisible"] * len(boxes)
    # Optional content is a layer that a reader may switch on and off.
    if calls.is_marked(item, "OC"):
        return ["in a layer that is switched off"] * len(boxes)
    if colour[3] < 40:
        return ["drawn transparent"] * len(boxes)
    around = Box.around(boxes) if len(boxes) > 1 else boxes[0]
    near = scene.near(around)
    if (clip is None or clip.holds(around)) and all(item.box.holds(around, 1) for item in near):
        # What holds for all of them need not be asked for each.
        return [_word_doubt(around, order, colour, None, near)] * len(boxes)
    return [_word_doubt(box, order, colour, clip, near) for box in boxes]


def _word_doubt(box: Box, order: int, colour: Colour, clip: Box | None, near: Sequence[_Drawn]) -> str:
    if clip is not None and not _overlap(clip, box):
        return "cut off by a clip"
    ground: _Drawn | None = None
    for item in near:
        if item.box.holds(box, 1):
            if item.order > order:
                return "covered by what is drawn over it"
            ground = item
    # On a picture or an odd shape only letters as light as paper are worth the look.
    under = _PAPER if ground is None or ground.colour is None else ground.colour
    return "of the colour of its ground" if _alike(colour, under) else ""


def _alike(colour: Colour, ground: Colour) -> bool:
    return max(abs(colour[0] - ground[0]), abs(colour[1] - ground[1]), abs(colour[2] - ground[2])) < _CONTRAST


def _ink(item: int, place: Place) -> tuple[int, Colour, Box | None]:
    """How a text object is drawn: its mode, its colour, and the box of its clip."""
    mode = calls.render_mode(item)
    colour = calls.fill_of(item) or _BLACK
    if mode == raw.FPDF_TEXTRENDERMODE_STROKE:
        colour = calls.stroke_of(item) or colour
    return mode, colour, _clip(item, place)


def _clip(item: int, place: Place) -> Box | None:
    path = calls.clip_of(item)
    count = calls.count_clips(path) if path else 0
    clip: Box | None = None
    for i in range(min(count, 4)):
        segments = calls.count_clip_segments(path, i)
        # Two opposite corners tell a rectangle.
        corners = (0, 2) if segments in (4, 5) else range(min(segments, 60))
        points = [calls.point_of(calls.clip_segment(path, i, k)) for k in corners]
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
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom


# ---- which of them the page does not show


def _decided(page: pdfium.PdfPage, spans: list[Span], doubts: Sequence[str], scene: _Scene) -> list[Span]:
    unseen = [i for i, doubt in enumerate(doubts) if doubt == _TOO_SMALL]
    doubtful = [i for i, doubt in enumerate(doubts) if doubt and doubt != _TOO_SMALL]
    if doubtful:
        objects = {spans[i].face.object for i in doubtful}.intersection(scene.text)
        shown, bare = _views(page, Box.around([spans[i].word.box for i in doubtful]), objects)
        unseen += [i for i in doubtful if not _differ(shown.at(spans[i].word.box), bare.at(spans[i].word.box))]
    width, height = page.get_size()
    scans = [box for box in scene.pictures if box.width * box.height > _SCAN_SHARE * width * height]
    for i in unseen:
        word = spans[i].word
        layered = doubts[i] != _TOO_SMALL and any(box.holds(word.box, 6) for box in scans)
        if layered and _inked(shown.at(word.box, 1)):
            spans[i] = replace(spans[i], word=replace(word, scanned=True))
        else:
            spans[i] = replace(spans[i], word=replace(word, hidden=doubts[i]))
    return spans


@dataclass(frozen=True, slots=True)
class _View:
    """A part of the page as it is drawn."""

    rows: Sequence[bytes]
    around: Box
    scale: float
    """Pixels to a point."""

    def at(self, box: Box, margin: float = 0.0) -> list[bytes]:
        """The grey values in a box, row by row from the top."""
        left, top = ((side - margin) * self.scale for side in (box.left - self.around.left, box.top - self.around.top))
        right, bottom = (
            (side + margin) * self.scale for side in (box.right - self.around.left, box.bottom - self.around.top)
        )
        return [row[max(int(left), 0) : int(right) + 1] for row in self.rows[max(int(top), 0) : int(bottom) + 1]]


def _views(page: pdfium.PdfPage, box: Box, objects: Iterable[int]) -> tuple[_View, _View]:
    """A part of the page, and a point around it, as it is and without these objects."""
    width, height = page.get_size()
    around = Box(max(box.left - 1, 0), max(box.top - 1, 0), min(box.right + 1, width), min(box.bottom + 1, height))
    scale = min(3.0, (6_000_000 / max(around.width * around.height, 1)) ** 0.5)
    shown = _View(rendered(page, around, scale=scale), around, scale)
    for item in objects:
        calls.set_active(item, False)
    bare = _View(rendered(page, around, scale=scale), around, scale)
    for item in objects:
        calls.set_active(item, True)
    return shown, bare


def _differ(shown: Sequence[bytes], bare: Sequence[bytes]) -> bool:
    """Whether the page would look different without a word."""
    return any(
        here != there and any(abs(x - y) >= _SEEN for x, y in zip(here, there, strict=False))
        for here, there in zip(shown, bare, strict=False)
    )


def _inked(rows: Sequence[bytes]) -> bool:
    """Whether the page shows something where a word is said to stand."""
    return any(rows) and max(map(max, rows)) - min(map(min, rows)) >= 2 * _SEEN


# ---- words drawn twice


def _once(spans: Sequence[Span]) -> list[Span]:
    """Words that stand twice at the same place once: the copy that is seen."""
    kept: list[Span] = []
    places: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for span in spans:
        word = span.word
        left = word.box.left
        others = places[word.text]
        twin = None
        for at, i in others:
            if -4 < at - left < 4 and _same_place(kept[i].word.box, word.box):
                twin = i
        if twin is None:
            others.append((left, len(kept)))
            kept.append(span)
        elif kept[twin].word.hidden and not word.hidden:
            kept[twin] = span
    return kept


def _same_place(a: Box, b: Box) -> bool:
    near = 0.12 * max(a.bottom - a.top, b.bottom - b.top, 4)
    return abs(a.left - b.left) < near and abs(a.top - b.top) < near and abs(a.right - b.right) < 2 * near
