"""Finds a quote again on its page, in the PDF itself: what the page prints, and the boxes that cover it.

This reads the page's characters anew and shares nothing with the code that cut the passage, so a passage that strayed
from its page is never shown as a quote.
"""

from __future__ import annotations

import ctypes
import hashlib
import re
import threading
import unicodedata
import weakref
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image

from cpgassist.errors import DocumentError, InputError
from cpgassist.reading import calls
from cpgassist.reading.frame import Frame
from cpgassist.reading.opening import check_drawable, open_quickly
from cpgassist.reading.symbols import CONTROLS, SYMBOL
from cpgassist.types import Box, Quote

_PDFIUM = threading.RLock()
"""pdfium keeps state that all documents of a process share: one thread at a time (measured: two segfault)."""
_KEPT = 32
"""Pages that are kept open for the next question."""


class PdfPages:
    """Pages of the PDFs in one folder. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pages: OrderedDict[tuple[str, int, int, int], _Characters] = OrderedDict()
        weakref.finalize(self, _close, self._pages)
        self._digests: dict[tuple[str, int, int], str] = {}

    def find(self, file: str, page: int, words: str) -> Quote | None:
        """The words as the page prints them with the boxes that cover them, or None when they are not on it.

        White space, hyphens at line ends and ligatures are folded; reference marks between the words are skipped.
        Words divided by " | " are cells of one row: each is looked up, and they are joined as the page prints them.
        """
        with _PDFIUM:
            characters = self._characters(file, page)
            if characters is None:
                return None
            whole = _span(characters, fold(words.replace(" | ", " ")))
            if whole is not None:
                return _quoted(characters, [whole])
            cells = [cell for cell in words.split(" | ") if fold(cell)]
            if len(cells) < 2:
                return None
            spans = _row_spans(characters, [fold(cell) for cell in cells])
            return _quoted(characters, spans) if spans is not None else None

    def shown(self, file: str, page: int, words: str, boxes: Sequence[Box]) -> Quote | None:
        """Words that OCR saw in these boxes, as a quote; None when the page has no such place.

        Nothing can confirm such words but the reader's eyes: the quote must never be called verified.
        """
        try:
            width, height = self.size(file, page)
        except (InputError, pdfium.PdfiumError):
            return None
        held = all(Box(0, 0, width, height).holds(box, 6) for box in boxes)
        return Quote(words, tuple(boxes)) if boxes and held else None

    def unchanged(self, file: str, sha256: str) -> bool:
        """Whether the file still has the content it was indexed with."""
        path = self._folder / file
        try:
            stat = path.stat()
        except (OSError, ValueError):
            return False
        if Path(file).name != file:
            return False
        key = (file, stat.st_size, stat.st_mtime_ns)
        if key not in self._digests:
            self._digests[key] = hashlib.sha256(path.read_bytes()).hexdigest()
        return self._digests[key] == sha256

    def image(self, file: str, page: int, dpi: int = 110) -> Image.Image:
        """The page as an RGB picture. Raises InputError for an unknown file or page, or a resolution out of bounds."""
        if not 10 <= dpi <= 600:
            raise InputError(f"A resolution of {dpi} dpi cannot be drawn.", "Ask for 10 to 600 dpi.")
        with _PDFIUM, self._opened(file, page) as (_, pdf_page):
            try:
                check_drawable(pdf_page)
            except ValueError as error:
                raise InputError(
                    f"Page {page} of {file} is not drawn: {error}.", "Look at it in a PDF viewer."
                ) from error
            picture: Image.Image = pdf_page.render(scale=dpi / 72).to_pil()
            return picture.convert("RGB")

    def size(self, file: str, page: int) -> tuple[float, float]:
        """Width and height of the page in points. Raises InputError for an unknown file or page."""
        with _PDFIUM, self._opened(file, page) as (_, pdf_page):
            width, height = pdf_page.get_size()
            return width, height

    def _opened(self, file: str, page: int) -> _OpenPage:
        path = self._folder / file
        if Path(file).name != file or not _is_file(path):
            raise InputError(f"There is no guideline file {file!r} in {self._folder}.", "See `cpgassist status`.")
        return _OpenPage(path, page)

    def _characters(self, file: str, page: int) -> _Characters | None:
        try:
            stat = (self._folder / file).stat()
        except (OSError, ValueError):
            return None
        key = (file, page, stat.st_size, stat.st_mtime_ns)
        if key in self._pages:
            self._pages.move_to_end(key)
            return self._pages[key]
        try:
            self._pages[key] = characters = _Characters(self._opened(file, page))
        except (InputError, pdfium.PdfiumError):
            return None
        if len(self._pages) > _KEPT:
            self._pages.popitem(last=False)[1].close()
        return characters


def _close(pages: dict[tuple[str, int, int, int], _Characters]) -> None:
    with _PDFIUM:
        for characters in pages.values():
            characters.close()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long, or with a NUL
        return False


class _OpenPage:
    def __init__(self, path: Path, page: int) -> None:
        self._path, self._number = path, page

    def __enter__(self) -> tuple[pdfium.PdfDocument, pdfium.PdfPage]:
        try:
            self._document = open_quickly(self._path)
        except (pdfium.PdfiumError, DocumentError) as error:
            raise InputError(f"{self._path.name} cannot be opened: {error}.", "Reindex the corpus.") from error
        if not 1 <= self._number <= len(self._document):
            count = len(self._document)
            self._document.close()
            raise InputError(f"{self._path.name} has no page {self._number}.", f"It has pages 1 to {count}.")
        try:
            self._page = self._document[self._number - 1]
        except pdfium.PdfiumError as error:
            self._document.close()
            raise InputError(f"Page {self._number} of {self._path.name} is damaged: {error}.", "") from error
        return self._document, self._page

    def __exit__(self, *_: object) -> None:
        self._page.close()
        self._document.close()


_HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2212\u00ad\ufffe\x02"
_BULLETS = "•●▪■◦"
_SIGNS = frozenset("≥≤±≠≈×÷−+<>=%°∞.,/0123456789αβγδµμ")
_CONTROL = re.compile(f"[{CONTROLS}]")


def fold(text: str) -> str:
    """Text without white space, bullets and the hyphens of broken words; compatibility forms resolved, lower case.

    A hyphen before a digit that no letter precedes stays: "1-5 mg" is not "15 mg", nor is "-5" "5".
    """
    return "".join(_folded(text))


def _folded(text: str) -> Iterator[str]:
    """What each character of a text folds to, "" for those that fold away."""
    before, touching = "", False
    for i, character in enumerate(text):
        kind, folded = _sorted_out(character)
        if kind == "hyphen":
            ahead = text[i + 1 : i + 2] if not before.isdigit() else text[i + 1 :].lstrip()[:1]
            keeps = ahead.isdigit() and (before.isdigit() or not touching)
            yield "-" if keeps else ""
            touching = True
        elif kind == "blank":
            touching = False
            yield ""
        elif kind == "control":
            yield ""
        else:
            before, touching = character, True
            yield folded


@lru_cache(maxsize=4096)  # a page holds a hundred different characters, thousands of times
def _sorted_out(character: str) -> tuple[Literal["hyphen", "blank", "control", "ink"], str]:
    """Of which sort a character is, and what one of ink folds to."""
    if character in _HYPHENS:
        return "hyphen", ""
    if character.isspace() or character in _BULLETS or _is_ornament(character):
        return "blank", ""
    if _CONTROL.match(character):
        return "control", ""
    return "ink", unicodedata.normalize("NFKC", character).casefold().replace(" ", "")


def _is_ornament(character: str) -> bool:
    """Whether a private code is a bullet; those of Symbol's ≥, ≤ and ± are not, whatever the font."""
    return "\uf000" <= character <= "\uf0ff" and SYMBOL.get(ord(character) - 0xF000, "") not in _SIGNS


