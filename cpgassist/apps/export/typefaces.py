"""The typefaces of an exported PDF, and the characters that they can show.

DejaVu Sans stands beside this file: it has the signs that guidelines print (≥ ≤ µ ⨁ ◯ ✓ ❑ →) and accented Latin, where
Noto Sans lacks even ≥. Noto Sans SC has Chinese; it comes with a package and is opened only for text that needs it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont

_FOLDER = Path(__file__).parent / "fonts"
REGULAR, BOLD = _FOLDER / "DejaVuSans.ttf", _FOLDER / "DejaVuSans-Bold.ttf"


def chinese() -> Path:
    """The typeface for what DejaVu Sans lacks."""
    from pylopdf_fonts_zh_cn import sans_path

    return Path(sans_path())


def lacking(characters: frozenset[str]) -> frozenset[str]:
    """Those that DejaVu Sans cannot show in both weights."""
    return frozenset(one for one in characters if not {ord(one)} <= _shown_by(REGULAR) & _shown_by(BOLD))


def unshown(characters: frozenset[str]) -> frozenset[str]:
    """Those that no typeface here can show."""
    rest = lacking(characters)
    return frozenset(one for one in rest if ord(one) not in _shown_by(chinese())) if rest else rest


@lru_cache(maxsize=3)
def _shown_by(file: Path) -> frozenset[int]:
    with TTFont(file, lazy=True) as font:
        return frozenset(font.getBestCmap())
