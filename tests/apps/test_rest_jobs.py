"""Jobs over REST: the admin page's own desk, for those with the token and nobody else."""

from __future__ import annotations

import json
import threading

import pytest
from fastapi.testclient import TestClient
from test_rest import is_problem

from cpgassist import Assistant
from cpgassist.apps.admin import job_view
from cpgassist.apps.keeping import Jobs, TokenCheck
from cpgassist.apps.keeping.jobs import KEPT
from cpgassist.apps.rest import rest_app
from cpgassist.apps.server import create_app
from cpgassist.errors import InputError
from tests.apps.admin_desk import HOST, NET, QUESTIONS, TOKEN, Held, ended, kept, lines_of, until, visitor
from tests.test_corpus import drawn, opened

JOBS = "/api/v1/admin/jobs"
OWN = {"authorization": f"Bearer {TOKEN}"}
REQUESTS = [
    ("GET", JOBS),
    ("GET", f"{JOBS}/x"),
    ("POST", JOBS),
    ("POST", f"{JOBS}/x/cancel"),
    ("GET", "/api/v1/admin/questions"),
    ("POST", "/api/v1/admin/questions?name=q.jsonl"),
    ("GET", "/api/v1/admin/nothing"),
    ("DELETE", JOBS),
    ("GET", "/api/v1//admin/jobs"),
    ("GET", "/api/v1/%61dmin/jobs"),
]


@pytest.fixture
def rest(office):
    """REST with the token, on a corpus of its own."""
    with TestClient(rest_app(office.assistant, None, (office, TokenCheck(TOKEN))), headers=OWN) as client:
        client.base_url = client.base_url.join("/")
        yield client


def done(rest, id):
    """A job, once it has ended."""

    def looked():
        told = rest.get(f"/admin/jobs/{id}").json()
        return told if told["state"] not in ("running", "cancelling") else None

    return until(looked)


def ran(rest, **wanted):
    given = rest.post("/admin/jobs", json=wanted)
    assert given.status_code == 202, given.text
    assert given.headers["location"].endswith(f"/admin/jobs/{given.json()['id']}")
    return done(rest, given.json()["id"])


# ---- who may


@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_nothing_is_told_or_done_without_the_token(site, method, path):
    for headers in (
        {},
        {"origin": HOST},
        {"authorization": f"Bearer {TOKEN}x"},
        {"cookie": f"cpgassist_admin={TOKEN}"},
    ):
        given = visitor(site).request(method, path, headers=headers, content=b'{"kind": "reindex"}')
        is_problem(given, 401, "token_needed")
        assert given.headers["www-authenticate"] == "Bearer" and TOKEN not in given.text


def test_the_session_of_the_admin_page_opens_nothing_here(admin):
    assert admin.get("/admin/here").status_code == 204
    is_problem(admin.post(JOBS, json={"kind": "verify"}), 401)


def test_where_no_token_is_set_there_is_nothing(_indexed):
    with TestClient(create_app(Assistant(opened(_indexed)))) as browser:
        for method, path in REQUESTS:
            is_problem(browser.request(method, path, headers=OWN), 404)
        assert "/admin/jobs" not in browser.get("/api/v1/openapi.json").text


def test_who_guesses_must_wait_at_both_doors(site):
    guesser = visitor(site)
    for _ in range(5):
        guesser.get(JOBS, headers={"authorization": "Bearer guess"})
    told = guesser.get(JOBS, headers=OWN)
    is_problem(told, 429, "too_many_tries")
    assert int(told.headers["retry-after"]) > 0
    assert guesser.get("/admin/config", headers=OWN).status_code == 429
    assert visitor(site).get(JOBS, headers=OWN).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/ask", "/v1/chat/completions", "/mcp"])
def test_no_other_door_starts_a_job(site, path):
    body = {
        "kind": "reindex",
        "model": "cpgassist",
        "messages": [],
        "method": "tools/call",
        "params": {"name": "reindex"},
    }
    assert visitor(site).post(path, json=body, headers=OWN).status_code in (400, 422, 503)


