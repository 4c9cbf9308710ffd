"""Which guidelines of a corpus are older editions of others, and which repeat another: copies, extracts, scans.

Both are told while indexing and stored in each GuidelineInfo. Editions are told by title and publisher, repeats by
the words of the passages, whatever the files are called. What is told wrongly hides text from a doctor, so where
the signs disagree nothing is linked, and corpus.toml has the last word.
"""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from cpgassist.shingles import Runs
from cpgassist.types import GuidelineInfo, Passage

RULES = 1
"""Number of the rules below; a corpus linked under other rules is linked again by its next reindex."""

_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_MALAY_ORDINALS = "pertama kedua ketiga keempat kelima keenam ketujuh".split()
_CHINESE_NUMBERS = "一二三四五六七八九十"
EDITION = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)|{'|'.join(_ORDINALS)})\s+edition\b"
    rf"|\bedisi\s+(?:ke-?\s*\w+|{'|'.join(_MALAY_ORDINALS)})\b|\bversion\s+\d+(?:\.\d+)*\b|\b(?:19|20)\d\d\s+update\b"
    rf"|第\s*[{_CHINESE_NUMBERS}\d]+\s*版|\d{{4}}\s*年?\s*(?:修订|更新)?版",
    re.IGNORECASE,
)
"""How covers name an edition. "th Edition", which lost its number, names none."""

_NO_TOPIC = frozenset(
    "clinical practice guideline guidelines cpg national edition edisi update updated revised revision version full text"
    " quick reference summary final draft the a an of on for in and to garis panduan amalan klinikal pedoman nasional"
    " pelayanan kedokteran dan untuk".split()
)
"""Words of a title that do not tell what it is about."""
_NO_TOPIC_CHINESE = re.compile("临床|实践|诊疗|指南|专家共识|共识|修订版?|更新版?|年版?|版")
_PLAIN_BODY = frozenset("ministry department kementerian of health the and for kesihatan kesehatan".split())
"""Words that bodies of different countries share."""
_MONTHS = {
    name: number
    for number, names in enumerate(
        "jan,feb,mar mac,apr,may mei,jun,jul,aug ogo agu,sep,oct okt,nov,dec dis des".split(","), 1
    )
    for name in names.split()
}

REPEATS = 0.6
"""Share of a document's runs of words that another must hold for it to be a copy or extract. Of 15 real guidelines no
two share more than 0.09, chapters on method included; a scan with a tenth of its words misread keeps 0.72."""
SAME_PASSAGE = 0.5
"""Share of the runs of a passage read by OCR that the whole document must hold for the passage to give way to it."""
AS_LONG = 0.5
"""Share, both ways, from which two documents of different years are editions whatever their titles say."""


@dataclass(frozen=True)
class Document:
    """A guideline of the corpus with its passages, as relations are told from it."""

    info: GuidelineInfo
    passages: Sequence[Passage]
    stated: str | None = None
    """The file that it replaces, as corpus.toml says; "" for none, None where nothing is said."""

    @cached_property
    def runs(self) -> Runs:
        """The runs of words in the searched passages."""
        return Runs([passage.text for passage in self.passages if passage.searched])

    @property
    def rank(self) -> tuple[float, bool, int, str]:
        """The place among copies of one text, the best first: the longest, with a text layer, under the plainest name."""
        by_ocr = any(passage.read_by_ocr for passage in self.passages)
        # In steps of a tenth: a scan read by OCR has a few words more or less than its original.
        size = round(math.log(1 + len(self.runs), 1.1))
        return (-size, by_ocr, len(self.info.file), self.info.file)


def linked(documents: Sequence[Document]) -> list[tuple[GuidelineInfo, tuple[Passage, ...]]]:
    """Each identity with `supersedes`, `superseded_by` and `same_as`, and the passages with `repeated`.

    A passage repeats another's only where the whole document prints all of its words in the same order: what an
    extract adds or prints otherwise, be it one number or one "not", stays its own.
    """
    wholes = _wholes(documents)
    newer = _newer(documents, wholes)
    older = {new: old for old, new in newer.items()}
    by_id = {document.info.id: document for document in documents}
    told = []
    for document in documents:
        name, whole = document.info.id, wholes.get(document.info.id)
        newest = _last(whole or name, newer)
        info = replace(
            document.info,
            same_as=whole,
            supersedes=older.get(name),
            superseded_by=None if newest in (name, whole) else newest,
        )
        repeated = _repeated(document, by_id[whole]) if whole else frozenset()
        told.append((info, tuple(_marked(passage, passage.id in repeated) for passage in document.passages)))
    return told


