"""The tools: each takes checked arguments and gives readable text and structured output. None of them changes anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from cpgassist.answering import for_readers
from cpgassist.apps.mcp.arguments import (
    Arguments,
    AskArguments,
    ContextArguments,
    Nothing,
    PageArguments,
    RecommendationsArguments,
    SearchArguments,
    checked,
)
from cpgassist.apps.mcp.given import ContextOut, GuidelinesOut, PageOut, PassagesOut, RecommendationsOut
from cpgassist.apps.mcp.pages import WITHHELD, guideline_of, page_uri, printed_grade, remarks_on, shown_page, withheld
from cpgassist.apps.web.questions import checked_question
from cpgassist.apps.web.shapes import AnswerOut, entry
from cpgassist.editions import named
from cpgassist.types import Answer, Passage, Where

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant

MOST_RECOMMENDATIONS = 60


@dataclass(frozen=True, slots=True)
class Given:
    """What a tool gives."""

    text: str
    structured: dict[str, Any]
    picture: str = ""
    """Base64 of a JPEG."""
    answers: tuple[Answer, ...] = ()
    """Those that it tells of."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: what clients are told of it, and what it does."""

    name: str
    title: str
    description: str
    takes: type[Arguments]
    gives: type[BaseModel]
    work: Callable[[Assistant, Any, Event], Given]

    def call(self, assistant: Assistant, given: dict[str, Any], cancel: Event) -> Given:
        """What it gives for these arguments. Raises CpgassistError for what cannot be used."""
        done = self.work(assistant, checked(self.takes, given), cancel)
        # tuples and numbers of other kinds become what JSON knows
        return replace(done, structured=json.loads(json.dumps(done.structured, default=str)))


def _search(assistant: Assistant, given: SearchArguments, cancel: Event) -> Given:
    query = checked_question(given.query)
    found = assistant.search(query, given.k, _among(assistant, given))
    hits, left = for_readers(found.hits)
    rows = []
    for hit in hits:
        row = hit.to_dict(found.guidelines[hit.passage.guideline])
        rows.append({**row, "uri": page_uri(hit.passage.guideline, hit.passage.page)})
    remarks = [*found.warnings, *([WITHHELD] if left else [])]
    lines = [
        f"{row['rank']}. {named(found.guidelines[hit.passage.guideline])}, page {hit.passage.page} <{row['uri']}>"
        f"{printed_grade(hit.passage)}\n{hit.passage.text}"
        for row, hit in zip(rows, hits, strict=True)
    ]
    told = "\n\n".join([*remarks, *lines]) or "Nothing was found."
    return Given(told, {"query": query, "index": found.index, "passages": rows, "remarks": remarks})


def _ask(assistant: Assistant, given: AskArguments, cancel: Event) -> Given:
    answer = _answer(assistant, given.question, _among(assistant, given), cancel)
    return Given(answer_text(answer), answer.to_dict(), answers=(answer,))


def _context(assistant: Assistant, given: ContextArguments, cancel: Event) -> Given:
    asked = [checked_question(question) for question in given.input_queries]
    answers = [_answer(assistant, question, None, cancel) for question in asked]
    text = "\n\n".join(f"Question: {answer.question}\n{answer_text(answer)}" for answer in answers)
    return Given(text, {"answers": [answer.to_dict() for answer in answers]}, answers=tuple(answers))


def _recommendations(assistant: Assistant, given: RecommendationsArguments, cancel: Event) -> Given:
    info = guideline_of(assistant, given.guideline_id)
    topic = checked_question(given.topic) if given.topic and given.topic.strip() else None
    if topic is None:
        passages = [one for one in assistant.index.passages if one.guideline == info.id]
    else:
        found = assistant.search(topic, 100, Where((info.id,)))
        passages = [hit.passage for hit in found.hits]
    wanted = [one for one in passages if one.kind == "recommendation" or one.grade]
    kept = [one for one in wanted if not withheld(one)]
    remarks = remarks_on(assistant, info) + ([WITHHELD] if len(kept) < len(wanted) else [])
    rows = [_recommendation(one) for one in kept[:MOST_RECOMMENDATIONS]]
    out = max(0, len(kept) - len(rows))
    if topic is not None:
        remarks.append("Ordered by nearness to the topic; the last ones may not be about it.")
    lines = [f"- {one.text}{printed_grade(one)} <{page_uri(info.id, one.page)}>" for one in kept[:MOST_RECOMMENDATIONS]]
    more = [f"{out} more are left out: ask for a topic."] if out else []
    text = "\n".join([named(info), *remarks, *(lines or ["No recommendation or graded statement was found."]), *more])
    given_out = {"guideline": info.to_dict(), "topic": topic, "recommendations": rows, "left_out": out}
    return Given(text, {**given_out, "remarks": remarks})


