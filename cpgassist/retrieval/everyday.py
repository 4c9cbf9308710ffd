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


MOST = 2
"""Printed forms taken for one saying; shorthand with several meanings gives two of them."""
_LONGEST = 5
"""Words of the longest saying."""
_EDGES = " \t.,;:!?()[]{}\"“”'‘’"


def said_otherwise(question: str) -> list[tuple[str, tuple[str, ...]]]:
    """The everyday words and shorthand of an English question with what guidelines print for each, the longest first."""
    plain, exact = _lookups()
    tokens = [token.strip(_EDGES) for token in question.replace("’", "'").split()]
    # Where everything is typed in capitals, "ALL" is no leukaemia.
    shouted = question.isupper()
    found: list[tuple[str, tuple[str, ...]]] = []
    at = 0
    while at < len(tokens):
        for count in range(min(_LONGEST, len(tokens) - at), 0, -1):
            words = " ".join(tokens[at : at + count])
            saying = (None if shouted else exact.get(words)) or plain.get(words.lower())
            if saying is not None:
                found.append((words, saying.means[:MOST]))
                break
        at += count
    return found


@lru_cache(maxsize=1)
def _lookups() -> tuple[dict[str, Saying], dict[str, Saying]]:
    """Sayings by their form: those in lower case, and those that count only as they are written."""
    plain: dict[str, Saying] = {}
    exact: dict[str, Saying] = {}
    for saying in load_everyday():
        for form in saying.said:
            (plain if form == form.lower() else exact).setdefault(form, saying)
    return plain, exact
