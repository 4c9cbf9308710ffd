"""Small PDFs drawn for one trap each: every bug is a named fixture.

`Sheet` draws; lengths are points from the page's top left corner, as cpgassist counts them, and `down` is the
baseline of the words. The functions under it each draw one trap; their names are the fixtures' names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

A4 = (595.0, 842.0)
BODY, BOLD = "Helvetica", "Helvetica-Bold"
pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))  # shipped inside reportlab; has ligatures and ≥

LOREM = (
    "The clinic keeps a record of every visit and reads it again before the next one. "
    "Nothing in this paragraph is about a medicine, and nobody should act upon it. "
    "It is here so that the page has a body whose size is the size of most letters."
)


OPENINGS = (
    "Rain falls on the harbour most of the year, and the roofs are steep.",
    "Every clinic keeps its own list of those who came and went.",
    "Nobody has counted the gulls, though a count was planned.",
    "Timber is stacked behind the sheds until the ships come in.",
    "A bell is rung when the water stands high at the gate.",
    "Bread is baked twice a week and sold on the market.",
    "The school has two rooms, of which one is used as a store.",
    "Letters come by boat and are handed out in the evening.",
    "On the hill stands a tower that was never finished.",
    "Old ropes are kept, since they may serve once more.",
)
"""Page openings that no reader can take for one running head."""


class Sheet:
    """A PDF drawn piece by piece."""

    def __init__(self, path: Path, size: tuple[float, float] = A4, **options: object) -> None:
        self.path = path
        self.width, self.height = size
        self.canvas = Canvas(str(path), pagesize=size, invariant=1, **options)

    def write(self, left: float, down: float, words: str, size: float = 10, font: str = BODY) -> float:
        """The words on one line; returns where they end."""
        self.canvas.setFont(font, size)
        self.canvas.drawString(left, self.height - down, words)
        return left + pdfmetrics.stringWidth(words, font, size)

    def run(self, left: float, down: float, pieces: Sequence[tuple[str, float, float]], font: str = BODY) -> None:
        """One line of (words, size, rise) set without moving: superscripts as word processors set them."""
        text = self.canvas.beginText(left, self.height - down)
        for words, size, rise in pieces:
            text.setFont(font, size)
            text.setRise(rise)
            text.textOut(words)
        self.canvas.drawText(text)

    def prose(
        self, left: float, down: float, width: float, words: str, size: float = 10, font: str = BODY, lead: float = 12.5
    ) -> float:
        """A wrapped paragraph; returns the baseline after its last line."""
        for line in simpleSplit(words, font, size, width):
            self.write(left, down, line, size, font)
            down += lead
        return down

    def lines(self, left: float, down: float, lines: Sequence[str], size: float = 10, font: str = BODY) -> float:
        """Lines broken by hand."""
        for line in lines:
            self.write(left, down, line, size, font)
            down += 12.5
        return down

    def level(self, left: float, right: float, top: float) -> None:
        self.canvas.line(left, self.height - top, right, self.height - top)

    def upright(self, left: float, top: float, bottom: float) -> None:
        self.canvas.line(left, self.height - top, left, self.height - bottom)

    def box(self, left: float, top: float, width: float, height: float, fill: float | None = None) -> None:
        """A framed panel, or with `fill` a grey one without frame."""
        if fill is not None:
            self.canvas.setFillGray(fill)
        self.canvas.rect(left, self.height - top - height, width, height, stroke=fill is None, fill=fill is not None)
        self.canvas.setFillGray(0)

    def cells(
        self,
        left: float,
        top: float,
        widths: Sequence[float],
        heights: Sequence[float],
        rows: Sequence[Sequence[str]],
        spans: Sequence[tuple[int, int, int, int]] = (),
        head: int = 1,
    ) -> float:
        """The words of a table, wrapped in their cells; a span is (row, column, rows, columns). Returns the bottom."""
        for r, row in enumerate(rows):
            for c, words in enumerate(row):
                deep, wide = next(((d, w) for a, b, d, w in spans if (a, b) == (r, c)), (1, 1))
                x, y = left + sum(widths[:c]), top + sum(heights[:r])
                room = sum(widths[c : c + wide]) - 8
                font = BOLD if r < head else BODY
                lines = simpleSplit(words, font, 9, room)
                spare = sum(heights[r : r + deep]) - 11 * len(lines)
                self.lines_in(x + 4, y + (spare / 2 if deep > 1 else 0) + 11, lines, font)
        return top + sum(heights)

    def lines_in(self, left: float, down: float, lines: Sequence[str], font: str) -> None:
        for i, line in enumerate(lines):
            self.write(left, down + 11 * i, line, 9, font)

    def grid(
        self,
        left: float,
        top: float,
        widths: Sequence[float],
        heights: Sequence[float],
        rows: Sequence[Sequence[str]],
        spans: Sequence[tuple[int, int, int, int]] = (),
        head: int = 1,
    ) -> float:
        """A fully ruled table; spanned cells have no rules inside. Returns the bottom."""
        inside_level = {(r, k) for a, b, d, w in spans for r in range(a + 1, a + d) for k in range(b, b + w)}
        inside_upright = {(r, k) for a, b, d, w in spans for r in range(a, a + d) for k in range(b + 1, b + w)}
        for r in range(len(heights) + 1):
            for c in range(len(widths)):
                if (r, c) not in inside_level:
                    x, y = left + sum(widths[:c]), top + sum(heights[:r])
                    self.level(x, x + widths[c], y)
        for c in range(len(widths) + 1):
            for r in range(len(heights)):
                if (r, c) not in inside_upright:
                    x, y = left + sum(widths[:c]), top + sum(heights[:r])
                    self.upright(x, y, y + heights[r])
        return self.cells(left, top, widths, heights, rows, spans, head)

    def next(self) -> None:
        self.canvas.showPage()

    def save(self) -> Path:
        self.canvas.save()
        return self.path


def running(sheet: Sheet, head: str, foot: str, bottom: float = 810) -> None:
    """A running head and foot."""
    sheet.write(60, 30, head, 8)
    sheet.write(60, bottom, foot, 8)


# ---- reading order


def one_column(sheet: Sheet) -> None:
    for i in range(6):
        sheet.prose(60, 100 + i * 80, 470, f"Paragraph {i} begins here. {LOREM}")


def drawn_backwards(sheet: Sheet) -> None:
    """The same as one_column, the last paragraph drawn first."""
    for i in reversed(range(6)):
        sheet.prose(60, 100 + i * 80, 470, f"Paragraph {i} begins here. {LOREM}")


def two_columns(sheet: Sheet) -> None:
    """A title over both columns, and the columns' lines drawn row by row, as some exporters do."""
    sheet.write(60, 90, "Treatment of imaginary cough in adults and older people", 18, BOLD)
    columns = []
    for c, name in enumerate(("Left", "Right")):
        text = " ".join(f"{name} sentence {i} follows the one before it on the page." for i in range(24))
        columns.append([(60 + c * 245, line) for line in simpleSplit(text, BODY, 10, 225)])
    for i, row in enumerate(zip(*columns, strict=False)):
        for left, line in row:
            sheet.write(left, 130 + i * 12.5, line)


