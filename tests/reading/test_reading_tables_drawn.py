"""Tables as houses draw them: shading, broken rules, missing rules, sideways pages, marks, page breaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.reading.quotes import PdfPages
from cpgassist.reading.tables import find_tables
from cpgassist.reading.tables.cells import unmarked
from cpgassist.reading.words import Rules, Word
from cpgassist.types import Box
from tests.reading import pdfs, table_pdfs


def tables(blocks):
    return [block.table for block in blocks if block.table is not None]


def pieces(sheet, left, top, widths):
    """A level rule broken at each column, as word processors draw the borders of cells."""
    for c, wide in enumerate(widths):
        sheet.canvas.rect(left + sum(widths[:c]), sheet.height - top, wide - 0.5, 0.5, stroke=0, fill=1)


# ---- what is drawn


def twin_tables(sheet):
    """Two tables of one width under each other, rules broken at the same place, a caption between."""
    rows = (("Medicine", "Dose"), ("Imaginol", "5 mg"), ("Fictamine", "7 mg"))
    more = (("Town", "Ships"), ("Port Meridian", "12"), ("Port Lambda", "9"))
    for top, held, caption in ((100, rows, "Table 1. Doses"), (200, more, "Table 2. Ships in each of the towns seen")):
        sheet.write(60, top - 8, caption, 10, pdfs.BOLD)
        for r in range(4):
            pieces(sheet, 60, top + 16 * r, (150, 150))
        for x in (60, 210, 360):
            for r in range(3):
                sheet.upright(x, top + 16 * r, top + 16 * r + 16)
        sheet.cells(60, top, (150, 150), (16, 16, 16), held)
    sheet.prose(60, 400, 470, pdfs.LOREM)


def test_two_tables_of_one_width_stay_apart(blocks):
    first, second = tables(blocks(twin_tables))
    assert (first.header, first.rows) == ((("Medicine", "Dose"),), (("Imaginol", "5 mg"), ("Fictamine", "7 mg")))
    assert second.caption == "Table 2. Ships in each of the towns seen"
    assert second.rows == (("Port Meridian", "12"), ("Port Lambda", "9"))


def line_shading(sheet):
    """Shaded cells, and inside each the shading of every line of text, inset by the cell's padding."""
    sheet.prose(60, 90, 470, pdfs.LOREM)
    sheet.box(60, 160, 100, 16, fill=0.8)
    sheet.box(160, 160, 200, 16, fill=0.8)
    sheet.box(60, 176, 100, 42, fill=0.9)
    for i in range(3):
        sheet.box(65, 176 + 14 * i, 90, 14, fill=0.9)
        sheet.box(160, 176 + 14 * i, 200, 14, fill=0.9)
        sheet.box(165, 176 + 14 * i, 190, 14, fill=0.9)
    sheet.write(66, 171, "Age", 9, pdfs.BOLD)
    sheet.write(166, 171, "Dose", 9, pdfs.BOLD)
    for i, (label, dose) in enumerate(
        (("CHILDREN", "first 5 mg"), ("(10-14", "second 7 mg"), ("YEARS)", "third 9 mg"))
    ):
        sheet.write(66, 187 + 14 * i, label, 9)
        sheet.write(166, 187 + 14 * i, dose, 9)
    sheet.prose(60, 280, 470, pdfs.LOREM)


def test_the_shading_of_a_line_is_no_edge(blocks):
    (table,) = tables(blocks(line_shading))
    label = "CHILDREN (10-14 YEARS)"
    assert table.rows == ((label, "first 5 mg"), (label, "second 7 mg"), (label, "third 9 mg"))