def test_the_admin_page_and_rest_share_one_desk(clinic):
    app = create_app(Assistant(kept(clinic)))
    with visitor(app) as browser:
        given = browser.post(JOBS, json={"kind": "dry-run"}, headers=OWN)
        assert given.status_code == 202
        assert given.json()["id"] in [job["id"] for job in browser.get(JOBS, headers=OWN).json()]


# ---- what they do


def test_each_job_gives_what_its_command_prints(rest, office, clinic):
    assert ran(rest, kind="dry-run")["result"] == json.loads(json.dumps(office.corpus.changes().to_dict()))
    assert ran(rest, kind="verify")["result"] == {"sound": True, "problems": []}
    assert ran(rest, kind="check")["result"]["index"] == office.corpus.current_version()
    assert "looked through" in job_view.outcome(office.jobs)
    first = office.corpus.current_version()
    drawn(clinic / "net.pdf", NET)
    job = ran(rest, kind="reindex")
    assert job["state"] == "done" and job["result"]["added"] == ["net.pdf"] and job["error"] is None
    assert {stage["name"] for stage in job["stages"]} >= {"read", "embed", "store"}
    assert ran(rest, kind="rollback")["result"] == {"index": first} and office.corpus.current_version() == first
    listed = rest.get("/admin/jobs").json()
    assert [one["kind"] for one in listed] == ["rollback", "reindex", "check", "verify", "dry-run"]
    assert all(one["result"] is None for one in listed)


def test_questions_are_sent_and_asked(rest):
    given = rest.post("/admin/questions", params={"name": "ward.jsonl"}, content=lines_of(QUESTIONS))
    assert given.status_code == 201 and given.json() == {
        "name": "ward.jsonl",
        "said": "ward.jsonl: 2 questions, 1 answerable.",
    }
    assert rest.get("/admin/questions").json() == ["ward.jsonl"]
    job = ran(rest, kind="evaluation", questions="ward.jsonl")
    assert job["state"] == "done" and job["result"]["file"] == "ward.jsonl"
    assert len(job["result"]["questions"]) == 2
    is_problem(rest.post("/admin/questions", params={"name": "a.jsonl"}, content=b"{"), 422, "input")
    is_problem(rest.post("/admin/questions", params={"name": "../a.jsonl"}, content=b""), 422)
    for name in ("../own.jsonl", "none", ""):
        is_problem(rest.post("/admin/jobs", json={"kind": "evaluation", "questions": name}), 422)


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"kind": "delete"},
        {"kind": "reindex", "full": "maybe"},
        {"kind": "verify", "full": True},
        {"kind": "evaluation"},
    ],
)
def test_what_is_no_job_is_refused(rest, office, wanted):
    is_problem(rest.post("/admin/jobs", json=wanted), 422)
    assert office.jobs.last is None


def test_a_failure_is_told_with_its_cure(rest, office, clinic):
    for name in ("gull.pdf", "rope.pdf"):
        (clinic / name).unlink()
    job = ran(rest, kind="reindex")
    assert job["state"] == "failed" and job["error"]["code"] == "index_refused" and job["error"]["next_step"]
    assert ran(rest, kind="reindex", allow_shrink=True)["result"]["removed"] == ["gull.pdf", "rope.pdf"]


def test_one_job_at_a_time(rest, office):
    work = Held("v1")
    office.jobs.start("rollback", work)
    is_problem(rest.post("/admin/jobs", json={"kind": "verify"}), 409, "job_runs")
    is_problem(rest.post(f"/admin/jobs/{office.jobs.last.id}/cancel"), 409, "not_cancelled")  # of a kind that is not
    work.go.set()
    ended(office.jobs)


def test_an_unknown_job_is_not_found(rest):
    is_problem(rest.get("/admin/jobs/none"), 404, "no_such_job")
    is_problem(rest.post("/admin/jobs/none/cancel"), 404, "no_such_job")


