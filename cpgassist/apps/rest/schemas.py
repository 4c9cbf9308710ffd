"""What the REST door takes, as pydantic models; what it gives is in `apps.web.shapes`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cpgassist.apps.web.shapes import Kind
from cpgassist.assistant import LONGEST_QUESTION
from cpgassist.types import BY_USER, Finding, Findings, Where
from cpgassist.types.findings import Certainty

EXAMPLE = "What is the dose of zelmorin for an adult with harbour fever?"
READABLE = "[0-9A-Za-z\u00c0-\u167f\u1681-\u1fff\u2c00-\u2fff\u3001-\ud7ff]"
"""What a question holds at least one of: a letter of any script, or a digit."""
WORDS = "[A-Za-z]{2}|[\u00c0-\u167f\u1681-\u1fff\u2c00-\u2fff\u3001-\ud7ff]"
"""What a finding holds: a word."""
Text = Annotated[str, Field(max_length=LONGEST_QUESTION, pattern=READABLE)]
Short = Annotated[str, Field(max_length=500)]


class Taken(BaseModel):
    """What a route takes; anything else is refused."""

    model_config = ConfigDict(extra="forbid")


class FindingIn(Taken):
    """One thing that is seen."""

    text: Annotated[str, Field(max_length=300, pattern=WORDS)]
    certainty: Certainty = ""


class FindingsIn(Taken):
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


class Filter(Taken):
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
