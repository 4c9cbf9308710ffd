"""A PDF that is not in the corpus yet, read as a reindex would read it: what it would add, and what to look at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from cpgassist import editions
from cpgassist.errors import IndexDamagedError, NoIndexError
from cpgassist.quality import GuidelineQuality, examine_guideline
from cpgassist.reindexing import ReadFile, digest_of, read_file
from cpgassist.types import GuidelineInfo, GuidelineReport, Passage

if TYPE_CHECKING:
    from cpgassist.corpus import Corpus
    from cpgassist.index import Contents
    from cpgassist.protocols import Progress

_ID = "previewed"
"""The id of the file while it is compared with the corpus; no guideline's own, for their ids end in digits of a hash."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would add to the corpus."""

    info: GuidelineInfo
    report: GuidelineReport
    quality: GuidelineQuality
    remarks: tuple[str, ...]
    """How it relates to the guidelines in service: which it repeats, supersedes or is superseded by, as sentences."""
    copies: tuple[str, ...]
    """Files of the corpus that are this one byte for byte."""
    namesake: str
    """"same" or "other" where the corpus holds a file of its name, "" where it does not."""


def preview(corpus: Corpus, path: Path, progress: Progress, today: date | None = None) -> Preview:
    """Read a file in the sandbox and compare it with the version in service. Raises a DocumentError."""
    today = today or date.today()
    read = read_file(path, corpus.settings, corpus.embedder(), progress)
    infos, info, passages = _linked(read, _served(corpus), _stated(corpus, path.name))
    report = ReadFile(info, read.size, passages, read.pages_without_text, read.notes, read.pages).report()
    titles = {one.id: one.title for one in infos.values()}
    digests = {file.name: digest_of(file) for file in corpus.files() if file.stat().st_size == read.size}
    names = {file.name.casefold(): file.name for file in corpus.files()}
    namesake = names.get(path.name.casefold())
    return Preview(
        info=info,
        report=report,
        quality=examine_guideline(report, passages, titles, today),
        remarks=(*editions.remarks(info, infos, today), *_repeating(info, infos)),
        copies=tuple(name for name, digest in digests.items() if digest == info.sha256),
        namesake="" if namesake is None else "same" if digests.get(namesake) == info.sha256 else "other",
    )


def _repeating(info: GuidelineInfo, infos: Mapping[str, GuidelineInfo]) -> list[str]:
    """Which guidelines in service would be searched here from then on, being shorter or plainer copies."""
    repeated = [one for one in infos.values() if one.same_as == info.id]
    return [f"{editions.named(one)}, {one.file} repeats it and would be searched here." for one in repeated]


def _served(corpus: Corpus) -> Contents | None:
    from cpgassist.index import IndexStore

    try:
        contents: Contents = IndexStore(corpus.settings.index_folder).load()
    except (NoIndexError, IndexDamagedError):
        return None
    return contents


def _stated(corpus: Corpus, name: str) -> str | None:
    said = corpus.settings.guidelines.get(name)
    return said.supersedes if said is not None else None


def _linked(
    read: ReadFile, served: Contents | None, stated: str | None
) -> tuple[dict[str, GuidelineInfo], GuidelineInfo, tuple[Passage, ...]]:
    """All identities by id as a reindex would link them, the file's own, and its passages.

    A file of its name that is in service is left out: this one would stand in its place.
    """
    others: list[editions.Document] = []
    if served is not None:
        by_guideline: dict[str, list[Passage]] = {}
        for passage in (*served.passages, *served.excluded):
            by_guideline.setdefault(passage.guideline, []).append(passage)
        others = [
            editions.Document(report.info, by_guideline.get(report.info.id, ()))
            for report in served.manifest.guidelines
            if report.info.file.casefold() != read.info.file.casefold()
        ]
    own = _renamed(read.info, others)
    told = editions.linked([*others, editions.Document(own, read.passages, stated)])
    info, passages = told[-1]
    return {one.id: one for one, _ in told}, info, passages


def _renamed(info: GuidelineInfo, others: Sequence[editions.Document]) -> GuidelineInfo:
    taken = {document.info.id for document in others}
    return replace(info, id=_ID) if info.id in taken else info
