"""Grades in the margin go to the paragraph they stand beside, whatever order the page was drawn in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.utils import simpleSplit

from cpgassist.reading import read_guideline
from cpgassist.reading.recommendations import is_scale, margin_grade
from cpgassist.types import Block
from tests.reading import pdfs
from tests.reading.conftest import sample_guideline

LEFT, WIDTH = 120.0, 400.0
CROPS = ("barley", "clover", "fennel", "hops", "lupin", "mustard", "oats", "quince", "rye", "turnip", "vetch", "woad")


def statement(crop: str, lines: int = 2) -> str:
    """An invented sentence that fills about as many lines."""
    more = " which is kept in the loft of the mill until the days grow long again and the carts return from the coast,"
    return f"Fields of {crop} should be sown before the rain" + more * (lines - 1) + " as the village has always done."


def stacked(sheet: pdfs.Sheet, left: float, top: float, parts: Sequence[str]) -> None:
    """Small framed boxes, one under another."""
    for i, part in enumerate(parts):
        sheet.box(left, top + 14 * i, 28, 14)
        sheet.write(left + 6, top + 14 * i + 10.5, part, 8)


def grades(blocks: Sequence[Block]) -> dict[str, str | None]:
    """The grade of the one block that names each crop."""
    found: dict[str, str | None] = {}
    for crop in CROPS:
        held = [b for b in blocks if f"of {crop} " in " ".join(line.text for line in b.lines)]
        if held:
            assert len(held) == 1, crop
            found[crop] = held[0].grade
    return found


def framed(sheet: pdfs.Sheet) -> None:
    """Framed marks left of two paragraphs, drawn after the text; the one between has none."""
    sheet.prose(LEFT, 90, WIDTH, pdfs.LOREM)
    for i, crop in enumerate(("barley", "clover", "fennel")):
        sheet.prose(LEFT, 180 + 50 * i, WIDTH, statement(crop))
    for top, mark in ((180, "I, A"), (280, "III, C")):
        sheet.box(72, top - 11, 36, 14)
        sheet.write(76, top, mark, 9)


def bare(sheet: pdfs.Sheet) -> None:
    """Marks without frame, drawn before the text."""
    for top, mark in ((180, "IIa, B"), (230, "IIb, C")):
        sheet.write(76, top, mark, 9)
    sheet.prose(LEFT, 90, WIDTH, pdfs.LOREM)
    for i, crop in enumerate(("barley", "clover", "fennel")):
        sheet.prose(LEFT, 180 + 50 * i, WIDTH, statement(crop))


def on_the_right(sheet: pdfs.Sheet) -> None:
    """Marks right of the column; the second paragraph's lines at that height are short ones."""
    sheet.prose(60, 90, WIDTH, pdfs.LOREM)
    for i, crop in enumerate(("barley", "clover", "fennel")):
        sheet.prose(60, 180 + 50 * i, WIDTH, statement(crop))
    sheet.write(60 + WIDTH + 15, 180, "Grade A", 9)
    sheet.write(60 + WIDTH + 15, 192.5 + 50, "Grade C", 9)


def boxes_stacked(sheet: pdfs.Sheet) -> None:
    """ "IIa" over "B" in two small boxes, as journals print class and level."""
    for i, crop in enumerate(("barley", "clover", "fennel")):
        sheet.prose(LEFT, 180 + 50 * i, WIDTH, statement(crop))
    stacked(sheet, 80, 170, ("IIa", "B"))
    stacked(sheet, 80, 270, ("III", "C"))
    sheet.prose(LEFT, 90, WIDTH, pdfs.LOREM)


def words_stacked(sheet: pdfs.Sheet) -> None:
    """ "Grade B" over "Level II-2" in one margin column."""
    sheet.prose(LEFT, 90, WIDTH, pdfs.LOREM)
    for i, crop in enumerate(("barley", "clover", "fennel")):
        sheet.prose(LEFT, 180 + 50 * i, WIDTH, statement(crop))
    sheet.write(66, 230, "Grade B", 9)
    sheet.write(66, 241, "Level II-2", 9)


