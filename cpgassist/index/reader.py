"""A sealed version read, checked, and opened; what is derived and damaged is made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from cpgassist.errors import IndexDamagedError
from cpgassist.index import checks, chroma
from cpgassist.index import manifest as names
from cpgassist.index.codec import damaged, read_lines
from cpgassist.index.figures import FOLDER as FIGURES
from cpgassist.index.figures import FigureVectors, read_figures
from cpgassist.index.lexical import LexicalIndex
from cpgassist.index.manifest import Contents, Manifest, changed_files, read_manifest
from cpgassist.index.opened import ChromaIndex, ExactIndex
from cpgassist.types import GuidelineInfo, Passage

if TYPE_CHECKING:
    from cpgassist.protocols import Vectors

SOURCES = (names.PASSAGES, names.EXCLUDED, names.VECTORS)
"""The files everything else is derived from; damage to one of them costs the version."""

_GLANCE = 64
"""Vectors that must find themselves when Chroma is opened."""


def load(folder: Path) -> Contents:
    """A version read back whole, its source files hashed; raises IndexDamagedError."""
    manifest = read_manifest(folder)
    _demand(changed_files(folder, _sources(manifest), full=True))
    contents = _contents(folder, manifest)
    figures, _ = _figures(folder, contents, changed_files(folder, _named(FIGURES, manifest), full=True))
    return replace(contents, figures=figures)


def open_version(folder: Path, search: Literal["chroma", "exact"], full_check: bool, warnings: list[str]) -> ExactIndex:
    """A version opened for reading, with `warnings` and what had to be healed; raises IndexDamagedError."""
    manifest = read_manifest(folder)
    changed = changed_files(folder, manifest.files, full_check)
    if search == "chroma":
        # Always by hash: 5 of 9 graph files with 20 flipped bits and an unchanged time ended the process (SIGSEGV).
        changed |= changed_files(folder, _graph(manifest), full=True)
    _demand({name: sentence for name, sentence in changed.items() if name in SOURCES})
    contents = _contents(folder, manifest)
    warnings = list(warnings)
    lexical = _lexical(folder, contents, _under(names.LEXICAL, changed), warnings)
    sealed = (manifest, contents.passages, contents.vectors, lexical)
    figures, reason = _figures(folder, contents, _under(FIGURES, changed))
    if reason:
        warnings.append(f"{reason} Photos are not compared with figures; `cpgassist reindex` cures that.")
    collection = None
    if search == "chroma":
        collection = _collection(folder, contents, _under(names.CHROMA, changed), warnings)
    if collection is None:
        return ExactIndex(*sealed, warnings=warnings, figures=figures)
    return ChromaIndex(*sealed, warnings=warnings, figures=figures, collection=collection)


def verify(folder: Path) -> list[str]:
    """Everything wrong with a version, as sentences."""
    try:
        manifest = read_manifest(folder)
    except IndexDamagedError as error:
        return [error.message]
    changed = changed_files(folder, manifest.files, full=True)
    problems = list(changed.values())
    try:
        contents = _contents(folder, manifest)
    except IndexDamagedError as error:
        return [*problems, error.message]
    _, reason = _figures(folder, contents, {})
    problems += [reason] if reason and not _under(FIGURES, changed) else []
    return problems + _lexical_problems(folder, contents) + _chroma_problems(folder, contents, changed)


def _contents(folder: Path, manifest: Manifest) -> Contents:
    passages = read_lines(folder / names.PASSAGES, Passage)
    excluded = read_lines(folder / names.EXCLUDED, Passage)
    vectors = _vectors(folder / names.VECTORS)
    shape = (len(passages), manifest.embedder.dimension)
    if len(passages) != manifest.counts.get("passages") or vectors.shape != shape or vectors.dtype != np.float32:
        raise damaged(
            f"{folder / names.VECTORS} holds {vectors.dtype} vectors of shape {vectors.shape}, "
            f"{folder / names.PASSAGES} {len(passages)} passages; they do not belong together."
        )
    if problems := checks.vector_problems(vectors, [passage.id for passage in passages]):
        raise damaged(f"{folder / names.VECTORS} is damaged: {problems[0]}.")
    return Contents(manifest, passages, excluded, vectors)


def _vectors(path: Path) -> Vectors:
    try:
        vectors: Vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError) as error:
        raise damaged(f"{path} cannot be read: {error}.") from error
    if not isinstance(vectors, np.ndarray) or vectors.ndim != 2:
        raise damaged(f"{path} does not hold a matrix.")
    return vectors


def _figures(folder: Path, contents: Contents, changed: Mapping[str, str]) -> tuple[FigureVectors | None, str]:
    """The figures and "", or None and why they cannot be used; None and "" where the version was built without."""
    model = contents.manifest.figures
    if model is None:
        return None, ""
    if changed:
        return None, " ".join(changed.values())
    try:
        held = read_figures(folder, model)
    except IndexDamagedError as error:
        return None, error.message
    problems = checks.figure_problems(held, contents.passages)
    return (None, f"{folder / FIGURES} is damaged: {problems[0]}.") if problems else (held, "")


def _lexical(folder: Path, contents: Contents, changed: Mapping[str, str], warnings: list[str]) -> LexicalIndex:
    """The lexical index from its files, or from the passages when those are damaged or of other token rules."""
    reason = " ".join(changed.values())
    if not reason:
        try:
            lexical = LexicalIndex.load(folder / names.LEXICAL)
            if len(lexical) == len(contents.passages):
                return lexical
            reason = f"{folder / names.LEXICAL} does not count as many texts as there are passages."
        except (OSError, ValueError) as error:
            reason = f"{folder / names.LEXICAL} cannot be used: {error}."
    warnings.append(f"{reason} It was rebuilt in memory from the passages; `cpgassist reindex` makes that last.")
    infos = _infos(contents)
    languages = [infos[passage.guideline].language for passage in contents.passages]
    return LexicalIndex.build([passage.embedded_text() for passage in contents.passages], languages)


def _collection(
    folder: Path, contents: Contents, changed: Mapping[str, str], warnings: list[str]
) -> chroma.PrivateCollection | None:
    """A private copy of the collection, rebuilt when damaged; None, with a warning, when Chroma cannot be used."""
    reason = _graph_damage(changed)
    try:
        if not reason:
            collection, reason = _sound_copy(folder, contents, bool(changed))
            if collection is not None:
                warnings += [f"{sentence} Its contents still agree." for sentence in changed.values()]
                return collection
            reason = " ".join([*changed.values(), reason])
        rebuilt = chroma.PrivateCollection.rebuild(contents.passages, _infos(contents), contents.vectors)
    except (chroma.ChromaFault, OSError) as fault:
        warnings.append(
            f"{reason} {fault}. Version {contents.manifest.id} is searched exactly, without Chroma.".strip()
        )
        return None
    warnings.append(f"{reason} Chroma was rebuilt from {folder / names.VECTORS}; `cpgassist reindex` makes that last.")
    return rebuilt


def _graph_damage(changed: Mapping[str, str]) -> str:
    """Why the sealed folder must not even be opened.

    chroma.sqlite3 alone may have changed because somebody's own tools opened the folder in place. A changed graph
    file is taken for damage: it is read by code that trusts its sizes.
    """
    return " ".join(sentence for name, sentence in changed.items() if not name.endswith(chroma.SQLITE))


def _sound_copy(folder: Path, contents: Contents, suspected: bool) -> tuple[chroma.PrivateCollection | None, str]:
    try:
        collection = chroma.PrivateCollection.copy(folder / names.CHROMA, contents.passages)
    except chroma.ChromaFault as fault:
        return None, f"{folder / names.CHROMA}: {fault}."
    try:
        reason = _disagreement(collection, contents, thorough=suspected)
    except chroma.ChromaFault as fault:
        reason = str(fault)
    if not reason:
        return collection, ""
    collection.close()
    return None, f"{folder / names.CHROMA}: {reason}."


def _disagreement(collection: chroma.PrivateCollection, contents: Contents, thorough: bool) -> str:
    """How the collection differs from passages and vectors, at a glance or thoroughly; "" when it does not."""
    total = len(contents.passages)
    if (count := collection.count()) != total:
        return f"it holds {count} of {total} passages"
    asked = checks.spread(total, total if thorough else _GLANCE)
    if (share := checks.self_search(collection, contents.vectors, asked)) < checks.SELF_SEARCH:
        return f"only {share:.1%} of the vectors find themselves"
    if thorough and (wrong := collection.differences(contents.passages, _infos(contents), contents.vectors)):
        return f"{wrong} passages are not stored as they were written"
    return ""


def _lexical_problems(folder: Path, contents: Contents) -> list[str]:
    try:
        count = len(LexicalIndex.load(folder / names.LEXICAL))
    except (OSError, ValueError) as error:
        return [f"{folder / names.LEXICAL} cannot be used: {error}."]
    total = len(contents.passages)
    return [] if count == total else [f"{folder / names.LEXICAL} holds {count} texts for {total} passages."]


def _chroma_problems(folder: Path, contents: Contents, changed: Mapping[str, str]) -> list[str]:
    if _graph_damage(_under(names.CHROMA, changed)):
        return []  # reported already, and not safe to open
    try:
        collection, reason = _sound_copy(folder, contents, suspected=True)
    except OSError as error:
        return [f"{folder / names.CHROMA} cannot be copied: {error}."]
    if collection is not None:
        collection.close()
    return [reason] if reason else []


def _demand(changed: Mapping[str, str]) -> None:
    if changed:
        raise damaged(" ".join(changed.values()))


def _sources(manifest: Manifest) -> dict[str, names.SealedFile]:
    return {name: sealed for name, sealed in manifest.files.items() if name in SOURCES}


def _graph(manifest: Manifest) -> dict[str, names.SealedFile]:
    return {name: sealed for name, sealed in _named(names.CHROMA, manifest).items() if not name.endswith(chroma.SQLITE)}


def _named(folder: str, manifest: Manifest) -> dict[str, names.SealedFile]:
    return {name: sealed for name, sealed in manifest.files.items() if name.startswith(folder + "/")}


def _under(folder: str, changed: Mapping[str, str]) -> dict[str, str]:
    return {name: sentence for name, sentence in changed.items() if name.startswith(folder + "/")}


def _infos(contents: Contents) -> dict[str, GuidelineInfo]:
    return {report.info.id: report.info for report in contents.manifest.guidelines}
