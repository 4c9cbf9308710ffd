"""Findings and a question -> the words to search with, and which finding led to a line that was found."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cpgassist.imaging.signs import terms_of
from cpgassist.imaging.wording import affirmed
from cpgassist.stems import stem
from cpgassist.types import Findings

__all__ = ["query_of", "told_by"]

MOST_WORDS = 40
"""Words that findings add to a query without a question."""
_PER_WORD = 3
"""Words that findings may add for each word of the question, so that it is still about what was asked; at least _LEAST."""
_LEAST = 20
_RANK = {"definite": 0, "": 1, "probable": 1, "possible": 2}
_WORD = re.compile(r"[\u4e00-\u9fff]|[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_LETTERS = re.compile(r"[\u4e00-\u9fff]{2}|[a-z\u00c0-\u024f]{3,}")
_CJK = re.compile(r"[\u4e00-\u9fff]+")
_PREFIX = 5
"""Letters that two stems of different length must share from their beginning: "erythema" and "erythemat(ous)"."""
_COMMON = frozenset(
    "the and with for from over into onto under between within around along near about there this that these those"
    " are was were has have been being may might can could would not its their some any each both other which where"
    " when what how possible probable definite possibly probably likely suggestive suspicious suspected consistent"
    " appears appear seen visible present noted shows showing image photo photograph picture view area areas region"
    " site aspect side part left right upper lower middle central bilateral unilateral anterior posterior lateral"
    " medial proximal distal superior inferior small large big tiny mild moderate severe slight marked single multiple"
    " several few many well ill defined size sized about approximately round oval shape shaped colour color coloured"
    " colored red white black dark light pale patient adult child skin surface body surrounding adjacent yang dan"
    " dengan pada adalah ini itu kiri kanan atas bawah kecil besar kelihatan tampak kulit pesakit pasien gambar foto".split()
)
"""Words that many lines share by chance: they tell of no finding."""


def query_of(findings: Findings, question: str) -> str:
    """The question, what guidelines call the signs seen, then the image type, the anatomy and the findings, surest first.

    What is denied or normal, and what was said before, is left out; whole findings are added while the words they may
    take last, so that the question keeps its weight.
    """
    room = max(_LEAST, _PER_WORD * _count(question)) if question.strip() else MOST_WORDS
    items = sorted(findings.items, key=lambda item: _RANK[item.certainty])
    parts = [" ".join(question.split())] if question.strip() else []
    seen = [affirmed(item.text) for item in items]
    parts += filter(None, [", ".join(terms_of((*seen, findings.anatomy, findings.image_type)))])
    said = _words(question)
    for text in (findings.image_type, findings.anatomy, *seen):
        new = _words(text) - said
        if not new or _count(text) > room:
            continue
        parts.append(text)
        said |= new
        room -= _count(text)
    return ". ".join(part.rstrip(".?!。？ ") if place else part for place, part in enumerate(parts)).replace(
        "?. ", "? "
    )


def told_by(findings: Findings, text: str) -> tuple[str, ...]:
    """The findings, as they are worded, whose own words a line or heading shares; none that is denied."""
    shown = set(_stems(text))
    anatomy = set(_stems(findings.anatomy))
    return tuple(item.text for item in findings.items if _shares(affirmed(item.text), anatomy, shown))


def _shares(finding: str, anatomy: set[str], shown: set[str]) -> bool:
    """Words of the body's part count only for a finding that has no other: every line on the foot names the foot."""
    telling = [stem for word, stem in _pairs(finding) if word not in _COMMON]
    telling = [stem for stem in telling if not _has(anatomy, stem)] or telling
    return any(_has(shown, stem) for stem in telling)


def _has(stems: set[str], stem: str) -> bool:
    return stem in stems or (
        len(stem) >= _PREFIX
        and any(len(one) >= _PREFIX and (one.startswith(stem) or stem.startswith(one)) for one in stems)
    )


def _words(text: str) -> set[str]:
    """What a text would add to a query: its stems, and where it has none its words ("AF", a word in Thai)."""
    return set(_stems(text)) or set(_WORD.findall(text.casefold()))


def _count(text: str) -> int:
    return len(_WORD.findall(text))


def _stems(text: str) -> list[str]:
    return [stem for _, stem in _pairs(text)]


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """The words of a text with their stems; Chinese by pairs of characters, British spelling as American."""
    folded = text.casefold()
    for run in _CJK.findall(folded):
        yield from ((run[at : at + 2], run[at : at + 2]) for at in range(max(1, len(run) - 1)))
    for word in _LETTERS.findall(_CJK.sub(" ", folded)):
        yield word, stem(word.replace("ae", "e").replace("oe", "e").replace("our", "or"))
