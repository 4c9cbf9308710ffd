"""What stands on the rendered pages, as somebody read it there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cpgassist.errors import InputError
from cpgassist.evaluation.structure.lines import json_lines, page_of, text_of

LAYOUT_KINDS = (
    "heading",
    "running_head",
    "reference_list",
    "toc",
    "flowchart",
    "figure",
    "table",
    "recommendation_box",
    "no_text",
    "rotated",
    "two_column",
)
"""What a line of a structure file can tell of."""


@dataclass(frozen=True, slots=True)
class GradeTruth:
    """A statement and the grade printed for it; None when none is."""

    file: str
    page: int
    statement: str
    grade: str | None


@dataclass(frozen=True, slots=True)
class CellTruth:
    """A cell of a table."""

    file: str
    page: int
    table: str
    row: str
    column: str
    """"X / Y" is Y under the merged header X; "" when the table has no header."""
    value: str
    """"" when the cell is empty."""
    group: str = ""
    """The row that names the group of rows above it."""
    kind: str = ""
    """What makes the cell hard."""


@dataclass(frozen=True, slots=True)
class LayoutTruth:
    """A heading, figure, list or other part of a page."""

    file: str
    page: int
    kind: str
    text: str
    path: tuple[str, ...] = ()
    """A heading's ancestors, outermost first, then itself."""
    label: str | None = None
    """The page number as printed."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth of a folder."""

    grades: tuple[GradeTruth, ...] = ()
    cells: tuple[CellTruth, ...] = ()
    layout: tuple[LayoutTruth, ...] = ()

    @property
    def files(self) -> frozenset[str]:
        """The guidelines that it tells of."""
        rows: tuple[GradeTruth | CellTruth | LayoutTruth, ...] = (*self.grades, *self.cells, *self.layout)
        return frozenset(row.file for row in rows)

    def only(self, files: frozenset[str]) -> Truth:
        """What it tells of these guidelines."""
        return replace(
            self,
            grades=tuple(row for row in self.grades if row.file in files),
            cells=tuple(row for row in self.cells if row.file in files),
            layout=tuple(row for row in self.layout if row.file in files),
        )


def read_truth(folder: str | Path) -> Truth:
    """The truth files of a folder; InputError names the first bad line."""
    source = Path(folder)
    if not source.is_dir():
        raise InputError(f"There is no folder {source}.", "Name the folder of the truth files with --truth.")
    rows = {
        name: [line for path in sorted(source.glob(f"{name}*.jsonl")) for line in json_lines(path)]
        for name in ("grades", "tables", "structure")
    }
    if not any(rows.values()):
        raise InputError(
            f"{source} holds no truth.", "It needs grades*.jsonl, tables*.jsonl or structure*.jsonl (docs/quality.md)."
        )
    return Truth(
        tuple(_grade(row, where) for where, row in rows["grades"]),
        tuple(_cell(row, where) for where, row in rows["tables"]),
        tuple(_layout(row, where) for where, row in rows["structure"]),
    )


def _grade(row: dict[str, Any], where: str) -> GradeTruth:
    grade = text_of(row, "grade", where, optional=True) or None
    return GradeTruth(text_of(row, "file", where), page_of(row, where), text_of(row, "statement", where), grade)


def _cell(row: dict[str, Any], where: str) -> CellTruth:
    named, group = text_of(row, "row", where), text_of(row, "group", where, optional=True)
    if " | " in named:
        # Nested labels, "ADULT | Rifampicin": all but the last name the group.
        group, named = named.rsplit(" | ", 1)
    return CellTruth(
        text_of(row, "file", where),
        page_of(row, where),
        text_of(row, "table", where),
        named,
        text_of(row, "column", where).replace(" | ", " / "),
        text_of(row, "value", where),
        group,
        text_of(row, "kind", where, optional=True),
    )


def _layout(row: dict[str, Any], where: str) -> LayoutTruth:
    kind = text_of(row, "kind", where)
    if kind not in LAYOUT_KINDS:
        raise InputError(f"{where}: there is no kind {kind!r}.", f"Kinds are {', '.join(LAYOUT_KINDS)}.")
    path = row.get("path") or []
    if not isinstance(path, list) or not all(isinstance(name, str) for name in path):
        raise InputError(f"{where}: `path` must be a list of headings.", "Correct the line.")
    return LayoutTruth(
        text_of(row, "file", where),
        page_of(row, where),
        kind,
        text_of(row, "text", where, optional=True),
        tuple(path),
        text_of(row, "label", where, optional=True) or None,
        text_of(row, "note", where, optional=True),
    )
