"""What may differ between a page and its extraction without being wrong: case, white space, hyphens, marks."""

from __future__ import annotations

import re
import unicodedata

_DASHES = re.compile(r"[\u2010-\u2015\u2212]")
_NUMBER = re.compile(r"^\s*(?:[A-Za-z]?\d+(?:\.\d+)*[.:)]?|[A-Za-z][.)])\s+")
_IN_VALUES = re.compile(r"[\s*\u2020\u2021$#\"'`]")
"""Left out of a cell's value: white space and the signs of footnotes; "<", "≥" and "%" count."""


def normal(text: str) -> str:
    """Compatibility forms resolved, one kind of dash, no marks of broken words."""
    folded = unicodedata.normalize("NFKC", text).replace("\ufffe", "").replace("\u00ad", "")
    return _DASHES.sub("-", folded)


def letters(text: str) -> str:
    """Letters and digits alone, in lower case."""
    return "".join(character for character in normal(text).lower() if character.isalnum())


def cased_letters(text: str) -> str:
    """Letters and digits alone, the case kept."""
    return "".join(character for character in normal(text) if character.isalnum())


def value(text: str) -> str:
    """The value of a cell with its signs."""
    return _IN_VALUES.sub("", re.sub(r"<br\s*/?>", " ", normal(text).lower()))


def unnumbered(text: str) -> str:
    """A heading without its number."""
    return _NUMBER.sub("", normal(text))
