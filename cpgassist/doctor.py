"""Whether a corpus can be indexed and asked, line by line, each fault with its cure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpgassist.errors import CpgassistError
from cpgassist.reading import ocr_missing

if TYPE_CHECKING:
    from cpgassist.corpus import Corpus


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a check: what was looked at, how it stands, and the cure when it is not well."""

    what: str
    state: str
    """"ok", "warn" or "fail"."""
    found: str
    cure: str = ""


def checks(corpus: Corpus) -> Iterator[Check]:
    """Look at the folder, the index and the embedder of a corpus."""
    folder = corpus.settings.documents_folder
    try:
        files = corpus.files()
        state = "ok" if files else "fail"
        yield Check("documents", state, f"{len(files)} PDF files in {folder}", "" if files else "Put PDFs there.")
    except CpgassistError as error:
        yield Check("documents", "fail", error.message, error.next_step)
    yield _ocr_check(corpus)
    yield from _index_checks(corpus)
    yield from _embedder_checks(corpus)


def _ocr_check(corpus: Corpus) -> Check:
    """OCR is optional: without it, scanned pages are reported and not searched."""
    mode, reason = corpus.settings.ocr, ocr_missing()
    if mode == "off":
        return Check("ocr", "ok", "off: scanned pages are reported, not read")
    if not reason:
        return Check("ocr", "ok", f"{mode}: scanned pages are read")
    return Check("ocr", "fail" if mode == "on" else "warn", "scanned pages cannot be read", reason)


def _index_checks(corpus: Corpus) -> Iterator[Check]:
    try:
        status = corpus.status()
        waiting = [name for names in status["waiting"].values() for name in names]
        yield Check("index", "ok", f"version {status['index']}, {status['passages']} passages")
        if waiting:
            yield Check("changes", "warn", f"{len(waiting)} files changed since", "Run `cpgassist reindex`.")
        for out in status["left_out"]:
            yield Check("left out", "warn", f"{out['file']}: {out['reason']}", "Replace the file, then reindex.")
        for problem in corpus.verify():
            yield Check("integrity", "fail", problem, "Run `cpgassist reindex --full`.")
    except CpgassistError as error:
        yield Check("index", "fail", error.message, error.next_step)


def _embedder_checks(corpus: Corpus) -> Iterator[Check]:
    try:
        identity = corpus.embedder().identity
        yield Check("embedder", "ok", f"{identity.name} ({identity.revision})")
        vector = corpus.embedder().embed(["fever"])
        yield Check("embedding", "ok", f"a vector of {vector.shape[1]} numbers")
    except CpgassistError as error:
        yield Check("embedder", "fail", error.message, error.next_step)
