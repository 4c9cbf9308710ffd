"""A picture of text -> words with boxes and confidence, by the PP-OCR networks that the package `rapidocr` carries.

Only the files of those networks are used, and they are run by onnxruntime here: rapidocr's own code would download what
it does not find, and it mixes up the confidences of words. Nothing is ever downloaded, and nothing read is repaired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cpgassist.reading.unread import DETECTOR, RECOGNISER, model_folder

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Picture = NDArray[np.uint8]
"""Rows, columns, three colours."""
Corners = NDArray[np.float32]
"""Four points (x, y) in pixels from the top left one on, clockwise."""

THREADS = 1
"""Files are read side by side, so one file takes one core."""

_DETECTED_SIDE = 960
"""Longest side of the picture in which lines are looked for; they are read from the full picture."""
_INK, _LINE_SCORE = 0.3, 0.5
"""How sure the detector must be of a pixel and of a line: PP-OCR's own values, as are the next two."""
_SWELL = 1.6
_DASHES = tuple("-\u2010\u2011\u2012\u2013\u2014\u2212")
_CHINESE = 0.2
"""Share of words with Chinese signs from which a page is Chinese."""
_HEIGHT = 48
_WIDE = 2.2
"""Times the usual advance from one character to the next: a gap wider than this parts words."""
_STEP = 8
"""Columns of the picture behind one column of the recogniser's answer."""


@dataclass(frozen=True, slots=True)
class SeenWord:
    """A word as OCR read it."""

    text: str
    corners: Corners
    confidence: float
    """The least confidence (0 to 1) in one of its characters."""


@dataclass(frozen=True, slots=True)
class SeenLine:
    """A line as OCR read it, with what its letters look like."""

    words: tuple[SeenWord, ...]
    corners: Corners
    """Around the letters themselves."""
    low: float
    """Height in pixels of the letters without stems."""
    stroke: float
    """Width of the pen in pixels."""
    upright: bool
    """Whether it runs up or down the picture."""


def read_lines(picture: Picture) -> list[SeenLine]:
    """The lines of a picture from the top, with their words; ask `unread.missing` first."""
    engine = _engine()
    read = [engine.read(picture, corners) for corners in engine.lines(picture)]
    # A bullet or a tick box looks like one of 15,000 Chinese signs: those are only read where the page is Chinese.
    signs = sum(not _is_european(word.text) for line, _ in read for word in line.words)
    chinese = signs > _CHINESE * sum(len(line.words) for line, _ in read)
    return [line for pair in read if (line := pair[0] if chinese else pair[1]).words]


@cache
def _engine() -> _Engine:
    return _Engine(_session(DETECTOR), _session(RECOGNISER))


def _session(name: str) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = THREADS
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model_folder() / name), options, providers=["CPUExecutionProvider"])


