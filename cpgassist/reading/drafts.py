"""A section while it is being filled, and its lines as one text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cpgassist.types import Block, Line


@dataclass(slots=True)
class Draft:
    """A section while it is being filled."""

    path: tuple[str, ...]
    page: int
    kind: str = "text"
    """"text", "toc" or "reference_list"."""
    recommends: bool = False
    """Whether the heading announces recommendations."""
    grade: str | None = None
    """The grade printed in the heading, until a statement has taken it."""
    blocks: list[Block] = field(default_factory=list)
    resumed: bool = False
    """Whether it goes on with a section that a box or a chart stood in: empty, it is no heading without text."""


def joined(lines: Iterable[Line]) -> str:
    """Lines as one text."""
    return " ".join(line.text for line in lines)
