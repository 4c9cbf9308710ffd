"""What the command line shows a person, in rich tables and text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from cpgassist.answering.urgency import is_urgent
from cpgassist.apps.layers import ACT_NOW
from cpgassist.apps.wording import HEADINGS
from cpgassist.doctor import Check
from cpgassist.editions import remarks
from cpgassist.quality import GuidelineQuality, Quality
from cpgassist.quality.figures import figures
from cpgassist.types import Answer, Changes, Citation, Report, Search, Statement

if TYPE_CHECKING:
    from cpgassist.models.known import Machine

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
    infos = {row.info.id: row.info for row in report.guidelines}
    for row in report.guidelines:
        info, counts = row.info, (row.info.pages, row.passages, row.graded, row.tables)
        notes = [*remarks(info, infos, date.today()), *row.notes]
        table.add_row(*_cells(info.title, info.file, info.published, info.language, *counts, notes))
    left = [Text(f"Left out: {out.file}: {out.reason}", style="yellow") for out in report.left_out]
    return Group(table, *left, Text(head))


def changes_text(changes: Changes) -> RenderableType:
    """What a reindex would do."""
    if changes.nothing:
        return Text(f"Nothing would change. Version {changes.index} stays, {len(changes.unchanged)} guidelines.")
    lines = [Text(reason, style="yellow") for reason in changes.reasons]
    for what, names in (
        ("Added", changes.added),
        ("Changed", changes.changed),
        ("Removed", changes.removed),
        ("Left out before, tried again", changes.tried_again),
    ):
        if names:
            lines.append(Text(f"{what}: {', '.join(names)}"))
    kept = f"; version {changes.index} serves meanwhile" if changes.index else ""
    return Group(*lines, Text(f"{len(changes.read)} files would be read{kept}. Nothing was changed by this look."))


def models_table(configured: dict[str, Any], machine: Machine, rows: Sequence[dict[str, Any]]) -> RenderableType:
    """The configured language model, this machine's memory, and the known models."""
    name = configured["model"] or "none: code alone picks the lines, findings of photos are typed"
    where = f" at {configured['base_url']}" if configured["base_url"] else ""
    gpu = f", {machine.gpu} GB on {machine.gpu_name}" if machine.gpu else ", no GPU"
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    for column in ("Model", "Photos", "Memory", "4 bits", "Runs here", "Weights"):
        table.add_column(column, no_wrap=True)
    for row in rows:
        memory = (f"{row['gigabytes']:.0f} GB", f"{row['gigabytes_nf4']:.0f} GB")
        here = "here" if row["is_here"] else "-"
        table.add_row(row["id"], "yes" if row["sees"] else "no", *memory, row["runs"], here)
    told: dict[str, list[str]] = {}
    for row in rows:
        said = "; ".join(filter(None, (row["licence"], row["note"])))
        told.setdefault(said, []).append(row["id"].partition("/")[2])
    notes = [Text(f"{', '.join(names)}: {said}.") for said, names in told.items()]
    head = Text(f"Configured: {configured['backend']}, {name}{where}; photos {configured['photo']}.")
    return Group(head, Text(f"Free here: {machine.ram} GB of memory{gpu}."), table, *notes, Text(""))


def status_table(status: dict[str, Any]) -> RenderableType:
    """The index in service and its guidelines."""
    table = _guidelines_table()
    for g in status["guidelines"]:
        counts = (g["pages"], g["passages"], g["graded"], g["tables"])
        table.add_row(*_cells(g["title"], g["file"], g["year"], g["language"], *counts, [*g["remarks"], *g["notes"]]))
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
        ("Language", "left"),
        ("Pages", "right"),
        ("Passages", "right"),
        ("Graded", "right"),
        ("Tables", "right"),
        ("Notes", "left"),
    ):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    return table


def _cells(title: str, file: str, year: int | None, language: str | None, *rest: Any) -> list[str]:
    *counts, notes = rest
    name = f"{escape(title)}\n[dim]{escape(file)}[/dim]"
    return [name, str(year or "-"), language or "-", *(str(n) for n in counts), escape("; ".join(notes))]


