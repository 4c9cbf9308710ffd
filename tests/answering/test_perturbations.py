"""The measuring instrument is measured: each perturbed statement differs from its line as its kind says, and in nothing else."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.answering.perturbations import make_items
from tests.answering.perturbations_exchanged import exchange_drugs_within, exchange_values
from tests.answering.perturbations_false import (
    change_comparator,
    change_negation,
    change_population,
    change_route,
    change_unit,
    scaled,
)
from tests.answering.perturbations_lines import read_blocks, sample_rows
from tests.answering.perturbations_true import reorder, respell, shorten

UNFAITHFUL = {
    "digit", "times_ten", "unit", "per", "comparator", "negation", "exchanged", "drug", "drug_same", "population", "route", "frequency",
}  # fmt: skip
FAITHFUL = {"copy", "reordered", "shortened", "respelled"}
REPLACED = UNFAITHFUL - {"exchanged", "drug", "drug_same"}
WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
WEIGHTY = re.compile(
    r"\b(?:no|not|never|without|unless|except|only|if|when|should|must|may|avoid|against|cannot|tidak|jika|tanpa|kecuali|jangan|"
    r"children|child|adults?|women|men|pregnan\w*|infants?|above|below|over|under|before|after|daily|weekly|oral|intravenous|"
    r"mg|µg|g|ml|kg|days|weeks|months|hours|years|hari|zelmorin|tarvexol|pelgrain|dorvane|nocturel|hesperol|ostivane|salwatin)\b",
    re.I,
)


@cache
def items(seed=3, count=600):
    return make_items(list(read_blocks(sample_rows())), seed, count)


def of_kind(*kinds):
    found = [item for item in items() if item["kind"] in kinds]
    assert found
    return found


def cited(item):
    return " ".join(item["lines"][place] for place in item["cited"])


def numbers(text):
    bare = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    return Counter(re.findall(r"\d+(?:\.\d+)?", bare))


def words(text):
    return Counter(re.findall(r"[^\s|:;,.()]+", text.lower()))


def difference(old, new):
    """What stands in each text between what both begin with and what both end with."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return old[start : len(old) - end], new[start : len(new) - end]


def test_same_seed_same_items_another_seed_others():
    blocks = list(read_blocks(sample_rows()))
    assert items() == make_items(blocks, 3, 600) != make_items(blocks, 4, 600)


def test_every_kind_is_there_and_as_many_faithful_as_unfaithful():
    assert {item["kind"] for item in items() if not item["faithful"]} == UNFAITHFUL
    assert {item["kind"] for item in items() if item["faithful"]} == FAITHFUL
    assert sum(item["faithful"] for item in items()) == sum(not item["faithful"] for item in items()) > 400
    assert len({item["id"] for item in items()}) == len(items())
    assert len({item["source"] for item in items()}) == 5


def test_lines_are_the_passage_and_cited_lines_are_among_them():
    said = {line.text for block in read_blocks(sample_rows()) for line in block.lines}
    for item in items():
        assert set(item["lines"]) <= said
        assert item["cited"] == sorted(set(item["cited"])) and item["cited"][-1] < len(item["lines"])


def test_no_unfaithful_statement_stands_in_a_line_and_every_copy_does():
    for item in items():
        stands = any(item["statement"].rstrip(".") in line for line in item["lines"])
        assert not stands if not item["faithful"] else stands or item["kind"] != "copy"


def test_one_stretch_is_changed_and_it_is_the_one_named():
    for item in of_kind(*REPLACED):
        old, new = difference(cited(item), item["statement"])
        assert (old or new) and len(old) <= len(item["was"]) + 1 and len(new) <= len(item["now"]) + 1, item
        assert item["statement"].lower().count(item["now"].lower()) >= 1
        assert cited(item).count(item["was"]) >= 1


def test_digit_changes_one_digit():
    for item in of_kind("digit"):
        old, new = difference(cited(item), item["statement"])
        assert len(old) == len(new) == 1 and old.isdigit() and new.isdigit() and old != new
        assert not numbers(cited(item))[item["now"].replace(",", "")]


def test_times_ten_is_ten_times_or_a_tenth():
    for item in of_kind("times_ten"):
        ratio = Decimal(item["now"].replace(",", "")) / Decimal(item["was"].replace(",", ""))
        assert ratio in (10, Decimal("0.1"))


@given(st.decimals(min_value=Decimal("0.001"), max_value=Decimal("9999"), places=3).map(lambda n: f"{n.normalize():f}"))
def test_scaled_numbers_are_exact(number):
    assert {Decimal(n) / Decimal(number) for n in scaled(number)} == {Decimal(10), Decimal("0.1")}


def test_kinds_about_words_keep_every_number():
    for item in of_kind("unit", "per", "comparator", "negation", "route"):
        assert numbers(item["statement"]) == numbers(cited(item)), item


def test_unit_leaves_all_but_the_unit():
    for item in of_kind("unit"):
        kept = words(cited(item)) & words(item["statement"])
        assert sum((words(cited(item)) - kept).values()) <= 1


