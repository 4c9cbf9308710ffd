"""What a guideline says of itself on its first pages: title, publisher, edition, year, review date, document number."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cpgassist.editions import EDITION, title_key
from cpgassist.reading.languages import language_of
from cpgassist.reading.publishers import publisher
from cpgassist.types import GuidelineInfo, Line

if TYPE_CHECKING:
    # Reading pages takes numpy, the id that a file's name gives does not.
    from cpgassist.reading.pages import PageContent

FRONT = 8
"""Pages read for the identity; colophons of thick guidelines come after forewords and lists of contributors."""
_MONTH = r"(?:Jan|Feb|Ma[rc]|Apr|Ma[yi]|Ju[nl]|Jula|Aug|Ago|Ogo|Sep|O[ck]t|Nov|D[ei][cs])\w*"
_REVIEW = re.compile(
    r"(?:(?:will|to|should|must|shall) be (?:reviewed|updated)|due for (?:review|revision)|review (?:date|due|by)"
    r"|next (?:review|revision|update)|review is due|valid (?:until|to|through)|expir(?:es|y date)"
    r"|akan di(?:kaji|semak|tinjau) (?:semula|ulang|kembali)|tarikh (?:semakan|kajian semula)|berlaku (?:sampai|hingga)"
    r"|tanggal (?:peninjauan|revisi)|(?:下次)?(?:修订|复审)(?:日期|时间)|有效期至)"
    rf"\D{{0,40}}?((?:{_MONTH}\s+)?(?:19|20)\d\d)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<![\d.])(19[89]\d|20[0-4]\d)(?!\d)")
_ISSUED = re.compile(
    r"(?:issued|published|copyright|©|diterbitkan|dikeluarkan|ditetapkan|\bcitation|cite|出版|发布|印发)"
    r"[^\d]{0,60}((?:19|20)\d\d)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w/.:@-])[A-Z]{2,}[A-Z0-9.-]*(?:/[A-Za-z0-9.()-]+){2,}(?![\w/])")
_ISBN = re.compile(r"\bISBN(?:-1[03])?\s*:?\s*((?:97[89][- ]?)?\d[\d -]{7,14}[\dX])")
_TITLE_WORDS = re.compile(
    r"\b(?:guidelines?|management|pedoman|panduan|garis panduan|guide|tata ?laksana|pengurusan|rawatan|treatment"
    r"|prevention|screening|diagnosis|infection|disease)\b|指南|共识|规范",
    re.IGNORECASE,
)
_SECTION = re.compile(
    r"(?:chapter|bab|section|algorithm|table|figure|annex|appendix|lampiran)\b.{0,8}?[\dIVX]|\d+(?:\.\d+)*\.?\s"
    r"|(?:introduction|contents|table of contents|foreword|abbreviations|pendahuluan|kandungan|daftar isi|目\s*录|前\s*言)\W*$",
    re.IGNORECASE,
)
"""A heading that begins a part of a document and therefore does not name the whole."""
_CITED = re.compile(
    r"(?:(?:suggested|recommended|preferred) citations?|(?:how to|please) cite\b[^:.]{0,30}|cite (?:this|as)\b[^:.]{0,40}"
    r"|cara (?:mengutip|sitasi)|cadangan petikan)\s*[:.]\s*([A-Z].{20,400})",
    re.IGNORECASE,
)
DISPLAY = 13.5
"""Points from which type is a cover's, not a running text's."""
COVER_LINES = 25
"""Lines up to which a first page is a cover rather than text."""


@dataclass(frozen=True, slots=True)
class _Front:
    """The first pages, as identity is read from them."""

    lines: tuple[Line, ...]
    first: tuple[Line, ...]
    """The lines of the first page that has words."""
    text: str
    """The lines joined by spaces: what is said may wrap."""

    @property
    def is_cover(self) -> bool:
        """Whether the first page is a cover or a title page."""
        return len(self.first) <= COVER_LINES

    @property
    def cover(self) -> tuple[Line, ...]:
        """The first page's lines when it is a cover; else those that stand apart from the text."""
        return self.first if self.is_cover else tuple(line for line in self.first if _is_display(line))


