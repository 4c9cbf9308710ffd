"""What stands in another's place: two doses told for each other's drug, a drug told with another's dose.

Nothing is compared by likeness. A token of the statement is put where the line has another of its sort when the line's
own token between the same two others is left out (a slot), when it jumped over one of its sort without the words it
belongs to (a jump), when the line has one of its sort nearer (a gap), or when its column's header is another (a cell).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from itertools import pairwise

from cpgassist.answering.alignment import Layout
from cpgassist.answering.tokens import Token, Wording
from cpgassist.answering.wording import named

__all__ = ["exchanges"]

_WORDS = 2
"""Words that may stand for as many others in one place."""
_NEXT = 3
"""Tokens apart at which two quantities stand next to each other."""
_PRESCRIBED = frozenset(("amount", "frequency", "duration", "age"))


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
        wordings = layout.ground.wordings
        self._labels = {
            word.key
            for sequence in (layout.said, *(wording.tokens for wording in wordings))
            for one, other in pairwise(sequence)
            for word, quantity in ((one, other.quantity), (other, one.quantity))
            if word.quantity is None
            and quantity is not None
            and quantity.kind == "amount"
            and one.clause == other.clause
        }
        self._labels |= {
            token.key for wording in wordings if wording.cells > 1 for token in wording.tokens if token.cell == 0
        }

    def of(self, token: Token) -> str:
        """The sort of a token; "" for a word that names nothing in particular."""
        if token.negates or token.modal:
            return ""
        if token.quantity is not None:
            mark = token.quantity.kind == "reference" and not token.quantity.label[0].isalpha()
            return "" if mark else token.group
        kind = named(token.printed)
        if kind == "words":
            return "drug" if token.key in self._labels else ""
        return kind


def _slots(layout: Layout, sorts: _Sorts) -> Iterator[tuple[str, str]]:
    """Where the chain has a place for one thing and the statement puts another of its sort there."""
    said, ground = layout.said, layout.ground
    for number, chain in enumerate(layout.chains):
        start = ground.starts[chain.line]
        pairs = [(-1, start - 1), *chain.pairs, (len(said), start + len(ground.wordings[chain.line].tokens))]
        for (i, p), (j, q) in pairwise(pairs):
            run, gap = _stretch(layout, i, j, p, q)
            if not run or not gap:
                continue
            run = [
                a
                for a in run
                if layout.chain_of.get(a, number) >= number and not _moved_whole(layout, sorts, a, number)
            ]
            gap = [b for b in gap if layout.chain_of.get(layout.taken.get(b, -1), number) >= number]
            for a, b in _rivals(layout, sorts, run, gap):
                yield said[a].printed, ground.tokens[b].printed


def _rivals(layout: Layout, sorts: _Sorts, run: list[int], gap: list[int]) -> Iterator[tuple[int, int]]:
    """Tokens that stand for each other: of one sort, or, where as many are put as are left out, in the same order."""
    said, lines = layout.said, layout.ground.tokens
    keys = {lines[b].key for b in gap}
    for n, a in enumerate(run):
        if said[a].key in keys:
            continue
        sort = sorts.of(said[a])
        rival = next((b for b in gap if sort and sorts.of(lines[b]) == sort), None)
        if rival is None and len(run) == len(gap) <= _WORDS and a in layout.place and not said[a].modal:
            other = lines[gap[n]]
            alike = (said[a].quantity is None) == (other.quantity is None)
            rival = gap[n] if alike and not other.modal and not other.negates else None
        if rival is not None:
            yield a, rival


def _moved_whole(layout: Layout, sorts: _Sorts, a: int, number: int) -> bool:
    """Whether a token moved together with the words that it belongs to."""
    chain = layout.chain_of.get(a)
    if chain is None or chain == number:
        return False
    pairs = layout.chains[chain].pairs
    return len(pairs) > 1 and any(not sorts.of(layout.said[i]) for i, _ in pairs)


def _stretch(layout: Layout, i: int, j: int, p: int, q: int) -> tuple[list[int], list[int]]:
    """The statement's tokens between two of a chain, and the line's that were left out there; at an end, as many."""
    said, ground = layout.said, layout.ground
    run, gap = list(range(i + 1, j)), list(range(p + 1, q))
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
        names = [i for i in moved if said[i].quantity is None]
        if any(not sorts.of(said[i]) for i in moved) or 0 < len(names) < len(moved):
            continue  # a clause of its own: words with their values
        anchor = _anchor(layout, number, moved)
        if anchor is None:
            continue
        for i, place in chain.pairs:
            there = layout.place[anchor]
            if ground.line[there] != ground.line[place]:
                continue
            between = range(min(place, there) + (place < there), max(place, there) + (place < there))
            over = next((b for b in between if b != place and _clash(layout, sorts, i, b)), None)
            if over is not None:
                yield said[i].printed, ground.tokens[over].printed


def _clash(layout: Layout, sorts: _Sorts, i: int, over: int) -> bool:
    """Whether a moved token would be taken for what it jumped over.

    Names of one sort would, and quantities in one measure. Others only next to each other in one clause, and not the
    dose, frequency and duration of one prescription, which may stand in any order.
    """
    own, other = layout.said[i], layout.ground.tokens[over]
    if own.key == other.key:
        return False
    if own.quantity is None or other.quantity is None:
        return bool(sorts.of(own)) and sorts.of(own) == sorts.of(other)
    if (own.group, own.quantity.unit, own.quantity.per) == (other.group, other.quantity.unit, other.quantity.per):
        return True
    if "reference" in (own.quantity.kind, other.quantity.kind) or not layout.ground.same_clause(layout.place[i], over):
        return False
    return not {own.quantity.kind, other.quantity.kind} <= _PRESCRIBED and abs(layout.place[i] - over) <= _NEXT


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
            if j != i + 1 or not gap or (said[i].clause != said[j].clause and not ground.same_sentence(p, q)):
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
    """Where a value of a row stands beside the header of another column, and that header beside no value of its own."""
    ground = layout.ground
    for line, wording in enumerate(ground.wordings):
        values = [
            i
            for i in sorted(layout.place)
            if ground.line[layout.place[i]] == line and _is_value(ground.tokens[layout.place[i]])
        ]
        for header in ground.headers(line) if values else ():
            columns = _columns(header)
            for n, i in enumerate(values):
                before, after = values[n - 1] if n else -1, values[n + 1] if n + 1 < len(values) else len(layout.said)
                wrong = _wrong_column(layout, columns, before, i, after)
                if wrong is not None:
                    other = next((token for token in wording.tokens if token.cell == wrong), None)
                    yield layout.said[i].printed, other.printed if other else ""


def _is_value(token: Token) -> bool:
    return token.quantity is not None and token.cell > 0


def _columns(header: Wording) -> dict[Hashable, int]:
    """The words that head one column alone, and which."""
    cells: dict[Hashable, set[int]] = {}
    for token in header.tokens:
        cells.setdefault(token.key, set()).add(token.cell)
    return {key: next(iter(numbers)) for key, numbers in cells.items() if len(numbers) == 1}


def _wrong_column(layout: Layout, columns: Mapping[Hashable, int], before: int, i: int, after: int) -> int | None:
    """The column whose header stands beside a value of another: between it and the values before and behind it."""

    def cell(j: int) -> int | None:
        return layout.ground.tokens[layout.place[j]].cell if j in layout.place else None

    sentence = layout.said[i].sentence
    left, right = (
        [
            columns[layout.said[j].key]
            for j in between
            if layout.said[j].sentence == sentence and layout.said[j].key in columns
        ]
        for between in (range(before + 1, i), range(i + 1, after))
    )
    own = cell(i)
    if own in left or own in right:
        return None
    wrong = [column for column in left if column not in (0, cell(before))]
    return wrong[-1] if len(set(wrong)) == 1 else None
