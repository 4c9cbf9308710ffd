"""The command line. Progress goes to stderr, results to stdout, and with --json nothing but JSON does.

Exit codes: 0 done or answered; 1 other; 2 usage; 3 silent or refused; 4 done but some file was left out; 5 no index;
6 model missing; 7 index locked; 8 index damaged.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cpgassist.errors import CpgassistError, InputError

if TYPE_CHECKING:
    from rich.console import Console

    from cpgassist.assistant import Assistant
    from cpgassist.corpus import Corpus
    from cpgassist.types import Where

app = typer.Typer(
    help="Ask clinical practice guidelines: quoted, cited answers from your own PDFs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

CorpusOption = Annotated[
    Path | None, typer.Option("--corpus", "-c", help="Folder of PDFs. (env: CPGASSIST_CORPUS; default: corpora/sample)")
]
IndexOption = Annotated[
    Path | None, typer.Option("--index", help="Folder of the index. (env: CPGASSIST_INDEX; default: CORPUS/.index)")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, alone, on stdout.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")]
GuidelineOption = Annotated[
    list[str] | None, typer.Option("--guideline", "-g", help="Only this guideline (id or file); repeatable.")
]
OlderOption = Annotated[bool, typer.Option("--older", help="Search editions too that a newer one here replaces.")]
YearOption = Annotated[int | None, typer.Option("--year-from", help="Only guidelines of this year or later.")]

SILENT, LEFT_OUT = 3, 4


def main() -> None:
    """Run the command line; every expected failure is one line with its next step."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show "≥", or a file name that is no UTF-8, must not end a command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    output = _output_file()
    try:
        app()
    except CpgassistError as error:
        _complain(error)
        sys.exit(error.exit_code)
    except SystemExit:
        # The reader of a pipe went away (`| head`): typer wraps the stream, rich replaces what is behind it, and both
        # end with 1, though nothing is wrong.
        if type(sys.stdout).__name__.endswith("PacifyFlushWrapper") or _output_file() != output:
            sys.exit(0)
        raise


def _output_file() -> tuple[int, int] | None:
    try:
        behind = os.fstat(1)
    except OSError:
        return None
    return behind.st_dev, behind.st_ino


@app.command()
def reindex(
    corpus: CorpusOption = None,
    index: IndexOption = None,
    full: Annotated[bool, typer.Option("--full", help="Read and embed everything again.")] = False,
    allow_shrink: Annotated[bool, typer.Option("--allow-shrink", help="Accept over 20 % fewer passages.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Bring the index up to date with the folder; the old one serves until the new one is accepted."""
    opened = _corpus(corpus, index)
    with _bars(quiet or as_json) as progress:
        report = opened.reindex(progress, full=full, allow_shrink=allow_shrink)
    if as_json:
        _print_json(report.to_dict())
    else:
        from cpgassist.apps.tables import report_table

        _stdout().print(report_table(report))
    if report.left_out:
        raise typer.Exit(LEFT_OUT)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="A clinical question.")],
    corpus: CorpusOption = None,
    index: IndexOption = None,
    guideline: GuidelineOption = None,
    year_from: YearOption = None,
    older: OlderOption = False,
    as_json: JsonOption = False,
) -> None:
    """Answer a question with quotes from the guidelines, each found again on its page."""
    answer = _assistant(corpus, index).ask(question, _where(guideline, year_from, older=older))
    if as_json:
        _print_json(answer.to_dict())
    else:
        from cpgassist.apps.tables import answer_text

        _stdout().print(answer_text(answer))
    if answer.status in ("silent", "refused"):
        raise typer.Exit(SILENT)


@app.command()
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
    found = _assistant(corpus, index).search(question, k, _where(guideline, year_from, kind, older))
    if as_json:
        _print_json(found.to_dict())
    else:
        from cpgassist.apps.tables import hits_table

        _stdout().print(hits_table(found))
    if not found.hits:
        raise typer.Exit(SILENT)


@app.command()
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

    assistant = _assistant(corpus, index)
    assistant.index  # noqa: B018 - without an index every line would fail

    def one(question: str) -> dict[str, Any]:
        return (assistant.search(question, k) if search_only else assistant.ask(question)).to_dict()

    with _bars(quiet or as_json) as progress:
        counts = run_batch(questions, out, one, progress)
    if as_json:
        _print_json(counts)
    else:
        _stdout().print(f"{counts['done']} done, {counts['resumed']} kept, {counts['failed']} failed: {out}")


