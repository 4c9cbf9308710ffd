"""One server for every web door: the chat, and whatever else is asked for, behind one guard.

`create_app` gives the web application, `serve` runs it. Gradio and FastAPI are imported when either is called, not
before.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cpgassist.errors import CorpusError, InputError

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

    from cpgassist.apps.admin.office import Office
    from cpgassist.apps.keeping import TokenCheck
    from cpgassist.assistant import Assistant
    from cpgassist.corpus import Corpus

__all__ = ["create_app", "serve"]


def create_app(
    assistant: Assistant, title: str | None = None, *, examples: Sequence[str] = (), photo: Path | None = None
) -> FastAPI:
    """The chat at `/chat`, page images at `/pages/{guideline}/{page}.jpg`, and `/` leading to the chat.

    The admin page is at `/admin`, its jobs under `/api/v1/admin`, where CPGASSIST_ADMIN_TOKEN is set, and nothing is
    there where it is not. `title` defaults to the corpus's. `examples` are questions offered while the chat is empty, and
    `photo` a picture, where a model may look at it. Raises what opening the index
    raises, unless there is an admin page to make one: the chat then says why it cannot answer yet.
    """
    kept = _kept(assistant)
    try:
        _ = assistant.index  # opened now, and not while the first reader waits
    except CorpusError:
        if kept is None:
            raise
    _stay_local()
    from fastapi import FastAPI, Response
    from fastapi.responses import RedirectResponse

    from cpgassist.apps.chat import add_chat
    from cpgassist.apps.mcp import add_mcp, is_installed
    from cpgassist.apps.openai_api import add_openai
    from cpgassist.apps.rest import add_rest
    from cpgassist.apps.web import Guard, Screen, add_base_style, add_page_images
    from cpgassist.apps.web.metrics import Metrics

    name = title or assistant.corpus.settings.title or "cpgassist"
    app = FastAPI(title=name, docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/")
    def home() -> Response:
        return RedirectResponse("/chat/")

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(status_code=204)

    add_page_images(app, assistant)
    add_base_style(app)
    metrics = Metrics(assistant)
    add_rest(app, assistant, metrics, kept)
    add_openai(app, assistant, metrics)
    if is_installed():
        add_mcp(app, assistant, metrics)
    screens: list[Screen] = []
    if kept is not None:
        from cpgassist.apps.admin import add_admin

        screens.append(add_admin(app, *kept, name))
    screens.append(add_chat(app, assistant, name, examples, photo))
    app.add_middleware(Guard, screens=screens)
    return app


def _kept(assistant: Assistant) -> tuple[Office, TokenCheck] | None:
    """The one desk of jobs, and who may use it; None where no token is set."""
    corpus = _administered(assistant)
    if corpus is None:
        return None
    from cpgassist.apps.admin import open_office
    from cpgassist.apps.keeping import TokenCheck

    token = corpus.settings.admin_token
    assert token is not None
    return open_office(corpus, assistant), TokenCheck(token.get_secret_value())


def _administered(assistant: Assistant) -> Corpus | None:
    """The corpus that the admin page keeps; None where no token is set."""
    from cpgassist.corpus import Corpus

    corpus = assistant.corpus
    return corpus if isinstance(corpus, Corpus) and corpus.settings.admin_token is not None else None


def serve(
    assistant: Assistant,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    title: str | None = None,
    examples: Sequence[str] = (),
    photo: Path | None = None,
) -> None:
    """Serve until interrupted, after printing the chat's address. Raises InputError for a port that is taken."""
    _free(host, port)
    app = create_app(assistant, title, examples=examples, photo=photo)
    import uvicorn

    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    print(f"cpgassist chat: http://{shown}:{port}/chat/  (Ctrl+C stops it)", file=sys.stderr, flush=True)
    if _administered(assistant) is not None:
        print(f"cpgassist admin: http://{shown}:{port}/admin/", file=sys.stderr, flush=True)
    # addresses of requests hold no question, but a log of who asked when is not ours to keep
    _end_tidily()
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=75,
    )


def _free(host: str, port: int) -> None:
    # uvicorn would find out once everything heavy is loaded; it still has the last word
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.create_server(found[4][:2], family=found[0]):
            pass
    except OSError as error:
        told = (error.strerror or str(error)).lower()
        raise InputError(f"{host}:{port} cannot be listened on: {told}.", "Choose another with --port.") from None


def _end_tidily() -> None:
    # uvicorn raises SIGTERM again once it has closed; as an exit it lets temporary folders be removed
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def _stay_local() -> None:
    # both are read when gradio and huggingface_hub are imported; Blocks' own switch alone leaves the start-up look-ups
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
