"""A client of the MCP door for tests, what they ask of it, and an assistant that thinks until it is told to stop."""

from __future__ import annotations

import threading

import anyio
import pytest
from mcp import Client, MCPError

from cpgassist.errors import ModelError

DOSE = "What is the dose of zelmorin for an adult with harbour fever?"
SILENT = "Recipe for pancakes?"
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
TAKES = {"Accept": "application/json, text/event-stream"}


def asking(server, work):
    """What `work` gives with a client of the server."""

    async def run():
        async with Client(server) as client:
            return await work(client)

    return anyio.run(run)


def refusal(server, work):
    """The error that a client of the server gets."""

    async def refused(client):
        with pytest.raises(MCPError) as error:
            await work(client)
        return error.value

    return asking(server, refused)


def timeless(answer):
    return {name: value for name, value in answer.items() if name != "seconds"}


class Thinking:
    """An assistant that thinks until it is told to stop."""

    def __init__(self):
        self.began, self.stopped = threading.Event(), threading.Event()

    def ask(self, question, where, findings, cancel):
        self.began.set()
        assert cancel.wait(20)
        self.stopped.set()
        raise ModelError("It was stopped.")


async def gave_up(client, assistant):
    """Asks, and goes away while it is thought about."""
    async with anyio.create_task_group() as group:

        async def ask():
            await client.call_tool("ask_guidelines", {"question": DOSE})

        group.start_soon(ask)
        assert await anyio.to_thread.run_sync(assistant.began.wait, 20)
        group.cancel_scope.cancel()
    return await anyio.to_thread.run_sync(assistant.stopped.wait, 20)
