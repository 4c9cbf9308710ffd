"""Dense and lexical search, fused.

Min-max weighting with the embedder's share at about 0.55 did better than reciprocal rank fusion on three medical
sets (DESIGN.md, section 8); the few weights here are given with the figures that chose them in docs/retrieval.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cpgassist.protocols import Embedder, PassageIndex
from cpgassist.retrieval.vocabulary import Form, Vocabulary
from cpgassist.types import EVERYWHERE, Hit, Where

CANDIDATES = 100
"""Passages taken from each search before fusing."""
RECOMMENDATION_PRIOR = 0.03
"""Added to a recommendation's score: where a statement and its discussion match alike, the statement comes first."""


@dataclass(frozen=True, slots=True)
class Found:
    """The hits for a question, and the form of the question that the best one was found with."""

    hits: tuple[Hit, ...]
    form: Form


class Retriever:
    """Searches one opened index.

    Guidelines of each language are searched with the question in that language's form, so that the passages of all
    compete on equal terms.
    """

    def __init__(self, index: PassageIndex, embedder: Embedder, dense_weight: float = 0.55) -> None:
        self._index = index
        self._embedder = embedder
        self._weight = dense_weight
        self._vocabulary = Vocabulary([passage.text for passage in index.passages])
        self._languages: dict[str | None, list[str]] = {}
        for info in index.guidelines.values():
            self._languages.setdefault(info.language, []).append(info.id)

    def search(self, question: str, k: int = 10, where: Where = EVERYWHERE) -> Found:
        """The k best passages, repeats of one text left out."""
        near: dict[int, float] = {}
        worded: dict[int, float] = {}
        forms = {language: self._vocabulary.form(question, language) for language in self._languages}
        if len({form.lexical for form in forms.values()}) == 1:
            form = next(iter(forms.values()), Form(question, (), (), ()))
            self._gather(form, where, near, worded)
        else:
            for language, form in forms.items():
                self._gather(form, self._narrowed(where, language), near, worded)
        positions = sorted(near)
        dense = _spread([near[at] for at in positions])
        lexical = _spread([worded.get(at, 0.0) for at in positions])
        scored = [
            (self._weight * d + (1 - self._weight) * b + self._prior(at), at)
            for d, b, at in zip(dense, lexical, positions, strict=True)
        ]
        scored.sort(key=lambda pair: (-pair[0], pair[1]))
        hits = self._distinct(scored, near, k)
        best = self._index.guidelines[hits[0].passage.guideline].language if hits else None
        return Found(hits, forms[best] if hits else Form(question, (), (), ()))

    def _gather(self, form: Form, where: Where | None, near: dict[int, float], worded: dict[int, float]) -> None:
        """Candidates of both searches for one form; BM25 scores as shares of the form's weight, so that forms compare."""
        if where is None:
            return
        vector = self._embedder.embed([form.dense])[0]
        found = dict(self._index.nearest(vector, CANDIDATES, where))
        total = sum(self._index.weights(form.lexical).values()) or 1.0
        matches = [(at, score / total) for at, score in self._index.lexical(form.lexical, CANDIDATES, where)]
        missing = [at for at, _ in matches if at not in found]
        if missing:
            found |= dict(zip(missing, self._index.similarity(vector, missing), strict=True))
        near |= found
        worded.update(matches)

    def _narrowed(self, where: Where, language: str | None) -> Where | None:
        """The filter with this language's guidelines only; None when it leaves none of them."""
        ids = self._languages[language]
        if where.guidelines:
            infos = self._index.guidelines
            ids = [name for name in ids if name in where.guidelines or infos[name].file in where.guidelines]
        return replace(where, guidelines=tuple(ids)) if ids else None

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


