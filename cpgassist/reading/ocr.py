"""A picture of text -> words with boxes and confidence, by the PP-OCR networks that the package `rapidocr` carries.

Only the files of those networks are used, and they are run by onnxruntime here: rapidocr's own code would download what
it does not find, and it mixes up the confidences of words. Nothing is ever downloaded, and nothing read is repaired.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cpgassist.errors import ModelError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Picture = NDArray[np.uint8]
"""Rows, columns, three colours."""
Corners = NDArray[np.float32]
"""Four points (x, y) in pixels from the top left one on, clockwise."""

DETECTOR, RECOGNISER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
THREADS = 1
"""Files are read side by side, so one file takes one core."""

_DETECTED_SIDE = 960
"""Longest side of the picture in which lines are looked for; they are read from the full picture."""
_INK, _LINE_SCORE = 0.3, 0.5
"""How sure the detector must be of a pixel and of a line: PP-OCR's own values, as are the next two."""
_SWELL = 1.6
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


def missing() -> str:
    """What stands in the way of OCR, with its cure; "" when nothing does."""
    for package in ("rapidocr", "onnxruntime", "cv2"):
        if importlib.util.find_spec(package) is None:
            return f"The package {package} is not installed: pip install 'cpgassist[ocr]'."
    gone = [name for name in (DETECTOR, RECOGNISER) if not (_folder() / name).is_file()]
    return f"The installed rapidocr does not carry {' and '.join(gone)}: install rapidocr 3.10." if gone else ""


def read_lines(picture: Picture) -> list[SeenLine]:
    """The lines of a picture from the top, with their words.

    Raises ModelError, with the cure, where OCR is not installed.
    """
    engine = _engine()
    read = (engine.read(picture, corners) for corners in engine.lines(picture))
    return [line for line in read if line.words]


def _folder() -> Path:
    spec = importlib.util.find_spec("rapidocr")
    return Path(spec.origin).parent / "models" if spec and spec.origin else Path("rapidocr")


@cache
def _engine() -> _Engine:
    reason = missing()
    if reason:
        raise ModelError("Pages without text cannot be read: OCR is not installed.", reason)
    return _Engine(_session(DETECTOR), _session(RECOGNISER))


def _session(name: str) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = THREADS
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(_folder() / name), options, providers=["CPUExecutionProvider"])


class _Engine:
    """The two networks: one finds lines, one reads a line."""

    def __init__(self, detector: InferenceSession, recogniser: InferenceSession) -> None:
        self._detector, self._recogniser = detector, recogniser
        listed = recogniser.get_modelmeta().custom_metadata_map["character"].splitlines()
        # The network's first answer is "nothing here", its last one a blank.
        self._characters = ["", *listed, " "]

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

    def read(self, picture: Picture, corners: Corners) -> SeenLine:
        """One line. A tall one may run up, run down, or be a single letter: the surest reading is taken."""
        turns = (0, -1, 1) if _is_tall(corners) else (0,)
        return max((self._read(picture, corners, turn) for turn in turns), key=_sureness)

    def _read(self, picture: Picture, corners: Corners, turn: int) -> SeenLine:
        strip = _strip(picture, np.roll(corners, turn, axis=0))
        answer = self._run(self._recogniser, strip)[0]
        best = answer.argmax(axis=1)
        # A character that is seen in several columns running is one character.
        columns = [i for i in range(len(best)) if best[i] and (i == 0 or best[i] != best[i - 1])]
        read = [(self._characters[best[i]], i, float(answer[i, best[i]])) for i in columns]
        top, bottom, low, stroke = _letters(strip)
        line = _part(np.roll(corners, turn, axis=0), (0, top), (1, bottom))
        words = []
        for word in _words(read):
            start, end = word[0][1] * _STEP / strip.shape[1], (word[-1][1] + 1) * _STEP / strip.shape[1]
            text = "".join(character for character, *_ in word)
            words.append(SeenWord(text, _part(line, (start, 0), (end, 1)), min(sure for *_, sure in word)))
        scale = _height(np.roll(corners, turn, axis=0)) / _HEIGHT
        return SeenLine(tuple(words), line, low * scale, stroke * scale, turn != 0)

    def _run(self, session: InferenceSession, picture: Picture) -> NDArray[np.float32]:
        scaled = (picture.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
        answer: NDArray[np.float32] = session.run(None, {session.get_inputs()[0].name: scaled})[0]
        return answer


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
    return float(max(np.linalg.norm(corners[0] - corners[3]), np.linalg.norm(corners[1] - corners[2]), 1))


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
    held = np.flatnonzero(rows > 0.04 * rows.max())
    if not len(held):
        return 0.0, 1.0, 0.5 * _HEIGHT, 0.0
    depth = cv2.distanceTransform(ink, cv2.DIST_L2, 3)
    ridge = depth[(depth > 0) & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)))]
    stroke = float(2 * np.median(ridge)) if len(ridge) else 0.0
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
