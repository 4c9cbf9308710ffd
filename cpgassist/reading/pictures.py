"""What a picture on a page shows, told from its pixels: boxes with words in them, a drawing on plain ground, a photograph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray

from cpgassist.reading.opening import check_drawable
from cpgassist.types import Box

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_BACKGROUND = 0.85
"""A picture over this share of the page is its background or a scan of it."""
_SMALLEST = 0.015
_PER_POINT = 1.15
"""Pixels to a point: enough for the outline of a box, too few to read by."""
_MOST_PIXELS = 560
_FAR = 28
"""Steps of 256 by which a pixel differs from the ground when something is drawn on it."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What the pixels of a picture say."""

    boxes: int
    """Closed or filled boxes with words in them, standing apart on the ground."""
    ruled: bool
    """Whether it is ruled on plain ground, as charts and forms are: no photograph, emblem or signature."""


def page_pictures(images: Sequence[Box], page: tuple[float, float]) -> list[Box]:
    """The pictures of a page that may be figures: cut to the page, strips of one picture together, no background."""
    area = page[0] * page[1]
    cut = [Box(max(b.left, 0.0), max(b.top, 0.0), min(b.right, page[0]), min(b.bottom, page[1])) for b in images[:200]]
    whole: list[Box] = []
    for box in sorted((box for box in cut if box.width > 4 and box.height > 4), key=lambda box: (box.top, box.left)):
        strip = next((i for i, other in enumerate(whole) if _goes_on(other, box)), None)
        if strip is None:
            whole.append(box)
        else:
            whole[strip] = whole[strip].union(box)
    return [box for box in whole if _SMALLEST * area <= box.width * box.height <= _BACKGROUND * area]


def _goes_on(above: Box, below: Box) -> bool:
    """Whether two images are strips of one picture, as some programs cut them."""
    sides = abs(above.left - below.left) < 2 and abs(above.right - below.right) < 2
    return sides and abs(below.top - above.bottom) < 2


def look_at(page: pdfium.PdfPage, box: Box) -> Looks:
    """The looks of the part of a page that a picture covers."""
    try:
        check_drawable(page)
    except ValueError:
        return Looks(0, False)
    width, height = page.get_size()
    scale = min(_PER_POINT, _MOST_PIXELS / max(box.width, box.height))
    crop = (box.left, height - box.bottom, width - box.right, box.top)
    pixels: Pixels = page.render(scale=scale, crop=crop).to_numpy()[:, :, :3]
    if min(pixels.shape[:2]) < 16:
        return Looks(0, False)
    ground = _ground(pixels)
    # One colour after the other: numpy is slow along a side of three.
    red, green, blue = (np.abs(pixels[:, :, k] - ground[k]) > _FAR for k in range(3))
    drawn = red | green | blue
    if drawn.mean() > 0.6:
        return Looks(0, False)
    across, down = (np.bincount(_runs(~lines).ravel())[1:].max(initial=0) for lines in (drawn, drawn.T))
    ruled = max(across / drawn.shape[1], down / drawn.shape[0]) > 0.3
    return Looks(_boxes(drawn, pixels, scale), bool(ruled))


def _ground(pixels: Pixels) -> NDArray[np.int16]:
    """The colour that most of the picture's rim has, or most of all of it when the rim is a frame."""
    coarse = (pixels >> 4).astype(np.uint16)
    keys = (coarse[:, :, 0] << 8) | (coarse[:, :, 1] << 4) | coarse[:, :, 2]
    most = np.bincount(keys.ravel()).argmax()
    return np.array([np.median(levels) for levels in pixels[keys == most].T], dtype=np.int16)


def _boxes(drawn: Mask, pixels: Pixels, scale: float) -> int:
    """How many solid islands of the size of a box hold words."""
    rim = np.zeros_like(drawn)
    rim[0, :] = rim[-1, :] = rim[:, 0] = rim[:, -1] = True
    outside = _flooded(rim & ~drawn, drawn)
    if outside.mean() < 0.05:
        # A frame around the picture keeps its ground from the rim.
        outside = _flooded(_longest_run(drawn), drawn)
    solid = ~outside
    islands = _opened(solid, max(3, round(5 * scale)))
    grey = (pixels[:, :, 0].astype(np.int16) + pixels[:, :, 1] + pixels[:, :, 2]) / 3
    words = np.zeros(grey.shape, dtype=bool)
    words[:, 1:] = np.abs(np.diff(grey, axis=1)) > 40
    boxes = []
    for left, top, right, bottom in _extents(islands):
        at = (slice(top, bottom), slice(left, right))
        inner = words[top + 3 : bottom - 3, left + 3 : right - 3]
        large = (right - left) / scale >= 20 and (bottom - top) / scale >= 8
        whole = islands[at].mean() > 0.45 and (right - left) * (bottom - top) < 0.5 * islands.size
        if large and whole and inner.mean() > 0.04 and _even(drawn[at][islands[at]]):
            boxes.append((left, top, right, bottom))
    # The tip of an arrow may stop short of its box.
    return _most_joined(boxes, ~_eroded(~solid, 2 * max(1, round(2.5 * scale)) + 1))


