"""Numbering, type and length tell headings; the outline nests them as the numbers say."""

import pytest

from cpgassist.reading.headings import CONTENTS, REFERENCES, Body, Heading, as_heading, body_size, numbering
from cpgassist.reading.outline import Outline
from cpgassist.types import Box, Line

TEXT = Body(10)


def line(text, size=10.0, bold=False):
    return Line(text, 1, Box(60, 100, 300, 100 + size), size, bold)


@pytest.mark.parametrize(
    ("text", "family", "number", "rest"),
    [
        ("1 Introduction", "decimal", ("1",), "Introduction"),
        ("1. Introduction", "decimal", ("1",), "Introduction"),
        ("1.1 Scope", "decimal", ("1", "1"), "Scope"),
        ("2.3.4.1 Deep", "decimal", ("2", "3", "4", "1"), "Deep"),
        ("5.1a Drugs", "decimal", ("5", "1a"), "Drugs"),
        ("10 Follow-up", "decimal", ("10",), "Follow-up"),
        ("CHAPTER 3 TREATMENT", "chapter", ("CHAPTER 3",), "TREATMENT"),
        ("BAB II PENDAHULUAN", "chapter", ("BAB II",), "PENDAHULUAN"),
        ("Part IV: Care", "chapter", ("Part IV:",), "Care"),
        ("Appendix 2 Tools", "annex", ("Appendix 2",), "Tools"),
        ("LAMPIRAN A Borang", "annex", ("LAMPIRAN A",), "Borang"),
        ("Question 4 Which drug?", "question", ("Question 4",), "Which drug?"),
        ("Recommendation 3a", "recommendation", ("Recommendation 3a",), ""),
        ("I. Roman", "roman", ("I.",), "Roman"),
        ("A. First", "upper", ("A.",), "First"),
        ("a) thing", "lower", ("a)",), "thing"),
        ("iv. thing", "lower roman", ("iv.",), "thing"),
        ("(2) thing", "bracketed", ("(2)",), "thing"),
        ("Introduction", "", (), "Introduction"),
        ("100 years of fever", "", (), "100 years of fever"),
        ("2019 was wet", "", (), "2019 was wet"),
        ("", "", (), ""),
    ],
)
def test_numbering(text, family, number, rest):
    assert numbering(text) == (family, number, rest)


def test_the_body_has_the_size_of_most_letters():
    assert body_size([line("A heading", 18), line("body " * 30, 10), line("note " * 5, 8)]) == 10
    assert body_size([]) == 10


@pytest.mark.parametrize(
    ("text", "size", "bold"),
    [
        ("1 INTRODUCTION", 10, False),
        ("1 Introduction", 14, True),
        ("1.1 Who should read this", 10, True),
        ("1.1 Who should read this", 10, False),
        ("Key Messages", 14, True),
        ("Levels of Evidence", 10, True),
        ("STATEMENT OF INTENT", 10, False),
        ("CHAPTER 2 TREATMENT", 12, True),
        ("Appendix 1 Search strategy", 12, True),
        ("Recommendation 3", 10, True),
        ("References", 14, True),
        ("2.4 Is imaginol safe?", 10, True),
    ],
)
def test_headings(text, size, bold):
    heading = as_heading([line(text, size, bold)], TEXT, alone=True)
    assert heading is not None and heading.text == text


@pytest.mark.parametrize(
    ("text", "size", "bold"),
    [
        ("The incubation period is 5 to 21 days.", 10, False),
        ("This sentence is set in bold because it matters.", 10, True),
        ("12 patients were lost to follow-up", 10, False),
        ("2 mg/kg twice daily", 10, False),
        ("3.5 mg of imaginol daily for ten days", 10, False),
        ("Table 3. Doses of medicines", 12, True),
        ("Figure 2 Flow of patients", 12, True),
        ("Jadual 1. Dos ubat", 12, True),
        ("and so on,", 14, True),
        ("1", 14, True),
        ("14", 14, False),
        ("≥ 5", 14, True),
        ("", 14, True),
        ("Water, salt and sugar", 10, False),
    ],
)
def test_lines_that_are_no_headings(text, size, bold):
    assert as_heading([line(text, size, bold)] if text else [], TEXT, alone=True) is None


