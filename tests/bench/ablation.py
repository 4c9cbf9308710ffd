"""What each part of the search brings: one factor changed at a time on the development questions.

    python tests/bench/ablation.py --index INDEX_OF_THE_DEVELOPMENT_GUIDELINES

Needs ../shared; prints recall at 1, 5 and 10 and the mean reciprocal rank. A hit counts when it shows a gold page.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cpgassist import Corpus
from cpgassist.retrieval import priors, ranking, vocabulary
from cpgassist.retrieval.ranking import Retriever

SHARED = Path(__file__).parents[2].parent / "shared"
Factor = Callable[[], Any]


def main() -> None:
    """Prints one line for each factor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True)
    asked = parser.parse_args()
    corpus = Corpus(SHARED / "guidelines", index=asked.index, vector_search="exact")
    index, embedder = corpus.open_index(), corpus.embedder()
    lines = (SHARED / "questions" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [one for one in map(json.loads, lines) if one["answerable"] and one["gold"]]
    for name, weight, factor in FACTORS:
        with factor():
            retriever = Retriever(index, embedder, weight)
            ranks = [_rank(retriever, index.guidelines, one) for one in questions]
        shares = [sum(rank <= k for rank in ranks) / len(ranks) for k in (1, 5, 10)]
        mrr = sum(1 / rank for rank in ranks if rank <= 10) / len(ranks)
        print(f"| {name} | " + " | ".join(f"{share:.3f}" for share in (*shares, mrr)) + " |", flush=True)


def _rank(retriever: Retriever, guidelines: Any, question: dict[str, Any]) -> int:
    gold = {(place["file"], page) for place in question["gold"] for page in place["pages"]}
    for hit in retriever.search(question["question"], 10).hits:
        if any((guidelines[hit.passage.guideline].file, page) in gold for page in hit.passage.pages[:3]):
            return hit.rank
    return 99


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

if __name__ == "__main__":
    main()
