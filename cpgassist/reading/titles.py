"""The paragraphs of all pages, and which of them are headings: told from the whole document, before any page is walked.

A title in the type of the text is a heading when its number runs on from the one before and text stands under it; a
number set apart from its words is put back to them; a title that the contents list names needs no other mark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cpgassist.reading.blocks import paragraphs, starts_item, unbroken
from cpgassist.reading.contents import Entry, contents_entries, entry_of, key_of
from cpgassist.reading.headings import (
    Body,
    Heading,
    as_heading,
    as_item_heading,
    body_type,
    is_bare_label,
    numbering,
    ordinals,
)
from cpgassist.reading.margins import marked
from cpgassist.reading.outline import Found, Levels, follows
from cpgassist.reading.pages import PageContent, Region
from cpgassist.reading.recommendations import runs_on
from cpgassist.types import DRAWN_KINDS, Block, Line

Place = tuple[int, float, float, str]
"""Page, top, left and words of a paragraph's first line."""


@dataclass(frozen=True, slots=True)
class LaidPage:
    """A page with its running heads taken out and its lines gathered into paragraphs."""

    page: PageContent
    heads: Sequence[Block]
    regions: Sequence[Region]


@dataclass(slots=True)
class _Group:
    """A paragraph and what it may be."""

    lines: list[Line]
    boxed: bool
    heading: Heading | None = None
    item: Heading | None = None


def place_of(group: Sequence[Line]) -> Place:
    """Where a paragraph begins."""
    return group[0].page, group[0].box.top, group[0].box.left, group[0].text


def lay(page: PageContent, running: set[Line], words: Counter[str]) -> LaidPage:
    """The page's regions with broken words made whole and paragraphs told apart."""
    heads, kept = [], []
    for region in page.regions:
        running_here = [line for line in region.lines if line in running]
        if running_here:
            heads.append(Block("running_head", tuple(running_here)))
        lines = [line for line in region.lines if line not in running]
        if region.table is not None:
            kept.append(replace(region, lines=lines))
        elif lines or region.kind in DRAWN_KINDS:
            lines = unbroken(lines, words)
            pairs = marked(paragraphs(lines), region.marks) if region.kind not in DRAWN_KINDS else []
            grades = {place_of(group): grade for group, grade in pairs if grade is not None}
            kept.append(replace(region, lines=lines, groups=[group for group, _ in pairs], grades=grades))
    return LaidPage(page, heads, kept)


def is_cover(page: LaidPage) -> bool:
    """Whether a page at the front holds a title's lines and no paragraph of text."""
    groups = [group for region in page.regions for group in region.groups]
    sizes = [sum(len(line.text.split()) for line in group) for group in groups]
    tables = any(region.table is not None or region.kind == "flowchart" for region in page.regions)
    texts = [" ".join(line.text for line in group) for group in groups]
    # Statements and numbered titles make a short page of text, whatever the size of its heading.
    stated = any(text.endswith((".", "]")) or numbering(text)[0] for text in texts)
    short = 2 <= sum(sizes) < 100 and max(sizes) <= 25
    return page.page.number <= 2 and short and not stated and not tables and _larger(groups)


def _larger(groups: Sequence[Sequence[Line]]) -> bool:
    """Whether the largest type stands well above the smallest, as on covers and hardly on any page of text."""
    sizes = [line.size for group in groups for line in group]
    return max(sizes) > 1.5 * min(sizes)


def find_headings(laid: Sequence[LaidPage], labels: Mapping[int, str]) -> tuple[Body, dict[Place, Heading], Levels]:
    """The type of the text, the headings of a document by their place, and how they nest."""
    entries = contents_entries(_lines(page) for page in laid)
    prose = [group for page in laid for region in page.regions for group in region.groups]
    body = body_type(prose)
    for page in laid:
        for region in page.regions:
            # A paragraph with a mark in its margin is a statement, however it is set.
            region.groups = [
                part
                for group in region.groups
                for part in ([group] if place_of(group) in region.grades else _parted(group, body))
            ]
            region.groups = _with_labels(region.groups, body)
    groups = [
        _Group(group, region.kind == "box")
        for page in laid
        if not is_cover(page)
        for region in page.regions
        for group in region.groups
        if place_of(group) not in region.grades
    ]
    for group in groups:
        group.heading = as_heading(group.lines, body, alone=True) or _named(group.lines, entries, labels)
        if group.heading is None and not group.boxed:
            group.item = as_item_heading(group.lines)
    for group in _headed_runs(groups):
        group.heading = group.item
    found = _found(groups)
    return body, {place_of(g.lines): g.heading for g in groups if g.heading}, Levels(found, entries, labels)


def _lines(page: LaidPage) -> list[Line]:
    return [line for region in page.regions for line in region.lines]


def _named(lines: Sequence[Line], entries: Mapping[str, Sequence[Entry]], labels: Mapping[int, str]) -> Heading | None:
    """A title that nothing but the contents list tells from the text."""
    text = " ".join(line.text for line in lines)
    if not entries or len(lines) > 3 or key_of(text) not in entries:
        return None
    heading = as_heading([replace(line, bold=True) for line in lines], Body(lines[0].size), alone=True)
    if heading is None or entry_of(heading, entries, labels) is None:
        return None
    return replace(heading, bold=all(line.bold for line in lines))


def _found(groups: Sequence[_Group]) -> list[Found]:
    opens = [after.heading is not None for after in groups[1:]] + [False]
    return [Found(g.heading, at_once, g.boxed) for g, at_once in zip(groups, opens, strict=False) if g.heading]


# ---- paragraphs that hold more or less than a heading


