"""Guideline -> passages. Every splitting rule is here and nowhere else.

A passage never exceeds the embedder's window, heading path included, measured with the embedder's own tokenizer. A
recommendation stays with its grade, a table row with its caption and header, a list with its lead-in.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from cpgassist.sentences import sentences
from cpgassist.types import SEARCHED_KINDS, Block, Box, Guideline, Line, Locator, Passage, Section, Sentence, Table

SPLITTING_VERSION = "2"
"""Changes whenever the same PDF would give other passages: with the rules here or those of reading."""

TARGET_TOKENS = 180
"""Running text is gathered into passages of about this length."""
_PATH_SHARE = 0.3
"""The heading path takes at most this share of the window; outer headings go first."""
_LONG_ITEM = 60
"""Words from which a list item is quoted by its sentences rather than whole."""

_BULLET = re.compile(r"^(?:[•●▪■◦○➢✓✔★▶►‣*]|[-–—o](?=\s))\s*")
"""A bullet is set by the list, not part of what it says."""

CountTokens = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a block that is never cut: a sentence, an item, a table row."""

    text: str
    sentence: Sentence | None
    lines: tuple[Line, ...]
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class _Draft:
    """A passage before it has an id."""

    kind: str
    path: tuple[str, ...]
    pieces: tuple[_Piece, ...]
    grade: str | None = None
    table: Table | None = None
    heads: tuple[str, ...] = ()
    """Headings and captions printed above, that belong to the passage's text."""


def split(guideline: Guideline, count_tokens: CountTokens, window: int) -> list[Passage]:
    """The passages of a guideline in reading order, those kept out of search included."""
    splitter = _Splitter(count_tokens, window)
    drafts: list[_Draft] = []
    waiting: tuple[str, ...] = ()
    for section in guideline.sections:
        made, waiting = splitter.section(section, waiting)
        drafts += made
    passages = [_passage(guideline, draft) for draft in _fitted(drafts, splitter)]
    return _merged([*passages, *_unread(guideline)])


