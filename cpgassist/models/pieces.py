"""Pieces that another thread makes, so that a caller can leave, or give up waiting, while none is coming."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Generic, TypeVar

T = TypeVar("T")

LOOK = 0.02
"""Seconds between two looks at `cancel` while nothing comes."""


class LeftError(Exception):
    """Raised by `put` in the working thread once nobody reads any more; close what is open and let it pass."""


class Pieces(Generic[T]):
    """What `work(put)` puts from a thread of its own, in order; what it raises is raised here.

    Iterating ends with the work, or at once when `cancel` is set, and raises TimeoutError when the work is not done
    after `seconds`. Close it (it is a context manager) to make the next `put` raise LeftError; the thread may live
    until then.
    """

    def __init__(
        self, work: Callable[[Callable[[T], None]], None], seconds: float | None = None, cancel: Event | None = None
    ) -> None:
        self.cancelled = False
        """Whether `cancel` ended it."""
        self._made: SimpleQueue[T | _End] = SimpleQueue()
        self._left = Event()
        self._cancel = cancel
        self._until = None if seconds is None else time.monotonic() + seconds
        Thread(target=self._run, args=(work,), daemon=True, name="cpgassist-pieces").start()

    def __enter__(self) -> Pieces[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()

    def __iter__(self) -> Iterator[T]:
        while not self._is_cancelled():
            piece = self._next()
            if isinstance(piece, _End):
                if piece.error is not None:
                    raise piece.error
                return
            if piece is not None and not self._is_cancelled():
                yield piece

    def _is_cancelled(self) -> bool:
        self.cancelled = self._cancel is not None and self._cancel.is_set()
        return self.cancelled

    def _next(self) -> T | _End | None:
        """The next piece, or None where it is time to look at `cancel`."""
        left = None if self._until is None else self._until - time.monotonic()
        if left is not None and left <= 0:
            raise TimeoutError
        wait = left if self._cancel is None else LOOK if left is None else min(LOOK, left)
        try:
            return self._made.get(timeout=wait)
        except Empty:
            return None

    def _run(self, work: Callable[[Callable[[T], None]], None]) -> None:
        try:
            work(self._put)
        except BaseException as error:
            self._made.put(_End(error))
        else:
            self._made.put(_End(None))

    def _put(self, piece: T) -> None:
        if self._left.is_set():
            raise LeftError
        self._made.put(piece)


class _End:
    def __init__(self, error: BaseException | None) -> None:
        self.error = error