class _Characters:
    """The folded characters of an open page, and for each its index in the text page.

    Where a character stands, and how large it is, is asked only of those that a quote needs: a page has thousands.
    """

    def __init__(self, page: _OpenPage) -> None:
        with ExitStack() as opened:
            _, pdf_page = opened.enter_context(page)
            self._frame = Frame(pdf_page)
            textpage = pdf_page.get_textpage()
            opened.callback(textpage.close)
            self._handle = calls.address(textpage.raw)
            codes = [calls.char_code(self._handle, i) for i in range(raw.FPDFText_CountChars(textpage.raw))]
            self._opened = opened.pop_all()
        self.text = "".join(
            "-" if code == 2 else chr(code) if code and not 0xD800 <= code < 0xE000 else " " for code in codes
        )
        pieces = list(_folded(self.text))
        self.folded = "".join(pieces)
        self.index = [i for i, piece in enumerate(pieces) for _ in piece]
        self._boxes: dict[int, Box] = {}

    def close(self) -> None:
        """Close the page and its document."""
        self._opened.close()

    @cached_property
    def small(self) -> Sequence[bool]:
        """Whether each folded character is a raised or small digit: a reference mark."""
        marks: list[bool] = []
        usual, marking = 0.0, False
        for character, size in zip(self.text, self._sizes(), strict=True):
            if character.isdigit():
                marking = bool(usual) and size < 0.8 * usual
            elif character.isalpha():
                usual, marking = size, False
            elif character not in ",-\u2013":
                marking = False
            # The comma and the dash of a mark such as "12,13" belong to it.
            marks.append(marking)
        return [marks[i] for i in self.index]

    def _sizes(self) -> Iterator[float]:
        return (calls.font_size(self._handle, i) if one.isalnum() else 0.0 for i, one in enumerate(self.text))

    def box(self, index: int) -> Box:
        """Where a character stands; one that pdfium gives no box stands where the one before does."""
        if index not in self._boxes:
            found = next((at for at in range(index, -1, -1) if calls.char_box(self._handle, at, *_SIDES_AT)), None)
            left, right, bottom, top = (0.0,) * 4 if found is None else tuple(_SIDES)
            self._boxes[index] = self._frame.box(left, bottom, right, top)
        return self._boxes[index]


