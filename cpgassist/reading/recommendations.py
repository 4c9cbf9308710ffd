"""Printed grades of recommendation and levels of evidence, copied as they stand and never converted.

Schemes clash: "Level I" is the best evidence in one document while "I, C" is class I with level C in another. So a
grade is a string here, and what belongs to which statement is told by its place: at the end of the statement, on the
line under it in the same box, beside it in the margin, or in the grade columns of the same row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_DEGREE = (
    r"(?:very[ -]low(?:[ -]to[ -](?:low|moderate))?|low(?:[ -]to[ -](?:very[ -]low|moderate|high))?"
    r"|moderate(?:[ -]to[ -](?:low|high))?|high)"
)
_STRENGTH = r"(?:strong|weak|conditional|discretionary)"
_OF_EVIDENCE = r"(?:quality|certainty|level)(?:\s+of)?(?:\s+(?:the\s+)?evidence)?"
_CERTAINTY = rf"{_DEGREE}[\s-]+{_OF_EVIDENCE}"
_LEVEL = r"(?:[1-4](?:\+{1,2}|-(?!\d))|(?:I{1,3}|IV|V|[1-5])(?:[-\s]?[1-3]\b)?[abc]?\b)"
_CLASS = r"(?:III|II[ab]?|IV|I)"
# ACC and AHA split level B and C by the kind of study behind them.
_LETTER = r"(?-i:[ABC](?:-(?:NR|R|LD|EO))?)(?![\w-])"
_CLASS_WORD = r"(?:class(?:\s+of\s+recommendations?)?|COR)\s*:?\s*"
_LEVEL_WORD = r"(?:levels?(?:\s+of\s+evidence)?|LOE|LE|EL|evidence\s+level)\s*:?\s*"
_GRADE_WORD = r"(?:grades?(?:\s+of\s+recommendations?)?|GoR|GR|gred(?:\s+pengesyoran)?)\s*:?\s*"
_JOINT = r"\s*[,;/|]\s*"
_MARGIN = rf"(?-i:{_CLASS})\s*,\s*(?-i:[ABC])(?![\w-])"

# (pattern, where such words are seen). Each matches a whole grade as printed; the longest forms come first.
GRADE_FORMS: tuple[tuple[str, str], ...] = (
    (
        rf"{_STRENGTH}\s+recommendations?\s*[,;.:/|]?\s*(?:based\s+on\s+|with\s+)?{_CERTAINTY}"
        r"(?:\s+in\s+the\s+estimates?\s+of\s+effects?)?",
        "GRADE wording: WHO, Philippine DOH",
    ),
    (
        rf"{_CERTAINTY}\s*[,;/|]\s*{_STRENGTH}\s+recommendations?",
        "GRADE wording, certainty first: Philippine UTI 2023",
    ),
    (
        rf"{_STRENGTH}\s+recommendations?\s*[,;]\s*based\s+on\s+expert\s+opinion(?:\s*;\s*no\s+evidence\s+retrieved)?",
        "DOH",
    ),
    (rf"{_STRENGTH}\s*[,;/|]\s*{_CERTAINTY}", "evidence-to-decision tables"),
    (
        rf"{_STRENGTH}\s+recommendations?\b(?!\s+(?:to|for|against|that|in|was|were|is|are|by)\b)",
        "GRADE, strength alone",
    ),
    (r"(?:best|good)\s+practice\s+(?:statement|point)s?|(?-i:GPP)\b", "in the place of a grade"),
    (r"(?-i:[A-D]\s+recommendation|I\s+statement)\b", "USPSTF"),
    (
        rf"{_CLASS_WORD}(?-i:{_CLASS})(?:{_JOINT}|\s+){_LEVEL_WORD}{_LETTER}",
        "ESC and ACC in words",
    ),
    (
        rf"{_GRADE_WORD}(?-i:(?:[12]?[A-E]|I{{1,3}}|I{{1,3}}-?[A-C])\b)(?:{_JOINT}{_LEVEL_WORD}{_LEVEL})?",
        "Malaysian CPGs: Grade A to C; ACCP and SIGN grades",
    ),
    (
        rf"{_LEVEL_WORD}(?:{_LEVEL}|{_LETTER})(?:{_JOINT}(?:{_GRADE_WORD}|recommendation\s+)(?-i:[A-E])\b)?(?!\w)",
        "task force levels I, II-1, II-2, II-3, III",
    ),
    (
        r"(?:derajat|gred|tingkat|kekuatan)\s+(?:rekomendasi|pengesyoran|saranan)?\s*:?\s*(?-i:[A-E])\b",
        "Indonesian and Malay",
    ),
    (
        rf"(?:tahap|peringkat|tingkat|level)\s+(?:bukti|evidens|pembuktian)?\s*:?\s*{_LEVEL}(?!\w)",
        "Malay and Indonesian level of evidence",
    ),
    (rf"{_MARGIN}", "ESC/ACC class and level"),
    (r"\b[1-4]\+{1,2}(?!\w)", "SIGN levels"),
)
_FORM = "|".join(f"(?:{form})" for form, _ in GRADE_FORMS)
_WHOLE = re.compile(
    rf"\s*(?P<open>[(\[])?\s*(?P<grade>{_FORM})\s*(?P<close>[)\]])?\s*(?(close)[.;]?|\.?)\s*$", re.IGNORECASE
)

# ---- marks that close a statement

# Inside brackets a grade may be shorter than in running text, for the brackets set it apart.
_SHORT = (
    rf"(?-i:{_CLASS})\s*[-/ ]\s*{_LETTER}",
    r"(?-i:[12][A-D])(?=\s*[)\]])",
    r"(?-i:[A-E]\s*[-,]\s*I{1,3})(?=\s*[)\]])",
    rf"{_STRENGTH}\s*[,;/]\s*{_DEGREE}(?=\s*[)\]])",
    rf"{_DEGREE}[\s-]+(?:quality|certainty|level)(?:\s+of)?(?:\s+the)?\s+evidence(?=\s*[)\]]\W*$)",
    rf"(?:{_CLASS_WORD})(?-i:{_CLASS})(?=\s*[)\]])",
    r"(?:un|not[ ])graded(?=\s*[)\]])",
)
_AND = r"(?:and|or|but|while|whereas|dan|atau|tetapi)\b"
_CLOSES = rf"\s*(?:$|[.;:•●▪■◦✓–—(\[]|,\s*{_AND}|{_AND}|(?-i:[A-Z0-9“\"]))"
_BRACKETED = re.compile(rf"[(\[]\s*(?P<grade>{_FORM}|{'|'.join(_SHORT)})\s*[)\]]", re.IGNORECASE)
_CLOSING = re.compile(_CLOSES, re.IGNORECASE)
_BARE_LEVEL = re.compile(
    rf"[,.\d)]\s*(?P<grade>(?:level|tahap)\s+{_LEVEL})(?:\.(?=\s|$)|(?=\s*(?:[•●]|$|[A-Z][a-z]*\s[a-z])))",
    re.IGNORECASE,
)
# A last sentence that is nothing but the grade; "Recommendation." and "Option." are the middle strengths of one scheme.
_LAST_SENTENCE = re.compile(rf"[.;?!)”\"]\d*\s+(?P<grade>{_FORM}|(?-i:Recommendation|Option))\s*\.?\s*$", re.IGNORECASE)
# In lists of studies the level stands before what the study found.
_LEADING = re.compile(r"^\W{0,3}(?P<grade>[Ll]evel\s+(?:I{1,3}|IV|V)(?:-[1-3])?[abc]?)\s*[.:]\s+(?=[A-Z“\"])")
_HALF = re.compile(r"[(\[][^)\]]{0,70}$")

# ---- margins

_CLASS_ALONE = re.compile(rf"(?:{_CLASS_WORD})?(?-i:{_CLASS})", re.IGNORECASE)
_LETTER_ALONE = re.compile(rf"(?:{_LEVEL_WORD})?{_LETTER}", re.IGNORECASE)
_NAMED = {"grade", "gred", "gor", "gr", "level", "levels", "loe", "le", "el", "tahap", "derajat"}
_MARGIN_PAIR = re.compile(rf"(?-i:{_CLASS})\s*[-/ ]?\s*{_LETTER}|(?-i:[12][A-D])")

# ---- tables and headings

GRADE_COLUMN = re.compile(
    r"\b(?:strength|certainty|quality|level|grade|class)\b.{0,30}\b(?:recommendation|evidence)s?\b"
    r"|^(?:strength|certainty|quality|grade|level|grading|level of evidence|certainty of evidence)s?$"
    r"|^(?:class|level|grade)\s?[a-c*†]?$|^(?:SoR|QoE|CoE|LoE|LE|GR|COR|GoR|EL)\s?[a-c*†]?$|^strength rating$"
    r"|\b(?:recommendation|evidence)s?\s+(?:grade|class|level|strength|quality|rating)\b"
    r"|\b(?:kekuatan|derajat|gred|tahap|tingkat|peringkat)\b.{0,20}\b(?:rekomendasi|bukti|pengesyoran|saranan|evidens)",
    re.IGNORECASE,
)
"""Header of a table column that holds grades."""

STATEMENT_COLUMN = re.compile(
    r"\brecommendations?\b|\bstatements?\b|\baction\b|\brekomendasi\b|\bpengesyoran\b|\bsyor\b|\bsaranan\b",
    re.IGNORECASE,
)

RECOMMENDATION_HEAD = re.compile(
    r"^\W*(?:key\s+|summary\s+of\s+|good\s+practice\s+|strong\s+|the\s+)?"
    r"(?:recommendations?|rekomendasi|pengesyoran|saranan(?:\s+utama)?|syor|(?:good|best)\s+practice\s+(?:statements?|points?))"
    r"(?:\s+(?:statements?|\d+[A-Za-z]?(?:\.\w+)?\.?))?\s*[:.]?\s*$",
    re.IGNORECASE,
)


_HEAD_GRADE = re.compile(rf"(?P<head>.*?)[\s:–—|,(\[-]+(?P<grade>{_FORM})\s*[)\]]?\s*[.:]?\s*$", re.IGNORECASE)


def whole_grade(text: str) -> str | None:
    """The grade when the text is nothing but a grade; half of a bracket is the end of something longer."""
    match = _WHOLE.match(text)
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    return _tidy(match["grade"])


def marks(text: str) -> list[tuple[int, str]]:
    """(end, grade) of each mark that closes a statement inside running text.

    Bare words count only when they are a level of evidence or the whole last sentence: "a strong recommendation."
    may end any sentence.
    """
    found = {match.end(): _tidy(match["grade"]) for match in _BRACKETED.finditer(text) if _closes(match, text)}
    found |= {match.end(): _tidy(match["grade"]) for match in _BARE_LEVEL.finditer(text)}
    last = _LAST_SENTENCE.search(text)
    if last is not None and not any(end > last.start() + 1 for end in found):
        found[last.end()] = _tidy(last["grade"])
    return sorted(found.items())


def _closes(match: re.Match[str], text: str) -> bool:
    """Whether a bracketed grade closes a statement; in mid-phrase it is part of it: "oesophagitis (Grade B) heals".

    A mark glued to a reference number, and a level of evidence in Roman figures, grade the words before them anywhere.
    """
    cited = text[: match.start()][-1:].isdigit() or re.match(r"level\s+[IV]", match["grade"], re.IGNORECASE)
    return bool(cited or _CLOSING.match(text, match.end()))


def leading_mark(text: str) -> str | None:
    """The level of evidence that stands before a finding: "Level II. A cohort study showed ..."."""
    match = _LEADING.match(text)
    return _tidy(match["grade"]) if match else None


def head_grade(text: str) -> str | None:
    """The grade printed in a heading that announces recommendations: "Recommendation 3 (Grade B)"."""
    match = _HEAD_GRADE.match(text)
    if match is None or not RECOMMENDATION_HEAD.match(match["head"]):
        return None
    return _tidy(match["grade"])


def runs_on(before: str, line: str) -> bool:
    """Whether a grade begun at the end of one line ends on the next: "... 0.89).8, level" and "II-2"."""
    tail, head = " ".join(before.rsplit(None, 12)[-12:]), " ".join(line.split(None, 10)[:10])
    if (opened := _HALF.search(tail)) is not None:
        whole = f"{tail[opened.start() :]} {head}"
        return any(match.start() == 0 for match in _BRACKETED.finditer(whole))
    joined = f"{tail} {head}"
    return any(match.start() < len(tail) - 1 and match.end() > len(tail) + 1 for match in _BARE_LEVEL.finditer(joined))


_OF_STRENGTH = re.compile(
    r"recommend|strong|weak|conditional|grade|practice|class|statement|rekomendasi|pengesyoran|saranan|gred",
    re.IGNORECASE,
)


def certainty_alone(grade: str) -> bool:
    """Whether a grade speaks of the evidence only, so that a strength may be printed apart from it."""
    return not _OF_STRENGTH.search(grade)


def margin_grade(parts: Sequence[str]) -> str | None:
    """The grade that short texts in a margin print, from the top: "IIa, B", or "IIa" over "B".

    Parts in boxes of their own are joined by " | "; one grade broken over lines stays one.
    """
    if not parts or parts[-1].endswith((".", ":")):
        # "Level III. A cohort study": words of the text itself.
        return None
    texts = [_tidy(part.strip("[]() ")) for part in parts]
    if (whole := whole_grade(" ".join(parts))) is not None:
        return whole
    if len(texts) == 1:
        return texts[0] if _MARGIN_PAIR.fullmatch(texts[0]) else None
    if len(texts) == 2:
        pair = (_CLASS_ALONE.fullmatch(texts[0]) and _LETTER_ALONE.fullmatch(texts[1])) or (
            all(whole_grade(part) and family(part) in _NAMED for part in texts) and family(texts[0]) != family(texts[1])
        )
        return " | ".join(texts) if pair else None
    return None


def margin_part(text: str) -> bool:
    """Whether a short text can be a part of a grade that is stacked in the margin."""
    text = text.strip("[]() ")
    return bool(_CLASS_ALONE.fullmatch(text) or _LETTER_ALONE.fullmatch(text) or margin_grade([text]))


def family(grade: str) -> str:
    """What a grade calls itself: its first word, so that "Grade A" and "Level I" are told apart."""
    return re.split(r"[^a-z]", grade.lower(), maxsplit=1)[0]


def is_scale(grades: Sequence[str]) -> bool:
    """Whether grades read as the scale itself, first to last and each once: definitions, not grades of statements."""
    if len(grades) < 3 or len({family(grade) for grade in grades}) > 1 or any("," in g or "|" in g for g in grades):
        return False
    return all(a < b for a, b in pairwise(grades)) and bool(re.search(r"(?:\b|^)(?:A|I|1a?|1\+\+)$", grades[0]))


# ---- tables


def row_grade(header: Sequence[str], row: Sequence[str]) -> str | None:
    """The grade columns of a row, joined by " | " in printed order, or None when the table has none."""
    cells = [cell for name, cell in zip(header, row, strict=True) if GRADE_COLUMN.search(name)]
    short = [cell for cell in cells if len(cell) <= 60 and any(c.isalnum() for c in cell)]
    return " | ".join(short) if short else None


def holds_recommendations(header: Sequence[str]) -> bool:
    """Whether a table's header names both statements and their grades."""
    grades = [name for name in header if GRADE_COLUMN.search(name)]
    statements = [name for name in header if STATEMENT_COLUMN.search(name) and name not in grades]
    return bool(grades) and bool(statements)


