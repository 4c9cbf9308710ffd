"""Whether the cited lines carry a statement: every quantity, every "not", every name, each bound to what it belongs to.

Similarity cannot tell (a tenfold dose keeps a cosine of 0.97 and more), so nothing here is scored by likeness: each
token of the statement must stand in the lines with the same meaning, what is denied there must be denied here, and a
value or a name must not stand where the line has another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from cpgassist.answering.support.alignment import Ground, Layout, neighbours, suits
from cpgassist.answering.support.binding import exchanges
from cpgassist.answering.support.negation import denials
from cpgassist.answering.support.rows import other_column, tells_row
from cpgassist.answering.support.tokens import Token, Wording, tokens
from cpgassist.answering.support.wording import OPPOSITES, named
from cpgassist.quantities.numbers import Quantity

__all__ = ["Problem", "ProblemKind", "unsupported"]

ProblemKind = Literal[
    "number", "unit", "comparator", "negation", "drug", "route", "frequency", "population", "exchange", "words"
]
_BEFORE = 6
"""Tokens before a verbatim piece among which a "not" may govern it."""
_LONGEST = 250
"""Tokens beyond which a statement that is not verbatim is no short statement, and is not checked but withheld."""
_ELSEWHERE = frozenset(("age", "duration", "reference", "date", "percent", "number"))
"""Kinds of quantity that a heading or caption may carry; a dose must stand in a line."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a statement says and its lines do not."""

    kind: ProblemKind
    said: str
    """What the statement says; "" where it leaves something out."""
    found: str = ""
    """What the lines have in its place; "" for nothing."""

    @property
    def told(self) -> str:
        """The problem as a remark for a reader."""
        if not self.said:
            return f'leaves out "{self.found}" of the cited line'
        if self.kind == "negation":
            return f'says "{self.said}", which the cited line does not deny'
        if self.kind == "exchange":
            return f'puts "{self.said}" where the cited line has "{self.found}"'
        has = f"the cited line has {self.found}" if self.found else "the cited lines do not have it"
        return f"says {self.said}; {has}"

    @property
    def withheld(self) -> str:
        """The problem in the guideline's words alone: a reader in a hurry must not meet the wrong dose at all."""
        if not self.said:
            return self.told
        if self.kind == "negation":
            return "denies what the cited line does not deny"
        if self.found:
            return f'differs from the cited line, which has "{self.found}"'
        return "says what the cited lines do not have"


def unsupported(statement: str, lines: Sequence[str], context: Sequence[str] = ()) -> tuple[Problem, ...]:
    """What the cited lines do not carry of a statement; empty when they carry all of it.

    `context` holds the headings, captions and header rows above the lines: their words may support words (a population,
    the drug of a table's caption) and bind cells to columns, but a dose must stand in a line. Marks by which the
    statement cites its lines ("[1]") must be taken off first, for a mark that the lines do not have is a number too.
    """
    if tells_row(statement, lines, context):
        return ()
    said = tokens(statement)
    ground = _ground(tuple(lines), tuple(context))
    obligations = [Problem("words", *pair) for pair in _obligations(said, ground)]
    if any(_verbatim(said, wording) for wording in ground.wordings):
        return tuple(obligations)
    if len(said.tokens) > _LONGEST:
        return (Problem("words", f"{statement[:60]}..."),)
    layout = Layout(said.tokens, ground)
    missing = [*_missing(layout), *_unfounded(layout)]
    unknown = {problem.said for problem in missing}
    problems = [*missing, *(Problem("negation", *pair) for pair in denials(layout))]
    problems += [Problem("unit", "", found) for found in _denominators(layout)]
    problems += [Problem("exchange", *pair) for pair in exchanges(layout) if pair[0] not in unknown]
    column = other_column(statement, lines, context)
    if column is not None:
        problems.append(Problem("exchange", *column))
    return tuple(dict.fromkeys([*problems, *obligations]))


@lru_cache(maxsize=64)
def _ground(lines: tuple[str, ...], context: tuple[str, ...]) -> Ground:
    return Ground(lines, context)


def _verbatim(said: Wording, line: Wording) -> bool:
    """Whether the statement's tokens stand in one piece in the line, with no "not" shortly before them."""
    keys, wanted = [token.key for token in line.tokens], [token.key for token in said.tokens]
    for start in range(len(keys) - len(wanted) + 1):
        end = start + len(wanted)
        if wanted and keys[start] == wanted[0] and keys[start:end] == wanted and not _cut_off(line, start, end):
            return True
    return False


def _cut_off(line: Wording, start: int, end: int) -> bool:
    """Whether a piece of a line is cut off from a "not" that may govern it, or from its denominator."""
    before, after = line.tokens[max(0, start - _BEFORE) : start], line.tokens[end : end + 1]
    if any(token.negates and token.sentence == line.tokens[start].sentence for token in before):
        return True
    return any(
        (token.negates or token.key == "per") and token.sentence == line.tokens[end - 1].sentence for token in after
    )


