"""Plain visual words get the names that guidelines print."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.imaging.signs import MOST, load_signs, terms_of


@pytest.mark.parametrize(
    ("seen", "term"),
    [
        (["cotton wool spots", "fundus"], "retinopathy"),
        (["Irregularly irregular complexes"], "atrial fibrillation"),
        (["thick-walled cavities in the left apex"], "pulmonary tuberculosis"),
        (["joint space narrowed", "spurs at the margins"], "osteoarthritis"),
        (["silvery scales on raised plaques"], "psoriasis"),
        (["perdarahan dan eksudat di makula"], "retinopati diabetik"),
    ],
)
def test_a_sign_has_its_name(seen: list[str], term: str) -> None:
    assert term in terms_of(seen)


def test_a_sign_may_be_told_in_two_findings_and_in_any_number() -> None:
    assert terms_of(["burrows", "in the web of the fingers"]) == terms_of(["a burrow in the web"]) == ("scabies",)


def test_part_of_a_sign_is_none() -> None:
    assert terms_of(["cotton gown"]) == ()
    assert terms_of([]) == ()


def test_the_most_specific_sign_comes_first() -> None:
    terms = terms_of(["acid-fast rods in the sputum smear"])
    assert terms[0] == "smear-positive pulmonary tuberculosis"


@given(st.lists(st.text(max_size=80), max_size=8))
def test_any_text_gives_few_terms_each_once(texts: list[str]) -> None:
    terms = terms_of(texts)
    assert len(terms) == len(set(terms)) <= MOST


def test_every_sign_of_the_table_can_be_seen_and_has_a_name() -> None:
    signs = load_signs()
    assert len(signs) > 150
    for sign in signs:
        assert sign.seen and all(sign.seen) and sign.means and all(sign.means)
        assert sign.holds(frozenset(next(iter(part)) for part in sign.seen))
    assert len({sign.seen for sign in signs}) == len(signs)
