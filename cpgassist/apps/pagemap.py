"""The quality of an index as one HTML page that asks for nothing: a cell per page, its letter saying what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cpgassist.errors import InputError
from cpgassist.evaluation.markup import Markup, join, tag
from cpgassist.quality import HOLDINGS, GuidelineQuality, PageQuality, Quality
from cpgassist.quality.figures import figures

LETTERS = {
    "text": "t",
    "recommendation": "R",
    "table": "T",
    "figure": "F",
    "ocr": "O",
    "hidden": "H",
    "listing": "c",
    "unread": "?",
    "nothing": "–",
}
"""What stands in the cell of a page, so that nothing depends on its colour."""

_COLOURS = {
    "text": ("#d7e3f8", "#24406e"),
    "recommendation": ("#bfe6d0", "#14573a"),
    "table": ("#fbdcb5", "#6e4210"),
    "figure": ("#e6d2f2", "#55306b"),
    "ocr": ("#fff0a8", "#6b5a00"),
    "hidden": ("#f9c4c4", "#7c1f1f"),
    "listing": ("#e4e4e4", "#4a4a4a"),
    "unread": ("#d03434", "#d03434"),
    "nothing": ("transparent", "transparent"),
}
"""The ground of a cell in a light and in a dark room; the letter on it is black or white."""

CELL_STYLE = """
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; }
.map { display: flex; flex-wrap: wrap; gap: 3px; margin: .6rem 0; }
.cell { position: relative; width: 1.75rem; height: 1.75rem; display: inline-flex; align-items: center;
  justify-content: center; border: 1px solid var(--line); border-radius: 4px; color: var(--ink);
  text-decoration: none; font: 600 .85rem ui-monospace, monospace; }
.legend .cell { margin-right: .4rem; }
.look { border: 2px solid var(--ink); } .look::after { content: "!"; position: absolute; top: -.55rem; right: -.3rem;
  color: var(--ground); background: var(--ink); border-radius: 50%; width: .95rem; height: .95rem; font-size: .7rem;
  line-height: .95rem; text-align: center; }
