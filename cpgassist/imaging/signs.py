"""What guidelines call the things that a picture shows, so that plain visual words find their pages.

A picture shows "a deep ulcer under a toe with a callus rim"; a guideline speaks of the diabetic foot. The table signs.tsv
holds such pairs from general medical knowledge. What it adds is looked up, never shown as a finding or a diagnosis.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from cpgassist.stems import stem

MOST = 3
"""Terms added to one description: more would drown what is really seen (measured: 6 reach fewer sections)."""

_WORD = re.compile(r"[^\W_]+(?:[-/][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that is seen, as words that must all be there, and what guidelines call it."""

    seen: tuple[frozenset[str], ...]
    """Stems; one of every set must be seen."""
    means: tuple[str, ...]

    def holds(self, stems: frozenset[str]) -> bool:
        """Whether every part of the sign is among these stems."""
        return all(part & stems for part in self.seen)


def terms_of(texts: Iterable[str]) -> tuple[str, ...]:
    """What guidelines call the signs in these texts of one picture, the most specific first, at most MOST terms.

    Negated findings must be left out before: "no pus" would be taken for pus.
    """
    stems = frozenset(_stems(" ".join(texts)))
    held = [sign for sign in load_signs() if sign.holds(stems)]
    held.sort(key=lambda sign: -len(sign.seen))
    rounds = (sign.means[depth] for depth in range(3) for sign in held if depth < len(sign.means))
    return tuple(dict.fromkeys(rounds))[:MOST]


@lru_cache(maxsize=1)
def load_signs() -> tuple[Sign, ...]:
    """The signs of signs.tsv."""
    rows = resources.files(__package__).joinpath("signs.tsv").read_text(encoding="utf-8").splitlines()
    lines = [row.split("\t") for row in rows if row and not row.startswith("#")][1:]
    return tuple(Sign(_parts(seen), tuple(means.split("|"))) for seen, means in lines)


def _parts(seen: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(_stems(word.replace("/", " "))) for word in seen.split())


def _stems(text: str) -> list[str]:
    words = [word for whole in _WORD.findall(text.lower()) for word in (whole, *re.split("[-/]", whole))]
    return list(map(stem, words))
