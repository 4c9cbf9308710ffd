"""Guideline -> passages. Every splitting rule is here and nowhere else.

A passage never exceeds the embedder's window, heading path included, measured with the embedder's own tokenizer. A
recommendation stays with its grade, a table row with its caption and header, a list with its lead-in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from cpgassist.passages.drafts import CountTokens, Draft, as_passage, excluded, fitted, merged, misread, unread
from cpgassist.passages.pieces import (
    Piece,
    at_bullets,
    header_texts,
    line_sentence,
    on_one_page,
    passage_kind,
    placed,
    quoted_body,
    reworded,
    row_groups,
    row_piece,
    with_lead_ins,
    with_rest,
    without_bare_grade,
)
from cpgassist.sentences import sentences
from cpgassist.types import (
    DRAWN_KINDS,
    SEARCHED_KINDS,
    Block,
    Guideline,
    Passage,
    Section,
)

SPLITTING_VERSION = "5"
"""Changes whenever the same PDF would give other passages: with the rules here or those of reading."""

TARGET_TOKENS = 180
"""Running text is gathered into passages of about this length."""
_PATH_SHARE = 0.3
"""The heading path takes at most this share of the window; outer headings go first."""
_LONG_ITEM = 60
"""Words from which a list item is quoted by its sentences rather than whole."""


def split(guideline: Guideline, count_tokens: CountTokens, window: int) -> list[Passage]:
    """The passages of a guideline in reading order, those kept out of search included."""
    splitter = _Splitter(count_tokens, window, _running(guideline))
    drafts: list[Draft] = []
    waiting: tuple[str, ...] = ()
    for section in guideline.sections:
        made, waiting = splitter.section(section, waiting)
        drafts += made
    words = misread(guideline)
    fitting = fitted(drafts, splitter.window - splitter.special, splitter.count)
    passages = [as_passage(guideline, draft, words) for draft in fitting]
    return merged([*passages, *unread(guideline)])


def _running(guideline: Guideline) -> dict[int, str]:
    """The folded words of each page's running heads and feet."""
    said: dict[int, str] = {}
    for section in guideline.sections:
        for line in (line for block in section.blocks if block.kind == "running_head" for line in block.lines):
            said[line.page] = said.get(line.page, "") + _folded(line.text)
    return said


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


