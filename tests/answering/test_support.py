"""What a statement may say: nothing that its lines do not carry, and everything that they do in other words.

All medicines here are invented.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpgassist.answering.support import Problem, unsupported

ADULT = "Give lanternol 200 mg orally twice daily for 14 days to adults with confirmed harbour fever."
CHILD = "In children under 12 years, lanternol 5 mg/kg/dose every 12 hours (maximum 200 mg per dose) should be given for 10 days."
NEVER = "Mossivane is contraindicated in pregnancy and should not be used with cardemol."
SWITCH = "If there is no response within 48 hours, stop lanternol and start mossivane 1 g IV every 8 hours."
SHOCK = "Do not give steroids unless the patient is in shock."
DRIP = "Infuse mossivane at 2 mL/kg/hour over 30 minutes before surgery, and lanternol at 4 mL/kg/hour after surgery."
CHECK = "Sodium should be checked every 6 hours; potassium should be checked once daily (target 3.5-5.0 mmol/L)."
HEADER = "Medicine | Adult dose | Child dose | Duration"
ROWS = ("Lanternol | 200 mg | 5 mg/kg | 14 days", "Mossivane | 1 g | 20 mg/kg | 7 days")
LINES = (ADULT, CHILD, NEVER, SWITCH, SHOCK, DRIP, CHECK, *ROWS)
MELAYU = "Kanak-kanak berumur 2 hingga 5 tahun diberi sirap rimbazol 5 mg/kg dua kali sehari selama 3 hari; jangan diberi salwatin."
CHINESE = "成人口服灯塔素200毫克，每日两次，连续14天；孕妇禁用。"


def kinds(statement: str, lines, context=()) -> set[str]:
    return {problem.kind for problem in unsupported(statement, lines, context)}


@pytest.mark.parametrize("line", [*LINES, MELAYU, CHINESE, HEADER])
def test_a_line_carries_itself(line) -> None:
    assert unsupported(line, [line]) == ()
    assert unsupported(line, [*LINES[:2], line, *LINES[3:5]], [HEADER]) == ()


@pytest.mark.parametrize(
    ("statement", "lines"),
    [
        ("The recommended dose of lanternol for adults with confirmed harbour fever is 200 mg by mouth BD for 14 days.", [ADULT]),
        ("Adults: lanternol 200 mg PO twice a day for 14 days.", [ADULT, CHILD]),
        ("For confirmed harbour fever in adults, give lanternol 200 milligrams orally two times a day for 14 days.", [ADULT]),
        ("Lanternol is given to children under 12 years at 5 mg per kg per dose q12h, up to 200 mg/dose, for 10 days.", [ADULT, CHILD]),
        ("Children <12 years should receive lanternol 5 mg/kg/dose 12-hourly for 10 days.", [CHILD]),
        ("Mossivane must not be used with cardemol.", [NEVER]),
        ("Do not use mossivane with cardemol.", [NEVER]),
        ("Mossivane is contraindicated in pregnancy.", [NEVER]),
        ("Avoid mossivane in pregnancy.", [NEVER]),
        ("Start mossivane 1 g intravenously 8-hourly and stop lanternol if there is no response within 48 hours.", [SWITCH]),
        ("Steroids should not be given unless the patient is in shock.", [SHOCK]),
        ("Lanternol at 4 mL/kg/hour after surgery; mossivane at 2 ml/kg/h over 30 minutes before surgery.", [DRIP]),
        ("Potassium should be checked OD (target 3.5 to 5.0 mmol/L).", [CHECK]),
        ("Potassium should be checked daily; sodium should be checked q6h.", [CHECK]),
        ("Kanak-kanak berumur 2-5 tahun diberi sirap rimbazol 5 mg/kg 2 kali sehari.", [MELAYU]),
        ("成人口服灯塔素200 mg，每天2次。", [CHINESE]),
    ],
)  # fmt: skip
def test_the_same_in_other_words_is_carried(statement, lines) -> None:
    assert unsupported(statement, lines) == ()


@pytest.mark.parametrize(
    ("statement", "lines", "kind"),
    [
        ("Adults: lanternol 2000 mg twice daily for 14 days.", [ADULT], "number"),
        ("Adults: lanternol 250 mg twice daily for 14 days.", [ADULT], "number"),
        ("Adults: lanternol 200 mcg twice daily for 14 days.", [ADULT], "unit"),
        ("Adults: lanternol 200 mg twice daily for 14 weeks.", [ADULT], "unit"),
        ("Adults: lanternol 200 mg three times daily for 14 days.", [ADULT], "frequency"),
        ("Adults: lanternol 200 mg twice weekly for 14 days.", [ADULT], "frequency"),
        ("Adults: lanternol 200 mg IV twice daily for 14 days.", [ADULT], "route"),
        ("Children with confirmed harbour fever: lanternol 200 mg twice daily.", [ADULT], "population"),
        ("Adults: zelmol 200 mg twice daily.", [ADULT], "drug"),
        ("Children under 12 years: lanternol 5 mg/kg/day every 12 hours.", [CHILD], "unit"),
        ("Children under 12 years: lanternol 5 mg/kg every 12 hours.", [CHILD], "unit"),
        ("Children over 12 years: lanternol 5 mg/kg/dose every 12 hours.", [CHILD], "comparator"),
        ("Children under 12 years: lanternol 5 mg/kg/dose, at least 200 mg per dose.", [CHILD], "comparator"),
        ("Children under 12 years: lanternol 5 mg/kg/dose, 200 mg per dose.", [CHILD], "comparator"),
        ("Mossivane should be used with cardemol.", [NEVER], "negation"),
        ("Mossivane is indicated in pregnancy.", [NEVER], "negation"),
        ("Give steroids unless the patient is in shock.", [SHOCK], "negation"),
        ("Do not give steroids if the patient is in shock.", [SHOCK], "negation"),
        ("If there is a response within 48 hours, stop lanternol.", [SWITCH], "negation"),
        ("Do not give lanternol to adults with confirmed harbour fever.", [ADULT], "negation"),
        ("If there is no response within 48 hours, stop mossivane and start lanternol.", [SWITCH], "exchange"),
        ("Infuse mossivane at 4 mL/kg/hour before surgery, and lanternol at 2 mL/kg/hour after surgery.", [DRIP], "exchange"),
        ("Infuse mossivane at 2 mL/kg/hour after surgery, and lanternol at 4 mL/kg/hour before surgery.", [DRIP], "exchange"),
        ("Sodium should be checked once daily; potassium should be checked every 6 hours.", [CHECK], "exchange"),
        ("Lanternol is given for 10 days to adults with confirmed harbour fever.", [ADULT, CHILD], "exchange"),
        ("Give mossivane 200 mg orally twice daily for 14 days to adults.", [ADULT, SWITCH], "exchange"),
        ("Kanak-kanak diberi sirap rimbazol 5 mg/kg tiga kali sehari.", [MELAYU], "frequency"),
        ("Kanak-kanak diberi salwatin.", [MELAYU], "negation"),
        ("成人口服灯塔素200克，每日两次。", [CHINESE], "unit"),
    ],
)  # fmt: skip
def test_what_the_lines_do_not_say_is_told(statement, lines, kind) -> None:
    assert kind in kinds(statement, lines)


@pytest.mark.parametrize(
    "statement",
    [
        "The adult dose of lanternol is 200 mg for 14 days.",
        "Lanternol: adult dose 200 mg, child dose 5 mg/kg, duration 14 days.",
        "Lanternol 200 mg for adults, 5 mg/kg for a child.",
        "Child dose of mossivane: 20 mg/kg.",
        "Mossivane 1 g for 7 days.",
    ],
)
def test_a_row_carries_its_values_under_their_headers(statement) -> None:
    assert unsupported(statement, ROWS, [HEADER]) == ()


@pytest.mark.parametrize(
    "statement",
    [
        "The adult dose of lanternol is 5 mg/kg.",
        "The child dose of lanternol is 200 mg.",
        "The adult dose of lanternol is 1 g.",
        "Mossivane 1 g for 14 days.",
        "Lanternol 200 mg for 7 days.",
        "Lanternol | 200 mg | 5 mg/kg | 7 days",
        "Lanternol | 5 mg/kg | 200 mg | 14 days",
    ],
)
def test_a_value_of_another_row_or_column_is_exchanged(statement) -> None:
    assert kinds(statement, ROWS, [HEADER]) == {"exchange"}


def test_a_cell_has_the_unit_of_its_header() -> None:
    header, rows = "Medicine | Dose (mg/kg/day) | Maximum (g) | Duration (days) | Day", ["Lanternol | 5 | 4 | 14 | 3"]
    assert unsupported("Lanternol 5 mg/kg/day for 14 days.", rows, [header]) == ()
    assert kinds("Lanternol 5 mg/kg.", rows, [header]) == {"unit"}
    assert kinds("Lanternol 14 mg/kg/day.", rows, [header]) == {"unit"}
    assert kinds("Lanternol for 3 days.", rows, [header]) == {"unit"}


STOP = (
    "Do not give lanternol if any of the following is present:",
    "first trimester of pregnancy",
    "potassium ≥6.0 mmol/L",
)
AVOID = "Medicine | Dose | Do not give if"
ASTHMA = ["Lanternol | 200 mg | asthma; pulse <55 per minute", "Mossivane | 1 g | pregnancy"]


def test_a_lead_in_denies_the_items_under_it() -> None:
    assert unsupported("Lanternol should not be given in the first trimester of pregnancy.", STOP) == ()
    assert unsupported("Lanternol is contraindicated if potassium is ≥6.0 mmol/L.", STOP) == ()
    assert kinds("Lanternol should be given in the first trimester of pregnancy.", STOP) == {"negation"}


def test_a_header_denies_its_column() -> None:
    assert unsupported("Do not give lanternol in asthma.", ASTHMA, [AVOID]) == ()
    assert kinds("Give lanternol in asthma.", ASTHMA, [AVOID]) == {"negation"}
    assert unsupported("Lanternol 200 mg.", ASTHMA, [AVOID]) == ()


def test_the_outcome_of_another_case_is_caught() -> None:
    line = "At a clearance of 30 to 59 mL/min the dose is reduced by a quarter, and at 15 to 29 mL/min by half."
    assert unsupported("At a clearance of 30 to 59 mL/min the dose is reduced by a quarter.", [line]) == ()
    assert kinds("At a clearance of 30 to 59 mL/min the dose is reduced by half.", [line]) == {"exchange"}


def test_a_name_of_another_sentence_is_caught() -> None:
    lines = ["Zelmorin stains the urine green. Pelgrain stains lenses for good.", "Tarvexol is under study."]
    assert unsupported("Pelgrain stains lenses for good.", lines) == ()
    assert unsupported("Zelmorin stains lenses for good.", lines)
    assert unsupported("Tarvexol stains the urine green.", lines)


def test_men_are_not_women() -> None:
    line = "It was seen in 3% of men and in 5% of women."
    assert unsupported("It was seen in 5% of women.", [line]) == ()
    assert kinds("It was seen in 5% of men.", [line]) == {"exchange"}
    assert kinds("It was seen in 3% of women and in 5% of women.", [line]) == {"exchange"}


def test_a_heading_carries_words_and_ages_but_no_dose() -> None:
    line = "Lanternol 200 mg twice daily"
    assert (
        unsupported(
            "In pregnant women aged 18 years, lanternol 200 mg twice daily.", [line], ["Pregnant women aged 18 years"]
        )
        == ()
    )
    assert kinds("Lanternol 300 mg.", [line], ["Lanternol 300 mg"]) == {"number"}


def test_once_daily_carries_daily_and_not_the_other_way_round() -> None:
    assert unsupported("Lanternol 10 mg daily.", ["Lanternol 10 mg once daily."]) == ()
    assert unsupported("Lanternol 10 mg daily.", ["Lanternol 10 mg/day."]) == ()
    assert unsupported("Lanternol 10 mg/day.", ["Lanternol 10 mg daily."]) == ()
    assert kinds("Lanternol 10 mg/day.", ["Lanternol 10 mg once daily."]) == {"unit"}
    assert kinds("Lanternol 10 mg once daily.", ["Lanternol 10 mg daily."]) == {"frequency"}
    assert "unit" in kinds("Lanternol 10 mg.", ["Lanternol 10 mg/day."])


def test_a_denominator_is_not_left_off() -> None:
    assert kinds("Ward 3 had 12 falls.", ["Ward 3 had 12 falls per year."]) == {"unit"}


def test_what_must_be_is_not_told_as_what_may_be() -> None:
    assert kinds("Lanternol should be given.", ["Lanternol may be given."]) == {"words"}
    assert kinds("Lanternol may be given.", ["Lanternol should be given."]) == {"words"}
    assert unsupported("Lanternol is recommended.", ["Lanternol should be given."]) == ()


def test_what_is_only_described_is_not_told_as_advice() -> None:
    assert kinds("Lanternol is recommended.", ["Lanternol stains lenses."]) == {"words"}
    assert unsupported("Lanternol is recommended.", ["Give lanternol early."]) == ()


def test_a_heading_alone_carries_no_statement() -> None:
    assert kinds("Lanternol in asthma.", ["Mossivane stains lenses."], ["Lanternol in asthma"]) == {"words"}


def test_a_denied_clause_may_be_left_out_whole() -> None:
    line = "Give lanternol for 5 days, but not in pregnancy."
    assert unsupported("Give lanternol for 5 days.", [line]) == ()
    assert kinds("Give lanternol for 5 days in pregnancy.", [line]) == {"negation"}


def test_the_number_of_an_item_belongs_to_it() -> None:
    assert unsupported("3. Wash hands.", ["3. Wash hands.", "4. Wear gloves."]) == ()
    assert kinds("4. Wash hands.", ["3. Wash hands.", "4. Wear gloves."]) == {"exchange"}


def test_a_no_that_denies_nothing_is_no_denial() -> None:
    assert unsupported("Report 36 was issued.", ["Report No. 36 was issued."]) == ()
    assert unsupported("Nitric oxide donors are given.", ["Nitric oxide (NO) donors are given."]) == ()


def test_problems_can_be_read_by_a_doctor() -> None:
    (problem,) = unsupported("Lanternol 10 mg/kg.", ["Lanternol 1 mg/kg."])
    assert (problem.kind, problem.said, problem.found) == ("number", "10 mg/kg", "1 mg/kg")
    assert problem.told == "says 10 mg/kg; the cited line has 1 mg/kg"
    assert Problem("drug", "zelmol").told == "says zelmol; the cited lines do not have it"
    assert Problem("exchange", "10 mg", "5 mg").told == 'puts "10 mg" where the cited line has "5 mg"'
    assert Problem("negation", "", "not give").told == 'leaves out "not give" of the cited line'
    for kind, said, found in (("number", "10 mg/kg", "1 mg/kg"), ("drug", "zelmol", ""), ("exchange", "10 mg", "5 mg")):
        withheld = Problem(kind, said, found).withheld
        assert said not in withheld and found in withheld
    assert Problem("negation", "not give").withheld == "denies what the cited line does not deny"
    assert Problem("negation", "not give").told == 'says "not give", which the cited line does not deny'


def test_nothing_is_carried_by_nothing() -> None:
    assert unsupported("Give lanternol 5 mg.", []) != ()
    assert unsupported("", [ADULT]) == ()


names = st.sampled_from(["lanternol", "mossivane", "cardemol", "zelmorin", "pelgrain", "tarvexol"])
doses = st.integers(1, 999)
units = st.sampled_from(["mg", "mcg", "g", "mL", "units", "mg/kg", "mg/kg/day"])
often = st.sampled_from(["once daily", "twice daily", "every 8 hours", "weekly"])


@st.composite
def prescriptions(draw) -> list[tuple[str, int, str, str]]:
    """Two prescriptions that differ in name and number."""
    one, other = draw(
        st.lists(
            st.tuples(names, doses, units, often), min_size=2, max_size=2, unique_by=(lambda p: p[0], lambda p: p[1])
        )
    )
    return [one, other]


def told(parts) -> str:
    return " and ".join(f"{name} {dose} {unit} {how}" for name, dose, unit, how in parts)


@settings(deadline=None)
@given(prescriptions())
def test_either_prescription_is_carried_in_any_order(parts) -> None:
    line = f"Give {told(parts)} to adults."
    assert unsupported(f"Give {told(parts[::-1])} to adults.", [line]) == ()
    assert unsupported(f"Give {told(parts[:1])}.", [line]) == ()


@settings(deadline=None)
@given(prescriptions())
def test_exchanged_doses_and_names_are_caught(parts) -> None:
    line = f"Give {told(parts)} to adults."
    (a, m, u, x), (b, n, v, y) = parts
    assert unsupported(f"Give {told([(a, n, v, x), (b, m, u, y)])} to adults.", [line])
    assert unsupported(f"Give {told([(b, m, u, x), (a, n, v, y)])} to adults.", [line])
    assert unsupported(f"Give {told([(b, m, u, x), (b, n, v, y)])} to adults.", [line])


@settings(deadline=None)
@given(prescriptions(), st.data())
def test_any_changed_number_or_unit_is_caught(parts, data) -> None:
    line = f"Give {told(parts)} to adults."
    (a, m, u, x), other = parts
    changed = data.draw(doses.filter(lambda dose: dose != m))
    assert unsupported(f"Give {told([(a, changed, u, x), other])} to adults.", [line])
    measure = data.draw(units.filter(lambda unit: unit != u))
    assert unsupported(f"Give {told([(a, m, measure, x), other])} to adults.", [line])
    assert unsupported(f"Give {told([(a, m * 10, u, x), other])} to adults.", [line])


@settings(deadline=None)
@given(st.text(max_size=120), st.lists(st.text(max_size=120), max_size=4), st.lists(st.text(max_size=60), max_size=2))
def test_any_text_can_be_checked(statement, lines, context) -> None:
    for problem in unsupported(statement, lines, context):
        assert problem.told


@settings(deadline=None)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=5), st.data())
def test_a_piece_of_a_line_is_read_alone(lines, data) -> None:
    sentence = data.draw(st.sampled_from(lines))
    pieces = re.split(r"(?<=;) ", sentence)
    assert unsupported(data.draw(st.sampled_from(pieces)), lines) == ()


def test_what_is_no_short_statement_is_withheld() -> None:
    long = "Give lanternol 5 mg and mossivane 7 mg. " * 80
    assert unsupported(long, [long]) == ()
    assert kinds(f"{long} Give mossivane.", [long]) == {"words"}


def test_checking_takes_two_milliseconds() -> None:
    statement = (
        "In children under 12 years, lanternol 5 mg/kg/dose q12h (not more than 200 mg/dose) is given for 10 days."
    )
    lines = [f"{line} {number}" for number, line in enumerate(LINES[:5])]
    best = 1.0
    for number in range(20):
        fresh = [f"{line}{number}" for line in lines]
        started = time.process_time()
        unsupported(statement, fresh, [HEADER])
        best = min(best, time.process_time() - started)
    assert best < 0.004  # two milliseconds on an idle core, twice that on a busy one


def test_the_example_of_the_docs_runs(capsys):
    text = (Path(__file__).parents[2] / "docs" / "answers.md").read_text(encoding="utf-8")
    exec(re.search(r"```python\n(.+?)```", text, re.S)[1], {})
    assert capsys.readouterr().out == "says 120 mg/kg/day; the cited line has 12 mg/kg/day\n"