def identity(
    file: str, sha256: str, metadata: Mapping[str, str], pages: Sequence[PageContent], count: int
) -> GuidelineInfo:
    """Title, publisher, edition, year and review date, from the first pages and the PDF's own metadata."""
    lines = tuple(line for page in pages[:FRONT] for region in page.regions for line in region.lines)
    first = tuple(line for line in lines if line.page == lines[0].page)
    front = _Front(lines, first, _folded(" ".join(line.text for line in lines)))
    review = _REVIEW.search(front.text)
    return GuidelineInfo(
        id=guideline_id(file),
        title=_title(front, pages, _named_title(metadata.get("title", "")), file),
        file=file,
        sha256=sha256,
        publisher=publisher(
            front.cover, lines, front.text, _citations(front.text), _folded(metadata.get("author", ""))
        ),
        edition=_edition(front),
        published=_year(front, file),
        review_due=review[1].strip() if review else None,
        language=language_of(" ".join(line.text for page in pages for region in page.regions for line in region.lines)),
        pages=count,
        number=_number(front.text),
    )


def guideline_id(file: str) -> str:
    """The id that a file's name gives: lower case letters, digits and hyphens."""
    stem = re.sub(r"[^a-z0-9]+", "-", Path(file).stem.lower()).strip("-")
    return stem or "guideline-" + hashlib.sha256(file.encode("utf-8", "surrogatepass")).hexdigest()[:8]


# ---- title


def _title(front: _Front, pages: Sequence[PageContent], metadata: str, file: str) -> str:
    """What the cover, else the colophon, the metadata or the running heads call the document; else the file's name."""
    named = (
        _decreed(front.first)
        or _displayed(front)
        or next((title for title, _ in _citations(front.text) if title), "")
        or metadata
        or _running_head(pages)
    )
    return named or re.sub(r"[-_]+", " ", Path(file).stem).strip()


def _decreed(first: Sequence[Line]) -> str:
    """The subject of an Indonesian decree or regulation, which is set in one size: the lines under TENTANG ("on")."""
    at = next((i for i, line in enumerate(first) if line.text.strip().upper() == "TENTANG"), None)
    if at is None:
        return ""
    title: list[Line] = []
    for line in first[at + 1 :]:
        # A blank line ends the subject; the formulas and signatures that follow are set like it.
        if title and line.box.top - title[-1].box.bottom > 1.2 * line.size:
            break
        title.append(line)
    return _joined(title)


def _displayed(front: _Front) -> str:
    """The largest words of the cover in their order; "" when the page has none that stand out."""
    lines = [line for line in front.first if sum(c.isalpha() for c in line.text) >= 2 and not _letterspaced(line.text)]
    if not lines:
        return ""
    largest = max(line.size for line in lines)
    # Where the largest words are only "Clinical Practice Guidelines", the subject follows in smaller ones.
    for share, gap in ((0.8, 0.9), (0.55, 3.0)):
        big = _block([line for line in lines if line.size > share * largest], largest, gap)
        title = _joined(_with_subtitle(big, lines))
        if title_key(title):
            break
    stands_out = largest >= DISPLAY or (front.is_cover and _TITLE_WORDS.search(title))
    fits = (4 if re.search("[\u4e00-\u9fff]", title) else 8) <= len(title) <= 300
    return title if stands_out and fits and title_key(title) and not _SECTION.match(title) else ""


def _block(lines: Sequence[Line], largest: float, gap: float) -> list[Line]:
    """The lines of the largest size, and smaller ones that follow closely: those apart name a programme or a sponsor."""
    block: list[Line] = []
    for line in lines:
        apart = block and line.box.top - block[-1].box.bottom > gap * line.size
        if line.size < 0.95 * largest and apart:
            continue
        block.append(line)
    return block


def _with_subtitle(block: list[Line], lines: Sequence[Line]) -> list[Line]:
    """A title that ends in a colon goes on in the next line, whatever its size."""
    if not block or not block[-1].text.rstrip().endswith((":", "：")):
        return block
    return block + [line for line in lines if line.box.top >= block[-1].box.bottom - 2 and line not in block][:1]


