"""Where on the page as it is shown a place in PDF user space is."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pypdfium2 as pdfium

from cpgassist.types import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Side = TypeVar("Side", float, NDArray[np.float64])


class Frame:
    """Maps PDF user space to points from the visible page's top left corner, the page turned as it is shown."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        self.left, self.bottom, self.right, self.top = page.get_bbox()
        self.turned = page.get_rotation() % 360
        self.width, self.height = page.get_size()

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """The rectangle of the page that these coordinates of the PDF frame, to a hundredth of a point."""
        left, top, right, bottom = self.sides(left, bottom, right, top)
        return Box(round(left, 2), round(top, 2), round(right, 2), round(bottom, 2))

    def sides(self, left: Side, bottom: Side, right: Side, top: Side) -> tuple[Side, Side, Side, Side]:
        """Left, top, right and bottom on the page of one rectangle or, in arrays, of many."""
        left, right = left - self.left, right - self.left
        bottom, top = bottom - self.bottom, top - self.bottom
        if self.turned == 90:
            return bottom, left, top, right
        if self.turned == 180:
            return self.width - right, bottom, self.width - left, top
        if self.turned == 270:
            return self.width - top, self.height - right, self.width - bottom, self.height - left
        return left, self.height - top, right, self.height - bottom
