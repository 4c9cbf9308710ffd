"""Regions of all pages -> sections of blocks: headings, paragraphs, recommendations, tables, algorithms; contents lists
and reference lists told apart so that they stay out of search."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cpgassist.reading import recommendations
from cpgassist.reading.blocks import beside, mended, starts_item, vocabulary
from cpgassist.reading.contents import ENTRY, LEADERS
from cpgassist.reading.drafts import Draft, joined
from cpgassist.reading.figures import ALGORITHM, is_algorithm
from cpgassist.reading.headings import CONTENTS, REFERENCES, Body, Heading
from cpgassist.reading.outline import Levels, Outline
from cpgassist.reading.pages import PageContent, Region
from cpgassist.reading.running import PageLines, printed_labels, running_lines
from cpgassist.reading.statements import add_recommendation, by_marks, graded_above, speaks_of_strength
from cpgassist.reading.tables import FoundTable, as_table, continued
from cpgassist.reading.titles import LaidPage, Place, find_headings, is_cover, lay, place_of
from cpgassist.types import Block, Line, Section, Table

_TABLE_CAPTION = re.compile(
    r"^(?:TABLE|TABEL|JADUAL|APPENDIX|LAMPIRAN|CPG TABLE)\s*(?:\d|[A-Z](?:\d|\b))", re.IGNORECASE
)
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
        self._above: FoundTable | None = None
        """The last table, when nothing but running heads has come since."""

    def sections(self) -> tuple[Section, ...]:
        return tuple(Section(d.path, d.page, tuple(d.blocks)) for d in self._drafts if d.blocks or d.path)

    @property
    def _here(self) -> Draft:
        return self._drafts[-1]

    def read(self, page: LaidPage) -> None:
        """Add one page."""
        self._here.blocks += page.heads
        if is_cover(page):
            # A cover names the document; its lines are no chapters that the next page could stand under.
            self._here.blocks += [Block("text", tuple(group)) for region in page.regions for group in region.groups]
            return
        if is_algorithm(page.page.drawn, page.regions):
            self._algorithm(page.regions)
            return
        for region in page.regions:
            if region.table is not None:
                self._table(region)
            elif region.kind == "box":
                self._above = None
                outer = self._outline.place()
                self._box(region)
                # A panel that holds nothing but a title is how some documents set their chapters' titles.
                if not all(place_of(group) in self._headings for group in region.groups):
                    self._leave_box(outer)
            else:
                self._above = None
                self._prose(region.groups, region.marks)

    # ---- running text

    def _prose(self, groups: Sequence[list[Line]], marks: Sequence[Line] = ()) -> None:
        pending: list[list[Line]] = []
        for group in groups:
            heading = self._headings.get(place_of(group))
            mark = next((mark for mark in marks if beside(mark, group[0])), None)
            if mark is not None:
                self._statements(pending)
                pending = []
                self._here.blocks.append(Block("recommendation", tuple(group), mark.text.strip("[]() ")))
            elif heading is not None and not self._inside_list(group):
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
        self._drafts.append(Draft(self._outline.path, group[0].page, kind, _announces(heading)))

    def _statements(self, groups: Sequence[Sequence[Line]]) -> None:
        """Paragraphs between two headings."""
        if not groups:
            return
        if not self._here.blocks and any(REFERENCES.match(name) for name in self._here.path[:-1]):
            # A list in parts, one for each chapter: its parts are told by what they hold, for prose must not be lost.
            cited = sum(bool(_CITATION.search(joined(group))) for group in groups)
            self._here.kind = "reference_list" if cited * 2 > len(groups) else "text"
        if self._here.kind == "text" and self._here.recommends and not self._here.blocks:
            done = add_recommendation(self._here, groups)
            groups = groups[done:]
        for group in groups:
            self._paragraph(group)

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
        for lines, mark in by_marks(group):
            graded_as = "recommendation" if mark and speaks_of_strength(mark) else item
            self._here.blocks.append(Block(graded_as, tuple(lines), mark))  # type: ignore[arg-type]

    def _begun_before(self, group: Sequence[Line]) -> Block | None:
        """The paragraph at the foot of the page before that goes on with this one."""
        blocks = [b for b in self._here.blocks if b.kind != "running_head"]
        if not blocks or blocks[-1].table or blocks[-1].grade or blocks[-1].kind not in ("text", "item"):
            return None
        last = blocks[-1].lines[-1]
        crossed = group[0].page == last.page + 1
        unfinished = not last.text.endswith((".", ":", "?", "!", ";"))
        return blocks[-1] if crossed and unfinished and group[0].text[:1].islower() else None

    def _list_kind(self, text: str) -> str:
        here = self._here
        if here.kind == "toc" and (ENTRY.search(text) or LEADERS.search(text) or len(text) < 80):
            return "toc"
        if len(LEADERS.findall(text)) >= 1 and ENTRY.search(text):
            return "toc"
        if here.kind == "reference_list":
            return "reference_list"
        return "text"

    # ---- boxes

    def _box(self, region: Region) -> None:
        groups: Sequence[list[Line]] = region.groups
        text = joined(region.lines)
        announced = any(recommendations.RECOMMENDATION_HEAD.match(joined(group)) for group in groups[:2])
        graded = bool(recommendations.marks(text)) or any(recommendations.whole_grade(joined(g)) for g in groups)
        first = self._headings.get(place_of(groups[0])) if groups else None
        if first is not None and len(groups) > 1 and _announces(first):
            self._enter(first, groups[0])
            announced, groups = True, groups[1:]
        if self._here.kind == "reference_list" and not announced:
            self._statements(groups)
        elif announced or graded or self._here.recommends:
            while groups:
                groups = groups[max(1, add_recommendation(self._here, groups)) :]
        else:
            self._prose(groups)

    def _leave_box(self, outer: tuple[Heading, ...]) -> None:
        """Go back to the section that the box stands in: its heading ends with it."""
        if self._outline.place() != outer:
            self._outline.return_to(outer)
            self._drafts.append(Draft(self._outline.path, self._here.page))

    # ---- tables

    def _table(self, region: Region) -> None:
        found = region.table
        assert found is not None
        joined_on = continued(self._above, found) if self._above is not None else None
        found = _mended_table(joined_on or found, self._words)
        self._above = found
        caption = self._caption()
        if self._here.kind == "toc" and any(ENTRY.search(line.text) for line in region.lines):
            self._here.blocks.append(Block("toc", tuple(region.lines)))
            return
        header = flat_header(found.header)
        lines = [replace(line, text=mended(line.text, self._words)) for line in region.lines]
        body = lines[len(lines) - len(found.rows) :]
        if found.header and recommendations.holds_recommendations(header):
            for row, line in zip(found.rows, body, strict=True):
                table = Table(caption, found.header, (row,), found.reliable)
                grade = recommendations.row_grade(header, row)
                self._here.blocks.append(Block("recommendation", (line,), grade, table))
        else:
            self._here.blocks.append(Block("table", tuple(lines), None, as_table(found, caption)))

    def _caption(self) -> str:
        """The paragraph above, taken as the table's caption when it reads like one."""
        blocks = [b for b in self._here.blocks if b.kind != "running_head"]
        if blocks and blocks[-1].kind in ("text", "item") and len(blocks[-1].lines) <= 4:
            text = joined(blocks[-1].lines)
            if _TABLE_CAPTION.match(text):
                self._here.blocks.remove(blocks[-1])
                return text
        return ""

    # ---- algorithms

    def _algorithm(self, regions: Sequence[Region]) -> None:
        self._above = None
        lines = [line for region in regions for line in region.lines]
        title = next((line for line in lines if ALGORITHM.search(line.text)), lines[0])
        self._drafts.append(Draft((*self._outline.path[:1], title.text), title.page))
        self._here.blocks.append(Block("flowchart", tuple(lines)))


def _announces(heading: Heading) -> bool:
    """Whether a heading says that recommendations follow."""
    return heading.family == "recommendation" or bool(recommendations.RECOMMENDATION_HEAD.match(heading.text))


def flat_header(header: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """One name per column from one or more header rows."""
    if not header:
        return ()
    names = []
    for column in zip(*header, strict=True):
        names.append(" ".join(dict.fromkeys(part for part in column if part)))
    return tuple(names)


def _mended_table(found: FoundTable, words: Counter[str]) -> FoundTable:
    def rows(cells: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(mended(cell, words) for cell in row) for row in cells)

    return replace(found, header=rows(found.header), rows=rows(found.rows))
