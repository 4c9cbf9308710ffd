"""HTML built from tags: whatever is not already markup is escaped, so that no question can add any."""

from __future__ import annotations

import html
from collections.abc import Iterable


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def escape(text: str) -> Markup:
    """The text as HTML; addresses stay readable, but nothing that looks for links finds one."""
    if isinstance(text, Markup):
        return text
    return Markup(html.escape(text, quote=True).replace("://", "&#58;//"))


def join(parts: Iterable[str]) -> Markup:
    """The parts in a row, each escaped unless it is markup."""
    return Markup("".join(map(escape, parts)))


def tag(name: str, *children: str, **attributes: object) -> Markup:
    """An element; `class_` and `data_kind` become `class` and `data-kind`, None leaves an attribute out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{written}>{join(children)}</{name}>")


def _value(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
