"""Guidelines in the house styles met, each drawn small with invented content: how their headings nest is known."""

from __future__ import annotations

from tests.reading.pdfs import BODY, BOLD, LOREM, OPENINGS, Sheet

ITALIC = "Helvetica-Oblique"
BLUE = (0.15, 0.35, 0.65)


def titled(sheet: Sheet, down: float, words: str, size: float = 10, font: str = BOLD, left: float = 60) -> float:
    """A heading and a paragraph that names it."""
    sheet.write(left, down, words, size, font)
    return below(sheet, down + 4, words, left)


def below(sheet: Sheet, down: float, words: str, left: float = 60) -> float:
    return sheet.prose(left, down + 14, 530 - left, f"Text under {words[:24]} stands here. {LOREM}") + 14


def coloured(sheet: Sheet, left: float, down: float, words: str, size: float = 10) -> None:
    sheet.canvas.setFillColorRGB(*BLUE)
    sheet.write(left, down, words, size)
    sheet.canvas.setFillColorRGB(0, 0, 0)


def centred(sheet: Sheet, down: float, words: str, size: float = 11) -> None:
    sheet.canvas.setFont(BODY, size)
    sheet.canvas.drawCentredString(sheet.width / 2, sheet.height - down, words)


def bab(sheet: Sheet) -> None:
    """An Indonesian decree: every heading in the type of the text, told by BAB, A., 1., a. and by its place."""
    for chapter, (number, name) in enumerate((("I", "PENDAHULUAN"), ("II", "METODOLOGI"), ("III", "HASIL"))):
        centred(sheet, 40, f"-{chapter + 1}-")
        centred(sheet, 80, f"BAB {number}")
        centred(sheet, 100, name)
        down = 130.0
        for letter, title in (("A", "Latar belakang"), ("B", "Permasalahan"), ("C", "Tujuan")):
            sheet.write(60, down, f"{letter}.", 11)
            sheet.write(82, down, f"{title} {number}", 11)
            down = below(sheet, down + 4, f"{letter}. {title} {number}", 82)
            if letter == "B":
                for step, part in ((1, "Definisi"), (2, "Klasifikasi")):
                    sheet.write(82, down, f"{step}.", 11)
                    sheet.write(104, down, f"{part} {number}", 11)
                    down = below(sheet, down + 4, f"{step}. {part} {number}", 104)
        sheet.next()


def plain_list(sheet: Sheet) -> None:
    """Numbered items in the type of the text, with nothing under them: a list, not headings."""
    down = sheet.prose(60, 90, 470, LOREM) + 14
    for lead in ("The following are kept in the shed", "Boats are made fast by one of these:"):
        sheet.write(60, down, lead)
        for i, item in enumerate(("Anchors of iron", "Lamps and oil", "Nets for herring", "Sails and oars")):
            sheet.write(72, down + 15 * (i + 1), f"{'abcd'[i]}) {item}")
        down = sheet.prose(60, down + 85, 470, LOREM) + 14


def questions(sheet: Sheet) -> None:
    """Questions in bold, the titles under each in capitals of the same size; two parts of the document hold them."""
    part = {1: "Diagnosis of cough", 3: "Treatment of cough"}
    down = 80.0
    for n in range(1, 5):
        if n in part:
            sheet.write(60, down, part[n], 14, BOLD)
            down += 24
        sheet.write(60, down, f"Question {n}. Should imaginol number {n} be kept in stock?", 14, BOLD)
        down += 24
        for name in ("KEY FINDINGS", "INTRODUCTION", "RESULTS"):
            sheet.write(60, down, name, 14, BOLD)
            down = below(sheet, down + 4, f"{name} of {n}")
        if n % 2 == 0:
            sheet.next()
            down = 80.0


def statements(sheet: Sheet) -> None:
    """Bold statements after a label in capitals, each over a profile: only the label is a heading."""
    down = titled(sheet, 80, "KEY STATEMENTS", 13)
    for n, name in ((1, "HARBOUR"), (2, "WEATHER"), (3, "ROPES")):
        words = (
            f"STATEMENT {n}. {name}: Pilots should look after the {name.lower()} every day of the year and note it in"
        )
        sheet.write(60, down, words, 9, BOLD)
        sheet.write(60, down + 12, "the book that is kept for it. Strong recommendation.", 9, BOLD)
        sheet.write(60, down + 30, f"Profile for Statement {n}", 9, BOLD)
        down = below(sheet, down + 34, f"Profile {n}")


