"""Text -> tokens that carry meaning: quantities and content words, each in its clause, sentence and table cell.

Function words are left out, so that two wordings of one statement give one sequence of tokens.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from cpgassist.answering.support.wording import AGAINST, BREAKS, FUNCTION, MODALS, NOT, ORDER, STRONG, WEAK, stem
from cpgassist.quantities.numbers import Quantity, quantities
from cpgassist.quantities.units import unit_named

__all__ = ["Token", "tokens"]

_PIECE = re.compile(
    r"(?P<dotted>[A-Za-z](?:\.[A-Za-z])+\.?(?![A-Za-z]))|(?P<cjk>[\u3400-\u9fff])|(?P<word>[^\W_\u3400-\u9fff]+(?:['’][^\W\d_]{1,2}(?!\w))?|%)"
    r"|(?P<hard>[.!?](?=\s|$|[\"')\]])|[;。；！？•●▪□◦\n])|(?P<cell>\|)|(?P<soft>[,()\[\]，、（）–—]|\s-\s)|(?P<slash>/)"
)
_PHRASES = {
    ("by", "mouth"): "oral", ("per", "os"): "oral", ("per", "oral"): "oral",
    ("per", "rectum"): "rectal",
}  # fmt: skip
_ABBREVIATIONS = frozenset("vs approx max min fig figs cf al ca incl resp tab cap inj no dr mr mrs st vol pp".split())
_BOUND_REACH = 4
"""Content words between "maximum" and the number it bounds ("maximum daily adult dose of X is 10 mg")."""


@dataclass(frozen=True, slots=True)
class Token:
    """A content word or a quantity."""

    printed: str
    key: Hashable
    """Its meaning."""
    clause: int
    sentence: int
    cell: int
    quantity: Quantity | None = None
    negates: Literal["", "not", "against"] = ""
    needs: tuple[Hashable, ...] = ()
    """Meanings of which a line must have one for the token to be carried, besides its own."""
    carries: tuple[Hashable, ...] = ()
    """What the token carries in a line, besides its own meaning."""
    modal: bool = False
    """Whether it obliges or allows ("recommended"): such a word may be added or left out."""

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
    orders: bool
    """Whether it tells what to do without such a word: a dose, or a verb in the imperative."""


@dataclass(frozen=True, slots=True)
class _Word:
    """What is known of a word wherever it stands."""

    stem: str
    denies: bool
    function: bool
    modal: bool
    """Whether it obliges or allows; the plain modals ("should") become no tokens."""
    strong: bool
    weak: bool
    breaks: bool
    against: bool


@lru_cache(maxsize=32768)
def _known(word: str) -> _Word:
    """A word in lower case; its 's is taken off, and "don't" is the "not" that hides in it."""
    if word == "cannot" or word.endswith(("n't", "n’t")):
        word = "not"
    word = re.split("['’]", word)[0]
    key = stem(word)
    strong, weak = word in STRONG, word in WEAK
    function = word in FUNCTION or word in MODALS
    return _Word(key, word in NOT, function, strong or weak, strong, weak, word in BREAKS, key in AGAINST)


