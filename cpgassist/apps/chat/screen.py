"""The screen: Gradio components and their events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from cpgassist.apps.chat.about import about
from cpgassist.apps.chat.conversation import AT_ONCE, Conversations
from cpgassist.apps.chat.evidence import panel
from cpgassist.apps.chat.markup import text
from cpgassist.apps.chat.photos import remote_place
from cpgassist.apps.language.malay import said as told
from cpgassist.apps.language.words import (
    BROWSER,
    FILTERS,
    PHOTO,
    SCREEN,
    Language,
    counted,
    language_of,
    speaking,
    spoken,
)
from cpgassist.apps.wording import NO_MODEL, named
from cpgassist.conversation import Turn
from cpgassist.errors import CpgassistError
from cpgassist.types import GuidelineInfo

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant

KEPT_TURNS = 20
"""Turns a chat shows; each is sent again with every answer."""

IDLE_SECONDS = 3600
OLDER = "older"

_EVENT: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def build(conversations: Conversations, title: str, examples: Sequence[str], pictured: bool = False) -> Any:
    """The Blocks of the chat; `pictured` says that a picture is among the examples."""
    assistant = conversations.assistant
    remote, model = remote_place(assistant), model_name(assistant)
    sees = may_see(assistant)

    def empty() -> str:
        return welcome(examples, model, sees=sees, pictured=pictured)

    def frame(language: Language, first: bool, asked: bool) -> tuple[Any, ...]:
        """Everything around the turns in a language; chosen filters stay, but for the `first` time."""
        with speaking(language):
            guidelines, version, warnings = _index_of(assistant)
            choices = sorted((named(info) + superseded(info), id_) for id_, info in guidelines.items())
            older = any(info.superseded_by for info in guidelines.values())
            anew: list[dict[str, Any]] = [{"value": []}, {"value": ""}, {"value": ""}] if first else [{}, {}, {}]
            return (
                header(title, len(choices), remote),
                banner(warnings),
                gr.skip() if asked else empty(),
                PHOTO["photo"],
                gr.update(placeholder=SCREEN["placeholder"], label=SCREEN["question"]),
                SCREEN["ask"],
                SCREEN["stop"],
                FILTERS["button"],
                gr.update(choices=choices, label=FILTERS["guidelines"], **anew[0]),
                gr.update(choices=years(guidelines.values()), label=FILTERS["year"], **anew[1]),
                gr.update(choices=kinds_of_edition(), label=FILTERS["editions"], visible=older, **anew[2]),
                SCREEN["clear"],
                foot(),
                panel(),
                about(guidelines.values(), version, model),
            )

    def load(request: gr.Request) -> tuple[Any, ...]:
        return frame(language_of(request.headers), True, False)

    def relabel(past: list[str], request: gr.Request) -> tuple[Any, ...]:
        return frame(language_of(request.headers), False, bool(past))

    def cleared(request: gr.Request | None = None) -> tuple[Any, ...]:
        with speaking(language_of(request.headers) if request is not None else "en"):
            return empty(), [], "", "", (), ""

    def send(
        question: str,
        guidelines: list[str],
        year: str,
        editions: str,
        past: list[str],
        said: tuple[Turn, ...],
        findings: str,
        request: gr.Request,
    ) -> Iterator[tuple[Any, ...]]:
        session, older = request.session_hash or "", editions == OLDER
        language = language_of(request.headers)
        yield from _asked(conversations, question, guidelines, older, past, said, findings, session, year, language)

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
        # what the index holds comes with the load event: it may be made, or replaced, after the server began
        top = _html(header(title, None, remote), "top")
        with gr.Row(elem_id="room"):
            with gr.Column(elem_id="chat"):
                alerts = _html("", "alerts")
                thread = _html(empty(), "thread")
                with gr.Row(elem_id="composer"):
                    photo = gr.Button(
                        PHOTO["photo"], elem_id="photo"
                    )  # what it does is the browser's (assets/photo.js)
                    box = gr.Textbox(
                        show_label=False,
                        label=SCREEN["question"],
                        placeholder=SCREEN["placeholder"],
                        lines=1,
                        max_lines=6,
                        container=False,
                        elem_id="ask",
                        autofocus=True,
                        html_attributes=gr.InputHTMLAttributes(autocomplete="off", enterkeyhint="send"),
                    )
                    button = gr.Button(SCREEN["ask"], variant="primary", elem_id="send")
                    stopper = gr.Button(SCREEN["stop"], elem_id="stop")
                    # the confirmed findings of a photo, as the browser's card writes them
                    findings = gr.Textbox(
                        visible="hidden",
                        lines=2,
                        max_length=20_000,
                        label="Findings",
                        elem_id="confirmed",
                        # or a browser keeps it on disk with the rest of the page, to restore what was typed
                        html_attributes=gr.InputHTMLAttributes(autocomplete="off"),
                    )
                notice = _html("", "notice")
                with gr.Row(elem_id="options"):
                    filters = gr.Button(
                        FILTERS["button"], elem_id="filters"
                    )  # on a phone, shows the three; the browser's too
                    filter_ = gr.Dropdown(
                        choices=[], value=[], multiselect=True, label=FILTERS["guidelines"], elem_id="filter"
                    )
                    year = _choice([(FILTERS["any_year"], "")], FILTERS["year"], "year")
                    editions = _choice(kinds_of_edition(), FILTERS["editions"], "editions")
                    clear = gr.Button(SCREEN["clear"], elem_id="clear")
                    relabeller = gr.Button(visible="hidden", elem_id="relabel")  # pressed by the browser alone
                below = _html(foot(), "disclaimer")
            with gr.Column(elem_id="evidence"):
                pages = _html(panel(), "panel")
        sheet = _html("", "about")
        outputs = [thread, past, box, notice, said, findings]
        gr.on(
            [box.submit, button.click], send, [box, filter_, year, editions, past, said, findings], outputs,
            trigger_mode="once", concurrency_limit=AT_ONCE, concurrency_id="retrieval", **_EVENT,
        )  # fmt: skip
        stopper.click(stop, None, None, concurrency_limit=None, **_EVENT)
        clear.click(cleared, None, outputs, **_EVENT)
        around = [
            *(top, alerts, thread, photo, box, button, stopper, filters),
            *(filter_, year, editions, clear, below, pages, sheet),
        ]
        blocks.load(load, None, around, **_EVENT)
        relabeller.click(relabel, past, around, **_EVENT)
        gr.api(ask, api_name="ask", concurrency_limit=AT_ONCE, concurrency_id="retrieval")  # type: ignore[attr-defined]
    blocks.queue(max_size=64)
    return blocks


def _index_of(assistant: Assistant) -> tuple[Mapping[str, GuidelineInfo], str, tuple[str, ...]]:
    """The guidelines, the version and the warnings of the index in service, or of none why there is none."""
    try:
        index = assistant.index
        return index.guidelines, index.version, assistant.warnings
    except CpgassistError as error:
        return {}, "", (str(error),)


def _asked(
    conversations: Conversations,
    question: str,
    guidelines: list[str],
    older: bool,
    past: list[str],
    said: tuple[Turn, ...] = (),
    findings: str = "",
    session: str = "",
    year: object = None,
    language: Language = "en",
) -> Iterator[tuple[Any, ...]]:
    number = 1 + (int(past[-1].partition('id="turn-')[2].partition('"')[0]) if past else 0)
    sent = False
    steps = conversations.turns(number, question, guidelines, older, tuple(said), findings, session, year, language)
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
        with speaking(language):
            why, cure = text(told(error.message)), text(told(error.next_step))
        note = f'<div class="note error"><p><b>{why}</b> {cure}</p></div>'
        yield gr.skip(), gr.skip(), gr.skip(), note, gr.skip(), ""


def _html(value: str, elem_id: str) -> Any:
    """HTML through Gradio's sanitiser.

    `gr.HTML` would not sanitise, and needs `unsafe-eval`. Without delimiters no text is taken for a formula.
    """
    return gr.Markdown(value, elem_id=elem_id, sanitize_html=True, latex_delimiters=[])


def _choice(choices: list[tuple[str, str]], label: str, elem_id: str) -> Any:
    return gr.Dropdown(choices=choices, value="", label=label, filterable=False, elem_id=elem_id)


def kinds_of_edition() -> list[tuple[str, str]]:
    """The current editions, or older ones too."""
    return [(FILTERS["current"], ""), (FILTERS["older"], OLDER)]


def foot() -> str:
    """The line under the box, and hidden beside it what the browser says by itself."""
    heard = "".join(f'<span class="say-{name}">{text(words)}</span>' for name, words in BROWSER.items())
    return f'<div class="disclaimer">{text(SCREEN["disclaimer"])}</div><div class="browser-words" hidden>{heard}</div>'


def years(guidelines: Iterable[GuidelineInfo]) -> list[tuple[str, str]]:
    """The years that can be filtered from, the newest first; the oldest leaves nothing out, where all are known."""
    known = [info.published for info in guidelines]
    found = sorted({year for year in known if year is not None}, reverse=True)
    useful = found if None in known else found[:-1]
    return [(FILTERS["any_year"], ""), *((FILTERS["year_from"].format(year), str(year)) for year in useful)]


def superseded(info: GuidelineInfo) -> str:
    """What the list of guidelines says after the name of an older edition."""
    return FILTERS["older_one"] if info.superseded_by else ""


def thread_of(turns: Sequence[str]) -> str:
    """The turns as one block of HTML."""
    return f'<div class="turns">{"".join(turns)}</div>'


def model_name(assistant: Assistant) -> str:
    """The configured language model's name; "" where code alone picks the lines."""
    settings = assistant.corpus.settings
    if getattr(settings, "model_backend", "extractive") == "extractive":
        return ""
    return str(settings.model or "a language model").rstrip("/").rsplit("/", 1)[-1]


