"""Which lines are headings, and how deep: from their numbering, font and length. Real CPGs have no bookmarks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cpgassist.types import Line

# (family, pattern): the numbering of a heading. Decimals carry their depth; the other families nest in the order in
# which a document uses them.
NUMBERINGS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "chapter",
        re.compile(r"^(?:BAB|CHAPTER|PART|BAHAGIAN|BAGIAN|SECTION)\s+(?:[IVXLC]+|\d+)\b[.:]?\s*", re.IGNORECASE),
    ),
    ("annex", re.compile(r"^(?:APPENDIX|ANNEX|LAMPIRAN|ANNEXURE)\s+[A-Z0-9]+(?:\.\d+)*\b[.:]?\s*", re.IGNORECASE)),
    ("question", re.compile(r"^(?:QUESTION|CQ|CLINICAL QUESTION|SOALAN)\s*\d+[a-z]?\b[.:]?\s*", re.IGNORECASE)),
    (
        "recommendation",
        re.compile(
            r"^(?:RECOMMENDATION|STATEMENT|GOOD PRACTICE STATEMENT|PENGESYORAN|SYOR)\s*\d+(?:\.?[a-z])?\b[.:]?\s*",
            re.IGNORECASE,
        ),
    ),
    ("decimal", re.compile(r"^(?P<number>\d{1,2}(?:\.\d{1,2}){0,4}[a-z]?)[.:)]?(?:\s+|(?=[A-Z]))(?=\D)")),
    ("roman", re.compile(r"^(?:[IVX]{1,5})[.)]\s+(?=\S)")),
    ("upper", re.compile(r"^[A-H][.)]\s+(?=\S)")),
    ("lower", re.compile(r"^[a-h][.)]\s+(?=\S)")),
    ("lower roman", re.compile(r"^(?:[ivx]{1,5})[.)]\s+(?=\S)")),
    ("bracketed", re.compile(r"^\((?:\d{1,2}|[a-h])\)\s+(?=\S)")),
)
_CAPTION = re.compile(
    r"^(?:TABLE|TABEL|JADUAL|FIGURE|FIG\.|GAMBAR|RAJAH|BOX|KOTAK|CHART)\s*(?:\d|[A-Z](?:\d|\b))", re.IGNORECASE
)
REFERENCES = re.compile(
    r"^\W*(?:[\dIVX]+\.?\s+)?(?:references?|bibliography|reference list|literature cited|works cited|citations"
    r"|daftar pustaka|rujukan|senarai rujukan|kepustakaan|参考文献)\W*$",
    re.IGNORECASE,
)
CONTENTS = re.compile(
    r"^\W*(?:table of contents|contents|list of (?:tables|figures|annexes|appendices|algorithms)|daftar isi|daftar tabel"
    r"|daftar gambar|kandungan|isi kandungan|senarai (?:jadual|rajah)|目录)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading's words and what tells its depth."""

    text: str
    page: int
    family: str
    number: tuple[str, ...]
    size: float
    bold: bool
    capitals: bool


def body_size(lines: Iterable[Line]) -> float:
    """The font size that most characters have."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def numbering(text: str) -> tuple[str, tuple[str, ...], str]:
    """(family, number parts, the words after the number); family "" when the text is not numbered."""
    for family, pattern in NUMBERINGS:
        match = pattern.match(text)
        if match:
            number = match.groupdict().get("number")
            parts = tuple(number.split(".")) if number else (match[0].strip(),)
            return family, parts, text[match.end() :]
    return "", (), text


def as_heading(lines: Sequence[Line], body: float, alone: bool) -> Heading | None:
    """The paragraph as a heading, or None. `alone`: nothing else stands in its paragraph or on its row."""
    text = " ".join(line.text for line in lines)
    words = text.split()
    if not (1 <= len(words) <= 32 and len(lines) <= 4 and alone) or _CAPTION.match(text):
        return None
    if not any(c.isalpha() for c in text) or text[-1] in ",;" or len(re.findall(r"[^\W\d_]", text)) < 3:
        return None
    family, number, rest = numbering(text)
    size = max(line.size for line in lines)
    bold = all(line.bold for line in lines)
    capitals = text.upper() == text
    bigger = size > body + 0.9
    stands_out = bigger or bold or capitals
    if family in ("chapter", "annex", "question", "recommendation"):
        fits = (len(words) <= 32 and (stands_out or len(words) <= 14) and not text.endswith((".", ","))) or stands_out
    elif family == "decimal":
        deep = len(number) > 1
        fits = bool(rest[:1].isupper()) and (stands_out or deep) and len(words) <= 24 and not rest.endswith(".")
        fits = fits or (stands_out and len(words) <= 24 and rest[:1].isupper() and not _sentence(rest))
    elif family:
        fits = len(words) <= 12 and not text.endswith(".") and (stands_out or len(words) <= 8) and text[-1] != ":"
    else:
        fits = stands_out and (text[:1].isupper() or text[:1].isdigit()) and not _sentence(text) and len(words) <= 26
        fits = fits and (bigger or len(words) <= 18)
    return Heading(text, lines[0].page, family, number, size, bold, capitals) if fits else None


def _sentence(text: str) -> bool:
    """Whether the text reads as a sentence rather than a title."""
    return text.endswith(".") and len(text.split()) > 4


class Outline:
    """The path of headings above the text being read."""

    def __init__(self) -> None:
        self._stack: list[Heading] = []

    @property
    def path(self) -> tuple[str, ...]:
        """Headings from the outermost."""
        return tuple(heading.text for heading in self._stack)

    def place(self) -> tuple[Heading, ...]:
        """The headings above, to come back to."""
        return tuple(self._stack)

    def return_to(self, place: tuple[Heading, ...]) -> None:
        """Go back to a place."""
        self._stack = list(place)

    def enter(self, heading: Heading) -> int:
        """Place a heading; the depth it stands at, from 1."""
        families = [above.family for above in self._stack]
        if heading.family and heading.family != "decimal" and heading.family in families:
            del self._stack[families.index(heading.family) :]
        while self._stack and not _above(self._stack[-1], heading):
            self._stack.pop()
        self._stack.append(heading)
        return len(self._stack)


def _above(a: Heading, b: Heading) -> bool:
    """Whether heading `a` can hold heading `b`."""
    if a.family == b.family == "decimal":
        return len(a.number) < len(b.number) and b.number[: len(a.number)] == a.number
    if a.family == b.family and a.family:
        return False
    if b.family in ("chapter", "annex"):
        return False
    if a.family in ("chapter", "annex"):
        return True
    if abs(a.size - b.size) > 0.6:
        return a.size > b.size
    if a.family == "decimal" and len(a.number) > 1 and b.family != "decimal":
        return True
    if b.family == "decimal" and len(b.number) == 1 and a.family == "":
        return (a.capitals, a.bold) > (b.capitals, b.bold)
    if a.family and not b.family:
        return (a.bold, a.capitals) >= (b.bold, b.capitals)
    if b.family and not a.family:
        return (a.capitals, a.bold) >= (b.capitals, b.bold)
    return (a.capitals, a.bold) > (b.capitals, b.bold) or bool(a.family and b.family)
