"""Feedback over REST: the chat's rules and its log, a keyed hash of the question and never a word of it."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient
from test_rest import DOSE, SILENT, events, is_problem

from cpgassist import Assistant, Corpus
from cpgassist.apps.rest import rest_app
from cpgassist.apps.rest.feedback import KEY_HEADER
from cpgassist.feedback import log_of


@pytest.fixture
def corpus(index, sample, tmp_path):
    return Corpus(sample, index=index, feedback=tmp_path / "said.jsonl")


@pytest.fixture
def rest(corpus):
    with TestClient(rest_app(Assistant(corpus))) as client:
        yield client


def asked(rest, question=DOSE):
    given = rest.post("/ask", json={"question": question})
    return given.headers[KEY_HEADER], given.json()


def test_a_verdict_is_kept_as_the_chat_keeps_it(rest, corpus):
    key, answer = asked(rest)
    sent = {"answer": key, "verdict": "not helpful", "reasons": ["unsafe", "unsafe"]}
    assert rest.post("/feedback", json=sent).status_code == 204
    log = log_of(corpus.settings)
    [kept] = log.read()
    assert (kept.verdict, kept.reasons, kept.index) == ("not helpful", ("unsafe",), answer["index"])
    assert kept.question == log.hashed(DOSE) and kept.models == answer["models"]
    assert set(kept.citations) == {(one["guideline"]["id"], one["page"]) for one in answer["citations"]}
    written = log.path.read_text(encoding="utf-8")
    assert "zelmorin" not in written and "fever?" not in written


def test_a_new_verdict_replaces_the_old_one_and_null_takes_it_back(rest, corpus):
    key, answer = asked(rest)
    for verdict in ("helpful", "not helpful"):
        assert rest.post("/feedback", json={"answer": key, "verdict": verdict}).status_code == 204
    one = answer["citations"][0]
    quote = {"answer": key, "verdict": "unsupported quote", "citation": one["n"]}
    assert rest.post("/feedback", json=quote).status_code == 204
    whole, single = log_of(corpus.settings).read()
    assert whole.verdict == "not helpful"
    assert single.citations == ((one["guideline"]["id"], one["page"]),)
    assert rest.post("/feedback", json={"answer": key, "verdict": None}).status_code == 204
    assert [kept.verdict for kept in log_of(corpus.settings).read()] == ["unsupported quote"]


def test_a_silent_answer_and_a_streamed_one_can_be_judged_too(rest, corpus):
    key, _ = asked(rest, SILENT)
    assert rest.post("/feedback", json={"answer": key, "verdict": "helpful"}).status_code == 204
    stream = rest.post("/ask", json={"question": DOSE}, headers={"Accept": "text/event-stream"})
    [(name, answer)] = events(stream)
    [streamed] = [line.removeprefix("id: ") for line in stream.text.splitlines() if line.startswith("id: ")]
    assert name == "answer" and answer["status"] == "answered"
    assert rest.post("/feedback", json={"answer": streamed, "verdict": "helpful"}).status_code == 204
    assert len(log_of(corpus.settings).read()) == 2


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"answer": "guess", "verdict": "helpful"}, 404),
        ({"verdict": "helpful", "citation": 99}, 404),
        ({"verdict": "a word of the question"}, 422),
        ({"verdict": "not helpful", "reasons": ["because I say so"]}, 422),
        ({"verdict": "helpful", "note": "Mrs Tan"}, 422),
        ({"reasons": []}, 422),
        ({"verdict": "helpful", "citation": -1}, 422),
        ({"answer": "x" * 100_000, "verdict": "helpful"}, 413),
    ],
)
def test_nothing_else_is_kept(rest, corpus, said, status):
    key, _ = asked(rest)
    told = is_problem(rest.post("/feedback", json={"answer": key, **said}), status)
    assert "Mrs Tan" not in json.dumps(told) and not log_of(corpus.settings).read()


def test_a_log_that_cannot_be_written_is_a_problem(index, sample, tmp_path):
    (tmp_path / "file").write_text("")
    corpus = Corpus(sample, index=index, feedback=tmp_path / "file" / "said.jsonl")
    with TestClient(rest_app(Assistant(corpus))) as client:
        key, _ = asked(client)
        told = is_problem(client.post("/feedback", json={"answer": key, "verdict": "helpful"}), 500)
    assert "CPGASSIST_FEEDBACK" in told["next_step"]
