"""How a table is announced and what may stand under it: captions and footnotes, told by how they are printed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cpgassist.types import Box, Line

if TYPE_CHECKING:
    from cpgassist.reading.drafts import Draft
    from cpgassist.reading.pages import Region
    from cpgassist.reading.tables import FoundTable

TABLE_CAPTION = re.compile(
    r"^\W{0,2}(?:CPG\s+)?(?:TABLE|TABEL|JADUAL|TABLA|TABLEAU|BOX)\s*(?:\d|[A-Z](?:\d|\b)|[IVX]+\b)", re.IGNORECASE
)
"""The opening of a table's own caption."""
CAPTION = re.compile(
    TABLE_CAPTION.pattern
    + r"|^\W{0,2}(?:APPENDIX|LAMPIRAN|ANNEX|FIGURE|FIG\.?|GAMBAR|RAJAH)\s*(?:\d|[A-Z](?:\d|\b)|[IVX]+\b)",
    re.IGNORECASE,
)
"""The opening of any caption under or over which a table may stand."""
_NOTE = re.compile(
    r"^(?:[*†‡§¶#]|[a-h][).]?\s|\([a-h]\)|(?:foot\s?notes?|notes?|nota|catatan|keterangan|sources?|sumber|reference|rujukan"
    r"|adapted|diadaptasi|abbreviations?|singkatan|petunjuk|key)\b\s*[:.]?)",
    re.IGNORECASE,
)
_MOST_NOTE_LINES = 14


def caption_above(draft: Draft, table: Box) -> str:
    """Take the caption from what stands above a table: the last paragraph, or its last lines, or a bold line."""
    at = next((i for i in range(len(draft.blocks) - 1, -1, -1) if draft.blocks[i].kind != "running_head"), None)
    if at is None or draft.blocks[at].kind not in ("text", "item") or draft.blocks[at].grade:
        return ""
    block = draft.blocks[at]
    lines = block.lines
    for start in range(max(0, len(lines) - 4), len(lines)):
        if CAPTION.match(lines[start].text):
            break
    else:
        start = 0
        near = 0 <= table.top - lines[-1].box.bottom < 1.5 * lines[-1].size
        if not (near and len(lines) <= 2 and all(line.bold for line in lines) and not lines[-1].text.endswith(".")):
            return ""
    text = " ".join(line.text for line in lines[start:])
    # A reference to a table at the start of a line is no caption: "Table 4 shows the doses that ...".
    if start and not lines[start - 1].text.rstrip().endswith((".", ":", ";")) and not lines[start].bold:
        return ""
    if start:
        draft.blocks[at] = type(block)(block.kind, lines[:start], block.grade, block.table, block.note)
    else:
        del draft.blocks[at]
    return text


def caption_below(region: Region, following: Region | None) -> str:
    """The caption printed directly under a table."""
    if following is None or following.table is not None or not following.lines:
        return ""
    first = following.lines[0]
    if not CAPTION.match(first.text) or not -2 < first.box.top - region.box.bottom < 3 * first.size:
        return ""
    return " ".join(line.text for line in following.lines[: _paragraph(following.lines)])


def _paragraph(lines: Sequence[Line]) -> int:
    """How many lines from the first stand as one short paragraph."""
    count = 1
    while (
        count < min(4, len(lines))
        and abs(lines[count].size - lines[0].size) < 0.6
        and lines[count].bold == lines[0].bold
        and 0 <= lines[count].box.top - lines[count - 1].box.bottom < 0.5 * lines[0].size
    ):
        count += 1
    return count


def notes_under(found: FoundTable, region: Region, following: Region | None) -> tuple[str, ...]:
    """The footnotes printed directly under a table: small print, "*", "a)", "Source:"; also in its own last row."""
    notes = []
    if found.rows and found.rows[-1][0] and not any(found.rows[-1][1:]) and _NOTE.match(found.rows[-1][0]):
        notes.append(found.rows[-1][0])
    if following is None or following.kind != "body" or not following.lines:
        return tuple(notes)
    bottom, usual = region.box.bottom, _usual_size(region.lines)
    for line in following.lines[:_MOST_NOTE_LINES]:
        gap = line.box.top - bottom
        opens = bool(_NOTE.match(line.text))
        small = line.size < usual + 0.1 and line.size < 9.6
        near = -3 < gap < (0.9 if opens or notes else 0.6) * line.size
        if not near or CAPTION.match(line.text) or not (opens or small):
            break
        if notes and not opens:
            notes[-1] = f"{notes[-1]} {line.text}"
        else:
            notes.append(line.text)
        bottom = line.box.bottom
    return tuple(notes)


def _usual_size(lines: Sequence[Line]) -> float:
    sizes = sorted(line.size for line in lines if line.size)
    return sizes[len(sizes) // 2] if sizes else 10.0
