"""The evaluation as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cpgassist.evaluation.comparison import Change, FigureChange, QuestionChange
from cpgassist.evaluation.metrics import BY_KEY, FIGURES, Figure
from cpgassist.evaluation.results import Evaluation

COLUMNS = ("recall@1", "recall@5", "recall@10", "mrr@10", "fact_recall", "gold_page_cited", "abstained")
"""The figures that fit beside each group on 100 columns."""

_STYLES = {"better": "green", "worse": "red", "mixed": "yellow"}


def tables(evaluation: Evaluation, by: Sequence[str], changes: Sequence[Change]) -> Group:
    """Every table, one below the other."""
    parts: list[RenderableType] = [_figures(evaluation)]
    if evaluation.suggested_threshold is not None:
        said = f"95 % of the answerable are answered at threshold = {evaluation.suggested_threshold} (corpus.toml)."
        parts.append(Text(said))
    parts += [_slices(evaluation, name) for name in by] or [_groups(evaluation, "kind")]
    if evaluation.latency:
        parts.append(_latency(evaluation.latency))
    if evaluation.errors:
        parts.append(_errors(evaluation))
    if changes:
        parts.append(_figure_changes([change for change in changes if isinstance(change, FigureChange)]))
        parts.append(_question_changes([change for change in changes if isinstance(change, QuestionChange)]))
    return Group(*parts)


def _table(title: str, *columns: str, left: int = 1) -> Table:
    """A table with `left` columns of words; the others hold numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
    for at, column in enumerate(columns):
        table.add_column(column, justify="left" if at < left else "right", overflow="fold")
    return table


def _add(table: Table, *cells: str, style: str = "") -> None:
    # As Text, because a question may hold square brackets that rich would take for markup.
    table.add_row(*(Text(cell) for cell in cells), style=style)


def _figures(evaluation: Evaluation) -> Table:
    table = _table(
        f"Questions: {len(evaluation.rows)}, failed: {len(evaluation.errors)}", "figure", "value", "95 %", "n"
    )
    for measure in FIGURES:
        if figure := evaluation.overall.get(measure.key):
            interval = measure.show_interval(figure.low, figure.high)
            _add(table, measure.label, measure.show(figure.value), interval, str(figure.n))
    return table


def _groups(evaluation: Evaluation, name: str) -> Table:
    table = _table(f"By {name}", name, "n", *(BY_KEY[key].label for key in COLUMNS))
    sizes = {group: len(rows) for group, rows in evaluation.grouped(name).items()}
    for group, found in evaluation.by(name).items():
        _add(table, group, str(sizes[group]), *_cells(found))
    return table


def _slices(evaluation: Evaluation, name: str) -> Table:
    """Every figure of every group, the groups of a figure below each other so that they compare."""
    groups = evaluation.by(name)
    table = _table(f"By {name}", "figure", name, "value", "95 %", "n", left=2)
    for measure in FIGURES:
        shown = [(group, found[measure.key]) for group, found in groups.items() if measure.key in found]
        for at, (group, figure) in enumerate(shown):
            interval = measure.show_interval(figure.low, figure.high)
            _add(table, "" if at else measure.label, group, measure.show(figure.value), interval, str(figure.n))
        if shown:
            table.add_section()
    return table


def _cells(found: Mapping[str, Figure]) -> Iterator[str]:
    for key in COLUMNS:
        yield BY_KEY[key].show(found[key].value) if key in found else "-"


def _latency(latency: Mapping[str, Mapping[str, float]]) -> Table:
    table = _table("Seconds", "stage", "p50", "p95", "n")
    for stage, spent in latency.items():
        _add(table, stage, f"{spent['p50']:.3f}", f"{spent['p95']:.3f}", f"{spent['n']:.0f}")
    return table


def _errors(evaluation: Evaluation) -> Table:
    table = _table("Errors", "id", "error", left=2)
    for row in evaluation.errors:
        _add(table, row.question.id, row.error or "")
    return table


def _figure_changes(changes: Sequence[FigureChange]) -> Table:
    table = _table("Changed figures", "figure", "before", "now", "change", "95 %", "n", "")
    for change in changes:
        show = BY_KEY[change.key].show
        interval = "" if change.low is None or change.high is None else f"{change.low:+.3f} to {change.high:+.3f}"
        cells = (change.label, show(change.before), show(change.now), f"{change.delta:+.3f}", interval, str(change.n))
        _add(table, *cells, change.verdict, style=_STYLES.get(change.verdict, ""))
    return table


def _question_changes(changes: Sequence[QuestionChange]) -> Table:
    table = _table("Changed questions", "id", "", "what", left=3)
    for change in changes:
        details = ", ".join(change.details)
        _add(table, change.id, change.verdict, details or change.question, style=_STYLES.get(change.verdict, ""))
    return table