def _is_display(line: Line) -> bool:
    """Whether a line is set in a cover's type, or in capitals as the heads of decrees are."""
    return line.size >= DISPLAY or (line.text.isupper() and line.text.count(" ") >= 2)


def _letterspaced(text: str) -> bool:
    """Whether the letters of a word are set apart ("L E P R O S Y"): where its words end can no longer be told."""
    pieces = text.split()
    return len(pieces) >= 4 and sum(len(piece) == 1 for piece in pieces) > 0.6 * len(pieces)


def _joined(lines: Sequence[Line]) -> str:
    """The lines as one text; words drawn twice for a bolder look count once."""
    texts: list[str] = []
    for line in lines:
        if not texts or line.text != texts[-1]:
            texts.append(line.text)
    return re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", _folded(" ".join(texts)))


def _citations(text: str) -> list[tuple[str, str]]:
    """(title, author) of every suggested citation: "Department. (2021). Title. Place: Publisher."."""
    found = []
    for match in _CITED.finditer(text):
        parts = [part.strip() for part in re.split(r"(?<!\b[A-Z])[.;]\s+", match[1])]
        author = parts[0] if not _TITLE_WORDS.search(parts[0]) else ""
        title = next((part for part in parts[:4] if _TITLE_WORDS.search(part) and title_key(part)), "")
        found.append((re.sub(r",\s+[A-Z]\w+:.*", "", title), author))
    return found


def _running_head(pages: Sequence[PageContent]) -> str:
    """The words that the tops of most pages repeat: the title, in a part of a guideline without its cover."""
    tops = [_top(page) for page in pages if page.regions]
    counts = {words: tops.count(words) for words in tops if len(words) >= 8 and " " in words}
    if not counts:
        return ""
    words, count = max(counts.items(), key=lambda pair: pair[1])
    return words if count >= max(2, len(tops) // 2) and title_key(words) else ""


def _top(page: PageContent) -> str:
    lines = [line for region in page.regions for line in region.lines if line.box.bottom < 0.12 * page.height]
    if not lines:
        return ""
    return re.sub(r"^\W*\d+\W*|\W*\d+\W*$", "", _folded(min(lines, key=lambda line: line.box.top).text))


def _named_title(title: str) -> str:
    """The title that the PDF itself names; "" where word processors leave their file names."""
    title = _folded(title)
    program = re.search(r"microsoft|\.docx?|untitled|\.indd|\.pdf|_", title, re.I)
    return title if len(title) > 8 and not program else ""


# ---- edition, year, number


def _edition(front: _Front) -> str | None:
    """The edition that the cover names, or one that stands alone on a line: prose names other books' editions."""
    for line in (*front.cover, *front.lines):
        match = EDITION.search(line.text)
        if match and (line in front.cover or 2 * len(match[0]) >= len(line.text.strip())):
            return _folded(match[0])
    return None


def _year(front: _Front, file: str) -> int | None:
    """The latest year of the cover's short lines, review dates left out; else that of issue, else the file name's."""
    short = (line.text for line in front.cover if len(line.text.split()) <= 12)
    found = list(_years(_REVIEW.sub(" ", " \n".join(short))))
    if found:
        return max(found)
    issued = _ISSUED.search(_REVIEW.sub(" ", front.text))
    named = list(_years(re.sub(r"[-_]", " ", file)))
    if named:
        return named[-1]
    return int(issued[1]) if issued else None


def _years(text: str) -> Iterator[int]:
    return (int(year) for year in _YEAR.findall(text))


def _number(text: str) -> str | None:
    """The publisher's number of the document ("MOH/P/PAK/5.24(GU)"), else its ISBN."""
    for match in _NUMBER.finditer(text):
        if any(c.isdigit() for c in match[0]):
            # A bracket that was opened before the number is closed after it.
            extra = match[0].count(")") - match[0].count("(")
            return (match[0][:-extra] if extra > 0 and match[0].endswith(")") else match[0]).rstrip(".-")
    isbn = _ISBN.search(text)
    return f"ISBN {isbn[1]}" if isbn else None


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
