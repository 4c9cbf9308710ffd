"""Ruled tables: cells, empty cells, spans, and rows that run on to the next page."""

import pytest

from cpgassist.reading.tables import continued, find_tables
from cpgassist.reading.words import Rules, Word
from cpgassist.sentences import row_text
from cpgassist.types import Box
from tests.reading import pdfs, table_pdfs


def tables(blocks):
    return [block.table for block in blocks if block.table is not None]


@pytest.mark.parametrize("draw", [table_pdfs.ruled_grid, table_pdfs.broken_borders])
def test_cells_are_read_and_empty_ones_stay_empty(blocks, draw):
    (table,) = tables(blocks(draw))
    assert table.header == (table_pdfs.DOSES[0],)
    assert table.rows == table_pdfs.DOSES[1:]
    assert table.reliable


def test_the_caption_above_is_the_tables(blocks):
    found = blocks(table_pdfs.ruled_grid)
    assert tables(found)[0].caption == "Table 1. Doses of invented medicines"
    assert all("Table 1." not in line.text for block in found if block.table is None for line in block.lines)


def test_a_table_has_a_line_per_row_with_the_rows_box(blocks):
    block = next(b for b in blocks(table_pdfs.ruled_grid) if b.table)
    assert [line.text for line in block.lines] == [row_text(row) for row in table_pdfs.DOSES]
    tops = [line.box.top for line in block.lines]
    assert tops == sorted(tops)
    assert block.lines[2].text == "Fictamine | 2 mg/kg"
    assert 205 < block.lines[2].box.top < block.lines[2].box.bottom < 223


def test_words_of_a_table_are_not_read_again_as_text(blocks):
    text = " ".join(line.text for b in blocks(table_pdfs.ruled_grid) if b.table is None for line in b.lines)
    assert "Nullazole" not in text and "Fictamine" not in text


def test_a_cell_over_several_rows_is_repeated_in_each(blocks):
    (table,) = tables(blocks(table_pdfs.row_span))
    assert table.rows == (("Adults", "First", "10 mg"), ("Adults", "Second", "20 mg"), ("Children", "First", "1 mg"))


def test_a_cell_over_several_columns_stands_in_the_first(blocks):
    (table,) = tables(blocks(table_pdfs.column_span))
    assert table.header == (("Medicine", "Kidney function", ""), ("", "normal", "impaired"))
    assert table.rows == (("Imaginol", "300 mg", "100 mg"), ("Fictamine", "20 mg", "5 mg"))


def test_rows_told_by_the_first_column_where_only_columns_are_ruled(blocks):
    (table,) = tables(blocks(table_pdfs.columns_only))
    assert table.header == (table_pdfs.COLUMNS_ONLY[0],)
    assert table.rows == table_pdfs.COLUMNS_ONLY[1:]


def test_a_continued_table_with_its_header_repeated(blocks):
    first, second = tables(blocks(table_pdfs.header_repeated))
    assert first.header == second.header == (("Medicine", "Dose"),)
    assert [row[0] for row in (*first.rows, *second.rows)] == [f"Medicine {i}" for i in range(1, 9)]


def test_a_continued_table_without_header_gets_the_one_above(blocks):
    first, second = tables(blocks(table_pdfs.header_left_out))
    assert second.header == first.header == (("Medicine", "Dose"),)
    assert second.rows == tuple((f"Medicine {i}", f"{i} mg") for i in range(5, 9))


@pytest.mark.parametrize("draw", [table_pdfs.header_repeated, table_pdfs.header_left_out])
def test_a_continued_table_keeps_its_caption(blocks, draw):
    _, second = tables(blocks(draw))
    assert second.caption.startswith("Table 4. Doses")