_ENTRY = re.compile(r"(?:^|(?<=[.;:]\s))(?=(?:\(?[a-h]\)|[a-h]\.)\s)")
_RATING = re.compile(rf"{_STRENGTH}(?:\s+(?:for|against))?|{_DEGREE}|not\s+applicable|N/?A\b|{_FORM}", re.IGNORECASE)


def statement_rows(header: Sequence[str], row: Sequence[str]) -> list[tuple[str, ...]]:
    """The row, cut in as many as it has lettered statements when each grade cell holds as many grades."""
    parts: list[list[str]] = []
    for name, cell in zip(header, row, strict=True):
        if GRADE_COLUMN.search(name):
            parts.append([_tidy(match[0]) for match in _RATING.finditer(cell)])
            if " ".join(parts[-1]) != _tidy(cell):
                return [tuple(row)]
        else:
            entries = [entry.strip() for entry in _ENTRY.split(cell) if entry.strip()]
            parts.append(entries if len(entries) > 1 else [cell])
    counts = {len(part) for name, part in zip(header, parts, strict=True) if GRADE_COLUMN.search(name)}
    many = max((len(part) for part in parts), default=1)
    lettered = any(len(part) == many for name, part in zip(header, parts, strict=True) if not GRADE_COLUMN.search(name))
    if many < 2 or counts != {many} or not lettered or any(len(part) not in (1, many) for part in parts):
        return [tuple(row)]
    return [tuple(part[i] if len(part) > 1 else part[0] for part in parts) for i in range(many)]


def _tidy(grade: str) -> str:
    return re.sub(r"\s+", " ", grade).strip(" ,;.")