a.cell:focus-visible, a.cell:hover { outline: 3px solid currentColor; outline-offset: 1px; }
"""
"""How cells and their legend look, wherever a map is shown; `cell_style` adds the grounds."""

_STYLE = """
:root { color-scheme: light dark; --ink: #16181d; --dim: #5b6270; --ground: #fff; --line: #cfd4dc; --alarm: #b01818; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eceff4; --dim: #a4adbb; --ground: #14161a; --line: #3a404a; --alarm: #ff8a80; }
}
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .3rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .2rem; overflow-wrap: anywhere; }
p, .dim { color: var(--dim); margin: .2rem 0; } .alarm { color: var(--alarm); }
ul { padding-left: 1.2rem; } li { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .15rem 1.5rem; margin: .5rem 0; }
dl div { display: flex; justify-content: space-between; gap: 1rem; border-bottom: 1px dotted var(--line); }
dt { color: var(--dim); } dd { margin: 0; text-align: right; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .3rem .5rem;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; } th { color: var(--dim); font-weight: 500; }
tr:target { outline: 3px solid; outline-offset: -3px; } td.risk { text-align: right; }
@media (max-width: 40rem) { th.file, td.file { display: none; } td.reason b { display: inline; } }
@media (min-width: 40.01rem) { td.reason b { display: none; } }
@media print { :root { color-scheme: light; }
  body { font-size: 10pt; } h2 { break-after: avoid; } tr, .map { break-inside: avoid; }
  .cell { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
"""


def write_pagemap(quality: Quality, target: Path) -> None:
    """Write the page; raises InputError when it cannot be written there."""
    try:
        target.write_text(pagemap(quality), encoding="utf-8", errors="replace", newline="\n")
    except (OSError, ValueError) as error:
        raise InputError(
            f"{target} cannot be written: {error}.", "Name an .html file in a folder that exists."
        ) from error


def pagemap(quality: Quality) -> str:
    """The whole page as HTML."""
    head = join(
        (
            Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
            # Should anything slip through escaping, it may neither run nor fetch.
            Markup(
                '<meta http-equiv="Content-Security-Policy" '
                "content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">"
            ),
            tag("title", f"cpgassist check {quality.index}"),
            tag("style", Markup(_STYLE + cell_style())),
        )
    )
    body = tag("body", tag("main", *_sections(quality)))
    return f"<!doctype html>\n{tag('html', tag('head', head), body, lang='en')}\n"


def cell_style() -> str:
    """The style of a map's cells; their grounds follow the light or dark `color-scheme` of where they stand."""
    light = "".join(f".cell.{name} {{ background: {bright}; }}" for name, (bright, _) in _COLOURS.items())
    # for browsers that know the word; others keep the light grounds, and the letters say it all
    both = "".join(f".cell.{name} {{ background: light-dark({a}, {b}); }}" for name, (a, b) in _COLOURS.items())
    return (
        f"{CELL_STYLE}{light} @supports (color: light-dark(#000, #fff)) {{ {both} }} .cell.unread {{ color: #fff; }}\n"
    )


def _sections(quality: Quality) -> Iterator[Markup]:
    yield tag("h1", "What to look at before you trust this index")
    pages = sum(len(guideline.pages) for guideline in quality.guidelines)
    found = quality.look_at()
    yield tag(
        "p",
        f"Index {quality.index} of {quality.created}: {len(quality.guidelines)} guidelines, {pages} pages, "
        f"{len(found)} of them to look at. ",
        tag("a", "To the list", href="#look"),
    )
    for out in quality.left_out:
        yield tag("p", f"Left out: {out.file}: {out.reason}", class_="alarm")
    yield legend()
    for number, guideline in enumerate(quality.guidelines, 1):
        yield _guideline(guideline, number)
    yield _look(quality)


def legend() -> Markup:
    """What the letters of a map stand for."""
    cells = [tag("li", _mark(name), says) for name, says in HOLDINGS.items()]
    marked = tag("li", tag("span", "t", class_="cell text look"), "look at this page: its reasons are linked")
    return tag("ul", *cells, marked, class_="legend", aria_label="What the letters say")


def _mark(name: str) -> Markup:
    return tag("span", LETTERS[name], class_=f"cell {name}")


def _guideline(guideline: GuidelineQuality, number: int) -> Markup:
    info = guideline.info
    about = ", ".join(str(part) for part in (info.file, info.publisher, info.published, info.edition) if part)
    cautions = [tag("p", caution, class_="alarm") for caution in guideline.cautions]
    facts = [tag("div", tag("dt", name), tag("dd", value)) for name, value in figures(guideline)]
    notes = tag("ul", *(tag("li", note) for note in guideline.notes)) if guideline.notes else Markup("")
    cells = [cell(page, f"#g{number}-p{page.number}" if page.reasons else None) for page in guideline.pages]
    return tag(
        "section",
        tag("h2", info.title),
        tag("p", about),
        *cautions,
        tag("div", *cells, class_="map"),
        tag("dl", *facts),
        notes,
    )


def cell(page: PageQuality, href: str | None) -> Markup:
    """The cell of a page: what it holds and why to look at it, in words too; a link where `href` is given."""
    label = f" (printed {page.label})" if page.label and page.label != str(page.number) else ""
    why = "".join(f"; {reason.text}" for reason in page.reasons)
    says = f"page {page.number}{label}: {HOLDINGS[page.holds]}{why}"
    style = f"cell {page.holds}{' look' if page.reasons else ''}"
    if href is None:
        return tag("span", LETTERS[page.holds], class_=style, title=says, role="img", aria_label=says)
    return tag("a", LETTERS[page.holds], class_=style, title=says, aria_label=says, href=href)


def _look(quality: Quality) -> Markup:
    numbers = {guideline.info.id: number for number, guideline in enumerate(quality.guidelines, 1)}
    rows = []
    for guideline, page in quality.look_at():
        label = f" ({page.label})" if page.label and page.label != str(page.number) else ""
        reasons = [tag("div", reason.text) for reason in page.reasons]
        rows.append(
            tag(
                "tr",
                tag("td", str(page.risk), class_="risk"),
                tag("td", guideline.info.file, class_="file"),
                tag("td", f"{page.number}{label}"),
                tag("td", tag("b", guideline.info.file), *reasons, class_="reason"),
                id=f"g{numbers[guideline.info.id]}-p{page.number}",
            )
        )
    head = tag("tr", tag("th", "Risk"), tag("th", "File", class_="file"), tag("th", "Page"), tag("th", "Why"))
    table = tag("table", tag("thead", head), tag("tbody", *rows)) if rows else tag("p", "No page stands out.")
    title = tag("h2", "Look at these pages before you trust the index")
    return tag("section", title, tag("p", "Worst first; the risk runs from 10 to 100."), table, id="look")
