"""Long work of the admin page, one piece at a time: it belongs to the server, so a page that is reloaded finds it again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock, Thread
from typing import Any

from cpgassist.apps.web.failures import note
from cpgassist.errors import CpgassistError, InputError
from cpgassist.protocols import Progress

UNEXPECTED = CpgassistError(
    "Something went wrong on this computer.", "The server's log names the place. The index in service is as it was."
)

STOPPED = CpgassistError("Stopped.", "Nothing was changed: the index in service is as it was.")
STOPPABLE = frozenset({"reindex", "evaluation"})
"""Kinds of job that tell of their progress, and end when they do so after they were told to stop."""


class _Stopped(Exception):
    """Raised in the job's own work, which cleans up as after any failure."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a job, as its progress tells of it."""

    name: str
    file: str
    done: int
    total: int
    began: float
    """The monotonic clock when it was first heard of."""


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of long work, as it stands."""

    kind: str
    """"reindex", "dry run", "verify", "rollback" or "evaluation"."""
    started: datetime
    began: float
    stages: tuple[Stage, ...] = ()
    """In the order in which they were first heard of; one for each file that OCR reads."""
    seconds: float | None = None
    """How long it took; None while it runs."""
    result: Any = None
    error: CpgassistError | None = None
    stopping: bool = False
    """Whether it was told to stop."""

    @property
    def stoppable(self) -> bool:
        """Whether it can be told to stop now."""
        return self.running and self.kind in STOPPABLE and not self.stopping

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self.seconds is None

    def heard(self, stage: str, file: str, done: int, total: int, now: float) -> Job:
        """The job after a step of its progress."""
        known = [at for at, old in enumerate(self.stages) if old.name == stage and (stage != "ocr" or old.file == file)]
        if not known:
            return replace(self, stages=(*self.stages, Stage(stage, file, done, total, now)))
        stages = list(self.stages)
        stages[known[0]] = replace(stages[known[0]], file=file, done=done, total=total)
        return replace(self, stages=tuple(stages))


class Jobs:
    """At most one job at a time; the last one is kept to be looked at."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._last: Job | None = None
        self.revision = 0
        """Counts every change of what `last` gives."""

    @property
    def last(self) -> Job | None:
        """The job that runs, or the last that ran."""
        return self._last

    @property
    def running(self) -> bool:
        """Whether one runs."""
        last = self._last
        return last is not None and last.running

    def elapsed(self, job: Job) -> float:
        """Seconds since it began, or that it took."""
        return self._clock() - job.began if job.seconds is None else job.seconds

    def left(self, stage: Stage) -> float | None:
        """Seconds that the stage may still take, by its pace so far; None before its first step is done."""
        if not 0 < stage.done < stage.total:
            return None
        return (self._clock() - stage.began) / stage.done * (stage.total - stage.done)

    def start(self, kind: str, work: Callable[[Progress], Any]) -> Job:
        """Begin a job in a thread of its own. Raises InputError, naming the job that runs, while one does."""
        with self._lock:
            if self._last is not None and self._last.running:
                running = self._last
                raise InputError(
                    f"A job is running already: {running.kind}, since {running.started:%H:%M:%S}.",
                    "Wait until it ends.",
                )
            job = Job(kind, datetime.now(), self._clock())
            self._set(job)
        Thread(target=self._work, args=(work,), daemon=True, name=f"admin {kind}").start()
        return job

    def stop(self) -> None:
        """Tell the job that runs to stop; it does so at the next step of its progress. Raises InputError where none can."""
        with self._lock:
            if self._last is None or not self._last.stoppable:
                raise InputError("There is no job that can be stopped.", "It may have ended just now.")
            self._set(replace(self._last, stopping=True))

    def _work(self, work: Callable[[Progress], Any]) -> None:
        result, failure = None, None
        try:
            result = work(self._hear)
        except CpgassistError as error:
            failure = error
        except _Stopped:
            failure = STOPPED
        except Exception as error:
            note(error, "in a job")
            failure = UNEXPECTED
        with self._lock:
            assert self._last is not None
            self._set(replace(self._last, result=result, error=failure, seconds=self._clock() - self._last.began))

    def _hear(self, stage: str, file: str, done: int, total: int) -> None:
        with self._lock:
            assert self._last is not None
            self._set(self._last.heard(stage, file, done, total, self._clock()))
            # the last step of storing is heard when the new version serves already
            if self._last.stopping and not (stage == "store" and done >= total):
                raise _Stopped

    def _set(self, job: Job) -> None:
        self._last = job
        self.revision += 1