def _page(assistant: Assistant, given: PageArguments, cancel: Event) -> Given:
    shown = shown_page(assistant, given.guideline_id, given.page)
    told = {"guideline": shown.info.to_dict(), "page": shown.page, "pages": shown.info.pages, "text": shown.text}
    return Given(str(shown), {**told, "uri": shown.uri, "remarks": list(shown.remarks)}, shown.picture)


def _guidelines(assistant: Assistant, given: Nothing, cancel: Event) -> Given:
    known = sorted(assistant.index.guidelines.values(), key=lambda info: (info.title, info.id))
    lines = [
        "; ".join([f"{info.id}: {named(info)}, {info.pages} pages", *remarks_on(assistant, info)]) for info in known
    ]
    return Given("\n".join(lines) or "There is no guideline.", {"guidelines": [entry(info) for info in known]})


def _among(assistant: Assistant, given: SearchArguments | AskArguments) -> Where | None:
    for name in given.guidelines:
        guideline_of(assistant, name)
    return given.where()


def _answer(assistant: Assistant, question: str, where: Where | None, cancel: Event) -> Answer:
    return assistant.ask(checked_question(question), where, None, cancel)


def answer_text(answer: Answer) -> str:
    """An answer as text that stands alone: its status first, its pages' addresses last."""
    pages: dict[str, str] = {}
    for one in answer.citations:
        uri = page_uri(one.guideline.id, one.at.page)
        pages[uri] = f"{pages.get(uri, '')}[{one.n}]"
    return "\n".join([f"Status: {answer.status}", str(answer), *(f"{marks} <{uri}>" for uri, marks in pages.items())])


def _recommendation(passage: Passage) -> dict[str, Any]:
    return {
        "text": passage.text,
        "grade": passage.grade,
        "kind": passage.kind,
        "quotes": passage.quotes,
        "section": list(passage.heading_path),
        "page": passage.page,
        "page_label": passage.page_label,
        "uri": page_uri(passage.guideline, passage.page),
    }


_QUOTE = "Give the quotes, grades and pages as they are: nothing added, converted or left out."

TOOLS: tuple[Tool, ...] = (
    Tool(
        "ask_guidelines",
        "Ask the guidelines",
        "Answers a clinical question from the guidelines of this installation: verbatim lines with grade and page, each "
        "found again on its page. Status silent means that the guidelines do not answer: say so, and do not answer from "
        f"anything else as if it were theirs. {_QUOTE}",
        AskArguments,
        AnswerOut,
        _ask,
    ),
    Tool(
        "search_guidelines",
        "Search the guidelines",
        "The passages nearest to a query, word for word, with page, section and grade. Nearness is no answer: use "
        f"ask_guidelines for whether the guidelines answer. {_QUOTE}",
        SearchArguments,
        PassagesOut,
        _search,
    ),
    Tool(
        "get_recommendations",
        "Recommendations of a guideline",
        f"The recommendations and graded statements of one guideline, all or nearest to a topic. {_QUOTE}",
        RecommendationsArguments,
        RecommendationsOut,
        _recommendations,
    ),
    Tool(
        "get_page",
        "A page of a guideline",
        "The text that was read from one page, and its picture to check it against.",
        PageArguments,
        PageOut,
        _page,
    ),
    Tool(
        "list_guidelines",
        "List the guidelines",
        "Every guideline of this installation: id, title, publisher, year, edition, grading schemes, and whether a newer "
        "edition replaces it.",
        Nothing,
        GuidelinesOut,
        _guidelines,
    ),
    Tool(
        "get_cpg_context",
        "Context from the guidelines",
        "An answer to each of several clinical questions, as ask_guidelines gives it; under the name that configurations "
        f"for askCPG use. {_QUOTE}",
        ContextArguments,
        ContextOut,
        _context,
    ),
)

TOOL: dict[str, Tool] = {tool.name: tool for tool in TOOLS}


def tool_of(name: str) -> Tool | None:
    """The tool of a name; None where there is none."""
    return TOOL.get(name)
