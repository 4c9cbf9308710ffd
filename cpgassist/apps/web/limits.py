"""Limits of requests: none is kept, or even read to its end, that is larger than its door takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """ASGI middleware: a body over its limit is refused before any of it is kept.

    `refusal` makes the response to one over so many bytes; `larger` are the paths that may take more, with how much.
    `weigh` makes what says how many bytes of the pieces of one request count; without it, all of them do.
    """

    def __init__(
        self,
        app: ASGIApp,
        most: int,
        refusal: Callable[[int], Response],
        larger: Mapping[str, int] = MappingProxyType({}),
        weigh: Callable[[], Callable[[bytes], int]] | None = None,
    ) -> None:
        self.app = app
        self.refusal = refusal
        self.most = most
        self.larger = larger
        self.weigh = weigh

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        most = self.larger.get(path, self.most)
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if self.weigh is None and said.isdigit() and int(said) > most:
            await self.refusal(most)(scope, receive, send)
            return
        counted = _Counted(receive, send, most, self.weigh() if self.weigh else len)
        with suppress(_TooLargeError):
            await self.app(scope, counted.receive, counted.send)
        if counted.refused:
            await self.refusal(most)(scope, receive, send)


class _TooLargeError(Exception):
    pass


class _Counted:
    """A request whose body is counted; once it is too large, nothing that the app says of it is sent."""

    def __init__(self, receive: Receive, send: Send, most: int, weigh: Callable[[bytes], int]) -> None:
        self._receive, self._send, self._most, self._weigh = receive, send, most, weigh
        self._taken = 0
        self._begun = False
        self.refused = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._taken += self._weigh(message.get("body", b""))
        if self._taken > self._most:
            self.refused = not self._begun
            raise _TooLargeError
        return message

    async def send(self, message: Message) -> None:
        if not self.refused:
            self._begun = True
            await self._send(message)
