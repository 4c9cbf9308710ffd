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
from cpgassist.answering.units import unit_named
from cpgassist.answering.wording import AGAINST, BREAKS, FUNCTION, MODALS, NOT, STRONG, WEAK, stem

__all__ = ["Token", "tokens"]

_PIECE = re.compile(
    r"(?P<dotted>[A-Za-z](?:\.[A-Za-z])+\.?(?![A-Za-z]))|(?P<cjk>[\u3400-\u9fff])|(?P<word>[^\W_\u3400-\u9fff]+(?:['’][^\W\d_]{1,2}(?!\w))?)"
    r"|(?P<hard>[.!?](?=\s|$|[\"')\]])|[;。；！？•●▪□◦\n])|(?P<cell>\|)|(?P<soft>[,()\[\]，、（）–—]|\s-\s)|(?P<slash>/)"
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


class _Cut:
    """Cuts a text into tokens and knows where in it the cut is."""

    def __init__(self) -> None:
        self.clause = self.sentence = self.cell = 0
        self.made: list[Token] = []
        self.strong: list[str] = []
        self.weak: list[str] = []
        self.before = ""

    def words(self, text: str, start: int, end: int) -> None:
        """Cut what stands between two quantities."""
        for match in _PIECE.finditer(text, start, end):
            kind = match.lastgroup
            if kind in ("hard", "soft", "cell"):
                self.clause += 1
                self.sentence += kind == "hard"
                self.cell += kind == "cell"
                self.before = ""
            elif kind == "slash":
                self._slash(text, match.end())
            elif not (match[0] == "No" and text[match.end() : match.end() + 1] == "."):  # "No. 36" denies nothing
                self._word(match[0], dotted=kind == "dotted", named=_is_name(text, match))

    def _slash(self, text: str, at: int) -> None:
        """The "/" of "mg/kg" is a "per"; the one of "and/or" is nothing."""
        below = _UNIT_WORD.match(text, at)
        if below is not None and unit_named(below[0].strip()):
            above = self.made[-1] if self.made else None
            if above is not None and above.quantity is None and unit_named(above.printed):
                self.made[-1] = replace(above, key=unit_named(above.printed))
            self.made.append(Token("/", "per", self.clause, self.sentence, self.cell))
            self.before = "per"

    def _word(self, printed: str, *, dotted: bool, named: bool) -> None:
        word = (printed.replace(".", "") if dotted else printed).lower()
        phrase = _PHRASES.get((self.before, word))
        measured = self.before == "per"
        named = named or measured
        self.before = word
        for part in _parts(phrase or word):
            if part in STRONG:
                self.strong.append(part)
            elif part in WEAK:
                self.weak.append(part)
            self.clause += part in BREAKS
            if part in NOT:
                self.made.append(Token(printed, "not", self.clause, self.sentence, self.cell, negates="not"))
            elif part not in MODALS and (named or part not in FUNCTION):
                key = (measured and unit_named(part)) or stem(part)
                self.made.append(
                    Token(
                        printed, key, self.clause, self.sentence, self.cell,
                        negates="against" if key in AGAINST else "", modal=part in STRONG or part in WEAK,
                    )
                )  # fmt: skip


_UNIT_WORD = re.compile(r"\s?[A-Za-zµ]{1,8}(?![A-Za-z])")


def _parts(word: str) -> Iterator[str]:
    """The word without its 's, or the "not" that hides in it."""
    if word == "cannot" or word.endswith(("n't", "n’t")):
        yield "not"
    else:
        yield re.split("['’]", word)[0]


def _is_name(text: str, match: re.Match[str]) -> bool:
    """Whether capitals make a name of what looks like a function word: vitamin A, OR 0.8."""
    word, end = match[0], match.end()
    if not word.isupper() or text.isupper():
        return False
    if len(word) > 1:
        return True
    follows = text[end : end + 2]
    return text[max(0, match.start() - 2) : max(0, match.start() - 1)].isalnum() or not follows.strip()[-1:].islower()


@lru_cache(maxsize=8192)
def tokens(text: str) -> Wording:
    """The tokens of a text in order; cached, for the lines of a guideline are read again and again."""
    cut = _Cut()
    at = 0
    for quantity in quantities(text):
        cut.words(text, at, quantity.start)
        cut.made.append(Token(quantity.printed, quantity.meaning, cut.clause, cut.sentence, cut.cell, quantity))
        cut.before, at = "", quantity.end
    cut.words(text, at, len(text))
    return Wording(tuple(_daily(_bounded(cut.made))), tuple(cut.strong), tuple(cut.weak), cut.cell + 1)


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
    """The tokens with what "daily" may be written as.

    "10 mg daily" is carried by "10 mg/day" and by "10 mg once daily", and "10 mg/day" by either; "10 mg once daily"
    says more and is carried by neither.
    """
    out = list(made)
    for i, token in enumerate(made):
        quantity = token.quantity
        if quantity is None:
            continue
        if quantity.kind == "frequency" and quantity.per == ("day",) and _each_day(quantity):
            every = replace(quantity, unit="day", per=(), label="every")
            out[i] = replace(token, carries=(every.meaning,))
        following = made[i + 1].quantity if i + 1 < len(made) else None
        if quantity.kind == "amount" and following is not None and "day" not in quantity.per and _each_day(following):
            per_day = replace(quantity, per=(*quantity.per, "day")).meaning
            unsaid = (per_day,) if following.label == "every" else ()
            out[i] = replace(token, carries=(per_day,), needs=unsaid)
    return out


def _each_day(quantity: Quantity) -> bool:
    if quantity.kind != "frequency" or quantity.low != 1 or quantity.high is not None:
        return False
    return quantity.per == ("day",) or (quantity.label == "every" and quantity.unit == "day")
