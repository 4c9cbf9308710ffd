"""Two places that print different things of the same: another value, the contrary, or another grade. No verdict.

Use: `conflicts([Stated(...), ...])` over the statements of an answer, in order; every `Conflict` names two of them and the
words that differ as printed, so that both are shown side by side (status "conflict") with `Conflict.remark`.

A false alarm teaches a reader to overlook a true one, so two sentences must agree in all their words but those that only
word advice, in what they deny, in whom they are for and in what they stand under; lines that tell of studies are left
out. What is worded otherwise in the two places is missed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Literal

from cpgassist.answering.questions.populations import printed_for
from cpgassist.answering.support.tokens import tokens
from cpgassist.answering.support.wording import stem
from cpgassist.quantities.measures import STUDIED, Measure, dose_like, measures, roles

__all__ = ["Conflict", "Stated", "conflicts"]


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement of an answer and where it stands."""

    text: str
    guideline: str
    """Id of the guideline."""
    page: int
    lead: tuple[str, ...] = ()
    """What the line stands under: lead-in, header, group row."""
    section: tuple[str, ...] = ()
    """The headings above it."""
    grade: str | None = None
    quotes: str = ""
    """The other body whose words these are: what it says contradicts nobody here."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two statements that do not agree."""

    one: int
    """Index of the first statement."""
    other: int
    kind: Literal["value", "contrary", "grade"]
    said: str
    """The words of the first that differ, as printed."""
    against: str
    """Those of the second."""

    @property
    def remark(self) -> str:
        """What a reader is told, of printed words only."""
        return f"The guidelines print different things here: {self.said} and {self.against}. Both are shown."


def conflicts(statements: Sequence[Stated]) -> tuple[Conflict, ...]:
    """The conflicts among statements, each pair once; () when there are none. Never raises."""
    return tuple(found for pair in combinations(range(len(statements)), 2) if (found := _between(statements, *pair)))


@dataclass(frozen=True, slots=True)
class _Unit:
    """One sentence of a statement."""

    text: str
    words: frozenset[str]
    measures: tuple[Measure, ...]
    stance: Literal["", "for", "against"]
    """What it says of what it names: that it should be done, or should not."""
    stance_words: str
    denied: int
    """How many "not" and "without" it has beside its stance."""


def _between(statements: Sequence[Stated], i: int, j: int) -> Conflict | None:
    one, other = statements[i], statements[j]
    if one.quotes or other.quotes or (one.guideline, one.page) == (other.guideline, other.page):
        return None
    if any(_EVIDENCE.search(heading) for stated in (one, other) for heading in stated.section[-2:]):
        return None
    if not (_same_people(one, other) and _same_above(one, other)):
        return None
    for mine in _units(one.text):
        for theirs in _units(other.text):
            if _about_the_same(mine, theirs, one, other) and (
                found := _differing(mine, theirs) or _contrary(mine, theirs)
            ):
                return Conflict(i, j, *found)
    return _graded(i, j, one, other)


