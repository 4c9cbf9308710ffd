"""A PDF file -> Guideline: engines opened, limits checked, identity read from the first pages."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pypdfium2 as pdfium

from cpgassist.errors import DamagedPdfError, LimitError
from cpgassist.reading.findings import TextLayerFindings, numbered
from cpgassist.reading.identity import identity
from cpgassist.reading.opening import check_is_pdf, open_pdf
from cpgassist.reading.pages import PageContent, page_regions
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
        findings = TextLayerFindings()
        contents, pages, outside = _pages(document, findings)
    finally:
        document.close()
    sections, labels = build_sections(contents)
    labelled = tuple(
        Page(page.number, labels.get(page.number), page.width, page.height, page.characters, page.has_ink)
        for page in pages
    )
    info = identity(path.name, hashlib.sha256(content).hexdigest(), content, contents, len(pages))
    notes = (*_notes(labelled, outside), *findings.notes())
    return Guideline(info, labelled, (*sections, *findings.sections()), notes, findings.repairs)


def _pages(
    document: pdfium.PdfDocument, findings: TextLayerFindings
) -> tuple[list[PageContent], list[Page], dict[int, int]]:
    contents, pages, outside = [], [], {}
    for index in range(len(document)):
        page = document[index]
        try:
            width, height = page.get_size()
            words, beyond = page_words(page)
            words = findings.seen(index + 1, words)
            rules = page_rules(page)
            if beyond:
                outside[index + 1] = beyond
            regions = page_regions(index + 1, width, height, words, rules)
            drawn = rules.curves + len(rules.panels)
            ink = bool(words or rules.images or rules.horizontal or rules.vertical or drawn)
            contents.append(PageContent(index + 1, width, height, regions, drawn + len(rules.horizontal) // 4))
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
        notes.append(f"{numbered(scans)} without a text layer: not searched until read by OCR")
    if blank:
        notes.append(f"{numbered(blank)} blank")
    if outside:
        notes.append(f"{sum(outside.values())} words outside the visible page left out on {numbered(sorted(outside))}")
    return notes
