"""The chat's own words in the language that is being spoken; those of an answer go through `apps.chat.malay`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from http.cookies import CookieError, SimpleCookie
from typing import Literal

from cpgassist.apps import wording
from cpgassist.apps.language import english_words as english
from cpgassist.apps.language import malay_words as malay
from cpgassist.retrieval.vocabulary import spoken_language

Language = Literal["en", "ms"]

COOKIE = "cpgassist-language"
"""Where a browser keeps the language that its reader chose (assets/chat.js)."""

_SPOKEN: ContextVar[Language] = ContextVar("spoken", default="en")


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """All words looked up inside are of this language. Nothing may be yielded inside: it holds for the whole thread."""
    before = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def spoken() -> Language:
    """The language that is being spoken."""
    return _SPOKEN.get()


def language_of(headers: Mapping[str, str]) -> Language:
    """The language that a browser's reader chose; before that, the first one that the browser asks for."""
    try:
        kept = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        kept = None
    if kept is not None and kept.value in ("en", "ms"):
        return "ms" if kept.value == "ms" else "en"
    first = headers.get("accept-language", "").partition(",")[0].partition(";")[0].strip().lower()
    return "ms" if first.partition("-")[0] == "ms" else "en"


def turn_language(screen: Language, question: str) -> Language:
    """The language of a turn: the screen's, and Malay for a question in Malay whatever the screen's is."""
    return "ms" if spoken_language(question) == "ms" else screen


class Words(Mapping[str, str]):
    """A table of words that gives those of the language that is being spoken."""

    def __init__(self, name: str) -> None:
        self._by: dict[Language, dict[str, str]] = {"en": getattr(english, name), "ms": getattr(malay, name)}

    def __getitem__(self, key: str) -> str:
        return self._by[spoken()][key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by["en"])

    def __len__(self) -> int:
        return len(self._by["en"])


def counted(number: int, noun: str) -> str:
    """`2 quotes`; a Malay noun stays as it is after a number."""
    return f"{number:,} {noun}" if spoken() == "ms" else wording.counted(number, noun)


TABLES = tuple(name for name, table in vars(english).items() if isinstance(table, dict) and name.isupper())
"""Names of the tables, the same in both languages."""

SCREEN = Words("SCREEN")
BROWSER = Words("BROWSER")
FILTERS = Words("FILTERS")
TURN = Words("TURN")
ACTIONS = Words("ACTIONS")
EVIDENCE = Words("EVIDENCE")
ANSWER = Words("ANSWER")
CHECKS = Words("CHECKS")
DIFFER = Words("DIFFER")
CLARIFY = Words("CLARIFY")
EXPORT = Words("EXPORT")
ABOUT = Words("ABOUT")
PHOTO = Words("PHOTO")