_LEAST = 3
"""Content words that two sentences must share."""
_MANY = 7
"""Content words with which a sentence says by itself what it is about, whatever its heading."""
_SOFT = frozenset(
    stem(word)
    for word in (
        "recommend recommended recommends recommendation suggest suggested suggests advise advised advises should must may"
        " can could is are give use adult dose dosage treatment therapy following provide provided offer offered consider"
        " considered against not avoid avoided contraindicated contraindication indicated routinely tidak jangan hindari"
        " dikontraindikasikan boleh harus perlu dielakkan no never dianjurkan direkomendasikan disarankan disyorkan"
        " pasien pesakit diberikan 不 禁 避 推 荐 建 议 应 当"
    ).split()
)
"""Words that advise or deny: one sentence may have them where the other has others."""
_TELLING = frozenset(
    stem(word)
    for word in (
        "first second third fourth line alternative initial initially starting start loading maintenance maximum"
        " minimum mild moderate severe complicated uncomplicated acute chronic recurrent primary secondary early"
        " late single multiple double short long high low upper lower new old intensive continuation phase"
        " prophylaxis preventive empiric empirical definitive before after during if when unless with without only"
        " except increase decrease reduce trimester left right positive negative normal abnormal either both"
        " ringan sedang berat pertama kedua lini awal lanjutan"
    ).split()
)
"""Words with which a header is about something else than another."""
_AGAINST = re.compile(
    r"\b(?:recommend(?:s|ed)? against|suggest(?:s|ed)? against|advis(?:e|es|ed) against"
    r"|not (?:be )?(?:routinely )?(?:recommended|advised|indicated|suggested|used|given|offered|performed|started)"
    r"|(?:do|does|should|must|may|can) not (?:be )?\w+|contra-?indicated|avoid(?:ed)?|tidak (?:dianjurkan"
    r"|direkomendasikan|disarankan|boleh|perlu|disyorkan)|dikontraindikasikan|jangan|dielakkan|hindari)\b"
    r"|不推荐|不建议|不应|禁用|避免|禁忌",
    re.I,
)
_TOWARD = re.compile(
    r"\b(?:recommend(?:s|ed)?|suggest(?:s|ed)?|advised?|should(?: be)?(?: \w+ed)?|must(?: be)?|is indicated"
    r"|are indicated|can be (?:used|given)|may be (?:used|given)"
    r"|dianjurkan|direkomendasikan|disarankan|disyorkan|boleh diberikan|harus)\b|推荐|建议|应当?|可用",
    re.I,
)
_EVIDENCE = re.compile(
    r"\bevidence\b|\bgrade ?pro\b|\bcharacteristics of\b|\bresults\b|\bbenefits and harms\b"
    r"|\bkey findings\b",
    re.I,
)
"""Headings of what studies found."""
_GRADING = re.compile(
    r"\(?\b(?:strong|weak|conditional) recommendation\b|\b(?:very low|low|moderate|high)[- ](?:certainty"
    r"|quality|level)(?: of)?(?: evidence)?"
    r"|\b(?:certainty|quality|level)(?: of)? evidence\b|\blevel (?:[IV]+(?:-\d)?|\d[a-c]?)\b|\bgrade [A-E]\b",
    re.I,
)
"""How a grade is printed in a line; it is compared as a grade."""
_SENTENCE = re.compile(r"(?<=[.!?;。！？；])(?<!\d\.)(?<!e\.g\.)(?<!i\.e\.)\s+|\n|\s?[•●▪]\s?")


@lru_cache(maxsize=4096)
def _units(text: str) -> tuple[_Unit, ...]:
    sentences = (_GRADING.sub(" ", sentence) for sentence in _SENTENCE.split(text))
    return tuple(_unit(one) for one in sentences if not one.rstrip().endswith(("?", "？")) and not STUDIED.search(one))


def _unit(sentence: str) -> _Unit:
    against = _AGAINST.search(sentence)
    rest = _AGAINST.sub(" ", sentence)
    toward = _TOWARD.search(rest)
    denied = sum(token.negates == "not" for token in tokens(rest).tokens)
    # "X may be used where Y is contraindicated" stands for and against, each of another thing.
    stance: Literal["", "for", "against"] = (
        "against" if against and not toward else "for" if toward and not against else ""
    )
    found = (against or toward) if stance else None
    return _Unit(sentence, _words(sentence), measures(sentence), stance, found[0] if found else "", denied)


@lru_cache(maxsize=8192)
def _words(text: str) -> frozenset[str]:
    keys = (token.key for token in tokens(_GRADING.sub(" ", text)).tokens if token.quantity is None)
    return frozenset(key for key in keys if isinstance(key, str) and (len(key) > 1 or not key.isascii())) - _SOFT


@lru_cache(maxsize=8192)
def _people(text: str) -> frozenset[tuple[str, str, str]]:
    return frozenset((one.axis, one.value, one.printed.casefold() if one.numeric else "") for one in printed_for(text))


def _same_people(one: Stated, other: Stated) -> bool:
    mine, theirs = (_people("\n".join((*stated.section, *stated.lead, stated.text))) for stated in (one, other))
    # A chapter's "adults" need not stand in its summary; a number, or another people, must.
    rest = mine ^ theirs
    return all((axis, value) == ("age", "adult") for axis, value, _ in rest)


