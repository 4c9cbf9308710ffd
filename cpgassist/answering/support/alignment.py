"""A statement's tokens laid upon the tokens of the lines it cites.

A sentence of the statement is laid upon the line that holds most of it, as a chain that keeps the line's order; what
the chain leaves over is laid again, in pieces, upon what fits it best. So a clause that moved is a chain of its own, and
a value that was put in another's place is a chain of one. The context lends words, never places.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from cpgassist.answering.support.tokens import Token, Wording, tokens
from cpgassist.quantities.units import TIMES, unit_named

__all__ = ["Chain", "Ground", "Layout", "Umbrella", "neighbours", "suits"]

_REACH = 4
"""Tokens to each side that count as neighbours."""
_OTHER_SIDE = 0.5
"""What a neighbour counts on the other side."""
_ACROSS = 0.6
"""What is left of a neighbour's weight behind a comma or bracket."""
_MOST_PLACES = 6
"""Places in one line that one token is tried at."""
_LOOK_BACK = 80
"""Pairs back among which a chain's last is sought; some fifty tokens."""
_GAP, _OPENS, _GAP_MOST = 0.01, 10, 20
"""What a skipped token costs a chain, how many tokens a gap costs besides its own, and how many are counted."""

Sides = tuple[Mapping[Hashable, float], Mapping[Hashable, float]]


def neighbours(sequence: Sequence[Token], at: int) -> Sides:
    """What stands left and right of a token within its sentence, with weights from 1 (next to it) down."""
    return _side(sequence, at, -1), _side(sequence, at, 1)


def _side(sequence: Sequence[Token], at: int, step: int) -> dict[Hashable, float]:
    weights: dict[Hashable, float] = {}
    own = sequence[at]
    for distance in range(1, _REACH + 1):
        i = at + step * distance
        if not 0 <= i < len(sequence) or sequence[i].sentence != own.sentence:
            break
        weight = (1 / distance) * (1 if sequence[i].clause == own.clause else _ACROSS)
        weights[sequence[i].key] = max(weight, weights.get(sequence[i].key, 0))
    return weights


def suits(wanted: Sides, place: Sides) -> float:
    """How well a place has the neighbours that are wanted."""
    total = 0.0
    for side, (same, other) in zip(wanted, (place, place[::-1]), strict=True):
        for key, weight in side.items():
            total += min(weight, max(same.get(key, 0.0), _OTHER_SIDE * other.get(key, 0.0)))
    return total


@dataclass(frozen=True, slots=True)
class Chain:
    """Tokens of the statement laid upon one line in its order: `pairs` of token and place, both rising."""

    line: int
    pairs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Umbrella:
    """A denial with all the places it covers."""

    printed: str
    own: frozenset[int]
    """Where its word stands in the lines."""
    covered: frozenset[int]


class Ground:
    """The cited lines as one sequence of tokens, and the context's words apart."""

    def __init__(self, lines: Sequence[str], context: Sequence[str]) -> None:
        self.wordings = [tokens(line) for line in lines]
        self.context = [tokens(text) for text in context]
        self.wordings = [self._measured(number) for number in range(len(lines))]
        self.line: list[int] = []
        self.tokens: list[Token] = []
        self.starts: list[int] = []
        self.places: list[dict[Hashable, list[int]]] = []
        for number, wording in enumerate(self.wordings):
            self.starts.append(len(self.tokens))
            self.places.append(_indexed(wording, len(self.tokens)))
            self.tokens += wording.tokens
            self.line += [number] * len(wording.tokens)
        self.around: Counter[Hashable] = Counter()
        for wording in self.context:
            self.around.update(key for token in wording.tokens for key in (token.key, *token.carries))
        self.umbrellas = list(self._umbrellas(lines))
        self._near: dict[int, Sides] = {}

    def _umbrellas(self, lines: Sequence[str]) -> Iterator[Umbrella]:
        """The denials that reach beyond their line: of a lead-in ("Do not give if:") and of a column's header."""
        ends = [*self.starts[1:], len(self.tokens)]
        leads = [number for number, line in enumerate(lines) if line.rstrip().endswith((":", "："))]
        for number in leads:
            following = next((other for other in leads if other > number), len(lines))
            own = [place for place in range(self.starts[number], ends[number]) if self.tokens[place].negates]
            if own:
                covered = range(ends[number], ends[following - 1])
                yield Umbrella(self.tokens[own[-1]].printed, frozenset(own[-1:]), frozenset(covered))
        for number, wording in enumerate(self.wordings):
            for header in (held for held in self.context if wording.cells > 1 and held.cells == wording.cells):
                denying = {token.cell: token for token in header.tokens if token.cell and _instructs(token)}
                for cell, token in denying.items():
                    own_cell = (self.starts[number] + n for n, held in enumerate(wording.tokens) if held.cell == cell)
                    yield Umbrella(token.printed, frozenset(), frozenset(own_cell))

    def near(self, place: int) -> Sides:
        """The neighbours of a place within its line."""
        if place not in self._near:
            number = self.line[place]
            self._near[place] = neighbours(self.wordings[number].tokens, place - self.starts[number])
        return self._near[place]

    def headers(self, line: int) -> list[Wording]:
        """The rows that head the cells of a line: of the context, or lines without a number in a cell."""
        row = self.wordings[line]
        above = [other for other in self.wordings if not any(token.quantity and token.cell for token in other.tokens)]
        return [
            other
            for other in (*self.context, *above)
            if row.cells > 1 and other.cells == row.cells and other is not row
        ]

    def _measured(self, line: int) -> Wording:
        """A row with its bare numbers carrying the units of their headers: 200 under "Dose (mg)" is 200 mg."""
        row, headers = self.wordings[line], self.headers(line)
        if not headers:
            return row
        measured = []
        for token in row.tokens:
            quantity = token.quantity
            if quantity is not None and quantity.kind == "number" and token.cell:
                units = {unit for header in headers if (unit := _unit_of(header, token.cell))}
                meant = tuple(replace(quantity, unit=unit[0], per=unit[1:]).meaning for unit in sorted(units))
                token = replace(token, carries=(*token.carries, *meant))
            measured.append(token)
        return replace(row, tokens=tuple(measured))

    def holds(self, token: Token, line: int) -> list[int]:
        """The places of a line that carry a token."""
        index = self.places[line]
        found = index.get(token.key, [])
        for key in token.needs:
            found = sorted({*found, *index.get(key, ())})
        return found

    def same_sentence(self, one: int, other: int) -> bool:
        """Whether two places are in one sentence of one line."""
        return self.line[one] == self.line[other] and self.tokens[one].sentence == self.tokens[other].sentence

    def same_clause(self, one: int, other: int) -> bool:
        """Whether two places are in one clause of one line."""
        return self.line[one] == self.line[other] and self.tokens[one].clause == self.tokens[other].clause


