"""The first pages of a PDF, read in a child process under a name that says nothing of the file's own."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from cpgassist.errors import DocumentError
from cpgassist.reading import OcrLimits, ocr_missing, read_in_sandbox
from cpgassist.settings import Limits
from cpgassist.types import Guideline, GuidelineInfo

PAGES = 10
"""Pages read: the cover, the colophon and forewords."""
COVER = 25
"""Lines up to which a first page is a cover rather than text."""
HEADS = 3
"""Pages that print a line from which it is a running head."""
_NEUTRAL = "document.pdf"


@dataclass(frozen=True)
class Front:
    """What a document says of itself on its first pages."""

    info: GuidelineInfo
    """Its file is the file's own name; its title is "" where no page prints one."""
    lines: tuple[tuple[int, str], ...]
    """Page and words of each printed line, hidden ones left out."""
    scanned: bool
    """Whether a page has no text layer."""

    @cached_property
    def text(self) -> str:
        """The lines joined by spaces."""
        return " ".join(words for _, words in self.lines)

    @cached_property
    def cover(self) -> str:
        """The words of the first page that has any, where they are few as on a cover; else ""."""
        first = [words for page, words in self.lines if page == self.lines[0][0]]
        return " ".join(first) if len(first) <= COVER else ""

    @cached_property
    def titles(self) -> tuple[str, ...]:
        """What the document calls itself: its title, else, under a cover that is a picture, its running heads."""
        if self.info.title:
            return (self.info.title,)
        pages = Counter(words for _, words in {(page, _unnumbered(words)) for page, words in self.lines})
        return tuple(words for words, count in pages.items() if count >= HEADS and " " in words)

    def opening(self, pages: int) -> str:
        """The words of the first pages."""
        return " ".join(words for page, words in self.lines if page <= pages)


def read_front(path: Path, limits: Limits | None = None, ocr: bool = False) -> Front:
    """The front of a PDF; with `ocr`, pages without a text layer are read by OCR where it is installed.

    Raises a DocumentError that names the file where it is no PDF, is damaged or encrypted, or exceeds a limit.
    """
    reading = (limits or Limits()).of_reading()
    use = OcrLimits("auto", 3) if ocr and not ocr_missing() else OcrLimits("off", 0)
    with tempfile.TemporaryDirectory(prefix="cpgassist-") as folder:
        # Readers fall back on a file's name for its title and year: here a name must tell nothing.
        neutral = Path(folder) / _NEUTRAL
        neutral.symlink_to(path.resolve())
        try:
            read = read_in_sandbox(neutral, **reading, ocr=use, front=3 if ocr else PAGES)
        except DocumentError as error:
            raise type(error)(error.message.replace(_NEUTRAL, path.name), error.next_step) from error
    title = "" if read.info.title == Path(_NEUTRAL).stem else read.info.title
    return front_of(replace(read, info=replace(read.info, file=path.name, title=title)))


def front_of(read: Guideline) -> Front:
    """The front of a guideline that was read, in whole or its first pages."""
    scanned = any(page.characters == 0 and page.has_ink for page in read.pages[:PAGES])
    return Front(read.info, _printed(read), scanned)


def digest_of(path: Path) -> str:
    """The sha256 of a file in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _unnumbered(words: str) -> str:
    return re.sub(r"^\W*\d+\W+|\W+\d+\W*$", "", words).strip()


def _printed(read: Guideline) -> tuple[tuple[int, str], ...]:
    blocks = [block for section in read.sections for block in section.blocks if block.kind != "hidden"]
    lines = [(line.page, line.text) for block in blocks for line in block.lines if line.text and line.page <= PAGES]
    return tuple(sorted(lines, key=lambda line: line[0]))
