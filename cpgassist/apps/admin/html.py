"""Pieces of HTML for the admin page: everything from outside is escaped, and each block is one line.

Gradio's Markdown shows a block of HTML as it is up to the first line break that empties a line, then sanitises it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import quote

from cpgassist.errors import CpgassistError
from cpgassist.evaluation.markup import Markup, join, tag

NOTHING = Markup("")


def block(*parts: str) -> str:
    """The parts as one block on one line."""
    return " ".join(tag("div", *parts, class_="block").split())


def counted(number: int, noun: str) -> str:
    """`1 page`, `2 pages`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def note(kind: str, *said: str) -> Markup:
    """A note: "error", "warning", "good" or "plain"; each part a paragraph."""
    return tag("div", *(tag("p", part) for part in said if part), class_=f"note {kind}")


def failure(error: CpgassistError) -> Markup:
    """What went wrong, and the cure."""
    return note("error", tag("b", error.message), error.next_step)


def button(name: str, value: str, label: str, style: str = "") -> Markup:
    """A button whose click the browser sends to the route of its name (assets/admin.js)."""
    return tag("button", label, type="button", class_=f"act {style}".strip(), name_=name, value=value)


def listed(names: Iterable[str]) -> Markup:
    """Names as a list."""
    return tag("ul", *(tag("li", name) for name in names), class_="names")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = (), kind: str = "") -> Markup:
    """A table; `numbers` are the positions of columns that hold numbers. Each cell is also named, for narrow screens."""
    right = set(numbers)
    classes = [f"number c{at}" if at in right else f"c{at}" for at in range(len(heads))]
    top = tag("tr", *(tag("th", head, scope="col", class_=name) for head, name in zip(heads, classes, strict=True)))
    body = [
        tag(
            "tr",
            *(
                tag("td", tag("span", head, class_="head"), cell, class_=name)
                for head, name, cell in zip(heads, classes, row, strict=True)
            ),
        )
        for row in rows
    ]
    # what scrolls sideways must be reachable by keyboard
    return tag("div", tag("table", tag("thead", top), tag("tbody", *body), class_=kind), class_="scroll", tabindex="0")


def when(created: str) -> str:
    """A time in ISO 8601 as this computer's clock tells it, to the minute; as it is where it is none."""
    try:
        return f"{datetime.fromisoformat(created).astimezone():%d %b %Y %H:%M}"
    except ValueError:
        return created


def spoken(seconds: float) -> str:
    """`14 s`, `2 min 5 s`, `1 h 3 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def megabytes(size: int) -> str:
    """`0.3 MB`, or `3 kB` for a small file."""
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{math.ceil(size / 1000)} kB"


def plot(name: str, title: str, about: str, stamp: str) -> Markup:
    """A plot that `/admin/plots` draws; `stamp` changes when it does."""
    picture = tag(
        "img", src=f"/admin/plots/{name}.svg?v={quote(stamp, safe='')}", alt=f"{title}. {about}", class_="plot"
    )
    return tag("figure", tag("figcaption", tag("b", title), " ", about), picture, class_=f"plot {name}")


__all__ = [
    "NOTHING",
    "Markup",
    "block",
    "button",
    "counted",
    "failure",
    "join",
    "listed",
    "megabytes",
    "note",
    "plot",
    "spoken",
    "table",
    "tag",
    "when",
]
