"""Every state of the chat, for the checks that each of them must pass: an assistant that gives them, and the way there."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from threading import Event

from chat_browser import Chat
from chat_fakes import ASTHMA, LINES, SEEN, FakeAssistant, Reader, answered, canned, cite
from PIL import Image, ImageDraw

from cpgassist.answering.summary import FAILED
from cpgassist.errors import InputError, ModelError
from cpgassist.testing import ScriptedChat
from cpgassist.types import READ_BY_OCR, Answer, Checks, Statement

OLD = replace(ASTHMA, id="old", title="Care of the Itchy Skin in Adults", published=2011, superseded_by="eczema")


def states_of_an_answer() -> dict[str, Callable[[str], Answer]]:
    """An answer in each state, by the word in the question that brings it."""
    long = "A sentence of a guideline that is long enough to take several lines on a phone, as printed sentences are. "

    def plain(question: str) -> Answer:
        return answered(question)

    def without(status: str, **about) -> Callable[[str], Answer]:
        return lambda question: Answer(status, 0.1, question, "v1", seconds={"retrieval": 0.2}, **about)

    def but(**about) -> Callable[[str], Answer]:
        return lambda question: replace(answered(question), **about)

    differing = (cite(1), cite(2, 1, replace(OLD, file="asthma.pdf")))
    return {
        "plainly": plain,
        "partly": but(status="partial", not_in_guideline=("The length of treatment: not printed.",)),
        "silent": without("silent", citations=(cite(5, 1),), not_in_guideline=("Searched: 2 guidelines.",)),
        "nothing": without("silent"),
        "astray": canned,
        "refuse": without("refused"),
        "differing": but(
            status="conflict",
            citations=differing,
            bottom_line=Statement(LINES[1][2], (1,)),
            statements=(Statement(LINES[1][2], (1,), "Grade A"), Statement(LINES[2][2], (2,), "Grade C")),
            remarks=("Two guidelines print different doses.",),
        ),
        "withheld": but(checks=Checks(5, 4, 2, 2, withheld=2)),
        "scanned": but(
            citations=(replace(cite(1), verified="ocr", uncertain=("5 mg",)), *answered("").citations[1:]),
            checks=Checks(4, 4, quotes_by_ocr=1),
            warnings=(READ_BY_OCR,),
        ),
        "unfound": but(citations=(cite(1, verified=False), *answered("").citations[1:]), checks=Checks(5, 4)),
        "followed": but(asked_as="Which steroid for a flare of eczema in a child?"),
        "clarify": but(
            clarify=("Child under 2?", "Pregnant?", "Is the eczema infected?"),
            statements=tuple(
                replace(one, remarks=("Printed for adults.",), lead=("Site | Strength | Length",))
                for one in answered("").statements
            ),
        ),
        "long": but(
            bottom_line=Statement(long * 2, (1,)),
            statements=tuple(Statement(f"{n} {long * 3}", (n % 5 + 1,), "Strong | Level II-2") for n in range(8)),
        ),
        "failed model": but(not_in_guideline=(FAILED,), models={"generator": "extractive", "model": {"name": "m"}}),
    }


ANSWERS = states_of_an_answer()


@dataclass
class StatesAssistant(FakeAssistant):
    """Answers with the state that the question names."""

    def __post_init__(self) -> None:
        self.index.guidelines["old"] = replace(OLD, file="asthma.pdf")
        self.held = Event()

    def ask(self, question: str, where=None) -> Answer:
        self.asked.append((question, where))
        if "failure" in question:
            raise ModelError("The embedder's files are missing.", "Run: cpgassist doctor")
        if "waiting" in question:
            self.held.wait(20)
        named = next((word for word in ANSWERS if word in question), "plainly")
        return ANSWERS[named](question)

    def describe(self, *photos, pairs=False, cancel=None):
        if self.eyes is None:
            raise InputError("No model sees photos here.")
        return super().describe(*photos, pairs=pairs, cancel=cancel)


def drawn_photo() -> dict:
    """A picture that says that it is drawn, as a browser's file."""
    out, picture = io.BytesIO(), Image.new("RGB", (320, 240), (214, 168, 142))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((90, 60, 230, 180), fill=(190, 104, 92), outline=(150, 80, 72))
    draw.text((12, 12), "DRAWN - NO PATIENT", fill=(40, 30, 30))
    picture.save(out, "PNG")
    return {"name": "drawn.png", "mimeType": "image/png", "buffer": out.getvalue()}


