"""One child process per PDF, with limits on time and memory: a hostile file can end only its own reader.

Measured on 357 hostile PDFs: pypdfium2 aborted its process twice and hung twice, pypdf hung once. The child names each
page before it reads it, so that a page that ends or stops its reader is left out by name and the others are read.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cpgassist import errors
from cpgassist.codec import dump_line, from_json
from cpgassist.errors import CpgassistError, DamagedPdfError, LimitError
from cpgassist.reading.unread import NO_MEMORY, NO_OCR, OcrLimits, OcrProgress
from cpgassist.types import Guideline

_MOST_FAULTY = 3
"""Pages that may end their reader before the file is left out: each costs reading the file from its beginning."""
_MARK = b"@page "
"""What a line of the child's stderr begins with when it names the page that it reads from now on; 0 is after the last."""
_OCR = b"@ocr "
"""The same for a page or picture that OCR reads: "@ocr 3 20" is the third of twenty."""


class Child(Protocol):
    """A reading process, as `subprocess.Popen` is one."""

    stdout: Any
    stderr: Any

    def kill(self) -> None:
        """End it at once."""

    def wait(self) -> int:
        """Its exit code; negative for a signal."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a child ended."""

    code: int
    out: bytes
    told: str
    """What it wrote to stderr besides the pages."""
    page: int
    """The page that it was reading; 0 when none."""
    late: str = ""
    """Which time was over when it was killed: "file", "page" or ""."""
    read_by_ocr: int = 0
    """Pages and pictures that OCR had begun to read."""


def read_in_sandbox(
    path: Path,
    seconds: int = 120,
    memory_mb: int = 2048,
    file_mb: int = 200,
    pages: int = 5000,
    text_mb: int = 20,
    page_seconds: int = 20,
    ocr: OcrLimits = NO_OCR,
    ocr_seconds: int = 90,
    progress: OcrProgress = lambda number, of: None,
    front: int | None = None,
) -> Guideline:
    """Read a PDF, or its first `front` pages, in a child process; `seconds` grow by `ocr_seconds` for each page or picture
    that OCR reads.

    A page that ends or stops its reader is left out and named in its `Page.fault`, the others are read. Raises a
    DocumentError: what `read_guideline` raises, LimitError when a limit is passed, DamagedPdfError when the reader
    itself crashes. Raises ModelError when OCR is demanded and not installed.
    """
    _check_size(path, file_mb)
    limits = {"seconds": seconds, "memory_mb": memory_mb, "page_seconds": page_seconds, "ocr_seconds": ocr_seconds}
    end = time.monotonic() + seconds
    faults: dict[int, str] = {}
    first: CpgassistError | None = None
    while True:
        told = {"path": str(path), "max_pages": pages, "text_mb": text_mb, "faults": faults, "front": front}
        told |= {"ocr": ocr.mode, "ocr_pages": ocr.most, "ocr_seconds": ocr_seconds}
        begun = start([json.dumps(told), str(seconds), str(memory_mb)])
        try:
            ended = _watched(begun, end, page_seconds, ocr_seconds, progress)
        except BaseException:  # `progress` may raise to stop the work: the reader must not go on without anyone
            begun.kill()
            begun.wait()
            raise
        if ended.code == 0:
            # The result is the last line: what a library prints may stand before it.
            return from_json(Guideline, json.loads(ended.out.rstrip().rsplit(b"\n", 1)[-1]))
        failure = _failure(path, ended, limits)
        first = first or failure
        # A failure of the file, told in words, is final; one that came over the reader on a page is that page's.
        if ended.late == "file" or not ended.page or len(faults) == _MOST_FAULTY or time.monotonic() > end:
            # When no page is left to read, what ended the first reader says more than that.
            raise first if isinstance(failure, DamagedPdfError) else failure
        faults[ended.page] = failure.message.removeprefix(f"{path.name} ").removesuffix(".")


def start(arguments: list[str]) -> Child:
    """A new reading process."""
    command = [sys.executable, "-m", "cpgassist.reading.sandbox", *arguments]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _check_size(path: Path, file_mb: int) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise DamagedPdfError(f"{path.name} cannot be read: {error.strerror}.", "Put the file back.") from error
    if size > file_mb * 1_000_000:
        raise LimitError(
            f"{path.name} has {size / 1e6:.0f} MB, more than the limit of {file_mb} MB.", "Raise limits.file_mb."
        )


