"""Whether a statement is a table's row said with its headers: "label: header value; header value", in any order."""

from __future__ import annotations

import re
from collections.abc import Sequence

CELLS = " | "
_ENDS = ";,."


def tells_row(statement: str, rows: Sequence[str], headers: Sequence[str]) -> bool:
    """Whether the statement is one of the rows, or cells of it, each behind the header of its own column and all verbatim.

    Headers and rows divide their cells by " | "; a row that has not as many cells as a header is not told by it.
    """
    said = _folded(statement)
    return any(
        _told(said, _cells(header), _cells(row))
        for header in headers
        for row in rows
        if CELLS in header and header.count(CELLS) == row.count(CELLS)
    )


def _told(said: str, header: list[str], row: list[str]) -> bool:
    label = row[0]
    if not label or not said.startswith(label):
        return False
    rest = said[len(label) :].lstrip(" ,-–")
    # The longest pair first: "Dose 5 mg" begins a header "Dose 5 mg tablets" too.
    pairs = sorted(
        (f"{head} {cell}" for head, cell in zip(header[1:], row[1:], strict=True) if head and cell),
        key=len,
        reverse=True,
    )
    told = False
    while rest:
        pair = next((one for one in pairs if _begins(rest, one)), None)
        if pair is None:
            return False
        pairs.remove(pair)
        rest = rest[len(pair) :].lstrip(f" {_ENDS}")
        told = True
    return told


def _begins(rest: str, pair: str) -> bool:
    """Whether the rest of a statement begins with this header and cell, and the cell ends there."""
    after = rest[len(pair) :].lstrip()
    return rest.startswith(pair) and (not after or after[0] in _ENDS)


def _cells(line: str) -> list[str]:
    return [_folded(cell) for cell in line.split(CELLS)]


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace(":", " ").split())


def other_column(statement: str, rows: Sequence[str], headers: Sequence[str]) -> tuple[str, str] | None:
    """(the value told, the value that the table has under that header), where a cell stands behind another's header.

    Headers are read as bare words, also those that say little in running text ("Dose", "Days").
    """
    said = _folded(statement)
    for header in headers:
        for row in rows:
            if CELLS in header and header.count(CELLS) == row.count(CELLS):
                heads, cells = _cells(header), _cells(row)
                wrong = _behind_another(said, _own_words(heads), cells)
                if wrong is not None:
                    own, named = wrong
                    return cells[own], cells[named]
    return None


def _behind_another(said: str, names: list[set[str]], cells: list[str]) -> tuple[int, int] | None:
    """Columns of the first value that stands behind another column's header, and of that header."""
    values = sorted(
        (match.start(), match.end(), column)
        for column, cell in enumerate(cells)
        if column and any(map(str.isdigit, cell)) and cells.count(cell) == 1
        for match in re.finditer(rf"(?<![\w.,]){re.escape(cell)}(?![\w%])(?![.,]\d)", said)
    )
    before = 0
    for start, end, column in values:
        # "7 days" names no column: a word right behind a number is its unit.
        told = re.findall(r"(?<![\d] )(?<!\w)[^\W\d_]{3,}", said[before:start])
        named = {other for other, words in enumerate(names) if other and words & set(told)}
        if named and column not in named and len(named) == 1:
            return column, next(iter(named))
        before = end
    return None


def _own_words(heads: list[str]) -> list[set[str]]:
    """The words that head one column alone."""
    words = [set(re.findall(r"[^\W\d_]{3,}", head)) for head in heads]
    return [own - set().union(*(other for other in words if other is not own)) for own in words]
