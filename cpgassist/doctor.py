"""Whether a corpus can be indexed and asked, line by line, each fault with its cure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpgassist.errors import CpgassistError, NoIndexError
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
    if corpus.settings.medsiglip:
        yield from _medsiglip_checks(corpus)


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


def _medsiglip_checks(corpus: Corpus) -> Iterator[Check]:
    """The image model, and whether the index holds figures that it embedded."""
    try:
        model = corpus.photo_model()
        assert model is not None
        identity = model.identity
        yield Check("medsiglip", "ok", f"{identity.name} ({identity.revision})")
        held = corpus.status()["figures"]
    except NoIndexError:
        return  # told already
    except CpgassistError as error:
        yield Check("medsiglip", "fail", error.message, error.next_step)
        return
    if held is None or (held["name"], held["revision"]) != (identity.name, identity.revision):
        found = "the index holds no figures" if held is None else f"they were embedded by {held['name']}"
        yield Check("figures", "warn", f"{found}; photos are not compared with them", "Run `cpgassist reindex`.")
    elif held["not_drawn"]:
        said = f"{held['not_drawn']} cannot be drawn, {held['embedded']} can be compared with photos"
        yield Check("figures", "warn", said, "Look at them in a PDF viewer.")
    else:
        yield Check("figures", "ok", f"{held['embedded']} can be compared with photos")
