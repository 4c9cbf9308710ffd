"""Pictures that tests draw: corners of four colours, so that each way of turning shows."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw

from cpgassist.types import Photo

RED, GREEN, BLUE, GREY = (220, 40, 40), (40, 200, 40), (40, 40, 220), (128, 128, 128)


def picture(width: int = 120, height: int = 80) -> Image.Image:
    """Red top left, green top right, blue bottom left, grey bottom right."""
    image = Image.new("RGB", (width, height), GREY)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 2 - 1, height // 2 - 1), RED)
    draw.rectangle((width // 2, 0, width, height // 2 - 1), GREEN)
    draw.rectangle((0, height // 2, width // 2 - 1, height), BLUE)
    return image


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def pixels(photo: Photo) -> np.ndarray:
    with Image.open(io.BytesIO(photo.png)) as image:
        assert image.mode == "RGB" and image.size == (photo.width, photo.height)
        return np.asarray(image).astype(int)


def close(photo: Photo, image: Image.Image, within: float = 6.0) -> bool:
    """Whether a photo shows this picture, but for what lossy formats do at edges."""
    seen, drawn = pixels(photo), np.asarray(image.convert("RGB")).astype(int)
    return seen.shape == drawn.shape and float(np.abs(seen - drawn).mean()) < within


def chunks(png: bytes) -> list[bytes]:
    """The kinds of chunks of a PNG, in order; its end is the file's end."""
    kinds, at = [], 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        kinds.append(png[at + 4 : at + 8])
        at += size + 12
    assert at == len(png)
    return kinds
