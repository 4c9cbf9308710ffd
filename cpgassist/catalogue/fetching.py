"""An entry's file by its own address: fetched, checked by content, put into the corpus; or why not, and what then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cpgassist.catalogue.addresses import Rules
from cpgassist.catalogue.downloading import Came, Download, download, forget
from cpgassist.catalogue.entries import Catalogue, Entry
from cpgassist.catalogue.filing import Shelf
from cpgassist.catalogue.fronts import Front, digest_of, read_front
from cpgassist.catalogue.outcomes import TRY_BY_HAND, Outcome, Stopped
from cpgassist.catalogue.recognising import recognise
from cpgassist.catalogue.sources import Source, read_sources
from cpgassist.catalogue.web import Web
from cpgassist.errors import DocumentError


def rules_for(catalogue: Catalogue, entry: Entry, allowed: tuple[str, ...] = ()) -> Rules:
    """The hosts that may be asked for an entry: its own, its catalogue's, and those the user allowed."""
    return Rules.of((*entry.hosts, *catalogue.hosts), allowed)


def fetch(web: Web, shelf: Shelf, catalogue: Catalogue, entry: Entry, max_bytes: int) -> Outcome:
    """Fetch an entry from its addresses, the first that gives it; by hand where none is known."""
    if not entry.files:
        page = catalogue.official_page(entry)
        return Outcome("by_hand", "No address of the file itself is known.", TRY_BY_HAND, entry.id, page)
    outcome = None
    for url in entry.files:
        outcome = _fetched(web, shelf, catalogue, entry, url, max_bytes)
        if outcome.done or outcome.state in ("differs", "cut_off"):
            break
    assert outcome is not None
    return outcome


def _fetched(web: Web, shelf: Shelf, catalogue: Catalogue, entry: Entry, url: str, max_bytes: int) -> Outcome:
    name = catalogue.file_name(entry)
    part = shelf.folder / f"{name}.part"
    held = _held(shelf, name)
    have = Came(held.address, held.etag, held.modified) if held and held.address == url else None
    try:
        came = download(web, url, part, max_bytes, have)
        if held and not came.changed:
            message = "The file in the corpus is the one at its source."
            return Outcome("unchanged", message, "", entry.id, url, name, held.sha256, held.pages)
        return _filed(shelf, catalogue, entry, part, came)
    except Stopped as stopped:
        return Outcome(stopped.state, stopped.message, stopped.next_step, entry.id, url)


def _held(shelf: Shelf, name: str) -> Source | None:
    """What is recorded of the file, where it is still the one that was recorded."""
    source, path = read_sources(shelf.folder).get(name), shelf.folder / name
    return source if source and path.is_file() and digest_of(path) == source.sha256 else None


def _filed(shelf: Shelf, catalogue: Catalogue, entry: Entry, part: Path, came: Download) -> Outcome:
    """The download in its place, where it is a sound PDF of this entry. Raises Stopped where it is not."""
    try:
        front = read_front(part, shelf.limits)
    except DocumentError as error:
        forget(part)
        raise Stopped("damaged", error.message.replace(part.name, "What came"), "Run it again, or by hand.") from error
    doubt = _doubt(front, catalogue, entry)
    if doubt is None:
        forget(part)
        title = front.info.title or "nothing that can be read"
        raise Stopped("other_document", f"What came is another document: its first pages say {title[:120]!r}.")
    note = " ".join(filter(None, (came.note, doubt)))
    filed = shelf.put(part, catalogue, entry, front.info.pages, came.came.url, came.came, note)
    forget(part)
    return replace(filed, next_step=filed.next_step or ("Look at its first pages." if doubt else ""))


def _doubt(front: Front, catalogue: Catalogue, entry: Entry) -> str | None:
    """What a user should know of a file from an entry's own address: "" for nothing, None where it is something else."""
    told = recognise(front, [catalogue])
    if told.verdict == "is" and told.entry == entry:
        return ""
    if told.entry == entry and told.verdict in ("edition", "unsure"):
        return told.why
    if not front.info.title or front.scanned:
        return "Its first pages could not be read, so that only its address says what it is."
    return None
