"""The OpenAI-compatible door, asked by OpenAI's own client: whole and streamed, photos first described, errors with a cure."""

from __future__ import annotations

import base64
import io
import json
import re

import pytest

pytest.importorskip("openai")

import openai
from chat_fakes import FakeAssistant
from door_server import app, assistant, base, served
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from hypothesis import given as given_that
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from PIL import Image

from cpgassist.apps.openai_api import add_openai
from cpgassist.apps.openai_api.composing import in_markdown
from cpgassist.apps.openai_api.confirming import Waiting, confirmed, waiting
from cpgassist.apps.openai_api.messages import Apart
from cpgassist.errors import InputError, ModelError
from cpgassist.testing import ScriptedChat
from cpgassist.types import BY_USER, RESEARCH_USE, Finding, Findings
from tests.fixtures.spent import least_spent

__all__ = ["app", "assistant", "base"]

DOSE = "What is the dose of zelmorin for an adult with harbour fever?"
SILENT = "Recipe for pancakes?"
SEEN = (
    '{"image_type": "clinical photo", "anatomy": "forearm", "findings": [{"text": "crusted plaque", "certainty": '
    '"definite"}, {"text": "weeping", "certainty": "possible"}], "limitations": "one view"}'
)


@pytest.fixture(scope="module")
def client(base):
    with openai.OpenAI(base_url=f"{base}/v1", api_key="none", max_retries=0) as client:
        yield client


