"""The words of a real PDF page that lie under the marks on its picture, by code that shares nothing with cpgassist."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import pypdfium2

Share = tuple[float, float, float, float]
"""Left, top, right, bottom of a mark, each a share of the page's picture."""


@cache
def _document(path: Path) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(path)


def words_in(path: Path, page: int, marks: list[Share]) -> str:
    """The text layer's words under the marks, one mark after the other."""
    sheet = _document(path)[page - 1]
    text = sheet.get_textpage()
    return " ".join(text.get_text_bounded(*_area(sheet, mark)) for mark in marks)


def _area(sheet: pypdfium2.PdfPage, mark: Share) -> Share:
    """The mark as left, bottom, right, top in the page's own points, whichever way the page is turned."""
    left, bottom, right, top = sheet.get_bbox()
    width, height = right - left, top - bottom
    x, y, r, b = mark
    match sheet.get_rotation():
        case 0:
            shares = (x, 1 - b, r, 1 - y)
        case 90:
            shares = (y, x, b, r)
        case 180:
            shares = (1 - r, y, 1 - x, b)
        case _:
            shares = (1 - b, 1 - r, 1 - y, 1 - x)
    return (
        left + shares[0] * width,
        bottom + shares[1] * height,
        left + shares[2] * width,
        bottom + shares[3] * height,
    )


def stands_on(path: Path, page: int, quote: str) -> bool:
    """Whether the quote stands anywhere on the page."""
    return _folded(quote) in _folded(_document(path)[page - 1].get_textpage().get_text_bounded())


def same_words(under: str, quote: str) -> bool:
    """Whether the words under the marks are the quote, but for white space.

    A hyphen at the end of a line may be the quote's own or not; a reference mark that is set against a sentence's first
    word shares that word's box; and bars stand between the quoted cells of a row alone.
    """
    parts = (re.escape(_folded(part)) for part in re.split("[\x02\ufffe]", under))
    words = "-?".join(parts)
    return re.fullmatch(words.removeprefix("\\*"), _folded(quote).removeprefix("*")) is not None


def _folded(words: str) -> str:
    plain = unicodedata.normalize("NFKC", words)
    return "".join(one for one in plain if not (one.isspace() or one in "|\u00ad" or ord(one) < 32))
