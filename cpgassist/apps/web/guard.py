"""The guard of the web doors: it closes what no screen uses, and sets the headers that keep a page to itself."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fastapi import Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

GRADIO_PATHS = frozenset(
    {
        *("", "assets", "static", "svelte", "theme.css", "config", "info", "openapi.json", "queue", "call", "cancel"),
        *("reset", "heartbeat", "startup-events", "app_id"),
    }
)
"""First segments, under a screen's path or its `gradio_api`, that a screen uses. Gradio adds routes nearly every week
(run history was one), so what is not listed is closed: uploads, files, runs, monitoring, component servers, ..."""

ASSETS = Path(__file__).parent / "assets"
BASE = "base.css"
"""The style sheet that every screen starts from: colours, the bar at the top, notes, buttons."""

_SCRIPT_TAG = re.compile(rb"<script(?=[\s>])")
_MANIFEST = re.compile(rb'<link rel="manifest"[^>]*>')


@dataclass(frozen=True, slots=True)
class Screen:
    """A Gradio app on this server, and its own style and scripts."""

    path: str
    """Where it is mounted, as "/chat"."""
    folder: Path
    """Where its assets lie."""
    assets: tuple[str, ...]
    """Names of style sheets and scripts; their names are addresses, so each is unlike those of other screens."""
    modules: tuple[str, ...]
    """The scripts among them that the page starts with."""
    gradio_paths: frozenset[str] = GRADIO_PATHS
    own_paths: frozenset[str] = frozenset()
    """First segments under its path that are routes of its own, and not Gradio's."""
    refuse: Callable[[Scope], Response | None] | None = None
    """What a request under its path gets that may not come in; None lets it in. Without it, anyone may."""

    def holds(self, scope: Scope) -> bool:
        """Whether a request is for anything under its path."""
        return _segments(scope["path"])[:1] == [self.path.strip("/")]

    def is_page(self, scope: Scope) -> bool:
        """Whether a request is for the page itself."""
        return (scope["method"], scope["path"].rstrip("/")) == ("GET", self.path)

    def closed(self, path: str) -> bool:
        """Whether the path leads to a part of Gradio that the screen does not use."""
        segments = _segments(path)
        if not segments or f"/{segments[0]}" != self.path:
            return False
        rest = segments[1:]
        if rest and rest[0] in self.own_paths:
            return False
        if rest[:1] == ["gradio_api"]:
            rest = rest[1:]
        return (rest[0] if rest else "") not in self.gradio_paths

    def head(self, nonce: str) -> str:
        """What the screen adds to Gradio's page head."""
        files = (ASSETS / BASE, *(self.folder / name for name in self.assets))
        version = sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
        styles = (name for name in self.assets if name.endswith(".css"))
        imported = (name for name in self.assets if name.endswith(".js") and name not in self.modules)
        return "".join(
            (
                f'<link rel="stylesheet" href="/assets/{BASE}?v={version}">',
                *(f'<link rel="stylesheet" href="/assets/{name}?v={version}">' for name in styles),
                *(
                    f'<script type="module" nonce="{nonce}" src="/assets/{name}?v={version}"></script>'
                    for name in self.modules
                ),
                # found only once the module that imports them is there, otherwise
                *(f'<link rel="modulepreload" nonce="{nonce}" href="/assets/{name}">' for name in imported),
                "</head>",
            )
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
    """ASGI middleware: closes Gradio routes that the screens have no use for and sets the security headers.

    Plain ASGI, since Starlette's BaseHTTPMiddleware buffers the event streams that Gradio answers with.
    """

    def __init__(self, app: ASGIApp, screens: Sequence[Screen] = ()) -> None:
        self.app = app
        self.screens = screens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        refused = next((screen.refuse(scope) for screen in self.screens if screen.refuse and screen.holds(scope)), None)
        if refused is not None:
            await refused(scope, receive, _HeaderSender(send, nonce))
            return
        if any(screen.closed(scope["path"]) for screen in self.screens):
            await Response("Not found", 404, headers=_headers(nonce))(scope, receive, send)
            return
        page = next((screen for screen in self.screens if screen.is_page(scope)), None)
        if page is None:
            await self.app(scope, receive, _HeaderSender(send, nonce))
            return
        # the page is edited below, which a compressed body would not allow
        plain = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}
        await self.app(plain, receive, _PageSender(send, nonce, page.head(nonce)))


class _HeaderSender:
    def __init__(self, send: Send, nonce: str) -> None:
        self.send = send
        self.nonce = nonce

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            own = headers.get("content-security-policy")  # of a page that runs without Gradio, and needs less or other
            headers.update(_headers(self.nonce))
            # or a browser writes answers to its disk: Gradio says nothing of its event streams
            headers.setdefault("Cache-Control", "no-store")
            if own:
                headers["Content-Security-Policy"] = own
        await self.send(message)


class _PageSender:
    """Collects Gradio's page, gives its scripts the nonce and adds the screen's own head."""

    def __init__(self, send: Send, nonce: str, head: str) -> None:
        self.send = send
        self.nonce = nonce
        self.head = head
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
            self.body = _edited(self.body, self.nonce, self.head)
            headers["Content-Length"] = str(len(self.body))
            headers["Cache-Control"] = "no-store"
        await self.send(self.start)
        await self.send({"type": "http.response.body", "body": self.body})


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _edited(page: bytes, nonce: str, head: str) -> bytes:
    # Gradio's configuration inside the page has every "<" as \u003c, so only real tags match
    page = _SCRIPT_TAG.sub(f'<script nonce="{nonce}"'.encode(), _MANIFEST.sub(b"", page))
    return page.replace(b"</head>", head.encode(), 1)


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
