"""Whether what was found answers the question: a calibrated score, and the questions that are not for a guideline."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from cpgassist.types import Hit

# Logistic regression on the development questions; docs/evaluation.md says how it was fitted and what it reaches in
# cross-validation. The bias, then a slope for each feature that `features` gives, in that order.
COEFFICIENTS = (-2.438, 5.17, -1.65, -3.145)
DEFAULT_THRESHOLD = 0.27
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
_DOSE = re.compile(
    r"\d\s?(?:mg|mcg|[µμu]g|g|ml|units?|iu|tablets?|doses?|capsules?|cc|meq|mmol|drops|puffs|vials?)\b|single[- ]dose",
    re.IGNORECASE,
)


def refusal(question: str) -> str | None:
    """Why a question is refused before any search, or None: it asks to act, not what a guideline says."""
    if _TO_ACT.search(question):
        return "This asks the program to do something else than quote guidelines. Ask a clinical question."
    return None


def features(
    question: str, hits: Sequence[Hit], named: Sequence[str], missing: Sequence[str]
) -> tuple[float, float, float]:
    """What the score is made of, each from 0 to 1.

    1: cosine of the nearest of the first five hits. 2: share of the question's particular words that none of them
    prints. 3: whether a dose is asked for and none stands in a sentence or table with a particular word of the
    question.
    """
    if not hits:
        return (0.0, 1.0, 0.0)
    absent = len(missing) / len(named) if named else 0.0
    undosed = bool(_ASKS_DOSE.search(question)) and not _doses(hits, named)
    return (max(hit.similarity for hit in hits[:5]), absent, float(undosed))


def _doses(hits: Sequence[Hit], named: Sequence[str]) -> bool:
    """Whether a dose is printed in one sentence, or one table, with a particular word of the question."""
    stems = [word[: max(5, len(word) - 2)] for word in named]
    for hit in hits:
        passage = hit.passage
        texts = [sentence.text for sentence in passage.sentences]
        if passage.kind == "table":
            texts.append(passage.text)
        for text in texts:
            if _DOSE.search(text) and (not stems or any(stem in text.lower() for stem in stems)):
                return True
    return False


def answerability(question: str, hits: Sequence[Hit], named: Sequence[str], missing: Sequence[str]) -> float:
    """The calibrated score, from 0 to 1, of whether the hits answer the question."""
    if not hits:
        return 0.0
    bias, *slopes = COEFFICIENTS
    values = features(question, hits, named, missing)
    z = bias + sum(slope * value for slope, value in zip(slopes, values, strict=True))
    return 1 / (1 + math.exp(-z))
