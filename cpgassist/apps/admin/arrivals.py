"""PDFs that were dropped and wait to be added: each is read in the sandbox, outside the corpus, before anyone decides."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_urlsafe
from threading import Lock
from typing import TYPE_CHECKING

from cpgassist.apps.admin.documents import Documents, clean_name
from cpgassist.apps.keeping.jobs import UNEXPECTED
from cpgassist.apps.web.failures import note
from cpgassist.errors import CpgassistError, InputError, LimitError

if TYPE_CHECKING:
    from cpgassist.corpus import Corpus
    from cpgassist.previewing import Preview

MOST = 40
"""Files that wait at once."""
AT_ONCE = 1
"""Files that are read at once: each takes a processor, and questions are answered meanwhile."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that was dropped."""

    key: str
    name: str
    """Its name, made safe."""
    bytes: int
    preview: Preview | None = None
    """What it would add; None while it is read, and when it cannot be."""
    page: tuple[int, int] | None = None
    """The page that OCR reads and how many it will read."""
    error: CpgassistError | None = None

    @property
    def waiting(self) -> bool:
        """Whether it is still being read."""
        return self.preview is None and self.error is None


class Arrivals:
    """The files that wait, in a private folder that ends with the server."""

    def __init__(self, corpus: Corpus, documents: Documents) -> None:
        self._corpus, self._documents = corpus, documents
        self._folder = tempfile.TemporaryDirectory(prefix="cpgassist-arrivals-")  # of mode 0700
        self._readers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="arrival")
        self._lock = Lock()
        self._all: dict[str, Arrival] = {}
        self.revision = 0
        """Counts every change of what `all` gives."""

    @property
    def all(self) -> tuple[Arrival, ...]:
        """The files that wait, in the order in which they came."""
        with self._lock:
            return tuple(self._all.values())

    async def receive(self, given: str, content: AsyncIterator[bytes]) -> Arrival:
        """Keep what the browser sends, within the limit for files, and begin to read it.

        Raises InputError when too many wait, LimitError when it is too large.
        """
        arrival = self._make_room(clean_name(given))
        path, most = self._path(arrival), self._corpus.settings.limits.file_mb * 1_000_000
        try:
            path.parent.mkdir()
            with path.open("xb") as file:
                async for piece in content:
                    file.write(piece)
                    if file.tell() > most:
                        raise LimitError(
                            f"{arrival.name} has more than {most // 1_000_000} MB, which is the limit.",
                            "Raise limits.file_mb, or put it into the folder of documents yourself.",
                        )
                size = file.tell()
        except BaseException:
            self._forget(arrival.key)
            raise
        arrival = replace(arrival, bytes=size)
        self._set(arrival)
        self._readers.submit(self._read, arrival)
        return arrival

    def add(self, key: str, replacing: bool = False) -> str:
        """Put a file that was read into the corpus; what was done, as a sentence.

        Raises InputError when it is gone or not read yet, and when another file has its name and is not to be replaced.
        """
        arrival = self._known(key)
        if arrival.preview is None:
            raise InputError(f"{arrival.name} was not read yet.", "Wait until it is, or throw it away.")
        there = self._documents.namesake(arrival.name) if replacing else None
        kept = self._documents.add(self._path(arrival), there)
        self._forget(key)
        replaced = f" The file that it replaces is kept as {kept}." if kept else ""
        return f"{arrival.name} is in the corpus.{replaced} It is searched after the next reindex."

    def discard(self, key: str) -> str:
        """Throw a file away; what was done, as a sentence. Raises InputError when it is gone."""
        arrival = self._known(key)
        self._forget(key)
        return f"{arrival.name} was thrown away."

    def _make_room(self, name: str) -> Arrival:
        with self._lock:
            if len(self._all) >= MOST:
                raise InputError(f"{MOST} files wait already.", "Add some, or throw them away.")
            arrival = Arrival(token_urlsafe(12), name, 0)
            self._all[arrival.key] = arrival
            self.revision += 1
        return arrival

    def _read(self, arrival: Arrival) -> None:
        def progress(_stage: str, _file: str, done: int, total: int) -> None:
            self._set(replace(arrival, page=(done, total)))

        try:
            self._set(replace(arrival, preview=self._corpus.preview(self._path(arrival), progress)))
            return
        except CpgassistError as error:
            failure = error
        except Exception as error:
            note(error, "in a preview")
            failure = UNEXPECTED
        self._set(replace(arrival, error=failure))
        shutil.rmtree(self._path(arrival).parent, ignore_errors=True)  # what cannot be read is not kept

    def _path(self, arrival: Arrival) -> Path:
        return Path(self._folder.name) / arrival.key / arrival.name

    def _known(self, key: str) -> Arrival:
        with self._lock:
            arrival = self._all.get(key)
        if arrival is None:
            raise InputError("The file is not here any more.", "Somebody added it or threw it away; drop it again.")
        return arrival

    def _set(self, arrival: Arrival) -> None:
        with self._lock:
            if arrival.key in self._all:  # it may have been thrown away while it was read
                self._all[arrival.key] = arrival
                self.revision += 1

    def _forget(self, key: str) -> None:
        with self._lock:
            arrival = self._all.pop(key, None)
            self.revision += 1
        if arrival is not None:
            shutil.rmtree(self._path(arrival).parent, ignore_errors=True)