def title_between_columns(sheet: Sheet) -> None:
    """A full-width heading half-way down parts the columns above it from those below."""
    for band, top in (("upper", 80), ("lower", 420)):
        for c, name in enumerate(("Left", "Right")):
            text = " ".join(f"{name} {band} sentence {i} keeps its place in the text." for i in range(14))
            sheet.prose(60 + c * 245, top, 225, text)
    sheet.write(60, 400, "Part two runs over both of the columns of this page", 15, BOLD)


def box_emitted_last(sheet: Sheet) -> None:
    """A recommendation box that stands mid-page and is drawn after everything else."""
    sheet.prose(60, 90, 470, f"First paragraph, above the box. {LOREM}")
    sheet.prose(60, 320, 470, f"Last paragraph, below the box. {LOREM}")
    sheet.box(55, 180, 480, 90)
    sheet.write(65, 200, "Recommendation 1", 11, BOLD)
    sheet.write(65, 220, "• Imaginol should be given to all adults. (Grade A)")
    sheet.write(65, 240, "• Imaginol may be given to children. (Grade C)")


def superscripts(sheet: Sheet) -> None:
    down = sheet.prose(60, 90, 470, LOREM)
    sheet.run(
        60,
        down + 12,
        (
            ("Imaginol lowers the risk", 10, 0),
            ("12,13", 6, 4),
            (" of fever at doses above 40 mg/m", 10, 0),
            ("2", 6, 4),
            (" in adults.", 10, 0),
        ),
    )
    sheet.prose(60, down + 40, 470, LOREM)


