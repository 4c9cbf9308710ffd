"""Figures by hand, each with its definition: ranks, folding, bootstrap intervals.

Shares lie between 0 and 1. Ranks count from 1. A hit is the file it comes from and the pages it shows.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cpgassist.evaluation.questions import Gold, Place
from cpgassist.types import Answer

CUTOFFS = (1, 3, 5, 10)
"""The k of recall@k."""

PAGES_SHOWN = 3
"""A hit counts for its first pages only: text that repeats on many pages must not match them all."""

SAID = ("answered", "partial", "conflict")
"""The statuses in which something was answered."""

RESAMPLES = 1000
SEED = 20240


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of one question whose mean is reported."""

    key: str
    label: str
    meaning: str
    style: Literal["percent", "index", "count"] = "percent"
    """Percents and indexes lie between 0 and 1 and more is better; counts only describe."""

    def show(self, value: float) -> str:
        """The value as reports print it."""
        if self.style == "percent":
            return f"{100 * value:.1f}\u00a0%"
        return f"{value:.3f}" if self.style == "index" else f"{value:.1f}"

    def show_interval(self, low: float, high: float) -> str:
        """The interval as reports print it, with the unit once."""
        return f"{self.show(low)}–{self.show(high)}".replace("\u00a0%–", "–")


MEASURES = (
    *(
        Measure(f"recall@{k}", f"R@{k}", f"Share of questions with a gold page among the first {k} hits.")
        for k in CUTOFFS
    ),
    Measure("mrr@10", "MRR@10", "Mean of 1 / rank of the first hit on a gold page; 0 beyond rank 10.", "index"),
    Measure("ndcg@10", "nDCG@10", "Gain of the hits that show a gold place not shown before, over the best.", "index"),
    Measure("file@1", "File@1", "Share of questions whose first hit comes from a gold file."),
    Measure("answered", "Answered", "Share of answerable questions that were answered, fully or partly."),
    Measure("fact_recall", "Facts", "Share of answerable questions answered with every required fact."),
    Measure("gold_page_cited", "Gold page cited", "Share of answerable questions with a citation on a gold page."),
    Measure("citation_precision", "Citation precision", "Share of an answer's citations that stand on a gold page."),
    Measure("citation_validity", "Citation validity", "Share of an answer's citations found again on their page."),
    Measure("grade_shown", "Grade shown", "Share of graded questions whose printed grade is shown in full."),
    Measure("abstained", "Abstained", "Share of questions without answer in the guidelines that got none."),
    Measure("citations", "Citations", "Citations per answerable question.", "count"),
    Measure("lines", "Lines", "Statements per answerable question.", "count"),
    Measure("words", "Words", "Words in the statements per answerable question.", "count"),
)
"""Every per-question figure, in the order of the reports."""

AUROC = Measure(
    "auroc", "AUROC", "Chance that answerability ranks an answerable question above one without answer.", "index"
)
REFUSED = Measure("refused_at_95", "Refused at 95 %", "Share of the latter below the threshold that answers 95 %.")
FIGURES = (*MEASURES, AUROC, REFUSED)
"""Every aggregate figure, in the order of the reports."""

BY_KEY = {figure.key: figure for figure in FIGURES}


# Text

_SIGNS = str.maketrans({"–": "-", "—": "-", "−": "-", "≥": ">=", "≤": "<="})


def fold(text: str) -> str:
    """The text in NFKC and lower case, with plain dashes and comparison signs and single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().translate(_SIGNS).split())


def squeeze(text: str) -> str:
    """The folded text without spaces and hyphens, for words that a PDF broke apart."""
    return fold(text).replace(" ", "").replace("-", "")


def answer_text(answer: Answer) -> str:
    """Everything an answer says: bottom line, statements and quotes."""
    line = answer.bottom_line
    parts = ["" if line is None else line.text]
    parts += [statement.text for statement in answer.statements]
    parts += [citation.quote for citation in answer.citations]
    return "\n".join(parts)


def missing_facts(facts: Iterable[Sequence[str]], text: str) -> tuple[str, ...]:
    """The first alternative of every fact of which no alternative stands in the text."""
    loose, tight = fold(text), squeeze(text)

    def stands(words: str) -> bool:
        return fold(words) in loose or squeeze(words) in tight

    return tuple(alternatives[0] for alternatives in facts if not any(map(stands, alternatives)))


def _bare(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", fold(text)).strip()


def grade_shown(grade: str, answer: Answer) -> bool:
    """Whether every part of the printed grade stands in a statement's grade or, from 4 letters on, in a quote."""
    grades = [f" {_bare(statement.grade or '')} " for statement in answer.statements]
    quotes = f" {' '.join(_bare(citation.quote) for citation in answer.citations)} "

    def shown(part: str) -> bool:
        word = f" {part} "
        return any(word in given for given in grades) or (len(part) > 3 and word in quotes)

    parts = map(_bare, re.split(r"\s+/\s+|\s*[;|]\s*", grade))
    return all(shown(part) for part in parts if part)


# Ranks

Shown = tuple[str, tuple[int, ...]]
"""A hit as it is scored: (file, the first pages it shows)."""


def first_rank(hits: Sequence[Shown], gold: frozenset[Place]) -> int | None:
    """The rank of the first hit that shows a gold page."""
    ranks = (rank for rank, (file, pages) in enumerate(hits, 1) if any((file, page) in gold for page in pages))
    return next(ranks, None)


