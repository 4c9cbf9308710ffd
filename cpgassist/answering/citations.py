"""Picked sentences -> statements and citations. A quote is shown only after it was found again on its page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cpgassist.answering.support.wording import beginning
from cpgassist.leads import headers, lead_ins, numbers_in, same_saying
from cpgassist.protocols import FindQuote
from cpgassist.quantities.doses import DOSE
from cpgassist.types import (
    DRAWN_KINDS,
    Box,
    Checks,
    Citation,
    GuidelineInfo,
    Hit,
    Locator,
    Passage,
    Quote,
    Sentence,
    Statement,
)

UNSURE_TABLE = "From a table whose columns could not be made out with confidence: read it on page {page} itself."
"""Stands beside each line of such a table: a value is only as good as the column it stands in."""


@dataclass(frozen=True, slots=True)
class Citing:
    """What could be shown of the picked sentences."""

    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    checks: Checks


def cite(
    picks: Sequence[tuple[Hit, Sentence, float]], guidelines: Mapping[str, GuidelineInfo], find: FindQuote
) -> Citing:
    """Statements in the order of the picks, each with verified citations; sentences not found are withheld.

    A list item stands under its lead-in and a table row under its header and group row. An item whose lead-in is not
    found is withheld with it: "first trimester" means nothing without "do not give if". A header that is printed on an
    earlier page is left out.
    """
    desk = _Desk(guidelines, find)
    for hit, sentence, _ in picks:
        desk.state(hit.passage, sentence)
    return Citing(tuple(desk.statements), tuple(desk.citations), desk.checks)


def find_cited(
    info: GuidelineInfo, page: int, words: str, passages: Iterable[Passage], find: FindQuote
) -> Quote | None:
    """Where the words of a citation stand on their page, found as they were when it was made; None where they do not.

    `passages` are those that may hold them: what OCR read comes with the places where it saw it, what was repaired is
    found by what it was before.
    """
    found = find(info, page, words)
    if found is not None:
        return found
    for piece in _printed_on(info, page, passages):
        if " ".join(piece.text.split()) == " ".join(words.split()):
            quote = find(info, page, piece.text, piece.seen) if piece.seen else find(info, page, piece.source)
            if quote is not None:
                return replace(quote, text=piece.text)
    return None


def _printed_on(info: GuidelineInfo, page: int, passages: Iterable[Passage]) -> Iterator[_Piece]:
    for passage in passages:
        if passage.guideline == info.id:
            for sentence in passage.sentences:
                for one in (sentence, *lead_ins(passage, sentence), *headers(passage, sentence)):
                    yield from (piece for piece in _pieces(one) if piece.page == page)


def closest(passage: Passage, info: GuidelineInfo, find: FindQuote) -> Citation:
    """The page of a passage that does not answer: nothing is quoted, its heading is marked where the page prints it."""
    at = passage.at[0]
    heading = find(info, at.page, passage.heading_path[-1]) if passage.heading_path else None
    boxes = heading.boxes if heading is not None else ()
    return Citation(1, info, Locator(at.page, at.label, boxes), passage.heading_path, "", False, passage.id)


def of_the_asked(named: Sequence[str], guidelines: Mapping[str, GuidelineInfo]) -> Callable[[Hit, Sentence], bool]:
    """Tells which lines are no doses of something else: those without a dose, and those of a passage that prints one of
    the question's particular words, in its text, its headings or its title.

    "The dose is 5 mg" under another drug's heading must not stand in an answer about this one, whoever picked it.
    """
    stems = [beginning(word) for word in named]
    return lambda hit, sentence: not stems or not DOSE.search(sentence.text) or _tells(hit, sentence, stems, guidelines)


def _tells(hit: Hit, sentence: Sentence, stems: Sequence[str], guidelines: Mapping[str, GuidelineInfo]) -> bool:
    passage = hit.passage
    title = guidelines[passage.guideline].title
    # The row beside it may be of the drug that is asked about; a row is told of by its own cells and what it stands under.
    near = (passage.embedded_text(),) if passage.table is None else (sentence.text, passage.table.caption)
    above = [one.text for one in headers(passage, sentence)]
    text = " ".join((*near, *above, *passage.heading_path, title)).lower()
    return any(stem in text for stem in stems)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the text layer holds, and the words as the page shows them where the layer misreads them."""

    quote: Quote
    repaired: str | None


