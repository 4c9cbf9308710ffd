"""The clinical concepts of a question: found in any language, weighed by rarity, met by any of their names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.retrieval.concepts import Concepts

GLOSSARY = [
    ("asthma", "asma", "哮喘"),
    ("child", "children", "kanak-kanak", "儿童"),
    ("high blood pressure", "hypertension", "darah tinggi", "高血压"),
    ("blood", "darah", "血液"),
    ("pressure",),
    ("pioglitazone", "pioglitazon"),
    ("how long", "berapa lama"),
]
PRINTED = {"asthma": 0, "asma": 0, "child": 90, "children": 80, "blood": 40, "hypertension": 9}
ASKING = frozenset("how long berapa lama is in what".split())


def concepts(question, glossary=GLOSSARY):
    return Concepts(glossary, lambda name: PRINTED.get(name, 0), 100, ASKING).of(question)


def said(question):
    return [one.said for one in concepts(question)]


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("How is asthma in a child?", ["asthma", "child"]),
        ("Asma pada kanak-kanak?", ["asma", "kanak-kanak"]),
        ("儿童哮喘怎么办？", ["儿童", "哮喘"]),
        ("Is it high blood pressure?", ["high blood pressure"]),  # the longest name, not blood and pressure
        ("two childs", ["childs"]),
        ("How long?", []),  # it asks, and names nothing
        ("", []),
    ],
)
def test_concepts_are_found_by_their_longest_name(question, named):
    assert said(question) == named


def test_what_is_rare_weighs_more():
    asthma, child = concepts("asthma child")
    assert 0 < child.weight < asthma.weight <= 1


@pytest.mark.parametrize(
    ("question", "text", "met"),
    [
        ("asthma", "asma terkawal", True),
        ("asthma", "the plasma level", False),
        ("哮喘", "asthma in adults", True),
        ("darah tinggi", "hypertension is common", True),
        ("pioglitazone", "obat pioglitazon", True),
        ("child", "for children only", True),
        ("child", "childless adults", False),
    ],
)
def test_any_of_its_names_meets_a_concept(question, text, met):
    (one,) = concepts(question)
    assert one.stands_in(text) is met


@given(st.text(max_size=200))
def test_any_text_may_be_a_question(question):
    assert all(0 < one.weight <= 1 and one.names for one in concepts(question))
