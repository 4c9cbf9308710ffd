"""Vertex AI: a token for each request, and the files of batch prediction; no request leaves loopback."""

import json
import stat
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("openai", reason="the extra [openai] is not installed")

from cpgassist.errors import InputError, ModelError
from cpgassist.models.servers import vertex_model
from cpgassist.models.servers.vertex import batch_answers, batch_requests, endpoint_url, google_token, write_batch
from cpgassist.settings import Settings
from cpgassist.types import Photo, Prompt
from tests.models.fake_server import FakeServer, Plan

RESOURCE = "projects/clinic/locations/asia-southeast1/endpoints/42"
PROMPTS = [
    Prompt("You are kind.", ("Spots?",)),
    Prompt("You are kind.", (Photo(b"png", 1, 1, "Before"), "Spots <end_of_turn>?"), max_new_tokens=9),
    Prompt("", ("Spots é?",), temperature=0.5),
]


@pytest.fixture
def server():
    with FakeServer() as made:
        yield made


def test_each_request_has_a_fresh_token(server):
    tokens = iter(["one", "two"])
    url = f"http://{server.host}/v1beta1/{RESOURCE}"
    model = vertex_model(Settings(base_url=url), lambda: next(tokens))
    assert model.generate(PROMPTS[0]).text == model.generate(PROMPTS[0]).text
    assert [got["headers"]["authorization"] for got in server.requests] == ["Bearer one", "Bearer two"]
    assert (model.info.name, model.info.context) == (f"v1beta1/{RESOURCE}", 8192)
    assert server.requests[0]["path"] == f"/v1beta1/{RESOURCE}/chat/completions"
    assert server.requests[0]["body"]["model"] == ""


def test_it_says_that_it_is_vertex(server):
    model = vertex_model(Settings(base_url=server.url, model="medgemma-4b-it"), lambda: "t")
    assert (model.info.backend, model.info.name) == ("vertex", "medgemma-4b-it")


def test_a_token_that_was_refused(server):
    server.plan = Plan(status=401, said=None)
    with pytest.raises(ModelError, match="Sign in again"):
        vertex_model(Settings(base_url=server.url), lambda: "t").generate(PROMPTS[0])


def test_no_token_no_request(server):
    def token():
        raise ModelError("not signed in", "sign in")

    with pytest.raises(ModelError, match="not signed in"):
        vertex_model(Settings(base_url=server.url), token).generate(PROMPTS[0])
    assert server.requests == []


def test_an_endpoint_is_another_machine_like_any():
    url = endpoint_url("42.asia-southeast1-1.prediction.vertexai.goog", RESOURCE)
    assert url == f"https://42.asia-southeast1-1.prediction.vertexai.goog/v1beta1/{RESOURCE}"
    with pytest.raises(InputError, match="allow_remote"):
        vertex_model(Settings(base_url=url), lambda: "t")
    model = vertex_model(Settings(base_url=url, allow_remote=True), lambda: "t")
    with pytest.raises(InputError, match="allow_remote_photos"):
        model.generate(PROMPTS[1])


@pytest.mark.parametrize(
    ("dns", "resource"), [("x@y", RESOURCE), ("", RESOURCE), ("a.goog", "endpoints/1"), ("a/b", RESOURCE)]
)
def test_what_is_no_endpoint(dns, resource):
    with pytest.raises(InputError, match="dedicated endpoint"):
        endpoint_url(dns, resource)


def test_without_google_auth_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.auth", None)
    with pytest.raises(ModelError, match=r"cpgassist\[vertex\]"):
        google_token()


