"""A refusal as RFC 9457 problem details."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


def problem(status: int, code: str, detail: str, next_step: str = "", **more: Any) -> JSONResponse:
    """A problem as its response."""
    told = {
        "type": f"urn:cpgassist:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": detail,
        "next_step": next_step,
        **more,
    }
    headers = {"Cache-Control": "no-store", **({"Retry-After": "5"} if status == 503 else {})}
    return JSONResponse(told, status, headers, MEDIA_TYPE)
