"""Text -> sentences, by rules made for guidelines: doses, abbreviations and numbered references do not end one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

# Abbreviations after which a full stop does not end a sentence. Latin and units from prescriptions, titles, Malay and
# Indonesian ones from ordinary use.
_ABBREVIATIONS = frozenset(
    "e.g i.e vs cf al etc fig figs no nos dr prof mr mrs ms st approx resp ref refs vol pp ed eds ca eq sect tab o.d b.d"
    " t.d.s q.d.s p.r.n i.v i.m s.c p.o u.s inc ltd co dept min max hr hrs wk yr yrs dll dsb dgn dg hlm tn ny bln thn spp"
    " subsp sp".split()
)
_END = re.compile(
    r"([.?!](?:(?<=[a-z)]\.)\d{1,3}(?:[,–-]\d{1,3})*)?[\"')\]\u2019\u201d]*)(\s+)"
    r"(?=[\"'(\[\u2018\u201c]?[A-Z0-9≥≤<>\u00c0-\u00de•●▪■○◦\u4e00-\u9fff])"
)
"""A sentence's end, with the reference mark that may be glued to it ("relapse.12 The")."""
_LETTERED = frozenset("grade level class vitamin hepatitis type group category gred tahap".split())
"""Words that a single letter belongs to, so that it is no initial."""
_CJK_END = re.compile(r"[。！？；]+[”’」』）】》\"']*")
"""Chinese sentences end without a space; what closes a quotation or a bracket still belongs to them."""


def sentences(text: str) -> list[str]:
    """The sentences of a text in order; joined by spaces they give the text back, white space folded."""
    text = " ".join(text.split())
    parts: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if _ends_sentence(text, match):
            parts.append(text[start : match.end(1)])
            start = match.end(2)
    if start < len(text):
        parts.append(text[start:])
    return [piece for part in parts for piece in _chinese(part)]


def _chinese(text: str) -> list[str]:
    """The text cut after each Chinese full stop, exclamation or question mark, and semicolon."""
    cuts = [0, *(match.end() for match in _CJK_END.finditer(text)), len(text)]
    return [piece for a, b in pairwise(cuts) if (piece := text[a:b].strip())]


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    if match[1][0] != ".":
        return True
    before = text[: match.start()].rsplit(None, 1)[-1].lstrip("(['\"") if match.start() else ""
    after = text[match.end() :]
    if before.lower() in _ABBREVIATIONS:
        # "o.d. Increase to ..." starts a sentence where a capitalised word of its own follows.
        return bool(re.match(r"[A-Z][a-z]+\s[a-z]", after)) and "." in before and before.lower() not in ("e.g", "i.e")
    if re.fullmatch(r"[A-Z]", before):
        named = text[: match.start() - 1].split()[-1:]
        return bool(named) and named[0].lower() in _LETTERED
    # "1. Give ..." and "2.1. Dose" are numbers of items, not ends.
    return not (
        re.fullmatch(r"\d{1,2}(\.\d+)*|[a-h]|[ivx]{1,4}", before)
        and (match.start() <= 6 or _opens(text, match, before))
    )


def _opens(text: str, match: re.Match[str], before: str) -> bool:
    """Whether the number before the stop itself follows an end, so that it numbers what comes next."""
    lead = text[: match.start() - len(before)].rstrip()
    return lead.endswith((".", ":", ";", "•"))


def row_text(cells: Sequence[str]) -> str:
    """A table row as one unit of quoting: its filled cells, each once, divided by " | "."""
    return " | ".join(dict.fromkeys(cell for cell in cells if cell))
