"""Letters behind the full stop of statements: grades where a document closes many statements so, else words of the text."""

import pytest

from cpgassist.reading.letters import graded_by_letters
from cpgassist.types import Block, Box, Line, Section

SAID = "Check the harbour lamps of every moored boat again each year"


def line(text, page=1):
    return Line(text, page, Box(50, 50, 400, 62), 11)


def sections(endings, kind="item"):
    half = len(endings) // 2
    blocks = [Block(kind, (line(f"{SAID} {n}"), line(f"of its berth{end}"))) for n, end in enumerate(endings)]
    return (Section(("Lamps",), 1, tuple(blocks[:half])), Section(("Berths",), 2, tuple(blocks[half:])))


def grades(found):
    return [block.grade for section in found for block in section.blocks]


def test_letters_that_close_many_statements_are_their_grades():
    found = graded_by_letters(sections([". A", ". B", ". B", ".", ". E", ".12 A", ". A", ". A/B", ". C", "."]))
    assert grades(found) == ["A", "B", "B", None, "E", "A", "A", "A/B", "C", None]
    kinds = [block.kind for section in found for block in section.blocks]
    assert [kind == "recommendation" for kind in kinds] == [grade is not None for grade in grades(found)]


def test_the_words_stay_as_they_are_printed():
    given = sections([". A", ". B"] * 6)
    found = graded_by_letters(given)
    assert [b.lines for s in found for b in s.blocks] == [b.lines for s in given for b in s.blocks]
    assert [s.path for s in found] == [s.path for s in given]


@pytest.mark.parametrize(
    "endings",
    [
        [". A", ". B", ". B"],  # too few to be a scheme
        [". A"] * 20,  # one letter: the name of something
        [" A", " B", " C"] * 5,  # no full stop before them: "vitamin B"
        [". F", ". G", ". H"] * 5,  # no letters of grades
        [". A.", ". B."] * 6,  # a sentence of one letter
    ],
)
def test_other_letters_are_no_grades(endings):
    given = sections(endings)
    assert graded_by_letters(given) == given


def test_a_grade_printed_otherwise_stays_and_tables_and_drawings_are_left_alone():
    given = sections([". A", ". B"] * 6)
    first = given[0].blocks[0]
    graded = Block("recommendation", first.lines, "Strong recommendation")
    drawn = Block("flowchart", first.lines)
    short = Block("item", (line("Lamps. A"),))
    more = Section(("More",), 3, (graded, drawn, short))
    assert graded_by_letters((*given, more))[-1] == more
