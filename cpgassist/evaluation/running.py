"""Asks every question and scores what comes back; one that fails is a row like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol

from cpgassist.errors import InputError
from cpgassist.evaluation import metrics
from cpgassist.evaluation.metrics import Shown
from cpgassist.evaluation.questions import Question
from cpgassist.evaluation.results import Cited, Evaluation, Provenance, Row
from cpgassist.types import Answer, Search

DEPTH = 10
"""The fewest hits a search may be asked for: the figures go to rank 10."""


class Answers(Protocol):
    """Anything that searches and answers, as `cpgassist.Assistant` does."""

    def search(self, question: str, k: int) -> Search:
        """The k best hits for a question."""
        ...

    def ask(self, question: str) -> Answer:
        """The answer to a question."""
        ...


def evaluate(
    assistant: Answers,
    questions: Sequence[Question],
    k: int = DEPTH,
    progress: Callable[[int, int], None] | None = None,
    *,
    date: str = "",
) -> Evaluation:
    """What searching and asking every question gives, in order.

    `k` is the depth of the search, at least 10. `progress` is called with (done, total) after each question. `date`
    is copied into the provenance. An exception while a question is searched or asked is recorded in its row and
    scored as finding or saying nothing; it never ends the run.
    """
    if k < DEPTH:
        raise InputError(f"k is {k}, but recall and nDCG are measured to rank {DEPTH}.", f"Use k of {DEPTH} or more.")
    if not questions:
        raise InputError("There is no question to evaluate.", "Name a file with at least one question.")
    seen = _Seen()
    rows = []
    for done, question in enumerate(questions, 1):
        rows.append(_row(assistant, question, k, seen))
        if progress is not None:
            progress(done, len(questions))
    return Evaluation(tuple(rows), seen.provenance(date, k))


class _Seen:
    """Which index and models the answers named."""

    def __init__(self) -> None:
        self.names: dict[str, dict[str, None]] = {"index": {}, "embedder": {}, "generator": {}}

    def note(self, role: str, name: str | None) -> None:
        if name:
            self.names[role][name] = None

    def provenance(self, date: str, k: int) -> Provenance:
        # More than one name means that the index was replaced during the run; showing them all tells so.
        return Provenance(
            date=date, package=_package_version(), k=k, **{r: ", ".join(n) for r, n in self.names.items()}
        )


def _package_version() -> str:
    try:
        return version("cpgassist")
    except PackageNotFoundError:
        return "unknown"


def _row(assistant: Answers, question: Question, k: int, seen: _Seen) -> Row:
    errors: list[str] = []
    seconds: dict[str, float] = {}
    hits: tuple[Shown, ...] = ()
    answer: Answer | None = None
    try:
        search = assistant.search(question.question, k)
        hits = _shown(search)
        seen.note("index", search.index)
        seconds["search"] = search.seconds
    except Exception as error:
        errors.append(f"search: {_reason(error)}")
    try:
        answer = assistant.ask(question.question)
        seen.note("index", answer.index)
        for role in ("embedder", "generator"):
            seen.note(role, answer.models.get(role))
        seconds |= _stages(answer)
    except Exception as error:
        errors.append(f"ask: {_reason(error)}")
    return score(question, hits, answer, seconds, "; ".join(errors) or None)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _shown(search: Search) -> tuple[Shown, ...]:
    passages = [hit.passage for hit in search.hits]
    return tuple((search.guidelines[p.guideline].file, p.pages[: metrics.PAGES_SHOWN]) for p in passages)


def _stages(answer: Answer) -> dict[str, float]:
    stages = {stage: float(spent) for stage, spent in answer.seconds.items()}
    if stages:
        stages["total"] = stages.get("total") or sum(stages.values())
    return stages


def score(
    question: Question,
    hits: tuple[Shown, ...],
    answer: Answer | None,
    seconds: dict[str, float] | None = None,
    error: str | None = None,
) -> Row:
    """The row of one question; without an answer nothing was said."""
    said = answer or Answer("silent", 0.0, question.question, "")
    missing = metrics.missing_facts(question.facts, metrics.answer_text(said))
    cited = tuple(
        Cited(
            c.guideline.file,
            c.at.page,
            (c.guideline.file, c.at.page) in question.gold_pages,
            c.verified is True,
            c.verified == "ocr",
        )
        for c in said.citations
    )
    return Row(
        question=question,
        hits=hits,
        rank=metrics.first_rank(hits, question.gold_pages),
        status="error" if answer is None else answer.status,
        # Rounded as in the Answer JSON, so that ties and therefore AUROC are the same for whoever scores that.
        answerability=None if answer is None else round(answer.answerability, 4),
        cited=cited,
        missing=missing,
        measures=dict(_measures(question, hits, said, cited, missing)),
        seconds=seconds or {},
        error=error,
    )


def _measures(
    question: Question, hits: Sequence[Shown], answer: Answer, cited: Sequence[Cited], missing: Sequence[str]
) -> Iterator[tuple[str, float]]:
    said = answer.status in metrics.SAID
    if question.scored:
        yield from _search_measures(question, hits)
        yield "answered", float(said)
        if question.facts:
            yield "fact_recall", float(said and not missing)
        yield "gold_page_cited", float(any(place.gold for place in cited))
        if cited:
            yield "citation_precision", sum(place.gold for place in cited) / len(cited)
        if question.grade:
            yield "grade_shown", float(metrics.grade_shown(question.grade, answer))
        yield "citations", float(len(cited))
        yield "lines", float(len(answer.statements))
        yield "words", float(sum(len(statement.text.split()) for statement in answer.statements))
    if question.silence_expected:
        yield "abstained", float(not said)
    checked = [place for place in cited if not place.by_ocr]
    if checked:
        yield "citation_validity", sum(place.verified for place in checked) / len(checked)


def _search_measures(question: Question, hits: Sequence[Shown]) -> Iterator[tuple[str, float]]:
    rank = metrics.first_rank(hits, question.gold_pages)
    for k in metrics.CUTOFFS:
        yield f"recall@{k}", float(rank is not None and rank <= k)
    yield "mrr@10", metrics.reciprocal_rank(rank)
    yield "ndcg@10", metrics.ndcg(hits, question.gold)
    yield "file@1", float(bool(hits) and hits[0][0] in {gold.file for gold in question.gold})
