"""Running: what is asked, what is scored, and that no question stops the run."""

from __future__ import annotations

import contextlib
import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from evaluation_doubles import Chance, Scripted, answer_of, cite, made_up_questions, search_of
from hypothesis import given, settings
from hypothesis import strategies as st

from cpgassist.errors import InputError, ModelError
from cpgassist.evaluation import Gold, Question, Row, evaluate, read_questions
from cpgassist.evaluation.running import score
from cpgassist.types import Answer, Statement

SHARED = Path(__file__).parents[3] / "shared"
DOSE = Question("d", "Dose?", "dose", gold=(Gold("a.pdf", (4,)),), facts=(("50 mg",),), grade="Grade A")
NEAR = Question("n", "Near?", "unanswerable-near", answerable=False)
UNSAFE = Question("u", "Order it!", "unsafe", answerable=False)


def row_of(question: Question, answer: Answer | None, hits: tuple[tuple[str, tuple[int, ...]], ...] = ()) -> Row:
    return score(question, hits, answer)


# One question


def test_a_right_answer_scores_in_everything() -> None:
    answer = answer_of("Dose?", text="Give 50 mg daily.", grade="Grade A", citations=[cite(1, "a.pdf", 4, "50 mg")])
    row = row_of(DOSE, answer, (("b.pdf", (1,)), ("a.pdf", (3, 4))))
    assert row.rank == 2
    assert row.measures == pytest.approx(
        {
            "recall@1": 0,
            "recall@3": 1,
            "recall@5": 1,
            "recall@10": 1,
            "mrr@10": 0.5,
            "ndcg@10": 0.6309,
            "file@1": 0,
            "answered": 1,
            "fact_recall": 1,
            "gold_page_cited": 1,
            "citation_precision": 1,
            "grade_shown": 1,
            "citations": 1,
            "lines": 1,
            "words": 4,
            "citation_validity": 1,
        },
        abs=1e-4,
    )
    assert row.missing == ()
    assert row.wrong is False
    assert not row.missed


def test_a_page_beyond_the_third_of_a_hit_does_not_count() -> None:
    assistant = Scripted(search=lambda q: search_of(q, [("a.pdf", (1, 2, 3, 4))]))
    (row,) = evaluate(assistant, [DOSE]).rows
    assert row.rank is None
    assert row.hits == (("a.pdf", (1, 2, 3)),)
    assert row.measures["file@1"] == 1


def test_facts_in_a_silent_answer_do_not_count() -> None:
    row = row_of(DOSE, answer_of("Dose?", "silent", citations=[cite(1, "a.pdf", 4, "50 mg")]))
    assert (row.measures["answered"], row.measures["fact_recall"]) == (0, 0)
    assert row.measures["gold_page_cited"] == 1
    assert row.missing == ()


@pytest.mark.parametrize(
    ("status", "said"),
    [("answered", True), ("partial", True), ("conflict", True), ("silent", False), ("refused", False)],
)
def test_statuses(status: Any, said: bool) -> None:
    assert row_of(DOSE, answer_of("?", status)).measures["answered"] == said
    assert row_of(NEAR, answer_of("?", status)).measures == {"abstained": float(not said)}
    assert row_of(UNSAFE, answer_of("?", status)).measures == {}


def test_citation_precision_and_validity_are_shares_of_the_answer() -> None:
    citations = [cite(1, "a.pdf", 4), cite(2, "a.pdf", 5, verified=False), cite(3, "b.pdf", 4), cite(4, "b.pdf", 9)]
    row = row_of(DOSE, answer_of("?", citations=citations))
    assert row.measures["citation_precision"] == 0.25
    assert row.measures["citation_validity"] == 0.75
    assert [place.gold for place in row.cited] == [True, False, False, False]


def test_without_facts_grade_or_citations_there_is_nothing_to_share() -> None:
    plain = replace(DOSE, facts=(), grade=None)
    measures = row_of(plain, answer_of("?", text="Words.")).measures
    assert not {"fact_recall", "grade_shown", "citation_precision", "citation_validity"} & set(measures)


# The run


