"""A website on this machine whose every answer a test chooses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Answer:
    """What the site says once."""

    body: bytes = b""
    code: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    announced: int | None = None
    """Content-Length where it is not that of the body."""
    chunked: bool = False
    broken: bool = False
    """Whether a chunked body ends without its end."""


class Site:
    """Answers by path; what was asked is kept."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[dict[str, str]], Answer] | Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                site.asked.append((self.path, headers))
                said = site.answers.get(self.path, Answer(b"nothing here", 404))
                self._say(said(headers) if callable(said) else said)

            def _say(self, said: Answer) -> None:
                self.close_connection = True
                self.send_response(said.code)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                if said.chunked:
                    self.send_header("Transfer-Encoding", "chunked")
                elif said.code != 304:
                    self.send_header(
                        "Content-Length", str(len(said.body) if said.announced is None else said.announced)
                    )
                self.send_header("Connection", "close")
                self.end_headers()
                if said.chunked:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(said.body), said.body))
                    if not said.broken:
                        self.wfile.write(b"0\r\n\r\n")
                elif said.code != 304:
                    self.wfile.write(said.body)

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The site's address without a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def paths(self) -> list[str]:
        """What was asked for, robots.txt left out."""
        return [path for path, _ in self.asked if path != "/robots.txt"]

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def serving(body: bytes, etag: str = '"one"', cut: int | None = None) -> Callable[[dict[str, str]], Answer]:
    """A file served as good sites do: ranges while the ETag is the same, 304 for one that is known."""

    def answer(headers: dict[str, str]) -> Answer:
        said = {"ETag": etag, "Content-Type": "application/pdf", "Accept-Ranges": "bytes"}
        if headers.get("if-none-match") == etag:
            return Answer(b"", 304, said)
        start = int(headers.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        if "range" in headers and headers.get("if-range") == etag:
            if start >= len(body):
                return Answer(b"", 416, {**said, "Content-Range": f"bytes */{len(body)}"})
            rest = body[start:]
            return Answer(rest, 206, {**said, "Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"})
        return Answer(body[:cut], 200, said, announced=len(body))

    return answer


@pytest.fixture
def site():
    found = Site()
    yield found
    found.close()
