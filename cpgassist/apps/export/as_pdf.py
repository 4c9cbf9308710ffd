"""A Document as a PDF: its fonts and pictures inside, bookmarks, links from each number to its evidence, page numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from functools import singledispatchmethod
from io import BytesIO

from fpdf import FPDF, FontFace

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
    bracketed,
    code_point,
    joined,
    texts,
)
from cpgassist.apps.export.typefaces import typeface
from cpgassist.apps.language.words import EXPORT

# Millimetres and points of a page of A4.
_MARGIN, _FOOT = 18.0, 16.0
_TEXT, _SMALL, _CELL = 10.0, 8.5, 8.5
_LEADING = 1.42  # height of a line, in sizes of its type
_HEADINGS = {1: 16.0, 2: 12.0, 3: 10.5}
_Colour = tuple[int, int, int]
_INK, _SOFT, _TEAL, _AMBER, _GREY = (21, 32, 43), (74, 88, 102), (11, 107, 99), (178, 106, 0), (201, 210, 218)
_TINT = (241, 245, 247)
_BARS: dict[Look, _Colour] = {
    "bottom line": _TEAL,
    "note": _TEAL,
    "warning": _AMBER,
    "quote": _GREY,
}
_STYLES: dict[Look, tuple[float, str, _Colour]] = {
    "lead": (_TEXT, "B", _INK),
    "side": (_TEXT, "", _TEAL),
    "bottom line": (11.0, "", _INK),
    "quiet": (_SMALL, "", _SOFT),
    "proof": (_SMALL, "", _TEAL),
}
_ALWAYS = frozenset(map(chr, range(32, 127))) | {"•"}
_PADDING = 4.5  # millimetres beside the words of a cell
_MOST_ROW = 0.5  # of a page: a higher row is not set as a row


def write_pdf(document: Document) -> bytes:
    """The document as a PDF of A4 pages. A character that no typeface here has is named (`[U+1F600]`), and told of."""
    sheet = _Sheet(document)
    for at, block in enumerate(document.blocks):
        sheet.keep_together(document.blocks[at : at + 9])
        sheet.set(block)
    sheet.tell_of_unshown()
    return sheet.pdf.finished()


class _Paper(FPDF):
    """Pages with their foot, and with a bar beside what is set while one is open."""

    def __init__(self, footer: str) -> None:
        super().__init__(format="A4")
        self.str_alias_nb_pages = ""  # or "{nb}" in a quote would become the number of pages
        self._footer = footer
        self._bar: tuple[_Colour, float] | None = None

    def footer(self) -> None:
        """Close the page: fpdf2 calls it at every page break."""
        if self._bar is not None:
            self._draw_bar(self.page_break_trigger)
            self._bar = (self._bar[0], _MARGIN)
        self.set_xy(_MARGIN, -_FOOT)
        self.set_font("text", "", _SMALL)
        self.set_text_color(*_SOFT)
        self.cell(self.w - 2 * _MARGIN - 40, 5, self._footer)
        before, self.str_alias_nb_pages = self.str_alias_nb_pages, "{nb}"
        self.cell(40, 5, f"{EXPORT['page']} {self.page} {EXPORT['page_of']} {{nb}}", align="R")
        self.str_alias_nb_pages = before

    def begin_bar(self, colour: _Colour) -> None:
        """Begin a bar at the left of what follows."""
        self._bar = (colour, self.y)

    def end_bar(self) -> None:
        """End it here."""
        self._draw_bar(self.y)
        self._bar = None

    def finished(self) -> bytes:
        """The file."""
        self.str_alias_nb_pages = "{nb}"
        return bytes(self.output())

    def _draw_bar(self, bottom: float) -> None:
        if self._bar is not None and bottom > self._bar[1]:
            self.set_draw_color(*self._bar[0])
            self.set_line_width(0.9)
            self.line(_MARGIN + 0.5, self._bar[1], _MARGIN + 0.5, bottom)
            self.set_line_width(0.2)


class _Sheet:
    """The pages while they are set."""

    def __init__(self, document: Document) -> None:
        self.pdf = pdf = _Paper(document.footer)
        pdf.set_creation_date(datetime.combine(document.made, time(), UTC))
        pdf.set_lang(document.language)
        pdf.set_creator("cpgassist")
        pdf.set_producer("cpgassist")
        pdf.set_margins(_MARGIN, _MARGIN)
        pdf.set_auto_page_break(True, _FOOT + 4)
        characters = frozenset("".join(texts(document)))
        face = typeface(characters)
        wanted = sorted({ord(one) for one in characters | _ALWAYS})
        pdf.add_font("text", "", face.regular, unicode_range=wanted)
        pdf.add_font("text", "B", face.bold, unicode_range=wanted)
        self._names = {ord(one): code_point(one) for one in sorted(face.lacking)}
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
        bar = _BARS.get(block.look)
        if bar:
            self.pdf.begin_bar(bar)
        self._runs(block.runs, *_STYLES.get(block.look, (_TEXT, "", _INK)), indent=4 if bar else 0)
        if bar:
            self.pdf.end_bar()
        self.pdf.ln(1.6)

    @set.register
    def _(self, block: Bullets) -> None:
        for item in block.items:
            self._runs(item, _TEXT, "", _INK, indent=5, bullet="•")
            self.pdf.ln(0.8)
        self.pdf.ln(1)

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
        self._type(_CELL, "B")
        widths = self._widths(block)
        if widths is None or self._highest(block, widths) > self._body() * _MOST_ROW:
            self.set(_as_lines(block))
            return
        self._type(_CELL)
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
                    words = self._shown("".join(map(bracketed, cell)))
                    set_row.cell(words, colspan=block.columns if row.spans else 1, link=link)
        pdf.ln(2.5)

    # ---- the end

    def tell_of_unshown(self) -> None:
        """Say which characters are named instead of shown, if any are."""
        if self._names:
            names = " ".join(self._names.values())
            self.set(Paragraph((Run(EXPORT["unshown"].format(names)),), "warning"))

    # ---- measures

    def keep_together(self, blocks: Sequence[Block]) -> None:
        """Begin a page where a heading would stand apart from what it is over: `blocks` are it and those after it."""
        first, *rest = blocks
        if isinstance(first, Paragraph) and first.look in ("lead", "side"):
            self._need(20)
        if not isinstance(first, Heading):
            return
        height = 12.0
        for block in rest:
            if isinstance(block, Picture):
                height += self._size(block)[1]
                break
            if isinstance(block, Heading) and not isinstance(rest[0], Heading):
                break
            height += 9
        self._need(height if height < self._body() else 32)

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
        scale = min(self.pdf.epw / picture.width, (self._body() - 32) / picture.height)
        return picture.width * scale, picture.height * scale

    def _widths(self, block: Rows) -> list[float] | None:
        """Millimetres of each column: the longest word, then a share of the rest; None where the words do not fit."""
        table = [*([block.header] if block.header else [])]
        table += [tuple(map(joined, row.cells)) for row in block.rows if not row.spans]
        columns = [[self._shown(row[at]) for row in table if at < len(row)] for at in range(block.columns)]
        measure = self.pdf.get_string_width
        least = [
            _PADDING + max((measure(word) for cell in cells for word in cell.split()), default=1.0) for cells in columns
        ]
        wanted = [max((measure(cell) for cell in cells), default=1.0) + _PADDING for cells in columns]
        spare = float(self.pdf.epw) - sum(least)
        if spare < 0:
            return None
        more = [want - need for want, need in zip(wanted, least, strict=True)]
        whole = sum(more)
        return [
            need + spare * (share / whole if whole else 1 / len(more)) for need, share in zip(least, more, strict=True)
        ]

    def _highest(self, block: Rows, widths: Sequence[float]) -> float:
        """About the height of the highest row, with the header that a new page repeats above it; rather too much."""

        def height(cells: Sequence[str]) -> float:
            shares = widths if len(cells) > 1 else [sum(widths)]
            lines = (
                1 + 1.3 * self.pdf.get_string_width(cell) / share for cell, share in zip(cells, shares, strict=False)
            )
            return max(lines, default=1.0) * self._line() + _PADDING

        rows = (tuple(self._shown(joined(cell)) for cell in row.cells) for row in block.rows)
        return height(block.header) + max(map(height, rows))

    # ---- strokes

    def _type(self, size: float, style: str = "", colour: _Colour = _INK) -> None:
        self.pdf.set_font("text", style, size)
        self.pdf.set_text_color(*colour)

    def _line(self) -> float:
        return float(self.pdf.font_size) * _LEADING

    def _runs(
        self, runs: Runs, size: float, style: str, colour: _Colour, *, indent: float = 0, bullet: str = ""
    ) -> None:
        """Words of several emphases as one paragraph."""
        self._type(size, style, colour)
        with (
            self.pdf.text_columns(line_height=_LEADING, skip_leading_spaces=True) as column,
            column.paragraph(indent=indent, bullet_string=bullet) as paragraph,
        ):
            for run in runs:
                strong = style or run.emphasis in ("strong", "grade", "mark")
                tone = {"quiet": _SOFT, "grade": _TEAL, "mark": _TEAL}.get(run.emphasis, colour)
                self._type(size, "B" if strong else "", tone)
                paragraph.write(self._shown(bracketed(run)), self._targets.get(run.to))


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
