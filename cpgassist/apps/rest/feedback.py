"""Feedback over REST: kept as the chat keeps it, of an answer that was given here; no question is sent again."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from cpgassist.apps.rest.problems import problems
from cpgassist.apps.rest.schemas import Taken
from cpgassist.apps.web.judging import KeptAnswers
from cpgassist.apps.web.problems import problem
from cpgassist.errors import InputError
from cpgassist.feedback import Reason, Verdict

KEY_HEADER = "Answer-Key"
"""The header of an answer that its feedback names."""


class FeedbackIn(Taken):
    """What a reader says of an answer, or of one of its citations."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"answer": "the answer's key", "verdict": "not helpful", "reasons": ["unsafe"]}]
        }
    )

    answer: Annotated[
        str, Field(max_length=64, description=f"The {KEY_HEADER} that came with it; of a stream, the last event's id.")
    ]
    verdict: Annotated[Verdict | None, Field(description="null takes back what was said.")]
    reasons: Annotated[tuple[Reason, ...], Field(max_length=3)] = ()
    citation: Annotated[int, Field(ge=0, le=10_000, description="Of this citation alone; 0 for all of it.")] = 0


GONE = InputError("This answer is no longer kept.", "Ask again, then judge that answer.")


def add_feedback(app: FastAPI, answers: KeptAnswers) -> None:
    """Add `/feedback`."""

    @app.post(
        "/feedback", status_code=204, response_class=Response, responses=problems(404, 413, 422, 500), summary="Judge"
    )
    def judge(said: FeedbackIn) -> Response:
        """Keeps what a reader says, with a keyed hash of the question and never its words.

        An answer can be judged for an hour; what was said of the same before is replaced.
        """
        answer = answers.get(said.answer)
        if answer is None:
            return problem(404, "no_such_answer", GONE.message, GONE.next_step)
        if said.citation and said.citation not in [one.n for one in answer.citations]:
            return problem(
                404, "no_such_citation", "The answer has no citation of this number.", "Name one of its own."
            )
        answers.judge(said.answer, said.verdict, tuple(dict.fromkeys(said.reasons)), said.citation)
        return Response(status_code=204)
