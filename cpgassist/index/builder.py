"""One build of a version: numbered steps from an empty folder to the swap of CURRENT."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from cpgassist.errors import CorpusError, IndexRefusedError
from cpgassist.index import checks, chroma
from cpgassist.index import manifest as names
from cpgassist.index.codec import write_lines
from cpgassist.index.figures import read_figures, write_figures
from cpgassist.index.lexical import LexicalIndex
from cpgassist.index.manifest import Manifest, NewVersion, seal_files, write_manifest
from cpgassist.index.opened import ChromaIndex
from cpgassist.protocols import PassageIndex, Progress
from cpgassist.types import GuidelineInfo, Passage

Accept = Callable[[PassageIndex], list[str]]

STEPS = (
    ("store", "folder"),
    ("store", "passages"),
    ("store", "excluded"),
    ("store", "vectors"),
    ("store", "figures"),
    ("store", "lexical"),
    ("store", "chroma"),
    ("check", "open"),
    ("check", "search"),
    ("check", "smoke"),
    ("store", "hashes"),
    ("store", "manifest"),
    ("store", "fsync"),
    ("store", "rename"),
    ("store", "fsync versions"),
    ("store", "pointer written"),
    ("store", "pointer replaced"),
)
"""The stages and names that `progress` hears, each when the step is done."""


class Build:
    """A version in the making, inside the writer lock."""

    def __init__(self, folder: Path, stamp: datetime, previous: str | None, progress: Progress | None) -> None:
        self.folder = folder
        self.stamp = stamp
        self.previous = previous
        self._progress = progress
        self._done = 0

    def run(self, new: NewVersion, accept: Accept | None) -> str:
        """All steps; raises IndexRefusedError or CorpusError, and leaves nothing behind then."""
        self._refuse(checks.contents_problems(new))
        name = _version_id(self.stamp, new)
        sealed = self.folder / "versions" / name
        building = sealed.with_name(name + ".building")
        try:
            self._write(building, new)
            manifest = self._check(building, self._manifest(name, new), new, accept)
            self._commit(building, sealed, manifest)
        except BaseException as error:
            shutil.rmtree(building, ignore_errors=True)
            if not _names(self.folder, name):
                shutil.rmtree(sealed, ignore_errors=True)
            if isinstance(error, (OSError, chroma.ChromaFault)):
                raise self._unwritten(error, new) from error
            raise
        return name

    def _write(self, building: Path, new: NewVersion) -> None:
        building.mkdir(parents=True)
        self._step()
        write_lines(building / names.PASSAGES, Passage, new.passages)
        self._step()
        write_lines(building / names.EXCLUDED, Passage, new.excluded)
        self._step()
        np.save(building / names.VECTORS, np.ascontiguousarray(new.vectors), allow_pickle=False)
        self._step()
        if new.figures is not None:
            write_figures(building, new.figures)
        self._step()
        texts = [passage.embedded_text() for passage in new.passages]
        infos = _infos(new)
        languages = [infos[passage.guideline].language for passage in new.passages]
        LexicalIndex.build(texts, languages).save(building / names.LEXICAL)
        self._step()
        chroma.write(building / names.CHROMA, new.passages, infos, new.vectors)
        self._step()

    def _check(self, building: Path, manifest: Manifest, new: NewVersion, accept: Accept | None) -> Manifest:
        """Opens what was written as a reader would, and refuses it or notes how well it did."""
        # The lexical index is loaded from its files, and not the one in memory: that is what will serve.
        lexical = LexicalIndex.load(building / names.LEXICAL)
        figures = read_figures(building, new.figures.model) if new.figures is not None else None
        if figures is not None and new.figures is not None:
            same = figures.figures == new.figures.figures and np.array_equal(figures.vectors, new.figures.vectors)
            self._refuse([] if same else ["the figures are not stored as they were given"])
        collection = chroma.PrivateCollection.copy(building / names.CHROMA, new.passages)
        opened = ChromaIndex(manifest, new.passages, new.vectors, lexical, collection=collection, figures=figures)
        try:
            self._step()
            results = {
                "in_chroma": float(collection.count()),
                "in_lexical": float(len(lexical)),
                "self_search": checks.self_search(collection, new.vectors),
                "agreement": checks.agreement(collection, new.vectors),
            }
            self._refuse(_search_problems(results, len(new.passages)))
            self._step()
            self._refuse(accept(opened) if accept else [])
            self._step()
        finally:
            opened.close()
        return replace(manifest, acceptance=results)

    def _commit(self, building: Path, sealed: Path, manifest: Manifest) -> None:
        manifest = replace(manifest, files=seal_files(building))
        self._step()
        write_manifest(building, manifest)
        self._step()
        _fsync_tree(building)
        self._step()
        building.rename(sealed)
        self._step()
        _fsync(sealed.parent)
        self._step()
        point_to(self.folder, sealed.name, self._step)

    def _manifest(self, name: str, new: NewVersion) -> Manifest:
        kinds = Counter(passage.kind for passage in (*new.passages, *new.excluded))
        held = {}
        if new.figures is not None:
            held = {"figure_vectors": len(new.figures.figures), "figures_not_drawn": new.figures.not_drawn}
        return Manifest(
            id=name,
            created=self.stamp.isoformat(),
            package_version=_package_version(),
            splitting_version=new.splitting_version,
            embedder=new.embedder,
            inputs=new.inputs,
            skipped=new.skipped,
            guidelines=new.guidelines,
            counts={"passages": len(new.passages), "excluded": len(new.excluded), **kinds, **held},
            previous=self.previous,
            figures=None if new.figures is None else new.figures.model,
        )

    def _step(self) -> None:
        stage, name = STEPS[self._done]
        self._done += 1
        if self._progress:
            self._progress(stage, name, self._done, len(STEPS))

    def _refuse(self, problems: list[str]) -> None:
        if problems:
            raise IndexRefusedError(
                "The new index version was not put into service: " + "; ".join(problems) + ".",
                f"{self._still()} Correct what is named and run `cpgassist reindex` again.",
            )

    def _unwritten(self, error: BaseException, new: NewVersion) -> CorpusError:
        # 88 MB for 10,000 passages of 384 dimensions in Chroma, whose vectors take 15 MB; a private copy beside it.
        needed = 12 * new.vectors.nbytes // 2**20 + 20
        reason = getattr(error, "strerror", None) or error
        return CorpusError(
            f"A new index version could not be written under {self.folder}: {reason}.",
            f"{self._still()} Make sure that the folder is writable and about {needed} MB are free there and in the "
            "temporary folder, then run `cpgassist reindex`.",
        )

    def _still(self) -> str:
        return f"Version {self.previous} still serves." if self.previous else "There is no index yet."


def point_to(folder: Path, name: str, step: Callable[[], None] = lambda: None) -> None:
    """Makes CURRENT name a version: the one commit point, whole or not at all."""
    new = folder / "CURRENT.new"
    with new.open("w", encoding="ascii") as file:
        file.write(name + "\n")
        file.flush()
        os.fsync(file.fileno())
    step()
    os.replace(new, folder / "CURRENT")
    _fsync(folder)
    step()


def _search_problems(results: Mapping[str, float], count: int) -> list[str]:
    problems = [
        f"{results[place]:.0f} of {count} passages are {place.replace('_', ' ')}"
        for place in ("in_chroma", "in_lexical")
        if results[place] != count
    ]
    if results["self_search"] < checks.SELF_SEARCH:
        problems.append(f"only {results['self_search']:.2%} of the vectors find themselves in Chroma")
    if results["agreement"] < checks.AGREEMENT:
        problems.append(f"Chroma agrees with exact search in only {results['agreement']:.2%}")
    return problems


def _version_id(stamp: datetime, new: NewVersion) -> str:
    content = hashlib.sha256(repr((new.embedder, new.splitting_version)).encode())
    for passage in new.passages:
        content.update(passage.id.encode("utf-8", "replace"))
    return f"{stamp:%Y%m%dT%H%M%S-%f}-{content.hexdigest()[:8]}"


def _infos(new: NewVersion) -> dict[str, GuidelineInfo]:
    return {report.info.id: report.info for report in new.guidelines}


def _names(folder: Path, version_id: str) -> bool:
    try:
        return (folder / "CURRENT").read_text(encoding="utf-8", errors="replace").strip() == version_id
    except OSError:
        return False


def _package_version() -> str:
    try:
        return version("cpgassist")
    except PackageNotFoundError:
        return "unknown"  # run from a source tree


def _fsync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        _fsync(path)
    _fsync(folder)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
