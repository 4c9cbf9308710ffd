"""A chat that opens late: there is no index when the server starts, and the admin page makes one while it runs."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

from cpgassist.errors import CpgassistError

if TYPE_CHECKING:
    from fastapi import FastAPI, Response

    from cpgassist.corpus import Corpus

_WAITING = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>No guidelines yet</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/assets/base.css">'
    "</head><body><main><h1>No guidelines yet</h1><p>There is nothing to search here so far. "
    'An <a href="/admin/">admin</a> adds guidelines and reindexes them; then the chat opens.</p></main></body></html>'
)


def add_late_chat(app: FastAPI, corpus: Corpus, open_chat: Callable[[], None]) -> None:
    """Say at `/chat` that there are no guidelines yet, until there is an index; then open the chat in that place."""
    from fastapi.responses import HTMLResponse, RedirectResponse

    lock, opened = Lock(), False

    def chat() -> Response:
        nonlocal opened
        with lock:
            if not opened and corpus.current_version() is not None:
                try:
                    open_chat()
                except CpgassistError:
                    return HTMLResponse(_WAITING, 503)
                app.router.routes[:] = [route for route in app.router.routes if route not in waiting]
                opened = True
            return RedirectResponse("/chat/", 303) if opened else HTMLResponse(_WAITING, 503)

    before = len(app.router.routes)
    app.get("/chat", response_model=None)(chat)
    app.get("/chat/", response_model=None)(chat)
    waiting = app.router.routes[before:]
