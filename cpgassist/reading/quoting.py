"""What a guideline quotes of other bodies is told apart from what it recommends itself.

"NICE recommends ..." or a table of other groups' recommendations is no advice of this guideline, and the grade in its
row is that body's grade: such blocks are text or table, and their note names whom they quote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from cpgassist.reading.drafts import joined
from cpgassist.reading.headings import numbering
from cpgassist.reading.recommendations import RECOMMENDATION_HEAD, STATEMENT_COLUMN
from cpgassist.types import QUOTES_ANOTHER, Block, GuidelineInfo, Section

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
    rf"(?P<body>[A-Z]{{3,}}(?:[-/][A-Z]{{2,}})*|(?:[A-Z][\w.’'-]*\s+(?:(?:of|for|on|and|the|in)\s+)*){{0,7}}{_BODY_WORD}"
    r"(?:\s+(?:of|for|on|and|the|in)(?:\s+(?:of|for|on|and|the|in|[A-Z][\w-]*))+)?)"
    rf"(?:\s*[(\[][^)\]]{{1,40}}[)\]])*(?:\s+[a-z]+){{0,2}}?\s+{_SAYS}"
)


def mark_quoted(sections: Sequence[Section], info: GuidelineInfo) -> tuple[Section, ...]:
    """The sections, with every recommendation that is another body's marked as quoted."""
    own = _own_names(info, sections)
    marked = []
    for section in sections:
        others = _under_others(section, sections)
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
    return replace(block, kind=kind, note=QUOTES_ANOTHER + body)


def _under_others(section: Section, sections: Sequence[Section]) -> bool:
    """Whether a section stands right under a heading of other bodies' recommendations.

    Headings below it count on its own page only, for they are a table's words as a rule; further on, or where they
    are numbered or ask a question, they are the guideline's next chapter that was filed there.
    """
    path = section.path
    at = max((i for i, heading in enumerate(path) if _OTHERS.search(heading)), default=None)
    if at is None:
        return False
    below = path[at + 1 :]
    own = any("?" in heading or numbering(heading)[0] or RECOMMENDATION_HEAD.match(heading) for heading in below)
    pages = [other.page for other in sections if other.path == path[: at + 1]]
    return not below or (not own and section.page in pages)


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
    return None if _words(body) <= own or RECOMMENDATION_HEAD.match(body) else " ".join(body.split())


def _own_names(info: GuidelineInfo, sections: Sequence[Section]) -> frozenset[str]:
    """Words by which the guideline's makers may call themselves: those of the first two pages and the title.

    A body named there speaks for itself in the pages that follow. A publisher found later in the front matter may be
    anyone, for lists of abbreviations and thanks are full of names.
    """
    lines = [line.text for section in sections for block in section.blocks for line in block.lines if line.page <= 2]
    headings = [heading for section in sections if section.page <= 2 for heading in section.path]
    cover = _words(" ".join((info.title, *lines, *headings)))
    publisher = info.publisher or ""
    initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", publisher) if word[0].isupper()).lower()
    return cover | _OWN_WORDS | (frozenset({initials}) if _words(publisher) <= cover else frozenset())


def _words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in re.findall(r"[^\W\d_]{3,}", text))