def reciprocal_rank(rank: int | None, k: int = 10) -> float:
    """1 / rank, or 0 when nothing was found among the first k."""
    return 1 / rank if rank is not None and rank <= k else 0.0


def places(gold: Iterable[Gold]) -> list[set[Place]]:
    """The distinct gold places: gold entries that share a page are one place, of all their pages."""
    merged: list[set[Place]] = []
    for entry in gold:
        pages = {(entry.file, page) for page in entry.pages}
        touching = [place for place in merged if place & pages]
        merged = [place for place in merged if not place & pages]
        merged.append(pages.union(*touching))
    return merged


def ndcg(hits: Sequence[Shown], gold: Iterable[Gold], k: int = 10) -> float:
    """The discounted gain of the first k hits over that of the best order, between 0 and 1.

    A hit gains 1 when it shows a gold place that no earlier hit showed, however many it shows, and else 0. The gain
    at rank r is divided by log2(r + 1). The best order shows a new place at every rank until all distinct places, or
    k of them, are shown.
    """
    open_places = places(gold)
    best = sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(open_places)) + 1))
    gain = 0.0
    for rank, (file, pages) in enumerate(hits[:k], 1):
        shown = {(file, page) for page in pages}
        left = [place for place in open_places if not place & shown]
        gain += (len(left) < len(open_places)) / math.log2(rank + 1)
        open_places = left
    return min(1.0, gain / best) if best else 0.0


# Separation

Values = NDArray[np.float64]


def auroc(positive: Sequence[float] | Values, negative: Sequence[float] | Values) -> float:
    """The chance that a positive scores above a negative; a tie counts half."""
    ordered = np.sort(np.asarray(negative, dtype=np.float64))
    wanted = np.asarray(positive, dtype=np.float64)
    below = np.searchsorted(ordered, wanted, "left") + np.searchsorted(ordered, wanted, "right")
    return float(below.sum() / 2 / max(1, len(wanted) * len(ordered)))


def threshold_95(positive: Sequence[float] | Values) -> float:
    """The score that leaves at most 5 % of the positives below it, to four places, never rounded up."""
    cut = np.sort(np.asarray(positive, dtype=np.float64))[int(0.05 * len(positive))]
    return math.floor(float(cut) * 10_000) / 10_000


def refused_at_95(positive: Sequence[float] | Values, negative: Sequence[float] | Values) -> float:
    """The share of negatives below the score that leaves at most 5 % of the positives below it."""
    cut = np.sort(np.asarray(positive, dtype=np.float64))[int(0.05 * len(positive))]
    return float(np.mean(np.asarray(negative, dtype=np.float64) < cut))


# Intervals


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean or share over n questions with its bootstrap 95 % interval."""

    value: float
    low: float
    high: float
    n: int

    def to_dict(self) -> dict[str, Any]:
        """The figure as JSON."""
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


def mean_figure(values: Sequence[float], seed: int = SEED) -> Figure:
    """The mean of at least one value with its percentile bootstrap interval."""
    sample = np.asarray(values, dtype=np.float64)
    rng = np.random.default_rng(seed)
    means = np.empty(RESAMPLES)
    batch = max(1, 2_000_000 // len(sample))  # Bounds the memory that a large question set takes.
    for start in range(0, RESAMPLES, batch):
        picked = rng.integers(0, len(sample), (min(batch, RESAMPLES - start), len(sample)))
        means[start : start + batch] = sample[picked].mean(axis=1)
    return _figure(float(sample.mean()), means, len(sample))


def share_figure(values: Sequence[float], seed: int = SEED) -> Figure:
    """The mean of at least one value between 0 and 1 with its interval: the bootstrap's, and Wilson's where all agree.

    Resampling two questions that were both right never gives a wrong one, and so would call 100 % certain.
    """
    figure = mean_figure(values, seed)
    if figure.low == figure.high and figure.value in (0.0, 1.0):
        reach = 1.96**2 / (figure.n + 1.96**2)
        return Figure(figure.value, 1 - reach, 1.0, figure.n) if figure.value else Figure(0.0, 0.0, reach, figure.n)
    return figure


def separation_figure(
    statistic: Callable[[Values, Values], float],
    positive: Sequence[float],
    negative: Sequence[float],
    seed: int = SEED,
) -> Figure:
    """A statistic of two samples, each of at least one value and resampled for itself; n counts both."""
    first, second = np.asarray(positive, dtype=np.float64), np.asarray(negative, dtype=np.float64)
    rng = np.random.default_rng(seed)
    drawn = [statistic(rng.choice(first, len(first)), rng.choice(second, len(second))) for _ in range(RESAMPLES)]
    return _figure(statistic(first, second), np.asarray(drawn), len(first) + len(second))


def _figure(value: float, resampled: Values, n: int) -> Figure:
    low, high = np.percentile(resampled, (2.5, 97.5))
    return Figure(value, float(low), float(high), n)


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50 and p95 of at least one value, interpolated, and how many there are."""
    middle, late = np.percentile(np.asarray(values, dtype=np.float64), (50, 95))
    return {"p50": float(middle), "p95": float(late), "n": len(values)}


Measures = Mapping[str, float]
"""The figures of one question by `Measure.key`; one that does not apply is absent."""
