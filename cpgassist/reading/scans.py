"""Pages and pictures without text layer -> words and rules as a PDF would hold them, with OCR's confidence kept beside.

What comes out goes through the same code as a text layer: columns, headings, tables and lists are found by geometry.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log
from statistics import median
from typing import Any

import numpy as np
import pypdfium2 as pdfium

from cpgassist.reading import ocr
from cpgassist.reading.ocr import Picture, SeenLine
from cpgassist.reading.pages import Region
from cpgassist.reading.words import Rules, Word
from cpgassist.types import Box, Line

DPI = 150
"""Measured: more costs more and reads worse, for the networks know letters of this size."""
_LONGEST = 4000
"""Pixels: a poster is drawn at a lower resolution."""

LEAST_WORDS, LEAST_MEAN = 5, 0.8
"""A page is read when OCR saw so many words and was so sure of them on average; else it counts as unread."""
UNCERTAIN = 0.9
"""A number is uncertain when OCR was less sure than this of one of its characters."""

_LOW, _CAPITALS = 0.53, 0.66
"""Height of letters without stems, and of those that reach up, as shares of the font size."""
_WITHOUT_STEMS = frozenset("acegmnopqrsuvwxyz")
_MANY_TALL = 0.4, 0.75
"""Share of letters that reach up from which the height of a line may be, and surely is, theirs."""
_THICK = 4.0
"""Points: what is thicker is a bar, not a rule."""
_STEP = 1.18
"""Ratio of one font size to the next that is told from it: guesses differ by 6 % for one size."""
_BOLDER = 1.28
"""Times the usual width of the pen for the size: bold."""

_NUMBER = re.compile(r"\d|^[(\[]?[IVX]{1,4}(?:[-–][123])?[a-c]?[)\].,;:]*$")
"""What counts as a number: anything with a digit, and the Roman numerals of levels and classes."""
_CONFUSED = re.compile(
    r"^\W*(?=[Il|1]*[l|1])(?=[Il|1]*[Il|])[Il|1]{2,4}(?:[-–]\d)?\W*$"  # Il, 1I, ll-2: a Roman two, or eleven?
    r"|^\W*1{2,3}[-–][123]\W*$"  # no range runs from 11 down to 2
    r"|(?<![A-Za-z])[OIl|](?=[.,]?\d)|\d[.,]?[Ol|](?![A-Za-z])"  # l0, 5O, O.5
)
_TIER = re.compile(r"^\W*(?:level|class|grade|type|stage|phase|tahap|gred|kelas|tipe|tingkat)\W*$", re.IGNORECASE)
_ELEVEN = re.compile(r"^\W*1{2,3}\W*$")


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A word that OCR put on the page."""

    text: str
    box: Box
    confidence: float
    uncertain: bool
    """Whether it is a number that must be checked on the page."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What OCR read of a page or a part of it."""

    words: tuple[Word, ...]
    rules: Rules
    read: tuple[ReadWord, ...]

    @property
    def confidence(self) -> float:
        """The mean confidence in a character."""
        letters = sum(len(word.text) for word in self.read)
        return sum(len(word.text) * word.confidence for word in self.read) / letters if letters else 0.0

    @property
    def legible(self) -> bool:
        """Whether enough was read, and surely enough, to be searched."""
        return len(self.read) >= LEAST_WORDS and self.confidence >= LEAST_MEAN


def read_scan(page: pdfium.PdfPage, area: Box | None = None) -> Scan:
    """Read a page, or an area of it, from its picture."""
    picture, scale = _drawn(page)
    left, top = 0, 0
    if area is not None:
        left, top = int(area.left * scale), int(area.top * scale)
        picture = np.ascontiguousarray(picture[top : int(area.bottom * scale), left : int(area.right * scale)])
    if min(picture.shape[:2]) < 8:
        return Scan((), Rules((), (), (), (), 0), ())
    lines = ocr.read_lines(picture)
    place = _Place(_skew(lines), picture.shape[1] / 2, picture.shape[0] / 2, left, top, scale)
    rules = _drawn_rules(picture, place)
    return _scan([line for line in lines if not line.upright], place, rules)


def marked(regions: Sequence[Region], read: Sequence[ReadWord]) -> list[Region]:
    """The regions with OCR's confidence in each line, and the uncertain numbers it holds."""
    if not read:
        return list(regions)
    return [
        replace(
            region, lines=[_marked(line, read) for line in region.lines], title=[_marked(t, read) for t in region.title]
        )
        for region in regions
    ]


