"""The chat as a web application, without a browser: routes, headers, pages, the public interface."""

from __future__ import annotations

import json
import re

import pytest
from chat_fakes import XSS, FakeAssistant, answered
from fastapi.testclient import TestClient

from cpgassist.apps.server import create_app

IC = "Ahmad 900101-14-5678 fever"


@pytest.fixture(scope="module")
def served():
    assistant = FakeAssistant()
    app = create_app(assistant, f"Title {XSS}", examples=["Which steroid?"])
    with TestClient(app, base_url="http://127.0.0.1") as client:
        client.assistant = assistant
        yield client


def test_home_leads_to_the_chat(served):
    answer = served.get("/", follow_redirects=False)
    assert answer.is_redirect and answer.headers["location"] == "/chat/"
    assert served.get("/chat").status_code == 200


def test_page_images(served):
    answer = served.get("/pages/eczema/2.jpg?v=1")
    assert answer.status_code == 200 and answer.content.startswith(b"\xff\xd8")
    assert answer.headers["content-type"] == "image/jpeg" and answer.headers["cache-control"].startswith("private")


def test_a_page_is_drawn_once(served):
    served.get("/pages/eczema/3.jpg")
    drawn = len(served.assistant.corpus.rendered)
    served.get("/pages/eczema/3.jpg")
    assert len(served.assistant.corpus.rendered) == drawn


@pytest.mark.parametrize(
    "path",
    [
        *("eczema/0", "eczema/-1", "eczema/4", "eczema/1_0", "eczema/%2B1", "eczema/1.5", "eczema/٣", "eczema/9999999"),
        *("nothing/1", "eczema.pdf/1", "..%2F..%2Fetc/1", "%2e%2e/1", "eczema/1%00", "eczema/"),
    ],
)
def test_no_other_page_is_served(served, path):
    assert served.get(f"/pages/{path}.jpg").status_code == 404


def test_the_scripts_of_gradio_are_compressed_and_kept(served):
    names = re.findall(r'"\./(assets/[\w-]+\.(?:js|css))"', served.get("/chat/").text)
    assert {name.rsplit(".")[-1] for name in names} == {"js", "css"}
    for name in names:
        plain = served.get(f"/chat/{name}", headers={"accept-encoding": "identity"})
        small = served.get(f"/chat/{name}", headers={"accept-encoding": "gzip, deflate, br"})
        assert plain.status_code == small.status_code == 200 and plain.content == small.content
        assert "content-encoding" not in plain.headers and small.headers["content-encoding"] == "gzip"
        assert "immutable" in small.headers["cache-control"] and small.headers["x-content-type-options"] == "nosniff"
    for name in ("none.js", "..%2Findex.html", "%2e%2e", "index.html", "a.js%00", ".js"):
        assert served.get(f"/chat/assets/{name}").status_code in (403, 404), name


def test_the_first_page_says_nothing_of_the_index_that_serves_later():
    assistant = FakeAssistant()

    class Later(FakeAssistant):
        opened = 0

        @property
        def index(self):
            self.opened += 1
            return assistant.index

        @index.setter
        def index(self, _):
            pass

    later = Later()
    with TestClient(create_app(later)) as client:
        assert later.opened == 1
        assert client.get("/chat/").status_code == 200 and later.opened == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", f"/chat/gradio_api/{name}") for name in ("runs", "runs/", "run-history/buckets", "monitoring")),
        *(("GET", f"/chat/{name}") for name in ("runs", "gradio_api/file=/etc/passwd", "file=/etc/passwd", "proxy=x")),
        *(("POST", f"/chat/gradio_api/{name}") for name in ("upload", "component_server", "vibe-edit", "run/ask")),
        *(("GET", path) for path in ("/docs", "/redoc", "/openapi.json", "/assets/../web.py", "/assets/web.py")),
        ("GET", "/chat//gradio_api//runs"),
    ],
)
def test_what_the_chat_does_not_use_is_closed(served, method, path):
    assert served.request(method, path).status_code == 404


def test_no_browser_writes_an_answer_to_its_disk(served):
    joined = {"data": [], "fn_index": 0, "session_hash": "abc"}
    for answer in (
        served.get("/chat/"),
        served.get("/chat/config"),
        served.post("/chat/gradio_api/queue/join", json=joined),
    ):
        assert answer.headers["cache-control"] == "no-store", answer.url


def test_security_headers_are_on_every_answer(served):
    for path in (
        "/chat/",
        "/chat/config",
        "/pages/eczema/1.jpg",
        "/pages/no/1.jpg",
        "/chat/gradio_api/runs",
        "/assets/chat.js",
    ):
        headers = served.get(path).headers
        policy = headers["content-security-policy"]
        assert "unsafe-eval" not in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
        assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("DENY", "nosniff")
        assert headers["referrer-policy"] == "no-referrer"


def test_every_script_of_the_page_has_a_fresh_nonce(served):
    first, second = served.get("/chat/"), served.get("/chat/")
    nonce = re.search(r"'nonce-([^']+)'", first.headers["content-security-policy"])[1]
    assert set(re.findall(r"<script[^>]*?nonce=\"([^\"]+)\"", first.text)) == {nonce}
    assert len(re.findall(r"<script[\s>]", first.text)) == first.text.count(
        f'<script nonce="{nonce}"'
    ) + first.text.count(f'<script type="module" nonce="{nonce}"')
    assert nonce not in second.text
    assert first.headers["cache-control"] == "no-store"


def test_the_page_title_cannot_break_out(served):
    assert "<script>window.hacked" not in served.get("/chat/").text


def test_the_page_names_no_other_host_to_load_from(served):
    page = served.get("/chat/").text
    loaded = re.findall(r"<(?:script|link|img|iframe)[^>]*?(?:src|href)=\"([^\"]+)\"", page)
    assert loaded and not [address for address in loaded if "//" in address]


def test_history_sharing_and_analytics_are_off(served):
    config = served.get("/chat/config").json()
    assert config["run_history"] is False and config["analytics_enabled"] is False
    assert not config.get("is_space") and config["footer_links"] == []


def test_the_queue_is_bounded(served):
    calls = served.get("/chat/config").json()["dependencies"]
    assert {call["api_visibility"] for call in calls if call["api_name"] != "ask"} == {"private"}
    mounted = next(route.app for route in served.app.routes if getattr(route, "path", "") == "/chat")
    blocks = mounted.get_blocks()
    assert blocks._queue.max_size == 64
    limits = {fn.concurrency_limit for fn in blocks.fns.values() if fn.concurrency_id == "retrieval"}
    assert limits == {4}


def called(client, question, guidelines=None):
    event = client.post("/chat/gradio_api/call/ask", json={"data": [question, guidelines]}).json()["event_id"]
    stream = client.get(f"/chat/gradio_api/call/ask/{event}").text
    kind, _, data = stream.strip().partition("\n")
    return kind.removeprefix("event: "), json.loads(data.strip().removeprefix("data: "))


def test_the_public_interface_is_ask_alone(served):
    info = served.get("/chat/gradio_api/info").json()
    assert list(info["named_endpoints"]) == ["/ask"] and info["unnamed_endpoints"] == {}


def test_ask_gives_answer_json(served):
    kind, data = called(served, "Which steroid?", ["eczema"])
    assert kind == "complete" and data[0] == answered("Which steroid?").to_dict()


@pytest.mark.parametrize("question", [IC, "x" * 2001, "", "failure", "broken secret"])
def test_ask_refuses_as_the_screen_does(served, question):
    kind, data = called(served, question)
    assert kind == "error" and "secret" not in json.dumps(data)
    assert "900101" not in json.dumps(data)
