"""The nouns that walk through the house: frozen values, standard library only.

Pages count from 1 by position in the PDF. Lengths are PDF points from the page's top left corner. Similarity is
cosine. Times are seconds. Sequences are tuples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

SEARCHED_KINDS = ("text", "recommendation", "table", "flowchart", "figure")
"""Kinds of passage that are embedded and searched."""

EXCLUDED_KINDS = ("toc", "reference_list", "running_head", "no_text", "hidden")
"""Kinds that are read, listed and reported, but kept out of search."""

Status = Literal["answered", "partial", "silent", "conflict", "refused"]


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
class Line:
    """A printed line, or the part of it that lies in one column."""

    text: str
    page: int
    box: Box
    size: float
    """Height of the prevailing font in points."""
    bold: bool = False


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


@dataclass(frozen=True, slots=True)
class Table:
    """A table as printed: header and body rows with one text per column; empty cells stay empty."""

    caption: str
    header: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[str, ...], ...]
    reliable: bool = True
    """False when the cells could not be rebuilt with confidence: serve the page image, not the columns."""


BlockKind = Literal[
    "text", "item", "recommendation", "table", "flowchart", "figure", "toc", "reference_list", "running_head", "hidden"
]


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together: a paragraph, a list item, a recommendation, a table."""

    kind: BlockKind
    lines: tuple[Line, ...]
    grade: str | None = None
    """The grade exactly as printed, parts joined by " | ", or None when none is printed."""
    table: Table | None = None

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


@dataclass(frozen=True, slots=True)
class Sentence:
    """The unit of quoting: a sentence, a list item or a table row, with the page it stands on."""

    text: str
    page: int
    continued: str = ""
    """The end of `text` that stands on the next page; "" when all of it stands on `page`."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words found on a page of the PDF itself, exactly as its text layer prints them, and the boxes that cover them."""

    text: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a guideline that fits the embedder's window, with its place and printed grade."""

    id: str
    """`{guideline id}:{12 hex of sha256(text, pages)}`."""
    text: str
    kind: str
    guideline: str
    """Id of the guideline."""
    heading_path: tuple[str, ...]
    at: tuple[Locator, ...]
    """Where this very text is printed, a locator for each page; the first place is the main one."""
    sentences: tuple[Sentence, ...] = ()
    grade: str | None = None
    table: Table | None = None

    @property
    def page(self) -> int:
        """The first page of the main place."""
        return self.at[0].page

    @property
    def page_label(self) -> str | None:
        """The number printed on that page."""
        return self.at[0].label

    @property
    def pages(self) -> tuple[int, ...]:
        """Every page this text is printed on."""
        return tuple(dict.fromkeys(place.page for place in self.at))

    @property
    def searched(self) -> bool:
        """Whether the passage is embedded and searched, rather than only listed."""
        return self.kind in SEARCHED_KINDS

    def embedded_text(self) -> str:
        """What the embedder and the lexical index see: the heading path, then the text."""
        path = " > ".join(self.heading_path)
        return f"{path}\n{self.text}" if path else self.text

    def printed(self) -> dict[str, Any]:
        """Where and what the passage is, as JSON carries it."""
        return {
            "page": self.page,
            "pages": list(self.pages),
            "page_label": self.page_label,
            "section": list(self.heading_path),
            "kind": self.kind,
            "grade": self.grade,
            "text": self.text,
        }

    def to_dict(self, file: str) -> dict[str, Any]:
        """One line of `cpgassist passages --json`."""
        row: dict[str, Any] = {"id": self.id, "file": file, **self.printed()}
        if self.table is not None:
            header = self.table.header
            row["caption"] = self.table.caption
            row["header"] = list(header[0]) if len(header) == 1 else [list(cells) for cells in header]
            row["rows"] = [list(cells) for cells in self.table.rows]
            row["reliable"] = self.table.reliable
        return row


@dataclass(frozen=True, slots=True)
class EmbedderIdentity:
    """What vectors depend on; indexes compare when name, revision and dimension are equal, precision is provenance."""

    name: str
    revision: str
    dimension: int
    precision: str = "float32"


@dataclass(frozen=True, slots=True)
class Where:
    """A filter on passages; empty fields do not filter."""

    guidelines: tuple[str, ...] = ()
    """Guideline ids or file names."""
    year_from: int | None = None
    year_to: int | None = None
    kinds: tuple[str, ...] = ()

    def allows(self, passage: Passage, info: GuidelineInfo) -> bool:
        """Whether the passage of this guideline passes the filter; an unknown year passes no year filter."""
        if self.guidelines and info.id not in self.guidelines and info.file not in self.guidelines:
            return False
        if self.kinds and passage.kind not in self.kinds:
            return False
        if self.year_from is None and self.year_to is None:
            return True
        year = info.published
        return year is not None and (self.year_from or year) <= year <= (self.year_to or year)