class _Desk:
    """Numbers citations and statements, each once."""

    def __init__(self, guidelines: Mapping[str, GuidelineInfo], find: FindQuote) -> None:
        self._guidelines, self._find = guidelines, find
        self.statements: list[Statement] = []
        self.citations: list[Citation] = []
        self._of: list[str] = []
        """The guideline of each statement."""
        self._withheld = 0
        self._missed: set[tuple[str, int, str]] = set()
        self._found: dict[tuple[str, int, str], _Found | None] = {}
        self._numbers: dict[tuple[str, int, str], int] = {}
        self._stated: dict[tuple[str, str], set[str | None]] = {}

    @property
    def checks(self) -> Checks:
        """Quotes shown were found; those missed were looked up and are not shown."""
        by_ocr = sum(citation.verified == "ocr" for citation in self.citations)
        shown = len(self.citations) - by_ocr
        return Checks(
            quotes=shown + len(self._missed), quotes_found=shown, withheld=self._withheld, quotes_by_ocr=by_ocr
        )

    def state(self, passage: Passage, sentence: Sentence) -> None:
        """Add a sentence with what introduces it, or count it as withheld."""
        if self._is_stated(passage, sentence):
            return
        self._mark(passage, sentence)
        leads = lead_ins(passage, sentence)
        if not all([self._is_found(passage, one) for one in (*leads, sentence)]):
            self._withheld += 1
            return
        leads += [one for one in headers(passage, sentence) if self._is_found(passage, one, needed=False)]
        self._add(passage, sentence, leads)

    def _is_stated(self, passage: Passage, sentence: Sentence) -> bool:
        """Whether these words stand in the answer already, with this grade; two printed grades are both shown."""
        grades = self._stated.get(_wording(passage, sentence), set())
        return passage.grade in grades or (passage.grade is None and bool(grades))

    def _mark(self, passage: Passage, sentence: Sentence) -> None:
        self._stated.setdefault(_wording(passage, sentence), set()).add(passage.grade)

    def _is_found(self, passage: Passage, sentence: Sentence, needed: bool = True) -> bool:
        pieces = _pieces(sentence)
        found = [self._look_up(passage, piece) is not None for piece in pieces]
        if needed:
            keys = [(passage.guideline, piece.page, piece.text) for piece in pieces]
            self._missed.update(key for key, seen in zip(keys, found, strict=True) if not seen)
        return all(found)

    def _look_up(self, passage: Passage, piece: _Piece) -> _Found | None:
        """The words as the page's text layer holds them; where they were repaired, found by what they were before."""
        key = (passage.guideline, piece.page, piece.text)
        if key not in self._found:
            info = self._guidelines[passage.guideline]
            seen = (piece.seen,) if piece.seen else ()
            quote = self._find(info, piece.page, piece.text, *seen)
            repaired = quote is None and piece.source != piece.text
            if repaired:
                quote = self._find(info, piece.page, piece.source)
            self._found[key] = _Found(quote, piece.text if repaired else None) if quote is not None else None
        return self._found[key]

    def _add(self, passage: Passage, sentence: Sentence, leads: Sequence[Sentence]) -> None:
        pieces = [piece for one in (sentence, *leads) for piece in _pieces(one)]
        cited = tuple(dict.fromkeys(self._number(passage, piece) for piece in pieces))
        said = _pointer(passage, sentence) if passage.kind in DRAWN_KINDS else sentence.text
        above = tuple(one.text for one in leads)
        unsure = passage.table is not None and not passage.table.reliable
        remarks = (UNSURE_TABLE.format(page=sentence.page),) if unsure else ()
        new = Statement(said, cited, passage.grade, passage.kind, passage.quotes, above, remarks)
        for i, old in enumerate(self.statements):
            if self._of[i] == passage.guideline and (merged := _merged(old, new)) is not None:
                self.statements[i] = merged
                return
        self.statements.append(new)
        self._of.append(passage.guideline)

    def _number(self, passage: Passage, piece: _Piece) -> int:
        page = piece.page
        key = (passage.guideline, page, piece.text)
        if key not in self._numbers:
            found = self._found[key]
            assert found is not None
            quote = found.quote
            place = next((place for place in passage.at if place.page == page), Locator(page))
            # The title of a drawing is quoted, and the whole of it shown: its words mean something only in place.
            boxes = place.boxes if passage.kind in DRAWN_KINDS and place.boxes else quote.boxes
            number = len(self.citations) + 1
            self.citations.append(
                Citation(
                    n=number,
                    guideline=self._guidelines[passage.guideline],
                    at=Locator(page, place.label, boxes),
                    section=passage.heading_path,
                    quote=quote.text if found.repaired is None else found.repaired,
                    verified="ocr" if piece.seen else True,
                    passage=passage.id,
                    source_text=quote.text if found.repaired is not None else None,
                    uncertain=piece.uncertain,
                    cells=_cells(passage, piece.text, quote.text if found.repaired is None else found.repaired),
                )
            )
            self._numbers[key] = number
        return self._numbers[key]


