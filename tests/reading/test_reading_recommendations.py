"""Grades are copied as printed and given to the statement they stand with, never to its neighbour."""

import pytest

from cpgassist.reading import recommendations
from cpgassist.reading.recommendations import (
    GRADE_COLUMN,
    RECOMMENDATION_HEAD,
    holds_recommendations,
    marks,
    row_grade,
    whole_grade,
)
from tests.reading import pdfs

LONG = "strong recommendation, moderate certainty of evidence"
WHOLE = [
    "Grade A",
    "grade C",
    "Grade B, Level II-1",
    "level III, Grade C",
    "Level I",
    "Level II-1",
    "Level II-2",
    "level II-3",
    "Level 1",
    "Level 2b",
    "Strong recommendation",
    "Weak recommendation",
    "Conditional recommendation",
    "Strong recommendation, low certainty of evidence",
    "Strong recommendation; moderate-quality evidence",
    "Strong recommendation based on moderate quality evidence",
    "Weak recommendation, very low-quality evidence",
    "Conditional recommendation, very low to low certainty of evidence",
    "Conditional recommendation, low to moderate certainty of evidence",
    "Strong recommendation, high certainty of evidence",
    "Low certainty of evidence, strong recommendation",
    "Moderate certainty of evidence; conditional recommendation",
    "strong recommendation, based on expert opinion",
    "Strong recommendation, based on expert opinion; no evidence retrieved",
    "Best practice statement",
    "Good practice statement",
    "Good practice point",
    "I, C",
    "IIa, B",
    "IIb, A",
    "III, C",
    "Gred A",
    "tahap II-2",
    "Tahap bukti I",
    "Derajat rekomendasi A",
    "Gred pengesyoran B",
]


@pytest.mark.parametrize("printed", WHOLE)
@pytest.mark.parametrize("around", ["{}", "({})", "[{}]", " {} ", "{}.", "({})."])
def test_a_grade_alone_is_copied_as_printed(printed, around):
    assert whole_grade(around.format(printed)) == printed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Grade",
        "Level",
        "Recommendation",
        "Strong",
        "The certainty of evidence was low",
        "This was a strong recommendation to the ministry.",
        "A strong recommendation applies to almost all patients",
        "Grade A was given to two statements",
        "Patients with grade C disease",
        "Strong recommendations were made by the panel",
        "Conditional recommendation for imaginol",
        "A low certainty of evidence does not mean that the drug is weak",
        "vitamin C",
        "I, Claudius",
        "Level of service",
        "Graded B",
        "Grade F",
        "Imaginol should be given (Grade A)",
    ],
)
def test_other_words_are_no_grade(text):
    assert whole_grade(text) is None


@pytest.mark.parametrize("printed", ["Class I, Level C", "Class IIa, Level of Evidence B", "Level 1++", "1++"])
def test_other_schemes_are_copied_as_printed(printed):
    assert whole_grade(f"({printed})") == printed


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Imaginol should be given. (Grade A)", ["Grade A"]),
        ("Imaginol should be given (Grade A).", ["Grade A"]),
        ("Imaginol [Grade B] and fictamine (Grade C)", ["Grade B", "Grade C"]),
        ("relapse.13 level I", ["level I"]),
        ("zelmorin14(Level I)", ["Level I"]),
        ("relapse.12 level II-2 Another cohort was larger.", ["level II-2"]),
        ("relapse.12 level II-2 A cohort was larger.", ["level II-2"]),
        ("fell by half.5 level II-2. Another study", ["level II-2"]),
        (f"({LONG}). We suggest", [LONG]),
        ("sembuh.4 tahap I Kulit mungkin", ["tahap I"]),
        ("( Grade  A )", ["Grade A"]),
        ("", []),
        ("The certainty of evidence was low, because most studies were small.", []),
        ("This was a strong recommendation to the ministry.", []),
        ("This was a strong recommendation.", []),
        ("The panel made a conditional recommendation. It was not liked.", []),
        ("Give it to patients with grade C disease.", []),
        ("Move to level 2 of the building.", []),
        ("Hospitals of level III and above take part.", []),
        ("Certainty of evidence is high, moderate, low or very low.", []),
        ("(see Table 2)", []),
        ("(A)", []),
    ],
)
def test_marks_in_running_text(text, found):
    assert [grade for _, grade in marks(text)] == found


def test_a_mark_ends_where_its_bracket_closes():
    text = "Imaginol (Grade A) and more"
    ((end, _),) = marks(text)
    assert text[:end] == "Imaginol (Grade A)"


@pytest.mark.parametrize(
    "heading",
    [
        "Recommendation", "Recommendations", "RECOMMENDATIONS", "Recommendation 1", "Recommendation 2a", "Recommendation 3.1",
        "Key recommendations", "Summary of recommendations", "Good practice point", "Good practice statement 4",
        "Best practice statements", "Strong recommendation", "Rekomendasi", "Pengesyoran 2", "Recommendations:",
    ],
)  # fmt: skip
def test_headings_of_recommendations(heading):
    assert RECOMMENDATION_HEAD.match(heading)


@pytest.mark.parametrize(
    "heading",
    [
        "Grades of recommendation", "How recommendations are worded", "Recommendation to the ministry", "Treatment",
        "The recommendations of the first edition were changed", "Key messages", "Research recommendations and gaps",
    ],
)  # fmt: skip
def test_headings_that_only_speak_of_recommendations(heading):
    assert not RECOMMENDATION_HEAD.match(heading)


