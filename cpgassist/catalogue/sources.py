"""`sources.jsonl` in a corpus: where each file came from, when, on what terms, and what it was then."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from cpgassist.catalogue.entries import UNKNOWN_TERMS

FILE = "sources.jsonl"


@dataclass(frozen=True, slots=True)
class Source:
    """How one file came into the corpus; one line of the file, the last line of a name counts."""

    file: str
    sha256: str
    catalogue: str
    entry: str
    title: str
    how: Literal["download", "dropped"]
    address: str
    """The address of the file, or the official page it was got from by hand."""
    date: str
    """Day it was filed, as 2026-11-26."""
    terms: str = UNKNOWN_TERMS
    """What its front matter allows, in short, as the catalogue knows it."""
    bytes: int = 0
    pages: int = 0
    etag: str | None = None
    modified: str | None = None
    """ETag and Last-Modified as the site gave them: with them it is asked whether the file changed."""
    note: str = ""


_NAMES = {field.name for field in fields(Source)}


def read_sources(corpus: Path) -> dict[str, Source]:
    """What is recorded of the files of a corpus, by name; a line that is none is passed over."""
    try:
        # Not splitlines: it also ends lines at characters that JSON leaves as they are.
        lines = (corpus / FILE).read_bytes().decode("utf-8", "replace").split("\n")
    except OSError:
        return {}
    found = (_source(line) for line in lines)
    return {source.file: source for source in found if source is not None}


def _source(line: str) -> Source | None:
    try:
        told: dict[str, Any] = json.loads(line)
        return Source(**{name: value for name, value in told.items() if name in _NAMES})
    except (ValueError, TypeError, AttributeError):
        return None


def record(corpus: Path, source: Source) -> None:
    """Add a line; a line that was cut short by a crash is ended first."""
    path = corpus / FILE
    with path.open("a+b") as stream:
        if stream.seek(0, os.SEEK_END):
            stream.seek(-1, os.SEEK_END)
            if stream.read(1) != b"\n":
                stream.write(b"\n")
        stream.write(json.dumps(asdict(source), ensure_ascii=False).encode() + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
