"""The figures: worked examples, bounds, and brute force."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from evaluation_doubles import answer_of, cite
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.evaluation import metrics
from cpgassist.evaluation.metrics import FIGURES, MEASURES, Shown
from cpgassist.evaluation.questions import Gold
from cpgassist.types import Statement

files = st.sampled_from(("a.pdf", "b.pdf"))
page_lists = st.lists(st.integers(1, 6), min_size=1, max_size=3).map(tuple)
hit_lists = st.lists(st.tuples(files, page_lists), max_size=15)
gold_places = st.lists(st.builds(Gold, files, page_lists), min_size=1, max_size=5)
shares = st.floats(0, 1, allow_nan=False)


def pages(gold: Sequence[Gold]) -> frozenset[tuple[str, int]]:
    return frozenset((place.file, page) for place in gold for page in place.pages)


# Text


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  5\u00a0mg\n\tDaily ", "5 mg daily"),
        ("10–20 — 3−1", "10-20 - 3-1"),
        ("≥ 3 and ≤4", ">= 3 and <=4"),
        ("ﬁrst ½ Ａ", "first 1⁄2 a"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert metrics.fold(text) == folded


def test_squeeze_joins_what_a_pdf_broke() -> None:
    assert metrics.squeeze("Recom mende d Dose: 50 - mg") == "recommendeddose:50mg"


@given(st.text())
def test_folding_twice_changes_no_spacing(text: str) -> None:
    folded = metrics.fold(text)
    assert folded == folded.strip()
    assert "  " not in folded
    assert not set(metrics.squeeze(text)) & set(" -\n\t")


def test_a_fact_may_stand_in_statement_bottom_line_or_quote() -> None:
    answer = answer_of("?", text="Take 50 mg.", citations=[cite(1, "a.pdf", 1, "once a d ay")])
    text = metrics.answer_text(answer)
    assert metrics.missing_facts([["50 MG", "50mg"], ["once a day"]], text) == ()
    assert metrics.missing_facts([["twice", "2x"], ["50mg"], ["never"]], text) == ("twice", "never")
    line = metrics.answer_text(type(answer)("answered", 1.0, "?", "v", bottom_line=Statement("Yes, 20 mg.", (1,))))
    assert metrics.missing_facts([["20 mg"]], line) == ()


@pytest.mark.parametrize(
    ("wanted", "given_grade", "quote", "shown"),
    [
        ("Grade A", "Grade A", "", True),
        ("grade a", "GRADE  A", "", True),
        ("A", "Grade A", "", True),
        ("Grade A", "Grade AB", "", False),
        ("Level II", "Level III", "", False),
        ("Strong | Low", "Strong | Low", "", True),
        ("Strong | Low", "Strong", "", False),
        ("Strong; Moderate", "Strong", "of moderate certainty", True),
        ("Strong / Low", "Strong", "low quality", False),
        ("II-1/B", "II-1/B", "", True),
        ("A", None, "Grade A", False),
        ("Strong", None, "a strong recommendation", True),
        ("Strong", None, "strongly", False),
        ("⨁⨁", None, "", True),
    ],
)
def test_grade_shown(wanted: str, given_grade: str | None, quote: str, shown: bool) -> None:
    answer = answer_of("?", text="Do it.", grade=given_grade, citations=[cite(1, "a.pdf", 1, quote)])
    assert metrics.grade_shown(wanted, answer) is shown


# Ranks

HITS: list[Shown] = [("b.pdf", (1,)), ("a.pdf", (2, 3)), ("a.pdf", (9,))]


@pytest.mark.parametrize(
    ("gold", "rank"),
    [
        ({("b.pdf", 1)}, 1),
        ({("a.pdf", 3)}, 2),
        ({("a.pdf", 1)}, None),
        ({("a.pdf", 9), ("a.pdf", 2)}, 2),
        (set(), None),
    ],
)
def test_first_rank_needs_file_and_page(gold: set[tuple[str, int]], rank: int | None) -> None:
    assert metrics.first_rank(HITS, frozenset(gold)) == rank


@pytest.mark.parametrize(("rank", "value"), [(None, 0.0), (1, 1.0), (4, 0.25), (10, 0.1), (11, 0.0)])
def test_reciprocal_rank(rank: int | None, value: float) -> None:
    assert metrics.reciprocal_rank(rank) == value


def test_places_that_share_a_page_are_one() -> None:
    gold = [Gold("a.pdf", (1, 2)), Gold("a.pdf", (4,)), Gold("b.pdf", (2,)), Gold("a.pdf", (2, 4))]
    assert sorted(map(sorted, metrics.places(gold))) == [
        [("a.pdf", 1), ("a.pdf", 2), ("a.pdf", 4)],
        [("b.pdf", 2)],
    ]


@given(gold_places)
def test_places_are_disjoint_and_lose_no_page(gold: list[Gold]) -> None:
    found = metrics.places(gold)
    assert sum(map(len, found)) == len(pages(gold))
    assert set().union(*found) == pages(gold)


def test_ndcg_by_hand() -> None:
    gold = [Gold("a.pdf", (2,)), Gold("a.pdf", (9,))]
    best = 1 + 1 / math.log2(3)
    assert metrics.ndcg(HITS, gold) == pytest.approx((1 / math.log2(3) + 1 / math.log2(4)) / best)
    assert metrics.ndcg(HITS[1:], gold) == 1.0
    assert metrics.ndcg([], gold) == 0.0
    assert metrics.ndcg(HITS, []) == 0.0


def test_the_same_place_twice_gains_once() -> None:
    gold = [Gold("a.pdf", (1,)), Gold("a.pdf", (2,))]
    once = metrics.ndcg([("a.pdf", (1,))], gold)
    assert metrics.ndcg([("a.pdf", (1,))] * 5, gold) == once < 1


def test_more_places_than_ranks_can_still_be_perfect() -> None:
    gold = [Gold("a.pdf", (page,)) for page in range(1, 30)]
    assert metrics.ndcg([("a.pdf", (page,)) for page in range(1, 11)], gold) == pytest.approx(1.0)


@given(hit_lists, gold_places)
def test_ndcg_lies_between_0_and_1_and_is_0_exactly_without_a_hit(hits: list[Shown], gold: list[Gold]) -> None:
    value = metrics.ndcg(hits, gold)
    rank = metrics.first_rank(hits, pages(gold))
    assert 0 <= value <= 1
    assert (value > 0) == (rank is not None and rank <= 10)


@given(hit_lists, gold_places)
def test_a_gold_hit_put_first_never_lowers_ndcg_of_one_place(hits: list[Shown], gold: list[Gold]) -> None:
    one = gold[:1]
    assert metrics.ndcg([(one[0].file, one[0].pages), *hits], one) == 1.0 >= metrics.ndcg(hits, one)


@given(hit_lists, gold_places)
def test_the_first_rank_is_the_first(hits: list[Shown], gold: list[Gold]) -> None:
    rank = metrics.first_rank(hits, pages(gold))
    matching = [at for at, (file, shown) in enumerate(hits, 1) if {(file, page) for page in shown} & pages(gold)]
    assert rank == (matching[0] if matching else None)


# Separation


@given(st.lists(shares, min_size=1, max_size=20), st.lists(shares, min_size=1, max_size=20))
def test_auroc_equals_brute_force(positive: list[float], negative: list[float]) -> None:
    pairs = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
    assert metrics.auroc(positive, negative) == pytest.approx(sum(pairs) / len(pairs))


@given(st.lists(shares, min_size=1, max_size=20), st.lists(shares, min_size=1, max_size=20))
def test_auroc_mirrors(positive: list[float], negative: list[float]) -> None:
    assert metrics.auroc(positive, negative) == pytest.approx(1 - metrics.auroc(negative, positive))


@given(st.lists(shares, min_size=1, max_size=60), st.lists(shares, min_size=1, max_size=20))
def test_refused_at_95_leaves_at_most_5_percent_of_the_positives_out(
    positive: list[float], negative: list[float]
) -> None:
    cut = sorted(positive)[int(0.05 * len(positive))]
    assert sum(score < cut for score in positive) <= 0.05 * len(positive)
    assert metrics.refused_at_95(positive, negative) == sum(score < cut for score in negative) / len(negative)


def test_separation_of_the_separable() -> None:
    assert metrics.auroc([0.8, 0.9], [0.1, 0.2]) == 1.0
    assert metrics.auroc([0.5], [0.5]) == 0.5
    assert metrics.refused_at_95([0.8, 0.9], [0.1, 0.85]) == 0.5


# Intervals


def test_the_bootstrap_is_the_same_every_time() -> None:
    values = [float(at % 3 == 0) for at in range(50)]
    assert metrics.mean_figure(values) == metrics.mean_figure(values)
    assert metrics.mean_figure(values, seed=1) != metrics.mean_figure(values, seed=2)
    pair = (metrics.auroc, [0.1, 0.8, 0.9], [0.2, 0.3])
    assert metrics.separation_figure(*pair) == metrics.separation_figure(*pair)


def test_the_bootstrap_does_not_touch_the_global_generator() -> None:
    np.random.seed(3)  # noqa: NPY002
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    metrics.mean_figure([0.0, 1.0, 1.0])
    assert np.random.random() == expected  # noqa: NPY002


@given(st.lists(shares, min_size=1, max_size=40))
def test_an_interval_stays_within_the_values(values: list[float]) -> None:
    figure = metrics.mean_figure(values)
    slack = 1e-9
    assert min(values) - slack <= figure.low <= figure.high <= max(values) + slack
    assert figure.value == pytest.approx(sum(values) / len(values))
    assert figure.n == len(values)


def test_the_interval_is_about_as_wide_as_theory_says() -> None:
    figure = metrics.mean_figure([1.0] * 70 + [0.0] * 30)
    expected = 1.96 * math.sqrt(0.7 * 0.3 / 100)
    assert figure.value - figure.low == pytest.approx(expected, rel=0.2)
    assert figure.high - figure.value == pytest.approx(expected, rel=0.2)


def test_a_sample_larger_than_a_batch() -> None:
    figure = metrics.mean_figure([0.0, 1.0] * 3000)
    assert figure.low < 0.5 < figure.high


def test_all_alike_has_no_width() -> None:
    figure = metrics.mean_figure([1.0] * 9)
    assert (figure.low, figure.value, figure.high) == (1.0, 1.0, 1.0)
    assert figure.to_dict() == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 9}


@pytest.mark.parametrize(("n", "reach"), [(1, 0.793), (2, 0.658), (10, 0.278), (100, 0.037)])
def test_a_share_in_which_all_agree_is_not_taken_for_certain(n: int, reach: float) -> None:
    right, wrong = metrics.share_figure([1.0] * n), metrics.share_figure([0.0] * n)
    assert (right.low, right.value, right.high) == (pytest.approx(1 - reach, abs=0.001), 1.0, 1.0)
    assert (wrong.low, wrong.value, wrong.high) == (0.0, 0.0, pytest.approx(reach, abs=0.001))


def test_a_share_in_which_not_all_agree_is_a_mean() -> None:
    assert metrics.share_figure([0.0, 1.0, 1.0]) == metrics.mean_figure([0.0, 1.0, 1.0])


def test_percentiles() -> None:
    assert metrics.percentiles([1.0]) == {"p50": 1.0, "p95": 1.0, "n": 1}
    assert metrics.percentiles([float(at) for at in range(101)]) == {"p50": 50.0, "p95": 95.0, "n": 101}


# The table of figures


def test_every_figure_has_one_key_and_a_meaning() -> None:
    keys = [figure.key for figure in FIGURES]
    assert len(set(keys)) == len(keys)
    assert all(figure.label and figure.meaning.endswith(".") for figure in FIGURES)
    assert set(MEASURES) < set(FIGURES)


def test_figures_show_themselves() -> None:
    by_key = metrics.BY_KEY
    assert by_key["recall@5"].show(0.8125) == "81.2\u00a0%"
    assert by_key["mrr@10"].show(0.8125) == "0.812"
    assert by_key["words"].show(12.34) == "12.3"
    assert by_key["recall@5"].show_interval(0.5, 1.0) == "50.0–100.0\u00a0%"
    assert by_key["auroc"].show_interval(0.5, 1.0) == "0.500–1.000"


@given(st.lists(shares, min_size=1, max_size=60))
def test_the_suggested_threshold_answers_at_least_95_percent(positive: list[float]) -> None:
    threshold = metrics.threshold_95(positive)
    assert sum(score < threshold for score in positive) <= 0.05 * len(positive)
    assert threshold == round(threshold, 4)
