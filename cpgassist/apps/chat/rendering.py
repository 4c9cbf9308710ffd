"""An Answer as one turn of the chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from cpgassist.answering.summary import SUMMARY
from cpgassist.answering.urgency import is_urgent
from cpgassist.apps.chat.actions import actions, retry
from cpgassist.apps.chat.clarifying import clarify
from cpgassist.apps.chat.differing import differ
from cpgassist.apps.chat.evidence import PageSize, closest_page, evidence, grades_of
from cpgassist.apps.chat.lines import origins, statements
from cpgassist.apps.chat.markup import (
    Chips,
    badges,
    chip,
    chips,
    closest_chip,
    edition_line,
    page_name,
    text,
    told,
    unbulleted,
)
from cpgassist.apps.language.malay import said
from cpgassist.apps.language.words import ANSWER, CHECKS, TURN, counted, spoken
from cpgassist.apps.layers import ACT_NOW, bottom_statement, is_open, sides
from cpgassist.apps.wording import (
    HEADINGS,
    NO_MODEL,
    age,
    by_guideline,
    named,
    ocr_warning,
    of_the_model,
    quoted_only,
    state_words,
)
from cpgassist.errors import CpgassistError
from cpgassist.types import CLOSEST, Answer, Citation, Findings, GuidelineInfo


def question_line(question: str, findings: Findings | None = None) -> str:
    """The question as its asker's bubble, with the findings that it was asked with."""
    asked = f'<p class="typed">{text(question)}</p>' if question else ""
    seen = ""
    if findings is not None:
        seen = (
            f'<p class="with-findings">{TURN["with_findings"]}{text(findings)}</p>'
            f'<p class="label">{text(said(findings.label))}</p>'
        )
    edit = f'<button type="button" class="edit" title="{TURN["edit"]}"><span class="sr">{TURN["edit"]}</span></button>'
    return (
        f'<div class="asked">{edit if question else ""}<div class="question"><span class="sr">{TURN["you_asked"]}</span>'
        f"{asked}{seen}</div></div>"
    )


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
    words = TURN["reading"] if reading else TURN["searching"].format(counted(searched, CHECKS["guideline"]))
    body = _wait(words)
    if pages and size is not None:
        numbers = chips(turn, [citation.n for citation in pages])
        place = f'<span class="wide">{TURN["on_the_right"]}</span><span class="narrow">{TURN["here"]}</span>'
        body = (
            f"{_wait(TURN['writing'].format(place))}"
            f'<p class="pages-found">{TURN["pages_found"]}{numbers}</p>{evidence(turn, pages, {}, size, checked=False)}'
        )
    return _turn(turn, "pending reading" if reading else "pending", question, body, findings)


def _wait(words: str) -> str:
    return f'<p class="wait"><span class="dots"></span>{words}</p>'


def error_turn(turn: int, question: str, error: CpgassistError, findings: Findings | None = None) -> str:
    """The turn of a question that could not be answered: what happened and what to do next."""
    step = f"<p>{text(said(error.next_step))}</p>" if error.next_step else ""
    body = f'<div class="note error"><p><b>{text(said(error.message))}</b></p>{step}</div>{retry()}'
    return _turn(turn, "error", question, body, findings)


def answer_turn(
    turn: int,
    answer: Answer,
    searched: Sequence[GuidelineInfo],
    size: PageSize,
    *,
    known: int = 0,
    filters: str = "",
    key: str = "",
) -> str:
    """The turn of an answered, partly answered, unanswered or refused question, with its evidence.

    `known` is how many guidelines there are, `filters` what the search was limited to, in words; `key` is what the
    answer is kept under, "" for one that cannot be exported.
    """
    marked = partial(chips, turn)
    pairs = sides(answer)
    layer, open_question = differ(pairs, marked), is_open(answer, pairs)  # both sides stand where the bottom line would
    parts = (
        asked_line(answer),
        check_line(answer, searched, known, filters),
        "" if answer.complete else _wait(TURN["reading"]),
        _remarks(answer),
        _model_notes(answer),
        _state(turn, answer, searched, marked),
        layer if open_question else _bottom_line(answer, marked),
        _made_by(answer),
        statements(answer, marked, pairs),
        "" if open_question else layer,
        _findings(answer, marked),
        _not_in_guideline(answer, searched),
        _sources(answer, turn),
        _warnings(answer),
        clarify(answer),
        (actions(key) if key else retry()) if answer.complete else "",
        evidence(turn, answer.citations, grades_of(answer), size) or closest_page(turn, answer.closest, size),
    )
    state = answer.status if answer.complete else f"{answer.status} reading"
    return _turn(turn, state, answer.question, "".join(parts), answer.findings)


