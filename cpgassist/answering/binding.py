"""What stands in another's place: two doses told for each other's drug, a drug told with another's dose.

Nothing is compared by likeness. A token of the statement is put where the line has another of its sort when the line's
own token between the same two others is left out (a slot), when it jumped over one of its sort without the words it
belongs to (a jump), when the line has one of its sort nearer (a gap), or when its column's header is another (a cell).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from cpgassist.answering.alignment import Layout
from cpgassist.answering.tokens import Token
from cpgassist.answering.wording import named

__all__ = ["exchanges"]


def exchanges(layout: Layout) -> Iterator[tuple[str, str]]:
    """Pairs of what the statement says and what the lines have in its place."""
    sorts = _Sorts(layout)
    yield from _slots(layout, sorts)
    yield from _jumps(layout, sorts)
    yield from _gaps(layout, sorts)
    yield from _cells(layout)


class _Sorts:
    """Which tokens may stand in for each other."""

    def __init__(self, layout: Layout) -> None:
        self._labels = {
            one.key
            for sequence in (layout.said, *(wording.tokens for wording in layout.ground.wordings))
            for one, other in pairwise(sequence)
            if one.quantity is None and other.quantity is not None and other.quantity.kind == "amount"
        }

    def of(self, token: Token) -> str:
        """The sort of a token; "" for a word that names nothing in particular."""
        if token.negates or token.modal:
            return ""
        if token.quantity is not None:
            return token.group
        kind = named(token.printed)
        if kind == "words":
            return "drug" if token.key in self._labels else ""
        return kind


def _slots(layout: Layout, sorts: _Sorts) -> Iterator[tuple[str, str]]:
    """Where the chain has a place for one thing and the statement puts another of its sort there."""
    said, ground = layout.said, layout.ground
    for chain in layout.chains:
        last = (ground.starts[chain.line] + len(ground.wordings[chain.line].tokens)) if chain.pairs else 0
        pairs = [(-1, ground.starts[chain.line] - 1), *chain.pairs, (len(said), last)]
        for (i, p), (j, q) in pairwise(pairs):
            run, gap = _stretch(layout, i, j, p, q)
            for a in run:
                sort = sorts.of(said[a])
                rival = next((b for b in gap if sort and sorts.of(ground.tokens[b]) == sort), None)
                if rival is not None and said[a].key != ground.tokens[rival].key:
                    yield said[a].printed, ground.tokens[rival].printed


def _stretch(layout: Layout, i: int, j: int, p: int, q: int) -> tuple[list[int], list[int]]:
    """The statement's tokens between two of a chain, and the line's that were left out there; at an end, as many."""
    said, ground = layout.said, layout.ground
    run, gap = list(range(i + 1, j)), [b for b in range(p + 1, q) if b not in layout.taken]
    if i == -1 and j < len(said):
        run = [a for a in run if said[a].sentence == said[j].sentence]
        gap = [b for b in gap if ground.same_sentence(b, q) and q - b <= len(run)]
    if j == len(said) and i >= 0:
        run = [a for a in run if said[a].sentence == said[i].sentence]
        gap = [b for b in gap if ground.same_sentence(b, p) and b - p <= len(run)]
    return run, gap


def _jumps(layout: Layout, sorts: _Sorts) -> Iterator[tuple[str, str]]:
    """Where a value or a name moved over another of its sort and left the words behind that it belongs to."""
    said, ground = layout.said, layout.ground
    for number, chain in enumerate(layout.chains):
        moved = [i for i, _ in chain.pairs]
        if any(not sorts.of(said[i]) for i in moved):
            continue
        anchor = _anchor(layout, number, moved)
        if anchor is None:
            continue
        for i, place in chain.pairs:
            sort, there = sorts.of(said[i]), layout.place[anchor]
            if ground.line[there] != ground.line[place]:
                continue
            between = range(min(place, there) + (place < there), max(place, there) + (place < there))
            over = next((b for b in between if b != place and sorts.of(ground.tokens[b]) == sort), None)
            if over is not None and ground.tokens[over].key != said[i].key:
                yield said[i].printed, ground.tokens[over].printed


def _anchor(layout: Layout, number: int, moved: list[int]) -> int | None:
    """The token before a moved piece that an earlier chain holds, or the one behind it."""
    sentence = layout.said[moved[0]].sentence
    for i in (moved[0] - 1, moved[-1] + 1):
        chain = layout.chain_of.get(i)
        if chain is not None and chain < number and layout.said[i].sentence == sentence:
            return i
    return None


def _gaps(layout: Layout, sorts: _Sorts) -> Iterator[tuple[str, str]]:
    """Where what was left out of the line stood nearer and was of the same sort."""
    said, ground = layout.said, layout.ground
    for chain in layout.chains:
        for (i, p), (j, q) in pairwise(chain.pairs):
            gap = range(p + 1, q)
            if j != i + 1 or not gap or not ground.same_sentence(p, q):
                continue
            if not any(ground.same_clause(b, p) or ground.same_clause(b, q) for b in gap):
                continue
            for own, sort in ((j, sorts.of(said[j])), (i, sorts.of(said[i]))):
                rival = next((b for b in gap if sort and sorts.of(ground.tokens[b]) == sort), None)
                if rival is None or ground.tokens[rival].key == said[own].key:
                    continue
                if said[own].quantity is not None or len(gap) > 1:
                    yield said[own].printed, ground.tokens[rival].printed


def _cells(layout: Layout) -> Iterator[tuple[str, str]]:
    """Where a value stands beside the header of another column."""
    said, ground = layout.said, layout.ground
    for i, place in layout.place.items():
        own = ground.tokens[place]
        headers = ground.headers(ground.line[place]) if own.quantity is not None and own.cell else []
        for header in headers:
            columns = {token.key: token.cell for token in header.tokens}
            counts = [token.key for token in header.tokens]
            near = [
                j
                for j in range(i - 1, -1, -1)
                if said[j].sentence == said[i].sentence and counts.count(said[j].key) == 1 and j not in layout.chain_of
            ]
            if near and columns[said[near[0]].key] not in (0, own.cell):
                row = ground.wordings[ground.line[place]].tokens
                other = next((token for token in row if token.cell == columns[said[near[0]].key]), None)
                yield own.printed, other.printed if other else said[near[0]].printed
