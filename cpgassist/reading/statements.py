"""Paragraphs -> recommendations with their printed grade: at the end of the statement, on the line under it, or beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from cpgassist.reading import recommendations
from cpgassist.reading.blocks import starts_item
from cpgassist.reading.drafts import Draft, joined
from cpgassist.types import Block, Line


def graded_above(draft: Draft, grade: str, group: Sequence[Line]) -> bool:
    """Give a grade that stands on a line of its own to the statement above it."""
    blocks = draft.blocks
    if not blocks or blocks[-1].grade or blocks[-1].kind not in ("text", "item", "recommendation"):
        return False
    if blocks[-1].lines[-1].page != group[0].page:
        return False
    start = len(blocks) - 1
    # "We suggest the following:" and its items share the grade below the last item.
    while start > 0 and blocks[start].kind == "item" and blocks[start - 1].kind in ("item", "text"):
        start -= 1
        if blocks[start].kind == "text":
            break
    lines = tuple(line for block in blocks[start:] for line in block.lines)
    blocks[start:] = [Block("recommendation", (*lines, *group), grade)]
    return True


def add_recommendation(draft: Draft, groups: Sequence[Sequence[Line]]) -> int:
    """Add one recommendation: the paragraphs up to its grade, or up to the first that opens another statement.

    Returns how many groups it took.
    """
    taken: list[Line] = []
    for count, group in enumerate(groups, 1):
        if taken and starts_item(group[0].text) and not any(line.text.rstrip().endswith(":") for line in taken):
            # A bullet's grade is its own: without a lead-in, what stands above it is another statement.
            return _ungraded(draft, groups[: count - 1])
        text = joined(group)
        whole = recommendations.whole_grade(text)
        pieces = by_marks(group)
        if whole is not None and taken:
            draft.blocks.append(Block("recommendation", (*taken, *group), whole))
            return count
        if len(pieces) > 1 or (pieces and pieces[0][1]):
            for lines, mark in pieces:
                draft.blocks.append(Block("recommendation", (*taken, *lines), mark))
                taken = []
            return count
        taken += group
    return _ungraded(draft, groups)


def _ungraded(draft: Draft, groups: Sequence[Sequence[Line]]) -> int:
    """A recommendation without a printed grade: a lead-in with its items, or one paragraph."""
    lines = list(groups[0])
    count = 1
    while count < len(groups) and starts_item(groups[count][0].text):
        lines += groups[count]
        count += 1
    words = joined(lines).split()
    heading = len(words) <= 5 and not words[-1].endswith((".", ":"))
    draft.blocks.append(Block("text" if heading else "recommendation", tuple(lines)))
    return count


def by_marks(group: Sequence[Line]) -> list[tuple[list[Line], str | None]]:
    """A paragraph cut after each grade that closes a statement in it."""
    text = joined(group)
    pieces: list[tuple[list[Line], str | None]] = []
    start = 0
    for end, grade in recommendations.marks(text):
        while end < len(text) and text[end] in ".;":
            end += 1
        pieces.append((_cut(group, start, end), grade))
        start = end
    if text[start:].strip():
        pieces.append((_cut(group, start, len(text)), None))
    return [(lines, grade) for lines, grade in pieces if lines]


def _cut(group: Sequence[Line], start: int, end: int) -> list[Line]:
    """The lines of a paragraph between two offsets into its joined text."""
    lines = []
    at = 0
    for line in group:
        first, last = max(start - at, 0), min(end - at, len(line.text))
        if first < last and line.text[first:last].strip():
            lines.append(replace(line, text=line.text[first:last].strip()))
        at += len(line.text) + 1
    return lines


def speaks_of_strength(grade: str) -> bool:
    """Whether a grade speaks of a recommendation rather than of evidence alone."""
    return bool(re.search(r"recommend|strong|weak|conditional|grade|practice|rekomendasi|pengesyoran|[,]", grade, re.I))
