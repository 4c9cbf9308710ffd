"""Passages -> the lines a statement may quote: sentences of a text, header and rows of a table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).parents[2] / "corpora" / "sample"
ABBREVIATED = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|Dr|Ms|Mr|et al|No|Fig|spp|approx|cf|St|U\. ?S|dr|dll)\.|(?:^|\s)[A-Za-z]\.)$"
)
ENDED = re.compile(r"(?<=[.!?])(?:\d+(?:[,–-]\d+)*)?[)”\"]?\s+(?=[A-Z(“\"•])")
BULLET = re.compile(r"\s*(?:[•□●▪]|(?:^|(?<=\n))[–-] )\s*")
UNREADABLE = re.compile(
    r"https?:|www\.|\[MeSH|\[All Fields|doi|\bet al\b.*\bet al\b|_{3,}|\.{4,}|\bISBN\b|�|\b[A-Z]\. ?[A-Z]\.,|\(cid:"
)
ASIDE = re.compile(
    r"search|references|bibliograph|annex|author|acknowledg|abbreviat|contributor|members|conflict|rujukan|daftar pustaka|"
    r"characteristics of included|prisma|evidence table|GRADE PRO|declaration|appraisal",
    re.I,
)
VERB = re.compile(
    r"^(?:Do|Give|Start|Avoid|Use|Check|Measure|Consider|Suspect|Explain|Jangan|Beri)\b|"
    r"\b(?:is|are|was|were|be|been|has|have|had|should|may|can|cannot|must|will|do|does|did|would|could|we recommend|we suggest|"
    r"(?:show|report|reveal|reduc|increas|yield|lower|demonstrat|compar|includ|found|conclud|receiv|recommend|suggest|state)(?:s|es|ed)?|"
    r"rises?|rose|falls?|fell|comes?|takes?|raises?|causes?|covers?|lasts?|adalah|ialah|merupakan|harus|dapat|perlu|boleh|tidak|"
    r"diberikan|diberi|dilakukan|digunakan|dianjurkan|disarankan|menunjukkan|terdiri|memiliki|bermula|menerima|menggunakan)\b",
    re.I,
)
DANGLING = re.compile(
    r"(?:\b(?:the|of|a|an|and|with|to|was|were|for|in|had|or|by|from|on|at|is|are|that|which|dan|atau|yang|dengan|pada|untuk|di|et)|[,&(:;–-])$",
    re.I,
)
PUBLISHED = re.compile(
    r"\b(?:19|20)\d\d ?; ?\d+|\d+ ?\(\d+\) ?[:,] ?e?\d+|\bdoi\b|\b[A-Z][a-z]+,? [A-Z](?:\.? ?[A-Z])?\.?, [A-Z]|"
    r"\b(?:Lancet|N Engl J|J Clin|J Urol|JAMA|BMJ|Cochrane Database Syst)\b[ .]"
)
SHORT = set(
    """a an as at be by do if in is it no of on or so to up we vs the and for not are was but may can has had who all any one
    two six ten per day men mg kg ml g l oral iv im po od bid tid dan di ke ini itu pada oleh atau yang ada hari jam 95% ci
    rr or i ii iii iv its use due low new age risk via few lag had our ubat dos oral""".split()
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a block; a row of a table has its cells too, empty ones included."""

    text: str
    cells: tuple[str, ...] = ()
    usable: bool = True


@dataclass(frozen=True, slots=True)
class Block:
    """A passage as lines; a table's first line is its header if `header` is not empty."""

    source: str
    page: int
    lines: tuple[Line, ...]
    header: tuple[str, ...] = ()


def split_sentences(text: str) -> list[str]:
    """Sentences and list items of a passage, in order; nothing is added."""
    pieces: list[str] = []
    for part in text.split("\n"):
        for item in BULLET.split(part):
            start = 0
            for match in ENDED.finditer(item):
                if ABBREVIATED.search(item[: match.start()]):
                    continue
                pieces.append(item[start : match.end()].strip())
                start = match.end()
            pieces.append(item[start:].strip())
    return [piece for piece in pieces if piece]


def is_readable(text: str, least: int = 5) -> bool:
    """Whether a line is prose or a row that a reader would understand, rather than debris, a reference or a search term."""
    words = text.split()
    if not least <= len(words) <= 70 or UNREADABLE.search(text):
        return False
    letters = [w.strip(".,;:()[]|").lower() for w in words if any(c.isalpha() for c in w)]
    odd = [w for w in letters if len(w) <= 3 and w not in SHORT and not any(c.isdigit() for c in w)]
    return (
        len(letters) >= least * 0.6
        and len(odd) <= 0.15 * len(words)
        and sum(w[:1].isupper() for w in words) <= 0.45 * len(words)
    )


