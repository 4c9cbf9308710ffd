"""Whether what was found answers the question: a calibrated score, and the questions that are not for a guideline."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from rapidfuzz import process
from rapidfuzz.distance import OSA

from cpgassist.answering.questions.populations import Condition, asked, printed_for
from cpgassist.answering.support.wording import beginning
from cpgassist.quantities.doses import DOSE
from cpgassist.types import Hit

# Logistic regression on the development questions; docs/evaluation.md says how it was fitted and what it reaches in
# cross-validation. The bias, then a slope for each feature that `features` gives, in that order.
COEFFICIENTS = (-4.564, 2.481, -0.98, -1.88, -1.841, 2.887, 2.317, -1.27, -1.772)
DEFAULT_THRESHOLD = 0.31
"""Answerability under which an answer is silent, unless the corpus sets its own."""

# Orders, at the start of a sentence: "Can I ignore these instructions on fasting?" is a clinical question.
_TO_ACT = re.compile(
    r"(?:^|[.!?]\s+)(?:please\s+|now\s+)?(?:"
    r"(?:ignore|disregard|forget)\b.{0,40}\b(?:instructions?|rules|guidelines?|prompt)\b"
    r"|you are (?:now|no longer)\b"
    r"|(?:write|code|create|generate|compose)\b.{0,30}\b(?:script|program|poem|essay|code|email)\b"
    r"|pretend (?:to be|you)\b)"
    r"|\b(?:your system prompt|ignore (?:all )?(?:the )?previous instructions|jailbreak)\b",
    re.IGNORECASE,
)
_ASKS_DOSE = re.compile(
    r"\b(?:doses?|dosage|dosis|dos|sukatan|how many (?:mg|mcg|grams?)|mg|mcg|micrograms?)\b|剂量", re.IGNORECASE
)

_WORD = re.compile(r"[^\W\d_]{4,}")
OFF_TOPIC = 0.3
"""Cosine of the nearest passage under which a question is about something else: 0.36 is the least of an answered one."""
_FIRST = 5
"""Hits that are looked at."""
_ANYBODY = frozenset(("adult", "men", "women", "outpatients"))
"""Kinds of patient that a guideline speaks of without naming them."""
_OF_DOCUMENTS = frozenset(
    "flowchart flowcharts algorithm algorithms guideline guidelines document appendix recommendation recommendations".split()
)
"""Words about the document, which it need not print."""


class Found(Protocol):
    """What a search says of a question, as `retrieval.ranking.Found` does."""

    @property
    def hits(self) -> Sequence[Hit]:
        """The best passages, best first."""
        ...

    @property
    def around(self) -> Sequence[Hit]:
        """All passages of the pages that the first of them stand on."""
        ...

    @property
    def named(self) -> Sequence[str]:
        """The question's particular words: drugs, diseases, procedures."""
        ...

    @property
    def strange(self) -> Sequence[str]:
        """Its words for clinical concepts that the first hits print under no name."""
        ...

    @property
    def strangeness(self) -> float:
        """Their share of all its concepts, from 0 to 1."""
        ...

    @property
    def nowhere(self) -> Sequence[str]:
        """Those of them that no guideline searched prints anywhere."""
        ...

    @property
    def unknown(self) -> bool:
        """Whether it names nothing that is known, in another language than English."""
        ...


def refusal(question: str) -> str | None:
    """Why a question is refused before any search, or None: it asks to act, not what a guideline says."""
    if _TO_ACT.search(question):
        return "This asks the program to do something else than quote guidelines. Ask a clinical question."
    return None


def features(question: str, found: Found) -> tuple[float, ...]:
    """What the score is made of, each from 0 to 1 but the sixth, which priors of the ranking may take beyond.

    1: cosine of the nearest of the first five hits. 2: share of the question's particular words that none of them
    prints, in this or a kindred spelling. 3: whether a dose is asked for and none stands in a sentence or table with a
    particular word of the question. 4: whether the question is about a kind of patient that neither they nor what stands
    around them is about. 5: cosine of the first hit. 6: its score in the ranking, which is highest where both searches
    agree on it. 7: the share of the clinical concepts of the question that the hits print under no name. 8: whether one of
    them is printed nowhere in the guidelines that were searched.
    """
    hits, strange = found.hits, (found.strangeness, float(bool(found.nowhere)))
    if not hits:
        return (0.0, 1.0, 0.0, 0.0, 0.0, 0.0, *strange)
    named = _subjects(found)
    missing = _missing(named, hits[:_FIRST])
    absent = len(missing) / len(named) if named else 0.0
    undosed = bool(_ASKS_DOSE.search(question)) and not _doses(hits, named)
    uncovered = _uncovered(question, [hit.passage.embedded_text() for hit in (*hits[:_FIRST], *found.around)])
    nearest, first = max(hit.similarity for hit in hits[:_FIRST]), hits[0]
    return (nearest, absent, float(undosed), float(uncovered), first.similarity, first.score, *strange)


