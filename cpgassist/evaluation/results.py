"""An evaluation: one row per question, and every figure that follows from the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cpgassist.evaluation import metrics
from cpgassist.evaluation.metrics import Figure, Measures, Shown
from cpgassist.evaluation.questions import Question, check_groupable

if TYPE_CHECKING:
    from rich.console import Group

    from cpgassist.evaluation.comparison import Change

SLICES = ("kind", "lang", "file")
"""The groups that are always reported."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A page that an answer cites."""

    file: str
    page: int
    gold: bool
    verified: bool
    by_ocr: bool = False
    """Whether OCR read the quote: it cannot be found again in a text layer, and is counted apart."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one question."""

    question: Question
    hits: tuple[Shown, ...]
    rank: int | None
    """Rank of the first hit on a gold page, to the depth of the search."""
    status: str
    """The answer's status, or `error`."""
    answerability: float | None
    cited: tuple[Cited, ...]
    missing: tuple[str, ...]
    """The first alternative of each required fact that the answer lacks."""
    measures: Measures
    seconds: Mapping[str, float]
    error: str | None = None

    @property
    def said(self) -> bool:
        """Whether something was answered."""
        return self.status in metrics.SAID

    @property
    def missed(self) -> bool:
        """Whether a gold page is known and none is among the first ten hits."""
        return self.measures.get("recall@10") == 0

    @property
    def wrong(self) -> bool | None:
        """Whether an answer lacks facts or should not have been given; None when that is not known."""
        if self.question.silence_expected:
            return self.said
        if not self.said or "fact_recall" not in self.measures:
            return None
        return not self.measures["fact_recall"]

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON."""
        question = self.question
        return {
            "id": question.id,
            "question": question.question,
            "kind": question.kind,
            "lang": question.lang,
            "answerable": question.answerable,
            "fingerprint": question.fingerprint,
            "status": self.status,
            "answerability": self.answerability,
            "rank": self.rank,
            "hits": [{"file": file, "pages": list(pages)} for file, pages in self.hits],
            "cited": [asdict(place) for place in self.cited],
            "missing_facts": list(self.missing),
            "measures": dict(self.measures),
            "seconds": {stage: round(spent, 4) for stage, spent in self.seconds.items()},
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class Provenance:
    """What was measured: index, models and package, never the command or the machine."""

    date: str
    package: str
    index: str
    embedder: str
    generator: str
    k: int
    """Depth of the search."""


def figures(rows: Iterable[Row]) -> dict[str, Figure]:
    """Every figure that applies to at least one of the rows, by `Measure.key`, with its interval."""
    rows = tuple(rows)
    found = {}
    for measure in metrics.MEASURES:
        values = [row.measures[measure.key] for row in rows if measure.key in row.measures]
        if values:
            figure = metrics.share_figure if measure.style == "percent" else metrics.mean_figure
            found[measure.key] = figure(values)
    positive, negative = answerabilities(rows)
    if positive and negative:
        found["auroc"] = metrics.separation_figure(metrics.auroc, positive, negative)
        found["refused_at_95"] = metrics.separation_figure(metrics.refused_at_95, positive, negative)
    return found


def answerabilities(rows: Iterable[Row]) -> tuple[list[float], list[float]]:
    """The answerability of the questions to answer, and of those to be silent on."""
    positive, negative = [], []
    for row in rows:
        if row.answerability is not None and row.question.scored:
            positive.append(row.answerability)
        elif row.answerability is not None and row.question.silence_expected:
            negative.append(row.answerability)
    return positive, negative


@dataclass(frozen=True)
class Evaluation:
    """The rows of one run with what was measured."""

    rows: tuple[Row, ...]
    provenance: Provenance

    @cached_property
    def overall(self) -> dict[str, Figure]:
        """The figures over all questions, by `Measure.key`."""
        return figures(self.rows)

    def by(self, name: str) -> dict[str, dict[str, Figure]]:
        """The figures of each group of questions, by any field of the questions or `file`; groups in their order."""
        grouped = self.grouped(name)
        return {group: figures(rows) for group, rows in grouped.items()}

    def grouped(self, name: str) -> dict[str, list[Row]]:
        """The rows of each group of questions."""
        check_groupable([row.question for row in self.rows], [name])
        grouped: dict[str, list[Row]] = {}
        for row in self.rows:
            grouped.setdefault(row.question.group(name), []).append(row)
        return grouped

    @property
    def misses(self) -> tuple[Row, ...]:
        """The rows with a known gold page and none among the first ten hits."""
        return tuple(row for row in self.rows if row.missed)

    @property
    def errors(self) -> tuple[Row, ...]:
        """The rows whose searching or asking raised."""
        return tuple(row for row in self.rows if row.error)

    @cached_property
    def latency(self) -> dict[str, dict[str, float]]:
        """Seconds at p50 and p95 for each stage, in the order the stages were first seen, `total` last."""
        stages: dict[str, list[float]] = {}
        for row in self.rows:
            for stage, spent in row.seconds.items():
                stages.setdefault(stage, []).append(spent)
        if "total" in stages:
            stages["total"] = stages.pop("total")
        return {stage: metrics.percentiles(spent) for stage, spent in stages.items()}

    @property
    def counts(self) -> dict[str, int]:
        """How many questions of each sort there were, and how many citations."""
        every = [place for row in self.rows for place in row.cited]
        cited = [place for place in every if not place.by_ocr]
        return {
            "questions": len(self.rows),
            "answerable": sum(row.question.scored for row in self.rows),
            "silence_expected": sum(row.question.silence_expected for row in self.rows),
            "answered": sum(row.said for row in self.rows),
            "errors": len(self.errors),
            "misses": len(self.misses),
            "citations": len(cited),
            "citations_verified": sum(place.verified for place in cited),
            "citations_by_ocr": len(every) - len(cited),
        }

    @property
    def suggested_threshold(self) -> float | None:
        """The `threshold` for corpus.toml at which 95 % of the answerable questions here are answered.

        None without questions of both sorts, for then there is nothing to weigh.
        """
        positive, negative = answerabilities(self.rows)
        return metrics.threshold_95(positive) if positive and negative else None

    def to_dict(self, by: Sequence[str] = ()) -> dict[str, Any]:
        """The evaluation as JSON; `by` names fields to group by besides kind, language and file."""
        names = dict.fromkeys((*SLICES, *by))
        return {
            "provenance": {**asdict(self.provenance), "questions": len(self.rows)},
            "counts": self.counts,
            "overall": _as_json(self.overall),
            "by": {name: {group: _as_json(found) for group, found in self.by(name).items()} for name in names},
            "suggested_threshold": self.suggested_threshold,
            "latency": self.latency,
            "misses": [row.question.id for row in self.misses],
            "questions": [row.to_dict() for row in self.rows],
        }

    def table(self, by: Sequence[str] = (), changes: Sequence[Change] = ()) -> Group:
        """Tables for a terminal: the figures, latency, and changes when given.

        Where fields are named in `by`, every figure of each of their groups, else the main ones of each kind of question.
        """
        from cpgassist.evaluation.terminal import tables  # rich costs start-up time that a program may not need.

        return tables(self, by, changes)


def _as_json(found: Mapping[str, Figure]) -> dict[str, Any]:
    return {key: figure.to_dict() for key, figure in found.items()}


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Share of questions answered, and the share of these that are wrong, at a threshold on answerability."""

    threshold: float
    coverage: float
    risk: float
    worst: float
    """The risk if every answer withheld in this run were wrong; equal to `risk` where none is included."""