def _even(drawn: Mask) -> bool:
    """Whether a box is empty but for its words, or filled throughout: a column of small print is neither."""
    return not 0.48 < drawn.mean() < 0.86


def _most_joined(boxes: Sequence[tuple[int, int, int, int]], solid: Mask) -> int:
    """How many of the boxes hang together by what is drawn between them: the cells of a form do not."""
    if len(boxes) < 2:
        return len(boxes)
    left = list(boxes)
    most = 0
    while len(left) > most:
        seed = np.zeros_like(solid)
        seed[left[0][1] : left[0][3], left[0][0] : left[0][2]] = True
        reached = _flooded(seed & solid, ~solid)
        joined = [box for box in left if reached[box[1] : box[3], box[0] : box[2]].any()]
        most = max(most, len(joined))
        left = [box for box in left if box not in joined[1:] and box != left[0]]
    return most


def _flooded(seed: Mask, barrier: Mask) -> Mask:
    """What can be reached from the seed without crossing the barrier: run by run, level and upright in turn."""
    level, upright = _runs(barrier), _runs(barrier.T)
    filled, seen = seed & ~barrier, 0
    for _ in range(80):
        filled = _whole_runs(filled, level)
        filled = _whole_runs(filled.T, upright).T
        reached = int(np.count_nonzero(filled))
        if reached == seen:
            break
        seen = reached
    return filled & ~barrier


def _longest_run(barrier: Mask) -> Mask:
    """The longest level run of ground."""
    runs = _runs(barrier)
    return np.asarray(runs == np.bincount(runs.ravel())[1:].argmax() + 1)


def _runs(barrier: Mask) -> NDArray[np.intp]:
    """A number from 1 for each run of ground in a row, 0 on the barrier."""
    starts = ~barrier
    starts[:, 1:] &= barrier[:, :-1]
    numbers = np.cumsum(starts.ravel(), dtype=np.intp).reshape(barrier.shape)
    numbers[barrier] = 0
    return numbers


def _whole_runs(filled: Mask, runs: NDArray[np.intp]) -> Mask:
    """Each run wholly filled when a part of it is."""
    reached = np.zeros(int(runs.max()) + 1, dtype=bool)
    reached[runs[filled]] = True
    reached[0] = False
    return np.asarray(reached[runs])


def _opened(mask: Mask, size: int) -> Mask:
    """The mask without anything thinner than `size` pixels: lines and letters go, boxes stay."""
    return ~_eroded(~_eroded(mask, size), size) if min(mask.shape) > 2 * size else np.zeros_like(mask)


def _eroded(mask: Mask, size: int) -> Mask:
    """True where all of the square of `size` pixels around is."""
    before = size // 2
    padded = np.pad(mask.astype(np.int32), ((before + 1, size - before - 1), (before + 1, size - before - 1)), "edge")
    sums = padded.cumsum(axis=0).cumsum(axis=1)
    whole = sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
    return np.asarray(whole == size * size)


def _extents(mask: Mask, step: int = 3) -> list[tuple[int, int, int, int]]:
    """(left, top, right, bottom) in pixels of each island."""
    rows, columns = mask.shape[0] // step, mask.shape[1] // step
    coarse = mask[: rows * step, : columns * step].reshape(rows, step, columns, step).all(axis=(1, 3))
    left = {(int(r), int(c)) for r, c in zip(*np.nonzero(coarse), strict=True)}
    extents = []
    while left:
        waiting = [left.pop()]
        island = []
        while waiting:
            row, column = waiting.pop()
            island.append((row, column))
            for near in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
                if near in left:
                    left.remove(near)
                    waiting.append(near)
        down, across = [row for row, _ in island], [column for _, column in island]
        extents.append((min(across) * step, min(down) * step, (max(across) + 1) * step, (max(down) + 1) * step))
    return extents
