"""What each word of a question does: asks, links, says whom it is about, refers back - or names something.

English, Malay/Indonesian and Chinese, from speech.tsv and a few rules. No model, no index. A word that is not known
names something; what the tables lack therefore makes a question stand alone, never lean on the one before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources

NAME = "name"
"""The role of a word that no table knows: a drug, a disease, a finding."""

_AGE = (
    r"(?:aged?|age of|umur|berumur|berusia|usia)\s+\d+(?:\s?(?:-|–|to|hingga|sampai)\s?\d+)?"
    r"(?:\s?(?:years?|months?|weeks?|tahun|bulan)\b)?(?:\s(?:old|of age)\b)?"
    r"|(?:under|over|above|below|older than|younger than)\s(?:the age of\s)?\d+\s?(?:years?|months?)\b(?:\s(?:old|of age)\b)?"
    r"|(?<!for )(?<!every )(?<!within )(?<!over )(?<!next )\d+\s?(?:-|–|to)\s?\d+\s?(?:years?|months?)\b(?:\sold\b)?"
    r"|\d+\s?(?:-|–|to)?\s?\d*[\s-]?(?:year|month|week|day)s?[\s-]olds?\b|\d+\s?(?:yo|y/o)\b|\d{1,3}[MFmf]\b"
    r"|\d+\s?(?:岁|个月大)(?:以下|以上)?"
)
_STAGE = r"(?:type|stage|class|phase|group|category|level|jenis|tahap|gred|kelas)\s(?:\d{1,2}[a-d]?|[IVX]{1,4}|[A-E])\b"
_CJK = "\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN = re.compile(
    rf"(?P<age>\b(?:{_AGE}))|(?P<stage>\b(?i:{_STAGE}))|(?P<cjk>[{_CJK}]+)"
    rf"|(?P<amount>(?:[<>≤≥=]+\s?)?\d+(?:[.,]\d+)*[\w/%°-]*)|(?P<word>[^\W\d_{_CJK}][^\W_{_CJK}]*(?:[-'’/.+][^\W_{_CJK}]+)*)|(?P<mark>[^\s])",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"(?<=..)(nya|kah|lah|pun|'s|’s)$")
_LONGEST = 4
"""Words of the longest phrases in the tables."""
_CAPITAL = frozenset(("route", "circumstance"))
"""Roles that a word in capitals may have: WHO does not ask, IV is still a route."""
_INFLECTED = frozenset(("verb", "kind", "kind-measure", "kind-condition", "thing", "person"))
_FIRM = frozenset("的了吗呢吧在对给和与是用为吃它他她或及")
"""Single characters that hardly ever stand inside a name."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a fixed phrase of a text, where it stands and what it does there."""

    text: str
    start: int
    end: int
    role: str
    """A role of speech.tsv, or NAME, "age", "amount", "mark"."""
    refers: bool = False
    """Whether an ending refers back: Malay "dosnya", its dose."""

    @property
    def folded(self) -> str:
        """The word in lower case, white space folded."""
        return " ".join(self.text.lower().replace("’", "'").split())

    @property
    def cjk(self) -> bool:
        """Whether it is written without blanks."""
        return bool(re.match(f"[{_CJK}]", self.text))


def words_of(text: str) -> tuple[Word, ...]:
    """The words of a text in order, longest known phrases first; marks are single characters."""
    tokens = list(_tokens(text))
    shouted = not any(character.islower() for character in text)
    words: list[Word] = []
    at = 0
    while at < len(tokens):
        count, word = _phrase(text, tokens, at, shouted)
        words.append(word)
        at += count
    return tuple(words)


def is_lead(word: Word) -> bool:
    """Whether the word, at the start of a text or at its end, ties it to what was said before."""
    return word.folded in _tables()["lead"]


def _tokens(text: str) -> Iterator[Word]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "mark"
        if kind == "cjk":
            yield from _characters(text, match.start(), match.end())
        else:
            role = {"word": NAME, "stage": NAME}.get(kind, kind)
            yield Word(match[0], match.start(), match.end(), role)


