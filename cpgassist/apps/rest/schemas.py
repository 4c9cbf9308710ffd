"""What the REST door takes and gives, as pydantic models: the Answer JSON is that of every door."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cpgassist.assistant import LONGEST_QUESTION
from cpgassist.types import BY_USER, Finding, Findings, Where
from cpgassist.types.findings import Certainty

EXAMPLE = "What is the dose of zelmorin for an adult with harbour fever?"
READABLE = "[0-9A-Za-z\u00c0-\u167f\u1681-\u1fff\u2c00-\u2fff\u3001-\ud7ff]"
"""What a question holds at least one of: a letter of any script, or a digit."""
WORDS = "[A-Za-z]{3}|[\u00c0-\u167f\u1681-\u1fff\u2c00-\u2fff\u3001-\ud7ff]"
"""What a finding holds: a word."""
Text = Annotated[str, Field(max_length=LONGEST_QUESTION, pattern=READABLE)]
Short = Annotated[str, Field(max_length=500)]
Kind = Literal["text", "recommendation", "table", "flowchart", "figure"]
Status = Literal["answered", "partial", "silent", "conflict", "refused"]


class _Taken(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=False)


# ---- taken


class FindingIn(_Taken):
    """One thing that is seen."""

    text: Annotated[str, Field(max_length=300, pattern=WORDS)]
    certainty: Certainty = ""


class FindingsIn(_Taken):
    """What a photo shows, read by a person: what `/photos` gave, items left out or changed, or what was typed."""

    image_type: Short = ""
    anatomy: Short = ""
    findings: Annotated[list[FindingIn], Field(min_length=1, max_length=30)]
    limitations: Annotated[str, Field(max_length=2000)] = ""
    by: Literal["model", "user"] = "user"
    photos: Annotated[int, Field(ge=0, le=4)] = 0
    label: Annotated[str, Field(max_length=300)] = BY_USER
    refused: Literal[""] = ""
    notes: Annotated[list[Short], Field(max_length=20)] = []
    model: Annotated[dict[str, Any], Field(max_length=20)] = {}

    def confirmed(self) -> Findings:
        """The findings to search with."""
        items = tuple(Finding(" ".join(one.text.split()), one.certainty) for one in self.findings)
        return Findings(
            self.image_type,
            self.anatomy,
            items,
            self.limitations,
            self.by,
            self.photos,
            self.model,
            notes=tuple(self.notes),
        )


class Filter(_Taken):
    """Which guidelines are searched."""

    guidelines: Annotated[list[Short], Field(max_length=200, description="Ids or file names; [] for all.")] = []
    year_from: Annotated[int | None, Field(ge=1900, le=2200)] = None
    year_to: Annotated[int | None, Field(ge=1900, le=2200)] = None
    older: Annotated[bool, Field(description="Search editions too that a newer one here replaces.")] = False

    def where(self, kinds: tuple[str, ...] = ()) -> Where | None:
        """The filter; None for everything that is newest."""
        if not (self.guidelines or self.year_from or self.year_to or self.older or kinds):
            return None
        return Where(tuple(self.guidelines), self.year_from, self.year_to, kinds, superseded=self.older)


class Ask(Filter):
    """A question, the findings of a photo, or both."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"question": EXAMPLE}],
            "anyOf": [
                {"required": ["question"], "properties": {"question": {"type": "string"}}},
                {"required": ["findings"], "properties": {"findings": {"type": "object"}}},
            ],
        }
    )

    question: Text | None = None
    findings: FindingsIn | None = None


class SearchFor(Filter):
    """Words to look for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"question": EXAMPLE, "k": 5}]})

    question: Text
    k: Annotated[int, Field(ge=1, le=100)] = 10
    kinds: Annotated[list[Kind], Field(max_length=5)] = []


# ---- given


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


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str
    next_step: str
