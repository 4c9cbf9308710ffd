"""Gradio's own scripts and styles, read and compressed once: to do so for every reader kept every page waiting."""

from __future__ import annotations

import gzip
import re
from functools import lru_cache
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request, Response

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_NAME = re.compile(r"[\w-]+\.(css|js)")
_MOST = 256
"""Files kept in memory; a screen needs about 60."""
_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
"""A file's name changes with its content."""


def add_bundle(app: FastAPI, path: str) -> None:
    """Serve the scripts and styles of the Gradio app at `path`; other files of it stay Gradio's. Call it before mounting."""

    @app.get(f"{path}/assets/{{name}}")
    async def bundled(name: str, request: Request) -> Response:
        kind = _NAME.fullmatch(name)
        content = _compressed(name) if kind else None
        if kind is None or content is None:
            raise HTTPException(404)
        headers = dict(_HEADERS)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
        else:
            content = gzip.decompress(content)
        return Response(content, media_type=_TYPES[kind[1]], headers=headers)


@lru_cache(maxsize=_MOST)
def _compressed(name: str) -> bytes | None:
    from gradio.route_utils import BUILD_PATH_LIB

    try:
        return gzip.compress((Path(BUILD_PATH_LIB) / name).read_bytes(), mtime=0)
    except OSError:
        return None
