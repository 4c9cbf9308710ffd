"""A Document as a Word file: real headings, lists and tables, pictures with words for who cannot see them."""

from __future__ import annotations

from datetime import datetime, time
from functools import singledispatchmethod
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph as DocxParagraph
from docx.text.run import Run as DocxRun

from cpgassist.apps.export.blocks import (
    Block,
    Bullets,
    Document,
    Emphasis,
    Heading,
    Look,
    Paragraph,
    Picture,
    Rows,
    Run,
    Runs,
    bracketed,
)
from cpgassist.apps.language.words import EXPORT

_WIDTH, _HEIGHT = 174, 228  # millimetres of an A4 page that pictures may take
_LANGUAGES = {"en": "en-GB", "ms": "ms-MY", "zh": "zh-CN"}
_SOFT, _TEAL, _AMBER, _GREY = "4A5866", "0B6B63", "B26A00", "C9D2DA"
_BARS: dict[Look, str] = {"bottom line": _TEAL, "note": _TEAL, "warning": _AMBER, "quote": _GREY}
_COLOURS: dict[Emphasis, str] = {"quiet": _SOFT, "grade": _TEAL, "mark": _TEAL}
_STYLES: dict[Look, tuple[str, float, str, bool]] = {
    # name, size in points, colour, bold
    "lead": ("Lead-in", 10.5, "", True),
    "side": ("Place", 10.5, _TEAL, False),
    "bottom line": ("Bottom line", 12, "", False),
    "note": ("Note", 10.5, "", False),
    "warning": ("Warning", 10.5, "", False),
    "quiet": ("Small", 9, _SOFT, False),
    "quote": ("Quoted words", 10.5, "", False),
    "proof": ("Proof", 9, _TEAL, False),
}
_EPOCH = (1980, 1, 1, 0, 0, 0)  # of every part in the file, so that an answer gives the same bytes each time


def write_docx(document: Document) -> bytes:
    """The document as a Word file without the name of who or what made it but cpgassist."""
    pages = _Pages(document)
    for block in document.blocks:
        pages.set(block)
    return pages.finished()


