"""Whether what was found answers the question: a calibrated score, and the questions that are not for a guideline."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

from cpgassist.types import Hit

Weights = Callable[[str], Mapping[str, float]]

# Logistic regression on the development questions (168, 13 guidelines); docs/evaluation.md says how it was fitted and
# what it reaches in cross-validation. Features are listed in `features`.
COEFFICIENTS = (0.0, 1.0, 1.0, 1.0)
DEFAULT_THRESHOLD = 0.5
"""Answerability under which an answer is silent, unless the corpus sets its own."""

_TO_ACT = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instructions?|rules|guidelines?|prompt)\b|\bsystem prompt\b"
    r"|\byou are (?:now|no longer)\b|\b(?:write|code|create|generate)\b.{0,30}\b(?:script|program|poem|essay|code|email)\b"
    r"|\bpretend (?:to be|you)\b|\bjailbreak\b",
    re.IGNORECASE,
)


def refusal(question: str) -> str | None:
    """Why a question is refused before any search, or None: it asks to act, not what a guideline says."""
    if _TO_ACT.search(question):
        return "This asks the program to do something else than quote guidelines. Ask a clinical question."
    return None


def features(question: str, hits: Sequence[Hit], weights: Weights) -> tuple[float, ...]:
    """What the score is made of, each about 0 to 1.

    1: similarity of the nearest of the first five hits. 2: share of the question's word weight (by rarity) that the
    best single hit holds, heading path included. 3: share that the first three hits hold together.
    """
    if not hits:
        return (0.0, 0.0, 0.0)
    asked = weights(question)
    total = sum(asked.values()) or 1.0
    held = [set(weights(hit.passage.embedded_text())) for hit in hits[:5]]
    alone = max(sum(w for token, w in asked.items() if token in words) for words in held) / total
    together = sum(w for token, w in asked.items() if any(token in words for words in held[:3])) / total
    return (max(hit.similarity for hit in hits[:5]), alone, together)


def answerability(question: str, hits: Sequence[Hit], weights: Weights) -> float:
    """The calibrated probability, from 0 to 1, that the hits answer the question."""
    if not hits:
        return 0.0
    bias, *slopes = COEFFICIENTS
    z = bias + sum(a * x for a, x in zip(slopes, features(question, hits, weights), strict=True))
    return 1 / (1 + math.exp(-z))