def opposite(sheet: pdfs.Sheet) -> None:
    """Statements of one line each, close together, with opposite grades."""
    sheet.prose(LEFT, 90, WIDTH, pdfs.LOREM)
    for i, crop in enumerate(("barley", "clover", "fennel", "hops")):
        sheet.write(LEFT, 180 + 19 * i, f"Fields of {crop} should be sown before the rain.")
    for i, mark in enumerate(("I, C", "III, C", None, "I, A")):
        if mark:
            sheet.write(80, 180 + 19 * i, mark, 9)


def taller(sheet: pdfs.Sheet) -> None:
    """Paragraphs much taller than their marks: at the top, in the middle, at the foot."""
    for i, crop in enumerate(("barley", "clover", "fennel")):
        sheet.prose(LEFT, 100 + 90 * i, WIDTH, statement(crop, 4))
    for down, mark in ((100, "I, A"), (216, "IIa, C"), (318, "III, B")):
        sheet.write(80, down, mark, 9)


def two_beside_one(sheet: pdfs.Sheet) -> None:
    """One paragraph of two statements, a mark beside each."""
    sheet.lines(
        LEFT,
        180,
        (
            "Fields of barley should be sown before the rain begins, and again when the first carts are",
            "back from the coast. Fields of clover should never be sown in the weeks that come after the",
            "feast, whatever the miller says about the price of grain on the other side of the bay.",
        ),
    )
    sheet.write(80, 180, "I, B", 9)
    sheet.write(80, 192.5, "III, C", 9)


def glued(sheet: pdfs.Sheet) -> None:
    """Each mark is drawn just before the line it stands beside, close to it."""
    sheet.prose(LEFT, 90, WIDTH, pdfs.LOREM)
    for i, (crop, mark) in enumerate((("barley", "I, A"), ("clover", ""), ("fennel", "IIb, B"))):
        if mark:
            sheet.write(LEFT - 9 - 9 * 0.5 * len(mark), 180 + 50 * i, mark, 9)
        sheet.prose(LEFT, 180 + 50 * i, WIDTH, statement(crop))


def columns(sheet: pdfs.Sheet) -> None:
    """Two columns of prose, marks left of each: those of the right column stand in the gutter."""
    for c, crops in enumerate((("barley", "clover", "fennel"), ("hops", "lupin", "oats"))):
        left = 80 + c * 260
        down = sheet.prose(left, 80, 200, pdfs.LOREM * 2) + 14
        for i, crop in enumerate(crops):
            if (c + i) % 2 == 0:
                sheet.write(left - 32, down, ("I, A", "IIa, B", "III, C")[i], 9)
            down = sheet.prose(left, down, 200, statement(crop, 3)) + 14
        sheet.prose(left, down, 200, pdfs.LOREM)


def beside_a_box(sheet: pdfs.Sheet) -> None:
    """A framed recommendation with its mark outside the frame, and one without."""
    sheet.prose(LEFT, 90, WIDTH, pdfs.LOREM)
    for top, crop in ((180, "barley"), (250, "clover")):
        sheet.box(LEFT, top - 16, WIDTH, 44)
        sheet.prose(LEFT + 8, top, WIDTH - 16, statement(crop))
    sheet.write(80, 180, "I, B", 9)


def bullets(sheet: pdfs.Sheet) -> None:
    """Items with marks, one item without."""
    sheet.prose(LEFT, 90, WIDTH, pdfs.LOREM)
    for i, (crop, mark) in enumerate((("barley", "Level I"), ("clover", ""), ("fennel", "Level III"))):
        sheet.write(LEFT, 180 + 15 * i, f"• Fields of {crop} should be sown before the rain.")
        if mark:
            sheet.write(70, 180 + 15 * i, mark, 9)


