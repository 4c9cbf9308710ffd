"""The admin token, and how long who sends wrong ones must wait; every door asks the same one of these."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest
from threading import Lock

from starlette.datastructures import Headers
from starlette.types import Scope

FREE_TRIES = 5
"""Wrong tokens that one address may send before it has to wait."""
FIRST_WAIT, LONGEST_WAIT = 30.0, 900.0
"""Seconds; each further wrong token doubles the wait."""
MOST_ADDRESSES = 5000


class TokenCheck:
    """Whether a token is the right one; wrong ones are counted by address."""

    def __init__(self, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._token = digest(token)
        self.clock = clock
        self._wrong: dict[str, tuple[int, float]] = {}
        self._lock = Lock()

    def wait(self, address: str) -> int:
        """Whole seconds until the address may try again; 0 when it may now."""
        with self._lock:
            count, last = self._wrong.get(address, (0, 0.0))
        if count < FREE_TRIES:
            return 0
        seconds = min(FIRST_WAIT * 2.0 ** min(count - FREE_TRIES, 20), LONGEST_WAIT)
        return max(0, math.ceil(last + seconds - self.clock()))

    def is_right(self, given: str, address: str) -> bool:
        """Whether it is the token; a wrong one is counted. Ask `wait` first, even for what may be right."""
        if compare_digest(digest(given), self._token):
            return True
        with self._lock:
            count, _ = self._wrong.pop(address, (0, 0.0))
            self._wrong[address] = (count + 1, self.clock())
            while len(self._wrong) > MOST_ADDRESSES:
                del self._wrong[next(iter(self._wrong))]
        return False

    def forgive(self, address: str) -> None:
        """Forget its wrong tokens."""
        with self._lock:
            self._wrong.pop(address, None)


def bearer(headers: Headers) -> str | None:
    """The token of an Authorization header; None without one."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else None


def address_of(scope: Scope) -> str:
    """Whose request it is."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def digest(secret: str) -> bytes:
    """A secret at one length, so that comparing takes the same time whatever was given."""
    return sha256(secret.encode("utf-8", "replace")).digest()
