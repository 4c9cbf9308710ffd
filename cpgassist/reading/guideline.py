"""A PDF file -> Guideline: engines opened, limits checked, identity read from the first pages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from cpgassist.errors import DamagedPdfError, DocumentError, LimitError
from cpgassist.reading.figures import take_drawings
from cpgassist.reading.findings import TextLayerFindings, numbered
from cpgassist.reading.grading import find_gradings
from cpgassist.reading.identity import identity
from cpgassist.reading.letters import graded_by_letters
from cpgassist.reading.opening import OpenPdf, check_is_pdf
from cpgassist.reading.pages import PageContent, page_regions
from cpgassist.reading.pictures import look_at
from cpgassist.reading.quoting import mark_quoted
from cpgassist.reading.sections import build_sections
from cpgassist.reading.unread import NO_OCR, OcrLimits, OcrProgress, Scanned, UnreadPage
from cpgassist.reading.wordless import picture_regions
from cpgassist.reading.words import page_rules, page_words
from cpgassist.types import Guideline, Page

_MOST_OVERFULL = 3
"""Pages with more than a page can hold, from which a file is taken for one made to stop its reader."""


def read_guideline(
    path: Path,
    max_pages: int = 5000,
    text_mb: int = 20,
    faults: Mapping[int, str] | None = None,
    at_page: Callable[[int], None] = lambda page: None,
    ocr: OcrLimits = NO_OCR,
    progress: OcrProgress = lambda number, of: None,
    front: int | None = None,
) -> Guideline:
    """Read a PDF into sections, with its identity; pages and pictures without text are read as `ocr` says.

    Only the first `front` pages are read where that is given; `info.pages` counts all. Pages in `faults` are left out
    for that reason; `at_page` hears of each page before it is read, and of 0 after the last. Raises
    NotAPdfError, EncryptedPdfError, DamagedPdfError or LimitError, each naming the reason.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DamagedPdfError(f"{path.name} cannot be read: {error.strerror}.", "Correct the file.") from error
    check_is_pdf(path, content)
    document = OpenPdf(path, content)
    try:
        count = len(document)
        if count > max_pages:
            raise LimitError(
                f"{path.name} has {count} pages, more than the limit of {max_pages}.", "Raise limits.pages."
            )
        if count == 0:
            raise DamagedPdfError(f"{path.name} has no pages.", "Get a whole copy of the file.")
        findings = TextLayerFindings()
        last = min(count, front or count)
        read, pages, outside = _pages(document, last, path, text_mb, dict(faults or {}), at_page, findings, ocr.used)
        metadata = document.metadata()
        scanned = _scanned(document, [page for page in read if isinstance(page, UnreadPage)], ocr, progress)
    finally:
        document.close()
    contents = [scanned.contents[page.number] if isinstance(page, UnreadPage) else page for page in read]
    sections, labels = build_sections(contents)
    labelled = tuple(
        replace(page, label=labels.get(page.number), confidence=scanned.confidence.get(page.number)) for page in pages
    )
    info = identity(path.name, hashlib.sha256(content).hexdigest(), metadata, contents, count)
    info = replace(info, grading=find_gradings(sections, labels))
    sections = graded_by_letters(sections)
    notes = (*_notes(labelled, outside, scanned, ocr), *findings.notes())
    return Guideline(info, labelled, (*mark_quoted(sections, info), *findings.sections()), notes, findings.repairs)


