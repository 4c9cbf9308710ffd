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
from cpgassist.apps.language.malay import said as told
from cpgassist.apps.language.words import ANSWER, CHECKS, CLARIFY, DIFFER, EVIDENCE, EXPORT, TURN, counted, spoken
from cpgassist.apps.layers import ACT_NOW, Pairs, Side, bottom_statement, grouped, is_open, layers, sides
from cpgassist.apps.wording import (
    BULLETS,
    CELLS,
    HEADINGS,
    NO_MODEL,
    above,
    age,
    by_guideline,
    cells_of,
    edition_line,
    header_of,
    kind_of,
    named,
    ocr_warning,
    of_the_model,
    page_name,
    quoted_only,
    said_of_all,
    state_words,
)
from cpgassist.editions import cautions
from cpgassist.types import DRAWN_KINDS, Answer, Citation, GuidelineInfo, Locator, Statement

MOST_COLUMNS = 12  # of a table that can be read on a page; a wider row stands as its line


def compose(answer: Answer, pages: Pages | None, today: date) -> Document:
    """All that an exported answer says, in the language that is spoken; `today` is what editions are compared with.

    Without `pages` it is what the answer says alone: no evidence, and nothing of a file.
    """
    question = visible(answer.question) or EXPORT["no_question"]
    pairs = sides(answer)
    asked_of = is_open(answer, pairs)
    blocks: list[Block] = [Heading(question, 1)]
    for part in (
        _asked(answer),
        _findings(answer),
        _state(answer),
        _notes(answer),
        _differ(pairs) if asked_of else _bottom_line(answer),
        _made_by(answer),
        _statements(answer, pairs),
        () if asked_of else _differ(pairs),
        _clarify(answer),
        _not_in_guideline(answer),
        _sources(answer, today),
        () if pages is None else evidence(answer, pages),
        () if pages is None else _about(answer, today),
    ):
        blocks += part
    return Document(question, today, tuple(blocks), EXPORT["footer"], spoken())


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
        yield Run(f" {ANSWER['quoted_from'].format(visible(quotes))}", "quiet")


def _asked(answer: Answer) -> Iterator[Block]:
    if answer.asked_as:
        yield said(f"{TURN['asked_as']}{answer.asked_as}", "quiet")


def _findings(answer: Answer) -> Iterator[Block]:
    """What a photo shows, as it was confirmed, each finding with the citations that it led to; never the photo."""
    seen = answer.findings
    if seen is None:
        return
    yield Heading(ANSWER["findings"], 2)
    yield said(told(seen.label), "warning")
    about = " · ".join(part for part in (seen.image_type, seen.anatomy) if part)
    if about:
        yield said(about)
    items = []
    for item in seen.items:
        led = [one.n for one in answer.citations if item.text in one.findings]
        certainty = f" ({told(item.certainty)})" if item.certainty else ""
        items.append(
            (Run(visible(item.text + certainty)), *([Run(f", {ANSWER['led_to'].strip()}"), *marks(led)] if led else []))
        )
    if items:
        yield Bullets(tuple(items))
    if seen.limitations:
        yield said(ANSWER["limits"].format(seen.limitations), "quiet")
    if seen.refused:
        yield said(told(seen.refused), "warning")
    for note in seen.notes:
        yield said(told(note), "quiet")


def _state(answer: Answer) -> Iterator[Block]:
    """The first words of the state, and what was checked."""
    words = state_words(answer)
    if words:
        lines = [words]
        if _unanswered(answer):
            lines += [rest for line in answer.not_in_guideline if (rest := line.removeprefix(words).strip())]
        if answer.status == "silent" and answer.citations and not answer.statements:
            nearest = answer.citations[0]
            lines.append(ANSWER["closest"].format(f"{named(nearest.guideline)}, {_page(nearest.at)} [{nearest.n}]"))
        yield Paragraph((Run(told(lines[0]), "strong"),), "note")
        yield from (said(told(line), "note") for line in lines[1:])
    checked = check_line(answer)
    if checked:
        yield said(checked, "quiet")


def check_line(answer: Answer) -> str:
    """`4 of 4 quotes found on the page · 2 of 2 numbers found in the quoted lines`; "" where nothing was to check."""
    checks, parts = answer.checks, []
    if answer.citations and checks.quotes:
        parts.append(CHECKS["found"].format(checks.quotes_found, counted(checks.quotes, CHECKS["quote"])))
    if checks.quotes_by_ocr:
        parts.append(CHECKS["by_ocr"].format(counted(checks.quotes_by_ocr, CHECKS["quote"])))
    if checks.numbers:
        parts.append(CHECKS["numbers"].format(checks.numbers_found, counted(checks.numbers, EXPORT["number"])))
    return " · ".join(parts)