def _marked(passage: Passage, repeated: bool) -> Passage:
    return passage if passage.repeated == repeated else replace(passage, repeated=repeated)


def title_key(title: str) -> frozenset[str]:
    """What a title is about: its words without those that any guideline or edition has; none may be left.

    "Management of Gull Fever (2nd Edition)" and "CPG: Management of Gull Fever 2019" have the same key.
    """
    bare = _NO_TOPIC_CHINESE.sub(" ", EDITION.sub(" ", title.casefold()))
    words = re.findall(r"[^\W_]+", re.sub(r"\b(?:19|20)\d\d\b", " ", bare))
    return frozenset(words) - _NO_TOPIC


def edition_number(edition: str | None) -> float | None:
    """The number an edition's name holds ("Third Edition", "Edisi Kedua", "Version 2.3"), or None."""
    if not edition:
        return None
    for names in (_ORDINALS, _MALAY_ORDINALS):
        for number, name in enumerate(names, 1):
            if re.search(rf"\b{name}\b", edition, re.IGNORECASE):
                return float(number)
    if chinese := re.search(f"第\\s*([{_CHINESE_NUMBERS}])\\s*版", edition):
        return float(_CHINESE_NUMBERS.index(chinese[1]) + 1)
    digits = re.search(r"(?<![\d.])\d{1,2}(?:\.\d+)?(?![\d])", edition)
    return float(digits[0]) if digits else None


def review_passed(info: GuidelineInfo, today: date) -> bool:
    """Whether the whole month or year in which the guideline was to be reviewed lies before today."""
    if not info.review_due or not (year := re.search(r"(?:19|20)\d\d", info.review_due)):
        return False
    word, number = re.search(r"[^\W\d]{3,}", info.review_due), re.search(r"\d{4}-(0[1-9]|1[0-2])", info.review_due)
    month = int(number[1]) if number else _MONTHS.get(word[0][:3].lower(), 12) if word else 12
    return date(int(year[0]), month, calendar.monthrange(int(year[0]), month)[1]) < today


def named(info: GuidelineInfo) -> str:
    """`Title, 2nd Edition (2023)`: the edition where the title does not say it already."""
    said = info.edition and info.edition.casefold() not in info.title.casefold()
    year = f" ({info.published})" if info.published else ""
    return f"{info.title}{f', {info.edition}' if said else ''}{year}"


def cautions(info: GuidelineInfo, guidelines: Mapping[str, GuidelineInfo], today: date) -> list[str]:
    """What a reader of an edition must know: which one supersedes it, and that its review is overdue."""
    said = []
    newer = guidelines.get(info.superseded_by or "")
    if newer is not None:
        said.append(f"Superseded by {named(newer)}.")
    if review_passed(info, today):
        said.append(f"Its review was due in {info.review_due}.")
    return said


def remarks(info: GuidelineInfo, guidelines: Mapping[str, GuidelineInfo], today: date) -> list[str]:
    """What an admin must know of a guideline: what readers must, which others it repeats or replaces."""
    whole, older = guidelines.get(info.same_as or ""), guidelines.get(info.supersedes or "")
    said = [f"Repeats {named(whole)}, {whole.file}: searched there."] if whole else []
    said += [f"Supersedes {named(older)}, {older.file}."] if older else []
    return said + cautions(info, guidelines, today)


# ---- editions


def _newer(documents: Sequence[Document], wholes: Mapping[str, str]) -> dict[str, str]:
    """The next edition after each guideline that has one, by id; copies and extracts count with their wholes."""
    ids = {document.info.file: wholes.get(document.info.id, document.info.id) for document in documents}
    newer: dict[str, str] = {}
    for document in documents:
        new, old = ids[document.info.file], ids.get(document.stated or "")
        if old and old != new and _last(new, newer) != old:
            newer[old] = new
    whole = sorted((one for one in documents if one.info.id not in wholes), key=lambda one: _age(one.info))
    # By age, so that the first to claim an edition is the next one after it. What corpus.toml says comes before.
    for document in (one for one in whole if one.stated is None):
        for old in (other.info.id for other in whole if _replaces(document, other)):
            if old not in newer and _last(document.info.id, newer) != old:
                newer[old] = document.info.id
    return newer