def words_outside(sheet: Sheet) -> None:
    """Printer's marks left of and under the page, and a CropBox smaller than the paper."""
    sheet.prose(60, 90, 470, f"Seen words. {LOREM}")
    sheet.write(-200, 300, "slugline invisible")
    sheet.write(60, 1000, "underneath invisible")


def cropped(sheet: Sheet) -> None:
    """A print file: the visible page is the CropBox inside the sheet."""
    sheet.canvas.setCropBox((50, 50, 545, 792))
    sheet.prose(80, 110, 400, f"Seen words. {LOREM}")
    sheet.write(60, 30, "cropmark text")


def rotated(sheet: Sheet) -> None:
    """A page set sideways on its sheet and shown upright by /Rotate 90."""
    sheet.canvas.setPageRotation(90)
    sheet.canvas.saveState()
    sheet.canvas.rotate(90)
    # Drawn along the long side: x runs up the paper, y runs from its left edge to the left.
    for i in range(6):
        for k, line in enumerate(simpleSplit(f"Turned paragraph {i} begins here. {LOREM}", BODY, 10, 440)):
            sheet.canvas.setFont(BODY, 10)
            sheet.canvas.drawString(80, -(80 + i * 70 + k * 12.5), line)
    sheet.canvas.restoreState()


# ---- running heads, labels

LABELS: dict[str, Callable[[int], str]] = {
    "plain": str,
    "offset": lambda page: str(page + 10),
    "page_of": lambda page: f"Page {page} of 8",
    "dashes": lambda page: f"-{page + 33}-",
    "roman": lambda page: ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii")[page - 1],
    "with_title": lambda page: f"Management of imaginary cough | {page + 2}",
}


def labelled(kind: str) -> Callable[[Sheet], None]:
    def draw(sheet: Sheet) -> None:
        for page in range(1, 9):
            running(sheet, "Management of imaginary cough", LABELS[kind](page))
            sheet.prose(60, 90, 470, f"{OPENINGS[page - 1]} {LOREM}")
            sheet.prose(60, 200, 470, LOREM)
            sheet.next()

    return draw


def unlabelled(sheet: Sheet) -> None:
    """Eight pages without a printed number: a table's numbers and a year stand at their edges instead."""
    for page in range(1, 9):
        sheet.write(60, 30, f"Cohort of {(1994, 2003, 2011, 1987, 2020, 1999, 2015, 2008)[page - 1]}", 10)
        sheet.prose(60, 90, 470, f"{OPENINGS[page - 1]} {LOREM}")
        sheet.write(60, 800, f"{(7, 120, 3, 45, 18, 260, 2, 77)[page - 1]}", 10)
        sheet.next()


def roman_then_arabic(sheet: Sheet) -> None:
    for page in range(1, 11):
        label = ("", "ii", "iii", "iv", "v")[page - 1] if page <= 5 else str(page - 5)
        sheet.write(60, 30, "Management of imaginary cough", 8)
        if label:
            sheet.write(300, 810, label, 8)
        sheet.prose(60, 90, 470, f"{OPENINGS[page - 1]} {LOREM}")
        sheet.next()


