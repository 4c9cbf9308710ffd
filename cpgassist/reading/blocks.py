"""Lines of a region -> blocks: paragraphs, list items and headings; words broken at line ends made whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from cpgassist.reading.recommendations import leading_mark, runs_on, whole_grade
from cpgassist.reading.words import BROKEN
from cpgassist.types import Line

_BULLET = re.compile(r"^(?:[•●▪■□◦‣➢✓✔★▶►\u2043]|[-–—o*§Ø](?=\s))\s*(?=\S)")
_ENUMERATOR = re.compile(r"^(?:\(?(?:\d{1,2}|[a-hA-H]|[ivx]{1,4})\)|(?:\d{1,2}|[a-h]|[ivx]{1,4})\.)\s+(?=\S)")
_LETTER = re.compile(r"^(?:[A-Z]|[IVX]{1,4})[.)]\s+(?=\S)")
_ENDS = re.compile(r"[.:;?!]['\")\]]?\d*$")
_NUMBERED = re.compile(r"^\d{1,2}(?:\.\d{1,2}){1,4}[.)]?\s+(?=[A-Z])")
"""A numbered statement or title: "1.2.3 Offer ..."."""
_CLOSED = re.compile(r"[.:;?!\])]['\")]?\d*$")
_PIECE = re.compile(rf"([^\W_]+){BROKEN}\s*([^\W_]+)")
_VOCABULARY = re.compile(r"[^\W\d_]+(?:-[^\W_]+)*")


def vocabulary(lines: Iterable[Line]) -> Counter[str]:
    """How often each word stands unbroken in the document, lower case; hyphenated words as wholes."""
    words: Counter[str] = Counter()
    for line in lines:
        words.update(_VOCABULARY.findall(line.text.lower()))
    return words


def whole_word(first: str, second: str, words: Counter[str]) -> str:
    """A word broken at a line end, put together as the document itself writes it elsewhere.

    "COVID" and "19" keep the hyphen, "manage" and "ment" lose it; where the document never shows the word, two
    halves that are words of their own keep it.
    """
    glued, hyphened = first + second, f"{first}-{second}"
    if words[glued.lower()] or words[hyphened.lower()]:
        return glued if words[glued.lower()] >= words[hyphened.lower()] else hyphened
    if not second[0].islower() or not first[-1].isalpha() or len(first) == 1:
        return hyphened
    both_stand_alone = min(words[first.lower()], words[second.lower()]) >= 2 and min(len(first), len(second)) > 3
    return hyphened if both_stand_alone else glued


def mended(text: str, words: Counter[str]) -> str:
    """Text with each word broken at a line end made whole, and stray marks of a break dropped."""
    if BROKEN not in text:
        return text
    while (match := _PIECE.search(text)) is not None:
        text = text[: match.start()] + whole_word(match[1], match[2], words) + text[match.end() :]
    return re.sub(rf"\s*{BROKEN}\s*", "-", text)


def unbroken(lines: Sequence[Line], words: Counter[str]) -> list[Line]:
    """Lines in which the second half of a broken word has moved up to its first half."""
    result = list(lines)
    for i, line in enumerate(result):
        if not line.text.endswith((BROKEN, "-")) or i + 1 >= len(result):
            continue
        head, _, tail = result[i + 1].text.partition(" ")
        if line.text.endswith("-") and not (line.text[-2:-1].isalpha() and head[:1].islower()):
            continue
        first = re.search(r"[^\W_]+$", line.text[:-1])
        second = re.match(r"[^\W_]+", head)
        if first is None or second is None:
            continue
        joined = whole_word(first[0], second[0], words)
        result[i] = replace(line, text=line.text[: first.start()] + joined + head[second.end() :])
        result[i + 1] = replace(result[i + 1], text=tail)
    return [
        replace(line, text=mended(line.text, words)) if BROKEN in line.text else line for line in result if line.text
    ]


def starts_item(text: str) -> bool:
    """Whether a line opens a bullet or an enumerated item."""
    return bool(_BULLET.match(text) or _ENUMERATOR.match(text))


def paragraphs(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines of one region split into paragraphs and items."""
    if not lines:
        return []
    columns = _columns(lines)
    usual = _usual_gap(lines, columns)
    size = median(line.size for line in lines)
    groups = [[lines[0]]]
    for before, line in pairwise(lines):
        right = next(edge for end, edge in columns if before.box.right <= end)
        first = groups[-1][0]
        left_list = starts_item(first.text) and line.box.left < first.box.left - 4
        begins = left_list or _after_item(first, before, line, right) or _begins(before, line, usual, right)
        if begins and not _one_title(before, line, size):
            groups.append([line])
        else:
            groups[-1].append(line)
    return groups