def walk(chat: Chat, assistant: StatesAssistant) -> Iterator[str]:
    """Goes through every state; gives its name while the screen is in it."""
    page, phone = chat.page, chat.page.viewport_size["width"] < 821
    assistant.eyes, assistant.reader = ScriptedChat(json.dumps(SEEN)), None
    yield "welcome"
    for name in ANSWERS:
        chat.ask(f"What is printed {name}?")
        yield f"answer {name}"
        if name in ("plainly", "scanned", "unfound"):
            page.locator("#thread .turn a.cite").first.click()
            page.wait_for_selector("#panel .source:not([hidden]) .mark >> visible=true")
            chat.settle()
            yield f"evidence {name}"
            if phone:
                page.click("#panel .close")
                page.wait_for_selector("#evidence", state="hidden")
        if name == "plainly":
            page.locator("#thread .turn summary").first.click()
            yield "checks opened"
        clear(chat)
    chat.ask("failure")
    yield "error"
    clear(chat)
    yield from _waits(chat, assistant)
    yield from _notes(chat)
    yield from _photos(chat, assistant)


def clear(chat: Chat) -> None:
    """Back to the empty chat."""
    chat.page.click("#clear")
    chat.page.wait_for_selector("#thread .welcome")


def _waits(chat: Chat, assistant: StatesAssistant) -> Iterator[str]:
    page = chat.page
    assistant.held.clear()
    page.fill("#ask textarea", "waiting, please")
    page.press("#ask textarea", "Enter")
    page.wait_for_selector("#turn-1.pending")
    yield "searching"
    page.wait_for_selector("#turn-1.pending .pages-found")
    chat.settle()
    yield "slow"
    assistant.held.set()
    page.wait_for_selector("#turn-1:not(.pending)")
    clear(chat)
    assistant.reader = Reader()
    page.fill("#ask textarea", "Read plainly?")
    page.press("#ask textarea", "Enter")
    page.wait_for_selector("#turn-1.reading .bottom-line")
    yield "a model reads"
    assistant.reader.step.set()
    page.wait_for_selector("#turn-1:not(.reading)")
    yield "a model has read"
    assistant.reader = None
    clear(chat)


def _notes(chat: Chat) -> Iterator[str]:
    page = chat.page
    page.fill("#ask textarea", "Ahmad 900101-14-5678 fever")
    page.press("#ask textarea", "Enter")
    page.wait_for_selector("#before-sending b")
    yield "an identifier was found"
    page.fill("#ask textarea", "")


def _photos(chat: Chat, assistant: StatesAssistant) -> Iterator[str]:
    page = chat.page
    with page.expect_file_chooser() as choosing:
        page.click("#photo")
    yield "photo card"
    choosing.value.set_files([drawn_photo()])
    page.wait_for_selector("#photo-card .shots canvas")
    yield "photo chosen"
    page.click("#photo-card .describe")
    page.wait_for_selector("#photo-card .items")
    yield "photo described"
    page.click("#photo-card .search")
    page.wait_for_selector("#turn-1:not(.pending, .reading)")
    page.wait_for_selector("#photo-card", state="hidden")
    chat.settle()
    yield "answer to a photo"
    clear(chat)
    assistant.eyes = ScriptedChat(json.dumps({"cannot_describe": "It is out of focus."}))
    with page.expect_file_chooser() as choosing:
        page.click("#photo")
    choosing.value.set_files([drawn_photo()])
    page.click("#photo-card .describe")
    page.wait_for_selector("#photo-card .problem b")
    yield "photo unclear"
    page.click("#photo-card .by-hand")
    page.wait_for_selector("#photo-card .items")
    yield "findings by hand"
    page.click("#photo-card .discard")


class StatesChat(Chat):
    """A window on the chat that can wait until nothing moves."""

    def settle(self) -> None:
        """Until animations have ended and the shown page's picture is there."""
        self.wait_until(
            "document.getAnimations().every((one) => one.playState !== 'running'"
            " || !isFinite(one.effect.getComputedTiming().endTime))"
        )
        self.wait_until(
            "[...document.querySelectorAll('#panel .source:not([hidden]) img')]"
            ".every((one) => !one.checkVisibility() || one.complete)"
        )
