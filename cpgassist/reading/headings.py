"""Which lines are headings: from their numbering, type and length. Real CPGs have no bookmarks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from cpgassist.reading.recommendations import whole_grade
from cpgassist.types import Box, Line

# Family -> pattern: the numbering of a heading. Decimals carry their depth; the other families nest in the order in
# which a document uses them.
_NUMBERINGS: dict[str, str] = {
    "chapter": r"(?i:(?:BAB|CHAPTER|PART|BAHAGIAN|BAGIAN|SECTION)\s+(?:[IVXLC]+|\d+)\b[.:]?\s*)",
    "annex": r"(?i:(?:APPENDIX|ANNEX|LAMPIRAN|ANNEXURE)\s+[A-Z0-9]+(?:\.\d+)*\b[.:]?\s*)",
    "question": r"(?i:(?:QUESTION|CQ|CLINICAL QUESTION|SOALAN)\s*\d+[a-z]?\b[.:]?\s*)",
    "recommendation": (
        r"(?i:(?:RECOMMENDATION|STATEMENT|GOOD PRACTICE STATEMENT|PENGESYORAN|SYOR)\s*\d+(?:\.?[a-z])?\b[.:]?\s*)"
    ),
    "decimal": r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,4}[a-z]?)[.:)]?(?:\s+|(?=[A-Z]))(?=\D)",
    "roman": r"(?:[IVX]{1,5})[.)]\s+(?=\S)",
    "upper": r"[A-H][.)]\s+(?=\S)",
    "lower": r"[a-h][.)]\s+(?=\S)",
    "lower roman": r"(?:[ivx]{1,5})[.)]\s+(?=\S)",
    "bracketed": r"\((?:\d{1,2}|[a-h])\)\s+(?=\S)",
}
_NUMBERING = re.compile("|".join(f"(?P<{name.replace(' ', '_')}>{pattern})" for name, pattern in _NUMBERINGS.items()))
_CAPTION = re.compile(
    r"^(?:TABLE|TABEL|JADUAL|FIGURE|FIG\.|GAMBAR|RAJAH|BOX|KOTAK|CHART)\s*(?:\d|[A-Z](?:\d|\b))", re.IGNORECASE
)
_TRAILING = re.compile(r"\s*(?:\[[^\]]*\]|\(\d{4}[^)]*\))\s*$")
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
_THREE_LETTERS = re.compile(r"[^\W\d_](?:.*?[^\W\d_]){2}", re.DOTALL)
_BARE_LABEL = re.compile(r"^\W*(?:\d{1,2}|[IVX]{1,5})\W*$")
_LAST_LABEL = re.compile(r"(?:\d[\d.]*[a-z]?|[A-Z](?:\.\d+)*|[IVXLC]+)(?=\W*$)")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@dataclass(frozen=True, slots=True)
class Body:
    """The type of running text, and the faces that a document keeps for headings."""

    size: float
    face: str = ""
    apart: frozenset[str] = frozenset()
    """Faces that set titles and hardly anything else: a heading may be no larger and no bolder than the text."""


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
    face: str = ""
    box: Box | None = field(default=None, compare=False)

    @property
    def style(self) -> tuple[int, bool, bool, str]:
        """What headings of one level share where they are not numbered."""
        return round(self.size), self.bold, self.capitals, self.face


def body_size(lines: Iterable[Line]) -> float:
    """The font size that most characters have."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def body_type(groups: Sequence[Sequence[Line]]) -> Body:
    """The type of running text, from the paragraphs of a document."""
    size = body_size(line for group in groups for line in group)
    faces: Counter[str] = Counter()
    for group in groups:
        for line in group:
            if abs(line.size - size) < 0.6 and line.face:
                faces[line.face] += len(line.text)
    face = faces.most_common(1)[0][0] if faces else ""
    titles: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for group in groups:
        own = group[0].face
        if own and own != face and all(line.face == own for line in group):
            (titles if _titled(group) else others)[own] += 1
    apart = {own for own, count in titles.items() if count >= 2 and count >= others[own]}
    return Body(size, face, frozenset(apart))


def _titled(group: Sequence[Line]) -> bool:
    """Whether a paragraph could be a title by its words."""
    text = " ".join(line.text for line in group)
    if len(group) > 3 or len(text.split()) > 20 or text[-1] in ".,;:" or whole_grade(text):
        return False
    return (text[:1].isupper() or text[:1].isdigit()) and bool(_THREE_LETTERS.search(text))


def numbering(text: str) -> tuple[str, tuple[str, ...], str]:
    """(family, number parts, the words after the number); family "" when the text is not numbered."""
    match = _NUMBERING.match(text)
    if match is None:
        return "", (), text
    number = match["number"]
    parts = tuple(number.split(".")) if number else (match[0].strip(),)
    return (match.lastgroup or "").replace("_", " "), parts, text[match.end() :]


