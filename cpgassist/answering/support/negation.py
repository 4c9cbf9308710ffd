"""What a statement denies against what its lines deny: each "not" must govern the same word on both sides.

A whole denied clause may be left out; a "not" alone may not.
"""

from __future__ import annotations

from collections.abc import Iterator

from cpgassist.answering.support.alignment import Layout, Umbrella

__all__ = ["denials"]

_SCOPE = 5
"""Tokens that a "not" reaches within its clause."""


def denials(layout: Layout) -> Iterator[tuple[str, str]]:
    """Pairs of what the statement says and what the lines have, where one denies and the other does not."""
    said, ground = layout.said, layout.ground
    ours = {i: _governed_here(layout, i) for i, token in enumerate(said) if token.negates}
    theirs = {place: _governed_there(layout, place) for place, token in enumerate(ground.tokens) if token.negates}
    for umbrella in ground.umbrellas:
        under = _under(layout, umbrella)
        for i in under:
            if not any(token.negates for token in said if token.sentence == said[i].sentence):
                yield "", f"{umbrella.printed} {said[i].printed}"
        reached = {said[i].sentence for i in under}
        ours = {i: governed for i, governed in ours.items() if said[i].sentence not in reached}
        theirs = {place: governed for place, governed in theirs.items() if not under or place not in umbrella.own}
    paired: dict[int, int] = {}
    for agree in (_same_word, _same_governed, _reaches):
        for i in ours:
            free = [place for place in theirs if place not in paired.values()] if i not in paired else []
            fitting = [place for place in free if agree(layout, (i, ours[i]), (place, theirs[place]))]
            if fitting:
                paired[i] = min(fitting, key=lambda place: (theirs[place] is None, place))
    for place, governed in theirs.items():
        if governed is not None and place not in paired.values():
            yield "", f"{ground.tokens[place].printed} {said[governed].printed}"
    for i, governed in ours.items():
        if i not in paired and (said[i].negates == "not" or i not in layout.place):
            yield f"{said[i].printed} {said[governed].printed if governed is not None else ''}".strip(), ""


def _under(layout: Layout, umbrella: Umbrella) -> list[int]:
    """The first word of each sentence of the statement that stands where a denial from above covers it."""
    first: dict[int, int] = {}
    for i, place in sorted(layout.place.items()):
        token = layout.said[i]
        if place in umbrella.covered and token.quantity is None and not token.negates:
            first.setdefault(token.sentence, i)
    return list(first.values())


_Denial = tuple[int, int | None]
"""A denial's place in its sequence, and the token of the statement that it governs."""


def _same_word(layout: Layout, ours: _Denial, theirs: _Denial) -> bool:
    """Whether the statement's word was laid upon the line's: "avoid" upon "avoid"; of a mere "not" that says little."""
    same = layout.place.get(ours[0]) == theirs[0]
    return same and (layout.said[ours[0]].negates == "against" or ours[1] == theirs[1] is not None)


def _same_governed(layout: Layout, ours: _Denial, theirs: _Denial) -> bool:
    """Whether both govern one word."""
    return ours[1] is not None and ours[1] == theirs[1]


def _governed_here(layout: Layout, i: int) -> int | None:
    """The token of the statement that one of its denials governs: the next that stands in the lines, or the last."""
    said = layout.said
    after = [j for j in range(i + 1, min(i + 1 + _SCOPE, len(said))) if said[j].sentence == said[i].sentence]
    before = [j for j in range(i - 1, max(i - 1 - _SCOPE, -1), -1) if said[j].sentence == said[i].sentence]
    found = [j for j in (*after, *before) if j in layout.place and said[j].negates != "not"]
    own = [j for j in found if said[j].clause == said[i].clause]
    return next(iter((*own, *found)), None)


def _governed_there(layout: Layout, place: int) -> int | None:
    """The token of the statement that a denial of the lines governs: the first it reaches that the statement has.

    None when the statement has nothing of what is denied.
    """
    ground = layout.ground
    content = 0
    for other in range(place + 1, min(place + _SCOPE + 1, len(ground.tokens))):
        if not ground.same_sentence(place, other) or (content and not ground.same_clause(place, other)):
            break
        if ground.tokens[other].cell != ground.tokens[place].cell:
            break
        if ground.tokens[other].negates == "not":
            break
        content += 1
        if other in layout.taken:
            return layout.taken[other]
    if content:
        return None
    for other in range(place - 1, max(place - 3, -1), -1):
        if not ground.same_sentence(place, other) or ground.tokens[other].cell != ground.tokens[place].cell:
            break
        if other in layout.taken and ground.tokens[other].negates != "not":
            return layout.taken[other]
    return None


def _reaches(layout: Layout, ours: _Denial, theirs: _Denial) -> bool:
    """Whether two denials may be one in other words: each in the clause of what the other governs."""
    said, ground = layout.said, layout.ground
    (i, here), (place, there) = ours, theirs
    if there is not None and (said[there].clause != said[i].clause or abs(there - i) > _SCOPE):
        return False
    if here is None:
        return True
    governed = layout.place[here]
    return ground.same_clause(governed, place) and abs(governed - place) <= _SCOPE + 2
