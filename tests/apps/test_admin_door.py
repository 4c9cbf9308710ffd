"""Nothing of the admin page without the token: not a page, not a picture, not a Gradio route, not an action."""

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from cpgassist import Assistant
from cpgassist.apps.admin import entering
from cpgassist.apps.admin.entering import COOKIE, Door
from cpgassist.apps.keeping import TokenCheck
from cpgassist.apps.keeping.token import LONGEST_WAIT
from cpgassist.apps.server import create_app
from tests.apps.admin_desk import BYTES, HOST, TOKEN
from tests.fixtures.clinic import opened

GETS = [
    *("/admin/config", "/admin/config/", "/admin//config", "/admin/here", "/admin/report", "/admin/map.css"),
    *("/admin/plots/timeline.svg", "/admin/shown/gull/1.png", "/admin/theme.css", "/admin/assets/index.js"),
    *("/admin/gradio_api/info", "/admin/gradio_api/queue/data?session_hash=x", "/admin/gradio_api/heartbeat/x"),
    *("/admin/gradio_api/file=corpus.toml", "/admin/gradio_api/startup-events", "/admin/nothing", "/admin/login/x"),
]
POSTS = [
    *("/admin/uploads?name=a.pdf", "/admin/uploads/x/add", "/admin/uploads/x/replace", "/admin/uploads/x/discard"),
    *("/admin/questions?name=q.jsonl", "/admin/logout", "/admin/gradio_api/queue/join", "/admin/gradio_api/upload"),
    *("/admin/gradio_api/call/reindex", "/admin/gradio_api/run/predict", "/admin/gradio_api/cancel", "/admin/"),
]


def test_there_is_no_admin_page_without_a_token(_indexed):
    with TestClient(create_app(Assistant(opened(_indexed)))) as browser:
        for path in ("/admin", "/admin/", "/admin/login", "/admin/config", "/admin/gradio_api/queue/data"):
            assert browser.get(path).status_code == 404, path
        assert browser.post("/admin/login", data={"token": TOKEN}).status_code == 404
        assert browser.get("/chat/").status_code == 200


@pytest.mark.parametrize("path", GETS)
def test_nothing_is_shown_without_the_token(client, path):
    answer = client.get(path, follow_redirects=False)
    assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", POSTS)
def test_nothing_is_done_without_the_token(client, path):
    for headers in ({}, {"origin": HOST}, {"authorization": f"Bearer {TOKEN}x"}, {"cookie": f"{COOKIE}=guess"}):
        assert client.post(path, content=b"{}", headers={**BYTES, **headers}).status_code in (401, 429), headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_other_methods_are_refused_too(client, method):
    assert client.request(method, "/admin/config").status_code == 401


def test_a_page_without_a_session_leads_to_the_login(client):
    answer = client.get("/admin/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/login")
    page = client.get("/admin/login")
    assert page.status_code == 200 and "<script" not in page.text and TOKEN not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "form-action 'self'" in policy and "script" not in policy
    assert page.headers["x-frame-options"] == "DENY" and page.headers["cache-control"] == "no-store"


def test_the_cookie_is_of_this_process_and_no_script_reads_it(client):
    entered = client.post("/admin/login", data={"token": TOKEN}, headers={"origin": HOST}, follow_redirects=False)
    cookie = entered.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=strict", "path=/admin", "max-age="))
    assert TOKEN.lower() not in cookie
    other = Door(TokenCheck(TOKEN))
    assert other.refuse(scope(cookie=f"{COOKIE}={client.cookies[COOKIE]}")) is not None


def test_an_admin_gets_in_and_out(admin):
    assert admin.get("/admin/").status_code == 200
    assert admin.get("/admin/config").status_code == 200
    assert admin.get("/admin/here").status_code == 204
    session = admin.cookies[COOKIE]
    assert admin.post("/admin/logout", follow_redirects=False).status_code == 303
    assert admin.get("/admin/config", headers={"cookie": f"{COOKIE}={session}"}).status_code == 401