class _Pages:
    """The Word file while it is made."""

    def __init__(self, document: Document) -> None:
        self._docx = docx.Document()
        self._bookmarks = {one.citation for one in document.blocks if isinstance(one, Heading) and one.citation}
        self._describe(document)
        self._lay_out(document.footer)

    # ---- blocks

    @singledispatchmethod
    def set(self, block: Block) -> None:
        """Set a block below the last one."""
        raise TypeError(type(block))

    @set.register
    def _(self, block: Heading) -> None:
        paragraph = self._docx.add_heading(block.text, block.level)
        if block.citation:
            _bookmark(paragraph, block.citation)

    @set.register
    def _(self, block: Paragraph) -> None:
        style = _STYLES[block.look][0] if block.look in _STYLES else None
        self._runs(self._docx.add_paragraph(style=style), block.runs, _LANGUAGES.get(block.language, ""))

    @set.register
    def _(self, block: Bullets) -> None:
        for item in block.items:
            self._runs(self._docx.add_paragraph(style="List Bullet"), item)

    @set.register
    def _(self, block: Rows) -> None:
        table = self._docx.add_table(rows=0, cols=block.columns, style="Table Grid")
        if block.header:
            row = table.add_row()
            _repeat(row._tr)
            for cell, name in zip(row.cells, block.header, strict=True):
                cell.paragraphs[0].add_run(name).bold = True
        for one in block.rows:
            row = table.add_row()
            _keep_whole(row._tr)
            if one.spans:
                row.cells[0].merge(row.cells[-1])
            for cell, runs in zip(row.cells, one.cells, strict=False):
                self._runs(cell.paragraphs[0], runs)
        self._docx.add_paragraph(style="Small").paragraph_format.space_after = Pt(0)

    @set.register
    def _(self, block: Picture) -> None:
        scale = min(_WIDTH / block.width, _HEIGHT / block.height)
        shape = self._docx.add_picture(BytesIO(block.jpeg), width=Mm(block.width * scale))
        properties = shape._inline.docPr
        properties.set("descr", block.alt)
        properties.set("name", f"Picture {properties.get('id')}")

    def finished(self) -> bytes:
        """The file."""
        made = BytesIO()
        self._docx.save(made)
        return _dated(made.getvalue())

    # ---- words

    def _runs(self, paragraph: DocxParagraph, runs: Runs, language: str = "") -> None:
        for one in runs:
            if not one.text:
                continue
            run = paragraph.add_run(bracketed(one))
            _emphasise(run, one)
            if language:
                _speak(run._r.get_or_add_rPr(), language)
            if one.to in self._bookmarks:
                _link(run, one.to)

    # ---- the frame

    def _describe(self, document: Document) -> None:
        told = self._docx.core_properties
        made = datetime.combine(document.made, time())
        told.title, told.author, told.last_modified_by = document.title[:255], "cpgassist", "cpgassist"
        told.comments, told.language = "", _LANGUAGES.get(document.language, document.language)
        told.created = told.modified = made
        told.revision = 1

    def _lay_out(self, footer: str) -> None:
        section = self._docx.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm((210 - _WIDTH) / 2)
        section.top_margin = section.bottom_margin = Mm(20)
        self._define_styles()
        foot = section.footer.paragraphs[0]
        foot.style = self._docx.styles["Small"]
        foot.paragraph_format.tab_stops.add_tab_stop(Mm(_WIDTH), WD_TAB_ALIGNMENT.RIGHT)
        foot.add_run(f"{footer}\t{EXPORT['page']} ")
        _field(foot, "PAGE")
        foot.add_run(f" {EXPORT['page_of']} ")
        _field(foot, "NUMPAGES")

    def _define_styles(self) -> None:
        styles = self._docx.styles
        styles["Normal"].font.size = Pt(10.5)
        styles["Normal"].paragraph_format.space_after = Pt(4)
        _speak(styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr")), "en-GB")
        for level, size in ((1, 18), (2, 13), (3, 11)):
            styles[f"Heading {level}"].font.size = Pt(size)
            styles[f"Heading {level}"].font.color.rgb = RGBColor(21, 32, 43)
        for look, (name, points, colour, bold) in _STYLES.items():
            style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            style.base_style = styles["Normal"]
            style.font.size, style.font.bold = Pt(points), bold
            style.paragraph_format.keep_with_next = look in ("lead", "side", "quote", "proof")
            if colour:
                style.font.color.rgb = RGBColor.from_string(colour)
            if look in _BARS:
                _bar(style.element.get_or_add_pPr(), _BARS[look])
                style.paragraph_format.left_indent = Mm(4)


# ---- what python-docx has no word for


def _emphasise(run: DocxRun, one: Run) -> None:
    if one.emphasis in ("strong", "grade", "mark"):
        run.bold = True
    if one.emphasis in _COLOURS:
        run.font.color.rgb = RGBColor.from_string(_COLOURS[one.emphasis])


def _element(tag: str, /, **attributes: str) -> Any:
    element = OxmlElement(tag)
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    return element


def _speak(properties: Any, language: str) -> None:
    """The language of a run or of the whole file."""
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    properties.append(_element("w:lang", val=language, eastAsia="zh-CN"))


def _bookmark(paragraph: DocxParagraph, citation: int) -> None:
    paragraph._p.insert(1, _element("w:bookmarkStart", id=str(citation), name=f"citation_{citation}"))
    paragraph._p.append(_element("w:bookmarkEnd", id=str(citation)))


def _link(run: DocxRun, citation: int) -> None:
    """Make the run lead to the evidence of a citation."""
    link = _element("w:hyperlink", anchor=f"citation_{citation}", history="1")
    run._r.addprevious(link)
    link.append(run._r)


def _repeat(row: Any) -> None:
    """Set the row again on every page that the table goes on to."""
    row.get_or_add_trPr().append(_element("w:tblHeader", val="true"))


def _keep_whole(row: Any) -> None:
    row.get_or_add_trPr().append(_element("w:cantSplit", val="true"))


def _bar(properties: Any, colour: str) -> None:
    borders = _element("w:pBdr")
    borders.append(_element("w:left", val="single", sz="24", space="8", color=colour))
    properties.append(borders)


def _field(paragraph: DocxParagraph, code: str) -> None:
    """A number that Word counts."""
    field = _element("w:fldSimple", instr=code)
    field.append(paragraph.add_run("1")._r)
    paragraph._p.append(field)


def _dated(file: bytes) -> bytes:
    """The same parts, none with the time at which it was written."""
    out = BytesIO()
    with ZipFile(BytesIO(file)) as parts, ZipFile(out, "w", ZIP_DEFLATED) as dated:
        for part in parts.infolist():
            info = ZipInfo(part.filename, _EPOCH)
            info.compress_type, info.external_attr = ZIP_DEFLATED, 0o600 << 16
            dated.writestr(info, parts.read(part))
    return out.getvalue()
