"""The quality of the index as the admin page shows it: a map of pages for each guideline, and the pages to look at."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from cpgassist.apps.admin.html import Markup, block, counted, join, listed, note, table, tag
from cpgassist.apps.pagemap import cell, legend
from cpgassist.quality import GuidelineQuality, Quality
from cpgassist.quality.figures import figures

WORST = 40
"""Pages that are listed; the maps mark all of them."""


def maps(quality: Quality) -> str:
    """Every guideline's map, and the worst pages."""
    found = quality.look_at()
    pages = sum(len(guideline.pages) for guideline in quality.guidelines)
    head = (
        f"{counted(len(quality.guidelines), 'guideline')}, {counted(pages, 'page')}, {len(found)} of them to look at."
    )
    return block(
        tag("p", head, " A cell is a page: choose one to see what was read of it.", class_="about"),
        legend(),
        *(_guideline(guideline) for guideline in quality.guidelines),
        *_worst(quality),
    )


def shown_address(guideline: str, page: int, sha256: str) -> str:
    """Where the picture of what was read of a page is drawn."""
    return f"/admin/shown/{quote(guideline, safe='')}/{page}.png?v={sha256[:12]}"


def _guideline(of: GuidelineQuality) -> Markup:
    cells = [cell(page, shown_address(of.info.id, page.number, of.info.sha256)) for page in of.pages]
    facts = [tag("div", tag("dt", name), tag("dd", value)) for name, value in figures(of)]
    about = " · ".join(str(part) for part in (of.info.file, of.info.published, of.info.edition) if part)
    notes = [tag("details", tag("summary", counted(len(of.notes), "note")), listed(of.notes))] if of.notes else []
    return tag(
        "section",
        tag("h3", of.info.title, tag("small", about)),
        *(tag("p", caution, class_="caution") for caution in of.cautions),
        tag("div", *cells, class_="map"),
        tag("details", tag("summary", "Figures"), tag("dl", *facts)),
        *notes,
        class_="quality",
    )


def _worst(quality: Quality) -> Iterator[Markup]:
    found = quality.look_at()
    if not found:
        yield note("good", "No page stands out.")
        return
    rows = []
    for of, page in found[:WORST]:
        label = f" (printed {page.label})" if page.label and page.label != str(page.number) else ""
        link = tag(
            "a", f"{page.number}{label}", href=shown_address(of.info.id, page.number, of.info.sha256), class_="shown"
        )
        rows.append([str(page.risk), of.info.file, link, join(tag("div", reason.text) for reason in page.reasons)])
    yield tag(
        "h3",
        "Look at these pages before you trust the index",
        tag("small", "worst first; the risk runs from 10 to 100"),
    )
    yield table(("Risk", "File", "Page", "Why"), rows, numbers=(0,), kind="worst")
    if len(found) > WORST:
        yield tag("p", f"… and {len(found) - WORST} more, marked on the maps.", class_="about")
