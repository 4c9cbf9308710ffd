"""What the web doors give, as pydantic models: the Answer JSON is that of every door."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cpgassist.types import GuidelineInfo
from cpgassist.types.findings import Certainty

Kind = Literal["text", "recommendation", "table", "flowchart", "figure"]
Status = Literal["answered", "partial", "silent", "conflict", "refused"]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=False)


class GuidelineOut(_Given):
    """A guideline as answers name it."""

    id: str
    title: str
    publisher: str | None
    year: int | None
    edition: str | None
    file: str


class CitationOut(_Given):
    """The guideline's own words, on the page where code found them again. Boxes are points from the top left."""

    n: int
    guideline: GuidelineOut
    page: int
    page_label: str | None
    section: list[str]
    quote: str
    boxes: list[tuple[float, float, float, float]]
    verified: bool | Literal["ocr"]
    source_text: str | None = None
    uncertain: list[str] = []
    findings: list[str] = []


class StatementOut(_Given):
    """One line of the guideline with its citations and its grade as printed."""

    text: str
    citations: list[int]
    grade: str | None
    kind: str
    quotes: str = ""
    lead: list[str] = []
    remarks: list[str] = []


class BottomLine(_Given):
    """The first line: the guideline's own, or a model's that code checked."""

    text: str
    citations: list[int]


class FindingOut(_Given):
    """One thing that is seen."""

    text: str
    certainty: Certainty


class FindingsOut(_Given):
    """What a photo shows; nothing was searched with it. Edit it, then send it with the question."""

    image_type: str
    anatomy: str
    findings: list[FindingOut]
    limitations: str
    by: Literal["model", "user"]
    photos: int
    label: str
    refused: str = ""
    notes: list[str] = []
    model: dict[str, Any] = {}


class AnswerOut(_Given):
    """What the guidelines say, or that they are silent: the same JSON at every door."""

    status: Status
    answerability: float
    question: str
    bottom_line: BottomLine | None
    statements: list[StatementOut]
    not_in_guideline: list[str]
    citations: list[CitationOut]
    checks: dict[str, int]
    findings: FindingsOut | None
    index: str
    models: dict[str, Any]
    seconds: dict[str, float]
    warnings: list[str] = []
    remarks: list[str] = []
    clarify: list[str] = []
    asked_as: str | None = None
    complete: bool = True


class HitOut(_Given):
    """A passage that was found."""

    rank: int
    score: float
    similarity: float
    passage: str
    guideline: GuidelineOut
    page: int
    pages: list[int]
    page_label: str | None
    section: list[str]
    kind: Kind
    grade: str | None
    text: str


class SearchOut(_Given):
    """The passages found, best first."""

    question: str
    index: str
    hits: list[HitOut]
    seconds: float
    warnings: Annotated[list[str], Field(description="What must be known of this ranking.")] = []


class GuidelineEntry(GuidelineOut):
    """A guideline of the corpus."""

    number: str | None
    pages: int
    language: str | None
    review_due: str | None
    superseded_by: str | None
    supersedes: str | None
    same_as: str | None
    grading: Annotated[list[dict[str, Any]], Field(description="Its own grading schemes, with their page.")]


class BoxesOut(_Given):
    """Where words stand on a page, in points from its top left corner."""

    page: int
    width: float
    height: float
    quote: str
    boxes: list[tuple[float, float, float, float]]


def entry(info: GuidelineInfo) -> dict[str, Any]:
    """A guideline as the list gives it."""
    return {
        **info.to_dict(),
        "number": info.number,
        "pages": info.pages,
        "language": info.language,
        "review_due": info.review_due,
        "superseded_by": info.superseded_by,
        "supersedes": info.supersedes,
        "same_as": info.same_as,
        "grading": [asdict(scheme) for scheme in info.grading],
    }