def banded(sheet):
    """Every other row shaded cell by cell, no rules; a phrase over two columns in an unshaded row; header unshaded."""
    widths, rows = (110, 110, 110), (
        ("Medicine", "Adults", "Children"),
        ("Imaginol", "5 mg", "1 mg"),
        ("Fictamine", "7 mg", "2 mg"),
        ("Nullazole", "9 mg", "3 mg"),
        ("Tarvexol", "", ""),
        ("Rimbazol", "4 mg", "1 mg"),
    )  # fmt: skip
    sheet.prose(60, 90, 470, pdfs.LOREM)
    for r in (1, 3, 5):
        for c in range(3):
            sheet.box(60 + 110 * c, 160 + 16 * r, 110, 16, fill=0.9)
    sheet.cells(60, 160, widths, (16,) * 6, rows)
    sheet.write(230, 235, "on no account to be given", 9)
    sheet.prose(60, 330, 470, pdfs.LOREM)


def test_unshaded_rows_keep_the_columns_of_shaded_ones(blocks):
    (table,) = tables(blocks(banded))
    assert table.header == (("Medicine", "Adults", "Children"),)
    assert table.rows[1] == ("Fictamine", "7 mg", "2 mg")
    assert table.rows[3] == ("Tarvexol", "on no account to be given", "on no account to be given")


def test_a_cell_says_where_it_begins_and_how_far_it_spans(blocks):
    (table,) = tables(blocks(banded))
    wide = next(cell for cell in table.cells if cell.text.startswith("on no"))
    assert (wide.row, wide.column, wide.rows, wide.columns) == (4, 1, 1, 2)
    assert 220 < wide.box.left < wide.box.right < 390 and 224 < wide.box.top < wide.box.bottom < 240


@pytest.mark.parametrize("draw", [table_pdfs.ruled_grid, table_pdfs.row_span, table_pdfs.column_span, line_shading])
def test_every_cell_that_holds_text_is_listed_once(blocks, draw):
    (table,) = tables(blocks(draw))
    grid = (*table.header, *table.rows)
    places = [(cell.row, cell.column) for cell in table.cells]
    assert len(set(places)) == len(places)
    assert all(grid[cell.row][cell.column] == cell.text for cell in table.cells)
    covered = {
        (r, c)
        for cell in table.cells
        for r in range(cell.row, cell.row + cell.rows)
        for c in range(cell.column, cell.column + cell.columns)
    }
    assert {(r, c) for r, row in enumerate(grid) for c, text in enumerate(row) if text} <= covered


def sideways(sheet):
    """A ruled table turned by 90 degrees on an upright page, its header above the first rule."""
    sheet.canvas.saveState()
    sheet.canvas.translate(sheet.width, 0)
    sheet.canvas.rotate(90)
    rows = (("Imaginol", "5 mg twice daily for as long as the cough lasts"), ("Fictamine", "7 mg once"))
    upright, sheet.height = sheet.height, sheet.width
    sheet.write(80, 60, "Table 3. Doses of invented medicines for those who cough", 10, pdfs.BOLD)
    sheet.write(84, 95, "Medicine", 9, pdfs.BOLD)
    sheet.write(234, 95, "Dose", 9, pdfs.BOLD)
    sheet.grid(80, 100, (150, 150), (40, 30), rows, head=0)
    sheet.height = upright
    sheet.canvas.restoreState()


def test_a_sideways_table_is_read_as_it_is_when_turned(blocks):
    found = blocks(sideways)
    (table,) = tables(found)
    assert table.caption == "Table 3. Doses of invented medicines for those who cough"
    assert table.header == (("Medicine", "Dose"),)
    assert table.rows == (("Imaginol", "5 mg twice daily for as long as the cough lasts"), ("Fictamine", "7 mg once"))


def test_boxes_of_a_sideways_table_stand_on_the_page_as_it_is(blocks):
    block = next(block for block in blocks(sideways) if block.table)
    for box in (*(line.box for line in block.lines), *(cell.box for cell in block.table.cells)):
        assert 0 < box.left < box.right < 595 and 0 < box.top < box.bottom < 842
    dose = next(cell for cell in block.table.cells if cell.text.startswith("5 mg"))
    assert dose.box.height > dose.box.width


