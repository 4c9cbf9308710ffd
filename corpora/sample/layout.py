"""The drawing vocabulary of the sample guidelines: text blocks in, pages that hurt like real ones out.

A guideline is a text file: `key: value` lines, a line `---`, then blocks parted by blank lines. A block is a heading
(`# 1 TITLE`, `## 1.1 Title`), bullets (`- `), a directive (`@rec Recommendation 1`, `@table ...`) or a paragraph.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from charts import CHARTS
from marks import Late, Marked, TocLine, scanned_page
from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.enums import TA_JUSTIFY, TA_LEFT
from reportlab.lib.pagesizes import A4, B5
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    FrameBreak,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

MARK = "FICTIONAL - sample text for software, not for care"
for _face in ("Vera", "VeraBd", "VeraIt", "VeraBI"):  # shipped inside reportlab
    pdfmetrics.registerFont(TTFont(_face, f"{_face}.ttf"))
pdfmetrics.registerFontFamily("Vera", "Vera", "VeraBd", "VeraIt", "VeraBI")
_BOLD = {"Helvetica": "Helvetica-Bold", "Times-Roman": "Times-Bold", "Vera": "VeraBd"}


@dataclass(frozen=True)
class House:
    """A publisher's house style."""

    font: str
    points: float
    accent: Color
    panel: Color
    page: tuple[float, float] = B5
    left: float = 18 * mm
    numbering: str = "roman"
    """roman: front matter i, ii, then 1; minus2: PDF page minus 2; plain: PDF page; journal: 411 plus PDF page."""
    columns: int = 1

    @property
    def bold(self) -> str:
        return _BOLD[self.font]

    def style(self, name: str, **changes: object) -> ParagraphStyle:
        base = {"fontName": self.font, "fontSize": self.points, "leading": self.points * 1.34}
        return ParagraphStyle(name, **(base | changes))


HOUSES = {
    "harbour": House("Helvetica", 9.3, HexColor("#1f4e79"), HexColor("#dbe8f5")),
    "harbour-old": House("Times-Roman", 10.4, HexColor("#5b5b5b"), HexColor("#e6e6e6"), numbering="plain"),
    "lantern": House("Helvetica", 9.6, HexColor("#8c1d18"), HexColor("#f7e3dc"), A4, left=42 * mm, numbering="minus2"),
    "moss": House("Times-Roman", 9.6, HexColor("#2f5d50"), HexColor("#e4efe9"), A4, numbering="journal", columns=2),
    "bakau": House("Vera", 8.4, HexColor("#2e6b34"), HexColor("#e2f0dc")),
}


_VOWEL, _CONSONANT = "[aeiou]", "[b-df-hj-np-tv-z]"
_CLOSED = re.compile(rf"(?<=[a-z]{{2}}{_VOWEL}{_CONSONANT})(?={_CONSONANT}{_VOWEL}[a-z])")
_OPEN = re.compile(rf"(?<=[a-z]{{3}}{_VOWEL})(?={_CONSONANT}{_VOWEL}[a-z])")


def soft_hyphens(word: re.Match[str]) -> str:
    """The word with places where a line may end: between two consonants, else after a vowel."""
    parts = _CLOSED.sub("\u00ad", word[0])
    return parts if parts != word[0] else _OPEN.sub("\u00ad", parts)


def inline(text: str, hyphenate: bool = False) -> str:
    """House markup as reportlab's: ^7^ superscript, **bold**, *italic*; glyphs the base fonts lack come from Vera."""
    if hyphenate:
        text = re.sub(r"[a-z]{9,}", soft_hyphens, text)
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    text = re.sub(r"\^([\d,\-*a-c]+)\^", r'<super size="6.2">\1</super>', text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"(?<![\w*])\*(?! )([^*]+?)\*(?!\w)", r"<i>\1</i>", text)
    text = re.sub("([≥≤≠]+)", r'<font name="Vera">\1</font>', text)
    return text.replace("//", "<br/>")


