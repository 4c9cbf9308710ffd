"""The screen: Gradio components and their events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from cpgassist.apps.chat.conversation import AT_ONCE, Conversations
from cpgassist.apps.chat.markup import counted, named, text
from cpgassist.apps.chat.photos import WORDS, remote_place
from cpgassist.apps.chat.rendering import NO_MODEL
from cpgassist.conversation import Turn
from cpgassist.errors import CpgassistError
from cpgassist.types import GuidelineInfo

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant

KEPT_TURNS = 20
"""Turns a chat shows; each is sent again with every answer."""

IDLE_SECONDS = 3600
DISCLAIMER = "For clinicians. Check the page before you act. Do not type names or IC numbers."
LOCAL = "Nothing leaves this computer"

_EVENT: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def build(conversations: Conversations, title: str, examples: Sequence[str]) -> Any:
    """The Blocks of the chat."""
    assistant = conversations.assistant
    remote, model = remote_place(assistant), model_name(assistant)

    def load() -> tuple[Any, ...]:
        try:
            guidelines, warnings = assistant.index.guidelines, assistant.warnings
        except CpgassistError as error:
            return gr.skip(), banner([str(error)]), gr.skip(), gr.skip()
        choices = sorted((named(info) + superseded(info), id_) for id_, info in guidelines.items())
        older = any(info.superseded_by for info in guidelines.values())
        filters = gr.update(choices=choices, value=[]), gr.update(visible=older, value=False)
        return header(title, len(choices), remote), banner(warnings), *filters

    def send(
        question: str,
        guidelines: list[str],
        older: bool,
        past: list[str],
        said: tuple[Turn, ...],
        findings: str,
        request: gr.Request,
    ) -> Iterator[tuple[Any, ...]]:
        session = request.session_hash or ""
        yield from _asked(conversations, question, guidelines, older, past, said, findings, session)

    def stop(request: gr.Request) -> None:
        conversations.stop(request.session_hash or "")

    def ask(question: str, guidelines: list[str] | None = None) -> dict[str, Any]:
        """Answer JSON for a question, from the newest editions or from the named ids, whatever their edition."""
        try:
            return conversations.answer(question, guidelines).to_dict()
        except CpgassistError as error:
            raise gr.Error(str(error), print_exception=False) from None

    with gr.Blocks(title=title, analytics_enabled=False, delete_cache=(600, IDLE_SECONDS), fill_width=True) as blocks:
        past = gr.State([], time_to_live=IDLE_SECONDS)
        said = gr.State((), time_to_live=IDLE_SECONDS)
        top = _html(header(title, len(assistant.index.guidelines), remote), "top")
        with gr.Row(elem_id="room"):
            with gr.Column(elem_id="chat"):
                alerts = _html(banner(assistant.warnings), "alerts")
                thread = _html(welcome(examples, model), "thread")
                with gr.Row(elem_id="composer"):
                    gr.Button(WORDS["photo"], elem_id="photo")  # what it does is the browser's (assets/photo.js)
                    box = gr.Textbox(
                        show_label=False,
                        label="Your question",
                        placeholder="Ask a clinical question",
                        lines=1,
                        max_lines=6,
                        container=False,
                        elem_id="ask",
                        autofocus=True,
                        html_attributes=gr.InputHTMLAttributes(autocomplete="off", enterkeyhint="send"),
                    )
                    button = gr.Button("Ask", variant="primary", elem_id="send")
                    stopper = gr.Button("Stop", elem_id="stop")
                    # the confirmed findings of a photo, as the browser's card writes them
                    findings = gr.Textbox(
                        visible="hidden", lines=2, max_length=20_000, label="Findings", elem_id="confirmed"
                    )
                notice = _html("", "notice")
                with gr.Row(elem_id="options"):
                    filter_ = gr.Dropdown(choices=[], value=[], multiselect=True, label="Guidelines", elem_id="filter")
                    older = gr.Checkbox(value=False, label="Older editions", visible=False, elem_id="older")
                    clear = gr.Button("Clear", elem_id="clear")
                _html(f'<div class="disclaimer">{text(DISCLAIMER)}</div>', "disclaimer")
            with gr.Column(elem_id="evidence"):
                _html(PANEL, "panel")
        outputs = [thread, past, box, notice, said, findings]
        gr.on(
            [box.submit, button.click], send, [box, filter_, older, past, said, findings], outputs,
            trigger_mode="once", concurrency_limit=AT_ONCE, concurrency_id="retrieval", **_EVENT,
        )  # fmt: skip
        stopper.click(stop, None, None, concurrency_limit=None, **_EVENT)
        clear.click(lambda: (welcome(examples, model), [], "", "", (), ""), None, outputs, **_EVENT)
        blocks.load(load, None, [top, alerts, filter_, older], **_EVENT)
        gr.api(ask, api_name="ask", concurrency_limit=AT_ONCE, concurrency_id="retrieval")  # type: ignore[attr-defined]
    blocks.queue(max_size=64)
    return blocks


def _asked(
    conversations: Conversations,
    question: str,
    guidelines: list[str],
    older: bool,
    past: list[str],
    said: tuple[Turn, ...] = (),
    findings: str = "",
    session: str = "",
) -> Iterator[tuple[Any, ...]]:
    number = 1 + (int(past[-1].partition('id="turn-')[2].partition('"')[0]) if past else 0)
    sent = False
    steps = conversations.turns(number, question, guidelines, older, tuple(said), findings, session)
    try:
        while True:
            turns = [*past, next(steps)][-KEPT_TURNS:]
            # only the first step empties the box: what is typed during the wait stays
            once = gr.skip() if sent else ""
            yield thread_of(turns), turns, once, once, gr.skip(), once
            sent = True
    except StopIteration as answered:
        yield *(gr.skip() for _ in range(4)), answered.value, gr.skip()
    except CpgassistError as error:  # nothing was asked: the question stays in the box
        note = f'<div class="note error"><p><b>{text(error.message)}</b> {text(error.next_step)}</p></div>'
        yield gr.skip(), gr.skip(), gr.skip(), note, gr.skip(), ""


def _html(value: str, elem_id: str) -> Any:
    """HTML through Gradio's sanitiser.

    `gr.HTML` would not sanitise, and needs `unsafe-eval`. Without delimiters no text is taken for a formula.
    """
    return gr.Markdown(value, elem_id=elem_id, sanitize_html=True, latex_delimiters=[])


def superseded(info: GuidelineInfo) -> str:
    """What the list of guidelines says after the name of an older edition."""
    return " – older edition" if info.superseded_by else ""


def thread_of(turns: Sequence[str]) -> str:
    """The turns as one block of HTML."""
    return f'<div class="turns">{"".join(turns)}</div>'


def model_name(assistant: Assistant) -> str:
    """The configured language model's name; "" where code alone picks the lines."""
    settings = assistant.corpus.settings
    if getattr(settings, "model_backend", "extractive") == "extractive":
        return ""
    return str(settings.model or "a language model").rstrip("/").rsplit("/", 1)[-1]