def risk_coverage(rows: Iterable[Row]) -> tuple[list[RiskPoint], list[RiskPoint]]:
    """The curve over the answers given, ending at the operating point, and its continuation into those withheld.

    Questions count that have required facts or call for silence. Wrong is an answer that lacks a fact or should
    not have been given. Beyond the operating point it is not known whether a withheld answer would have had the
    facts, so a point there has a best (`risk`) and a worst case.
    """
    judged = [row for row in rows if row.question.silence_expected or "fact_recall" in row.measures]
    given = sorted((row for row in judged if row.said), key=_descending)
    withheld = sorted((row for row in judged if not row.said and row.answerability is not None), key=_descending)
    curve = _points(given, 0, 0, 0, len(judged))
    wrong = sum(bool(row.wrong) for row in given)
    return curve, _points(withheld, len(given), wrong, wrong, len(judged))


def _descending(row: Row) -> float:
    return -(row.answerability or 0.0)


def _points(rows: Sequence[Row], done: int, best: int, worst: int, total: int) -> list[RiskPoint]:
    points = []
    for at, row in enumerate(rows):
        done += 1
        wrong = bool(row.wrong) if row.said else row.question.silence_expected
        best += wrong
        worst += wrong or not row.said
        tied = at + 1 < len(rows) and rows[at + 1].answerability == row.answerability
        if not tied:  # A threshold cannot part equal scores.
            points.append(RiskPoint(row.answerability or 0.0, done / total, best / done, worst / done))
    return points