def test_words_close_to_a_rule_between_them_are_two_cells():
    """Years in narrow cells stand as close as the words of a phrase."""
    words = [
        Word(text, Box(left, 104 + 20 * r, left + 22, 114 + 20 * r), 10, False, True)
        for r, row in enumerate((("2011", "2012"), ("1.91", "2.22"), ("0.28", "0.25")))
        for text, left in zip(row, (61, 86), strict=True)
    ]
    level = tuple(Box(60, 100 + 20 * r, 110, 100 + 20 * r) for r in range(4))
    upright = tuple(Box(x, 100, x, 160) for x in (60, 84.5, 110))
    (table,) = find_tables(words, Rules(level, upright, (), (), 0), (595, 842))
    assert table.rows[-1] == ("0.28", "0.25")


# ---- marks


@pytest.mark.parametrize(
    ("word", "raised", "text"),
    [
        ("Ciprofloxacina", 1, "Ciprofloxacin"),
        ("Co-amoxiclav*a", 2, "Co-amoxiclav"),
        ("Ba,b", 3, "B"),
        ("5.937", 2, "5.9"),
        ("kg/m2", 1, "kg/m2"),
        ("109", 1, "109"),
        ("Fosfomycin38", 2, "Fosfomycin"),
        ("1st", 2, "1st"),
        ("plain", 0, "plain"),
    ],
)
def test_a_mark_is_left_out_and_an_exponent_kept(word, raised, text):
    assert unmarked(word, raised) == text


def marked_cells(sheet):
    sheet.prose(60, 90, 470, pdfs.LOREM)
    sheet.grid(60, 160, (120, 120), (16, 16, 16), (("Medicine", "Rate"), (), ()))
    for r, (name, mark, value, note) in enumerate((("Imaginol", "a", "5.9", "37"), ("Fictamine", "b", "20 kg/m", "2"))):
        sheet.run(64, 188 + 16 * r, ((name, 9, 0), (mark, 5, 4)))
        sheet.run(184, 188 + 16 * r, ((value, 9, 0), (note, 5, 4)))
    sheet.prose(60, 300, 470, pdfs.LOREM)


def test_raised_marks_are_no_part_of_a_cell(blocks):
    (table,) = tables(blocks(marked_cells))
    assert table.rows == (("Imaginol", "5.9"), ("Fictamine", "20 kg/m2"))


# ---- over pages, captions, notes


def label_cut_by_the_page(sheet):
    """A label over four rows; word processors cut the cell at the page's end and leave its second part empty."""
    widths = (100, 120, 80)
    head = ("Group", "Medicine", "Dose")
    sheet.prose(60, 90, 470, pdfs.LOREM)
    sheet.grid(
        60, 700, widths, (16,) * 3, (head, ("Adults", "Imaginol", "5 mg"), ("", "Fictamine", "7 mg")), [(1, 0, 2, 1)]
    )
    sheet.next()
    sheet.grid(60, 70, widths, (16,) * 3, (("", "Nullazole", "9 mg"), ("", "Tarvexol", "3 mg"), ("Children", "Imaginol", "1 mg")),
               [(0, 0, 2, 1)], head=0)  # fmt: skip
    sheet.prose(60, 300, 470, pdfs.LOREM)


def test_a_label_cut_by_the_page_is_carried_over(blocks):
    first, second = tables(blocks(label_cut_by_the_page))
    assert first.rows[-1] == ("Adults", "Fictamine", "7 mg")
    assert second.header == (("Group", "Medicine", "Dose"),)
    assert [row[0] for row in second.rows] == ["Adults", "Adults", "Children"]


