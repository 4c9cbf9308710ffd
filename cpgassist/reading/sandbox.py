"""One child process per PDF, with limits on time and memory: a hostile file can end only its own reader.

Measured on 357 hostile PDFs: pypdfium2 aborted its process twice and hung twice, pypdf hung once.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from pathlib import Path

from cpgassist import errors
from cpgassist.codec import dump_line, from_json
from cpgassist.errors import DamagedPdfError, DocumentError, LimitError
from cpgassist.types import Guideline


def read_in_sandbox(
    path: Path, seconds: int = 120, memory_mb: int = 2048, file_mb: int = 200, pages: int = 5000
) -> Guideline:
    """Read a PDF in a child process.

    Raises a DocumentError: what `read_guideline` raises, LimitError when a limit is passed, DamagedPdfError when the
    reader itself crashes.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise DamagedPdfError(f"{path.name} cannot be read: {error.strerror}.", "Put the file back.") from error
    if size > file_mb * 1_000_000:
        raise LimitError(
            f"{path.name} has {size / 1e6:.0f} MB, more than the limit of {file_mb} MB.", "Raise limits.file_mb."
        )
    command = [sys.executable, "-m", "cpgassist.reading.sandbox", str(path), str(seconds), str(memory_mb), str(pages)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise LimitError(
            f"{path.name} took more than {seconds} s to read.", "Raise limits.seconds, or leave the file out."
        ) from error
    if done.returncode == 0:
        # The result is the last line: what a library prints may stand before it.
        return from_json(Guideline, json.loads(done.stdout.rstrip().rsplit(b"\n", 1)[-1]))
    raise _failure(path, done.returncode, done.stderr.decode("utf-8", "replace"), memory_mb)


def _failure(path: Path, code: int, stderr: str, memory_mb: int) -> DocumentError:
    last = stderr.strip().rsplit("\n", 1)[-1]
    with contextlib.suppress(json.JSONDecodeError, KeyError, TypeError, AttributeError):
        told = json.loads(last)
        kind = getattr(errors, told["error"])
        failure: DocumentError = kind(told["message"], told["next_step"])
        return failure
    # pdfium aborts without a word when memory ends.
    if "MemoryError" in stderr or "bad_alloc" in stderr or code == -signal.SIGABRT:
        return LimitError(f"{path.name} needs more than {memory_mb} MB to read.", "Raise limits.memory_mb.")
    why = f"signal {-code}" if code < 0 else last[:200] or f"exit code {code}"
    return DamagedPdfError(f"{path.name} crashed its reader ({why}).", "Leave the file out, or print it to a new PDF.")


def _main(path: str, seconds: str, memory_mb: str, pages: str) -> int:
    """The child: reads the file, writes the Guideline as JSON to stdout or a failure as JSON to stderr."""
    import resource

    limit = int(memory_mb) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from cpgassist.reading.guideline import read_guideline

    try:
        guideline = read_guideline(Path(path), int(pages))
    except DocumentError as failure:
        told = {"error": type(failure).__name__, "message": failure.message, "next_step": failure.next_step}
        sys.stderr.write("\n" + json.dumps(told))
        return 4
    sys.stdout.buffer.write(b"\n" + dump_line(Guideline, guideline))
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
