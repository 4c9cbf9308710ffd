"""What a question gets: statements, citations and what code checked of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import import_module
from typing import Any, Literal

from cpgassist.types.documents import GuidelineInfo, Locator
from cpgassist.types.findings import Findings

READ_BY_OCR = "Read from a scanned page by OCR: check the numbers on the page image."
"""Stands beside every quote that no text layer can confirm."""

CLOSEST = "Closest page: "
"""Stands in a silent answer before the place that is nearest to the question."""

WITHOUT_MODEL = "The lines below were picked without the language model."
"""Begins what an answer says when the configured model failed."""

Status = Literal["answered", "partial", "silent", "conflict", "refused"]


@dataclass(frozen=True, slots=True)
class Citation:
    """The guideline's own words, on the page where code found them again."""

    n: int
    guideline: GuidelineInfo
    at: Locator
    section: tuple[str, ...]
    quote: str
    """What the page shows."""
    verified: bool | Literal["ocr"]
    """True when code found the quote again in the page's text layer; "ocr" when only OCR read it."""
    passage: str = ""
    """Id of the passage the quote was taken from."""
    source_text: str | None = None
    """What the text layer holds, where it is not what the page shows."""
    uncertain: tuple[str, ...] = ()
    """Numbers in the quote that OCR was not sure of."""
    findings: tuple[str, ...] = ()
    """The findings of a photo whose words led here."""
    cells: tuple[str, ...] = ()
    """The cells of a quoted row: on the page rules stand between them, in `quote` nothing does."""

    @property
    def shown(self) -> str:
        """The quote for readers, the cells of a row apart: "eGFR 15 to 29 5 mg/kg" could be taken for one number."""
        return " | ".join(self.cells) or self.quote

    @property
    def under(self) -> str:
        """The innermost two headings as one line: a box is titled by its number, what it is about stands above."""
        return " › ".join(self.section[-2:])

    @property
    def ocr_note(self) -> str:
        """What a reader must know of a quote that OCR read, the numbers it was unsure of named; "" for any other."""
        if self.verified != "ocr":
            return ""
        return READ_BY_OCR + (f" Uncertain: {', '.join(self.uncertain)}." if self.uncertain else "")

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
            **({"source_text": self.source_text} if self.source_text is not None else {}),
            **({"uncertain": list(self.uncertain)} if self.uncertain else {}),
            **({"findings": list(self.findings)} if self.findings else {}),
        }


