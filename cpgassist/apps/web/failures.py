"""What kind of failure an error is, in the words and numbers of HTTP."""

from __future__ import annotations

import re

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
