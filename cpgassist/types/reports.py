"""What a reindex did."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from cpgassist.types.documents import GuidelineInfo


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that was not indexed, and why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class PageReport:
    """What is remembered of a page besides its passages, for who must trust the index."""

    number: int
    label: str | None
    characters: int
    """Visible characters in the text layer."""
    words: int
    """Words that were read, by OCR too."""
    has_ink: bool = True
    confidence: float | None = None
    """OCR's mean confidence; None when it read nothing here."""
    fault: str = ""
    """Why the page could not be read."""
    repaired: int = 0
    """Words read otherwise than the text layer holds them."""
    undecided: int = 0
    """Words whose text layer is wrong, and of which nothing told what the page shows."""


@dataclass(frozen=True, slots=True)
class GuidelineReport:
    """A guideline's line in the table that a reindex ends with, and its pages for `cpgassist check`."""

    info: GuidelineInfo
    passages: int
    graded: int
    tables: int
    pages_without_text: tuple[int, ...]
    notes: tuple[str, ...] = ()
    pages: tuple[PageReport, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The guideline as it stands in status JSON."""
        info = self.info
        return {
            **info.to_dict(),
            "number": info.number,
            "review_due": info.review_due,
            "language": info.language,
            "supersedes": info.supersedes,
            "superseded_by": info.superseded_by,
            "same_as": info.same_as,
            "pages": info.pages,
            "passages": self.passages,
            "graded": self.graded,
            "tables": self.tables,
            "pages_without_text": list(self.pages_without_text),
            "ocr_pages": [page.number for page in self.pages if page.confidence is not None],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What a reindex did."""

    index: str
    """The version in service afterwards."""
    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    guidelines: tuple[GuidelineReport, ...]
    passages: int
    embedded: int
    """Passages whose vectors were computed in this run; the rest were reused."""
    seconds: float
    nothing_changed: bool = False
    """Whether the version in service was kept because no input changed."""

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        told = asdict(self)
        for guideline in told["guidelines"]:
            # `cpgassist check` tells of the pages; here they would bury what the run did.
            del guideline["pages"]
        return told


@dataclass(frozen=True, slots=True)
class Changes:
    """What a reindex would do, by file name. Whether a file can be read shows only when it is read."""

    index: str | None
    """The version in service; None when there is none."""
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    tried_again: tuple[str, ...]
    """Files that were left out before and would be tried again."""
    read: tuple[str, ...]
    """Files whose pages would be read: those above but the removed, and unchanged ones where `reasons` say so."""
    unchanged: tuple[str, ...]
    reasons: tuple[str, ...]
    """Why unchanged files would be read again, as sentences."""
    nothing: bool
    """Whether the version in service would be kept as it is."""

    def to_dict(self) -> dict[str, Any]:
        """The changes as JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Version:
    """A sealed version of an index."""

    id: str
    created: str
    """ISO 8601 in UTC; "" when it cannot be read."""
    guidelines: int
    passages: int
    serving: bool
    """Whether it is the one in service."""
    next: bool
    """Whether a rollback would put it into service."""
    problem: str = ""
    """Why it cannot be read."""
