"""What a PDF becomes when it is read: boxes, lines, tables, sections, a guideline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page in points, from the top left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """The vertical middle."""
        return (self.top + self.bottom) / 2

    def union(self, other: Box) -> Box:
        """The smallest box around both."""
        left, top = min(self.left, other.left), min(self.top, other.top)
        return Box(left, top, max(self.right, other.right), max(self.bottom, other.bottom))

    @classmethod
    def around(cls, boxes: Sequence[Box]) -> Box:
        """The smallest box around one or more boxes."""
        return cls(
            min([box.left for box in boxes]),
            min([box.top for box in boxes]),
            max([box.right for box in boxes]),
            max([box.bottom for box in boxes]),
        )

    def holds(self, other: Box, slack: float = 2.0) -> bool:
        """Whether `other` lies inside this box, give or take `slack` points."""
        across = self.left - slack <= other.left and other.right <= self.right + slack
        return across and self.top - slack <= other.top and other.bottom <= self.bottom + slack

    def rounded(self) -> tuple[float, float, float, float]:
        """`(left, top, right, bottom)` to a tenth of a point, as JSON carries it."""
        return (round(self.left, 1), round(self.top, 1), round(self.right, 1), round(self.bottom, 1))


@dataclass(frozen=True, slots=True)
class Locator:
    """A place in a guideline: the PDF page, the number printed on it, and where on the page."""

    page: int
    label: str | None = None
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Repair:
    """A word whose text layer is not what the page shows, as found on one page."""

    page: int
    source: str
    """The word as the text layer holds it."""
    shown: str
    """The word as the page shows it; equal to `source` when that could not be decided."""
    how: str
    """What told: "glyph" or "rendering" (its ink), "vocabulary" (the document's own words), "ocr"; "control" for invisible
    characters dropped from it; "undecided"."""


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line, or the part of it that lies in one column."""

    text: str
    page: int
    box: Box
    size: float
    """Height of the prevailing font in points."""
    bold: bool = False
    repairs: tuple[Repair, ...] = ()
    """Words of `text` that differ from the text layer."""
    confidence: float | None = None
    """The least confidence (0 to 1) of OCR in a word of the line; None when the text layer was read."""
    face: str = ""
    """Name and colour of the font that all of the line is set in; "" when it is set in several."""
    uncertain: tuple[str, ...] = ()
    """Numbers of the line that OCR may have misread."""


@dataclass(frozen=True, slots=True)
class Page:
    """What was seen of one page besides its words."""

    number: int
    label: str | None
    width: float
    height: float
    characters: int
    """Visible characters in the text layer; 0 means that only OCR could read the page."""
    has_ink: bool = True
    """Whether anything is drawn on the page: False for a blank page."""
    confidence: float | None = None
    """OCR's mean confidence (0 to 1) in the words it read here; None when it read none."""
    fault: str = ""
    """Why nothing of the page could be read, by either engine or within the limits; "" when it could."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table, where it begins and how far it spans; rows count from 0 with the header's."""

    text: str
    row: int
    column: int
    rows: int
    columns: int
    box: Box
    page: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table as printed: header and body rows with one text per column; empty cells stay empty."""

    caption: str
    header: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[str, ...], ...]
    reliable: bool = True
    """False when the cells could not be rebuilt with confidence: serve the page image, not the columns."""
    notes: tuple[str, ...] = ()
    """Footnotes printed under the table."""
    cells: tuple[Cell, ...] = ()
    """Every cell that holds text, with its box; spans are counted here, not in `rows`."""
    carried: str = ""
    """The row that names the rows at the beginning ("Tarvexol"), printed on an earlier page; "" when none does."""
    carried_page: int = 0
    """The page that prints it."""

    @property
    def naming(self) -> tuple[int, ...]:
        """Numbers of the rows that name those below them: their first cell and nothing more."""
        return tuple(n for n, row in enumerate(self.rows) if names_rows(row))

    def part(self, numbers: Sequence[int]) -> Table:
        """The table with some of its rows, counted from 0 without the header, and their cells."""
        deep = len(self.header)
        kept = [*range(deep), *(deep + number for number in numbers)]
        cells = []
        for cell in self.cells:
            own = [i for i, row in enumerate(kept) if cell.row <= row < cell.row + cell.rows]
            if own:
                cells.append(replace(cell, row=own[0], rows=len(own)))
        return replace(self, rows=tuple(self.rows[number] for number in numbers), cells=tuple(cells))


def names_rows(row: Sequence[str]) -> bool:
    """Whether a row of a table names the rows below it: its first cell is filled and no other."""
    return len(row) > 1 and bool(row[0]) and not any(row[1:])


BlockKind = Literal[
    "text", "item", "recommendation", "table", "flowchart", "figure", "toc", "reference_list", "running_head", "hidden"
]


QUOTES_ANOTHER = "quotes another body: "
"""How the note of a block begins that quotes another body's advice; the body's name follows."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together: a paragraph, a list item, a recommendation, a table.

    The first line of a flowchart or figure has no words and covers all of it; the second is its title, "" when it has
    none; the others are the words in it.
    """

    kind: BlockKind
    lines: tuple[Line, ...]
    grade: str | None = None
    """The grade exactly as printed, parts joined by " | ", or None when none is printed."""
    table: Table | None = None
    note: str = ""
    """Why the block is hidden, or what is special about it, for an admin."""

    @property
    def pages(self) -> tuple[int, ...]:
        """The pages the block stands on, in order."""
        return tuple(dict.fromkeys(line.page for line in self.lines))


@dataclass(frozen=True, slots=True)
class Section:
    """A heading's text as a path from the outermost, and the blocks under it up to the next heading."""

    path: tuple[str, ...]
    page: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Grading:
    """A grading scheme as the document itself defines it; schemes clash, so nothing is ever converted."""

    title: str
    """The heading or caption above the definitions."""
    page: int
    label: str | None
    levels: tuple[tuple[str, str], ...]
    """(mark, meaning) as printed: ("A", "At least one meta-analysis ...")."""


@dataclass(frozen=True, slots=True)
class GuidelineInfo:
    """The identity of a guideline, from its first pages and `corpus.toml`."""

    id: str
    title: str
    file: str
    sha256: str
    publisher: str | None = None
    edition: str | None = None
    published: int | None = None
    """Year of publication."""
    review_due: str | None = None
    language: str | None = None
    pages: int = 0
    grading: tuple[Grading, ...] = ()
    """The document's own schemes, with the page that defines each."""
    supersedes: str | None = None
    """Id of the older edition that this one replaces."""
    superseded_by: str | None = None
    """Id of the newest edition in the same corpus."""
    same_as: str | None = None
    """Id of the guideline that this file repeats: a second copy, an extract or a quick reference of it."""
    number: str | None = None
    """The publisher's number of the document, or its ISBN."""

    def to_dict(self) -> dict[str, Any]:
        """The guideline as it stands in Answer and Search JSON."""
        return {
            "id": self.id,
            "title": self.title,
            "publisher": self.publisher,
            "year": self.published,
            "edition": self.edition,
            "file": self.file,
        }


@dataclass(frozen=True, slots=True)
class Guideline:
    """One PDF, read: its identity, its pages, its sections in reading order, and what an admin should know."""

    info: GuidelineInfo
    pages: tuple[Page, ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()
    """Every word that was read otherwise than the text layer holds it, and those that could not be decided."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """The unit of quoting: a sentence, a list item or a table row, with the page it stands on."""

    text: str
    page: int
    continued: str = ""
    """The end of `text` that stands on the next page; "" when all of it stands on `page`."""
    source_text: str = ""
    """The words as the text layer holds them, where repairs made `text` differ from it."""
    boxes: tuple[Box, ...] = ()
    """Where OCR saw the words; empty when the text layer holds them, which is then asked again."""
    confidence: float | None = None
    """OCR's least confidence (0 to 1) in the words; None when the text layer was read."""
    continued_boxes: tuple[Box, ...] = ()
    """Where OCR saw `continued`, on the next page."""
    uncertain: tuple[str, ...] = ()
    """Numbers of `text` that OCR may have misread."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words found on a page of the PDF itself, exactly as its text layer prints them, and the boxes that cover them."""

    text: str
    boxes: tuple[Box, ...]