def _missing(layout: Layout) -> Iterator[Problem]:
    """Tokens of the statement that stand nowhere."""
    for i, token in enumerate(layout.said):
        if i in layout.place or token.negates or token.modal:
            continue
        if token.quantity is not None:
            if not _carried_elsewhere(layout, i, token, token.quantity):
                yield _missing_quantity(layout, i, token.quantity)
        elif token.key not in layout.ground.around:
            yield _missing_word(layout, i, token)


def _unfounded(layout: Layout) -> Iterator[Problem]:
    """Sentences of which nothing stands in a line: a heading alone carries none."""
    founded = {layout.said[i].sentence for i in layout.place}
    for sentence in {token.sentence for token in layout.said if not token.modal} - founded:
        yield Problem("words", next(token.printed for token in layout.said if token.sentence == sentence))


def _carried_elsewhere(layout: Layout, i: int, token: Token, quantity: Quantity) -> bool:
    if quantity.kind in _ELSEWHERE and token.key in layout.ground.around:
        return True
    # The "daily" of "10 mg daily" is carried by "10 mg/day".
    before = layout.said[i - 1] if i else None
    if quantity.label != "every" or before is None or not before.needs or i - 1 not in layout.place:
        return False
    there = layout.ground.tokens[layout.place[i - 1]]
    return before.needs[0] in (there.key, *there.carries)


def _missing_quantity(layout: Layout, i: int, quantity: Quantity) -> Problem:
    found = _counterpart(layout, i, quantity)
    kind: ProblemKind = "frequency" if quantity.kind == "frequency" else "number"
    if kind == "number" and found is not None and found.value == quantity.value:
        same = (found.unit, found.per) == (quantity.unit, quantity.per)
        kind = "comparator" if same else "unit"
    return Problem(kind, quantity.printed, found.printed if found else "")


def _counterpart(layout: Layout, i: int, quantity: Quantity) -> Quantity | None:
    """The quantity of the lines that most likely is meant."""
    wanted = neighbours(layout.said, i)
    best, most = None, 1.0
    for place, token in enumerate(layout.ground.tokens):
        other = token.quantity
        if other is None or (other.kind == "reference") != (quantity.kind == "reference"):
            continue
        likeness = suits(wanted, layout.ground.near(place)) + 2.0 * (other.value == quantity.value)
        likeness += (
            0.5 * (other.unit == quantity.unit)
            + 0.5 * (other.per == quantity.per)
            + 0.5 * (other.kind == quantity.kind)
        )
        if likeness > most:
            best, most = other, likeness
    return best


def _missing_word(layout: Layout, i: int, token: Token) -> Problem:
    opposite = OPPOSITES.get(str(token.key))
    wanted = neighbours(layout.said, i)
    found, most = "", 0.5
    for place, other in enumerate(layout.ground.tokens):
        if other.quantity is not None or other.negates == "not":
            continue
        likeness = suits(wanted, layout.ground.near(place)) - (0.5 if place in layout.taken else 0.0)
        likeness += 1.0 if other.key == opposite else 0.0
        if likeness > most:
            found, most = other.printed, likeness
    return Problem(_kind(layout, i, token), token.printed, found)


def _kind(layout: Layout, i: int, token: Token) -> ProblemKind:
    if token.key == "per" or (i and layout.said[i - 1].key == "per"):
        return "unit"
    kind = named(token.printed)
    after = layout.said[i + 1].quantity if i + 1 < len(layout.said) else None
    if kind == "words" and after is not None and after.kind == "amount" and not after.comparator:
        return "drug"
    return kind


def _denominators(layout: Layout) -> Iterator[str]:
    """Denominators of the lines that the statement leaves off ("cases per year" told as "cases")."""
    ground = layout.ground
    for place, token in enumerate(ground.tokens):
        if (
            token.key != "per"
            or place in layout.taken
            or place - 1 not in layout.taken
            or place + 1 == len(ground.tokens)
        ):
            continue
        if ground.same_sentence(place - 1, place):
            yield f"{token.printed} {ground.tokens[place + 1].printed}"


def _obligations(said: Wording, ground: Ground) -> Iterator[tuple[str, str]]:
    """What must be told as what may be or the other way round, and what neither must nor may be told as if it must."""
    wordings = (*ground.wordings, *ground.context)
    strong = [word for wording in wordings for word in wording.strong]
    weak = [word for wording in wordings for word in wording.weak]
    told = weak or any(wording.orders for wording in wordings)
    if said.strong and not strong and (weak or not told):
        yield said.strong[0], weak[0] if weak else ""
    if said.weak and strong and not weak:
        yield said.weak[0], strong[0]
