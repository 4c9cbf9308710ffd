"""Whether headings, boxes, figures, lists and page numbers were told apart from running text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cpgassist.evaluation.structure.extracted import Extracted, Pages
from cpgassist.evaluation.structure.folding import cased_letters, letters, unnumbered
from cpgassist.evaluation.structure.tally import Miss, Tally
from cpgassist.evaluation.structure.truth import LayoutTruth

_NOISE = {"running_head": "running head", "reference_list": "reference list", "toc": "contents"}
_DRAWN = ("flowchart", "figure")


def score_layout(rows: Sequence[LayoutTruth], pages: Pages, tally: Tally) -> None:
    """Count headings, noise, drawings, boxes, order and page labels."""
    drawn = {(row.file, row.page) for row in rows if row.kind in _DRAWN}
    labelled: set[tuple[str, int]] = set()
    looked: set[tuple[str, int]] = set()
    for row in rows:
        held, place = pages.at(row.file, row.page), (row.file, row.page)
        missed = _SCORERS[row.kind](row, held, tally)
        if missed:
            tally.misses.append(Miss(missed, row.file, row.page, row.text))
        if row.label and place not in labelled:
            labelled.add(place)
            _score_label(row, held, tally)
        if place not in drawn and place not in looked and held:
            looked.add(place)
            flagged = any(passage.kind == "flowchart" for passage in held)
            tally.add("flowchart: false flags on other pages (rate, lower is better)", flagged)


def _heading(row: LayoutTruth, held: Sequence[Extracted], tally: Tally) -> str:
    hits = [(passage, at) for passage in held for at in _at(passage.section, row.text)]
    tally.add("section: heading in the path", bool(hits))
    tally.add("section: heading is the last element", any(at == len(p.section) - 1 for p, at in hits))
    if len(row.path) > 1:
        right = any(_in_order(passage.section[:at], row.path[:-1]) for passage, at in hits)
        tally.add("section: all parents above it, in order", right)
        if hits and not right:
            return "parents"
    return "" if hits else "heading"


def _at(section: Sequence[str], heading: str) -> list[int]:
    """Where a heading stands in a path, with or without its number; a long one may stand inside another."""
    wanted = {letters(heading), letters(unnumbered(heading))} - {""}
    return [
        at
        for at, name in enumerate(section)
        if {letters(name), letters(unnumbered(name))} & wanted
        or any(len(text) > 12 and text in letters(name) for text in wanted)
    ]


def _in_order(section: Sequence[str], parents: Iterable[str]) -> bool:
    last = -1
    for parent in parents:
        behind = [at for at in _at(section, parent) if at > last]
        if not behind:
            return False
        last = behind[0]
    return True


def _noise(row: LayoutTruth, held: Sequence[Extracted], tally: Tally) -> str:
    if "OCR" in row.note and not any(passage.folded for passage in held):
        # Nothing was read, so there was nothing to drop.
        return ""
    figure = f"noise: {_NOISE[row.kind]} dropped"
    if not held and row.kind == "running_head":
        tally.add(figure, False)
        return "no passage on the page"
    # A running head in capitals may repeat a title of the page in mixed case, which stays.
    capitals = row.kind == "running_head" and row.text.isupper()
    kept = [
        passage
        for passage in held
        if passage.kind not in _NOISE
        and (cased_letters(row.text) in passage.cased if capitals else letters(row.text) in passage.folded)
    ]
    tally.add(figure, not kept)
    tally.add("noise: all dropped", not kept)
    return "noise kept" if kept else ""


def _flowchart(row: LayoutTruth, held: Sequence[Extracted], tally: Tally) -> str:
    right = any(passage.kind in _DRAWN for passage in held)
    tally.add("flowchart: flagged as flowchart", any(passage.kind == "flowchart" for passage in held))
    tally.add("flowchart: flagged as flowchart or figure", right)
    return "" if right else "flowchart"


def _figure(row: LayoutTruth, held: Sequence[Extracted], tally: Tally) -> str:
    right = any(passage.kind in _DRAWN for passage in held)
    tally.add("figure: flagged", right)
    return "" if right else "figure"


def _table(row: LayoutTruth, held: Sequence[Extracted], tally: Tally) -> str:
    right = any(passage.kind == "table" for passage in held)
    tally.add("table: flagged", right)
    return "" if right else "table"


def _box(row: LayoutTruth, held: Sequence[Extracted], tally: Tally) -> str:
    hits = [passage for passage in held if letters(row.text) in passage.folded]
    right = any(passage.kind == "recommendation" or letters(passage.grade) for passage in hits)
    tally.add("box: statement whole in a passage", bool(hits))
    tally.add("box: marked as recommendation or graded", right)
    return "" if right else "box"


def _no_text(row: LayoutTruth, held: Sequence[Extracted], tally: Tally) -> str:
    tally.add("no text: page reported (or read by OCR)", any(p.kind == "no_text" or p.ocr for p in held))
    return ""


def _order(row: LayoutTruth, held: Sequence[Extracted], tally: Tally) -> str:
    right = any(letters(row.text) in passage.folded for passage in held)
    tally.add("reading order: landscape and two-column", right)
    return "" if right else "order"


def _score_label(row: LayoutTruth, held: Sequence[Extracted], tally: Tally) -> None:
    # A passage over two pages carries the label of its first; those of one page are asked before it.
    alone = {passage.folded_label for passage in held if len(passage.pages) == 1} - {""}
    labels = alone or {passage.folded_label for passage in held} - {""}
    right = labels == {letters(row.label or "")}
    tally.add("page label: as printed", right)
    if not right:
        found = ", ".join(sorted(labels))
        tally.misses.append(Miss("label", row.file, row.page, row.label or "", found))


_SCORERS: dict[str, Callable[[LayoutTruth, Sequence[Extracted], Tally], str]] = {
    "heading": _heading,
    "running_head": _noise,
    "reference_list": _noise,
    "toc": _noise,
    "flowchart": _flowchart,
    "figure": _figure,
    "table": _table,
    "recommendation_box": _box,
    "no_text": _no_text,
    "rotated": _order,
    "two_column": _order,
}
"""What counts the rows of each kind; each gives what was missed, or ""."""