def test_google_tokens_are_renewed_when_they_run_out(monkeypatch):
    auth = pytest.importorskip("google.auth", reason="the extra [vertex] is not installed")
    pytest.importorskip("google.auth.transport.requests")

    class Credentials:
        token, uses = "", 0

        @property
        def valid(self):
            self.uses += 1
            return self.uses not in (1, 3)

        def refresh(self, _):
            self.token += "x"

    monkeypatch.setattr(auth, "default", lambda scopes: (Credentials(), "project"))
    token = google_token()
    assert [token() for _ in range(4)] == ["x", "x", "xx", "xx"]

    def nobody(scopes):
        raise auth.exceptions.DefaultCredentialsError("secret path")

    monkeypatch.setattr(auth, "default", nobody)
    with pytest.raises(ModelError, match="gcloud auth") as caught:
        google_token()()
    assert "secret path" not in str(caught.value)


# ---- batches


def completion(text, finish="stop"):
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}]}


def row(line, prediction):
    # Numbers come back from protobuf as floats, and keys in another order.
    instance = json.loads(line, parse_int=float)
    return json.dumps({"prediction": prediction, "instance": dict(reversed(instance.items()))})


def test_a_line_is_a_chat_completion_with_its_photos_inside():
    lines = list(batch_requests(PROMPTS))
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)
    first, second, _ = map(json.loads, lines)
    assert first == {
        "@requestFormat": "chatCompletions",
        "messages": [{"role": "system", "content": "You are kind."}, {"role": "user", "content": "Spots?"}],
        "max_tokens": 512,
        "temperature": 0.0,
        "seed": 0,
    }
    assert second["messages"][1]["content"][1]["image_url"]["url"].startswith("data:image/png;base64,")
    assert "<end_of_turn>" not in lines[1]


@pytest.mark.parametrize(
    "wrap",
    [lambda c: c, lambda c: [c], lambda c: {"predictions": c}, lambda c: {"predictions": [c]}, lambda c: {"predictions": [[c]]}],
)  # fmt: skip
def test_answers_come_back_in_the_order_of_the_prompts(wrap):
    rows = [row(line, wrap(completion(f"<think>hm</think>A{n}"))) for n, line in enumerate(batch_requests(PROMPTS))]
    made = batch_answers([*reversed(rows), "\n"], PROMPTS)
    assert [(one.text, one.thought, one.finish) for one in made] == [(f"A{n}", "hm", "stop") for n in range(3)]


def test_bare_texts_are_answers_too():
    (line,) = batch_requests(PROMPTS[:1])
    assert batch_answers([row(line, {"predictions": ["Rest."]})], PROMPTS[:1])[0].text == "Rest."


@pytest.mark.parametrize(
    "prediction",
    [None, {}, [], {"predictions": []}, {"choices": []}, {"choices": [7]}, completion(""), completion(None),
     completion("x", "content_filter"), completion("x", None), {"error": "no"}, "", 7],
)  # fmt: skip
def test_what_is_no_whole_answer_is_an_error_in_its_place(prediction):
    lines = list(batch_requests(PROMPTS[:2]))
    made = batch_answers([row(lines[0], prediction), row(lines[1], completion("Rest.", "length"))], PROMPTS)
    assert [type(one) for one in made] == [ModelError, type(made[1]), ModelError]
    assert (made[1].text, made[1].finish) == ("Rest.", "length")


@pytest.mark.parametrize("line", ["{", "[]", "7", "{}", '{"prediction": 1}'])
def test_a_line_that_is_no_answer(line):
    with pytest.raises(InputError, match="Line 1"):
        batch_answers([line], PROMPTS)


@given(st.recursive(st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.sampled_from(["choices", "message", "content", "predictions", "finish_reason", "x"]), x)))  # fmt: skip
def test_any_prediction_is_an_answer_or_an_error(prediction):
    (line,) = batch_requests(PROMPTS[:1])
    assert len(batch_answers([row(line, prediction)], PROMPTS[:1])) == 1


def test_the_file_is_for_this_user_alone_and_never_overwritten(tmp_path):
    path = tmp_path / "batch.jsonl"
    assert write_batch(path, PROMPTS) == 3
    assert path.read_text(encoding="utf-8") == "".join(batch_requests(PROMPTS))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(InputError, match="already"):
        write_batch(path, PROMPTS)