def under_headings(sheet: pdfs.Sheet) -> None:
    """Headings that begin in the margin above indented statements."""
    for i, (crop, mark) in enumerate((("barley", "IIa, A"), ("clover", "I, C"))):
        sheet.write(60, 170 + 80 * i, f"{i + 2} Sowing of the fields", 12, pdfs.BOLD)
        sheet.prose(LEFT, 186 + 80 * i, WIDTH, statement(crop))
        sheet.write(76, 186 + 80 * i, mark, 9)


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        (framed, {"barley": "I, A", "clover": None, "fennel": "III, C"}),
        (bare, {"barley": "IIa, B", "clover": "IIb, C", "fennel": None}),
        (on_the_right, {"barley": "Grade A", "clover": "Grade C", "fennel": None}),
        (boxes_stacked, {"barley": "IIa | B", "clover": None, "fennel": "III | C"}),
        (words_stacked, {"barley": None, "clover": "Grade B | Level II-2", "fennel": None}),
        (opposite, {"barley": "I, C", "clover": "III, C", "fennel": None, "hops": "I, A"}),
        (taller, {"barley": "I, A", "clover": "IIa, C", "fennel": "III, B"}),
        (two_beside_one, {"barley": "I, B", "clover": "III, C"}),
        (glued, {"barley": "I, A", "clover": None, "fennel": "IIb, B"}),
        (
            columns,
            {"barley": "I, A", "clover": None, "fennel": "III, C", "hops": None, "lupin": "IIa, B", "oats": None},
        ),
        (beside_a_box, {"barley": "I, B", "clover": None}),
        (bullets, {"barley": "Level I", "clover": None, "fennel": "Level III"}),
        (under_headings, {"barley": "IIa, A", "clover": "I, C"}),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_each_statement_gets_the_mark_beside_it(
    blocks: Callable[..., list[Block]], draw: Callable[[pdfs.Sheet], None], expected: dict[str, str | None]
) -> None:
    assert grades(blocks(draw)) == expected


def test_a_strength_in_the_margin_makes_a_recommendation_and_a_level_does_not(blocks) -> None:
    assert "recommendation" in {b.kind for b in blocks(framed)}
    assert "recommendation" not in {b.kind for b in blocks(bullets)}


def test_a_scale_down_the_margin_grades_nothing(blocks) -> None:
    """Definitions look like marked paragraphs; each of them comes once, first to last."""

    def scale(sheet: pdfs.Sheet) -> None:
        sheet.prose(60, 90, 470, pdfs.LOREM)
        for i, (crop, mark) in enumerate(
            zip(("barley", "clover", "fennel"), ("Level I", "Level II", "Level III"), strict=True)
        ):
            sheet.write(70, 180 + 50 * i, mark, 9)
            sheet.prose(LEFT, 180 + 50 * i, WIDTH, statement(crop))

    assert set(grades(blocks(scale)).values()) == {None}


def test_a_grade_line_in_the_left_column_is_no_mark_of_the_right_one(blocks) -> None:
    def two(sheet: pdfs.Sheet) -> None:
        for c, crop in enumerate(("barley", "clover")):
            left = 60 + c * 250
            down = sheet.prose(left, 80, 220, pdfs.LOREM * 2) + 14
            down = sheet.prose(left, down, 220, statement(crop, 3 + 2 * c))
            if c == 0:
                sheet.write(left, down, "(Grade A)")
            sheet.prose(left, down + 30, 220, pdfs.LOREM)

    assert grades(blocks(two)) == {"barley": "Grade A", "clover": None}


def test_words_that_look_like_a_mark_but_stand_alone_are_kept(blocks) -> None:
    def alone(sheet: pdfs.Sheet) -> None:
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.write(300, 400, "IIa, B")
        sheet.prose(60, 600, 470, pdfs.LOREM)

    assert any("IIa, B" in line.text for b in blocks(alone) for line in b.lines)


@pytest.mark.parametrize(
    ("parts", "grade"),
    [
        (["IIa, B"], "IIa, B"), (["[I, C]"], "I, C"), (["IIa B"], "IIa B"), (["I-A"], "I-A"), (["1B"], "1B"),
        (["IIa", "B"], "IIa | B"), (["Class I", "Level A"], "Class I Level A"), (["Grade A", "Level I"], "Grade A | Level I"),
        (["Strong recommendation,", "low certainty of evidence"], "Strong recommendation, low certainty of evidence"),
        (["I"], None), (["B"], None), (["B", "IIa"], None), (["I, A", "III, C"], None), (["Grade A", "Grade C"], None),
        (["Figure 1"], None), (["A small dose"], None),
    ],
)  # fmt: skip
def test_what_a_margin_prints(parts: list[str], grade: str | None) -> None:
    assert margin_grade(parts) == grade