def _notes(answer: Answer) -> Iterator[Block]:
    """Plain words on the question, and what must be known of the model, the index and the editions."""
    if not answer.complete:
        yield said(EXPORT["unfinished"], "warning")
    yield from (said(told(remark), "note") for remark in answer.remarks)
    if not _unanswered(answer):
        yield from (said(told(line), "warning") for line in answer.not_in_guideline if of_the_model(line))
    yield from (said(told(warning), "warning") for warning in (*answer.warnings, ocr_warning(answer)) if warning)


def _unanswered(answer: Answer) -> bool:
    """Whether the words on the state hold all that there is to say."""
    return answer.status in ("silent", "refused")


# ---- what the guidelines say


def _bottom_line(answer: Answer) -> Iterator[Block]:
    line = answer.bottom_line
    if line is None:
        return
    same = bottom_statement(answer) or line
    place = next((one for one in answer.citations if one.n in line.citations[:1]), None)
    yield Heading(told(HEADINGS[ACT_NOW]) if is_urgent(line) else ANSWER["bottom_line"], 2)
    yield Paragraph(
        (
            Run(_line(line), "strong"),
            *marks(line.citations),
            *grades(same.grade or line.grade, same.quotes),
            *_origin(answer, line),
        ),
        "bottom line",
    )
    yield from (said(told(remark), "warning") for remark in same.remarks)
    if place and place.under:
        yield said(place.under, "quiet")


def _made_by(answer: Answer) -> Iterator[Block]:
    """Which model did what, and that code checked it."""
    if not answer.complete or quoted_only(answer.models):
        return
    name = answer.models["generator"]
    picked = ANSWER["picked_by" if answer.statements else "read_by"].format(name)
    line = answer.bottom_line
    wrote = f" {ANSWER['written_by'].format(name)}" if line is not None and line.kind == SUMMARY else ""
    yield said(picked + wrote, "quiet")


def _differ(pairs: Pairs) -> Iterator[Block]:
    """The places that print different things beside each other's names, newer first, and no verdict."""
    if not pairs:
        return
    one = len({side.place.guideline.id for pair in pairs for side in pair}) == 1
    yield Heading(DIFFER["pages" if one else "guidelines"], 2)
    for pair in pairs:
        for side in pair:
            yield from _side(side)


def _side(side: Side) -> Iterator[Block]:
    info, one = side.place.guideline, side.statement
    year = str(info.published) if info.published else DIFFER["no_year"]
    old = [EVIDENCE["superseded"]] if info.superseded_by else []
    about = [part for part in (info.publisher, info.title, _page(side.place.at), *old) if part]
    yield Paragraph((Run(year, "strong"), Run(f" · {visible(' · '.join(about))}")), "side")
    if side.place.under:
        yield said(side.place.under, "quiet")
    yield from (Paragraph((Run(_unbulleted(lead)),), "lead") for lead in one.lead)
    yield Paragraph(
        (
            Run(_line(one)),
            *marks(one.citations),
            *grades(one.grade, one.quotes),
            *(Run(f" {visible(told(remark))}", "strong") for remark in one.remarks),
        )
    )


def _statements(answer: Answer, pairs: Pairs) -> Iterator[Block]:
    places = {citation.n: citation for citation in answer.citations}
    for name, lines in layers(answer, pairs):
        yield Heading(told(HEADINGS[name]), 2)
        for is_table, group in grouped(lines, lambda one: kind_of(one) == "table"):
            yield from _tables(group, places) if is_table else _lists(answer, group, places)


def _lists(answer: Answer, statements: list[Statement], places: Mapping[int, Citation]) -> Iterator[Block]:
    """Items as lists, each under its heading and lead-in."""
    for leads, group in groupby(statements, key=lambda one: above(one, places)):
        yield from (Paragraph((Run(_unbulleted(lead)),), "lead") for lead in leads)
        yield Bullets(tuple(_item(answer, one) for one in group))


def _item(answer: Answer, one: Statement) -> Runs:
    return (
        Run(_line(one)),
        *marks(one.citations),
        *grades(one.grade, one.quotes),
        *_origin(answer, one),
        *(Run(f" {visible(told(remark))}", "strong") for remark in one.remarks),
    )


