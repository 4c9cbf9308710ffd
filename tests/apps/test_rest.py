"""The REST door: answers, passages, pages, photos; problems with a next step; nothing kept, nothing repeated."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from chat_fakes import FakeAssistant
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from cpgassist import Assistant, Corpus
from cpgassist.apps.rest import add_rest, rest_app
from cpgassist.apps.rest.problems import code_of, status_of
from cpgassist.apps.rest.schemas import Ask
from cpgassist.apps.server import create_app
from cpgassist.apps.web.metrics import Metrics
from cpgassist.apps.web.shapes import AnswerOut, FindingsOut, SearchOut
from cpgassist.apps.web.working import Desk
from cpgassist.errors import CpgassistError, InputError, ModelBusyError, ModelError, NoIndexError
from cpgassist.models.grounded import Grounded
from cpgassist.testing import ScriptedChat
from cpgassist.types import Findings
from tests.fixtures.spent import least_spent

DOSE = "What is the dose of zelmorin for an adult with harbour fever?"
SILENT = "Recipe for pancakes?"
QUESTIONS = [DOSE, SILENT, "Tarvexol interval if the eGFR is 22?", "What is the capital of France?"]


@pytest.fixture(scope="module")
def assistant(index, sample):
    return Assistant(Corpus(sample, index=index))


@pytest.fixture(scope="module")
def rest(assistant):
    with TestClient(create_app(assistant), base_url="http://testserver") as client:
        yield client


def is_problem(response, status, code=None):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told = response.json()
    assert told["status"] == status and told["detail"] and told["next_step"] and told["title"]
    assert told["type"] == f"urn:cpgassist:problem:{told['code']}"
    assert code is None or told["code"] == code
    return told


def timeless(answer):
    return {name: value for name, value in answer.items() if name != "seconds"}


# ---- asking


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_is_that_of_the_api_and_fits_its_schema(rest, assistant, question):
    given = rest.post("/api/v1/ask", json={"question": question})
    assert given.status_code == 200 and given.headers["cache-control"] == "no-store"
    assert timeless(given.json()) == timeless(json.loads(json.dumps(assistant.ask(question).to_dict())))
    AnswerOut.model_validate(given.json())


def test_the_questions_cover_answers_and_silence(rest):
    said = {rest.post("/api/v1/ask", json={"question": question}).json()["status"] for question in QUESTIONS}
    assert {"answered", "silent"} <= said


def events(response):
    for block in response.text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines())
        yield lines["event"], json.loads(lines["data"])


def test_an_answer_without_a_model_streams_as_one_event(rest):
    given = rest.post("/api/v1/ask", json={"question": DOSE}, headers={"Accept": "text/event-stream"})
    assert given.headers["content-type"].startswith("text/event-stream")
    (name, answer), *more = events(given)
    assert name == "answer" and not more and answer["status"] == "answered"


def test_evidence_comes_before_what_a_model_makes_of_it(assistant):
    def model(index):
        return Grounded(ScriptedChat("LINES: 1\nANSWER: none", vision=False), index.guidelines)

    with TestClient(rest_app(Assistant(assistant.corpus, model=model))) as client:
        given = client.post("/ask", json={"question": DOSE}, headers={"Accept": "text/event-stream"})
        names = [name for name, _ in events(given)]
    assert names[0] == "evidence" and names[-1] == "answer" and names.count("answer") == 1


def test_a_failure_while_streaming_is_an_event():
    class Failing(FakeAssistant):
        def stream(self, *asked, **more):
            raise ModelError("It is gone.", "Put it back.")

    with TestClient(rest_app(Failing())) as client:
        given = client.post("/ask", json={"question": DOSE}, headers={"Accept": "text/event-stream"})
    ((name, told),) = events(given)
    assert name == "problem" and told["code"] == "model" and told["next_step"] == "Put it back."


def test_an_unknown_guideline_is_not_found(rest):
    for path in ("ask", "search"):
        is_problem(rest.post(f"/api/v1/{path}", json={"question": DOSE, "guidelines": ["no-such"]}), 404, "not_found")


def test_only_chosen_guidelines_are_searched(rest):
    ids = [one["id"] for one in rest.get("/api/v1/guidelines").json()]
    other = next(one for one in ids if "harbour" not in one)
    found = rest.post("/api/v1/search", json={"question": DOSE, "guidelines": [other], "k": 3}).json()
    assert found["hits"] and {hit["guideline"]["id"] for hit in found["hits"]} == {other}


def test_findings_are_searched_with_and_stay_with_the_answer(rest):
    findings = {"anatomy": "foot", "findings": [{"text": "blue blister"}]}
    answer = rest.post("/api/v1/ask", json={"findings": findings}).json()
    assert answer["findings"]["findings"] == [{"text": "blue blister", "certainty": ""}]
    assert answer["findings"]["by"] == "user"


@pytest.mark.parametrize("text", ["AF", "ผื่นแดง", "\u00a1\u00d87\u00bd\u019f+\u00c9\u00f1\u00d6"])
def test_a_finding_in_any_letters_is_searched_with(rest, text):
    assert rest.post("/api/v1/ask", json={"findings": {"findings": [{"text": text}]}}).status_code == 200


def test_what_photos_gives_can_be_sent_back_as_it_is():
    seen = Findings(by="model", photos=1).edited(["blue blister"])
    sent = Ask(findings=FindingsOut(**seen.to_dict()).model_dump())
    assert sent.findings.confirmed().to_dict() == seen.to_dict()


def test_search_fits_its_schema(rest):
    given = rest.post("/api/v1/search", json={"question": DOSE, "k": 4, "kinds": ["table"]})
    found = SearchOut.model_validate(given.json())
    assert 0 < len(found.hits) <= 4 and {hit.kind for hit in found.hits} == {"table"}


# ---- pages


def test_every_citation_leads_to_its_page_and_boxes(rest):
    answer = rest.post("/api/v1/ask", json={"question": DOSE}).json()
    assert answer["citations"]
    for one in answer["citations"]:
        page = f"/api/v1/guidelines/{one['guideline']['id']}/pages/{one['page']}"
        plain = rest.get(f"{page}.png")
        marked = rest.get(f"{page}.png", params={"quote": one["quote"]})
        assert plain.status_code == marked.status_code == 200
        assert plain.headers["content-type"] == "image/png" and plain.content != marked.content
        places = rest.get(f"{page}/boxes", params={"quote": one["quote"]}).json()
        assert places["boxes"] == one["boxes"] and places["width"] > 0 < places["height"]


SCANNED = "Can lighthouse keepers and night workers take dorvane one hour before their main sleep?"


def test_a_quote_that_ocr_read_is_marked_where_it_was_seen(rest):
    answer = rest.post("/api/v1/ask", json={"question": SCANNED}).json()
    read = [one for one in answer["citations"] if one["verified"] == "ocr"]
    assert read
    for one in read:
        page = f"/api/v1/guidelines/{one['guideline']['id']}/pages/{one['page']}"
        marked = rest.get(f"{page}.png", params={"quote": one["quote"]})
        assert marked.status_code == 200 and marked.content != rest.get(f"{page}.png").content
        assert rest.get(f"{page}/boxes", params={"quote": one["quote"]}).json()["boxes"] == one["boxes"]
        is_problem(rest.get(f"{page}/boxes", params={"quote": f"{one['quote']} twice"}), 404, "no_such_quote")


def test_words_that_are_not_on_the_page_are_not_marked_anywhere(rest):
    first = rest.get("/api/v1/guidelines").json()[0]
    for end in (".png", "/boxes"):
        address = f"/api/v1/guidelines/{first['id']}/pages/1{end}"
        is_problem(rest.get(address, params={"quote": "xylophone zebra quorum"}), 404, "no_such_quote")


@pytest.mark.parametrize(
    "probe",
    [
        *("/guidelines/none", "/guidelines/none/pages/1.png", "/guidelines/%2e%2e%2fcorpus.toml"),
        *("/guidelines/..%2f..%2fetc%2fpasswd/pages/1.png", "/pages/1.png", "/guidelines/http:%2f%2fexample.org"),
    ],
)
def test_other_addresses_lead_nowhere(rest, probe):
    is_problem(rest.get(f"/api/v1{probe}"), 404)


@pytest.mark.parametrize("page", ["0", "-1", "1.5", "x", "99999", "1e3", "%2e%2e"])
def test_other_pages_lead_nowhere(rest, page):
    first = rest.get("/api/v1/guidelines").json()[0]["id"]
    response = rest.get(f"/api/v1/guidelines/{first}/pages/{page}.png")
    is_problem(response, response.status_code)
    assert response.status_code in (404, 422)


# ---- what cannot be used


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"question": 7}, "body.question"),
        ({"question": DOSE, "year_from": 12}, "body.year_from"),
        ({"question": DOSE, "secret name": 1}, "body"),
        ({"question": DOSE, "findings": {"findings": [{"text": ""}]}}, "body.findings.findings.0.text"),
        ([], "body"),
    ],
)
def test_a_malformed_request_is_told_where(rest, body, at):
    told = is_problem(rest.post("/api/v1/ask", json=body), 422, "invalid_request")
    assert told["errors"][0]["at"] == at
    assert "secret" not in json.dumps(told)


@pytest.mark.parametrize("question", ["", "   ", "Ahmad 900101-14-5678 has fever", "x" * 2001])
def test_a_question_that_may_not_be_asked_is_refused_without_repeating_it(rest, question):
    told = is_problem(rest.post("/api/v1/ask", json={"question": question}), 422)
    assert "Ahmad" not in json.dumps(told) and "xxxxx" not in json.dumps(told)


def test_two_megabytes_are_refused_at_once(rest):
    body = json.dumps({"question": "x" * 2_000_000})

    def sent():
        told = is_problem(rest.post("/api/v1/ask", content=body, headers={"Content-Type": "application/json"}), 413)
        assert "bytes" in told["detail"]

    assert least_spent(sent) < 0.1


def test_a_body_of_unknown_length_is_counted(rest):
    pieces = (b"x" * 10_000 for _ in range(300))
    is_problem(rest.post("/api/v1/ask", content=pieces, headers={"Content-Type": "application/json"}), 413)


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1", "/api/v1/ask/x"])
def test_what_is_not_there_is_a_problem_too(rest, path):
    is_problem(rest.get(path), 404)


def test_the_wrong_method_is_a_problem_too(rest):
    is_problem(rest.get("/api/v1/ask"), 405)


def test_without_an_index_it_says_what_to_run(tmp_path):
    nothing = Assistant(Corpus(tmp_path))
    with TestClient(rest_app(nothing)) as client:
        told = is_problem(client.post("/ask", json={"question": DOSE}), 503, "no_index")
    assert "reindex" in told["next_step"]


def test_an_unforeseen_failure_tells_nobody_what_was_asked(caplog):
    class Broken(FakeAssistant):
        def stream(self, question, *rest, **more):
            raise RuntimeError(f"cannot answer {question}")

    with TestClient(rest_app(Broken())) as client:
        told = is_problem(client.post("/ask", json={"question": "zebra fever"}), 500, "error")
        stream = client.post("/ask", json={"question": "zebra fever"}, headers={"Accept": "text/event-stream"})
    assert "zebra" not in json.dumps(told) + stream.text + caplog.text and "RuntimeError" in caplog.text


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InputError("a"), 422, "input"),
        (ModelBusyError("a"), 503, "model_busy"),
        (ModelError("a"), 503, "model"),
        (NoIndexError("a"), 503, "no_index"),
        (CpgassistError("a"), 500, "cpgassist"),
    ],
)
def test_each_error_has_its_status_and_code(error, status, code):
    assert (status_of(error), code_of(error)) == (status, code)


async def _full():
    desk = Desk(at_once=1, waiting=0)
    async with desk.place():
        with pytest.raises(ModelBusyError):
            async with desk.place():
                pass
    async with desk.place():
        return True


def test_a_full_desk_sends_away_and_has_room_again():
    import asyncio

    assert asyncio.run(_full())


# ---- photos


@pytest.fixture
def photo():
    from io import BytesIO

    png = BytesIO()
    Image.effect_noise((320, 240), 90).convert("RGB").save(png, "PNG")
    return png.getvalue()


def seeing(assistant, monkeypatch, reply):
    seer = Assistant(assistant.corpus)
    monkeypatch.setattr(seer, "_language_model", lambda: ScriptedChat(reply))
    return seer


def test_a_photo_is_described_in_memory_and_nothing_is_searched(assistant, monkeypatch, photo):
    item = {"text": "blue-green rash in rings", "certainty": "definite"}
    about = {"image_type": "clinical photo of skin", "anatomy": "left forearm", "limitations": ""}
    reply = json.dumps({**about, "findings": [item]})
    seer = seeing(assistant, monkeypatch, reply)
    monkeypatch.setattr(seer, "search", lambda *a, **k: pytest.fail("searched"))
    monkeypatch.setattr("tempfile.SpooledTemporaryFile.rollover", lambda self: pytest.fail("a photo on disk"))
    with TestClient(rest_app(seer)) as client:
        large = photo + b"\0" * 3_000_000  # over what would go to a file
        given = client.post("/photos", files=[("photo", ("zebra name.png", large, "image/png"))])
    assert given.status_code == 200, given.text
    seen = FindingsOut.model_validate(given.json())
    assert [one.text for one in seen.findings] == ["blue-green rash in rings"] and "zebra" not in given.text


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"content": b"\x89PNG", "headers": {"Content-Type": "image/png"}}, 415),
        ({"files": [("file", ("a.png", b"x", "image/png"))]}, 422),
        ({"files": [("photo", ("a.png", b"not a photo", "image/png"))]}, 422),
        ({"files": [("photo", (f"{n}.png", b"x", "image/png")) for n in range(5)]}, 422),
        ({"content": b"garbage", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 422),
        ({"content": b"garbage", "headers": {"Content-Type": "multipart/form-data"}}, 422),
    ],
)
def test_what_is_no_photo_is_told(assistant, monkeypatch, sent, status):
    with TestClient(rest_app(seeing(assistant, monkeypatch, "{}"))) as client:
        is_problem(client.post("/photos", **sent), status)


def test_without_a_model_photos_cannot_be_described(rest, photo):
    told = is_problem(rest.post("/api/v1/photos", files=[("photo", ("a.png", photo, "image/png"))]), 503, "model")
    assert "Type what you see" in told["next_step"]


# ---- the document, health and figures


def test_the_document_is_openapi_3_1_with_examples(rest):
    document = rest.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1") and document["servers"] == [{"url": "/api/v1"}]
    assert {"/ask", "/search", "/photos", "/guidelines", "/guidelines/{id}"} <= set(document["paths"])
    assert document["components"]["schemas"]["Ask"]["examples"]


def test_the_page_about_it_needs_nothing_else(rest):
    page = rest.get("/api/v1/docs")
    assert page.status_code == 200 and "POST /api/v1/ask" in page.text
    assert not re.findall(r"<script|https?://|@import|url\(", page.text)


def test_health_and_readiness(rest, tmp_path):
    assert rest.get("/healthz").json() == {"status": "alive"}
    assert rest.get("/readyz").json()["status"] == "ready"
    nothing, app = Assistant(Corpus(tmp_path)), FastAPI()
    add_rest(app, nothing, Metrics(nothing))
    with TestClient(app) as client:
        is_problem(client.get("/readyz"), 503, "no_index")
        assert "cpgassist_index_ready 0.0" in client.get("/metrics").text


def test_figures_count_and_hold_no_words(rest):
    rest.post("/api/v1/ask", json={"question": "zebra crossing fever zelmorin dose"})
    rest.get("/api/v1/guidelines/zebra")
    told = rest.get("/metrics").text
    assert 'cpgassist_answers_total{status="' in told and "cpgassist_guidelines 5.0" in told
    assert 'route="/api/v1/ask"' in told and "zebra" not in told


def test_what_must_be_known_of_a_ranking_comes_with_it(assistant):
    class Warned(Assistant):
        def search(self, *asked, **more):
            return replace(super().search(*asked, **more), warnings=("The reranker failed.",))

    with TestClient(rest_app(Warned(assistant.corpus))) as client:
        found = client.post("/search", json={"question": DOSE}).json()
    assert SearchOut.model_validate(found).warnings == ["The reranker failed."]
