"""Pieces put together -> passages with their places; repeats merged; what is kept out of search listed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from cpgassist.passages.pieces import Piece, with_unsure_grade
from cpgassist.types import (
    DRAWN_KINDS,
    SEARCHED_KINDS,
    Block,
    Box,
    Guideline,
    Line,
    Locator,
    Passage,
    Sentence,
    Table,
)

CountTokens = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class Draft:
    """A passage before it has an id."""

    kind: str
    path: tuple[str, ...]
    pieces: tuple[Piece, ...]
    grade: str | None = None
    table: Table | None = None
    heads: tuple[str, ...] = ()
    """Headings and captions printed above, that belong to the passage's text."""
    quotes: str = ""
    """The other body that is quoted."""


def excluded(kind: str, blocks: Sequence[Block]) -> Iterator[Draft]:
    """One draft per page for what is listed and kept out of search."""
    lines = [line for block in blocks for line in block.lines]
    for _, on_page in groupby(lines, key=lambda line: line.page):
        yield Draft(kind, (), tuple(Piece(line.text, None, (line,)) for line in on_page))


def fitted(drafts: Iterable[Draft], room: int, count: CountTokens) -> Iterator[Draft]:
    """Headings put above a passage only where they leave it within the window."""
    for draft in drafts:
        if draft.kind not in SEARCHED_KINDS or not draft.heads:
            yield draft
            continue
        # Outer headings go first; a table's caption and header stand last and stay longest.
        while draft.heads and not _fits(draft, room, count):
            draft = replace(draft, heads=draft.heads[1:])
        yield draft


def _fits(draft: Draft, room: int, count: CountTokens) -> bool:
    # Texts joined by a space take at most one token more than apart: the whole is counted only where that matters.
    parts = (" > ".join(draft.path), *draft.heads, *(piece.text for piece in draft.pieces))
    return sum(count(parts)) + len(parts) <= room or count([_embedded(draft)])[0] <= room


def _text(draft: Draft) -> str:
    body = "\n" if draft.kind in ("table", *DRAWN_KINDS) or draft.kind not in SEARCHED_KINDS else " "
    text = body.join(piece.text for piece in draft.pieces if piece.text)
    return "\n".join((*draft.heads, text))


def _embedded(draft: Draft) -> str:
    return "\n".join(part for part in (" > ".join(draft.path), _text(draft)) if part)


Misread = Mapping[int, Mapping[str, str]]
"""By page: a word as the page shows it -> as the text layer holds it."""


def misread(guideline: Guideline) -> Misread:
    """The words of each page that were repaired."""
    pages: dict[int, dict[str, str]] = {}
    for repair in guideline.repairs:
        if repair.shown != repair.source:
            pages.setdefault(repair.page, {})[repair.shown] = repair.source
    return pages


def _with_source(piece: Piece, in_table: bool, misread: Misread) -> Sentence:
    """The sentence of a piece with its words as the text layer holds them, where repairs made them differ.

    The lines say which words were repaired; a cell that spans rows stands in rows whose lines do not hold its words.
    """
    sentence = piece.sentence
    assert sentence is not None
    known = {repair.shown: repair.source for line in piece.lines for repair in line.repairs}
    if in_table:
        known = {**misread.get(sentence.page, {}), **known}
    source = " ".join(known.get(word, word) for word in sentence.text.split(" ")) if known else sentence.text
    return sentence if source == sentence.text else replace(sentence, source_text=source)


def as_passage(guideline: Guideline, draft: Draft, misread: Misread) -> Passage:
    """The draft with its id and its places."""
    text = _text(draft)
    lines = [line for piece in draft.pieces for line in piece.lines]
    at = _locators(guideline, draft.pieces[0].lines if draft.kind in DRAWN_KINDS else lines)
    unsure = tuple(
        dict.fromkeys(
            mark for line in lines for mark in line.uncertain if mark.strip("()[].,;:") in (draft.grade or "").split()
        )
    )
    return Passage(
        id=passage_id(guideline.info.id, text, [place.page for place in at]),
        text=text,
        kind=draft.kind,
        guideline=guideline.info.id,
        heading_path=draft.path,
        at=at,
        sentences=tuple(
            dict.fromkeys(
                with_unsure_grade(_with_source(p, draft.table is not None, misread), unsure)
                for p in draft.pieces
                if p.sentence is not None
            )
        ),
        grade=draft.grade,
        table=draft.table,
        quotes=draft.quotes,
        read_by_ocr=any(line.confidence is not None for line in lines),
    )


def passage_id(guideline: str, text: str, pages: Sequence[int]) -> str:
    """The content-addressed id of a passage: unchanged passages keep their id, and so their vectors."""
    content = text + "\x00" + ",".join(map(str, pages))
    return f"{guideline}:{hashlib.sha256(content.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def _locators(guideline: Guideline, lines: Sequence[Line]) -> tuple[Locator, ...]:
    boxes: dict[int, list[Box]] = {}
    for line in lines:
        held = boxes.setdefault(line.page, [])
        if held and abs(held[-1].left - line.box.left) < 40 and -2 < line.box.top - held[-1].bottom < 14:
            held[-1] = held[-1].union(line.box)
        elif line.box not in held:
            held.append(line.box)
    return tuple(Locator(page, guideline.pages[page - 1].label, tuple(found)) for page, found in sorted(boxes.items()))


def unread(guideline: Guideline) -> Iterator[Passage]:
    """A listed passage for each page on which nothing but running heads could be read."""
    read = {
        line.page
        for section in guideline.sections
        for block in section.blocks
        if block.kind not in ("running_head", "hidden")
        for line in block.lines
        if line.text
    }
    for page in guideline.pages:
        if page.number not in read:
            why = "[no text layer]" if page.has_ink and not page.characters else "[no text on this page]"
            at = (Locator(page.number, page.label),)
            yield Passage(passage_id(guideline.info.id, why, [page.number]), why, "no_text", guideline.info.id, (), at)


def merged(passages: Iterable[Passage]) -> list[Passage]:
    """Repeats of one recommendation as one passage with several places, only when text and grade are both equal."""
    merged: dict[object, Passage] = {}
    for passage in passages:
        key: object = passage.id
        if passage.kind == "recommendation":
            key = (_wording(passage), passage.grade, passage.guideline)
        elif passage.searched:
            key = passage.id
        before = merged.get(key)
        if before is None:
            merged[key] = passage
        elif passage.at != before.at:
            at = tuple(dict.fromkeys((*before.at, *passage.at)))
            new_id = passage_id(before.guideline, before.text, [place.page for place in at])
            merged[key] = replace(before, at=at, id=new_id)
    return list(merged.values())


def _wording(passage: Passage) -> str:
    """The statement with white space and case folded; signs and hyphens stay, for "1-5 mg" is not "1.5 mg"."""
    body = " ".join(sentence.text for sentence in passage.sentences)
    return " ".join(body.casefold().split()).rstrip(".;")
