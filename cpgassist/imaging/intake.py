"""A photo from anywhere -> a Photo: upright, 8 bits, RGB, and not a byte of what the camera wrote beside it.

Size and pixels are checked before anything is decoded. Every failure is a PhotoError.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from cpgassist.errors import PhotoError
from cpgassist.imaging import pixels
from cpgassist.imaging.headers import jpeg_scans, webp_size
from cpgassist.imaging.kinds import Kind, kind_of
from cpgassist.types import Photo

__all__ = ["MAX_BYTES", "MAX_PHOTOS", "MAX_PIXELS", "Source", "open_photo", "open_photos"]

Source = str | Path | bytes | Image.Image
"""A file's path, its content, or a picture that was opened already."""

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 25_000_000
MAX_PHOTOS = 4
_MAX_SCANS = 100
"""Passes of one progressive JPEG; encoders write about ten, and thousands keep a processor busy for minutes."""
_SMALLER = "Export it smaller, for example with a longest side of 2000 pixels."
_AGAIN = "Copy or export it again, as JPEG or PNG."


def open_photos(sources: Sequence[Source], pairs: bool = False) -> tuple[Photo, ...]:
    """Photos of one patient, labelled "Photo 1" and so on, or "Before" and "After" where they are `pairs`.

    Raises PhotoError for more than MAX_PHOTOS, for an odd number of pairs, and for the first photo that cannot be read.
    """
    if len(sources) > MAX_PHOTOS:
        raise PhotoError(f"{len(sources)} photos are too many.", f"Choose at most {MAX_PHOTOS}.")
    if pairs and len(sources) % 2:
        raise PhotoError("A before and after pair has two photos.", "Give them in the order before, after.")
    return tuple(open_photo(source, label) for source, label in zip(sources, _labels(len(sources), pairs), strict=True))


def _labels(count: int, pairs: bool) -> list[str]:
    if pairs:
        numbers = [""] if count == 2 else [f" {number}" for number in range(1, count // 2 + 1)]
        return [f"{when}{number}" for number in numbers for when in ("Before", "After")][:count]
    return [f"Photo {number}" for number in range(1, count + 1)] if count > 1 else [""] * count


def open_photo(source: Source, label: str = "") -> Photo:
    """One photo, ready for a model.

    Raises PhotoError, naming the reason and what to do, where it is missing, too large, damaged or no photo at all.
    """
    name = (Path(source).name if isinstance(source, (str, Path)) else "")[:80] or "The photo"
    try:
        image, notes = _opened(source, name)
        return _photo(image, notes, " ".join(label.split()), name)
    except PhotoError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(name) from error
    except (MemoryError, RecursionError) as error:
        raise PhotoError(f"{name} asks for more memory than a photo needs.", _SMALLER) from error
    except Exception as error:  # decoders raise OSError, ValueError, SyntaxError, struct.error, KeyError, ...
        raise PhotoError(f"{name} is damaged or cut off and cannot be read.", _AGAIN) from error


def _opened(source: Source, name: str) -> tuple[Image.Image, list[str]]:
    if isinstance(source, Image.Image):
        _check_pixels(source.size, name)
        source.load()  # whole, for it is the caller's
        return source, []
    if not isinstance(source, (bytes, bytearray, memoryview, str, Path)):
        raise PhotoError(f"A photo cannot be made of {type(source).__name__}.", "Give a file, its bytes, or a picture.")
    content = _content(source, name) if isinstance(source, (str, Path)) else source
    if len(content) > MAX_BYTES:
        raise _too_many_bytes(name)
    content = bytes(content)
    kind = kind_of(content, name)
    if kind == "DICOM":
        from cpgassist.imaging.dicom import open_dicom

        return open_dicom(content, name, MAX_PIXELS)
    if kind == "HEIF":
        return _open_heif(content, name)
    return _open_plain(content, kind, name)


def _content(path: str | Path, name: str) -> bytes:
    if re.match(r"(?i)(?:https?|ftp|data):", str(path)):
        raise PhotoError("Photos are read from files, never fetched.", "Save the photo and give the file.")
    try:
        if not os.path.isfile(path):
            what = "is a folder" if os.path.isdir(path) else "is no file" if os.path.exists(path) else "is not there"
            raise PhotoError(f"{name} {what}.", "Name the picture file.")
        if os.path.getsize(path) > MAX_BYTES:
            raise _too_many_bytes(name)
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name cannot be used"
        raise PhotoError(f"{name} cannot be opened: {reason}.", "Check the file's name and permissions.") from error


def _open_plain(content: bytes, kind: Kind, name: str) -> tuple[Image.Image, list[str]]:
    if kind == "WEBP":
        _check_pixels(webp_size(content), name)  # Pillow's decoder makes its canvas while it opens
    if kind == "JPEG" and jpeg_scans(content) > _MAX_SCANS:
        raise PhotoError(f"{name} is a JPEG that was made to keep a decoder busy.", _AGAIN)
    image = Image.open(io.BytesIO(content), formats=[kind])
    _check_pixels(image.size, name)
    # Of a JPEG, further pictures are previews and depth maps, not frames.
    several = kind != "JPEG" and getattr(image, "is_animated", False)
    return image, ["The file holds several pictures; only the first was taken."] if several else []


def _open_heif(content: bytes, name: str) -> tuple[Image.Image, list[str]]:
    try:
        import pillow_heif
    except ImportError as error:
        raise PhotoError(
            f"{name} is a HEIC picture, and the package that reads those is not installed.",
            "Install it (pip install pillow-heif), or save the picture as JPEG.",
        ) from error
    file = pillow_heif.open_heif(io.BytesIO(content), convert_hdr_to_8bit=True)
    _check_pixels(file.size, name)
    image = file.to_pillow()
    image.info.pop("exif", None)  # libheif has set it upright
    image.info.pop("xmp", None)
    several = ["The file holds several pictures; only the main one was taken."] if len(file) > 1 else []
    return image, several


def _photo(image: Image.Image, notes: list[str], label: str, name: str) -> Photo:
    size = image.size
    image.draft(None, (pixels.LONGEST_SIDE, pixels.LONGEST_SIDE))  # decodes a large JPEG at a fraction of its size
    image.load()
    _check_pixels(image.size, name)  # the first frame of a GIF may be larger than its header says
    orientation, profile = pixels.orientation(image), image.info.get("icc_profile")
    if pixels.is_deep(image):
        image, profile = pixels.to_8_bits(image), None  # the profile was made for other values
        notes = [*notes, "Grey values of more than 8 bits were windowed to 8."]
    image = pixels.shrunk(pixels.on_white(pixels.turned(image, orientation)))
    if max(size) > max(image.size):
        notes = [*notes, f"Shrunk from {size[0]} x {size[1]} pixels, so that small details may be lost."]
    image, lost = pixels.in_srgb(image, profile)
    notes = [*notes, lost] if lost else notes
    return Photo(pixels.png_of(image), *image.size, label=label, notes=tuple(notes))


def _check_pixels(size: tuple[int, int], name: str) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise _too_many_pixels(name)


def _too_many_pixels(name: str) -> PhotoError:
    return PhotoError(f"{name} has more than {MAX_PIXELS // 1_000_000} million pixels.", _SMALLER)


def _too_many_bytes(name: str) -> PhotoError:
    return PhotoError(f"{name} is larger than {MAX_BYTES // 1024 // 1024} MB.", _SMALLER)
