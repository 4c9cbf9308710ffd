"""A checked PDF put into its place in a corpus, and recorded: whole or not at all, and over nothing else."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cpgassist.catalogue.downloading import Came
from cpgassist.catalogue.entries import Catalogue, Entry
from cpgassist.catalogue.fronts import digest_of
from cpgassist.catalogue.outcomes import Outcome
from cpgassist.catalogue.sources import Source, record
from cpgassist.errors import IndexLockedError, InputError
from cpgassist.settings import Limits, Settings

LOCK = ".catalogue.lock"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A corpus folder that files may be put into."""

    folder: Path
    limits: Limits
    replace: bool = False
    """Whether a file of the same name with other content may be replaced; it is kept beside, as NAME.pdf.before."""

    @classmethod
    def of(cls, settings: Settings, replace: bool = False) -> Shelf:
        """The shelf of a corpus. Raises InputError where its PDFs lie elsewhere: that folder is never written to."""
        if settings.documents is not None:
            raise InputError(
                f"This corpus reads its PDFs from {settings.documents_folder}, which cpgassist never writes to.",
                "Name a corpus whose PDFs lie in its own folder, and move them from there.",
            )
        return cls(settings.corpus, settings.limits, replace)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone on this shelf. Raises IndexLockedError when another `catalogue get` runs, InputError where the
        disk or its permissions stand in the way."""
        try:
            with self._alone():
                yield
        except OSError as error:
            raise InputError(
                f"{self.folder} could not be filled: {error}.",
                "Correct its permissions, or make room.",
            ) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.folder / LOCK).open("w") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise IndexLockedError(
                    f"Another `cpgassist catalogue get` fills {self.folder}.", "Wait for it, or end it."
                ) from error
            try:
                yield
            finally:
                (self.folder / LOCK).unlink(missing_ok=True)

    def put(
        self,
        ready: Path,
        catalogue: Catalogue,
        entry: Entry,
        pages: int,
        address: str,
        came: Came | None = None,
        note: str = "",
    ) -> Outcome:
        """Move a file of this folder's file system to the entry's name and record it; `came` for a download."""
        name = catalogue.file_name(entry)
        target, digest, size = self.folder / name, digest_of(ready), ready.stat().st_size
        told = Outcome("got", note, entry=entry.id, address=address, file=name, sha256=digest, pages=pages)
        if target.exists():
            held = digest_of(target)
            if held != digest and not self.replace:
                return Outcome(
                    "differs",
                    f"{name} is in the corpus with other content ({held[:12]}, this one {digest[:12]}); it stays.",
                    "Look at both; --replace takes the new one and keeps the old one as .pdf.before.",
                    entry.id,
                    address,
                    name,
                    digest,
                    pages,
                )
            if held != digest:
                os.replace(target, target.with_name(f"{name}.before"))
                note = f"{note} The earlier file is kept as {name}.before.".strip()
                told = Outcome("got", note, "", entry.id, address, name, digest, pages)
        with ready.open("rb") as stream:
            os.fsync(stream.fileno())
        os.replace(ready, target)
        _sync(self.folder)
        source = Source(
            file=name,
            sha256=digest,
            catalogue=catalogue.name,
            entry=entry.id,
            title=entry.title,
            how="download" if came else "dropped",
            address=address,
            date=date.today().isoformat(),
            terms=entry.terms,
            bytes=size,
            pages=pages,
            etag=came.etag if came else None,
            modified=came.modified if came else None,
            note=note,
        )
        record(self.folder, source)
        return told


def _sync(folder: Path) -> None:
    # A folder that cannot be synced, as on some network drives, has its rename all the same.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
