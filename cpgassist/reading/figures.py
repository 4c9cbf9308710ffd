"""Which pages are algorithms: drawn boxes and arrows around few words, named as one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cpgassist.reading.pages import Region

ALGORITHM = re.compile(
    r"\b(?:algorithm|algoritma|algoritme|flow\s?chart|flow\s?diagram|carta alir|diagram alir|bagan|decision tree"
    r"|search strategy)\b",
    re.IGNORECASE,
)


def is_algorithm(drawn: int, regions: Sequence[Region]) -> bool:
    """Whether a page is an algorithm as a whole."""
    lines = [line for region in regions if region.table is None for line in region.lines]
    in_tables = sum(len(region.table.words) for region in regions if region.table is not None)
    words = sum(len(line.text.split()) for line in lines)
    if drawn < 8 or words > 420 or in_tables > words:
        return False
    titles = [line.text for line in lines if len(line.text.split()) <= 24]
    named = any(ALGORITHM.search(title) for title in titles)
    short = sum(len(line.text.split()) <= 7 for line in lines)
    return named and short * 2 > len(lines)
