"""What a version must pass before it is put into service, and when it is verified."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from cpgassist.index.lexical import top
from cpgassist.index.manifest import NewVersion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cpgassist.index.chroma import PrivateCollection
    from cpgassist.index.figures import FigureVectors
    from cpgassist.protocols import Vectors
    from cpgassist.types import Passage

SELF_SEARCH = 0.995
"""Share of vectors that must find themselves first (reliability-facts.md, section 4)."""

AGREEMENT = 0.99
"""Recall@10 of Chroma against exact search that a version must reach (performance-facts.md, P11)."""

_NORM_SLACK = 1e-3
_TIE = 1e-6
_SAMPLE = 200


def contents_problems(new: NewVersion) -> list[str]:
    """Why these contents cannot become a version, before anything is written; [] when they can."""
    count, dimension = len(new.passages), new.embedder.dimension
    if not count:
        return ["there is no passage to search"]
    if new.vectors.dtype != np.float32 or new.vectors.shape != (count, dimension):
        shape = f"{new.vectors.dtype} vectors of shape {new.vectors.shape}"
        return [f"{shape} do not fit {count} passages of {dimension} dimensions"]
    problems = [*vector_problems(new.vectors, [passage.id for passage in new.passages]), *_passage_problems(new)]
    return problems if new.figures is None else [*problems, *figure_problems(new.figures, new.passages)]


def figure_problems(held: FigureVectors, passages: Sequence[Passage]) -> list[str]:
    """What is wrong with figures: vectors of another shape or length, or passages that are not there or named twice."""
    ids = [figure.passage for figure in held.figures]
    if held.vectors.dtype != np.float32 or held.vectors.shape != (len(ids), held.model.dimension):
        shape = f"{held.vectors.dtype} vectors of shape {held.vectors.shape}"
        return [f"{shape} do not fit {len(ids)} figures of {held.model.dimension} dimensions"]
    strangers = set(ids) - {passage.id for passage in passages}
    problems = [f"figures name passages that are not there: {', '.join(sorted(strangers))}"] if strangers else []
    if len(set(ids)) < len(ids):
        problems.append("a figure has several vectors")
    return problems + vector_problems(held.vectors, ids)


def vector_problems(vectors: Vectors, ids: Sequence[str]) -> list[str]:
    """Vectors that are not finite or not of length 1."""
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    wrong = np.flatnonzero(~(np.abs(norms - 1) <= _NORM_SLACK))  # NaN compares false, so it is wrong too
    if not len(wrong):
        return []
    first = int(wrong[0])
    return [f"{len(wrong)} vectors are not unit vectors, first that of {ids[first]} (norm {norms[first]:.4g})"]


def self_search(collection: PrivateCollection, vectors: Vectors, positions: np.ndarray | None = None) -> float:
    """The share of vectors that come back first when searched for; an equal vector in its place counts."""
    asked = np.arange(len(vectors)) if positions is None else positions
    found = np.asarray([names[0] if names else -1 for names in collection.nearest(vectors[asked], 1)], dtype=np.intp)
    own = np.einsum("ij,ij->i", vectors[asked], vectors[asked])
    best = np.einsum("ij,ij->i", vectors[asked], vectors[found])
    return float(np.mean((found == asked) | ((found >= 0) & (best >= own - _TIE))))


def agreement(collection: PrivateCollection, vectors: Vectors, k: int = 10) -> float:
    """Recall@k of Chroma against exact search, for questions between two passages each.

    Stored vectors themselves would be easier questions than a clinician's.
    """
    rng = np.random.default_rng(0)
    pairs = rng.integers(len(vectors), size=(_SAMPLE, 2))
    questions = vectors[pairs[:, 0]] + vectors[pairs[:, 1]]
    norms = np.linalg.norm(questions, axis=1, keepdims=True)
    questions = np.divide(questions, norms, out=vectors[pairs[:, 0]].copy(), where=norms > _TIE)
    k = min(k, len(vectors))
    found = collection.nearest(questions, k)
    hits = 0
    for question, names in zip(questions, found, strict=True):
        cosines = vectors @ question
        worst = cosines[top(cosines, k)[-1]]
        hits += int(np.count_nonzero(cosines[np.asarray(names, dtype=np.intp)] >= worst - _TIE))
    return hits / (len(questions) * k)


def spread(count: int, wanted: int) -> np.ndarray:
    """At most `wanted` positions spread evenly over `count`."""
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).astype(np.intp))


def _passage_problems(new: NewVersion) -> list[str]:
    problems = []
    twice = [name for name, times in Counter(passage.id for passage in new.passages).items() if times > 1]
    if twice:
        # Chroma's add is a silent no-op for an id it has.
        problems.append(f"{len(twice)} passage ids occur more than once, first {twice[0]}")
    known = {report.info.id for report in new.guidelines}
    strangers = {passage.guideline for passage in new.passages} - known
    if strangers:
        problems.append(f"passages name guidelines that are not listed: {', '.join(sorted(strangers))}")
    homeless = [passage.id for passage in new.passages if not passage.at]
    if homeless:
        problems.append(f"{len(homeless)} passages have no page, first {homeless[0]}")
    return problems
