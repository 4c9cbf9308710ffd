"""Work for one request in a thread of its own, stopped when nobody waits for it any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from threading import BoundedSemaphore, Event
from typing import TypeVar

from fastapi import Request

from cpgassist.errors import ModelBusyError

T = TypeVar("T")

POLL_SECONDS = 0.25
AT_ONCE = 4
"""Requests that are worked on at the same time."""
WAITING = 32
"""Requests that may wait for that; more are told to come again."""


async def result_of(request: Request, workers: Executor, work: Callable[[Event], T]) -> T:
    """What `work` gives; the event it takes is set when the client goes away."""
    cancel = Event()
    running = asyncio.get_running_loop().run_in_executor(workers, work, cancel)
    try:
        while not running.done():
            await asyncio.wait({running}, timeout=POLL_SECONDS)
            if not running.done() and await request.is_disconnected():
                cancel.set()
    finally:
        cancel.set()
    return running.result()


async def finished(workers: Executor, work: Callable[[Event], T]) -> T:
    """What `work` gives; the event it takes is set when whoever awaits it is cancelled."""
    cancel = Event()
    try:
        return await asyncio.get_running_loop().run_in_executor(workers, work, cancel)
    finally:
        cancel.set()


async def each_of(workers: Executor, work: Callable[[Event], Iterator[T]]) -> AsyncIterator[T]:
    """What the iterator that `work` makes gives, as it comes; its event is set when the stream is closed."""
    loop, cancel = asyncio.get_running_loop(), Event()
    came: asyncio.Queue[tuple[T] | Exception | None] = asyncio.Queue()

    def run() -> None:
        last: Exception | None = None
        try:
            for one in work(cancel):
                loop.call_soon_threadsafe(came.put_nowait, (one,))
        except Exception as error:
            last = error
        loop.call_soon_threadsafe(came.put_nowait, last)

    running = loop.run_in_executor(workers, run)
    try:
        while isinstance(step := await came.get(), tuple):
            yield step[0]
        if step is not None:
            raise step
    finally:
        cancel.set()
        await asyncio.shield(running)


class Desk:
    """Works on a few requests at a time, lets a few more wait, and sends the rest away."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self.workers = ThreadPoolExecutor(at_once, thread_name_prefix="rest")
        self._room = BoundedSemaphore(at_once + waiting)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place in the queue. Raises ModelBusyError when it is full."""
        if not self._room.acquire(blocking=False):
            raise ModelBusyError("Too many requests wait already.", "Ask again in a moment.")
        try:
            yield
        finally:
            self._room.release()
