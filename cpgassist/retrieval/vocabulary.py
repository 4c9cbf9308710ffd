"""The words of a question, widened by what the guidelines themselves and a small glossary say is the same.

Abbreviations come from the passages, where guidelines spell them out once ("multidrug therapy (MDT)"). The glossary
is a data file of English, Malay/Indonesian and Chinese clinical terms, so that a Malay question finds an English
guideline without any model. Widening only finds passages; what is quoted is always the guideline's own text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

_SHORT_FORM = re.compile(r"\(([A-Z][A-Za-z0-9&/-]{1,9}s?)\)")
_ABBREVIATION = re.compile(r"(?<![\w-])[A-Za-z][A-Za-z0-9&/-]*[A-Z0-9][A-Za-z0-9]*(?![\w-])|(?<![\w-])[A-Z]{2,10}s?(?![\w-])")
_CJK = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*|[^\w\s]")
_RARE = 5
"""Passages up to which an abbreviation counts as hardly used."""
_MOST = 2
"""Long forms kept per abbreviation: more is a sign of a list, not of a definition."""


@dataclass(frozen=True, slots=True)
class Term:
    """One concept of the glossary: its alternatives in each language, the guideline's usual form first."""

    en: tuple[str, ...]
    ms: tuple[str, ...]
    zh: tuple[str, ...]


class Vocabulary:
    """What else the words of a question may be called in these guidelines."""

    def __init__(self, texts: Sequence[str], glossary: Sequence[Term] | None = None) -> None:
        self._long = abbreviations(texts)
        self._used = _uses(texts, self._long)
        self._glossary = _lookup(load_glossary() if glossary is None else glossary)

    def widened(self, question: str) -> Widened:
        """The question with long forms of its abbreviations, and English terms for its Malay or Chinese ones."""
        shorts = list(dict.fromkeys(_ABBREVIATION.findall(question)))
        longs = [long for short in shorts for long in self._spelled_out(short)]
        # Measured: spelling out what the passages themselves abbreviate drowns the question's other words.
        rare = [long for short in shorts if self._used[short] < _RARE for long in self._spelled_out(short)]
        return Widened(question, tuple(longs), tuple(rare), tuple(self._english(question)))

    def _spelled_out(self, short: str) -> Sequence[str]:
        return self._long.get(short) or self._long.get(short.rstrip("s")) or self._long.get(short.upper()) or ()

    def _english(self, question: str) -> list[str]:
        """English terms for the glossary's Malay and Chinese terms in the question, longest terms first."""
        left = f" {' '.join(_WORD.findall(question.lower()))} "
        found: dict[str, None] = {}
        for term, english in self._glossary:
            probe = term if _CJK.search(term) else f" {term} "
            if probe in left:
                left = left.replace(probe, "  ")
                for name in english[:2]:
                    found[name] = None
        return list(found)


@dataclass(frozen=True, slots=True)
class Widened:
    """A question and what was added to it."""

    question: str
    long_forms: tuple[str, ...]
    rare_long_forms: tuple[str, ...]
    """Long forms of abbreviations that hardly any passage uses."""
    english: tuple[str, ...]

    @property
    def dense(self) -> str:
        """The text to embed: a question in another language gives way to its English terms when they carry it."""
        if len(self.english) >= 2:
            return " ".join((*self.english, *_names(self.question), *self.long_forms))
        return " ".join((self.question, *self.long_forms, *self.english))

    @property
    def lexical(self) -> str:
        """The text to look up word by word."""
        return " ".join((self.question, *self.rare_long_forms, *self.english))


def _names(question: str) -> list[str]:
    """What stays the same in every language: numbers, abbreviations, names with capitals or digits inside."""
    return [word for word in re.findall(r"[\w/%.≥≤<>-]+", question) if re.search(r"\d|[A-Z].*[A-Z]", word)]


def abbreviations(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Short forms and their long forms, where a text prints "long form (SHORT)" and the letters fit.

    Schwartz and Hearst 2003, "A simple algorithm for identifying abbreviation definitions in biomedical text".
    """
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for match in _SHORT_FORM.finditer(text):
            long = _long_form(match[1], text[max(0, match.start() - 120) : match.start()])
            if long:
                counted[match[1]][long.lower()] += 1
    return {short: tuple(long for long, _ in longs.most_common(_MOST)) for short, longs in counted.items()}


def _uses(texts: Iterable[str], shorts: Mapping[str, object]) -> Counter[str]:
    """In how many texts each abbreviation stands."""
    uses: Counter[str] = Counter()
    for text in texts:
        uses.update({word for word in _ABBREVIATION.findall(text) if word in shorts})
    return uses


def _long_form(short: str, before: str) -> str | None:
    """The shortest run of words before the bracket that holds the short form's letters in order."""
    words = re.split(r"[.;:()\[\]]", before)[-1].split()
    most = min(len(short) + 5, len(short) * 2)
    candidate = " ".join(words[-most:])
    s, c = len(short) - 1, len(candidate) - 1
    while s >= 0:
        letter = short[s].lower()
        if not letter.isalnum():
            s -= 1
            continue
        while c >= 0 and (
            candidate[c].lower() != letter or (s == 0 and c > 0 and (candidate[c - 1].isalnum()))
        ):
            c -= 1
        if c < 0:
            return None
        c, s = c - 1, s - 1
    long = candidate[c + 1 :].strip(" ,-\u2013\"'")
    words = long.split()
    if len(long) <= len(short) + 2 or len(words) < 2 or any(word.strip(",") == short for word in words):
        return None
    return " ".join(words)


@lru_cache(maxsize=1)
def load_glossary() -> tuple[Term, ...]:
    """The terms of glossary.tsv."""
    rows = resources.files(__package__).joinpath("glossary.tsv").read_text(encoding="utf-8").splitlines()
    lines = [row.split("\t") for row in rows if row and not row.startswith("#")][1:]
    return tuple(Term(*(tuple(a.strip() for a in cell.split("|") if a.strip()) for cell in cells)) for cells in lines)


def _lookup(glossary: Sequence[Term]) -> list[tuple[str, tuple[str, ...]]]:
    """(foreign term, English names), longest terms first."""
    pairs: Mapping[str, tuple[str, ...]] = {
        foreign.lower(): term.en for term in glossary for foreign in (*term.ms, *term.zh) if foreign
    }
    english = {name.lower() for term in glossary for name in term.en}
    # A term that English shares ("batuk" no, "plasma" yes) adds nothing.
    return sorted(((f, e) for f, e in pairs.items() if f not in english), key=lambda pair: (-len(pair[0]), pair[0]))
