"""An extraction against its truth, as figures, a table and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cpgassist.evaluation.structure.cells import score_cells
from cpgassist.evaluation.structure.extracted import Extracted, Pages
from cpgassist.evaluation.structure.grades import score_grades
from cpgassist.evaluation.structure.layout import score_layout
from cpgassist.evaluation.structure.tally import Counted, Miss, Tally
from cpgassist.evaluation.structure.truth import Truth

if TYPE_CHECKING:
    from rich.console import Group


@dataclass(frozen=True, slots=True)
class StructureScore:
    """How well an extraction agrees with its truth."""

    figures: tuple[Counted, ...]
    cells: tuple[Counted, ...]
    """Cells by what makes them hard."""
    misses: tuple[Miss, ...]
    absent: tuple[str, ...]
    """Files that the truth tells of and the extraction lacks: their rows count as failed, unless left out."""

    def share(self, name: str) -> float:
        """The share of a figure; raises KeyError for an unknown one."""
        return {figure.name: figure for figure in self.figures}[name].share

    def to_dict(self) -> dict[str, Any]:
        """The score as JSON."""
        return {
            "figures": {figure.name: [figure.right, figure.of] for figure in self.figures},
            "cells": {kind.name: [kind.right, kind.of] for kind in self.cells},
            "misses": [asdict(miss) for miss in self.misses],
            "absent": list(self.absent),
        }

    def table(self, misses: bool = False) -> Group:
        """The score as tables for a terminal, on demand with every miss."""
        from cpgassist.evaluation.structure.terminal import tables

        return tables(self, misses)


def score_structure(passages: Sequence[Extracted], truth: Truth, present_only: bool = False) -> StructureScore:
    """Score passages; with `present_only` the truth of files that they do not hold is left out."""
    pages, tally = Pages(passages), Tally()
    absent = tuple(sorted(truth.files - pages.files))
    if present_only:
        truth = truth.only(frozenset(pages.files))
    score_grades(truth.grades, pages, tally)
    cells = score_cells(truth.cells, pages, tally)
    score_layout(truth.layout, pages, tally)
    return StructureScore(tally.counted(), cells, tuple(tally.misses), absent)
