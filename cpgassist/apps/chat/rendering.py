"""An Answer as one turn of the chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import groupby
from typing import Any

from cpgassist.answering.summary import FAILED, SUMMARY
from cpgassist.apps.chat.evidence import PageSize, evidence, grades_of
from cpgassist.apps.chat.markup import badges, by_guideline, chip, chips, counted, edition_line, named, page_name, text
from cpgassist.errors import CpgassistError
from cpgassist.types import READ_BY_OCR, WITHOUT_MODEL, Answer, Citation, Findings, GuidelineInfo, Statement

HEADINGS = {
    "recommendation": "Recommendations",
    "table": "Table rows",
    "text": "From the text",
    "flowchart": "Algorithms",
    "figure": "Figures",
}
"""Heading over statements of a kind; other kinds stand with the text."""

WORDS = {
    "partial": "The guideline answers part of this.",
    "silent": "The guidelines here do not answer this.",
    "conflict": "The guidelines print different things. Both are shown.",
    "refused": "This is not a question for the guidelines.",
}
"""First words of an answer in each state (design/ux.md, section 2)."""

Chips = Callable[[Sequence[int]], str]
OLD_AFTER_YEARS = 5
NO_MODEL = "Answers are quoted, not written: no language model is loaded."
READING = "The model is reading these lines…"
CELLS = " | "
BULLETS = "•▪◦‣●■ "
"""Marks before a list item; the page shows them, and a list here has its own."""


def question_line(question: str, findings: Findings | None = None) -> str:
    """The question as its asker's bubble, with the findings that it was asked with."""
    asked = f"<p>{text(question)}</p>" if question else ""
    seen = ""
    if findings is not None:
        seen = (
            f'<p class="with-findings">With findings: {text(findings)}</p><p class="label">{text(findings.label)}</p>'
        )
    return f'<div class="question"><span class="sr">You asked: </span>{asked}{seen}</div>'


def pending_turn(
    turn: int,
    question: str,
    searched: int,
    pages: Sequence[Citation] = (),
    size: PageSize | None = None,
    findings: Findings | None = None,
    *,
    reading: bool = False,
) -> str:
    """The turn while the answer is awaited; with `pages`, those found so far are shown beside it.

    `reading` says that a model reads what was found.
    """
    words = READING if reading else f"Searching {counted(searched, 'guideline')}…"
    body = _wait(words)
    if pages and size is not None:
        numbers = chips(turn, [citation.n for citation in pages])
        body = (
            '<p class="wait"><span class="dots"></span>Still writing. The pages are already '
            '<span class="wide">on the right</span><span class="narrow">here</span>.</p>'
            f'<p class="pages-found">Pages found: {numbers}</p>{evidence(turn, pages, {}, size, checked=False)}'
        )
    return _turn(turn, "pending reading" if reading else "pending", question, body, findings)


def _wait(words: str) -> str:
    return f'<p class="wait"><span class="dots"></span>{words}</p>'


def error_turn(turn: int, question: str, error: CpgassistError, findings: Findings | None = None) -> str:
    """The turn of a question that could not be answered: what happened and what to do next."""
    step = f"<p>{text(error.next_step)}</p>" if error.next_step else ""
    again = '<p><a class="again" href="#ask">Ask again</a></p>'
    body = f'<div class="note error"><p><b>{text(error.message)}</b></p>{step}</div>{again}'
    return _turn(turn, "error", question, body, findings)


def answer_turn(turn: int, answer: Answer, searched: Sequence[GuidelineInfo], size: PageSize) -> str:
    """The turn of an answered, partly answered, unanswered or refused question, with its evidence."""
    marked = partial(chips, turn)
    parts = (
        asked_line(answer),
        check_line(answer, searched),
        "" if answer.complete else _wait(READING),
        _remarks(answer),
        _model_notes(answer),
        _state(answer, searched, marked),
        _bottom_line(answer, marked),
        _made_by(answer),
        _statements(answer, marked),
        _clarify(answer),
        _findings(answer, marked),
        _not_in_guideline(answer, searched),
        _sources(answer, turn),
        _warnings(answer),
        evidence(turn, answer.citations, grades_of(answer), size),
    )
    state = answer.status if answer.complete else f"{answer.status} reading"
    return _turn(turn, state, answer.question, "".join(parts), answer.findings)


def asked_line(answer: Answer) -> str:
    """What a follow-up question was asked as; "" for a question that was asked as typed."""
    return f'<p class="asked-as">Asked as: {text(answer.asked_as)}</p>' if answer.asked_as else ""