def chapter_numbers_apart(sheet: Sheet) -> None:
    """Chapters with a number as tall as their two-line title, beside it; boxes with a recommendation in each chapter."""
    box = 0
    for n, (name, under) in enumerate(
        (("Introduction", ""), ("Recommendations", "Evidence and reasons"), ("Methods", "")), 1
    ):
        sheet.write(20, 120, str(n), 72)
        sheet.write(70, 95, name, 27, BOLD)
        if under:
            sheet.write(70, 125, under, 27, BOLD)
        down = sheet.prose(70, 160, 450, f"Text under chapter {n} stands here. {LOREM}") + 20
        for part in (1, 2):
            sheet.write(70, down, f"{n}.{part}. Part {part} of {name.lower()}", 16, BOLD)
            down = below(sheet, down + 4, f"part {n}.{part}", 70)
            if n >= 2:
                box += 1
                sheet.box(65, down, 460, 60)
                sheet.write(75, down + 18, f"Recommendation {box}. Ropes of kind {box}", 13, BOLD)
                sheet.write(75, down + 38, "Ropes are recommended to everybody who has a boat.")
                sheet.write(75, down + 52, "(Conditional recommendation, low certainty of evidence)")
                down += 85
                for title in ("Evidence and justification", "Resources"):
                    sheet.write(70, down, title, 13, ITALIC)
                    down = below(sheet, down + 4, f"{title[:8]} {box}", 70)
        sheet.next()


def by_colour(sheet: Sheet) -> None:
    """Headings that differ from the text in their colour alone, close above it; an address set in the same way."""
    down = 80.0
    for name in ("Adhere to the rules of the harbour", "Clean the lamps", "Report what was seen"):
        coloured(sheet, 60, down, name)
        down = sheet.prose(60, down + 12.5, 470, f"Text under {name} stands here. {LOREM}") + 14
    sheet.lines(60, down, ("The rules hang at the gate and may be read there at any hour of the day, or else",))
    coloured(sheet, 60, down + 12.5, "www.harbour.example/rules")
    sheet.lines(60, down + 25, ("under the letter H.",))


def misprinted(sheet: Sheet) -> None:
    """Section 4.2 is printed as 3.2; its own parts are right."""
    names = (
        "4 Advice",
        "4.1 Boats",
        "4.1.1 Burden",
        "4.1.2 Harms",
        "3.2 Ropes",
        "4.2.1 Burden",
        "4.3 Sails",
        "4.3.1 Burden",
    )
    down = 80.0
    for name in names:
        down = titled(sheet, down, name, {0: 16, 1: 14}.get(name.split()[0].count("."), 10))
    sheet.next()


def references_in_parts(sheet: Sheet) -> None:
    """A list of references in parts named like the chapters, and an annex of prose after it."""
    down = titled(sheet, 80, "HARBOURS", 14)
    down = titled(sheet, down, "ROPES", 14)
    sheet.write(60, down, "REFERENCES", 14, BOLD)
    for name in ("Harbours", "Ropes"):
        sheet.write(60, down + 24, name, 11, BOLD)
        for i in (1, 2, 3):
            line = f"{i}. Alpha B, Gamma D, et al. {name} of the north. J Invent Med. 2019;14(2):4{i}-56."
            sheet.write(60, down + 28 + 14 * i, line)
        down += 80
    down = titled(sheet, down + 20, "ACKNOWLEDGEMENTS", 14)


def short_chapters(sheet: Sheet) -> None:
    """Feet that name the chapter and the page: chapter two has one page only. A footnote comes three times."""
    chapters = ("Boats", "Boats", "Boats", "Ropes", "Sails", "Sails", "Sails", "Sails")
    for page, chapter in enumerate(chapters):
        sheet.prose(60, 90, 470, f"{OPENINGS[page]} {LOREM}")
        if page in (1, 3, 5):
            sheet.write(60, 738, "1 Rules of the harbour, which were printed by the harbour itself and may be", 8)
            sheet.write(60, 748, "had from its office, seen on 18 December 2018.", 8)
        sheet.write(380, 812, f"{chapter} of the north {page + 11}", 8)
        sheet.next()


