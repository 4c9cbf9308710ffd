"""The command line. Progress goes to stderr, results to stdout, and with --json nothing but JSON does.

Exit codes: 0 done or answered; 1 other; 2 usage; 3 silent or refused; 4 done but some file was left out; 5 no index;
6 model missing; 7 index locked; 8 index damaged.
"""

from __future__ import annotations

import io
import os
import sys

import typer

from cpgassist.apps.cli import asking, fetching, keeping, machine, measuring
from cpgassist.apps.cli.output import complain
from cpgassist.errors import CpgassistError

app = typer.Typer(
    help="Ask clinical practice guidelines: quoted, cited answers from your own PDFs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for command in (
    keeping.reindex,
    asking.ask,
    asking.describe,
    asking.figures,
    asking.search,
    asking.batch,
    measuring.evaluate,
    keeping.passages,
    keeping.status,
    keeping.show,
    keeping.check,
    keeping.verify,
    keeping.rollback,
    machine.doctor,
    machine.models,
    asking.serve,
    asking.mcp,
):
    app.command(name="eval" if command is measuring.evaluate else None)(command)
app.add_typer(fetching.app, name="catalogue")


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
        complain(error)
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
