"""What stands in another's place: two doses told for each other's drug, a drug told with another's dose.

Nothing is compared by likeness. A token of the statement is put where the line has another of its sort when the line's
own token between the same two others is left out (a slot), when it jumped over one of its sort without the words it
belongs to (a jump), when the line has one of its sort nearer (a gap), or when its column's header is another (a cell).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import pairwise

from cpgassist.answering.support.alignment import Ground, Layout
from cpgassist.answering.support.tokens import Token, Wording
from cpgassist.answering.support.wording import doing, named

__all__ = ["exchanges"]

_WORDS = 2
"""Words that may stand for as many others in one place."""
_NEXT = 3
"""Tokens apart at which two quantities stand next to each other."""
_HEADER = 4
"""Words to a column, on average, beyond which a row heads nothing."""
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
        sequences = (layout.said, *(wording.tokens for wording in wordings))
        self._labels = {word.key for sequence in sequences for word in _beside_amounts(sequence)}
        self._labels |= {token.key for row in wordings if row.cells > 1 for token in row.tokens if token.cell == 0}

    def of(self, token: Token) -> str:
        """The sort of a token; "" for a word that names nothing in particular."""
        if token.negates or token.modal:
            return ""
        if token.quantity is not None:
            if token.quantity.kind != "reference":
                return token.group
            return token.quantity.label.split()[0] if token.quantity.label[0].isalpha() else ""
        kind = named(token.printed)
        if kind == "words":
            return "drug" if token.key in self._labels else ""
        return kind


def _beside_amounts(sequence: Sequence[Token]) -> Iterator[Token]:
    """Words next to a dose, which are names more often than not."""
    for one, other in pairwise(sequence):
        for word, quantity in ((one, other.quantity), (other, one.quantity)):
            dosed = quantity is not None and quantity.kind == "amount" and one.clause == other.clause
            if dosed and word.quantity is None and not doing(word.printed):
                yield word


def _slots(layout: Layout, sorts: _Sorts) -> Iterator[tuple[str, str]]:
    """Where the chain has a place for one thing and the statement puts another of its sort there."""
    said, ground = layout.said, layout.ground
    for number, chain in enumerate(layout.chains):
        start = ground.starts[chain.line]
        pairs = [(-1, start - 1), *chain.pairs, (len(said), start + len(ground.wordings[chain.line].tokens))]
        for (i, p), (j, q) in pairwise(pairs):
            run, gap = _stretch(layout, i, j, p, q)
            alike = len(run) == len(gap) <= _WORDS
            for n, a in enumerate(run):
                if layout.chain_of.get(a, number) < number or _moved_whole(layout, sorts, a, number):
                    continue
                if said[a].key in {ground.tokens[b].key for b in gap} or _heads(layout, a):
                    continue
                left = [b for b in gap if not _laid_before(layout, b, number)]
                rival = next((b for b in left if _same_sort(sorts, said[a], ground.tokens[b])), -1)
                if rival < 0 and alike and gap[n] in left and _imported(layout, sorts, a, gap[n]):
                    rival = gap[n]
                if rival >= 0:
                    yield said[a].printed, ground.tokens[rival].printed


def _heads(layout: Layout, a: int) -> bool:
    """Whether a token only heads a column: those are bound by cell."""
    ground, key = layout.ground, layout.said[a].key
    rows = (wording for wording in ground.context if wording.cells > 1)
    return a not in layout.place and any(token.key == key for row in rows for token in row.tokens)


def _imported(layout: Layout, sorts: _Sorts, a: int, b: int) -> bool:
    """Whether a word of no sort was brought from elsewhere to stand for the line's own.

    From another sentence or line, from a place where the statement has it too, or in exchange for the other: a word
    that only moved within its sentence, as in the passive voice, was not.
    """
    said, ground = layout.said, layout.ground
    one, other = said[a], ground.tokens[b]
    if a not in layout.place or one.modal or other.modal or other.negates:
        return False
    if (one.quantity is None) != (other.quantity is None):
        return False
    if sorts.of(one) != sorts.of(other) and one.quantity is None and sorts.of(one) and sorts.of(other):
        return False
    place = layout.place[a]
    shared = sum(place in (layout.place.get(c),) for c in range(len(said))) > 1
    return shared or not ground.same_sentence(place, b) or any(token.key == other.key for token in said)


def _laid_before(layout: Layout, place: int, number: int) -> bool:
    """Whether a place belongs to an earlier chain that weighs as much."""
    chain = layout.chain_of.get(layout.taken.get(place, -1), number)
    return chain < number and len(layout.chains[chain].pairs) >= len(layout.chains[number].pairs)


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
            if ground.line[there] != ground.line[place] or _numbers_item(ground, place):
                continue
            between = range(min(place, there) + (place < there), max(place, there) + (place < there))
            over = next((b for b in between if b != place and _clash(layout, sorts, i, b)), None)
            if over is not None:
                yield said[i].printed, ground.tokens[over].printed


def _numbers_item(ground: Ground, place: int) -> bool:
    """Whether a place is the number of its line's item, which bounds and doses nothing."""
    quantity = ground.tokens[place].quantity
    return place == ground.starts[ground.line[place]] and quantity is not None and quantity.kind == "number"


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
    if "reference" in (own.quantity.kind, other.quantity.kind):
        return False
    place = layout.place[i]
    if own.group == other.group:
        return layout.ground.tokens[place].cell != other.cell
    if {own.quantity.kind, other.quantity.kind} <= _PRESCRIBED:
        return False
    return abs(place - over) <= (_NEXT if layout.ground.same_clause(place, over) else 1)


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
            if j != i + 1 or q == p + 1 or _parallel(layout, sorts, j, range(p + 1, q)):
                continue
            for own, rival in ((j, p + 1), (i, q - 1)):
                if _next_to(layout, (i, j), (p, q), rival) and _same_sort(sorts, said[own], ground.tokens[rival]):
                    yield said[own].printed, ground.tokens[rival].printed
            if not ground.same_sentence(p, q):
                subject = _subject(layout, q) if said[i].clause == said[j].clause else None
                if subject is not None:
                    yield said[i].printed, subject.printed
                continue
            if _whole_clauses(layout, p, q):
                continue
            gap = range(p + 1, q)
            yield from _other_case(layout, (i, j), (p, q))
            for own in (j, i):
                rival = next((b for b in gap if _same_sort(sorts, said[own], ground.tokens[b])), -1)
                if rival >= 0 and (said[own].quantity is not None or len(gap) > 1):
                    yield said[own].printed, ground.tokens[rival].printed


