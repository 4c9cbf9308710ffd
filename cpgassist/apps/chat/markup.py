"""Small pieces of HTML, each on one line, with everything from outside escaped.

Gradio's Markdown component shows a block of HTML as it is up to the first empty line, then sanitises it: attributes
other than class, id, style and the usual few are dropped. So no piece may hold a line break, or guideline text after it
would be read as Markdown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from urllib.parse import quote

from cpgassist.apps import wording
from cpgassist.apps.language.malay import said
from cpgassist.apps.language.words import ANSWER, EVIDENCE
from cpgassist.apps.wording import BULLETS
from cpgassist.types import DRAWN_KINDS, GuidelineInfo, Locator, Statement

Chips = Callable[[Sequence[int]], str]
"""Makes of citation numbers the chips of one turn."""


def text(value: object) -> str:
    """The value as inert text: runs of white space become one blank, HTML characters become entities."""
    return escape(" ".join(str(value).split()), quote=True)


def anchor(turn: int, n: int) -> str:
    """The id that ties a citation's chip to its evidence."""
    return f"e-{turn}-{n}"


def chip(turn: int, n: int) -> str:
    """A citation number that opens its evidence."""
    return f'<a class="cite" href="#{anchor(turn, n)}"><span class="sr">{EVIDENCE["citation"]}</span>{n}</a>'


def chips(turn: int, numbers: Iterable[int]) -> str:
    """A chip for each citation."""
    return "".join(chip(turn, n) for n in numbers)


def closest_chip(turn: int) -> str:
    """Opens the page that a silent answer names, as a citation's number does its own."""
    return f' <a class="cite page" href="#{anchor(turn, 1)}">{EVIDENCE["look"]}</a>'


def badges(grade: str | None, quotes: str = "") -> str:
    """The grade's parts as printed, all in one hue: schemes clash, so no part looks better than another."""
    parts = [part.strip() for part in (grade or "").split(" | ")]
    origin = f'<span class="quoted">{ANSWER["quoted_from"].format(text(quotes))}</span>' if quotes else ""
    printed = EVIDENCE["grade"].format("")
    return (
        "".join(f'<span class="grade"><span class="sr">{printed}</span>{text(part)}</span>' for part in parts if part)
        + origin
    )


def page_name(at: Locator) -> str:
    """`page 46 (printed 44)`, escaped."""
    return text(said(wording.page_name(at)))


def edition_line(info: GuidelineInfo) -> str:
    """Publisher, year and edition, as far as known, escaped."""
    return text(wording.edition_line(info))


def unbulleted(line: str) -> str:
    """A line as inert text, without the mark of a list item."""
    return text(line.lstrip(BULLETS))


def line_of(statement: Statement) -> str:
    """What a statement says, as inert text: the guideline's words, or for a drawing where it is found."""
    return unbulleted(said(statement.text) if statement.kind in DRAWN_KINDS else statement.text)


def told(statement: Statement) -> str:
    """What must be known of one line."""
    return "".join(f' <span class="applies">{text(said(remark))}</span>' for remark in statement.remarks)


def page_address(info: GuidelineInfo, page: int) -> str:
    """Where the page's image is served; the file's hash keeps a browser from showing a replaced PDF's old page."""
    return escape(f"/pages/{quote(info.id, safe='')}/{int(page)}.jpg?v={quote(info.sha256[:12], safe='')}", quote=True)
