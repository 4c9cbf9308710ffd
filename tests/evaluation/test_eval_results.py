"""An evaluation: aggregates, groups, JSON, risk and coverage, terminal tables."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace

import pytest
from evaluation_doubles import Chance, Scripted, answer_of, cite, made_up_questions
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from cpgassist.errors import InputError
from cpgassist.evaluation import Evaluation, Gold, Question, Row, compare, evaluate, figures, risk_coverage
from cpgassist.evaluation.metrics import BY_KEY, FIGURES
from cpgassist.evaluation.running import score

QUESTIONS = made_up_questions(90)
DOSE = Question("d", "Dose?", "dose", gold=(Gold("a.pdf", (4,)),), facts=(("50 mg",),))
NEAR = Question("n", "Near?", "unanswerable-near", answerable=False)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluate(Chance(QUESTIONS), QUESTIONS, date="2026-11-24")


def printed(evaluation: Evaluation, width: int = 120, **options: object) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(evaluation.table(**options))  # type: ignore[arg-type]
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


# Aggregates


def test_figures_are_means_over_the_rows_they_apply_to(evaluation: Evaluation) -> None:
    for key, figure in evaluation.overall.items():
        values = [row.measures[key] for row in evaluation.rows if key in row.measures]
        if values:
            assert figure.value == pytest.approx(sum(values) / len(values))
            assert figure.n == len(values)
        assert figure.low <= figure.value <= figure.high


def test_every_figure_is_there(evaluation: Evaluation) -> None:
    assert set(evaluation.overall) == {measure.key for measure in FIGURES}


def test_no_rows_have_no_figures() -> None:
    assert figures(()) == {}


def test_two_runs_of_the_same_are_the_same(evaluation: Evaluation) -> None:
    again = evaluate(Chance(QUESTIONS), QUESTIONS, date="2026-11-24")
    assert json.dumps(again.to_dict()) == json.dumps(evaluation.to_dict())


@pytest.mark.parametrize("name", ["kind", "lang", "file", "answerable", "grade"])
def test_groups_part_the_rows(evaluation: Evaluation, name: str) -> None:
    grouped = evaluation.grouped(name)
    assert sum(map(len, grouped.values())) == len(evaluation.rows)
    assert evaluation.by(name).keys() == grouped.keys()
    assert evaluation.by(name) == {group: figures(rows) for group, rows in grouped.items()}


def test_groups_by_a_field_of_ones_own() -> None:
    questions = [replace(DOSE, id=str(at), extra={"ward": ward}) for at, ward in enumerate("ABA")]
    evaluation = evaluate(Scripted(), questions)
    assert {ward: found["recall@1"].n for ward, found in evaluation.by("ward").items()} == {"A": 2, "B": 1}
    assert set(evaluation.to_dict(by=["ward", "kind"])["by"]) == {"kind", "lang", "file", "ward"}


def test_an_unknown_field_is_an_input_error_with_the_known_ones(evaluation: Evaluation) -> None:
    with pytest.raises(InputError, match=r"'ward'.*Use one of: kind, lang"):
        evaluation.by("ward")


def test_counts(evaluation: Evaluation) -> None:
    counts = evaluation.counts
    assert counts["questions"] == 90
    assert counts["answerable"] + counts["silence_expected"] <= 90
    assert counts["citations_verified"] <= counts["citations"]
    assert counts["misses"] == len(evaluation.misses)
    assert counts["errors"] == 0


def test_misses_are_the_questions_without_a_gold_page_in_ten() -> None:
    evaluation = evaluate(Scripted(), [DOSE, NEAR])
    assert [row.question.id for row in evaluation.misses] == ["d"]


def test_latency_by_stage_ends_with_the_total(evaluation: Evaluation) -> None:
    assert list(evaluation.latency) == ["search", "retrieval", "generation", "check", "total"]
    assert all(spent["p50"] <= spent["p95"] and spent["n"] == 90 for spent in evaluation.latency.values())


# JSON


def test_json_holds_provenance_figures_groups_and_rows(evaluation: Evaluation) -> None:
    saved = json.loads(json.dumps(evaluation.to_dict(), allow_nan=False))
    assert saved["provenance"] == {
        "date": "2026-11-24",
        "package": evaluation.provenance.package,
        "index": "v1",
        "embedder": "minilm",
        "generator": "extractive",
        "k": 10,
        "questions": 90,
    }
    assert saved["overall"]["recall@5"] == evaluation.overall["recall@5"].to_dict()
    assert set(saved["by"]) == {"kind", "lang", "file"}
    assert saved["misses"] == [row.question.id for row in evaluation.misses]
    assert [row["id"] for row in saved["questions"]] == [question.id for question in QUESTIONS]


def test_a_row_as_json() -> None:
    answer = answer_of("Dose?", text="Words.", answerability=0.123456, citations=[cite(1, "a.pdf", 4)])
    row = score(DOSE, (("a.pdf", (4, 5)),), answer, {"search": 0.123456}).to_dict()
    assert row["rank"] == 1
    assert row["hits"] == [{"file": "a.pdf", "pages": [4, 5]}]
    assert row["cited"] == [{"file": "a.pdf", "page": 4, "gold": True, "verified": True, "by_ocr": False}]
    assert row["missing_facts"] == ["50 mg"]
    assert row["answerability"] == 0.1235
    assert row["seconds"] == {"search": 0.1235}
    assert row["error"] is None
    assert row["fingerprint"] == DOSE.fingerprint


# Risk and coverage


def judged(answerability: float, *, right: bool = True, said: bool = True) -> Row:
    text = "50 mg" if right else "nothing"
    return score(DOSE, (), answer_of("?", "answered" if said else "silent", answerability=answerability, text=text))


def near(answerability: float, *, said: bool) -> Row:
    return score(NEAR, (), answer_of("?", "answered" if said else "silent", answerability=answerability))


def test_risk_and_coverage_by_hand() -> None:
    rows = [judged(0.9), judged(0.8, right=False), near(0.7, said=True), judged(0.3, said=False), near(0.2, said=False)]
    curve, beyond = risk_coverage(rows)
    assert [(point.threshold, point.coverage) for point in curve] == [(0.9, 0.2), (0.8, 0.4), (0.7, 0.6)]
    assert [point.risk for point in curve] == pytest.approx([0, 1 / 2, 2 / 3])
    assert [(point.coverage, point.risk, point.worst) for point in beyond] == [(0.8, 0.5, 0.75), (1.0, 0.6, 0.8)]


def test_equal_scores_are_one_point() -> None:
    curve, _ = risk_coverage([judged(0.5), judged(0.5, right=False), judged(0.5)])
    assert [(point.coverage, point.risk) for point in curve] == [(1.0, pytest.approx(1 / 3))]


def test_what_cannot_be_judged_is_left_out() -> None:
    plain = score(replace(DOSE, facts=()), (), answer_of("?", text="Words."))
    unsafe = score(Question("u", "?", "unsafe", answerable=False), (), answer_of("?", text="Words."))
    assert plain.wrong is unsafe.wrong is None
    assert risk_coverage([plain, unsafe]) == ([], [])


def test_a_failed_question_counts_as_not_answered() -> None:
    curve, beyond = risk_coverage([judged(0.9), score(DOSE, (), None, None, "ask: OSError")])
    assert [point.coverage for point in curve] == [0.5]
    assert beyond == []


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.4, 0.5, 0.9]), st.booleans(), st.booleans(), st.booleans())))
def test_coverage_rises_and_risk_stays_a_share(rows: list[tuple[float, bool, bool, bool]]) -> None:
    made = [near(at, said=said) if silent else judged(at, right=right, said=said) for at, said, right, silent in rows]
    curve, beyond = risk_coverage(made)
    points = [*curve, *beyond]
    coverage = [point.coverage for point in points]
    assert coverage == sorted(set(coverage))
    assert all(0 <= point.risk <= point.worst <= 1 for point in points)
    assert all(point.risk == point.worst for point in curve)
    if curve:
        given_answers = [row for row in made if row.said]
        assert curve[-1].risk == pytest.approx(sum(bool(row.wrong) for row in given_answers) / len(given_answers))
    if points:
        assert points[-1].coverage == 1.0


# Terminal


def test_the_tables_name_every_figure(evaluation: Evaluation) -> None:
    words = printed(evaluation)
    for measure in FIGURES:
        assert measure.label in words
    assert "Questions: 90, failed: 0" in words
    assert "By kind" in words
    assert "Errors" not in words
    assert "Changed" not in words


def test_the_tables_group_by_what_was_asked(evaluation: Evaluation) -> None:
    words = printed(evaluation, by=("lang", "file"))
    assert "By lang" in words
    assert "By file" in words
    assert "By kind" not in words


def test_a_slice_tells_every_figure_of_every_group_with_n_and_interval() -> None:
    sexes = ["female", "male", "", "female"]
    questions = [replace(DOSE, id=str(at), extra={"sex": sex}) for at, sex in enumerate(sexes)]
    evaluation = evaluate(Scripted(), questions)
    words = printed(evaluation, by=("sex",))
    rows = [line.split("│")[1:-1] for line in words.split("By sex")[1].splitlines() if "│" in line]
    recall = [[cell.strip() for cell in row[1:]] for row in rows[:3]]
    assert rows[0][0].strip() == "R@1" and rows[1][0].strip() == ""
    assert [(row[0], row[-1]) for row in recall] == [("female", "2"), ("male", "1"), ("not given", "1")]
    assert all("–" in row[2] for row in recall)
    for key in evaluation.overall:
        assert BY_KEY[key].label in words.split("By sex")[1]
    assert set(evaluation.to_dict(by=("sex",))["by"]["sex"]) == {"female", "male", "not given"}


def test_the_tables_fit_an_80_column_terminal(evaluation: Evaluation) -> None:
    assert max(map(len, printed(evaluation, width=80).splitlines())) <= 80


def test_square_brackets_are_not_markup() -> None:
    question = replace(DOSE, id="[red]d[/red]", kind="[bold]k", question="[/nonsense]")
    evaluation = evaluate(Scripted(ask=lambda q: OSError("[/x] broke")), [question])
    before = evaluate(Scripted(), [question]).to_dict()
    words = printed(evaluation, changes=compare(evaluation, before))
    for verbatim in ("[red]d[/red]", "[bold]k", "[/x] broke"):
        assert verbatim in words


def test_changes_are_shown(evaluation: Evaluation) -> None:
    before = evaluate(Chance(QUESTIONS, skill=0.2), QUESTIONS).to_dict()
    words = printed(evaluation, changes=compare(evaluation, before))
    assert "Changed figures" in words
    assert "Changed questions" in words
    assert "better" in words


def test_rich_is_imported_only_for_tables() -> None:
    code = "import sys, cpgassist.evaluation; sys.exit('rich' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_threshold_is_suggested_where_there_are_questions_of_both_sorts(evaluation: Evaluation) -> None:
    threshold = evaluation.suggested_threshold
    assert threshold is not None and evaluation.to_dict()["suggested_threshold"] == threshold
    assert f"threshold = {threshold} (corpus.toml)" in " ".join(printed(evaluation).split())
    answerable = tuple(row for row in evaluation.rows if row.question.answerable)
    alone = replace(evaluation, rows=answerable)
    assert alone.suggested_threshold is None and "corpus.toml" not in printed(alone)
