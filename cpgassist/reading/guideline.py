"""A PDF file -> Guideline: engines opened, limits checked, identity read from the first pages."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pypdfium2 as pdfium

from cpgassist.errors import DamagedPdfError, LimitError
from cpgassist.reading.figures import take_drawings
from cpgassist.reading.identity import identity
from cpgassist.reading.opening import check_is_pdf, open_pdf
from cpgassist.reading.pages import PageContent, page_regions
from cpgassist.reading.pictures import look_at
from cpgassist.reading.sections import build_sections
from cpgassist.reading.words import page_rules, page_words
from cpgassist.types import Guideline, Page


def read_guideline(path: Path, max_pages: int = 5000) -> Guideline:
    """Read a PDF into sections, with its identity.

    Raises NotAPdfError, EncryptedPdfError, DamagedPdfError or LimitError, each naming the reason.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DamagedPdfError(f"{path.name} cannot be read: {error.strerror}.", "Correct the file.") from error
    check_is_pdf(path, content)
    document = open_pdf(path, content)
    try:
        count = len(document)
        if count > max_pages:
            raise LimitError(
                f"{path.name} has {count} pages, more than the limit of {max_pages}.", "Raise limits.pages."
            )
        if count == 0:
            raise DamagedPdfError(f"{path.name} has no pages.", "Get a whole copy of the file.")
        contents, pages, outside = _pages(document)
    finally:
        document.close()
    sections, labels = build_sections(contents)
    labelled = tuple(
        Page(page.number, labels.get(page.number), page.width, page.height, page.characters, page.has_ink)
        for page in pages
    )
    info = identity(path.name, hashlib.sha256(content).hexdigest(), content, contents, len(pages))
    return Guideline(info, labelled, sections, tuple(_notes(labelled, outside)))


def _pages(document: pdfium.PdfDocument) -> tuple[list[PageContent], list[Page], dict[int, int]]:
    contents, pages, outside = [], [], {}
    for index in range(len(document)):
        page = document[index]
        try:
            width, height = page.get_size()
            words, beyond = page_words(page)
            rules = page_rules(page)
            if beyond:
                outside[index + 1] = beyond
            look = partial(look_at, page)
            cover = index == 0 and len(document) > 3
            drawings, read, ruled = take_drawings(index + 1, (width, height), words, rules, look, cover)
            regions = page_regions(index + 1, width, height, read, ruled, drawings)
            ink = bool(words or rules.images or rules.horizontal or rules.vertical or rules.panels or rules.curves)
            contents.append(PageContent(index + 1, width, height, regions))
            characters = sum(len(word.text) for word in words)
            pages.append(Page(index + 1, None, width, height, characters, ink))
        finally:
            page.close()
    return contents, pages, outside


def _notes(pages: Sequence[Page], outside: dict[int, int]) -> list[str]:
    notes = []
    scans = [page.number for page in pages if page.characters == 0 and page.has_ink]
    blank = [page.number for page in pages if page.characters == 0 and not page.has_ink]
    if scans:
        notes.append(f"{_numbered(scans)} without a text layer: not searched until read by OCR")
    if blank:
        notes.append(f"{_numbered(blank)} blank")
    if outside:
        notes.append(f"{sum(outside.values())} words outside the visible page left out on {_numbered(sorted(outside))}")
    return notes


def _numbered(numbers: Sequence[int]) -> str:
    """Page numbers as "page 3" or "pages 1-4, 9"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    text = ", ".join(f"{a}-{b}" if a != b else str(a) for a, b in runs)
    return f"page{'s' if len(numbers) > 1 else ''} {text}"
