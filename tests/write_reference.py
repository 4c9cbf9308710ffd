"""Writes docs/reference and the list of tools in docs/mcp.md from the doors themselves: `make docs`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import typer
from typer.testing import CliRunner

from cpgassist.apps.cli import __doc__ as CLI
from cpgassist.apps.cli import app
from cpgassist.apps.keeping import JobDesk, TokenCheck
from cpgassist.apps.mcp import tool_list
from cpgassist.apps.mcp.describing import with_tools
from cpgassist.apps.rest import rest_app

ROOT = Path(__file__).parents[1]


def reference() -> dict[str, str]:
    """What the pages should hold, by their path under the repository."""
    tools = (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")
    return {
        "docs/reference/openapi.json": as_json(openapi()),
        "docs/reference/mcp.json": as_json({"tools": tool_list()}),
        "docs/reference/cli.md": command_line(),
        "docs/mcp.md": with_tools(tools),
    }


def as_json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def openapi() -> dict[str, Any]:
    """The document of the REST door where an admin token is set; nothing is asked of the assistant for it."""
    nobody = cast(Any, None)
    return rest_app(nobody, None, (JobDesk(nobody, nobody), TokenCheck("none"))).openapi()


def command_line() -> str:
    """Every command with its arguments and options, as its help tells them."""
    codes = re.search(r"Exit codes: (.*?)\.\n*$", CLI or "", re.S)
    assert codes
    told = " ".join(codes[1].split()).replace("; ", "\n- ")
    head = f"# The command line\n\nWritten by `make docs` from the commands themselves.\n\nExit codes:\n\n- {told}\n"
    return "\n".join([head, *map(helped, [(), *commands(cast(Any, typer.main.get_command(app)))])]).rstrip() + "\n"


def commands(command: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of each command, those of groups included."""
    for word, one in command.commands.items():
        yield (*above, word)
        if hasattr(one, "commands"):
            yield from commands(one, (*above, word))


def helped(words: tuple[str, ...]) -> str:
    """What a command says with --help."""
    plain = {"COLUMNS": "110", "NO_COLOR": "1", "TERM": "dumb"}
    said = CliRunner().invoke(app, [*words, "--help"], prog_name="cpgassist", env=plain)
    assert said.exit_code == 0, said.output
    lines = [line.rstrip() for line in said.stdout.strip().splitlines()]
    return "\n".join([f"## {' '.join(('cpgassist', *words))}", "", "```text", *lines, "```", ""])


if __name__ == "__main__":
    for name, content in reference().items():
        (ROOT / name).write_text(content, encoding="utf-8")
