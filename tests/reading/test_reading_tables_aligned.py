"""Tables without rules: columns and rows told by how the words stand; what cannot be told is served as lines."""

import pytest

from tests.reading import pdfs


def tables(blocks):
    return [block.table for block in blocks if block.table is not None]


SCORE = (
    ("Letter", "Finding", "Points"),
    ("C", "Cough for a week", "1"),
    ("H", "Hoarse in the morning", "1"),
    ("A", "Age above 75 years", "2"),
    ("D", "Does not sing", "1"),
)


def columns(sheet, top, lefts, rows, pitch=14.0, head=1):
    for r, row in enumerate(rows):
        for left, words in zip(lefts, row, strict=True):
            sheet.write(left, top + pitch * r, words, 9, pdfs.BOLD if r < head else pdfs.BODY)


def borderless(sheet):
    sheet.prose(60, 90, 470, pdfs.LOREM)
    sheet.write(60, 160, "Table 9. A score that nobody uses", 10, pdfs.BOLD)
    columns(sheet, 178, (66, 130, 300), SCORE)
    sheet.prose(60, 262, 470, pdfs.LOREM)


def test_columns_told_by_alignment(blocks):
    found = blocks(borderless)
    (table,) = tables(found)
    assert table.caption == "Table 9. A score that nobody uses"
    assert (table.header, table.rows) == ((SCORE[0],), SCORE[1:])
    assert table.reliable
    text = " ".join(line.text for block in found if block.table is None for line in block.lines)
    assert text.count("The clinic keeps a record") == 2


def wrapped(sheet):
    """Cells that wrap, no space between the rows: a word that would have fitted begins a new entry."""
    sheet.prose(60, 90, 470, pdfs.LOREM)
    sheet.write(60, 150, "Table 8. Advice from other groups", 10, pdfs.BOLD)
    lines = (
        (("Group", 66), ("Recommendation", 170), ("Strength", 380)),
        (
            ("Imaginary Society of", 66),
            ("The society recommends imaginol for adults", 170),
            ("Weak recommendation;", 380),
        ),
        (("Invented Medicine", 66), ("who have been ill for a month", 170), ("low certainty", 380)),
        (("The society recommends not giving imaginol", 170), ("Strong recommendation;", 380)),
        (("to children", 170), ("low certainty", 380)),
        (("Fictional Board of", 66), ("The board recommends fictamine for all those", 170), ("Grade B", 380)),
        (("Uncertain Cures", 66), ("who cannot take imaginol", 170)),
    )
    for r, line in enumerate(lines):
        for words, left in line:
            sheet.write(left, 170 + 12 * r, words, 9, pdfs.BODY if r else pdfs.BOLD)
    sheet.prose(60, 300, 470, pdfs.LOREM)


def test_rows_told_by_where_a_word_would_have_fitted(blocks):
    rows = [block.table.rows[0] for block in blocks(wrapped) if block.table]
    assert [row[1:] for row in rows] == [
        (
            "The society recommends imaginol for adults who have been ill for a month",
            "Weak recommendation; low certainty",
        ),
        ("The society recommends not giving imaginol to children", "Strong recommendation; low certainty"),
        ("The board recommends fictamine for all those who cannot take imaginol", "Grade B"),
    ]
    assert rows[0][0] == "Imaginary Society of Invented Medicine" and rows[2][0] == "Fictional Board of Uncertain Cures"


def test_rows_of_other_groups_keep_their_grade_and_are_no_recommendations_of_this_guideline(blocks):
    rows = [block for block in blocks(wrapped) if block.table]
    assert all(block.kind == "table" and block.note.startswith("quotes another body") for block in rows)
    grades = [block.grade for block in rows if block.grade]
    assert grades == ["Weak recommendation; low certainty", "Strong recommendation; low certainty", "Grade B"]


def booktabs(sheet):
    """Three level rules of one width, no uprights."""
    sheet.prose(60, 90, 470, pdfs.LOREM)
    for top in (150, 168, 236):
        sheet.level(60, 400, top)
    columns(sheet, 162, (66, 130, 300), SCORE, pitch=16)
    sheet.prose(60, 300, 470, pdfs.LOREM)


