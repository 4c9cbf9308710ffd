"""Whether a picture shows enough to be described at all, told from its pixels before a model sees it."""

from __future__ import annotations

import io

from cpgassist.types import Photo

SMALLEST_SIDE = 64
"""Pixels; below, there is nothing to see and models invent."""
_FLAT, _DARK = 8, 24
"""Levels of 255. Kept low: a faint rash and dark skin in poor light must reach the model."""
_LOOKED_AT = 48
"""Pixels of the longest side after averaging, which takes a sensor's noise away."""
_RETAKE = "Take the photo again."


def unusable(photo: Photo) -> str:
    """Why nothing can be described in a photo, and what to do; "" where something may be."""
    called = photo.label or "The photo"
    if min(photo.width, photo.height) < SMALLEST_SIDE:
        return f"{called} is too small to describe: {photo.width} x {photo.height} pixels. Give the original."
    lowest, highest = _range(photo.png)
    if max(high - low for low, high in zip(lowest, highest, strict=True)) <= _FLAT:
        return f"{called} is blank: it is nearly one colour all over. {_RETAKE}"
    if max(highest) <= _DARK:
        return f"{called} is too dark to describe. {_RETAKE}"
    return ""


def _range(png: bytes) -> tuple[list[float], list[float]]:
    """The lowest and highest value of each channel, noise averaged away."""
    from PIL import Image

    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        small = image.convert("RGB").reduce(max(1, max(image.size) // _LOOKED_AT))
    extremes = [channel.getextrema() for channel in small.split()]
    return [float(low) for low, _ in extremes], [float(high) for _, high in extremes]  # type: ignore[arg-type]
