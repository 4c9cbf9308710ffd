"""A page picture with what was read drawn on it, so that every rule of the reader can be seen at work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from PIL import Image, ImageChops, ImageDraw, ImageFont

from cpgassist.types import Box, Passage

Colour = tuple[int, int, int]

COLOURS: dict[str, Colour] = {
    "text": (70, 110, 200),
    "recommendation": (20, 140, 90),
    "table": (200, 110, 20),
    "flowchart": (150, 60, 170),
    "figure": (190, 50, 130),
    "toc": (140, 140, 140),
    "reference_list": (140, 140, 140),
    "running_head": (170, 170, 170),
    "no_text": (200, 40, 40),
    "hidden": (200, 40, 40),
}
OCR: Colour = (150, 130, 0)
"""Lines that OCR read."""
SECTION: Colour = (20, 20, 20)
"""The bar beside the passages of one section."""

QUOTED: Colour = (255, 232, 64)
QUOTED_EDGE: Colour = (176, 132, 0)  # a printout in grey shows the edge where the yellow is lost

_AROUND_WORDS = 1.5  # points: a mark that touches the letters is hard to read
_LINE = 16
_BAR = 5


def mark_words(picture: Image.Image, width: float, boxes: Sequence[Box]) -> Image.Image:
    """A copy of a page's picture with translucent marks on some boxes: black letters stay black.

    `width` is the page's in points.
    """
    scale = picture.width / width
    ink = Image.new("RGB", picture.size, "white")
    draw = ImageDraw.Draw(ink)
    for box in boxes:
        left, top = box.left - _AROUND_WORDS, box.top - _AROUND_WORDS
        right, bottom = max(left, box.right + _AROUND_WORDS), max(top, box.bottom + _AROUND_WORDS)
        draw.rectangle([edge * scale for edge in (left, top, right, bottom)], fill=QUOTED, outline=QUOTED_EDGE, width=1)
    return ImageChops.multiply(picture.convert("RGB"), ink)


def draw_page(picture: Image.Image, size: tuple[float, float], passages: Sequence[Passage], page: int) -> Image.Image:
    """The picture with what was read on it, and a legend below.

    Each passage has a numbered frame in the colour of its kind, its grade beside the number; cells of tables and lines
    read by OCR have thin frames of their own; a bar runs beside each section. `size` is the page's
    width and height in points.
    """
    canvas = _Canvas(picture, size)
    coloured = [(passage, COLOURS.get(passage.kind, (0, 0, 0))) for passage in passages]
    for passage, colour in coloured:
        for box in _boxes(passage, page):
            canvas.frame(box, colour, crossed=passage.kind == "hidden")
    # What lies inside frames is drawn after all of them, for their tint covers what was there.
    for number, (passage, colour) in enumerate(coloured, 1):
        for box in _cells(passage, page):
            canvas.thin(box, colour)
        for box in _read_by_ocr(passage, page):
            canvas.thin(box, OCR)
        for box in _boxes(passage, page)[:1]:
            canvas.name(box, f"{number} {passage.grade}" if passage.grade else str(number), colour)
    sections = list(_sections(passages))
    for number, (_, held) in enumerate(sections, 1):
        boxes = [box for passage in held for box in _boxes(passage, page)]
        if boxes:
            beside = boxes[0]
            for box in boxes[1:]:
                # A section that goes on in the next column has its bar where it begins.
                beside = beside.union(box) if abs(box.left - boxes[0].left) < size[0] / 4 else beside
            canvas.bar(beside, f"S{number}")
    return _with_legend(canvas.drawn(), _legend(passages, sections, page))


def _boxes(passage: Passage, page: int) -> list[Box]:
    return [box for place in passage.at if place.page == page for box in place.boxes]


def _cells(passage: Passage, page: int) -> list[Box]:
    return [cell.box for cell in passage.table.cells if cell.page == page] if passage.table is not None else []


def _read_by_ocr(passage: Passage, page: int) -> list[Box]:
    seen = [s for s in passage.sentences if s.confidence is not None and s.page == page]
    return [box for sentence in seen for box in sentence.boxes]


def _sections(passages: Sequence[Passage]) -> Iterator[tuple[tuple[str, ...], list[Passage]]]:
    """Runs of passages under one heading path; what stands under none has no section."""
    for path, held in groupby(passages, key=lambda passage: passage.heading_path):
        if path:
            yield path, list(held)


class _Canvas:
    """A picture that is drawn on in points."""

    def __init__(self, picture: Image.Image, size: tuple[float, float]) -> None:
        self._base = picture.convert("RGBA")
        self._scale = picture.width / size[0]
        self._layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
        self._draw = ImageDraw.Draw(self._layer)
        self._font = ImageFont.load_default()

    def frame(self, box: Box, colour: Colour, crossed: bool = False) -> None:
        """A tinted frame two pixels outside a box; crossed out for what the page does not show."""
        corners = self._corners(box, 2)
        self._draw.rectangle(corners, outline=(*colour, 255), fill=(*colour, 28), width=2)
        if crossed:
            self._draw.line(corners, fill=(*colour, 200), width=1)

    def thin(self, box: Box, colour: Colour) -> None:
        """A thin frame on a box."""
        self._draw.rectangle(self._corners(box, 0), outline=(*colour, 230), width=1)

    def name(self, box: Box, text: str, colour: Colour) -> None:
        """A label above the right end of a box, where print is rare."""
        left, top, right, _ = self._corners(box, 2)
        width = self._draw.textlength(text, font=self._font)
        at = max(left, right - width - 6)
        self._draw.rectangle((at, top - 12, at + width + 6, top), fill=(*colour, 255))
        self._draw.text((at + 3, top - 12), text, fill=(255, 255, 255, 255), font=self._font)

    def bar(self, box: Box, text: str) -> None:
        """A bar left of a box with a label at its upper end."""
        left, top, _, bottom = self._corners(box, 2)
        left = max(0, left - 10)
        self._draw.rectangle((left, top, left + _BAR - 1, bottom), fill=(*SECTION, 255))
        self._draw.text((left, max(0, top - 12)), text, fill=(*SECTION, 255), font=self._font)

    def drawn(self) -> Image.Image:
        """The picture with all of it."""
        return Image.alpha_composite(self._base, self._layer).convert("RGB")

    def _corners(self, box: Box, outside: int) -> tuple[float, float, float, float]:
        left, top, right, bottom = (side * self._scale for side in (box.left, box.top, box.right, box.bottom))
        # Pillow refuses corners in the wrong order, which a box of a turned page may have.
        left, right, top, bottom = min(left, right), max(left, right), min(top, bottom), max(top, bottom)
        return left - outside, top - outside, right + outside, bottom + outside


def _legend(
    passages: Sequence[Passage], sections: Sequence[tuple[tuple[str, ...], list[Passage]]], page: int
) -> list[tuple[str, Colour]]:
    lines = []
    if any(_cells(passage, page) for passage in passages):
        lines.append(("thin frames in a table: its cells", COLOURS["table"]))
    if any(_read_by_ocr(passage, page) for passage in passages):
        lines.append(("thin frames: lines read by OCR; check their numbers", OCR))
    if any(passage.kind == "hidden" for passage in passages):
        lines.append(("crossed frames: text that the page does not show", COLOURS["hidden"]))
    for number, (path, _) in enumerate(sections, 1):
        named = " > ".join(path)
        # The innermost heading tells most.
        lines.append((f"S{number} section  {named if len(named) <= 110 else f'... {named[-110:]}'}", SECTION))
    of = {id(passage): f"S{number}" for number, (_, held) in enumerate(sections, 1) for passage in held}
    lines += [
        (_line(number, passage, of.get(id(passage), "")), COLOURS.get(passage.kind, (0, 0, 0)))
        for number, passage in enumerate(passages, 1)
    ]
    return lines


def _line(number: int, passage: Passage, section: str) -> str:
    grade = f" [{passage.grade}]" if passage.grade else ""
    ocr = " OCR" if passage.read_by_ocr else ""
    unsure = " cells unsure" if passage.table is not None and not passage.table.reliable else ""
    words = " ".join(passage.text.replace("•", "-").split())
    return f"{number} {passage.kind}{grade}{ocr}{unsure}  {section}  {words}"[:170]


def _with_legend(picture: Image.Image, lines: Sequence[tuple[str, Colour]]) -> Image.Image:
    canvas = Image.new("RGB", (picture.width, picture.height + _LINE * len(lines) + 12), "white")
    canvas.paste(picture, (0, 0))
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default()
    for i, (text, colour) in enumerate(lines):
        down = picture.height + 6 + _LINE * i
        draw.rectangle((8, down + 2, 18, down + 12), fill=colour)
        draw.text((24, down), text, fill=colour, font=font)
    return canvas