_SIDES = (ctypes.c_double * 4)()
_SIDES_AT = [ctypes.byref(_SIDES, 8 * i) for i in range(4)]


def _span(characters: _Characters, words: str, start: int = 0) -> tuple[int, int] | None:
    """First and last character index (inclusive) of folded words on the page."""
    if not words:
        return None
    at = characters.folded.find(words, start)
    if at >= 0:
        return characters.index[at], characters.index[at + len(words) - 1]
    kept = [i for i, mark in enumerate(characters.small) if not mark]
    if len(kept) == len(characters.small):
        return None
    at = "".join(characters.folded[i] for i in kept).find(words)
    if at < 0:
        return None
    return characters.index[kept[at]], characters.index[kept[at + len(words) - 1]]


def _row_spans(characters: _Characters, cells: Sequence[str]) -> list[tuple[int, int]] | None:
    """A span for each cell of a row, all at one height; failing that, at least a third of them.

    The longest cell says where the row is. A cell merged over several rows, such as a drug over its doses, may stand at
    the height of another row, with nothing else in its column between.
    """
    order = sorted(range(len(cells)), key=lambda i: -len(cells[i]))
    return _spans_at(characters, cells, order[:1], len(cells)) or _spans_at(
        characters, cells, order, (len(cells) + 2) // 3
    )