@pytest.mark.parametrize(
    ("listed", "scale"),
    [
        (["Level I", "Level II", "Level III"], True), (["Grade A", "Grade B", "Grade C", "Grade D"], True),
        (["Level I", "Level III", "Level II"], False), (["Grade A", "Grade B"], False), (["I, A", "I, B", "I, C"], False),
        (["Level II", "Level III", "Level IV"], False),
    ],
)  # fmt: skip
def test_scales(listed: list[str], scale: bool) -> None:
    assert is_scale(listed) is scale


@pytest.mark.parametrize(
    ("words", "page", "grade"),
    [
        ("Evening pressure should be measured once in every adult", 4, "I, B"),
        ("In adults aged 25 to 40 years with a parent", 4, "IIa, C"),
        ("below the age of 25 years is not recommended", 4, "III, C"),
        ("above the age of 75 years an evening pressure below 140/80", 4, "IIa, B"),
        ("systolic pressure below 120 mmHg is not recommended", 4, "III, B"),
        ("The following statements carry their class", 4, None),
        ("Start dorvane 5 mg one hour before dusk in all patients", 5, "Class I, Level A"),
        ("Do not start dorvane if potassium", 5, "Class III, Level B"),
        ("Sabrenide is not recommended, alone or in combination", 5, "III, A"),
        ("Nocturel is recommended as the first medicine in pregnancy", 6, "I, C"),
        ("After birth the evening pressure is measured", 6, None),
        ("age below 25 years", 8, None),
        ("should be referred on the same day", 8, "I, C"),
        ("Home readings should be considered", 8, "IIa, C"),
        ("Stopping treatment may be tried", 8, None),
    ],
)
def test_the_sample_with_margin_marks(words: str, page: int, grade: str | None) -> None:
    guideline = sample_guideline("lantern-pressure-2021")
    found = [
        b.grade
        for s in guideline.sections
        for b in s.blocks
        if page in b.pages and words.lower() in " ".join(line.text for line in b.lines).lower()
    ]
    assert found == [grade]


MARKS = ("I, A", "I, C", "IIa, B", "IIb, C", "III, B", "III, C")


@settings(max_examples=25, derandomize=True, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 4), st.sampled_from((None, *MARKS)), st.sampled_from(("top", "middle", "foot", "stacked")),
            st.integers(20, 34),
        ),
        min_size=2,
        max_size=9,
    ),
    st.booleans(),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_every_paragraph_gets_exactly_its_own_mark(tmp_path_factory, rows, right, order) -> None:
    """Pages of paragraphs with and without marks, drawn in any order."""
    left = 70.0 if right else LEFT
    draws: list[Callable[[pdfs.Sheet], object]] = [lambda sheet: sheet.prose(left, 80, WIDTH, pdfs.LOREM)]
    expected: dict[str, str | None] = {}
    down = 150.0
    for crop, (lines, mark, place, space) in zip(CROPS, rows, strict=False):
        text = statement(crop, lines)
        count = len(simpleSplit(text, pdfs.BODY, 10, WIDTH))
        draws.append(lambda sheet, at=down, text=text: sheet.prose(left, at, WIDTH, text))
        beside = left + WIDTH + 14 if right else 74.0
        expected[crop] = mark
        if mark is not None and place == "stacked":
            draws.append(lambda sheet, at=down, mark=mark: stacked(sheet, beside, at - 11, mark.split(", ")))
            expected[crop] = mark.replace(", ", " | ")
        elif mark is not None:
            row = {"top": 0.0, "middle": (count - 1) / 2, "foot": count - 1.0}[place]
            draws.append(lambda sheet, at=down + 12.5 * row, mark=mark: sheet.write(beside, at, mark, 9))
        down += 12.5 * (count - 1) + space
    order.shuffle(draws)
    sheet = pdfs.Sheet(tmp_path_factory.mktemp("margin") / "page.pdf")
    for draw in draws:
        draw(sheet)
    guideline = read_guideline(sheet.save())
    assert grades([b for s in guideline.sections for b in s.blocks]) == expected
