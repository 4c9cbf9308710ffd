"""Files -> a new index version: what changed is read, split, embedded, accepted and put into service."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpgassist import editions
from cpgassist.errors import DocumentError, IndexDamagedError, ModelError, NoIndexError
from cpgassist.passages import SPLITTING_VERSION, split
from cpgassist.protocols import Embedder, PassageIndex, Progress
from cpgassist.quality import page_reports
from cpgassist.reading import OcrLimits, ocr_missing, read_in_sandbox
from cpgassist.settings import GuidelineOverride, Settings
from cpgassist.types import (
    Changes,
    Guideline,
    GuidelineInfo,
    GuidelineReport,
    LeftOut,
    PageReport,
    Passage,
    Report,
)

if TYPE_CHECKING:
    from cpgassist.index import Contents, FigureVectors, InputFile, Manifest
    from cpgassist.protocols import Vectors

if TYPE_CHECKING:
    from cpgassist.corpus import Corpus


_DEPENDS_ON = (
    "The rules of reading",
    "The rules of editions and copies",
    "The embedder",
    "What corpus.toml says of guidelines",
    "The use of OCR",
)
"""What each part of a splitting version stands for."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file's part of a new version: its passages, and what the closing table says about it."""

    info: GuidelineInfo
    size: int
    passages: tuple[Passage, ...]
    pages_without_text: tuple[int, ...]
    notes: tuple[str, ...]
    pages: tuple[PageReport, ...]

    @property
    def searched(self) -> tuple[Passage, ...]:
        """The passages that are searched."""
        return tuple(p for p in self.passages if p.searched)

    def report(self) -> GuidelineReport:
        """Its line in the closing table."""
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


def read_file(path: Path, settings: Settings, embedder: Embedder, progress: Progress) -> ReadFile:
    """A PDF read in the sandbox and split, with what corpus.toml says of a file of its name. Raises a DocumentError."""
    guideline = read_in_sandbox(
        path,
        **settings.limits.of_reading(),
        ocr=OcrLimits(settings.ocr, settings.limits.ocr_pages),
        progress=lambda number, of: progress("ocr", path.name, number, of),
    )
    guideline = _overridden(guideline, settings.guidelines.get(path.name))
    passages = tuple(split(guideline, embedder.count_tokens, embedder.window))
    textless = tuple(
        page.number for page in guideline.pages if page.characters == 0 and page.has_ink and page.confidence is None
    )
    return ReadFile(guideline.info, path.stat().st_size, passages, textless, guideline.notes, page_reports(guideline))