def check_line(answer: Answer, searched: Sequence[GuidelineInfo]) -> str:
    """`4 of 4 quotes found on the page · searched 3 guidelines (0.3 s)`, opening to how the answer came about."""
    checks = answer.checks
    spent = answer.seconds.get("total", sum(answer.seconds.values()))
    found = (
        f"{checks.quotes_found} of {counted(checks.quotes, 'quote')} found on the page · "
        if answer.citations and (checks.quotes or not checks.quotes_by_ocr)
        else ""
    )
    if checks.quotes_by_ocr:
        found += f"{counted(checks.quotes_by_ocr, 'quote')} read by OCR · "
    line = f"{found}searched {counted(len(searched), 'guideline')}"
    tone = "bad" if checks.quotes_found < checks.quotes or checks.withheld or checks.quotes_by_ocr else "good"
    return (
        f'<details class="checks {tone if found else "none"}"><summary>'
        f'<span class="line">{line[0].upper()}{line[1:]}</span> '
        f'<span class="time">({spent:.1f} s)</span></summary><dl>{_steps(answer, searched)}</dl></details>'
    )


def _steps(answer: Answer, searched: Sequence[GuidelineInfo]) -> str:
    checks = answer.checks
    rows = [("Searched", " · ".join(text(named(info)) for info in searched))]
    if checks.numbers:
        rows.append(("Numbers", f"{checks.numbers_found} of {checks.numbers} found in the quoted lines"))
    rows.append(("Written by", text(_writer(answer.models))))
    times = " · ".join(f"{text(stage)} {spent:.2f} s" for stage, spent in answer.seconds.items())
    rows += [("Time", times), ("Index", text(answer.index))]
    return "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows if value)


def _writer(models: Mapping[str, Any]) -> str:
    if not _quoted_only(models):
        return str(models["generator"])
    name = (models.get("model") or {}).get("name")
    return f"Quoted by code; nothing is from the language model {name}." if name else NO_MODEL


def _quoted_only(models: Mapping[str, Any]) -> bool:
    return bool(models.get("generator", "extractive") == "extractive")


def _made_by(answer: Answer) -> str:
    """Which model did what, and that code checked it."""
    if not answer.complete or _quoted_only(answer.models):
        return ""
    name = text(answer.models["generator"])
    line = answer.bottom_line
    wrote = f" The bottom line was written by {name}, and each of its sentences is carried by quoted lines."
    wrote = wrote if line is not None and line.kind == SUMMARY else ""
    picked = f"Lines picked by {name}, checked by code." if answer.statements else f"Read by {name}."
    return f'<p class="provenance">{picked}{wrote}</p>'


def _findings(answer: Answer, marked: Chips) -> str:
    """What a photo shows, as it was confirmed, each finding with the citations it led to."""
    seen = answer.findings
    if seen is None:
        return ""
    led = {item.text: [one.n for one in answer.citations if item.text in one.findings] for item in seen.items}
    items = "".join(
        f"<li>{text(item.text)}{f' ({text(item.certainty)})' if item.certainty else ''} "
        + (f'<span class="sr">led to </span>{marked(led[item.text])}' if led[item.text] else "")
        + "</li>"
        for item in seen.items
    )
    about = " · ".join(text(part) for part in (seen.image_type, seen.anatomy) if part)
    limits = f'<p class="about">Cannot be told from the photo: {text(seen.limitations)}</p>' if seen.limitations else ""
    return (
        f'<section class="findings"><h3>Findings searched with</h3>{f"<p>{about}</p>" if about else ""}'
        f"<ul>{items}</ul>{limits}</section>"
    )


def _model_notes(answer: Answer) -> str:
    """That the language model failed, above the lines that code picked instead."""
    if answer.status in ("silent", "refused"):
        return ""  # the state's own note holds it
    notes = "".join(f"<p>{text(line)}</p>" for line in answer.not_in_guideline if _of_the_model(line))
    return f'<div class="note warning model-failed">{notes}</div>' if notes else ""


def _of_the_model(line: str) -> bool:
    return line.startswith((WITHOUT_MODEL, FAILED))


def _state(answer: Answer, searched: Sequence[GuidelineInfo], marked: Chips) -> str:
    words = WORDS.get(answer.status)
    if words is None:
        return ""
    lines = [f"<p><b>{words}</b></p>"]
    if answer.status in ("silent", "refused"):
        said = [line.removeprefix(words).strip() for line in answer.not_in_guideline]
        said = [line for line in said if line]
        lines += [f"<p>{text(line)}</p>" for line in said]
        if answer.status == "silent" and not any("searched" in line.lower() for line in said):
            lines.append(f"<p>Searched: {_titles(searched)}.</p>")
        if answer.status == "silent" and answer.citations and not answer.statements:
            nearest = answer.citations[0]
            place = f"{text(named(nearest.guideline))}, {page_name(nearest.at)}"
            lines.append(f"<p>Closest page: {place} {marked([nearest.n])}</p>")
        if answer.status == "refused" and not said:
            lines.append("<p>Ask about a finding, a test, a drug or a dose.</p>")
    return f'<div class="note {answer.status}">{"".join(lines)}</div>'


