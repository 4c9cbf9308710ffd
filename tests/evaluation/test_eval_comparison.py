"""Comparing with a saved run: only like with like, and `better` only when it is beyond chance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from evaluation_doubles import Chance, Scripted, answer_of, cite, made_up_questions, search_of

from cpgassist.errors import InputError
from cpgassist.evaluation import (
    Change,
    FigureChange,
    Gold,
    Question,
    QuestionChange,
    compare,
    evaluate,
    read_evaluation,
)

QUESTIONS = made_up_questions(90)
DOSE = Question("d", "Dose?", "dose", gold=(Gold("a.pdf", (4,)),), facts=(("50 mg",),), grade="Grade A")
NEAR = Question("n", "Near?", "unanswerable-near", answerable=False)


def saved(assistant: Any, questions: Sequence[Question]) -> dict[str, Any]:
    """A run after its way through a file."""
    loaded: dict[str, Any] = json.loads(json.dumps(evaluate(assistant, questions).to_dict()))
    return loaded


def of_figures(changes: Sequence[Change]) -> dict[str, FigureChange]:
    return {change.key: change for change in changes if isinstance(change, FigureChange)}


def of_questions(changes: Sequence[Change]) -> dict[str, QuestionChange]:
    return {change.id: change for change in changes if isinstance(change, QuestionChange)}


def test_the_same_run_has_not_changed() -> None:
    now = evaluate(Chance(QUESTIONS), QUESTIONS)
    changes = compare(now, saved(Chance(QUESTIONS), QUESTIONS))
    assert {change.verdict for change in of_figures(changes).values()} == {"same"}
    assert of_questions(changes) == {}


def test_a_clear_improvement_is_better_and_its_mirror_worse() -> None:
    good, bad = Chance(QUESTIONS, skill=0.9), Chance(QUESTIONS, skill=0.1)
    up = of_figures(compare(evaluate(good, QUESTIONS), saved(bad, QUESTIONS)))
    down = of_figures(compare(evaluate(bad, QUESTIONS), saved(good, QUESTIONS)))
    for key in ("recall@5", "mrr@10", "ndcg@10", "fact_recall"):
        assert (up[key].verdict, down[key].verdict) == ("better", "worse")
        assert up[key].delta == pytest.approx(-down[key].delta)
        assert up[key].low is not None
        assert up[key].low > 0


def test_deltas_are_of_the_figures() -> None:
    now, before = evaluate(Chance(QUESTIONS), QUESTIONS), evaluate(Chance(QUESTIONS, skill=0.5), QUESTIONS)
    for key, change in of_figures(compare(now, before.to_dict())).items():
        if key not in ("citation_precision", "citation_validity"):
            assert change.now == pytest.approx(now.overall[key].value)
            assert change.before == pytest.approx(before.overall[key].value)


def test_one_question_of_many_is_unclear() -> None:
    questions = [replace(DOSE, id=str(at), question=f"Dose {at}?") for at in range(20)]
    hit = [("a.pdf", (4,))]
    now = evaluate(Scripted(search=lambda q: search_of(q, hit)), questions)
    before = saved(Scripted(search=lambda q: search_of(q, [] if q == "Dose 3?" else hit)), questions)
    change = of_figures(compare(now, before))["recall@1"]
    assert change.delta == pytest.approx(0.05)
    assert change.verdict == "unclear"


def test_counts_are_not_compared() -> None:
    changes = of_figures(compare(evaluate(Chance(QUESTIONS), QUESTIONS), saved(Chance(QUESTIONS), QUESTIONS)))
    assert not {"words", "lines", "citations"} & changes.keys()
    assert {"auroc", "refused_at_95"} <= changes.keys()


def test_answerability_is_compared_without_an_interval() -> None:
    def at(high: float) -> Scripted:
        return Scripted(ask=lambda q: answer_of(q, answerability=high if q == "Dose?" else 0.5))

    change = of_figures(compare(evaluate(at(0.9), [DOSE, NEAR]), saved(at(0.1), [DOSE, NEAR])))["auroc"]
    assert (change.before, change.now, change.low, change.high, change.verdict) == (0.0, 1.0, None, None, "unclear")


@pytest.mark.parametrize(
    ("before", "now", "detail"),
    [
        (
            Scripted(search=lambda q: search_of(q, [("b.pdf", (1,))] * 6 + [("a.pdf", (4,))])),
            Scripted(search=lambda q: search_of(q, [("b.pdf", (1,)), ("a.pdf", (4,))])),
            "rank 7 → 2",
        ),
        (
            Scripted(),
            Scripted(search=lambda q: search_of(q, [("a.pdf", (4,))])),
            "rank none → 1",
        ),
        (
            Scripted(ask=lambda q: answer_of(q, text="Take 20 mg.")),
            Scripted(ask=lambda q: answer_of(q, text="Take 50 mg.")),
            "facts missing → complete",
        ),
        (
            Scripted(ask=lambda q: answer_of(q, citations=[cite(1, "a.pdf", 9)])),
            Scripted(ask=lambda q: answer_of(q, citations=[cite(1, "a.pdf", 4)])),
            "gold page not cited → cited",
        ),
        (
            Scripted(ask=lambda q: answer_of(q, text="Take it.")),
            Scripted(ask=lambda q: answer_of(q, text="Take it.", grade="Grade A")),
            "grade missing → shown",
        ),
        (
            Scripted(ask=lambda q: answer_of(q, citations=[cite(1, "a.pdf", 4, verified=False)])),
            Scripted(ask=lambda q: answer_of(q, citations=[cite(1, "a.pdf", 4)])),
            "valid citations 0% → 100%",
        ),
        (
            Scripted(ask=lambda q: OSError("gone")),
            Scripted(),
            "status error → silent",
        ),
    ],
)
def test_what_made_a_question_better_is_said(before: Scripted, now: Scripted, detail: str) -> None:
    better = of_questions(compare(evaluate(now, [DOSE]), saved(before, [DOSE])))
    assert better == {"d": QuestionChange("d", "Dose?", "better", (detail,))}
    worse = of_questions(compare(evaluate(before, [DOSE]), saved(now, [DOSE])))
    assert worse["d"].verdict == "worse"


def test_silence_kept_and_broken() -> None:
    spoken = Scripted(ask=lambda q: answer_of(q, text="Yes."))
    change = of_questions(compare(evaluate(spoken, [NEAR]), saved(Scripted(), [NEAR])))["n"]
    assert (change.verdict, change.details) == ("worse", ("silence kept → broken",))


def test_better_here_and_worse_there_is_mixed() -> None:
    before = Scripted(ask=lambda q: answer_of(q, text="50 mg"))
    now = Scripted(search=lambda q: search_of(q, [("a.pdf", (4,))]))
    change = of_questions(compare(evaluate(now, [DOSE]), saved(before, [DOSE])))["d"]
    assert change.verdict == "mixed"
    assert change.details == ("rank none → 1", "facts complete → missing")


def test_only_like_is_compared_with_like() -> None:
    other = replace(DOSE, id="e", question="Other?")
    before = saved(Scripted(), [DOSE, other, replace(DOSE, id="gone", question="Gone?")])
    edited = replace(other, facts=(("60 mg",),))
    now = evaluate(Scripted(search=lambda q: search_of(q, [("a.pdf", (4,))])), [DOSE, edited, NEAR])
    changes = compare(now, before)
    assert of_figures(changes)["recall@1"].n == 1
    assert {name: change.verdict for name, change in of_questions(changes).items()} == {
        "d": "better",
        "e": "edited",
        "n": "added",
        "gone": "removed",
    }


def test_changes_as_json() -> None:
    changes = compare(evaluate(Chance(QUESTIONS), QUESTIONS), saved(Chance(QUESTIONS, skill=0.3), QUESTIONS))
    rows = json.loads(json.dumps([change.to_dict() for change in changes], allow_nan=False))
    assert {row["subject"] for row in rows} == {"figure", "question"}
    assert all(row["verdict"] for row in rows)
    assert {"delta", "low", "high", "before", "now", "n"} <= rows[0].keys()


# Saved runs


def test_a_saved_run_reads_back(tmp_path: Path) -> None:
    evaluation = evaluate(Chance(QUESTIONS), QUESTIONS)
    path = tmp_path / "run.json"
    path.write_text(json.dumps(evaluation.to_dict()), encoding="utf-8")
    assert read_evaluation(path) == json.loads(json.dumps(evaluation.to_dict()))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"questions": 3}',
        '{"questions": [1]}',
        '{"questions": [{"id": "a"}]}',
        '{"questions": [{"id": "a", "fingerprint": "f", "measures": {"recall@1": "x"}}]}',
        '{"questions": [{"id": "a", "fingerprint": "f", "measures": []}]}',
    ],
)
def test_another_file_is_an_input_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        read_evaluation(path)
    assert str(path) in raised.value.message
    assert raised.value.next_step


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_evaluation(tmp_path / "none.json")


def test_comparing_with_something_else_is_an_input_error() -> None:
    with pytest.raises(InputError, match="The earlier run: is not a saved evaluation"):
        compare(evaluate(Scripted(), [DOSE]), {"status": "answered"})
