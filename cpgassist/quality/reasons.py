"""Why a page, or a guideline as a whole, should be looked at. Every rule and its risk is here.

The order of risks follows what harm a reader of answers could come to: words that are missing without a trace are worst,
then words that may be wrong, then words that stand in another place or without their grade, then what is only unusual.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from cpgassist.quality.findings import PageQuality, Reason
from cpgassist.types import GuidelineReport, PageReport, Passage

SURE = 0.9
"""OCR confidence of a page under which many of its words may be wrong."""
_FEW = 60
"""Words that a page may lose without being worth a look: a foot line, an address."""
_LISTED_SHARE = 0.35
"""References fill up to a fifth of real guidelines, contents some pages more; beyond this a chapter may be among them."""


def words_by_page(passage: Passage) -> Counter[int]:
    """How many of a passage's words stand on each page."""
    count = Counter[int]()
    if passage.sentences and passage.kind not in ("flowchart", "figure"):
        for sentence in passage.sentences:
            over = len(sentence.continued.split())
            count[sentence.page] += len(sentence.text.split()) - over
            count[sentence.page + 1] += over
    elif passage.kind != "no_text":
        for page in passage.pages:
            count[page] += len(passage.text.split()) // len(passage.pages)
    return count


def page_reasons(
    pages: Sequence[PageReport], passages: Sequence[Passage], on_page: Mapping[int, Sequence[Passage]]
) -> dict[int, tuple[Reason, ...]]:
    """The reasons to look at each page, worst first."""
    words = Counter[int]()
    for passage in passages:
        words += words_by_page(passage)
    clashing = _clashing_grades(passages)
    grades_all = _grades_nearly_all(passages)
    found = {}
    for page in pages:
        held = on_page[page.number]
        reasons = [
            *_reading(page),
            *_lost(page, held, words[page.number]),
            *_hidden(page, held),
            *_grading(page, held, clashing, grades_all),
            *_drawn(held),
        ]
        found[page.number] = tuple(sorted(reasons, key=lambda reason: -reason.risk))
    return found


def _reading(page: PageReport) -> list[Reason]:
    if page.fault:
        return [Reason("unread", 100, f"could not be read: {page.fault}")]
    reasons = []
    if page.confidence is not None:
        sure = f"mean confidence {page.confidence:.2f}"
        if page.confidence < SURE:
            reasons.append(Reason("ocr", 85, f"read by OCR that was not sure: {sure}"))
        else:
            reasons.append(Reason("ocr", 50, f"read by OCR: check its numbers ({sure})"))
    elif page.has_ink and not page.characters:
        reasons.append(Reason("no_text", 95, "has no text layer: nothing of it is searched"))
    if page.undecided:
        reasons.append(Reason("undecided", 80, f"{_counted(page.undecided, 'word')} may read otherwise on the page"))
    if page.repaired:
        reasons.append(Reason("repaired", 25, f"{_counted(page.repaired, 'word')} put right from what the page shows"))
    return reasons


def _lost(page: PageReport, held: Sequence[Passage], kept: int) -> list[Reason]:
    """Words that were read and stand in no passage, or only in passages kept out of search."""
    if page.words - kept > max(_FEW, page.words // 2):
        return [Reason("lost", 90, f"only {kept} of its {page.words} words are in passages")]
    if page.characters and all(passage.kind in ("running_head", "no_text") for passage in held) and page.words <= _FEW:
        return [Reason("bare", 55, "only a head, foot or number was read: a picture, or an empty page")]
    listed = any(passage.kind in ("toc", "reference_list", "hidden") for passage in held)
    if page.words > _FEW and not listed and not any(passage.searched for passage in held):
        return [Reason("kept_out", 70, f"none of its {page.words} words is searched")]
    return []


def _hidden(page: PageReport, held: Sequence[Passage]) -> list[Reason]:
    hidden = sum(words_by_page(passage)[page.number] for passage in held if passage.kind == "hidden")
    return [Reason("hidden", 75, f"{_counted(hidden, 'word')} that the page does not show, kept out")] if hidden else []


def _grading(page: PageReport, held: Sequence[Passage], clashing: Mapping[str, str], nearly_all: bool) -> list[Reason]:
    reasons = []
    texts = [clashing[passage.id] for passage in held if passage.id in clashing]
    if texts:
        reasons.append(Reason("two_grades", 65, f"one statement stands with several grades: {'; '.join(texts)}"))
    ungraded = sum(
        passage.kind == "recommendation" and passage.grade is None and passage.page == page.number for passage in held
    )
    if ungraded and nearly_all:
        text = f"{_counted(ungraded, 'recommendation')} without a grade, where most have one"
        reasons.append(Reason("ungraded", 45, text))
    return reasons


def _drawn(held: Sequence[Passage]) -> list[Reason]:
    reasons = []
    shaky = {p.table.caption for p in held if p.kind == "table" and p.table is not None and not p.table.reliable}
    if shaky:
        named = ", ".join(sorted(f'"{caption[:60]}"' for caption in shaky if caption))
        text = f"a table whose cells are not sure{f': {named}' if named else ''}; its picture is shown instead"
        reasons.append(Reason("unreliable_table", 60, text))
    if any(passage.kind == "flowchart" for passage in held):
        reasons.append(Reason("flowchart", 30, "a flowchart: found by its words, answered by its picture"))
    elif any(passage.kind == "figure" for passage in held):
        reasons.append(Reason("figure", 15, "a figure: its picture is the answer"))
    return reasons


def _clashing_grades(passages: Sequence[Passage]) -> dict[str, str]:
    """Passage id -> the grades, for statements that the guideline prints with different ones."""
    grades: dict[str, dict[str, None]] = {}
    holders: dict[str, list[str]] = {}
    for passage in passages:
        if passage.grade is None or not passage.searched:
            continue
        for sentence in passage.sentences:
            wording = " ".join(re.sub(r"[^\w<>=≤≥]+", " ", sentence.text.casefold()).split())
            if len(wording.split()) >= 6:
                grades.setdefault(wording, {})[passage.grade] = None
                holders.setdefault(wording, []).append(passage.id)
    return {
        holder: " and ".join(found)
        for wording, found in grades.items()
        if len(found) > 1
        for holder in holders[wording]
    }


def _grades_nearly_all(passages: Sequence[Passage]) -> bool:
    """Whether the guideline grades its recommendations, so that one without a grade is unusual."""
    grades = [passage.grade for passage in passages if passage.kind == "recommendation"]
    return sum(grade is not None for grade in grades) * 2 > len(grades)


def file_cautions(
    report: GuidelineReport, titles: Mapping[str, str], pages: Sequence[PageQuality], today: date
) -> tuple[str, ...]:
    """What speaks against a guideline as a whole."""
    info, cautions = report.info, []
    if info.superseded_by:
        cautions.append(f"superseded by {titles.get(info.superseded_by, info.superseded_by)}")
    if info.same_as:
        cautions.append(f"repeats {titles.get(info.same_as, info.same_as)}")
    due = [int(year) for year in re.findall(r"\b(?:19|20)\d\d\b", info.review_due or "")]
    if due and max(due) < today.year:
        cautions.append(f"review was due in {info.review_due}")
    listed = sum(page.holds == "listing" for page in pages)
    if listed > max(4, _LISTED_SHARE * len(pages)):
        cautions.append(f"{listed} of {len(pages)} pages are taken for contents or references")
    if report.graded and not info.grading:
        cautions.append("prints grades, but no page that defines them was found")
    if not report.pages:
        cautions.append("indexed by an older version: reindex with --full to see its pages")
    return tuple(cautions)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
