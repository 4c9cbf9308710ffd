"""The document's own grading scheme: what each mark means, as the page that defines it prints it.

Schemes clash between documents, so the meaning of "Level I" or "C" is only ever looked up in the same document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from cpgassist.reading.drafts import joined
from cpgassist.reading.recommendations import GRADE_COLUMN, holds_recommendations, marks, whole_grade
from cpgassist.types import Block, Grading, Section, Table

_OF = r"(?:\s+(?:of|for|to|and|the|panel|untuk))*\s+"
_TITLE = re.compile(
    r"\b(?:levels?|quality|certainty|hierarchy|strength)(?:\s+\w+){0,2}\s+(?:of|for)\s+(?:the\s+)?evidence\b"
    rf"|\b(?:grades?|grading|class(?:es)?|classification|strengths?|categor(?:y|ies)){_OF}(?:the\s+)?(?:\w+\s+)?recommendations?\b"
    r"|\brecommendation\s+(?:grades?|grading|strength|class(?:es)?)\b|\bevidence\s+(?:levels?|grading|rating)\b"
    r"|\b(?:grading|rating)\s+(?:system|scheme|scale)\b|\bgrade\s+(?:definitions?|approach)\b|\blevels\s+of\s+certainty\b"
    r"|\b(?:kekuatan|derajat|kelas|gred|tahap|tingkat|peringkat|klasifikasi|klasifikasi kelas)\s+(?:\w+\s+){0,2}"
    r"(?:rekomendasi|bukti|pengesyoran|saranan|evidens)\b",
    re.IGNORECASE,
)
_NAMES = tuple("grad evidence recommend rating certainty rekomendasi bukti pengesyoran saranan evidens".split())
"""Every title of a scheme holds one of these: they are looked for first, for they are found much faster."""
_LETTERS = r"[A-E](?:-(?:R|NR|LD|EO))?"
_MARK = re.compile(
    rf"(?:(?:level|levels|grade|class|category|gred|tahap|derajat|kelas|tingkat|COR|LOE)\s+)?"
    rf"(?:{_LETTERS}|[1-5][+-]{{0,2}}[a-c]?|I{{1,3}}[ab]?|IV|V|I{{1,3}}-[1-3])"
    r"|(?:very\s+low|low|moderate|high|strong|weak|conditional|discretionary)"
    r"(?:\s+(?:recommendations?|quality|certainty|evidence|for|against|(?:quality|certainty)\s+(?:of\s+)?evidence))*"
    r"|GPP|(?:good|best)\s+practice\s+(?:points?|statements?)|[✓√]",
    re.IGNORECASE,
)
_SYMBOLS = re.compile(r"[⊕⨁◯○●⊝\s]+|\([^)]*\)")
_ENTRY = re.compile(
    rf"^[^\w✓]{{0,3}}(?P<mark>(?:[Ll]evel|[Gg]rade|[Cc]lass|[Cc]ategory|[Gg]red|[Tt]ahap|[Dd]erajat|[Kk]elas|[Tt]ingkat)\s+"
    rf"(?:{_LETTERS}|I{{1,3}}-[1-3]|I{{1,3}}[ab]?|IV|V|[1-5][+-]{{0,2}}[a-c]?)"
    rf"|{_LETTERS}|I{{1,3}}-[1-3]|I{{1,3}}[ab]?|IV|V|[1-4](?:\+\+|\+|-)?[a-c]?"
    rf"|(?:Strong|Weak|Conditional|High|Moderate|Low|Very low)(?:\s+(?:recommendation|quality|certainty))?|GPP|✓)"
    # "1. The panel met": a full stop or a bracket after a bare figure numbers a list.
    r"(?:(?<=[\w+✓-])\s*[:=–—-]\s*|\s+|(?<=\w\s\w)[.)]\s+)(?P<meaning>[^\W\d_].{8,})$"
)


def find_gradings(sections: Sequence[Section], labels: Mapping[int, str | None]) -> tuple[Grading, ...]:
    """Every scheme that the document defines in a table or list under a title of its own."""
    found: list[Grading] = []
    for section in sections:
        # "Levels of evidence" often stands over a heading of the table's own: "Study design".
        heading = next((name for name in section.path[:-3:-1] if _is_title(name)), "")
        above = ""
        listed: list[Block] = []
        for block in section.blocks:
            if block.kind in ("toc", "reference_list", "running_head", "flowchart", "figure"):
                continue
            if block.table is not None:
                found += _tabled(block, heading, above, labels)
            else:
                listed.append(block)
            above = joined(block.lines)
        found += _listed(listed, heading, labels)
    return tuple(_once(found))


def _is_title(text: str) -> bool:
    """Whether a text names a scheme, and is not itself a grade or a graded statement."""
    folded = text.casefold()
    named = any(name in folded for name in _NAMES) and _TITLE.search(text)
    return bool(named) and whole_grade(text) is None and not marks(text)


def _tabled(block: Block, heading: str, above: str, labels: Mapping[int, str | None]) -> Iterator[Grading]:
    table = block.table
    assert table is not None
    # A table that is called something else is none, whatever section it stands in.
    near = (table.caption,) if table.caption else (_short(above), heading)
    title = next((text for text in (*near, _flat(table)) if text and _is_title(text)), None)
    names = _flat_names(table)
    if title is None or holds_recommendations(names):
        return
    rows = [*table.header, *table.rows]
    levels = list(dict.fromkeys(level for row in rows if (level := _level(row)) is not None))
    if len({mark for mark, _ in levels}) >= 2 and len(levels) * 2 >= len(table.rows):
        page = block.lines[0].page
        yield Grading(title, page, labels.get(page), tuple(levels))


def _level(row: Sequence[str]) -> tuple[str, str] | None:
    """(mark, meaning) of a row: the first cell that holds words is the mark, the others say what it means."""
    cells = [cell for cell in row if cell]
    if len(cells) < 2 or not _is_mark(cells[0]):
        return None
    meaning = " | ".join(dict.fromkeys(cells[1:]))
    named = GRADE_COLUMN.fullmatch(meaning) or all(_is_mark(cell) for cell in cells)
    return (cells[0], meaning) if len(meaning) > 8 and not named else None


def _is_mark(text: str) -> bool:
    bare = _SYMBOLS.sub(" ", text).strip(" .:,")
    return bool(_MARK.fullmatch(bare)) or whole_grade(bare) is not None


def _listed(blocks: Sequence[Block], heading: str, labels: Mapping[int, str | None]) -> Iterator[Grading]:
    """Definitions set as a list: "Level I: ...", each on its own line, under a heading or a title line."""
    title, page, apart = (heading if _is_title(heading) else ""), 0, 0
    levels: list[tuple[str, str]] = []
    for block in blocks:
        for text, on in _entries(block):
            entry = _ENTRY.match(text)
            if entry is not None and title and (levels or apart < 2):
                page = page if levels else on
                levels.append((entry["mark"], entry["meaning"].strip()))
            elif _stands_alone(text) and _is_title(text):
                yield from _scheme(title, page, levels, labels)
                title, page, levels, apart = text, on, [], 0
            else:
                # A definition follows its title at once, or after a sentence on how it is used.
                apart += 1
    yield from _scheme(title, page, levels, labels)


def _stands_alone(text: str) -> bool:
    return len(text.split()) <= 14 and text[:1].isupper() and text[-1] not in ".,;"


def _scheme(
    title: str, page: int, levels: Sequence[tuple[str, str]], labels: Mapping[int, str | None]
) -> Iterator[Grading]:
    names = [mark for mark, _ in levels]
    if title and len(names) >= 2 and len(set(names)) == len(names) and _begins_scale(names[0]):
        yield Grading(title, page, labels.get(page), tuple(levels))


def _begins_scale(mark: str) -> bool:
    """Whether a mark is the first or the last of its scale: a list that begins with "2" is no definition of one."""
    figure = re.search(r"(?:^|\s)(?:A|I|Ia|IA|1\+\+|1|1a|IV|V|4|5|D|E)$", mark)
    return bool(figure) or (mark[:1].isalpha() and len(mark) > 2)


def _entries(block: Block) -> Iterator[tuple[str, int]]:
    """The block's lines, those that open no definition joined to the one before."""
    held, page = "", 0
    for line in block.lines:
        if held and not _ENTRY.match(line.text) and not _is_title(line.text) and not _is_title(held):
            held += f" {line.text}"
            continue
        if held:
            yield held, page
        held, page = line.text, line.page
    if held:
        yield held, page


def _short(text: str) -> str:
    return text if len(text.split()) <= 24 else ""


def _flat_names(table: Table) -> list[str]:
    if not table.header:
        return []
    return [" ".join(dict.fromkeys(part for part in column if part)) for column in zip(*table.header, strict=True)]


def _flat(table: Table) -> str:
    return " | ".join(name for name in _flat_names(table) if name)


def _once(found: Sequence[Grading]) -> Iterator[Grading]:
    """Each scheme once: a table repeated on a later page defines nothing new."""
    seen: set[tuple[tuple[str, str], ...]] = set()
    for grading in found:
        if grading.levels not in seen:
            seen.add(grading.levels)
            yield grading
