"""Quantities: one meaning for every spelling, another for every change that matters, and no text that breaks it."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpgassist.quantities.numbers import Quantity, quantities
from cpgassist.quantities.units import NAMES, unit_named

UNITS = {
    "mg": ("mg", "milligram", "milligrams", "毫克"),
    "microgram": ("mcg", "µg", "μg", "ug", "micrograms", "microgram"),
    "g": ("g", "gm", "grams"),
    "mL": ("mL", "ml", "ML", "millilitres"),
    "IU": ("IU", "international units"),
    "unit": ("units", "unit", "U"),
    "mmol": ("mmol", "millimole"),
    "tablet": ("tablets", "tab", "tablet"),
}
PER = {
    (): ("",),
    ("kg",): ("/kg", " per kg", " / kg", " per kilogram", "/kgBB"),
    ("day",): ("/day", " per day", "/d", " a day", "/hari", " per hari"),
    ("dose",): ("/dose", " per dose"),
    ("kg", "day"): ("/kg/day", " per kg per day", "/kg per day", "/kg/d", "/kg/hari"),
    ("kg", "dose"): ("/kg/dose", " per kg per dose"),
    ("kg", "hour"): ("/kg/h", "/kg/hour", " per kg per hour"),
}
BOUNDS = {
    "": ("",),
    "≤": ("≤", "<=", "up to ", "at most ", "not more than ", "no more than ", "not exceeding ", "tidak lebih dari "),
    "≥": ("≥", ">=", "at least ", "not less than ", "sekurang-kurangnya ", "至少"),
    "<": ("<", "< ", "less than ", "below ", "kurang dari "),
    ">": (">", "more than ", "above ", "lebih dari "),
    "≈": ("about ", "approximately ", "approx. "),
}
OFTEN = {
    ("times", 1, "day"): ("once daily", "OD", "o.d.", "once a day", "one time per day", "sekali sehari", "每日一次"),
    ("times", 2, "day"): ("twice daily", "BD", "bd", "b.d.", "BID", "b.i.d.", "two times a day", "2 times daily", "2x/day",
                          "2 kali sehari", "dua kali sehari", "twice per day", "每日两次", "每天2次"),
    ("times", 3, "day"): ("TDS", "tds", "TID", "t.i.d.", "three times a day", "3 times daily", "thrice daily", "3x sehari"),
    ("times", 4, "day"): ("QID", "q.i.d.", "QDS", "four times daily", "4 times a day", "empat kali sehari"),
    ("every", 8, "hour"): ("every 8 hours", "q8h", "Q8 hr", "8-hourly", "8 hourly", "every eight hours", "setiap 8 jam", "每8小时"),
    ("every", 1, "day"): ("daily", "every day", "each day", "setiap hari", "每天"),
    ("every", 2, "day"): ("every other day", "on alternate days", "every 2 days"),
    ("every", 1, "week"): ("weekly", "every week", "setiap minggu"),
    ("times", 1, "week"): ("once weekly", "once a week", "1 time per week"),
}  # fmt: skip


def the_one(text: str) -> Quantity:
    (quantity,) = quantities(text)
    return quantity


amounts = st.decimals(min_value="0.01", max_value="9999", places=2).map(lambda value: value.normalize())


@st.composite
def measured(draw: st.DrawFn) -> tuple[str, str, tuple[str, ...], str]:
    """Digits, unit, denominators and comparator, by name."""
    digits = f"{draw(amounts):f}"
    if "." in digits and len(digits.split(".")[1]) == 3:
        digits += "1"
    return (
        digits,
        draw(st.sampled_from(sorted(UNITS))),
        draw(st.sampled_from(sorted(PER))),
        draw(st.sampled_from(sorted(BOUNDS))),
    )


def spelled(meaning: tuple[str, str, tuple[str, ...], str], draw) -> str:
    digits, unit, per, bound = meaning
    space = draw(st.sampled_from(["", " ", "\u00a0"]))
    if unit in ("IU", "unit", "tablet"):
        space = space or " "
    return (
        draw(st.sampled_from(BOUNDS[bound]))
        + digits
        + space
        + draw(st.sampled_from(UNITS[unit]))
        + draw(st.sampled_from(PER[per]))
    )


@settings(deadline=None)
@given(measured(), st.data())
def test_another_spelling_is_the_same_quantity(meaning, data) -> None:
    one, other = (the_one(spelled(meaning, data.draw)) for _ in range(2))
    assert one.same_as(other)
    assert (one.unit, one.per, one.comparator) == meaning[1:]
    assert one.low == Decimal(meaning[0])


@settings(deadline=None)
@given(measured(), measured(), st.data())
def test_another_meaning_is_another_quantity(one, other, data) -> None:
    same = Decimal(one[0]) == Decimal(other[0]) and one[1:] == other[1:]
    assert the_one(spelled(one, data.draw)).same_as(the_one(spelled(other, data.draw))) == same


@settings(deadline=None)
@given(measured(), st.data())
def test_any_changed_part_breaks_equality(meaning, data) -> None:
    part = data.draw(st.integers(0, 4))
    digits, unit, per, bound = meaning
    if part == 0:
        places = [i for i, c in enumerate(digits) if c.isdigit()]
        at = data.draw(st.sampled_from(places))
        new = data.draw(st.sampled_from([c for c in "0123456789" if c != digits[at]]))
        changed = (digits[:at] + new + digits[at + 1 :], unit, per, bound)
        if digits[at] == new or Decimal(changed[0]) == Decimal(digits):
            return
    elif part == 1:
        changed = (digits, data.draw(st.sampled_from([u for u in UNITS if u != unit])), per, bound)
    elif part == 2:
        changed = (digits, unit, data.draw(st.sampled_from([p for p in PER if p != per])), bound)
    elif part == 3:
        changed = (digits, unit, per, data.draw(st.sampled_from([b for b in BOUNDS if b != bound])))
    else:
        changed = (f"{Decimal(digits) * 10:f}", unit, per, bound)
    assert not the_one(spelled(meaning, data.draw)).same_as(the_one(spelled(changed, data.draw)))


@settings(deadline=None)
@given(st.sampled_from(sorted(OFTEN)), st.sampled_from(sorted(OFTEN)), st.data())
def test_how_often_is_one_thing_in_every_spelling(one, other, data) -> None:
    said, heard = (the_one(data.draw(st.sampled_from(OFTEN[key]))) for key in (one, other))
    assert said.kind == "frequency"
    assert said.same_as(heard) == (one == other)


pieces = st.sampled_from(
    "5 mg/kg ½ 1/2 1,000 10^9 ×10⁹/L ≥ at least to - – ± : / per day BD q8h every 8 hours [12] Level II-2 Table 4 每日 两 次 毫克 "
    "not more than % . , ( ) | 1.500 -3 aged years or older twice 120/80 once a international".split(" ")
)


@settings(deadline=None)
@given(
    st.one_of(
        st.text(max_size=200), st.lists(pieces, max_size=30).map(" ".join), st.lists(pieces, max_size=30).map("".join)
    )
)
def test_any_text_is_read_and_spans_are_right(text) -> None:
    found = quantities(text)
    at = 0
    for quantity in found:
        assert at <= quantity.start < quantity.end <= len(text)
        assert text[quantity.start : quantity.end] == quantity.printed
        at = quantity.end
        hash(quantity.meaning)


@settings(deadline=None)
@given(measured(), st.data())
def test_what_stands_around_a_quantity_does_not_change_it(meaning, data) -> None:
    bare = spelled(meaning, data.draw)
    inside = quantities(f"Lanternol {bare} is given by mouth | seldom")
    assert len(inside) == 1
    assert inside[0].same_as(the_one(bare))


@pytest.mark.parametrize(
    ("text", "form", "low", "high", "unit", "per", "comparator"),
    [
        ("5-10 mg", "range", "5", "10", "mg", (), ""),
        ("5 mg to 10 mg", "range", "5", "10", "mg", (), ""),
        ("between 5 and 10 mg", "range", "5", "10", "mg", (), ""),
        ("5 hingga 10 mg/kg/hari", "range", "5", "10", "mg", ("kg", "day"), ""),
        ("3~5天", "range", "3", "5", "day", (), ""),
        ("120/80 mmHg", "pair", "120", "80", "mmHg", (), ""),
        ("≥140/90 mmHg", "pair", "140", "90", "mmHg", (), "≥"),
        ("1:1000", "ratio", "1", "1000", "", (), ""),
        ("3.2 ± 0.5", "spread", "3.2", "0.5", "", (), ""),
        ("2,5 mg", "value", "2.5", None, "mg", (), ""),
        ("0,125 mg", "value", "0.125", None, "mg", (), ""),
        ("1,000 mL", "value", "1000", None, "mL", (), ""),
        ("1 000 mL", "value", "1000", None, "mL", (), ""),
        ("12.000.000", "value", "12000000", None, "", (), ""),
        ("1/2 tablet", "value", "0.5", None, "tablet", (), ""),
        ("1½ tablets", "value", "1.5", None, "tablet", (), ""),
        ("1 1/2 tablets", "value", "1.5", None, "tablet", (), ""),
        ("two tablets", "value", "2", None, "tablet", (), ""),
        ("两片", "value", "2", None, "tablet", (), ""),
        ("4.5 × 10⁹/L", "value", "4500000000", None, "", ("L",), ""),
        ("4.5 x 10^9/L", "value", "4500000000", None, "", ("L",), ""),
        ("−4.6 mmol/L", "value", "-4.6", None, "mmol", ("L",), ""),
        ("60 mL/min/1.73 m2", "value", "60", None, "mL", ("minute", "1.73 m²"), ""),
        ("23.5 kg/m²", "value", "23.5", None, "kg", ("m²",), ""),
        ("250mg/5mL", "value", "250", None, "mg", ("5 mL",), ""),
        ("5 per 1,000", "value", "5", None, "", ("1000",), ""),
        ("10 mg kg-1 day-1", "value", "10", None, "mg", ("kg", "day"), ""),
        ("2.4 million units", "value", "2.4", None, "million unit", (), ""),
        ("7.5 per cent", "value", "7.5", None, "%", (), ""),
        ("under 2 years", "value", "2", None, "year", (), "<"),
        ("5 years or older", "value", "5", None, "year", (), "≥"),
        ("10 mg or less", "value", "10", None, "mg", (), "≤"),
        ("maximum 4 g", "value", "4", None, "g", (), "maximum"),
        ("min. 3 days", "value", "3", None, "day", (), "minimum"),
        ("P < .001", "value", "0.001", None, "", (), "<"),
        (".5 mg", "value", "0.5", None, "mg", (), ""),
        ("p<0.001", "value", "0.001", None, "", (), "<"),
        ("BMI≥35 kg/m2", "value", "35", None, "kg", ("m²",), "≥"),
        ("不超过5毫克/公斤", "value", "5", None, "mg", ("kg",), "≤"),
    ],
)  # fmt: skip
def test_a_quantity_is_read(text, form, low, high, unit, per, comparator) -> None:
    quantity = the_one(text)
    assert (quantity.form, quantity.low, quantity.unit, quantity.per, quantity.comparator) == (
        form, Decimal(low), unit, per, comparator,
    )  # fmt: skip
    assert quantity.high == (None if high is None else Decimal(high))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Level II-2", "reference"), ("Grade 2C", "reference"), ("Table 4", "reference"), ("[12]", "reference"),
        ("[3,5-7]", "reference"), ("Section 3.2.1", "reference"), ("2021-05-03", "date"), ("2021", "date"),
        ("7 days", "duration"), ("6-12 months of age", "age"), ("a 75-year-old", "age"), ("5岁", "age"), ("30%", "percent"),
        ("1:10", "ratio"), ("5 mg", "amount"), ("17", "number"), ("q6h", "frequency"),
    ],
)  # fmt: skip
def test_a_quantity_has_a_kind(text, kind) -> None:
    assert the_one(text).kind == kind


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1 g", "1000 mg"), ("5 IU", "5 units"), ("24 hours", "1 day"), ("10 mg/kg daily", "10 mg/kg/day"), ("daily", "once daily"),
        ("1.500 kcal", "1.5 kcal"), ("1.500 kcal", "1,500 kcal"), ("5 mg", "5 Mg"), ("1:10", "10:1"), ("120/80", "80/120"),
        ("5-10 mg", "10 mg"), ("5-10 mg", "5, 10 mg"), ("-4.6", "4.6"), ("4 g/24 h", "4 g/day"), ("2 million units", "2 units"),
        ("Grade 2C", "Grade 2B"), ("Level II-2", "Level II-3"), ("[12]", "[13]"), ("10^9", "10^8"), ("5 per 100", "5 per 1000"),
        ("once weekly", "once daily"), ("every 8 hours", "8 hours"), ("2x/hr", "2x/day"),
    ],
)  # fmt: skip
def test_what_differs_is_not_the_same(one, other) -> None:
    assert [quantity.meaning for quantity in quantities(one)] != [quantity.meaning for quantity in quantities(other)]


@pytest.mark.parametrize("text", ["HbA1c", "COVID-19", "CD4", "B12", "once stable", "no one", "Od", "", "毫克", "x"])
def test_what_is_no_quantity_is_left(text) -> None:
    assert quantities(text) == ()


@pytest.mark.parametrize("text", ["infuse over 30 minutes", "over 72 hours"])
def test_over_a_time_is_no_bound(text) -> None:
    assert the_one(text).comparator == ""


def test_a_level_that_is_measured_is_no_reference() -> None:
    assert the_one("a level 126 mg/dL").unit == "mg"


def test_every_unit_goes_by_a_name_of_its_own() -> None:
    assert {unit_named(name) for name in set(NAMES.values()) if name.isascii()} <= set(NAMES.values())
    assert unit_named("Mg") == ""


@pytest.mark.parametrize(
    "text",
    [
        "Give 5 mg/kg/day in 3 doses for at least 7 days; not more than 4 g. ",
        "9",
        "1,",
        "- ",
        "[1,",
        "1/",
        "not more than ",
        "每",
        "½",
        " ",
    ],
)
def test_time_is_linear_in_the_length(text) -> None:
    def spent(length: int) -> float:
        long = (text * length)[:length]
        started = time.process_time()
        quantities(long)
        return time.process_time() - started

    spent(2_000)
    assert min(spent(20_000) for _ in range(3)) < 0.2 if text.startswith("Give") else spent(20_000) < 2
