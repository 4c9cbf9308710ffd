"""A statement's tokens laid upon the tokens of the lines it cites, and how well a place suits a token.

Laying is the cheapest path through the places where each token stands: on in the line costs nothing, a skip little, a
jump back or to another line more, unless a new clause begins there. Suiting compares neighbours: what stands left and
right of a token in the statement against what stands left and right of a place in a line, the nearer the heavier. A
cell of a table has the words of its row's label and of its column's header for neighbours too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from cpgassist.answering.tokens import Token, Wording, tokens

__all__ = ["Ground", "Neighbours", "neighbours", "suits"]

_REACH = 4
"""Tokens to each side that count as neighbours."""
_ACROSS = 0.6
"""What is left of a neighbour's weight behind a comma or bracket."""
_OTHER_SIDE = 0.5
"""What a neighbour counts on the other side."""
_ROW, _COLUMN = 0.7, 0.8
"""Weight of a row's label and of a column's header as neighbours of a cell."""
_MOST_PLACES = 10


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What stands around a token, with weights from 1 (next to it) down."""

    left: Mapping[Hashable, float]
    right: Mapping[Hashable, float]
    free: Mapping[Hashable, float] = field(default_factory=dict)
    """Labels that belong to the token from afar."""

    @property
    def weight(self) -> float:
        """The most that any place can suit it."""
        return sum(self.left.values()) + sum(self.right.values())


def neighbours(sequence: Sequence[Token], at: int) -> Neighbours:
    """What stands around a token within its sentence."""
    return Neighbours(_side(sequence, at, -1), _side(sequence, at, 1))


def _side(sequence: Sequence[Token], at: int, step: int) -> dict[Hashable, float]:
    weights: dict[Hashable, float] = {}
    own = sequence[at]
    for distance in range(1, _REACH + 1):
        i = at + step * distance
        if not 0 <= i < len(sequence) or sequence[i].sentence != own.sentence:
            break
        other = sequence[i]
        weight = (1 / distance) * (1 if other.clause == own.clause else _ACROSS)
        for key in other.keys:
            weights[key] = max(weight, weights.get(key, 0))
    return weights


def suits(wanted: Neighbours, place: Neighbours) -> float:
    """How well a place has the neighbours that are wanted."""
    return _half(wanted.left, place.left, place.right, place.free) + _half(
        wanted.right, place.right, place.left, place.free
    )


def _half(
    wanted: Mapping[Hashable, float],
    same: Mapping[Hashable, float],
    other: Mapping[Hashable, float],
    free: Mapping[Hashable, float],
) -> float:
    total = 0.0
    for key, weight in wanted.items():
        here = max(same.get(key, 0.0), _OTHER_SIDE * other.get(key, 0.0), free.get(key, 0.0))
        total += min(weight, here)
    return total


class Ground:
    """The cited lines as one sequence of tokens, and the context's tokens apart."""

    def __init__(self, lines: Sequence[str], context: Sequence[str]) -> None:
        self.wordings = [tokens(line) for line in lines]
        self.context = [tokens(text) for text in context]
        self.line: list[int] = []
        self.tokens: list[Token] = []
        for number, wording in enumerate(self.wordings):
            self.tokens += wording.tokens
            self.line += [number] * len(wording.tokens)
        self.places: dict[Hashable, list[int]] = defaultdict(list)
        for place, token in enumerate(self.tokens):
            for key in token.keys:
                self.places[key].append(place)
        self.around: dict[Hashable, set[Token]] = defaultdict(set)
        for wording in self.context:
            for token in wording.tokens:
                for key in token.keys:
                    self.around[key].add(token)
        self._starts = [self.line.index(number) if number in self.line else 0 for number in range(len(lines))]
        self._neighbours: dict[int, Neighbours] = {}

    def near(self, place: int) -> Neighbours:
        """The neighbours of a place within its line, with the labels of its row and column."""
        known = self._neighbours.get(place)
        if known is None:
            number = self.line[place]
            wording = self.wordings[number]
            bare = neighbours(wording.tokens, place - self._starts[number])
            known = Neighbours(bare.left, bare.right, self._labels(wording, self.tokens[place]))
            self._neighbours[place] = known
        return known

    def _labels(self, row: Wording, token: Token) -> dict[Hashable, float]:
        if row.cells < 2:
            return {}
        free: dict[Hashable, float] = {}
        if token.cell:
            free |= {key: _ROW for other in row.tokens if other.cell == 0 for key in other.keys}
        for header in self.headers(row):
            free |= {key: _COLUMN for other in header.tokens if other.cell == token.cell for key in other.keys}
        return free

    def headers(self, row: Wording) -> list[Wording]:
        """The rows that have a header for each cell of a row: of the context, or lines without a number in a cell."""
        above = [line for line in self.wordings if not any(token.quantity and token.cell for token in line.tokens)]
        return [wording for wording in (*self.context, *above) if wording.cells == row.cells and wording is not row]

    def sentence(self, place: int) -> tuple[int, int]:
        """Which line and which sentence of it a place is in."""
        return self.line[place], self.tokens[place].sentence

    def clause(self, place: int) -> tuple[int, int]:
        """Which line and which clause of it a place is in."""
        return self.line[place], self.tokens[place].clause

    def laid(self, said: Sequence[Token]) -> dict[int, int]:
        """Token of the statement -> its place on the cheapest path; tokens that stand nowhere, or deny, are left out."""
        steps = [
            (i, options) for i, token in enumerate(said) if token.negates != "not" and (options := self._options(token))
        ]
        if not steps:
            return {}
        costs = {place: 0.0 for place in steps[0][1]}
        back: list[dict[int, int]] = []
        for (before, _), (now, options) in pairwise(steps):
            apart = said[before].clause != said[now].clause
            came: dict[int, int] = {}
            fresh: dict[int, float] = {}
            for place in options:
                best = min(costs, key=lambda old, place=place: costs[old] + self._step(old, place, apart))  # type: ignore[misc]
                fresh[place] = costs[best] + self._step(best, place, apart)
                came[place] = best
            back.append(came)
            costs = fresh
        place = min(costs, key=costs.__getitem__)
        path = [place]
        for came in reversed(back):
            place = came[place]
            path.append(place)
        return {i: place for (i, _), place in zip(steps, reversed(path), strict=True)}

    def _options(self, token: Token) -> list[int]:
        places = [place for key in token.keys for place in self.places.get(key, ())]
        return places[:_MOST_PLACES] if len(places) > _MOST_PLACES else places

    def _step(self, old: int, new: int, apart: bool) -> float:
        if new == old + 1 and self.line[new] == self.line[old]:
            return 0.0
        if new == old:
            return 2.0
        if self.line[new] != self.line[old]:
            return 0.6 if apart else 1.2
        if new > old:
            return 0.1 + 0.02 * min(new - old, 20)
        return 0.5 if apart else 1.0