def asked_line(answer: Answer) -> str:
    """What a follow-up question was asked as; "" for a question that was asked as typed."""
    return f'<p class="asked-as">{TURN["asked_as"]}{text(answer.asked_as)}</p>' if answer.asked_as else ""


def check_line(answer: Answer, searched: Sequence[GuidelineInfo], known: int = 0, filters: str = "") -> str:
    """`4 of 4 quotes found on the page · searched 3 of 5 guidelines (0.3 s)`, opening to how the answer came about."""
    checks = answer.checks
    spent = answer.seconds.get("total", sum(answer.seconds.values()))
    found = []
    if answer.citations and answer.status != "silent" and (checks.quotes or not checks.quotes_by_ocr):
        found.append(CHECKS["found"].format(checks.quotes_found, counted(checks.quotes, CHECKS["quote"])))
    if checks.quotes_by_ocr:
        found.append(CHECKS["by_ocr"].format(counted(checks.quotes_by_ocr, CHECKS["quote"])))
    several = len(searched) < known
    of = CHECKS["of"].format(len(searched), counted(known, CHECKS["guideline"]))
    whole = of if several else counted(len(searched), CHECKS["guideline"])
    line = " · ".join((*found, CHECKS["searched"].format(whole)))
    tone = "bad" if checks.quotes_found < checks.quotes or checks.withheld or checks.quotes_by_ocr else "good"
    return (
        f'<details class="checks {tone if found else "none"}"><summary>'
        f'<span class="line">{line[0].upper()}{line[1:]}</span> '
        f'<span class="time">({spent:.1f} s)</span></summary><dl>{_steps(answer, searched, filters)}</dl></details>'
    )


def _steps(answer: Answer, searched: Sequence[GuidelineInfo], filters: str) -> str:
    checks = answer.checks
    rows = [("searched", " · ".join(text(named(info)) for info in searched)), ("filters", text(filters))]
    if checks.numbers:
        rows.append(("numbers", CHECKS["numbers"].format(checks.numbers_found, checks.numbers)))
    rows.append(("writer", text(_writer(answer.models))))
    times = " · ".join(f"{text(said(stage))} {spent:.2f} s" for stage, spent in answer.seconds.items())
    rows += [("time", times), ("index", text(answer.index))]
    return "".join(f"<dt>{CHECKS[f'row_{name}']}</dt><dd>{value}</dd>" for name, value in rows if value)


def _writer(models: Mapping[str, Any]) -> str:
    if not quoted_only(models):
        return str(models["generator"])
    name = (models.get("model") or {}).get("name")
    return ANSWER["quoted_by_code"].format(name) if name else said(NO_MODEL)


def _made_by(answer: Answer) -> str:
    """Which model did what, and that code checked it."""
    if not answer.complete or quoted_only(answer.models):
        return ""
    name = text(answer.models["generator"])
    line = answer.bottom_line
    wrote = f" {ANSWER['written_by'].format(name)}" if line is not None and line.kind == SUMMARY else ""
    picked = ANSWER["picked_by" if answer.statements else "read_by"].format(name)
    return f'<p class="provenance">{picked}{wrote}</p>'


def _findings(answer: Answer, marked: Chips) -> str:
    """What a photo shows, as it was confirmed, each finding with the citations it led to."""
    seen = answer.findings
    if seen is None:
        return ""
    led = {item.text: [one.n for one in answer.citations if item.text in one.findings] for item in seen.items}
    items = "".join(
        f"<li>{text(item.text)}{f' ({text(said(item.certainty))})' if item.certainty else ''} "
        + (f'<span class="sr">{ANSWER["led_to"]}</span>{marked(led[item.text])}' if led[item.text] else "")
        + "</li>"
        for item in seen.items
    )
    about = " · ".join(text(part) for part in (seen.image_type, seen.anatomy) if part)
    limits = f'<p class="about">{ANSWER["limits"].format(text(seen.limitations))}</p>' if seen.limitations else ""
    return (
        f'<section class="findings"><h3>{ANSWER["findings"]}</h3>{f"<p>{about}</p>" if about else ""}'
        f"<ul>{items}</ul>{limits}</section>"
    )


def _model_notes(answer: Answer) -> str:
    """That the language model failed, above the lines that code picked instead."""
    if answer.status in ("silent", "refused"):
        return ""  # the state's own note holds it
    notes = "".join(f"<p>{text(said(line))}</p>" for line in answer.not_in_guideline if of_the_model(line))
    return f'<div class="note warning model-failed">{notes}</div>' if notes else ""


