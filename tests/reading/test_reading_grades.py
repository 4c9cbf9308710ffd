"""A grade is known by its words alone, and copied as printed."""

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
