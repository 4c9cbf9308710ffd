"""Where guidelines differ: the places side by side with their years, newer first, and no verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from cpgassist.answering.beside import differing
from cpgassist.apps.chat.markup import Chips, badges, page_name, text, told, unbulleted
from cpgassist.apps.chat.words import DIFFER, EVIDENCE
from cpgassist.apps.wording import BULLETS
from cpgassist.types import Answer, Citation, Statement


@dataclass(frozen=True, slots=True)
class Side:
    """A line, where it stands, and its words that the other side prints otherwise."""

    statement: Statement
    place: Citation
    words: str


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


def differ(pairs: Sequence[tuple[Side, Side]], marked: Chips) -> str:
    """The layer; "" when nothing differs."""
    if not pairs:
        return ""
    one = len({side.place.guideline.id for pair in pairs for side in pair}) == 1
    cards = "".join(f'<div class="pair">{"".join(_card(side, marked) for side in pair)}</div>' for pair in pairs)
    return f'<section class="differ"><h3>{DIFFER["pages" if one else "guidelines"]}</h3>{cards}</section>'


def _card(side: Side, marked: Chips) -> str:
    info, one = side.place.guideline, side.statement
    year = str(info.published) if info.published else DIFFER["no_year"]
    old = f' <span class="old">{EVIDENCE["superseded"]}</span>' if info.superseded_by else ""
    under = f'<p class="about">{text(side.place.under)}</p>' if side.place.under else ""
    leads = "".join(f'<p class="lead">{unbulleted(line)}</p>' for line in one.lead)
    return (
        f'<div class="side"><p class="edition"><b>{text(year)}</b> {text(info.title)}, {page_name(side.place.at)}{old}</p>'
        f"{under}{leads}<p>{_emphasised(one.text, side.words)} {marked(one.citations)}{badges(one.grade, one.quotes)}"
        f"{told(one)}</p></div>"
    )


def _emphasised(line: str, words: str) -> str:
    """The line with the words that differ in bold, where they stand in it as they are."""
    whole = " ".join(line.split()).lstrip(BULLETS)
    before, found, after = whole.partition(" ".join(words.split())) if words.strip() else (whole, "", "")
    return f"{escape(before)}{f'<b>{escape(found)}</b>' if found else ''}{escape(after)}"
