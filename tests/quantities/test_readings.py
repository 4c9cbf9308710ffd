"""A reading in a question finds the row that is printed for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.quantities.readings import fit, readings


@pytest.mark.parametrize(
    ("question", "label", "value"),
    [
        ("Zelmorin interval if the eGFR is 22?", "egfr", "22"),
        ("eGFR 22, zelmorin dose?", "egfr", "22"),
        ("PHQ-9 is 19", "phq-9", "19"),
        ("IIEF-5 total is 6", "iief-5", "6"),
        ("HbA1c 9% on tablets", "hba1c", "9%"),
        ("CrCl of 25 ml/min", "crcl", "25 ml/min"),
        ("kalium ialah 3 mmol/L", "kalium", "3 mmol/L"),
    ],
)
def test_a_reading_has_a_label_and_a_value(question, label, value):
    assert [(one.label, one.measure.printed) for one in readings(question)] == [(label, value)]


@pytest.mark.parametrize("question", ["", "What is the dose?", "eGFR below 30?", "eGFR 15 to 29?", "Give 5 mg"])
def test_limits_ranges_and_questions_without_values_are_no_readings(question):
    assert all(one.label not in ("egfr", "") for one in readings(question))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("eGFR 15 to 29 | 5 mg/kg every 12 hours", 1),
        ("eGFR <15 or dialysis | 3 mg/kg/day", -1),
        ("eGFR 30 to 59 | 9 mg/kg/day", -1),
        ("eGFR ≥15 ml/min | 9 mg/kg/day", 1),
        ("eGFR less than 30 ml/min/1.73 m² | 2.5 mg", 1),
        ("CrCl 15 to 29 | 5 mg/kg", 0),
        ("Adult | 12 mg/kg/day", 0),
        ("The eGFR is measured monthly.", 0),
        ("", 0),
    ],
)
def test_a_line_fits_the_range_that_holds_the_reading(line, expected):
    assert fit(readings("Zelmorin interval if the eGFR is 22?"), line) == expected


def test_at_the_end_of_a_range():
    asked = readings("eGFR is 30")
    assert fit(asked, "eGFR <30 | 1 mg") == -1
    assert fit(asked, "eGFR ≤30 | 1 mg") == 1
    assert fit(asked, "eGFR 30 to 59 | 1 mg") == 1


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_two_texts_are_compared(question, line):
    assert fit(readings(question), line) in (-1, 0, 1)
