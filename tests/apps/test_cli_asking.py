"""The command line asked: answers, passages, batches of questions, and evaluations."""

from __future__ import annotations

import html.parser
import json
import re

import pytest

from cpgassist.reading import PdfPages
from tests.apps.cli_words import (
    DOSE,
    MOSS,
    OFF_TOPIC,
    QUESTIONS,
    SAMPLE,
    _surroundings,
    ask,
    failed_cleanly,
    moss,
)

__all__ = ["_surroundings", "ask", "moss"]


# ---- ask, search -----------------------------------------------------------------------------------------------


def test_ask_prints_an_answer_with_its_sources(ask):
    code, out, err = ask("ask", DOSE)
    assert (code, err) == (0, "")
    assert "mg/kg/day" in out
    assert re.search(r"^\[1\] Management of Harbour Fever .*2023.*page \d+", out, re.M)
    assert re.search(r"\d of \d quotes found on the page", out)


def test_ask_json_is_the_answer_alone(ask):
    code, out, err = ask("ask", DOSE, "--json")
    answer = json.loads(out)
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert answer["question"] == DOSE and answer["status"] in ("answered", "partial")
    assert answer["checks"]["quotes_found"] >= len(answer["citations"]) > 0
    pages = PdfPages(SAMPLE)
    for citation in answer["citations"]:
        assert citation["verified"] and pages.find(citation["guideline"]["file"], citation["page"], citation["quote"])
    cited = {citation["n"] for citation in answer["citations"]}
    assert all(set(statement["citations"]) <= cited for statement in answer["statements"])


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_a_silent_answer_is_3(ask, as_json):
    code, out, err = ask("ask", OFF_TOPIC, *as_json)
    assert (code, err) == (3, "") and "do not answer" in out


def test_ask_narrowed_to_a_guideline_or_year_cites_only_that(ask):
    _, out, _ = ask("ask", "Zelmorin dose for adults?", "--guideline", "sample-harbour-fever-2017", "--json")
    assert {c["guideline"]["id"] for c in json.loads(out)["citations"]} == {"sample-harbour-fever-2017"}
    assert any("Superseded by" in warning for warning in json.loads(out)["warnings"])
    _, out, _ = ask("ask", "Zelmorin dose for adults?", "--year-from", "2023", "--json")
    assert {c["guideline"]["year"] for c in json.loads(out)["citations"]} == {2023}


def test_older_editions_are_searched_only_when_asked_for(ask):
    def searched(*options):
        _, out, _ = ask("search", "zelmorin dose for adults", "--json", *options)
        return {hit["guideline"]["id"] for hit in json.loads(out)["hits"]}

    assert "sample-harbour-fever-2017" not in searched()
    assert {"sample-harbour-fever-2017", "sample-harbour-fever-2023"} <= searched("--older")


@pytest.mark.parametrize("question", ["", "  ", "x" * 2001])
def test_a_question_that_cannot_be_asked_is_2(ask, question):
    for command in ("ask", "search"):
        failed_cleanly(2, ask(command, question))


def test_an_unknown_guideline_or_kind_is_2(ask):
    assert "'unknown'" in failed_cleanly(2, ask("ask", DOSE, "-g", "unknown"))
    assert "'poem'" in failed_cleanly(2, ask("search", DOSE, "--kind", "poem"))


def test_search_lists_passages_best_first(ask):
    code, out, err = ask("search", "zelmorin dose", "--k", "4", "--json")
    search = json.loads(out)
    assert (code, err, [hit["rank"] for hit in search["hits"]]) == (0, "", [1, 2, 3, 4])
    code, out, _ = ask("search", "zelmorin dose", "-k", "4")
    assert code == 0 and len(re.findall(r"^\d+ +\d\.\d\d", out, re.M)) == 4