def _remarks(answer: Answer) -> str:
    """Plain words on the question, above everything that is quoted."""
    return "".join(f'<p class="remark" role="note">{text(remark)}</p>' for remark in answer.remarks)


def _clarify(answer: Answer) -> str:
    """What the lines differ by and the question does not say."""
    if not answer.clarify:
        return ""
    asked = "".join(f"<li>{text(one)}</li>" for one in answer.clarify)
    return f'<section class="clarify"><h3>The lines differ by</h3><ul>{asked}</ul></section>'


def _told(statement: Statement) -> str:
    """What must be known of one line."""
    return "".join(f' <span class="applies">{text(remark)}</span>' for remark in statement.remarks)


def _titles(searched: Sequence[GuidelineInfo], limit: int = 4) -> str:
    names = "; ".join(text(named(info)) for info in searched[:limit])
    more = len(searched) - limit
    return f"{names} and {more} more" if more > 0 else names


def _bottom_line(answer: Answer, marked: Chips) -> str:
    line = answer.bottom_line
    if line is None:
        return ""
    same = next((one for one in answer.statements if one.text == line.text), line)
    origin = _origins(answer).get(line.citations[0], "") if line.citations else ""
    place = next((one for one in answer.citations if one.n in line.citations[:1]), None)
    under = f'<span class="under">{text(place.under)}</span>' if place and place.under else ""
    return (
        f'<div class="bottom-line"><h3 class="sr">Bottom line</h3><p>{_unbulleted(line.text)} '
        f"{marked(line.citations)}{badges(same.grade or line.grade, same.quotes)}{origin}{_told(same)}{under}</p></div>"
    )


def _kind(statement: Statement) -> str:
    if statement.kind == "table" or CELLS in statement.text:
        return "table"
    return statement.kind if statement.kind in HEADINGS else "text"


def _statements(answer: Answer, marked: Chips) -> str:
    first = answer.bottom_line.text if answer.bottom_line else None
    rest = [statement for statement in answer.statements if statement.text != first]
    origins = _origins(answer)
    places = {citation.n: citation for citation in answer.citations}
    parts = []
    for kind, group in groupby(rest, key=_kind):
        lines = list(group)
        rows = _tables(lines, places, marked) if kind == "table" else _list(lines, places, origins, marked)
        parts.append(f'<section class="{kind}"><h3>{HEADINGS[kind]}</h3>{rows}</section>')
    return "".join(parts)


def _origins(answer: Answer) -> dict[int, str]:
    """For each citation the name of its guideline, when more than one is cited: doses differ between editions."""
    if len(by_guideline(answer.citations)) < 2:
        return {}
    return {one.n: f' <span class="origin">{text(named(one.guideline))}</span>' for one in answer.citations}


def _unbulleted(line: str) -> str:
    return text(line.lstrip(BULLETS))


def _list(
    statements: list[Statement], places: Mapping[int, Citation], origins: Mapping[int, str], marked: Chips
) -> str:
    """Items as lists, each under its heading and lead-in: "The dose is 5 mg" says of what only there."""

    def above(one: Statement) -> tuple[str, ...]:
        place = places.get(one.citations[0]) if one.citations else None
        return (place.under, *one.lead) if place is not None and place.under else one.lead

    parts = []
    for lines, group in groupby(statements, key=above):
        items = "".join(
            f"<li>{_unbulleted(one.text)} {marked(one.citations)}{badges(one.grade, one.quotes)}"
            f"{origins.get(one.citations[0], '') if one.citations else ''}{_told(one)}</li>"
            for one in group
        )
        leads = "".join(f'<p class="lead">{_unbulleted(line)}</p>' for line in lines)
        parts.append(f"{leads}<ul>{items}</ul>")
    return "".join(parts)


def _tables(statements: list[Statement], places: Mapping[int, Citation], marked: Chips) -> str:
    """One table for the rows of one page under one header: rows of different tables or editions never stand in one."""

    def page(statement: Statement) -> tuple[str, tuple[str, ...]]:
        citation = places.get(statement.citations[0]) if statement.citations else None
        place = f"{text(named(citation.guideline))}, {page_name(citation.at)}" if citation else "the page"
        return place, statement.lead

    return "".join(_table(list(group), place, marked) for (place, _), group in groupby(statements, key=page))


