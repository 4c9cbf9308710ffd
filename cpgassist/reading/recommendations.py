"""Printed grades of recommendation and levels of evidence, copied as they stand and never converted.

Schemes clash: "Level I" is the best evidence in one document while "I, C" is class I with level C in another. So a
grade is a string here, and what belongs to which statement is told by its place: at the end of the statement, on the
line under it in the same box, or in the grade columns of the same row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_DEGREE = r"(?:very[ -]low(?:[ -]to[ -]low)?|low(?:[ -]to[ -](?:very[ -]low|moderate|high))?|moderate(?:[ -]to[ -]high)?|high)"
_STRENGTH = r"(?:strong|weak|conditional|discretionary)"
_OF_EVIDENCE = r"(?:quality|certainty|level)(?:\s+of)?(?:\s+(?:the\s+)?evidence)?"
_LEVEL = r"(?:[1-4](?:\+{1,2}|-(?!\d))|(?:I{1,3}|IV|V|[1-5])(?:[-\s]?[1-3]\b)?[abc]?\b)"
_MARGIN = r"(?:I{1,3}|IIa|IIb|IV)\s*,\s*[ABC]"

# (pattern, where such words are seen). Each matches a whole grade as printed; the longest forms come first.
GRADE_FORMS: tuple[tuple[str, str], ...] = (
    (
        rf"{_STRENGTH}\s+recommendations?\s*[,;.:]?\s*(?:based\s+on\s+)?{_DEGREE}[\s-]+{_OF_EVIDENCE}"
        r"(?:\s+in\s+the\s+estimates?\s+of\s+effects?)?",
        "GRADE wording: WHO, Philippine DOH",
    ),
    (
        rf"{_DEGREE}[\s-]+{_OF_EVIDENCE}\s*[,;]\s*{_STRENGTH}\s+recommendations?",
        "GRADE wording, certainty first: Philippine UTI 2023",
    ),
    (
        rf"{_STRENGTH}\s+recommendations?\s*[,;]\s*based\s+on\s+expert\s+opinion(?:\s*;\s*no\s+evidence\s+retrieved)?",
        "DOH",
    ),
    (rf"{_STRENGTH}\s*,\s*{_DEGREE}\s+{_OF_EVIDENCE}", "evidence-to-decision tables"),
    (
        rf"{_STRENGTH}\s+recommendations?\b(?!\s+(?:to|for|against|that|in|was|were|is|are|by)\b)",
        "GRADE, strength alone",
    ),
    (r"(?:best|good)\s+practice\s+(?:statement|point)s?", "in the place of a grade"),
    (r"class\s+(?:I{1,3}|IIa|IIb|IV)\s*,\s*level(?:\s+of\s+evidence)?\s+[ABC]\b", "ESC and ACC in words"),
    (rf"grades?\s+[A-E]\b(?:\s*,\s*level\s+{_LEVEL})?", "Malaysian CPGs: Grade A to C"),
    (rf"level\s+{_LEVEL}(?:\s*,\s*grade\s+[A-E]\b)?(?!\w)", "task force levels I, II-1, II-2, II-3, III"),
    (r"(?:derajat|gred)\s+(?:rekomendasi|pengesyoran)?\s*[A-E]\b", "Indonesian and Malay"),
    (r"tahap\s+(?:bukti\s+)?(?:I{1,3}(?:-[1-3])?)\b", "Malay level of evidence"),
    (rf"{_MARGIN}", "ESC/ACC class and level"),
    (r"\b[1-4]\+{1,2}(?!\w)", "SIGN levels"),
)
_FORM = re.compile("|".join(f"(?:{form})" for form, _ in GRADE_FORMS), re.IGNORECASE)
# A mark closes its statement: in brackets, or as the last words before the sentence ends.
_BRACKETED = re.compile(rf"[(\[]\s*(?P<grade>{_FORM.pattern})\s*[)\]]", re.IGNORECASE)
_BARE_LEVEL = re.compile(
    rf"[,.\d)]\s*(?P<grade>(?:level|tahap)\s+{_LEVEL})(?:\.(?=\s|$)|(?=\s*(?:[•●]|$|[A-Z][a-z]*\s[a-z])))",
    re.IGNORECASE,
)
_WHOLE = re.compile(rf"\s*[(\[]?\s*(?P<grade>{_FORM.pattern})\s*[)\]]?\s*[.;]?\s*$", re.IGNORECASE)

MARGIN_MARK = re.compile(rf"^\s*[\[(]?{_MARGIN}[\])]?\s*$")
"""A grade that stands alone in the margin: class and level."""

GRADE_COLUMN = re.compile(
    r"\b(?:strength|certainty|quality|level|grade|class)\b.{0,30}\b(?:recommendation|evidence)s?\b"
    r"|^(?:strength|certainty|quality|grade|level|grading|level of evidence|certainty of evidence)s?$"
    r"|\b(?:kekuatan|derajat|gred|tahap)\b.{0,20}\b(?:rekomendasi|bukti|pengesyoran)",
    re.IGNORECASE,
)
"""Header of a table column that holds grades."""

STATEMENT_COLUMN = re.compile(
    r"\brecommendations?\b|\bstatements?\b|\baction\b|\brekomendasi\b|\bpengesyoran\b|\bsyor\b", re.IGNORECASE
)

RECOMMENDATION_HEAD = re.compile(
    r"^\W*(?:key\s+|summary\s+of\s+|good\s+practice\s+|strong\s+|the\s+)?"
    r"(?:recommendations?|rekomendasi|pengesyoran|saranan(?:\s+utama)?|syor|(?:good|best)\s+practice\s+(?:statements?|points?))"
    r"(?:\s+(?:statements?|\d+[A-Za-z]?(?:\.\w+)?\.?))?\s*[:.]?\s*$",
    re.IGNORECASE,
)


def whole_grade(text: str) -> str | None:
    """The grade when the text is nothing but a grade."""
    match = _WHOLE.match(text)
    return _tidy(match["grade"]) if match else None


def marks(text: str) -> list[tuple[int, str]]:
    """(end, grade) of each mark that closes a statement inside running text.

    Bare words count only when they are a level of evidence: "a strong recommendation." may end any sentence.
    """
    found = [(match.end(), _tidy(match["grade"])) for match in _BRACKETED.finditer(text)]
    found += [(match.end(), _tidy(match["grade"])) for match in _BARE_LEVEL.finditer(text)]
    return sorted(found)


def row_grade(header: Sequence[str], row: Sequence[str]) -> str | None:
    """The grade columns of a row, joined by " | " in printed order, or None when the table has none."""
    cells = [cell for name, cell in zip(header, row, strict=True) if GRADE_COLUMN.search(name) and cell]
    short = [cell for cell in cells if len(cell) <= 60]
    return " | ".join(short) if short else None


def holds_recommendations(header: Sequence[str]) -> bool:
    """Whether a table's header names both statements and their grades."""
    grades = [name for name in header if GRADE_COLUMN.search(name)]
    statements = [name for name in header if STATEMENT_COLUMN.search(name) and name not in grades]
    return bool(grades) and bool(statements)


def _tidy(grade: str) -> str:
    return re.sub(r"\s+", " ", grade).strip(" ,;.")