def _watched(child: Child, end: float, page_seconds: float, ocr_seconds: int, progress: OcrProgress) -> _Ended:
    """Reads what the child writes until it ends, and ends it when the file or a page takes too long."""
    written: dict[Any, bytearray] = {child.stdout: bytearray(), child.stderr: bytearray()}
    page, since, seen, late, scanned = 0, time.monotonic(), 0, "", 0
    with selectors.DefaultSelector() as selector:
        for stream in written:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map() and not late:
            now = time.monotonic()
            late = "file" if now > end else "page" if page and now > since + page_seconds else ""
            for key, _ in selector.select(max(0.0, min(end - now, 0.5))):
                piece = os.read(key.fd, 1 << 20)
                if not piece:
                    selector.unregister(key.fileobj)
                written[key.fileobj] += piece
            marks = written[child.stderr].count(_MARK)
            if marks > seen:
                page, since, seen = _last_page(written[child.stderr]), time.monotonic(), marks
            for step in _scanned(written[child.stderr])[scanned:]:
                scanned, end = scanned + 1, end + ocr_seconds
                progress(*step)
    if late:
        child.kill()
    code = child.wait()
    child.stdout.close()
    child.stderr.close()
    lines = bytes(written[child.stderr]).decode("utf-8", "replace").splitlines()
    told = "\n".join(line for line in lines if not line.startswith((_MARK.decode(), _OCR.decode())))
    return _Ended(code, bytes(written[child.stdout]), told, _last_page(written[child.stderr]), late, scanned)


def _scanned(written: bytearray) -> list[tuple[int, int]]:
    """The pages and pictures that OCR has begun, each with how many there are."""
    if _OCR not in written:
        return []
    whole = bytes(written).rpartition(b"\n")[0].split(b"\n")
    steps = [line[len(_OCR) :].split() for line in whole if line.startswith(_OCR)]
    return [(int(number), int(of)) for number, of in steps]


def _last_page(written: bytearray) -> int:
    named = bytes(written).rpartition(_MARK)[2].partition(b"\n")[0]
    return int(named) if named.isdigit() else 0


def _failure(path: Path, ended: _Ended, limits: Mapping[str, int]) -> CpgassistError:
    if ended.late == "page":
        return LimitError(
            f"{path.name} took more than {limits['page_seconds']} s on page {ended.page}.",
            "Raise limits.page_seconds, or leave the file out.",
        )
    # The kernel ends a child by SIGXCPU when it used up its processor time before the watch saw it.
    if ended.late or ended.code == -signal.SIGXCPU:
        given = limits["seconds"] + ended.read_by_ocr * limits["ocr_seconds"]
        limit = "limits.ocr_seconds_per_page" if ended.read_by_ocr else "limits.seconds"
        return LimitError(f"{path.name} took more than {given} s to read.", f"Raise {limit}, or leave the file out.")
    last = ended.told.strip().rsplit("\n", 1)[-1]
    with contextlib.suppress(json.JSONDecodeError, KeyError, TypeError, AttributeError):
        told = json.loads(last)
        kind = getattr(errors, told["error"])
        failure: CpgassistError = kind(told["message"], told["next_step"])
        return failure
    # pdfium aborts without a word when memory ends.
    memory = any(sign in ended.told for sign in NO_MEMORY)
    if memory or ended.code in (-signal.SIGABRT, -signal.SIGTRAP):
        return LimitError(f"{path.name} needs more than {limits['memory_mb']} MB to read.", "Raise limits.memory_mb.")
    why = f"signal {-ended.code}" if ended.code < 0 else last[:200] or f"exit code {ended.code}"
    return DamagedPdfError(f"{path.name} crashed its reader ({why}).", "Leave the file out, or print it to a new PDF.")


def child(told: str, seconds: str, memory_mb: str) -> int:
    """What the child does: reads the file, writes the Guideline as JSON to stdout or a failure as JSON to stderr."""
    import gc
    import resource

    # Reading makes many objects and few cycles: to look for those less often saves a tenth of the time.
    gc.set_threshold(50_000)
    limit = int(memory_mb) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    given = json.loads(told)
    longest = int(seconds) + given["ocr_pages"] * given["ocr_seconds"] + 5
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), longest))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from cpgassist.reading.guideline import read_guideline

    def progress(number: int, of: int) -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + number * given["ocr_seconds"], longest))
        sys.stderr.write(f"{_OCR.decode()}{number} {of}\n")
        sys.stderr.flush()

    faults = {int(page): why for page, why in given["faults"].items()}
    try:
        guideline = read_guideline(
            Path(given["path"]),
            given["max_pages"],
            given["text_mb"],
            faults,
            _naming(sys.stderr),
            OcrLimits(given["ocr"], given["ocr_pages"]),
            progress,
            given["front"],
        )
    except CpgassistError as failure:
        said = {"error": type(failure).__name__, "message": failure.message, "next_step": failure.next_step}
        sys.stderr.write(f"\n{_MARK.decode()}0\n{json.dumps(said)}\n")
        sys.stderr.flush()
        return 4
    sys.stdout.buffer.write(b"\n" + dump_line(Guideline, guideline))
    sys.stdout.buffer.flush()
    return 0


def _naming(stream: Any) -> Callable[[int], None]:
    def name(page: int) -> None:
        # One write, so that a page is never named by half.
        stream.write(f"{_MARK.decode()}{page}\n")
        stream.flush()

    return name


if __name__ == "__main__":
    sys.exit(child(*sys.argv[1:]))
