"""Asking over REST: answers, whole or as they grow, passages, and what photos show."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.sse import format_sse_event
from starlette.formparsers import MultiPartException, MultiPartParser

from cpgassist.apps.rest.feedback import KEY_HEADER
from cpgassist.apps.rest.problems import problems, told
from cpgassist.apps.rest.schemas import Ask, Filter, SearchFor
from cpgassist.apps.web.failures import note
from cpgassist.apps.web.problems import problem
from cpgassist.apps.web.questions import checked_question
from cpgassist.apps.web.shapes import AnswerOut, FindingsOut, SearchOut
from cpgassist.apps.web.working import Desk, each_of, result_of
from cpgassist.errors import CpgassistError, PhotoError
from cpgassist.imaging.intake import MAX_BYTES, MAX_PHOTOS
from cpgassist.types import Answer, Findings

if TYPE_CHECKING:
    from cpgassist.apps.web.judging import KeptAnswers
    from cpgassist.apps.web.metrics import Metrics
    from cpgassist.assistant import Assistant

PROBLEMS = problems(404, 413, 422, 500, 503)
NO_STORE = {"Cache-Control": "no-store"}
SSE = "text/event-stream"
KEY = {KEY_HEADER: {"description": "What /feedback on this answer names.", "schema": {"type": "string"}}}


def add_answering(app: FastAPI, assistant: Assistant, metrics: Metrics, answers: KeptAnswers) -> None:
    """Add `/ask`, `/search` and `/photos`."""
    desk = Desk()

    def done(answer: Answer) -> str:
        metrics.answered(answer)
        return answers.keep(answer)

    @app.post(
        "/ask",
        response_model=AnswerOut,
        response_model_exclude_unset=True,
        responses={**PROBLEMS, 200: {"content": {SSE: {"schema": {"type": "string"}}}, "headers": KEY}},
        summary="Ask the guidelines",
    )
    async def ask(question: Ask, request: Request) -> Any:
        """The answer, quoted and cited; `status` says whether the guidelines answer.

        With `Accept: text/event-stream` it comes as it grows: events `evidence` (what is quoted so far), then `answer`
        (the whole), or `problem`.
        """
        findings = question.findings.confirmed() if question.findings else None
        asked = checked_question(question.question, may_be_empty=findings is not None)
        _known(assistant, question)

        def growing(cancel: Event) -> Iterator[Answer]:
            return assistant.stream(asked, question.where(), findings, cancel)

        if SSE in request.headers.get("accept", ""):
            return StreamingResponse(_events(desk, growing, done), media_type=SSE, headers=NO_STORE)
        async with desk.place():
            answer = await result_of(request, desk.workers, lambda cancel: _last(growing(cancel)))
        return JSONResponse(answer.to_dict(), headers={**NO_STORE, KEY_HEADER: done(answer)})

    @app.post(
        "/search",
        response_model=SearchOut,
        response_model_exclude_unset=True,
        responses=PROBLEMS,
        summary="Find passages",
    )
    async def search(words: SearchFor, request: Request) -> Any:
        """The passages nearest to a question, best first. Nothing is answered."""
        asked = checked_question(words.question)
        _known(assistant, words)
        async with desk.place():
            found = await result_of(
                request, desk.workers, lambda _: assistant.search(asked, words.k, words.where(tuple(words.kinds)))
            )
        return JSONResponse(found.to_dict(), headers=NO_STORE)

    photo = {"type": "array", "minItems": 1, "maxItems": MAX_PHOTOS, "items": {"type": "string", "format": "binary"}}
    form = {"schema": {"type": "object", "required": ["photo"], "properties": {"photo": photo}}}

    @app.post(
        "/photos",
        response_model=FindingsOut,
        response_model_exclude_unset=True,
        responses={**PROBLEMS, **problems(415)},
        openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": form}}},
        summary="Describe photos",
    )
    async def photos(
        request: Request, pairs: Annotated[bool, Query(description="They come as before and after.")] = False
    ) -> Any:
        """What photos of one patient show, for a person to check. Nothing is searched, and no photo is kept."""
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            raise HTTPException(415, "Photos come as multipart/form-data, each a file named photo")
        async with desk.place():
            taken = await _photos(request)
            seen: Findings = await result_of(
                request, desk.workers, lambda cancel: assistant.describe(*taken, pairs=pairs, cancel=cancel)
            )
        return JSONResponse(seen.to_dict(), headers=NO_STORE)


def _known(assistant: Assistant, asked: Filter) -> None:
    """Raises a 404 for a guideline that the index does not hold."""
    known = {name for info in assistant.index.guidelines.values() for name in (info.id, info.file)}
    if not known.issuperset(asked.guidelines):
        raise HTTPException(404, "One of the guidelines is not in the index")


def _last(growing: Iterator[Answer]) -> Answer:
    *_, answer = growing
    return answer


async def _events(desk: Desk, growing: Any, done: Callable[[Answer], str]) -> AsyncIterator[bytes]:
    try:
        async with desk.place():
            async for answer in each_of(desk.workers, growing):
                key = done(answer) if answer.complete else None
                yield _event("answer" if answer.complete else "evidence", JSONResponse(answer.to_dict()), key)
    except CpgassistError as error:
        yield _event("problem", told(error))
    except Exception as error:
        note(error)
        yield _event("problem", problem(500, "error", "Something went wrong on this computer.", "Ask again."))


def _event(name: str, content: JSONResponse, key: str | None = None) -> bytes:
    return format_sse_event(event=name, data_str=bytes(content.body).decode(), id=key)


class _InMemory(MultiPartParser):
    # Starlette writes parts over this size to a file; a photo never touches a disk
    spool_max_size = MAX_BYTES + 1


async def _photos(request: Request) -> list[bytes]:
    """The photos of a form. Raises PhotoError for none, too many, one too large, or a form that cannot be read."""
    try:
        parser = _InMemory(request.headers, request.stream(), max_files=MAX_PHOTOS, max_fields=0)
        form = await parser.parse()
    except MultiPartException:
        raise PhotoError(
            "The form cannot be read.", f"Send at most {MAX_PHOTOS} photos, each as a file named photo."
        ) from None
    try:
        files = [part for name, part in form.multi_items() if name == "photo" and not isinstance(part, str)]
        taken = [await file.read(MAX_BYTES + 1) for file in files]
    finally:
        await form.close()
    if not taken:
        raise PhotoError("No photo was given.", "Send each as a file named photo.")
    for number, content in enumerate(taken, 1):
        if len(content) > MAX_BYTES:
            raise PhotoError(f"Photo {number} is larger than {MAX_BYTES // 1024 // 1024} MB.", "Export it smaller.")
    return taken
