"""The OpenAI-compatible door: `/v1/models` and `/v1/chat/completions`, for chat front ends that speak nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from cpgassist.apps.web.metrics import Metrics
    from cpgassist.assistant import Assistant

__all__ = ["PREFIX", "add_openai", "openai_app"]

PREFIX = "/v1"


def add_openai(app: FastAPI, assistant: Assistant, metrics: Metrics | None = None) -> None:
    """Add the door to a web application that has the REST door too: citations lead to its page pictures."""
    app.mount(PREFIX, openai_app(assistant, metrics))


def openai_app(assistant: Assistant, metrics: Metrics | None = None) -> FastAPI:
    """The application behind `/v1`."""
    from fastapi import FastAPI

    from cpgassist.apps.openai_api.completing import add_completions
    from cpgassist.apps.openai_api.messages import MOST_TEXT, Apart
    from cpgassist.apps.openai_api.refusing import add_refusals, too_large
    from cpgassist.apps.web.limits import BodyLimit
    from cpgassist.apps.web.metrics import Counted, Metrics
    from cpgassist.imaging.intake import MAX_BYTES, MAX_PHOTOS

    app = FastAPI(title="cpgassist", docs_url=None, redoc_url=None, openapi_url=None)
    counted = metrics or Metrics(assistant)
    add_refusals(app)
    add_completions(app, assistant, counted)
    app.add_middleware(BodyLimit, most=MOST_TEXT, refusal=too_large, weigh=Apart)
    # base64 makes four bytes of three
    app.add_middleware(BodyLimit, most=MAX_PHOTOS * MAX_BYTES * 4 // 3 + MOST_TEXT, refusal=too_large)
    app.add_middleware(Counted, metrics=counted)
    return app