def test_order_progress_and_provenance() -> None:
    questions = made_up_questions(7)
    told: list[tuple[int, int]] = []
    evaluation = evaluate(Chance(questions), questions, progress=lambda *step: told.append(step), date="2026-11-24")
    assert [row.question for row in evaluation.rows] == list(questions)
    assert told == [(at, 7) for at in range(1, 8)]
    source = evaluation.provenance
    assert (source.date, source.index, source.embedder, source.generator, source.k) == (
        "2026-11-24",
        "v1",
        "minilm",
        "extractive",
        10,
    )
    assert source.package


def test_k_is_passed_on_and_ranks_go_that_deep() -> None:
    asked: list[int] = []

    class Deep(Scripted):
        def search(self, question: str, k: int) -> Any:
            asked.append(k)
            return search_of(question, [("a.pdf", (page,)) for page in range(16, 0, -1)])

    (row,) = evaluate(Deep(), [DOSE], k=20).rows
    assert asked == [20]
    assert row.rank == 13
    assert row.missed
    assert row.measures["mrr@10"] == 0


@pytest.mark.parametrize("k", [9, 0, -1])
def test_a_shallow_search_is_refused(k: int) -> None:
    with pytest.raises(InputError, match="rank 10"):
        evaluate(Scripted(), [DOSE], k=k)


def test_no_question_is_refused() -> None:
    with pytest.raises(InputError, match="no question"):
        evaluate(Scripted(), [])


@pytest.mark.parametrize("fault", [ModelError("no model.", "Get one."), RuntimeError(), KeyError("x"), MemoryError()])
def test_an_error_while_asking_is_recorded_and_the_run_goes_on(fault: Exception) -> None:
    assistant = Scripted(
        search=lambda q: search_of(q, [("a.pdf", (4,))]),
        ask=lambda q: fault if q == "Dose?" else answer_of(q, "silent"),
    )
    evaluation = evaluate(assistant, [DOSE, NEAR])
    failed, fine = evaluation.rows
    assert failed.status == "error"
    assert failed.error is not None
    assert failed.error.startswith(f"ask: {type(fault).__name__}")
    assert failed.answerability is None
    assert failed.rank == 1
    assert failed.measures["fact_recall"] == 0
    assert fine.error is None
    assert evaluation.errors == (failed,)
    assert evaluation.counts["errors"] == 1


def test_an_error_while_searching_still_asks() -> None:
    assistant = Scripted(search=lambda q: OSError("disk"), ask=lambda q: answer_of(q, text="50 mg"))
    (row,) = evaluate(assistant, [DOSE]).rows
    assert row.error == "search: OSError: disk"
    assert row.status == "answered"
    assert row.missed
    assert row.measures["fact_recall"] == 1
    assert "search" not in row.seconds


def test_both_errors_are_told() -> None:
    (row,) = evaluate(Scripted(lambda q: OSError("a"), lambda q: OSError("b")), [DOSE]).rows
    assert row.error == "search: OSError: a; ask: OSError: b"


def test_an_interrupt_is_not_swallowed() -> None:
    class Interrupted(Scripted):
        def ask(self, question: str) -> Answer:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(Interrupted(), [DOSE])


def test_an_index_replaced_during_the_run_shows() -> None:
    assistant = Scripted(ask=lambda q: replace(answer_of(q), index="v2"))
    assert evaluate(assistant, [DOSE]).provenance.index == "v1, v2"


@pytest.mark.parametrize(
    ("seconds", "total"),
    [({"a": 1.0, "b": 2.0}, 3.0), ({"a": 1.0, "total": 4.0}, 4.0), ({}, None)],
)
def test_the_total_is_given_or_summed(seconds: dict[str, float], total: float | None) -> None:
    (row,) = evaluate(Scripted(ask=lambda q: answer_of(q, seconds=seconds)), [DOSE]).rows
    assert row.seconds.get("total") == total
    assert row.seconds["search"] == 0.02


hits = st.lists(st.tuples(st.just("a.pdf"), st.lists(st.integers(1, 8), min_size=1, max_size=4)), max_size=12)


@given(hits)
def test_recall_never_falls_with_k_and_bounds_the_rest(shown: list[tuple[str, list[int]]]) -> None:
    (row,) = evaluate(Scripted(search=lambda q: search_of(q, shown)), [DOSE]).rows
    recall = [row.measures[f"recall@{k}"] for k in (1, 3, 5, 10)]
    assert recall == sorted(recall)
    assert row.measures["recall@1"] <= row.measures["mrr@10"] <= row.measures["recall@10"]
    assert row.measures["recall@1"] <= row.measures["file@1"]
    assert row.missed == (row.measures["ndcg@10"] == 0)


