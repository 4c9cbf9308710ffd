"""An Answer becomes a Document: the same parts in the same order as in the chat, then the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from cpgassist.answering.summary import SUMMARY
from cpgassist.answering.urgency import is_urgent
from cpgassist.apps.export.blocks import (
    Block,
    Bullets,
    Document,
    Heading,
    Look,
    Paragraph,
    Row,
    Rows,
    Run,
    Runs,
    visible,
)
from cpgassist.apps.export.evidence import evidence
from cpgassist.apps.export.pictures import Pages
from cpgassist.apps.wording import (
    BULLETS,
    CELLS,
    HEADINGS,
    NO_MODEL,
    WORDS,
    above,
    act_now,
    age,
    by_guideline,
    cells_of,
    counted,
    edition_line,
    header_of,
    kind_of,
    named,
    ocr_warning,
    of_the_model,
    page_name,
    quoted_only,
    said_of_all,
)
from cpgassist.editions import cautions
from cpgassist.types import Answer, Citation, GuidelineInfo, Statement

FOOTER = "For clinicians. Check the page before you act."
DISCLAIMER = (
    "Quotes, table rows and grades are copied from the guidelines named here; code found them again on the page unless "
    "it says otherwise. Nothing was converted or calculated. This file is not a prescription, an order or a diagnosis, "
    "and it does not replace clinical judgement: read the cited page, whether it applies to the patient, and whether a "
    "newer edition exists, before you act. It may name a patient's findings: handle it as you would a patient's record."
)
MOST_COLUMNS = 12  # of a table that can be read on a page; a wider row stands as its line
_UNFINISHED = "The language model was still reading when this was saved: the bottom line may have changed since."


def compose(answer: Answer, pages: Pages | None, today: date) -> Document:
    """All that an exported answer says; `today` is the date that editions are compared with.

    Without `pages` it is what the answer says alone: no evidence, and nothing of a file.
    """
    question = visible(answer.question) or "Findings, without a question"
    blocks: list[Block] = [Heading(question, 1)]
    for part in (
        _asked(answer),
        _findings(answer),
        _state(answer),
        _notes(answer),
        _bottom_line(answer),
        _statements(answer),
        _clarify(answer),
        _not_in_guideline(answer),
        _sources(answer, today),
        () if pages is None else evidence(answer, pages),
        () if pages is None else _about(answer, today),
    ):
        blocks += part
    return Document(question, today, tuple(blocks), FOOTER)


def said(words: object, look: Look = "plain") -> Paragraph:
    """A paragraph of one emphasis."""
    return Paragraph((Run(visible(words)),), look)


def marks(numbers: Iterable[int]) -> Iterator[Run]:
    """` [1][2]`, each leading to its evidence."""
    yield Run(" ")
    yield from (Run(f"[{n}]", "mark", n) for n in numbers)


def grades(grade: str | None, quotes: str = "") -> Iterator[Run]:
    """The parts of a grade as printed, and the body that it is quoted from."""
    for part in (part.strip() for part in (grade or "").split(CELLS)):
        if part:
            yield Run(" ")
            yield Run(visible(part), "grade")
    if quotes:
        yield Run(f" quoted from {visible(quotes)}", "quiet")


def _asked(answer: Answer) -> Iterator[Block]:
    if answer.asked_as:
        yield said(f"Asked as: {answer.asked_as}", "quiet")


def _findings(answer: Answer) -> Iterator[Block]:
    """What a photo shows, as it was confirmed, each finding with the citations that it led to; never the photo."""
    seen = answer.findings
    if seen is None:
        return
    yield Heading("Findings searched with", 2)
    yield said(seen.label, "warning")
    about = " · ".join(part for part in (seen.image_type, seen.anatomy) if part)
    if about:
        yield said(about)
    items = []
    for item in seen.items:
        led = [one.n for one in answer.citations if item.text in one.findings]
        certainty = f" ({item.certainty})" if item.certainty else ""
        items.append((Run(visible(item.text + certainty)), *([Run(", led to"), *marks(led)] if led else [])))
    if items:
        yield Bullets(tuple(items))
    if seen.limitations:
        yield said(f"Cannot be told from the photo: {seen.limitations}", "quiet")
    if seen.refused:
        yield said(seen.refused, "warning")
    for note in seen.notes:
        yield said(note, "quiet")


def _state(answer: Answer) -> Iterator[Block]:
    """The first words of the state, and what was checked."""
    words = WORDS.get(answer.status)
    if words is not None:
        lines = [words]
        if _unanswered(answer):
            lines += [rest for line in answer.not_in_guideline if (rest := line.removeprefix(words).strip())]
        if answer.status == "silent" and answer.citations and not answer.statements:
            nearest = answer.citations[0]
            lines.append(f"Closest page: {named(nearest.guideline)}, {page_name(nearest.at)} [{nearest.n}]")
        yield Paragraph((Run(lines[0], "strong"),), "note")
        yield from (said(line, "note") for line in lines[1:])
    checked = check_line(answer)
    if checked:
        yield said(checked, "quiet")


def check_line(answer: Answer) -> str:
    """`4 of 4 quotes found on the page · 2 of 2 numbers found in the quoted lines`; "" where nothing was to check."""
    checks, parts = answer.checks, []
    if answer.citations and checks.quotes:
        parts.append(f"{checks.quotes_found} of {counted(checks.quotes, 'quote')} found on the page")
    if checks.quotes_by_ocr:
        parts.append(f"{counted(checks.quotes_by_ocr, 'quote')} read by OCR")
    if checks.numbers:
        parts.append(f"{checks.numbers_found} of {counted(checks.numbers, 'number')} found in the quoted lines")
    return " · ".join(parts)


def _notes(answer: Answer) -> Iterator[Block]:
    """Plain words on the question, and what must be known of the model, the index and the editions."""
    if not answer.complete:
        yield said(_UNFINISHED, "warning")
    yield from (said(remark, "note") for remark in answer.remarks)
    if not _unanswered(answer):
        yield from (said(line, "warning") for line in answer.not_in_guideline if of_the_model(line))
    yield from (said(warning, "warning") for warning in (*answer.warnings, ocr_warning(answer)) if warning)


def _unanswered(answer: Answer) -> bool:
    """Whether the words on the state hold all that there is to say."""
    return answer.status in ("silent", "refused")


# ---- what the guidelines say


def _bottom_line(answer: Answer) -> Iterator[Block]:
    line = answer.bottom_line
    if line is None:
        return
    same = _same(answer) or line
    place = next((one for one in answer.citations if one.n in line.citations[:1]), None)
    yield Heading(HEADINGS["act now"] if is_urgent(line) else "Bottom line", 2)
    yield Paragraph(
        (
            Run(_unbulleted(line.text), "strong"),
            *marks(line.citations),
            *grades(same.grade or line.grade, same.quotes),
            *_origin(answer, line),
        ),
        "bottom line",
    )
    yield from (said(remark, "warning") for remark in same.remarks)
    if place and place.under:
        yield said(place.under, "quiet")
    yield from _made_by(answer)


def _same(answer: Answer) -> Statement | None:
    """The statement that is the bottom line, which is not said twice."""
    line = answer.bottom_line
    alike = [one for one in answer.statements if line is not None and one.text == line.text]
    cited = [one for one in alike if line is not None and one.citations == line.citations]
    graded = [one for one in cited if line is not None and one.grade == line.grade]
    return next(iter([*graded, *cited, *alike]), None)


def _made_by(answer: Answer) -> Iterator[Block]:
    """Which model did what, and that code checked it."""
    if not answer.complete or quoted_only(answer.models):
        return
    name = answer.models["generator"]
    picked = f"Lines picked by {name}, checked by code." if answer.statements else f"Read by {name}."
    wrote = f" The bottom line was written by {name}, and each of its sentences is carried by quoted lines."
    line = answer.bottom_line
    yield said(picked + (wrote if line is not None and line.kind == SUMMARY else ""), "quiet")


def _statements(answer: Answer) -> Iterator[Block]:
    same = _same(answer)
    places = {citation.n: citation for citation in answer.citations}
    urgent, rest = act_now(statement for statement in answer.statements if statement is not same)
    heads = [("act now", urgent)] if urgent else []
    for name, under in (*heads, *((kind, list(group)) for kind, group in groupby(rest, key=kind_of))):
        yield Heading(HEADINGS[name], 2)
        for kind, group in groupby(under, key=kind_of):
            yield from _tables(list(group), places) if kind == "table" else _lists(answer, list(group), places)


def _lists(answer: Answer, statements: list[Statement], places: Mapping[int, Citation]) -> Iterator[Block]:
    """Items as lists, each under its heading and lead-in."""
    for leads, group in groupby(statements, key=lambda one: above(one, places)):
        yield from (Paragraph((Run(_unbulleted(lead)),), "lead") for lead in leads)
        yield Bullets(tuple(_item(answer, one) for one in group))


def _item(answer: Answer, one: Statement) -> Runs:
    return (
        Run(_unbulleted(one.text)),
        *marks(one.citations),
        *grades(one.grade, one.quotes),
        *_origin(answer, one),
        *(Run(f" {visible(remark)}", "strong") for remark in one.remarks),
    )


def _origin(answer: Answer, one: Statement) -> Iterator[Run]:
    """The guideline of a line, when more than one is cited: doses differ between editions."""
    if len(by_guideline(answer.citations)) > 1 and one.citations:
        info = next((cited.guideline for cited in answer.citations if cited.n == one.citations[0]), None)
        if info is not None:
            yield Run(f" {visible(named(info))}", "quiet")


def _unbulleted(line: str) -> str:
    return visible(line.lstrip(BULLETS))


def _tables(statements: list[Statement], places: Mapping[int, Citation]) -> Iterator[Block]:
    """One table for the rows of one page under one header: rows of different tables or editions never stand in one."""

    def page(statement: Statement) -> tuple[str, tuple[str, ...]]:
        citation = places.get(statement.citations[0]) if statement.citations else None
        return f"{named(citation.guideline)}, {page_name(citation.at)}" if citation else "the page", statement.lead

    for (place, _), group in groupby(statements, key=page):
        yield from _table(list(group), place)


def _table(statements: list[Statement], place: str) -> Iterator[Block]:
    split = [cells_of(one.text) for one in statements]
    lead = statements[0].lead
    header, named_by = header_of(lead)
    # A row without its empty cells cannot be set under a header: which cell is missing is not known here.
    fits = bool(header) and all(len(cells) == len(header) for cells in split)
    leading = named_by if fits else lead
    shared = said_of_all(statements)
    columns = max(map(len, split))
    if columns > MOST_COLUMNS:
        yield from (Paragraph((Run(_unbulleted(line)),), "lead") for line in lead)
        yield Bullets(tuple((Run(visible(one.text)), *marks(one.citations), *grades(one.grade)) for one in statements))
        return
    rows: list[Row] = []
    for cells, one in zip(split, statements, strict=True):
        refs = [*marks(one.citations), *grades(one.grade, one.quotes)][1:]  # no blank before the first
        filled = [*cells, *[""] * (columns - len(cells))]
        rows.append(Row((*((Run(visible(cell)),) for cell in filled), tuple(refs))))
        rows += [Row(((Run(visible(told), "strong"),),), spans=True) for told in one.remarks if told not in shared]
    yield from (Paragraph((Run(_unbulleted(line)),), "lead") for line in leading)
    yield from (said(remark, "warning") for remark in shared)
    yield Rows((*map(visible, header), "Cited") if fits else (), tuple(rows))
    yield said(f"Copied cell by cell from {place}.", "quiet")


# ---- what they do not say, and where all of it is from


def _clarify(answer: Answer) -> Iterator[Block]:
    """What the lines differ by and the question does not say."""
    if answer.clarify:
        yield Heading("The lines differ by", 2)
        yield Bullets(tuple((Run(visible(one)),) for one in answer.clarify))


def _not_in_guideline(answer: Answer) -> Iterator[Block]:
    if _unanswered(answer) or not answer.complete:
        return
    lines = [line for line in answer.not_in_guideline if not of_the_model(line)]
    withheld = answer.checks.withheld
    if withheld:
        lines.append(f"{withheld} withheld: not found again on the page, or not carried by the quoted lines.")
    yield Heading("Not in the guideline", 2)
    yield Bullets(tuple((Run(visible(line)),) for line in lines or ["Nothing more was found in what was searched."]))


def _sources(answer: Answer, today: date) -> Iterator[Block]:
    if not answer.citations:
        return
    yield Heading("Sources", 2)
    items = []
    for citations in by_guideline(answer.citations).values():
        info = citations[0].guideline
        about = [visible(part) for part in (edition_line(info), *_edition_notes(info, today)) if part]
        items.append(
            (
                Run(visible(info.title), "strong"),
                *(Run(f" · {part}") for part in about),
                Run(" · "),
                *_places(citations),
            )
        )
    yield Bullets(tuple(items))


def _places(citations: list[Citation]) -> Iterator[Run]:
    """`page 10 (printed 3) [4][7]; page 12 (printed 5) [1]`."""
    pages = sorted({citation.at.page: citation.at for citation in citations}.items())
    for at, (page, place) in enumerate(pages):
        yield Run(f"{'; ' if at else ''}{visible(page_name(place))}")
        yield from marks(citation.n for citation in citations if citation.at.page == page)


def _edition_notes(info: GuidelineInfo, today: date) -> list[str]:
    replaced = "A newer edition is in the same corpus." if info.superseded_by else ""
    return [age(info, today), replaced, *cautions(info, {}, today)]


def _about(answer: Answer, today: date) -> Iterator[Block]:
    """Who made this file, of what, and what it is not."""
    yield Heading("About this file", 2)
    rows: Sequence[tuple[str, str]] = [
        ("Saved", today.isoformat()),
        ("Index", answer.index),
        *((name, value) for name, value in _models(answer.models)),
    ]
    yield Bullets(tuple((Run(f"{visible(name)}: "), Run(visible(value))) for name, value in rows if value))
    yield said(FOOTER, "warning")
    yield said(DISCLAIMER, "quiet")


def _models(models: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    model = models.get("model") or {}
    name = " ".join(str(model[key]) for key in ("name", "revision", "dtype", "backend") if model.get(key))
    if not quoted_only(models):
        yield "Lines picked by", str(models["generator"])
    elif name:
        yield "Lines picked by", "code; nothing is from the language model"
    if name:
        yield "Language model", name
    elif quoted_only(models):
        yield "Language model", f"none. {NO_MODEL}"
    yield "Search model", str(models.get("embedder", ""))