def _same_above(one: Stated, other: Stated) -> bool:
    """Whether both stand under the same: two groups of a table are two things; a header row only names columns."""
    mine, theirs = (_above(stated, headers=False) for stated in (one, other))
    if not (mine - theirs <= _words(other.text) and theirs - mine <= _words(one.text)):
        return False
    return not (_above(one, headers=True) ^ _above(other, headers=True)) & _TELLING


def _above(stated: Stated, *, headers: bool) -> frozenset[str]:
    return frozenset().union(*(_words(lead) for lead in stated.lead if (" | " in lead) == headers))


def _about_the_same(mine: _Unit, theirs: _Unit, one: Stated, other: Stated) -> bool:
    """Whether two sentences are about the same in all their words, advice and quantities aside."""
    if mine.words != theirs.words or mine.denied != theirs.denied or len(mine.words) < _LEAST:
        return False
    by_itself = one.guideline == other.guideline and len(mine.words) >= _MANY
    return by_itself or _same_heading(one, other)


def _same_heading(one: Stated, other: Stated) -> bool:
    mine, theirs = (frozenset().union(*map(_words, stated.section[-2:])) for stated in (one, other))
    least = min(len(mine), len(theirs))
    return not least or len(mine & theirs) * 2 >= least


def _differing(mine: _Unit, theirs: _Unit) -> tuple[Literal["value"], str, str] | None:
    """The values that differ while all others agree, each for the same end."""
    if (mine.stance == "against") != (theirs.stance == "against"):
        return None
    first = [m for m in mine.measures if not any(m.comparable(t) and m.equals(t) for t in theirs.measures)]
    second = [t for t in theirs.measures if not any(t.comparable(m) and m.equals(t) for m in mine.measures)]
    if not first or len(first) != len(second) or len(first) > 2 or len(mine.measures) != len(theirs.measures):
        return None
    for m, t in zip(first, second, strict=True):
        if not m.comparable(t) or not _of_use(mine, m) or not _of_use(theirs, t):
            return None
        if roles(mine.text, m) != roles(theirs.text, t) or m.same_digits(t):
            return None
    return "value", first[0].printed, second[0].printed


def _of_use(unit: _Unit, measure: Measure) -> bool:
    """Whether the value says what to do: a bare number or a share of a hundred does only as a target or limit."""
    if (
        dose_like(measure)
        or measure.dimension in ("mmHg", "time", "months")
        or measure.dimension.startswith("times in")
    ):
        return True
    if measure.dimension.startswith("age"):
        return True
    return measure.bounded or bool(roles(unit.text, measure) & {"target", "threshold", "maximum", "minimum"})


def _contrary(mine: _Unit, theirs: _Unit) -> tuple[Literal["contrary"], str, str] | None:
    if {mine.stance, theirs.stance} != {"for", "against"}:
        return None
    if [m.spans for m in mine.measures] != [t.spans for t in theirs.measures]:
        return None
    return "contrary", mine.stance_words, theirs.stance_words


_STRENGTH = re.compile(r"\b(strong|weak|conditional)\b", re.I)
_LETTER = re.compile(r"\bgrade\s*:?\s*([A-E])\b|^\s*([A-E])\s*$", re.I)
_CERTAINTY = re.compile(r"\b(very low|low|moderate|high)\b", re.I)
_LEVEL = re.compile(r"\blevel\s*:?\s*([IV]{1,3}(?:-\d)?|[1-5][a-c]?)\b", re.I)


def _graded(i: int, j: int, one: Stated, other: Stated) -> Conflict | None:
    """Two printed grades of one statement, on the same scale."""
    if (
        not one.grade
        or not other.grade
        or [m.spans for m in measures(one.text)] != [m.spans for m in measures(other.text)]
    ):
        return None
    mine, theirs = (_words(stated.text) for stated in (one, other))
    if len(mine) < _LEAST or mine != theirs:
        return None
    for scale in (_STRENGTH, _LETTER, _CERTAINTY, _LEVEL):
        marks = [scale.search(grade) for grade in (one.grade, other.grade)]
        if all(marks) and len({mark[mark.lastindex or 0].casefold() for mark in marks if mark}) == 2:
            return Conflict(i, j, "grade", one.grade, other.grade)
    return None
