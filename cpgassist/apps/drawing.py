"""A page picture with what was read drawn on it, so that every rule of the reader can be seen at work."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from cpgassist.types import Passage

COLOURS = {
    "text": (70, 110, 200),
    "recommendation": (20, 140, 90),
    "table": (200, 110, 20),
    "flowchart": (150, 60, 170),
    "figure": (150, 60, 170),
    "toc": (140, 140, 140),
    "reference_list": (140, 140, 140),
    "running_head": (190, 190, 190),
    "no_text": (200, 40, 40),
    "hidden": (200, 40, 40),
}


def draw_page(picture: Image.Image, size: tuple[float, float], passages: Sequence[Passage], page: int) -> Image.Image:
    """The picture with a frame around each passage in the colour of its kind, numbered, and a legend below.

    `size` is the page's width and height in points.
    """
    scale = picture.width / size[0]
    base = picture.convert("RGBA")
    layer = Image.new("RGBA", base.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    for number, passage in enumerate(passages, 1):
        colour = COLOURS.get(passage.kind, (0, 0, 0))
        for place in passage.at:
            if place.page != page:
                continue
            for box in place.boxes:
                corners = (box.left * scale - 2, box.top * scale - 2, box.right * scale + 2, box.bottom * scale + 2)
                draw.rectangle(corners, outline=(*colour, 255), fill=(*colour, 28), width=2)
                draw.text((corners[0] + 2, corners[1] - 12), str(number), fill=(*colour, 255))
    drawn = Image.alpha_composite(base, layer).convert("RGB")
    return _with_legend(drawn, passages)


def _with_legend(picture: Image.Image, passages: Sequence[Passage]) -> Image.Image:
    lines = [_legend_line(number, passage) for number, passage in enumerate(passages, 1)]
    height = 16 * len(lines) + 12
    canvas = Image.new("RGB", (picture.width, picture.height + height), "white")
    canvas.paste(picture, (0, 0))
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default()
    for i, (text, kind) in enumerate(lines):
        draw.text((8, picture.height + 6 + 16 * i), text, fill=COLOURS.get(kind, (0, 0, 0)), font=font)
    return canvas


def _legend_line(number: int, passage: Passage) -> tuple[str, str]:
    path = " > ".join(passage.heading_path)
    grade = f" [{passage.grade}]" if passage.grade else ""
    return f"{number} {passage.kind}{grade}  {path}"[:170], passage.kind
