"""Asking a website for a file as a polite guest: one connection at a time, a pause, its robots.txt, its Retry-After.

The one place of cpgassist that opens a connection to another site, and only for an address of a catalogue that the user
asked for by name. Proxies named in the environment are used.
"""

from __future__ import annotations

import email.utils
import http.client
import ssl
import time
import urllib.request
import urllib.robotparser
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any
from urllib.error import URLError
from urllib.parse import urljoin, urlsplit

import cpgassist
from cpgassist.catalogue.addresses import Rules
from cpgassist.catalogue.outcomes import Stopped

AGENT = f"cpgassist/{cpgassist.__version__} (one guideline at its user's request; not a crawler)"
TIMEOUT = 30.0
"""Seconds without a byte after which a connection is given up."""
PAUSE = 3.0
"""Seconds between two requests to one host."""
LONGEST_PAUSE = 120.0
"""Seconds that a site may ask us to wait; for longer, the user is told to come back."""
_HOPS = 5
_ROBOTS_SIZE = 500_000


class Web:
    """Requests under the rules of one entry; pauses and robots.txt go on from the Web `after` which it is made.

    `sleep`, `clock` and `now` are there for tests.
    """

    def __init__(
        self,
        rules: Rules,
        after: Web | None = None,
        pause: float | None = None,
        timeout: float = TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.rules = rules
        self._pause = PAUSE if pause is None else pause
        self._timeout = timeout
        self._sleep, self._clock, self._now = sleep, clock, now
        self._asked: dict[str, float] = after._asked if after else {}
        self._robots: dict[str, urllib.robotparser.RobotFileParser | None] = after._robots if after else {}
        self._opener = urllib.request.OpenerDirector()
        # Only these: the usual opener also reads files and FTP, and follows redirects unasked.
        for handler in (urllib.request.ProxyHandler(), _Http(rules), _Https(rules)):
            self._opener.add_handler(handler)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> http.client.HTTPResponse:
        """The response, redirects followed as far as the rules allow; a busy site is asked once more when it says.

        Raises Stopped where the address may not be asked, the site cannot be reached or wants no programs.
        """
        before: str | None = None
        for _ in range(_HOPS + 1):
            self.rules.check(url, before)
            self._ask_robots(url)
            response = self._patiently(url, headers or {})
            if response.status not in (301, 302, 303, 307, 308):
                return response
            response.close()
            before, url = url, urljoin(url, response.headers.get("Location", ""))
        raise Stopped("refused", f"{url[:200]!r} leads on and on.")

    def _patiently(self, url: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        response = self._once(url, headers)
        wait = self._wait_asked(response) if response.status in (429, 503) else None
        if wait is None or wait > LONGEST_PAUSE:
            return response
        response.close()
        self._sleep(wait)
        return self._once(url, headers)

    def _wait_asked(self, response: http.client.HTTPResponse) -> float | None:
        said = (response.headers.get("Retry-After") or "").strip()
        if said.isdigit():
            return float(said[:9])
        try:
            return max(0.0, email.utils.parsedate_to_datetime(said).timestamp() - self._now()) if said else None
        except (ValueError, OverflowError):
            return None

    def _once(self, url: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        host = urlsplit(url).netloc
        since = self._clock() - self._asked[host] if host in self._asked else self._pause
        if since < self._pause:
            self._sleep(self._pause - since)
        said = {"User-Agent": AGENT, "Accept": "application/pdf, */*;q=0.1", "Accept-Encoding": "identity", **headers}
        try:
            response: Any = self._opener.open(urllib.request.Request(url, headers=said), timeout=self._timeout)
        except (URLError, OSError, http.client.HTTPException, ValueError) as error:
            raise _unreachable(url, error) from error
        finally:
            self._asked[host] = self._clock()
        if response is None:
            raise Stopped("refused", f"{url[:200]!r} was not asked: it is no http:// or https:// address.")
        answer: http.client.HTTPResponse = response
        return answer

    def _ask_robots(self, url: str) -> None:
        """Raises Stopped where the site's robots.txt keeps programs out, or fails (RFC 9309)."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            self._robots[origin] = self._read_robots(f"{origin}/robots.txt")
        robots = self._robots[origin]
        if robots is None:
            return
        if not robots.can_fetch(AGENT, url):
            raise Stopped("robots", f"{parts.netloc} asks programs to keep out of this address (robots.txt).")
        asked = robots.crawl_delay(AGENT)
        if asked is not None:
            self._pause = max(self._pause, min(float(asked), LONGEST_PAUSE))

    def _read_robots(self, url: str) -> urllib.robotparser.RobotFileParser | None:
        """What a site asks of programs; None where it has no such file."""
        with closing(self._once(url, {"Accept": "text/plain"})) as response:
            robots = urllib.robotparser.RobotFileParser(url)
            if response.status >= 500:
                # A site whose rules cannot be read now is not asked for more.
                raise Stopped("robots", f"{url} failed with code {response.status}, so its rules are not known.")
            if response.status != 200:
                return None
            try:
                text = response.read(_ROBOTS_SIZE).decode("utf-8", "replace")
            except (OSError, http.client.HTTPException) as error:
                raise _unreachable(url, error) from error
        robots.parse(text.splitlines())
        return robots


def _unreachable(url: str, error: Exception) -> Stopped:
    reason = getattr(error, "reason", error)
    host = urlsplit(url).netloc
    if isinstance(reason, ssl.SSLError):
        return Stopped("unreachable", f"{host} did not prove who it is: {getattr(reason, 'verify_message', reason)}.")
    return Stopped("unreachable", f"{host} cannot be reached: {reason}.", "Check the connection and run it again.")


class _Looked(http.client.HTTPConnection):
    """A connection that looks at whom it reached before it says anything."""

    rules: Rules

    def connect(self) -> None:
        """Connect. Raises Stopped where the host is at a private address."""
        super().connect()
        try:
            self.rules.check_peer(f"//{self.host}", self.host, self.sock.getpeername()[0])
        except Stopped:
            self.close()
            raise


class _LookedTls(http.client.HTTPSConnection, _Looked):
    """The same, before TLS begins: HTTPSConnection connects by the next class in line."""


def _looking(kind: type[_Looked], rules: Rules) -> Callable[..., _Looked]:
    def made(*arguments: Any, **named: Any) -> _Looked:
        connection = kind(*arguments, **named)
        connection.rules = rules
        return connection

    return made


class _Http(urllib.request.HTTPHandler):
    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self._rules = rules

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        kind: Any = http.client.HTTPConnection if _by_proxy(req) else _looking(_Looked, self._rules)
        return self.do_open(kind, req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, rules: Rules) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(context=self._tls)
        self._rules = rules

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        kind: Any = http.client.HTTPSConnection if _by_proxy(req) else _looking(_LookedTls, self._rules)
        return self.do_open(kind, req, context=self._tls)


def _by_proxy(request: urllib.request.Request) -> bool:
    """Whether a proxy makes the connection: then the peer is the proxy, which the user chose."""
    return urlsplit(request.full_url).netloc != request.host
