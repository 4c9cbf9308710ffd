"""Chat completions, whole and streamed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from cpgassist.apps.openai_api.composing import message_of
from cpgassist.apps.openai_api.confirming import HOW, Waiting, confirmed
from cpgassist.apps.openai_api.messages import Asked, Completion, asked_in
from cpgassist.apps.openai_api.refusing import UNEXPECTED, error_body, refusal, told
from cpgassist.apps.web.failures import note
from cpgassist.apps.web.questions import checked_question
from cpgassist.apps.web.working import Desk, finished
from cpgassist.errors import CpgassistError, ModelBusyError
from cpgassist.types import Answer

if TYPE_CHECKING:
    from cpgassist.apps.web.metrics import Metrics
    from cpgassist.assistant import Assistant

MODEL = "cpgassist"
USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
"""No tokens are counted: without a language model there are none, and with one they are not of this message."""
SILENCE_SECONDS = 5.0
"""After so long without a word a stream says that it is still there."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the assistant says."""

    text: str
    about: dict[str, Any]
    """The Answer JSON, or the findings that wait to be confirmed."""
    annotations: list[dict[str, Any]] = field(default_factory=list)
    answer: Answer | None = None


def add_completions(app: FastAPI, assistant: Assistant, metrics: Metrics) -> None:
    """Add `/models` and `/chat/completions`."""
    desk = Desk()
    model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "cpgassist"}

    @app.get("/models")
    def models() -> Any:
        return {"object": "list", "data": [model]}

    @app.get("/models/{name}")
    def one_model(name: str) -> Any:
        return model if name == MODEL else _no_model()

    @app.post("/chat/completions")
    async def completions(completion: Completion, request: Request) -> Response:
        if completion.model != MODEL:
            return _no_model()
        asked = asked_in(completion)
        base = str(request.base_url).rstrip("/").removesuffix("/v1")
        working = _worked(desk, assistant, asked, base, metrics)
        if completion.stream:
            sent = _events(working, completion.counts_usage)
            return StreamingResponse(sent, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        return JSONResponse(_whole(await _watched(request, working)), headers={"Cache-Control": "no-store"})


def _no_model() -> JSONResponse:
    return refusal(404, "model_not_found", "There is no such model here.", f"Ask for {MODEL}.")


def reply_to(assistant: Assistant, asked: Asked, base: str, cancel: Event) -> Reply:
    """What is said to the last user turn. Raises CpgassistError."""
    if asked.photos:
        return _described(Waiting(asked.text, assistant.describe(*asked.photos, cancel=cancel)))
    question, findings = asked.text, None
    if asked.waiting is not None:
        findings = confirmed(asked.waiting, asked.text)
        if findings is None and not asked.text.endswith("?"):
            return _described(asked.waiting)
        if findings is not None:
            question = checked_question(asked.waiting.question, may_be_empty=True)
    talk = replace(assistant.conversation(), turns=asked.turns)
    answer = talk.ask(question, None, findings, cancel).answers[-1]
    text, annotations = message_of(answer, base)
    return Reply(text, answer.to_dict(), annotations, answer)


def _described(waits: Waiting) -> Reply:
    seen = waits.findings
    about = {"status": "findings", "findings": seen.to_dict(), "next_step": "" if seen.refused else HOW}
    if seen.refused:
        return Reply(f"The photo cannot be described reliably: {seen.refused}\n\nType what you see instead.", about)
    if not seen.items:
        return Reply("Nothing was described on the photo.\n\nType what you see instead.", about)
    return Reply(str(waits), about)


async def _worked(desk: Desk, assistant: Assistant, asked: Asked, base: str, metrics: Metrics) -> Reply:
    """The reply, when its turn has come. Raises CpgassistError and nothing else."""
    try:
        async with desk.place():
            reply = await finished(desk.workers, lambda cancel: reply_to(assistant, asked, base, cancel))
    except (CpgassistError, asyncio.CancelledError):
        raise
    except Exception as error:
        note(error)
        raise UNEXPECTED from None
    if reply.answer is not None:
        metrics.answered(reply.answer)
    return reply


async def _watched(request: Request, working: Coroutine[Any, Any, Reply]) -> Reply:
    """The reply; the work is stopped when the client goes away."""
    task = asyncio.ensure_future(working)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=0.25)
            if not task.done() and await request.is_disconnected():
                raise ModelBusyError("Nobody waits for the answer any more.")
        return await task
    finally:
        task.cancel()


def _head(kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid4().hex}", "object": kind, "created": int(time.time()), "model": MODEL}


def _whole(reply: Reply) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply.text, "refusal": None, "annotations": reply.annotations}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {**_head("chat.completion"), "choices": [choice], "usage": USAGE, "cpgassist": reply.about}


async def _events(working: Coroutine[Any, Any, Reply], counts_usage: bool) -> AsyncIterator[bytes]:
    """The stream: it begins at once, and says what is certain alone, so the text comes when the answer is whole."""
    head = _head("chat.completion.chunk")

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _event({**head, "choices": [choice], **more})

    task = asyncio.ensure_future(working)
    try:
        yield chunk({"role": "assistant", "content": ""})
        while not task.done():
            await asyncio.wait({task}, timeout=SILENCE_SECONDS)
            if not task.done():
                yield b": still working\n\n"
        reply = await task
        for paragraph in reply.text.splitlines(keepends=True):
            yield chunk({"content": paragraph})
        yield chunk({"annotations": reply.annotations}, "stop", cpgassist=reply.about)
        if counts_usage:
            yield _event({**head, "choices": [], "usage": USAGE})
    except CpgassistError as error:
        yield _event(error_body(*told(error)))
    finally:
        task.cancel()
    yield b"data: [DONE]\n\n"


def _event(body: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()
