"""Where a statement of a recommendation ends, and where its grade may stand."""

import pytest

from cpgassist.reading import recommendations
from cpgassist.reading.recommendations import (
    marks,
)
from tests.reading import pdfs
from tests.reading.graded import grade_of, graded

# ---- statements and the place of their grade


def boxed(*lines: str, heading: str = "", top: float = 180, spaces: dict[int, float] | None = None):
    """A framed box between two paragraphs; `spaces` gives the distance below a line where it is not the usual one."""

    def draw(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        spread = [(spaces or {}).get(i, 15.0) for i in range(len(lines))]
        sheet.box(55, top - 18, 480, sum(spread) + (20 if heading else 0) + 14)
        down = top
        if heading:
            sheet.write(65, down, heading, 11, pdfs.BOLD)
            down += 20
        for line, space in zip(lines, spread, strict=True):
            sheet.write(65, down, line)
            down += space
        sheet.prose(60, 600, 470, pdfs.LOREM)

    return draw


def pairs(blocks):
    """(first words, grade) of what carries a grade or is a recommendation."""
    return [
        (" ".join(" ".join(line.text for line in b.lines).lstrip("• ").split()[:2]), b.grade)
        for b in blocks
        if b.grade or b.kind == "recommendation"
    ]


def test_a_grade_above_the_statement_in_a_box(blocks):
    draw = boxed(
        "Strong recommendation, low certainty of evidence",
        "Barley should be sown before the rain.",
        "Conditional recommendation, very low certainty of evidence",
        "Clover may be sown after the rain.",
        spaces={1: 24},
    )
    found = graded(blocks(draw))
    assert grade_of(found, "Barley") == "Strong recommendation, low certainty of evidence"
    assert grade_of(found, "Clover") == "Conditional recommendation, very low certainty of evidence"


def test_a_grade_in_the_heading_of_a_box(blocks):
    draw = boxed("Barley should be sown before the rain.", heading="Recommendation 1 (Grade B)")
    assert graded(blocks(draw)) == [("Barley should be sown before the rain.", "Grade B")]


def test_one_grade_below_the_last_of_several_bullets_is_its_alone(blocks):
    draw = boxed("• Barley should be sown.", "• Clover should be sown.", "• Hops should be sown.", "(Grade A)")
    assert pairs(blocks(draw)) == [("Barley should", None), ("Clover should", None), ("Hops should", "Grade A")]


def test_a_lead_in_and_its_items_share_the_grade_below_them(blocks):
    draw = boxed("We suggest sowing one of the following:", "• barley in spring", "• clover in summer", "(Grade A)")
    assert pairs(blocks(draw)) == [("We suggest", "Grade A")]


def test_items_with_their_own_levels_leave_the_strength_to_the_lead_in(blocks):
    draw = boxed(
        "We recommend sowing one of the following:",
        "• barley in spring (High quality of evidence)",
        "• clover in summer (Low quality of evidence)",
        "Strong recommendation",
    )
    assert pairs(blocks(draw)) == [
        ("We recommend", "Strong recommendation"),
        ("barley in", "High quality of evidence"),
        ("clover in", "Low quality of evidence"),
    ]


def test_a_note_under_a_graded_statement_has_no_grade(blocks):
    draw = boxed("Barley should be sown. (Grade A)", "NOTE: barley is a grain.", spaces={0: 26})
    assert pairs(blocks(draw))[0] == ("Barley should", "Grade A")
    assert all(grade is None for words, grade in pairs(blocks(draw))[1:])


def test_a_box_without_grade_beside_the_same_words_with_one(blocks):
    def draw(sheet):
        boxed("Barley should be sown before the rain comes.")(sheet)
        sheet.prose(60, 300, 470, "Barley should be sown before the rain came. (Grade A)")

    assert {b.grade for b in blocks(draw) if "rain comes" in b.lines[0].text} == {None}


def test_one_sentence_with_two_grades_stays_two(blocks):
    def draw(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        for down, grade in ((200, "A"), (400, "C")):
            sheet.prose(60, down, 470, f"Barley should be sown before the rain. (Grade {grade})")
            sheet.prose(60, down + 60, 470, pdfs.LOREM)

    assert [grade for _, grade in graded(blocks(draw))] == ["Grade A", "Grade C"]


@pytest.mark.parametrize(
    ("first", "second", "grade"),
    [
        ("Barley was sown twice a year and so lost less grain to the mice of the mill.8, level", "II-2", "level II-2"),
        ("Barley should be sown twice a year, at the first and at the second rain (Strong", "recommendation, low certainty of evidence)", "Strong recommendation, low certainty of evidence"),
    ],
)  # fmt: skip
def test_a_grade_over_a_line_end_in_another_size_is_whole(blocks, first, second, grade):
    def draw(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.write(60, 160, first)
        sheet.write(60, 172, second, 8)
        sheet.prose(60, 220, 470, pdfs.LOREM)

    (found,) = [b for b in blocks(draw) if "Barley" in b.lines[0].text]
    assert found.grade == grade


def test_a_grade_over_a_page_end_is_whole(blocks):
    def draw(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.write(60, 760, "Barley should be sown twice a year, at the first and at the second rain. (Strong")
        sheet.next()
        sheet.write(60, 90, "recommendation, low certainty of evidence)")
        sheet.prose(60, 140, 470, pdfs.LOREM)

    (found,) = [b for b in blocks(draw) if "Barley" in b.lines[0].text]
    assert found.grade == "Strong recommendation, low certainty of evidence" and found.pages == (1, 2)


def test_a_bold_statement_whose_grade_is_set_light_is_no_heading(blocks):
    def draw(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.box(55, 160, 480, 60)
        sheet.write(65, 180, "Among farmers we recommend the sowing of barley. (Very low certainty of", 12, pdfs.BOLD)
        sheet.write(65, 194, "evidence, Strong recommendation)", 11)
        sheet.prose(60, 260, 470, pdfs.LOREM)

    (found,) = graded(blocks(draw))
    assert found[1] == "Very low certainty of evidence, Strong recommendation"


def test_a_last_sentence_that_is_the_strength(blocks):
    def draw(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.prose(60, 160, 470, "Barley should be sown before the rain. Recommendation.")
        sheet.prose(60, 200, 470, "Clover should be sown after the rain. Strong Recommendation.")

    assert [grade for _, grade in graded(blocks(draw))] == ["Recommendation", "Strong Recommendation"]


def test_levels_before_what_studies_found(blocks):
    def draw(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        for i, level in enumerate(("Level IV", "Level I", "Level III")):
            sheet.prose(60, 160 + 50 * i, 470, f"{level}. A count of {10 + i} harbours found no gulls at all.12")

    assert [b.grade for b in blocks(draw)[1:]] == ["Level IV", "Level I", "Level III"]
    assert {b.kind for b in blocks(draw)} == {"text"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Patients with oesophagitis (Grade B) heal in weeks.", []),
        ("Heart failure of class III (NYHA) is rare.", []),
        ("Barley is sown (Grade B).", ["Grade B"]),
        ("Barley is sown (Class IIa, Level B).", ["Class IIa, Level B"]),
        ("Barley is sown (COR I; LOE B-NR).", ["COR I; LOE B-NR"]),
        ("Barley is sown (I, A).", ["I, A"]),
        ("We recommend barley (1B).", ["1B"]),
        ("We suggest barley (2C). We suggest hops (2D).", ["2C", "2D"]),
        ("We suggest barley (not graded).", ["not graded"]),
        ("Barley is sown (strong, low).", ["strong, low"]),
        ("Barley is sown (A-II).", ["A-II"]),
        ("Barley is sown (GPP).", ["GPP"]),
        ("Most counts were poor (low quality).", []),
        ("Yield rose (low certainty of evidence) and mice were fewer.", []),
        ("Yield rose (low certainty of evidence).", ["low certainty of evidence"]),
        ("Aggregate evidence quality: Level II, Grade B", []),
    ],
)
def test_marks_of_other_schemes(text, found):
    assert [grade for _, grade in marks(text)] == found


@pytest.mark.parametrize(
    ("header", "row", "rows"),
    [
        (("Recommendation", "Strength", "Quality"), ("a. Sow barley. b. Sow clover.", "Strong Conditional", "Low Very Low"),
         [("a. Sow barley.", "Strong", "Low"), ("b. Sow clover.", "Conditional", "Very Low")]),
        (("Recommendation", "Strength"), ("a. Sow barley. b. Sow clover.", "Strong"), [("a. Sow barley. b. Sow clover.", "Strong")]),
        (("Recommendation", "Strength"), ("Sow barley and clover.", "Strong Weak"), [("Sow barley and clover.", "Strong Weak")]),
    ],
)  # fmt: skip
def test_two_lettered_statements_in_a_row_are_two(header, row, rows):
    assert recommendations.statement_rows(header, row) == rows
