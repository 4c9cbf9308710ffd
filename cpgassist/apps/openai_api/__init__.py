"""The OpenAI-compatible door: `/v1/models` and `/v1/chat/completions`, for chat front ends that speak nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from cpgassist.assistant import Assistant

__all__ = ["PREFIX", "add_openai", "openai_app"]

PREFIX = "/v1"


def add_openai(app: FastAPI, assistant: Assistant) -> None:
    """Add the door to a web application that has the REST door too: citations lead to its page pictures."""
    app.mount(PREFIX, openai_app(assistant))


def openai_app(assistant: Assistant) -> FastAPI:
    """The application behind `/v1`."""
    from fastapi import FastAPI

    from cpgassist.apps.openai_api.completing import add_completions
    from cpgassist.apps.openai_api.refusing import add_refusals, too_large
    from cpgassist.apps.web.limits import BodyLimit
    from cpgassist.imaging.intake import MAX_BYTES, MAX_PHOTOS

    app = FastAPI(title="cpgassist", docs_url=None, redoc_url=None, openapi_url=None)
    add_refusals(app)
    add_completions(app, assistant)
    # base64 makes four bytes of three; what else is in the message is measured once it is read
    app.add_middleware(BodyLimit, most=MAX_PHOTOS * MAX_BYTES * 4 // 3 + 1024 * 1024, refusal=too_large)
    return app