class _Engine:
    """The two networks: one finds lines, one reads a line."""

    def __init__(self, detector: InferenceSession, recogniser: InferenceSession) -> None:
        self._detector, self._recogniser = detector, recogniser
        listed = recogniser.get_modelmeta().custom_metadata_map["character"].splitlines()
        # The network's first answer is "nothing here", its last one a blank.
        self._characters = ["", *listed, " "]
        self._european = np.array([_is_european(character) for character in self._characters])
        self._dashes = [i for i, character in enumerate(self._characters) if character in _DASHES]

    def lines(self, picture: Picture) -> list[Corners]:
        """The corners of every line found, from the top."""
        import cv2

        height, width = picture.shape[:2]
        scale = min(1.0, _DETECTED_SIDE / max(height, width))
        size = [max(32, round(side * scale / 32) * 32) for side in (width, height)]
        small: Any = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        sure = self._run(self._detector, small)[0, 0]
        ink = cv2.dilate((sure > _INK).astype(np.uint8), np.ones((2, 2), np.uint8))
        contours, _ = cv2.findContours(ink, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        stretch = np.array([width / size[0], height / size[1]], np.float32)
        found = [corners * stretch for contour in contours for corners in _line(contour, sure)]
        return sorted(found, key=lambda corners: (float(corners[:, 1].min()), float(corners[:, 0].min())))

    def read(self, picture: Picture, corners: Corners) -> tuple[SeenLine, SeenLine]:
        """One line, read in any script and in European ones.

        A tall one may run up, run down, or be a single letter: the surest reading is taken.
        """
        turns = (0, -1, 1) if _is_tall(corners) else (0,)
        return max((self._read(picture, corners, turn) for turn in turns), key=lambda pair: _sureness(pair[1]))

    def _read(self, picture: Picture, corners: Corners, turn: int) -> tuple[SeenLine, SeenLine]:
        corners = np.roll(corners, turn, axis=0)
        strip = _strip(picture, corners)
        answer = self._run(self._recogniser, strip)[0]
        line = self._line(answer, strip, corners, turn)
        if all(_is_european(word.text) for word in line.words):
            return line, line
        return line, self._line(np.where(self._european, answer, 0), strip, corners, turn)

    def _line(self, answer: NDArray[np.float32], strip: Picture, corners: Corners, turn: int) -> SeenLine:
        best = answer.argmax(axis=1)
        # A character that is seen in several columns running is one character.
        columns = [i for i in range(len(best)) if best[i] and (i == 0 or best[i] != best[i - 1])]
        read = [(self._characters[best[i]], i, self._sureness(answer[i], int(best[i]))) for i in columns]
        top, bottom, low, stroke = _letters(strip)
        line = _part(corners, (0, top), (1, bottom))
        words = []
        for word in _words(read):
            start, end = word[0][1] * _STEP / strip.shape[1], (word[-1][1] + 1) * _STEP / strip.shape[1]
            text = "".join(character for character, *_ in word)
            words.append(SeenWord(text, _part(line, (start, 0), (end, 1)), min(sure for *_, sure in word)))
        scale = _height(corners) / _HEIGHT
        return SeenLine(tuple(words), line, low * scale, stroke * scale, turn != 0)

    def _sureness(self, answer: NDArray[np.float32], best: int) -> float:
        """How sure the network is of its best answer; which of the dashes it is, does not matter."""
        return float(answer[self._dashes].sum() if best in self._dashes else answer[best])

    def _run(self, session: InferenceSession, picture: Picture) -> NDArray[np.float32]:
        scaled = (picture.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
        answer: NDArray[np.float32] = session.run(None, {session.get_inputs()[0].name: scaled})[0]
        return answer


def _is_european(text: str) -> bool:
    """Whether a text holds no sign of East Asian scripts: those and their punctuation stand from U+2E80 on."""
    return all(ord(character) < 0x2E80 for character in text)


def _sureness(line: SeenLine) -> float:
    letters = [(len(word.text), word.confidence) for word in line.words]
    return sum(n * sure for n, sure in letters) / max(1, sum(n for n, _ in letters))


def _line(contour: Any, sure: NDArray[np.float32]) -> list[Corners]:
    """The corners of the line that a blot of the detector's answer stands for; [] when it is too small or unsure."""
    import cv2

    centre, (width, height), turn = cv2.minAreaRect(contour)
    if min(width, height) < 3:
        return []
    box = cv2.boxPoints((centre, (width, height), turn))
    left, top = np.maximum(np.floor(box.min(axis=0)).astype(int), 0)
    right, bottom = np.ceil(box.max(axis=0)).astype(int) + 1
    inside = np.zeros(sure[top:bottom, left:right].shape, np.uint8)
    cv2.fillPoly(inside, [np.round(box - (left, top)).astype(np.int32)], 1)
    if cv2.mean(sure[top:bottom, left:right], inside)[0] < _LINE_SCORE:
        return []
    # The network is taught to mark the kernel of a line; this gives back what was shrunk away.
    swell = 2 * width * height * _SWELL / (2 * (width + height))
    return [_clockwise(cv2.boxPoints((centre, (width + swell, height + swell), turn)))]


def _clockwise(box: Any) -> Corners:
    """The corners from the top left one on."""
    by_x = box[np.argsort(box[:, 0])]
    (left, right) = by_x[:2], by_x[2:]
    a, d = left[np.argsort(left[:, 1])]
    b, c = right[np.argsort(right[:, 1])]
    return np.array([a, b, c, d], np.float32)


def _width(corners: Corners) -> float:
    return float(max(np.linalg.norm(corners[0] - corners[1]), np.linalg.norm(corners[3] - corners[2])))


def _height(corners: Corners) -> float:
    sides = np.linalg.norm(corners[0] - corners[3]), np.linalg.norm(corners[1] - corners[2])
    return max(1.0, *(float(side) for side in sides))


def _is_tall(corners: Corners) -> bool:
    return _height(corners) >= 1.5 * _width(corners)


def _strip(picture: Picture, corners: Corners) -> Picture:
    """The line cut out and set level, of the height that the recogniser reads."""
    import cv2

    long = max(_STEP, round(_HEIGHT * _width(corners) / _height(corners) / _STEP) * _STEP)
    to = np.array([[0, 0], [long, 0], [long, _HEIGHT], [0, _HEIGHT]], np.float32)
    how = cv2.getPerspectiveTransform(np.ascontiguousarray(corners), to)
    strip: Any = cv2.warpPerspective(
        picture, how, (long, _HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    cut: Picture = strip
    return cut


def _letters(strip: Picture) -> tuple[float, float, float, float]:
    """Of a strip: where its letters begin and end (shares of its height), the height of those without stems, and the
    width of the pen, both in its pixels."""
    import cv2

    grey = strip.mean(axis=2).astype(np.uint8)
    _, dark = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    # Letters cover less than the ground they stand on, whichever is darker.
    ink = dark if dark.mean() < 0.5 else 1 - dark
    rows = ink.sum(axis=1).astype(float)
    rows[rows > 0.85 * ink.shape[1]] = 0  # the rule of a table, cut along with its words
    held = np.flatnonzero(rows > 0.04 * rows.max())
    if not len(held):
        return 0.0, 1.0, 0.5 * _HEIGHT, 0.0
    # A stroke has two sides, so its width is twice its area over the length of its edge.
    edge = ink - cv2.erode(ink, np.ones((3, 3), np.uint8))
    stroke = 2 * float(ink.sum()) / max(1.0, float(edge.sum()))
    return held[0] / _HEIGHT, (held[-1] + 1) / _HEIGHT, _densest(rows), stroke


def _densest(rows: NDArray[np.float64]) -> float:
    """How many rows run on around the fullest one: the letters without stems, and no piece of a neighbouring line."""
    full = rows > 0.4 * rows.max()
    top = bottom = int(rows.argmax())
    while full[max(0, top - 3) : top].any():
        top -= 1
    while full[bottom + 1 : bottom + 4].any():
        bottom += 1
    return float(bottom - top + 1)


def _words(read: Sequence[tuple[str, int, float]]) -> list[list[tuple[str, int, float]]]:
    """(character, column, confidence) of each word: what stands between blanks, read or left.

    The network is not always sure of a blank in justified text, whose blanks are wide; the gap still shows.
    """
    words: list[list[tuple[str, int, float]]] = [[]]
    advances = sorted(b[1] - a[1] for a, b in pairwise(read))
    wide = _WIDE * advances[len(advances) // 2] + 1 if len(advances) > 3 else float("inf")
    before = 0
    for one in read:
        if one[0].isspace() or (words[-1] and one[1] - before > wide):
            words.append([])
        if not one[0].isspace():
            words[-1].append(one)
        before = one[1]
    return [word for word in words if word]


def _part(corners: Corners, start: tuple[float, float], end: tuple[float, float]) -> Corners:
    """The part of a line between two points, given as shares of its length and height."""
    a, b, c, d = corners

    def point(x: float, y: float) -> Any:
        x, y = min(x, 1.0), min(y, 1.0)
        return (a + (b - a) * x) * (1 - y) + (d + (c - d) * x) * y

    (left, top), (right, bottom) = start, end
    return np.array([point(left, top), point(right, top), point(right, bottom), point(left, bottom)], np.float32)
