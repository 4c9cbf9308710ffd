"""What an examination of an index finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from cpgassist.types import GuidelineInfo, LeftOut

HOLDINGS = {
    "text": "running text",
    "recommendation": "recommendations",
    "table": "tables",
    "figure": "figures or flowcharts",
    "ocr": "read by OCR",
    "hidden": "text that is not visible",
    "listing": "contents or references, kept out of search",
    "unread": "nothing that could be read",
    "nothing": "nothing",
}
"""What a page can mainly hold."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a page should be looked at."""

    kind: str
    risk: int
    """From 100, a page whose words are missing from the index, down to 10."""
    text: str


@dataclass(frozen=True, slots=True)
class PageQuality:
    """A page of a guideline."""

    number: int
    label: str | None
    holds: str
    """What it mainly holds: one of HOLDINGS."""
    words: int
    reasons: tuple[Reason, ...] = ()
    """Worst first."""

    @property
    def risk(self) -> int:
        """The risk of the worst reason; 0 without any."""
        return self.reasons[0].risk if self.reasons else 0


@dataclass(frozen=True, slots=True)
class GuidelineQuality:
    """A guideline's figures and pages."""

    info: GuidelineInfo
    pages: tuple[PageQuality, ...]
    words: int
    passages: dict[str, int]
    """Passages by kind, those kept out of search included."""
    headings: int
    labelled: int
    """Pages whose printed number was found."""
    graded: int
    """Passages with a grade."""
    ungraded: int
    """Recommendations without one."""
    gradings: int
    """Grading schemes that the document defines itself."""
    tables: int
    unreliable: int
    """Tables of these whose cells could not be rebuilt with confidence: their picture is served."""
    flowcharts: int
    figures: int
    ocr_pages: tuple[int, ...]
    ocr_confidence: float | None
    """The mean over the pages read by OCR."""
    without_text: tuple[int, ...]
    """Pages with ink of which no word was read."""
    hidden_words: int
    repaired: int
    """Words that were read otherwise than the text layer holds them."""
    undecided: int
    """Words whose text layer is wrong, and of which nothing told what the page shows."""
    silent: tuple[int, int] | None
    """First and last page of the longest run of pages of which nothing is searched."""
    cautions: tuple[str, ...]
    """What speaks against the guideline as a whole: superseded, overdue, a copy of another."""
    notes: tuple[str, ...]
    """What the reader noted."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What an examination of an index found."""

    index: str
    created: str
    guidelines: tuple[GuidelineQuality, ...]
    left_out: tuple[LeftOut, ...]

    def look_at(self) -> list[tuple[GuidelineQuality, PageQuality]]:
        """The pages to look at before the index is trusted, worst first."""
        return sorted(self._reasoned(), key=lambda found: (-found[1].risk, found[0].info.file, found[1].number))

    def _reasoned(self) -> Iterator[tuple[GuidelineQuality, PageQuality]]:
        return ((guideline, page) for guideline in self.guidelines for page in guideline.pages if page.reasons)

    def to_dict(self) -> dict[str, Any]:
        """The examination as JSON."""
        return {
            "index": self.index,
            "created": self.created,
            "guidelines": [_figures(guideline) for guideline in self.guidelines],
            "left_out": [asdict(out) for out in self.left_out],
            "look_at": [
                {
                    "file": guideline.info.file,
                    "page": page.number,
                    "page_label": page.label,
                    "risk": page.risk,
                    "reasons": [asdict(reason) for reason in page.reasons],
                }
                for guideline, page in self.look_at()
            ],
        }


def _figures(guideline: GuidelineQuality) -> dict[str, Any]:
    info = guideline.info
    return {
        **asdict(guideline),
        "info": {**info.to_dict(), "review_due": info.review_due, "language": info.language},
        "pages": [
            {"page": page.number, "page_label": page.label, "holds": page.holds, "words": page.words}
            for page in guideline.pages
        ],
    }
