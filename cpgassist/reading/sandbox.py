"""One child process per PDF, with limits on time and memory: a hostile file can end only its own reader.

Measured on 357 hostile PDFs: pypdfium2 aborted its process twice and hung twice, pypdf hung once.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO

from cpgassist import errors
from cpgassist.codec import dump_line, from_json
from cpgassist.errors import CpgassistError, DamagedPdfError, LimitError
from cpgassist.reading.unread import NO_OCR, OcrLimits, OcrProgress
from cpgassist.types import Guideline


def read_in_sandbox(
    path: Path,
    seconds: int = 120,
    memory_mb: int = 2048,
    file_mb: int = 200,
    pages: int = 5000,
    ocr: OcrLimits = NO_OCR,
    ocr_seconds: int = 90,
    progress: OcrProgress = lambda number, of: None,
) -> Guideline:
    """Read a PDF in a child process; `seconds` grow by `ocr_seconds` for each page or picture that OCR reads.

    Raises a DocumentError: what `read_guideline` raises, LimitError when a limit is passed, DamagedPdfError when the
    reader itself crashes. Raises ModelError when OCR is demanded and not installed.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise DamagedPdfError(f"{path.name} cannot be read: {error.strerror}.", "Put the file back.") from error
    if size > file_mb * 1_000_000:
        raise LimitError(
            f"{path.name} has {size / 1e6:.0f} MB, more than the limit of {file_mb} MB.", "Raise limits.file_mb."
        )
    told = [str(path), *map(str, (seconds, memory_mb, pages, ocr.mode, ocr.most, ocr_seconds))]
    with subprocess.Popen(
        [sys.executable, "-m", "cpgassist.reading.sandbox", *told], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        stdout, stderr = _followed(child, path, seconds, ocr_seconds, progress)
    if child.returncode == 0:
        # The result is the last line: what a library prints may stand before it.
        return from_json(Guideline, json.loads(stdout.rstrip().rsplit(b"\n", 1)[-1]))
    raise _failure(path, child.returncode, stderr.decode("utf-8", "replace"), memory_mb)


def _followed(
    child: subprocess.Popen[bytes], path: Path, seconds: int, ocr_seconds: int, progress: OcrProgress
) -> tuple[bytes, bytes]:
    """What the child wrote until it ended, its progress passed on. Raises LimitError when its time is over."""
    told: Queue[tuple[int, int] | None] = Queue()
    stdout, stderr = bytearray(), bytearray()
    listeners = [
        Thread(target=_gather, args=(child.stdout, stdout, None), daemon=True),
        Thread(target=_gather, args=(child.stderr, stderr, told), daemon=True),
    ]
    for listener in listeners:
        listener.start()
    end, pages = time.monotonic() + seconds, 0
    try:
        while (step := told.get(timeout=max(0.0, end - time.monotonic()))) is not None:
            end, pages = end + ocr_seconds, step[0]
            progress(*step)
        child.wait(max(0.0, end - time.monotonic()))
    except (Empty, subprocess.TimeoutExpired) as error:
        limit = "limits.ocr_seconds_per_page" if pages else "limits.seconds"
        raise LimitError(
            f"{path.name} took more than {seconds + pages * ocr_seconds} s to read.",
            f"Raise {limit}, or leave the file out.",
        ) from error
    finally:
        child.kill()
        for listener in listeners:
            listener.join()
    return bytes(stdout), bytes(stderr)


_PROGRESS = b"cpgassist ocr "
"""Opens a line of the child's stderr that tells which page OCR reads."""


def _gather(stream: IO[bytes], into: bytearray, told: Queue[tuple[int, int] | None] | None) -> None:
    """Keep what a stream says; progress goes to `told`, and None when the stream ends."""
    for line in stream:
        if told is not None and line.startswith(_PROGRESS):
            number, of = line[len(_PROGRESS) :].split()
            told.put((int(number), int(of)))
        else:
            into += line
    if told is not None:
        told.put(None)


def _failure(path: Path, code: int, stderr: str, memory_mb: int) -> CpgassistError:
    last = stderr.strip().rsplit("\n", 1)[-1]
    with contextlib.suppress(json.JSONDecodeError, KeyError, TypeError, AttributeError):
        told = json.loads(last)
        kind = getattr(errors, told["error"])
        failure: CpgassistError = kind(told["message"], told["next_step"])
        return failure
    # pdfium aborts without a word when memory ends.
    if any(sign in stderr for sign in _NO_MEMORY) or code == -signal.SIGABRT:
        return LimitError(f"{path.name} needs more than {memory_mb} MB to read.", "Raise limits.memory_mb.")
    why = f"signal {-code}" if code < 0 else last[:200] or f"exit code {code}"
    return DamagedPdfError(f"{path.name} crashed its reader ({why}).", "Leave the file out, or print it to a new PDF.")


_NO_MEMORY = ("MemoryError", "bad_alloc", "allocate memory", "failed to map segment", "Insufficient memory")


def _main(path: str, seconds: str, memory_mb: str, pages: str, mode: str, most: str, ocr_seconds: str) -> int:
    """The child: reads the file, writes the Guideline as JSON to stdout or a failure as JSON to stderr."""
    import resource

    limit = int(memory_mb) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    longest = int(seconds) + int(most) * int(ocr_seconds) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), longest))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from cpgassist.reading.guideline import read_guideline

    def progress(number: int, of: int) -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (min(longest, int(seconds) + number * int(ocr_seconds)), longest))
        sys.stderr.write(f"{_PROGRESS.decode()}{number} {of}\n")
        sys.stderr.flush()

    try:
        guideline = read_guideline(Path(path), int(pages), OcrLimits(mode, int(most)), progress)
    except CpgassistError as failure:
        told = {"error": type(failure).__name__, "message": failure.message, "next_step": failure.next_step}
        sys.stderr.write("\n" + json.dumps(told))
        return 4
    sys.stdout.buffer.write(b"\n" + dump_line(Guideline, guideline))
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
