"""Whether the server lives, and whether it can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response

from cpgassist.apps.rest.problems import told
from cpgassist.errors import CpgassistError

if TYPE_CHECKING:
    from cpgassist.apps.web.metrics import Metrics
    from cpgassist.assistant import Assistant


def add_health(app: FastAPI, assistant: Assistant, metrics: Metrics) -> None:
    """Add `/healthz`, `/readyz` and `/metrics`."""
    ready: dict[str, bool] = {}

    @app.get("/healthz", include_in_schema=False)
    def alive() -> Response:
        return JSONResponse({"status": "alive"})

    @app.get("/readyz", include_in_schema=False)
    def can_answer() -> Response:
        """Ready once the index in service is open and a question went through its embedder."""
        try:
            index = assistant.index
            if index.version not in ready:
                assistant.search("fever", k=1)
                ready.clear()
                ready[index.version] = True
        except CpgassistError as error:
            answer = told(error)
            answer.status_code = 503
            return answer
        about = {"status": "ready", "index": index.version, "guidelines": len(index.guidelines)}
        return JSONResponse({**about, "warnings": list(index.warnings)})

    @app.get("/metrics", include_in_schema=False)
    def figures() -> Response:
        return Response(metrics.text(), media_type=metrics.media_type)