def _cells(passage: Passage, row: str, quote: str) -> tuple[str, ...]:
    """The cells of a table's row whose words are those of the quote; none of anything else."""
    cells = tuple(" ".join(cell.split()) for cell in row.split(" | ")) if passage.table is not None else ()
    # a wrapped cell's words come line by line with those of its neighbours
    same = sorted(" ".join(cells).split()) == sorted(quote.split())
    return cells if len(cells) > 1 and same else ()


def _merged(old: Statement, new: Statement) -> Statement | None:
    """One statement for two places of a guideline that say the same with the same grade; None when they do not.

    A statement is kept rather than the row of the summary that repeats it between other cells, else the longer wording,
    and the fuller wording of the grade: "Strong recommendation, low certainty" rather than a table's "Strong | Low".
    """
    if old.quotes != new.quotes or _lead_in(old) != _lead_in(new) or not same_saying(old.text, new.text):
        return None
    # The level of a discussion is no grade of the recommendation that it repeats.
    if bool(old.grade) != bool(new.grade):
        return None
    short, full = sorted((old.grade or "", new.grade or ""), key=len)
    if not set(_bare(short)) <= set(_bare(full)):
        return None
    kept, dropped = sorted((old, new), key=lambda one: (" | " in one.text, -len(one.text)))
    # The number before a row only counts it.
    rest = dropped.text.partition(" | ")[2] if dropped.text[:1].isdigit() else dropped.text
    if not numbers_in(rest) <= numbers_in(" ".join((kept.text, *kept.lead))):
        return None
    cited = tuple(dict.fromkeys((*old.citations, *new.citations)))
    return replace(kept, citations=cited, grade=full or None)


def _lead_in(statement: Statement) -> tuple[str, ...]:
    """The lead-in or group row that gives a line its meaning; a header row only names columns."""
    return tuple(one for one in statement.lead if " | " not in one)


def _bare(grade: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in grade.casefold()).split()


def _pointer(passage: Passage, title: Sentence) -> str:
    """Where a chart is found; what stands in it is for the reader's eyes."""
    noun = "algorithm" if passage.kind == "flowchart" else "figure"
    label = passage.page_label
    printed = f" (printed {label})" if label and label != str(passage.page) else ""
    return f"See the {noun} on page {passage.page}{printed}: {title.text.rstrip('. ')}."


def _wording(passage: Passage, sentence: Sentence) -> tuple[str, str]:
    return passage.guideline, " ".join(sentence.text.casefold().split())


@dataclass(frozen=True, slots=True)
class _Piece:
    """The part of a sentence that stands on one page."""

    page: int
    text: str
    source: str
    """The words as the text layer holds them."""
    seen: tuple[Box, ...] = ()
    """Where OCR saw it; empty when the text layer holds it."""
    uncertain: tuple[str, ...] = ()


def _pieces(sentence: Sentence) -> list[_Piece]:
    """Each part of a sentence that runs over a page break, or all of it."""
    source = sentence.source_text or sentence.text
    if not sentence.continued:
        return [_Piece(sentence.page, sentence.text, source, sentence.boxes, sentence.uncertain)]
    first = sentence.text.removesuffix(sentence.continued).rstrip()
    # Repairs change letters within words, never their number.
    words, after = source.split(), len(sentence.continued.split())
    # A number that OCR was unsure of is named with both parts: to name it twice does no harm.
    return [
        _Piece(sentence.page, first, " ".join(words[:-after]), sentence.boxes, sentence.uncertain),
        _Piece(
            sentence.page + 1,
            sentence.continued,
            " ".join(words[-after:]),
            sentence.continued_boxes,
            sentence.uncertain,
        ),
    ]
