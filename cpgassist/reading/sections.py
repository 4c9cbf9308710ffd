"""Regions of all pages -> sections of blocks: headings, paragraphs, recommendations, tables, algorithms; contents lists
and reference lists told apart so that they stay out of search."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from cpgassist.reading import recommendations
from cpgassist.reading.blocks import mended, paragraphs, starts_item, unbroken, vocabulary
from cpgassist.reading.drafts import Draft, joined
from cpgassist.reading.figures import ALGORITHM, is_algorithm
from cpgassist.reading.headings import CONTENTS, REFERENCES, Heading, Outline, as_heading, body_size
from cpgassist.reading.margins import Mark, marked
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
    table_statements,
)
from cpgassist.reading.tables import FoundTable, as_table, continued
from cpgassist.types import Block, Line, Section, Table

_TABLE_CAPTION = re.compile(
    r"^(?:TABLE|TABEL|JADUAL|APPENDIX|LAMPIRAN|CPG TABLE)\s*(?:\d|[A-Z](?:\d|\b))", re.IGNORECASE
)
_CONTENTS_ENTRY = re.compile(r"(?:\.{3,}|…{2,}|_{3,}|(?:\.\s){3,}|\s)\s*(?:\d{1,3}|[ivxlc]{1,6})\s*$", re.IGNORECASE)
_LEADERS = re.compile(r"\.{4,}|…{2,}|(?:\.\s){4,}")
_CITATION = re.compile(
    r"\bet al\b|\bdoi\b|https?:|\bwww\.|\(\d{4}[a-z]?\)|\b(?:19|20)\d\d\s*(?:[;:,]|\w{3}\b)|;\s*\d+\s*[(:]|\bJ(?:ournal)?\b"
    r"|\b(?:Lancet|BMJ|JAMA|Cochrane|PLoS|Clin|Med)\b|\bpp?\.\s*\d|available (?:from|at)|accessed|retrieved",
    re.IGNORECASE,
)


def build_sections(pages: Sequence[PageContent]) -> tuple[tuple[Section, ...], dict[int, str]]:
    """The sections of a document in reading order, and the label printed on each page."""
    edges = [PageLines(page.number, page.width, page.height, _prose_lines(page)) for page in pages]
    running, labels = running_lines(edges), printed_labels(edges)
    words = vocabulary(line for page in edges for line in page.lines)
    body = body_size(line for page in edges for line in page.lines if line not in running)
    reader = _Reader(words, body)
    for page in pages:
        reader.read(page, running)
    return reader.sections(), labels


def _prose_lines(page: PageContent) -> list[Line]:
    return [line for region in page.regions if region.kind != "table" for line in region.lines]


class _Reader:
    """Walks the pages and keeps the place in the outline."""

    def __init__(self, words: Counter[str], body: float) -> None:
        self._words, self._body = words, body
        self._outline = Outline()
        self._drafts = [Draft((), 1)]
        self._above: FoundTable | None = None
        """The last table, when nothing but running heads has come since."""

    def sections(self) -> tuple[Section, ...]:
        return tuple(Section(d.path, d.page, tuple(d.blocks)) for d in self._drafts if d.blocks or d.path)

    @property
    def _here(self) -> Draft:
        return self._drafts[-1]

    def read(self, page: PageContent, running: set[Line]) -> None:
        """Add one page."""
        kept = []
        for region in page.regions:
            lines = [line for line in region.lines if line not in running]
            heads = [line for line in region.lines if line in running]
            if heads:
                self._here.blocks.append(Block("running_head", tuple(heads)))
            if lines or region.table is not None:
                kept.append(replace(region, lines=lines))
        if is_algorithm(page.drawn, kept):
            self._algorithm(kept)
            return
        for region in kept:
            if region.table is not None:
                self._table(region)
            elif region.kind == "box":
                self._above = None
                outer = self._outline.place()
                self._box(unbroken(region.lines, self._words), region.marks)
                self._leave_box(outer)
            else:
                self._above = None
                self._prose(unbroken(region.lines, self._words), region.marks)

    # ---- running text

    def _prose(self, lines: Sequence[Line], marks: Sequence[Mark] = ()) -> None:
        pending: list[list[Line]] = []
        for group, mark in marked(_with_wrapped_headings(paragraphs(lines)), marks):
            heading = as_heading(group, self._body, alone=True)
            if mark is not None:
                self._statements(pending)
                pending = []
                add_marked(self._here, group, mark)
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
            return bool(_CONTENTS_ENTRY.search(text)) or group[0].page == self._here.page
        return self._here.kind == "reference_list" and bool(_CITATION.search(text))

    def _enter(self, heading: Heading, group: Sequence[Line]) -> None:
        text = heading.text
        if CONTENTS.match(text):
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
        if here.kind == "toc" and (_CONTENTS_ENTRY.search(text) or _LEADERS.search(text) or len(text) < 80):
            return "toc"
        if len(_LEADERS.findall(text)) >= 1 and _CONTENTS_ENTRY.search(text):
            return "toc"
        if here.kind == "reference_list":
            return "reference_list"
        return "text"

    # ---- boxes

    def _box(self, lines: Sequence[Line], marks: Sequence[Mark] = ()) -> None:
        if marks:
            self._prose(lines, marks)
            return
        groups = paragraphs(lines)
        announced = any(recommendations.RECOMMENDATION_HEAD.match(joined(group)) for group in groups[:2])
        graded = grades_strength(groups)
        first = as_heading(groups[0], self._body, alone=True) if groups else None
        if first is not None and len(groups) > 1 and _announces(first):
            self._enter(first, groups[0])
            announced, groups = True, groups[1:]
        if self._here.kind == "reference_list" and not announced:
            self._statements(groups)
        elif announced or graded or self._here.recommends:
            add_recommendations(self._here, groups)
        else:
            self._prose(lines)

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
        if self._here.kind == "toc" and any(_CONTENTS_ENTRY.search(line.text) for line in region.lines):
            self._here.blocks.append(Block("toc", tuple(region.lines)))
            return
        header = flat_header(found.header)
        lines = [replace(line, text=mended(line.text, self._words)) for line in region.lines]
        body = lines[len(lines) - len(found.rows) :]
        if found.header and recommendations.holds_recommendations(header):
            for row, line in zip(found.rows, body, strict=True):
                table = Table(caption, found.header, (row,), found.reliable)
                self._here.blocks += table_statements(table, header, line)
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
        lines = [line for region in regions for line in unbroken(region.lines, self._words)]
        title = next((line for line in lines if ALGORITHM.search(line.text)), lines[0])
        self._drafts.append(Draft((*self._outline.path[:1], title.text), title.page))
        self._here.blocks.append(Block("flowchart", tuple(lines)))


def _announces(heading: Heading) -> bool:
    """Whether a heading says that recommendations follow."""
    text = heading.text
    named = recommendations.RECOMMENDATION_HEAD.match(text) and not recommendations.whole_grade(text)
    return heading.family == "recommendation" or bool(named) or recommendations.head_grade(text) is not None


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


def _with_wrapped_headings(groups: Sequence[list[Line]]) -> list[list[Line]]:
    """Groups with a heading that wraps over two paragraphs of one style joined, and a run-in heading line split off."""
    result: list[list[Line]] = []
    for group in groups:
        head = _leading_heading(group)
        result += [group[:head], group[head:]] if 0 < head < len(group) else [group]
    return result


def _leading_heading(group: Sequence[Line]) -> int:
    """How many lines at the start of a paragraph are bold while the rest is not: a heading without space below."""
    count = 0
    while count < len(group) and group[count].bold:
        count += 1
    if 0 < count < len(group) and recommendations.runs_on(group[count - 1].text, group[count].text):
        # A statement in bold whose grade ends on the next line is no heading.
        return 0
    return count if count <= 3 else 0
