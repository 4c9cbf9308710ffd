"""What is indexed and searched: passages, filters and hits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cpgassist.types.documents import GuidelineInfo, Locator, Sentence, Table

LIKENESS = (
    "Likeness as an image model computes it, not calibrated: for research use, not a diagnosis. "
    "Compare photo and figure yourself, on the guideline's page."
)
"""Travels with every figure that was found for a photo."""

SEARCHED_KINDS = ("text", "recommendation", "table", "flowchart", "figure")
"""Kinds of passage that are embedded and searched."""

DRAWN_KINDS = ("flowchart", "figure")
"""Kinds whose words mean what they mean only in the picture: an answer shows it and quotes nothing but its title."""

EXCLUDED_KINDS = ("toc", "reference_list", "running_head", "no_text", "hidden")
"""Kinds that are read, listed and reported, but kept out of search."""


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
    repeated: bool = False
    """Whether its guideline is a copy or extract of another in the corpus, which prints this text too."""
    quotes: str = ""
    """The other body that is quoted here, whose grade `grade` then is; "" for what the guideline itself says."""
    read_by_ocr: bool = False
    """Whether some of its words were read from a picture, so that the page itself must be looked at."""

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
            row["notes"] = list(self.table.notes)
        if self.quotes:
            row["quotes"] = self.quotes
        if self.read_by_ocr:
            row["ocr"] = True
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
    """A filter on passages; empty fields do not filter.

    Older editions and what copies repeat are left out unless asked for. A guideline that is named is asked for, and
    `year_to` asks for the editions of its time.
    """

    guidelines: tuple[str, ...] = ()
    """Guideline ids or file names."""
    year_from: int | None = None
    year_to: int | None = None
    kinds: tuple[str, ...] = ()
    languages: tuple[str | None, ...] = ()
    """Languages of guidelines, as in GuidelineInfo."""
    superseded: bool = False
    """Whether editions that a newer one in the corpus replaces are searched too."""

    def allows(self, passage: Passage, info: GuidelineInfo) -> bool:
        """Whether the passage of this guideline passes the filter."""
        if self.kinds and passage.kind not in self.kinds:
            return False
        return self.covers(info) and (not passage.repeated or self.names(info))

    def covers(self, info: GuidelineInfo) -> bool:
        """Whether anything of the guideline passes the filter; an unknown year passes no year filter."""
        asked = self.names(info) or (not self.guidelines and (self.superseded or self.year_to is not None))
        if (self.guidelines and not self.names(info)) or (info.superseded_by and not asked):
            return False
        if self.languages and info.language not in self.languages:
            return False
        if self.year_from is None and self.year_to is None:
            return True
        year = info.published
        return year is not None and (self.year_from or year) <= year <= (self.year_to or year)

    def names(self, info: GuidelineInfo) -> bool:
        """Whether the guideline is asked for by its id or file name."""
        return info.id in self.guidelines or info.file in self.guidelines


EVERYWHERE = Where()
"""No filter: the newest edition of every guideline."""


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
    warnings: tuple[str, ...] = ()
    """What must be known of this ranking: that a reranker failed."""

    def to_dict(self) -> dict[str, Any]:
        """The Search JSON; `warnings` only where there are some."""
        return {
            "question": self.question,
            "index": self.index,
            "hits": [hit.to_dict(self.guidelines[hit.passage.guideline]) for hit in self.hits],
            "seconds": round(self.seconds, 4),
            **({"warnings": list(self.warnings)} if self.warnings else {}),
        }


@dataclass(frozen=True, slots=True)
class FigureHit:
    """A figure of a guideline that looks like a photo: something to compare with, and no finding."""

    passage: Passage
    """Its title and the words in it."""
    guideline: GuidelineInfo
    at: Locator
    """The picture that was compared: its page, and the boxes on it; the whole page where there are none."""
    similarity: float
    """Cosine between the picture and the photo that it is most like."""
    cautions: tuple[str, ...] = ()
    """What must be known of the edition: that it is replaced, or its review date has passed."""

    @property
    def page(self) -> int:
        """The page the picture is on."""
        return self.at.page

    @property
    def title(self) -> str:
        """Its title, or that of its section where it has none; "" where nothing is known."""
        return self.passage.heading_path[-1] if self.passage.heading_path else ""

    @property
    def label(self) -> str:
        """What stands beside every such hit."""
        return LIKENESS

    def to_dict(self) -> dict[str, Any]:
        """The hit as JSON."""
        return {
            "title": self.title,
            "guideline": self.guideline.to_dict(),
            "page": self.page,
            "page_label": self.at.label,
            "boxes": [list(box.rounded()) for box in self.at.boxes],
            "kind": self.passage.kind,
            "passage": self.passage.id,
            "similarity": round(self.similarity, 4),
            "label": self.label,
            **({"cautions": list(self.cautions)} if self.cautions else {}),
        }

    def __str__(self) -> str:
        """The hit in one line: what to compare with, and where it is printed."""
        info, at = self.guideline, self.at
        printed = f" (printed {at.label})" if at.label and at.label != str(at.page) else ""
        about = ", ".join(str(part) for part in (info.publisher, info.published, info.edition) if part)
        source = f"{info.title}{f' ({about})' if about else ''}"
        return f"Compare with {self.title or 'the figure'}, page {at.page}{printed}: {source}"