def _parallel(layout: Layout, sorts: _Sorts, j: int, gap: range) -> bool:
    """Whether one of two values with their names was left out: "3% of men and 5% of women" told as "5% of women"."""
    said, ground = layout.said, layout.ground
    if len(gap) != 2 or layout.place.get(j + 1) != gap[1] + 2 or said[j].quantity is None:
        return False
    return _same_sort(sorts, said[j], ground.tokens[gap[0]]) and _same_sort(sorts, said[j + 1], ground.tokens[gap[1]])


def _other_case(layout: Layout, said: tuple[int, int], places: tuple[int, int]) -> Iterator[tuple[str, str]]:
    """A case told with the outcome of another: "at 30 by a quarter, at 15 by half" told as "at 30 by half"."""
    tokens, ground = layout.said, layout.ground
    (i, j), (p, q) = said, places
    if tokens[i].clause != tokens[j].clause or ground.same_clause(p, q):
        return
    for b in range(p + 1, q):
        case = ground.tokens[b].quantity
        if case is None or not ground.same_clause(b, q):
            continue
        for k in range(i, -1, -1):
            own = tokens[k].quantity
            if tokens[k].clause != tokens[i].clause or k not in layout.place:
                break
            if own is not None and own.kind != "reference" and tokens[k].group == ground.tokens[b].group and own.unit:
                if own.unit == case.unit or not case.unit:
                    yield tokens[k].printed, ground.tokens[b].printed
                return


def _subject(layout: Layout, place: int) -> Token | None:
    """The word of its own that the sentence of a place begins with; None where it begins with "it" or the place."""
    ground = layout.ground
    first = place
    while first > ground.starts[ground.line[place]] and ground.same_clause(first - 1, place):
        first -= 1
    subject = ground.tokens[first]
    return subject if first < place and subject.quantity is None and not subject.negates and not subject.modal else None


def _same_sort(sorts: _Sorts, one: Token, other: Token) -> bool:
    """Whether two tokens are of one sort and not the same."""
    return bool(sorts.of(one)) and sorts.of(one) == sorts.of(other) and one.key != other.key


def _whole_clauses(layout: Layout, p: int, q: int) -> bool:
    """Whether all that lies between two places are clauses of their own, such as a bracket."""
    ground = layout.ground
    return not any(ground.same_clause(b, p) or ground.same_clause(b, q) for b in range(p + 1, q))


def _next_to(layout: Layout, said: tuple[int, int], places: tuple[int, int], rival: int) -> bool:
    """Whether a left out value stands to its word as the value told in its stead: "A (5 mg)" told as "A (10 mg)"."""
    tokens, ground = layout.said, layout.ground
    (i, j), (p, q) = said, places
    home, value = (p, j) if rival == p + 1 else (q, i)
    if tokens[value].quantity is None or ground.tokens[home].cell != ground.tokens[rival].cell:
        return False
    if tokens[i].clause == tokens[j].clause:
        return ground.same_clause(home, rival)
    own, other = tokens[value].quantity, ground.tokens[rival].quantity
    alike = own is not None and other is not None and (own.unit, own.per) == (other.unit, other.per)
    alone = alike and (rival + 1 == len(ground.tokens) or not ground.same_clause(rival, rival + 1))
    return home == p and alone and tokens[i].cell == tokens[j].cell and not ground.same_clause(home, rival)


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
    if len(header.tokens) > _HEADER * header.cells:
        return {}
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
