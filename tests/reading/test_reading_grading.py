"""The document's own grading scheme is found where it is defined, with its page, and nothing else is taken for one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from cpgassist.types import Guideline
from tests.reading import pdfs, table_pdfs

TASK_FORCE = (
    ("Level", "Study design"),
    ("I", "At least one invented trial that was drawn by lot"),
    ("II-1", "Invented trials that were not drawn by lot"),
    ("II-2", "Invented groups of sailors, followed for years"),
    ("II-3", "Several counts over time, in any harbour"),
    ("III", "What the elders of the island hold"),
)
GRADES = (
    ("Grade", "What it rests on"),
    ("A", "A review of many counts that agree with each other"),
    ("B", "Counts that were well made, with one voice"),
    ("C", "Reports of the council of elders"),
)
CLASSES = (
    ("Class", "Definition", "Wording"),
    ("Class I", "All harbours agree that it is of use", "Is recommended"),
    ("Class IIa", "Most harbours agree that it is of use", "Should be considered"),
    ("Class IIb", "Few harbours agree that it is of use", "May be considered"),
    ("Class III", "All harbours agree that it is of no use", "Is not recommended"),
)
LEVELS = (
    ("Level of evidence", "Meaning"),
    ("Level A", "Many invented counts that agree"),
    ("Level B", "One invented count that was well made"),
    ("Level C", "What the harbour masters hold among themselves"),
)
CERTAINTY = (
    ("Certainty of evidence", "Interpretation"),
    ("High", "The count is very close to the truth, or so it seems"),
    ("Moderate", "The count is likely to be close to the truth"),
    ("Low", "The count may be far from the truth of the matter"),
    ("Very low", "The count says little about the truth of the matter"),
)


def scheme(title: str, rows: Sequence[Sequence[str]]) -> Callable[[pdfs.Sheet], None]:
    def draw(sheet: pdfs.Sheet) -> None:
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.write(60, 160, title, 10, pdfs.BOLD)
        widths = (90.0, *[380.0 / (len(rows[0]) - 1)] * (len(rows[0]) - 1))
        bottom = sheet.grid(60, 170, widths, [28.0] * len(rows), rows)
        sheet.prose(60, bottom + 30, 470, pdfs.LOREM)

    return draw


@pytest.mark.parametrize(
    ("title", "rows"),
    [
        ("Table 1. Levels of evidence", TASK_FORCE),
        ("Table 2. Grades of recommendation", GRADES),
        ("Table 3. Classes of recommendations", CLASSES),
        ("Table 4. Levels of evidence", LEVELS),
        ("Table 5. Certainty of evidence in the GRADE approach", CERTAINTY),
        ("Jadual 1. Tahap bukti", TASK_FORCE),
        ("Tabel 1. Kekuatan rekomendasi", GRADES),
    ],
)
def test_a_scheme_in_a_table_is_copied_as_printed(
    read: Callable[..., Guideline], title: str, rows: Sequence[Sequence[str]]
) -> None:
    (found,) = read(scheme(title, rows)).info.grading
    assert (found.title, found.page) == (title, 1)
    assert found.levels == tuple((row[0], " | ".join(row[1:])) for row in rows[1:])


def test_two_schemes_on_a_page_stay_two(read: Callable[..., Guideline]) -> None:
    def both(sheet: pdfs.Sheet) -> None:
        for top, title, rows in ((80, "Table 1. Levels of evidence", TASK_FORCE), (380, "Table 2. Grades of recommendation", GRADES)):  # fmt: skip
            sheet.write(60, top, title, 10, pdfs.BOLD)
            bottom = sheet.grid(60, top + 10, (90, 380), [28.0] * len(rows), rows)
            sheet.prose(60, bottom + 24, 470, pdfs.LOREM)

    assert [[mark for mark, _ in found.levels] for found in read(both).info.grading] == [
        ["I", "II-1", "II-2", "II-3", "III"],
        ["A", "B", "C"],
    ]


SIGN = (
    ("1++", "Reviews of counts with next to no doubt about them"),
    ("1+", "Reviews of counts with little doubt about them"),
    ("2++", "Groups of sailors that were followed with great care"),
    ("3", "Tales of single sailors, told by themselves"),
    ("4", "What the elders hold among themselves"),
)


def test_a_scheme_set_as_a_list_under_its_heading(read: Callable[..., Guideline]) -> None:
    def listed(sheet: pdfs.Sheet) -> None:
        sheet.prose(60, 90, 470, pdfs.LOREM)
        down = pdfs.heading(sheet, 160, "Levels of evidence", 13)
        for mark, meaning in SIGN:
            sheet.write(60, down, f"{mark} {meaning}")
            down += 18
        down = pdfs.heading(sheet, down + 14, "Treatment", 13)
        sheet.prose(60, down, 470, pdfs.LOREM)

    (found,) = read(listed).info.grading
    assert found.levels == SIGN and found.title == "Levels of evidence"


def test_a_list_with_words_for_marks(read: Callable[..., Guideline]) -> None:
    def listed(sheet: pdfs.Sheet) -> None:
        down = pdfs.heading(sheet, 90, "Strength of recommendations", 13)
        sheet.write(60, down, "Grade A: all harbours agree, and have agreed for years")
        sheet.write(60, down + 18, "Grade B: most harbours agree, though some have doubts")
        sheet.prose(60, down + 60, 470, pdfs.LOREM)

    (found,) = read(listed).info.grading
    assert [mark for mark, _ in found.levels] == ["Grade A", "Grade B"]


def test_definitions_are_no_graded_statements(read: Callable[..., Guideline]) -> None:
    for title, rows in (
        ("Table 2. Grades of recommendation", GRADES),
        ("Table 3. Classes of recommendations", CLASSES),
    ):
        guideline = read(scheme(title, rows), title.split(".")[0].replace(" ", "-"))
        assert not [b for s in guideline.sections for b in s.blocks if b.grade or b.kind == "recommendation"]


def test_numbered_lists_and_tables_of_severity_are_no_scheme(read: Callable[..., Guideline]) -> None:
    def other(sheet: pdfs.Sheet) -> None:
        down = pdfs.heading(sheet, 80, "Grading of recommendations", 13)
        for i, line in enumerate(("The panel met in the spring.", "The panel voted twice on each line.")):
            sheet.write(60, down + 18 * i, f"{i + 1}. {line}")
        sheet.write(60, 200, "Table 1. Grades of hull damage", 10, pdfs.BOLD)
        rows = (("Grade", "Finding"), ("A", "Scratches above the water line"), ("B", "Holes above the water line"))
        sheet.grid(60, 210, (90, 380), [28.0] * 3, rows)

    assert read(other).info.grading == ()


def test_a_table_of_recommendations_is_no_scheme(read: Callable[..., Guideline]) -> None:
    assert read(table_pdfs.graded_table).info.grading == ()


@pytest.mark.parametrize(
    ("name", "page", "marks"),
    [
        ("harbour", 5, ["I", "II-1", "II-2", "II-3", "III"]),
        ("gatal", 3, ["I", "II-1", "II-2", "II-3", "III"]),
    ],
)
def test_the_sample_schemes(request: pytest.FixtureRequest, name: str, page: int, marks: list[str]) -> None:
    guideline: Guideline = request.getfixturevalue(name)
    levels, grades = guideline.info.grading
    assert [mark for mark, _ in levels.levels] == marks and [mark for mark, _ in grades.levels] == ["A", "B", "C"]
    assert {levels.page, grades.page} == {page} and levels.label == guideline.pages[page - 1].label
