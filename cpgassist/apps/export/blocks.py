"""What an exported answer is made of: blocks of text, tables and pictures, the same for every format."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

Emphasis = Literal["plain", "strong", "quiet", "grade", "mark"]
"""How words stand out; "grade" is a printed grade, "mark" the number of a citation."""

Look = Literal["plain", "lead", "bottom line", "note", "warning", "quiet", "quote", "proof", "side"]
"""What a paragraph is; "lead" stands over the lines that it introduces, "side" names one of the places that differ."""

_BIDI = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_UNSEEN = frozenset({"Cc", "Cs", "Co", "Cn"})


def visible(value: object) -> str:
    """The value in one line that hides nothing.

    Runs of white space become one blank. What has no sign of its own (control characters, private use, what turns the
    direction of writing) is named, as `[U+202E]`: it may not vanish, break a file, or show a number backwards. What is
    invisible on the page too (a soft hyphen, a zero-width blank) is left out.
    """
    return "".join(map(_shown, " ".join(str(value).split())))


def code_point(character: str) -> str:
    """What stands for a character that cannot be shown: `[U+202E]`."""
    return f"[U+{ord(character):04X}]"


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in _UNSEEN or unicodedata.bidirectional(character) in _BIDI or character in "\u200e\u200f\u061c":
        return code_point(character)
    return "" if category == "Cf" else character


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one emphasis; `to` is the number of the citation whose evidence they lead to, 0 for none."""

    text: str
    emphasis: Emphasis = "plain"
    to: int = 0


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 3; `citation` is the number of the citation whose evidence begins here."""

    text: str
    level: int
    citation: int = 0


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `language` is that of its words (en, ms, zh), "" for the document's."""

    runs: Runs
    look: Look = "plain"
    language: str = ""


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[Runs, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; one that spans has one cell, as wide as the table, and tells of the row above it."""

    cells: tuple[Runs, ...]
    spans: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """A table; `header` is empty where no column has a name."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def columns(self) -> int:
        """How many columns the table has."""
        return max([len(self.header), *(len(row.cells) for row in self.rows)])


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG with its size in pixels and what it shows, in words."""

    jpeg: bytes
    width: int
    height: int
    alt: str


Block = Heading | Paragraph | Bullets | Rows | Picture


@dataclass(frozen=True, slots=True)
class Document:
    """An answer as it is exported; what it says is all here, a format only sets it."""

    title: str
    made: date
    blocks: tuple[Block, ...]
    footer: str
    """Stands at the foot of every page."""
    language: str = "en"


def joined(runs: Runs) -> str:
    """The words of some runs."""
    return "".join(run.text for run in runs)


def bracketed(run: Run) -> str:
    """The words of a run where nothing but ink tells a grade from them: paper may lose its colour."""
    return f"({run.text})" if run.emphasis == "grade" else run.text


def texts(document: Document) -> Iterator[str]:
    """All words of a document, in the order in which they stand."""
    yield document.title
    for block in document.blocks:
        match block:
            case Heading():
                yield block.text
            case Paragraph():
                yield joined(block.runs)
            case Bullets():
                yield from map(joined, block.items)
            case Rows():
                yield from block.header
                yield from (joined(cell) for row in block.rows for cell in row.cells)
            case Picture():
                yield block.alt
    yield document.footer
