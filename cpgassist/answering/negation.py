"""What a statement denies against what its lines deny: each "not" must govern the same word on both sides.

A whole denied clause may be left out; a "not" alone may not.
"""

from __future__ import annotations

from collections.abc import Iterator

from cpgassist.answering.alignment import Layout

__all__ = ["denials"]

_SCOPE = 5
"""Tokens that a "not" reaches within its clause."""


def denials(layout: Layout) -> Iterator[tuple[str, str]]:
    """Pairs of what the statement says and what the lines have, where one denies and the other does not."""
    said, ground = layout.said, layout.ground
    ours = {i: _governed_here(layout, i) for i, token in enumerate(said) if token.negates}
    theirs = {place: _governed_there(layout, place) for place, token in enumerate(ground.tokens) if token.negates}
    free_ours, free_theirs = set(ours), set(theirs)

    def pair(i: int, place: int) -> None:
        free_ours.discard(i)
        free_theirs.discard(place)

    for i in sorted(free_ours):
        if layout.place.get(i) in free_theirs and (
            said[i].negates == "against" or ours[i] == theirs[layout.place[i]] is not None
        ):
            pair(i, layout.place[i])
    for i in sorted(free_ours):
        place = next((place for place in sorted(free_theirs) if ours[i] is not None and ours[i] == theirs[place]), None)
        if place is not None:
            pair(i, place)
    for i in sorted(free_ours):
        place = next(
            (place for place in sorted(free_theirs) if _reaches(layout, i, ours[i], place, theirs[place])), None
        )
        if place is not None:
            pair(i, place)
    for place in sorted(free_theirs):
        governed = theirs[place]
        if governed is not None:
            yield "", f"{ground.tokens[place].printed} {said[governed].printed}"
    for i in sorted(free_ours):
        if said[i].negates == "not" or i not in layout.place:
            governed = ours[i]
            yield f"{said[i].printed} {said[governed].printed if governed is not None else ''}".strip(), ""


def _governed_here(layout: Layout, i: int) -> int | None:
    """The token of the statement that one of its denials governs: the next that stands in the lines, or the last."""
    said = layout.said
    after = [j for j in range(i + 1, min(i + 1 + _SCOPE, len(said))) if said[j].sentence == said[i].sentence]
    before = [j for j in range(i - 1, max(i - 1 - _SCOPE, -1), -1) if said[j].sentence == said[i].sentence]
    first = next((j for j in after if j in layout.place and said[j].negates != "not"), None)
    if first is not None and (said[first].clause == said[i].clause or first == i + 1):
        return first
    return next((j for j in before if j in layout.place and said[j].negates != "not"), first)


def _governed_there(layout: Layout, place: int) -> int | None:
    """The token of the statement that a denial of the lines governs: the first it reaches that the statement has.

    None when the statement has nothing of what is denied.
    """
    ground = layout.ground
    own = ground.tokens[place]
    content = 0
    for other in range(place + 1, min(place + _SCOPE + 1, len(ground.tokens))):
        if not ground.same_sentence(place, other) or (content and not ground.same_clause(place, other)):
            break
        if ground.tokens[other].negates == "not":
            break
        content += 1
        if other in layout.taken:
            return layout.taken[other]
    if content and own.negates == "not":
        return None
    for other in range(place - 1, max(place - 3, -1), -1):
        if not ground.same_clause(place, other):
            break
        if other in layout.taken and ground.tokens[other].negates != "not":
            return layout.taken[other]
    return None


def _reaches(layout: Layout, i: int, ours: int | None, place: int, theirs: int | None) -> bool:
    """Whether two denials may be one in other words: each in the clause of what the other governs."""
    said, ground = layout.said, layout.ground
    if theirs is not None and (said[theirs].sentence != said[i].sentence or abs(theirs - i) > _SCOPE):
        return False
    if theirs is not None and said[theirs].clause != said[i].clause:
        return False
    if ours is None:
        return True
    there = layout.place[ours]
    return ground.same_clause(there, place) and abs(there - place) <= _SCOPE + 2