class _Splitter:
    def __init__(self, count_tokens: CountTokens, window: int) -> None:
        self._count_tokens = count_tokens
        self.window = window
        self.special = count_tokens([""])[0]

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens left out."""
        return [n - self.special for n in self._count_tokens(texts)] if texts else []

    def room(self, path: Sequence[str]) -> int:
        """Tokens left for the text under this path."""
        return self.window - self.special - self.count([" > ".join(path)])[0] - 1

    def fitted_path(self, path: Sequence[str]) -> tuple[str, ...]:
        """The path without its outer headings, and its last heading cut, until it takes its share of the window."""
        limit = int(self.window * _PATH_SHARE)
        kept = list(path)
        while kept and self.count([" > ".join(kept)])[0] > limit:
            if len(kept) > 1:
                kept.pop(0)
            else:
                words = kept[0].split()
                kept = [" ".join(words[: max(1, int(len(words) * 0.8))])] if len(words) > 1 else []
        return tuple(kept)

    def section(self, section: Section, waiting: tuple[str, ...]) -> tuple[list[_Draft], tuple[str, ...]]:
        """The drafts of a section, and the headings that wait for text to stand above."""
        path = self.fitted_path(section.path)
        heads = waiting
        if section.path and waiting[-1:] != section.path[-1:]:
            heads = (*waiting, section.path[-1])
        drafts: list[_Draft] = []
        for kind, blocks in groupby(section.blocks, key=_passage_kind):
            drafts += self._blocks(kind, list(blocks), path)
        for i, draft in enumerate(drafts):
            if draft.kind in SEARCHED_KINDS:
                drafts[i] = replace(draft, heads=(*heads[-4:], *draft.heads))
                return drafts, ()
        return drafts, () if drafts else heads

    def _blocks(self, kind: str, blocks: list[Block], path: tuple[str, ...]) -> Iterator[_Draft]:
        if kind == "table":
            for block in blocks:
                yield from self._table(block, path)
        elif kind == "text":
            yield from self._running(blocks, path)
        elif kind == "recommendation":
            for block in blocks:
                for part in self._packed(self._pieces(block), path, self.window):
                    yield _Draft(kind, path, part, block.grade, block.table)
        elif kind == "flowchart":
            for block in blocks:
                pieces = [_Piece(line.text, None, (line,)) for line in block.lines]
                title = next((i for i, piece in enumerate(pieces) if path and piece.text in path[-1]), 0)
                # Only the title is quoted: a branch read out of its chart says what the chart does not.
                named = pieces[title]
                pieces[title] = replace(named, sentence=_line_sentence(named.lines[0]))
                for part in self._packed(self._counted(pieces), path, self.window):
                    yield _Draft(kind, path, part)
        elif kind == "figure":
            for block in blocks:
                pieces = [_Piece(line.text, None, (line,)) for line in block.lines]
                for part in self._packed(self._counted(pieces), path, self.window):
                    yield _Draft(kind, path, part)
        else:
            yield from _excluded(kind, blocks)

    # ---- running text

    def _running(self, blocks: Sequence[Block], path: tuple[str, ...]) -> Iterator[_Draft]:
        """Paragraphs gathered up to the target; a lead-in is never parted from its first items; grades never mix."""
        for grade, graded in groupby(blocks, key=lambda block: block.grade):
            held: list[_Piece] = []
            for unit in _with_lead_ins(list(graded)):
                pieces = [piece for block in unit for piece in self._pieces(block)]
                size, added = sum(p.tokens for p in held), sum(p.tokens for p in pieces)
                if held and size + added > min(TARGET_TOKENS, self.room(path)):
                    yield from self._text_drafts(held, path, grade)
                    held = []
                held += pieces
            yield from self._text_drafts(held, path, grade)

    def _text_drafts(self, pieces: Sequence[_Piece], path: tuple[str, ...], grade: str | None) -> Iterator[_Draft]:
        for part in self._packed(pieces, path, TARGET_TOKENS + 40):
            yield _Draft("text", path, part, grade)

    def _packed(self, pieces: Sequence[_Piece], path: tuple[str, ...], most: int) -> Iterator[tuple[_Piece, ...]]:
        """Pieces in runs of about equal length that fit; a piece too long for the window is cut at words."""
        room = min(most, self.room(path))
        whole = [part for piece in pieces for part in self._cut(piece, room)]
        total = sum(piece.tokens for piece in whole)
        if not whole:
            return
        runs = -(-total // room)
        even = max(total / runs, 1)
        held: list[_Piece] = []
        size = 0
        for piece in whole:
            if held and (size + piece.tokens > room or (size >= even and runs > 1)):
                yield tuple(held)
                # A list cut in two keeps its lead-in at the head of the second part.
                lead = [p for p in held[:1] if p.text.endswith(":") and len(held) > 1 and p.tokens < 60]
                held, size = lead, sum(p.tokens for p in lead)
                if held and held[0].tokens + piece.tokens > room:
                    held, size = [], 0
            held.append(piece)
            size += piece.tokens
        yield tuple(held)

    def _cut(self, piece: _Piece, room: int) -> list[_Piece]:
        if piece.tokens <= room:
            return [piece]
        words = piece.text.split()
        if len(words) < 2:
            return self._cut_word(piece, room)
        half = len(words) // 2
        parts = []
        for text in (" ".join(words[:half]), " ".join(words[half:])):
            sentence = _reworded(piece.sentence, text) if piece.sentence else None
            parts.append(_Piece(text, sentence, piece.lines, self.count([text])[0]))
        return [cut for part in parts for cut in self._cut(part, room)]

    def _cut_word(self, piece: _Piece, room: int) -> list[_Piece]:
        """A single "word" longer than the window: a run of leaders, or text without spaces."""
        half = len(piece.text) // 2
        if half == 0:
            return [piece]
        texts = (piece.text[:half], piece.text[half:])
        parts = [
            replace(piece, text=t, sentence=_reworded(piece.sentence, t) if piece.sentence else None, tokens=n)
            for t, n in zip(texts, self.count(texts), strict=True)
        ]
        return [cut for part in parts for cut in self._cut(part, room)]

    def _pieces(self, block: Block) -> list[_Piece]:
        if block.table is not None:
            return self._counted([_row_piece(line) for line in block.lines])
        if block.kind == "item" and sum(len(line.text.split()) for line in block.lines) <= _LONG_ITEM:
            texts = [" ".join(line.text for line in block.lines)]
        else:
            texts = [t for text in _at_bullets(" ".join(line.text for line in block.lines)) for t in sentences(text)]
        pieces = _placed(texts, block.lines)
        return self._counted([_without_bare_grade(piece, block.grade) for piece in pieces])

    def _counted(self, pieces: Sequence[_Piece]) -> list[_Piece]:
        counts = self.count([piece.text for piece in pieces])
        return [replace(piece, tokens=n) for piece, n in zip(pieces, counts, strict=True)]

    # ---- tables

    def _table(self, block: Block, path: tuple[str, ...]) -> Iterator[_Draft]:
        """The whole table when it fits, else groups of rows, each under the caption and header."""
        table = block.table
        assert table is not None
        header_lines = len(block.lines) - len(table.rows)
        header = [line.text for line in block.lines[:header_lines] if line.text]
        if not header and table.header:
            header = [" | ".join(cell for cell in row if cell) for row in table.header]
        heads = tuple(text for text in (table.caption, *header) if text)
        over = sum(self.count(heads))
        if over > self.room(path) // 2:
            heads = ()
        room = self.room(path) - sum(self.count(heads))
        pieces = self._counted([_row_piece(line) for line in block.lines[header_lines:]])
        if not pieces:
            pieces = self._counted([_row_piece(line) for line in block.lines])
            yield from (_Draft("table", path, part, None, table) for part in self._packed(pieces, path, self.window))
            return
        rows = list(zip(pieces, table.rows, strict=True))
        for group in _row_groups(rows, room):
            held = replace(table, rows=tuple(dict.fromkeys(row for _, row in group)))
            for part in self._packed([piece for piece, _ in group], path, room):
                yield _Draft("table", path, part, block.grade, held, heads)


def _row_groups(
    rows: Sequence[tuple[_Piece, tuple[str, ...]]], room: int
) -> Iterator[list[tuple[_Piece, tuple[str, ...]]]]:
    """Rows in groups that fit; the row that names a group of rows ("Tarvexol") is repeated above its later parts."""
    held: list[tuple[_Piece, tuple[str, ...]]] = []
    naming: tuple[_Piece, tuple[str, ...]] | None = None
    size = 0
    for piece, row in rows:
        names = len(row) > 1 and bool(row[0]) and not any(row[1:])
        if held and size + piece.tokens > room:
            # A naming row at the end of a group would be parted from the rows it names.
            carried = [held.pop()] if naming is not None and held[-1] is naming and len(held) > 1 else []
            yield held
            if not carried and naming is not None and not names and naming[0].tokens + piece.tokens <= room:
                carried = [naming]
            held = carried
            size = sum(held_piece.tokens for held_piece, _ in held)
        held.append((piece, row))
        size += piece.tokens
        if names:
            naming = held[-1]
    if held:
        yield held


def _row_piece(line: Line) -> _Piece:
    return _Piece(line.text, _line_sentence(line) if line.text else None, (line,))


def _line_sentence(line: Line) -> Sentence:
    return _as_seen(Sentence(line.text, line.page), [(line, 0.0, 1.0)])


def _with_unsure_grade(sentence: Sentence, unsure: tuple[str, ...]) -> Sentence:
    """The sentence, which is shown with its passage's grade, with what OCR was unsure of in that grade."""
    if not unsure:
        return sentence
    return replace(sentence, uncertain=tuple(dict.fromkeys((*sentence.uncertain, *unsure))))