def test_a_table_after_text_is_not_a_continuation(blocks):
    """The columns agree, but a paragraph stands between: the second table has no header of its own."""

    def two_tables(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.grid(60, 160, (150, 150), (16, 16), (("Medicine", "Dose"), ("Imaginol", "5 mg")))
        sheet.prose(60, 220, 470, pdfs.LOREM)
        sheet.grid(60, 300, (150, 150), (16, 16), (("Town", "Ships"), ("Port Meridian", "12")))

    first, second = tables(blocks(two_tables))
    assert first.header == (("Medicine", "Dose"),) and second.header == (("Town", "Ships"),)


def test_frames_that_are_no_tables_give_none(blocks):
    """A framed paragraph has one cell; two rules with text between are no table."""

    def framed(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.box(55, 180, 480, 90)
        sheet.prose(65, 200, 460, pdfs.LOREM)
        sheet.level(60, 500, 300)
        sheet.prose(60, 320, 470, pdfs.LOREM)
        sheet.level(60, 500, 380)

    assert not tables(blocks(framed))


def test_an_empty_form_is_no_table(blocks):
    def form(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.grid(60, 160, (100, 100, 100), (16, 16, 16), ((), (), ()))

    assert not tables(blocks(form))


def test_an_empty_column_is_kept_when_its_cells_are_ruled(blocks):
    def draw(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        rows = (("Medicine", "Adults", "Children"), ("Imaginol", "", "5 mg"), ("Fictamine", "", "2 mg"))
        sheet.grid(60, 160, (100, 100, 100), (16, 16, 16), rows)

    (table,) = tables(blocks(draw))
    assert table.rows == (("Imaginol", "", "5 mg"), ("Fictamine", "", "2 mg"))


def test_shaded_cells_without_rules_are_a_table(blocks):
    """Some houses shade each cell instead of ruling it."""

    def draw(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        for r in range(4):
            for c, wide in enumerate(table_pdfs.WIDTHS):
                tall = (16, 30, 16, 16)[r]
                top = 160 + sum((16, 30, 16, 16)[:r])
                sheet.box(60 + sum(table_pdfs.WIDTHS[:c]) + 0.5, top + 0.5, wide - 1, tall - 1, fill=0.92)
        sheet.cells(60, 160, table_pdfs.WIDTHS, (16, 30, 16, 16), table_pdfs.DOSES)
        sheet.prose(60, 280, 470, pdfs.LOREM)

    (table,) = tables(blocks(draw))
    assert table.header == (table_pdfs.DOSES[0],) and table.rows == table_pdfs.DOSES[1:]


def test_two_tables_on_a_page_stay_apart_and_in_order(blocks):
    def draw(sheet):
        sheet.grid(60, 400, (150, 150), (16, 16), (("Town", "Ships"), ("Port Meridian", "12")))
        sheet.grid(60, 160, (150, 150), (16, 16), (("Medicine", "Dose"), ("Imaginol", "5 mg")))
        sheet.prose(60, 300, 470, pdfs.LOREM)

    first, second = tables(blocks(draw))
    assert first.rows == (("Imaginol", "5 mg"),) and second.rows == (("Port Meridian", "12"),)


def test_repeated_values_of_a_row_stay_in_their_columns(blocks):
    """The row's line says a value once, its cells keep it in each column."""

    def draw(sheet):
        rows = (("Medicine", "Adults", "Children"), ("Imaginol", "5 mg", "5 mg"))
        sheet.grid(60, 160, (100, 100, 100), (16, 16), rows)
        sheet.prose(60, 300, 470, pdfs.LOREM)

    (table,) = tables(blocks(draw))
    assert table.rows == (("Imaginol", "5 mg", "5 mg"),)


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (("a", "b"), "a | b"),
        (("a", "", "c"), "a | c"),
        (("a", "a", "c"), "a | c"),
        (("", "", ""), ""),
        (("a | b", "c"), "a | b | c"),
    ],
)
def test_row_text(cells, text):
    assert row_text(cells) == text


@pytest.mark.parametrize(
    ("level", "upright"),
    [((), ()), (((0, 0, 100, 0),), ()), (((0, 0, 100, 0), (0, 50, 100, 50)), ())],
    ids=["nothing", "one rule", "two rules"],
)
def test_no_table_without_two_level_rules_and_an_upright(level, upright):
    words = [Word("word", Box(10, 10, 30, 20), 10, False, True)]
    rules = Rules(tuple(Box(*b) for b in level), tuple(Box(*b) for b in upright), (), (), 0)
    assert find_tables(words, rules, (595, 842)) == []


def found(rows, left=60.0, widths=(100, 100)):
    """A table as the reader finds it."""
    rules, words = [], []
    uprights = [left + sum(widths[:i]) for i in range(len(widths) + 1)]
    level = [Box(left, 100 + 20 * r, left + sum(widths), 100 + 20 * r) for r in range(len(rows) + 1)]
    upright = [Box(x, 100, x, 100 + 20 * len(rows)) for x in uprights]
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            if text:
                x, y = uprights[c] + 4, 104 + 20 * r
                words.append(Word(text, Box(x, y, x + 6 * len(text), y + 10), 10, r == 0, True))
    rules = Rules(tuple(level), tuple(upright), (), (), 0)
    (table,) = find_tables(words, rules, (595, 842))
    return table


ABOVE = (("Drug", "Dose"), ("Imaginol", "5mg"))


def test_continued_takes_the_header_of_the_table_above():
    joined = continued(found(ABOVE), found((("Fictamine", "7mg"), ("Nullazole", "9mg"))))
    assert joined.header == (("Drug", "Dose"),)
    assert joined.rows == (("Fictamine", "7mg"), ("Nullazole", "9mg"))


def test_continued_leaves_a_table_of_other_columns_alone():
    assert continued(found(ABOVE), found((("a", "b", "c"), ("d", "e", "f")), widths=(80, 80, 80))) is None
    assert continued(found(ABOVE), found((("Town", "Ships"), ("Port", "12")), left=90)) is None


# ---- the sample's traps


def sample_tables(guideline, page):
    return [b.table for s in guideline.sections for b in s.blocks if b.table and b.pages == (page,)]


def test_the_sample_dose_table_runs_over_two_pages(harbour):
    (first,), (second,) = sample_tables(harbour, 12)[-1:], sample_tables(harbour, 13)[:1]
    assert first.header == second.header == (("Medicine and group", "Starting dose", "Maximum", "Remarks"),)
    assert first.rows[-1] == ("Tarvexol (intravenous)", "", "", "")
    assert second.rows[0][:2] == ("Adult", "5 mg/kg every 8 hours over 60 minutes")


def test_the_sample_score_keeps_its_points_with_their_findings(harbour):
    (table,) = sample_tables(harbour, 10)[:1]
    assert table.caption == "Table 2. DOCK score"
    assert table.header == (("Letter", "Item", "Finding", "Points"),)
    points = {row[2]: row[3] for row in table.rows}
    assert points[">5 days"] == "2" and points["<90%"] == "3" and points["≤5 days"] == "0"


def test_the_sample_cell_left_empty_is_not_filled_by_its_neighbour(gatal):
    (table,) = sample_tables(gatal, 6)
    rimbazol = next(row for row in table.rows if row[0] == "Sirap rimbazol")
    assert rimbazol[table.header[0].index("Dewasa")] == ""
    assert rimbazol[table.header[0].index("Kanak-kanak")].startswith("5 mg/kg dua kali sehari")


def test_the_sample_table_in_a_column_has_its_empty_cells(moss):
    (table,) = sample_tables(moss, 3)
    mirucept = next(row for row in table.rows if row[0].startswith("Mirucept"))
    assert mirucept == ("Mirucept, under the skin", "90 mg every four weeks", "", "")
