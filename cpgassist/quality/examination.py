"""A sealed index -> its quality: nothing is read again, so a check costs a second whatever the PDFs hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from statistics import fmean
from typing import TYPE_CHECKING

from cpgassist.quality.findings import GuidelineQuality, PageQuality, Quality
from cpgassist.quality.reasons import file_cautions, page_reasons, words_by_page
from cpgassist.types import Guideline, GuidelineReport, PageReport, Passage

if TYPE_CHECKING:
    from cpgassist.index import Contents

_HOLDING = {"flowchart": "figure", "toc": "listing", "reference_list": "listing"}
"""What a passage's kind is called on the map, where that is not its name."""


def page_reports(guideline: Guideline) -> tuple[PageReport, ...]:
    """What an index remembers of each page besides its passages."""
    words = Counter[int]()
    for section in guideline.sections:
        for block in section.blocks:
            for line in block.lines:
                words[line.page] += len(line.text.split())
    decided = Counter(repair.page for repair in guideline.repairs if repair.how != "undecided")
    undecided = Counter(repair.page for repair in guideline.repairs if repair.how == "undecided")
    return tuple(
        PageReport(
            page.number,
            page.label,
            page.characters,
            words[page.number],
            page.has_ink,
            page.confidence,
            page.fault,
            decided[page.number],
            undecided[page.number],
        )
        for page in guideline.pages
    )


def examine(contents: Contents, today: date) -> Quality:
    """The quality of an index version as of a day."""
    manifest = contents.manifest
    held: dict[str, list[Passage]] = {}
    for passage in (*contents.passages, *contents.excluded):
        held.setdefault(passage.guideline, []).append(passage)
    titles = {report.info.id: report.info.title for report in manifest.guidelines}
    guidelines = tuple(
        examine_guideline(report, held.get(report.info.id, []), titles, today) for report in manifest.guidelines
    )
    return Quality(manifest.id, manifest.created, guidelines, manifest.skipped)


def examine_guideline(
    report: GuidelineReport, passages: Sequence[Passage], titles: Mapping[str, str], today: date
) -> GuidelineQuality:
    """The quality of one guideline as of a day; `titles` are those of all guidelines, by id."""
    kinds = Counter(passage.kind for passage in passages)
    tables = _tables(passages)
    read = report.pages or tuple(PageReport(n, None, 0, 0) for n in range(1, report.info.pages + 1))
    on_page = {page.number: [p for p in passages if page.number in p.pages] for page in read}
    reasons = page_reasons(read, passages, on_page)
    pages = tuple(
        PageQuality(page.number, page.label, _holds(page, on_page[page.number]), page.words, reasons[page.number])
        for page in read
    )
    ocr = [page for page in read if page.confidence is not None]
    hidden = [passage for passage in passages if passage.kind == "hidden"]
    return GuidelineQuality(
        info=report.info,
        pages=pages,
        words=sum(page.words for page in read),
        passages=dict(sorted(kinds.items())),
        headings=len({passage.heading_path for passage in passages if passage.heading_path}),
        labelled=sum(page.label is not None for page in read),
        graded=sum(passage.grade is not None for passage in passages),
        ungraded=sum(passage.kind == "recommendation" and passage.grade is None for passage in passages),
        gradings=len(report.info.grading),
        tables=len(tables),
        unreliable=sum(not reliable for reliable in tables),
        flowcharts=kinds["flowchart"],
        figures=kinds["figure"],
        ocr_pages=tuple(page.number for page in ocr),
        ocr_confidence=round(fmean(page.confidence or 0.0 for page in ocr), 3) if ocr else None,
        without_text=tuple(p.number for p in read if p.has_ink and not p.characters and p.confidence is None),
        hidden_words=sum(sum(words_by_page(passage).values()) for passage in hidden),
        repaired=sum(page.repaired for page in read),
        undecided=sum(page.undecided for page in read),
        silent=_silent_run(pages, on_page),
        cautions=file_cautions(report, titles, pages, today),
        notes=report.notes,
    )


def _tables(passages: Sequence[Passage]) -> list[bool]:
    """Whether each table is reliable; the passages that a long one was cut into count once."""
    keyed = [
        ((table.caption, table.header, passage.heading_path), table.reliable)
        for passage in passages
        if passage.kind == "table" and (table := passage.table) is not None
    ]
    return [all(reliable for _, reliable in parts) for _, parts in groupby(keyed, key=lambda pair: pair[0])]


def _holds(page: PageReport, passages: Sequence[Passage]) -> str:
    """What the page mainly holds, by the area that each kind covers."""
    area = Counter[str]()
    for passage in passages:
        if passage.kind in ("running_head", "no_text"):
            continue
        for place in passage.at:
            if place.page == page.number:
                name = _HOLDING.get(passage.kind, passage.kind)
                area[name] += round(sum(box.width * box.height for box in place.boxes)) + 1
    if page.confidence is not None and not page.characters:
        return "ocr"
    if area:
        return area.most_common(1)[0][0]
    return "unread" if page.fault or page.has_ink else "nothing"


def _silent_run(pages: Sequence[PageQuality], on_page: Mapping[int, Sequence[Passage]]) -> tuple[int, int] | None:
    runs = _runs([page.number for page in pages if not any(p.searched for p in on_page[page.number])])
    return max(runs, key=lambda run: run[1] - run[0], default=None)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        held = [number for _, number in run]
        yield held[0], held[-1]