@app.command(name="eval")
def evaluate_command(
    questions: Annotated[Path | None, typer.Argument(help="Question file (docs/evaluation.md).")] = None,
    corpus: CorpusOption = None,
    index: IndexOption = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write a self-contained HTML page here.")] = None,
    baseline: Annotated[Path | None, typer.Option("--baseline", help="A saved --json run to compare with.")] = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", help="Slice every figure by this field of the questions; repeatable.")
    ] = None,
    structure: Annotated[
        Path | None, typer.Option("--structure", help="Score what was read instead: a dump of passages, or a corpus.")
    ] = None,
    truth: Annotated[Path | None, typer.Option("--truth", help="Folder of truth files (docs/quality.md).")] = None,
    misses: Annotated[bool, typer.Option("--misses", help="With --structure: list every miss.")] = False,
    present_only: Annotated[
        bool, typer.Option("--present-only", help="With --structure: leave out files that are not there.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Measure retrieval and answers on a question file, or with --structure what was read of the pages."""
    if structure is not None or truth is not None:
        _evaluate_structure(structure, truth, index, misses, present_only, as_json)
        return
    if questions is None:
        raise InputError("No question file is named.", "Name one, or --structure and --truth.")
    from datetime import date

    from cpgassist.evaluation import check_groupable, compare, evaluate, read_evaluation, read_questions, write_report

    asked, fields = read_questions(questions), tuple(dict.fromkeys(by or ()))
    check_groupable(asked, fields)
    before = read_evaluation(baseline) if baseline else None
    assistant = _assistant(corpus, index)
    assistant.index  # noqa: B018 - without an index every question would fail
    with _bars(quiet or as_json) as progress:
        evaluation = evaluate(
            assistant,
            asked,
            progress=lambda done, total: progress("ask", "", done, total),
            date=date.today().isoformat(),
        )
    changes = compare(evaluation, before) if before else ()
    if report:
        write_report(evaluation, report, changes, fields)
    if as_json:
        _print_json({**evaluation.to_dict(by=fields), "changes": [change.to_dict() for change in changes]})
    else:
        _stdout().print(evaluation.table(by=fields, changes=changes))


def _evaluate_structure(
    of: Path | None, truth: Path | None, index: Path | None, misses: bool, present_only: bool, as_json: bool
) -> None:
    from cpgassist.evaluation.structure import read_dump, read_rows, read_truth, score_structure

    if of is None or truth is None:
        raise InputError("--structure and --truth go together.", "Name a dump or corpus, and a folder of truth files.")
    told = read_truth(truth)
    extracted = read_rows(_corpus(of, index).passages()) if of.is_dir() else read_dump(of)
    score = score_structure(extracted, told, present_only)
    if as_json:
        _print_json(score.to_dict())
    else:
        _stdout().print(score.table(misses))


@app.command()
def passages(
    corpus: CorpusOption = None,
    index: IndexOption = None,
    file: Annotated[str | None, typer.Option("--file", help="Only this file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List every passage, those kept out of search included; --json prints one object a line."""
    for row in _corpus(corpus, index).passages():
        if file and row["file"] != file:
            continue
        if as_json:
            sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        else:
            label = f" (printed {row['page_label']})" if row["page_label"] else ""
            grade = f" [{row['grade']}]" if row["grade"] else ""
            text = " ".join(row["text"].split())
            sys.stdout.write(f"{row['file']} p{row['page']}{label} {row['kind']}{grade}: {text[:160]}\n")


@app.command()
def status(corpus: CorpusOption = None, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Show the index in service, its guidelines, and files that changed since."""
    found = _corpus(corpus, index).status()
    if as_json:
        _print_json(found)
    else:
        from cpgassist.apps.tables import status_table

        _stdout().print(status_table(found))


@app.command()
def show(
    file: Annotated[str, typer.Argument(help="A PDF of the corpus.")],
    page: Annotated[int, typer.Argument(min=1, help="PDF page, counted from 1.")],
    corpus: CorpusOption = None,
    index: IndexOption = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="PNG to write. (default: FILE-pPAGE.png)")] = None,
    as_json: JsonOption = False,
) -> None:
    """Draw what was read on a page: passages by kind, with grades, cells, sections, lines read by OCR, hidden text."""
    from cpgassist.apps.drawing import draw_page

    opened = _corpus(corpus, index)
    held = opened.page_passages(file, page)
    picture = draw_page(opened.page_image(file, page, 130), opened.page_size(file, page), held, page)
    target = out or Path(f"{Path(file).stem}-p{page}.png")
    try:
        picture.save(target)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{target} cannot be written: {error}.", "Name a .png file in a folder that exists."
        ) from error
    if as_json:
        _print_json({"picture": str(target), "passages": [passage.to_dict(file) for passage in held]})
    else:
        _stdout().print(f"{target}: {len(held)} passages", highlight=False)


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="Folder of PDFs, as --corpus.")] = None,
    corpus: CorpusOption = None,
    index: IndexOption = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a self-contained page with a map of pages.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="List every page to look at, not the worst 40.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what to look at before you trust the index: figures by guideline, and pages, worst first."""
    if folder is not None and corpus is not None:
        raise InputError("The folder is named twice.", "Name it once: cpgassist check FOLDER.")
    quality = _corpus(folder or corpus, index).quality()
    if html is not None:
        from cpgassist.apps.pagemap import write_pagemap

        write_pagemap(quality, html)
    if as_json:
        _print_json(quality.to_dict())
    else:
        from cpgassist.apps.tables import quality_tables

        _stdout().print(quality_tables(quality, 1_000_000 if everything else 40))
    if quality.left_out:
        raise typer.Exit(LEFT_OUT)


@app.command()
def verify(corpus: CorpusOption = None, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Check every byte of the index in service, and that both searches find what they hold."""
    problems = _corpus(corpus, index).verify()
    if as_json:
        _print_json({"sound": not problems, "problems": problems})
    else:
        _stdout().print("\n".join(problems) or "The index is sound.", highlight=False)
    if problems:
        raise typer.Exit(8)


@app.command()
def rollback(corpus: CorpusOption = None, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Put the index version before back into service."""
    version = _corpus(corpus, index).rollback()
    if as_json:
        _print_json({"index": version})
    else:
        _stdout().print(f"Version {version} is in service.", highlight=False)


@app.command()
def doctor(corpus: CorpusOption = None, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Check the corpus, its index and the embedder, and say what to do about each fault."""
    checks = _corpus(corpus, index).check()
    if as_json:
        _print_json([{"what": c.what, "state": c.state, "found": c.found, "cure": c.cure} for c in checks])
    else:
        from cpgassist.apps.tables import checks_table

        _stdout().print(checks_table(checks))
    if any(check.state == "fail" for check in checks):
        raise typer.Exit(1)


@app.command()
def chat(
    corpus: CorpusOption = None,
    index: IndexOption = None,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; others than loopback are your choice.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen on.")] = 7860,
    as_json: JsonOption = False,
) -> None:
    """Open the chat in a browser: ask, read the quotes, see the cited page with the words marked."""
    assistant = _assistant(corpus, index)
    assistant.index  # noqa: B018 - a missing or damaged index is reported before the server starts
    from cpgassist.apps.chat import serve

    if as_json:
        _print_json({"address": f"http://{host}:{port}/chat"})
        sys.stdout.flush()
    serve(assistant, host=host, port=port)


def _corpus(folder: Path | None, index: Path | None) -> Corpus:
    from cpgassist.corpus import Corpus

    return Corpus(folder, index=index)


def _assistant(folder: Path | None, index: Path | None) -> Assistant:
    from cpgassist.assistant import Assistant

    return Assistant(_corpus(folder, index))


def _where(
    guidelines: list[str] | None, year_from: int | None, kinds: list[str] | None = None, older: bool = False
) -> Where | None:
    from cpgassist.types import SEARCHED_KINDS, Where

    for kind in kinds or ():
        if kind not in SEARCHED_KINDS:
            raise InputError(f"There is no kind {kind!r}.", f"Kinds are {', '.join(SEARCHED_KINDS)}.")
    if not (guidelines or year_from or kinds or older):
        return None
    return Where(tuple(guidelines or ()), year_from, None, tuple(kinds or ()), superseded=older)


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=None, default=str) + "\n")


def _complain(error: CpgassistError) -> None:
    sys.stderr.write(f"{error.message}\n")
    if error.next_step:
        sys.stderr.write(f"-> {error.next_step}\n")


def _stdout() -> Console:
    from rich.console import Console

    return Console(highlight=False)


_STAGES = {
    "read": "Reading",
    "ocr": "OCR",
    "split": "Splitting",
    "embed": "Embedding",
    "store": "Storing",
    "check": "Checking",
    "ask": "Asking",
}


@contextmanager
def _bars(quiet: bool) -> Iterator[Callable[[str, str, int, int], None]]:
    """Bars on stderr, one per stage, with the file and the time left."""
    if quiet:
        yield lambda stage, file, done, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description:10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[file]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def progress(stage: str, file: str, done: int, total: int) -> None:
            # Scans of several files are read side by side; each has its bar.
            key = f"{stage} {file}" if stage == "ocr" else stage
            said = f"{file}: OCR page {done} of {total}" if stage == "ocr" else file
            if key not in tasks:
                tasks[key] = bars.add_task(_STAGES.get(stage, stage), total=total, file=said)
            bars.update(tasks[key], completed=done, total=total, file=said)

        yield progress


if __name__ == "__main__":
    main()