def may_see(assistant: Assistant) -> bool:
    """Whether a language model is configured that may look at photos, without loading it."""
    return bool(model_name(assistant)) and getattr(assistant.corpus.settings, "photo", "auto") != "off"


def header(title: str, guidelines: int | None, remote: str = "") -> str:
    """The line at the top: what this is, how many guidelines it searches, and that it is local or which host is asked.

    `guidelines` is None while that is not known.
    """
    count = ""
    if guidelines is not None:
        count = f'<span class="pill count wide">{counted(guidelines, SCREEN["guideline"])}</span>'
    wide = SCREEN["remote"].format(told(remote)) if remote else SCREEN["local"]
    narrow = SCREEN["remote_short" if remote else "local_short"]
    return (
        f'<div class="bar in-{spoken()}"><span class="mark-logo">+</span><h1>{text(title)}</h1><span class="pills">'
        f"{count}"
        f'<span class="pill {"remote" if remote else "local"}"><span class="wide">{text(wide)}</span>'
        f'<span class="narrow">{narrow}</span></span></span>'
        f'<button type="button" class="open-about"><span class="words">{SCREEN["about"]}</span></button>'
        f'<button type="button" class="language" title="{SCREEN["other_language"]}">{SCREEN["other_language_short"]}'
        f'<span class="sr"> {SCREEN["other_language"]}</span></button>'
        f'<button type="button" class="theme" title="{SCREEN["theme"]}"><span class="sr">{SCREEN["theme"]}</span></button>'
        "</div>"
    )


