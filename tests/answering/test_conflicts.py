"""Places that print different things of the same; invented drugs and diseases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.answering.conflicts import Stated, conflicts


def pair(one, other, **about):
    """Two lines of one guideline, on two pages, both with what `about` says (or a pair of it)."""
    first, second = (
        {key: value[i] if isinstance(value, list) else value for key, value in about.items()} for i in (0, 1)
    )
    return [
        Stated(one, **{"guideline": "g", "page": 3, **first}),
        Stated(other, **{"guideline": "g", "page": 40, **second}),
    ]


VALUES = (
    ("For Harbour fever, give zelmorin 10 mg once daily.", "For Harbour fever, give zelmorin 20 mg once daily.", "10 mg", "20 mg"),
    ("Zelmorin 10 mg for Harbour fever", "For Harbour fever, we recommend zelmorin 20 mg.", "10 mg", "20 mg"),
    ("Treat mild Harbour fever with zelmorin for 5 days.", "Treat mild Harbour fever with zelmorin for 7 days.", "5 days", "7 days"),
    ("Treat mild Harbour fever with zelmorin for 5-7 days.", "Treat mild Harbour fever with zelmorin for 7 days.", "5-7 days", "7 days"),
    ("Harbour fever with marsh rash: target blood pressure is ≤135/80 mmHg", "Harbour fever with marsh rash: target blood pressure is 120-160/80-105 mmHg", "≤135/80 mmHg", "120-160/80-105 mmHg"),
    ("The HbA1c target in Harbour fever is below 7%.", "The HbA1c target in Harbour fever is below 8%.", "below 7%", "below 8%"),
    ("Repeat the marsh test in Harbour fever every 3 months.", "Repeat the marsh test in Harbour fever every 6 months.", "every 3 months", "every 6 months"),
    ("Screen for Harbour fever on the coast from 40 years of age.", "Screen for Harbour fever on the coast from 50 years of age.", "40 years", "50 years"),
    ("Beri zelmorin 5 mg untuk demam pelabuhan ringan.", "Beri zelmorin 10 mg untuk demam pelabuhan ringan.", "5 mg", "10 mg"),
)  # fmt: skip
APART = (
    ("another drug", "For Harbour fever, give zelmorin 10 mg once daily.", "For Harbour fever, give brackenol 20 mg once daily."),
    ("other people", "For children with Harbour fever, zelmorin 10 mg.", "For adults with Harbour fever, zelmorin 20 mg."),
    ("other ages", "Children aged 2 to 5 years with Harbour fever: zelmorin 5 mg", "Children aged 6 to 12 years with Harbour fever: zelmorin 10 mg"),
    ("another end", "The initial dose of zelmorin for Harbour fever is 10 mg.", "The maximum dose of zelmorin for Harbour fever is 40 mg."),
    ("another line", "First-line zelmorin for Harbour fever: 10 mg", "Second-line zelmorin for Harbour fever: 20 mg"),
    ("more severe", "Mild Harbour fever: zelmorin for 5 days", "Severe Harbour fever: zelmorin for 10 days"),
    ("denied", "Zelmorin 10 mg for Harbour fever with rash", "Zelmorin 20 mg for Harbour fever without rash"),
    ("the same in another unit", "Zelmorin 1 g for Harbour fever on the coast", "Zelmorin 1000 mg for Harbour fever on the coast"),
    ("the same", "Zelmorin 10 mg BD for Harbour fever", "Zelmorin 10 mg twice daily for Harbour fever"),
    ("another sort", "Zelmorin 10 mg for Harbour fever", "Zelmorin 5 mL for Harbour fever"),
    ("another denominator", "Zelmorin 10 mg/kg for Harbour fever", "Zelmorin 20 mg/kg/day for Harbour fever"),
    ("says more", "Zelmorin 10 mg for Harbour fever", "Zelmorin 20 mg for Harbour fever after marsh rash"),
    ("studies", "In 3 trials Harbour fever lasted 5 days with zelmorin.", "In 3 trials Harbour fever lasted 9 days with zelmorin."),
    ("counts", "Harbour fever was seen in 30% of coast towns.", "Harbour fever was seen in 40% of coast towns."),
    ("questions", "Should zelmorin 10 mg be given for Harbour fever?", "Should zelmorin 20 mg be given for Harbour fever?"),
    ("too little said", "Zelmorin 10 mg", "Zelmorin 20 mg"),
    ("one more value", "Zelmorin 10 mg for 5 days for Harbour fever", "Zelmorin 20 mg for Harbour fever"),
)  # fmt: skip


@pytest.mark.parametrize(("one", "other", "said", "against"), VALUES)
def test_different_values_of_the_same_are_a_conflict(one, other, said, against):
    (found,) = conflicts(pair(one, other))
    assert (found.one, found.other, found.kind, found.said, found.against) == (0, 1, "value", said, against)
    assert found.remark == f"The guidelines print different things here: {said} and {against}. Both are shown."


@pytest.mark.parametrize(("why", "one", "other"), APART)
def test_what_is_not_the_same_does_not_conflict(why, one, other):
    assert conflicts(pair(one, other)) == (), why


CONTRARY = (
    ("We recommend zelmorin for mild Harbour fever.", "We recommend against zelmorin for mild Harbour fever."),
    ("Zelmorin is recommended for mild Harbour fever.", "Zelmorin is not recommended for mild Harbour fever."),
    ("Zelmorin should be given for mild Harbour fever.", "Avoid zelmorin for mild Harbour fever."),
    ("Zelmorin is indicated for mild Harbour fever.", "Zelmorin is contraindicated for mild Harbour fever."),
    ("Zelmorin dianjurkan untuk demam pelabuhan ringan.", "Zelmorin tidak dianjurkan untuk demam pelabuhan ringan."),
)
IN_LINE = (
    ("We recommend zelmorin for mild Harbour fever.", "We suggest zelmorin for mild Harbour fever."),
    ("We recommend zelmorin for mild Harbour fever.", "We recommend against zelmorin for severe Harbour fever."),
    (
        "Zelmorin is recommended for mild Harbour fever.",
        "Zelmorin is not recommended for children with mild Harbour fever.",
    ),
    ("Should zelmorin be given for mild Harbour fever?", "Zelmorin should not be given for mild Harbour fever."),
    ("Zelmorin may be used where brackenol is contraindicated.", "Zelmorin may be used where brackenol is given."),
)


@pytest.mark.parametrize(("one", "other"), CONTRARY)
def test_the_contrary_of_the_same_is_a_conflict(one, other):
    (found,) = conflicts(pair(one, other))
    assert found.kind == "contrary"
    assert found.said in one and found.against in other


@pytest.mark.parametrize(("one", "other"), IN_LINE)
def test_what_is_said_of_something_else_is_not_contrary(one, other):
    assert conflicts(pair(one, other)) == ()


LINE = "We recommend zelmorin for mild Harbour fever."


@pytest.mark.parametrize(
    "grades",
    (
        ["Strong recommendation", "Weak recommendation"],
        ["Grade A", "Grade B"],
        ["Strong recommendation, low certainty", "Strong recommendation, high certainty"],
        ["Level I", "Level III"],
    ),
)
def test_two_grades_of_one_statement_are_a_conflict(grades):
    (found,) = conflicts(pair(LINE, LINE, grade=grades))
    assert (found.kind, found.said, found.against) == ("grade", *grades)


@pytest.mark.parametrize(
    "grades",
    (
        ["Strong recommendation, low certainty", "Strong | Low"],
        ["Grade A", "Strong recommendation"],  # two scales
        ["Grade A", None],
        ["Grade A", "Grade A"],
        ["grade a", "Grade A"],
    ),
)
def test_one_grade_in_two_wordings_is_none(grades):
    assert conflicts(pair(LINE, LINE, grade=grades)) == ()


ONE, OTHER = "Zelmorin 10 mg for mild Harbour fever", "Zelmorin 20 mg for mild Harbour fever"


@pytest.mark.parametrize(
    "about",
    (
        {"page": 3},  # two lines of one page are rows or steps
        {"quotes": ["", "Another Body"]},
        {"lead": [("Children:",), ("Adults:",)]},
        {"lead": [("With marsh rash:",), ("With coast rash:",)]},
        {"lead": [("Loading dose | Given",), ("Later dose | Given",)]},
        {"section": [("Newborns",), ("Adults",)]},
        {"section": ("Evidence table",)},
        {"section": [("Harbour fever", "Zelmorin"), ("Marsh rash", "Brackenol")]},
        {"guideline": ["a", "b"], "section": [("Harbour fever",), ("Marsh rash",)]},
    ),
)
def test_what_stands_above_tells_two_things_apart(about):
    assert conflicts(pair(ONE, OTHER)) != ()
    assert conflicts(pair(ONE, OTHER, **about)) == ()


def test_two_guidelines_conflict_under_one_heading():
    found = conflicts(
        pair(ONE, OTHER, guideline=["a", "b"], section=[("Treatment of Harbour fever",), ("2 Harbour fever",)])
    )
    assert [(one.said, one.against) for one in found] == [("10 mg", "20 mg")]


def test_each_pair_is_named_once_by_its_places():
    told = [Stated(LINE, "g", 1), Stated(ONE, "g", 2), Stated(LINE, "g", 3), Stated(OTHER, "g", 4)]
    assert [(one.one, one.other) for one in conflicts(told)] == [(1, 3)]


def test_rows_of_one_dosing_table_do_not_conflict():
    rows = ["Zelmorin | 10 mg | 5 days", "Brackenol | 20 mg | 5 days", "Zelmorin forte | 30 mg | 5 days"]
    assert conflicts([Stated(row, "g", page) for page, row in enumerate(rows)]) == ()


WORDS = "zelmorin brackenol Harbour fever mild severe 10 mg 20 mg daily for is not recommended against children . | 5-7 days 7".split()


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=12), max_size=5))
def test_a_statement_never_conflicts_with_its_copy(lines):
    told = [Stated(" ".join(line), "g", 1) for line in lines]
    copies = [Stated(one.text, "h", 2) for one in told]
    for one, copy in zip(told, copies):
        assert conflicts([one, copy]) == ()
    found = conflicts([*told, *copies])
    assert all(0 <= one.one < one.other < len(told) * 2 for one in found)


@given(st.lists(st.text(max_size=120), max_size=4))
def test_any_text_is_read(lines):
    conflicts([Stated(line, "g", page, (line,), (line,), line) for page, line in enumerate(lines)])
    assert conflicts([]) == ()
    assert conflicts([Stated(line, "g", 1) for line in lines[:1]]) == ()


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=10), min_size=2, max_size=2))
def test_conflicts_do_not_depend_on_the_order(lines):
    one, other = (Stated(" ".join(line), "g", page) for page, line in enumerate(lines))
    forth, back = conflicts([one, other]), conflicts([other, one])
    assert bool(forth) == bool(back)
