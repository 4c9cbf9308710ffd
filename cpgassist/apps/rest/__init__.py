"""The REST door: `/api/v1` with its OpenAPI 3.1 document, and `/healthz`, `/readyz` and `/metrics` beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from cpgassist.assistant import Assistant

__all__ = ["PREFIX", "add_rest", "rest_app"]

PREFIX = "/api/v1"


def add_rest(app: FastAPI, assistant: Assistant) -> None:
    """Add the REST door to a web application."""
    from cpgassist.apps.rest.health import add_health
    from cpgassist.apps.rest.metrics import Metrics

    metrics = Metrics(assistant)
    add_health(app, assistant, metrics)
    app.mount(PREFIX, rest_app(assistant, metrics))


def rest_app(assistant: Assistant, metrics: object | None = None) -> FastAPI:
    """The application behind `/api/v1`, with its document at `openapi.json` and a page about it at `docs`."""
    from fastapi import FastAPI

    from cpgassist import __version__
    from cpgassist.apps.rest.answering import add_answering
    from cpgassist.apps.rest.guidelines import add_guidelines
    from cpgassist.apps.rest.metrics import Metrics
    from cpgassist.apps.rest.problems import Unexpected, add_problems, too_large
    from cpgassist.apps.rest.reference import add_reference
    from cpgassist.apps.web.limits import BodyLimit
    from cpgassist.imaging.intake import MAX_BYTES, MAX_PHOTOS

    app = FastAPI(
        title="cpgassist",
        version=__version__,
        summary="Clinical practice guidelines answer: quoted, cited, checked.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        servers=[{"url": PREFIX}],
        root_path_in_servers=False,
    )
    add_problems(app)
    counted = metrics if isinstance(metrics, Metrics) else Metrics(assistant)
    add_answering(app, assistant, counted)
    add_guidelines(app, assistant)
    add_reference(app)
    photos = MAX_PHOTOS * MAX_BYTES + 64 * 1024
    app.add_middleware(BodyLimit, most=64 * 1024, refusal=too_large, larger=[("/photos", photos)])
    app.add_middleware(Unexpected)
    app.middleware("http")(counted.timed)
    return app