class _Cut:
    """Cuts a text into tokens and knows where in it the cut is."""

    def __init__(self, text: str) -> None:
        self.clause = self.sentence = self.cell = 0
        self.made: list[Token] = []
        self.strong: list[str] = []
        self.weak: list[str] = []
        self._text, self._capitals, self._before = text, text.isupper(), ""

    def quantity(self, quantity: Quantity) -> None:
        """Take in a quantity."""
        self.made.append(Token(quantity.printed, quantity.meaning, self.clause, self.sentence, self.cell, quantity))
        self._before = ""

    def words(self, start: int, end: int) -> None:
        """Cut what stands between two quantities."""
        for match in _PIECE.finditer(self._text, start, end):
            kind = match.lastgroup
            if kind == "hard" and match[0] == "." and self._ends_nothing():
                continue
            if kind in ("hard", "soft", "cell"):
                self.clause += 1
                self.sentence += kind == "hard"
                self.cell += kind == "cell"
                self._before = ""
            elif kind == "slash":
                self._slash(match.end())
            else:
                self._word(match, match[0].replace(".", "") if kind == "dotted" else match[0])

    def _ends_nothing(self) -> bool:
        """Whether a full stop follows an abbreviation or the number of an item."""
        numbered = len(self.made) == 1 and self.made[0].quantity is not None and self.made[0].quantity.kind == "number"
        return numbered or self._before in _ABBREVIATIONS

    def _slash(self, at: int) -> None:
        """The "/" of "mg/kg" is a "per"; the one of "and/or" is nothing."""
        below = _UNIT_WORD.match(self._text, at)
        if below is None or not unit_named(below[0].strip()):
            return
        above = self.made[-1] if self.made else None
        if above is not None and above.quantity is None and unit_named(above.printed):
            self.made[-1] = replace(above, key=unit_named(above.printed))
        self._add("/", "per")
        self._before = "per"

    def _word(self, match: re.Match[str], printed: str) -> None:
        word = printed.lower()
        before, self._before = self._before, word
        if word == "no" and self._denies_nothing(match, before):
            return
        known = _known(_PHRASES.get((before, word), word))
        if known.strong:
            self.strong.append(word)
        elif known.weak:
            self.weak.append(word)
        self.clause += known.breaks
        if known.denies:
            self._add(printed, "not", "not")
        elif not known.function or before == "per" or (word not in MODALS and self._is_name(match)):
            key = (before == "per" and unit_named(word)) or known.stem
            self._add(printed, key, "against" if known.against else "", known.modal)

    def _denies_nothing(self, match: re.Match[str], before: str) -> bool:
        """Whether a "no" is the box of a form ("Yes No"), a number ("No. 36") or a name ("nitric oxide (NO)")."""
        around = self._text[max(0, match.start() - 1) : match.end() + 1]
        return before == "yes" or around[-3:] == "No." or around == "(NO)"

    def _add(self, printed: str, key: str, negates: Literal["", "not", "against"] = "", modal: bool = False) -> None:
        token = Token(printed, key, self.clause, self.sentence, self.cell, None, negates, (), (), modal)
        self.made.append(token)

    def _is_name(self, match: re.Match[str]) -> bool:
        """Whether capitals make a name of what looks like a function word: vitamin A, OR 0.8."""
        if self._capitals or not match[0].isupper():
            return False
        start, end = match.span()
        if end - start > 1:
            return True
        return (
            self._text[max(0, start - 2) : max(0, start - 1)].isalnum()
            or not self._text[end : end + 2].strip()[-1:].islower()
        )


_UNIT_WORD = re.compile(r"\s?[A-Za-zµ]{1,8}(?![A-Za-z])")


@lru_cache(maxsize=8192)
def tokens(text: str) -> Wording:
    """The tokens of a text in order; cached, for the lines of a guideline are read again and again."""
    cut = _Cut(text)
    at = 0
    for quantity in quantities(text):
        cut.words(at, quantity.start)
        cut.quantity(quantity)
        at = quantity.end
    cut.words(at, len(text))
    made = tuple(_daily(_bounded(cut.made)))
    orders = ORDER.search(text) is not None or any(token.quantity and token.quantity.kind == "amount" for token in made)
    return Wording(made, tuple(cut.strong), tuple(cut.weak), cut.cell + 1, orders)


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
            made[i + 1] = replace(made[i + 1], key="")
        bound = None
        if comparator != quantity.comparator:
            quantity = replace(quantity, comparator=comparator)  # type: ignore[arg-type]
            token = replace(token, quantity=quantity, key=quantity.meaning)
        out.append(token)
    return [token for token in out if token.key != ""]


def _bound_after(made: list[Token], at: int) -> bool:
    """Whether "maximum" stands behind the number ("10 mg maximum") and bounds no other."""
    if at + 1 >= len(made) or made[at + 1].key not in ("max", "min") or made[at + 1].clause > made[at].clause + 1:
        return False
    clause = made[at + 1].clause
    return not any(token.quantity for token in made[at + 2 : at + 7] if token.clause == clause)


def _daily(made: list[Token]) -> list[Token]:
    """The tokens with what "daily" may be written as: "10 mg daily" carries and is carried by "10 mg/day".

    "Once daily" carries "daily", but says more, and is carried by neither.
    """
    out = list(made)
    for i, token in enumerate(made):
        quantity = token.quantity
        if quantity is None:
            continue
        if quantity.unit == "times" and quantity.per == ("day",) and quantity.low == 1 and quantity.high is None:
            every = replace(quantity, unit="day", per=(), label="every")
            out[i] = replace(token, carries=(every.meaning,))
        following = made[i + 1].quantity if i + 1 < len(made) else None
        if quantity.kind == "amount" and "day" not in quantity.per and following is not None and _each_day(following):
            per_day = replace(quantity, per=(*quantity.per, "day")).meaning
            out[i] = replace(token, carries=(per_day,), needs=(per_day,))
    return out


def _each_day(quantity: Quantity) -> bool:
    return quantity.label == "every" and quantity.unit == "day" and quantity.low == 1 and quantity.high is None