def _pages(
    document: OpenPdf,
    last: int,
    path: Path,
    text_mb: int,
    faults: dict[int, str],
    at_page: Callable[[int], None],
    findings: TextLayerFindings,
    ocr: bool,
) -> tuple[list[PageContent | UnreadPage], list[Page], dict[int, int]]:
    """What each page holds or what is left for OCR to read of it, the pages up to `last`, and words outside pages."""
    contents: list[PageContent | UnreadPage] = []
    pages: list[Page] = []
    outside: dict[int, int] = {}
    characters = overfull = 0
    for number in range(1, last + 1):
        if number not in faults:
            at_page(number)
            try:
                content, page, beyond = _page(document, number, findings, ocr)
            except MemoryError:
                raise
            except Exception as error:
                # Whatever is wrong with a page, the others are read, and an admin is told of this one.
                faults[number] = _said(error, path)
                overfull += isinstance(error, LimitError)
                if overfull > _MOST_OVERFULL:
                    raise LimitError(
                        f"{path.name} has more than {_MOST_OVERFULL} pages that pass a limit; on page {number}, "
                        f"{faults[number]}.",
                        "Leave the file out.",
                    ) from error
        if number in faults:
            content, page, beyond = PageContent(number, 0, 0, []), Page(number, None, 0, 0, 0), 0
            page = replace(page, fault=faults[number])
        contents.append(content)
        pages.append(page)
        if beyond:
            outside[number] = beyond
        characters += page.characters
        if characters > text_mb * 1_000_000:
            raise LimitError(f"{path.name} holds more than {text_mb} MB of text.", "Raise limits.text_mb.")
    at_page(0)
    if len(faults) == len(pages):
        raise DamagedPdfError(
            f"{path.name} has no page that can be read: {pages[0].fault}.", "Get a whole copy of the file."
        )
    return contents, pages, outside


def _said(error: Exception, path: Path) -> str:
    if isinstance(error, DocumentError):
        return error.message.removeprefix(f"{path.name} ").removesuffix(".")[:300]
    return f"{type(error).__name__}: {error}"[:300]


def _page(
    document: OpenPdf, number: int, findings: TextLayerFindings, ocr: bool
) -> tuple[PageContent | UnreadPage, Page, int]:
    page = document.page(number)
    try:
        width, height = page.get_size()
        rules = page_rules(page)
        words, beyond = page_words(page, rules)
        words = findings.seen(number, words)
        cover = number == 1 and len(document) > 3
        look = partial(look_at, page)
        drawings, read, ruled = take_drawings(number, (width, height), words, rules, look, cover)
        ink = bool(words or rules.images or rules.horizontal or rules.vertical or rules.panels or rules.curves)
        about = Page(number, None, width, height, sum(len(word.text) for word in words), ink)
        pictures = picture_regions(rules.images, words, width, height) if ocr and words else []
        if ocr and ink and (pictures or not words):
            return UnreadPage(number, width, height, read, ruled, drawings, pictures), about, beyond
        regions = page_regions(number, width, height, read, ruled, drawings)
        return PageContent(number, width, height, regions), about, beyond
    finally:
        page.close()


def _scanned(document: OpenPdf, unread: Sequence[UnreadPage], ocr: OcrLimits, progress: OcrProgress) -> Scanned:
    if not unread:
        return Scanned()
    from cpgassist.reading.scanning import scan

    return scan(document, unread, ocr, progress)


def _notes(pages: Sequence[Page], outside: dict[int, int], scanned: Scanned, ocr: OcrLimits) -> list[str]:
    notes = [f"page {page.number} could not be read: {page.fault}" for page in pages if page.fault]
    scans = [page.number for page in pages if page.characters == 0 and page.has_ink and not page.fault]
    blank = [page.number for page in pages if page.characters == 0 and not page.has_ink]
    if scans and not ocr.used:
        cure = " (pip install 'cpgassist[ocr]')" if ocr.mode == "auto" else ""
        notes.append(f"{numbered(scans)} without a text layer: not searched until read by OCR{cure}")
    read = sorted(scanned.confidence)
    if read:
        notes.append(f"{numbered(read)} read by OCR in whole or part: check numbers on the page")
    notes += [f"{numbered(numbers)} {reason}" for reason, numbers in scanned.left.items()]
    if blank:
        notes.append(f"{numbered(blank)} blank")
    if outside:
        notes.append(f"{sum(outside.values())} words outside the visible page left out on {numbered(sorted(outside))}")
    return notes