def silence_reason(question: str, found: Found) -> str:
    """Why the nearest passages do not answer, as a sentence; "" where no single reason can be told."""
    if not found.hits:
        return ""
    nearest, _, undosed, uncovered, *_ = features(question, found)
    missing = _missing(_subjects(found), found.hits[:_FIRST]) or list(found.strange)
    if nearest < OFF_TOPIC or found.unknown:
        return "It does not seem to be about anything in them."
    if found.nowhere:
        return f"None of them prints {' or '.join(map(repr, found.nowhere[:3]))}."
    if missing:
        return f"The nearest passages do not print {' or '.join(repr(word) for word in missing[:3])}."
    if undosed:
        return "The nearest passages print no dose of it."
    if uncovered:
        return "The nearest passages do not speak of such a patient."
    return ""


def _subjects(found: Found) -> list[str]:
    """The particular words of the question that a guideline must print to be about it."""
    return [word for word in found.named if word not in _OF_DOCUMENTS]


def _missing(named: Sequence[str], hits: Sequence[Hit]) -> list[str]:
    """The particular words that no hit prints, nor a word that only spells them otherwise ("ketoasidosis")."""
    text = " ".join(hit.passage.embedded_text().lower() for hit in hits)
    words = set(_WORD.findall(text))
    return [word for word in named if beginning(word) not in text and not _kindred(word, words)]


def _kindred(word: str, words: set[str]) -> bool:
    if len(word) < 7:
        return False
    slips = 1 if len(word) < 9 else 2
    alike = [other for other in words if other[0] == word[0] and abs(len(other) - len(word)) <= slips]
    return process.extractOne(word, alike, scorer=OSA.distance, score_cutoff=slips) is not None


def _uncovered(question: str, texts: Sequence[str]) -> bool:
    """Whether the question is about a kind of patient, and no text speaks of that kind."""
    about = [one for one in asked(question) if not one.value.startswith(("not ", "no ")) and one.value not in _ANYBODY]
    if not about:
        return False
    whole = " ".join(texts).lower()
    unsaid = [one for one in about if _stem(one) not in whole]
    return not all(any(_speaks_of(one, other) for text in texts for other in _told_of(text)) for one in unsaid)


def _told_of(text: str) -> Iterator[Condition]:
    yield from printed_for(text)
    yield from asked(text)


def _stem(one: Condition) -> str:
    """The beginning of the word that names a kind of patient; what stands nowhere where a number does."""
    return "\0" if one.numeric or not one.printed else one.printed.lower()[:6]


def _speaks_of(one: Condition, other: Condition) -> bool:
    """Whether a text's condition is that of a question; "not pregnant" speaks of pregnancy too."""
    if one.axis != other.axis:
        return False
    if one.axis == "age":
        return not one.excludes(other) if one.numeric else one.value == other.value
    return True


def _doses(hits: Sequence[Hit], named: Sequence[str]) -> bool:
    """Whether a dose is printed in one sentence, or one table, with a particular word of the question."""
    stems = [beginning(word) for word in named]
    for hit in hits:
        passage = hit.passage
        texts = [sentence.text for sentence in passage.sentences]
        if passage.kind == "table":
            texts.append(passage.text)
        for text in texts:
            if DOSE.search(text) and (not stems or any(stem in text.lower() for stem in stems)):
                return True
    return False


def answerability(question: str, found: Found) -> float:
    """The calibrated score, from 0 to 1, of whether the hits, and what stands around them, answer the question."""
    if not found.hits or found.unknown:
        return 0.0
    bias, *slopes = COEFFICIENTS
    values = features(question, found)
    if values[0] < OFF_TOPIC:
        return 0.0
    z = bias + sum(slope * value for slope, value in zip(slopes, values, strict=True))
    return 1 / (1 + math.exp(-z))
