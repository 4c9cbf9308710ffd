"""The MCP door over HTTP: whom it answers, what it refuses, what is counted, who gives up."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

pytest.importorskip("mcp")

from door_server import app, assistant, base, served
from fastapi import FastAPI
from fastapi.testclient import TestClient
from mcp_client import DOSE, INITIALIZE, SILENT, TAKES, Thinking, asking, gave_up, timeless

from cpgassist.apps.mcp import add_mcp
from cpgassist.apps.mcp.tools import TOOL
from tests.fixtures.spent import least_spent

__all__ = ["app", "assistant", "base"]


def test_over_http(base, assistant):
    async def work(client):
        names = [tool.name for tool in (await client.list_tools()).tools]
        answers = [await client.call_tool("ask_guidelines", {"question": asked}) for asked in (DOSE, SILENT)]
        return names, [one.structured_content for one in answers]

    names, answers = asking(f"{base}/mcp", work)
    assert names == list(TOOL)
    assert timeless(answers[0]) == timeless(json.loads(json.dumps(assistant.ask(DOSE).to_dict())))
    assert answers[1]["status"] == "silent"


@pytest.fixture
def http(app):
    with TestClient(app) as client:
        yield client


def test_the_guard_keeps_its_headers(http):
    given = http.post("/mcp", json=INITIALIZE, headers=TAKES)
    assert given.status_code == 200 and given.json()["result"]["serverInfo"]["name"] == "cpgassist"
    assert given.headers["x-content-type-options"] == "nosniff" and "content-security-policy" in given.headers
    assert "mcp-session-id" not in given.headers and "access-control-allow-origin" not in given.headers


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://evil.example", 403),
        ("http://testserver", 403),
        ("null", 403),
        ("http://127.0.0.1.evil.example", 403),
        ("http://localhost@evil.example", 403),
        ("http://[::1", 403),
        ("http://localhost:6274", 200),
        ("http://127.0.0.1:7860", 200),
    ],
)
def test_pages_of_other_sites_are_refused(http, origin, status):
    given = http.post("/mcp", json=INITIALIZE, headers={**TAKES, "Origin": origin})
    assert given.status_code == status
    assert status == 200 or given.json()["error"]["data"]["next_step"]


def test_only_post_is_answered(http):
    for method in ("GET", "DELETE", "PUT", "OPTIONS"):
        given = http.request(method, "/mcp")
        assert given.status_code == 405 and given.headers["allow"] == "POST"


def test_two_megabytes_are_refused_at_once(http):
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    sent = json.dumps(
        {**call, "params": {"name": "ask_guidelines", "arguments": {"question": "x" * 2_000_000}}}
    ).encode()
    parts = [sent[at : at + 60_000] for at in range(0, len(sent), 60_000)]
    for content in (lambda: sent, lambda: iter(parts)):
        answers = []
        asking = lambda: answers.append(  # noqa: E731
            http.post("/mcp", content=content(), headers={**TAKES, "Content-Type": "application/json"})
        )
        assert least_spent(asking) < 0.1
        given = answers[-1]
        told = given.json()
        assert given.status_code == told["status"] == 413 and told["error"]["data"]["next_step"] == told["next_step"]
        assert given.headers["content-type"] == "application/problem+json"


@pytest.fixture(scope="module")
def alone(assistant):
    """The address of the door without the others."""
    app = FastAPI()
    add_mcp(app, assistant)
    with served(app) as base:
        yield base


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example:7860", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost@evil.example", 403),
        ("", 403),
        ("[::1", 403),
        ("127.0.0.1:7860", 200),
        ("localhost:7860", 200),
        ("[::1]:7860", 200),
    ],
)
def test_on_this_computer_only_its_own_names_are_answered(alone, host, status):
    parts = urlsplit(alone)
    connection = HTTPConnection(parts.hostname, parts.port)
    connection.request(
        "POST", "/mcp", json.dumps(INITIALIZE), {**TAKES, "Host": host, "Content-Type": "application/json"}
    )
    given = connection.getresponse()
    told = json.loads(given.read())
    assert given.status == status, told
    assert status == 200 or told["error"]["data"]["next_step"]


def test_requests_and_answers_are_counted(http):
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    asked = {**call, "params": {"name": "ask_guidelines", "arguments": {"question": DOSE}}}
    before = http.get("/metrics").text
    assert http.post("/mcp", json=asked, headers={**TAKES, "MCP-Protocol-Version": "2025-06-18"}).status_code == 200
    told = http.get("/metrics").text
    assert 'cpgassist_requests_total{route="/mcp",status="200"}' in told
    assert told.count('cpgassist_answers_total{status="answered"}') == 1 and told != before and "zelmorin" not in told


def test_who_gives_up_over_http_stops_the_work():
    assistant, app = Thinking(), FastAPI()
    add_mcp(app, assistant)
    with served(app) as base:
        assert asking(f"{base}/mcp", lambda client: gave_up(client, assistant))


@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call"}', b"\xff"])
def test_what_is_no_message_is_no_server_error(http, sent):
    given = http.post("/mcp", content=sent, headers={**TAKES, "Content-Type": "application/json"})
    assert given.status_code < 500 and "Traceback" not in given.text


def test_it_answers_only_while_the_application_runs(assistant):
    app = FastAPI()
    add_mcp(app, assistant)
    assert TestClient(app).post("/mcp", json=INITIALIZE, headers=TAKES).status_code == 503
    for _ in range(2):
        with TestClient(app) as client:
            assert client.post("/mcp", json=INITIALIZE, headers=TAKES).status_code == 200
