"""What each part of the search brings: one factor changed at a time on the development questions.

    python tests/bench/ablation.py --index INDEX_OF_THE_DEVELOPMENT_GUIDELINES [--embedder FOLDER] [--reranker NAME]

With --embedder the same passages are embedded by that model, and its share in the search is changed, nothing else; with
--reranker the number of candidates and the share of a reranker are. Needs ../shared; prints recall at 1, 5 and 10 and
the mean reciprocal rank. A hit counts when it shows a gold page.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cpgassist import Corpus
from cpgassist.index.opened import ExactIndex
from cpgassist.models.embedding import load_embedder
from cpgassist.models.reranking import load_reranker
from cpgassist.protocols import Embedder, Reranker
from cpgassist.retrieval import Reranking, priors, ranking, vocabulary
from cpgassist.retrieval.ranking import Retriever

SHARED = Path(__file__).parents[2].parent / "shared"
Factor = Callable[[], Any]


def main() -> None:
    """Prints one line for each factor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--embedder", type=Path)
    parser.add_argument("--reranker")
    asked = parser.parse_args()
    corpus = Corpus(SHARED / "guidelines", index=asked.index, vector_search="exact")
    index, embedder, factors = corpus.open_index(), corpus.embedder(), FACTORS
    if asked.embedder is not None:
        embedder = load_embedder(str(asked.embedder))
        index, factors = _embedded_anew(index, embedder), SHARES
    if asked.reranker is not None:
        factors = _reranked(Remembering(load_reranker(asked.reranker)))
    lines = (SHARED / "questions" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [one for one in map(json.loads, lines) if one["answerable"] and one["gold"]]
    for name, weight, factor, *reranking in factors:
        with factor():
            retriever = Retriever(index, embedder, weight, *reranking)
            ranks = [_rank(retriever, index.guidelines, one) for one in questions]
        shares = [sum(rank <= k for rank in ranks) / len(ranks) for k in (1, 5, 10)]
        mrr = sum(1 / rank for rank in ranks if rank <= 10) / len(ranks)
        print(f"| {name} | " + " | ".join(f"{share:.3f}" for share in (*shares, mrr)) + " |", flush=True)


def _embedded_anew(index: Any, embedder: Embedder) -> ExactIndex:
    """The same passages and words with this embedder's vectors."""
    vectors = embedder.embed([passage.embedded_text() for passage in index.passages])
    manifest = replace(index.manifest, embedder=embedder.identity)
    return ExactIndex(manifest, index.passages, vectors, index._lexical)


def _rank(retriever: Retriever, guidelines: Any, question: dict[str, Any]) -> int:
    gold = {(place["file"], page) for place in question["gold"] for page in place["pages"]}
    for hit in retriever.reranked(retriever.search(question["question"], 10)).hits:
        if any((guidelines[hit.passage.guideline].file, page) in gold for page in hit.passage.pages[:3]):
            return hit.rank
    return 99


class Remembering:
    """A reranker that reads each pair once."""

    def __init__(self, model: Reranker) -> None:
        self.name, self._model, self._known = model.name, model, {}

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        new = [text for text in dict.fromkeys(texts) if (question, text) not in self._known]
        pairs = [(question, text) for text in new]
        self._known.update(zip(pairs, self._model.score(question, new), strict=True))
        return [self._known[question, text] for text in texts]


def _reranked(reranker: Reranker) -> list[Any]:
    """The factors: how many passages are read, and the reranker's share."""
    sizes = [(count, share) for count in (10, 20) for share in (0.2, 0.3, 0.4, 0.5, 0.7, 1.0)]
    return [
        (f"{count} candidates, the reranker's share {share}", 0.5, _as_it_is, Reranking(reranker, count, share))
        for count, share in sizes
    ]


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield


def _constant(module: Any, name: str, value: float) -> Factor:
    return lambda: patch.object(module, name, value)


def _method(kind: Any, name: str, result: Any) -> Factor:
    return lambda: patch.object(kind, name, lambda *given: result)


FACTORS: tuple[tuple[str, float, Factor], ...] = (
    ("as it is", 0.5, _as_it_is),
    ("embedder alone", 1.0, _as_it_is),
    ("words alone", 0.0, _as_it_is),
    ("without the glossary", 0.5, lambda: patch.object(vocabulary, "_translated", lambda *given: [])),
    ("without abbreviations", 0.5, lambda: patch.object(vocabulary, "abbreviations", lambda texts: {})),
    ("without spelling repair", 0.5, _method(vocabulary.Vocabulary, "_repairs", [])),
    ("without everyday words", 0.5, _method(vocabulary.Vocabulary, "_everyday", [])),
    ("recommendations not before evidence", 0.5, _constant(priors, "RECOMMENDATION", 0.0)),
    ("other bodies' advice not behind", 0.5, _constant(priors, "OTHER_BODIES", 0.0)),
    ("the language of trials not behind", 0.5, _constant(priors, "STATISTICS", 0.0)),
    ("no passages before others for their language", 0.5, _constant(ranking, "OWN_LANGUAGE", 0.0)),
    (
        "particular words count once",
        0.5,
        lambda: patch.object(Retriever, "_words", lambda self, form, language: form.lexical),
    ),
    ("pages do not take turns", 0.5, _constant(ranking, "SAME_PAGE", 0.0)),
)
SHARES: tuple[tuple[str, float, Factor], ...] = tuple(
    (f"the embedder's share {share}", share, _as_it_is) for share in (1.0, 0.7, 0.6, 0.5, 0.4)
)

if __name__ == "__main__":
    main()
