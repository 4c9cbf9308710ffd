"""A model's rewriting of a follow-up is checked: nothing added, nothing lost, nothing turned round."""

from __future__ import annotations

import pytest

from cpgassist.answering import is_faithful

ASKED = "What is the dose of zelmorin for harbour fever – and in pregnancy?"
TYPED = "and in pregnancy?"


@pytest.mark.parametrize(
    "rewritten",
    [
        "What is the dose of zelmorin for harbour fever in pregnancy?",
        "In pregnancy, how much zelmorin should be given in harbour fever?",
        "Is zelmorin recommended in pregnancy?",
    ],
)
def test_the_same_in_other_words_is_faithful(rewritten):
    assert is_faithful(rewritten, TYPED, ASKED)


@pytest.mark.parametrize(
    "rewritten",
    [
        "What is the dose of zelmorin for harbour fever in pregnancy, 250 mg?",
        "What is the dose of tarvexol for harbour fever in pregnancy?",
        "What is the dose of zelmorin for harbour fever in pregnancy and children?",
        "What is the dose of zelmorin for harbour fever in pregnancy with renal failure?",
        "What is the dose of oral zelmorin for harbour fever in pregnancy?",
        "What is the dose of zelmorin for severe harbour fever in pregnancy?",
        "What is the dose of zelmorin for harbour fever in adults?",
        "What is the dose of zelmorin without harbour fever in pregnancy?",
        "",
    ],
)
def test_what_adds_loses_or_denies_is_not(rewritten):
    assert not is_faithful(rewritten, TYPED, ASKED)


def test_numbers_are_compared_whole():
    assert is_faithful("dose of zelmorin in a child of 6", "for a child of 6", "dose of zelmorin – for a child of 6")
    assert not is_faithful(
        "dose of zelmorin in a child of 16", "for a child of 6", "dose of zelmorin – for a child of 6"
    )
