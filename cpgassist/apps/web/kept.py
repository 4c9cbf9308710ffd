"""What is kept in memory for a while under a key that nobody guesses; nothing of it is ever on disk."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

KEPT = 256
KEPT_SECONDS = 3600.0

T = TypeVar("T")


class Kept(Generic[T]):
    """The newest `most` values, each for `seconds` after it was kept."""

    def __init__(self, most: int = KEPT, seconds: float = KEPT_SECONDS) -> None:
        self.most = most
        self.seconds = seconds
        self._values: OrderedDict[str, tuple[float, T]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._values)

    def keep(self, value: T) -> str:
        """The key that the value can be had by."""
        key = secrets.token_urlsafe(16)
        with self._lock:
            self._values[key] = (time.monotonic() + self.seconds, value)
            while len(self._values) > self.most or next(iter(self._values.values()))[0] < time.monotonic():
                self._values.popitem(last=False)
        return key

    def get(self, key: str) -> T | None:
        """The value; None for an unknown key, and for what is no longer kept."""
        with self._lock:
            kept = self._values.get(key)
        return kept[1] if kept is not None and kept[0] > time.monotonic() else None

    def drop(self, key: str) -> None:
        """Keep it no longer; unknown keys are dropped already."""
        with self._lock:
            self._values.pop(key, None)
