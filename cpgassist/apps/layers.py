"""The layers of an answer that every door shows alike: the bottom line, what differs, and the lines in their groups."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cpgassist.answering.beside import differing
from cpgassist.answering.urgency import is_urgent
from cpgassist.apps.wording import kind_of
from cpgassist.types import Answer, Citation, Statement

K = TypeVar("K", bound=Hashable)

ACT_NOW = "act now"
"""The key of `wording.HEADINGS` over lines whose own words call for urgent action."""


@dataclass(frozen=True, slots=True)
class Side:
    """A line, where it stands, and its words that the other side prints otherwise."""

    statement: Statement
    place: Citation
    words: str


Pairs = Sequence[tuple[Side, Side]]


def sides(answer: Answer) -> tuple[tuple[Side, Side], ...]:
    """The pairs of lines that differ, the newer edition first; () for an answer whose lines agree."""
    if answer.status != "conflict":
        return ()
    places = {citation.n: citation for citation in answer.citations}
    cited = [one for one in answer.statements if one.citations and one.citations[0] in places]
    pairs = []
    for conflict in differing(cited, answer.citations):
        pair = [
            Side(cited[at], places[cited[at].citations[0]], words)
            for at, words in ((conflict.one, conflict.said), (conflict.other, conflict.against))
        ]
        newer, older = sorted(pair, key=lambda side: -(side.place.guideline.published or 0))
        pairs.append((newer, older))
    return tuple(pairs)


def is_open(answer: Answer, pairs: Pairs) -> bool:
    """Whether the bottom line is one of the lines that differ: none of them may stand out as the answer."""
    line = answer.bottom_line
    return line is not None and any((one.text, one.citations) == (line.text, line.citations) for one in _of(pairs))


def bottom_statement(answer: Answer) -> Statement | None:
    """The statement that is the bottom line, which has its printed grade; None without one."""
    line = answer.bottom_line
    if line is None:
        return None
    alike = [one for one in answer.statements if one.text == line.text]
    cited = [one for one in alike if one.citations == line.citations]
    graded = [one for one in cited if one.grade == line.grade]
    return next(iter([*graded, *cited, *alike]), None)


def layers(answer: Answer, pairs: Pairs = ()) -> list[tuple[str, list[Statement]]]:
    """The lines under keys of `wording.HEADINGS`: the urgent ones, recommendations, then each kind where it comes up.

    Each line stands once: without the bottom line, and without those of `pairs`, which a table shows among its rows again.
    """
    line, apart = answer.bottom_line, _of(pairs)
    head = (line.text, line.citations) if line else None  # what is printed on two pages may be graded there otherwise
    lower = [one for one in answer.statements if (one.text, one.citations) != head]
    rest = [one for one in lower if one not in apart or kind_of(one) == "table"]
    urgent = [one for one in rest if is_urgent(one) and one not in apart]
    calm = grouped((one for one in rest if one not in urgent), kind_of, first="recommendation")
    return [*([(ACT_NOW, urgent)] if urgent else []), *calm]


def grouped(
    lines: Iterable[Statement], key: Callable[[Statement], K], first: K | None = None
) -> list[tuple[K, list[Statement]]]:
    """The lines by what they have in common, in the order in which that comes up, but for what is always `first`."""
    groups: dict[K, list[Statement]] = {}
    for one in lines:
        groups.setdefault(key(one), []).append(one)
    return sorted(groups.items(), key=lambda group: group[0] != first)


def _of(pairs: Pairs) -> list[Statement]:
    return [side.statement for pair in pairs for side in pair]