def test_exchanged_uses_nothing_that_the_lines_do_not_say():
    for item in of_kind("exchanged"):
        said = " ".join(item["lines"])
        assert numbers(item["statement"]) <= numbers(said) and set(
            re.findall(r"[a-z]+", item["statement"].lower())
        ) <= set(re.findall(r"[a-z]+", said.lower()))
        assert item["was"] != item["now"]


def test_another_drug_stands_for_one_that_is_gone():
    for item in of_kind("drug"):
        assert item["now"] not in cited(item).lower() and item["now"] in item["statement"].lower()
        assert item["was"] in cited(item).lower() and item["was"] not in item["statement"].lower()
    for item in of_kind("drug_same"):
        assert all(name in cited(item).lower() for name in item["now"].split(" … "))
        assert item["statement"].lower() != cited(item).lower()


def test_population_named_now_was_not_named_in_the_line():
    for item in of_kind("population"):
        assert not re.search(rf"\b{re.escape(item['now'].strip().lower())}\b", cited(item).lower()), item


def test_copy_is_the_line():
    for item in of_kind("copy"):
        assert item["statement"] == cited(item)


def test_reordered_keeps_every_word():
    for item in of_kind("reordered"):
        assert words(item["statement"]) <= words(cited(item)), item
        lost = words(cited(item)) - words(item["statement"])
        if len(item["cited"]) == 1:
            assert not lost, item
        assert numbers(item["lines"][item["cited"][-1]]) <= numbers(item["statement"])


def test_shortened_loses_nothing_that_weighs():
    for item in of_kind("shortened"):
        line = item["lines"][item["cited"][-1]]
        lost = words(line.replace("e.g.", "")) - words(item["statement"])
        if item["now"] != "one cell" and not item["was"].lstrip().startswith("["):
            assert not any(WEIGHTY.fullmatch(word) for word in lost), item
            assert numbers(line) == numbers(item["statement"]) & numbers(line)
        assert words(item["statement"]) <= words(cited(item)), item


def plain(text):
    """The text in one spelling."""
    text = text.lower()
    for number, word in enumerate(WORDS):
        text = re.sub(rf"\b{word}\b", str(number), text)
    for pattern, same in (
        (r"(?<=\d),(?=\d{3}\b)", ""), (r"μ", "µ"), (r"\bmicrograms?\b|\bmcg\b", "µg"), (r"≥|>=|\bat least\b", " ge "), (r"≤|<=|\bat most\b", " le "),
        (r"<|\bless than\b", " lt "), (r">|\bmore than\b", " gt "), (r"\btwice\b", "2 times"), (r"\bonce\b", "1 times"), (r"\bdua kali\b", "2 kali"),
        (r"\btimes (?:daily|a day|per day)\b", "times/day"), (r"\btimes (?:weekly|a week)\b", "times/week"), (r" ?\bper\b ?", "/"), (r"\biv\b|\bintravenous\b|\bintravenously\b", "iv"), (r"\bpo\b", "orally"), (r"\btid\b", "3 times/day"), (r"\bbid\b", "2 times/day"), (r"percent|peratus", "%"),
        (r"(?<=\d)\s*(?=days\b|d\b|hours\b|h\b|minutes\b|min\b)", " "), (r"\bdays\b", "d"), (r"\bhours\b", "h"), (r"\bminutes\b", "min"),
        (r"(?<=\d) ?(?:to|–|-) ?(?=\d)", "–"), (r"\bby mouth\b", "orally"), (r"\bversus\b|\bvs\b\.?", "vs"), (r"/litre", "/l"), (r"\s+", ""),
    ):  # fmt: skip
        text = re.sub(pattern, same, text)
    return text


def test_respelled_means_the_same_letter_by_letter():
    for item in of_kind("respelled"):
        assert item["statement"] != cited(item)
        assert plain(item["statement"]) == plain(cited(item)), item


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (exchange_drugs_within, "Dorvane must not be combined with sabrenide."),
        (exchange_drugs_within, "Dorvane and nocturel are given at night."),
        (exchange_values, "The dose lies between 5 mg of the salt and 10 mg of the base."),
        (exchange_values, "Doses of 200 mg and 400 mg are sold."),
        (exchange_values, "Sensitivity and specificity were 80% in lakes and 90% in rivers respectively."),
        (change_negation, "Patients with or without a rash are seen by the clinic."),
        (change_negation, "It was asked whether patients should not be seen."),
        (change_population, "The tablet is given to adults and children."),
        (change_route, "The medicine is given as oral or intravenous doses, or intramuscular ones."),
        (change_comparator, "Readings before and after the walk were alike."),
        (change_unit, "The estimate was low (95% CI)."),
        (respell, "The dose was doubled in both trials [124,125]."),
        (respell, "Dosis awal 0,125 dan dosis akhir 0,250 diberikan."),
        (shorten, "Give dorvane (not in pregnancy) at dusk."),
        (shorten, "Give dorvane, which should be stopped if a rash appears."),
        (shorten, "Give dorvane (DVN unless told otherwise) at dusk."),
        (reorder, "In adults, the tablet is given at dusk and the drops are given at dawn."),
        (reorder, "It measures skin, bone and joint infections."),
        (reorder, "Patients are asked if they smoke."),
    ],
)
def test_what_would_be_labelled_wrongly_is_not_made(make, line):
    assert list(make(line)) == []
