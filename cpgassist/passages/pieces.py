"""Blocks -> pieces that are never cut: sentences, items and table rows, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from cpgassist.types import (
    QUOTES_ANOTHER,
    Block,
    Box,
    Line,
    Sentence,
    Table,
    names_rows,
)

_BULLET = re.compile(r"^(?:[•●▪■◦○➢✓✔★▶►‣*]|[-–—o](?=\s))\s*")
"""A bullet is set by the list, not part of what it says."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a block that is never cut: a sentence, an item, a table row."""

    text: str
    sentence: Sentence | None
    lines: tuple[Line, ...]
    tokens: int = 0
    skipped: int = 0
    """Letters of the first line that stand before the piece."""


def on_one_page(lines: Sequence[Line]) -> tuple[Sequence[Line], Sequence[Line]]:
    """The lines of a table's own page, and the rest of its last row on the next."""
    own = [line for line in lines if line.page == lines[0].page]
    return own, lines[len(own) :]


def header_texts(table: Table, lines: Sequence[Line]) -> list[str]:
    """The header rows as lines, a name that stands over both rows said once."""
    if len(table.header) < 2:
        return [line.text for line in lines if line.text] or [" | ".join(filter(None, row)) for row in table.header]
    above = [("",) * len(table.header[0]), *table.header]
    return [
        " | ".join(cell for cell, over in zip(row, before, strict=True) if cell and cell != over)
        for before, row in pairwise(above)
    ]


def with_rest(piece: Piece, rest: Sequence[Line]) -> Piece:
    """A row with what of it stands on the next page."""
    if not rest or piece.sentence is None:
        return piece
    continued = " ".join(line.text for line in rest)
    text = f"{piece.text} {continued}"
    return replace(
        piece, text=text, sentence=replace(piece.sentence, text=text, continued=continued), lines=(*piece.lines, *rest)
    )


def row_groups(rows: Sequence[tuple[Piece, tuple[str, ...]]], room: int) -> Iterator[list[int]]:
    """Numbers of rows in groups that fit; the row that names a group of rows ("Tarvexol") is repeated above its later
    parts."""
    held: list[int] = []
    naming: int | None = None
    size = 0
    for number, (piece, row) in enumerate(rows):
        names = names_rows(row)
        if held and size + piece.tokens > room:
            # A naming row at the end of a group would be parted from the rows it names.
            carried = [held.pop()] if naming is not None and held[-1] == naming and len(held) > 1 else []
            yield held
            if not carried and naming is not None and not names and rows[naming][0].tokens + piece.tokens <= room:
                carried = [naming]
            held = carried
            size = sum(rows[n][0].tokens for n in held)
        held.append(number)
        size += piece.tokens
        if names:
            naming = number
    if held:
        yield held


def row_piece(line: Line) -> Piece:
    """A row of a table."""
    return Piece(line.text, line_sentence(line) if line.text else None, (line,))


def line_sentence(line: Line) -> Sentence:
    """A line that is quoted as a whole."""
    return _as_seen(Sentence(line.text, line.page), [(line, 0.0, 1.0)])


def with_unsure_grade(sentence: Sentence, unsure: tuple[str, ...]) -> Sentence:
    """The sentence, which is shown with its passage's grade, with what OCR was unsure of in that grade."""
    if not unsure:
        return sentence
    return replace(sentence, uncertain=tuple(dict.fromkeys((*sentence.uncertain, *unsure))))


def reworded(sentence: Sentence, text: str) -> Sentence:
    """A part of a sentence as a sentence."""
    kept = tuple(number for number in sentence.uncertain if number in text)
    return replace(sentence, text=text, continued="", continued_boxes=(), uncertain=kept)


def _as_seen(sentence: Sentence, parts: Sequence[tuple[Line, float, float]]) -> Sentence:
    """The sentence with where and how surely OCR read it, from its lines and the share of each that it takes.

    Unchanged when the text layer holds all of it, for that can be asked again.
    """
    sure = [line.confidence for line, *_ in parts if line.confidence is not None]
    if not sure:
        return sentence
    letters = "".join(sentence.text.split())
    unsure = dict.fromkeys(number for line, *_ in parts for number in line.uncertain if number in letters)
    here, over = (
        tuple(_share(line.box, start, end) for line, start, end in parts if (line.page == sentence.page) is on)
        for on in (True, False)
    )
    return replace(sentence, boxes=here, continued_boxes=over, confidence=min(sure), uncertain=tuple(unsure))


def _share(box: Box, start: float, end: float) -> Box:
    left, right = box.left + start * box.width, box.left + end * box.width
    return Box(round(left, 2), box.top, round(right, 2), box.bottom)


def without_bare_grade(piece: Piece, grade: str | None) -> Piece:
    """The piece, not to be quoted when it is nothing but the grade: the grade is shown beside the statement."""
    bare = grade is not None and piece.text.strip("()[] .;").casefold() == grade.casefold()
    return replace(piece, sentence=None) if bare else piece


def quoted_body(block: Block) -> str:
    """The other body that a block quotes; "" when it quotes none."""
    return block.note.removeprefix(QUOTES_ANOTHER) if block.note.startswith(QUOTES_ANOTHER) else ""


def passage_kind(block: Block) -> str:
    """The kind of passage that a block goes into."""
    return "text" if block.kind in ("text", "item") else block.kind


def with_lead_ins(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Blocks one by one, a paragraph that introduces a list together with the items that follow."""
    held: list[Block] = []
    for block in blocks:
        if held and block.kind == "item":
            held.append(block)
            continue
        if held:
            yield held
        held = [block]
        if not block.lines[-1].text.rstrip().endswith(":"):
            yield held
            held = []
    if held:
        yield held


def at_bullets(text: str) -> list[str]:
    """A text cut before each bullet inside it."""
    return [part.strip() for part in re.split(r"(?=[•●▪■◦➢✓] )", text) if part.strip()]


def placed(texts: Iterable[str], lines: Sequence[Line], skipped: int = 0) -> Iterator[Piece]:
    """Each text with the lines it stands on, so with its page, and what of it runs on to the next page.

    `skipped`: letters of the lines that stand before the first text.
    """
    spans: list[tuple[int, int, Line]] = []
    at = 0
    for line in lines:
        size = len("".join(line.text.split()))
        spans.append((at, at + size, line))
        at += size
    start = skipped
    for text in texts:
        end = start + len("".join(text.split()))
        held = [(a, b, line) for a, b, line in spans if a < end and b > start] or [spans[-1]]
        page = held[0][2].page
        over = [a for a, _, line in held if line.page != page]
        continued = _tail(text, max(0, over[0] - start)) if over else ""
        quoted = _BULLET.sub("", text)
        sentence = Sentence(quoted, page, continued if quoted.endswith(continued) else "") if quoted else None
        if sentence is not None:
            shares = [
                (line, max(0, start - a) / max(1, b - a), min(1, (end - a) / max(1, b - a))) for a, b, line in held
            ]
            sentence = _as_seen(sentence, shares)
        yield Piece(text, sentence, tuple(line for *_, line in held), skipped=max(0, start - held[0][0]))
        start = end


def _tail(text: str, letters: int) -> str:
    """The text after its first `letters` characters that are not white space."""
    seen = 0
    for i, character in enumerate(text):
        if seen >= letters and not character.isspace():
            return text[i:]
        seen += not character.isspace()
    return ""