def box_in_a_column(sheet: Sheet) -> None:
    """Two columns, of which the left is mostly a box: few lines are left to tell the columns by."""
    sheet.prose(60, 80, 220, f"Left above the box. {LOREM[:120]}")
    sheet.box(55, 140, 235, 560)
    sheet.write(65, 160, "Key recommendations for boats:", 10, BOLD)
    down = 180.0
    for i in range(1, 9):
        down = (
            sheet.prose(65, down, 210, f"{i}. Boat number {i} is looked after by the one who owns it. {LOREM[:90]}") + 6
        )
    down = sheet.prose(310, 80, 225, f"Right column begins. {LOREM} {LOREM}")
    sheet.write(310, down + 16, "Cleaning of ropes", 12, ITALIC)
    sheet.prose(310, down + 34, 225, f"Right column goes on. {LOREM} {LOREM}")


def contents_by_indent(sheet: Sheet) -> None:
    """All headings are set alike; the contents list sets the inner ones in."""
    names = (("Boats", 0), ("Building", 1), ("Mending", 1), ("Ropes", 0), ("Hemp", 1), ("Sails", 0))
    sheet.write(60, 80, "Contents", 16, BOLD)
    for i, (name, depth) in enumerate(names):
        sheet.write(60 + 12 * depth, 110 + 18 * i, f"{name} {'.' * 90} {2 + i // 3}")
    sheet.write(300, 812, "1", 8)
    for page in (2, 3):
        sheet.next()
        down = 80.0
        for name, _ in names[3 * (page - 2) : 3 * page - 3]:
            down = titled(sheet, down, name, 14)
        sheet.write(300, 812, str(page), 8)


def journal(sheet: Sheet) -> None:
    """A society's guideline in a journal: two columns, numbered sections, a title over both, a table in a column."""
    sheet.write(60, 70, "Guideline on the keeping of ropes: the society of invented pilots", 16, BOLD)
    sheet.write(60, 92, "Odd Lorne, Signe Mellor, Arvid Nesse, Tilda Orme, Bo Pashley, for the society")
    names = (
        "1. Preamble",
        "2. Introduction",
        "2.1. Why ropes",
        "2.2. What is new",
        "3. Keeping",
        "3.1. Dry",
        "3.2. Wet",
        "References",
    )
    down, left = 130.0, 60.0
    for name in names:
        if down > 640:
            down, left = 130.0, 312.0
        sheet.write(left, down, name, 12 if name.count(".") < 2 else 10.5, BOLD)
        words = (
            f"Text under {name} stands here. {LOREM}"
            if name != "References"
            else "1. Alpha B, et al. Ropes. J Invent Med. 2019;1:2-3."
        )
        down = sheet.prose(left, down + 15, 225, words) + 16


def malaysian(sheet: Sheet) -> None:
    """Front matter in capitals, chapters numbered "1.", letters and Roman numbers under them, boxes, appendices."""
    down = titled(sheet, 60, "KEY RECOMMENDATIONS", 11)
    titled(sheet, down, "TARGET GROUP", 11)
    for names in (
        ("1. BOATS", "1.1 Wood", "a) Oak", "b) Pine", "i. Red pine", "ii. White pine", "c) Elm", "1.2 Iron"),
        ("2. ROPES", "2.1 Hemp", "a) Long", "b) Short", "2.2 Wire", "3. SAILS", "REFERENCES"),
        ("Appendix 1", "Appendix 2", "LIST OF ABBREVIATIONS"),
    ):
        sheet.next()
        down = 60.0
        for name in names:
            sheet.write(60, down, name, 11, BOLD)
            if name.startswith("Appendix"):
                sheet.write(60, down + 16, f"FORM {name[-1]}", 11, BOLD)
                down += 16
            words = f"Text under {name} stands here. {LOREM}"
            if name == "REFERENCES":
                words = "1. Alpha B, et al. Ropes. J Invent Med. 2019;1:2-3."
            down = sheet.prose(60, down + 15, 470, words) + 16
            if name == "a) Oak":
                sheet.box(55, down, 480, 50)
                sheet.write(65, down + 16, "Recommendation 1", 11, BOLD)
                sheet.write(65, down + 34, "• Oak should be used for the keel. (Grade A)")
                down = sheet.prose(60, down + 75, 470, f"Text after the box stands here. {LOREM}") + 16


def cover_page(sheet: Sheet) -> None:
    """A cover whose type is larger than anything after it, then chapters without numbers."""
    sheet.write(60, 150, "Guideline on the keeping of boats", 26, BOLD)
    sheet.write(60, 190, "Second Edition", 14)
    sheet.write(60, 700, "Society of Invented Pilots", 11)
    sheet.next()
    titled(sheet, titled(sheet, 80, "Harbours", 14), "Ropes", 14)
