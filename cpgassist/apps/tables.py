"""What the command line shows a person, in rich tables and text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from cpgassist.doctor import Check
from cpgassist.types import Answer, Citation, Report, Search

_STATES = {"ok": "green", "warn": "yellow", "fail": "red"}


def report_table(report: Report) -> RenderableType:
    """The table that a reindex ends with, and what was left out."""
    if report.nothing_changed:
        head = f"Nothing changed. Version {report.index}, {report.passages} passages ({report.seconds:.1f} s)."
    else:
        head = (
            f"Version {report.index} is in service: {report.passages} passages, {report.embedded} embedded "
            f"({len(report.added)} guidelines added, {len(report.changed)} changed, {len(report.unchanged)} unchanged, "
            f"{len(report.removed)} removed; {report.seconds:.1f} s)."
        )
    table = _guidelines_table()
    for row in report.guidelines:
        info = row.info
        notes = [*row.notes]
        table.add_row(
            *_cells(info.title, info.file, info.published, info.pages, row.passages, row.graded, row.tables, notes)
        )
    left = [Text(f"Left out: {out.file}: {out.reason}", style="yellow") for out in report.left_out]
    return Group(table, *left, Text(head))


def status_table(status: dict[str, Any]) -> RenderableType:
    """The index in service and its guidelines."""
    table = _guidelines_table()
    for g in status["guidelines"]:
        table.add_row(
            *_cells(g["title"], g["file"], g["year"], g["pages"], g["passages"], g["graded"], g["tables"], g["notes"])
        )
    lines = [Text(f"Left out: {out['file']}: {out['reason']}", style="yellow") for out in status["left_out"]]
    for what, names in status["waiting"].items():
        if names:
            lines.append(Text(f"Since then {what}: {', '.join(names)}", style="yellow"))
    embedder = status["embedder"]
    head = Text(
        f"{status['corpus']}: version {status['index']}, {status['passages']} passages, embedder "
        f"{embedder['name']} ({embedder['revision']}), {len(status['versions'])} versions kept."
    )
    return Group(table, *lines, head)


def _guidelines_table() -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name, justify in (
        ("Guideline", "left"),
        ("Year", "right"),
        ("Pages", "right"),
        ("Passages", "right"),
        ("Graded", "right"),
        ("Tables", "right"),
        ("Notes", "left"),
    ):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    return table


def _cells(title: str, file: str, year: int | None, *rest: Any) -> list[str]:
    *counts, notes = rest
    name = f"{escape(title)}\n[dim]{escape(file)}[/dim]"
    return [name, str(year or "-"), *(str(n) for n in counts), escape("; ".join(notes))]


def hits_table(search: Search) -> RenderableType:
    """The hits with page, section and the beginning of their text."""
    if not search.hits:
        return Text("Nothing found.")
    table = Table(box=None, header_style="bold", pad_edge=False, show_lines=False)
    for name in ("#", "Score", "Guideline", "Page", "Kind", "Passage"):
        table.add_column(name, overflow="fold")
    for hit in search.hits:
        info, passage = search.guidelines[hit.passage.guideline], hit.passage
        page = f"{passage.page}" + (f" ({passage.page_label})" if passage.page_label else "")
        grade = f" [{passage.grade}]" if passage.grade else ""
        text = " ".join(passage.text.split())
        table.add_row(
            str(hit.rank),
            f"{hit.score:.2f}",
            escape(info.title),
            page,
            escape(passage.kind + grade),
            escape(text[:220]),
        )
    return table


def answer_text(answer: Answer) -> RenderableType:
    """The answer: bottom line, statements with grades, what is missing, and the sources."""
    parts: list[RenderableType] = []
    if answer.bottom_line is not None:
        parts.append(Text(f"{answer.bottom_line.text} {_marks(answer.bottom_line.citations)}", style="bold"))
        parts.append(Text(""))
    for statement in answer.statements:
        if answer.bottom_line is not None and statement.text == answer.bottom_line.text and not statement.grade:
            continue
        line = Text(f"- {statement.text} {_marks(statement.citations)}")
        if statement.grade:
            line.append(f"  {statement.grade}", style="cyan")
        parts.append(line)
    parts += [Text(text, style="yellow") for text in (*answer.not_in_guideline, *answer.warnings)]
    if answer.citations:
        parts.append(Text(""))
        for citation in answer.citations:
            parts.append(_source(citation))
            if citation.ocr_note:
                parts.append(Text(f"    {citation.ocr_note}", style="yellow"))
        checks = answer.checks
        by_ocr = f"; {checks.quotes_by_ocr} read by OCR" if checks.quotes_by_ocr else ""
        withheld = by_ocr + (f"; {checks.withheld} sentences withheld" if checks.withheld else "")
        parts.append(Text(f"{checks.quotes_found} of {checks.quotes} quotes found on the page{withheld}", style="dim"))
    return Group(*parts)


def _marks(numbers: Sequence[int]) -> str:
    return "".join(f"[{n}]" for n in numbers)


def _source(citation: Citation) -> Text:
    info, at = citation.guideline, citation.at
    about = ", ".join(str(part) for part in (info.publisher, info.published, info.edition) if part)
    printed = f" (printed {at.label})" if at.label and at.label != str(at.page) else ""
    section = f", {citation.section[-1]}" if citation.section else ""
    return Text(
        f"[{citation.n}] {info.title}{f' ({about})' if about else ''}, page {at.page}{printed}{section}", style="dim"
    )


def checks_table(checks: Sequence[Check]) -> RenderableType:
    """A checklist of ok, warn and fail with the cure beside each."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for check in checks:
        table.add_row(
            Text(check.state, style=_STATES[check.state]),
            check.what,
            escape(check.found),
            Text(check.cure, style="dim"),
        )
    return table