def test_search_narrowed_to_kinds_and_files(ask):
    _, out, _ = ask("search", "dose", "--kind", "table", "-g", MOSS, "-g", "sample-gatal-bakau-2022", "--json")
    hits = json.loads(out)["hits"]
    assert {hit["kind"] for hit in hits} == {"table"}
    assert {hit["guideline"]["file"] for hit in hits} <= {MOSS, "sample-gatal-bakau-2022.pdf"}


def test_a_search_that_finds_nothing_is_3(ask):
    code, out, _ = ask("search", "dose", "--year-from", "2100", "--json")
    assert code == 3 and json.loads(out)["hits"] == []


# ---- batch, eval -----------------------------------------------------------------------------------------------


def test_batch_answers_a_file_and_goes_on_where_it_stopped(ask, tmp_path):
    lines = [{"id": "a", "question": DOSE}, {"id": "b", "question": OFF_TOPIC}, {"id": "c", "question": ""}]
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(line) for line in lines) + "\n{bad\n")
    words = ("batch", tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    code, out, err = ask(*words, "--json")
    assert (code, err, json.loads(out)) == (0, "", {"done": 4, "resumed": 0, "failed": 2})
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["a", "b", "c", 4]
    assert rows[0]["citations"] and rows[1]["status"] == "silent" and {"id", "error"} == set(rows[2]) == set(rows[3])
    code, out, _ = ask(*words, "--quiet")
    assert code == 0 and out.startswith("0 done, 4 kept, 0 failed")
    failed_cleanly(2, ask("batch", QUESTIONS, tmp_path / "out.jsonl", "--quiet"))


def test_batch_may_only_search(ask, tmp_path):
    (tmp_path / "in.jsonl").write_text(json.dumps({"id": "a", "question": DOSE}))
    ask("batch", tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--search-only", "--k", "3", "--quiet")
    row = json.loads((tmp_path / "out.jsonl").read_text())
    assert row["id"] == "a" and len(row["hits"]) == 3


def test_eval_measures_the_sample_and_writes_one_self_contained_page(ask, tmp_path):
    class Links(html.parser.HTMLParser):
        def __init__(self):
            super().__init__()
            self.found: list[str] = []

        def handle_starttag(self, tag, attrs):
            self.found += [value for name, value in attrs if name in ("src", "href", "srcset", "action")]

    page = tmp_path / "report.html"
    code, out, err = ask("eval", QUESTIONS, "--report", page, "--by", "lang", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["changes"] == []
    assert {"value", "low", "high", "n"} == told["by"]["lang"]["en"]["recall@5"].keys()
    text = page.read_text(encoding="utf-8")
    assert text.lstrip().lower().startswith("<!doctype html") and len(text) > 10_000
    links = Links()
    links.feed(text)
    assert all(link.startswith(("#", "data:")) for link in links.found)
    assert not re.search(r"@import|url\((?!['\"]?(?:data:|#))", text)


def test_eval_compares_with_a_saved_run(ask, tmp_path):
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "few.jsonl").write_text("".join(lines[:4]), encoding="utf-8")
    code, out, _ = ask("eval", tmp_path / "few.jsonl", "--json")
    assert code == 0 and json.loads(out)["changes"] == []
    (tmp_path / "before.json").write_text(out)
    code, out, err = ask("eval", tmp_path / "few.jsonl", "--baseline", tmp_path / "before.json", "--json")
    assert (code, err) == (0, "")
    assert all(change["verdict"] not in ("better", "worse") for change in json.loads(out)["changes"])


def test_eval_by_a_field_that_no_question_has_names_those_there_are_before_anything_is_asked(ask):
    code, out, err = ask("eval", QUESTIONS, "--by", "shoe_size")
    assert (code, out) == (2, "")
    assert "'shoe_size'" in err and "kind" in err and "lang" in err


@pytest.mark.parametrize("option", ["questions", "--baseline"])
def test_eval_of_a_file_that_is_not_there_is_2(ask, tmp_path, option):
    missing = tmp_path / "missing.jsonl"
    words = (missing,) if option == "questions" else (QUESTIONS, option, missing)
    assert "missing.jsonl" in failed_cleanly(2, ask("eval", *words))
