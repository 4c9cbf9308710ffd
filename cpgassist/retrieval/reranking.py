"""Puts the first candidates of a search in the order that a reranker and the search give together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cpgassist.errors import CpgassistError
from cpgassist.protocols import Reranker

_LEAST = 1e-9
"""Scores nearer to 0 or 1 count as this near: their log-odds would be endless."""


class NoScoresError(Exception):
    """The reranker failed; the message says how, for the reader of an answer."""


@dataclass(frozen=True, slots=True)
class Reranking:
    """A reranker, how many passages it reads for a question, and its share against the fused score."""

    model: Reranker
    candidates: int = 20
    weight: float = 0.4

    def blended(self, asked: Sequence[str], texts: Sequence[str], fused: Sequence[float]) -> list[float]:
        """New scores for the candidates, of which `fused` are the scores so far, best first.

        `asked` is the question in the words for each text. The fused scores and the reranker's log-odds are spread to
        0..1 and mixed; the result is spread from the least to the greatest of `fused`, so that it compares with the
        scores of all other passages. Raises NoScoresError.
        """
        mixed = [
            (1 - self.weight) * found + self.weight * read
            for found, read in zip(spread(fused), spread(self.odds(asked, texts)), strict=True)
        ]
        least, most = min(fused, default=0.0), max(fused, default=0.0)
        return [least + (most - least) * one for one in spread(mixed)]

    def odds(self, asked: Sequence[str], texts: Sequence[str]) -> list[float]:
        """The log-odds, as the reranker sees them, that each text answers its form of the question: 0 is even.

        Its scores crowd at 0 and at 1, where their log-odds still tell one text from another. Raises NoScoresError.
        """
        scores = [0.0] * len(texts)
        for question in dict.fromkeys(asked):
            rows = [row for row, one in enumerate(asked) if one == question]
            for row, score in zip(rows, self._scored(question, [texts[row] for row in rows]), strict=True):
                sure = min(max(score, _LEAST), 1 - _LEAST)
                scores[row] = math.log(sure / (1 - sure))
        return scores

    def _scored(self, question: str, texts: Sequence[str]) -> list[float]:
        try:
            scores = [float(score) for score in self.model.score(question, texts)]
        except Exception as error:  # a model is other people's code; the search does not need it
            why = error.message if isinstance(error, CpgassistError) else f"It failed with {type(error).__name__}."
            raise NoScoresError(why) from error
        if len(scores) != len(texts) or not all(map(math.isfinite, scores)):
            raise NoScoresError("It did not score every passage.")
        return scores


def spread(scores: Sequence[float]) -> list[float]:
    """Scores mapped to 0..1 by their least and greatest; all 0 when they are equal."""
    if not scores:
        return []
    least, most = min(scores), max(scores)
    return [(score - least) / (most - least) if most > least else 0.0 for score in scores]
