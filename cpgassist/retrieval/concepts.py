"""The clinical concepts that a question names, in any of the glossary's languages, and whether passages print them.

"Asma pada kanak-kanak", "asthma in a child": a passage that prints none of a concept's names is about something else,
however near its vector is.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cpgassist.retrieval.everyday import load_everyday

_CJK = re.compile(r"[\u4e00-\u9fff]")
_TOKEN = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
_DEGREES = frozenset(("mild", "moderate", "severe", "per kg", "once daily", "twice daily"))
_LONGEST = 5
"""Words of the longest name, and twice as many characters of a Chinese one."""


@dataclass(frozen=True, slots=True)
class Concept:
    """Something that a question names."""

    said: str
    """The question's words for it."""
    names: tuple[str, ...]
    """All its names, in lower case."""
    weight: float
    """From 0 for what every passage prints to 1 for what none does."""
    asks: bool = False
    """Whether it begins with a word that asks ("how many days"), or is one of degree: it need not be printed anywhere."""

    def stands_in(self, text: str) -> bool:
        """Whether a lower-case text prints one of its names, or a long one with another ending ("pioglitazon")."""
        return _pattern(self.names).search(text) is not None

    def is_nowhere(self, whole: str) -> bool:
        """Whether a lower-case text holds none of its names, not even within a word: quick in a text of megabytes."""
        return not self.asks and not any(_beginning(name) in whole for name in self.names)


class Concepts:
    """Finds the concepts of questions."""

    def __init__(
        self, glossary: Iterable[Iterable[str]], printed: Callable[[str], int], passages: int, asking: frozenset[str]
    ) -> None:
        """`glossary` holds the names of each concept; `printed` says in how many of the `passages` a name stands.

        Names all of whose words are in `asking` are passed over: they ask, and name nothing.
        """
        self._printed, self._passages, self._asking = printed, passages, asking
        self._names: dict[str, dict[str, None]] = defaultdict(dict)
        everyday = ((*saying.said, *saying.means) for saying in load_everyday())
        for names in (*glossary, *everyday):
            lower = [name.lower() for name in names]
            for name in lower:
                self._names[name].update(dict.fromkeys(lower))

    def of(self, question: str) -> tuple[Concept, ...]:
        """The concepts that a question names, the longest name where several begin."""
        words = _TOKEN.findall(question.lower())
        found = dict.fromkeys(self._among(words, _LONGEST, " ".join))
        for run in re.findall(r"[\u4e00-\u9fff]+", question):
            found.update(dict.fromkeys(self._among(run, 2 * _LONGEST, "".join)))
        concepts = (Concept(said, names, self._weight(names), self._asks(said, names)) for said, names in found)
        return tuple(one for one in concepts if one.weight > 0)

    def _among(
        self, words: Sequence[str], longest: int, joined: Callable[[Sequence[str]], str]
    ) -> Iterable[tuple[str, tuple[str, ...]]]:
        at = 0
        while at < len(words):
            for count in range(min(longest, len(words) - at), 0, -1):
                part = words[at : at + count]
                names = self._named(joined(part))
                if names and not all(word in self._asking for word in part):
                    yield joined(part), names
                    break
            else:
                count = 1
            at += count

    def _named(self, words: str) -> tuple[str, ...]:
        for form in (words, words.removesuffix("s"), words.removesuffix("es")):
            if form in self._names:
                return tuple(self._names[form])
        return ()

    def _asks(self, said: str, names: Sequence[str]) -> bool:
        return said.split()[0] in self._asking or not _DEGREES.isdisjoint(names)

    def _weight(self, names: Sequence[str]) -> float:
        printed = max(self._printed(name) for name in names)
        return math.log((self._passages + 1) / (printed + 1)) / math.log(self._passages + 2)


@lru_cache(maxsize=4096)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(_spelt, names)))


def _spelt(name: str) -> str:
    if _CJK.search(name):
        return re.escape(name)
    if " " in name or len(name) < 8:
        return rf"(?<![^\W\d_]){re.escape(name)}(?:s|es)?(?![^\W\d_])"
    return rf"(?<![^\W\d_]){re.escape(_beginning(name))}"


def _beginning(name: str) -> str:
    """A long word without the ending that other languages and cases change."""
    if " " in name or len(name) < 8 or _CJK.search(name):
        return name
    return name[: -1 if len(name) < 10 else -2]
