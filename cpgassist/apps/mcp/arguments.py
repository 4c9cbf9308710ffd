"""What each tool takes, as pydantic models: their JSON schemas are what clients are told."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from cpgassist.apps.web.questions import LONGEST_QUESTION
from cpgassist.errors import InputError
from cpgassist.types import Where


def _listed(value: object) -> object:
    """A list that a client sent as its JSON, or as its only item, which several clients do."""
    if not isinstance(value, str):
        return value
    with suppress(ValueError):
        read = json.loads(value)
        if isinstance(read, list):
            return read
    return [value]


Question = Annotated[
    str,
    # apps.web.questions refuses longer ones, in words that do not repeat them
    Field(
        description="One clinical question, without names or numbers of a patient.",
        json_schema_extra={"maxLength": LONGEST_QUESTION},
    ),
]
GuidelineId = Annotated[str, Field(max_length=200, description="The id of a guideline, as list_guidelines gives it.")]
Page = Annotated[int, Field(ge=1, le=100_000, description="PDF page, counted from 1.")]


class Arguments(BaseModel):
    """What a tool takes; anything else is refused."""

    model_config = ConfigDict(extra="forbid")


T = TypeVar("T", bound=Arguments)


class Nothing(Arguments):
    """No arguments."""


class _Among(Arguments):
    guidelines: Annotated[
        list[Annotated[str, Field(max_length=200)]],
        Field(max_length=200, description="Only these guidelines, by id; [] for all."),
        BeforeValidator(_listed),
    ] = []
    year_from: Annotated[int | None, Field(ge=1900, le=2200, description="Only guidelines of this year or later.")] = (
        None
    )

    def where(self) -> Where | None:
        """The filter; None for everything that is newest."""
        return Where(tuple(self.guidelines), self.year_from) if self.guidelines or self.year_from else None


class SearchArguments(_Among):
    """Of search_guidelines."""

    query: Question
    k: Annotated[int, Field(ge=1, le=20, description="Passages to give.")] = 8


class AskArguments(_Among):
    """Of ask_guidelines."""

    question: Question


class RecommendationsArguments(Arguments):
    """Of get_recommendations."""

    guideline_id: GuidelineId
    topic: Annotated[
        str | None,
        Field(
            description="Only those on this topic, nearest first.", json_schema_extra={"maxLength": LONGEST_QUESTION}
        ),
    ] = None


class PageArguments(Arguments):
    """Of get_page."""

    guideline_id: GuidelineId
    page: Page


class ContextArguments(Arguments):
    """Of get_cpg_context."""

    input_queries: Annotated[
        list[Question],
        Field(min_length=1, max_length=8, description="Clinical questions, each answered for itself."),
        BeforeValidator(_listed),
    ]


def checked(model: type[T], given: dict[str, Any]) -> T:
    """The arguments of a call. Raises InputError naming what is wrong, without repeating what was sent."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        known = set(model.model_fields)
        told = [
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"
            if one["loc"] and one["loc"][0] in known
            else "There is an argument that this tool does not take"
            for one in error.errors(include_input=False, include_url=False)
        ]
        takes = ", ".join(sorted(known)) or "no arguments"
        raise InputError(f"{'; '.join(dict.fromkeys(told))}.", f"Call it again; it takes {takes}.") from None