def _phrase(text: str, tokens: list[Word], at: int, shouted: bool) -> tuple[int, Word]:
    """How many tokens the longest known phrase at a place takes, and its word."""
    first = tokens[at]
    if first.role != NAME or first.cjk:
        return 1, first
    for count in range(min(_LONGEST, len(tokens) - at), 0, -1):
        last = tokens[at + count - 1]
        if any(token.cjk or token.role not in (NAME, "mark") for token in tokens[at : at + count]):
            continue
        word = Word(text[first.start : last.end], first.start, last.end, NAME)
        known = _known(word, shouted)
        if known is not None:
            return count, known
    return 1, first


def _known(word: Word, shouted: bool) -> Word | None:
    roles = _roles()
    role = roles.get(word.folded) or roles.get(word.folded.replace("-", " "))
    refers = False
    if role is None:
        root = _SUFFIX.sub("", word.folded)
        role, refers = roles.get(root), word.folded.endswith("nya")
    if role is None:
        role = _inflected(word.folded)
    if role is None:
        return None
    capital = word.text.isupper() and not shouted and (len(word.text) > 1 or (word.text == "A" and word.start > 0))
    return None if capital and role not in _CAPITAL else replace(word, role=role, refers=refers)


def _inflected(word: str) -> str | None:
    """The role of an inflected English word whose plain form is known: "treats", "restarted", "dosages"."""
    for ending, plain in (("s", ""), ("es", ""), ("d", ""), ("ed", ""), ("ing", ""), ("ing", "e")):
        root = word.removesuffix(ending) + plain
        if word.endswith(ending) and len(word) >= 4 and len(root) > 2:
            role = _roles().get(root)
            if role in _INFLECTED:
                return role
    return None


def _characters(text: str, start: int, end: int) -> Iterator[Word]:
    """Chinese, cut at the known words; what is left between them names something."""
    pieces: list[Word] = []
    at = start
    roles = _roles()
    while at < end:
        size = next((n for n in range(min(6, end - at), 0, -1) if text[at : at + n] in roles), 0)
        role = roles[text[at : at + size]] if size else NAME
        size = size or 1
        if role == NAME and pieces and pieces[-1].role == NAME:
            pieces[-1] = Word(text[pieces[-1].start : at + 1], pieces[-1].start, at + 1, NAME)
        else:
            pieces.append(Word(text[at : at + size], at, at + size, role))
        at += size
    yield from _whole_names(text, pieces)


def _whole_names(text: str, pieces: list[Word]) -> Iterator[Word]:
    """The pieces with a doubtful single character given back to the name it touches."""
    held: Word | None = None
    for i, piece in enumerate(pieces):
        beside = [other.role for other in (*pieces[max(0, i - 1) : i], *pieces[i + 1 : i + 2])]
        doubtful = len(piece.text) == 1 and piece.text not in _FIRM and NAME in beside
        if piece.role == NAME or doubtful:
            start = held.start if held else piece.start
            held = Word(text[start : piece.end], start, piece.end, NAME)
            continue
        if held:
            yield held
            held = None
        yield piece
    if held:
        yield held


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, frozenset[str]]:
    """The words of each role, in the order of the file."""
    rows = resources.files(__package__).joinpath("speech.tsv").read_text(encoding="utf-8").splitlines()
    tables: dict[str, frozenset[str]] = {}
    for row in rows:
        if row and not row.startswith("#"):
            role, _, words = row.split("\t")
            tables[role] = tables.get(role, frozenset()) | frozenset(words.split("|"))
    return tables


@lru_cache(maxsize=1)
def _roles() -> Mapping[str, str]:
    """The role of each known word; of a word with several the first in the file."""
    roles: dict[str, str] = {}
    for role, words in _tables().items():
        for word in words:
            roles.setdefault(word, role)
    return roles
