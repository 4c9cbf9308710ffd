"""The contents list of a document, read as evidence: its entries name the headings, and their indent the depth."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cpgassist.reading.headings import CONTENTS, Heading, numbering
from cpgassist.types import Line

ENTRY = re.compile(r"(?:\.{3,}|…{2,}|_{3,}|(?:\.\s){3,}|\s)\s*(?P<label>\d{1,3}|[ivxlc]{1,6})\s*$", re.IGNORECASE)
LEADERS = re.compile(r"\.{4,}|…{2,}|(?:\.\s){4,}")
_STEP = 5.0
"""Points by which an entry is set in under the one that holds it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A heading as the contents list names it."""

    key: str
    label: str
    """The page number printed beside it."""
    depth: int


def key_of(text: str) -> str:
    """A heading's words as they are compared: without number, case, spaces and signs."""
    return "".join(c for c in numbering(text)[2].casefold() if c.isalnum())


def contents_entries(pages: Iterable[Sequence[Line]]) -> dict[str, list[Entry]]:
    """The entries of all contents lists, by their key; `pages`: the lines of each page in reading order."""
    entries: dict[str, list[Entry]] = {}
    within = False
    for lines in pages:
        begins = any(CONTENTS.match(line.text) for line in lines)
        listed = sum(bool(ENTRY.search(line.text)) for line in lines) if begins or within else 0
        within = (begins and listed >= 3) or (within and listed >= 5 and listed * 2 > len(lines))
        if within:
            for entry in _entries(lines):
                entries.setdefault(entry.key, []).append(entry)
    return entries


def _entries(lines: Sequence[Line]) -> list[Entry]:
    found: list[tuple[str, str, float]] = []
    begun: list[Line] = []
    for line in lines:
        match = ENTRY.search(line.text)
        begun = [*begun[-1:], line]
        if match is None:
            continue
        # An entry may wrap: only its last line carries the number.
        for held in (begun, begun[-1:])[: len(begun)]:
            text = " ".join(part.text for part in held)[: match.start() - len(line.text)]
            text = re.sub(r"[.…_\s|]+$", "", re.sub(r"\s*\|\s*", " ", text))
            found.append((key_of(text), match["label"], held[0].box.left))
        begun = []
    edges = _indents(left for _, _, left in found)
    return [Entry(key, label, edges[left]) for key, label, left in found if len(key) >= 3]


def _indents(lefts: Iterable[float]) -> dict[float, int]:
    """The depth of each left edge: 0 for the outermost."""
    depths: dict[float, int] = {}
    depth, outer = 0, None
    for left in sorted(set(lefts)):
        if outer is not None and left - outer > _STEP:
            depth += 1
            outer = left
        outer = left if outer is None else outer
        depths[left] = depth
    return depths


def entry_of(heading: Heading, entries: Mapping[str, Sequence[Entry]], labels: Mapping[int, str]) -> Entry | None:
    """The entry that names the heading. One title may be listed for one page and recur on others."""
    named = entries.get(key_of(heading.text), ())
    near = {labels[page].casefold() for page in range(heading.page - 1, heading.page + 2) if page in labels}
    return next((entry for entry in named if not near or entry.label.casefold() in near), None)