def is_sentence(text: str) -> bool:
    """Whether a line begins, ends and reads like a sentence, rather than like a heading or the title of a paper."""
    ended = text[-1] in ".)" or text[-1].isdigit() or text[-1].isalpha()
    counted = sum(any(c.isdigit() for c in word) for word in text.split())
    capitals = sum(word[:1].isupper() for word in text.split())
    if counted > 0.4 * len(text.split()) or capitals > max(2, 0.34 * len(text.split())) or not is_readable(text):
        return False
    return text[0].isupper() and ended and bool(VERB.search(text)) and not DANGLING.search(text)


def is_header(cells: Sequence[str]) -> bool:
    """Whether cells name columns, rather than being a first row of values, the half of a taller header or a form to fill."""
    named = sum(any(c.isalpha() for c in cell) for cell in cells)
    formal = any(
        re.search(r"checklist|\bpage\b|\bCOI\b|^items?$|^name$|^database|^author", cell, re.I) for cell in cells
    )
    return named == len(cells) and not formal and not any(DANGLING.search(cell) for cell in cells)


def is_row(cells: Sequence[str]) -> bool:
    """Whether the cells of a row are whole: none is the torn half of a wider cell or a box to tick."""
    filled = [cell for cell in cells if cell]
    whole = all(cell.count("(") == cell.count(")") and not DANGLING.search(cell) for cell in filled)
    begun = bool(cells) and bool(cells[0]) and (cells[0][0].isupper() or cells[0][0] in "<>≥≤0123456789e")
    return (
        whole
        and begun
        and len(filled) > 1
        and not any("Yes No" in cell or cell.startswith((")", ",")) for cell in filled)
    )


def text_block(row: dict[str, Any]) -> Block:
    """The sentences of a passage of text."""
    published = bool(PUBLISHED.search(row["text"]))
    lines = tuple(Line(piece, usable=is_sentence(piece) and not published) for piece in split_sentences(row["text"]))
    return Block(row["file"], row["page"], tuple(line for line in lines if len(line.text.split()) > 3))


def table_block(row: dict[str, Any]) -> Block | None:
    """Header and rows of a table; None if it has no plain header or its cells are debris."""
    header, rows = row.get("header") or [], row.get("rows") or []
    if not row.get("reliable") or not header or isinstance(header[0], list) or len(rows) < 1:
        return None
    filled = [cell for cell in header if cell.strip()]
    if len(filled) < 2 or len(set(filled)) < len(filled) or not is_header(filled):
        return None
    lines = [Line(" | ".join(filled), tuple(header), usable=False)]
    for cells in rows:
        text = " | ".join(cell.replace("\n", " ").strip() for cell in cells if cell.strip())
        clean = tuple(cell.replace("\n", " ").strip() for cell in cells)
        usable = len(clean) == len(header) and is_row(clean) and is_readable(text, 4)
        lines.append(Line(text, clean, usable=usable))
    return Block(row["file"], row["page"], tuple(line for line in lines if line.text), tuple(header))


def read_blocks(rows: Iterable[dict[str, Any]]) -> Iterator[Block]:
    """The blocks of a dump of passages; lists of references, search strategies and the like are left out."""
    for row in rows:
        if row["kind"] not in ("text", "recommendation", "table") or ASIDE.search(" ".join(row["section"][-2:])):
            continue
        block = table_block(row) if row["kind"] == "table" else text_block(row)
        if block is not None and any(line.usable for line in block.lines):
            yield block


def read_dump(path: Path) -> Iterator[dict[str, Any]]:
    """The passages of a file that `cpgassist passages --json` wrote."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("{"):
            yield json.loads(line)


@cache
def sample_rows() -> tuple[dict[str, Any], ...]:
    """The passages of the sample guidelines, newest editions and old ones alike."""
    from cpgassist.passages import TARGET_TOKENS, split
    from cpgassist.reading import read_guideline
    from cpgassist.testing import HashEmbedder

    rows = []
    for path in sorted(SAMPLE.glob("*.pdf")):
        for passage in split(read_guideline(path), HashEmbedder().count_tokens, TARGET_TOKENS):
            rows.append(passage.to_dict(path.name))
    return tuple(rows)