def told(response):
    for block in response.text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            yield lines["event"], json.loads(lines["data"])


def test_a_job_is_told_as_it_goes_on(rest, office):
    work = Held(["one file is damaged"])
    job = office.jobs.start("verify", work)
    threading.Timer(0.5, work.go.set).start()
    stream = rest.get(f"/admin/jobs/{job.id}", headers={"Accept": "text/event-stream"})
    assert stream.headers["content-type"].startswith("text/event-stream")
    *steps, (name, last) = told(stream)
    assert steps and {step for step, _ in steps} == {"progress"}
    assert steps[-1][1]["stages"][0] | {"seconds_left": None} == {
        "name": "read",
        "file": "a.pdf",
        "done": 1,
        "total": 4,
        "seconds_left": None,
    }
    assert name == "job" and last["state"] == "done"
    assert last["result"] == {"sound": False, "problems": ["one file is damaged"]}
    again = list(told(rest.get(f"/admin/jobs/{job.id}", headers={"Accept": "text/event-stream"})))
    assert [name for name, _ in again] == ["job"]


# ---- stopping


def stopped_at(office, stage, name):
    """Stops the first job when it hears of a step."""
    hear = office.jobs._hear

    def heard(at, file, done, total):
        if (at, file) == (stage, name) and len(office.jobs.all) == 1:
            office.stop()
        hear(at, file, done, total)

    office.jobs._hear = heard


@pytest.mark.parametrize(
    ("stage", "name"),
    [("read", "net.pdf"), ("embed", ""), ("store", "chroma"), ("check", "smoke"), ("store", "rename")],
)
def test_a_reindex_that_is_stopped_leaves_the_index_as_it_was(rest, office, clinic, stage, name):
    drawn(clinic / "net.pdf", NET)
    before, files = office.corpus.current_version(), sorted((clinic / ".index" / "versions").iterdir())
    stopped_at(office, stage, name)
    job = ran(rest, kind="reindex")
    assert job["state"] == "cancelled" and job["error"]["code"] == "cancelled" and job["result"] is None
    assert office.corpus.current_version() == before and sorted((clinic / ".index" / "versions").iterdir()) == files
    assert office.assistant.ask("How is gull fever diagnosed?").index == before and not office.corpus.verify()
    assert ran(rest, kind="reindex")["result"]["added"] == ["net.pdf"]  # and the next one goes through


def test_a_version_that_serves_already_is_not_told_as_stopped(rest, office, clinic):
    drawn(clinic / "net.pdf", NET)
    stopped_at(office, "store", "pointer replaced")
    job = ran(rest, kind="reindex")
    assert job["state"] == "done" and job["result"]["index"] == office.corpus.current_version()


def test_a_job_that_is_asked_to_stop_says_so_until_it_does(rest, office):
    steps, go = threading.Event(), threading.Event()

    def work(progress):
        for done in range(100):
            steps.set()
            assert go.wait(20)
            progress("ask", "", done, 100)

    job = office.jobs.start("evaluation", work)
    assert steps.wait(20)
    told = rest.post(f"/admin/jobs/{job.id}/cancel")
    assert told.status_code == 202 and told.json()["state"] == "cancelling"
    go.set()
    last = done(rest, job.id)
    assert last["state"] == "cancelled" and last["error"]["detail"] == "Stopped."
    is_problem(rest.post(f"/admin/jobs/{job.id}/cancel"), 409, "not_cancelled")


def test_only_the_last_jobs_are_kept_and_only_one_that_runs_can_be_stopped():
    jobs = Jobs()
    assert jobs.all == ()
    for _ in range(KEPT + 3):
        jobs.start("verify", lambda progress: [])
        ended(jobs)
    assert len(jobs.all) == KEPT and jobs.get(jobs.last.id) is jobs.last and jobs.get("none") is None
    with pytest.raises(InputError):
        jobs.stop(jobs.last.id)
