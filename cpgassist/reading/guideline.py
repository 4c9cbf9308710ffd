"""A PDF file -> Guideline: engines opened, limits checked, identity read from the first pages."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pypdfium2 as pdfium

from cpgassist.errors import DamagedPdfError, LimitError
from cpgassist.reading.identity import identity
from cpgassist.reading.opening import check_is_pdf, open_pdf
from cpgassist.reading.pages import PageContent, page_regions
from cpgassist.reading.pictures import picture_regions
from cpgassist.reading.sections import build_sections
from cpgassist.reading.unread import NO_OCR, OcrLimits, OcrProgress, Scanned, UnreadPage
from cpgassist.reading.words import page_rules, page_words
from cpgassist.types import Guideline, Page


def read_guideline(
    path: Path, max_pages: int = 5000, ocr: OcrLimits = NO_OCR, progress: OcrProgress = lambda done, of: None
) -> Guideline:
    """Read a PDF into sections, with its identity; pages and pictures without text are read as `ocr` says.

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
        contents, pages, outside, unread = _pages(document, ocr.used)
        scanned = _scanned(document, unread, ocr, progress)
    finally:
        document.close()
    contents = sorted((*contents, *scanned.contents.values()), key=lambda page: page.number)
    sections, labels = build_sections(contents)
    labelled = tuple(
        replace(page, label=labels.get(page.number), confidence=scanned.confidence.get(page.number)) for page in pages
    )
    info = identity(path.name, hashlib.sha256(content).hexdigest(), content, contents, len(pages))
    return Guideline(info, labelled, sections, tuple(_notes(labelled, outside, scanned, ocr)))


def _pages(
    document: pdfium.PdfDocument, ocr: bool
) -> tuple[list[PageContent], list[Page], dict[int, int], list[UnreadPage]]:
    """Contents of the pages that can be read now, all pages, words outside pages, and the pages left for OCR."""
    contents, pages, outside, unread = [], [], {}, []
    for index in range(len(document)):
        page = document[index]
        try:
            width, height = page.get_size()
            words, beyond = page_words(page)
            rules = page_rules(page)
            if beyond:
                outside[index + 1] = beyond
            drawn = rules.curves + len(rules.panels)
            ink = bool(words or rules.images or rules.horizontal or rules.vertical or drawn)
            lines = drawn + len(rules.horizontal) // 4
            pictures = picture_regions(rules.images, words, width, height) if ocr and words else []
            if ocr and ink and (pictures or not words):
                unread.append(UnreadPage(index + 1, width, height, words, rules, lines, pictures))
            else:
                regions = page_regions(index + 1, width, height, words, rules)
                contents.append(PageContent(index + 1, width, height, regions, lines))
            characters = sum(len(word.text) for word in words)
            pages.append(Page(index + 1, None, width, height, characters, ink))
        finally:
            page.close()
    return contents, pages, outside, unread


def _scanned(
    document: pdfium.PdfDocument, unread: Sequence[UnreadPage], ocr: OcrLimits, progress: OcrProgress
) -> Scanned:
    if not unread:
        return Scanned()
    from cpgassist.reading.scanning import scan

    return scan(document, unread, ocr, progress)


def _notes(pages: Sequence[Page], outside: dict[int, int], scanned: Scanned, ocr: OcrLimits) -> list[str]:
    notes = []
    scans = [page.number for page in pages if page.characters == 0 and page.has_ink]
    blank = [page.number for page in pages if page.characters == 0 and not page.has_ink]
    if scans and not ocr.used:
        cure = " (pip install 'cpgassist[ocr]')" if ocr.mode == "auto" else ""
        notes.append(f"{_numbered(scans)} without a text layer: not searched until read by OCR{cure}")
    read = sorted(scanned.confidence)
    if read:
        notes.append(f"{_numbered(read)} read by OCR in whole or part: check numbers on the page")
    notes += [f"{_numbered(numbers)} {reason}" for reason, numbers in scanned.left.items()]
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
