"""The corpus as the admin page shows it: counters, what waits, files that were dropped, and the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cpgassist.apps.admin.arrivals import Arrival
from cpgassist.apps.admin.html import (
    NOTHING,
    Markup,
    block,
    button,
    counted,
    failure,
    join,
    listed,
    megabytes,
    note,
    plot,
    table,
    tag,
    when,
)
from cpgassist.apps.admin.office import Standing
from cpgassist.errors import NoIndexError

WAITING = {
    "added": "added since the index",
    "changed": "changed since the index",
    "removed": "removed since the index",
}


def counters(standing: Standing) -> str:
    """The five figures above everything, or why there are none."""
    status = standing.status
    if status is None:
        return block(_without_index(standing))
    rows = status["guidelines"]
    figures = (
        (len(rows), "guidelines"),
        (status["passages"], "passages"),
        (sum(row["graded"] for row in rows), "passages with a grade"),
        (sum(len(row["pages_without_text"]) for row in rows), "pages that need OCR"),
        (sum(bool(row["superseded_by"]) for row in rows), "superseded editions"),
    )
    tiles = [tag("div", tag("b", f"{number:,}"), tag("span", name), class_="tile") for number, name in figures]
    warned = [note("warning", warning) for warning in standing.warnings]
    if standing.error is not None:  # its manifest can be read, and the index behind it cannot be opened
        warned.append(failure(standing.error))
    return block(tag("div", *tiles, class_="tiles"), *warned)


def _without_index(standing: Standing) -> Markup:
    error = standing.error
    if error is not None and not isinstance(error, NoIndexError):
        return failure(error)
    if standing.files:
        return note(
            "plain",
            tag("b", f"{counted(len(standing.files), 'file')} here, and no index yet."),
            "Press “Reindex” to read them. Questions can be asked as soon as that is done.",
        )
    about = "Drop a PDF here, or run cpgassist reindex --corpus FOLDER where FOLDER holds guideline PDFs."
    return note("plain", tag("b", "No guidelines yet."), about)


def waiting(standing: Standing) -> str:
    """Files that the next reindex would add, change or remove, and files that were left out."""
    status = standing.status
    if status is None:
        return block(listed(standing.files)) if standing.files else ""
    notes = []
    for what, names in status["waiting"].items():
        if names:
            notes.append(note("warning", tag("b", f"{counted(len(names), 'file')} {WAITING[what]}:"), ", ".join(names)))
    notes += [
        note("warning", join((tag("b", f"Left out: {out['file']}"), f" {without_mark(out['reason'])}")))
        for out in _left(status)
    ]
    return block(*notes) if notes else ""


def _left(status: dict[str, Any]) -> list[dict[str, str]]:
    return list(status["left_out"])


def without_mark(reason: str) -> str:
    """A reason without the mark that tells the next reindex whether to try again."""
    return reason.rpartition(" [")[0] if reason.endswith("]") else reason


# ---- the table

HEADS = (
    "Guideline",
    "Edition",
    "Year",
    "Review due",
    "Language",
    "Pages",
    "Passages",
    "Graded",
    "Tables",
    "OCR pages",
    "Notes",
)


def guideline_table(standing: Standing, wanted: str) -> str:
    """The guidelines whose title, file or notes hold the words of the filter."""
    if standing.status is None:
        return ""
    rows = standing.status["guidelines"]
    words = wanted.casefold().split()
    shown = [row for row in rows if all(word in _searchable(row) for word in words)]
    if not shown:
        return block(note("plain", f"No guideline matches “{wanted}”."))
    head = tag("p", f"{len(shown)} of {counted(len(rows), 'guideline')}", class_="about")
    return block(head if words else NOTHING, table(HEADS, map(_row, shown), numbers=range(5, 10), kind="guidelines"))


def _searchable(row: dict[str, Any]) -> str:
    said = (row["title"], row["file"], row["publisher"], row["year"], row["language"], *row["remarks"], *row["notes"])
    return " ".join(str(part) for part in said if part).casefold()


def _row(row: dict[str, Any]) -> list[str]:
    due = row["review_due"] or "–"
    return [
        join((tag("b", row["title"]), tag("small", row["file"]))),
        row["edition"] or "–",
        str(row["year"] or "–"),
        join((due, " ", tag("span", "past", class_="badge amber"))) if row["review_passed"] else due,
        row["language"] or "–",
        f"{row['pages']:,}",
        f"{row['passages']:,}",
        f"{row['graded']:,}",
        f"{row['tables']:,}",
        _ocr(row),
        _notes(row),
    ]


def _ocr(row: dict[str, Any]) -> str:
    read, unread = len(row["ocr_pages"]), len(row["pages_without_text"])
    return f"{read} read, {unread} not" if unread else str(read)


def _notes(row: dict[str, Any]) -> Markup:
    """What must be known at once is open, what the reader noted is folded."""
    remarks = [tag("div", remark, class_="remark") for remark in row["remarks"]]
    if not row["notes"]:
        return join(remarks)
    folded = tag("details", tag("summary", counted(len(row["notes"]), "note")), listed(row["notes"]))
    return join((*remarks, folded))


def corpus_plots(standing: Standing) -> str:
    """Age of the guidelines, and their passages by kind."""
    if standing.status is None or not standing.status["guidelines"]:
        return ""
    stamp = standing.status["index"]
    age = "From the year printed to today, or to the edition that replaced it. The diamond is when its review is due."
    return block(
        plot("timeline", "Age of the guidelines", age, stamp),
        plot("kinds", "Passages by kind", "What is searched of each guideline.", stamp),
    )


def put_away(standing: Standing) -> list[tuple[str, str]]:
    """The files that can be brought back, with when they were put away, as choices."""
    return [(f"{one.name}, put away {one.when:%d %b %Y %H:%M:%S}", one.file) for one in standing.away]


def versions(standing: Standing) -> str:
    """The versions kept, newest first."""
    if not standing.versions:
        return ""
    rows = [
        [
            when(version.created) or version.id,
            f"{version.guidelines:,}",
            f"{version.passages:,}",
            version.problem
            or ("in service" if version.serving else "a rollback brings it back" if version.next else ""),
        ]
        for version in standing.versions
    ]
    return block(table(("Made", "Guidelines", "Passages", ""), rows, numbers=(1, 2), kind="versions"))


# ---- files that were dropped


def arrivals(waiting: Sequence[Arrival], standing: Standing) -> str:
    """A card for each dropped file, with the file of its name that the corpus holds, if it holds one."""
    rows = standing.status["guidelines"] if standing.status is not None else ()
    known = {
        row["file"]: f": {row['title']}, {row['year'] or 'no year'}, {counted(row['pages'], 'page')}" for row in rows
    }
    held = {name.casefold(): f"{name}{known.get(name, '')}" for name in standing.files}
    cards = [tag("article", *_card(arrival, held.get(arrival.name.casefold())), class_="card") for arrival in waiting]
    return block(*cards) if cards else ""


def _card(arrival: Arrival, namesake: str | None) -> Iterator[Markup]:
    yield tag("h3", arrival.name, tag("small", megabytes(arrival.bytes) if arrival.bytes else "arriving"))
    if arrival.error is not None:
        yield failure(arrival.error)
        yield tag("div", button("discard", arrival.key, "Close"), class_="actions")
    elif arrival.preview is None:
        page = arrival.page
        said = f"OCR reads page {page[0]} of {page[1]}" if page else "It is being read, outside the corpus"
        yield tag("p", tag("span", "", class_="dots"), said, class_="wait")
        yield tag("div", button("discard", arrival.key, "Throw away"), class_="actions")
    else:
        yield from _checked(arrival, namesake)


def _checked(arrival: Arrival, namesake: str | None) -> Iterator[Markup]:
    preview = arrival.preview
    assert preview is not None
    info, report, quality = preview.info, preview.report, preview.quality
    told = (
        ("Title", info.title),
        ("Publisher", info.publisher or "not found"),
        ("Year", str(info.published or "not found")),
        ("Edition", info.edition or "not found"),
        ("Review due", info.review_due or "not found"),
        ("Language", info.language or "not found"),
        ("Pages", f"{info.pages:,}"),
        ("Passages", f"{report.passages:,}"),
        ("Graded", f"{report.graded:,}"),
        ("Tables", f"{report.tables:,}"),
        ("Read by OCR", f"{len(quality.ocr_pages):,}"),
        ("Without text", f"{len(report.pages_without_text):,}"),
    )
    yield tag("dl", *(tag("div", tag("dt", name), tag("dd", said)) for name, said in told))
    if preview.copies:
        yield note("warning", f"The corpus holds this very file already, as {', '.join(preview.copies)}.")
    if namesake is not None and preview.namesake != "same":
        here = f"This one: {info.title}, {info.published or 'no year'}, {counted(info.pages, 'page')}."
        yield note(
            "warning",
            tag("b", f"Another file of this name is in the corpus. {namesake}."),
            f"{here} Replacing keeps the old file in .removed. To have both, give this one another name and drop it again.",
        )
    yield from (note("plain", remark) for remark in preview.remarks)
    yield from _to_look_at(arrival)
    if namesake:
        add = button("replace", arrival.key, "Replace the file in the corpus", "danger")
    else:
        # a copy is only added twice by who means it: the plain way is to throw it away
        add = button("add", arrival.key, "Add to the corpus", "" if preview.copies else "primary")
    yield tag("div", add, button("discard", arrival.key, "Throw away"), class_="actions")


def _to_look_at(arrival: Arrival) -> Iterator[Markup]:
    assert arrival.preview is not None
    pages = [page for page in arrival.preview.quality.pages if page.reasons]
    pages.sort(key=lambda page: (-page.risk, page.number))
    said = [*arrival.preview.report.notes]
    said += [f"Page {page.number}: {'; '.join(reason.text for reason in page.reasons)}" for page in pages[:12]]
    if len(pages) > 12:
        said.append(f"… and {len(pages) - 12} more pages.")
    if said:
        yield tag("details", tag("summary", f"What to look at: {len(said)}"), listed(said))
