"""Errors in OpenAI's shape that are RFC 9457 problems too, with the next step; none repeats what was sent."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from cpgassist.apps.web.failures import code_of, status_of
from cpgassist.apps.web.problems import problem
from cpgassist.errors import CpgassistError

UNEXPECTED = CpgassistError(
    "Something went wrong on this computer.", "Try again; tell who looks after this installation."
)


def error_body(status: int, code: str, message: str, next_step: str = "") -> dict[str, Any]:
    """An error as clients of OpenAI read it."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    said = " ".join(filter(None, (message, next_step)))
    return {"error": {"message": said, "type": kind, "param": None, "code": code, "next_step": next_step}}


def refusal(status: int, code: str, message: str, next_step: str = "") -> JSONResponse:
    """An error as its response."""
    return problem(status, code, message, next_step, **error_body(status, code, message, next_step))


def told(error: CpgassistError) -> tuple[int, str, str, str]:
    """An expected failure: its status, code, message and next step."""
    # what cannot be used is 400 there
    status = 400 if status_of(error) == 422 else status_of(error)
    return status, code_of(error), error.message, error.next_step


def too_large(most: int) -> Response:
    """What a request over `most` bytes gets."""
    return refusal(413, "too_large", f"The request is larger than {most:,} bytes.", "Send one clinical question.")


def add_refusals(app: FastAPI) -> None:
    """Make every failure of the app an error of this shape."""

    @app.exception_handler(CpgassistError)
    async def expected(request: Request, error: CpgassistError) -> Response:
        return refusal(*told(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return refusal(
            400, "invalid_request", "This is no chat completion request.", "Send model and messages as JSON."
        )

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        answer = refusal(
            error.status_code, "not_found", f"{error.detail}.", "There are /v1/models, /v1/chat/completions."
        )
        answer.headers.update(error.headers or {})
        return answer
