"""What all admins of one server share: the corpus, the files that wait, the job that runs, the last evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from cpgassist.apps.admin.arrivals import Arrivals
from cpgassist.apps.admin.documents import Away, Documents
from cpgassist.apps.keeping import Job, JobDesk
from cpgassist.errors import CpgassistError, InputError
from cpgassist.types import Version

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant
    from cpgassist.corpus import Corpus
    from cpgassist.quality import Quality


@dataclass(frozen=True, slots=True)
class Standing:
    """How the corpus stands."""

    status: dict[str, Any] | None
    """As `Corpus.status` tells it; None where there is no index that can be used."""
    error: CpgassistError | None
    """Why there is none, or why it cannot be opened."""
    files: tuple[str, ...]
    """The PDFs in the folder."""
    warnings: tuple[str, ...]
    """What is wrong with the index that answers."""
    versions: tuple[Version, ...]
    away: tuple[Away, ...] = ()
    """The files that were taken out or replaced, and can be brought back."""


class Office(JobDesk):
    """The desk of jobs with what the admin page alone does: files come in and go. One for a server."""

    def __init__(self, corpus: Corpus, assistant: Assistant) -> None:
        super().__init__(corpus, assistant)
        self.documents = Documents(corpus)
        self.arrivals = Arrivals(corpus, self.documents)
        self._lock = Lock()
        self._standing: tuple[tuple[Any, ...], Standing] | None = None
        self._quality: tuple[str | None, Quality] | None = None

    # ---- looking

    def stamp(self) -> tuple[Any, ...]:
        """Changes when the corpus, its index or what waits does; cheap enough to ask every second."""
        return (self.corpus.current_version(), self._listing(), self.jobs.running)

    def standing(self) -> Standing:
        """How the corpus stands; told again only when its stamp changed."""
        with self._lock:
            stamp = self.stamp()
            if self._standing is None or self._standing[0] != stamp:
                self._standing = stamp, self._told()
            return self._standing[1]

    def quality(self) -> Quality:
        """The quality of the version in service. Raises NoIndexError or IndexDamagedError."""
        with self._lock:
            version = self.corpus.current_version()
            if self._quality is None or self._quality[0] != version:
                self._quality = version, self.corpus.quality()
            return self._quality[1]

    def _listing(self) -> tuple[tuple[str, int, int], ...]:
        try:
            found = [(path.name, path.stat()) for path in self.corpus.files()]
        except (CpgassistError, OSError):
            return ()
        return tuple((name, state.st_size, state.st_mtime_ns) for name, state in found)

    def _told(self) -> Standing:
        files = tuple(name for name, *_ in self._listing())
        status, error = None, None
        warnings: tuple[str, ...] = ()
        try:
            status = self.corpus.status()
            warnings = self.assistant.warnings
        except CpgassistError as failure:
            error = failure
        try:
            versions = self.corpus.versions()
        except CpgassistError:
            versions = ()
        return Standing(status, error, files, warnings, versions, self.documents.removed())

    # ---- doing

    def reindex_smaller(self, full: bool = False) -> Job:
        """Begin a reindex that may leave over 20 % fewer passages. Raises InputError while another job runs."""
        return self.reindex(full, allow_shrink=True)

    def add(self, key: str, replacing: bool = False) -> str:
        """Put a dropped file into the corpus; what was done. Raises InputError, also while a reindex reads the folder."""
        self._wait_for_reindex()
        return self.arrivals.add(key, replacing)

    def remove(self, name: str) -> str:
        """Take a file out of the corpus; what was done. Raises InputError, also while a reindex reads the folder."""
        self._wait_for_reindex()
        away = self.documents.remove(name)
        return f"{name} was taken out; it lies in {away}. It is searched until the next reindex."

    def put_back(self, away: str) -> str:
        """Bring a removed file back; what was done. Raises InputError, also while a reindex reads the folder."""
        self._wait_for_reindex()
        return f"{self.documents.put_back(away)} is in the corpus again. It is searched after the next reindex."

    def _wait_for_reindex(self) -> None:
        last = self.jobs.last
        if last is not None and last.running and last.kind == "reindex":
            raise InputError("A reindex reads the folder just now.", "Wait until it ends, then try again.")