# ---- sections


def heading(sheet: Sheet, down: float, words: str, size: float = 13) -> float:
    sheet.write(60, down, words, size, BOLD)
    return down + 22


def chapters(sheet: Sheet) -> None:
    """Numbered headings of three depths, each over a paragraph that names it."""
    names = ("1 Introduction", "1.1 Who should read this", "1.1.1 Nurses", "1.2 What is new", "2 Treatment")
    down = 80.0
    for name in (*names, "2.1 Imaginol", "3 Follow-up"):
        down = heading(sheet, down, name, 14 if name.count(".") == 0 else 11)
        down = sheet.prose(60, down, 470, f"Text under {name.split()[0]} here. {LOREM}") + 14


def front_and_chapters(sheet: Sheet) -> None:
    """An unnumbered front heading on a page of its own, then numbered chapters in the same type."""
    down = heading(sheet, 80, "Key Messages", 14)
    sheet.prose(60, down, 470, LOREM)
    sheet.next()
    chapters(sheet)


def contents(sheet: Sheet) -> None:
    """A contents list on page 1, its chapters on page 2."""
    sheet.write(60, 80, "Table of Contents", 14, BOLD)
    entries = ("1 Introduction", "1.1 Who should read this", "1.2 What is new", "2 Treatment", "2.1 Imaginol")
    for i, entry in enumerate(entries):
        dots = "." * int((430 - pdfmetrics.stringWidth(entry, BODY, 10)) / pdfmetrics.stringWidth(".", BODY, 10))
        sheet.write(60, 110 + i * 18, f"{entry} {dots} {i + 1}")
    sheet.next()
    chapters(sheet)


REFERENCES = (
    "1. Alpha B, Gamma D, et al. Imaginol in adults. J Invent Med. 2019;14(2):48-56.",
    "2. Epsilon F, et al. Fictamine in children: a cohort. Ann Imagin Ther. 2012;25(3):85-93.",
    "3. Zeta H. Nullazole at night. Lancet. 2003;4(6):418-426.",
)


def references(sheet: Sheet) -> None:
    down = heading(sheet, 80, "1 Treatment", 14)
    down = sheet.prose(60, down, 470, LOREM) + 14
    down = heading(sheet, down, "References", 14)
    for line in REFERENCES:
        down = sheet.prose(60, down, 470, line) + 6
    down = heading(sheet, down + 10, "Appendix 1 Search strategy", 14)
    sheet.prose(60, down, 470, f"After the references. {LOREM}")


def wrapped_with_o(sheet: Sheet) -> None:
    """A paragraph whose later lines begin with "of", "or" and "over": no bullets."""
    sheet.lines(
        60,
        90,
        (
            "Between 2018 and 2022 a mean of 1,240 cases was notified each year, an incidence",
            "of 61 per 100,000 population, which rose in the years that came after the change",
            "or so it was held by those who counted them in the harbours and in the villages",
            "over the whole of the coast, and it has been so ever since the first count was made.",
        ),
    )
    sheet.prose(60, 200, 470, LOREM)


def list_then_paragraph(sheet: Sheet) -> None:
    """A list with a lead-in; the paragraph after it stands apart at the left margin."""
    down = sheet.prose(60, 90, 470, LOREM) + 12
    sheet.write(60, down, "Do not give imaginol if any of the following is present:")
    for i, item in enumerate(("pregnancy at any stage", "a pulse below 40", "treatment with fictamine")):
        sheet.write(72, down + 16 + i * 14, f"• {item}")
    sheet.prose(60, down + 80, 470, f"Paragraph after the list. {LOREM}")


def hyphens(sheet: Sheet) -> None:
    """Words broken at line ends: one that loses its hyphen, one that keeps it."""
    sheet.lines(
        60,
        90,
        (
            "The treatment of imaginary cough is treat-",
            "ment with imaginol, and a follow-up of four weeks is long enough. A follow-",
            "up visit is not needed where the patient can write a letter about himself.",
        ),
    )
    sheet.prose(60, 160, 470, LOREM)