def said(*texts):
    """A chat: a user's words, an assistant's, and so on."""
    return [{"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(texts)]


def ask(client, *texts, **more):
    return client.chat.completions.create(model="cpgassist", messages=said(*texts), **more)


def timeless(answer):
    return {name: value for name, value in answer.items() if name != "seconds"}


# ---- answers


def test_there_is_one_model(client):
    assert [model.id for model in client.models.list()] == ["cpgassist"]
    assert client.models.retrieve("cpgassist").owned_by == "cpgassist"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt")


def test_an_answer_can_be_read_alone_and_is_that_of_every_door(client, assistant):
    completion = ask(client, DOSE)
    message, answer = completion.choices[0].message, assistant.ask(DOSE)
    assert timeless(completion.cpgassist) == timeless(json.loads(json.dumps(answer.to_dict())))
    assert completion.choices[0].finish_reason == "stop" and completion.usage.total_tokens == 0
    shown = MarkdownIt("commonmark").render(message.content)
    assert "12 mg/kg/day by mouth in two divided doses" in message.content and "&gt;70 kg" in shown
    assert "[7] Management of Harbour Fever, 2nd Edition (2023), p. 3" in message.content
    assert message.content.endswith("Status: answered")


def test_every_citation_leads_to_its_page_with_the_words_marked(client, app, assistant, base):
    message = ask(client, DOSE).choices[0].message
    cited = assistant.ask(DOSE).citations
    assert len(message.annotations) == len(cited)
    with TestClient(app) as here:
        for annotation, citation in zip(message.annotations, cited, strict=True):
            assert annotation.type == "url_citation"
            told = annotation.url_citation
            assert message.content[told.start_index : told.end_index] == f"[{citation.n}]"
            assert told.url.startswith(base) and f"<{told.url}>" in message.content
            given = here.get(told.url)
            assert given.status_code == 200 and given.headers["content-type"] == "image/png"
            assert citation.guideline.title in told.title


def test_a_stream_holds_the_same(client):
    whole = ask(client, DOSE)
    chunks = list(ask(client, DOSE, stream=True, stream_options={"include_usage": True}))
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(one.choices[0].delta.content or "" for one in chunks if one.choices)
    assert text == whole.choices[0].message.content
    last, usage = chunks[-2:]
    assert last.choices[0].finish_reason == "stop" and timeless(last.cpgassist) == timeless(whole.cpgassist)
    told = last.choices[0].delta.annotations
    assert told == [one.model_dump() for one in whole.choices[0].message.annotations]
    assert usage.choices == [] and usage.usage.total_tokens == 0
    assert len({one.id for one in chunks}) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_silence_is_told(client, stream):
    given = ask(client, SILENT, stream=stream)
    if stream:
        chunks = list(given)
        text, about = "".join(one.choices[0].delta.content or "" for one in chunks), chunks[-1].cpgassist
    else:
        text, about = given.choices[0].message.content, given.cpgassist
    assert about["status"] == "silent" and text.endswith("Status: silent")
    assert text.startswith("The guidelines here do not answer this.")


def test_a_follow_up_is_understood_by_the_questions_before_it(client, assistant):
    talk = assistant.conversation().ask(DOSE).ask("and in pregnancy?")
    first = ask(client, DOSE).choices[0].message.content
    given = ask(client, DOSE, first, "and in pregnancy?")
    assert given.cpgassist["asked_as"] == talk.asked_as is not None
    assert f"Asked as: {talk.asked_as}" in given.choices[0].message.content.replace("\\", "")


def test_other_settings_have_no_effect(client):
    system = {"role": "system", "content": "Answer in rhymes."}
    given = client.chat.completions.create(
        model="cpgassist",
        messages=[system, *said(DOSE)],
        temperature=2,
        max_tokens=3,
        tools=[{"type": "function", "function": {"name": "f", "parameters": {}}}],
        response_format={"type": "json_object"},
    )
    assert timeless(given.cpgassist) == timeless(ask(client, DOSE).cpgassist)


# ---- refusals


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        (said(""), "Type a question first."),
        (said("dose for 850101-14-5678?"), "looks like an IC number"),
        (said("x " * 1500), "the limit is 2,000"),
        ([{"role": "system", "content": "x"}], "no message of a user"),
        ([{"role": "user", "content": [{"type": "input_audio"}]}], "Only text and pictures"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_next_step(client, messages, words):
    with pytest.raises(openai.BadRequestError, match=words) as refused:
        client.chat.completions.create(model="cpgassist", messages=messages)
    assert refused.value.body["next_step"] in str(refused.value) and "850101" not in str(refused.value)
    assert refused.value.type == "invalid_request_error"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x.png", "file:///etc/passwd", "data:text/html;base64,AAAA", "data:image/png;base64,%%"]
)
def test_pictures_are_never_fetched(client, url):
    with pytest.raises(openai.BadRequestError, match="picture"):
        client.chat.completions.create(model="cpgassist", messages=[with_photo("What is it?", url)])


def test_another_model_and_what_is_no_request_are_refused(client, app):
    with pytest.raises(openai.NotFoundError, match="Ask for cpgassist"):
        client.chat.completions.create(model="gpt-4", messages=said(DOSE))
    with TestClient(app) as here:
        for sent in (b"", b"{", b"[]", b'{"messages": []}', b'{"messages": 1}', b"\xff"):
            given = here.post("/v1/chat/completions", content=sent, headers={"Content-Type": "application/json"})
            assert given.status_code == 400 and given.json()["error"]["next_step"]
        assert here.get("/v1/files").status_code == 404 and here.get("/v1/chat/completions").status_code == 405
        assert here.post("/v1/files").json()["error"]["next_step"]


def test_two_megabytes_are_refused_at_once(app):
    sent = json.dumps({"messages": said("x" * 2_000_000)}).encode()
    with TestClient(app) as here:
        parts = [sent[at : at + 60_000] for at in range(0, len(sent), 60_000)]
        for content in (lambda: sent, lambda: iter(parts)):
            answers = []
            asking = lambda: answers.append(  # noqa: E731
                here.post("/v1/chat/completions", content=content(), headers={"Content-Type": "application/json"})
            )
            assert least_spent(asking) < 0.1
            given = answers[-1]
            assert given.status_code == 413 and given.json()["error"]["code"] == "too_large"
            assert given.headers["content-type"] == "application/problem+json"
            told = given.json()
            assert told["status"] == 413 and told["detail"] and told["next_step"] == told["error"]["next_step"]


def test_the_client_reads_the_refusal_of_two_megabytes(client):
    with pytest.raises(openai.APIStatusError, match="is larger than") as refused:
        ask(client, "x" * 2_000_000)
    assert refused.value.status_code == 413 and refused.value.code == "too_large"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given_that(
    st.lists(st.sampled_from(['"data:image', "/png;base64,AAAA", '"', "data:", "text", "\\"]), max_size=12),
    st.integers(1, 9),
)
def test_pictures_weigh_nothing_however_a_request_is_cut(parts, size):
    whole = "".join(parts).encode()
    apart = Apart()
    weighed = sum(apart(whole[at : at + size]) for at in range(0, len(whole), size))
    assert weighed == len(re.sub(rb'"data:image[^"]*"?', b"", whole))


def test_more_than_the_photos_may_take_is_refused_unread(app):
    with TestClient(app) as here:
        given = here.post("/v1/chat/completions", content=b"x", headers={"Content-Length": str(10**9)})
        assert given.status_code == 413


class Failing(FakeAssistant):
    def stream(self, *asked, **more):
        raise self.error


@pytest.mark.parametrize(
    ("error", "words", "status"),
    [(ModelError("It is gone.", "Put it back."), "It is gone. Put it back.", 503), (ValueError("mould"), "wrong", 500)],
)
def test_a_failure_is_an_error_whole_and_streamed(error, words, status, caplog):
    failing = Failing()
    failing.error = error
    app = FastAPI()
    add_openai(app, failing)
    with served(app) as address, openai.OpenAI(base_url=f"{address}/v1", api_key="x", max_retries=0) as client:
        with pytest.raises(openai.InternalServerError, match=words) as refused:
            ask(client, "Mould?")
        assert refused.value.status_code == status
        with pytest.raises(openai.APIError, match=words):
            list(ask(client, "Mould?", stream=True))
    assert "mould" not in caplog.text.casefold()


def test_requests_and_answers_are_counted_without_a_word_of_them(app, client):
    ask(client, DOSE)
    ask(client, SILENT, stream=True).close()
    with TestClient(app) as here:
        told = here.get("/metrics").text
    assert 'cpgassist_requests_total{route="/v1/chat/completions",status="200"}' in told
    assert 'cpgassist_answers_total{status="answered"}' in told and "zelmorin" not in told


# ---- photos


def picture() -> str:
    png = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((320, 320)).save(png, "PNG")
    return f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"


def with_photo(text, url):
    return {
        "role": "user",
        "content": [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": url}}],
    }


@pytest.fixture
def eyes():
    return FakeAssistant(eyes=ScriptedChat(SEEN, SEEN, SEEN))


@pytest.fixture
def seeing(eyes):
    app = FastAPI()
    add_openai(app, eyes)
    with TestClient(app) as client:

        def asking(*messages):
            given = client.post("/v1/chat/completions", json={"messages": list(messages)})
            return given.status_code, given.json()

        yield asking


QUESTION = "Treatment of infected eczema?"


def test_a_photo_is_described_and_nothing_is_searched(seeing, eyes):
    status, body = seeing(with_photo(QUESTION, picture()))
    text = body["choices"][0]["message"]["content"]
    assert status == 200 and eyes.asked == [] and len(eyes.photos) == 1
    assert "(1) crusted plaque (definite)" in text and "Reply **ok**" in text and RESEARCH_USE in text
    assert body["cpgassist"]["status"] == "findings"
    assert waiting(text).question == QUESTION


@pytest.mark.parametrize(
    ("reply", "kept", "label"),
    [
        ("ok", ["crusted plaque", "weeping"], RESEARCH_USE),
        ("Yes.", ["crusted plaque", "weeping"], RESEARCH_USE),
        ("2", ["crusted plaque"], RESEARCH_USE),
        ("findings: dry skin; cracks", ["dry skin", "cracks"], "changed by the user"),
    ],
)
def test_the_next_turn_searches_with_what_was_confirmed(seeing, eyes, reply, kept, label):
    asked = with_photo(QUESTION, picture())
    described = seeing(asked)[1]["choices"][0]["message"]
    status, body = seeing(asked, described, {"role": "user", "content": reply})
    assert status == 200 and len(eyes.photos) == 1  # the photo in the history is not described again
    (findings,) = eyes.confirmed
    assert [item.text for item in findings.items] == kept and label in findings.label
    assert eyes.asked[0][0] == QUESTION
    assert label in body["choices"][0]["message"]["content"]


def test_what_is_no_yes_is_asked_again_and_a_question_is_a_question(seeing, eyes):
    asked = with_photo(QUESTION, picture())
    described = seeing(asked)[1]["choices"][0]["message"]
    again = seeing(asked, described, {"role": "user", "content": "hmm, maybe"})[1]
    assert eyes.asked == [] and waiting(again["choices"][0]["message"]["content"]).question == QUESTION
    seeing(asked, described, {"role": "user", "content": "Infected eczema?"})
    assert eyes.confirmed == [None]
    status, body = seeing(asked, described, {"role": "user", "content": "3"})
    assert status == 400 and "numbered 1 to 2" in body["error"]["message"]
    assert seeing(asked, described, {"role": "user", "content": "1 2"})[0] == 400


def test_without_a_model_that_sees_the_next_step_is_told(client):
    with pytest.raises(openai.InternalServerError, match="Type what you see"):
        client.chat.completions.create(model="cpgassist", messages=[with_photo("What is it?", picture())])


def test_too_many_photos_are_refused(seeing):
    parts = [with_photo("x", picture())["content"][1]] * 5
    assert seeing({"role": "user", "content": parts})[0] == 400


# ---- findings between turns, and Markdown

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).filter(str.strip)


@given_that(question=TEXTS, texts=st.lists(TEXTS, min_size=1, max_size=4), limits=st.text(max_size=60))
def test_findings_survive_the_turn(question, texts, limits):
    items = tuple(Finding(" ".join(text.split()), "possible") for text in texts)
    seen = Findings("photo", "arm", items, limits.encode("utf-8", "ignore").decode())
    back = waiting(str(Waiting(question, seen)))
    assert back.question == question and back.findings.items == items
    assert confirmed(back, "ok").items == tuple({item.text: item for item in items}[item.text] for item in items)


@pytest.mark.parametrize(
    "text",
    ["", "ok", "```cpgassist-findings\n{}\n```", "```cpgassist-findings\n[1\n```", "```cpgassist-findings\n3\n```"],
)
def test_other_messages_hold_no_findings(text):
    assert waiting(text) is None


def test_typed_findings_say_so():
    waits = Waiting("q", Findings.typed("dry skin"))
    assert BY_USER in str(waits) and confirmed(waits, "what?") is None
    with pytest.raises(InputError):
        confirmed(waits, "findings: ")


LINES = st.one_of(
    st.text(st.sampled_from("*_`~<>&#+-=|[]().!1 am\\$:;"), min_size=1, max_size=25),
    st.sampled_from(
        [
            "> 70 kg",
            "5 mg* or 10 mg*",
            "~5 to ~10 mg",
            "1. first",
            "3) third",
            "- x",
            "# 1",
            "<b>5</b>",
            "&lt;5",
            "a_b_c",
        ]
    ),
)


@given_that(LINES)
def test_markdown_shows_a_line_as_it_is(line):
    line = " ".join(line.split())
    if not line or "[" in line:  # marks of citations stay as they are
        return
    (block,) = [
        token for token in MarkdownIt("gfm-like", {"linkify": False}).parse(in_markdown(line)) if token.children
    ]
    shown = "".join(child.content for child in block.children)
    assert block.type == "inline" and shown == line
