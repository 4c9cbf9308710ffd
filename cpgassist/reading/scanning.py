"""Which pages and pictures of a file OCR reads, in which order, and what is said of those it did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cpgassist.errors import ModelError
from cpgassist.reading import unread as before
from cpgassist.reading.opening import OpenPdf, check_drawable
from cpgassist.reading.pages import PageContent, Region, lines_of, page_regions
from cpgassist.reading.scans import Scan, levelled, marked, read_scan
from cpgassist.reading.unread import NO_MEMORY, OcrLimits, OcrProgress, Scanned, UnreadPage
from cpgassist.reading.wordless import WHOLE, without_repeated
from cpgassist.reading.words import Rules
from cpgassist.types import Box, Line

_PICTURE_WORDS, _PICTURE_MEAN = 8, 0.85
"""A picture's words join the page when there are so many and OCR was so sure: labels of a chart help nobody."""
_PROSE = 6
"""Words on a line of running text, at least."""
_RULED = 4
"""Strokes and panels in a picture of running text, at most: a frame around it."""


def scan(document: OpenPdf, unread: Sequence[UnreadPage], limits: OcrLimits, progress: OcrProgress) -> Scanned:
    """Read what has no text layer, whole pages before pictures. Every unread page gets its content, read or not.

    Raises ModelError where OCR is demanded and not installed.
    """
    if unread and (reason := before.missing()):
        raise ModelError("Pages without text cannot be read: OCR is not installed.", reason)
    sizes = {page.number: (page.width, page.height) for page in unread}
    pictures = without_repeated({page.number: page.pictures for page in unread if page.pictures}, sizes)
    whole = [page.number for page in unread if not page.pictures]
    areas: list[tuple[int, Box | None]] = [(number, None) for number in whole]
    areas += [(number, box) for number, boxes in pictures.items() for box in boxes]
    scans: dict[int, list[tuple[Box | None, Scan]]] = {}
    left: dict[str, list[int]] = {}
    for done, (number, area) in enumerate(areas):
        if done >= limits.most:
            left.setdefault("not read by OCR: more than limits.ocr_pages", []).append(number)
            continue
        progress(done + 1, min(len(areas), limits.most))
        try:
            seen = _seen(document, number, area)
        except (ModelError, MemoryError):
            raise
        except Exception as error:
            if any(sign in str(error) for sign in NO_MEMORY):
                raise MemoryError(str(error)) from error
            left.setdefault(f"could not be drawn for OCR ({error})", []).append(number)
            continue
        if area is None and not seen.legible:
            left.setdefault("could not be read by OCR", []).append(number)
        elif area is None or _worth_reading(seen):
            scans.setdefault(number, []).append((area, seen))
    scans = _levelled(scans)
    return Scanned(
        {page.number: page_content(page, scans.get(page.number, ())) for page in unread},
        {number: _confidence([seen for _, seen in found]) for number, found in scans.items()},
        {reason: sorted(set(numbers)) for reason, numbers in left.items()},
    )


def _seen(document: OpenPdf, number: int, area: Box | None) -> Scan:
    page = document.page(number)
    try:
        check_drawable(page)
        return read_scan(page, area)
    finally:
        page.close()


def _levelled(scans: Mapping[int, Sequence[tuple[Box | None, Scan]]]) -> dict[int, list[tuple[Box | None, Scan]]]:
    """Font sizes made alike: over all scanned pages of a file, and within each picture."""
    pages = [(number, seen) for number, found in scans.items() for area, seen in found if area is None]
    whole = dict(zip([number for number, _ in pages], levelled([seen for _, seen in pages]), strict=True))
    return {
        number: [(area, whole[number] if area is None else levelled([seen])[0]) for area, seen in found]
        for number, found in scans.items()
    }


def page_content(page: UnreadPage, scans: Sequence[tuple[Box | None, Scan]] = ()) -> PageContent:
    """The page's regions with what OCR read of it.

    The words of a picture that is a drawing belong to it; those of another picture stand in a box of their own.
    """
    words, rules, drawings = list(page.words), page.rules, list(page.drawings)
    for area, seen in scans:
        if area is not None and not _is_text(seen, area.width * area.height / (page.width * page.height)):
            drawings = _labelled(drawings, area, lines_of(seen.words, page.number))
        else:
            words += seen.words
            rules = _added(rules, seen.rules, area)
    regions = page_regions(page.number, page.width, page.height, words, rules, drawings)
    return PageContent(
        page.number, page.width, page.height, marked(regions, [word for _, seen in scans for word in seen.read])
    )


def _labelled(drawings: Sequence[Region], area: Box, labels: Sequence[Line]) -> list[Region]:
    """The drawings with a picture's words given to the one that the picture is part of, or to a figure of its own."""
    home = next((drawing for drawing in drawings if drawing.box.holds(area, 6) or area.holds(drawing.box, 6)), None)
    if home is None:
        return [*drawings, Region("figure", area, list(labels))]
    return [replace(d, lines=[*d.lines, *labels]) if d is home else d for d in drawings]


def _added(rules: Rules, seen: Rules, area: Box | None) -> Rules:
    panels = (*rules.panels, *seen.panels, *((area,) if area is not None else ()))
    return replace(
        rules,
        horizontal=(*rules.horizontal, *seen.horizontal),
        vertical=(*rules.vertical, *seen.vertical),
        panels=panels,
    )


def _worth_reading(seen: Scan) -> bool:
    return len(seen.read) >= _PICTURE_WORDS and seen.confidence >= _PICTURE_MEAN


def _is_text(seen: Scan, share: float) -> bool:
    """Whether a picture holds running text, as a page would, rather than a drawing with labels.

    Most of its words stand on lines of many, and nothing is ruled in it, save where it fills a good part of the page.
    A branch of a chart must never be read as a sentence, so in doubt it is a drawing.
    """
    lines: list[int] = []
    for word in seen.words:
        if word.new_line or not lines:
            lines.append(0)
        lines[-1] += 1
    prose = sum(count for count in lines if count >= _PROSE) * 2 > sum(lines)
    ruled = len(seen.rules.horizontal) + len(seen.rules.vertical) + len(seen.rules.panels)
    return prose and (share >= WHOLE or ruled <= _RULED)


def _confidence(scans: Sequence[Scan]) -> float:
    letters = [sum(len(word.text) for word in seen.read) for seen in scans]
    total = sum(n * seen.confidence for n, seen in zip(letters, scans, strict=True))
    return round(total / max(1, sum(letters)), 3)
