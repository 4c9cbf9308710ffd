"""The screen: Gradio components and their events. What is long is the server's; the page asks every second how it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import gradio as gr

from cpgassist.apps.admin import corpus_view, evaluation_view, feedback_view, job_view, quality_view
from cpgassist.apps.admin.html import NOTHING, block, failure, note, tag
from cpgassist.apps.admin.opinions import opinions
from cpgassist.errors import CpgassistError

if TYPE_CHECKING:
    from cpgassist.apps.admin.office import Office
    from cpgassist.apps.keeping import Job

SECONDS = 1.0
"""Between two looks at how things stand."""
_EVENT: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}

DROP = block(
    tag("label", "Drop PDFs here, or choose them", for_="files"),
    tag("input", type="file", id="files", accept=".pdf,application/pdf", multiple="multiple"),
    tag("p", "Each is read first, outside the corpus; then you decide.", class_="about"),
)
SEND = block(
    tag("label", "Send a question file (JSON Lines)", for_="question-file"),
    tag("input", type="file", id="question-file", accept=".jsonl,.json,application/jsonl"),
    tag("p", "It stays in memory and is gone when the server stops.", class_="about"),
)
SHOWN = block(
    tag(
        "div",
        tag("h3", "What was read of a page", tag("small", "", class_="which")),
        tag("button", "✕", tag("span", " Close the page", class_="sr"), type="button", class_="close"),
        class_="head",
    ),
    tag("div", tag("p", "Choose a cell of a map.", class_="about"), class_="body"),
)


@dataclass(frozen=True)
class _Parts:
    """The components that change while the page is open, and those that are pressed."""

    seen: Any
    """What the page last saw of how things stand."""
    job: Any
    stop: Any
    counters: Any
    waiting: Any
    arrivals: Any
    wanted: Any
    table: Any
    plots: Any
    removed: Any
    take_out: Any
    away: Any
    put_back: Any
    removal_said: Any
    reindex: Any
    dry_run: Any
    verify: Any
    rollback: Any
    full: Any
    shrink: Any
    refused: Any
    outcome: Any
    versions: Any
    questions: Any
    run: Any
    run_refused: Any
    evaluated: Any


def build(office: Office, title: str) -> Any:
    """The Blocks of the admin page."""
    with gr.Blocks(title=f"{title} admin", analytics_enabled=False, fill_width=True) as blocks:
        seen = gr.State(())
        _html(header(title), "top")
        with gr.Column(elem_id="office"):
            job = _html("", "job")
            stop = gr.Button("Stop it", visible=False, elem_id="stop-job")
            _html("", "said")
            with gr.Tabs(elem_id="tabs"):
                with gr.Tab("Corpus"):
                    corpus = _corpus_tab()
                with gr.Tab("Index"):
                    index = _index_tab()
                with gr.Tab("Quality") as quality_tab, gr.Row(elem_id="quality"):
                    maps = _html("", "maps")
                    _html(SHOWN, "shown")
                with gr.Tab("Evaluation"):
                    evaluation = _evaluation_tab()
                with gr.Tab("Feedback") as feedback_tab:
                    said = _html("", "feedback")
        parts = _Parts(seen=seen, job=job, stop=stop, **corpus, **index, **evaluation)
        _events(office, parts, blocks)
        quality_tab.select(lambda: _quality(office), None, maps, **_EVENT)
        feedback_tab.select(lambda: _feedback(office), None, said, **_EVENT)
    blocks.queue(max_size=64)
    return blocks


def _corpus_tab() -> dict[str, Any]:
    parts = {"counters": _html("", "counters"), "waiting": _html("", "waiting")}
    _html(DROP, "drop")
    parts["arrivals"] = _html("", "arrivals")
    parts["wanted"] = gr.Textbox(
        label="Filter", placeholder="Title, file, year, note", elem_id="wanted", max_lines=1, max_length=200
    )
    parts |= {"table": _html("", "table"), "plots": _html("", "plots")}
    with gr.Row(elem_id="removal"):
        parts["removed"] = gr.Dropdown(choices=[], value=None, label="Take a file out of the corpus", elem_id="removed")
        parts["take_out"] = gr.Button("Take it out", elem_id="take-out")
    with gr.Row(elem_id="returning"):
        parts["away"] = gr.Dropdown(choices=[], value=None, label="Put a removed file back", elem_id="away")
        parts["put_back"] = gr.Button("Put it back", elem_id="put-back")
    return {**parts, "removal_said": _html("", "removal-said")}


def _index_tab() -> dict[str, Any]:
    with gr.Row(elem_id="doings"):
        parts: dict[str, Any] = {
            "reindex": gr.Button("Reindex", variant="primary", elem_id="reindex"),
            "dry_run": gr.Button("What would change?", elem_id="dry-run"),
            "verify": gr.Button("Verify", elem_id="verify"),
            "rollback": gr.Button("Roll back", elem_id="rollback"),
        }
    parts["full"] = gr.Checkbox(False, label="Read and embed everything again", elem_id="full")
    parts["shrink"] = gr.Button("Reindex and accept fewer passages", visible=False, elem_id="shrink")
    parts |= {"refused": _html("", "refused"), "outcome": _html("", "outcome")}
    _html(block(tag("h3", "Versions kept")), "versions-head")
    return {**parts, "versions": _html("", "versions")}


def _evaluation_tab() -> dict[str, Any]:
    _html(SEND, "send-questions")
    with gr.Row(elem_id="asking"):
        questions = gr.Dropdown(choices=[], value=None, label="Question file", elem_id="question-files")
        run = gr.Button("Run the evaluation", variant="primary", elem_id="evaluate")
    refused, evaluated = _html("", "evaluation-refused"), _html("", "evaluated")
    return {"questions": questions, "run": run, "run_refused": refused, "evaluated": evaluated}


def _events(office: Office, parts: _Parts, blocks: Any) -> None:
    shown = [getattr(parts, field.name) for field in fields(parts)]

    def look(known: tuple[Any, ...], wanted: str) -> dict[Any, Any]:
        return _moved(office, parts, known, wanted)

    def load(wanted: str) -> dict[Any, Any]:
        return _moved(office, parts, (), wanted)  # a page that was reloaded knows nothing yet

    again: dict[str, Any] = {"fn": look, "inputs": [parts.seen, parts.wanted], "outputs": shown, **_EVENT}
    nudge = gr.Button("Look again", elem_id="nudge", visible="hidden")  # pressed by the browser after it sent a file
    gr.on([gr.Timer(SECONDS).tick, nudge.click], trigger_mode="once", **again)
    blocks.load(load, parts.wanted, shown, **_EVENT)
    parts.wanted.input(
        lambda words: corpus_view.guideline_table(office.standing(), words), parts.wanted, parts.table, **_EVENT
    )
    for button, work, inputs, said in (
        (parts.stop, office.stop, None, parts.refused),
        (parts.take_out, office.remove, [parts.removed], parts.removal_said),
        (parts.put_back, office.put_back, [parts.away], parts.removal_said),
        (parts.reindex, office.reindex, [parts.full], parts.refused),
        (parts.shrink, office.reindex_smaller, [parts.full], parts.refused),
        (parts.dry_run, office.dry_run, [parts.full], parts.refused),
        (parts.verify, office.verify, None, parts.refused),
        (parts.rollback, office.roll_back, None, parts.refused),
        (parts.run, office.evaluate, [parts.questions], parts.run_refused),
    ):
        button.click(_told(work), inputs, said, trigger_mode="once", **_EVENT).then(**again)


def _told(work: Callable[..., str | Job]) -> Callable[..., str]:
    """An action whose failure is shown where it was asked for; what it says is shown there too."""

    def act(*inputs: Any) -> str:
        try:
            said = work(*inputs)
        except CpgassistError as error:
            return block(failure(error))
        return block(note("good", said)) if isinstance(said, str) else ""  # a job tells for itself

    return act


def _moved(office: Office, parts: _Parts, known: tuple[Any, ...], wanted: str) -> dict[Any, Any]:
    """What changed since the page last looked: new values, by component."""
    jobs, evaluations = office.jobs, office.evaluations
    busy, last, locked_by = jobs.running, jobs.last, ""
    if not busy:
        locked_by = office.corpus.locked_by()
    now = (
        office.stamp(),
        office.arrivals.revision,
        (evaluations.revision, tuple(evaluations.names)),
        (busy, last and last.began),
        locked_by,
    )
    old = known if len(known) == len(now) else (None,) * len(now)
    corpus, arrivals, questions, job, lock = (one != other for one, other in zip(now, old, strict=True))
    values: dict[Any, Any] = {parts.seen: now}
    if busy or job or lock:
        values[parts.job] = job_view.strip(jobs, locked_by)
        values[parts.stop] = gr.update(visible=last is not None and last.stoppable)
    if corpus:
        values |= _corpus(office, parts, wanted)
    if corpus or arrivals:
        values[parts.arrivals] = corpus_view.arrivals(office.arrivals.all, office.standing())
    if corpus or job:
        values |= _index(office, parts)
    if questions:
        names = evaluations.names
        values[parts.questions] = gr.update(choices=names, value=names[0] if names else None)
    if questions or job:
        values[parts.run] = gr.update(interactive=not busy and bool(evaluations.names))
        values[parts.evaluated] = evaluation_view.evaluated(evaluations.last, last)
    return values


def _corpus(office: Office, parts: _Parts, wanted: str) -> dict[Any, Any]:
    standing = office.standing()
    return {
        parts.counters: corpus_view.counters(standing),
        parts.waiting: corpus_view.waiting(standing),
        parts.wanted: gr.update(visible=standing.status is not None),
        parts.table: corpus_view.guideline_table(standing, wanted),
        parts.plots: corpus_view.corpus_plots(standing),
        parts.removed: gr.update(choices=list(standing.files), value=None),
        parts.take_out: gr.update(interactive=bool(standing.files)),
        parts.away: gr.update(choices=corpus_view.put_away(standing), value=None),
        parts.put_back: gr.update(interactive=bool(standing.away)),
    }


def _index(office: Office, parts: _Parts) -> dict[Any, Any]:
    standing, busy = office.standing(), office.jobs.running
    can_go_back = any(version.next for version in standing.versions)
    values = {
        parts.reindex: gr.update(interactive=not busy),
        parts.dry_run: gr.update(interactive=not busy),
        parts.verify: gr.update(interactive=not busy and bool(standing.versions)),
        parts.rollback: gr.update(interactive=not busy and can_go_back),
        parts.shrink: gr.update(visible=not busy and job_view.shrank(office.jobs)),
        parts.outcome: job_view.outcome(office.jobs),
        parts.versions: corpus_view.versions(standing),
    }
    return {**values, parts.refused: ""} if busy else values


def _quality(office: Office) -> str:
    try:
        return quality_view.maps(office.quality())
    except CpgassistError as error:
        return block(failure(error))


def _feedback(office: Office) -> str:
    try:
        rows = opinions(office.corpus.settings)
    except (CpgassistError, OSError) as error:
        return block(note("error", f"The feedback cannot be read: {error}"))
    try:
        guidelines = office.assistant.index.guidelines
    except CpgassistError:
        guidelines = {}
    return feedback_view.feedback(rows, guidelines)


def _html(value: str, elem_id: str) -> Any:
    """HTML through Gradio's sanitiser; without delimiters no text is taken for a formula."""
    return gr.Markdown(value, elem_id=elem_id, sanitize_html=True, latex_delimiters=[])


def header(title: str) -> str:
    """The line at the top: what this is, the way to the chat, and the way out."""
    return block(
        tag("span", "+", class_="mark-logo"),
        tag("h1", title, NOTHING),
        tag("span", "Admin", class_="pill"),
        tag(
            "span",
            tag("a", "Chat", href="/chat/", class_="to-chat"),
            tag("button", "Log out", type="button", class_="logout"),
            tag("button", "◐", tag("span", " Light or dark", class_="sr"), type="button", class_="theme"),
            class_="ends",
        ),
    )
