"""Regions of all pages -> sections of blocks: headings, paragraphs, recommendations, tables, algorithms; contents lists
and reference lists told apart so that they stay out of search."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from cpgassist.reading import recommendations
from cpgassist.reading.blocks import starts_item, unbroken, vocabulary
from cpgassist.reading.captions import TABLE_CAPTION
from cpgassist.reading.contents import ENTRY, LEADERS
from cpgassist.reading.drafts import Draft, joined
from cpgassist.reading.figures import ALGORITHM, CAPTION, wrapped
from cpgassist.reading.headings import CONTENTS, REFERENCES, Body, Heading, as_heading
from cpgassist.reading.outline import Levels, Outline
from cpgassist.reading.pages import PageContent, Region
from cpgassist.reading.running import PageLines, printed_labels, running_lines
from cpgassist.reading.statements import (
    add_headed,
    add_marked,
    add_paragraph,
    add_recommendation,
    add_recommendations,
    graded_above,
    grades_strength,
    heads_statement,
)
from cpgassist.reading.tableblocks import TableBlocks
from cpgassist.reading.titles import LaidPage, Place, find_headings, is_cover, lay, place_of
from cpgassist.types import DRAWN_KINDS, Block, BlockKind, Box, Line, Section

_CITATION = re.compile(
    r"\bet al\b|\bdoi\b|https?:|\bwww\.|\(\d{4}[a-z]?\)|\b(?:19|20)\d\d\s*(?:[;:,]|\w{3}\b)|;\s*\d+\s*[(:]|\bJ(?:ournal)?\b"
    r"|\b(?:Lancet|BMJ|JAMA|Cochrane|PLoS|Clin|Med)\b|\bpp?\.\s*\d|available (?:from|at)|accessed|retrieved",
    re.IGNORECASE,
)


def build_sections(pages: Sequence[PageContent]) -> tuple[tuple[Section, ...], dict[int, str]]:
    """The sections of a document in reading order, and the label printed on each page."""
    edges = [PageLines(page.number, page.width, page.height, _prose_lines(page)) for page in pages]
    labels = printed_labels(edges)
    running = running_lines(edges, labels)
    words = vocabulary(line for page in edges for line in page.lines)
    laid = [lay(page, running, words) for page in pages]
    reader = _Reader(words, *find_headings(laid, labels))
    for page in laid:
        reader.read(page)
    return reader.sections(), labels


def _prose_lines(page: PageContent) -> list[Line]:
    return [line for region in page.regions if region.kind != "table" for line in region.lines]


class _Reader:
    """Walks the pages and keeps the place in the outline."""

    def __init__(self, words: Counter[str], body: Body, headings: Mapping[Place, Heading], levels: Levels) -> None:
        self._words, self._body, self._headings = words, body, headings
        self._outline = Outline(levels)
        self._drafts = [Draft((), 1)]
        self._tables = TableBlocks(words)
        self._charted: tuple[Heading, tuple[Heading, ...]] | None = None
        """The heading that a chart on this page has for a title, and the place in the outline before it."""
        self._untitled: Draft | None = None
        """Where a drawing without a title stands at the foot of the page before."""

    def sections(self) -> tuple[Section, ...]:
        kept = [d for d in self._drafts if d.blocks or (d.path and not d.resumed)]
        return tuple(Section(d.path, d.page, tuple(d.blocks)) for d in kept)

    @property
    def _here(self) -> Draft:
        return self._drafts[-1]

    def read(self, page: LaidPage) -> None:
        """Add one page."""
        self._here.blocks += page.heads
        self._leave_chart()
        if is_cover(page):
            # A cover names the document; its lines are no chapters that the next page could stand under.
            self._here.blocks += [Block("text", tuple(group)) for region in page.regions for group in region.groups]
            return
        self._caption_overleaf(page.regions, page.page.number)
        for region, following in zip_longest(page.regions, page.regions[1:]):
            if region.table is not None:
                self._table(region, following)
            elif region.kind in DRAWN_KINDS:
                self._drawing(region, page.page)
            elif region.kind == "box":
                self._tables.end()
                outer = self._outline.place()
                self._box(region)
                # A panel that holds nothing but a title is how some documents set their chapters' titles.
                if not all(place_of(group) in self._headings for group in region.groups):
                    self._leave_box(outer)
            else:
                self._tables.end(region.lines)
                self._prose(region)

    # ---- running text

    def _prose(self, region: Region) -> None:
        pending: list[list[Line]] = []
        for group in region.groups:
            heading = None if TABLE_CAPTION.match(group[0].text) else self._headings.get(place_of(group))
            grade = region.grades.get(place_of(group))
            if grade is not None:
                self._statements(pending)
                pending = []
                add_marked(self._here, group, grade)
            elif heading is not None and not self._inside_list(group) and not recommendations.whole_grade(heading.text):
                self._statements(pending)
                pending = []
                self._enter(heading, group)
            else:
                pending.append(group)
        self._statements(pending)

    def _inside_list(self, group: Sequence[Line]) -> bool:
        """Whether a line that looks like a heading is an entry of the contents or reference list being read."""
        text = joined(group)
        if self._here.kind == "toc":
            return bool(ENTRY.search(text)) or group[0].page == self._here.page
        return self._here.kind == "reference_list" and bool(_CITATION.search(text))

    def _enter(self, heading: Heading, group: Sequence[Line]) -> None:
        text = heading.text
        if CONTENTS.match(text):
            self._outline.leave()
            self._drafts.append(Draft((text,), group[0].page, "toc"))
            self._here.blocks.append(Block("toc", tuple(group)))
            return
        self._outline.enter(heading)
        kind = "reference_list" if REFERENCES.match(text) else "text"
        grade = recommendations.head_grade(text)
        self._drafts.append(Draft(self._outline.path, group[0].page, kind, _announces(heading), grade=grade))

    def _statements(self, groups: Sequence[Sequence[Line]]) -> None:
        """Paragraphs between two headings."""
        if not groups:
            return
        if not self._here.blocks and any(REFERENCES.match(name) for name in self._here.path[:-1]):
            # A list in parts, one for each chapter: its parts are told by what they hold, for prose must not be lost.
            cited = sum(bool(_CITATION.search(joined(group))) for group in groups)
            self._here.kind = "reference_list" if cited * 2 > len(groups) else "text"
        if self._here.kind == "text" and self._here.recommends and not self._here.blocks:
            groups = groups[add_recommendation(self._here, groups) :]
        while groups:
            if self._here.kind == "text" and heads_statement(self._here, groups):
                groups = groups[add_headed(self._here, groups) :]
                continue
            self._paragraph(groups[0])
            groups = groups[1:]

    def _paragraph(self, group: Sequence[Line]) -> None:
        text = joined(group)
        grade = recommendations.whole_grade(text)
        if grade is not None and graded_above(self._here, grade, group):
            return
        kind = self._list_kind(text)
        if kind != "text":
            self._here.blocks.append(Block(kind, tuple(group)))  # type: ignore[arg-type]
            return
        item = "item" if starts_item(group[0].text) else "text"
        begun = self._begun_before(group)
        if begun is not None:
            self._here.blocks.remove(begun)
            group, item = [*begun.lines, *group], begun.kind
        add_paragraph(self._here, group, item)  # type: ignore[arg-type]

    def _begun_before(self, group: Sequence[Line]) -> Block | None:
        """The paragraph at the foot of the page before that goes on with this one."""
        blocks = [b for b in self._here.blocks if b.kind != "running_head"]
        if not blocks or blocks[-1].table or blocks[-1].grade or blocks[-1].kind not in ("text", "item"):
            return None
        last = blocks[-1].lines[-1]
        crossed = group[0].page == last.page + 1
        unfinished = not last.text.endswith((".", ":", "?", "!", ";"))
        goes_on = group[0].text[:1].islower() or recommendations.runs_on(last.text, group[0].text)
        return blocks[-1] if crossed and unfinished and goes_on else None

    def _list_kind(self, text: str) -> str:
        here = self._here
        if here.kind == "toc" and (ENTRY.search(text) or LEADERS.search(text) or len(text) < 80):
            return "toc"
        if LEADERS.search(text) and ENTRY.search(text):
            return "toc"
        if here.kind == "reference_list":
            return "reference_list"
        return "text"

    # ---- boxes

    def _box(self, region: Region) -> None:
        if region.grades:
            self._prose(region)
            return
        groups: Sequence[list[Line]] = region.groups
        announced = any(recommendations.RECOMMENDATION_HEAD.match(joined(group)) for group in groups[:2])
        graded = grades_strength(groups)
        first = self._headings.get(place_of(groups[0])) if groups else None
        if first is not None and len(groups) > 1 and _announces(first):
            self._enter(first, groups[0])
            announced, groups = True, groups[1:]
        if self._here.kind == "reference_list" and not announced:
            self._statements(groups)
        elif announced or graded or self._here.recommends:
            add_recommendations(self._here, groups)
        else:
            self._prose(region)

    def _leave_box(self, outer: tuple[Heading, ...]) -> None:
        """Go back to the section that the box stands in: its heading ends with it."""
        if self._outline.place() != outer:
            self._outline.return_to(outer)
            self._drafts.append(Draft(self._outline.path, self._here.page, resumed=True))

    # ---- tables

    def _table(self, region: Region, following: Region | None) -> None:
        if self._here.kind == "toc" and any(ENTRY.search(line.text) for line in region.lines):
            self._here.blocks.append(Block("toc", tuple(region.lines)))
            return
        self._tables.add(self._here, region, following)

    # ---- algorithms and figures

    def _drawing(self, region: Region, page: PageContent) -> None:
        """Add a flowchart or figure: its frame, its title, its words.

        A title set as a heading is one, down to the foot of its page. Without a title of its own, a drawing has the
        heading above it on its page.
        """
        self._tables.end()
        title = unbroken(region.title, self._words)
        heading = as_heading(title, self._body, alone=True) if title else None
        if heading is not None:
            self._charted = (heading, self._outline.place())
            self._enter(heading, title)
        text, place = joined(title), self._outline.place()
        if not text and place and place[-1].page == page.number:
            text = place[-1].text
        at = title[0] if title else Line("", page.number, region.box, 0.0)
        box = Box.around([region.box, *(line.box for line in title)])
        frame = Line("", page.number, box, 0.0)
        named = region.kind == "flowchart" or ALGORITHM.search(text or (place[-1].text if place else ""))
        lines = (frame, replace(at, text=text), *region.lines)
        self._here.blocks.append(Block("flowchart" if named else "figure", lines))
        self._untitled = self._here if not title and region.box.bottom > 0.6 * page.height else None

    def _caption_overleaf(self, regions: Sequence[Region], page: int) -> None:
        """Give a drawing at the foot of a page the caption that opens the next page."""
        draft, self._untitled = self._untitled, None
        first = next(iter(regions), None)
        if draft is None or first is None or first.kind != "body" or not CAPTION.match(first.lines[0].text):
            return
        last = next((i for i in reversed(range(len(draft.blocks))) if draft.blocks[i].kind != "running_head"), None)
        if last is None or (drawing := draft.blocks[last]).kind not in DRAWN_KINDS:
            return
        caption = wrapped(first.lines[0], first.lines)
        taken = set(map(id, caption))
        first.lines = [line for line in first.lines if id(line) not in taken]
        first.groups = [kept for group in first.groups if (kept := [line for line in group if id(line) not in taken])]
        title = replace(caption[0], text=joined(unbroken(caption, self._words)), page=page)
        kind: BlockKind = "flowchart" if ALGORITHM.search(title.text) else drawing.kind
        draft.blocks[last] = replace(drawing, kind=kind, lines=(drawing.lines[0], title, *drawing.lines[2:]))

    def _leave_chart(self) -> None:
        """End the heading that a chart had for its page."""
        if self._charted is not None:
            heading, outer = self._charted
            if self._outline.place()[-1:] == (heading,):
                self._leave_box(outer)
        self._charted = None


def _announces(heading: Heading) -> bool:
    """Whether a heading says that recommendations follow."""
    text = heading.text
    named = recommendations.RECOMMENDATION_HEAD.match(text) and not recommendations.whole_grade(text)
    return heading.family == "recommendation" or bool(named) or recommendations.head_grade(text) is not None
