"""Flowables that stand in one place and are emitted in another, and a page that is only a picture."""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING

from PIL import Image as Picture
from PIL import ImageDraw, ImageFont
from reportlab.lib.colors import HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import TTFOpenFile
from reportlab.platypus import Flowable, Image, Paragraph

if TYPE_CHECKING:
    from layout import House

_DPI = 120


class Late(Flowable):
    """Keeps its place on the page, but is written at the end of the page's content stream."""

    def __init__(self, inner: Flowable) -> None:
        super().__init__()
        self.inner = inner
        self.spaceBefore, self.spaceAfter = inner.spaceBefore, inner.spaceAfter

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return self.inner.wrap(width, height)

    def drawOn(self, canvas: object, x: float, y: float, _sW: float = 0) -> None:
        canvas.late.append(lambda: self.inner.drawOn(canvas, x, y, _sW))


class Marked(Paragraph):
    """A paragraph with a class and level in a small box in the left margin, written at the end of the page."""

    def __init__(self, text: str, style: object, mark: str, house: House) -> None:
        super().__init__(text, style)
        self.mark, self.house = mark, house

    def split(self, width: float, height: float) -> list[Flowable]:
        return []  # a mark belongs to the whole paragraph, which moves to the next page

    def drawOn(self, canvas: object, x: float, y: float, _sW: float = 0) -> None:
        super().drawOn(canvas, x, y, _sW)
        canvas.late.append(lambda: self._draw_mark(canvas, x, y))

    def _draw_mark(self, canvas: object, x: float, y: float) -> None:
        width, height = 38, 15
        top = y + self.height - height + 1.5
        canvas.setFillColor(self.house.panel)
        canvas.setStrokeColor(self.house.accent)
        canvas.setLineWidth(0.7)
        canvas.rect(x - width - 14, top, width, height, stroke=1, fill=1)
        canvas.setFillColor(HexColor("#000000"))
        canvas.setFont(self.house.bold, 8.6)
        canvas.drawCentredString(x - width / 2 - 14, top + 4.4, self.mark)


class TocLine(Flowable):
    """One line of a contents list: title, dot leaders, page number."""

    def __init__(self, level: int, text: str, label: str, house: House, width: float) -> None:
        super().__init__()
        self.level, self.text, self.label, self.house, self.line = level, text, label, house, width

    def wrap(self, *_: float) -> tuple[float, float]:
        return self.line, self.house.points * 1.5

    def draw(self) -> None:
        font = self.house.bold if self.level == 1 else self.house.font
        size, indent = self.house.points - 0.3, 11 * (self.level - 1)
        self.canv.setFont(font, size)
        self.canv.drawString(indent, 2, self.text)
        start = indent + stringWidth(self.text, font, size) + 4
        dot = stringWidth(".", font, size)
        count = max(0, int((self.line - 24 - start) / dot))
        self.canv.drawString(self.line - 24 - count * dot, 2, "." * count)
        self.canv.drawRightString(self.line, 2, self.label)


def scanned_page(text: str, page: tuple[float, float]) -> Image:
    """The text as a grey, slightly turned picture of a page: nothing of it is in the text layer."""
    scale = _DPI / 72
    width, height = (round(side * scale) for side in page)
    sheet = Picture.new("L", (width, height), 236)
    pen, y = ImageDraw.Draw(sheet), round(60 * scale)
    for paragraph in text.split("\n\n"):
        heading = paragraph.startswith("# ")
        font = _font("VeraBd" if heading else "Vera", round((12 if heading else 10.2) * scale))
        for line in textwrap.wrap(paragraph.removeprefix("# "), 56 if heading else 80):
            pen.text((round(62 * scale), y), line, font=font, fill=40)
            y += round((19 if heading else 16.5) * scale)
        y += round(10 * scale)
    sheet = sheet.rotate(0.5, Picture.Resampling.BICUBIC, fillcolor=236)
    sheet = sheet.point([value // 16 * 17 for value in range(256)])  # few grey levels keep the file small
    data = io.BytesIO()
    sheet.save(data, "PNG")
    data.seek(0)
    return Image(data, page[0], page[1])


def _font(face: str, size: int) -> ImageFont.FreeTypeFont:
    path, _ = TTFOpenFile(f"{face}.ttf")
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