def _origin(answer: Answer, one: Statement) -> Iterator[Run]:
    """The guideline of a line, when more than one is cited: doses differ between editions."""
    if len(by_guideline(answer.citations)) > 1 and one.citations:
        info = next((cited.guideline for cited in answer.citations if cited.n == one.citations[0]), None)
        if info is not None:
            yield Run(f" {visible(named(info))}", "quiet")


def _line(one: Statement) -> str:
    """What a statement says: the guideline's words, or for a drawing where it is found."""
    return _unbulleted(told(one.text) if one.kind in DRAWN_KINDS else one.text)


def _page(at: Locator) -> str:
    return told(page_name(at))


def _unbulleted(line: str) -> str:
    return visible(line.lstrip(BULLETS))


def _tables(statements: list[Statement], places: Mapping[int, Citation]) -> Iterator[Block]:
    """One table for the rows of one page under one header: rows of different tables or editions never stand in one."""

    def page(statement: Statement) -> tuple[str, tuple[str, ...]]:
        citation = places.get(statement.citations[0]) if statement.citations else None
        place = f"{named(citation.guideline)}, {_page(citation.at)}" if citation else ANSWER["the_page"]
        return place, statement.lead

    for (place, _), group in grouped(statements, page):
        yield from _table(group, place)


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
        rows += [
            Row(((Run(visible(told(remark)), "strong"),),), spans=True)
            for remark in one.remarks
            if remark not in shared
        ]
    yield from (Paragraph((Run(_unbulleted(line)),), "lead") for line in leading)
    yield from (said(told(remark), "warning") for remark in shared)
    yield Rows((*map(visible, header), EXPORT["cited"]) if fits else (), tuple(rows))
    yield said(ANSWER["copied"].format(place), "quiet")


# ---- what they do not say, and where all of it is from


def _clarify(answer: Answer) -> Iterator[Block]:
    """What the lines differ by and the question does not say."""
    if answer.clarify:
        yield Heading(CLARIFY["heading"], 2)
        yield Bullets(tuple((Run(visible(told(one))),) for one in answer.clarify))


def _not_in_guideline(answer: Answer) -> Iterator[Block]:
    if _unanswered(answer) or not answer.complete:
        return
    lines = [told(line) for line in answer.not_in_guideline if not of_the_model(line)]
    withheld = answer.checks.withheld
    if withheld:
        lines.append(EXPORT["withheld"].format(withheld))
    yield Heading(ANSWER["absent"], 2)
    yield Bullets(tuple((Run(visible(line)),) for line in lines or [EXPORT["nothing_more"]]))


def _sources(answer: Answer, today: date) -> Iterator[Block]:
    if not answer.citations:
        return
    yield Heading(EXPORT["sources"], 2)
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
        yield Run(f"{'; ' if at else ''}{visible(_page(place))}")
        yield from marks(citation.n for citation in citations if citation.at.page == page)


def _edition_notes(info: GuidelineInfo, today: date) -> list[str]:
    replaced = EXPORT["replaced"] if info.superseded_by else ""
    return [told(age(info, today)), replaced, *map(told, cautions(info, {}, today))]


def _about(answer: Answer, today: date) -> Iterator[Block]:
    """Who made this file, of what, and what it is not."""
    yield Heading(EXPORT["about"], 2)
    rows: Sequence[tuple[str, str]] = [
        (EXPORT["saved"], today.isoformat()),
        (EXPORT["index"], answer.index),
        *((name, value) for name, value in _models(answer.models)),
    ]
    yield Bullets(tuple((Run(f"{visible(name)}: "), Run(visible(value))) for name, value in rows if value))
    yield said(EXPORT["footer"], "warning")
    yield said(EXPORT["disclaimer"], "quiet")


def _models(models: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    model = models.get("model") or {}
    name = " ".join(str(model[key]) for key in ("name", "revision", "dtype", "backend") if model.get(key))
    if not quoted_only(models):
        yield EXPORT["picked"], str(models["generator"])
    elif name:
        yield EXPORT["picked"], EXPORT["by_code"]
    if name:
        yield EXPORT["model"], name
    elif quoted_only(models):
        yield EXPORT["model"], EXPORT["no_model"].format(told(NO_MODEL))
    yield EXPORT["embedder"], str(models.get("embedder", ""))
