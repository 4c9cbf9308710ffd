"""Whether a line's own words call for urgent action: "refer immediately", "within one hour", "rujuk segera".

The words stand in urgency.tsv. An act and its urgency must be printed together: an emergency department, an immediate
reconstruction, or what a study did within hours calls for nothing. Nothing is concluded from what a line is about.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from cpgassist.answering.summary import SUMMARY
from cpgassist.types import DRAWN_KINDS, Statement

__all__ = ["calls_for_urgency", "is_urgent"]

_MOST_HOURS = {"bring": 24.0, "see": 24.0, "do": 6.0}
"""Within how many hours an act is urgent; what is given within a day is most often a daily dose."""
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "six": 6, "twelve": 12, "satu": 1, "dua": 2}
_CLAUSE = re.compile(r"[;|•\n]|[.!?](?=\s|$)")
_WITHIN = re.compile(
    rf"\b(?:within|in under|dalam (?:masa|tempoh|waktu|jangka masa))\s+(?:the\s+)?(?:first\s+|next\s+)?"
    rf"(\d+|{'|'.join(_NUMBERS)})(?:\s?(?:-|–|to|hingga)\s?\d+)?\s?"
    r"(minutes?|mins?|minit|menit|hours?|hrs?|h|jam)\b|\b(?:on the )?same day\b|\bhari yang sama\b"
)
_NON = re.compile(r"\bnon[- ]?(?:urgent|emergen|immediate)\w*")
_BETWEEN = r"(?:\W+[\w'’/-]+){0,%d}?\W+"
"""At most so many words between two."""


def is_urgent(statement: Statement) -> bool:
    """Whether a statement, or the lead-in that it stands under, is such a line; what is drawn or a model wrote never is."""
    if statement.kind in DRAWN_KINDS or statement.kind == SUMMARY:
        return False
    leads = () if statement.kind == "table" else statement.lead  # a header names columns, it asks for nothing
    return any(map(calls_for_urgency, (statement.text, *leads)))


def calls_for_urgency(line: str) -> bool:
    """Whether a printed line calls for urgent action; takes time linear in its length."""
    folded = _NON.sub("", " ".join(line.replace("’", "'").split()).lower())
    return any(_calls(clause) for clause in _CLAUSE.split(folded) if not _tells(clause))


def _tells(clause: str) -> bool:
    """Whether a clause tells what happened, or what a study says, instead of what to do."""
    past = _one("past").search(clause) and not _one("must").search(clause)
    return bool(past or _one("told").search(clause))


def _calls(clause: str) -> bool:
    found = [match.span() for pattern in _patterns() for match in pattern.finditer(clause)]
    found += [match.span() for match in _WITHIN.finditer(clause) if _soon(match, clause)]
    return any(not _denied(clause, *span) for span in found)


def _soon(match: re.Match[str], clause: str) -> bool:
    number, unit = match[1], match[2]
    hours = 0.0
    if number is not None:
        hours = float(_NUMBERS.get(number) or number) / (60 if unit.startswith("m") else 1)
    near = clause[max(0, match.start() - 80) : match.end() + 40]
    return any(hours <= most and _one(role).search(near) for role, most in _MOST_HOURS.items())


def _denied(clause: str, start: int, end: int) -> bool:
    before = re.split(r",|\bbut\b|\btetapi\b|\bdan\b|\band\b", clause[:start])[-1].split()
    whole = " ".join((*before[-5:], clause[start:end]))
    delay = re.search(r"(?:not|never|tidak|jangan) (?:be |boleh )?(?:delay|ditunda|berlengah)", whole)
    if not delay and _one("not").search(whole):
        return True
    return _one("not-after").search(clause[end : end + 40]) is not None


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    act, now, first = "|".join(map(_words, _MOST_HOURS)), _words("now"), _words("at-once")
    later, place = (rf"(?!\W+(?:{_words(role)})\b)" for role in ("after", "facility"))
    return tuple(
        re.compile(pattern)
        for pattern in (
            rf"\b(?:{act})\b{_BETWEEN % 10}(?:{now})\b{later}",
            rf"\b(?:{now})\b{later}{_BETWEEN % 3}(?:{act})\b",
            # "immediate treatment", "urgent eye review"; in Malay the noun stands first
            rf"\b(?:{first})\b{_BETWEEN % 2}(?:{_words('noun', 'en')})\b{place}",
            rf"\b(?:{_words('noun', 'ms')})\W+(?:yang\W+)?(?:{_words('at-once', 'ms')})\b{later}",
            rf"\b(?:{_words('bring')})\b{_BETWEEN % 8}(?:{_words('place')})\b",
            rf"\b(?:{_words('state')})\b",
        )
    )


@cache
def _one(role: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{_words(role)})\b" if role != "not" else rf"\b(?:{_words(role)})\b")


@cache
def _words(role: str, language: str = "") -> str:
    """An alternative of all words of a role, the longest first."""
    found: set[str] = set()
    text = resources.files(__package__).joinpath("urgency.tsv").read_text(encoding="utf-8")
    for row in text.splitlines():
        if row and not row.startswith("#"):
            named, spoken, words = row.split("\t")
            if named == role and language in ("", spoken):
                found.update(words.split("|"))
    return "|".join(map(re.escape, sorted(found, key=lambda word: (-len(word), word))))
