"""The OpenAPI document, the tools and the commands in the docs are those of the doors."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("mcp")

from tests.write_reference import ROOT, reference

NAMES = ("docs/reference/openapi.json", "docs/reference/mcp.json", "docs/reference/cli.md", "docs/mcp.md")


@pytest.fixture(scope="module")
def pages():
    """What they should hold, by name: made by the process that runs these tests and no other."""
    made = reference()
    assert set(made) == set(NAMES)
    return made


@pytest.mark.parametrize("name", NAMES)
def test_the_docs_tell_what_the_doors_do(name, pages):
    page = ROOT / name
    assert page.is_file() and page.read_text(encoding="utf-8") == pages[name], f"{name} is out of date: run make docs"


def test_they_hold_every_route_tool_and_command(pages):
    document = json.loads(pages["docs/reference/openapi.json"])
    assert {"/ask", "/search", "/feedback", "/admin/jobs", "/admin/jobs/{id}/cancel"} <= set(document["paths"])
    for path, methods in document["paths"].items():
        for told in methods.values():
            assert bool(told.get("security")) == path.startswith("/admin"), path
            assert ("401" in told["responses"]) == path.startswith("/admin"), path
    assert len(json.loads(pages["docs/reference/mcp.json"])["tools"]) == 6
    for command in ("reindex", "ask", "serve", "mcp", "eval", "catalogue get"):
        assert f"\n## cpgassist {command}\n" in pages["docs/reference/cli.md"]
    assert "--corpus" in pages["docs/reference/cli.md"]
