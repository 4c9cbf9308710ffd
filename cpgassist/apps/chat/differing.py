"""Where guidelines differ: the places side by side with their years, newer first, and no verdict."""

from __future__ import annotations

from html import escape

from cpgassist.apps.chat.markup import Chips, badges, page_name, text, told, unbulleted
from cpgassist.apps.language.words import DIFFER, EVIDENCE
from cpgassist.apps.layers import Pairs, Side
from cpgassist.apps.wording import BULLETS


def differ(pairs: Pairs, marked: Chips) -> str:
    """The layer; "" when nothing differs."""
    if not pairs:
        return ""
    one = len({side.place.guideline.id for pair in pairs for side in pair}) == 1
    cards = "".join(f'<div class="pair">{"".join(_card(side, marked) for side in pair)}</div>' for pair in pairs)
    return f'<section class="differ"><h3>{DIFFER["pages" if one else "guidelines"]}</h3>{cards}</section>'


def _card(side: Side, marked: Chips) -> str:
    info, one = side.place.guideline, side.statement
    year = str(info.published) if info.published else DIFFER["no_year"]
    publisher = f"{text(info.publisher)} · " if info.publisher else ""
    old = f' <span class="old">{EVIDENCE["superseded"]}</span>' if info.superseded_by else ""
    under = f'<p class="about">{text(side.place.under)}</p>' if side.place.under else ""
    leads = "".join(f'<p class="lead">{unbulleted(line)}</p>' for line in one.lead)
    return (
        f'<div class="side"><p class="edition"><b>{text(year)}</b> {publisher}{text(info.title)}, '
        f"{page_name(side.place.at)}{old}</p>"
        f"{under}{leads}<p>{_emphasised(one.text, side.words)} {marked(one.citations)}{badges(one.grade, one.quotes)}"
        f"{told(one)}</p></div>"
    )


def _emphasised(line: str, words: str) -> str:
    """The line with the words that differ in bold, where they stand in it as they are."""
    whole = " ".join(line.split()).lstrip(BULLETS)
    before, found, after = whole.partition(" ".join(words.split())) if words.strip() else (whole, "", "")
    return f"{escape(before)}{f'<b>{escape(found)}</b>' if found else ''}{escape(after)}"