def ordinals(heading: Heading) -> dict[str, tuple[int, ...]]:
    """The ways to read a heading's number, by series: "i)" is the ninth letter or the first Roman number."""
    if heading.family == "decimal":
        parts = [part for whole in heading.number for part in re.findall(r"\d+|[a-z]", whole)]
        ending = ")" if heading.text[len(".".join(heading.number)) :][:1] == ")" else ""
        return {f"decimal{ending}": tuple(int(p) if p.isdigit() else ord(p) - 96 for p in parts)}
    label = heading.number[0] if heading.number else ""
    if heading.family in ("chapter", "annex", "question", "recommendation"):
        series, label = heading.family, (_LAST_LABEL.search(label) or [""])[0]
    else:
        # "a." and "a)" are two series, as "1." and "1)" are: documents nest them in each other.
        series = re.sub(r"[^().]", "", label) + ("A" if label[:1].isupper() else "")
    parts = re.findall(r"\d+|[A-Za-z]+", label)
    return {series + how: tuple(map(read, parts)) for how, read in _readings(parts)} if parts else {}


def _readings(parts: Sequence[str]) -> list[tuple[str, Callable[[str], int]]]:
    letters = [part.lower() for part in parts if part.isalpha()]
    ways: list[tuple[str, Callable[[str], int]]] = []
    if all(len(part) == 1 for part in letters):
        ways.append(("", lambda part: int(part) if part.isdigit() else ord(part.lower()) - 96))
    if letters and all(set(part) <= set(_ROMAN) and (len(part) > 1 or part in "ivx") for part in letters):
        ways.append((" roman", lambda part: int(part) if part.isdigit() else roman(part)))
    return ways


def roman(label: str) -> int:
    """The value of a Roman number."""
    numbers = [_ROMAN[letter] for letter in label.lower()]
    return sum(-n if any(later > n for later in numbers[i + 1 : i + 2]) else n for i, n in enumerate(numbers))


def as_heading(lines: Sequence[Line], body: Body, alone: bool) -> Heading | None:
    """The paragraph as a heading, or None. `alone`: nothing else stands in its paragraph or on its row."""
    text = " ".join(line.text for line in lines)
    words = text.split()
    if not (1 <= len(words) <= 32 and len(lines) <= 5 and alone) or _CAPTION.match(text):
        return None
    if not any(c.isalpha() for c in text) or text[-1] in ",;" or not _THREE_LETTERS.search(text):
        return None
    heading = _heading(lines, text)
    apart = heading.face in body.apart and heading.size > body.size - 0.6 and not whole_grade(text)
    bigger = heading.size > body.size + 0.9
    stands_out = bigger or heading.bold or heading.capitals or apart
    rest = numbering(text)[2]
    if heading.family in ("chapter", "annex", "question", "recommendation"):
        fits = (stands_out or (len(words) <= 14 and not text.endswith((".", ",")))) and len(words) <= 32
    elif heading.family == "decimal":
        deep = len(heading.number) > 1
        fits = rest[:1].isupper() and (stands_out or deep) and len(words) <= 24
        fits = fits and not _TRAILING.sub("", rest).endswith(".")
        fits = fits or (stands_out and len(words) <= 24 and rest[:1].isupper() and not _sentence(rest))
    elif heading.family:
        fits = len(words) <= 12 and stands_out and not text.endswith((".", ":"))
    else:
        fits = stands_out and (text[:1].isupper() or text[:1].isdigit()) and not _sentence(text)
        fits = fits and len(words) <= (26 if bigger else 18)
    return heading if fits else None


def as_item_heading(lines: Sequence[Line]) -> Heading | None:
    """A numbered title in the type of the text. It may be a list's item as well: what follows it must tell."""
    text = " ".join(line.text for line in lines)
    heading = _heading(lines, text)
    rest = numbering(text)[2]
    short = len(lines) <= 2 and len(text.split()) <= 12 and not text.endswith((".", ":", ";", ","))
    return heading if heading.family and short and rest[:1].isupper() and len(rest) > 3 else None


def _heading(lines: Sequence[Line], text: str) -> Heading:
    family, number, _ = numbering(text)
    # A number set apart from its words, large and in a face of its own, says nothing of the title's type.
    worded = [line for line in lines if not is_bare_label(line.text)] or list(lines)
    faces = {line.face for line in worded}
    return Heading(
        text,
        lines[0].page,
        family,
        number,
        max(line.size for line in worded),
        all(line.bold for line in worded),
        text.upper() == text,
        faces.pop() if len(faces) == 1 else "",
        Box.around([line.box for line in lines]),
    )


def is_bare_label(text: str) -> bool:
    """Whether a line is nothing but the number of a heading whose words stand beside or below it."""
    family, _, rest = numbering(text + " ")
    return bool(_BARE_LABEL.match(text)) or (family in ("chapter", "annex") and not rest.strip())


def _sentence(text: str) -> bool:
    """Whether the text reads as a sentence rather than a title, its year or reference in brackets left aside."""
    return _TRAILING.sub("", text).endswith(".") and len(text.split()) > 4
