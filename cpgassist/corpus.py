"""The hall of admins: a folder of PDFs becomes an index version, and what is in it can be seen and undone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from cpgassist import editions
from cpgassist.doctor import Check, checks
from cpgassist.errors import CorpusError, InputError
from cpgassist.previewing import Preview, preview
from cpgassist.protocols import Embedder, PhotoModel, Progress, Reranker
from cpgassist.quality import Quality, examine
from cpgassist.reading import PdfPages
from cpgassist.reindexing import Reindex, digest_of, holder_of, is_same, silent
from cpgassist.settings import Settings, load
from cpgassist.types import Box, Changes, GuidelineInfo, Passage, Quote, Report, Version

if TYPE_CHECKING:
    from PIL import Image

    from cpgassist.index import ExactIndex, Manifest


class Corpus:
    """A folder of guideline PDFs and its index."""

    def __init__(
        self,
        folder: str | Path | None = None,
        *,
        embedder: Embedder | str | None = None,
        reranker: Reranker | str | None = None,
        **settings: Any,
    ) -> None:
        """Open a corpus; `settings` are named as in `Settings`; `embedder` and `reranker` may also be an Embedder and a
        Reranker themselves.

        Raises InputError for what cannot be used.
        """
        named = embedder if isinstance(embedder, str) else None
        ranking = reranker if isinstance(reranker, str) else None
        self.settings: Settings = load(folder, embedder=named, reranker=ranking, **settings)
        self._embedder = None if isinstance(embedder, str) else embedder
        self._reranker = None if isinstance(reranker, str) else reranker
        self._pages = PdfPages(self.settings.documents_folder)
        self._photo_model: PhotoModel | None = None
        self._loading = Lock()

    def __repr__(self) -> str:
        return f"Corpus({str(self.settings.corpus)!r}, index={self.current_version()!r})"

    # ---- building

    def reindex(self, progress: Progress | None = None, full: bool = False, allow_shrink: bool = False) -> Report:
        """Bring the index up to date with the folder: beside the old version, which serves until the swap.

        Only new and changed files are read and only changed passages embedded, unless `full`. A file that cannot be
        read is left out with its reason. Raises IndexLockedError when another reindex runs, IndexRefusedError when
        the new version fails acceptance (more than 20 % fewer passages needs `allow_shrink`), and NoIndexError when
        no file at all could be read.
        """
        from cpgassist.index import IndexStore

        started = time.perf_counter()
        store = IndexStore(self.settings.index_folder, self.settings.keep_versions)
        with store.lock():
            return Reindex(self, store, progress or silent, full, allow_shrink).run(started)

    def changes(self, full: bool = False) -> Changes:
        """What a reindex would do, without doing it: which files it would read, and why. Nothing is written.

        Raises ModelError when the embedder is missing and InputError when the documents folder is.
        """
        from cpgassist.index import IndexStore

        return Reindex(self, IndexStore(self.settings.index_folder), silent, full, False).changes()

    def preview(self, path: str | Path, progress: Progress | None = None) -> Preview:
        """What a PDF that is not in the corpus would add to it, read as a reindex would. Raises a DocumentError."""
        return preview(self, Path(path), progress or silent)

    # ---- looking

    def files(self) -> list[Path]:
        """The PDFs of the corpus by name. Raises InputError when the documents folder does not exist."""
        folder = self.settings.documents_folder
        if not folder.is_dir():
            raise InputError(f"There is no folder {folder}.", "Correct `documents` in corpus.toml.")
        return sorted(p for p in folder.iterdir() if p.suffix.lower() == ".pdf" and p.is_file())

    def current_version(self) -> str | None:
        """The version id that CURRENT names, or None."""
        try:
            return (self.settings.index_folder / "CURRENT").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return None

    def open_index(self) -> ExactIndex:
        """The version in service. Raises NoIndexError or IndexDamagedError."""
        from cpgassist.index import IndexStore

        return IndexStore(self.settings.index_folder).open(self.settings.vector_search)

    def status(self, today: date | None = None) -> dict[str, Any]:
        """The version in service and its guidelines, and which files changed since. Raises NoIndexError.

        `today` is the date that review dates are compared with.
        """
        from cpgassist.index import IndexStore

        store = IndexStore(self.settings.index_folder)
        manifest = store.manifest()
        infos = {report.info.id: report.info for report in manifest.guidelines}
        today = today or date.today()
        return {
            "corpus": str(self.settings.corpus),
            "index": manifest.id,
            "created": manifest.created,
            "embedder": {"name": manifest.embedder.name, "revision": manifest.embedder.revision},
            "figures": None
            if manifest.figures is None
            else {
                "name": manifest.figures.name,
                "revision": manifest.figures.revision,
                "embedded": manifest.counts["figure_vectors"],
                "not_drawn": manifest.counts["figures_not_drawn"],
            },
            "passages": sum(report.passages for report in manifest.guidelines),
            "guidelines": [
                {
                    **report.to_dict(),
                    "review_passed": editions.review_passed(report.info, today),
                    "remarks": editions.remarks(report.info, infos, today),
                }
                for report in manifest.guidelines
            ],
            "left_out": [{"file": out.file, "reason": out.reason} for out in manifest.skipped],
            "waiting": self._changes(manifest),
            "versions": store.versions(),
        }

    def passages(self) -> Iterator[dict[str, Any]]:
        """Every passage of the version in service as JSON objects, those kept out of search included."""
        from cpgassist.index import IndexStore

        contents = IndexStore(self.settings.index_folder).load()
        files = {report.info.id: report.info.file for report in contents.manifest.guidelines}
        ordered = sorted((*contents.passages, *contents.excluded), key=lambda p: (files[p.guideline], p.page))
        return (passage.to_dict(files[passage.guideline]) for passage in ordered)

    def page_image(self, file: str, page: int, dpi: int = 110) -> Image.Image:
        """A page of a guideline as an RGB picture. Raises InputError for an unknown file or page."""
        return self._pages.image(file, page, dpi)

    def page_size(self, file: str, page: int) -> tuple[float, float]:
        """Width and height of a page in points. Raises InputError for an unknown file or page."""
        return self._pages.size(file, page)

    def page_passages(self, file: str, page: int) -> list[Passage]:
        """The passages that stand on a page, those kept out of search included.

        Raises InputError for a page that could not be read: what stopped its reader would stop its drawing too.
        """
        from cpgassist.index import IndexStore

        contents = IndexStore(self.settings.index_folder).load()
        reports = [report for report in contents.manifest.guidelines if report.info.file == file]
        for fault in (p.fault for report in reports for p in report.pages if p.number == page and p.fault):
            raise InputError(f"Page {page} of {file} could not be read: {fault}.", "Look at it in a PDF viewer.")
        ids = {report.info.id for report in reports}
        return [p for p in (*contents.passages, *contents.excluded) if p.guideline in ids and page in p.pages]

    def find_quote(self, info: GuidelineInfo, page: int, words: str, seen: tuple[Box, ...] = ()) -> Quote | None:
        """What the page prints where these words stand; None when they are not on it, or the file has changed.

        Words that OCR saw come back as they are, with the boxes where it saw them.
        """
        if not self._pages.unchanged(info.file, info.sha256):
            return None
        if seen:
            return self._pages.shown(info.file, page, words, seen)
        return self._pages.find(info.file, page, words)

    def embedder(self) -> Embedder:
        """The configured embedder, loaded once. Raises ModelError when it is missing."""
        if self._embedder is None:
            from cpgassist.models.embedding import load_embedder

            chosen = self.settings
            self._embedder = load_embedder(
                chosen.embedder,
                chosen.precision,
                chosen.allow_download,
                chosen.embedder_question_prefix,
                chosen.embedder_passage_prefix,
            )
        return self._embedder

    def reranker(self) -> Reranker | None:
        """The configured reranker, loaded once; None where none is. Raises ModelError when it is missing."""
        name = self.settings.reranker
        with self._loading:
            if self._reranker is None and name:
                from cpgassist.models.reranking import load_reranker

                self._reranker = load_reranker(name, self.settings.allow_download)
            return self._reranker

    def photo_model(self) -> PhotoModel | None:
        """The configured MedSigLIP, loaded once; None where none is. Raises ModelError when it is missing."""
        name = self.settings.medsiglip
        with self._loading:
            if self._photo_model is None and name:
                from cpgassist.models.medsiglip import open_medsiglip

                self._photo_model = open_medsiglip(name)
            return self._photo_model

    # ---- trusting and undoing

    def verify(self) -> list[str]:
        """Everything wrong with the version in service, as sentences; [] means sound. Raises NoIndexError."""
        from cpgassist.index import IndexStore

        return IndexStore(self.settings.index_folder).verify()

    def versions(self) -> tuple[Version, ...]:
        """The sealed versions, newest first; none where nothing was indexed."""
        from cpgassist.index import IndexStore

        store = IndexStore(self.settings.index_folder)
        serving, before = store.current(), None
        with suppress(CorpusError):
            before = store.manifest().previous
        found = []
        for name in store.versions():
            try:
                held = store.manifest(name)
                counts = (held.created, len(held.guidelines), sum(report.passages for report in held.guidelines))
                found.append(Version(name, *counts, serving=name == serving, next=name == before))
            except CorpusError as error:
                found.append(Version(name, "", 0, 0, name == serving, name == before, error.message))
        return tuple(found)

    def locked_by(self) -> str:
        """Who reindexes now ("process 12 since ..."), "" when nobody does or the system does not tell.

        It is looked up in the system's list of locks: to try the lock would make a reindex that starts just then fail.
        """
        return holder_of(self.settings.index_folder / "writer.lock")

    def rollback(self) -> str:
        """Put the version before back into service; its id. Raises CorpusError when there is none."""
        from cpgassist.index import IndexStore

        return IndexStore(self.settings.index_folder).rollback()

    def quality(self) -> Quality:
        """What to look at before the version in service is trusted, page by page. Raises NoIndexError."""
        from cpgassist.index import IndexStore

        return examine(IndexStore(self.settings.index_folder).load(), date.today())

    def check(self) -> list[Check]:
        """Whether this corpus can be indexed and asked: folder, files, index, embedder, each with its cure."""
        return list(checks(self))

    def _changes(self, manifest: Manifest) -> dict[str, list[str]]:
        """Files that a reindex would add, change or remove, told by size and content."""
        found = {path.name: path for path in self.files()}
        left_out = {out.file: out.reason for out in manifest.skipped}
        changed = [name for name, known in manifest.inputs.items() if name in found and not is_same(found[name], known)]
        added = [
            name
            for name in found
            if name not in manifest.inputs
            and (name not in left_out or f"[{digest_of(found[name])[:12]}-" not in left_out[name])
        ]
        return {"added": added, "changed": changed, "removed": [n for n in manifest.inputs if n not in found]}