def banner(warnings: Sequence[str]) -> str:
    """What is wrong with the index in service, if anything."""
    notes = "".join(f"<p>{text(told(warning))}</p>" for warning in warnings)
    return f'<div class="note warning">{notes}</div>' if notes else ""


def welcome(examples: Sequence[str], model: str = "", sees: bool = False, pictured: bool = False) -> str:
    """The empty chat: what it does, and questions to try.

    `sees` says whether a model may look at photos, `pictured` whether one is offered as an example.
    """
    kind, words = ("with-photo drawn", SCREEN["photo_example"]) if pictured else ("with-photo", SCREEN["photo"])
    tries = "".join(f'<button type="button" class="example">{text(example)}</button>' for example in examples)
    photo = (
        f'<button type="button" class="example {kind}">{words}</button>'
        if sees
        else f'<button type="button" class="example {kind}" disabled>{words}'
        f'<span class="why">{SCREEN["no_photo"]}</span></button>'
    )
    made = SCREEN["model"].format(model) if model else told(NO_MODEL)
    return (
        f'<div class="welcome"><h2>{SCREEN["welcome"]}</h2><p>{SCREEN["promise"]}</p><p class="about">{text(made)}</p>'
        f'<div class="examples"><h3 class="sr">{SCREEN["try"]}</h3>{tries}{photo}</div></div>'
    )
