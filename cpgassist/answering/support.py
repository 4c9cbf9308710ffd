"""Whether the cited lines carry a statement: every quantity, every "not", every name, each bound to what it belongs to.

Similarity cannot tell (a tenfold dose keeps a cosine of 0.97 and more), so nothing here is scored by likeness: each
token of the statement must stand in the lines with the same meaning, what is denied there must be denied here, and a
value or a name must stand among the neighbours it has in the line, not among those of another.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from cpgassist.answering.alignment import Ground, Neighbours, neighbours, suits
from cpgassist.answering.numbers import Quantity
from cpgassist.answering.tokens import Token, Wording, tokens
from cpgassist.answering.wording import OPPOSITES, named

__all__ = ["Problem", "ProblemKind", "unsupported"]

ProblemKind = Literal[
    "number", "unit", "comparator", "negation", "drug", "route", "frequency", "population", "exchange", "words"
]
_MARGIN = 0.2
"""By how much another place must suit a token better before it counts as exchanged."""
_FITS = 0.7
"""Share of a word's neighbours that another place must have to count as the place where the word was put."""
_SCOPE = 5
"""Tokens that a "not" reaches within its clause."""
_ELSEWHERE = frozenset(("age", "duration", "reference", "date", "percent", "number"))
"""Kinds of quantity that a heading or caption may carry; a dose must stand in a line."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a statement says and its lines do not."""

    kind: ProblemKind
    said: str
    """What the statement says."""
    found: str = ""
    """What the lines have in its place; "" for nothing."""

    @property
    def told(self) -> str:
        """The problem as a remark for a reader."""
        if self.kind == "negation":
            if not self.said:
                return f'leaves out "{self.found}" of the cited line'
            return f'says "{self.said}", which the cited line does not deny'
        if self.kind == "exchange":
            return f'puts "{self.said}" where the cited line has "{self.found}"'
        has = f"the cited line has {self.found}" if self.found else "the cited lines do not have it"
        return f"says {self.said}; {has}"


def unsupported(statement: str, lines: Sequence[str], context: Sequence[str] = ()) -> tuple[Problem, ...]:
    """What the cited lines do not carry of a statement; empty when they carry all of it.

    `context` holds the headings, captions and header rows above the lines: their words may support words (a population,
    the drug of a table's caption) and bind cells to columns, but a dose must stand in a line.
    """
    said = tokens(statement)
    ground = _ground(tuple(lines), tuple(context))
    if any(_verbatim(said, wording) for wording in ground.wordings):
        return ()
    return tuple(dict.fromkeys(_Check(said, ground).problems()))


@lru_cache(maxsize=64)
def _ground(lines: tuple[str, ...], context: tuple[str, ...]) -> Ground:
    return Ground(lines, context)


def _verbatim(said: Wording, line: Wording) -> bool:
    """Whether the statement's tokens stand in one piece in the line, with no "not" just before them."""
    keys, wanted = [token.key for token in line.tokens], [token.key for token in said.tokens]
    if not wanted:
        return False
    for start in range(len(keys) - len(wanted) + 1):
        if keys[start] == wanted[0] and keys[start : start + len(wanted)] == wanted:
            first = line.tokens[start]
            reach = line.tokens[max(0, start - _SCOPE) : start]
            if not any(token.negates and token.sentence == first.sentence for token in reach):
                return True
    return False