def test_the_token_may_be_sent_as_a_header(client):
    own = {"authorization": f"Bearer {TOKEN}"}
    assert client.get("/admin/config", headers=own).status_code == 200
    answer = client.post("/admin/uploads/none/discard", headers=own)
    assert answer.status_code == 422 and "not here any more" in answer.json()["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": ""},
        {"origin": "null"},
        {"origin": "https://elsewhere.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
def test_another_site_cannot_use_the_session(admin, headers):
    for path in ("/admin/uploads/x/add", "/admin/gradio_api/queue/join", "/admin/logout"):
        assert admin.post(path, headers=headers).status_code == 403, path
    assert admin.get("/admin/here").status_code == 204


def test_another_site_cannot_log_anyone_in(client):
    refused = client.post("/admin/login", data={"token": TOKEN}, headers={"origin": "https://elsewhere.example"})
    assert refused.status_code == 403 and "set-cookie" not in refused.headers


def test_no_form_can_send_a_file(admin):
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        for path in ("/admin/uploads", "/admin/questions"):
            assert admin.post(path, content=b"x", headers={"content-type": kind}).status_code == 415


@pytest.mark.parametrize(
    "name", ["info", "openapi.json", "call/refresh", "upload", "file=x", "runs", "monitoring", "run/predict"]
)
def test_gradio_routes_that_the_page_does_not_use_are_closed_to_admins_too(admin, name):
    assert admin.get(f"/admin/gradio_api/{name}").status_code == 404
    assert admin.post(f"/admin/gradio_api/{name}").status_code == 404
    config = admin.get("/admin/config").json()
    assert all(event["api_visibility"] != "public" for event in config["dependencies"])


# ---- guessing


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def scope(path="/admin/config", method="GET", address="10.0.0.1", **headers):
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "headers": pairs,
        "client": (address, 1),
        "query_string": b"",
    }


def bearer(door, token, address="10.0.0.1"):
    answer = door.refuse(scope(authorization=f"Bearer {token}", address=address))
    return 200 if answer is None else answer.status_code


def test_who_guesses_waits_longer_each_time_and_nobody_else_does():
    clock = Clock()
    door = Door(TokenCheck(TOKEN, clock))
    assert [bearer(door, f"guess {n}") for n in range(5)] == [401] * 5
    assert bearer(door, TOKEN) == 429  # even the right one: else a guess could be told from it
    assert bearer(door, TOKEN, "10.0.0.2") == 200
    waits = []
    for _ in range(4):
        refused = door.refuse(scope(authorization="Bearer x"))
        waits.append(int(refused.headers["retry-after"]))
        clock.now += waits[-1]
        assert bearer(door, "still wrong") == 401
    assert waits == [30, 60, 120, 240]
    clock.now += LONGEST_WAIT
    assert bearer(door, TOKEN) == 200


def test_the_login_page_makes_guessers_wait_too(client):
    def tried(token):
        return client.post("/admin/login", data={"token": token}, headers={"origin": HOST}, follow_redirects=False)

    assert [tried("wrong").status_code for _ in range(5)] == [401] * 5
    refused = tried(TOKEN)
    assert refused.status_code == 429 and "Try again in" in refused.text and "set-cookie" not in refused.headers


def test_a_session_ends_after_a_working_day():
    clock = Clock()
    door = Door(TokenCheck(TOKEN, clock))
    cookie = f"{COOKIE}={door._new_session()}"
    assert door.refuse(scope(cookie=cookie)) is None
    assert door.user(Request(scope(cookie=cookie))) == "admin"
    clock.now += entering.SESSION_SECONDS + 1
    assert door.refuse(scope(cookie=cookie)).status_code == 401
    assert door.user(Request(scope(cookie=cookie))) is None


@pytest.mark.parametrize(
    "body", ["", "token=", "other=1", "token=" + "x" * 9000, "&" * 200, "token=%ff%fe", "a=1&b=2&c=3&d=4&e=5"]
)
def test_forms_of_any_kind_are_a_wrong_token_and_no_more(client, body):
    headers = {"origin": HOST, "content-type": "application/x-www-form-urlencoded"}
    assert client.post("/admin/login", content=body, headers=headers).status_code == 401
