"""Dense and lexical search, fused.

Min-max weighting with the embedder's share at about 0.55 did better than reciprocal rank fusion on three medical
sets (DESIGN.md, section 8); the few weights here are given with the figures that chose them in docs/retrieval.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cpgassist.protocols import Embedder, PassageIndex
from cpgassist.retrieval.vocabulary import Vocabulary, Widened
from cpgassist.types import EVERYWHERE, Hit, Where

CANDIDATES = 100
"""Passages taken from each search before fusing."""
RECOMMENDATION_PRIOR = 0.03
"""Added to a recommendation's score: where a statement and its discussion match alike, the statement comes first."""


@dataclass(frozen=True, slots=True)
class Found:
    """The hits for a question and what the searches saw, for judging whether they answer."""

    hits: tuple[Hit, ...]
    widened: Widened
    lexical: tuple[float, ...]
    """BM25 score of each hit, 0 where the lexical search did not bring it."""


class Retriever:
    """Searches one opened index."""

    def __init__(self, index: PassageIndex, embedder: Embedder, dense_weight: float = 0.55) -> None:
        self._index = index
        self._embedder = embedder
        self._weight = dense_weight
        self._vocabulary = Vocabulary([passage.text for passage in index.passages])

    def search(self, question: str, k: int = 10, where: Where = EVERYWHERE) -> Found:
        """The k best passages, repeats of one text left out."""
        widened = self._vocabulary.widened(question)
        vector = self._embedder.embed([widened.dense])[0]
        near = dict(self._index.nearest(vector, CANDIDATES, where))
        worded = dict(self._index.lexical(widened.lexical, CANDIDATES, where))
        positions = sorted(near.keys() | worded.keys())
        missing = [at for at in positions if at not in near]
        near |= dict(zip(missing, self._index.similarity(vector, missing), strict=True)) if missing else {}
        dense = _spread([near[at] for at in positions])
        lexical = _spread([worded.get(at, 0.0) for at in positions])
        scored = [
            (self._weight * d + (1 - self._weight) * b + self._prior(at), at)
            for d, b, at in zip(dense, lexical, positions, strict=True)
        ]
        scored.sort(key=lambda pair: (-pair[0], pair[1]))
        hits = self._distinct(scored, near, k)
        at_of = {self._index.passages[at].id: at for at in positions}
        return Found(hits, widened, tuple(worded.get(at_of[hit.passage.id], 0.0) for hit in hits))

    def _prior(self, at: int) -> float:
        return RECOMMENDATION_PRIOR if self._index.passages[at].kind == "recommendation" else 0.0

    def _distinct(self, scored: Sequence[tuple[float, int]], near: dict[int, float], k: int) -> tuple[Hit, ...]:
        hits: list[Hit] = []
        seen: set[str] = set()
        for score, at in scored:
            passage = self._index.passages[at]
            text = " ".join(passage.text.split()).casefold()
            if text in seen:
                continue
            seen.add(text)
            hits.append(Hit(passage, len(hits) + 1, score, near[at]))
            if len(hits) == k:
                break
        return tuple(hits)


def _spread(scores: Sequence[float]) -> list[float]:
    """Scores mapped to 0..1 by their least and greatest; all 0 when they are equal."""
    if not scores:
        return []
    least, most = min(scores), max(scores)
    return [(score - least) / (most - least) if most > least else 0.0 for score in scores]


