"""Commands of those who keep a corpus: reindex it, look at what was read, verify and undo."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cpgassist.apps.cli.options import LEFT_OUT, CorpusOption, IndexOption, JsonOption, QuietOption, open_corpus
from cpgassist.apps.cli.output import bars, print_json, stdout
from cpgassist.errors import InputError

if TYPE_CHECKING:
    from cpgassist.types import Changes


def reindex(
    corpus: CorpusOption = None,
    index: IndexOption = None,
    full: Annotated[bool, typer.Option("--full", help="Read and embed everything again.")] = False,
    allow_shrink: Annotated[bool, typer.Option("--allow-shrink", help="Accept over 20 % fewer passages.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Bring the index up to date with the folder; the old one serves until the new one is accepted."""
    opened = open_corpus(corpus, index)
    if dry_run:
        _tell_changes(opened.changes(full), as_json)
        return
    with bars(quiet or as_json) as progress:
        report = opened.reindex(progress, full=full, allow_shrink=allow_shrink)
    if as_json:
        print_json(report.to_dict())
    else:
        from cpgassist.apps.tables import report_table

        stdout().print(report_table(report))
    if report.left_out:
        raise typer.Exit(LEFT_OUT)


def _tell_changes(changes: Changes, as_json: bool) -> None:
    if as_json:
        print_json(changes.to_dict())
    else:
        from cpgassist.apps.tables import changes_text

        stdout().print(changes_text(changes))


def status(corpus: CorpusOption = None, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Show the index in service, its guidelines, and files that changed since."""
    found = open_corpus(corpus, index).status()
    if as_json:
        print_json(found)
    else:
        from cpgassist.apps.tables import status_table

        stdout().print(status_table(found))


def passages(
    corpus: CorpusOption = None,
    index: IndexOption = None,
    file: Annotated[str | None, typer.Option("--file", help="Only this file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List every passage, those kept out of search included; --json prints one object a line."""
    for row in open_corpus(corpus, index).passages():
        if file and row["file"] != file:
            continue
        if as_json:
            sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        else:
            label = f" (printed {row['page_label']})" if row["page_label"] else ""
            grade = f" [{row['grade']}]" if row["grade"] else ""
            text = " ".join(row["text"].split())
            sys.stdout.write(f"{row['file']} p{row['page']}{label} {row['kind']}{grade}: {text[:160]}\n")


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

    opened = open_corpus(corpus, index)
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
        print_json({"picture": str(target), "passages": [passage.to_dict(file) for passage in held]})
    else:
        stdout().print(f"{target}: {len(held)} passages", highlight=False)


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
    quality = open_corpus(folder or corpus, index).quality()
    if html is not None:
        from cpgassist.apps.pagemap import write_pagemap

        write_pagemap(quality, html)
    if as_json:
        print_json(quality.to_dict())
    else:
        from cpgassist.apps.tables import quality_tables

        stdout().print(quality_tables(quality, 1_000_000 if everything else 40))
    if quality.left_out:
        raise typer.Exit(LEFT_OUT)


def verify(corpus: CorpusOption = None, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Check every byte of the index in service, and that both searches find what they hold."""
    problems = open_corpus(corpus, index).verify()
    if as_json:
        print_json({"sound": not problems, "problems": problems})
    else:
        stdout().print("\n".join(problems) or "The index is sound.", highlight=False)
    if problems:
        raise typer.Exit(8)


def rollback(corpus: CorpusOption = None, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Put the index version before back into service."""
    version = open_corpus(corpus, index).rollback()
    if as_json:
        print_json({"index": version})
    else:
        stdout().print(f"Version {version} is in service.", highlight=False)
