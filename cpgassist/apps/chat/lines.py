"""The lines of an answer: lists under their headings and lead-ins, and table rows under their header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from cpgassist.apps.chat.markup import Chips, badges, line_of, page_name, text, told, unbulleted
from cpgassist.apps.language.malay import said
from cpgassist.apps.language.words import ANSWER, EVIDENCE
from cpgassist.apps.layers import Pairs, grouped, layers
from cpgassist.apps.wording import (
    CELLS,
    HEADINGS,
    above,
    by_guideline,
    cells_of,
    header_of,
    kind_of,
    named,
    said_of_all,
)
from cpgassist.types import Answer, Citation, Statement


def statements(answer: Answer, marked: Chips, pairs: Pairs = ()) -> str:
    """Every line that does not stand above already: as the bottom line or, but for rows of tables, where lines differ."""
    named_by = origins(answer)
    places = {citation.n: citation for citation in answer.citations}

    def section(name: str, lines: list[Statement]) -> str:
        rows = "".join(
            _tables(group, places, marked) if is_table else _list(group, places, named_by, marked)
            for is_table, group in grouped(lines, lambda one: kind_of(one) == "table")
        )
        return f'<section class="{name.replace(" ", "-")}"><h3>{said(HEADINGS[name])}</h3>{rows}</section>'

    return "".join(section(name, lines) for name, lines in layers(answer, pairs))


def origins(answer: Answer) -> dict[int, str]:
    """For each citation the name of its guideline, when more than one is cited: doses differ between editions.

    That an edition is superseded stands there in any case.
    """
    several = len(by_guideline(answer.citations)) > 1
    origin = {}
    for citation in answer.citations:
        info = citation.guideline
        name = f' <span class="origin">{text(named(info))}</span>' if several else ""
        old = f' <span class="old">{EVIDENCE["superseded"]}</span>' if info.superseded_by else ""
        origin[citation.n] = name + old
    return origin


def _list(lines: list[Statement], places: Mapping[int, Citation], named_by: Mapping[int, str], marked: Chips) -> str:
    """Items as lists, each under its heading and lead-in."""
    parts = []
    for leading, group in groupby(lines, key=lambda one: above(one, places)):
        items = "".join(
            f"<li>{line_of(one)} {marked(one.citations)}{badges(one.grade, one.quotes)}"
            f"{named_by.get(one.citations[0], '') if one.citations else ''}{told(one)}</li>"
            for one in group
        )
        leads = "".join(f'<p class="lead">{unbulleted(line)}</p>' for line in leading)
        parts.append(f"{leads}<ul>{items}</ul>")
    return "".join(parts)


def _tables(rows: list[Statement], places: Mapping[int, Citation], marked: Chips) -> str:
    """One table for the rows of one page under one header: rows of different tables or editions never stand in one."""

    def page(statement: Statement) -> tuple[str, tuple[str, ...]]:
        citation = places.get(statement.citations[0]) if statement.citations else None
        place = f"{text(named(citation.guideline))}, {page_name(citation.at)}" if citation else ANSWER["the_page"]
        return place, statement.lead

    return "".join(_table(group, place, marked) for (place, _), group in grouped(rows, page))


def _table(lines: list[Statement], place: str, marked: Chips) -> str:
    split = [cells_of(one.text) for one in lines]
    header, named_by = header_of(lines[0].lead)
    columns = max(map(len, [header, *split]))
    # A row without its empty cells cannot be set under a header: which cell is missing is not known here.
    fits = [bool(header) and len(cells) == len(header) for cells in split]
    headed = any(fits)
    # What is said of every row stands once: remarks over the table, citations (its header's) under it.
    shared = said_of_all(lines)
    common = [n for n in lines[0].citations if len(lines) > 1 and all(n in one.citations for one in lines)]
    rows = "".join(
        f"<tr>{_row(cells, header, columns, headed, fit)}"
        f'<td class="refs">{marked([n for n in one.citations if n not in common])}{badges(one.grade, one.quotes)}</td></tr>'
        + "".join(
            f'<tr class="told"><td colspan="{columns + 1}">{text(said(remark))}</td></tr>'
            for remark in one.remarks
            if remark not in shared
        )
        for cells, fit, one in zip(split, fits, lines, strict=True)
    )
    head = "".join(f"<th>{text(cell)}</th>" for cell in header) + "<td></td>"
    unset = [] if headed or not header else [CELLS.join(header)]
    leads = "".join(f'<p class="lead">{unbulleted(line)}</p>' for line in (*unset, *named_by))
    leads += "".join(f'<p class="applies">{text(said(remark))}</p>' for remark in shared)
    table = f"<table>{f'<thead><tr>{head}</tr></thead>' if headed else ''}<tbody>{rows}</tbody></table>"
    return (
        f'{leads}<div class="rows">{table}</div><p class="about">{ANSWER["copied"].format(place)} {marked(common)}</p>'
    )


def _row(cells: Sequence[str], header: Sequence[str], columns: int, headed: bool, fits: bool) -> str:
    """A row's cells; in a table with a header one that has fewer stands whole, under no column."""
    if headed and not fits:
        return f'<td class="whole" colspan="{columns}">{text(CELLS.join(cells))}</td>'
    filled = [*cells, *[""] * (columns - len(cells))]
    return "".join(
        f"<td>{_labelled(header[at]) if headed and cell else ''}{text(cell)}</td>" for at, cell in enumerate(filled)
    )


def _labelled(name: str) -> str:
    """A cell's column name, which stands before it where a phone shows a row as a list."""
    return f'<span class="column">{text(name)}: </span>' if name else ""
