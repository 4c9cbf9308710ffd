"""What a line of a guideline stands under, and whether two lines say the same.

A line is quoted with the lead-in of its list, the header of its table and the row that names its group: "first
trimester" means nothing without "do not give if".
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import lru_cache

from cpgassist.sentences import row_text
from cpgassist.types import Passage, Sentence, names_rows

_ITEM = re.compile(r"^(?:[•●▪■◦➢✓]|[-–—o]\s|\(?(?:\d{1,2}|[a-h]|[ivx]{1,4})[.)]\s)")
LEAD_IN_WORDS = 40
"""A lead-in longer than this is not repeated above its item."""
_TOKEN = re.compile(r"[<>≤≥]|\d+(?:[.,]\d+)*|[^\W\d_]+")
_DENIALS = frozenset("not no never without against avoid unless except nor tidak jangan bukan tanpa kecuali".split())
_HELD = 0.9
"""Share of the shorter line's words that the longer one must hold to say the same."""
_LEAST = 5
"""Words under which a line says too little to be compared."""


def lead_ins(passage: Passage, sentence: Sentence) -> list[Sentence]:
    """The sentence that introduces the list in which an item stands; [] for what is no item."""
    if passage.table is not None or sentence not in passage.sentences:
        return []
    for before in reversed(passage.sentences[: passage.sentences.index(sentence)]):
        if before.text.rstrip().endswith(":"):
            return [before] if len(before.text.split()) <= LEAD_IN_WORDS else []
        if not _is_item(before.text):
            return []
    return []


def headers(passage: Passage, sentence: Sentence) -> list[Sentence]:
    """The header of a table row, and the row that names its group; [] outside tables."""
    table = passage.table
    if table is None:
        return []
    header = row_text(table.header[-1]) if table.header else ""
    above = [_header_row(header, sentence)] if header and header != sentence.text else []
    group = Sentence(table.carried, table.carried_page) if table.carried else None
    by_text = {one.text: one for one in passage.sentences}
    for row in table.rows:
        text = row_text(row)
        # A label carried over from the page before stands in the row, and not in the sentence of its page.
        if text == sentence.text or text.endswith(f" | {sentence.text}"):
            break
        if names_rows(row):
            group = by_text.get(text)
    return [*above, group] if group is not None and group != sentence else above


def naming_rows(passage: Passage) -> list[str]:
    """The rows of a table that name the rows below them, with the one that an earlier page prints, in order."""
    table = passage.table
    if table is None:
        return []
    return [*filter(None, [table.carried]), *(table.rows[number][0] for number in table.naming)]


def is_header(passage: Passage, sentence: Sentence) -> bool:
    """Whether a line is the header of its table, which says nothing alone."""
    table = passage.table
    return table is not None and any(sentence.text == row_text(row) for row in table.header)


def same_saying(one: str, other: str) -> bool:
    """Whether two lines say the same: the shorter one's words, numbers and denials stand in the longer one.

    A summary repeats a chapter's statement with its question or number before it; that is one statement in two places.
    """
    short, long = sorted((_tokens(one), _tokens(other)), key=lambda tokens: tokens.total())
    if short.total() < _LEAST or (short & long).total() < _HELD * short.total():
        return False
    exact = {token for token in short if not token.isalpha() or token in _DENIALS}
    return all(short[token] <= long[token] for token in exact) and all(
        short[token] == long[token] for token in _DENIALS
    )


def numbers_in(text: str) -> frozenset[str]:
    """The numbers and comparison signs of a line."""
    return frozenset(token for token in _tokens(text) if not token.isalpha())


@lru_cache(maxsize=4096)
def _tokens(text: str) -> Counter[str]:
    return Counter(_TOKEN.findall(text.casefold()))


def _is_item(text: str) -> bool:
    """Whether a sentence reads as an item of a list: bulleted, numbered, or without the stop that ends a sentence."""
    return bool(_ITEM.match(text)) or not text.rstrip().endswith((".", "?", "!", ":"))


def _header_row(header: str, row: Sentence) -> Sentence:
    """The header as a sentence; where OCR read the row, how sure it was of each number above it is not known."""
    if row.confidence is None:
        return Sentence(header, row.page)
    numbers = tuple(word for word in header.split() if any(character.isdigit() for character in word))
    return replace(row, text=header, continued="", continued_boxes=(), uncertain=numbers)
