"""The MCP door: the guidelines as read-only tools of other programs, over stdio and under `/mcp`.

It stands on the official SDK (extra `mcp`), which is imported when the door is opened.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from cpgassist.errors import InputError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from cpgassist.apps.web.metrics import Metrics
    from cpgassist.assistant import Assistant

__all__ = ["PATH", "add_mcp", "is_installed", "serve_stdio", "tool_list"]

PATH = "/mcp"
"""Where streamable HTTP is served."""


def is_installed() -> bool:
    """Whether the SDK is there."""
    return find_spec("mcp") is not None


def serve_stdio(assistant: Assistant) -> None:
    """Speak MCP on stdin and stdout until stdin ends. Nothing but the protocol is written to stdout.

    Raises InputError where the extra is not installed.
    """
    _needed()
    from cpgassist.apps.mcp.serving import run_on_stdio

    run_on_stdio(assistant)


def add_mcp(app: FastAPI, assistant: Assistant, metrics: Metrics | None = None) -> None:
    """Serve MCP over streamable HTTP at `/mcp` while the application runs. Raises InputError without the extra."""
    _needed()
    from cpgassist.apps.mcp.http import add_endpoint

    add_endpoint(app, PATH, assistant, metrics)


def tool_list() -> list[dict[str, Any]]:
    """The tools as `tools/list` gives them. Raises InputError where the extra is not installed."""
    _needed()
    from cpgassist.apps.mcp.serving import listed_tools

    return [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed_tools()]


def _needed() -> None:
    if not is_installed():
        raise InputError("MCP needs the mcp package.", "Run: pip install 'cpgassist[mcp]'")
