"""An application served on loopback, for clients that want an address."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from cpgassist import Assistant, Corpus
from cpgassist.apps.server import create_app


@contextmanager
def served(app) -> Iterator[str]:
    """Its address, as http://127.0.0.1:PORT, while it is served."""
    taken = socket.create_server(("127.0.0.1", 0))  # the server's own from here on: nobody else can get its port
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, args=[[taken]])
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.02)
    try:
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        taken.close()


@pytest.fixture(scope="module")
def assistant(index, sample):
    """It answers from the sample guidelines."""
    return Assistant(Corpus(sample, index=index))


@pytest.fixture(scope="module")
def app(assistant):
    """All its web doors."""
    return create_app(assistant)


@pytest.fixture(scope="module")
def base(app):
    """Their address."""
    with served(app) as address:
        yield address