def _usual_gap(lines: Sequence[Line], columns: Sequence[tuple[float, float]]) -> float:
    """The space between the lines of a paragraph: that below lines which run to the margin, where there are such."""
    gaps: list[float] = []
    inside: list[float] = []
    for before, line in pairwise(lines):
        if line.page == before.page and line.box.top > before.box.top:
            gap = line.box.top - before.box.bottom
            gaps.append(gap)
            right = next(edge for end, edge in columns if before.box.right <= end)
            if before.box.right > right - 0.12 * (right - before.box.left) and line.size == before.size:
                inside.append(gap)
    gaps = inside if len(inside) >= 5 else gaps
    return max(median(gaps), 0.5) if gaps else 4.0


def _columns(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """(where a column's lines end at the most, where they mostly end): two columns where no more than a few lines
    cross the middle, else one."""

    def edge(of: Sequence[Line]) -> float:
        return sorted(line.box.right for line in of)[int(0.9 * (len(of) - 1))]

    middle = (min(line.box.left for line in lines) + max(line.box.right for line in lines)) / 2
    left = [line for line in lines if line.box.right < middle + 12]
    right = [line for line in lines if line.box.left > middle - 12]
    if min(len(left), len(right)) < 5 or len(left) + len(right) < 0.8 * len(lines):
        return [(float("inf"), edge(lines))]
    return [(middle + 12, edge(left)), (float("inf"), edge(right))]


def _one_title(before: Line, line: Line, usual: float) -> bool:
    """Whether two lines larger than the text are one title: set in one type, one close below the other."""
    large = before.size > usual + 1.9 and before.page == line.page and not _ENDS.search(before.text)
    alike = (before.size, before.bold, before.face) == (line.size, line.bold, line.face)
    close = 0 < line.box.top - before.box.top < 1.5 * line.size and abs(line.box.left - before.box.left) < 60
    return large and alike and close and not _ENUMERATOR.match(line.text)


def _begins(before: Line, line: Line, usual: float, right: float) -> bool:
    """Whether `line` opens a new paragraph after `before`."""
    if runs_on(before.text, line.text):
        return False
    if starts_item(line.text) or whole_grade(line.text):
        return True
    if _NUMBERED.match(line.text) and _CLOSED.search(before.text):
        return True
    if whole_grade(before.text) and line.text[:1].isupper():
        return True
    if abs(line.size - before.size) > 0.9 and not _same_row(before, line):
        return True
    if line.bold != before.bold and (before.bold or len(line.text) < 90) and _ENDS.search(before.text):
        return True
    gap = line.box.top - before.box.bottom
    if gap > 1.55 * usual + 0.12 * line.size and gap > 0.45 * line.size:
        return True
    if gap < -2 * line.size:
        return not _runs_on(before, line)
    ended_short = before.box.right < right - 0.22 * (right - before.box.left)
    if ended_short and leading_mark(line.text):
        return True
    if _is_item_title(before, line, right):
        return True
    if ended_short and before.face and before.face != line.face and line.text[:1].isupper():
        # A title may differ from the text below it in nothing but its face or colour.
        return True
    if ended_short and _ENDS.search(before.text) and line.text[:1].isupper():
        return True
    indented = abs(line.box.left - before.box.left) > 7 and _ENDS.search(before.text)
    return bool(indented and line.text[:1].isupper() and ended_short)


def _after_item(item: Line, before: Line, line: Line, right: float) -> bool:
    """Whether a line under a bullet's own edge begins anew after an item that ended early, be it without a stop."""
    under = _BULLET.match(item.text) and abs(line.box.left - item.box.left) <= 4 and line.page == before.page
    return bool(under and line.text[:1].isupper() and before.box.right < right - 0.22 * (right - before.box.left))


def _is_item_title(before: Line, line: Line, right: float) -> bool:
    """Whether a line such as "B. Methods" is a title of its own: it ends early, and what follows begins anew further in."""
    title = _ENUMERATOR.match(before.text) or _LETTER.match(before.text)
    early = before.box.right < right - 0.4 * (right - before.box.left) and not _ENDS.search(before.text)
    return bool(title and early and line.text[:1].isupper() and line.box.left > before.box.left + 7)


def _same_row(a: Line, b: Line) -> bool:
    return min(a.box.bottom, b.box.bottom) - max(a.box.top, b.box.top) > 0.4 * min(a.box.height, b.box.height)


def _runs_on(before: Line, line: Line) -> bool:
    """Whether a sentence goes on from the foot of one column to the head of the next."""
    return not _ENDS.search(before.text) and line.text[:1].islower()
