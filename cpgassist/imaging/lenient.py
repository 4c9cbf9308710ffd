"""JSON as language models write it -> values. Reads what is there and never raises.

Besides JSON it takes single and curly quotes, bare keys and words, trailing and missing commas, comments, Python's True
and None, line ends inside strings, and text that stops before it is finished.
"""

from __future__ import annotations

import re
from typing import Any

_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "「": "」"}
_SKIP = re.compile(r"(?:\s+|//[^\n]*|/\*.*?(?:\*/|\Z)|,)+", re.DOTALL)
_BARE = re.compile(r"[^,:{}\[\]\n\"“”]+")
_KEY = re.compile(r"[^:{}\[\]\n,]+?(?=\s*[:：=])")
_SEPARATOR = re.compile(r"\s*[:：=]>?\s*")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": ""}
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "none": None, "undefined": None}
_DEEPEST = 8


def first_object(text: str) -> Any:
    """The value of the first "{" or "[{" of a text, a dict or a list; None where there is none."""
    begins = re.search(r"[{]|\[\s*[{\"]", text)
    if begins is None:
        return None
    return _Reader(text, begins.start()).value(0)


class _Reader:
    """A place in a text, moved on by each value that is read."""

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at

    def value(self, depth: int) -> Any:
        self._skip()
        sign = self._sign()
        if depth > _DEEPEST:
            self.at = len(self.text)
            return None
        if sign == "{":
            return self._object(depth)
        if sign == "[":
            return self._list(depth)
        if sign in _QUOTES:
            return self._string(_QUOTES[sign])
        return self._bare()

    def _object(self, depth: int) -> dict[str, Any]:
        self.at += 1
        found: dict[str, Any] = {}
        while self._more("}"):
            key = self._key()
            separator = _SEPARATOR.match(self.text, self.at)
            if separator is None:
                self.at += 0 if key else 1
                continue
            self.at = separator.end()
            value = self.value(depth + 1)
            if key in found and found[key] != value:  # a key twice: nothing is dropped
                value = [*_listed(found[key]), *_listed(value)]
            found[key] = value
        return found

    def _list(self, depth: int) -> list[Any]:
        self.at += 1
        found: list[Any] = []
        while self._more("]"):
            before = self.at
            found.append(self.value(depth + 1))
            self.at += self.at == before
        return found

    def _more(self, closing: str) -> bool:
        """Whether something comes before the closing sign; moves over it, but not over that of the value around."""
        self._skip()
        sign = self._sign()
        if not sign:
            return False
        if sign == closing:
            self.at += 1
            return False
        return sign not in "}]"

    def _key(self) -> str:
        sign = self._sign()
        if sign in _QUOTES:
            return self._string(_QUOTES[sign]).strip()
        bare = _KEY.match(self.text, self.at)
        if bare is None:
            return ""
        self.at = bare.end()
        return bare[0].strip()

    def _string(self, closing: str) -> str:
        """A string up to its closing quote; an apostrophe inside one in single quotes does not close it."""
        self.at += 1
        parts: list[str] = []
        while self.at < len(self.text):
            sign = self.text[self.at]
            self.at += 1
            if sign == "\\" and self.at < len(self.text):
                parts.append(self._escaped())
            elif sign == closing and not self._inside_word(closing):
                break
            else:
                parts.append(sign)
        return "".join(parts)

    def _inside_word(self, closing: str) -> bool:
        return closing in "'’" and self.at < len(self.text) and self.text[self.at].isalnum()

    def _escaped(self) -> str:
        sign = self.text[self.at]
        self.at += 1
        code = self.text[self.at : self.at + 4]
        if sign == "u" and re.fullmatch(r"[0-9a-fA-F]{4}", code):
            self.at += 4
            letter = chr(int(code, 16))
            return letter if letter.isprintable() else ""
        return _ESCAPES.get(sign, sign)

    def _bare(self) -> Any:
        word = _BARE.match(self.text, self.at)
        if word is None:
            return None
        self.at = word.end()
        said = word[0].strip()
        if re.fullmatch(r"-?\d+(?:\.\d+)?", said) and len(said) < 20:
            return float(said) if "." in said else int(said)
        return _WORDS.get(said.casefold(), said)

    def _skip(self) -> None:
        space = _SKIP.match(self.text, self.at)
        if space is not None:
            self.at = space.end()

    def _sign(self) -> str:
        return self.text[self.at : self.at + 1]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