class Reindex:
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
        """Read, build, accept and serve; what was done."""
        if self._settings.ocr == "on" and (reason := ocr_missing()):
            raise ModelError("OCR is demanded and cannot be used.", f"{reason} Or set `ocr` to auto or off.")
        self._corpus.photo_model()  # one that is missing is reported before any file is read
        files = self._corpus.files()
        digests = {path.name: digest_of(path) for path in files}
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

    def changes(self) -> Changes:
        """What `run` would do; nothing is read but the files' bytes and the version in service, and nothing written."""
        digests = {path.name: digest_of(path) for path in self._corpus.files()}
        manifest = self._manifest()
        known = manifest.inputs if manifest is not None else {}
        left_out = {out.file for out in manifest.skipped} if manifest is not None else set()
        reasons = tuple(self._reasons(manifest))
        again = manifest is None or self._full or not self._unchanged(manifest, digests)
        self._before = self._contents() if again and manifest is not None else None
        reused = set(self._reused(digests)) if again else set(digests) - left_out
        return Changes(
            index=manifest.id if manifest is not None else None,
            added=tuple(name for name in digests if name not in known and name not in left_out),
            changed=tuple(name for name, d in digests.items() if name in known and known[name].sha256 != d),
            removed=tuple(name for name in known if name not in digests),
            tried_again=tuple(name for name in digests if again and name in left_out and name not in known),
            read=tuple(name for name in digests if again and name not in reused),
            unchanged=tuple(name for name, d in digests.items() if name in known and known[name].sha256 == d),
            reasons=reasons,
            nothing=not again,
        )

    def _reasons(self, manifest: Manifest | None) -> Iterator[str]:
        """Why files that did not change would be read again, or figures embedded again."""
        if self._full:
            yield "Everything is read again because a full reindex is asked for."
        if manifest is None:
            if self._store.current() is not None:
                yield "The index in service is damaged, so everything is read again."
            return
        mine, made = self._splitting().split("-"), manifest.splitting_version.split("-")
        if len(mine) != len(made):
            yield "The index was made by an older cpgassist, so everything is read again."
        else:
            differ = [what for what, one, other in zip(_DEPENDS_ON, mine, made, strict=True) if one != other]
            yield from (f"{what} changed since the index was made, so everything is read again." for what in differ)
        if mine == made and self._contents() is None:
            yield "The index in service is damaged, so everything is read again."
        elif self._store.changed():
            yield "Files of the index changed after it was made, so it is made anew; no page is read again for that."
        if not self._same_photo_model(manifest):
            yield "The image model changed, so figures are embedded anew; no page is read again for that."

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
        """What passages depend on besides the files, part by part, so that a dry run can tell which part changed."""
        overrides = sorted((name, o.model_dump_json()) for name, o in self._settings.guidelines.items())
        identity = self._corpus.embedder().identity
        ocr = self._ocr.most if self._ocr.used else None
        window = (identity.name, identity.revision, identity.dimension)
        return "-".join((SPLITTING_VERSION, *(_short(part) for part in (editions.RULES, window, overrides, ocr))))

    def _unchanged(self, manifest: Manifest, digests: Mapping[str, str]) -> bool:
        known = {name: entry.sha256 for name, entry in manifest.inputs.items()}
        left_out = {out.file: out.reason for out in manifest.skipped}
        # A file that was left out is tried again when it or the limits changed: its reason carries their mark.
        waiting = {name for name in left_out if name not in digests or self._mark(digests[name]) not in left_out[name]}
        here = {name: digest for name, digest in digests.items() if name not in left_out}
        if not self._same_photo_model(manifest):
            return False
        same = known == here and not waiting and manifest.splitting_version == self._splitting()
        return same and not self._store.changed()  # a damaged version is not kept: a reindex is its cure

    def _same_photo_model(self, manifest: Manifest) -> bool:
        from cpgassist.likeness import same_model

        model = self._corpus.photo_model()
        return same_model(manifest.figures, None if model is None else model.identity)

    def _mark(self, digest: str) -> str:
        limits = sha256(self._settings.limits.model_dump_json().encode()).hexdigest()[:6]
        return f"[{digest[:12]}-{limits}]"

    # ---- reading

    def _read(self, files: Sequence[Path], digests: Mapping[str, str]) -> list[ReadFile]:
        reused = self._reused(digests)
        todo = [path for path in files if path.name not in reused]
        read = dict(reused)
        done = 0
        with ThreadPoolExecutor(max_workers=self._settings.workers) as pool:
            jobs = {pool.submit(self._read_one, path): path for path in todo}
            try:
                for job in as_completed(jobs):
                    path = jobs[job]
                    done += 1
                    try:
                        read[path.name] = job.result()
                    except DocumentError as failure:
                        self._left_out.append(LeftOut(path.name, f"{failure} {self._mark(digests[path.name])}"))
                    self._progress("read", path.name, done, len(todo))
            except BaseException:  # whoever hears of the progress may stop the work: then no other file is begun
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        self._left_out.sort(key=lambda out: out.file)
        return [_unique(read[path.name], i, read, files) for i, path in enumerate(files) if path.name in read]

    def _reused(self, digests: Mapping[str, str]) -> dict[str, ReadFile]:
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
                reused[report.info.file] = ReadFile(
                    report.info,
                    known.bytes,
                    tuple(by_guideline.get(report.info.id, ())),
                    report.pages_without_text,
                    report.notes,
                    report.pages,
                )
        return reused

    def _read_one(self, path: Path) -> ReadFile:
        return read_file(path, self._settings, self._corpus.embedder(), self._progress)

    def _linked(self, read: Sequence[ReadFile]) -> list[ReadFile]:
        """The files as parts of one corpus: which are older editions, which passages another one prints too."""
        said = self._settings.guidelines
        stated = [said[file.info.file].supersedes if file.info.file in said else None for file in read]
        told = editions.linked(
            [editions.Document(file.info, file.passages, s) for file, s in zip(read, stated, strict=True)]
        )
        return [replace(file, info=i, passages=p) for file, (i, p) in zip(read, told, strict=True)]

    # ---- embedding and sealing

    def _build(self, read: Sequence[ReadFile]) -> tuple[str, int]:
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
                figures=self._figures(read, searched),
            ),
            accept=self._objections,
            progress=self._progress,
        )
        return version, embedded

    def _figures(self, read: Sequence[ReadFile], searched: Sequence[Passage]) -> FigureVectors | None:
        """The figures as the image model sees them; None where none is configured."""
        from cpgassist.likeness import embed_figures

        model = self._corpus.photo_model()
        if model is None:
            return None
        infos = {file.info.id: file.info for file in read}
        before = None if self._full else self._before
        return embed_figures(model, searched, infos, self._corpus, before, self._progress)

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

    def _report(self, version: str, read: Sequence[ReadFile], embedded: int, started: float) -> Report:
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


def _short(part: object) -> str:
    return sha256(repr(part).encode()).hexdigest()[:8]


def _unique(read: ReadFile, position: int, all_read: Mapping[str, ReadFile], files: Sequence[Path]) -> ReadFile:
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


def digest_of(path: Path) -> str:
    """The sha256 of a file's content; of the error when it cannot be read, which reading it will report."""
    digest = sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        digest.update(repr(error).encode())
    return digest.hexdigest()


def is_same(path: Path, known: InputFile) -> bool:
    """Whether a file is the one that was indexed, by size and time."""
    return path.stat().st_size == known.bytes and digest_of(path) == known.sha256


def holder_of(lock: Path) -> str:
    """What a held lock file says of its holder; "" when it is free, or where the system keeps no list of locks."""
    try:
        inode = str(lock.stat().st_ino)
        held = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    except OSError:
        return ""
    if not any("FLOCK" in words and words[5].rsplit(":", 1)[-1] == inode for words in held if len(words) > 5):
        return ""
    return lock.read_text(encoding="utf-8", errors="replace").strip() or "another process"


def silent(_stage: str, _file: str, _done: int, _total: int) -> None:
    """No progress wanted."""
