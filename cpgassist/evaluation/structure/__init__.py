"""Evaluation of reading: what was extracted against what stands on the rendered pages, grade by grade and cell by cell.

Truth files are JSON lines in a folder: `grades*.jsonl`, `tables*.jsonl`, `structure*.jsonl` (docs/quality.md).

>>> score = score_structure(read_dump("passages.jsonl"), read_truth("truth/"))  # doctest: +SKIP
>>> score.table()                                                               # doctest: +SKIP
"""

from cpgassist.evaluation.structure.extracted import Extracted, read_dump, read_rows
from cpgassist.evaluation.structure.scoring import StructureScore, score_structure
from cpgassist.evaluation.structure.tally import Counted, Miss
from cpgassist.evaluation.structure.truth import CellTruth, GradeTruth, LayoutTruth, Truth, read_truth

__all__ = [
    "CellTruth",
    "Counted",
    "Extracted",
    "GradeTruth",
    "LayoutTruth",
    "Miss",
    "StructureScore",
    "Truth",
    "read_dump",
    "read_rows",
    "read_truth",
    "score_structure",
]
