"""What a model writes is shown only where the quoted lines carry it."""

import pytest

from cpgassist.answering.summary import FAILED, bottom_lines, counted_numbers
from cpgassist.types import Statement, Written

DOSE = Statement("The dose for adults is 12 mg/kg/day in two divided doses for seven days.", (1,), grade="Grade A")
NOT = Statement("Zelmorin should not be given in the first trimester.", (2,))
ITEM = Statement("treatment with sorbrane in the last week", (3, 4), lead=("Do not give zelmorin if any is present:",))
ROW = Statement("Zelmorin | 5 mg/kg | 7", (5, 6), kind="table", lead=("Medicine | Dose | Days",))
CHART = Statement("See the algorithm on page 7: Give 9 mg.", (7,), kind="flowchart")
SHOWN = (DOSE, NOT, ITEM, ROW, CHART)


def bottom_line(*given):
    """What stands once all is written."""
    *_, last = bottom_lines(*given)
    return last


class Writes:
    """A model that writes these sentences."""

    def __init__(self, *sentences):
        self.sentences = sentences
        self.seen = None

    def summarise(self, question, lines):
        self.seen = list(lines)
        return [Written(text, tuple(lines)) for text, *lines in self.sentences]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Adults: 12 mg/kg/day in two divided doses for seven days.", [1]),
        ("Zelmorin should not be given in the first trimester.", [2]),
        ("Do not give zelmorin if treatment with sorbrane in the last week is present.", [3]),
        ("Zelmorin: Dose 5 mg/kg; Days 7", [4]),
    ],
)
def test_what_the_cited_lines_carry_is_shown_with_their_citations(text, lines):
    head = bottom_line("How much?", SHOWN, Writes((text, *lines)))
    assert (head.line.text, head.withheld, head.remarks) == (text, 0, ())
    assert head.line.citations == SHOWN[lines[0] - 1].citations
    assert head.line.kind == "summary" and head.line.grade is None


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Adults: 120 mg/kg/day in two divided doses for seven days.", [1]),
        ("Adults: 12 mg/kg/dose in two divided doses for seven days.", [1]),
        ("Children: 12 mg/kg/day in two divided doses for seven days.", [1]),
        ("Zelmorin should be given in the first trimester.", [2]),
        ("Give zelmorin if treatment with sorbrane in the last week is present.", [3]),
        ("Zelmorin: Dose 7; Days 5 mg/kg", [4]),
        ("Give 9 mg.", [5]),
        ("Adults: 12 mg/kg/day in two divided doses for seven days.", [2]),
        ("Adults: 12 mg/kg/day in two divided doses for seven days.", []),
        ("Adults: 12 mg/kg/day in two divided doses for seven days.", [0, 99, -1]),
        ("   ", [1]),
    ],
)
def test_what_they_do_not_carry_is_withheld_and_the_quoted_line_stands(text, lines):
    head = bottom_line("How much?", SHOWN, Writes((text, *lines)))
    assert head.line == DOSE and head.withheld == 1
    assert head.remarks[0].startswith("A sentence of the language model is withheld: it ")


def test_the_supported_sentences_of_several_are_kept():
    good, bad = "The dose for adults is 12 mg/kg/day.", "The dose for adults is 1.2 mg/kg/day."
    head = bottom_line("?", SHOWN, Writes((good, 1), (bad, 1)))
    assert (head.line.text, head.withheld) == (good, 1)
    assert "1.2 mg/kg/day" not in head.remarks[0] and '"12 mg/kg/day"' in head.remarks[0]


def test_a_long_summary_is_cut():
    good = "The dose for adults is 12 mg/kg/day."
    assert bottom_line("?", SHOWN, Writes(*[(good, 1)] * 9)).line.text.count(good) == 3


def test_the_model_is_shown_the_lines_under_their_leads():
    model = Writes()
    bottom_line("?", SHOWN, model)
    assert model.seen[2] == "Do not give zelmorin if any is present: / treatment with sorbrane in the last week"
    assert len(model.seen) == len(SHOWN)


class Breaks:
    def summarise(self, question, lines):
        raise RuntimeError("out of memory")


def test_a_model_that_fails_costs_only_its_summary():
    head = bottom_line("?", SHOWN, Breaks())
    assert (head.line, head.withheld, head.remarks) == (DOSE, 0, (FAILED,))


def test_a_backend_that_does_not_write_gets_the_first_line_that_stands_on_its_own():
    assert bottom_line("?", (CHART, ROW, ITEM, NOT), object()).line == NOT
    assert bottom_line("?", (CHART, ROW), object()).line is None


def test_numbers_are_counted_in_the_quotes_that_carry_them():
    quotes = {1: DOSE.text, 2: NOT.text, 5: "Zelmorin 5 mg/kg 8"}

    class Cited:
        def __init__(self, n):
            self.n, self.quote = n, quotes[n]

    citations = [Cited(n) for n in quotes]
    row = Statement("Zelmorin | 5 mg/kg | 7", (5,))
    total, found = counted_numbers([DOSE], citations)
    assert total == found >= 2
    total, found = counted_numbers([row], citations)
    assert (total, found) == (2, 1)
