"""Paragraphs -> recommendations with their printed grade: at the end of the statement, on a line of its own, or beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cpgassist.reading import recommendations
from cpgassist.reading.blocks import starts_item
from cpgassist.reading.drafts import Draft, joined
from cpgassist.reading.margins import cut
from cpgassist.types import Block, Line
from cpgassist.types.documents import BlockKind

Group = Sequence[Line]
_LABEL = re.compile(r"^\W*(?:\(?\w{1,3}[.)]\s*)?[^.:]*$")


def graded_above(draft: Draft, grade: str, group: Group) -> bool:
    """Give a grade that stands on a line of its own to the statement above it."""
    blocks = draft.blocks
    if not blocks or blocks[-1].grade or blocks[-1].kind not in ("text", "item", "recommendation"):
        return False
    if blocks[-1].lines[-1].page != group[0].page:
        return False
    start = len(blocks) - 1
    while start > 0 and blocks[start].kind == blocks[start - 1].kind == "item" and not blocks[start - 1].grade:
        start -= 1
    lead = blocks[start - 1] if start > 0 and blocks[start].kind == "item" else None
    if lead is not None and lead.kind == "text" and not lead.grade and _leads_in(lead.lines):
        # "We suggest the following:" and its items share the grade below the last item.
        start -= 1
    else:
        # Without a lead-in the grade is that of the last item alone.
        start = len(blocks) - 1
    lines = tuple(line for block in blocks[start:] for line in block.lines)
    blocks[start:] = [Block(_kind(grade, "text"), (*lines, *group), grade)]
    return True


def add_recommendations(draft: Draft, groups: Sequence[Group]) -> None:
    """Add the recommendations of a box, each with its own grade and no other."""
    graded = [recommendations.whole_grade(joined(group)) for group in groups]
    if draft.grade is None and _above(groups, graded):
        for grade, part in _under_headers(groups, graded):
            draft.grade = grade
            _add_each(draft, part)
    else:
        _add_each(draft, groups)


def _add_each(draft: Draft, groups: Sequence[Group]) -> None:
    while groups:
        groups = groups[max(1, add_recommendation(draft, groups)) :]


def _above(groups: Sequence[Group], graded: Sequence[str | None]) -> bool:
    """Whether the grades stand above their statements: a box that opens with one and does not close with one."""
    said = [grade for group, grade in zip(groups, graded, strict=True) if grade or not _is_label(group)]
    return len(said) > 1 and said[0] is not None and said[-1] is None


def _under_headers(groups: Sequence[Group], graded: Sequence[str | None]) -> Iterable[tuple[str | None, list[Group]]]:
    """Each grade with the paragraphs from its own line to the next grade."""
    part: list[Group] = []
    above: str | None = None
    for group, grade in zip(groups, graded, strict=True):
        if grade is not None and part:
            yield above, part
            part = []
        above = grade or above
        part.append(group)
    yield above, part


def heads_statement(draft: Draft, groups: Sequence[Group]) -> bool:
    """Whether running text goes on with a grade on a line of its own that belongs to the statement under it.

    It belongs to the one above unless that has its grade, or stands clearly further off than the one under it.
    """
    if len(groups) < 2 or recommendations.whole_grade(joined(groups[0])) is None:
        return False
    line, under = groups[0], groups[1]
    if recommendations.whole_grade(joined(under)) is not None or line[-1].page != under[0].page:
        return False
    above = draft.blocks[-1] if draft.blocks else None
    if above is None or above.grade or above.kind not in ("text", "item", "recommendation"):
        return True
    if above.lines[-1].page != line[0].page:
        return True
    return under[0].box.top - line[-1].box.bottom < 0.6 * (line[0].box.top - above.lines[-1].box.bottom)


def add_headed(draft: Draft, groups: Sequence[Group]) -> int:
    """Add what stands under a grade: the first statement with its list, or each item of a list without a lead-in.

    Returns how many groups it took.
    """
    grade, draft.grade = draft.grade, None
    held: list[Line] = []
    at = 0
    while at < len(groups) and ((own := recommendations.whole_grade(joined(groups[at]))) or _is_label(groups[at])):
        grade = own or grade
        held += groups[at]
        at += 1
    if at == len(groups) or grade is None:
        draft.blocks.append(Block("text", tuple(held or groups[0])))
        return max(at, 1)
    if starts_item(groups[at][0].text):
        while at < len(groups) and starts_item(groups[at][0].text):
            draft.blocks += _own_or(grade, held, groups[at])
            held = []
            at += 1
        return at
    first = list(groups[at])
    at += 1
    leads = _leads_in(first)
    while leads and at < len(groups) and starts_item(groups[at][0].text):
        first += groups[at]
        at += 1
    draft.blocks += _own_or(grade, held, first)
    return at


def _own_or(grade: str, head: Sequence[Line], group: Group) -> list[Block]:
    """The statement with the grades printed in it, or else the one above it."""
    pieces = by_marks(group)
    if any(own for _, own in pieces):
        return [Block("recommendation", tuple(lines), own) for lines, own in pieces]
    return [Block("recommendation", (*head, *group), grade)]


def add_recommendation(draft: Draft, groups: Sequence[Group]) -> int:
    """Add one recommendation: the paragraphs up to its grade, or up to the first that opens another statement.

    Returns how many groups it took.
    """
    if draft.grade is not None:
        return add_headed(draft, groups)
    apart = _list_with_own_grades(groups)
    if apart:
        return _add_list(draft, groups, apart)
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
                # What follows the grade is a note on the statement; a statement would carry a grade of its own.
                kind: BlockKind = "recommendation" if mark or taken else "text"
                draft.blocks.append(Block(kind, (*taken, *lines), mark))
                taken = []
            return count
        taken += group
    return _ungraded(draft, groups)


def _list_with_own_grades(groups: Sequence[Group]) -> int:
    """How many items follow a lead-in when more than the last of them carry a grade of their own; else 0."""
    if not groups or not _leads_in(groups[0]):
        return 0
    count = 0
    while count + 1 < len(groups) and starts_item(groups[count + 1][0].text):
        count += 1
    own = [group for group in groups[1 : count + 1] if any(grade for _, grade in by_marks(group))]
    return count if len(own) > 1 else 0


def _add_list(draft: Draft, groups: Sequence[Group], items: int) -> int:
    """A lead-in whose items have grades of their own; a grade on the line below them is the lead-in's."""
    lead = list(groups[0])
    below = groups[items + 1] if items + 1 < len(groups) else ()
    grade = recommendations.whole_grade(joined(below)) if below else None
    draft.blocks.append(Block("recommendation", (*lead, *(below if grade else ())), grade))
    for group in groups[1 : items + 1]:
        for lines, mark in by_marks(group):
            kind = _kind(mark, "item") if mark else "item"
            draft.blocks.append(Block(kind, tuple(lines), mark))
    return items + 1 if grade is None else items + 2