def header(title: str, guidelines: int, remote: str = "") -> str:
    """The line at the top: what this is, what it searches, and that it is local or which host is asked."""
    local = '<span class="wide">{}</span><span class="narrow">{}</span>'.format(
        *((LOCAL, "Local") if not remote else (f"Questions go to {text(remote)}", "Not local"))
    )
    return (
        f'<div class="bar"><span class="mark-logo">+</span><h1>{text(title)}</h1><span class="pills">'
        f'<span class="pill wide">{counted(guidelines, "guideline")}</span>'
        f'<span class="pill {"remote" if remote else "local"}">{local}</span></span>'
        '<button type="button" class="theme">◐<span class="sr"> Light or dark</span></button></div>'
    )


def banner(warnings: Sequence[str]) -> str:
    """What is wrong with the index in service, if anything."""
    notes = "".join(f"<p>{text(warning)}</p>" for warning in warnings)
    return f'<div class="note warning">{notes}</div>' if notes else ""


def welcome(examples: Sequence[str], model: str = "") -> str:
    """The empty chat: what it does, and questions to try."""
    tries = "".join(f'<button type="button" class="example">{text(example)}</button>' for example in examples)
    return (
        '<div class="welcome"><h2>What does the guideline say?</h2><p>Every sentence comes with its page, '
        'and the quoted words are marked on it.</p><p class="about">'
        + (f"{text(model)} picks the lines and writes in short; code checks both." if model else NO_MODEL)
        + "</p>"
        + (f'<div class="examples">{tries}</div>' if tries else "")
        + "</div>"
    )


PANEL = (
    '<div class="panel-head"><h2>Evidence</h2><span class="count"></span><span class="steps">'
    '<button type="button" class="previous" disabled>‹<span class="sr"> Previous citation</span></button>'
    '<span class="place"></span>'
    '<button type="button" class="next" disabled>›<span class="sr"> Next citation</span></button></span>'
    '<button type="button" class="close">✕<span class="sr"> Close the evidence</span></button></div>'
    '<div class="panel-body"><div class="empty"><h3>The page behind every sentence</h3>'
    "<p>Ask a question. The guideline page opens here with the quoted sentence marked.</p></div></div>"
)
