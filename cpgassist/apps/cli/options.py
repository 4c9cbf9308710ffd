"""What several commands take, and what they open with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cpgassist.errors import InputError

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant
    from cpgassist.corpus import Corpus
    from cpgassist.types import Where

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
PhotoOption = Annotated[
    list[Path] | None, typer.Option("--photo", "-p", help="A photo for the model to describe first; repeatable.")
]
SaveOption = Annotated[
    Path | None,
    typer.Option("--save", help="Save the answer with pictures of the cited pages: a new .html, .pdf or .docx file."),
]
PairsOption = Annotated[bool, typer.Option("--before-after", help="The photos are pairs: before, after.")]

SILENT, LEFT_OUT = 3, 4
"""Exit codes that are no failures."""


def open_corpus(folder: Path | None, index: Path | None) -> Corpus:
    """The corpus in a folder, or the configured one."""
    from cpgassist.corpus import Corpus

    return Corpus(folder, index=index)


def open_assistant(folder: Path | None, index: Path | None) -> Assistant:
    """An assistant on it."""
    from cpgassist.assistant import Assistant

    return Assistant(open_corpus(folder, index))


def where(
    guidelines: list[str] | None, year_from: int | None, kinds: list[str] | None = None, older: bool = False
) -> Where | None:
    """The filter that the options describe; None where they ask for none."""
    from cpgassist.types import SEARCHED_KINDS, Where

    for kind in kinds or ():
        if kind not in SEARCHED_KINDS:
            raise InputError(f"There is no kind {kind!r}.", f"Kinds are {', '.join(SEARCHED_KINDS)}.")
    if not (guidelines or year_from or kinds or older):
        return None
    return Where(tuple(guidelines or ()), year_from, None, tuple(kinds or ()), superseded=older)
