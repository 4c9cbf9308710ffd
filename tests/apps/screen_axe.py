"""axe-core on a page as it stands, under the page's own content policy: it is evaluated from outside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pytest

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
WEIGHTY = ("serious", "critical")


@dataclass(frozen=True)
class Fault:
    """A rule of axe that a state of the screen breaks."""

    state: str
    rule: str
    impact: str
    help: str
    where: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.state}: {self.impact} {self.rule} ({self.help}): {'; '.join(self.where)}"


@cache
def _axe() -> str:
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def faults(page: Any, state: str, without: tuple[str, ...] = (), impacts: tuple[str, ...] = WEIGHTY) -> list[Fault]:
    """What axe finds wrong with the page as it stands, of these impacts and `without` these rules."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe() + ";0")
    rules = {rule: {"enabled": False} for rule in without}
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"], "rules": rules}
    found = page.evaluate("async (options) => (await axe.run(document, options)).violations", options)
    return [
        Fault(state, one["id"], one["impact"], one["help"], tuple(_place(node) for node in one["nodes"][:4]))
        for one in found
        if one["impact"] in impacts
    ]


def _place(node: dict[str, Any]) -> str:
    return f"{' '.join(map(str, node['target']))} {node['html'][:90]}"