def _state(turn: int, answer: Answer, searched: Sequence[GuidelineInfo], marked: Chips) -> str:
    words = state_words(answer)
    if not words:
        return ""
    lines = [f"<p><b>{said(words)}</b></p>"]
    if answer.status in ("silent", "refused"):
        told_so = [line.removeprefix(words).strip() for line in answer.not_in_guideline]
        told_so = [line for line in told_so if line]
        page = closest_chip(turn) if answer.closest else ""
        lines += [f"<p>{text(said(line))}{page if CLOSEST in line else ''}</p>" for line in told_so]
        if answer.status == "silent" and not any("searched" in line.lower() for line in told_so):
            lines.append(f"<p>{ANSWER['searched'].format(_titles(searched))}</p>")
        if answer.status == "silent" and answer.citations and not answer.statements:
            nearest = answer.citations[0]
            place = f"{text(named(nearest.guideline))}, {page_name(nearest.at)}"
            lines.append(f"<p>{ANSWER['closest'].format(place)} {marked([nearest.n])}</p>")
        if answer.status == "refused" and not told_so:
            lines.append(f"<p>{ANSWER['what_to_ask']}</p>")
    return f'<div class="note {answer.status}">{"".join(lines)}</div>'


def _remarks(answer: Answer) -> str:
    """Plain words on the question, above everything that is quoted."""
    return "".join(f'<p class="remark" role="note">{text(said(remark))}</p>' for remark in answer.remarks)


def _titles(searched: Sequence[GuidelineInfo], limit: int = 4) -> str:
    names = "; ".join(text(named(info)) for info in searched[:limit])
    more = len(searched) - limit
    return ANSWER["and_more"].format(names, more) if more > 0 else names


def _bottom_line(answer: Answer, marked: Chips) -> str:
    line = answer.bottom_line
    if line is None:
        return ""
    same = bottom_statement(answer) or line
    origin = origins(answer).get(line.citations[0], "") if line.citations else ""
    place = next((one for one in answer.citations if one.n in line.citations[:1]), None)
    urgent = is_urgent(line)
    heading = f"<h3>{said(HEADINGS[ACT_NOW])}</h3>" if urgent else f'<h3 class="sr">{ANSWER["bottom_line"]}</h3>'
    under = f'<span class="under">{text(place.under)}</span>' if place and place.under else ""
    return (
        f'<div class="bottom-line{" act-now" if urgent else ""}">{heading}<p>{unbulleted(line.text)} '
        f"{marked(line.citations)}{badges(same.grade or line.grade, same.quotes)}{origin}{told(same)}{under}</p></div>"
    )


def _not_in_guideline(answer: Answer, searched: Sequence[GuidelineInfo]) -> str:
    if answer.status in ("silent", "refused"):
        return ""
    if not answer.complete:
        return ""
    lines = [text(said(line)) for line in answer.not_in_guideline if not of_the_model(line)]
    withheld = answer.checks.withheld
    if withheld:
        lines.append(ANSWER["removed_one" if withheld == 1 else "removed"].format(withheld))
    if not lines:
        lines = [ANSWER["nothing_more"].format(counted(len(searched), CHECKS["guideline"]))]
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f'<section class="absent"><h3>{ANSWER["absent"]}</h3><ul>{items}</ul></section>'


def _sources(answer: Answer, turn: int) -> str:
    if answer.status == "silent" and not answer.statements:
        return ""  # the closest page is named above, and is no source of an answer
    lines = []
    for citations in by_guideline(answer.citations).values():
        info = citations[0].guideline
        pages = {citation.at.page: citation for citation in reversed(citations)}
        places = " · ".join(f"{page_name(pages[page].at)} {chip(turn, pages[page].n)}" for page in sorted(pages))
        edition = edition_line(info)
        about = f"{f' · {edition}' if edition else ''} {_age(info)}"
        lines.append(f"<li><b>{text(info.title)}</b>{about}<br>{places}</li>")
    return f'<section class="sources"><h3>{ANSWER["source"]}</h3><ul>{"".join(lines)}</ul></section>' if lines else ""


def _age(info: GuidelineInfo) -> str:
    years = age(info, date.today())
    return f'<span class="old">{said(years)}</span>' if years else ""


def _warnings(answer: Answer) -> str:
    warnings = [*answer.warnings, *filter(None, [ocr_warning(answer)])]
    return "".join(f'<div class="note warning"><p>{text(said(warning))}</p></div>' for warning in warnings)


def _turn(turn: int, state: str, question: str, body: str, findings: Findings | None = None) -> str:
    heading = TURN["error" if state == "error" else "answer"]
    return (
        f'<div class="turn {state}" id="turn-{turn}">{question_line(question, findings)}'
        f'<div class="reply in-{spoken()}"><h2 class="sr">{heading}</h2>{body}</div></div>'
    )
