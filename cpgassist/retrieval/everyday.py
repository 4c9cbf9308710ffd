"""Everyday words, clinical shorthand and brand names, with what guidelines print for them.

A data file in the manner of the glossary: it serves to find passages, never to change what is quoted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Literal, cast

Kind = Literal["lay", "shorthand", "brand"]


@dataclass(frozen=True, slots=True)
class Saying:
    """One concept as it is said at the bedside and as guidelines print it.

    An alternative in lower case stands for every way of writing it; one with a capital only for itself, and goes
    before a lower-case one: "PT" is looked up before "pt".
    """

    said: tuple[str, ...]
    means: tuple[str, ...]
    """The form that guidelines usually print first; shorthand with several usual meanings lists them all."""
    kind: Kind


@lru_cache(maxsize=1)
def load_everyday() -> tuple[Saying, ...]:
    """The sayings of everyday.tsv."""
    rows = resources.files(__package__).joinpath("everyday.tsv").read_text(encoding="utf-8").splitlines()
    lines = [row.split("\t") for row in rows if row and not row.startswith("#")][1:]
    return tuple(Saying(_alternatives(said), _alternatives(means), cast(Kind, kind)) for said, means, kind in lines)


def _alternatives(cell: str) -> tuple[str, ...]:
    return tuple(a.strip() for a in cell.split("|") if a.strip())