def row_cut_by_the_page(sheet):
    rows = (("Medicine", "How it is given"), ("Imaginol", "5 mg twice daily, swallowed whole"))
    sheet.prose(60, 90, 470, pdfs.LOREM)
    sheet.grid(60, 700, (100, 250), (16, 16), rows)
    sheet.next()
    sheet.grid(60, 70, (100, 250), (16, 16), (("", "with a glass of water"), ("Fictamine", "7 mg at night")), head=0)
    sheet.prose(60, 300, 470, pdfs.LOREM)


def test_a_row_cut_by_the_page_is_one_row(blocks):
    found = [block for block in blocks(row_cut_by_the_page) if block.table]
    assert found[0].table.rows == (("Imaginol", "5 mg twice daily, swallowed whole with a glass of water"),)
    assert found[0].pages == (1, 2)
    assert found[1].table.rows == (("Fictamine", "7 mg at night"),)


def test_a_caption_of_two_lines_is_whole(blocks):
    def draw(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.lines(60, 150, ("Tabel 7. Doses of medicines that nobody makes,", "as given in towns that are not there"))
        sheet.grid(60, 180, (150, 150), (16, 16), (("Medicine", "Dose"), ("Imaginol", "5 mg")))
        sheet.prose(60, 300, 470, pdfs.LOREM)

    (table,) = tables(blocks(draw))
    assert table.caption == "Tabel 7. Doses of medicines that nobody makes, as given in towns that are not there"


def test_a_caption_under_its_table_is_the_tables(blocks):
    def draw(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.grid(60, 180, (150, 150), (16, 16), (("Medicine", "Dose"), ("Imaginol", "5 mg")))
        sheet.write(60, 226, "Table 2. Doses of medicines that nobody makes")
        sheet.prose(60, 300, 470, pdfs.LOREM)

    (table,) = tables(blocks(draw))
    assert table.caption == "Table 2. Doses of medicines that nobody makes"


def test_footnotes_under_a_table_are_its_notes(blocks):
    def draw(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.grid(60, 180, (150, 150), (16, 16), (("Medicine", "Dose"), ("Imaginol*", "5 mg")))
        sheet.write(60, 221, "*not with milk", 8)
        sheet.write(60, 231, "Source: a register that was never kept", 8)
        sheet.prose(60, 300, 470, pdfs.LOREM)

    (table,) = tables(blocks(draw))
    assert table.notes == ("*not with milk", "Source: a register that was never kept")


def test_a_row_under_a_merged_label_is_found_again_and_no_other(tmp_path):
    """The label stands between the heights of its rows; a value of another row is no part of this one."""
    path = pdfs.drawn(tmp_path, table_pdfs.row_span)
    pages = PdfPages(tmp_path)
    assert pages.find(path.name, 1, "Adults | Second | 20 mg") is not None
    assert pages.find(path.name, 1, "Adults | Second | 10 mg") is None
    assert pages.find(path.name, 1, "Adults | First | 1 mg") is None


CELL = st.sampled_from(("", "5mg", "10mg", "Imaginol", "twicedaily", "≥90"))


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=2, max_size=6))
def test_a_ruled_grid_gives_back_its_cells(rows):
    """Whatever is left empty, no value moves to a neighbour's column."""
    rows = [(f"row{i}", *row) for i, row in enumerate(rows)]
    words = [
        Word(text, Box(64 + 90 * c, 104 + 20 * r, 64 + 90 * c + 6 * len(text), 114 + 20 * r), 10, False, True)
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
        if text
    ]
    level = tuple(Box(60, 100 + 20 * r, 420, 100 + 20 * r) for r in range(len(rows) + 1))
    upright = tuple(Box(60 + 90 * c, 100, 60 + 90 * c, 100 + 20 * len(rows)) for c in range(5))
    found = find_tables(words, Rules(level, upright, (), (), 0), (595, 842))
    if found:
        (table,) = found
        assert [*table.header, *table.rows] == rows
    else:
        assert sum(any(row[1:]) for row in rows) < 2 or len(rows) < 2
