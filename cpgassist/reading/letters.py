"""Letters behind the full stop of a statement: "Repeat it every two years. B".

The diabetes associations print their grades so. One such letter means nothing; a document that closes many statements
with several different letters grades them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cpgassist.reading.drafts import joined
from cpgassist.types import Block, Section

_CLOSED = re.compile(r"[.!?]['\")\]]?\d*\s+(?P<grade>[A-E](?:\s?[,/]\s?[A-E])?)$")
_STATEMENTS, _LETTERS = 8, 2
"""How many statements of a document must be closed so, and with how many different letters."""
_WORDS = 6
_KINDS = ("text", "item", "recommendation")


def graded_by_letters(sections: Sequence[Section]) -> tuple[Section, ...]:
    """The sections, each statement that a letter closes with that grade; as they are where letters are no grades."""
    counts = Counter(grade for section in sections for block in section.blocks if (grade := _letter(block)))
    if counts.total() < _STATEMENTS or len(counts) < _LETTERS:
        return tuple(sections)
    return tuple(replace(section, blocks=tuple(_graded(section.blocks))) for section in sections)


def _graded(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        grade = _letter(block)
        yield block if grade is None else replace(block, kind="recommendation", grade=grade)


def _letter(block: Block) -> str | None:
    if block.kind not in _KINDS or block.grade or block.table is not None:
        return None
    text = joined(block.lines)
    found = _CLOSED.search(text)
    return found["grade"] if found and len(text.split()) > _WORDS else None
