"""Commands of those who ask: answers, passages, files of questions, the chat."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cpgassist.apps.cli.confirming import confirmed, findings_text
from cpgassist.apps.cli.options import (
    SILENT,
    CorpusOption,
    GuidelineOption,
    IndexOption,
    JsonOption,
    OlderOption,
    PairsOption,
    PhotoOption,
    QuietOption,
    SaveOption,
    YearOption,
    open_assistant,
    where,
)
from cpgassist.apps.cli.output import bars, print_json, stdout
from cpgassist.apps.cli.saving import new_file, save
from cpgassist.types import LIKENESS, Findings


def ask(
    question: Annotated[str, typer.Argument(help="A clinical question; may be left out with findings.")] = "",
    corpus: CorpusOption = None,
    index: IndexOption = None,
    guideline: GuidelineOption = None,
    year_from: YearOption = None,
    older: OlderOption = False,
    photo: PhotoOption = None,
    pairs: PairsOption = False,
    finding: Annotated[
        list[str] | None, typer.Option("--finding", help="What you see, in place of the model's findings; repeatable.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Use the model's findings as they are, without asking.")] = False,
    save_as: SaveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question with quotes from the guidelines, each found again on its page."""
    file = None if save_as is None else new_file(save_as)
    assistant = open_assistant(corpus, index)
    findings = Findings.typed(*finding) if finding else None
    if photo:
        seen = assistant.describe(*photo, pairs=pairs)
        as_they_are = yes or seen.refused
        findings = seen.edited(finding) if finding else seen if as_they_are else confirmed(seen, not as_json)
    answer = assistant.ask(question, where(guideline, year_from, older=older), findings)
    if as_json:
        print_json(answer.to_dict())
    else:
        from cpgassist.apps.tables import answer_text

        stdout().print(answer_text(answer))
    if file is not None:
        save(answer, assistant, file)
    if answer.status in ("silent", "refused"):
        raise typer.Exit(SILENT)


def describe(
    photo: Annotated[list[Path], typer.Argument(help="Photos of one patient.")],
    corpus: CorpusOption = None,
    index: IndexOption = None,
    pairs: PairsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Describe photos with the configured model: what is seen, for you to check. Nothing is searched."""
    findings = open_assistant(corpus, index).describe(*photo, pairs=pairs)
    if as_json:
        print_json(findings.to_dict())
    else:
        stdout().print(findings_text(findings), highlight=False, markup=False)
    if findings.refused:
        raise typer.Exit(SILENT)


def figures(
    photo: Annotated[list[Path], typer.Argument(help="Photos of one patient.")],
    corpus: CorpusOption = None,
    index: IndexOption = None,
    k: Annotated[int, typer.Option("--k", "-k", min=1, max=100, help="Figures to show.")] = 3,
    guideline: GuidelineOption = None,
    year_from: YearOption = None,
    older: OlderOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show the guidelines' figures that look most like photos, to compare with; needs MedSigLIP."""
    found = open_assistant(corpus, index).similar_figures(*photo, k=k, where=where(guideline, year_from, older=older))
    if as_json:
        print_json([hit.to_dict() for hit in found])
    else:
        lines = [
            line
            for n, hit in enumerate(found, 1)
            for line in (f"{n}. {hit} [likeness {hit.similarity:.2f}]", *(f"   {caution}" for caution in hit.cautions))
        ]
        stdout().print("\n".join([*lines, LIKENESS] if lines else ["No figure."]), highlight=False, markup=False)
    if not found:
        raise typer.Exit(SILENT)


def search(
    question: Annotated[str, typer.Argument(help="Words to look for.")],
    corpus: CorpusOption = None,
    index: IndexOption = None,
    k: Annotated[int, typer.Option("--k", "-k", min=1, max=100, help="Passages to show.")] = 10,
    guideline: GuidelineOption = None,
    year_from: YearOption = None,
    older: OlderOption = False,
    kind: Annotated[list[str] | None, typer.Option("--kind", help="text, recommendation, table, flowchart.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the passages nearest to a question, best first."""
    found = open_assistant(corpus, index).search(question, k, where(guideline, year_from, kind, older))
    if as_json:
        print_json(found.to_dict())
    else:
        from cpgassist.apps.tables import hits_table

        stdout().print(hits_table(found))
    if not found.hits:
        raise typer.Exit(SILENT)


def batch(
    questions: Annotated[Path, typer.Argument(help='JSON lines {"id", "question"}.')],
    out: Annotated[Path, typer.Argument(help="JSON lines, one per question; an existing file is resumed.")],
    corpus: CorpusOption = None,
    index: IndexOption = None,
    search_only: Annotated[bool, typer.Option("--search-only", help="Search instead of answering.")] = False,
    k: Annotated[int, typer.Option("--k", "-k", min=1, max=100, help="Passages per question when searching.")] = 10,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Answer a file of questions; one bad line never stops the run."""
    from cpgassist.apps.batch import run_batch

    assistant = open_assistant(corpus, index)
    assistant.index  # noqa: B018 - without an index every line would fail

    def one(question: str) -> dict[str, Any]:
        return (assistant.search(question, k) if search_only else assistant.ask(question)).to_dict()

    with bars(quiet or as_json) as progress:
        counts = run_batch(questions, out, one, progress)
    if as_json:
        print_json(counts)
    else:
        stdout().print(f"{counts['done']} done, {counts['resumed']} kept, {counts['failed']} failed: {out}")


def serve(
    corpus: CorpusOption = None,
    index: IndexOption = None,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; others than loopback are your choice.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen on.")] = 7860,
    as_json: JsonOption = False,
) -> None:
    """Serve the chat for a browser: ask, read the quotes, see the cited page with the words marked."""
    assistant = open_assistant(corpus, index)
    if assistant.corpus.settings.admin_token is None:
        assistant.index  # noqa: B018 - a missing or damaged index is reported before the server starts
    from cpgassist.apps import server

    if as_json:
        print_json({"address": f"http://{host}:{port}/chat"})
        sys.stdout.flush()
    server.serve(assistant, host=host, port=port)


def mcp(corpus: CorpusOption = None, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Serve read-only tools to another program over MCP, on stdin and stdout; with --json, list them and end."""
    from cpgassist.apps import mcp as door

    if as_json:
        print_json(door.tool_list())
    else:
        assistant = open_assistant(corpus, index)
        if assistant.corpus.current_version() is None:
            assistant.index  # noqa: B018 - says that there is none; one that is there is opened when it is asked
        door.serve_stdio(assistant)
