"""The words of a cell -> its text: wrapped lines joined, reference marks at its end left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from cpgassist.reading.tables.turned import turned_box
from cpgassist.reading.words import BROKEN, Word

_MARK = re.compile(r"[\[(]?(?:[*†‡§¶#]{0,3}(?:[a-z]|\d{1,3})?(?:[,–-]|$|(?=[\])]))){1,6}[\])]?$", re.IGNORECASE)
"""What a raised word may be to count as a reference mark: "a", "12,13", "[38]", "*"."""


def printed_lines(words: Sequence[Word]) -> list[list[Word]]:
    """Words in the lines they are printed on, each from the left."""
    rows: list[list[Word]] = []
    top = bottom = float("-inf")
    for word in sorted(words, key=lambda w: w.box.middle):
        box = word.box
        # Superscripts and mixed sizes share a row when they overlap by half of the smaller.
        if rows and min(bottom, box.bottom) - max(top, box.top) > 0.5 * min(bottom - top, box.bottom - box.top):
            rows[-1].append(word)
        else:
            rows.append([word])
            top, bottom = box.top, box.bottom
    return [sorted(row, key=lambda w: w.box.left) for row in rows]


def phrases_of(line: Sequence[Word], blank: float = 0.6) -> list[list[Word]]:
    """The words of a printed line in runs without a gap wider than a blank, in font heights."""
    phrases: list[list[Word]] = []
    for word in line:
        if phrases and word.box.left - phrases[-1][-1].box.right <= blank * max(word.size, phrases[-1][-1].size):
            phrases[-1].append(word)
        else:
            phrases.append([word])
    return phrases


def column_of(xs: Sequence[float], phrase: Sequence[Word]) -> int | None:
    """The column that a phrase stands in; None when it runs across an edge."""
    left, right = phrase[0].box.left, max(word.box.right for word in phrase)
    for column, (start, end) in enumerate(pairwise(xs)):
        if start - 2 <= left and right <= end + 2:
            return column
    return None


def cell_lines(words: Sequence[Word]) -> list[list[Word]]:
    """The words of a cell in lines; a header set sideways to save width has its lines along the page's side."""
    sideways = [word.turned for word in words if word.turned]
    if len(sideways) * 2 > len(words):
        words = [replace(word, box=turned_box(word.box, sideways[0], (0, 0))) for word in words]
    return printed_lines(words)


def cell_text(lines: Sequence[Sequence[Word]]) -> str:
    """The lines of a cell joined; the marks of footnotes and references at its end are no part of it."""
    text = ""
    for row in _without_mark([list(line) for line in lines]):
        line = " ".join(word.text for word in row)
        text = text + line if text.endswith(BROKEN) else f"{text} {line}" if text else line
    return text


def _without_mark(lines: list[list[Word]]) -> list[list[Word]]:
    """Lines without the raised marks at their end; the number before a mark and the "2" of "kg/m2" stay."""
    while lines and len(lines[-1]) > 1 and _raised_word(lines[-1][-2], lines[-1][-1]):
        lines[-1].pop()
    if lines:
        last = lines[-1][-1]
        text = unmarked(last.text, last.raised)
        if text != last.text:
            lines[-1][-1] = replace(last, text=text, raised=0)
    return lines


def _raised_word(before: Word, word: Word) -> bool:
    smaller = word.size < 0.8 * before.size and word.box.bottom < before.box.bottom - 0.15 * before.box.height
    return smaller and bool(_MARK.match(word.text))


def unmarked(text: str, raised: int) -> str:
    """A word without the `raised` characters at its end when they are a reference mark rather than an exponent."""
    base, mark = text[: len(text) - raised], text[len(text) - raised :]
    if not raised or not base or not _MARK.match(mark):
        return text
    if any(character.isdigit() for character in mark):
        # "m2" is a unit and "109" a power; "5.9" and its mark "37" would read as another number.
        power = base.endswith("10") and not base[-3:-2].isdigit()
        unit = not base[-1].isdigit() and len(re.split(r"[^A-Za-z]", base)[-1]) <= 3
        return text if power or unit else base
    return base
