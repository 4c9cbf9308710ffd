"""Files that a person got from an official page: seen in a drop folder, recognised, copied into the corpus.

Only a PDF that stopped growing is looked at; it is copied first, so that what was checked is what is filed, and it stays
where it was.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cpgassist.catalogue.entries import Catalogue
from cpgassist.catalogue.filing import Shelf
from cpgassist.catalogue.fronts import read_front
from cpgassist.catalogue.outcomes import Outcome
from cpgassist.catalogue.recognising import UNKNOWN, Recognition, recognise
from cpgassist.errors import DocumentError
from cpgassist.settings import Limits

POLL = 1.0
"""Seconds between two looks at the drop folder."""
UNFINISHED = (".part", ".crdownload", ".download", ".partial", ".opdownload", ".tmp", ".!ut")
"""What browsers call a file that is still coming."""


def look(path: Path, catalogues: Sequence[Catalogue], limits: Limits | None = None) -> tuple[Recognition, int]:
    """What a PDF is among the catalogues, and its pages; a scanned one is read by OCR where that is installed.

    Raises a DocumentError where it is none or cannot be read.
    """
    front = read_front(path, limits)
    told = recognise(front, catalogues)
    if told.verdict == "unknown" and front.scanned:
        front = read_front(path, limits, ocr=True)
        told = recognise(front, catalogues)
    return told, front.info.pages


@dataclass(frozen=True, slots=True)
class _Seen:
    size: int
    time: int


class DropFolder:
    """A folder that is looked at again and again; files that lie in it from before are left alone unless asked for."""

    def __init__(self, folder: Path, older_too: bool = False) -> None:
        self.folder = folder
        self._seen: dict[Path, _Seen] = {}
        self._told: dict[Path, _Seen] = {} if older_too else self._files()

    def finished(self) -> list[Path]:
        """PDFs that came or changed and have the same size and time as at the last look."""
        now = self._files()
        ready = [
            path
            for path, seen in now.items()
            if self._seen.get(path) == seen and self._told.get(path) != seen and _begins_a_pdf(path)
        ]
        self._seen = now
        self._told |= {path: now[path] for path in ready}
        return sorted(ready)

    def _files(self) -> dict[Path, _Seen]:
        found: dict[Path, _Seen] = {}
        if not self.folder.is_dir():
            return found
        for path in self.folder.iterdir():
            if path.name.startswith(".") or path.name.lower().endswith(UNFINISHED):
                continue
            try:
                stat = path.stat()
            except OSError:
                continue
            if path.is_file() and stat.st_size:
                found[path] = _Seen(stat.st_size, stat.st_mtime_ns)
        return found


def _begins_a_pdf(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return b"%PDF-" in stream.read(1024)
    except OSError:
        return False


def watch(
    drop: DropFolder,
    shelf: Shelf,
    catalogues: Sequence[Catalogue],
    wanted: Sequence[str],
    seconds: float,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Outcome]:
    """What became of each file that was dropped, until all wanted entries are filed or the time is over."""
    missing, end = set(wanted), clock() + seconds
    while missing and clock() < end:
        for path in drop.finished():
            outcome = file_dropped(path, shelf, catalogues, missing)
            if outcome.done and outcome.entry:
                missing.discard(outcome.entry)
            yield outcome
        if missing:
            sleep(POLL)


def file_dropped(path: Path, shelf: Shelf, catalogues: Sequence[Catalogue], wanted: set[str]) -> Outcome:
    """Copy a file into the corpus where it is a wanted entry; else say what it is, or that nobody knows."""
    with tempfile.TemporaryDirectory(prefix=".dropped-", dir=shelf.folder) as folder:
        copy = Path(folder) / "dropped.pdf"
        try:
            shutil.copyfile(path, copy)
            told, pages = look(copy, catalogues, shelf.limits)
        except OSError as error:
            return Outcome("not_recognised", f"{path.name} cannot be read: {error.strerror}.", file=path.name)
        except DocumentError as error:
            message = error.message.replace(copy.name, path.name)
            return Outcome("damaged", message, error.next_step or "Download it again.", file=path.name)
        if told.entry is None or told.catalogue is None or told.verdict != "is":
            return _not_filed(path, told)
        if told.entry.id not in wanted:
            message = f"{path.name} is {told.entry.called}, which was not asked for; it was left."
            return Outcome("not_recognised", message, f"Ask for it: {told.entry.id}.", told.entry.id, file=path.name)
        page = told.catalogue.official_page(told.entry)
        return shelf.put(copy, told.catalogue, told.entry, pages, page, note=f"Dropped as {path.name}.")


def _not_filed(path: Path, told: Recognition) -> Outcome:
    by_hand = "If it belongs into the corpus, copy it there yourself; `reindex` reads what it is."
    if told.entry is None:
        return Outcome("not_recognised", f"{path.name}: {UNKNOWN.why}", by_hand, file=path.name)
    message = f"{path.name} looks like {told.entry.called}, but was not filed. {told.why}"
    return Outcome("not_recognised", message, by_hand, told.entry.id, file=path.name)
