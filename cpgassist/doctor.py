"""Whether a corpus can be indexed and asked, line by line, each fault with its cure."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpgassist.errors import CpgassistError, NoIndexError
from cpgassist.models.configured import chat_model
from cpgassist.models.grounded import Grounded
from cpgassist.models.prefixes import NONE, Prefixes
from cpgassist.reading import ocr_missing
from cpgassist.types import Hit, Locator, Passage, Sentence

if TYPE_CHECKING:
    from cpgassist.corpus import Corpus
    from cpgassist.protocols import ChatModel, Embedder
    from cpgassist.settings import Settings


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a check: what was looked at, how it stands, and the cure when it is not well."""

    what: str
    state: str
    """"ok", "warn" or "fail"."""
    found: str
    cure: str = ""


def checks(corpus: Corpus) -> Iterator[Check]:
    """Look at the folder, the index and the embedder of a corpus, and at the configured language model."""
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
    yield from _reranker_checks(corpus)
    yield from _model_checks(corpus.settings)
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
        embedder = corpus.embedder()
        identity = embedder.identity
        yield Check("embedder", "ok", f"{identity.name} ({identity.revision}){_prefixed(embedder)}")
        vector = embedder.embed(["fever"])
        yield Check("embedding", "ok", f"a vector of {vector.shape[1]} numbers")
    except CpgassistError as error:
        yield Check("embedder", "fail", error.message, error.next_step)


def _prefixed(embedder: Embedder) -> str:
    """What the embedder reads before its texts, as far as it tells."""
    known = getattr(embedder, "prefixes", None)
    if not isinstance(known, Prefixes) or known == NONE:
        return ""
    return f", questions after {known.question!r}, passages after {known.passage!r}"


def _reranker_checks(corpus: Corpus) -> Iterator[Check]:
    """The reranker, where one is configured: loaded, and asked to tell two lines apart."""
    try:
        reranker = corpus.reranker()
        if reranker is None:
            return
        started = time.perf_counter()
        right, wrong = reranker.score(_ASKED, _TRIAL)
    except CpgassistError as error:
        yield Check("reranker", "fail", error.message, error.next_step)
        return
    found = f"{reranker.name}, two lines in {time.perf_counter() - started:.1f} s, loading included"
    if right > wrong:
        yield Check("reranker", "ok", found)
    else:
        yield Check("reranker", "warn", f"{found}, the wrong one first", "Choose a reranker that was trained to rank.")


_TRIAL = ("The blue kettle holds two litres.", "The red lamp is lit at dusk.")
_ASKED = "How much does the kettle hold?"


def _model_checks(settings: Settings) -> Iterator[Check]:
    """The language model, end to end: loaded or reached, asked to pick a line, shown a drawn picture."""
    try:
        chat = chat_model(settings)
        if chat is None:
            yield Check("language model", "ok", "none: code picks the lines, findings of photos are typed")
            return
        info = chat.info
    except CpgassistError as error:
        yield Check("language model", "fail", error.message, error.next_step)
        return
    about = (info.backend, info.device, info.dtype, info.revision[:12], info.digest[:12])
    yield Check("language model", "ok", f"{info.name} ({', '.join(filter(None, about))})")
    yield _picking_check(chat, settings)
    yield _photo_check(chat, settings)


def _picking_check(chat: ChatModel, settings: Settings) -> Check:
    sentences = tuple(Sentence(text, 1) for text in _TRIAL)
    passage = Passage("trial:1", " ".join(_TRIAL), "text", "trial", ("Trial",), (Locator(1),), sentences=sentences)
    model = Grounded(chat, {}, settings.model_seconds, settings.model_thinking, settings.model_constrained)
    started = time.perf_counter()
    try:
        picks = model.pick(_ASKED, [Hit(passage, 1, 1.0, 1.0)], 2)
    except CpgassistError as error:
        return Check("picking lines", "fail", error.message, error.next_step)
    took = f"in {time.perf_counter() - started:.1f} s"
    if [sentence.text for _, sentence, _ in picks][:1] == [_TRIAL[0]]:
        return Check("picking lines", "ok", f"the right one of two, {took}")
    said = "the wrong line" if picks else "no line"
    return Check(
        "picking lines",
        "warn",
        f"{said} of two, {took}",
        "Try a larger or instruction-tuned model; quotes stay checked.",
    )


def _photo_check(chat: ChatModel, settings: Settings) -> Check:
    if settings.photo == "off":
        return Check("photos", "ok", "off: findings are typed")
    if not chat.info.vision:
        return Check("photos", "ok", "the model reads text alone: findings are typed")
    from PIL import Image, ImageDraw

    from cpgassist.imaging import describe, open_photo

    picture = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(picture).ellipse((60, 60, 200, 200), fill="red", outline="black", width=6)
    started = time.perf_counter()
    try:
        findings = describe(chat, [open_photo(picture)])
    except CpgassistError as error:
        return Check("photos", "fail", error.message, error.next_step)
    took = f"in {time.perf_counter() - started:.1f} s"
    if findings.refused:
        return Check(
            "photos", "warn", f"a drawn red disc was not described, {took}: {findings.refused}", "Try a real photo."
        )
    return Check("photos", "ok", f"a drawn red disc was described {took}: {findings}")


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
