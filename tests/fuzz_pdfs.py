"""Reads mutated PDFs through the sandbox and counts how each ended: `python tests/fuzz_pdfs.py 10000 [--first SEED]`.

Seeds are drawn by our own fixtures, the sample guidelines, and three pages of each PDF in ../shared/guidelines where that
folder exists. A mutant must end in a Guideline or a DocumentError that names it, within its time; the host must live.
Every mutant is told by its number alone, so that `--first N 1` makes the one that failed again; `--keep FOLDER` writes
the mutants that failed there. One line of JSON on stdout; exit code 1 when any mutant failed.

This process imports the reader once and forks for every mutant: each child is as fresh and as limited as the one that
`read_in_sandbox` starts, without half a second of imports.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import random
import re
import sys
import tempfile
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import pypdf  # noqa: E402

from cpgassist.errors import DocumentError  # noqa: E402
from cpgassist.reading import guideline, read_in_sandbox, sandbox  # noqa: E402, F401
from cpgassist.types import Guideline  # noqa: E402
from tests.reading import hostile, pdfs, table_pdfs  # noqa: E402

logging.getLogger("pypdf").setLevel(logging.ERROR)
LIMITS = {"seconds": 30, "memory_mb": 1024, "page_seconds": 10}
SHEETS = (
    pdfs.plain_text, pdfs.two_columns, pdfs.box_emitted_last, pdfs.superscripts, pdfs.rotated, table_pdfs.ruled_grid,
    table_pdfs.row_span, table_pdfs.graded_table, table_pdfs.header_left_out, pdfs.contents, pdfs.references, pdfs.hyphens,
    pdfs.cover, pdfs.quotes, pdfs.textless, pdfs.cropped,
)  # fmt: skip
_OBJECT = re.compile(rb"\d+ \d+ obj\b.*?\bendobj", re.S)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)
_NUMBER = re.compile(rb"(?<=[ /\[\n])\d{1,9}(?=[ /\]>\n])")


class Forked:
    """A reading child of this process, as `sandbox.start` gives one."""

    def __init__(self, arguments: list[str]) -> None:
        (out, child_out), (err, child_err) = os.pipe(), os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                os.dup2(child_out, 1)
                os.dup2(child_err, 2)
                code = sandbox.child(*arguments)
            except BaseException:
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(code)
        os.close(child_out)
        os.close(child_err)
        self.stdout, self.stderr = os.fdopen(out, "rb"), os.fdopen(err, "rb")

    def kill(self) -> None:
        os.kill(self.pid, 9)

    def wait(self) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


# ---- seeds


def seeds(folder: Path, shared: bool) -> list[bytes]:
    """Whole PDFs to mutate, always in the same order."""
    found = [pdfs.drawn(folder, draw).read_bytes() for draw in SHEETS]
    found += [_uncompressed(content) for content in found[:8]]
    found += [make() for make in (hostile.form_in_itself, hostile.picture_of_10_gigapixels)]
    for path in sorted((ROOT / "corpora" / "sample").glob("*.pdf")):
        found += _excerpts(path, 2)
    if shared:
        for path in sorted((ROOT.parent / "shared" / "guidelines").glob("*.pdf")):
            found += _excerpts(path, 1)
    return [content for content in found if len(content) < 400_000]


def _uncompressed(content: bytes) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
    for page in writer.pages:
        page.get_contents() and page.replace_contents(page.get_contents())
    return _written(writer)


def _excerpts(path: Path, count: int) -> Iterator[bytes]:
    """Two pages each, from the beginning and from the middle."""
    reader = pypdf.PdfReader(path)
    for at in range(0, len(reader.pages) - 1, max(1, len(reader.pages) // count))[:count]:
        writer = pypdf.PdfWriter()
        for page in reader.pages[at : at + 2]:
            writer.add_page(page)
        yield _written(writer)


def _written(writer: pypdf.PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


# ---- mutations


def mutant(contents: list[bytes], number: int) -> bytes:
    """The mutant of this number: one to four changes to one of the contents."""
    rng = random.Random(number)
    data = bytearray(rng.choice(contents))
    for _ in range(rng.choice((1, 1, 2, 4))):
        changed = rng.choice(MUTATIONS)(rng, data, contents)
        data = changed if len(changed) > 16 else data
    return bytes(data)


def flip_bits(rng: random.Random, data: bytearray, _: list[bytes]) -> bytearray:
    for _ in range(rng.choice((1, 8, 64, 512))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return data


def overwrite(rng: random.Random, data: bytearray, _: list[bytes]) -> bytearray:
    at, size = rng.randrange(len(data)), rng.choice((4, 32, 256))
    data[at : at + size] = rng.randbytes(size)
    return data


def cut_out(rng: random.Random, data: bytearray, _: list[bytes]) -> bytearray:
    at = rng.randrange(len(data))
    del data[at : at + rng.choice((1, 16, 256, 4096))]
    return data


def cut_end(rng: random.Random, data: bytearray, _: list[bytes]) -> bytearray:
    return data[: rng.randrange(len(data) // 3, len(data))]


def cut_beginning(rng: random.Random, data: bytearray, _: list[bytes]) -> bytearray:
    return bytearray(b"%PDF-1.4\n") + data[rng.randrange(len(data) // 4) :]


def splice(rng: random.Random, data: bytearray, contents: list[bytes]) -> bytearray:
    other = rng.choice(contents)
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


def repeat(rng: random.Random, data: bytearray, _: list[bytes]) -> bytearray:
    at, size = rng.randrange(len(data)), rng.choice((16, 512, 8192))
    data[at:at] = data[at : at + size] * rng.choice((1, 2, 30))
    return data


def change_objects(rng: random.Random, data: bytearray, contents: list[bytes]) -> bytearray:
    """An object dropped, doubled, or put in the place of another, also one of another file."""
    found = list(_OBJECT.finditer(data))
    if not found:
        return data
    one, other = rng.choice(found), rng.choice(found)
    foreign = _OBJECT.findall(rng.choice(contents))
    head = bytes(one[0]).partition(b"obj")[0] + b"obj"
    choices = [b"", bytes(one[0]) * 2, head + bytes(other[0]).partition(b"obj")[2]]
    if foreign:
        choices.append(head + rng.choice(foreign).partition(b"obj")[2])
    return data[: one.start()] + rng.choice(choices) + data[one.end() :]


def change_numbers(rng: random.Random, data: bytearray, _: list[bytes]) -> bytearray:
    """Lengths, references and sizes swapped with each other or made extreme."""
    found = list(_NUMBER.finditer(data))
    for one in rng.sample(found, min(len(found), rng.choice((1, 3, 12)))):
        extreme = (b"0", b"-1", b"1", b"65536", b"2147483647", b"4294967296", b"99999999999", b"1e38", b"null")
        new = rng.choice((*extreme, bytes(rng.choice(found)[0])))
        # Of the same length, so that places found before still hold; the rest of the number stays behind it.
        data[one.start() : one.end()] = new[: len(one[0])].ljust(len(one[0]))
    return data


def change_stream(rng: random.Random, data: bytearray, contents: list[bytes]) -> bytearray:
    """A stream unpacked, changed and packed again: damage that no checksum sees."""
    found = list(_STREAM.finditer(data))
    if not found:
        return data
    one = rng.choice(found)
    try:
        content = bytearray(zlib.decompress(one[1]))
    except zlib.error:
        content = bytearray(one[1])
    if not content:
        return data
    plain = rng.choice((flip_bits, overwrite, cut_out, repeat, splice_operators))
    changed = zlib.compress(bytes(plain(rng, content, contents)))
    return data[: one.start(1)] + changed + data[one.end(1) :]


def splice_operators(rng: random.Random, data: bytearray, _: list[bytes]) -> bytearray:
    """Operators of page content where they do not belong."""
    words = (
        b" q", b" Q", b" BT", b" ET", b" 0 0 0 0 0 0 cm", b" 1e30 0 0 1e30 0 0 cm", b" 0 Tf", b" /F1 -99 Tf",
        b" 3 Tr", b" 1e9 TL T*", b" BI /W 9 /H 9 ID x EI", b" /X Do", b" <FEFF> Tj", b" [[[[", b" W n", b" 0 0 1e9 1e9 re S",
    )  # fmt: skip
    at = rng.randrange(len(data))
    data[at:at] = b"".join(rng.choices(words, k=rng.choice((1, 20, 2000))))
    return data


MUTATIONS = (
    flip_bits, overwrite, cut_out, cut_end, cut_beginning, splice, repeat,
    change_objects, change_objects, change_numbers, change_numbers, change_stream, change_stream,
)  # fmt: skip


# ---- outcomes


def outcome(path: Path) -> str:
    """How reading the file ended; a text with a colon is a failure of ours."""
    started = time.monotonic()
    try:
        read = read_in_sandbox(path, **LIMITS)
    except DocumentError as error:
        if not (error.message.startswith(path.name) and error.next_step and len(error.message) < 900):
            return f"a message that says too little: {error}"
        kind = type(error).__name__
        if "crashed its reader" in error.message:
            kind = "crashed" if "signal" in error.message else f"our own fault: {error.message}"
    except Exception as error:
        return f"another error: {error!r}"
    else:
        if not isinstance(read, Guideline) or [p.number for p in read.pages] != list(range(1, read.info.pages + 1)):
            return "a guideline that does not add up: its pages"
        faults = sum(bool(page.fault) for page in read.pages)
        text = any(page.characters for page in read.pages)
        kind = "Guideline, pages left out" if faults else "Guideline" if text else "Guideline without text"
    spent = time.monotonic() - started
    return kind if spent < LIMITS["seconds"] + 5 else f"too long: {spent:.0f} s"


def fuzz(numbers: range, keep: Path | None = None, shared: bool = True) -> dict[str, object]:
    """Reads the mutants of these numbers; counts by outcome, and the failures by number."""
    sandbox.start = Forked
    started, counts, failures, slowest = time.monotonic(), Counter(), {}, (0.0, 0)
    with tempfile.TemporaryDirectory() as name:
        contents = seeds(Path(name), shared)
        for number in numbers:
            path = Path(name) / f"mutant-{number}.pdf"
            path.write_bytes(mutant(contents, number))
            began = time.monotonic()
            ended = outcome(path)
            slowest = max(slowest, (round(time.monotonic() - began, 1), number))
            counts["failed" if ":" in ended else ended] += 1
            if ":" in ended:
                failures[number] = ended
                print(f"{number}: {ended}", file=sys.stderr, flush=True)
                if keep:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / path.name).write_bytes(path.read_bytes())
            path.unlink()
    spent = round(time.monotonic() - started, 1)
    return {"mutants": len(numbers), "seconds": spent, "slowest": slowest, "outcomes": counts, "failures": failures}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", type=int, nargs="?", default=200)
    parser.add_argument("--first", type=int, default=0, help="number of the first mutant")
    parser.add_argument("--keep", type=Path, help="folder for the mutants that failed")
    parser.add_argument("--own", action="store_true", help="only seeds of this repository")
    given = parser.parse_args()
    found = fuzz(range(given.first, given.first + given.count), given.keep, not given.own)
    print(json.dumps(found))
    return 1 if found["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
