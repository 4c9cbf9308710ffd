"""Which parts of a page are pictures that may hold words nobody can search for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from cpgassist.reading.words import Word
from cpgassist.types import Box

_LEAST_WIDTH, _LEAST_HEIGHT = 60.0, 24.0
"""Points; smaller pictures hold a logo or a symbol, not a line of text."""
_BAR = 12.0
"""Times as wide as high (or as high as wide): a decorative bar."""
_LABELS = 3
"""Words of the text layer that may stand on a picture of words: its number, a page's foot."""
_SEAM = 3.0
"""Points between the stripes in which some programs store one picture."""
WHOLE = 0.4
"""Share of the page from which a picture is no logo, however often it comes: pages scanned in one size repeat."""
_REPEATS = 3


def picture_regions(images: Sequence[Box], words: Sequence[Word], width: float, height: float) -> list[Box]:
    """The images of a page, cut to it, that are large enough for words and have none of the text layer's over them."""
    seen = [_cut(image, width, height) for image in images]
    found = []
    for box in _joined(box for box in seen if box.width > 0 and box.height > 0):
        long, short = max(box.width, box.height), max(min(box.width, box.height), 0.1)
        if box.width < _LEAST_WIDTH or box.height < _LEAST_HEIGHT or long / short > _BAR:
            continue
        if sum(box.holds(word.box, 0) for word in words) <= _LABELS:
            found.append(box)
    return found


def without_repeated(
    pictures: Mapping[int, Sequence[Box]], sizes: Mapping[int, tuple[float, float]]
) -> dict[int, list[Box]]:
    """The pictures of each page without those that stand in one place on several pages: logos of a head or foot."""
    places = Counter(box.rounded() for boxes in pictures.values() for box in boxes)
    kept: dict[int, list[Box]] = {}
    for page, boxes in pictures.items():
        width, height = sizes[page]
        here = [
            box for box in boxes if places[box.rounded()] < _REPEATS or box.width * box.height >= WHOLE * width * height
        ]
        if here:
            kept[page] = here
    return kept


def _cut(box: Box, width: float, height: float) -> Box:
    return Box(max(box.left, 0.0), max(box.top, 0.0), min(box.right, width), min(box.bottom, height))


def _joined(boxes: Iterable[Box]) -> list[Box]:
    """Boxes that touch or overlap as one."""
    joined: list[Box] = []
    for box in boxes:
        touching = [other for other in joined if _touch(other, box)]
        for other in touching:
            joined.remove(other)
            box = box.union(other)
        joined.append(box)
    return joined


def _touch(a: Box, b: Box) -> bool:
    across = min(a.right, b.right) - max(a.left, b.left)
    down = min(a.bottom, b.bottom) - max(a.top, b.top)
    return across > -_SEAM and down > -_SEAM and max(across, down) > _SEAM