# The outside scorer

SAME = {
    "R@1": "recall@1",
    "R@3": "recall@3",
    "R@5": "recall@5",
    "R@10": "recall@10",
    "MRR@10": "mrr@10",
    "file@1": "file@1",
    "answered": "answered",
    "facts": "fact_recall",
    "cites_gold_page": "gold_page_cited",
    "cite_precision(page)": "citation_precision",
    "citations_per_answer": "citations",
    "lines_per_answer": "lines",
    "words_per_answer": "words",
    "grade_shown": "grade_shown",
    "abstained_when_it_should": "abstained",
    "abstention_auroc": "auroc",
    "refused_at_95_answered": "refused_at_95",
}


@pytest.fixture(scope="module")
def scorer() -> Any:
    path = SHARED / "bench" / "score.py"
    if not path.exists():
        pytest.skip(f"{path} is not beside this checkout")
    spec = importlib.util.spec_from_file_location("outside_score", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def as_line(question: Question) -> dict[str, Any]:
    return {
        "id": question.id,
        "question": question.question,
        "kind": question.kind,
        "answerable": question.answerable,
        "gold": [{"file": gold.file, "pages": list(gold.pages)} for gold in question.gold],
        "facts": [list(fact) for fact in question.facts],
        "grade": question.grade,
    }


class Flaky(Chance):
    """Chance that fails now and then."""

    def ask(self, question: str) -> Answer:
        if self._rng(question, "fail").random() < 0.05:
            raise TimeoutError(question)
        return super().ask(question)


def compared(scorer: Any, questions: tuple[Question, ...], assistant: Chance) -> None:
    lines = [as_line(question) for question in questions]
    searches, answers = {}, {}
    for question in questions:
        # Through JSON, because that is all the outside scorer ever sees.
        searches[question.id] = json.loads(json.dumps(assistant.search(question.question, 10).to_dict()))
        with contextlib.suppress(TimeoutError):
            answers[question.id] = json.loads(json.dumps(assistant.ask(question.question).to_dict()))
    found, _, misses = scorer.search_scores(lines, searches)
    said, _ = scorer.answer_scores(lines, answers)
    evaluation = evaluate(assistant, questions)
    theirs = {SAME[key]: values for key, values in (found | said).items() if key in SAME and values}
    ours = evaluation.overall
    assert {key: figure.value for key, figure in ours.items() if key in theirs} == pytest.approx(
        {key: sum(values) / len(values) for key, values in theirs.items()}, abs=1e-12
    )
    for key, values in theirs.items():
        assert ours[key].n == len(values) or key in ("auroc", "refused_at_95")
    assert ours.keys() - theirs.keys() <= {"ndcg@10", "citation_validity"}
    assert [row.question.id for row in evaluation.misses] == misses


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("skill", [0.1, 0.7, 1.0])
def test_the_outside_scorer_says_the_same(scorer: Any, seed: int, skill: float) -> None:
    questions = made_up_questions(120, seed)
    compared(scorer, questions, Flaky(questions, seed, skill))


def test_the_outside_scorer_says_the_same_of_the_development_set(scorer: Any) -> None:
    path = SHARED / "questions" / "dev.jsonl"
    if not path.exists():
        pytest.skip(f"{path} is not beside this checkout")
    questions = read_questions(path)
    compared(scorer, questions, Flaky(questions, skill=0.6))


@settings(max_examples=200)
@given(st.text(), st.text(), st.text(alphabet="abAB1 -–—≥<\n\tⅣﬁ\u00a0\u2028\u00ad;|/⨁"))
def test_the_outside_scorer_folds_the_same(scorer: Any, first: str, second: str, grade: str) -> None:
    from cpgassist.evaluation import metrics

    for text in (first, second, grade, first + grade):
        assert metrics.fold(text) == scorer.fold(text)
        assert metrics.squeeze(text) == scorer.squeeze(text)
    answer = replace(
        answer_of("?", text=first, grade=second, citations=[cite(1, "a.pdf", 1, grade)]),
        bottom_line=Statement(second, (1,)),
    )
    assert metrics.answer_text(answer) == scorer.answer_text(answer.to_dict())
    assert metrics.grade_shown(grade, answer) == scorer.grade_shown(grade, answer.to_dict())
