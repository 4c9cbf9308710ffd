"""Which entry of a catalogue a PDF is, told by what its first pages print and never by its file's name.

What is filed wrongly answers a doctor from the wrong guideline, so a file is recognised only where title, edition or
year, and publisher agree, and it is the whole document; where one of them does not, that is said instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from cpgassist.catalogue.entries import Catalogue, Entry
from cpgassist.catalogue.fronts import Front
from cpgassist.editions import edition_number, title_key

Verdict = Literal["is", "edition", "part", "companion", "unsure", "unknown"]
"""The entry itself; another edition of it; an extract; a quick reference or the like; like it, but something is not
printed; nothing that the catalogues list."""

AGREES = 0.85
"""Share of the words of two titles, weighted, from which they name one subject. All of 13 real guidelines share at least
0.99 with their catalogue's title."""
CLEARLY = 0.05
"""By how much the best title must be better than the next subject's."""
SHORTEST = 10
"""Pages under which a file is an extract where the catalogue does not know the guideline's length."""
WHOLE = 0.6
"""Share of the pages a catalogue states that a whole file has at least: front matter may be counted or not."""

_WEAK = frozenset(
    "management managing diagnosis treatment prevention assessment evaluation screening care therapy use approach"
    " recommendations recommendation statement consensus malaysian philippine filipino among patients people persons"
    " pengurusan tata laksana tatalaksana rawatan from with by at into its their disease diseases disorder disorders"
    " practice standards".split()
)
"""Words that many titles share; they tell little."""
_PEOPLE = {
    "adult": "adult", "adults": "adult", "dewasa": "adult", "elderly": "older", "older": "older",
    "child": "child", "children": "child", "childhood": "child", "paediatric": "child", "pediatric": "child",
    "paediatrics": "child", "adolescent": "child", "adolescents": "child", "neonatal": "newborn", "neonate": "newborn",
    "neonates": "newborn", "newborn": "newborn", "preterm": "newborn", "pregnancy": "pregnant", "pregnant": "pregnant",
}  # fmt: skip
"""Words for whom a guideline is; one for adults is another than one for children."""
_COMPANION = re.compile(
    r"\b(?:quick (?:reference|guide)|rujukan (?:pantas|ringkas)|pocket (?:guide|card)|training (?:manual|module|slides?)"
    r"|(?:patient|consumer|caregiver)s?'?s? (?:information|guide|leaflet|version)|information leaflet|executive summary"
    r"|summary of (?:the )?(?:guideline|recommendations)|evidence (?:tables?|profiles?|summar(?:y|ies))|slide (?:set|deck|kit)"
    r"|erratum|corrigendum|algorithms? only|flip ?chart|draft|public consultation|implementation (?:guide|toolkit|plan)"
    r"|press (?:statement|release)|call for)\b",
    re.IGNORECASE,
)
"""What covers call documents that go with a guideline and are not it."""
_REVIEWED = re.compile(r"\b(?:review|revis|updat|valid|expir|supersed|replac|semak|kaji semula)\w*\b[^.]{0,60}", re.I)
_YEAR = re.compile(r"(?<![\d.])(19[89]\d|20[0-4]\d)(?!\d)")
_PLAIN = frozenset("of the and for in on a an with".split())
_ALIKE = {"kementerian": "ministry", "kesihatan": "health", "kesehatan": "health", "akademi": "academy"}


@dataclass(frozen=True, slots=True)
class Recognition:
    """Which entry a file is, or is about, and how it differs."""

    verdict: Verdict
    catalogue: Catalogue | None = None
    entry: Entry | None = None
    why: str = ""
    score: float = 0.0
    """How far the titles agree, 0 to 1."""


UNKNOWN = Recognition("unknown", why="Its first pages name no guideline of the catalogue.")


def recognise(front: Front, catalogues: Iterable[Catalogue]) -> Recognition:
    """What a document is among the entries of the catalogues."""
    found = [(_agreement(entry, front), catalogue, entry) for catalogue in catalogues for entry in catalogue.guideline]
    by_number = [(1.0, catalogue, entry) for _, catalogue, entry in found if _number_is_printed(entry, front)]
    by_title = [one for one in found if one[0] >= AGREES and _publisher_is_printed(one[2], front)]
    candidates = by_number or by_title
    if not candidates:
        return UNKNOWN
    best = max(score for score, _, _ in candidates)
    told = [_judged(front, *one) for one in candidates if one[0] > best - CLEARLY]
    told.sort(key=lambda one: (_ORDER[one.verdict], -one.score, _years_apart(one.entry, front)))
    same = [one for one in told if one.verdict == told[0].verdict == "is"]
    if len({_subject(one.entry.title) for one in same if one.entry}) > 1 and len({one.score for one in same}) == 1:
        return Recognition("unsure", told[0].catalogue, told[0].entry, "Two entries fit it equally well.", best)
    return told[0]


_ORDER: dict[Verdict, int] = {"is": 0, "companion": 1, "part": 2, "edition": 3, "unsure": 4, "unknown": 5}