def test_columns_between_level_rules(blocks):
    (table,) = tables(blocks(booktabs))
    assert (table.header, table.rows) == ((SCORE[0],), SCORE[1:])


def test_an_empty_cell_of_an_aligned_table_stays_empty(blocks):
    rows = (*SCORE[:2], ("H", "", "3"), ("A", "Age above 75 years", ""), ("D", "Does not sing", "4"))

    def draw(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.write(60, 160, "Table 9. A score that nobody uses", 10, pdfs.BOLD)
        columns(sheet, 178, (66, 130, 300), rows)
        sheet.prose(60, 270, 470, pdfs.LOREM)

    (table,) = tables(blocks(draw))
    assert table.rows == rows[1:]


@pytest.mark.parametrize("draw", [pdfs.two_columns, pdfs.one_column, pdfs.list_then_paragraph, pdfs.contents])
def test_text_is_no_table(blocks, draw):
    assert not tables(blocks(draw))


def test_a_list_under_a_caption_is_no_table(blocks):
    def draw(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.write(60, 160, "Box 3. What to bring", 10, pdfs.BOLD)
        for i, item in enumerate(("a coat for the rain", "a letter from home", "a rope that is not too old")):
            sheet.write(66, 178 + 14 * i, f"{i + 1}.")
            sheet.write(90, 178 + 14 * i, item)
        sheet.prose(60, 270, 470, pdfs.LOREM)

    assert not tables(blocks(draw))


def test_a_caption_over_text_alone_makes_no_table(blocks):
    def draw(sheet):
        sheet.write(60, 90, "Table 3 shows what the clinic keeps in its cellar.")
        sheet.prose(60, 110, 470, pdfs.LOREM)

    assert not tables(blocks(draw))


# ---- doubts


def stacked(sheet):
    """Three medicines in one ruled cell and their doses in the next: nothing says which belongs to which."""
    sheet.prose(60, 90, 470, pdfs.LOREM)
    sheet.write(60, 150, "Table 5. Doses that nobody gives", 10, pdfs.BOLD)
    sheet.grid(60, 160, (120, 120, 120), (16, 50), (("Medicine", "Dose", "Remark"), ("", "", "with food")))
    for c, lines in enumerate((("Imaginol", "Fictamine", "Nullazole"), ("5 mg", "7 mg", "9 mg"))):
        for i, words in enumerate(lines):
            sheet.write(64 + 120 * c, 188 + 12 * i, words, 9)
    sheet.prose(60, 300, 470, pdfs.LOREM)


def headless(sheet):
    sheet.prose(60, 90, 470, pdfs.LOREM)
    sheet.write(60, 160, "Table 9. A score that nobody uses", 10, pdfs.BOLD)
    rows = (("0.5", "12", "3.1"), ("0.7", "14", "3.9"), ("0.9", "16", "4.7"), ("1.1", "18", "5.5"))
    columns(sheet, 178, (66, 130, 300), rows, head=0)
    sheet.prose(60, 270, 470, pdfs.LOREM)


@pytest.mark.parametrize("draw", [stacked, headless])
def test_a_doubtful_table_is_lines_without_columns(blocks, draw):
    found = blocks(draw)
    (block,) = [block for block in found if block.table]
    table = block.table
    assert not table.reliable and table.header == () and table.cells == ()
    assert all(len(row) == 1 for row in table.rows)
    assert [line.text for line in block.lines] == [row[0] for row in table.rows]
    assert table.caption.startswith(("Table 5.", "Table 9."))


def test_a_named_column_beside_one_without_a_name_is_a_doubt(blocks):
    def draw(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        rows = (
            ("Medicine", "Adults", "", "Remark"),
            ("Imaginol", "5 mg", "1 mg", "-"),
            ("Fictamine", "7 mg", "2 mg", "-"),
        )
        sheet.grid(60, 160, (90, 90, 90, 90), (16, 16, 16), rows)
        sheet.prose(60, 270, 470, pdfs.LOREM)

    (table,) = tables(blocks(draw))
    assert not table.reliable
