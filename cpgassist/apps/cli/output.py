"""What a command prints: JSON alone, tables, bars of progress on stderr, and failures with their next step."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cpgassist.errors import CpgassistError

if TYPE_CHECKING:
    from rich.console import Console


def print_json(value: Any) -> None:
    """The value as one line of JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=None, default=str) + "\n")


def complain(error: CpgassistError) -> None:
    """A failure as one line, and its next step as another."""
    sys.stderr.write(f"{error.message}\n")
    if error.next_step:
        sys.stderr.write(f"-> {error.next_step}\n")


def stdout() -> Console:
    """Where tables and texts go."""
    from rich.console import Console

    return Console(highlight=False)


@contextmanager
def bars(quiet: bool) -> Iterator[Callable[[str, str, int, int], None]]:
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

    from cpgassist.apps.wording import STAGES

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
                tasks[key] = bars.add_task(STAGES.get(stage, stage), total=total, file=said)
            bars.update(tasks[key], completed=done, total=total, file=said)

        yield progress
