"""What a file is, told by its content and never by its name."""

from __future__ import annotations

import re
from typing import Literal

from cpgassist.errors import PhotoError

Kind = Literal["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "HEIF", "DICOM"]

READ = "JPEG, PNG, WebP, TIFF, BMP, GIF, HEIC and DICOM"
_EXPORT = "Save the picture as JPEG or PNG and give that file."

_KINDS: tuple[tuple[Kind, re.Pattern[bytes]], ...] = (
    # First: the preamble may hold the head of another format, so that old viewers show something.
    ("DICOM", re.compile(rb".{128}DICM", re.DOTALL)),
    ("JPEG", re.compile(rb"\xff\xd8\xff")),
    ("PNG", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("WEBP", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("TIFF", re.compile(rb"II\*\0|MM\0\*")),
    ("GIF", re.compile(rb"GIF8[79]a")),
    ("BMP", re.compile(rb"BM.{4}\0\0\0\0", re.DOTALL)),
    ("HEIF", re.compile(rb".{4}ftyp(?:hei[cmsx]|hev[cmsx]|mif1|msf1)", re.DOTALL)),
    # DICOM without its preamble: the first element is of group 2 or 8, with a value representation or a length.
    ("DICOM", re.compile(rb"[\x02\x08]\0.\0(?:[A-Z]{2}|..\0\0)", re.DOTALL)),
)

_SAVE = "Save the picture itself and give that."
_MARKUP = rb"(?:\xef\xbb\xbf)?\s*"
_OTHERS: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (re.compile(rb"\s*%PDF-"), "a PDF", "Guidelines are read by reindex; of a PDF with a photo, save the photo alone."),
    (re.compile(rb"PK(?:\x03\x04|\x05\x06|\x07\x08)"), "a ZIP or Office file", "Unpack it and give the picture itself."),
    (re.compile(rb"\x1f\x8b|7z\xbc\xaf|Rar!|BZh|\xfd7zXZ"), "a packed file", "Unpack it and give the picture itself."),
    (re.compile(_MARKUP + rb"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:!DOCTYPE )?svg", re.S | re.I), "an SVG drawing", _EXPORT),
    (re.compile(_MARKUP + rb"<(?:!DOCTYPE html|html|head|body|script|title|meta)", re.I), "a web page", _SAVE),
    (re.compile(_MARKUP + rb"<\?xml", re.I), "an XML file", _EXPORT),
    (re.compile(rb".{4}ftyp(?:avif|avis)", re.S), "an AVIF picture", _EXPORT),
    (re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"), "a JPEG 2000 picture", _EXPORT),
    (re.compile(rb".{4}ftyp|\x1aE\xdf\xa3|RIFF....AVI |\0\0\x01[\xba\xb3]", re.S), "a video", "Save one picture of it."),
    (re.compile(rb"8BPS"), "a Photoshop file", _EXPORT),
    (re.compile(rb"%!PS|\xc5\xd0\xd3\xc6"), "a PostScript file", _EXPORT),
    (re.compile(rb"\x7fELF|MZ|#!"), "a program", _EXPORT),
)  # fmt: skip


def kind_of(content: bytes, name: str = "The photo") -> Kind:
    """The format of a picture; raises PhotoError, saying what the file is instead, where it is no picture we read."""
    if not content:
        raise PhotoError(f"{name} is empty.", "Give the picture file again; perhaps it was not copied whole.")
    head = content[:4096]
    for kind, begins in _KINDS:
        if begins.match(head):
            return kind
    for begins, called, cure in _OTHERS:
        if begins.match(head):
            raise PhotoError(f"{name} is {called}, whatever its name says, not a photo.", cure)
    raise PhotoError(f"{name} is not a picture that can be read.", f"Pictures are read as {READ}.")
