"""Tables set sideways on an upright page: words, rules and boxes turned to be read, and turned back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from cpgassist.reading.words import Rules, Word
from cpgassist.types import Box

_SHARE = 0.4
"""From this share of sideways words a page is read sideways; fewer are labels of axes and of header cells."""


def page_turn(words: Sequence[Word]) -> int:
    """By how many degrees most of a page's words are turned; 0 for an upright page."""
    if not words:
        return 0
    turn, count = Counter(word.turned for word in words).most_common(1)[0]
    if turn == 0:
        turned = Counter(word.turned for word in words if word.turned)
        turn, count = turned.most_common(1)[0] if turned else (0, 0)
    return turn if count >= _SHARE * len(words) and count >= 10 else 0


def turned_box(box: Box, turn: int, page: tuple[float, float]) -> Box:
    """A box of the page as it stands when words turned by `turn` degrees are upright."""
    width, height = page
    if turn == 90:
        return Box(height - box.bottom, box.left, height - box.top, box.right)
    if turn == 180:
        return Box(width - box.right, height - box.bottom, width - box.left, height - box.top)
    if turn == 270:
        return Box(box.top, width - box.right, box.bottom, width - box.left)
    return box


def turned_size(turn: int, page: tuple[float, float]) -> tuple[float, float]:
    """Width and height of the page turned so."""
    return page if turn % 180 == 0 else (page[1], page[0])


def turned_back(box: Box, turn: int, page: tuple[float, float]) -> Box:
    """The inverse of `turned_box`: a box of the turned page on the page itself."""
    return turned_box(box, -turn % 360, turned_size(turn, page))


def turned_words(words: Sequence[Word], turn: int, page: tuple[float, float]) -> list[Word]:
    """Words turned by `turn` degrees, as they stand when they are upright."""
    return [replace(word, box=turned_box(word.box, turn, page), turned=0) for word in words]


def turned_rules(rules: Rules, turn: int, page: tuple[float, float]) -> Rules:
    """What is drawn on the page, turned likewise."""

    def turned(boxes: Sequence[Box]) -> tuple[Box, ...]:
        return tuple(turned_box(box, turn, page) for box in boxes)

    level, upright = turned(rules.horizontal), turned(rules.vertical)
    if turn % 180:
        level, upright = upright, level
    return replace(rules, horizontal=level, vertical=upright, panels=turned(rules.panels), images=turned(rules.images))
