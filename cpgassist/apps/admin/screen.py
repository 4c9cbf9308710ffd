"""The screen: Gradio components and their events. What is long is the server's; the page asks every second how it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gradio as gr

from cpgassist.apps.admin import corpus_view, evaluation_view, feedback_view, job_view, quality_view
from cpgassist.apps.admin.html import NOTHING, block, failure, note, tag
from cpgassist.apps.admin.opinions import opinions
from cpgassist.errors import CpgassistError

if TYPE_CHECKING:
    from cpgassist.apps.admin.office import Office

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


def build(office: Office, title: str) -> Any:
    """The Blocks of the admin page."""
    with gr.Blocks(title=f"{title} admin", analytics_enabled=False, fill_width=True) as blocks:
        seen = gr.State(())
        _html(header(title), "top")
        with gr.Column(elem_id="office"):
            job = _html("", "job")
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
        outputs = [seen, job, *corpus, *index, *evaluation]

        def refresh(known: tuple[Any, ...], wanted: str) -> tuple[Any, ...]:
            return _refreshed(office, known, wanted)

        nudge = gr.Button("Look again", elem_id="nudge", visible="hidden")  # pressed by the browser after an upload
        timer = gr.Timer(SECONDS)
        wanted, table, take_out, removed = corpus[2], corpus[3], corpus[6], corpus[7]
        look = {"fn": refresh, "inputs": [seen, wanted], "outputs": outputs, **_EVENT}
        gr.on([timer.tick, nudge.click], trigger_mode="once", **look)
        blocks.load(refresh_anew(refresh), [wanted], outputs, **_EVENT)
        wanted.input(lambda words: corpus_view.guideline_table(office.standing(), words), wanted, table, **_EVENT)
        take_out.click(_told(office.remove), removed, corpus[8], **_EVENT).then(**look)
        _index_events(office, index, look)
        evaluation[2].click(_told(office.evaluate), evaluation[0], evaluation[1], **_EVENT).then(**look)
        quality_tab.select(lambda: _quality(office), None, maps, **_EVENT)
        feedback_tab.select(lambda: _feedback(office), None, said, **_EVENT)
    blocks.queue(max_size=64)
    return blocks


def _corpus_tab() -> list[Any]:
    counters = _html("", "counters")
    waiting = _html("", "waiting")
    _html(DROP, "drop")
    arrivals = _html("", "arrivals")
    wanted = gr.Textbox(
        label="Filter", placeholder="Title, file, year, note", elem_id="wanted", max_lines=1, max_length=200
    )
    table = _html("", "table")
    plots = _html("", "plots")
    with gr.Row(elem_id="removal"):
        removed = gr.Dropdown(choices=[], value=None, label="Take a file out of the corpus", elem_id="removed")
        take_out = gr.Button("Take it out", elem_id="take-out")
    outcome = _html("", "removal-said")
    return [counters, waiting, wanted, table, plots, arrivals, take_out, removed, outcome]


def _index_tab() -> list[Any]:
    with gr.Row(elem_id="doings"):
        reindex = gr.Button("Reindex", variant="primary", elem_id="reindex")
        dry_run = gr.Button("What would change?", elem_id="dry-run")
        verify = gr.Button("Verify", elem_id="verify")
        rollback = gr.Button("Roll back", elem_id="rollback")
    full = gr.Checkbox(False, label="Read and embed everything again", elem_id="full")
    shrink = gr.Button("Reindex and accept fewer passages", visible=False, elem_id="shrink")
    refused = _html("", "refused")
    outcome = _html("", "outcome")
    _html(block(tag("h3", "Versions kept")), "versions-head")
    versions = _html("", "versions")
    return [reindex, dry_run, verify, rollback, full, shrink, refused, outcome, versions]


def _evaluation_tab() -> list[Any]:
    _html(SEND, "send-questions")
    with gr.Row(elem_id="asking"):
        file = gr.Dropdown(choices=[], value=None, label="Question file", elem_id="question-files")
        run = gr.Button("Run the evaluation", variant="primary", elem_id="evaluate")
    refused = _html("", "evaluation-refused")
    result = _html("", "evaluated")
    return [file, refused, run, result]


def _index_events(office: Office, index: list[Any], look: dict[str, Any]) -> None:
    reindex, dry_run, verify, rollback, full, shrink, refused, *_ = index
    for button, work, inputs in (
        (reindex, office.reindex, [full]),
        (dry_run, office.dry_run, [full]),
        (verify, office.verify, []),
        (rollback, office.roll_back, []),
        (shrink, lambda again: office.reindex(again, allow_shrink=True), [full]),
    ):
        button.click(_told(work), inputs, refused, trigger_mode="once", **_EVENT).then(**look)


def refresh_anew(refresh: Callable[..., tuple[Any, ...]]) -> Callable[[str], tuple[Any, ...]]:
    """A refresh that takes nothing for known: a page that was reloaded shows all."""
    return lambda wanted: refresh((), wanted)


def _told(work: Callable[..., str | None]) -> Callable[..., str]:
    """An action whose failure is shown where it was asked for; what it says is shown there too."""

    def act(*inputs: Any) -> str:
        try:
            said = work(*inputs)
        except CpgassistError as error:
            return block(failure(error))
        return block(note("good", said)) if said else ""

    return act


def _refreshed(office: Office, known: tuple[Any, ...], wanted: str) -> tuple[Any, ...]:
    """What changed since the page last looked: the state it now knows, then a value or a skip for each component."""
    jobs, arrivals, evaluations = office.jobs, office.arrivals, office.evaluations
    running, last = jobs.running, jobs.last
    now = (
        office.stamp(),
        arrivals.revision,
        (evaluations.revision, tuple(evaluations.names)),
        (running, last and last.began),
        office.corpus.locked_by() if not running else "",
    )
    old = known if len(known) == len(now) else (None,) * len(now)
    moved = [one != other for one, other in zip(now, old, strict=True)]
    if not any(moved) and not running:
        return (gr.skip(),) * 22
    strip = job_view.strip(jobs, now[4])
    return (now, strip, *_corpus(office, moved, wanted), *_index(office, moved), *_evaluation(office, moved))


def _corpus(office: Office, moved: list[bool], wanted: str) -> tuple[Any, ...]:
    if not (moved[0] or moved[1]):
        return (gr.skip(),) * 9
    standing = office.standing()
    told: tuple[Any, ...] = (gr.skip(),) * 7
    cards = corpus_view.arrivals(office.arrivals.all, standing.files)
    if moved[0]:
        told = (
            corpus_view.counters(standing),
            corpus_view.waiting(standing),
            gr.update(visible=standing.status is not None),
            corpus_view.guideline_table(standing, wanted),
            corpus_view.corpus_plots(standing),
        )
        files = gr.update(choices=list(standing.files), value=None)
        return (*told, cards, gr.update(interactive=bool(standing.files)), files, gr.skip())
    return (*(gr.skip(),) * 5, cards, *(gr.skip(),) * 3)


def _index(office: Office, moved: list[bool]) -> tuple[Any, ...]:
    if not (moved[0] or moved[3]):
        return (gr.skip(),) * 9
    standing, busy = office.standing(), office.jobs.running
    can_go_back = any(version.next for version in standing.versions)
    some = bool(standing.versions)
    usable = [gr.update(interactive=not busy and can) for can in (True, True, some, can_go_back)]
    shrink = gr.update(visible=not busy and job_view.shrank(office.jobs))
    refused = "" if busy else gr.skip()
    return (*usable, gr.skip(), shrink, refused, job_view.outcome(office.jobs), corpus_view.versions(standing))


def _evaluation(office: Office, moved: list[bool]) -> tuple[Any, ...]:
    if not (moved[2] or moved[3]):
        return (gr.skip(),) * 4
    names, busy = office.evaluations.names, office.jobs.running
    files = gr.update(choices=names, value=names[0] if names else None) if moved[2] else gr.skip()
    run = gr.update(interactive=not busy and bool(names))
    return files, gr.skip(), run, evaluation_view.evaluated(office.evaluations.last, office.jobs.last)


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
