"""A guideline's figures in words, the same on the screen and on the page."""

from __future__ import annotations

from collections.abc import Iterator

from cpgassist.quality.findings import GuidelineQuality
from cpgassist.types import SEARCHED_KINDS


def figures(guideline: GuidelineQuality) -> Iterator[tuple[str, str]]:
    """(what, how much) of a guideline."""
    kinds = guideline.passages
    yield "pages", str(len(guideline.pages))
    yield "numbered pages", str(guideline.labelled)
    yield "words", f"{guideline.words:,}"
    yield "headings", str(guideline.headings)
    yield "passages", str(sum(kinds.get(kind, 0) for kind in SEARCHED_KINDS))
    yield "kept out", str(sum(number for kind, number in kinds.items() if kind not in SEARCHED_KINDS))
    yield "text", str(kinds.get("text", 0))
    yield "recommendations", str(kinds.get("recommendation", 0))
    yield "of these ungraded", str(guideline.ungraded)
    yield "graded passages", str(guideline.graded)
    yield "grading schemes", str(guideline.gradings)
    yield "flowcharts", str(guideline.flowcharts)
    yield "figures", str(guideline.figures)
    yield "tables", str(guideline.tables)
    yield "of these unsure", str(guideline.unreliable)
    yield "pages without text", str(len(guideline.without_text))
    yield "hidden words", str(guideline.hidden_words)
    yield "words put right", str(guideline.repaired)
    yield "words undecided", str(guideline.undecided)
    if guideline.ocr_pages:
        yield "pages read by OCR", str(len(guideline.ocr_pages))
        yield "OCR confidence", f"{guideline.ocr_confidence or 0:.2f}"
    if guideline.silent is not None:
        first, last = guideline.silent
        yield "longest unsearched", f"page {first}" if first == last else f"pages {first}-{last}"
    if guideline.info.review_due:
        yield "review due", guideline.info.review_due