@pytest.mark.parametrize("heading", ["Saranan 1", "SARANAN", "Saranan utama"])
def test_malay_headings_of_recommendations(heading):
    assert RECOMMENDATION_HEAD.match(heading)


@pytest.mark.parametrize(
    "name",
    ["Strength", "Certainty", "Quality", "Grade", "Level of evidence", "Strength of recommendation", "Quality of evidence",
     "Grade of recommendation", "Certainty of the evidence", "Class of recommendation", "Gred pengesyoran"],
)  # fmt: skip
def test_columns_of_grades(name):
    assert GRADE_COLUMN.search(name)


@pytest.mark.parametrize(
    "name", ["Dose", "Recommendation", "Level of consciousness", "Grade of tumour", "No.", "Medicine", ""]
)
def test_columns_without_grades(name):
    assert not GRADE_COLUMN.search(name)


@pytest.mark.parametrize(
    ("header", "row", "grade"),
    [
        (("Recommendation", "Strength", "Certainty"), ("Give it", "Strong", "Low"), "Strong | Low"),
        (("Certainty", "Recommendation", "Strength"), ("Low", "Give it", "Strong"), "Low | Strong"),
        (("Recommendation", "Strength", "Certainty"), ("Give it", "Strong", ""), "Strong"),
        (("Recommendation", "Strength", "Certainty"), ("Give it", "", ""), None),
        (("Recommendation", "Grade"), ("Give it", "A"), "A"),
        (
            ("Recommendation", "Grade"),
            ("Give it", "A remark that explains at length why no grade was given at all"),
            None,
        ),
        (("Medicine", "Dose"), ("Imaginol", "5 mg"), None),
    ],
)
def test_the_grade_of_a_row_is_joined_in_printed_order(header, row, grade):
    assert row_grade(header, row) == grade


@pytest.mark.parametrize(
    ("header", "holds"),
    [
        (("No.", "Recommendation", "Strength", "Certainty"), True),
        (("Statement", "Grade of recommendation"), True),
        (("Grade", "What it rests on"), False),
        (("Level", "Study design"), False),
        (("Strength of recommendation", "Meaning"), False),
        (("Medicine", "Dose"), False),
        ((), False),
    ],
)
def test_which_tables_hold_recommendations(header, holds):
    assert holds_recommendations(header) is holds


def test_every_form_has_a_source():
    assert all(form and source for form, source in recommendations.GRADE_FORMS)


# ---- on the page


def graded(blocks):
    return [(" ".join(line.text for line in b.lines), b.grade) for b in blocks if b.kind == "recommendation"]


def grade_of(found, words):
    """The grade of the one statement that holds the words."""
    (grade,) = [grade for text, grade in found if words in text]
    return grade


def test_bullets_in_a_box_keep_their_own_grades(blocks):
    assert graded(blocks(pdfs.box_emitted_last)) == [
        ("• Imaginol should be given to all adults. (Grade A)", "Grade A"),
        ("• Imaginol may be given to children. (Grade C)", "Grade C"),
    ]


def test_a_grade_on_the_next_line_belongs_to_the_statement_above_it(blocks):
    found = graded(blocks(pdfs.grade_lines_tight))
    assert grade_of(found, "imaginol for adults") == "Strong recommendation, low certainty of evidence"
    assert grade_of(found, "fictamine for children") == "Conditional recommendation, very low certainty of evidence"
    assert len(found) == 2


def test_a_grade_set_apart_belongs_to_the_statement_above_it(blocks):
    found = graded(blocks(pdfs.grade_lines_apart))
    assert grade_of(found, "imaginol for adults") == "Strong recommendation, low certainty of evidence"
    assert grade_of(found, "fictamine for children") == "Conditional recommendation, very low certainty of evidence"
    assert len(found) == 2


def test_a_bullet_after_the_graded_one_stays_ungraded(blocks):
    found = graded(blocks(pdfs.ungraded_neighbour))
    assert grade_of(found, "Imaginol should be given") == "Grade A"
    assert grade_of(found, "Shoes should be left") is None


def test_a_bullet_before_the_graded_one_stays_ungraded(blocks):
    assert grade_of(graded(blocks(pdfs.ungraded_neighbour)), "Water should be offered") is None


def test_levels_in_running_text_cut_it_and_stay_with_their_sentence(blocks):
    found = {" ".join(line.text for line in b.lines): b.grade for b in blocks(pdfs.inline_levels)}
    by_start = {text.split()[0]: grade for text, grade in found.items()}
    assert by_start["Imaginol"] == "Level I" and by_start["Fictamine"] == "level II-2"
    assert by_start["Nullazole"] is None


def test_a_level_alone_makes_no_recommendation(blocks):
    assert graded(blocks(pdfs.inline_levels)) == []


def test_each_row_of_a_table_of_recommendations_is_one_with_its_columns_as_grade(blocks):
    found = [b for b in blocks(pdfs.graded_table) if b.kind == "recommendation"]
    assert [(b.table.rows[0][0], b.grade) for b in found] == [
        ("Imaginol should be given to adults", "Strong | Moderate"),
        ("Fictamine may be given to children", "Conditional | Low"),
        ("Nullazole is left to the judgement of the clinic", None),
    ]
    assert all(b.table.header == (pdfs.GRADED[0],) and len(b.table.rows) == 1 for b in found)


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
