"""Sealed index versions, one pointer: built beside, accepted or refused, and swapped in with one os.replace.

    <index folder>/CURRENT                 the version in service; replacing it is the only commit point
    <index folder>/versions/<id>/          sealed, never written again
    <index folder>/versions/<id>.building/ never read; removed by the next build
    <index folder>/writer.lock             held while a version is built

A live Chroma is never written in place: kill -9 destroyed 2 collections in 83 kills, and two writers lost 37 % of
acknowledged vectors in silence (reliability-facts.md, section 3.1).
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from cpgassist.errors import CorpusError, IndexDamagedError, IndexLockedError, InputError, NoIndexError
from cpgassist.index import reader
from cpgassist.index.builder import Build, point_to
from cpgassist.index.manifest import Contents, Manifest, NewVersion, changed_files, read_manifest
from cpgassist.index.opened import ExactIndex
from cpgassist.protocols import PassageIndex, Progress

_ID = re.compile(r"\d{8}T\d{6}-\d{6}-[0-9a-f]{8}")
_REINDEX = "Run `cpgassist reindex`."


class IndexStore:
    """The versions of one corpus's index."""

    def __init__(self, folder: Path, keep: int = 3) -> None:
        self.folder = Path(folder)
        self.keep = keep
        self._owner: int | None = None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Holds the writer lock; the thread that holds it may take it again.

        Raises IndexLockedError at once when another process, thread or store holds it, and CorpusError when the
        folder cannot be written to. The system drops the lock when its holder dies, however it dies.
        """
        if self._owner == threading.get_ident():
            yield
            return
        descriptor = self._take_lock()
        self._owner = threading.get_ident()
        try:
            yield
        finally:
            self._owner = None
            os.close(descriptor)

    def current(self) -> str | None:
        """What CURRENT names, whether or not it exists; None when there is no CURRENT."""
        try:
            return (self.folder / "CURRENT").read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError:
            return None
        except NotADirectoryError as error:
            raise InputError(
                f"The index {self.folder} is a file, not a folder.", "Name a folder with --index or CPGASSIST_INDEX."
            ) from error

    def versions(self) -> list[str]:
        """Ids of the sealed versions, newest first."""
        folder = self.folder / "versions"
        if not folder.is_dir():
            return []
        names = (path.name for path in folder.iterdir() if _ID.fullmatch(path.name) and path.is_dir())
        return sorted(names, reverse=True)

    def manifest(self, version: str | None = None) -> Manifest:
        """The manifest of a version, by default the one in service; reads manifest.json and nothing else.

        Raises NoIndexError when there is none and IndexDamagedError when it cannot be trusted.
        """
        return read_manifest(self._folder_of(version))

    def changed(self) -> list[str]:
        """The sealed files of the version in service whose size, or time and content, changed: each as a sentence.

        Raises NoIndexError and IndexDamagedError as `manifest` does.
        """
        folder = self._folder_of(None)
        return list(changed_files(folder, read_manifest(folder).files).values())

    def load(self, version: str | None = None) -> Contents:
        """A version read back whole, every byte of it checked, for reuse by the next build.

        Raises NoIndexError and IndexDamagedError.
        """
        return reader.load(self._folder_of(version))

    def build(
        self,
        contents: NewVersion,
        accept: Callable[[PassageIndex], list[str]] | None = None,
        progress: Progress | None = None,
    ) -> str:
        """Builds, checks and seals a version, puts it into service and returns its id.

        `accept` is shown the finished version and returns its objections. Raises IndexRefusedError with every
        reason when the version is not accepted, IndexLockedError, and CorpusError when it cannot be written; the
        version in service then stays. `progress` hears of every numbered step.
        """
        with self.lock():
            self._sweep()
            build = Build(self.folder, self._new_stamp(), self._serving(), progress)
            version = build.run(contents, accept)
            self._prune()
            return version

    def open(self, search: Literal["chroma", "exact"] = "chroma", full_check: bool = False) -> ExactIndex:
        """Opens the version in service, or the one before when it is damaged; `warnings` on it say so.

        Sizes and times of all sealed files are checked, with `full_check` their hashes. Damage to what is derived
        (chroma/, lexical/) is healed in memory or in a private copy. Raises NoIndexError, or IndexDamagedError when
        no version is sound; never opens a partial index.
        """
        while True:
            first = self.current()
            warnings = self._pointer_problems(first)
            opened = self._first_sound(self._in_line(first), search, full_check, warnings)
            if opened is not None and not opened.warnings:
                return opened
            if self.current() == first:
                break
            if opened is not None:  # versions were replaced and pruned while this looked at them: look again
                opened.close()
        if opened is None:
            raise IndexDamagedError(f"No version in {self.folder} is sound: {' '.join(warnings)}", _REINDEX)
        return opened

    def verify(self, version: str | None = None) -> list[str]:
        """Everything wrong with a version, as sentences: all hashes, vectors, both searches; [] means sound.

        Raises NoIndexError when there is no version at all.
        """
        try:
            folder = self._folder_of(version)
        except IndexDamagedError as error:
            return [error.message]
        return reader.verify(folder)

    def rollback(self) -> str:
        """Puts the version before back into service and returns its id.

        Raises CorpusError when there is none, NoIndexError, and IndexDamagedError when the version before is damaged.
        """
        with self.lock():
            previous = self.manifest().previous
            if previous is None or not self._path(previous).is_dir():
                raise CorpusError(
                    f"Version {self.current()} in {self.folder} has no version before it to roll back to.",
                    "`cpgassist status` lists the versions there are.",
                )
            reader.load(self._path(previous))
            point_to(self.folder, previous)
            return previous

    def _path(self, version: str) -> Path:
        return self.folder / "versions" / version

    def _folder_of(self, version: str | None) -> Path:
        name = version or self.current()
        if name is None:
            raise NoIndexError(f"There is no index in {self.folder} yet.", _REINDEX)
        if not _ID.fullmatch(name) or not self._path(name).is_dir():
            where = "versions" if version else "CURRENT"
            raise IndexDamagedError(f"{self.folder / where} has no sealed version {name!r:.80}.", _REINDEX)
        return self._path(name)

    def _first_sound(
        self, line: Iterable[str], search: Literal["chroma", "exact"], full_check: bool, warnings: list[str]
    ) -> ExactIndex | None:
        for name in line:
            try:
                return reader.open_version(self._path(name), search, full_check, warnings)
            except IndexDamagedError as error:
                warnings.append(f"Version {name} is passed over for the one before it: {error.message}")
        return None

    def _pointer_problems(self, first: str | None) -> list[str]:
        if first is None or first in self.versions():
            return []
        return [f"{self.folder / 'CURRENT'} names {first!r:.80}, which is not a sealed version; the newest one serves."]

    def _in_line(self, first: str | None) -> Iterator[str]:
        """The version in service and then each before it: by the manifests, or by age where one is unreadable."""
        if first is None:
            raise NoIndexError(f"There is no index in {self.folder} yet.", _REINDEX)
        sealed = self.versions()
        name = first if first in sealed else next(iter(sealed), None)
        while name is not None:
            yield name
            try:
                older = self.manifest(name).previous
            except IndexDamagedError:
                older = next((other for other in sealed if other < name), None)
            name = older if older is None or older < name else None

    def _serving(self) -> str | None:
        """The version that the next one follows: what CURRENT names if that exists."""
        name = self.current()
        return name if name in self.versions() else None

    def _take_lock(self) -> int:
        path = self.folder / "writer.lock"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise CorpusError(
                f"{path} cannot be written: {error.strerror or error}.",
                "Make the index folder writable, or name another with --index.",
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.truncate(descriptor, 0)
            os.write(descriptor, f"process {os.getpid()} since {_utc():%Y-%m-%d %H:%M:%S} UTC\n".encode())
        except BlockingIOError as error:
            holder = os.read(descriptor, 200).decode("utf-8", "replace").strip()
            os.close(descriptor)
            raise IndexLockedError(
                f"{self.folder} is being reindexed already ({holder or 'by another process'}).",
                "Wait until it ends, then try again.",
            ) from error
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _new_stamp(self) -> datetime:
        """Now, but never before the newest version: a clock set back must not reorder them."""
        newest = next(iter(self.versions()), None)
        now = _utc()
        if newest is None:
            return now
        after = datetime.strptime(newest[:22], "%Y%m%dT%H%M%S-%f").replace(tzinfo=UTC).timestamp() + 0.001
        return max(now, datetime.fromtimestamp(after, UTC))

    def _sweep(self) -> None:
        for path in (self.folder / "versions").glob("*.building"):
            shutil.rmtree(path, ignore_errors=True)

    def _prune(self) -> None:
        """Removes versions beyond `keep`, but never the one in service or the one it can be rolled back to."""
        serving = self.manifest()
        needed = {serving.id, serving.previous}
        for name in self.versions()[self.keep :]:
            if name not in needed:
                away = self._path(name + ".building")  # so that a kill here leaves no half of a sealed version
                with suppress(OSError):
                    self._path(name).rename(away)
                    shutil.rmtree(away, ignore_errors=True)


def _utc() -> datetime:
    return datetime.now(UTC)