def _marked(line: Line, read: Sequence[ReadWord]) -> Line:
    held = [word for word in read if line.box.holds(word.box, 0.5)]
    if not held:
        return line
    unsure = tuple(dict.fromkeys(word.text for word in held if word.uncertain))
    return replace(line, confidence=round(min(word.confidence for word in held), 3), uncertain=unsure)


def uncertain(text: str, confidence: float, before: str = "") -> bool:
    """Whether a word is a number that OCR may have misread: it was unsure, or its form is one that is often confused.

    The networks are quite sure that a slanted "II" is "Il"; what such a word is, is never guessed.
    """
    if _CONFUSED.search(text) or (_ELEVEN.match(text) and _TIER.match(before)):
        return True
    return bool(_NUMBER.search(text)) and confidence < UNCERTAIN


# ---- the picture


def _drawn(page: pdfium.PdfPage) -> tuple[Picture, float]:
    """The page as it is shown, and pixels per point."""
    scale = min(DPI / 72, _LONGEST / max(page.get_size()))
    picture = page.render(scale=scale, rev_byteorder=True).to_numpy()
    if picture.ndim == 2 or picture.shape[2] == 1:
        picture = np.repeat(picture.reshape(*picture.shape[:2], 1), 3, axis=2)
    return np.ascontiguousarray(picture[:, :, :3]), scale


@dataclass(frozen=True, slots=True)
class _Place:
    """How pixels of a picture lie on the page; lines of a page laid askew on the scanner are set level."""

    slope: float
    middle_x: float
    middle_y: float
    left: int
    top: int
    scale: float

    def box(self, points: Any) -> Box:
        """Around points of the picture, in points of the page."""
        x = points[:, 0] + self.slope * (points[:, 1] - self.middle_y)
        y = points[:, 1] - self.slope * (points[:, 0] - self.middle_x)
        left, right = float(x.min() + self.left) / self.scale, float(x.max() + self.left) / self.scale
        top, bottom = float(y.min() + self.top) / self.scale, float(y.max() + self.top) / self.scale
        return Box(round(left, 2), round(top, 2), round(right, 2), round(bottom, 2))


def _skew(lines: Sequence[SeenLine]) -> float:
    """How much the lines fall per pixel to the right, told from the long ones; 0 when that is not small."""
    runs = [line.corners[1] - line.corners[0] for line in lines if not line.upright]
    longest = max((float(run[0]) for run in runs), default=0.0)
    slopes = [float(run[1] / run[0]) for run in runs if run[0] > 0.5 * longest]
    slope = median(slopes) if slopes else 0.0
    return slope if abs(slope) < 0.1 else 0.0


def _drawn_rules(picture: Picture, place: _Place) -> Rules:
    """The straight level and upright strokes of a picture, and its panels: shaded, or framed by four strokes."""
    import cv2

    grey = picture.min(axis=2)
    ground = cv2.medianBlur(grey, 31)
    dark = cv2.adaptiveThreshold(grey, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 15)
    # Shaded tables are often ruled by white lines; on white ground nothing is lighter than the ground.
    light = (grey.astype(np.int16) - ground > 8).astype(np.uint8)
    long, high = int(28 * place.scale), int(16 * place.scale)
    horizontal: list[Box] = []
    vertical: list[Box] = []
    for ink in (dark, light):
        level = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, long), np.uint8))
        upright = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((high, 1), np.uint8))
        horizontal += [_flat(box, level=True) for box in _strokes(level, place) if box.width >= 28]
        vertical += [_flat(box, level=False) for box in _strokes(upright, place) if box.height >= 16]
    panels = (*_frames(horizontal, vertical), *_shades(ground, place))
    return Rules(tuple(horizontal), tuple(vertical), panels, (), 0)


