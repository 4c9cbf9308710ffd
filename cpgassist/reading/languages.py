"""Which language a text is written in: told by script, and by the commonest words."""

from __future__ import annotations

import re
from collections import Counter

ENGLISH = frozenset(
    "the of and to in is for with be are or not by patients that on as at from should this an which was were can it".split()
)
MALAY = frozenset(
    "yang dan untuk dengan pada adalah tidak atau dalam kepada oleh dari daripada di ini itu jika bagi akan juga lebih"
    " perlu telah sebagai terhadap setelah".split()
)
"""Malay and Indonesian alike."""

INDONESIAN_ONLY = frozenset(
    "pasien karena yaitu kesehatan obat dokter saat bisa dosis pelayanan usia kadar pengobatan tata laksana"
    " sedangkan memiliki risiko resiko republik menteri anda bahwa maupun".split()
)
MALAY_ONLY = frozenset(
    "pesakit kerana iaitu boleh kesihatan ubat doktor semasa ialah rawatan berisiko dos perkhidmatan kanak-kanak"
    " pengurusan merawat sekiranya wad mesti bahawa mahupun".split()
)
"""Words that one of the two uses and the other does not, or spells otherwise ("kesihatan", "kesehatan")."""

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA_OR_HANGUL = re.compile("[\u3040-\u30ff\uac00-\ud7af]")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LEAST_SHARE = 0.08
"""Share of its commonest words under which a text in Latin letters is in none of these languages. 15 real guidelines
show 0.16 (Indonesian) to 0.32; German shares "in" and "an" with English."""


def language_of(text: str) -> str | None:
    """ "en", "ms" (Malay), "id" (Indonesian), "zh", or None for other languages; the majority's where they are mixed.

    Malay and Indonesian share most words: what tells neither is taken for Malay.
    """
    han = len(_HAN.findall(text))
    others = len(_KANA_OR_HANGUL.findall(text))
    spaced = _KANA_OR_HANGUL.sub(" ", _HAN.sub(" ", text)) if han or others else text
    words = Counter(_WORD.findall(spaced.lower()))
    latin = sum(words.values())
    # Two characters make about one word. Japanese mixes kana into its Han characters, Chinese never does.
    if (han + others) / 2 > latin:
        return "zh" if others < han / 10 else None
    english, malay = _count(words, ENGLISH), _count(words, MALAY)
    if max(english, malay) < _LEAST_SHARE * latin or not latin:
        return None
    if english >= malay:
        return "en"
    return "id" if _count(words, INDONESIAN_ONLY) > _count(words, MALAY_ONLY) else "ms"


def _count(words: Counter[str], known: frozenset[str]) -> int:
    return sum(words[word] for word in known)
