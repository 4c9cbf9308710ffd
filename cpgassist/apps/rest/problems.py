"""Errors as RFC 9457 problem details: what happened, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cpgassist.apps.web.failures import code_of, note, status_of
from cpgassist.apps.web.problems import MEDIA_TYPE, problem
from cpgassist.errors import CpgassistError

CODES = {400: "unreadable", 404: "not_found", 405: "method_not_allowed", 415: "unsupported_media_type"}
NEXT_STEPS = {
    400: "Send JSON as it is documented.",
    404: "See /api/v1/guidelines for the guidelines, /api/v1/openapi.json for the routes.",
    405: "See /api/v1/openapi.json for the method.",
    413: "Send less: one clinical question, or photos within the limits that are documented.",
    415: "Send the content type that is documented.",
}


DESCRIBED = {
    401: "The admin token is needed",
    404: "There is no such thing",
    409: "That cannot be done now",
    413: "The request is too large",
    415: "Not a form with photos",
    422: "The question, filter, photo or file cannot be used",
    429: "Too many wrong tokens",
    500: "Something went wrong on the server",
    503: "There is no index or model to answer from, or too many requests wait",
}


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str
    next_step: str


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems of a route, as its document tells them."""
    content: dict[str, Any] = {MEDIA_TYPE: {}}
    return {status: {"model": Problem, "description": DESCRIBED[status], "content": content} for status in statuses}


def told(error: CpgassistError) -> JSONResponse:
    """An expected failure as its problem."""
    return problem(status_of(error), code_of(error), error.message, error.next_step)


def add_problems(app: FastAPI) -> None:
    """Make every failure of the app a problem; none repeats what was sent, which may be about a patient."""

    @app.exception_handler(CpgassistError)
    async def expected(request: Request, error: CpgassistError) -> Response:
        return told(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        wrong = [{"at": _place(one["loc"]), "reason": str(one["msg"])} for one in error.errors()]
        first = wrong[0] if wrong else {"at": "body", "reason": "cannot be read"}
        detail = f"{first['at']}: {first['reason']}."
        return problem(422, "invalid_request", detail, "Correct it; /api/v1/openapi.json says how.", errors=wrong)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        code = CODES.get(error.status_code, "error")
        answer = problem(error.status_code, code, f"{error.detail}.", NEXT_STEPS.get(error.status_code, "Try again."))
        answer.headers.update(error.headers or {})
        return answer


def too_large(most: int) -> JSONResponse:
    """What a request over `most` bytes gets."""
    return problem(413, "too_large", f"The request is larger than {most:,} bytes.", NEXT_STEPS[413])


class Unexpected:
    """ASGI middleware: what nobody foresaw becomes a problem, and no word of what was asked reaches a log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, sent)
        except Exception as error:
            note(error)
            if begun:
                raise ConnectionAbortedError("the response was cut off by an unexpected error") from None
            detail = "Something went wrong on this computer."
            await problem(500, "error", detail, "Try again; tell who looks after this installation.")(
                scope, receive, send
            )


def _place(loc: Sequence[object]) -> str:
    # names of fields that were sent are not repeated: they may hold anything
    return ".".join(str(part) for part in loc if isinstance(part, int) or re.fullmatch("[a-z_]{1,30}", str(part)))
