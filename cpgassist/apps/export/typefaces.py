"""The typeface of an exported PDF: one for the whole file, the one that shows most of its characters.

DejaVu Sans stands beside this file: it has the signs that guidelines print (≥ ≤ µ ⨁ ◯ ✓ ❑ →) and accented Latin, where
Noto Sans lacks even ≥. Noto Sans SC has Chinese; it comes with a package. One typeface, not one for each character:
where fpdf2 (2.8.9) falls back to a second one in a coloured line, it sets the next lines in the wrong one, and then a
dose can be lost or read as other letters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont

_FOLDER = Path(__file__).parent / "fonts"


@dataclass(frozen=True, slots=True)
class Typeface:
    """Font files, and the characters of the text that they lack."""

    regular: Path
    bold: Path
    lacking: frozenset[str]


def typeface(characters: frozenset[str]) -> Typeface:
    """The typeface for a text of these characters."""
    latin = _of(characters, _FOLDER / "DejaVuSans.ttf", _FOLDER / "DejaVuSans-Bold.ttf")
    if not latin.lacking:
        return latin
    from pylopdf_fonts_zh_cn import sans_path

    # It has one weight: what is bold elsewhere stands out by colour and brackets alone.
    return min(latin, _of(characters, sans_path(), sans_path()), key=lambda face: len(face.lacking))


def _of(characters: frozenset[str], regular: Path, bold: Path) -> Typeface:
    shown = _shown_by(regular) & _shown_by(bold)
    return Typeface(regular, bold, frozenset(one for one in characters if ord(one) not in shown))


@lru_cache(maxsize=3)
def _shown_by(file: Path) -> frozenset[int]:
    with TTFont(file, lazy=True) as font:
        return frozenset(font.getBestCmap())
