"""The job that runs or ran, as the admin page shows it."""

from __future__ import annotations

from collections.abc import Iterator

from cpgassist.apps.admin.corpus_view import without_mark
from cpgassist.apps.admin.html import Markup, block, counted, failure, join, listed, note, spoken, table, tag
from cpgassist.apps.keeping.jobs import STOPPED, Job, Jobs, Stage
from cpgassist.apps.wording import STAGES
from cpgassist.types import Changes, Report

_BUSY = {
    "reindex": "Reindexing",
    "dry-run": "Looking at what would change",
    "verify": "Checking every byte of the index",
    "check": "Looking for what should be looked at",
    "rollback": "Rolling back",
    "evaluation": "Running the evaluation",
}
SHRANK = "--allow-shrink"
"""What the reason of a refusal names when a new version is much smaller."""


def strip(jobs: Jobs, locked_by: str) -> str:
    """The line above everything: the job that runs, or another process's reindex; "" when all is quiet."""
    job = jobs.last
    if job is not None and job.running:
        return block(tag("section", *_progress(job, jobs), class_="job", role="status"))
    if locked_by:
        return block(note("warning", f"Another process reindexes this corpus ({locked_by}). Wait until it ends."))
    return ""


def _progress(job: Job, jobs: Jobs) -> Iterator[Markup]:
    head = f"{'Stopping' if job.stopping else _BUSY[job.kind]} · {spoken(jobs.elapsed(job))}"
    calm = "Questions are answered meanwhile." if job.kind in ("reindex", "evaluation") else ""
    yield tag("h3", tag("span", "", class_="dots"), head, tag("small", calm))
    yield from (
        _bar(stage, jobs.left(stage)) for stage in job.stages if stage.name != "ocr" or stage.done < stage.total
    )
    if not job.stages:
        yield tag("p", "Looking at the files …" if job.kind == "reindex" else "…", class_="about")


def _bar(stage: Stage, left: float | None) -> Markup:
    done = stage.total and stage.done >= stage.total
    ahead = "" if done or left is None else f"about {spoken(left)} left"
    said = f"{stage.done:,} of {stage.total:,}" + (f" · {stage.file}" if stage.file and stage.name != "embed" else "")
    return tag(
        "div",
        tag("b", STAGES.get(stage.name, stage.name)),
        tag("progress", "", value=stage.done, max=max(1, stage.total), title=f"{stage.name}: {said}"),
        tag("span", said, class_="said"),
        tag("span", ahead, class_="left"),
        class_=f"stage{' done' if done else ''}",
    )


def outcome(jobs: Jobs) -> str:
    """What the last job of keeping the corpus came to; "" before the first and while one runs."""
    job = jobs.last
    if job is None or job.running or job.kind == "evaluation":
        return ""
    if job.error is STOPPED:
        return block(tag("section", note("plain", tag("b", STOPPED.message), STOPPED.next_step), class_="outcome"))
    if job.error is not None:
        return block(tag("section", failure(job.error), class_="outcome"))
    return block(tag("section", *_ended(job), class_="outcome"))


def shrank(jobs: Jobs) -> bool:
    """Whether the last reindex was refused because the corpus shrank."""
    job = jobs.last
    return job is not None and job.kind == "reindex" and job.error is not None and SHRANK in str(job.error)


def _ended(job: Job) -> Iterator[Markup]:
    if isinstance(job.result, Report):
        yield from _report(job.result, job.seconds or 0.0)
    elif isinstance(job.result, Changes):
        yield from _changes(job.result)
    elif job.kind == "check":
        yield note("plain", "The index was looked through: see Quality.")
    elif job.kind == "verify":
        problems = job.result
        yield (
            note("warning", *problems)
            if problems
            else note("good", "The index is sound: every byte is as it was made.")
        )
    else:
        yield note("good", f"Version {job.result} is in service. A reindex brings the newer one back.")


def _report(report: Report, seconds: float) -> Iterator[Markup]:
    if report.nothing_changed:
        yield note("good", tag("b", f"Nothing changed. The index stays as it is ({spoken(seconds)})."))
    else:
        was_one = report.changed or report.unchanged or report.removed
        served = "The old index served questions until now." if was_one else "Questions can be asked now."
        yield note(
            "good",
            tag("b", f"Finished in {spoken(seconds)}. {served}"),
            f"{report.passages:,} passages, {report.embedded:,} embedded anew: {counted(len(report.added), 'guideline')} added, "
            f"{len(report.changed)} changed, {len(report.unchanged)} unchanged, {len(report.removed)} removed.",
        )
    yield from (
        note("warning", join((tag("b", f"Left out: {out.file}"), f" {without_mark(out.reason)}")))
        for out in report.left_out
    )
    rows = [
        [
            join((tag("b", row.info.title), tag("small", row.info.file))),
            str(row.info.published or "–"),
            f"{row.info.pages:,}",
            f"{row.passages:,}",
            f"{row.graded:,}",
            f"{row.tables:,}",
            _how(row.info.file, report),
        ]
        for row in report.guidelines
    ]
    heads = ("Guideline", "Year", "Pages", "Passages", "Graded", "Tables", "")
    yield table(heads, rows, numbers=range(2, 6), kind="report")


def _how(file: str, report: Report) -> str:
    return "added" if file in report.added else "changed" if file in report.changed else ""


def _changes(changes: Changes) -> Iterator[Markup]:
    if changes.nothing:
        yield note(
            "good", tag("b", "Nothing would change."), f"{counted(len(changes.unchanged), 'guideline')} as indexed."
        )
        return
    yield from (note("warning", reason) for reason in changes.reasons)
    for what, names in (
        ("would be added", changes.added),
        ("changed and would be read again", changes.changed),
        ("would no longer be searched", changes.removed),
        ("left out before, would be tried again", changes.tried_again),
    ):
        if names:
            yield join((tag("h3", f"{counted(len(names), 'file')} {what}"), listed(names)))
    yield note("plain", f"{counted(len(changes.read), 'file')} would be read. Nothing was changed by this look.")