def _spans_at(
    characters: _Characters, cells: Sequence[str], anchors: Sequence[int], least: int
) -> list[tuple[int, int]] | None:
    """The cells' spans where an anchor stands and at least so many cells at its height, itself included."""
    for anchor in anchors:
        for span in _places(characters, cells[anchor]):
            row = _cover(characters, [span])
            spans = [span if i == anchor else _beside(characters, cell, row) for i, cell in enumerate(cells)]
            if sum(found is not None for found in spans) < least:
                continue
            row = _cover(characters, [found for found in spans if found is not None])
            whole = [found or _merged(characters, cell, row) for found, cell in zip(spans, cells, strict=True)]
            if all(found is not None for found in whole):
                return [found for found in whole if found is not None]
    return None


def _places(characters: _Characters, cell: str) -> Iterator[tuple[int, int]]:
    start = 0
    while cell and (at := characters.folded.find(cell, start)) >= 0:
        yield characters.index[at], characters.index[at + len(cell) - 1]
        start = at + 1


def _beside(characters: _Characters, cell: str, row: Box) -> tuple[int, int] | None:
    for span in _places(characters, cell):
        box = _cover(characters, [span])
        if box.top < row.bottom + 2 and box.bottom > row.top - 2:
            return span
    return None


def _merged(characters: _Characters, cell: str, row: Box) -> tuple[int, int] | None:
    """Where a cell stands above or below a row with nothing else between: it is merged over the rows between."""
    for span in sorted(_places(characters, cell), key=lambda at: abs(_cover(characters, [at]).middle - row.middle)):
        box = _cover(characters, [span])
        between = Box(box.left, min(box.top, row.top), box.right, max(box.bottom, row.bottom))
        if not any(_inside(characters, i, between) for i in range(len(characters.text)) if not span[0] <= i <= span[1]):
            return span
    return None


def _inside(characters: _Characters, index: int, area: Box) -> bool:
    box = characters.box(index)
    across, down = (box.left + box.right) / 2, box.middle
    inked = box.width > 0 and not characters.text[index].isspace()
    return inked and area.left < across < area.right and area.top < down < area.bottom


def _cover(characters: _Characters, spans: Sequence[tuple[int, int]]) -> Box:
    boxes = [characters.box(i) for first, last in spans for i in range(first, last + 1)]
    inked = [box for box in boxes if box.width > 0 or box.height > 0]
    return Box.around(inked) if inked else Box(0, 0, 0, 0)


def _quoted(characters: _Characters, spans: Sequence[tuple[int, int]]) -> Quote:
    texts = [" ".join(_CONTROL.sub("", characters.text[first : last + 1]).split()) for first, last in spans]
    boxes = [box for first, last in spans for box in _line_boxes(characters, first, last)]
    return Quote(" | ".join(texts), tuple(boxes))


def _line_boxes(characters: _Characters, first: int, last: int) -> list[Box]:
    """One box per printed line between two characters; a line may run up or down the page, as in a table on its side."""
    lines: list[Box] = []
    alone = sideways = False
    for i in range(first, last + 1):
        box = characters.box(i)
        if characters.text[i].isspace() or (box.width <= 0 and box.height <= 0):
            continue
        if lines and not sideways and _same_line(lines[-1], box):
            lines[-1], alone = lines[-1].union(box), False
        elif lines and (alone or sideways) and _same_column(lines[-1], box):
            lines[-1], alone, sideways = lines[-1].union(box), False, True
        else:
            lines.append(box)
            alone, sideways = True, False
    return lines


def _same_line(line: Box, box: Box) -> bool:
    overlap = min(line.bottom, box.bottom) - max(line.top, box.top)
    near = box.left - line.right < 30 and box.left > line.left - 5
    return near and overlap > 0.3 * min(line.height, max(box.height, 0.5)) - 1e-6


def _same_column(line: Box, box: Box) -> bool:
    overlap = min(line.right, box.right) - max(line.left, box.left)
    apart = max(line.top - box.bottom, box.top - line.bottom)
    return apart < max(4.0, box.width) and overlap > 0.3 * min(line.width, max(box.width, 0.5)) - 1e-6