@pytest.mark.parametrize("text", ["Table of Contents", "TABLE OF CONTENTS"])
def test_table_of_contents_is_a_heading(text):
    assert as_heading([line(text, 14, True)], TEXT, alone=True) is not None


def test_a_heading_stands_alone():
    assert as_heading([line("1 Introduction", 14, True)], TEXT, alone=False) is None


def test_a_wrapped_heading_is_one():
    heading = as_heading(
        [line("2 Management of imaginary cough in adults", 14, True), line("and older people", 14, True)],
        TEXT,
        alone=True,
    )
    assert heading.text == "2 Management of imaginary cough in adults and older people"


def test_a_paragraph_in_bold_is_no_heading():
    assert as_heading([line("Bold words over many lines", bold=True)] * 5, TEXT, alone=True) is None


def entered(*headings):
    """The paths after each heading, given as (text, size)."""
    outline = Outline()
    paths = []
    for text, size in headings:
        outline.enter(as_heading([line(text, size, True)], TEXT, alone=True))
        paths.append(outline.path)
    return paths


def test_numbers_nest():
    assert entered(("1 One", 14), ("1.1 Two", 12), ("1.1.1 Three", 11), ("1.2 Four", 12), ("2 Five", 14)) == [
        ("1 One",),
        ("1 One", "1.1 Two"),
        ("1 One", "1.1 Two", "1.1.1 Three"),
        ("1 One", "1.2 Four"),
        ("2 Five",),
    ]


def test_numbers_nest_whatever_their_size():
    """Chapter 2's sections are set as large as chapters."""
    assert entered(("2 Treatment", 14), ("2.1 Drugs", 14), ("3 Follow-up", 14))[-2:] == [
        ("2 Treatment", "2.1 Drugs"),
        ("3 Follow-up",),
    ]


def test_sections_of_another_chapter_do_not_go_under_this_one():
    assert entered(("2 Treatment", 14), ("3.1 Misprinted", 12))[-1][0] != "2 Treatment"


def test_sizes_nest_where_there_are_no_numbers():
    assert entered(("Treatment", 18), ("Drugs", 14), ("Doses", 12), ("Prevention", 18)) == [
        ("Treatment",),
        ("Treatment", "Drugs"),
        ("Treatment", "Drugs", "Doses"),
        ("Prevention",),
    ]


def test_chapters_and_annexes_end_what_was_before():
    assert entered(("CHAPTER 1 FEVER", 14), ("1.1 Signs", 12), ("CHAPTER 2 COUGH", 14), ("Appendix 1 Forms", 14))[
        2:
    ] == [
        ("CHAPTER 2 COUGH",),
        ("Appendix 1 Forms",),
    ]


def test_recommendations_follow_each_other():
    paths = entered(("1 Treatment", 14), ("Recommendation 1", 11), ("Recommendation 2", 11), ("1.1 Drugs", 12))
    assert paths[1:] == [
        ("1 Treatment", "Recommendation 1"),
        ("1 Treatment", "Recommendation 2"),
        ("1 Treatment", "1.1 Drugs"),
    ]


@pytest.mark.parametrize("text", ["References", "REFERENCES", "7 References", "VII. REFERENCES", "Bibliography", "Rujukan", "RUJUKAN",
                                  "Daftar Pustaka", "Senarai rujukan", "Literature cited", "参考文献"])  # fmt: skip
def test_titles_of_reference_lists(text):
    assert REFERENCES.match(text)


@pytest.mark.parametrize(
    "text",
    [
        "References to other guidelines are given",
        "Frame of reference",
        "Reference values",
        "Citations of the law were left out",
    ],
)
def test_other_titles_are_no_reference_lists(text):
    assert not REFERENCES.match(text)


@pytest.mark.parametrize(
    "text",
    [
        "Contents",
        "Table of Contents",
        "TABLE OF CONTENTS",
        "List of Tables",
        "Kandungan",
        "Daftar Isi",
        "Isi Kandungan",
        "目录",
    ],
)
def test_titles_of_contents_lists(text):
    assert CONTENTS.match(text)


def test_a_heading_is_a_value():
    heading = Heading("1 One", 1, "decimal", ("1",), 14.0, True, False)
    assert heading == as_heading([line("1 One", 14, True)], TEXT, alone=True)