def _judged(front: Front, score: float, catalogue: Catalogue, entry: Entry) -> Recognition:
    """What a document of the entry's subject and publisher is to it."""

    def told(verdict: Verdict, why: str = "") -> Recognition:
        return Recognition(verdict, catalogue, entry, why, score)

    said = _COMPANION.search(f"{front.info.title} {front.cover}")
    if said and not _COMPANION.search(entry.title):
        return told("companion", f"Its cover calls it: {said[0].lower()}.")
    edition = _edition(entry, front)
    if edition == "other":
        printed = ", ".join(str(x) for x in (front.info.edition, front.info.published) if x)
        return told("edition", f"Another edition: it prints {printed or 'another year'}.")
    held, whole = front.info.pages, entry.pages
    if held < (WHOLE * whole if whole else SHORTEST):
        return told("part", f"It has {held} pages{f' of {whole}' if whole else ''}: an extract, not the guideline.")
    if edition == "unknown":
        return told("unsure", "Its first pages print no year or edition to tell which edition it is.")
    return told("is")


# ---- titles


def _agreement(entry: Entry, front: Front) -> float:
    """How far the titles agree, 0 to 1; bracketed abbreviations count or not, whichever agrees better."""
    # A title that goes on to name who publishes it is about no more.
    ignored = _words(f"{entry.publisher or ''} {front.info.publisher or ''}") - _subject(entry.title)
    printed = {spelling for title in front.titles for spelling in _spellings(title)}
    pairs = [(a, b) for a in _spellings(entry.title) for b in printed]
    return max((_shared(_subject(a), _subject(b) - ignored) for a, b in pairs), default=0.0)


def _spellings(title: str) -> set[str]:
    bare = re.sub(r"\s*\([^)]*\)", "", title).strip()
    return {title, bare} if title_key(bare) else {title}


@cache
def _subject(title: str) -> frozenset[str]:
    return title_key(_folded(title))


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    """The weight of the words that two titles share, of all that they have."""
    if _contradict(one, other):
        return 0.0
    pairs = {word: _twin(word, other) for word in one}
    mine = sum(_weight(word) for word in pairs.values() if word)
    total = sum(map(_weight, one)) + sum(map(_weight, other))
    return 2 * mine / total if total else 0.0


def _weight(word: str) -> float:
    return 0.25 if word in _WEAK else 0.5 if word in _PEOPLE else 1.0


def _twin(word: str, others: frozenset[str], likeness: float = 80) -> str | None:
    """The same word among others, or one spelt alike ("haemophilia", "hemophilia"; "Philippine", "Philippines")."""
    from rapidfuzz import fuzz

    if word in others:
        return word
    alike = [other for other in others if len(word) > 4 < len(other) and fuzz.ratio(word, other) >= likeness]
    return max(alike, key=lambda other: fuzz.ratio(word, other)) if alike else None


def _contradict(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether the titles name different types ("type 1", "hepatitis B") or different people."""
    for kind in (_types, _people):
        first, second = kind(one), kind(other)
        if first and second and not (first <= second or second <= first):
            return True
    return (not _types(one)) != (not _types(other)) and "type" in one | other


def _types(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if word.isdigit() or len(word) == 1)


def _people(words: frozenset[str]) -> frozenset[str]:
    return frozenset(_PEOPLE[word] for word in words if word in _PEOPLE)


# ---- numbers, publishers, editions


def _number_is_printed(entry: Entry, front: Front) -> bool:
    """Whether the front prints the document's own number or ISBN, and most words of its title."""
    printed = re.sub(r"[^a-z0-9]", "", front.text.lower())
    numbers = [re.sub(r"[^a-z0-9]", "", number.lower()) for number in (entry.number, entry.isbn) if number]
    # A number's last letters tell print from electronic ("-e"), and bracketed ones its class.
    if not any(len(number) >= 8 and number.removesuffix("e") in printed for number in numbers):
        return False
    subject, words = _subject(entry.title), _words(front.text)
    return sum(word in words for word in subject) >= 0.6 * len(subject)


def _publisher_is_printed(entry: Entry, front: Front) -> bool:
    """Whether the front holds all words of the name of one of the entry's publishers."""
    if not entry.publisher:
        return True
    printed = _words(front.text)
    printed |= {_ALIKE[word] for word in printed if word in _ALIKE}
    bodies = re.split(r"[;/]| with ", entry.publisher)
    names = [{_ALIKE.get(word, word) for word in _words(re.sub(r"\([^)]*\)", "", body))} for body in bodies]
    return any(name and all(_twin(word, printed, 90) for word in name) for name in names)


def _edition(entry: Entry, front: Front) -> Literal["same", "other", "unknown"]:
    info = front.info
    listed, printed = edition_number(entry.edition), edition_number(info.edition)
    both = listed is not None and printed is not None
    if entry.year is None or not (year := info.published or _latest_year(front)):
        if both:
            return "same" if listed == printed else "other"
        # A catalogue that lists no year lists one edition.
        return "same" if entry.year is None and entry.edition is None else "unknown"
    apart = abs(entry.year - year)
    if apart == 0:
        return "same"
    if both and listed != printed:
        return "other"
    # Launched a year after it is dated, or dated by the year of its evidence.
    if apart <= (2 if both else 1):
        return "same"
    # A journal's year or a law's may stand above a later one; a cover never prints a year after its own.
    return "same" if year < entry.year == _latest_year(front) else "other"


def _latest_year(front: Front) -> int | None:
    """The latest year that the first two pages print, those of reviews and revisions left out."""
    years = [int(year) for year in _YEAR.findall(_REVIEWED.sub(" ", front.opening(2)))]
    return max(years, default=None)


def _years_apart(entry: Entry | None, front: Front) -> int:
    return abs((entry.year if entry and entry.year else 0) - (front.info.published or 0))


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+", _folded(text))) - _PLAIN


def subject(title: str) -> Sequence[str]:
    """The words that tell what a title is about, sorted."""
    return sorted(_subject(title))
