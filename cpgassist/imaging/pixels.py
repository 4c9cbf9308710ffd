"""Pixels of any depth and colour -> upright RGB with 8 bits a channel, and nothing but pixels."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageCms

from cpgassist.errors import PhotoError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_SIDE = 1792
"""Pixels of the longest side that is kept: twice what MedGemma looks at."""
PERCENTILES = (0.1, 99.9)
"""What becomes black and white where 16 bits become 8: a few hot pixels or a burnt-in marker do not set the scale."""
_SAMPLE = 2_000_000
"""Pixels that percentiles are taken of, evenly spread."""
_ROWS = 256
"""Rows that are worked on at a time: 25 million pixels in floating point would fill a small machine."""
_ICC_BYTES = 4 * 1024 * 1024
_DEEP = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What sets a picture upright, by its EXIF orientation."""


def windowed(values: NDArray[Any], ignore: NDArray[np.bool_] | None = None) -> NDArray[np.uint8]:
    """Grey values of any type and range, shape (height, width), as 8 bits: linear between two percentiles.

    Values where `ignore` is true, NaN and infinity do not set the scale. Raises PhotoError where nothing is left.
    """
    counted = np.isfinite(values)
    if ignore is not None and not ignore.all():
        counted &= ~ignore
    known = values[counted]
    if not known.size:
        raise PhotoError("The photo holds no pixel values.", "Save the picture again as JPEG or PNG.")
    low, high = np.percentile(known[:: known.size // _SAMPLE + 1].astype(np.float64), PERCENTILES)
    if not high > low:
        low, high = known.min(), known.max()
    return scaled(values, float(low), float(high))


def scaled(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Values as 8 bits, `low` black and `high` white; one grey where they are the same."""
    made = np.full(values.shape, 128, dtype=np.uint8)
    for at in range(0, len(values) if high > low else 0, _ROWS):
        ramp = (values[at : at + _ROWS].astype(np.float64) - low) / (high - low)
        made[at : at + _ROWS] = np.rint(np.clip(np.nan_to_num(ramp, nan=0.0), 0.0, 1.0) * 255)
    return made


def is_deep(image: Image.Image) -> bool:
    """Whether a picture has more than 8 bits a channel."""
    return image.mode in _DEEP


def to_8_bits(image: Image.Image) -> Image.Image:
    """A grey picture of 16 or 32 bits as one of 8."""
    grey = windowed(np.asarray(image))
    white_is_zero = getattr(image, "tag_v2", {}).get(262) == 0  # Pillow inverts those of 8 bits only
    return Image.fromarray(255 - grey if white_is_zero else grey)


def orientation(image: Image.Image) -> int:
    """The EXIF orientation of a loaded picture, 1 to 8; 1 where it says none. Pillow turns TIFF by itself on loading."""
    try:
        said = image.getexif().get(0x0112, 1)
    except Exception:  # damaged EXIF says nothing
        return 1
    return said if said in _TURNS else 1


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """The picture upright, by its EXIF orientation."""
    return image if orientation == 1 else image.transpose(_TURNS[orientation])


def on_white(image: Image.Image) -> Image.Image:
    """The picture in a mode without palette and transparency: what was transparent is white."""
    if image.mode in ("LA", "PA", "La", "RGBa", "RGBA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def shrunk(image: Image.Image) -> Image.Image:
    """The picture with its longest side at most LONGEST_SIDE pixels, itself where it is."""
    share = LONGEST_SIDE / max(image.size)
    if share >= 1:
        return image
    width, height = (max(1, round(side * share)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def in_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, str]:
    """The picture as RGB in sRGB, and a note where its colour profile could not be followed."""
    if not profile:
        return image.convert("RGB"), ""
    try:
        return _converted(image, profile), ""
    except Exception:  # lcms has no exception of its own for most damage
        return image.convert("RGB"), "The colour profile could not be followed; colours may differ a little."


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    if len(profile) > _ICC_BYTES:
        raise ValueError("too large")
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = source.profile.xcolor_space.strip()
    if space == "RGB":
        image = image.convert("RGB")
    elif space != {"L": "GRAY", "CMYK": "CMYK"}.get(image.mode):
        raise ValueError("of another kind of picture")
    made = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    if made is None:
        raise ValueError("not converted")
    return made


def png_of(image: Image.Image) -> bytes:
    """An RGB picture as a PNG that holds nothing but pixels."""
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    file = io.BytesIO()
    bare.save(file, "PNG", compress_level=3)
    return file.getvalue()
