"""Fixed English sentences of the program in Bahasa Malaysia, by a table; nothing else is ever translated.

`said(sentence)` gives the sentence in the language that is being spoken. A `{name}` takes what stands there over as it
is: values, titles, sections, what a guideline prints. A `{said_...}` is looked up in the table itself, and a
`{known_...}` must be found there. What the table does not hold stays English.
"""

from __future__ import annotations

import re
from functools import lru_cache

from cpgassist.apps.language import english_words, malay_words
from cpgassist.apps.language.malay_sentences import SENTENCES
from cpgassist.apps.language.words import TABLES, spoken

__all__ = ["said"]

_SLOT = re.compile(r"\\\{(\w+)\\\}")
_LONGEST = 4000
"""Characters of a sentence that is looked up."""


def said(sentence: str) -> str:
    """The program's sentence as the reader is told it; not escaped."""
    return _in_malay(sentence) if spoken() == "ms" else sentence


@lru_cache(maxsize=4096)
def _in_malay(sentence: str) -> str:
    whole = " ".join(sentence.split())
    if len(whole) > _LONGEST:
        return sentence
    if whole in _EXACT:
        return _EXACT[whole]
    for pattern, malay in _PATTERNS:
        if match := pattern.fullmatch(whole):
            told = {name: _slot(name, x) for name, x in match.groupdict().items()}
            if all(_known(name, x, told[name]) for name, x in match.groupdict().items()):
                return malay.format(**told)
    return sentence


def _slot(name: str, english: str) -> str:
    return _in_malay(english) if name.startswith(("said_", "known_")) else english


def _known(name: str, english: str, malay: str) -> bool:
    return not name.startswith("known_") or english != malay or english in _EXACT


def _compiled(english: str) -> re.Pattern[str]:
    def slot(match: re.Match[str]) -> str:
        return rf"(?P<{match[1]}>{'[0-9][0-9,]*' if match[1].startswith('n_') else '.+?'})"

    return re.compile(_SLOT.sub(slot, re.escape(english)))


def _of_the_tables() -> dict[str, str]:
    """Whole sentences of the screen, which errors made at import repeat in English."""
    pairs = {}
    for name in TABLES:
        english, malay = getattr(english_words, name), getattr(malay_words, name)
        pairs.update({english[key]: malay[key] for key in english if english[key].endswith(".")})
    return {one: other for one, other in pairs.items() if "{}" not in one}


_EXACT = _of_the_tables() | {one: other for one, other in SENTENCES.items() if "{" not in one}
_PATTERNS = tuple((_compiled(one), other) for one, other in SENTENCES.items() if "{" in one)
