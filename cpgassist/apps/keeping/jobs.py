"""Long work on a corpus, one piece at a time: it belongs to the server, so a page that is reloaded finds it again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from secrets import token_hex
from threading import Lock, Thread
from typing import Any, Literal

from cpgassist.apps.web.failures import note
from cpgassist.errors import CpgassistError, InputError
from cpgassist.protocols import Progress

Kind = Literal["reindex", "dry-run", "verify", "check", "rollback", "evaluation"]
State = Literal["running", "cancelling", "done", "failed", "cancelled"]

KEPT = 20
"""Jobs that are kept to be looked at."""
STOPPABLE: frozenset[Kind] = frozenset({"reindex", "evaluation"})
"""Kinds that can be stopped: they tell of their steps. The others take seconds, or are done in one."""
UNEXPECTED = CpgassistError(
    "Something went wrong on this computer.", "The server's log names the place. The index in service is as it was."
)


class JobRunsError(InputError):
    """Another job runs already."""


class CancelledError(CpgassistError):
    """A job was stopped because somebody asked for it."""


STOPPED = CancelledError("Stopped.", "Nothing was changed: the index in service is as it was.")


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

    kind: Kind
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
    id: str = field(default_factory=lambda: token_hex(8))

    @property
    def state(self) -> State:
        """Where it stands."""
        if self.running:
            return "cancelling" if self.stopping else "running"
        if self.error is None:
            return "done"
        return "cancelled" if self.error is STOPPED else "failed"

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
    """At most one job at a time; the last ones are kept to be looked at."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._last: Job | None = None
        self._before: tuple[Job, ...] = ()
        self.revision = 0
        """Counts every change of what `last` gives."""

    @property
    def last(self) -> Job | None:
        """The job that runs, or the last that ran."""
        return self._last

    @property
    def all(self) -> tuple[Job, ...]:
        """The last jobs, the newest first."""
        with self._lock:
            return self._before if self._last is None else (self._last, *self._before)

    def get(self, id: str) -> Job | None:
        """The job of an id; None for one that never was or is no longer kept."""
        return next((job for job in self.all if job.id == id), None)

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

    def start(self, kind: Kind, work: Callable[[Progress], Any]) -> Job:
        """Begin a job in a thread of its own. Raises InputError, naming the job that runs, while one does."""
        with self._lock:
            if self._last is not None and self._last.running:
                running = self._last
                raise JobRunsError(
                    f"A job is running already: {running.kind}, since {running.started:%H:%M:%S}.",
                    "Wait until it ends.",
                )
            if self._last is not None:
                self._before = (self._last, *self._before)[: KEPT - 1]
            job = Job(kind, datetime.now(), self._clock())
            self._set(job)
        Thread(target=self._work, args=(work,), daemon=True, name=f"admin {kind}").start()
        return job

    def stop(self, id: str | None = None) -> Job:
        """Tell the job of this id, or the one that runs, to stop: it does so at the next step of its progress.

        Raises InputError where it has ended or is of a kind that cannot be stopped.
        """
        with self._lock:
            job = self._last
            if job is None or not job.stoppable or id not in (None, job.id):
                raise InputError("There is no job that can be stopped.", "It may have ended just now.")
            job = replace(job, stopping=True)
            self._set(job)
            return job

    def _work(self, work: Callable[[Progress], Any]) -> None:
        result: Any = None
        failure: CpgassistError | None = None
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
            # with the last step of storing, the new version serves already: that is no longer undone
            if self._last.stopping and (stage, done) != ("store", total):
                raise _Stopped

    def _set(self, job: Job) -> None:
        self._last = job
        self.revision += 1
