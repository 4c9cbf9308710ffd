"""What surrounds the Gradio app: page images, static files, and a door that opens only what the chat uses."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cpgassist.errors import CpgassistError

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant

MOUNT = "/chat"
ASSETS = Path(__file__).parent / "assets"
_SCRIPT = "text/javascript; charset=utf-8"
MEDIA = {"chat.css": "text/css; charset=utf-8", "chat.js": _SCRIPT, "photo.js": _SCRIPT}

PAGE_DPI = 132  # an A4 page 1,091 pixels wide: sharp at panel width on a dense screen, about 200 kB
KEPT_PAGES = 64

GRADIO_PATHS = frozenset(
    {
        *("", "assets", "static", "svelte", "theme.css", "config", "info", "openapi.json", "queue", "call", "cancel"),
        *("reset", "heartbeat", "startup-events", "app_id"),
    }
)
"""First segments, under `/chat` or `/chat/gradio_api`, that the chat uses. Gradio adds routes nearly every week (run
history was one), so what is not listed is closed: uploads, files, runs, monitoring, component servers, ..."""

_SCRIPT_TAG = re.compile(rb"<script(?=[\s>])")
_MANIFEST = re.compile(rb'<link rel="manifest"[^>]*>')


def add_routes(app: FastAPI, assistant: Assistant) -> None:
    """Add `/` to `/chat`, `/assets/...` and `/pages/{guideline}/{page}.jpg`."""
    picture = _pictures(assistant)

    @app.get("/")
    def home() -> Response:
        return RedirectResponse(f"{MOUNT}/")

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(status_code=204)

    @app.get("/assets/{name}")
    def asset(name: str) -> Response:
        if name not in MEDIA:
            raise HTTPException(404)
        return Response((ASSETS / name).read_bytes(), media_type=MEDIA[name], headers={"Cache-Control": "no-cache"})

    @app.get("/pages/{guideline}/{page}.jpg")
    def page_image(guideline: str, page: str) -> Response:
        # `int` would also take "+1", "1_0" and other digits
        if not re.fullmatch(r"[1-9][0-9]{0,5}", page):
            raise HTTPException(404)
        try:
            info = assistant.index.guidelines.get(guideline)
            image = picture(info.sha256, info.file, int(page)) if info is not None else None
        except CpgassistError:
            image = None
        if image is None:
            raise HTTPException(404)
        return Response(image, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


def _pictures(assistant: Assistant) -> Callable[[str, str, int], bytes]:
    @lru_cache(maxsize=KEPT_PAGES)
    def picture(_sha256: str, file: str, page: int) -> bytes:
        jpeg = BytesIO()
        assistant.corpus.page_image(file, page, dpi=PAGE_DPI).convert("RGB").save(jpeg, "JPEG", quality=82)
        return jpeg.getvalue()

    return picture


def head(nonce: str) -> str:
    """What the chat adds to Gradio's page head."""
    version = sha256(b"".join((ASSETS / name).read_bytes() for name in sorted(MEDIA))).hexdigest()[:12]
    return (
        f'<link rel="stylesheet" href="/assets/chat.css?v={version}">'
        f'<script type="module" nonce="{nonce}" src="/assets/chat.js?v={version}"></script></head>'
    )


def policy(nonce: str) -> str:
    """The content security policy.

    Scripts: files of this server and the page's own, by nonce; nothing is evaluated (the reason there is no `gr.HTML`
    on the page: its templates need `unsafe-eval`). Gradio and the marks on pages need inline styles.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'self'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


class Guard:
    """ASGI middleware: closes Gradio routes the chat has no use for and sets the security headers.

    Plain ASGI, since Starlette's BaseHTTPMiddleware buffers the event streams that Gradio answers with.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        if closed(scope["path"]):
            await Response("Not found", 404, headers=_headers(nonce))(scope, receive, send)
            return
        is_page = scope["path"].rstrip("/") == MOUNT and scope["method"] == "GET"
        if is_page:
            # the page is edited below, which a compressed body would not allow
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}
        sender = _PageSender(send, nonce) if is_page else _HeaderSender(send, nonce)
        await self.app(scope, receive, sender)


def closed(path: str) -> bool:
    """Whether the path leads to a part of Gradio that the chat does not use."""
    segments = [segment for segment in path.split("/") if segment]
    if not segments or f"/{segments[0]}" != MOUNT:
        return False
    rest = segments[1:]
    if rest[:1] == ["gradio_api"]:
        rest = rest[1:]
    return (rest[0] if rest else "") not in GRADIO_PATHS


class _HeaderSender:
    def __init__(self, send: Send, nonce: str) -> None:
        self.send = send
        self.nonce = nonce

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(_headers(self.nonce))
        await self.send(message)


class _PageSender:
    """Collects Gradio's page, gives its scripts the nonce and adds the chat's own head."""

    def __init__(self, send: Send, nonce: str) -> None:
        self.send = send
        self.nonce = nonce
        self.start: Message = {}
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            return
        if message["type"] != "http.response.body":  # extensions, such as a test client's
            await self.send(message)
            return
        self.body += message.get("body", b"")
        if message.get("more_body"):
            return
        headers = MutableHeaders(scope=self.start)
        headers.update(_headers(self.nonce))
        if headers.get("content-type", "").startswith("text/html"):
            self.body = _edited(self.body, self.nonce)
            headers["Content-Length"] = str(len(self.body))
            headers["Cache-Control"] = "no-store"
        await self.send(self.start)
        await self.send({"type": "http.response.body", "body": self.body})


def _edited(page: bytes, nonce: str) -> bytes:
    # Gradio's configuration inside the page has every "<" as \u003c, so only real tags match
    page = _SCRIPT_TAG.sub(f'<script nonce="{nonce}"'.encode(), _MANIFEST.sub(b"", page))
    return page.replace(b"</head>", head(nonce).encode(), 1)


def _headers(nonce: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy(nonce),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
