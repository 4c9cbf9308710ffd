"""Pictures of cited pages with the quoted words marked in yellow."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Protocol

from PIL import Image

from cpgassist.apps.drawing import mark_words
from cpgassist.apps.export.blocks import Picture
from cpgassist.types import Box

LONGEST = 1430  # pixels of a page's longer side: A4 at 122 dpi, sharp on paper at the width of a text column
MOST_DPI = 200
QUALITY = 78
ABOVE, BELOW, LEAST = 60.0, 42.0, 145.0  # points around the marked words, and the least height of such a region


class Pages(Protocol):
    """Where pictures of pages come from: a Corpus."""

    def page_image(self, file: str, page: int, dpi: int = 110) -> Image.Image:
        """A page as an RGB picture. Raises InputError for an unknown file or page."""

    def page_size(self, file: str, page: int) -> tuple[float, float]:
        """Width and height of a page in points. Raises InputError for an unknown file or page."""


def open_page(pages: Pages, file: str, page: int) -> PagePicture:
    """A page, drawn once. Raises InputError for an unknown file or page."""
    width, height = pages.page_size(file, page)
    dpi = max(36, min(MOST_DPI, int(72 * LONGEST / max(width, height))))
    return PagePicture(pages.page_image(file, page, dpi=dpi).convert("RGB"), width)


class PagePicture:
    """A drawn page, of which parts are taken."""

    def __init__(self, image: Image.Image, width: float) -> None:
        """`width` is the page's in points."""
        self._image = image
        self._width = width
        self._scale = image.width / width

    def around(self, boxes: Sequence[Box], alt: str) -> Picture:
        """The full width of the page around some boxes, these marked."""
        around = Box.around(boxes)
        spare = max(0.0, LEAST - around.height - ABOVE - BELOW) / 2
        top = max(0, round((around.top - ABOVE - spare) * self._scale))
        bottom = min(self._image.height, round((around.bottom + BELOW + spare) * self._scale))
        # Boxes beyond the page's edge must not make an empty picture.
        top, bottom = (top, bottom) if bottom - top > 8 else (0, self._image.height)
        return _encoded(mark_words(self._image, self._width, boxes).crop((0, top, self._image.width, bottom)), alt)

    def whole(self, boxes: Sequence[Box], alt: str) -> Picture:
        """The whole page, the boxes marked."""
        return _encoded(mark_words(self._image, self._width, boxes), alt)


def _encoded(image: Image.Image, alt: str) -> Picture:
    jpeg = BytesIO()
    image.save(jpeg, "JPEG", quality=QUALITY)
    return Picture(jpeg.getvalue(), image.width, image.height, alt)
