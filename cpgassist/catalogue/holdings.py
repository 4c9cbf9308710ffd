"""Which entries of a catalogue a corpus has, told by content: files may have any name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cpgassist.catalogue.dropping import look
from cpgassist.catalogue.entries import Catalogue, Entry
from cpgassist.catalogue.fronts import digest_of
from cpgassist.catalogue.recognising import Recognition
from cpgassist.catalogue.sources import read_sources
from cpgassist.errors import DocumentError
from cpgassist.protocols import Progress
from cpgassist.settings import Settings

State = Literal["held", "older", "other_edition", "missing", "superseded"]
"""In the corpus; only an older edition is; only an edition the catalogue does not list is; nothing of it is; not held, and
the catalogue lists what replaces it."""


@dataclass(frozen=True, slots=True)
class Holding:
    """An entry and what the corpus has of it."""

    catalogue: Catalogue
    entry: Entry
    state: State
    files: tuple[str, ...] = ()
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The holding as JSON."""
        entry = self.entry
        return {
            "catalogue": self.catalogue.name,
            "entry": entry.id,
            "title": entry.title,
            "edition": entry.edition,
            "year": entry.year,
            "state": self.state,
            "files": list(self.files),
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Holdings:
    """Every entry's holding, and the files that are no entry, each with what is known of it."""

    entries: tuple[Holding, ...]
    others: tuple[tuple[str, str], ...]


def holdings(settings: Settings, catalogues: Sequence[Catalogue], progress: Progress) -> Holdings:
    """What a corpus has of the catalogues. A file that sources.jsonl names and did not change is not read again."""
    folder = settings.documents_folder
    files = sorted(path for path in folder.glob("*") if path.suffix.lower() == ".pdf" and path.is_file())
    told: dict[str, Recognition] = {}
    others: list[tuple[str, str]] = []
    for at, path in enumerate(files, 1):
        progress("read", path.name, at, len(files))
        try:
            told[path.name] = _recorded(settings.corpus, path, catalogues) or look(path, catalogues, settings.limits)[0]
        except DocumentError as error:
            others.append((path.name, error.message))
    for name, found in told.items():
        if found.verdict != "is":
            about = f"{found.entry.called}: " if found.entry else ""
            others.append((name, f"{about}{found.why}"))
    all_entries = [(catalogue, entry) for catalogue in catalogues for entry in catalogue.guideline]
    return Holdings(tuple(_holding(catalogue, entry, told) for catalogue, entry in all_entries), tuple(sorted(others)))


def _recorded(corpus: Path, path: Path, catalogues: Sequence[Catalogue]) -> Recognition | None:
    source = read_sources(corpus).get(path.name)
    if source is None or digest_of(path) != source.sha256:
        return None
    named = ((c, c.entry(source.entry)) for c in catalogues if c.name == source.catalogue)
    return next((Recognition("is", c, entry, "", 1.0) for c, entry in named if entry is not None), None)


def _holding(catalogue: Catalogue, entry: Entry, told: dict[str, Recognition]) -> Holding:
    def held(one: Entry, *verdicts: str) -> tuple[str, ...]:
        return tuple(
            n for n, f in told.items() if f.entry == one and f.catalogue == catalogue and f.verdict in verdicts
        )

    if files := held(entry, "is"):
        return Holding(catalogue, entry, "held", files)
    older = [one for one in _editions_before(catalogue, entry) if held(one, "is")]
    if older:
        files = tuple(name for one in older for name in held(one, "is"))
        return Holding(catalogue, entry, "older", files, f"The corpus has {older[0].called}.")
    if files := held(entry, "edition"):
        return Holding(catalogue, entry, "other_edition", files, told[files[0]].why)
    if entry.superseded_by:
        newer = catalogue.entry(entry.superseded_by)
        return Holding(catalogue, entry, "superseded", (), f"Replaced by {newer.called}." if newer else "")
    return Holding(catalogue, entry, "missing")


def _editions_before(catalogue: Catalogue, entry: Entry) -> list[Entry]:
    """The entries that this one replaces, straight or by others between."""
    found: list[Entry] = []
    ids = {entry.id}
    while new := [e for e in catalogue.guideline if e.superseded_by in ids and e not in found]:
        found += new
        ids = {e.id for e in new}
    return found