class _Splitter:
    def __init__(self, count_tokens: CountTokens, window: int, running: Mapping[int, str]) -> None:
        self._count_tokens, self._running_heads = count_tokens, running
        self.window = window
        self.special = count_tokens([""])[0]
        self._counts: dict[str, int] = {}

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens left out. Paths and headings come again and again: each is counted once."""
        new = [text for text in dict.fromkeys(texts) if text not in self._counts]
        if new:
            self._counts.update(zip(new, self._count_tokens(new), strict=True))
        return [self._counts[text] - self.special for text in texts]

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

    def section(self, section: Section, waiting: tuple[str, ...]) -> tuple[list[Draft], tuple[str, ...]]:
        """The drafts of a section, and the headings that wait for text to stand above."""
        path = self.fitted_path(section.path)
        heads = waiting
        if section.path and waiting[-1:] != section.path[-1:]:
            heads = (*waiting, section.path[-1])
        # What the head or foot of its page says again is no text; it stays in the heading path.
        repeated = self._running_heads.get(section.page, "")
        heads = tuple(head for head in heads if _folded(head) not in repeated)
        drafts: list[Draft] = []
        for (kind, quotes), blocks in groupby(section.blocks, key=lambda b: (passage_kind(b), quoted_body(b))):
            drafts += [replace(draft, quotes=quotes) for draft in self._blocks(kind, list(blocks), path)]
        for i, draft in enumerate(drafts):
            if draft.kind in SEARCHED_KINDS:
                drafts[i] = replace(draft, heads=tuple(dict.fromkeys((*heads[-4:], *draft.heads))))
                return drafts, ()
        # A running head is no text to stand under a heading; a list kept out of search has its own heading only.
        return drafts, heads if all(draft.kind == "running_head" for draft in drafts) else waiting

    def _blocks(self, kind: str, blocks: list[Block], path: tuple[str, ...]) -> Iterator[Draft]:
        if kind == "table":
            for block in blocks:
                yield from self._table(block, path)
        elif kind == "text":
            yield from self._running(blocks, path)
        elif kind == "recommendation":
            for block in blocks:
                for part in self._packed(self._pieces(block), path, self.window):
                    yield Draft(kind, path, part, block.grade, block.table)
        elif kind in DRAWN_KINDS:
            for block in blocks:
                yield from self._drawing(block, path)
        else:
            yield from excluded(kind, blocks)

    # ---- running text

    def _running(self, blocks: Sequence[Block], path: tuple[str, ...]) -> Iterator[Draft]:
        """Paragraphs gathered up to the target; a lead-in is never parted from its first items; grades never mix."""
        for grade, graded in groupby(blocks, key=lambda block: block.grade):
            held: list[Piece] = []
            for unit in with_lead_ins(list(graded)):
                pieces = [piece for block in unit for piece in self._pieces(block)]
                size, added = sum(p.tokens for p in held), sum(p.tokens for p in pieces)
                if held and size + added > min(TARGET_TOKENS, self.room(path)):
                    yield from self._text_drafts(held, path, grade)
                    held = []
                held += pieces
            yield from self._text_drafts(held, path, grade)

    def _text_drafts(self, pieces: Sequence[Piece], path: tuple[str, ...], grade: str | None) -> Iterator[Draft]:
        for part in self._packed(pieces, path, TARGET_TOKENS + 40):
            yield Draft("text", path, part, grade)

    def _packed(self, pieces: Sequence[Piece], path: tuple[str, ...], most: int) -> Iterator[tuple[Piece, ...]]:
        """Pieces in runs of about equal length that fit; a piece too long for the window is cut at words."""
        room = min(most, self.room(path))
        whole = [part for piece in pieces for part in self._cut(piece, room)]
        total = sum(piece.tokens for piece in whole)
        if not whole:
            return
        # Signs that the tokenizer drops have no tokens at all.
        runs = max(-(-total // room), 1)
        even = max(total / runs, 1)
        held: list[Piece] = []
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

    def _cut(self, piece: Piece, room: int) -> list[Piece]:
        if piece.tokens <= room:
            return [piece]
        words = piece.text.split()
        if len(words) < 2:
            return self._cut_word(piece, room)
        half = len(words) // 2
        texts = (" ".join(words[:half]), " ".join(words[half:]))
        parts = self._counted(list(placed(texts, piece.lines, piece.skipped)))
        if piece.sentence is None:
            parts = [replace(part, sentence=None) for part in parts]
        return [cut for part in parts for cut in self._cut(part, room)]

    def _cut_word(self, piece: Piece, room: int) -> list[Piece]:
        """A single "word" longer than the window: a run of leaders, or text without spaces."""
        half = len(piece.text) // 2
        if half == 0:
            return [piece]
        texts = (piece.text[:half], piece.text[half:])
        parts = [
            replace(piece, text=t, sentence=reworded(piece.sentence, t) if piece.sentence else None, tokens=n)
            for t, n in zip(texts, self.count(texts), strict=True)
        ]
        return [cut for part in parts for cut in self._cut(part, room)]

    def _pieces(self, block: Block) -> list[Piece]:
        if block.table is not None:
            return self._counted([row_piece(line) for line in block.lines])
        if block.kind == "item" and sum(len(line.text.split()) for line in block.lines) <= _LONG_ITEM:
            texts = [" ".join(line.text for line in block.lines)]
        else:
            texts = [t for text in at_bullets(" ".join(line.text for line in block.lines)) for t in sentences(text)]
        pieces = placed(texts, block.lines)
        return self._counted([without_bare_grade(piece, block.grade) for piece in pieces])

    def _counted(self, pieces: Sequence[Piece]) -> list[Piece]:
        counts = self.count([piece.text for piece in pieces])
        return [replace(piece, tokens=n) for piece, n in zip(pieces, counts, strict=True)]

    # ---- algorithms and figures

    def _drawing(self, block: Block, path: tuple[str, ...]) -> Iterator[Draft]:
        """A flowchart or figure as one passage; one longer than the window in parts, each under the title.

        Only the title is quoted: a branch read out of its chart says what the chart does not.
        """
        frame, title, *inner = block.lines
        shown = self.fitted_path((title.text,)) if title.text else ()
        above = self.fitted_path(path if title.text in ("", *path[-1:]) else (*path, title.text))
        places = (frame,) if title.page == frame.page else (frame, title)
        head = Piece("", line_sentence(replace(title, text=shown[0])) if shown else None, places)
        heads = shown or path[-1:]
        room = max(self.room(above) - sum(self.count(heads)) - 1, 1)
        pieces = self._counted([Piece(line.text, None, (line,)) for line in inner])
        for part in self._packed(pieces, above, room) if pieces else [()]:
            yield Draft(block.kind, above, (head, *part), heads=heads)

    # ---- tables

    def _table(self, block: Block, path: tuple[str, ...]) -> Iterator[Draft]:
        """The whole table when it fits, else groups of rows, each under the caption and header."""
        table = block.table
        assert table is not None
        lines, rest = on_one_page(block.lines)
        header_lines = len(lines) - len(table.rows)
        heads = tuple(text for text in (table.caption, *header_texts(table, lines[:header_lines])) if text)
        if sum(self.count(heads)) > self.room(path) // 2:
            heads = ()
        carried = (table.carried,) if table.carried and heads else ()
        room = self.room(path) - sum(self.count((*heads, *carried)))
        pieces = [row_piece(line) for line in lines[header_lines:]]
        if not pieces:
            pieces = self._counted([row_piece(line) for line in lines])
            yield from (Draft("table", path, part, None, table) for part in self._packed(pieces, path, self.window))
            return
        pieces[-1] = with_rest(pieces[-1], rest)
        rows = list(zip(self._counted(pieces), table.rows, strict=True))
        for group in row_groups(rows, room):
            first: dict[tuple[str, ...], int] = {}
            for number in group:
                first.setdefault(table.rows[number], number)
            # Rows before the first that names others go on under the name that stands on the page before.
            goes_on = bool(carried) and (not table.naming or group[0] < table.naming[0])
            held = table.part(list(first.values()))
            held = held if goes_on else replace(held, carried="", carried_page=0)
            above = (*heads, *carried) if goes_on else heads
            for part in self._packed([rows[number][0] for number in group], path, room):
                yield Draft("table", path, part, block.grade, held, above)
