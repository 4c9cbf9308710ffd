"""A table's row may be said aloud with its headers; one cell under another's header may not."""

import pytest

from cpgassist.answering.support import unsupported
from cpgassist.answering.support.rows import tells_row

HEADER = "Medicine | Dose | Days | Remarks"
ROW = "Zelmorin | 5 mg/kg | 7 | With food; not at night"


@pytest.mark.parametrize(
    "said",
    [
        "Zelmorin: Dose 5 mg/kg; Days 7; Remarks With food; not at night",
        "Zelmorin: Remarks With food; not at night; Days 7; Dose 5 mg/kg",
        "zelmorin: dose: 5 mg/kg.",
        "Zelmorin, Days 7",
    ],
)
def test_a_row_said_with_its_headers_is_carried(said):
    assert tells_row(said, [ROW], [HEADER])
    assert unsupported(said, [ROW], [HEADER]) == ()


@pytest.mark.parametrize(
    "said",
    [
        "Zelmorin: Dose 7; Days 5 mg/kg",
        "Zelmorin: Dose 5 mg",
        "Zelmorin: Dose 5 mg/kg/day",
        "Zelmorin: Dose 15 mg/kg",
        "Tarvexol: Dose 5 mg/kg",
        "Zelmorin: Remarks With food; at night",
        "Zelmorin: Dose 5 mg/kg; Dose 5 mg/kg",
        "Zelmorin",
        "Dose 5 mg/kg",
        "",
    ],
)
def test_what_is_not_the_row_is_not_told(said):
    assert not tells_row(said, [ROW], [HEADER])


def test_a_row_with_fewer_cells_than_the_header_is_not_told_by_it():
    assert not tells_row("Zelmorin: Dose 7", ["Zelmorin | 7"], [HEADER])


def test_a_dose_of_another_row_is_not_told():
    assert not tells_row("Zelmorin: Dose 9 mg", [ROW, "Tarvexol | 9 mg | 7 | -"], [HEADER])


PLAIN = "Medicine | Dose | Maximum"


@pytest.mark.parametrize(
    ("said", "row", "header"),
    [
        ("Zelmorin: Dose 7; Days 5 mg/kg", "Zelmorin | 5 mg/kg | 7", "Medicine | Dose | Days"),
        ("The dose of zelmorin is 7 mg", "Zelmorin | 5 mg | 7 mg", PLAIN),
        ("The maximum of zelmorin is 5 mg", "Zelmorin | 5 mg | 7 mg", PLAIN),
        ("Zelmorin: Starting dose 7 mg", "Zelmorin | 5 mg | 7 mg", "Medicine | Starting dose | Maximum"),
    ],
)
def test_a_value_told_under_another_columns_header_is_an_exchange(said, row, header):
    assert unsupported(said, [row], [header])


@pytest.mark.parametrize(
    "said",
    [
        "The dose of zelmorin is 5 mg",
        "Zelmorin | 5 mg | 7 mg",
        "Zelmorin 5 mg",
    ],
)
def test_a_value_told_under_its_own_header_or_none_is_carried(said):
    assert unsupported(said, ["Zelmorin | 5 mg | 7 mg"], [PLAIN]) == ()


@pytest.mark.xfail(strict=True, reason="a bound that only the header prints is withheld: a loss, not a danger")
def test_a_bound_that_the_header_names_is_carried():
    assert unsupported("The dose of zelmorin is 5 mg, the maximum 7 mg", ["Zelmorin | 5 mg | 7 mg"], [PLAIN]) == ()
