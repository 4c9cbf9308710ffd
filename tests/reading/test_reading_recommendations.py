"""Grades are given to the statement they stand with, never to its neighbour."""

import pytest

from tests.reading import pdfs, table_pdfs
from tests.reading.graded import grade_of, graded


def test_bullets_in_a_box_keep_their_own_grades(blocks):
    assert graded(blocks(pdfs.box_emitted_last)) == [
        ("• Imaginol should be given to all adults. (Grade A)", "Grade A"),
        ("• Imaginol may be given to children. (Grade C)", "Grade C"),
    ]


def test_a_grade_on_the_next_line_belongs_to_the_statement_above_it(blocks):
    found = graded(blocks(table_pdfs.grade_lines_tight))
    assert grade_of(found, "imaginol for adults") == "Strong recommendation, low certainty of evidence"
    assert grade_of(found, "fictamine for children") == "Conditional recommendation, very low certainty of evidence"
    assert len(found) == 2


def test_a_grade_set_apart_belongs_to_the_statement_above_it(blocks):
    found = graded(blocks(table_pdfs.grade_lines_apart))
    assert grade_of(found, "imaginol for adults") == "Strong recommendation, low certainty of evidence"
    assert grade_of(found, "fictamine for children") == "Conditional recommendation, very low certainty of evidence"
    assert len(found) == 2


def test_a_bullet_after_the_graded_one_stays_ungraded(blocks):
    found = graded(blocks(table_pdfs.ungraded_neighbour))
    assert grade_of(found, "Imaginol should be given") == "Grade A"
    assert grade_of(found, "Shoes should be left") is None


def test_a_bullet_before_the_graded_one_stays_ungraded(blocks):
    assert grade_of(graded(blocks(table_pdfs.ungraded_neighbour)), "Water should be offered") is None


def test_levels_in_running_text_cut_it_and_stay_with_their_sentence(blocks):
    found = {" ".join(line.text for line in b.lines): b.grade for b in blocks(table_pdfs.inline_levels)}
    by_start = {text.split()[0]: grade for text, grade in found.items()}
    assert by_start["Imaginol"] == "Level I" and by_start["Fictamine"] == "level II-2"
    assert by_start["Nullazole"] is None


def test_a_level_alone_makes_no_recommendation(blocks):
    assert graded(blocks(table_pdfs.inline_levels)) == []


def test_each_row_of_a_table_of_recommendations_is_one_with_its_columns_as_grade(blocks):
    found = [b for b in blocks(table_pdfs.graded_table) if b.kind == "recommendation"]
    assert [(b.table.rows[0][0], b.grade) for b in found] == [
        ("Imaginol should be given to adults", "Strong | Moderate"),
        ("Fictamine may be given to children", "Conditional | Low"),
        ("Nullazole is left to the judgement of the clinic", None),
    ]
    assert all(b.table.header == (table_pdfs.GRADED[0],) and len(b.table.rows) == 1 for b in found)


def test_certainty_in_a_finding_gives_no_grade(blocks):
    def finding(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.prose(
            60, 160, 470, "Three trials were found. The certainty of evidence was low, since all of them were small."
        )
        sheet.prose(
            60, 220, 470, "This was a strong recommendation to the ministry of the day, which did not follow it."
        )

    assert [b.grade for b in blocks(finding)] == [None] * 3


@pytest.mark.parametrize(
    "printed", ["Grade A", "Best practice statement", "Strong recommendation, high certainty of evidence"]
)
def test_a_grade_over_a_line_break_is_copied_whole(blocks, printed):
    def wrapped(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.box(55, 180, 480, 80)
        sheet.write(65, 200, "Recommendation 1", 11, pdfs.BOLD)
        head, _, tail = printed.partition(" ")
        sheet.lines(65, 222, (f"• Imaginol should be given to all adults with imaginary cough. ({head}", f"{tail})"))

    assert [grade for _, grade in graded(blocks(wrapped))] == [printed]


# ---- the sample's traps


def recommendations_of(guideline, words, page):
    return [
        b.grade
        for s in guideline.sections
        for b in s.blocks
        if page in b.pages and words in " ".join(line.text for line in b.lines)
    ]


@pytest.mark.parametrize(
    ("words", "page", "grade"),
    [
        ("zelmorin should be given to all adults", 6, "Grade A"),
        ("zelmorin should be given to all adults", 10, "Grade A"),
        ("Treatment need not wait for the test result", 10, "Grade C"),
        ("The Harbour Antigen Rapid Test should be done", 6, "Grade B"),
        ("The Harbour Antigen Rapid Test should be done", 9, "Grade B"),
        ("tarvexol should be started within one hour", 6, "Grade A"),
        ("tarvexol should be started within one hour", 12, "Grade A"),
        ("Corticosteroids should not be used", 12, "Grade A"),
        ("Pelgrain should replace zelmorin", 6, "Grade C"),
        ("Pelgrain should replace zelmorin", 13, "Grade C"),
        ("Quillamide prophylaxis should be offered", 6, "Grade B"),
        ("Quillamide prophylaxis should be offered", 14, "Grade C"),
        ("zelmorin14", 10, "Level I"),
        ("relapse.12", 10, "level II-2"),
    ],
)
def test_the_sample_grades_stand_with_their_sentences(harbour, words, page, grade):
    assert recommendations_of(harbour, words, page) == [grade]


def test_the_sample_dose_under_a_graded_bullet_has_no_grade_of_its_neighbour(harbour):
    (grade,) = [
        b.grade
        for s in harbour.sections
        for b in s.blocks
        if b.kind == "recommendation" and "– The dose is 12 mg/kg/day" in " ".join(line.text for line in b.lines)
    ]
    assert grade != "Grade C"


def test_the_sample_bullets_in_a_column_keep_their_own_grades(moss):
    (first,) = recommendations_of(moss, "We suggest against using FE-moss alone", 2)
    assert first == "Conditional recommendation, low certainty of evidence"


def test_the_sample_summary_table_keeps_strength_and_certainty(moss):
    rows = {
        b.table.rows[0][0]: b.grade for s in moss.sections for b in s.blocks if b.table and b.kind == "recommendation"
    }
    assert rows["1a"] == "Strong for | Moderate" and rows["2b"] == "Strong against | Low"
    assert rows["5b"] == "Strong for | Very low" and rows["6"] == "Conditional for | Moderate"


def test_the_sample_finding_is_no_grade(moss):
    (grade,) = recommendations_of(moss, "The spore ratio is the count", 1)
    assert grade is None


def test_the_sample_box_of_stopping_rules_is_no_recommendation(moss):
    (kind,) = [b.kind for s in moss.sections for b in s.blocks if b.lines[0].text.startswith("Box 1. When to stop")]
    assert kind != "recommendation"


@pytest.mark.parametrize(
    ("words", "grade"),
    [
        ("Ujian Titik Bakau perlu dilakukan", "Gred B"),
        ("Biopsi kulit tidak disarankan", "Gred C"),
        ("boleh terus bersekolah", "Gred C"),
    ],
)
def test_the_sample_malay_grades(gatal, words, grade):
    assert [g for page in range(1, 8) for g in recommendations_of(gatal, words, page) if g] == [grade]