def _reworded(sentence: Sentence, text: str) -> Sentence:
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


def _without_bare_grade(piece: _Piece, grade: str | None) -> _Piece:
    """The piece, not to be quoted when it is nothing but the grade: the grade is shown beside the statement."""
    bare = grade is not None and piece.text.strip("()[] .;").casefold() == grade.casefold()
    return replace(piece, sentence=None) if bare else piece


def _passage_kind(block: Block) -> str:
    return "text" if block.kind in ("text", "item") else block.kind


def _with_lead_ins(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Blocks one by one, a paragraph that introduces a list together with the items that follow."""
    held: list[Block] = []
    for block in blocks:
        if held and block.kind == "item" and len(held) < 12:
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


def _at_bullets(text: str) -> list[str]:
    """A text cut before each bullet inside it."""
    return [part.strip() for part in re.split(r"(?=[•●▪■◦➢✓] )", text) if part.strip()]


def _placed(texts: Iterable[str], lines: Sequence[Line]) -> Iterator[_Piece]:
    """Each text with the lines it stands on, so with its page, and what of it runs on to the next page."""
    spans: list[tuple[int, int, Line]] = []
    at = 0
    for line in lines:
        size = len("".join(line.text.split()))
        spans.append((at, at + size, line))
        at += size
    start = 0
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
        yield _Piece(text, sentence, tuple(line for *_, line in held))
        start = end


def _tail(text: str, letters: int) -> str:
    """The text after its first `letters` characters that are not white space."""
    seen = 0
    for i, character in enumerate(text):
        if seen >= letters and not character.isspace():
            return text[i:]
        seen += not character.isspace()
    return ""


def _excluded(kind: str, blocks: Sequence[Block]) -> Iterator[_Draft]:
    """One draft per page for what is listed and kept out of search."""
    lines = [line for block in blocks for line in block.lines]
    for _, on_page in groupby(lines, key=lambda line: line.page):
        yield _Draft(kind, (), tuple(_Piece(line.text, None, (line,)) for line in on_page))


def _fitted(drafts: Iterable[_Draft], splitter: _Splitter) -> Iterator[_Draft]:
    """Headings put above a passage only where they leave it within the window."""
    for draft in drafts:
        if draft.kind not in SEARCHED_KINDS or not draft.heads:
            yield draft
            continue
        room = splitter.window - splitter.special
        heads = draft.heads
        # Outer headings go first; a table's caption and header stand last and stay longest.
        while heads and splitter.count([_embedded(replace(draft, heads=heads))])[0] > room:
            heads = heads[1:]
        yield replace(draft, heads=heads)


def _text(draft: _Draft) -> str:
    body = "\n" if draft.kind in ("table", "flowchart") or draft.kind not in SEARCHED_KINDS else " "
    text = body.join(piece.text for piece in draft.pieces if piece.text)
    return "\n".join((*draft.heads, text))


def _embedded(draft: _Draft) -> str:
    return "\n".join(part for part in (" > ".join(draft.path), _text(draft)) if part)


def _passage(guideline: Guideline, draft: _Draft) -> Passage:
    text = _text(draft)
    lines = [line for piece in draft.pieces for line in piece.lines]
    at = _locators(guideline, lines)
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
            dict.fromkeys(_with_unsure_grade(p.sentence, unsure) for p in draft.pieces if p.sentence is not None)
        ),
        grade=draft.grade,
        table=draft.table,
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


def _unread(guideline: Guideline) -> Iterator[Passage]:
    """A listed passage for each page on which nothing but running heads could be read."""
    read = {
        line.page
        for section in guideline.sections
        for block in section.blocks
        if block.kind != "running_head"
        for line in block.lines
    }
    for page in guideline.pages:
        if page.number not in read:
            why = "[no text layer]" if page.has_ink and not page.characters else "[no text on this page]"
            at = (Locator(page.number, page.label),)
            yield Passage(passage_id(guideline.info.id, why, [page.number]), why, "no_text", guideline.info.id, (), at)


def _merged(passages: Iterable[Passage]) -> list[Passage]:
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
