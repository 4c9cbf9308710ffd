"""The REST door: `/api/v1` with its OpenAPI 3.1 document, and `/healthz`, `/readyz` and `/metrics` beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from cpgassist.apps.keeping import JobDesk, TokenCheck
    from cpgassist.apps.web.metrics import Metrics
    from cpgassist.assistant import Assistant

__all__ = ["PREFIX", "add_rest", "rest_app"]

PREFIX = "/api/v1"


def add_rest(
    app: FastAPI, assistant: Assistant, metrics: Metrics, kept: tuple[JobDesk, TokenCheck] | None = None
) -> None:
    """Add the REST door to a web application; with `kept` the jobs of those who keep the corpus, behind their token."""
    from cpgassist.apps.rest.health import add_health

    add_health(app, assistant, metrics)
    app.mount(PREFIX, rest_app(assistant, metrics, kept))


def rest_app(
    assistant: Assistant, metrics: Metrics | None = None, kept: tuple[JobDesk, TokenCheck] | None = None
) -> FastAPI:
    """The application behind `/api/v1`, with its document at `openapi.json` and a page about it at `docs`."""
    from fastapi import FastAPI

    from cpgassist import __version__
    from cpgassist.apps.keeping.evaluations import MOST_BYTES as MOST_QUESTIONS
    from cpgassist.apps.rest.answering import add_answering
    from cpgassist.apps.rest.feedback import GONE, add_feedback
    from cpgassist.apps.rest.guidelines import add_guidelines
    from cpgassist.apps.rest.jobs import QUESTIONS_PATH, add_jobs
    from cpgassist.apps.rest.problems import Unexpected, add_problems, too_large
    from cpgassist.apps.rest.reference import add_reference
    from cpgassist.apps.web.judging import KeptAnswers
    from cpgassist.apps.web.limits import BodyLimit
    from cpgassist.apps.web.metrics import Counted, Metrics
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
    counted = metrics or Metrics(assistant)
    answers = KeptAnswers(assistant, GONE)
    add_answering(app, assistant, counted, answers)
    add_guidelines(app, assistant)
    add_feedback(app, answers)
    larger = {"/photos": MAX_PHOTOS * MAX_BYTES + 64 * 1024}
    if kept is not None:
        add_jobs(app, *kept)
        larger[QUESTIONS_PATH] = MOST_QUESTIONS
    add_reference(app)
    app.add_middleware(BodyLimit, most=64 * 1024, refusal=too_large, larger=larger)
    app.add_middleware(Unexpected)
    app.add_middleware(Counted, metrics=counted)
    return app
