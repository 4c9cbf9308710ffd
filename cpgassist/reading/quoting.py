"""What a guideline quotes of other bodies is told apart from what it recommends itself.

"NICE recommends ..." or a table of other groups' recommendations is no advice of this guideline, and the grade in its
row is that body's grade: such blocks are text or table, and their note names whom they quote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from cpgassist.reading.drafts import joined
from cpgassist.reading.recommendations import RECOMMENDATION_HEAD, STATEMENT_COLUMN
from cpgassist.types import Block, GuidelineInfo, Section

NOTE = "quotes another body: "
"""How the note of a quoting block begins; the body follows, as far as it is named."""

_OTHERS = re.compile(
    r"\bother\s+(?:[a-z-]+\s+)?(?:guidelines?|groups?|bodies|organi[sz]ations?|societies|agencies|countries|recommendations?)\b"
    r"|\brecommendations?\s+(?:from|of|by)\s+(?:the\s+)?(?:other|international|existing|different|various|foreign)\b"
    r"|\brecommendations?\s+(?:from|of|by)\s+(?:groups|agencies|societies|organi[sz]ations)\b"
    r"|\bcomparison\s+(?:of|with)\s+(?:other\s+|international\s+)?guidelines\b"
    r"|\b(?:panduan|garis panduan|pedoman|rekomendasi|saranan)\s+(?:\w+\s+){0,2}lain\b",
    re.IGNORECASE,
)
_ISSUER = re.compile(
    r"^(?:guidelines?|organi[sz]ations?|society|societies|agency|agencies|institutions?|issuing body|bod(?:y|ies)"
    r"|(?:groups?|guideline)\s+(?:or|and|/)\s*(?:agency|agencies|society|organi[sz]ation))\b.{0,25}$",
    re.IGNORECASE,
)
_MAYBE_ISSUER = re.compile(r"^(?:groups?|sources?|authors?|country|publisher)\b.{0,25}$|^$", re.IGNORECASE)
_BODY_WORD = (
    r"(?:Society|Societies|Association|College|Academy|Organi[sz]ation|Task\s+Force|Institutes?|Ministry|Department"
    r"|Federation|Foundation|Council|Committee|Cent(?:er|re)s?|Network|Collaboration|Board|Agency|Guidelines?|Panel)"
)
_BODY_CELL = re.compile(rf"\b(?:19|20)\d\d\b|\b{_BODY_WORD}\b|^[\W\d]*[A-Z]{{3,}}(?:[/ ,&-]+[A-Z]{{2,}})*[\W\d]*$")
_OWN_WORDS = frozenset(
    "the guideline guidelines panel committee task force development group consensus working steering gdg tfg twg cpg".split()
)
"""How a guideline speaks of those who wrote it."""
_SAYS = r"(?:recommend|suggest|advise|advocate|endorse|conclude|propose|state)(?:s|d|ed)?\b"
_SUBJECT = re.compile(
    rf"^\W*(?:\d+\.\s+)?(?:According\s+to\s+)?(?:[Tt]he\s+)?(?:(?:19|20)\d\d\s+)?"
    rf"(?P<body>[A-Z]{{3,}}(?:[-/][A-Z]{{2,}})*|(?:[A-Z][\w.’'-]*\s+(?:(?:of|for|on|and|the|in)\s+)*){{1,7}}{_BODY_WORD}"
    r"(?:\s+(?:of|for|on|and|the|in)(?:\s+(?:of|for|on|and|the|in|[A-Z][\w-]*))+)?)"
    rf"(?:\s*[(\[][^)\]]{{1,40}}[)\]])*(?:\s+[a-z]+){{0,2}}?\s+{_SAYS}"
)


def mark_quoted(sections: Sequence[Section], info: GuidelineInfo) -> tuple[Section, ...]:
    """The sections, with every recommendation that is another body's marked as quoted."""
    own = _own_names(info) | _cover_words(sections)
    marked = []
    for section in sections:
        others = _under_others(section.path)
        blocks = tuple(_marked(block, others, own) for block in section.blocks)
        marked.append(replace(section, blocks=blocks))
    return tuple(marked)


def _marked(block: Block, others: bool, own: frozenset[str]) -> Block:
    if block.kind not in ("text", "item", "recommendation", "table") or not block.lines:
        return block
    body = _issuer(block) if block.table is not None else _speaker(joined(block.lines), own)
    if body is None and (others or (block.table is not None and _OTHERS.search(block.table.caption))):
        body = "other groups"
    if body is None:
        return block
    kind = block.kind
    if kind == "recommendation":
        kind = "table" if block.table is not None else "text"
    return replace(block, kind=kind, note=NOTE + body)


def _under_others(path: Sequence[str]) -> bool:
    """Whether a section stands right under a heading of other bodies' recommendations.

    Headings below it do not count: the guideline's next question may be filed there by mistake.
    """
    return bool(path and _OTHERS.search(path[-1]))


def _issuer(block: Block) -> str | None:
    """Whom a table of recommendations quotes, when a column names the bodies."""
    table = block.table
    assert table is not None
    if not table.header:
        return None
    names = [" ".join(dict.fromkeys(part for part in column if part)) for column in zip(*table.header, strict=True)]
    if not any(STATEMENT_COLUMN.search(name) for name in names):
        return None
    for column, name in enumerate(names):
        cells = [row[column] for row in table.rows if row[column]]
        certain = bool(_ISSUER.match(name))
        if certain or (_MAYBE_ISSUER.match(name) and cells and all(_BODY_CELL.search(cell) for cell in cells)):
            return "; ".join(dict.fromkeys(cells)) if len(table.rows) == 1 and cells else "other groups"
    return None


def _speaker(text: str, own: frozenset[str]) -> str | None:
    """The body that a paragraph says recommends something, unless it is the guideline's own."""
    match = _SUBJECT.match(text)
    if match is None:
        return None
    body = re.split(r"\b[Tt]he\s+", match["body"])[-1]
    words = {word.lower() for word in re.findall(r"[^\W\d_]{3,}", body)}
    return None if words <= own or RECOMMENDATION_HEAD.match(body) else " ".join(body.split())


def _own_names(info: GuidelineInfo) -> frozenset[str]:
    """Words and initials by which the guideline's publisher may call itself."""
    names = f"{info.publisher or ''} {info.title}"
    words = re.findall(r"[^\W\d_]+", names)
    initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", info.publisher or "") if word[0].isupper())
    return frozenset({word.lower() for word in words} | {initials.lower()} | _OWN_WORDS)


def _cover_words(sections: Sequence[Section]) -> set[str]:
    """Words of the first two pages: a body named there speaks for itself in the pages that follow."""
    lines = [line.text for section in sections for block in section.blocks for line in block.lines if line.page <= 2]
    names = [heading for section in sections if section.page <= 2 for heading in section.path]
    return {word.lower() for text in (*lines, *names) for word in re.findall(r"[^\W\d_]{3,}", text)}