@dataclass(frozen=True)
class Block:
    """One block of a guideline's text file."""

    kind: str
    argument: str
    lines: list[str]

    @property
    def text(self) -> str:
        return " ".join(self.lines)

    @property
    def bullets(self) -> list[str]:
        return re.split(r"\s*(?:^|\n)- ", "\n".join(self.lines))[1:]


def read_guideline(path: Path) -> tuple[dict[str, str], list[Block]]:
    """A guideline's text file as (meta, blocks)."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n---\n")
    meta = dict(line.split(": ", 1) for line in head.splitlines())
    return meta, [_block(chunk.split("\n")) for chunk in re.split(r"\n\s*\n", body.strip())]


def _block(lines: list[str]) -> Block:
    first = lines[0]
    if first.startswith("@"):
        kind, _, argument = first[1:].partition(" ")
        return Block(kind, argument, lines[1:])
    if first.startswith("#"):
        marks, _, title = first.partition(" ")
        return Block("heading", str(len(marks)), [title])
    return Block("bullets" if first.startswith("- ") else "paragraph", "", lines)


class Sheets(BaseDocTemplate):
    """The pages of one guideline: frames, running heads and feet, printed page numbers."""

    def __init__(self, target: object, house: House, meta: dict[str, str]) -> None:
        super().__init__(target, pagesize=house.page, invariant=1)
        self.house, self.meta, self.entries, self.body_start = house, meta, [], 0
        width, height = house.page
        inner, top, bottom = width - house.left - 18 * mm, height - 20 * mm, 19 * mm
        whole = Frame(house.left, bottom, inner, top - bottom, 0, 0, 0, 0, id="whole")
        columns = [whole]
        if house.columns == 2:
            half = (inner - 7 * mm) / 2
            columns = [Frame(house.left + i * (half + 7 * mm), bottom, half, top - bottom, 0, 0, 0, 0) for i in (0, 1)]
        full = Frame(0, 0, width, height, 0, 0, 0, 0)
        self.addPageTemplates(
            [
                PageTemplate("cover", [whole], onPage=self.cover),
                PageTemplate("front", [whole], onPage=self.chrome, onPageEnd=self.late),
                PageTemplate("body", columns, onPage=self.chrome, onPageEnd=self.late),
                PageTemplate("wide", [whole], onPage=self.chrome, onPageEnd=self.late),
                PageTemplate("scan", [full]),
                self.journal_opening(inner, bottom, top),
            ]
        )
        self.pageTemplates.sort(key=lambda template: template.id != meta.get("first", "cover"))

    def journal_opening(self, inner: float, bottom: float, top: float) -> PageTemplate:
        """A first page with a title over both columns."""
        half, high = (inner - 7 * mm) / 2, 87 * mm
        frames = [Frame(self.house.left, top - high, inner, high, 0, 0, 0, 0)]
        for i in (0, 1):
            x = self.house.left + i * (half + 7 * mm)
            frames.append(Frame(x, bottom, half, top - high - bottom, 0, 4, 0, 0))
        return PageTemplate("opening", frames, onPage=self.chrome, onPageEnd=self.late)

    def label(self) -> str:
        """The number printed on the current page."""
        number, scheme = self.page, self.house.numbering
        if scheme == "roman":
            return str(number - self.body_start + 1) if self.body_start else roman(number)
        if scheme == "minus2":
            return str(number - 2) if number > 2 else ""
        return str(number + 411 if scheme == "journal" else number)

    def chrome(self, canvas: object, _: object) -> None:
        """Running head and foot, emitted before the text of the page."""
        canvas.late = []
        if self.pageTemplate.id in ("body", "wide") and not self.body_start:
            self.body_start = self.page
        width, height = self.house.page
        left, right = self.house.left, width - 18 * mm
        canvas.setFont(self.house.font, 7.6)
        canvas.setFillColor(self.house.accent)
        canvas.drawString(left, height - 14 * mm, self.meta["head"])
        if "head2" in self.meta:
            canvas.drawRightString(right, height - 14 * mm, self.meta["head2"])
        canvas.setStrokeColor(self.house.accent)
        canvas.setLineWidth(0.5)
        canvas.line(left, height - 15.5 * mm, right, height - 15.5 * mm)
        canvas.setFillGray(0.35)
        canvas.drawString(left, 11 * mm, MARK)
        canvas.setFillGray(0)
        canvas.setFont(self.house.font, 9)
        canvas.drawRightString(right, 11 * mm, self.label())

    def late(self, canvas: object, _: object) -> None:
        """What a page's content stream holds last, wherever it stands."""
        for draw in canvas.late:
            draw()

    def cover(self, canvas: object, _: object) -> None:
        """A title page: band, emblem, title, edition, year, document number."""
        width, height = self.house.page
        canvas.late = []
        canvas.setFillColor(self.house.accent)
        canvas.rect(0, height * 0.70, width, height * 0.17, stroke=0, fill=1)
        canvas.rect(0, 0, 9 * mm, height, stroke=0, fill=1)
        canvas.setStrokeColor(self.house.accent)
        canvas.setLineWidth(2)
        canvas.circle(width / 2, height * 0.93, 9 * mm, stroke=1, fill=0)
        canvas.ellipse(width / 2 - 5 * mm, height * 0.93 - 3 * mm, width / 2 + 5 * mm, height * 0.93 + 3 * mm)
        self._cover_lines(canvas, width, height)

    def _cover_lines(self, canvas: object, width: float, height: float) -> None:
        meta, house = self.meta, self.house
        rows = [(0.815, house.bold, 15, meta["kind"]), (0.755, house.bold, 19, meta["title"])]
        rows += [(0.60, house.font, 14, meta["edition"]), (0.56, house.font, 13, meta["year"])]
        rows.append((0.40, house.font, 10, meta["number"]))
        rows += [(0.24 - 0.02 * i, house.font, 10, line) for i, line in enumerate(meta["publisher"].split(" // "))]
        for place, font, size, line in rows:
            canvas.setFillColor(white if place > 0.7 else house.accent)
            while pdfmetrics.stringWidth(line, font, size) > width - 26 * mm:
                size -= 0.5
            canvas.setFont(font, size)
            canvas.drawCentredString(width / 2 + 3 * mm, height * place, line)
        canvas.setFillGray(0.3)
        canvas.setFont(house.font, 8)
        canvas.drawCentredString(width / 2 + 3 * mm, 11 * mm, MARK)

    def afterFlowable(self, flowable: Flowable) -> None:
        for level, text in getattr(flowable, "toc", []):
            self.entries.append((level, text, self.label()))


