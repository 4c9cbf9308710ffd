"""Answers on the sample guidelines: their schema, how they hang together, that they are the same again and readable."""

import json
import re
from dataclasses import FrozenInstanceError

import pytest

from cpgassist import Assistant, Corpus
from tests.fixtures.asked import (
    ANSWER,
    ASKED,
    SEARCH,
    answers,
    assistant,
    corpus,
    expected_answer,
    folder,
    misfits,
    steady,
)

__all__ = ["answers", "assistant", "corpus", "folder"]


@pytest.mark.parametrize("name", ASKED)
def test_the_answer_json_has_the_keys_and_types_of_the_design(answers, name):
    answer = answers[name]
    printed = answer.to_dict()
    assert misfits(printed, expected_answer(answer)) == []
    assert json.loads(json.dumps(printed, allow_nan=False)) == printed
    assert 0 <= printed["answerability"] <= 1
    assert printed["models"] == {"embedder": "all-MiniLM-L6-v2", "generator": "extractive"}
    assert printed["question"] == ASKED[name]


@pytest.mark.parametrize("name", ASKED)
def test_the_search_json_has_the_keys_and_types_of_the_design(assistant, corpus, name):
    printed = assistant.search(ASKED[name], 7).to_dict()
    assert misfits(printed, SEARCH) == []
    assert json.loads(json.dumps(printed, allow_nan=False)) == printed
    assert [hit["rank"] for hit in printed["hits"]] == list(range(1, 8))
    assert printed["index"] == corpus.current_version()
    assert all(hit["page"] == hit["pages"][0] for hit in printed["hits"])


def test_the_schema_check_itself_sees_what_is_wrong(answers):
    good = answers["hf-001"].to_dict()
    for broken in (
        good | {"status": "done"},
        good | {"answerability": 1},
        good | {"extra": 1},
        {key: value for key, value in good.items() if key != "findings"},
        good | {"citations": [good["citations"][0] | {"boxes": [[1, 2, 3, 4]]}]},
        good | {"statements": [good["statements"][0] | {"citations": ["1"]}]},
    ):
        assert misfits(broken, ANSWER)


# ---- how an answer hangs together


@pytest.mark.parametrize("name", ASKED)
def test_every_statement_is_cited_and_every_citation_is_used(answers, name):
    answer = answers[name]
    assert [citation.n for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    cited = [n for statement in answer.statements for n in statement.citations]
    assert all(statement.citations for statement in answer.statements)
    assert set(cited) == {citation.n for citation in answer.citations}
    assert answer.bottom_line is None or answer.bottom_line in answer.statements
    checks = answer.checks
    assert checks.quotes_found == len(answer.citations)
    assert checks.numbers_found == checks.numbers
    silent = answer.status in ("silent", "refused")
    assert silent == (not answer.statements) == (not answer.citations)
    assert answer.status == "conflict" or (answer.status == "partial") == bool(answer.citations and checks.withheld)
    assert bool(answer.not_in_guideline) >= silent


def test_no_statement_is_a_bare_grade(answers):
    stated = {statement.text for answer in answers.values() for statement in answer.statements}
    assert [text for text in stated if re.fullmatch(r"\(.{1,80}\)", text)] == []


def test_items_of_a_list_are_shown_under_their_lead_in(corpus):
    class Last:
        """Picks the last sentence of each hit."""

        name = "last"

        def pick(self, question, hits, limit):
            return [(hit, hit.passage.sentences[-1], 0.5) for hit in hits if hit.passage.sentences][:limit]

    answer = Assistant(corpus, model=lambda index: Last()).ask(
        "Do not give zelmorin if any of the following is present"
    )
    leads = {statement.text: statement.lead for statement in answer.statements}
    assert leads["first trimester of pregnancy"] == ("Do not give zelmorin if any of the following is present:",)


# ---- stable and readable


def test_the_same_question_gives_the_same_answer(folder, assistant, answers):
    again = Assistant(Corpus(folder, precision="float32"))
    for name in ("hf-001", "hf-004", "gb-003", "far-001", "off-002"):
        assert steady(assistant.ask(ASKED[name])) == steady(again.ask(ASKED[name])) == steady(answers[name])
        assert str(again.ask(ASKED[name])) == str(answers[name])


def test_to_dict_is_made_anew_each_time_and_the_answer_is_frozen(answers):
    answer = answers["hf-001"]
    first = answer.to_dict()
    first["citations"][0]["boxes"].clear()
    first["models"].clear()
    assert answer.to_dict() != first
    with pytest.raises(FrozenInstanceError):
        answer.status = "silent"


@pytest.mark.parametrize("name", ASKED)
def test_the_readable_answer_holds_every_statement_once_with_its_marks_and_every_source(answers, name):
    answer = answers[name]
    lines = str(answer).splitlines()
    for statement in answer.statements:
        marks = "".join(f"[{n}]" for n in statement.citations)
        grade = f" ({statement.grade})" if statement.grade else ""
        assert lines.count(f"{statement.text} {marks}{grade}") == 1
        assert set(statement.lead) <= set(lines)
    assert tuple(lines[: len(answer.remarks)]) == answer.remarks
    if answer.bottom_line is not None:
        assert lines[len(answer.remarks)].startswith(answer.bottom_line.text)
    for citation in answer.citations:
        [source] = [line for line in lines if line.startswith(f"[{citation.n}] ")]
        assert citation.guideline.title in source
        assert f"page {citation.at.page}" in source
        assert (f"(printed {citation.at.label})" in source) == (citation.at.label not in (None, str(citation.at.page)))
    assert all(said in lines for said in answer.not_in_guideline)
    told = (answer.statements, answer.citations, answer.not_in_guideline, answer.warnings, answer.remarks)
    expected = sum(map(len, told)) + sum(len(one.remarks) for one in answer.statements)
    leads = sum(len(set(one.lead)) for one in answer.statements)
    assert expected <= len(lines) <= expected + leads


def whole(answer):
    """The answer without index and times, a citation to a line."""
    said = steady(answer)
    del said["index"]
    said["answerability"] = round(said["answerability"], 2)
    said["citations"] = [
        f"{c['n']} {c['guideline']['file']} p{c['page']} ({c['page_label']}) {' > '.join(c['section'])}: "
        f"{c['quote']} @ " + " ".join(",".join(f"{side:.0f}" for side in box) for box in c["boxes"])
        for c in said["citations"]
    ]
    said["statements"] = [
        f"{s['kind']}: {' / '.join([*s.get('lead', ()), s['text']])} {s['citations']} {s['grade'] or ''}".rstrip()
        for s in said["statements"]
    ]
    return said


def test_the_cells_of_a_quoted_row_are_kept_apart(assistant):
    answer = assistant.ask("Tarvexol interval if the eGFR is 22?")
    row = next(one for one in answer.citations if "15 to 29" in one.quote)
    assert row.quote == "eGFR 15 to 29 5 mg/kg every 12 hours 1 g/day"  # word for word
    assert row.shown == "eGFR 15 to 29 | 5 mg/kg every 12 hours | 1 g/day"
    assert all(one.shown == one.quote for one in answer.citations if not one.cells)


@pytest.mark.parametrize("name", ["hf-001", "hf-004", "lps-005", "gb-003", "far-001", "off-002"])
def test_whole_answers(answers, snapshot, name):
    """A dose, a table, a contraindication, a Malay one, a silent one, a refused one."""
    assert whole(answers[name]) == snapshot