@dataclass(frozen=True, slots=True)
class Statement:
    """One line of an answer with the numbers of the citations that carry it."""

    text: str
    citations: tuple[int, ...]
    grade: str | None = None
    kind: str = "text"
    quotes: str = ""
    """The other body whose words and grade these are; "" for what the guideline itself says."""
    lead: tuple[str, ...] = ()
    """What the line stands under, as printed: the lead-in of its list, or its table's header and group row."""
    remarks: tuple[str, ...] = ()
    """What must be known of the line: that it is printed for other patients than the question is about, or stands in a
    table whose columns are uncertain."""

    def to_dict(self) -> dict[str, Any]:
        """The statement as it stands in Answer JSON."""
        stated: dict[str, Any] = {
            "text": self.text,
            "citations": list(self.citations),
            "grade": self.grade,
            "kind": self.kind,
        }
        if self.quotes:
            stated["quotes"] = self.quotes
        if self.lead:
            stated["lead"] = list(self.lead)
        if self.remarks:
            stated["remarks"] = list(self.remarks)
        return stated


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence that a model wrote, with the numbers (from 1) of the shown lines that it says it is from."""

    text: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Checks:
    """What code checked of an answer before it was shown."""

    quotes: int = 0
    quotes_found: int = 0
    numbers: int = 0
    """Quantities (doses, limits, durations...) in the bottom line and the statements."""
    numbers_found: int = 0
    """Those of them that stand in the cited quotes with the same value, unit, comparator and frequency."""
    withheld: int = 0
    """Picked lines not found on their page, and written sentences that the quoted lines do not carry."""
    quotes_by_ocr: int = 0
    """Quotes shown that OCR read from a picture: counted apart, for no text layer can confirm them."""


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
    models: Mapping[str, Any] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    """Plain words on the question: an emergency, an order that is no guideline's to give, a value that the guideline
    prints otherwise, places that disagree."""
    clarify: tuple[str, ...] = ()
    """Up to three short questions on what the lines differ by and the question does not say."""
    asked_as: str | None = None
    """The self-contained question that a follow-up was asked as; None where it was asked as typed."""
    closest: Citation | None = None
    """The page that a silent answer names as nearest to the question, to be looked at: nothing is quoted from it."""
    findings: Findings | None = None
    """What a photo shows, as it was confirmed and searched with; its label goes wherever the answer goes."""
    complete: bool = True
    """False for an answer that a language model is still working on: its lines stand, its bottom line may change."""

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
            "checks": {name: n for name, n in asdict(self.checks).items() if n or name != "quotes_by_ocr"},
            "findings": None if self.findings is None else self.findings.to_dict(),
            "index": self.index,
            "models": dict(self.models),
            "seconds": {stage: round(spent, 4) for stage, spent in self.seconds.items()},
        }
        for name, told in (("warnings", self.warnings), ("remarks", self.remarks), ("clarify", self.clarify)):
            if told:
                answer[name] = list(told)
        if self.asked_as is not None:
            answer["asked_as"] = self.asked_as
        if not self.complete:
            answer["complete"] = False
        return answer

    def _repr_html_(self) -> str:
        """The answer as a notebook shows it."""
        # what draws an answer knows types, and types know nobody who draws: so it is looked up by name
        return str(import_module("cpgassist.apps.export.as_notebook").answer_html(self))

    def __str__(self) -> str:
        """The answer as readable text with its sources."""
        line = self.bottom_line
        parts = [] if self.asked_as is None else [f"Asked as: {self.asked_as}"]
        if self.findings is not None:
            parts += [f"Findings: {self.findings}", self.findings.label]
        parts += [*self.remarks] if line is None else [*self.remarks, _marked(line)]
        # Of one sentence with two printed grades, only the one that is the bottom line stands there already.
        over = None if line is None else (line.text, line.citations, line.grade)
        above: tuple[str, ...] = ()
        for statement in self.statements:
            if (statement.text, statement.citations, statement.grade) != over:
                parts += [one for one in statement.lead if one not in above]
                parts.append(_marked(statement))
                above = statement.lead
            parts += [f"    {remark}" for remark in statement.remarks]
        parts += list(self.not_in_guideline)
        if self.checks.withheld and self.statements:
            parts.append(
                f"{self.checks.withheld} withheld: not found again on the page, or not carried by the quoted lines."
            )
        parts += [f"Warning: {warning}" for warning in self.warnings]
        for citation in self.citations:
            parts.append(_source(citation))
            if citation.findings:
                parts.append(f"    found by: {'; '.join(citation.findings)}")
            if citation.ocr_note:
                parts.append(f"    {citation.ocr_note}")
        return "\n".join(parts)


def _marked(statement: Statement) -> str:
    marks = "".join(f"[{n}]" for n in statement.citations)
    said = [part for part in (statement.grade, statement.quotes and f"quoted from {statement.quotes}") if part]
    grade = f" ({', '.join(said)})" if said else ""
    return f"{statement.text} {marks}{grade}"


def _source(citation: Citation) -> str:
    info = citation.guideline
    about = ", ".join(str(part) for part in (info.publisher, info.published, info.edition) if part)
    printed = (
        f" (printed {citation.at.label})" if citation.at.label and citation.at.label != str(citation.at.page) else ""
    )
    section = f", {citation.section[-1]}" if citation.section else ""
    return f"[{citation.n}] {info.title}{f' ({about})' if about else ''}, page {citation.at.page}{printed}{section}"
