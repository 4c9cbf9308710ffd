"""Whether a table gives each value in its row and its column, from the extracted form alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from cpgassist.evaluation.structure.extracted import Extracted, Pages
from cpgassist.evaluation.structure.folding import letters, value
from cpgassist.evaluation.structure.tally import Counted, Miss, Tally
from cpgassist.evaluation.structure.truth import CellTruth

Grid = Sequence[Sequence[str]]
Place = tuple[int, int]
"""(row, column) of a cell in a grid."""

_NAMED = re.compile(r"(?i)\s*((?:cpg )?(?:table|tabel|appendix)\s*[\w.\-]*\w)")
_HEADER_ROWS = 3
"""Rows at the top of a grid that may be header."""


def score_cells(rows: Iterable[CellTruth], pages: Pages, tally: Tally) -> tuple[Counted, ...]:
    """Count the cells; the figures by what makes a cell hard."""
    by_kind: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        over_pages = "two-page" in row.kind
        held = [p for p in pages.at(row.file, row.page, before=over_pages) if p.kind == "table" or p.rows]
        tables = _named(held, row.table)
        found = _Found()
        for table in tables:
            if table.reliable and table.grid:
                found.look(table.grid, row)
        unreliable = bool(tables) and not any(table.reliable for table in tables)
        tally.add("table: served as unreliable (page image, not cells)", unreliable)
        tally.add("table: a table passage on the page", bool(tables))
        tally.add("table: row label found", found.row)
        if row.value:
            tally.add("table: value in the row", found.in_row or found.right)
        tally.add("table: value in its row and column", found.right)
        by_kind[_kind(row, over_pages)].append(found.right)
        if not found.right:
            expected = f"{row.row} / {row.column} = {row.value!r}"
            missing = f"{'row' if found.row else 'no row'}, {'column' if found.column else 'no column'}"
            tally.misses.append(Miss("cell", row.file, row.page, expected, missing))
    return tuple(Counted(kind, sum(right), len(right)) for kind, right in sorted(by_kind.items()))


def _kind(row: CellTruth, over_pages: bool) -> str:
    if row.kind == "image":
        return "image"
    if not row.value:
        return "empty cell"
    return "two-page" if over_pages else "nested header" if " / " in row.column else "other"


def _named(tables: list[Extracted], name: str) -> list[Extracted]:
    """The tables of this number, where a page has several and their numbers were read."""
    number = _NAMED.match(name)
    if not number or len(tables) < 2:
        return tables
    key = letters(number[1])
    return [t for t in tables if key in letters(f"{t.caption} {' '.join(t.section)} {t.text[:300]}")] or tables


class _Found:
    """What was found of a cell in the tables looked at."""

    def __init__(self) -> None:
        self.row = self.column = self.in_row = self.right = False

    def look(self, grid: Grid, cell: CellTruth) -> None:
        """Look for the cell in a table."""
        places = _places(grid, cell.row, cell.group)
        self.row = self.row or bool(places)
        for row, column in places:
            others = [text for at, text in enumerate(grid[row]) if at != column]
            if cell.value and any(_same(text, cell.value) for text in others):
                self.in_row = True
            if not cell.column:
                self.right = self.right or any(_same(text, cell.value) for text in grid[row][column + 1 :])
                continue
            columns = _columns(grid, cell.column.split(" / "))
            self.column = self.column or bool(columns)
            behind = [at for at in columns if at > column]
            if column > 0 and behind:
                # Halves side by side: the row label stands inside the table, its column next behind it.
                columns = behind[:1]
            if len(columns) == 1:
                # Twin columns that the header does not tell apart score nothing.
                at = columns[0]
                text = grid[row][at] if at < len(grid[row]) else ""
                self.right = self.right or _same(text, cell.value)


def _places(grid: Grid, label: str, group: str) -> list[Place]:
    """Where the row's label stands: best as a whole cell, else as its beginning, else inside; first columns first."""
    key, above = letters(label), not group
    best: dict[tuple[int, int], list[Place]] = {}
    for at, row in enumerate(grid):
        cells = [letters(text) for text in row]
        if group and letters(group) in "".join(cells):
            above = True
        for column, cell in enumerate(cells):
            rank = _rank(cell, key)
            if rank is not None and above:
                best.setdefault((rank, 0 if column == 0 else 1), []).append((at, column))
                break
    if not best:
        return []
    places = best[min(best)]
    return places[:1] if group else places


def _rank(cell: str, key: str) -> int | None:
    if cell == key:
        return 0
    if len(key) > 3 and cell.startswith(key):
        return 1
    return 2 if len(key) > 5 and key in cell else None


def _columns(grid: Grid, names: Sequence[str]) -> list[int]:
    """The columns under the last of the names; the first chooses between twins."""
    heads, width = grid[:_HEADER_ROWS], max(map(len, grid))
    leaf = letters(names[-1])

    def cell(head: Sequence[str], at: int) -> str:
        return letters(head[at]) if at < len(head) else ""

    found = [at for at in range(width) if any(cell(head, at) == leaf for head in heads)]
    if not found and len(leaf) > 2:
        found = [at for at in range(width) if any(leaf in cell(head, at) for head in heads)]
    if not found and len(leaf) > 2:
        # A header wrapped over two rows.
        found = [at for at in range(width) if leaf in "".join(cell(head, at) for head in heads)]
    if len(names) < 2 or len(found) < 2:
        return found
    parent = letters(names[0])

    def under(at: int, head: Sequence[str]) -> bool:
        # A merged header cell stands at its left end.
        while at > 0 and not cell(head, at):
            at -= 1
        return parent in cell(head, at)

    return [at for at in found if any(under(at, head) for head in heads)]


def _same(cell: str, expected: str) -> bool:
    found, wanted = value(cell), value(expected)
    if not wanted:
        return found in ("", "nan", "none")
    # One letter behind a number is the mark of a footnote.
    marked = found.startswith(wanted) and wanted[-1].isdigit() and re.fullmatch(r"[a-g]", found[len(wanted) :])
    return found == wanted or bool(marked)
