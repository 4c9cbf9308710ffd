"""A Document as a PDF: its fonts and pictures inside, bookmarks, links from each number to its evidence, page numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from functools import singledispatchmethod
from io import BytesIO

from fpdf import FPDF, FontFace
from fpdf.enums import MethodReturnValue

from cpgassist.apps.export.blocks import (
    Block,
    Bullets,
    Document,
    Heading,
    Look,
    Paragraph,
    Picture,
    Rows,
    Run,
    Runs,
    code_point,
    joined,
    texts,
)
from cpgassist.apps.export.typefaces import BOLD, REGULAR, chinese, lacking, unshown

# Millimetres and points of a page of A4.
_MARGIN, _FOOT = 18.0, 16.0
_TEXT, _SMALL, _CELL = 10.0, 8.5, 8.5
_LEADING = 1.42  # height of a line, in sizes of its type
_HEADINGS = {1: 16.0, 2: 12.0, 3: 10.5}
_INK, _SOFT, _TEAL, _AMBER, _GREY = (21, 32, 43), (74, 88, 102), (11, 107, 99), (178, 106, 0), (201, 210, 218)
_TINT = (241, 245, 247)
_BARS: dict[Look, tuple[int, int, int]] = {
    "bottom line": _TEAL,
    "note": _TEAL,
    "warning": _AMBER,
    "quote": _GREY,
}
_STYLES: dict[Look, tuple[float, str, tuple[int, int, int]]] = {
    "lead": (_TEXT, "B", _INK),
    "bottom line": (11.0, "", _INK),
    "quiet": (_SMALL, "", _SOFT),
    "proof": (_SMALL, "", _TEAL),
}
_MOST_ROW = 0.5  # of a page: a higher row is not set as a row
_UNSHOWN = "{names} stand for characters that the typefaces of this file lack; the HTML and DOCX files show them."


def write_pdf(document: Document) -> bytes:
    """The document as a PDF of A4 pages. A character that no typeface here has is named (`[U+1F600]`), and told of."""
    characters = frozenset("".join(texts(document)))
    sheet = _Sheet(document, characters)
    for at, block in enumerate(document.blocks):
        sheet.keep_together(document.blocks[at : at + 4])
        sheet.set(block)
    sheet.tell_of_unshown()
    sheet.number_pages(document.footer)
    return bytes(sheet.pdf.output())


class _Sheet:
    """The pages while they are set."""

    def __init__(self, document: Document, characters: frozenset[str]) -> None:
        self.pdf = pdf = FPDF(format="A4")
        pdf.str_alias_nb_pages = ""  # or "{nb}" in a quote would become the number of pages
        pdf.set_creation_date(datetime.combine(document.made, time(), UTC))
        pdf.set_lang(document.language)
        pdf.set_creator("cpgassist")
        pdf.set_producer("cpgassist")
        pdf.set_margins(_MARGIN, _MARGIN)
        pdf.set_auto_page_break(True, _FOOT + 4)
        pdf.add_font("text", "", REGULAR)
        pdf.add_font("text", "B", BOLD)
        self._names = {ord(one): code_point(one) for one in sorted(unshown(characters))}
        if lacking(characters) - unshown(characters):
            pdf.add_font("chinese", "", chinese())
            pdf.set_fallback_fonts(["chinese"], exact_match=False)
        pdf.set_title(self._shown(document.title))
        self._targets = {
            block.citation: pdf.add_link(page=1)
            for block in document.blocks
            if isinstance(block, Heading) and block.citation
        }
        pdf.add_page()

    def _shown(self, text: str) -> str:
        return text.translate(self._names)

    # ---- blocks

    @singledispatchmethod
    def set(self, block: Block) -> None:
        """Set a block below the last one."""
        raise TypeError(type(block))

    @set.register
    def _(self, block: Heading) -> None:
        pdf = self.pdf
        pdf.ln(4.5 if block.level == 2 else 2.5)
        text = self._shown(block.text)
        pdf.start_section(text, block.level - 1)
        if block.citation:
            pdf.set_link(self._targets[block.citation], y=pdf.y)
        self._type(_HEADINGS[block.level], "B")
        pdf.multi_cell(0, self._line(), text, align="L", new_x="LMARGIN", new_y="NEXT")
        if block.level == 2:
            pdf.set_draw_color(*_GREY)
            pdf.line(pdf.l_margin, pdf.y + 0.5, pdf.w - pdf.r_margin, pdf.y + 0.5)
            pdf.ln(1)
        pdf.ln(1)

    @set.register
    def _(self, block: Paragraph) -> None:
        pdf, page, top = self.pdf, self.pdf.page, self.pdf.y
        bar = _BARS.get(block.look)
        self._indent(4 if bar else 0)
        self._runs(block.runs, *_STYLES.get(block.look, (_TEXT, "", _INK)))
        if bar:
            self._bar(page, top, bar)
        self._indent(0)
        pdf.ln(1.6)

    @set.register
    def _(self, block: Bullets) -> None:
        pdf = self.pdf
        for item in block.items:
            self._type(_TEXT)
            pdf.cell(5, self._line(), "•")
            self._indent(5)
            self._runs(item, _TEXT, "", _INK)
            self._indent(0)
            pdf.ln(0.8)
        pdf.ln(1)

    @set.register
    def _(self, block: Picture) -> None:
        pdf = self.pdf
        width, height = self._size(block)
        if height > self._room():
            pdf.add_page()
        top = pdf.y
        pdf.image(BytesIO(block.jpeg), x=_MARGIN, y=top, w=width, h=height, alt_text=self._shown(block.alt))
        pdf.set_draw_color(*_GREY)
        pdf.rect(_MARGIN, top, width, height)
        pdf.set_y(top + height + 2.5)

    @set.register
    def _(self, block: Rows) -> None:
        pdf = self.pdf
        self._type(_CELL)
        widths = _widths(block)
        if self._highest(block, widths) > self._body() * _MOST_ROW:
            self.set(_as_lines(block))
            return
        pdf.set_draw_color(*_GREY)
        with pdf.table(
            col_widths=widths,
            first_row_as_headings=bool(block.header),
            num_heading_rows=int(bool(block.header)),
            headings_style=FontFace(emphasis="BOLD", fill_color=_TINT),
            line_height=self._line(),
            padding=1,
            text_align="LEFT",
            v_align="TOP",
        ) as table:
            if block.header:
                table.row([self._shown(name) for name in block.header])
            for row in block.rows:
                set_row = table.row()
                for cell in row.cells:
                    link = next((self._targets[run.to] for run in cell if run.to in self._targets), None)
                    words = self._shown(joined(cell))
                    set_row.cell(words, colspan=block.columns if row.spans else 1, link=link)
        pdf.ln(2.5)

    # ---- the end

    def tell_of_unshown(self) -> None:
        """Say which characters are named instead of shown, if any are."""
        if self._names:
            names = " ".join(self._names.values())
            self.set(Paragraph((Run(_UNSHOWN.format(names=names)),), "warning"))

    def number_pages(self, footer: str) -> None:
        """Set the foot of every page: only now is known how many there are."""
        pdf = self.pdf
        pdf.set_auto_page_break(False)
        for page in range(1, pdf.pages_count + 1):
            pdf.page = page
            pdf.set_y(-_FOOT)
            self._type(_SMALL, "", _SOFT)
            pdf.cell(pdf.epw - 30, 5, footer)
            pdf.cell(30, 5, f"page {page} of {pdf.pages_count}", align="R")

    # ---- measures

    def keep_together(self, blocks: Sequence[Block]) -> None:
        """Begin a page where a heading would stand apart from what it is over: `blocks` are it and those after it."""
        first, *rest = blocks
        if isinstance(first, Paragraph) and first.look == "lead":
            self._need(20)
        if isinstance(first, Heading):
            beside = next((self._size(one)[1] + 12 for one in rest[:1] if isinstance(one, Picture)), 32.0)
            self._need(beside)

    def _need(self, height: float) -> None:
        if self.pdf.y > _MARGIN and height > self._room():
            self.pdf.add_page()

    def _room(self) -> float:
        """Millimetres left on the page."""
        return self.pdf.page_break_trigger - self.pdf.y

    def _body(self) -> float:
        return self.pdf.page_break_trigger - _MARGIN

    def _size(self, picture: Picture) -> tuple[float, float]:
        """Width and height of a picture in millimetres: as wide as the text, unless that is higher than a page."""
        scale = min(self.pdf.epw / picture.width, (self._body() - 16) / picture.height)
        return picture.width * scale, picture.height * scale

    def _highest(self, block: Rows, widths: Sequence[float]) -> float:
        """The height of the highest row, with the header that a new page repeats above it."""
        whole = sum(widths)
        measured = []
        for cells in (tuple((Run(name),) for name in block.header), *(row.cells for row in block.rows)):
            shares = widths if len(cells) > 1 else (whole,)
            heights = [
                self.pdf.multi_cell(
                    self.pdf.epw * share / whole - 2,
                    self._line(),
                    self._shown(joined(cell)),
                    dry_run=True,
                    output=MethodReturnValue.HEIGHT,
                )
                for cell, share in zip(cells, shares, strict=False)
            ]
            measured.append(max(heights, default=0.0))
        return measured[0] + max(measured[1:])

    # ---- strokes

    def _type(self, size: float, style: str = "", colour: tuple[int, int, int] = _INK) -> None:
        self.pdf.set_font("text", style, size)
        self.pdf.set_text_color(*colour)

    def _line(self) -> float:
        return float(self.pdf.font_size) * _LEADING

    def _indent(self, by: float) -> None:
        self.pdf.set_left_margin(_MARGIN + by)
        self.pdf.set_x(_MARGIN + by)

    def _runs(self, runs: Runs, size: float, style: str, colour: tuple[int, int, int]) -> None:
        """Words of several emphases as one paragraph."""
        for run in runs:
            weight = "B" if style or run.emphasis in ("strong", "grade", "mark") else ""
            tone = {"quiet": _SOFT, "grade": _TEAL, "mark": _TEAL}.get(run.emphasis, colour)
            self._type(size, weight, tone)
            text = _bracketed(run)
            self.pdf.write(self._line(), self._shown(text), self._targets.get(run.to, ""))
        self.pdf.ln(self._line())

    def _bar(self, first: int, top: float, colour: tuple[int, int, int]) -> None:
        """A bar beside what was set since `top` on page `first`."""
        pdf, last, bottom = self.pdf, self.pdf.page, self.pdf.y
        for page in range(first, last + 1):
            pdf.page = page
            pdf.set_fill_color(*colour)
            begin = top if page == first else _MARGIN
            end = bottom if page == last else pdf.page_break_trigger
            pdf.rect(_MARGIN, begin, 1, max(0.0, end - begin), style="F")
        pdf.page = last
        pdf.set_y(bottom)


def _bracketed(run: Run) -> str:
    """A grade stands in brackets: paper may lose its colour."""
    return f"({run.text})" if run.emphasis == "grade" else run.text


def _widths(block: Rows) -> list[float]:
    """The shares of the columns: by what they hold, none too narrow for a word or so wide that others are lost."""
    cells = [[len(name) for name in block.header]] if block.header else []
    cells += [[len(joined(cell)) for cell in row.cells] for row in block.rows if not row.spans]
    longest = [max((row[at] for row in cells if at < len(row)), default=1) for at in range(block.columns)]
    return [float(min(60, max(9, length))) for length in longest]


def _as_lines(block: Rows) -> Bullets:
    """A table whose rows are too high for a page: a line for each row, every cell after its column's name."""
    names = [f"{name}: " for name in block.header] or [""] * block.columns
    return Bullets(
        tuple(
            row.cells[0]
            if row.spans
            else tuple(
                run
                for name, cell in zip(names, row.cells, strict=False)
                if cell
                for run in (Run(name, "strong"), *cell, Run("; "))
            )
            for row in block.rows
        )
    )
