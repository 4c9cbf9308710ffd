"""The folder of PDFs, as the admin page changes it: a file comes in whole or not at all, and none is ever destroyed."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from cpgassist.errors import CorpusError, InputError

if TYPE_CHECKING:
    from cpgassist.corpus import Corpus

REMOVED = ".removed"
"""Where files go that were taken out or replaced: beside the others, so that moving them back is all it takes, and no
reindex looks into it."""
LONGEST_NAME = 120
"""Bytes of a file name without ".pdf"; systems allow 255, and the time of removal is added to it."""

_WHEN = "%Y%m%dT%H%M%S-%f"
_PLAIN = re.compile(r"[^\w .,()+\-]")


def clean_name(given: str) -> str:
    """A file name from a browser as one that is safe anywhere: no folder, no control or HTML characters, ends in .pdf."""
    name = unicodedata.normalize("NFC", given.replace("\\", "/").rsplit("/", 1)[-1])
    stem = re.sub(r"\.pdf$", "", " ".join(_PLAIN.sub("-", name).split()), flags=re.IGNORECASE).strip(". ")
    while len(stem.encode("utf-8", "replace")) > LONGEST_NAME:
        stem = stem[:-1]
    return f"{stem.encode('utf-8', 'ignore').decode().rstrip('. ') or 'guideline'}.pdf"


_AWAY = re.compile(r"(?P<stem>.+)\.(?P<when>\d{8}T\d{6}-\d{6})(?P<suffix>\.pdf)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Away:
    """A file that was taken out or replaced."""

    file: str
    """Its name in the folder of removed files."""
    name: str
    """Its name in the corpus before."""
    when: datetime
    """When it was put away."""


class Documents:
    """The PDFs of a corpus, added to and taken from."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._lock = Lock()

    def namesake(self, name: str) -> str | None:
        """The file that has this name, or one that differs from it in capitals alone."""
        return next((path.name for path in self._corpus.files() if path.name.casefold() == name.casefold()), None)

    def add(self, source: Path, replace: str | None = None) -> str | None:
        """Copy a file in under its own name; the name that a replaced file was kept under, if one was replaced.

        `replace` is the name of the file that it may replace. Raises InputError where another file has its name.
        """
        folder = self._corpus.settings.documents_folder
        with self._lock:
            there, kept = self.namesake(source.name), None
            if there is not None and there != replace:
                raise InputError(f"{there} is in the corpus already.", "Replace it, or give the file another name.")
            unfinished = folder / f".{source.name}.arriving"
            try:
                with source.open("rb") as content, unfinished.open("wb") as copy:
                    shutil.copyfileobj(content, copy)
                    copy.flush()
                    os.fsync(copy.fileno())
                if there is not None:
                    kept = self._put_away(there)
                os.replace(unfinished, folder / source.name)
            except OSError as error:
                with suppress(OSError):
                    unfinished.unlink(missing_ok=True)
                raise _unwritable(folder, error) from error
        return kept

    def remove(self, name: str) -> str:
        """Take a file out of the corpus; where it lies from then on. Raises InputError where there is no such file."""
        with self._lock:
            if name not in {path.name for path in self._corpus.files()}:
                raise InputError(f"There is no file {name} in the corpus.", "It may have been removed already.")
            try:
                return self._put_away(name)
            except OSError as error:
                raise _unwritable(self._corpus.settings.documents_folder, error) from error

    def removed(self) -> tuple[Away, ...]:
        """The files that were put away, the last one first."""
        try:
            names = [path.name for path in (self._corpus.settings.documents_folder / REMOVED).iterdir()]
        except OSError:
            return ()
        found = [match for match in map(_AWAY.fullmatch, names) if match]
        away = [Away(one[0], one["stem"] + one["suffix"], datetime.strptime(one["when"], _WHEN)) for one in found]
        return tuple(sorted(away, key=lambda one: one.when, reverse=True))

    def put_back(self, file: str) -> str:
        """Bring a removed file back under the name that it had; that name.

        Raises InputError where there is no such file, and where another has its name.
        """
        folder = self._corpus.settings.documents_folder
        with self._lock:
            away = next((one for one in self.removed() if one.file == file), None)
            if away is None:
                raise InputError("There is no such file among those removed.", "It may have been put back already.")
            there = self.namesake(away.name)
            if there is not None:
                raise InputError(f"{there} is in the corpus already.", "Take it out first.")
            try:
                os.replace(folder / REMOVED / away.file, folder / away.name)
            except OSError as error:
                raise _unwritable(folder, error) from error
        return away.name

    def _put_away(self, name: str) -> str:
        folder = self._corpus.settings.documents_folder / REMOVED
        folder.mkdir(exist_ok=True)
        path = Path(name)
        away = folder / f"{path.stem}.{datetime.now():{_WHEN}}{path.suffix}"
        os.replace(self._corpus.settings.documents_folder / name, away)
        return f"{REMOVED}/{away.name}"


def _unwritable(folder: Path, error: OSError) -> CorpusError:
    return CorpusError(
        f"{folder} cannot be written to: {error.strerror or error}.",
        "Make the folder of documents writable for cpgassist, or put the file there yourself.",
    )
