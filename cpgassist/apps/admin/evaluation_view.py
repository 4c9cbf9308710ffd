"""The evaluation as the admin page shows it; its own page, which asks for nothing, tells the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cpgassist.apps.admin.html import Markup, block, failure, join, note, plot, spoken, table, tag
from cpgassist.apps.keeping.evaluations import Run
from cpgassist.apps.keeping.jobs import Job
from cpgassist.evaluation import FigureChange, QuestionChange, risk_coverage
from cpgassist.evaluation.metrics import FIGURES


def evaluated(run: Run | None, job: Job | None) -> str:
    """The last run, and why the last attempt failed if it did."""
    parts: list[Markup] = []
    if job is not None and job.kind == "evaluation" and job.error is not None:
        parts.append(failure(job.error))
    if run is not None:
        parts += _told(run, job)
    return block(*parts) if parts else ""


def _told(run: Run, job: Job | None) -> Iterator[Markup]:
    evaluation, counts = run.evaluation, run.evaluation.counts
    took = f" in {spoken(job.seconds)}" if job is not None and job.result is run and job.seconds is not None else ""
    yield note(
        "good" if not counts["errors"] else "warning",
        tag("b", f"{run.name}: {counts['questions']} questions asked{took}."),
        f"{counts['answered']} answered, {counts['misses']} missed their page, {counts['errors']} failed; "
        f"{counts['citations_verified']} of {counts['citations']} citations found again on their page.",
    )
    yield tag(
        "p",
        tag("a", "Open the whole report", href="/admin/report", class_="open-page"),
        " · ",
        tag("a", "Save it", href="/admin/report?save=1", class_="open-page"),
        class_="links",
    )
    yield from _changes(run)
    rows = [
        [
            join((tag("b", measure.label), tag("small", measure.meaning))),
            measure.show(figure.value),
            measure.show_interval(figure.low, figure.high),
            str(figure.n),
        ]
        for measure in FIGURES
        if (figure := evaluation.overall.get(measure.key)) is not None
    ]
    yield table(("Figure", "Value", "95 % interval", "Questions"), rows, numbers=(1, 2, 3), kind="figures")
    if any(risk_coverage(evaluation.rows)):
        about = "Share answered against share of these wrong; the dot is this run."
        stamp = f"{evaluation.provenance.index}-{id(run)}"
        yield plot("risk", "Risk and coverage", about, stamp)


def _changes(run: Run) -> Iterator[Markup]:
    if not run.since:
        return
    moved = [one for one in run.changes if isinstance(one, FigureChange) and one.verdict in ("better", "worse")]
    questions = Counter(one.verdict for one in run.changes if isinstance(one, QuestionChange))
    counted = ", ".join(f"{number} {verdict}" for verdict, number in questions.items()) or "none moved"
    said = [f"{one.label} {one.verdict}: {one.before:.3f} before, {one.now:.3f} now" for one in moved]
    figures = "; ".join(said) or "no figure is surely better or worse"
    yield note("plain", tag("b", f"Since the run before ({run.since}): {figures}."), f"Questions: {counted}.")
