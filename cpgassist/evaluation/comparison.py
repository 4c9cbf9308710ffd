"""Two runs over the same questions: which figures moved, and which questions got better or worse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from cpgassist.errors import InputError
from cpgassist.evaluation import metrics
from cpgassist.evaluation.results import Evaluation, Row, answerabilities

Verdict = Literal["better", "worse", "mixed", "unclear", "same", "added", "removed", "edited"]

_NEXT_STEP = "Save a run with `cpgassist eval --json` and name that file."


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure over the questions that both runs asked, with the bootstrap 95 % interval of the difference."""

    key: str
    label: str
    before: float
    now: float
    low: float | None
    high: float | None
    n: int

    @property
    def delta(self) -> float:
        """How much the figure rose."""
        return self.now - self.before

    @property
    def verdict(self) -> Verdict:
        """`better` or `worse` only when the interval of the difference leaves out 0."""
        if abs(self.delta) < 1e-12:
            return "same"
        if self.low is None or self.high is None:
            return "unclear"
        return "better" if self.low > 0 else "worse" if self.high < 0 else "unclear"

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON."""
        return {"subject": "figure", **asdict(self), "delta": self.delta, "verdict": self.verdict}


@dataclass(frozen=True, slots=True)
class QuestionChange:
    """A question that got better or worse, or that only one run asked."""

    id: str
    question: str
    verdict: Verdict
    details: tuple[str, ...] = ()
    """What changed, for example "rank 7 → 2"."""

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON."""
        return {"subject": "question", **asdict(self)}


Change = FigureChange | QuestionChange


def read_evaluation(path: str | Path) -> dict[str, Any]:
    """A saved `Evaluation.to_dict()`; InputError when the file is something else."""
    source = Path(path)
    try:
        saved = json.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror}).", _NEXT_STEP) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{source}: is not JSON ({error}).", _NEXT_STEP) from error
    _saved_rows(saved, str(source))
    return dict(saved)


def compare(now: Evaluation, before: Mapping[str, Any]) -> tuple[Change, ...]:
    """What changed since `before`, the `to_dict()` of an earlier run: every figure, then every changed question.

    Only questions with the same id, text and gold in both runs are compared; the others are listed as added, removed
    or edited.
    """
    old = _saved_rows(before, "The earlier run")
    pairs = [(row, old[row.question.id]) for row in now.rows if _same_question(row, old.get(row.question.id))]
    return (*_figure_changes(pairs), *_question_changes(pairs), *_unpaired(now, old))


Saved = Mapping[str, Any]
"""A row of a saved run."""
_Pairs = list[tuple[Row, Saved]]


def _saved_rows(saved: Any, where: str) -> dict[str, Saved]:
    rows = saved.get("questions") if isinstance(saved, Mapping) else None
    if not isinstance(rows, list) or not all(_is_saved_row(row) for row in rows):
        raise InputError(f"{where}: is not a saved evaluation.", _NEXT_STEP)
    return {row["id"]: row for row in rows}


def _is_saved_row(row: Any) -> bool:
    if not isinstance(row, Mapping):
        return False
    measures = row.get("measures")
    return (
        isinstance(row.get("id"), str)
        and isinstance(row.get("fingerprint"), str)
        and isinstance(measures, Mapping)
        and all(isinstance(value, int | float) for value in measures.values())
    )


def _same_question(row: Row, old: Saved | None) -> bool:
    return old is not None and old["fingerprint"] == row.question.fingerprint


def _figure_changes(pairs: _Pairs) -> Iterator[FigureChange]:
    for measure in metrics.MEASURES:
        key = measure.key
        both = [
            (row.measures[key], old["measures"][key])
            for row, old in pairs
            if key in row.measures and key in old["measures"]
        ]
        if both and measure.style != "count":
            delta = metrics.mean_figure([new - old for new, old in both])
            new, was = (sum(values) / len(both) for values in zip(*both, strict=True))
            yield FigureChange(key, measure.label, was, new, delta.low, delta.high, len(both))
    yield from _separation_changes([(row, old) for row, old in pairs if _score(old) is not None])


def _separation_changes(pairs: _Pairs) -> Iterator[FigureChange]:
    now = answerabilities(row for row, _ in pairs)
    was = _saved_answerabilities(pairs)
    if not (all(now) and all(was)):
        return
    n = sum(map(len, now))
    for measure, statistic in ((metrics.AUROC, metrics.auroc), (metrics.REFUSED, metrics.refused_at_95)):
        yield FigureChange(measure.key, measure.label, statistic(*was), statistic(*now), None, None, n)


def _saved_answerabilities(pairs: _Pairs) -> tuple[list[float], list[float]]:
    asked = [(row.question, score) for row, old in pairs if (score := _score(old)) is not None]
    positive = [score for question, score in asked if question.scored]
    return positive, [score for question, score in asked if question.silence_expected]


def _score(old: Saved) -> float | None:
    score = old.get("answerability")
    return float(score) if isinstance(score, int | float) else None


def _rank(row: Saved | Row) -> str:
    rank = row.rank if isinstance(row, Row) else row.get("rank")
    return str(rank) if rank else "none"


def _yes_no(no: str, yes: str) -> Callable[[float], str]:
    return lambda value: yes if value else no


_WATCHED: tuple[tuple[str, str, Callable[[float], str] | None], ...] = (
    ("mrr@10", "rank", None),
    ("fact_recall", "facts", _yes_no("missing", "complete")),
    ("gold_page_cited", "gold page", _yes_no("not cited", "cited")),
    ("grade_shown", "grade", _yes_no("missing", "shown")),
    ("citation_validity", "valid citations", lambda value: f"{value:.0%}"),
    ("abstained", "silence", _yes_no("broken", "kept")),
)
"""The figures of a single question that make it better or worse, and how to say their values."""


def _question_changes(pairs: _Pairs) -> Iterator[QuestionChange]:
    for row, old in pairs:
        moves = dict(_moves(row, old))
        if moves:
            better, worse = max(moves.values()) > 0, min(moves.values()) < 0
            verdict: Verdict = "mixed" if better and worse else "better" if better else "worse"
            yield QuestionChange(row.question.id, row.question.question, verdict, tuple(moves))


def _moves(row: Row, old: Saved) -> Iterator[tuple[str, float]]:
    for key, noun, say in _WATCHED:
        if key not in row.measures or key not in old["measures"]:
            continue
        was, now = old["measures"][key], row.measures[key]
        if was != now:
            said = (_rank(old), _rank(row)) if say is None else (say(was), say(now))
            yield f"{noun} {said[0]} → {said[1]}", now - was
    if (row.status == "error") != (old.get("status") == "error"):
        yield f"status {old.get('status')} → {row.status}", -1.0 if row.status == "error" else 1.0


def _unpaired(now: Evaluation, old: Mapping[str, Saved]) -> Iterator[QuestionChange]:
    asked = {row.question.id: row for row in now.rows}
    for name, row in asked.items():
        if not _same_question(row, old.get(name)):
            yield QuestionChange(name, row.question.question, "edited" if name in old else "added")
    for name, saved in old.items():
        if name not in asked:
            yield QuestionChange(name, str(saved.get("question", "")), "removed")