def _shades(ground: Any, place: _Place) -> list[Box]:
    """Rectangles of another shade than the paper."""
    import cv2

    paper = float(np.percentile(ground, 95))
    shaded = (ground < paper - 8).astype(np.uint8)
    contours, _ = cv2.findContours(shaded, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = []
    for contour in contours:
        rect = cv2.minAreaRect(contour)
        box = place.box(cv2.boxPoints(rect))
        filled = cv2.contourArea(contour) > 0.9 * rect[1][0] * rect[1][1]
        if filled and box.width >= 60 and box.height >= 14:
            boxes.append(box)
    return boxes


def _strokes(mask: Any, place: _Place) -> list[Box]:
    """Around each thin stroke."""
    import cv2

    # Strokes of a page laid askew come in steps; a little growth joins them.
    grown = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(grown, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = [cv2.minAreaRect(contour) for contour in contours]
    return [place.box(cv2.boxPoints(rect)) for rect in found if min(rect[1]) <= _THICK * place.scale]


def _flat(box: Box, level: bool) -> Box:
    x, y = (box.left + box.right) / 2, box.middle
    return Box(box.left, y, box.right, y) if level else Box(x, box.top, x, box.bottom)


def _frames(horizontal: Sequence[Box], vertical: Sequence[Box]) -> list[Box]:
    """Rectangles with a rule on each side and none within: boxes around text."""
    frames = []
    for top in horizontal:
        for bottom in horizontal:
            same = abs(top.left - bottom.left) < 5 and abs(top.right - bottom.right) < 5
            if not same or bottom.top - top.top < 12:
                continue
            box = Box(top.left, top.top, top.right, bottom.bottom)
            sides = [v for v in vertical if v.top < box.top + 5 and v.bottom > box.bottom - 5]
            ends = any(abs(v.left - box.left) < 5 for v in sides) and any(abs(v.left - box.right) < 5 for v in sides)
            within = [r for r in (*horizontal, *vertical) if _inside(r, box)]
            if ends and not within:
                frames.append(box)
    return frames


def _inside(rule: Box, box: Box) -> bool:
    return (
        box.left + 5 < rule.right
        and rule.left < box.right - 5
        and box.top + 5 < rule.bottom
        and rule.top < box.bottom - 5
    )


# ---- the words


def _scan(lines: Sequence[SeenLine], place: _Place, rules: Rules) -> Scan:
    sizes = [_size(line, place.scale) for line in lines]
    pens = [line.stroke / place.scale / size for line, size in zip(lines, sizes, strict=True)]
    usual, body = (median(pens), median(sizes)) if pens else (0.0, 0.0)
    words: list[Word] = []
    read: list[ReadWord] = []
    for line, size, pen in zip(lines, sizes, pens, strict=True):
        bold = pen > _BOLDER * usual and size > 0.6 * body and sum(len(word.text) for word in line.words) > 3
        before = ""
        for i, seen in enumerate(line.words):
            box = place.box(seen.corners)
            words.append(Word(seen.text, box, size, bold, i == 0))
            unsure = uncertain(seen.text, seen.confidence, before)
            read.append(ReadWord(seen.text, box, round(seen.confidence, 3), unsure))
            before = seen.text
    return Scan(tuple(words), rules, tuple(read))


def _size(line: SeenLine, scale: float) -> float:
    """The font size in points that the height of the letters tells, were they mostly letters without stems."""
    return max(line.low, 1.0) / scale / _LOW


def _tall(line: Sequence[Word]) -> float:
    """Share of the letters that reach up: capitals, digits and letters with stems."""
    text = "".join(word.text for word in line)
    low = sum(character in _WITHOUT_STEMS for character in text)
    return 1 - low / max(1, sum(character.isalnum() for character in text))


def levelled(scans: Sequence[Scan]) -> list[Scan]:
    """The scans with font sizes that hardly differ made one, as they are in print: headings are told by size."""
    lines = [line for scan in scans for line in _lines(scan)]
    long = [line[0].size for line in lines if sum(len(w.text) for w in line) >= 20 and _tall(line) <= _MANY_TALL[0]]
    usual = median(long or [line[0].size for line in lines] or [10.0])
    result = []
    for scan in scans:
        words = [replace(word, size=_printed_size(line, usual)) for line in _lines(scan) for word in line]
        result.append(replace(scan, words=tuple(words)))
    return result


def _lines(scan: Scan) -> list[list[Word]]:
    lines: list[list[Word]] = []
    for word in scan.words:
        if word.new_line or not lines:
            lines.append([])
        lines[-1].append(word)
    return lines


def _printed_size(line: Sequence[Word], usual: float) -> float:
    ratio, tall = line[0].size / usual, _tall(line)
    # Where many letters reach up, their height may have been taken for that of the others.
    lower = ratio * _LOW / _CAPITALS
    if tall > _MANY_TALL[1] or (tall > _MANY_TALL[0] and abs(log(lower)) < abs(log(ratio))):
        ratio = lower
    few = sum(character.isalpha() for word in line for character in word.text) < 6
    # Few letters tell little, and no guideline prints at half its size: that was measured on a stain or a rule.
    steps = 0 if ratio < 0.55 or (few and ratio < 1.7) else round(log(ratio) / log(_STEP))
    return round(usual * _STEP**steps, 1)