def cover(sheet: Sheet) -> None:
    sheet.write(60, 150, "Management of Imaginary Cough", 26, BOLD)
    sheet.write(60, 190, "Third Edition", 14)
    sheet.write(60, 215, "2021", 14)
    sheet.write(60, 700, "Society of Invented Medicine", 11)
    sheet.next()
    sheet.prose(
        60,
        90,
        470,
        "This guideline was issued in 2021 and will be reviewed in 2026, or sooner if new evidence becomes available.",
    )
    sheet.next()
    sheet.prose(60, 90, 470, LOREM * 3)


def malay_cover(sheet: Sheet) -> None:
    sheet.write(60, 150, "Pengurusan Batuk Khayalan", 26, BOLD)
    sheet.write(60, 190, "Edisi Kedua", 14)
    sheet.write(60, 215, "2020", 14)
    sheet.write(60, 700, "Kementerian Kesihatan Rekaan", 11)
    sheet.next()
    words = "Garis panduan ini dikeluarkan pada tahun 2020 dan akan disemak semula pada tahun 2025. "
    sheet.prose(
        60, 90, 470, words + "Pesakit yang batuk perlu diberi air dan tidak perlu dirujuk kepada hospital. " * 5
    )


def plain_text(sheet: Sheet) -> None:
    sheet.prose(60, 90, 470, LOREM)
    sheet.prose(60, 160, 470, LOREM)


def quotes(sheet: Sheet) -> None:
    """Lines, a broken word, ligatures and reference marks, each to be found again."""
    sheet.lines(60, 90, ("Imaginol is given by mouth twice daily and is never given to", "people who can sing."))
    sheet.lines(60, 140, ("A second dose is super-", "fluous in the morning."))
    sheet.write(60, 190, "The ﬁrst dose of the ﬂuid drug is ≥90 mg.", 10, "Vera")
    sheet.run(
        60,
        230,
        [("Cough was cured", 10, 0), ("12,13", 6, 4), (" in 9 of 10 adults within 14", 10, 0), (" days.", 10, 0)],
    )
    sheet.grid(60, 270, (100, 100, 100), (16, 16, 16), (("Drug", "Dose", "Note"), ("Imaginol", "5 mg", "At night"),
                                                        ("Fictamine", "7 mg", "At night")))  # fmt: skip
    sheet.run(60, 380, [("Fever fell", 10, 0), ("7", 6, 4), (" in all of 20 adults.", 10, 0)])
    sheet.write(60, 340, "Repeated words stand here. Repeated words stand here.")


def cells_by_column(sheet: Sheet) -> None:
    """A table whose words are drawn column after column, so that no row stands together in the text."""
    columns = (("Drug", "Imaginol", "Fictamine"), ("Dose", "5 mg", "7 mg"), ("Note", "At night", "At noon"))
    for c, column in enumerate(columns):
        for r, words in enumerate(column):
            sheet.write(64 + 100 * c, 112 + 16 * r, words, 9)
    sheet.grid(60, 100, (100, 100, 100), (16, 16, 16), ((), (), ()))
    sheet.prose(60, 200, 470, LOREM)


def textless(sheet: Sheet) -> None:
    """Page 2 is a drawing without text, page 3 is blank."""
    sheet.prose(60, 90, 470, LOREM)
    sheet.next()
    for i in range(20):
        sheet.canvas.circle(300, 400, 5 + i * 8)
    sheet.next()
    sheet.canvas.showPage()
    sheet.prose(60, 90, 470, f"After the blank page. {LOREM}")


def drawn(folder: Path, draw: Callable[[Sheet], None], name: str = "") -> Path:
    """The trap as a PDF in the folder."""
    sheet = Sheet(folder / f"{name or draw.__name__}.pdf")
    draw(sheet)
    return sheet.save()
