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
class GuidelineReport:
    """A guideline's line in the table that a reindex ends with."""

    info: GuidelineInfo
    passages: int
    graded: int
    tables: int
    pages_without_text: tuple[int, ...]
    notes: tuple[str, ...] = ()

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
        return asdict(self)
