"""The hall of admins: a folder of PDFs becomes an index version, and what is in it can be seen and undone."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpgassist import editions
from cpgassist.doctor import Check, checks
from cpgassist.errors import DocumentError, IndexDamagedError, InputError, ModelError, NoIndexError
from cpgassist.passages import SPLITTING_VERSION, split
from cpgassist.protocols import Embedder, PassageIndex, Progress
from cpgassist.quality import Quality, examine, page_reports
from cpgassist.reading import OcrLimits, PdfPages, ocr_missing, read_in_sandbox
from cpgassist.settings import GuidelineOverride, Settings, load
from cpgassist.types import Box, Guideline, GuidelineInfo, GuidelineReport, LeftOut, PageReport, Passage, Quote, Report

if TYPE_CHECKING:
    from PIL import Image

    from cpgassist.index import Contents, ExactIndex, InputFile, Manifest
    from cpgassist.protocols import Vectors


@dataclass(frozen=True, slots=True)
class _ReadFile:
    """A file's part of a new version: its passages, and what the closing table says about it."""

    info: GuidelineInfo
    size: int
    passages: tuple[Passage, ...]
    pages_without_text: tuple[int, ...]
    notes: tuple[str, ...]
    pages: tuple[PageReport, ...]

    @property
    def searched(self) -> tuple[Passage, ...]:
        return tuple(p for p in self.passages if p.searched)

    def report(self) -> GuidelineReport:
        searched = self.searched
        notes = self.notes if searched else (*self.notes, "nothing in it can be searched")
        return GuidelineReport(
            self.info,
            passages=len(searched),
            graded=sum(p.grade is not None for p in searched),
            tables=sum(p.kind == "table" for p in searched),
            pages_without_text=self.pages_without_text,
            notes=notes,
            pages=self.pages,
        )


class Corpus:
    """A folder of guideline PDFs and its index."""

    def __init__(
        self, folder: str | Path | None = None, *, embedder: Embedder | str | None = None, **settings: Any
    ) -> None:
        """Open a corpus; `settings` are named as in `Settings`, and `embedder` may also be an Embedder itself.

        Raises InputError for what cannot be used.
        """
        named = embedder if isinstance(embedder, str) else None
        self.settings: Settings = load(folder, embedder=named, **settings)
        self._embedder = None if isinstance(embedder, str) else embedder
        self._pages = PdfPages(self.settings.documents_folder)

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
            return _Reindex(self, store, progress or _silent, full, allow_shrink).run(started)

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

            self._embedder = load_embedder(
                self.settings.embedder, self.settings.precision, self.settings.allow_download
            )
        return self._embedder

    # ---- trusting and undoing

    def verify(self) -> list[str]:
        """Everything wrong with the version in service, as sentences; [] means sound. Raises NoIndexError."""
        from cpgassist.index import IndexStore

        return IndexStore(self.settings.index_folder).verify()

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
        changed = [name for name, known in manifest.inputs.items() if name in found and not _same(found[name], known)]
        added = [
            name
            for name in found
            if name not in manifest.inputs
            and (name not in left_out or f"[{_digest(found[name])[:12]}-" not in left_out[name])
        ]
        return {"added": added, "changed": changed, "removed": [n for n in manifest.inputs if n not in found]}


