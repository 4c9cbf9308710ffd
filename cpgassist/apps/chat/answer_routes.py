"""Where the browser exports and judges an answer: `/exports` and `/feedback`, past Gradio and its files on disk."""

from __future__ import annotations

import json
from datetime import date
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, get_args

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from cpgassist.apps.chat.answers import MEDIA_TYPES
from cpgassist.apps.export import Format
from cpgassist.apps.language.malay import said
from cpgassist.apps.language.words import ACTIONS, language_of, speaking
from cpgassist.apps.web.failures import note
from cpgassist.errors import CpgassistError, InputError
from cpgassist.feedback import VERDICTS

if TYPE_CHECKING:
    from cpgassist.apps.chat.answers import Answers

AT_ONCE = 2
"""Files made at the same time: each draws pages."""
LONGEST = 2000
"""Bytes of what a reader says."""


def add_answer_routes(app: FastAPI, answers: Answers) -> None:
    """Add GET `/exports/{key}.{format}` and PUT `/feedback/{key}`.

    PUT takes `{"verdict": ... or null, "reasons": [...], "citation": n or 0}` as JSON, a content type that a browser
    sends to this server from this server's own pages alone.
    """
    room = BoundedSemaphore(AT_ONCE)

    @app.get("/exports/{key}.{format}")
    def export(key: str, format: str, request: Request) -> Response:
        kind = next((one for one in get_args(Format) if one == format), None)
        if kind is None:
            raise HTTPException(404)
        with room:
            try:
                content = answers.export(key, kind)
            except InputError as error:
                return _failed(error, 404, request)
            except Exception as error:
                return _failed(_noted(error, ACTIONS["not_exported"]), 422, request)
        name = f"guideline-answer-{date.today().isoformat()}.{kind}"
        headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=MEDIA_TYPES[kind], headers=headers)

    @app.put("/feedback/{key}")
    async def judge(key: str, request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return Response(status_code=415)
        try:
            verdict, reasons, citation = await _said(request)
            await run_in_threadpool(answers.judge, key, verdict, reasons, citation)
        except CpgassistError as error:
            return _failed(error, 422, request)
        except Exception as error:
            return _failed(_noted(error, ACTIONS["failed"]), 422, request)
        return Response(status_code=204)


async def _said(request: Request) -> tuple[Any, Any, int]:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST:
            raise InputError(ACTIONS["failed"])
    try:
        told = json.loads(body)
        verdict, reasons, citation = told["verdict"], told["reasons"], told["citation"]
        sound = verdict is None or verdict in VERDICTS
        if not sound or type(citation) is not int or not all(isinstance(one, str) for one in reasons):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise InputError(ACTIONS["failed"]) from None
    return verdict, tuple(dict.fromkeys(reasons)), citation


def _noted(error: Exception, words: str) -> CpgassistError:
    """What a reader is told of an error; only its kind and place reach a log, for its message may hold a question."""
    if isinstance(error, CpgassistError):
        return error
    note(error, "with an answer")
    return CpgassistError(words)


def _failed(error: CpgassistError, code: int, request: Request) -> Response:
    with speaking(language_of(request.headers)):
        told = {"message": said(error.message), "next_step": said(error.next_step)}
    return JSONResponse(told, status_code=code, headers={"Cache-Control": "no-store"})
