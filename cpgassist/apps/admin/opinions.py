"""What clinicians said of answers: read from the feedback log, where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cpgassist.settings import Settings


@dataclass(frozen=True, slots=True)
class Opinion:
    """A row of the feedback list. The question itself is not kept anywhere, only its hash."""

    at: str
    verdict: str
    reasons: tuple[str, ...]
    question: str
    index: str
    models: tuple[str, ...]
    citations: tuple[tuple[str, int], ...]

    @property
    def told(self) -> tuple[str, ...]:
        """What is counted: its reasons, or its verdict where it is no praise and names none."""
        if self.verdict == "helpful":
            return ()
        return self.reasons or (self.verdict,)


def opinions(settings: Settings) -> tuple[Opinion, ...]:
    """The feedback so far, newest first; none where nothing keeps it. Raises a CpgassistError or OSError."""
    try:
        feedback: Any = import_module("cpgassist.feedback")
    except ModuleNotFoundError:
        return ()
    rows = [_opinion(row) for row in feedback.log_of(settings).read()]
    return tuple(sorted(rows, key=lambda row: row.at, reverse=True))


def _opinion(row: Any) -> Opinion:
    models = tuple(f"{role}: {name}" for role, name in dict(row.models).items() if isinstance(name, str))
    citations = tuple((str(guideline), int(page)) for guideline, page in row.citations)
    return Opinion(
        str(row.at),
        str(row.verdict),
        tuple(map(str, row.reasons)),
        str(row.question),
        str(row.index),
        models,
        citations,
    )
