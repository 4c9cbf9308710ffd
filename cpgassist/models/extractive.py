"""The model that writes nothing: it picks the guideline's own sentences. The default; needs no GPU and no download."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from cpgassist.types import Hit, Sentence

Weights = Callable[[str], Mapping[str, float]]
"""The search tokens of a text with their inverse document frequency, as `PassageIndex.weights` gives them."""

# (what the question asks for, what a sentence that answers it prints). English, Malay/Indonesian and Chinese cues.
CUES: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (
        re.compile(
            r"\b(?:dose|dosage|how (?:much|many|long|often)|mg|berapa|dosis|dos|cut-?off|threshold|below|above"
            r"|target|maximum|minimum|percent|rate|days?|weeks?|months?|hours?|age|score)\b|%|多少|几",
            re.IGNORECASE,
        ),
        re.compile(r"\d"),
    ),
    (
        re.compile(
            r"\b(?:contraindicat\w*|avoid|safe|problem|allowed|boleh|kontraindikasi|why not|can (?:i|he|she|we))\b",
            re.IGNORECASE,
        ),
        re.compile(
            r"\b(?:contraindicat\w*|avoid\w*|not|should not|must not|caution|kontraindikasi\w*|tidak|jangan)\b",
            re.IGNORECASE,
        ),
    ),
    (
        re.compile(
            r"\b(?:should|recommend\w*|first[- ]line|which|what (?:instead|next)|need\w*|disyorkan)\b", re.IGNORECASE
        ),
        re.compile(
            r"\b(?:recommend\w*|suggest\w*|should|may be|is indicated|direkomendasikan|disyorkan|dianjurkan)\b",
            re.IGNORECASE,
        ),
    ),
)
POPULATIONS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(words, re.IGNORECASE)
    for words in (
        r"\b(?:child\w*|paediatric\w*|pediatric\w*|infants?|boys?|girls?|adolescents?|kanak-kanak|anak|budak|kid\w*"
        r"|\d+-(?:year|month)-old)\b|儿童",
        r"\b(?:pregnan\w*|gestation\w*|trimester|hamil|mengandung)\b|孕",
        r"\b(?:newborns?|neonat\w*|bayi|preterm)\b|新生儿",
        r"\b(?:elderly|older (?:adults?|people|persons?)|warga emas|lansia|geriatric)\b|老年",
        r"\b(?:dialysis|renal|kidney|e?GFR|CrCl|buah pinggang|ginjal|dialisis)\b|肾",
        r"\b(?:breast-?feeding|lactat\w*|menyusu\w*)\b",
    )
)
"""Groups of patients; a sentence about one that the question does not name steps back."""
_OVERLAP, _HIT, _CUE = 0.5, 0.35, 0.15
"""Shares of the sentence's own words, its passage's rank score and the cues in a sentence's score."""
_OTHER_PATIENTS = 0.2
"""Taken off a sentence about a group of patients that the question does not name."""


class Extractive:
    """Picks sentences by the words they share with the question, their passage's score and what is asked for."""

    name = "extractive"

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def pick(self, question: str, hits: Sequence[Hit], limit: int) -> list[tuple[Hit, Sentence, float]]:
        """At most `limit` sentences of the hits, best first, with a score from 0 to 1."""
        if not hits:
            return []
        asked = self._weights(question)
        total = sum(asked.values()) or 1.0
        best = max(hit.score for hit in hits) or 1.0
        scored = []
        for hit in hits:
            context = self._shared(asked, " ".join(hit.passage.heading_path)) / total
            for sentence in hit.passage.sentences:
                own = self._shared(asked, sentence.text) / total
                overlap = min(1.0, own + 0.3 * context)
                score = _OVERLAP * overlap + _HIT * max(hit.score, 0.0) / best + _CUE * _cue(question, sentence.text)
                score -= _OTHER_PATIENTS * _other_patients(
                    question, " ".join((*hit.passage.heading_path, sentence.text))
                )
                scored.append((hit, sentence, max(score, 0.0)))
        scored.sort(key=lambda row: -row[2])
        return _without_repeats(scored)[:limit]

    def _shared(self, asked: Mapping[str, float], text: str) -> float:
        held = self._weights(text)
        return sum(weight for token, weight in asked.items() if token in held)


def _cue(question: str, sentence: str) -> float:
    asked = [answer for cue, answer in CUES if cue.search(question)]
    return sum(bool(answer.search(sentence)) for answer in asked) / len(asked) if asked else 0.0


def _other_patients(question: str, text: str) -> bool:
    return any(group.search(text) and not group.search(question) for group in POPULATIONS)


def _without_repeats(scored: Sequence[tuple[Hit, Sentence, float]]) -> list[tuple[Hit, Sentence, float]]:
    """The first of each sentence that several passages print alike."""
    kept: dict[str, tuple[Hit, Sentence, float]] = {}
    for row in scored:
        kept.setdefault(" ".join(row[1].text.casefold().split()), row)
    return list(kept.values())
