"""The nouns that walk through the house: frozen values, standard library only.

Pages count from 1 by position in the PDF. Lengths are PDF points from the page's top left corner. Similarity is
cosine. Times are seconds. Sequences are tuples.
"""

from cpgassist.types.answers import READ_BY_OCR, Answer, Checks, Citation, Statement, Status, Written
from cpgassist.types.documents import (
    QUOTES_ANOTHER,
    Block,
    BlockKind,
    Box,
    Cell,
    Grading,
    Guideline,
    GuidelineInfo,
    Line,
    Locator,
    Page,
    Quote,
    Repair,
    Section,
    Sentence,
    Table,
    names_rows,
)
from cpgassist.types.passages import (
    DRAWN_KINDS,
    EVERYWHERE,
    EXCLUDED_KINDS,
    SEARCHED_KINDS,
    EmbedderIdentity,
    Hit,
    Passage,
    Search,
    Where,
)
from cpgassist.types.reports import GuidelineReport, LeftOut, PageReport, Report

__all__ = [
    "DRAWN_KINDS",
    "EVERYWHERE",
    "EXCLUDED_KINDS",
    "QUOTES_ANOTHER",
    "READ_BY_OCR",
    "SEARCHED_KINDS",
    "Answer",
    "Block",
    "BlockKind",
    "Box",
    "Cell",
    "Checks",
    "Citation",
    "EmbedderIdentity",
    "Grading",
    "Guideline",
    "GuidelineInfo",
    "GuidelineReport",
    "Hit",
    "LeftOut",
    "Line",
    "Locator",
    "Page",
    "PageReport",
    "Passage",
    "Quote",
    "Repair",
    "Report",
    "Search",
    "Section",
    "Sentence",
    "Statement",
    "Status",
    "Table",
    "Where",
    "Written",
    "names_rows",
]
