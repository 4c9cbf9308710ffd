"""Text -> tokens that carry meaning: quantities and content words, each in its clause, sentence and table cell.

Function words are left out, so that two wordings of one statement give one sequence of tokens.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from cpgassist.answering.numbers import Quantity, quantities
from cpgassist.answering.wording import AGAINST, BREAKS, FUNCTION, NOT, STRONG, WEAK, stem

__all__ = ["Token", "tokens"]

_PIECE = re.compile(
    r"(?P<dotted>[A-Za-z](?:\.[A-Za-z])+\.?(?![A-Za-z]))|(?P<cjk>[\u3400-\u9fff])|(?P<word>[^\W_\u3400-\u9fff]+(?:['’][^\W\d_]{1,2}(?!\w))?)"
    r"|(?P<hard>[.!?](?=\s|$|[\"')\]])|[;。；！？•●▪□◦\n])|(?P<cell>\|)|(?P<soft>[,:()\[\]，、：（）–—]|\s-\s)"
)
_PHRASES = {
    ("by", "mouth"): "oral", ("per", "os"): "oral", ("per", "oral"): "oral",
    ("per", "rectum"): "rectal",
}  # fmt: skip
_BOUND_REACH = 4
"""Content words between "maximum" and the number it bounds ("maximum daily adult dose of X is 10 mg")."""


@dataclass(frozen=True, slots=True)
class Token:
    """A content word or a quantity."""

    printed: str
    keys: tuple[Hashable, ...]
    """What it may be matched by; its own meaning first."""
    clause: int
    sentence: int
    cell: int
    quantity: Quantity | None = None
    negates: Literal["", "not", "against"] = ""

    @property
    def key(self) -> Hashable:
        """Its own meaning."""
        return self.keys[0]

    @property
    def group(self) -> str:
        """Tokens of one group may stand in for each other: an amount for an amount, a word for a word."""
        if self.quantity is None:
            return "word"
        kind = self.quantity.kind
        return {"age": "time", "duration": "time"}.get(kind, kind if kind in ("frequency", "reference") else "value")


@dataclass(frozen=True, slots=True)
class Wording:
    """A text as tokens, and the words of obligation in it."""

    tokens: tuple[Token, ...]
    strong: tuple[str, ...]
    weak: tuple[str, ...]
    cells: int


class _Cut:
    """Where in the text the cutter is."""

    def __init__(self) -> None:
        self.clause = self.sentence = self.cell = 0

    def soft(self) -> None:
        self.clause += 1

    def hard(self) -> None:
        self.clause += 1
        self.sentence += 1


@lru_cache(maxsize=8192)
def tokens(text: str) -> Wording:
    """The tokens of a text in order; cached, for the lines of a guideline are read again and again."""
    cut = _Cut()
    made: list[Token] = []
    strong: list[str] = []
    weak: list[str] = []
    at = 0
    for quantity in quantities(text):
        _cut_words(text, at, quantity.start, cut, made, strong, weak)
        made.append(Token(quantity.printed, (quantity.meaning,), cut.clause, cut.sentence, cut.cell, quantity))
        at = quantity.end
    _cut_words(text, at, len(text), cut, made, strong, weak)
    return Wording(tuple(_daily(_bounded(made))), tuple(strong), tuple(weak), cut.cell + 1)


def _cut_words(
    text: str, start: int, end: int, cut: _Cut, made: list[Token], strong: list[str], weak: list[str]
) -> None:
    before = ""
    for match in _PIECE.finditer(text, start, end):
        kind = match.lastgroup
        if kind in ("hard", "soft", "cell"):
            cut.hard() if kind == "hard" else cut.soft()
            cut.cell += kind == "cell"
            before = ""
            continue
        if kind is None:
            continue
        printed = match[0]
        word = (printed.replace(".", "") if kind == "dotted" else printed).lower()
        phrase = _PHRASES.get((before, word))
        before = word
        for part in _parts(phrase or word):
            if part in STRONG:
                strong.append(part)
            elif part in WEAK:
                weak.append(part)
            if part in BREAKS:
                cut.soft()
            token = _word(printed, part, cut, named=_is_name(text, match))
            if token is not None:
                made.append(token)


def _parts(word: str) -> Iterator[str]:
    """The word, and the "not" that may hide in it."""
    if word.endswith(("n't", "n’t")):
        yield "not"
        return
    if word == "cannot":
        yield "not"
        return
    yield re.split("['’]", word)[0]


def _is_name(text: str, match: re.Match[str]) -> bool:
    """Whether capitals make a name of what looks like a function word: vitamin A, OR 0.8."""
    if not match[0].isupper() or match.start() == 0 or text.isupper():
        return False
    return len(match[0]) > 1 or text[max(0, match.start() - 2) : match.start() - 1].isalnum()


def _word(printed: str, word: str, cut: _Cut, *, named: bool) -> Token | None:
    if word in NOT:
        return Token(printed, ("not",), cut.clause, cut.sentence, cut.cell, None, "not")
    if (word in FUNCTION and not named) or word in STRONG or word in WEAK:
        return None
    key = stem(word)
    return Token(printed, (key,), cut.clause, cut.sentence, cut.cell, None, "against" if key in AGAINST else "")


def _bounded(made: list[Token]) -> list[Token]:
    """The tokens with "maximum dose 10 mg" read as "≤10 mg": the word goes into the number that it bounds."""
    out: list[Token] = []
    bound: tuple[int, str] | None = None
    for i, token in enumerate(made):
        if token.quantity is None:
            if token.key in ("max", "min"):
                bound = (len(out), "≤" if token.key == "max" else "≥")
            out.append(token)
            continue
        quantity = token.quantity
        comparator = {"maximum": "≤", "minimum": "≥"}.get(quantity.comparator, quantity.comparator)
        if quantity.kind in ("frequency", "reference"):
            out.append(token)
            continue
        if bound is not None and not comparator:
            where, sign = bound
            if out[where].clause == token.clause and len(out) - where <= _BOUND_REACH + 1:
                comparator = sign
                del out[where]
        elif not comparator and _bound_after(made, i):
            comparator = "≤" if made[i + 1].key == "max" else "≥"
            made[i + 1] = replace(made[i + 1], keys=("",))
        bound = None
        if comparator != quantity.comparator:
            quantity = replace(quantity, comparator=comparator)  # type: ignore[arg-type]
            token = replace(token, quantity=quantity, keys=(quantity.meaning,))
        out.append(token)
    return [token for token in out if token.keys != ("",)]


def _bound_after(made: list[Token], at: int) -> bool:
    """Whether "maximum" stands behind the number ("10 mg maximum") and bounds no other."""
    if at + 1 >= len(made) or made[at + 1].key not in ("max", "min") or made[at + 1].clause > made[at].clause + 1:
        return False
    clause = made[at + 1].clause
    return not any(token.quantity for token in made[at + 2 : at + 7] if token.clause == clause)


def _daily(made: list[Token]) -> list[Token]:
    """The tokens with other keys for what "daily" may be written as.

    "10 mg daily" is carried by "10 mg/day" and by "10 mg once daily", and "10 mg/day" by either; "10 mg once daily"
    says more and is carried by neither.
    """
    out = list(made)
    for i, token in enumerate(made):
        quantity = token.quantity
        if quantity is None:
            continue
        if quantity.kind == "frequency" and quantity.unit == "times" and quantity.low == 1 and quantity.per == ("day",):
            every = replace(quantity, unit="day", per=(), label="every")
            out[i] = replace(token, keys=(token.key, every.meaning))
        following = made[i + 1].quantity if i + 1 < len(made) else None
        if quantity.kind == "amount" and following is not None and "day" not in quantity.per and _each_day(following):
            per_day = replace(quantity, per=(*quantity.per, "day"))
            out[i] = replace(token, keys=(token.key, per_day.meaning))
    return out


def _each_day(quantity: Quantity) -> bool:
    if quantity.kind != "frequency" or quantity.low != 1 or quantity.high is not None:
        return False
    return quantity.per == ("day",) or (quantity.label == "every" and quantity.unit == "day")