class _Check:
    """One statement against its ground."""

    def __init__(self, said: Wording, ground: Ground) -> None:
        self._wording, self._said, self._ground = said, said.tokens, ground
        self._laid = ground.laid(self._said)
        self._taken = set(self._laid.values())

    def problems(self) -> Iterator[Problem]:
        """Everything that is not carried."""
        yield from self._missing()
        yield from self._denials()
        yield from self._exchanges()
        yield from self._obligations()

    # What stands nowhere.

    def _missing(self) -> Iterator[Problem]:
        for i, token in enumerate(self._said):
            if i in self._laid or token.negates:
                continue
            if token.quantity is not None:
                if not self._carried_elsewhere(i, token, token.quantity):
                    yield self._missing_quantity(i, token.quantity)
            elif token.key not in self._ground.around:
                yield self._missing_word(i, token)

    def _carried_elsewhere(self, i: int, token: Token, quantity: Quantity) -> bool:
        if quantity.kind in _ELSEWHERE and any(key in self._ground.around for key in token.keys):
            return True
        # The "daily" of "10 mg daily" is carried by "10 mg/day".
        before = self._said[i - 1] if i else None
        if quantity.label == "every" and before is not None and len(before.keys) > 1 and i - 1 in self._laid:
            return before.keys[1] in self._ground.tokens[self._laid[i - 1]].keys
        return False

    def _missing_quantity(self, i: int, quantity: Quantity) -> Problem:
        found = self._counterpart(i, quantity)
        other = found.quantity if found else None
        kind: ProblemKind = "number"
        if quantity.kind == "frequency":
            kind = "frequency"
        elif other is not None and other.value == quantity.value:
            same = (other.unit, other.per) == (quantity.unit, quantity.per)
            kind = "comparator" if same else "unit"
        return Problem(kind, quantity.printed, other.printed if other else "")

    def _counterpart(self, i: int, quantity: Quantity) -> Token | None:
        """The quantity of the lines that most likely is meant."""
        wanted = neighbours(self._said, i)
        best, most = None, -1.0
        for place, token in enumerate(self._ground.tokens):
            other = token.quantity
            if other is None or other.kind == "reference" != quantity.kind:
                continue
            near = suits(wanted, self._ground.near(place))
            likeness = 2.0 * (other.value == quantity.value) + (
                (other.unit, other.per) == (quantity.unit, quantity.per)
            )
            likeness += 0.5 * (other.unit == quantity.unit) + 0.5 * (other.kind == quantity.kind) + near
            if likeness > most:
                best, most = token, likeness
        return best if most >= 1 else None

    def _missing_word(self, i: int, token: Token) -> Problem:
        opposite = OPPOSITES.get(str(token.key))
        wanted = neighbours(self._said, i)
        found, most = "", 0.5
        for place, other in enumerate(self._ground.tokens):
            if other.quantity is not None or other.negates == "not":
                continue
            likeness = suits(wanted, self._ground.near(place)) - (0.5 if place in self._taken else 0.0)
            likeness += 1.0 if other.key == opposite else 0.0
            if likeness > most:
                found, most = other.printed, likeness
        return Problem(self._named(i, token), token.printed, found)

    def _named(self, i: int, token: Token) -> ProblemKind:
        kind = named(token.printed)
        after = self._said[i + 1].quantity if i + 1 < len(self._said) else None
        if kind == "words" and after is not None and after.kind == "amount" and not after.comparator:
            return "drug"
        return kind  # type: ignore[return-value]

    # What is denied.

    def _denials(self) -> Iterator[Problem]:
        yield from self._dropped()
        yield from self._added()

    def _dropped(self) -> Iterator[Problem]:
        at = {place: i for i, place in self._laid.items()}
        lines = self._ground.tokens
        for place, token in enumerate(lines):
            if not token.negates or place in at:
                continue
            governed = self._governed(place, at)
            if governed is not None and not self._denied(at[governed]):
                yield Problem("negation", "", f"{token.printed} {lines[governed].printed}")

    def _governed(self, place: int, at: dict[int, int]) -> int | None:
        """The first word that a denial of a line governs and the statement has, within the denial's reach."""
        ground = self._ground
        first = True
        for other in range(place + 1, min(place + _SCOPE + 1, len(ground.tokens))):
            if ground.sentence(other) != ground.sentence(place):
                break
            if ground.clause(other) != ground.clause(place) and not first:
                break
            if other in at:
                return other
            first = False
        if ground.tokens[place].negates == "against":
            for other in range(place - 1, max(place - 3, -1), -1):
                if ground.clause(other) != ground.clause(place):
                    break
                if other in at:
                    return other
        return None

    def _denied(self, i: int) -> bool:
        """Whether the statement denies its token `i`, just before it or in its clause after it."""
        own = self._said[i]
        for j in range(i - 1, max(i - _SCOPE, -1), -1):
            other = self._said[j]
            if other.sentence != own.sentence:
                break
            if other.negates:
                return True
            if other.clause != own.clause:
                break
        for j in range(i + 1, min(i + _SCOPE, len(self._said))):
            other = self._said[j]
            if other.clause != own.clause:
                break
            if other.negates:
                return True
        return bool(own.negates)

    def _added(self) -> Iterator[Problem]:
        for i, token in enumerate(self._said):
            if not token.negates or (token.negates == "against" and i in self._laid):
                continue
            governed = next((j for j in range(i + 1, len(self._said)) if j in self._laid), None)
            if governed is None:
                governed = next((j for j in range(i - 1, -1, -1) if j in self._laid), None)
            if governed is None or not self._denied_there(self._laid[governed]):
                said = self._said[governed].printed if governed is not None else ""
                yield Problem("negation", f"{token.printed} {said}".strip())

    def _denied_there(self, place: int) -> bool:
        """Whether the lines deny what stands at a place."""
        ground = self._ground
        if ground.tokens[place].negates:
            return True
        for other in range(place - 1, max(place - _SCOPE - 1, -1), -1):
            if ground.sentence(other) != ground.sentence(place):
                break
            if ground.tokens[other].negates:
                return True
            if ground.clause(other) != ground.clause(place):
                break
        for other in range(place + 1, min(place + _SCOPE + 1, len(ground.tokens))):
            if ground.clause(other) != ground.clause(place):
                break
            if ground.tokens[other].negates:
                return ground.tokens[other].negates == "against" or other + 1 not in self._taken
        return False

    # What stands in another's place.

    def _exchanges(self) -> Iterator[Problem]:
        for i, place in self._laid.items():
            if self._settled(i, place):
                continue
            wanted = neighbours(self._said, i)
            if wanted.weight == 0:
                continue
            token = self._said[i]
            own = max(suits(wanted, self._ground.near(other)) for other in self._own_places(token))
            found = self._exchanged(i, token, wanted, own)
            if found is not None:
                yield Problem("exchange", token.printed, found.printed)

    def _own_places(self, token: Token) -> list[int]:
        return [place for key in token.keys for place in self._ground.places.get(key, ())]

    def _settled(self, i: int, place: int) -> bool:
        """Whether both neighbours of a token are the same in the line."""
        before, after = self._laid.get(i - 1), self._laid.get(i + 1)
        last = len(self._said) - 1
        return (i == 0 or before == place - 1) and (i == last or after == place + 1)

    def _exchanged(self, i: int, token: Token, wanted: Neighbours, own: float) -> Token | None:
        ground = self._ground
        best, most = None, own + _MARGIN
        for place in self._rivals(token, wanted):
            fit = suits(wanted, ground.near(place))
            if fit > most and (token.quantity is not None or self._put_there(i, place, fit, wanted, own)):
                best, most = ground.tokens[place], fit
        return best

    def _rivals(self, token: Token, wanted: Neighbours) -> set[int]:
        """Places near the wanted neighbours that hold something of the same sort."""
        ground = self._ground
        near: set[int] = set()
        for key in (*wanted.left, *wanted.right):
            for place in ground.places.get(key, ()):
                near.update(range(max(0, place - 3), min(len(ground.tokens), place + 4)))
        if token.quantity is not None:
            near.update(place for place, other in enumerate(ground.tokens) if other.cell)
        keys: set[Hashable] = set(token.keys)
        return {
            place
            for place in near
            if (other := ground.tokens[place]).group == token.group
            and other.negates == token.negates
            and keys.isdisjoint(other.keys)
        }

    def _put_there(self, i: int, place: int, fit: float, wanted: Neighbours, own: float) -> bool:
        """Whether a word was put where the line has another: in its place alone, or each in the other's."""
        if fit < _FITS * wanted.weight:
            return False
        ground = self._ground
        if place not in self._taken:
            return True
        key = ground.tokens[place].key
        mine = ground.near(self._laid[i])
        for j, other in enumerate(self._said):
            if other.key == key and j in self._laid:
                theirs = neighbours(self._said, j)
                at_home = max(suits(theirs, ground.near(home)) for home in self._own_places(other))
                if suits(theirs, mine) > at_home + _MARGIN:
                    return True
        return False

    # What must be and what may be.

    def _obligations(self) -> Iterator[Problem]:
        wordings = (*self._ground.wordings, *self._ground.context)
        strong = [word for wording in wordings for word in wording.strong]
        weak = [word for wording in wordings for word in wording.weak]
        if self._wording.strong and weak and not strong:
            yield Problem("words", self._wording.strong[0], weak[0])
        if self._wording.weak and strong and not weak:
            yield Problem("words", self._wording.weak[0], strong[0])
