"""MCP over streamable HTTP: one address, POST alone, nothing kept between requests."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio
from fastapi import FastAPI
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cpgassist.apps.mcp.serving import mcp_server
from cpgassist.apps.web.limits import BodyLimit
from cpgassist.apps.web.metrics import Counted, Metrics
from cpgassist.apps.web.problems import problem
from cpgassist.models.servers.addresses import is_loopback

if TYPE_CHECKING:
    from mcp.server import Server

    from cpgassist.assistant import Assistant

MOST_BYTES = 64 * 1024


def add_endpoint(app: FastAPI, path: str, assistant: Assistant, metrics: Metrics | None = None) -> None:
    """Serve MCP at this path while the application runs."""
    counted = metrics or Metrics(assistant)
    endpoint = _Endpoint(mcp_server(assistant, counted.answered))
    limited: ASGIApp = Counted(BodyLimit(endpoint, MOST_BYTES, _too_large), counted, path)
    app.router.routes.append(Route(path, endpoint=limited))
    others = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(served: Any) -> AsyncIterator[Any]:
        async with others(served) as state, endpoint.running():
            yield state

    app.router.lifespan_context = lifespan


class _Endpoint:
    """Hands requests to the SDK.

    It takes no cookie and gives no other site leave to read (CORS), so what remains is DNS rebinding: a page of another
    site that reaches this server under that site's name. Browsers say in Origin whose page it is that posts, and in Host
    the name that they reached: anything but a page of this computer is refused, and on a loopback address anything that
    calls it by another name. Programs that are no browsers send no Origin.
    """

    def __init__(self, server: Server[Any]) -> None:
        self._server = server
        self._manager: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While it runs, requests are answered."""
        # a manager runs once; the application may be started again
        manager = StreamableHTTPSessionManager(
            self._server, json_response=True, stateless=True, max_request_body_size=MOST_BYTES
        )
        async with manager.run():
            self._manager = manager
            try:
                yield
            finally:
                self._manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        refusal = _refusal(scope)
        if refusal is None and self._manager is None:
            refusal = _told(503, "The server is not running yet.", "Try again in a moment.")
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        assert self._manager is not None
        await _while_awaited(self._manager.asgi_app, scope, receive, send)


async def _while_awaited(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a request, and stop when the client has gone away: the SDK would answer nobody."""
    body: list[Message] = [await receive()]
    while body[-1]["type"] == "http.request" and body[-1].get("more_body"):
        body.append(await receive())
    gone = anyio.Event()

    async def replayed() -> Message:
        if body:
            return body.pop(0)
        await gone.wait()
        return {"type": "http.disconnect"}

    async with anyio.create_task_group() as group:

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            gone.set()
            group.cancel_scope.cancel()

        group.start_soon(watch)
        await app(scope, replayed, send)
        group.cancel_scope.cancel()


def _refusal(scope: Scope) -> Response | None:
    headers = dict(scope["headers"])
    if scope["method"] != "POST":
        return _told(405, "Only POST is answered here: nothing is kept between requests.", "POST a message.", "POST")
    origin = headers.get(b"origin", b"").decode("latin-1")
    if origin and not _is_local(origin):
        return _told(403, "Pages of other sites may not ask here.", "Use a program on this computer, not a web page.")
    reached = (scope.get("server") or ("",))[0]
    if is_loopback(reached) and not _is_local(f"//{headers.get(b'host', b'').decode('latin-1')}"):
        return _told(403, "This computer was asked for under another name.", "Ask for 127.0.0.1, not a site's name.")
    return None


def _is_local(address: str) -> bool:
    try:
        return is_loopback(urlsplit(address).hostname or "")
    except ValueError:
        return False


def _too_large(most: int) -> Response:
    """A problem that is a JSON-RPC error too."""
    message, next_step = f"The request is larger than {most:,} bytes.", "Send one clinical question."
    return problem(413, "too_large", message, next_step, **_error(message, next_step))


def _told(status: int, message: str, next_step: str, allow: str = "") -> Response:
    """A refusal before the protocol: a JSON-RPC error without an id."""
    headers = {"Cache-Control": "no-store", **({"Allow": allow} if allow else {})}
    return Response(json.dumps(_error(message, next_step)), status, headers, "application/json")


def _error(message: str, next_step: str) -> dict[str, Any]:
    error = {"code": -32600, "message": f"{message} {next_step}", "data": {"next_step": next_step}}
    return {"jsonrpc": "2.0", "id": None, "error": error}
