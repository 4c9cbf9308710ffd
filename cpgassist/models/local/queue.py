"""One generation at a time per device, first come, first served, and no more than a few waiting."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Event, Lock

from cpgassist.errors import ModelBusyError

LOOK_SECONDS = 0.05
"""How often one that waits looks whether it was cancelled."""


class Queue:
    """The line before one device."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._line: deque[object] = deque()

    @contextmanager
    def turn(self, waiting: int, cancel: Event | None = None) -> Iterator[float | None]:
        """Yields the seconds waited once it is this caller's turn; None when it was cancelled before.

        Raises ModelBusyError when `waiting` others wait already.
        """
        ticket, started = object(), time.monotonic()
        with self._changed:
            if len(self._line) > waiting:
                raise ModelBusyError(
                    f"The model answers someone and {len(self._line) - 1} more are waiting.", "Ask again in a moment."
                )
            self._line.append(ticket)
        try:
            yield time.monotonic() - started if self._await(ticket, cancel) else None
        finally:
            with self._changed:
                self._line.remove(ticket)
                self._changed.notify_all()

    def _await(self, ticket: object, cancel: Event | None) -> bool:
        with self._changed:
            while self._line[0] is not ticket:
                if cancel is not None and cancel.is_set():
                    return False
                self._changed.wait(LOOK_SECONDS if cancel is not None else None)
        return cancel is None or not cancel.is_set()


_QUEUES: dict[str, Queue] = {}
_MAKING = Lock()


def queue_of(device: str) -> Queue:
    """The line before a device, the same for all models on it."""
    with _MAKING:
        return _QUEUES.setdefault(device, Queue())
