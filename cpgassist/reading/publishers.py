"""Who published a guideline: the holder of its copyright, else whom the colophon, the citation or the cover names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cpgassist.editions import EDITION
from cpgassist.types import Line

_BODY = re.compile(
    r"\b(?:minist(?:ry|er|erio) of|department of|world health organi[sz]ation|health organi[sz]ation|kementerian|menteri"
    r"|cent(?:er|re)s? for|society|academy|college|association|federation|council|institut[eo]?s?|persatuan|perhimpunan"
    r"|perkumpulan|ikatan|akademi|authority|agency|commission|board|foundation|network|alliance|directorate|bureau)\b"
    r"|委员会|卫生部|协会|学会|医师会|研究院|疾病预防控制中心",
    re.IGNORECASE,
)
"""Words for bodies that publish guidelines."""
# "c" is what some fonts' copyright sign is read as, and "(c)" numbers list items; what follows tells the sign.
_HELD = re.compile(r"(?:©|\([cC]\)(?=\s*(?:19|20)\d\d)|(?<!\S)c(?= [A-Z])|^\W*[Cc]opyright\b)\s*(?:by\s+)?")
_OWNED = re.compile(
    r"(?:intellectual property|property|copyright(?: owner)?)(?: of this (?:publication|document|guideline))?"
    r"\s+(?:is|of|belongs to|rests with)\s+(?:the\s+)?([A-Z].{1,100})"
)
_PUBLISHED = re.compile(
    r"^\W*(?:published by|publisher|issued by|diterbitkan oleh|penerbit|出版(?:者|单位)?|发布单位)\s*[:：]?\s*",
    re.IGNORECASE,
)
_BY = re.compile(
    r"^(?:rancangan\s+)?(?:(?:keputusan|peraturan|surat edaran)\s+(?=menteri))?(?:(?:published|issued|commissioned"
    r"|prepared|developed|produced|endorsed|funded|disediakan|diterbitkan|disusun)"
    r" (?:by|oleh)\s+)?(?:the\s+)?",
    re.IGNORECASE,
)
_MADE = re.compile(
    r"\b(?:published|issued|produced|developed|prepared) by (?:the )?((?:[A-Z][\w’'-]+|of|for|and|&)(?: |$))+"
)
_ADDRESS = re.compile(
    r"\b(?:level|block|floor|p\.? ?o\.? box|road|street|avenue|jalan|compound|tel|fax|www|https?)\b|\d{4,}", re.I
)
_YEARS = re.compile(r"\s*[,(]?\s*\b(?:19|20)\d\d\b\)?")
_BLOCK = 6
"""Lines under "Published by" in which the body is looked for."""


def publisher(
    cover: Sequence[Line], lines: Sequence[Line], text: str, cited: Sequence[tuple[str, str]], author: str
) -> str | None:
    """The publishing body as printed; None when the first pages name none."""
    named = (
        *_holders(lines),
        *_colophons(lines),
        *(_body(writer) for _, writer in cited),
        *(_body(_spelled_out(match[1], lines)) for match in _OWNED.finditer(text)),
        _body(author),
        *(_body(line.text) for line in cover if _names_body(line.text)),
        *(_body(match[0].split(" by ", 1)[1]) for match in _MADE.finditer(text)),
    )
    return next((name for name in named if name), None)


def _holders(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        for match in _HELD.finditer(line.text):
            yield _body(_YEARS.sub("", line.text[match.end() :], count=1))


def _colophons(lines: Sequence[Line]) -> Iterator[str]:
    """The body in each "Published by" block; its offices stand above it, its address below."""
    for at, line in enumerate(lines):
        match = _PUBLISHED.match(line.text)
        if not match:
            continue
        block = [line.text[match.end() :], *(below.text for below in lines[at + 1 : at + 1 + _BLOCK])]
        for place, words in enumerate(block):
            if _ADDRESS.search(words):
                block = block[:place]
                break
        # Of an office and its ministry, the ministry, which a block names last.
        yield from (body for words in reversed(block) if (body := _body(words)))


def _names_body(text: str) -> bool:
    """Whether a line of a cover is a name and no sentence or title: a body's name, capitalised throughout."""
    words = [word for word in _BY.sub("", text).split() if word.lower() not in ("of", "for", "and", "the", "in", "on")]
    return 1 <= len(words) <= 12 and all(not word[0].islower() for word in words)


def _body(text: str) -> str:
    """The name of a publishing body, bare of years, editions and what follows it; "" when the text names none."""
    name = EDITION.sub("", _BY.sub("", text.strip()))
    name = re.split(r"[.;:。；：](?:\s|$)|\bKindly\b", name)[0]
    name = _YEARS.sub("", re.sub(r"\(\s*[A-Z][A-Za-z]{1,9}\s*\)\s*$", "", name.strip())).strip(" ,:;©")
    return name if _BODY.search(name) and len(name) <= 110 and len(name.split()) <= 14 and not name[0].islower() else ""


def _spelled_out(name: str, lines: Sequence[Line]) -> str:
    """What the document's own list of abbreviations says for a name that is one ("the DOH")."""
    match = re.match(r"[A-Z][A-Za-z]*[A-Z]\b", name)
    if not match:
        return name
    entry = re.compile(rf"^\W*{match[0]}\b[\s|:–-]+(.+)")
    return next((found[1] for line in lines if (found := entry.match(line.text)) and _body(found[1])), name)