EVERYWHERE = Where()
"""No filter."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question."""

    passage: Passage
    rank: int
    score: float
    similarity: float

    def to_dict(self, info: GuidelineInfo) -> dict[str, Any]:
        """The hit as it stands in Search JSON."""
        passage = self.passage
        return {
            "rank": self.rank,
            "score": round(self.score, 4),
            "similarity": round(self.similarity, 4),
            "passage": passage.id,
            "guideline": info.to_dict(),
            **passage.printed(),
        }


@dataclass(frozen=True, slots=True)
class Search:
    """The ranked hits for a question."""

    question: str
    index: str
    hits: tuple[Hit, ...]
    guidelines: Mapping[str, GuidelineInfo]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """The Search JSON."""
        return {
            "question": self.question,
            "index": self.index,
            "hits": [hit.to_dict(self.guidelines[hit.passage.guideline]) for hit in self.hits],
            "seconds": round(self.seconds, 4),
        }


@dataclass(frozen=True, slots=True)
class Citation:
    """The guideline's own words, on the page where code found them again."""

    n: int
    guideline: GuidelineInfo
    at: Locator
    section: tuple[str, ...]
    quote: str
    verified: bool
    passage: str = ""
    """Id of the passage the quote was taken from."""

    def to_dict(self) -> dict[str, Any]:
        """The citation as it stands in Answer JSON."""
        return {
            "n": self.n,
            "guideline": self.guideline.to_dict(),
            "page": self.at.page,
            "page_label": self.at.label,
            "section": list(self.section),
            "quote": self.quote,
            "boxes": [list(box.rounded()) for box in self.at.boxes],
            "verified": self.verified,
        }


@dataclass(frozen=True, slots=True)
class Statement:
    """One line of an answer with the numbers of the citations that carry it."""

    text: str
    citations: tuple[int, ...]
    grade: str | None = None
    kind: str = "text"

    def to_dict(self) -> dict[str, Any]:
        """The statement as it stands in Answer JSON."""
        return {"text": self.text, "citations": list(self.citations), "grade": self.grade, "kind": self.kind}


@dataclass(frozen=True, slots=True)
class Checks:
    """What code checked of an answer before it was shown."""

    quotes: int = 0
    quotes_found: int = 0
    numbers: int = 0
    numbers_found: int = 0
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the guidelines say to a question, or that they do not."""

    status: Status
    answerability: float
    question: str
    index: str
    bottom_line: Statement | None = None
    statements: tuple[Statement, ...] = ()
    not_in_guideline: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    checks: Checks = Checks()
    models: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The Answer JSON, one schema for every door."""
        line = self.bottom_line
        answer: dict[str, Any] = {
            "status": self.status,
            "answerability": round(self.answerability, 4),
            "question": self.question,
            "bottom_line": None if line is None else {"text": line.text, "citations": list(line.citations)},
            "statements": [statement.to_dict() for statement in self.statements],
            "not_in_guideline": list(self.not_in_guideline),
            "citations": [citation.to_dict() for citation in self.citations],
            "checks": asdict(self.checks),
            "findings": None,
            "index": self.index,
            "models": dict(self.models),
            "seconds": {stage: round(spent, 4) for stage, spent in self.seconds.items()},
        }
        if self.warnings:
            answer["warnings"] = list(self.warnings)
        return answer

    def __str__(self) -> str:
        """The answer as readable text with its sources."""
        line = self.bottom_line
        parts = [] if line is None else [_marked(line)]
        shown = set() if line is None else {line.text}
        parts += [_marked(statement) for statement in self.statements if statement.text not in shown]
        parts += list(self.not_in_guideline)
        if self.checks.withheld and self.statements:
            parts.append(f"{self.checks.withheld} withheld: the words were not found again on the page.")
        parts += [f"Warning: {warning}" for warning in self.warnings]
        parts += [_source(citation) for citation in self.citations]
        return "\n".join(parts)


def _marked(statement: Statement) -> str:
    marks = "".join(f"[{n}]" for n in statement.citations)
    grade = f" ({statement.grade})" if statement.grade else ""
    return f"{statement.text} {marks}{grade}"


def _source(citation: Citation) -> str:
    info = citation.guideline
    about = ", ".join(str(part) for part in (info.publisher, info.published, info.edition) if part)
    printed = (
        f" (printed {citation.at.label})" if citation.at.label and citation.at.label != str(citation.at.page) else ""
    )
    return f"[{citation.n}] {info.title}{f' ({about})' if about else ''}, page {citation.at.page}{printed}"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that was not indexed, and why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class GuidelineReport:
    """A guideline's line in the table that a reindex ends with."""

    info: GuidelineInfo
    passages: int
    graded: int
    tables: int
    pages_without_text: tuple[int, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What a reindex did."""

    index: str
    """The version in service afterwards."""
    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    guidelines: tuple[GuidelineReport, ...]
    passages: int
    embedded: int
    """Passages whose vectors were computed in this run; the rest were reused."""
    seconds: float
    nothing_changed: bool = False
    """Whether the version in service was kept because no input changed."""

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        return asdict(self)
