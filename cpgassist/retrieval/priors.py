"""What a passage is worth before any question: what the guideline itself tells its readers to do comes first.

A question's words stand again and again in a guideline: in its recommendation, in the evidence for it, and in the tables
that list what other bodies recommend. The recommendation is what is asked for; the evidence is read after it.
"""

from __future__ import annotations

import re

from cpgassist.types import Passage

RECOMMENDATION = 0.2
"""Added to a recommendation's score."""
OTHER_BODIES = 0.1
"""Taken off what the guideline quotes of other bodies."""
STATISTICS = 0.1
"""Taken off a passage whose every tenth word or more is of the language of trials."""
OWN_LANGUAGE = 0.1
"""Added to passages in the question's own language: its own words find them, others are found by translated terms alone."""

# Evidence-to-decision sections print the advice of other bodies under such headings (GRADE, ADAPTE).
_OTHERS = re.compile(
    r"\b(?:other|existing|international) (?:\w+ )?(?:groups?|bodies|guidelines?|organi[sz]ations?|agenc\w+|societ\w+)"
    r"|\bgroups? (?:or|and|/) (?:agency|agencies|organi)",
    re.IGNORECASE,
)
_TRIALS = re.compile(
    r"\b(?:CI|RR|OR|HR|MD|SMD|RCTs?|n ?=|p ?[=<]|I2|I²|trials?|cohorts?|meta-analys\w+|systematic reviews?|participants?"
    r"|studies|et al\.?|confidence interval|odds|randomi[sz]ed)",
    re.IGNORECASE,
)


def prior(passage: Passage) -> float:
    """What is added to a passage's score for any question."""
    worth = RECOMMENDATION if passage.kind == "recommendation" else 0.0
    if _of_others(passage):
        worth -= OTHER_BODIES
    return worth - STATISTICS * statistics(passage.text)


def statistics(text: str) -> float:
    """How much a text speaks the language of trials, from 0 to 1."""
    words = len(text.split())
    return min(1.0, 10 * len(_TRIALS.findall(text)) / words) if words else 0.0


def _of_others(passage: Passage) -> bool:
    if passage.quotes:
        return True
    heads = list(passage.heading_path[-2:])
    if passage.table is not None:
        heads += [passage.table.caption, *(cell for row in passage.table.header for cell in row)]
    return any(_OTHERS.search(head) for head in heads)
