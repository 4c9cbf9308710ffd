"""What of a file has no text layer, and whether and how far OCR may read it.

Nothing heavy is loaded here: most files have text, and are read within tight limits of memory.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cpgassist.reading.pages import PageContent, Region
    from cpgassist.reading.words import Rules, Word
    from cpgassist.types import Box

DETECTOR, RECOGNISER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
"""Networks that the package `rapidocr` carries."""

NO_MEMORY = (
    "MemoryError",
    "Memory allocation",
    "bad_alloc",
    "allocate memory",
    "failed to map segment",
    "Insufficient memory",
)
"""What libraries say when memory ends."""
OcrProgress = Callable[[int, int], None]
"""Called as `progress(number, of)` before each page or picture that OCR reads."""


def missing() -> str:
    """What stands in the way of OCR, with its cure; "" when nothing does."""
    for package in ("rapidocr", "onnxruntime", "cv2"):
        if importlib.util.find_spec(package) is None:
            return f"The package {package} is not installed: pip install 'cpgassist[ocr]'."
    gone = [name for name in (DETECTOR, RECOGNISER) if not (model_folder() / name).is_file()]
    return f"The installed rapidocr does not carry {' and '.join(gone)}: install rapidocr 3.10." if gone else ""


def model_folder() -> Path:
    """Where the installed rapidocr keeps its networks."""
    spec = importlib.util.find_spec("rapidocr")
    return Path(spec.origin).parent / "models" if spec and spec.origin else Path("rapidocr")


@dataclass(frozen=True, slots=True)
class OcrLimits:
    """Whether OCR is used on a file, and how far."""

    mode: str = "off"
    """"auto" (where it is installed), "on" or "off"."""
    most: int = 500
    """Pages and pictures read of one file."""

    @property
    def used(self) -> bool:
        """Whether OCR is wanted and installed."""
        return self.mode == "on" or (self.mode == "auto" and not missing())


NO_OCR = OcrLimits()


@dataclass(frozen=True, slots=True)
class UnreadPage:
    """A page on which something has no text layer, and what was read of it without OCR."""

    number: int
    width: float
    height: float
    words: Sequence[Word]
    rules: Rules
    drawings: Sequence[Region]
    """Flowcharts and figures that were taken out of the words and rules."""
    pictures: Sequence[Box]
    """Empty when the whole page has no text layer."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What OCR made of the unread pages of a file."""

    contents: Mapping[int, PageContent] = field(default_factory=dict)
    confidence: Mapping[int, float] = field(default_factory=dict)
    """OCR's mean confidence in each page of which it read something."""
    left: Mapping[str, list[int]] = field(default_factory=dict)
    """Pages that stay unread in whole or part, by reason."""
