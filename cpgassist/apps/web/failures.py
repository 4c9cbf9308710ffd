"""What kind of failure an error is, in the words and numbers of HTTP, and what a log may hold of one."""

from __future__ import annotations

import logging
import re
import traceback

from cpgassist.errors import (
    CpgassistError,
    EmbedderMismatchError,
    IndexDamagedError,
    IndexLockedError,
    IndexRefusedError,
    InputError,
    ModelBusyError,
    ModelError,
    NoIndexError,
)

logger = logging.getLogger(__name__)

STATUS: tuple[tuple[type[CpgassistError], int], ...] = (
    (InputError, 422),
    (ModelBusyError, 503),
    (ModelError, 503),
    (NoIndexError, 503),
    (IndexDamagedError, 503),
    (EmbedderMismatchError, 503),
    (IndexLockedError, 409),
    (IndexRefusedError, 409),
)
"""The HTTP status of each kind of error, the first that fits; others are 500."""


def code_of(error: CpgassistError) -> str:
    """The error's kind as `no_index` for NoIndexError."""
    words = re.findall("[A-Z][a-z]*", type(error).__name__.removesuffix("Error"))
    return "_".join(words).lower() or "error"


def status_of(error: CpgassistError) -> int:
    """The HTTP status that says what kind of error it is."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def note(error: Exception, when: str = "while answering a request") -> None:
    """Write an error's kind and place to the log: its message may hold what was asked, which must not reach a disk."""
    places = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s %s\n%s", type(error).__name__, when, places)
