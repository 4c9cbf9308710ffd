"""A small corpus with an admin page, for its tests: invented guidelines made here, and an embedder without a model."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from itertools import count

import pytest
from fastapi.testclient import TestClient

from cpgassist import Assistant
from cpgassist.apps.admin.office import Office
from cpgassist.apps.server import create_app
from tests.fixtures.clinic import opened

TOKEN = "Qz7-plume-harbour-41xx"
HOST = "http://testserver"
BYTES = {"content-type": "application/octet-stream"}
NET = ("Management of Net Rash", ("Care", "Wash the net rash with fresh water every morning."))
XSS = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>**b** [l](javascript:hack()) \'"'


QUESTIONS = [
    {
        "id": "a",
        "question": "How is gull fever diagnosed?",
        "gold": [{"file": "gull.pdf", "pages": [1]}],
        "facts": [["feather"]],
    },
    {"id": "b", "question": "Who won the boat race?", "kind": "offtopic", "answerable": False},
]


def lines_of(rows):
    """Rows as the lines of a question file."""
    return "\n".join(map(json.dumps, rows)).encode()


def until(reached, seconds=30):
    """Wait until something is so, looking often."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not (value := reached()):
        assert time.monotonic() < end, "it did not come about"
        pause.wait(0.02)
    return value


def finished(office):
    """The last job, once it has ended."""
    until(lambda: office.jobs.last is not None and not office.jobs.running)
    return office.jobs.last


class Held:
    """Work that goes on when told."""

    def __init__(self, result=None, error=None):
        self.go, self.result, self.error = threading.Event(), result, error

    def __call__(self, progress):
        progress("read", "a.pdf", 1, 4)
        assert self.go.wait(20)
        if self.error is not None:
            raise self.error
        return self.result


def ended(jobs):
    """The last job of these, once it has ended."""
    until(lambda: not jobs.running)
    return jobs.last


def kept(folder, **settings):
    """The corpus in a folder, its admin page switched on."""
    return opened(folder, admin_token=TOKEN, **settings)


@pytest.fixture
def office(clinic):
    """Its office, without a server."""
    corpus = kept(clinic)
    return Office(corpus, Assistant(corpus))


_addresses = count(1)


@pytest.fixture(scope="session")
def site(_indexed):
    """One server on them for all tests that change nothing."""
    return create_app(Assistant(kept(_indexed)))


def visitor(app):
    """A browser without the token, at an address of its own."""
    return TestClient(app, base_url=HOST, client=(f"10.1.0.{next(_addresses)}", 1))


@pytest.fixture
def client(site):
    """A browser without the token."""
    return visitor(site)


@pytest.fixture
def admin(client):
    """A browser that gave the token."""
    return entered(client)


def entered(client):
    """A browser after the login; it sends what a browser sends with requests of the page's own."""
    answer = client.post("/admin/login", data={"token": TOKEN}, headers={"origin": HOST}, follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"] == "/admin/"
    client.headers["origin"] = HOST
    return client


def sent(browser, path, name=None):
    """Send a file as the page does."""
    answer = browser.post(
        "/admin/uploads", params={"name": name or path.name}, content=path.read_bytes(), headers=BYTES
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["said"]


def arrived(office, path, name=None):
    """The arrival of a file, once it was read."""

    async def content():
        yield path.read_bytes()

    arrival = asyncio.run(office.arrivals.receive(name or path.name, content()))
    return until(lambda: next((one for one in office.arrivals.all if one.key == arrival.key and not one.waiting), None))