def hits_table(search: Search) -> RenderableType:
    """The hits with page, section and the beginning of their text, under what must be known of their order."""
    if search.warnings:
        told = (Text(warning, style="bold yellow") for warning in search.warnings)
        return Group(*told, hits_table(replace(search, warnings=())))
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
    parts: list[RenderableType] = [Text(remark, style="bold yellow") for remark in answer.remarks]
    if answer.findings is not None:
        parts += [Text(f"Findings: {answer.findings}"), Text(answer.findings.label, style="bold yellow"), Text("")]
    if answer.bottom_line is not None:
        if is_urgent(answer.bottom_line):
            parts.append(Text(HEADINGS[ACT_NOW], style="bold red"))
        parts.append(Text(f"{answer.bottom_line.text} {_marks(answer.bottom_line.citations)}", style="bold"))
        parts.append(Text(""))
    line = answer.bottom_line
    below = [one for one in answer.statements if line is None or one.text != line.text or one.grade]
    # what stands as the bottom line is here for its grade alone, and is not said twice as urgent
    urgent = [one for one in below if is_urgent(one) and (line is None or one.text != line.text)]
    if urgent:
        parts += [Text(HEADINGS[ACT_NOW], style="bold red"), *_lines(urgent, answer), Text("")]
    parts += _lines([one for one in below if one not in urgent], answer)
    parts += [Text(text, style="yellow") for text in (*answer.not_in_guideline, *answer.warnings)]
    if answer.clarify:
        parts.append(Text(f"It would help to say: {' '.join(answer.clarify)}"))
    if answer.citations:
        parts.append(Text(""))
        for citation in answer.citations:
            parts.append(_source(citation))
            if citation.findings:
                parts.append(Text(f"    found by: {'; '.join(citation.findings)}", style="dim"))
            if citation.ocr_note:
                parts.append(Text(f"    {citation.ocr_note}", style="yellow"))
        checks = answer.checks
        by_ocr = f"; {checks.quotes_by_ocr} read by OCR" if checks.quotes_by_ocr else ""
        withheld = by_ocr + (f"; {checks.withheld} sentences withheld" if checks.withheld else "")
        parts.append(Text(f"{checks.quotes_found} of {checks.quotes} quotes found on the page{withheld}", style="dim"))
        if "model" in answer.models and answer.models["generator"] == answer.models["model"]["name"]:
            parts.append(Text(f"Lines picked by {answer.models['generator']}, checked by code", style="dim"))
    return Group(*parts)


def _lines(statements: Sequence[Statement], answer: Answer) -> list[RenderableType]:
    """Lines with their grades, each under what it stands under in the guideline."""
    parts: list[RenderableType] = []
    above: tuple[str, ...] = ()
    sections = {citation.n: citation.under for citation in answer.citations}
    for statement in statements:
        # "The dose is 5 mg" says of what only in its heading.
        leads = tuple(filter(None, (sections.get(statement.citations[0], ""), *statement.lead)))
        parts += [Text(f"  {lead}", style="dim") for lead in leads if lead not in above]
        above = leads
        line = Text(f"- {statement.text} {_marks(statement.citations)}")
        if statement.grade:
            line.append(f"  {statement.grade}", style="cyan")
        if statement.quotes:
            line.append(f"  quoted from {statement.quotes}", style="yellow")
        parts.append(line)
        parts += [Text(f"    {remark}", style="yellow") for remark in statement.remarks]
    return parts


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


def quality_tables(quality: Quality, most: int) -> RenderableType:
    """A table for each guideline, then the pages to look at, the worst `most` of them."""
    parts: list[RenderableType] = []
    for guideline in quality.guidelines:
        parts += [_figures_table(guideline), Text("")]
    parts += [Text(f"Left out: {out.file}: {out.reason}", style="red") for out in quality.left_out]
    found = quality.look_at()
    if not found:
        return Group(*parts, Text("No page stands out."))
    parts.append(Text("Look at these pages before you trust the index:", style="bold"))
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("Risk", justify="right")
    for name in ("File", "Page", "Why"):
        table.add_column(name, overflow="fold")
    for of, page in found[:most]:
        label = f" ({page.label})" if page.label and page.label != str(page.number) else ""
        why = "\n".join(reason.text for reason in page.reasons)
        table.add_row(str(page.risk), Text(of.info.file), f"{page.number}{escape(label)}", Text(why))
    parts.append(table)
    if len(found) > most:
        parts.append(
            Text(f"... and {len(found) - most} more pages: --all, --html FILE or --json shows them.", style="dim")
        )
    return Group(*parts)


def _figures_table(guideline: GuidelineQuality) -> RenderableType:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(style="dim", no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
    cells = [cell for pair in figures(guideline) for cell in pair]
    for start in range(0, len(cells), 6):
        table.add_row(*map(Text, cells[start : start + 6]))
    info = guideline.info
    head = Text.assemble((info.title, "bold"), (f"  {info.file}", "dim"))
    cautions = [Text(f"! {caution}", style="yellow") for caution in guideline.cautions]
    return Group(head, *cautions, table, *(Text(f"- {note}", style="dim") for note in guideline.notes))
