"""Private folders for opened copies: mode 0700, gone when closed, and swept up after a process that was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

PREFIX = "cpgassist-chroma-"
_OWNER = ".owner"
_SETTLED = 600.0
"""Seconds after which a folder without a living owner is not merely one that is being made."""


class PrivateFolder:
    """A temporary folder that is this process's as long as its lock is held."""

    def __init__(self) -> None:
        _sweep()
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            self._lock = os.open(self.path / _OWNER, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            shutil.rmtree(self.path, ignore_errors=True)
            raise

    def remove(self) -> None:
        """Removes the folder and lets its lock go; may be called again."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _sweep() -> None:
    """Removes the folders of killed processes: each holds a whole collection, 88 MB for 10,000 passages.

    A lock tells the dead from the living where a process id does not: containers share /tmp and not their ids.
    """
    for folder in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        with suppress(OSError):
            known = folder.lstat()
            if known.st_uid == os.geteuid() and time.time() - known.st_mtime > _SETTLED and _orphaned(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _orphaned(folder: Path) -> bool:
    descriptor = os.open(folder / _OWNER, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