class _Reindex:
    """One run of `Corpus.reindex`, under the writer lock."""

    def __init__(self, corpus: Corpus, store: Any, progress: Progress, full: bool, allow_shrink: bool) -> None:
        self._corpus, self._store, self._progress = corpus, store, progress
        self._settings = corpus.settings
        self._ocr = OcrLimits(corpus.settings.ocr, corpus.settings.limits.ocr_pages)
        self._full, self._allow_shrink = full, allow_shrink
        self._before: Contents | None = None
        """The version before, when its passages and vectors can be reused."""
        self._served: Manifest | None = None
        """The version before, whether or not anything of it can be reused."""
        self._left_out: list[LeftOut] = []

    def run(self, started: float) -> Report:
        if self._settings.ocr == "on" and (reason := ocr_missing()):
            raise ModelError("OCR is demanded and cannot be used.", f"{reason} Or set `ocr` to auto or off.")
        files = self._corpus.files()
        digests = {path.name: _digest(path) for path in files}
        manifest = self._served = self._manifest()
        if manifest is not None and not self._full and self._unchanged(manifest, digests):
            return self._kept(manifest, started)
        if manifest is not None:
            self._before = self._contents()
        read = self._read(files, digests)
        if not read:
            reasons = "; ".join(out.reason for out in self._left_out) or "there is no PDF in it"
            raise NoIndexError(
                f"Nothing in {self._settings.documents_folder} could be indexed: {reasons}",
                "Put guideline PDFs there and run `cpgassist reindex` again.",
            )
        read = self._linked(read)
        version, embedded = self._build(read)
        return self._report(version, read, embedded, started)

    def _manifest(self) -> Manifest | None:
        try:
            manifest: Manifest = self._store.manifest()
        except (NoIndexError, IndexDamagedError):
            return None
        return manifest

    def _contents(self) -> Contents | None:
        """The version before, for reuse; a damaged one is not reused."""
        try:
            contents: Contents = self._store.load()
        except (NoIndexError, IndexDamagedError):
            return None
        same = contents.manifest.splitting_version == self._splitting()
        mine, theirs = self._corpus.embedder().identity, contents.manifest.embedder
        reusable = same and (mine.name, mine.revision) == (theirs.name, theirs.revision)
        return contents if reusable else None

    def _splitting(self) -> str:
        """What passages depend on besides the files: the rules, the window they were measured for, and overrides."""
        overrides = sorted((name, o.model_dump_json()) for name, o in self._settings.guidelines.items())
        identity = self._corpus.embedder().identity
        ocr = self._ocr.most if self._ocr.used else None
        said = repr(
            (SPLITTING_VERSION, editions.RULES, identity.name, identity.revision, identity.dimension, overrides, ocr)
        )
        return f"{SPLITTING_VERSION}-{sha256(said.encode()).hexdigest()[:8]}"

    def _unchanged(self, manifest: Manifest, digests: Mapping[str, str]) -> bool:
        known = {name: entry.sha256 for name, entry in manifest.inputs.items()}
        left_out = {out.file: out.reason for out in manifest.skipped}
        # A file that was left out is tried again when it or the limits changed: its reason carries their mark.
        waiting = {name for name in left_out if name not in digests or self._mark(digests[name]) not in left_out[name]}
        here = {name: digest for name, digest in digests.items() if name not in left_out}
        return known == here and not waiting and manifest.splitting_version == self._splitting()

    def _mark(self, digest: str) -> str:
        limits = sha256(self._settings.limits.model_dump_json().encode()).hexdigest()[:6]
        return f"[{digest[:12]}-{limits}]"

    # ---- reading

    def _read(self, files: Sequence[Path], digests: Mapping[str, str]) -> list[_ReadFile]:
        reused = self._reused(digests)
        todo = [path for path in files if path.name not in reused]
        read = dict(reused)
        done = 0
        with ThreadPoolExecutor(max_workers=self._settings.workers) as pool:
            jobs = {pool.submit(self._read_one, path): path for path in todo}
            for job in as_completed(jobs):
                path = jobs[job]
                done += 1
                try:
                    read[path.name] = job.result()
                except DocumentError as failure:
                    self._left_out.append(LeftOut(path.name, f"{failure} {self._mark(digests[path.name])}"))
                self._progress("read", path.name, done, len(todo))
        self._left_out.sort(key=lambda out: out.file)
        return [_unique(read[path.name], i, read, files) for i, path in enumerate(files) if path.name in read]

    def _reused(self, digests: Mapping[str, str]) -> dict[str, _ReadFile]:
        """Files whose passages are taken over from the version before."""
        if self._before is None or self._full:
            return {}
        manifest = self._before.manifest
        by_guideline: dict[str, list[Passage]] = {}
        for passage in (*self._before.passages, *self._before.excluded):
            by_guideline.setdefault(passage.guideline, []).append(passage)
        reused = {}
        for report in manifest.guidelines:
            known = manifest.inputs[report.info.file]
            if digests.get(report.info.file) == known.sha256:
                reused[report.info.file] = _ReadFile(
                    report.info,
                    known.bytes,
                    tuple(by_guideline.get(report.info.id, ())),
                    report.pages_without_text,
                    report.notes,
                    report.pages,
                )
        return reused

    def _read_one(self, path: Path) -> _ReadFile:
        limits = self._settings.limits
        guideline = read_in_sandbox(
            path,
            limits.seconds,
            limits.memory_mb,
            limits.file_mb,
            limits.pages,
            limits.text_mb,
            limits.page_seconds,
            self._ocr,
            limits.ocr_seconds_per_page,
            lambda number, of: self._progress("ocr", path.name, number, of),
        )
        guideline = _overridden(guideline, self._settings.guidelines.get(path.name))
        embedder = self._corpus.embedder()
        passages = tuple(split(guideline, embedder.count_tokens, embedder.window))
        textless = tuple(
            page.number for page in guideline.pages if page.characters == 0 and page.has_ink and page.confidence is None
        )
        return _ReadFile(
            guideline.info, path.stat().st_size, passages, textless, guideline.notes, page_reports(guideline)
        )

    def _linked(self, read: Sequence[_ReadFile]) -> list[_ReadFile]:
        """The files as parts of one corpus: which are older editions, which passages another one prints too."""
        said = self._settings.guidelines
        stated = [said[file.info.file].supersedes if file.info.file in said else None for file in read]
        told = editions.linked(
            [editions.Document(file.info, file.passages, s) for file, s in zip(read, stated, strict=True)]
        )
        return [replace(file, info=i, passages=p) for file, (i, p) in zip(read, told, strict=True)]

    # ---- embedding and sealing

    def _build(self, read: Sequence[_ReadFile]) -> tuple[str, int]:
        from cpgassist.index import InputFile, NewVersion

        searched = tuple(passage for file in read for passage in file.searched)
        if not searched:
            raise NoIndexError(
                f"No page in {self._settings.documents_folder} could be read, so nothing can be searched.",
                "Add guidelines with text, or install OCR: pip install 'cpgassist[ocr]'.",
            )
        vectors, embedded = self._embed(searched)
        version: str = self._store.build(
            NewVersion(
                passages=searched,
                vectors=vectors,
                embedder=self._corpus.embedder().identity,
                guidelines=tuple(file.report() for file in read),
                inputs={f.info.file: InputFile(f.info.sha256, f.size, f.info.id) for f in read},
                splitting_version=self._splitting(),
                excluded=tuple(p for file in read for p in file.passages if not p.searched),
                skipped=tuple(self._left_out),
            ),
            accept=self._objections,
            progress=self._progress,
        )
        return version, embedded

    def _embed(self, passages: Sequence[Passage]) -> tuple[Vectors, int]:
        """A vector for each passage; those of texts already embedded by the same embedder are taken over."""
        import numpy as np

        embedder = self._corpus.embedder()
        known: dict[str, int] = {}
        if self._before is not None and not self._full:
            known = {passage.embedded_text(): i for i, passage in enumerate(self._before.passages)}
        texts = [passage.embedded_text() for passage in passages]
        todo = list(dict.fromkeys(text for text in texts if text not in known))
        new = embedder.embed(todo, lambda done, total: self._progress("embed", "", done, total))
        at = {text: i for i, text in enumerate(todo)}
        vectors = np.empty((len(texts), embedder.identity.dimension), dtype=np.float32)
        for i, text in enumerate(texts):
            vectors[i] = new[at[text]] if text in at else self._before.vectors[known[text]]  # type: ignore[union-attr]
        return vectors, len(todo)

    def _objections(self, index: PassageIndex) -> list[str]:
        """What speaks against putting the version into service: smoke questions, and a corpus that shrank."""
        from cpgassist.retrieval import Retriever

        objections = []
        if self._served is not None and not self._allow_shrink:
            before = sum(report.passages for report in self._served.guidelines)
            if len(index.passages) < 0.8 * before:
                objections.append(
                    f"it has {len(index.passages)} passages, {before} before; use --allow-shrink when that is meant"
                )
        if self._settings.smoke:
            retriever = Retriever(index, self._corpus.embedder(), self._settings.dense_weight)
            for smoke in self._settings.smoke:
                hits = retriever.search(smoke.question, 10).hits
                places = [(index.guidelines[h.passage.guideline].file, h.passage.pages) for h in hits]
                if not any(f == smoke.file and smoke.page in (None, *pages) for f, pages in places):
                    where = f"{smoke.file}, page {smoke.page}" if smoke.page else smoke.file
                    objections.append(f"the smoke question {smoke.question!r} does not find {where}")
        return objections

    # ---- reporting

    def _kept(self, manifest: Manifest, started: float) -> Report:
        return Report(
            index=manifest.id,
            added=(),
            changed=(),
            unchanged=tuple(manifest.inputs),
            removed=(),
            left_out=manifest.skipped,
            guidelines=manifest.guidelines,
            passages=sum(report.passages for report in manifest.guidelines),
            embedded=0,
            seconds=time.perf_counter() - started,
            nothing_changed=True,
        )

    def _report(self, version: str, read: Sequence[_ReadFile], embedded: int, started: float) -> Report:
        before: Mapping[str, InputFile] = self._served.inputs if self._served is not None else {}
        names = {file.info.file: file.info.sha256 for file in read}
        return Report(
            index=version,
            added=tuple(name for name in names if name not in before),
            changed=tuple(name for name, d in names.items() if name in before and before[name].sha256 != d),
            unchanged=tuple(name for name, d in names.items() if name in before and before[name].sha256 == d),
            removed=tuple(name for name in before if name not in names),
            left_out=tuple(self._left_out),
            guidelines=tuple(file.report() for file in read),
            passages=sum(len(file.searched) for file in read),
            embedded=embedded,
            seconds=time.perf_counter() - started,
        )


