"""Drawn pages with tables and grades, each a trap that real guidelines set."""

from __future__ import annotations

from tests.reading.pdfs import BOLD, LOREM, Sheet

# ---- tables

DOSES = (
    ("Medicine", "Adults", "Children", "Remarks"),
    ("Imaginol", "300 mg twice daily, to be taken with a full glass of water", "5 mg/kg", "With food"),
    ("Fictamine", "", "2 mg/kg", ""),
    ("Nullazole", "50 mg once", "", "Not at night"),
)
WIDTHS = (90, 150, 90, 100)


def ruled_grid(sheet: Sheet) -> None:
    sheet.prose(60, 90, 470, LOREM)
    sheet.write(60, 150, "Table 1. Doses of invented medicines", 10, BOLD)
    sheet.grid(60, 160, WIDTHS, (16, 30, 16, 16), DOSES)
    sheet.prose(60, 280, 470, LOREM)


SPANNED = (
    ("Group", "Step", "Dose"),
    ("Adults", "First", "10 mg"),
    ("", "Second", "20 mg"),
    ("Children", "First", "1 mg"),
)


def row_span(sheet: Sheet) -> None:
    sheet.prose(60, 90, 470, LOREM)
    sheet.grid(60, 160, (120, 120, 120), (16, 16, 16, 16), SPANNED, [(1, 0, 2, 1)])
    sheet.prose(60, 280, 470, LOREM)


def column_span(sheet: Sheet) -> None:
    rows = (
        ("Medicine", "Kidney function", ""),
        ("", "normal", "impaired"),
        ("Imaginol", "300 mg", "100 mg"),
        ("Fictamine", "20 mg", "5 mg"),
    )
    sheet.prose(60, 90, 470, LOREM)
    sheet.grid(60, 160, (120, 120, 120), (16, 16, 16, 16), rows, [(0, 1, 1, 2)], head=2)
    sheet.prose(60, 280, 470, LOREM)


def broken_borders(sheet: Sheet) -> None:
    """No upright rules; each cell's border is a piece of its own, as word processors write them."""
    heights = (16, 30, 16, 16)
    for r in range(5):
        y = 160 + sum(heights[:r])
        for c, wide in enumerate(WIDTHS):
            x = 60 + sum(WIDTHS[:c])
            sheet.canvas.rect(x, sheet.height - y, wide - 0.5, 0.5, stroke=0, fill=1)
    sheet.prose(60, 90, 470, LOREM)
    sheet.cells(60, 160, WIDTHS, heights, DOSES)
    sheet.prose(60, 280, 470, LOREM)


COLUMNS_ONLY = (
    ("Letter", "Finding", "Points"),
    ("Alpha", "A long finding that wraps over more than one line of its cell", "1"),
    ("Beta", "Another long finding that wraps over more than one line of its cell", "2"),
    ("Gamma", "Short", "3"),
)


def columns_only(sheet: Sheet) -> None:
    """Rules around the table, under its head and between the columns; none between the rows."""
    widths, heights = (90, 150, 80), (16, 44, 44, 30)
    sheet.prose(60, 90, 470, LOREM)
    for y in (160, 176, 294):
        sheet.level(60, 380, y)
    for c in range(4):
        sheet.upright(60 + sum(widths[:c]), 160, 294)
    sheet.cells(60, 160, widths, heights, COLUMNS_ONLY)
    sheet.prose(60, 330, 470, LOREM)


def table_over_pages(sheet: Sheet, repeated: bool) -> None:
    rows = [("Medicine", "Dose"), *((f"Medicine {i}", f"{i} mg") for i in range(1, 5))]
    more = [(f"Medicine {i}", f"{i} mg") for i in range(5, 9)]
    sheet.prose(60, 90, 470, LOREM)
    sheet.write(60, 690, "Table 4. Doses", 10, BOLD)
    sheet.grid(60, 700, (150, 150), (16,) * 5, rows)
    sheet.next()
    if repeated:
        more.insert(0, rows[0])
    sheet.grid(60, 70, (150, 150), (16,) * len(more), more, head=int(repeated))
    sheet.prose(60, 300, 470, LOREM)


def header_repeated(sheet: Sheet) -> None:
    table_over_pages(sheet, True)


def header_left_out(sheet: Sheet) -> None:
    table_over_pages(sheet, False)


GRADED = (
    ("Recommendation", "Strength of recommendation", "Certainty of evidence"),
    ("Imaginol should be given to adults", "Strong", "Moderate"),
    ("Fictamine may be given to children", "Conditional", "Low"),
    ("Nullazole is left to the judgement of the clinic", "", ""),
)


def graded_table(sheet: Sheet) -> None:
    sheet.prose(60, 90, 470, LOREM)
    sheet.grid(60, 160, (200, 110, 110), (30, 16, 16, 30), GRADED)
    sheet.prose(60, 300, 470, LOREM)


# ---- grades


def grade_lines(sheet: Sheet, step: float) -> None:
    """A box of two statements, each over its grade on a line of its own, `step` under the statement's last line."""
    first = "We recommend imaginol for adults with imaginary cough who have been ill for four weeks and"
    second = "We suggest fictamine for children with imaginary cough who have been ill for two weeks and"
    sheet.prose(60, 90, 470, LOREM)
    sheet.box(55, 180, 490, 170)
    sheet.write(65, 200, "Recommendation 1", 11, BOLD)
    down = sheet.lines(65, 222, (first, "have no other illness."))
    sheet.write(65, down - 12.5 + step, "Strong recommendation, low certainty of evidence")
    down = sheet.lines(65, down + step + 14, (second, "have no other illness."))
    sheet.write(65, down - 12.5 + step, "Conditional recommendation, very low certainty of evidence")
    sheet.prose(60, 390, 470, LOREM)


def grade_lines_apart(sheet: Sheet) -> None:
    grade_lines(sheet, 22)


def grade_lines_tight(sheet: Sheet) -> None:
    grade_lines(sheet, 12.5)


def ungraded_neighbour(sheet: Sheet) -> None:
    """A box whose first statement has no grade printed."""
    sheet.prose(60, 90, 470, LOREM)
    sheet.box(55, 180, 480, 100)
    sheet.write(65, 200, "Recommendation 1", 11, BOLD)
    sheet.write(65, 220, "• Water should be offered at every visit.")
    sheet.write(65, 240, "• Imaginol should be given to all adults. (Grade A)")
    sheet.write(65, 260, "• Shoes should be left at the door.")
    sheet.prose(60, 330, 470, LOREM)


def inline_levels(sheet: Sheet) -> None:
    sheet.prose(60, 90, 470, LOREM)
    down = sheet.prose(
        60,
        160,
        470,
        "Imaginol halves the time in bed. (Level I) Fictamine made no difference to the time in bed in one cohort "
        "of patients.14 level II-2 Nullazole has not been studied by anybody so far.",
    )
    sheet.prose(60, down + 20, 470, LOREM)
