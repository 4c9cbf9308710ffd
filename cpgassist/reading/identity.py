"""What a guideline says of itself on its first pages: title, publisher, edition, year, review date, language."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from pathlib import Path

import pypdf

from cpgassist.reading.pages import PageContent
from cpgassist.types import GuidelineInfo, Line

_EDITION = re.compile(
    r"\b((?:\d{1,2}(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)\s+edition"
    r"|edisi\s+(?:ke-?\s*\w+|pertama|kedua|ketiga|keempat|kelima)|version\s+\d+(?:\.\d+)*|\d{4}\s+update)\b",
    re.IGNORECASE,
)
_REVIEW = re.compile(
    r"(?:(?:will|to|should) be reviewed|due for review|review (?:date|due)|next review|review is due"
    r"|akan di(?:kaji|semak) semula|tarikh (?:semakan|kajian semula))"
    r"\D{0,40}?((?:(?:Jan|Feb|Ma[rc]|Apr|Ma[yi]|Ju[nl]|Jula|Aug|Ogo|Sep|O[ck]t|Nov|D[ei][cs])\w*\s+)?(?:19|20)\d\d)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(19[89]\d|20[0-4]\d)\b")
_PUBLISHER = re.compile(
    r"\b(?:ministry of health|department of health|world health organization|kementerian kesehatan|kementerian kesihatan"
    r"|menteri kesehatan|centers for disease control|society|academy|college|association|publisher|published by"
    r"|institute|persatuan|akademi|diterbitkan oleh|penerbit|authority)\b",
    re.IGNORECASE,
)
_TITLE_WORDS = re.compile(
    r"\b(?:guidelines?|management|pedoman|panduan|garis panduan|guide|tata laksana|pengurusan|rawatan|treatment"
    r"|prevention|screening|diagnosis|infection|disease)\b",
    re.IGNORECASE,
)
_MALAY = frozenset("yang dan untuk dengan pada adalah tidak atau dalam kepada oleh dari daripada pesakit".split())
_ENGLISH = frozenset("the of and to in is for with be are or not by patients that".split())


def identity(file: str, sha256: str, content: bytes, pages: Sequence[PageContent], count: int) -> GuidelineInfo:
    """Title, publisher, edition, year and review date, from the first eight pages and the PDF's own metadata."""
    front = [line for page in pages[:8] for region in page.regions for line in region.lines]
    first = [line for line in front if line.page <= 2]
    text = "\n".join(line.text for line in front)
    cover = "\n".join(line.text for line in first if line.page == min(x.page for x in first))
    edition = _EDITION.search(cover) or _EDITION.search(text)
    review = _REVIEW.search(re.sub(r"\s+", " ", text))
    return GuidelineInfo(
        id=guideline_id(file),
        title=_title(first, content, file),
        file=file,
        sha256=sha256,
        publisher=_publisher(front),
        edition=re.sub(r"\s+", " ", edition[1]) if edition else None,
        published=_year(cover, text, file),
        review_due=review[1].strip() if review else None,
        language=_language(pages),
        pages=count,
    )


def guideline_id(file: str) -> str:
    """The id that a file's name gives: lower case letters, digits and hyphens."""
    stem = re.sub(r"[^a-z0-9]+", "-", Path(file).stem.lower()).strip("-")
    return stem or "guideline-" + hashlib.sha256(file.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _title(lines: Sequence[Line], content: bytes, file: str) -> str:
    """The largest words of the cover; else the metadata's title; else the file's name."""
    worded = [line for line in lines if sum(c.isalpha() for c in line.text) >= 4]
    if worded:
        page = worded[0].page
        on_page = [line for line in worded if line.page == page]
        largest = max(line.size for line in on_page)
        big = [line for line in on_page if line.size > 0.8 * largest][:6]
        title = re.sub(r"\s+", " ", " ".join(line.text for line in big)).strip()
        if 8 <= len(title) <= 220 and (largest >= 15 or _TITLE_WORDS.search(title)):
            return title
    return _metadata_title(content) or re.sub(r"[-_]+", " ", Path(file).stem).strip()


def _metadata_title(content: bytes) -> str | None:
    try:
        metadata = pypdf.PdfReader(io.BytesIO(content), strict=False).metadata
        title = str(metadata.title or "").strip() if metadata else ""
    except Exception:
        return None
    # Word processors leave their file names here.
    return title if len(title) > 8 and not re.search(r"microsoft word|\.docx?|untitled|\.indd", title, re.I) else None


def _publisher(lines: Sequence[Line]) -> str | None:
    for line in lines:
        text = re.sub(
            r"^(?:published by|publisher|diterbitkan oleh|penerbit)\s*:?\s*", "", line.text, flags=re.I
        ).strip()
        if (
            _PUBLISHER.search(line.text)
            and 6 <= len(text) <= 110
            and len(text.split()) <= 14
            and not text.endswith(".")
        ):
            return _EDITION.sub("", re.sub(r",\s*(?:19|20)\d\d\b", "", text)).strip(" ,:;©")
    return None


def _year(cover: str, text: str, file: str) -> int | None:
    """The latest year on the cover that is not a review date, else the file name's, else the year of issue."""
    found = [int(year) for year in _YEAR.findall(_REVIEW.sub(" ", cover))]
    if found:
        return max(found)
    named = _YEAR.findall(re.sub(r"[-_]", " ", file))
    if named:
        return int(named[-1])
    issued = re.search(r"(?:issued|published|copyright|©|diterbitkan|ditetapkan)\D{0,60}((?:19|20)\d\d)", text, re.I)
    return int(issued[1]) if issued else None


def _language(pages: Sequence[PageContent]) -> str | None:
    """ "zh", "ms" (Malay and Indonesian) or "en", by their commonest words; None when there is no text."""
    words = [
        word
        for page in pages[:60]
        for region in page.regions
        for line in region.lines
        for word in line.text.lower().split()
    ]
    if not words:
        return None
    chinese = sum(any("\u4e00" <= c <= "\u9fff" for c in word) for word in words)
    if chinese * 4 > len(words):
        return "zh"
    malay, english = sum(w in _MALAY for w in words), sum(w in _ENGLISH for w in words)
    return "ms" if malay > english else "en"