def _unique(read: _ReadFile, position: int, all_read: Mapping[str, _ReadFile], files: Sequence[Path]) -> _ReadFile:
    """The file's part with an id of its own when two file names give the same id."""
    earlier = [all_read[path.name].info.id for path in files[:position] if path.name in all_read]
    if read.info.id not in earlier:
        return read
    # Two copies may have one content too, so the name is part of what tells them apart.
    new = f"{read.info.id}-{sha256(read.info.file.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    info = replace(read.info, id=new)
    passages = tuple(replace(p, guideline=new, id=f"{new}:{p.id.rsplit(':', 1)[1]}") for p in read.passages)
    return replace(read, info=info, passages=passages)


def _overridden(guideline: Guideline, override: GuidelineOverride | None) -> Guideline:
    """The guideline with what corpus.toml says of it."""
    if override is None:
        return guideline
    said = override.model_dump(exclude_none=True, exclude={"supersedes"})  # a file's name, linked once all are read
    if "year" in said:
        said["published"] = said.pop("year")
    return replace(guideline, info=replace(guideline.info, **said))


def _digest(path: Path) -> str:
    """The sha256 of a file's content; of the error when it cannot be read, which reading it will report."""
    digest = sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        digest.update(repr(error).encode())
    return digest.hexdigest()


def _same(path: Path, known: InputFile) -> bool:
    return path.stat().st_size == known.bytes and _digest(path) == known.sha256


def _silent(_stage: str, _file: str, _done: int, _total: int) -> None:
    """No progress wanted."""