def _parted(group: list[Line], body: Body) -> list[list[Line]]:
    """A heading without space below it split off the paragraph that it stands on."""
    label = _run_in(group)
    if label:
        first, rest = group[0].text[:label], group[0].text[label:].strip()
        tail = [replace(group[0], text=rest)] if rest else []
        return [[replace(group[0], text=first)], [*tail, *group[1:]]]
    head = _leading(group, lambda line: line.bold)
    if 0 < head < len(group) and runs_on(group[head - 1].text, group[head].text):
        # A statement in bold whose grade ends on the next line is no heading.
        return [group]
    head = head or _leading(group, lambda line: line.face in body.apart)
    if not head and len(group) > 1 and _is_numbered_line(group):
        head = 1
    # What stands under a title begins anew; bold words that only open a sentence go on in small letters.
    parts = 0 < head < len(group) and (group[head].text[:1].isupper() or starts_item(group[head].text))
    return [group[:head], group[head:]] if parts else [group]


def _run_in(group: Sequence[Line]) -> int:
    """How many letters of the first line are a label that a statement follows: "Statement 15. Promotion: Nurses ...".

    The statement is what is recommended: it must stand in the text, not in the heading.
    """
    family = numbering(group[0].text)[0]
    colon = group[0].text.find(":") + 1
    words = sum(len(line.text.split()) for line in group) - len(group[0].text[:colon].split())
    return colon if family == "recommendation" and colon > 0 and words >= 6 else 0


def _leading(group: Sequence[Line], marked: Callable[[Line], bool]) -> int:
    """How many lines at the start of a paragraph are marked while the rest is not; 0 when too many are."""
    count = 0
    while count < len(group) and marked(group[count]):
        count += 1
    return count if count <= 3 and not any(marked(line) for line in group[count:]) else 0


def _is_numbered_line(group: Sequence[Line]) -> bool:
    """Whether a paragraph opens with a line such as "4.1.2 Burden of disease" that ends well before the margin."""
    heading = as_heading(group[:1], Body(group[0].size), alone=True)
    if heading is None or heading.family != "decimal" or len(heading.number) < 2:
        return False
    short = group[0].box.right < max(line.box.right for line in group[1:]) - 0.3 * group[1].box.width
    return short and group[1].text[:1].isupper() and not group[0].text.endswith((".", ":"))


def _with_labels(groups: Sequence[list[Line]], body: Body) -> list[list[Line]]:
    """Numbers set apart from their words, as chapters have them ("2" in the margin, "BAB II" above), put before them."""
    result: list[list[Line]] = []
    label: list[Line] = []
    for group in groups:
        if label and _labelled(label, group, body):
            label = [*label, *group]
            continue
        if label:
            result.append(label)
            label = []
        text = " ".join(line.text for line in group)
        chapter = as_heading(group, body, alone=True)
        large = len(group) == 1 and group[0].size > 1.3 * body.size
        if is_bare_label(text) and (chapter is not None or large):
            label = group
        else:
            result.append(group)
    return [*result, label] if label else result


def _labelled(label: Sequence[Line], group: Sequence[Line], body: Body) -> bool:
    """Whether the paragraph is the title that goes with a number."""
    last, first = label[-1], group[0]
    heading = as_heading(group, body, alone=True)
    if heading is None or heading.family or first.page != last.page or len(label) + len(group) > 5:
        return False
    number = label[0].box
    beside_it = min(number.bottom, first.box.bottom) - max(number.top, first.box.top) > 0
    if len(label) > 1:
        return beside_it and number.height > 1.5 * first.box.height
    below = 0 <= first.box.top - last.box.bottom < 2.2 * first.size and abs(first.size - last.size) < 4
    return beside_it or below


# ---- titles in the type of the text


def _headed_runs(groups: Sequence[_Group]) -> Iterable[_Group]:
    """The numbered titles whose runs are headings: most have text below them before the next of the run comes."""
    runs: dict[str, list[int]] = {}
    for i, group in enumerate(groups):
        numbered = group.item or (group.heading if group.heading and group.heading.family else None)
        if numbered is None:
            continue
        for series, number in ordinals(numbered).items():
            run = runs.get(series)
            if run and _runs_on(groups[run[-1]], series, group, number):
                run.append(i)
            else:
                yield from _accepted(groups, runs.pop(series, []))
                if number[-1] == 1:
                    runs[series] = [i]
    for run in runs.values():
        yield from _accepted(groups, run)


def _runs_on(before: _Group, series: str, group: _Group, number: tuple[int, ...]) -> bool:
    numbered = before.item or before.heading
    same_edge = abs(before.lines[0].box.left - group.lines[0].box.left) < 12
    return numbered is not None and same_edge and follows(ordinals(numbered).get(series, ()), number)


def _accepted(groups: Sequence[_Group], run: Sequence[int]) -> Iterable[_Group]:
    """The members of a run when they are headings, not the items of a list."""
    if len(run) < 2:
        return
    before = groups[run[0] - 1].lines[-1].text if run[0] else ""
    if before.endswith(":"):
        return
    headed = sum(_has_text(groups, i, after) for i, after in zip(run, [*run[1:], len(groups)], strict=True))
    if headed >= 0.75 * len(run):
        yield from (groups[i] for i in run if groups[i].item is not None)


def _has_text(groups: Sequence[_Group], i: int, after: int) -> bool:
    """Whether text stands between a title and the next of its run."""
    below = groups[i + 1 : min(after, i + 3)]
    if not below or below[0].heading is not None:
        return bool(below)
    return any(not starts_item(g.lines[0].text) or len(g.lines) > 1 or g.item for g in below)
