"""Lines that print otherwise what a picked line prints: whoever picked one, the other is shown too.

A guideline's summary and its chapter may print two values for one thing. Which of them is found first is chance, so
the passages that were found are searched for the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from cpgassist.answering.conflicts import Stated, conflicts
from cpgassist.leads import headers, is_header, lead_ins
from cpgassist.types import DRAWN_KINDS, Hit, Sentence

Pick = tuple[Hit, Sentence, float]

MOST = 2
"""Lines that are added to an answer."""
_ALIKE = 0.6
"""Share of words that two lines must have in common before they are compared at any cost."""
_WORD = re.compile(r"[^\W\d_]{2,}")


def with_contraries(picks: Sequence[Pick], found: Sequence[Hit]) -> list[Pick]:
    """The picks, each followed by the lines of the found passages that print a different thing of the same."""
    chosen = list(picks)
    said = {(hit.passage.id, sentence.text) for hit, sentence, _ in picks}
    left = MOST
    for hit, sentence, score in picks:
        for other, line in _alike(hit, sentence, found):
            if (
                left
                and (other.passage.id, line.text) not in said
                and conflicts((_stated(hit, sentence), _stated(other, line)))
            ):
                chosen.insert(chosen.index((hit, sentence, score)) + 1, (other, line, score))
                said.add((other.passage.id, line.text))
                left -= 1
    return chosen


def _alike(hit: Hit, sentence: Sentence, found: Sequence[Hit]) -> Iterator[tuple[Hit, Sentence]]:
    """Lines on other pages with mostly the same words."""
    mine = _words(sentence.text)
    if hit.passage.kind in DRAWN_KINDS or len(mine) < 3:
        return
    for other in found:
        passage = other.passage
        if passage.kind in DRAWN_KINDS:
            continue
        for line in passage.sentences:
            if (passage.guideline, line.page) == (hit.passage.guideline, sentence.page) or is_header(passage, line):
                continue
            theirs = _words(line.text)
            if len(mine & theirs) >= _ALIKE * max(len(mine), len(theirs)):
                yield other, line


def _stated(hit: Hit, sentence: Sentence) -> Stated:
    passage = hit.passage
    lead = tuple(one.text for one in (*lead_ins(passage, sentence), *headers(passage, sentence)))
    return Stated(
        sentence.text, passage.guideline, sentence.page, lead, passage.heading_path, passage.grade, passage.quotes
    )


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))