def _last(start: str, newer: Mapping[str, str]) -> str:
    """The newest edition that a chain of editions leads to."""
    while start in newer:
        start = newer[start]
    return start


def _replaces(document: Document, other: Document) -> bool:
    """Whether `other` is an older edition of the document: one subject, publisher and language, an earlier edition."""
    new, old = document.info, other.info
    if not _is_later(new, old) or not _one_publisher(new.publisher, old.publisher):
        return False
    if new.language and old.language and new.language != old.language:
        return False
    if title_key(new.title) and title_key(new.title) == title_key(old.title):
        return True
    return document.runs.share_in(other.runs, AS_LONG) >= AS_LONG and (
        other.runs.share_in(document.runs, AS_LONG) >= AS_LONG
    )


def _is_later(new: GuidelineInfo, old: GuidelineInfo) -> bool:
    """By year and number of the edition, as far as both print them; when the two disagree, neither is later."""
    years = new.published - old.published if new.published and old.published else 0
    first, second = edition_number(new.edition), edition_number(old.edition)
    numbers = first - second if first is not None and second is not None else 0
    return (years > 0 and numbers >= 0) or (years == 0 and numbers > 0)


def _age(info: GuidelineInfo) -> tuple[int, float, str]:
    return (info.published or 0, edition_number(info.edition) or 0, info.id)


def _one_publisher(first: str | None, second: str | None) -> bool:
    """Whether two names may be one body's; an unknown one may be anybody's.

    "Ministry of Health Malaysia" and "Medical Development Division, Ministry of Health Malaysia" may be one, "Ministry
    of Health Malaysia" and "Ministry of Health Singapore" may not.
    """
    if not first or not second:
        return True
    one, two = (frozenset(re.findall(r"[^\W_]+", name.casefold())) for name in (first, second))
    return one <= two or two <= one or bool((one & two) - _PLAIN_BODY)


# ---- repeats


def _wholes(documents: Sequence[Document]) -> dict[str, str]:
    """Each guideline that repeats another, with the one it repeats, which itself repeats none."""
    wholes: dict[str, str] = {}
    ordered = sorted(documents, key=lambda document: document.rank)
    for at, part in enumerate(ordered):
        best, most = None, 0.0
        for whole in ordered[:at]:
            share = _share_repeated(part, whole) if whole.info.id not in wholes else 0.0
            if share > most:
                best, most = whole.info.id, share
        if best is not None:
            wholes[part.info.id] = best
    return wholes


def _share_repeated(part: Document, whole: Document) -> float:
    """How much of the part the whole holds; 0 unless that makes it a copy or extract, and no edition of its own."""
    if part.info.sha256 == whole.info.sha256:
        return 1.0
    if part.stated == whole.info.file or whole.stated == part.info.file:
        return 0.0
    share = part.runs.share_in(whole.runs, REPEATS)
    if share < REPEATS:
        return 0.0
    one_text = share == 1.0 == whole.runs.share_in(part.runs, REPEATS)
    return 0.0 if (_replaces(whole, part) or _replaces(part, whole)) and not one_text else share


def _repeated(part: Document, whole: Document) -> frozenset[str]:
    """The ids of the part's passages that the whole prints too."""
    if part.info.sha256 == whole.info.sha256:
        return frozenset(passage.id for passage in part.passages)
    texts = [passage.text for passage in whole.passages]
    # In one piece too: two documents are not cut into passages at the same places.
    printed = Runs([*texts, " ".join(texts)])

    def repeats(passage: Passage) -> bool:
        share = Runs([passage.text]).share_in(printed)
        # Where OCR and a text layer differ, the text layer is to be believed; between two text layers, nobody.
        return share >= SAME_PASSAGE if passage.read_by_ocr else share == 1.0

    return frozenset(passage.id for passage in part.passages if repeats(passage))
