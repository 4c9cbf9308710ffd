"""One server for every web door: the chat, and whatever else is asked for, behind one guard.

`create_app` gives the web application, `serve` runs it. Gradio and FastAPI are imported when either is called, not
before.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from cpgassist.assistant import Assistant

__all__ = ["create_app", "serve"]


def create_app(assistant: Assistant, title: str | None = None, *, examples: Sequence[str] = ()) -> FastAPI:
    """The chat at `/chat`, page images at `/pages/{guideline}/{page}.jpg`, and `/` leading to the chat.

    `title` defaults to the corpus's. `examples` are questions offered while the chat is empty.
    """
    _stay_local()
    from fastapi import FastAPI, Response
    from fastapi.responses import RedirectResponse

    from cpgassist.apps.chat import add_chat
    from cpgassist.apps.rest import add_rest
    from cpgassist.apps.web import Guard, add_page_images

    name = title or assistant.corpus.settings.title or "cpgassist"
    app = FastAPI(title=name, docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/")
    def home() -> Response:
        return RedirectResponse("/chat/")

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(status_code=204)

    add_page_images(app, assistant)
    add_rest(app, assistant)
    screens = [add_chat(app, assistant, name, examples)]
    app.add_middleware(Guard, screens=screens)
    return app


def serve(
    assistant: Assistant,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    title: str | None = None,
    examples: Sequence[str] = (),
) -> None:
    """Serve until interrupted, after printing the chat's address."""
    app = create_app(assistant, title, examples=examples)
    import uvicorn

    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    print(f"cpgassist chat: http://{shown}:{port}/chat/  (Ctrl+C stops it)", file=sys.stderr, flush=True)
    # addresses of requests hold no question, but a log of who asked when is not ours to keep
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=2)


def _stay_local() -> None:
    # both are read when gradio and huggingface_hub are imported; Blocks' own switch alone leaves the start-up look-ups
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