def roman(number: int) -> str:
    """Small roman numeral up to 39."""
    tens, ones = divmod(number, 10)
    return "x" * tens + ["", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"][ones]


@dataclass
class Setter:
    """Turns blocks into flowables in one house style; `entries` is the contents list of the pass before."""

    house: House
    entries: list[tuple[int, str, str]]

    def __post_init__(self) -> None:
        self.full = self.width = self.house.page[0] - self.house.left - 18 * mm
        self.column = (self.full - 7 * mm) / 2 if self.house.columns == 2 else self.full

    def flowables(self, blocks: list[Block]) -> list[Flowable]:
        story: list[Flowable] = []
        for block in blocks:
            story += getattr(self, f"set_{block.kind}")(block)
        return story

    def set_heading(self, block: Block) -> list[Flowable]:
        level = int(block.argument)
        size = self.house.points + {1: 4.2, 2: 2.2, 3: 1.0}[level]
        style = self.house.style(
            f"h{level}", fontName=self.house.bold, fontSize=size, leading=size * 1.2, textColor=self.house.accent,
            spaceBefore=12 - 2 * level, spaceAfter=4, keepWithNext=1, alignment=TA_LEFT,
        )  # fmt: skip
        heading = Paragraph(inline(block.text), style)
        heading.toc = [(level, block.text)]
        return [heading]

    def _prose(self, **changes: object) -> ParagraphStyle:
        return self.house.style("prose", **({"alignment": TA_JUSTIFY, "spaceAfter": 5.5} | changes))

    def set_paragraph(self, block: Block) -> list[Flowable]:
        return [Paragraph(inline(block.text, hyphenate=True), self._prose())]

    def set_mark(self, block: Block) -> list[Flowable]:
        return [Marked(inline(block.text, hyphenate=True), self._prose(), block.argument, self.house)]

    def _bulleted(self, bullets: list[str], style: ParagraphStyle) -> list[Flowable]:
        items = []
        for bullet in bullets:
            sub = bullet.startswith("> ")
            indent = 20 if sub else 10
            own = ParagraphStyle("bullet", style, leftIndent=indent, bulletIndent=indent - 9, spaceAfter=2.2)
            mark = "–" if sub else "•"
            items.append(Paragraph(inline(" ".join(bullet.split()).removeprefix("> ")), own, bulletText=mark))
        return items

    def set_bullets(self, block: Block) -> list[Flowable]:
        return [*self._bulleted(block.bullets, self._prose(alignment=TA_LEFT)), Spacer(1, 3)]

    def _box(self, block: Block, head: Color, panel: Color) -> Table:
        style = self.house.style("box head", fontName=self.house.bold, textColor=white)
        content = self._bulleted(block.bullets, self._prose(alignment=TA_LEFT))
        box = Table([[Paragraph(inline(block.argument), style)], [content]], colWidths=[self.width])
        box.setStyle(
            TableStyle(
                [
                    ("BACKGROUND", (0, 0), (0, 0), head),
                    ("BACKGROUND", (0, 1), (0, 1), panel),
                    ("BOX", (0, 0), (-1, -1), 0.8, head),
                    ("TOPPADDING", (0, 0), (0, 0), 2),
                    ("BOTTOMPADDING", (0, 0), (0, 0), 3),
                ]
            )
        )
        box.spaceBefore, box.spaceAfter = 5, 8
        return box

    def set_rec(self, block: Block) -> list[Flowable]:
        return [KeepTogether([self._box(block, self.house.accent, self.house.panel)])]

    def set_late(self, block: Block) -> list[Flowable]:
        return [Late(self._box(block, self.house.accent, self.house.panel))]

    def set_key(self, block: Block) -> list[Flowable]:
        return [KeepTogether([self._box(block, HexColor("#b8860b"), HexColor("#fff6d6"))])]

    def set_table(self, block: Block, rules: bool = True) -> list[Flowable]:
        """`Title :: 20,30,50` and rows of cells parted by |; `= text` is a group row; the first row is the header."""
        title, _, shares = block.argument.partition(" :: ")
        widths = [self.width * float(share) / 100 for share in shares.split(",")]
        style = self.house.style("cell", fontSize=self.house.points - 1.1, leading=(self.house.points - 1.1) * 1.22)
        head = ParagraphStyle("cell head", style, fontName=self.house.bold)
        rows, commands = [], _rules(self.house) if rules else []
        for number, line in enumerate(block.lines):
            if line.startswith("= "):
                rows.append([Paragraph(inline(line[2:]), head)] + [""] * (len(widths) - 1))
                commands += [("SPAN", (0, number), (-1, number)), ("BACKGROUND", (0, number), (-1, number), "#eeeeee")]
                continue
            cells = [cell.strip() for cell in line.split("|")]
            rows.append([Paragraph(inline(cell), head if number == 0 else style) for cell in cells])
        table = Table(rows, colWidths=widths, repeatRows=1, spaceAfter=8)
        table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *commands]))
        caption = self.house.style("caption", fontName=self.house.bold, spaceBefore=4, spaceAfter=3)
        start = [CondPageBreak(90), Paragraph(inline(title), caption)] if title else []
        return [KeepTogether([*start[1:], table])] if len(rows) < 9 else [*start, table]

    def set_plain(self, block: Block) -> list[Flowable]:
        return self.set_table(block, rules=False)

    def set_note(self, block: Block) -> list[Flowable]:
        size = self.house.points - 1.6
        return [Paragraph(inline(block.text), self._prose(fontSize=size, leading=size * 1.25))]

    def set_title(self, block: Block) -> list[Flowable]:
        """A heading that is not numbered and, in the journal, the title over both columns."""
        style = self.house.style(
            "title", fontName=self.house.bold, fontSize=self.house.points + 8, leading=self.house.points + 11,
            textColor=self.house.accent, alignment=TA_LEFT, spaceAfter=5,
        )  # fmt: skip
        return [Paragraph(inline(block.argument), style)]

    def set_toc(self, _: Block) -> list[Flowable]:
        return [TocLine(level, text, label, self.house, self.width) for level, text, label in self.entries]

    def set_chart(self, block: Block) -> list[Flowable]:
        return [CHARTS[block.argument](self.house, self.width)]

    def set_scan(self, block: Block) -> list[Flowable]:
        text = "\n".join(block.lines).replace("\n~\n", "\n\n")
        picture = scanned_page(text, self.house.page)
        titles = [line[2:] for line in block.lines if re.match(r"# \d", line)]
        picture.toc = [(title.partition(" ")[0].count(".") + 1, title) for title in titles]
        return [NextPageTemplate("scan"), PageBreak(), picture, NextPageTemplate("body"), PageBreak()]

    def set_references(self, block: Block) -> list[Flowable]:
        size = self.house.points - 1.5
        style = self._prose(
            fontSize=size, leading=size * 1.22, leftIndent=17, bulletIndent=0, alignment=TA_LEFT, spaceAfter=2.2,
            bulletFontName=self.house.font, bulletFontSize=size,
        )  # fmt: skip
        return [
            Paragraph(inline(_reference(number, title)), style, bulletText=f"{number}.")
            for number, title in enumerate(block.lines, 1)
        ]

    def set_page(self, block: Block) -> list[Flowable]:
        self.width = self.full if block.argument == "wide" else self.column
        return [NextPageTemplate(block.argument), PageBreak()] if block.argument else [PageBreak()]

    def set_next(self, block: Block) -> list[Flowable]:
        return [NextPageTemplate(block.argument)]

    def set_columnbreak(self, _: Block) -> list[Flowable]:
        self.width = self.column
        return [FrameBreak()]