def _ungraded(draft: Draft, groups: Sequence[Group]) -> int:
    """A recommendation without a printed grade: a lead-in with its items, or one paragraph."""
    lines = list(groups[0])
    count = 1
    while count < len(groups) and starts_item(groups[count][0].text):
        lines += groups[count]
        count += 1
    draft.blocks.append(Block("text" if _is_label(lines) else "recommendation", tuple(lines)))
    return count


def _is_label(group: Group) -> bool:
    """Whether a paragraph only names what follows: "Recommendation 4a."."""
    text = joined(group)
    words = text.split()
    short = len(words) <= 5 and not words[-1].endswith((".", ":"))
    return short or bool(recommendations.RECOMMENDATION_HEAD.match(text))


def _leads_in(lines: Group) -> bool:
    return lines[-1].text.rstrip().endswith(":")


def add_paragraph(draft: Draft, group: Group, item: BlockKind) -> None:
    """Add a paragraph of running text, cut after each grade that closes a statement in it."""
    for lines, mark in by_marks(group):
        draft.blocks.append(Block(_kind(mark, item) if mark else item, tuple(lines), mark))


def add_marked(draft: Draft, group: Group, mark: str) -> None:
    """Add a paragraph with the grade in the margin beside it."""
    kind: BlockKind = "item" if starts_item(group[0].text) else "text"
    draft.blocks.append(Block(_kind(mark, kind), tuple(group), mark))


def grades_strength(groups: Sequence[Group]) -> bool:
    """Whether a box prints a grade of recommendation: a level of evidence alone may stand in any summary."""
    whole = [recommendations.whole_grade(joined(group)) for group in groups]
    inside = [mark for group in groups for _, mark in by_marks(group)]
    return any(grade is not None and speaks_of_strength(grade) for grade in (*whole, *inside))


def by_marks(group: Group) -> list[tuple[list[Line], str | None]]:
    """A paragraph cut after each grade that closes a statement in it, or whole with the level that opens it."""
    text = joined(group)
    leading = recommendations.leading_mark(text)
    if leading is not None:
        return [(list(group), leading)]
    pieces: list[tuple[list[Line], str | None]] = []
    start = 0
    for end, grade in recommendations.marks(text):
        while end < len(text) and text[end] in ".;":
            end += 1
        pieces.append((cut(group, start, end), grade))
        start = end
    if text[start:].strip():
        pieces.append((cut(group, start, len(text)), None))
    return [(lines, grade) for lines, grade in pieces if lines]


def _kind(grade: str, otherwise: BlockKind) -> BlockKind:
    """A recommendation where the grade speaks of one rather than of evidence alone."""
    return "recommendation" if speaks_of_strength(grade) else otherwise


def speaks_of_strength(grade: str) -> bool:
    """Whether a grade speaks of a recommendation rather than of evidence alone."""
    return not recommendations.certainty_alone(grade) or bool(re.search(r"[,|]|option|^[12][A-D]$", grade, re.I))