def _instructs(token: Token) -> bool:
    """Whether a denial in a header tells what not to do; the "No" of "Yes | No" does not."""
    return bool(token.negates) and token.printed.lower() not in ("no", "none")


def _unit_of(header: Wording, cell: int) -> tuple[str, ...]:
    """The unit in a header's cell with its denominators; () for none, and for a mere "Day", which counts days."""
    held = [token for token in header.tokens if token.cell == cell]
    named = [token for token in held if unit_named(token.printed)]
    units = tuple(unit_named(token.printed) for token in named)
    denominators = sum(token.key == "per" for token in held)
    if not units or len(units) != denominators + 1:
        return ()
    alone = len(held) == len(named) + denominators
    return () if alone and units[0] in TIMES else units


def _indexed(wording: Wording, start: int) -> dict[Hashable, list[int]]:
    index: dict[Hashable, list[int]] = defaultdict(list)
    for place, token in enumerate(wording.tokens, start):
        for key in (token.key, *token.carries):
            index[key].append(place)
    return dict(index)


class Layout:
    """Where each token of a statement stands in the lines."""

    def __init__(self, said: Sequence[Token], ground: Ground) -> None:
        self.said, self.ground = said, ground
        self.chains: list[Chain] = []
        self.chain_of: dict[int, int] = {}
        self.place: dict[int, int] = {}
        home: int | None = None
        for start, end in _sentences(said):
            home = self._lay(start, end, home)
        self.taken = {place: i for i, place in self.place.items()}

    def _lay(self, start: int, end: int, home: int | None) -> int | None:
        """Lay one sentence; gives back the line that holds most of it."""
        pending, first_chain = [(start, end)], len(self.chains)
        while pending:
            first, last = pending.pop()
            chain = self._best(first, last, home)
            if chain is None:
                continue
            home = chain.line if len(self.chains) == first_chain else home
            for i, place in chain.pairs:
                self.place[i], self.chain_of[i] = place, len(self.chains)
            self.chains.append(chain)
            cuts = [first - 1, *(i for i, _ in chain.pairs), last]
            pending += [(a + 1, b) for a, b in pairwise(cuts) if b - a > 1]
        return home

    def _best(self, first: int, last: int, home: int | None) -> Chain | None:
        """The chain that lays most of a stretch of the statement upon one line, the sentence's own line rather."""
        held = [sum(bool(self.ground.holds(self.said[i], line)) for i in range(first, last)) for line in self._lines()]
        most = max(held, default=0)
        if most == 0:
            return None
        scored = [self._chain(first, last, line) for line in self._lines() if held[line] == most]
        return max(scored, key=lambda one: (one[1].line == home, one[0]))[1]

    def _lines(self) -> range:
        return range(len(self.ground.wordings))

    def _chain(self, first: int, last: int, line: int) -> tuple[float, Chain]:
        """The heaviest chain upon a line, and its weight: a token weighs 1, a skipped token of the line a little less."""
        best: list[tuple[float, int, int, int]] = []  # weight, token, place, the pair before
        used = set(self.place.values())
        for i in range(first, last):
            round_start = len(best)
            cost = _GAP if self.said[i].quantity is None else 2 * _GAP
            for place in self.ground.holds(self.said[i], line)[:_MOST_PLACES]:
                weight, before = 0.0, -1
                for number in range(max(0, round_start - _LOOK_BACK), round_start):
                    if best[number][2] < place:
                        gap = max(place - best[number][2], i - best[number][1]) - 1
                        here = best[number][0] - (cost * (_OPENS + min(gap, _GAP_MOST)) if gap else 0)
                        if here > weight:
                            weight, before = here, number
                own = (0.5 if self.said[i].negates == "not" else 1.0) - (0.3 if place in used else 0.0)
                best.append((weight + own, i, place, before))
        at = max(range(len(best)), key=lambda number: (best[number][0], number))
        pairs: list[tuple[int, int]] = []
        weight = best[at][0]
        while at >= 0:
            pairs.append((best[at][1], best[at][2]))
            at = best[at][3]
        return weight, Chain(line, tuple(reversed(pairs)))


def _sentences(said: Sequence[Token]) -> Iterator[tuple[int, int]]:
    start = 0
    for i in range(1, len(said) + 1):
        if i == len(said) or said[i].sentence != said[start].sentence:
            yield start, i
            start = i
