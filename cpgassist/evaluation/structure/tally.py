"""Right and wrong, counted by figure, and what was missed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of how many."""

    name: str
    right: int
    of: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.right / self.of


@dataclass(frozen=True, slots=True)
class Miss:
    """A row of the truth that was not met."""

    what: str
    file: str
    page: int
    expected: str
    found: str = ""


class Tally:
    """Figures while they are counted, in the order in which they first come up."""

    def __init__(self) -> None:
        self._figures: dict[str, list[bool]] = defaultdict(list)
        self.misses: list[Miss] = []

    def add(self, name: str, right: bool) -> None:
        """Count one."""
        self._figures[name].append(right)

    def counted(self) -> tuple[Counted, ...]:
        """The figures."""
        return tuple(Counted(name, sum(found), len(found)) for name, found in self._figures.items())