def _table(statements: list[Statement], place: str, marked: Chips) -> str:
    split = [_cells(one.text) for one in statements]
    header, named_by = _header(statements[0].lead)
    columns = max(map(len, [header, *split]))
    # A row without its empty cells cannot be set under a header: which cell is missing is not known here.
    fits = bool(header) and all(len(cells) == len(header) for cells in split)
    head = "".join(f"<th>{text(cell)}</th>" for cell in header) + "<th></th>" if fits else ""
    above = [] if fits or not header else [CELLS.join(header)]
    # What is said of every row stands once, over the table.
    shared = [remark for remark in statements[0].remarks if all(remark in one.remarks for one in statements)]
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{_labelled(header[i]) if fits else ''}>{text(cell)}</td>"
            for i, cell in enumerate([*cells, *[""] * (columns - len(cells))])
        )
        + f'<td class="refs">{marked(one.citations)}{badges(one.grade, one.quotes)}</td></tr>'
        + "".join(
            f'<tr class="told"><td colspan="{columns + 1}">{text(remark)}</td></tr>'
            for remark in one.remarks
            if remark not in shared
        )
        for cells, one in zip(split, statements, strict=True)
    )
    leads = "".join(f'<p class="lead">{_unbulleted(line)}</p>' for line in (*above, *named_by))
    leads += "".join(f'<p class="applies">{text(remark)}</p>' for remark in shared)
    table = f"<table>{f'<thead><tr>{head}</tr></thead>' if head else ''}<tbody>{rows}</tbody></table>"
    return f'{leads}<div class="rows">{table}</div><p class="about">Copied cell by cell from {place}.</p>'


def _labelled(name: str) -> str:
    """A cell's column name, which stands before it where a phone shows a row as a list."""
    return f' data-label="{text(name)}"'


def _header(lead: Sequence[str]) -> tuple[list[str], list[str]]:
    """The cells of the header row, and the row that names the group below it."""
    header = next((line for line in lead if CELLS in line), "")
    return _cells(header) if header else [], [line for line in lead if line != header]


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|")]


def _not_in_guideline(answer: Answer, searched: Sequence[GuidelineInfo]) -> str:
    if answer.status in ("silent", "refused"):
        return ""
    if not answer.complete:
        return ""
    lines = [text(line) for line in answer.not_in_guideline if not _of_the_model(line)]
    withheld = answer.checks.withheld
    if withheld:
        whose = "its quote was" if withheld == 1 else "their quotes were"
        lines.append(f"{counted(withheld, 'sentence')} removed: {whose} not found on the page.")
    if not lines:
        lines = [f"Nothing more was found in the {counted(len(searched), 'guideline')} searched."]
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f'<section class="absent"><h3>Not in the guideline</h3><ul>{items}</ul></section>'


def _sources(answer: Answer, turn: int) -> str:
    if answer.status == "silent" and not answer.statements:
        return ""  # the closest page is named above, and is no source of an answer
    lines = []
    for citations in by_guideline(answer.citations).values():
        info = citations[0].guideline
        pages = {citation.at.page: citation for citation in reversed(citations)}
        places = " · ".join(f"{page_name(pages[page].at)} {chip(turn, pages[page].n)}" for page in sorted(pages))
        about = " · ".join(part for part in (edition_line(info), _age(info)) if part)
        lines.append(f"<li><b>{text(info.title)}</b>{f' · {about}' if about else ''}<br>{places}</li>")
    return f'<section class="sources"><h3>Source</h3><ul>{"".join(lines)}</ul></section>' if lines else ""


def _age(info: GuidelineInfo) -> str:
    years = date.today().year - info.published if info.published else 0
    return f'<span class="old">This edition is {years} years old.</span>' if years > OLD_AFTER_YEARS else ""


def _warnings(answer: Answer) -> str:
    warnings = [*answer.warnings, *_ocr_warning(answer)]
    return "".join(f'<div class="note warning"><p>{text(warning)}</p></div>' for warning in warnings)


def _ocr_warning(answer: Answer) -> list[str]:
    """What stands under an answer that quotes a scan, the numbers that OCR was unsure of named."""
    unsure = dict.fromkeys(number for citation in answer.citations for number in citation.uncertain)
    if not any(citation.ocr_note for citation in answer.citations):
        return []
    return [READ_BY_OCR + (f" Uncertain: {', '.join(unsure)}." if unsure else "")]


def _turn(turn: int, state: str, question: str, body: str, findings: Findings | None = None) -> str:
    return (
        f'<div class="turn {state}" id="turn-{turn}">{question_line(question, findings)}'
        f'<div class="reply"><h2 class="sr">Answer</h2>{body}</div></div>'
    )
