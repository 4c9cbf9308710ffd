"""A structure score as tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from cpgassist.evaluation.structure.tally import Counted

if TYPE_CHECKING:
    from cpgassist.evaluation.structure.scoring import StructureScore


def tables(score: StructureScore, misses: bool) -> Group:
    """The figures, the cells by kind, and on demand the misses."""
    parts = [_figures("Structure", score.figures)]
    if score.cells:
        parts.append(_figures("Cells right, by kind", score.cells))
    if misses:
        listed = Table(title="Misses", title_justify="left", title_style="bold", header_style="dim")
        for name in ("what", "file", "page", "printed", "found"):
            listed.add_column(name, overflow="fold")
        for miss in score.misses:
            # As Text, because a grade may hold square brackets that rich would take for markup.
            row = (miss.what, miss.file, str(miss.page), miss.expected, miss.found)
            listed.add_row(*map(Text, row))
        parts.append(listed)
    return Group(*parts, *(Text(f"Not in the extraction: {file}", style="yellow") for file in score.absent))


def _figures(title: str, figures: tuple[Counted, ...]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
    table.add_column("figure")
    table.add_column("share", justify="right")
    table.add_column("right", justify="right")
    for figure in figures:
        table.add_row(Text(figure.name), f"{figure.share:.3f}", f"{figure.right}/{figure.of}")
    return table