def _rules(house: House) -> list[tuple[object, ...]]:
    return [
        ("GRID", (0, 0), (-1, -1), 0.5, "#777777"),
        ("BACKGROUND", (0, 0), (-1, 0), house.panel),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]


_AUTHORS = "Ardal K|Brusk PJ|Calder M|Dunmore S|Eskil T|Farrow LA|Garnet O|Holm RV|Ilves P|Jarrow C|Kestle N|Lorne D"
_JOURNALS = "J Invent Med|Meridian Med J|Ann Imagin Ther|Isl Health Bull|Fabled Clin Pract"


def _reference(number: int, title: str) -> str:
    """An invented reference in the usual order; authors, journal and pages follow from its number."""
    authors, journals = _AUTHORS.split("|"), _JOURNALS.split("|")
    names = [authors[(number * step) % len(authors)] for step in (1, 5, 7)]
    first = number * 37 % 800 + 11
    year, volume = 1998 + number * 7 % 24, number * 11 % 60 + 3
    listed = ", ".join(dict.fromkeys(names))
    place = f"{year};{volume}({number % 6 + 1}):{first}-{first + 8}"
    return f"{listed}, et al. {title}. {journals[number % 5]}. {place}."


def typeset(source: Path, target: Path) -> None:
    """Write one guideline; passes are repeated until the contents list agrees with the pages."""
    meta, blocks = read_guideline(source)
    house = HOUSES[meta["house"]]
    entries: list[tuple[int, str, str]] = []
    for _ in range(5):
        sheets = Sheets(str(target), house, meta)
        sheets.build(Setter(house, entries).flowables(blocks))
        if sheets.entries == entries:
            return
        entries = sheets.entries
    raise RuntimeError(f"{source.name}: the contents list does not settle")
