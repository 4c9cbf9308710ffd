"""What the tools give as structured output, beside readable text."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cpgassist.apps.web.shapes import AnswerOut, GuidelineEntry, GuidelineOut, HitOut, Kind

Uri = Annotated[str, Field(description="The page as a resource of this server.")]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PassageOut(HitOut):
    """A passage that was found, word for word, and where it is printed."""

    uri: Uri


class PassagesOut(_Given):
    """The passages found, best first. Nearness is no answer: whether they answer is what ask_guidelines says."""

    query: str
    index: str
    passages: list[PassageOut]
    remarks: Annotated[list[str], Field(description="What was withheld, and what must be known of their order.")]


class RecommendationOut(_Given):
    """A recommendation as printed."""

    text: str
    grade: Annotated[
        str | None,
        Field(
            description="As printed; null where none is. The text shows which of its sentences it is printed beside."
        ),
    ]
    kind: Kind
    quotes: Annotated[str, Field(description="The other body whose words and grade these are; empty for its own.")]
    section: list[str]
    page: int
    page_label: str | None
    uri: Uri


class RecommendationsOut(_Given):
    """The recommendations and graded statements of a guideline."""

    guideline: GuidelineOut
    topic: str | None
    recommendations: list[RecommendationOut]
    left_out: Annotated[int, Field(description="How many more there are.")]
    remarks: Annotated[list[str], Field(description="What must be known of this edition, and what was withheld.")]


class PageOut(_Given):
    """A page: the text that was read from it; its picture is the other content of the result."""

    guideline: GuidelineOut
    page: int
    pages: Annotated[int, Field(description="How many pages the guideline has.")]
    text: str
    uri: Uri
    remarks: list[str]


class GuidelinesOut(_Given):
    """Every guideline of the index."""

    guidelines: list[GuidelineEntry]


class ContextOut(_Given):
    """An answer to each question."""

    answers: list[AnswerOut]
