"""The photo road in a real browser, with a card filled by hand and with a model that sees, on a desk and on a phone."""

from __future__ import annotations

import io
import json
import os
import tempfile
from pathlib import Path

import pytest
from chat_browser import CONTRAST, MARKS, browser, opened, serving
from chat_fakes import LINES, SEEN, FakeAssistant, Reader
from PIL import Image, PngImagePlugin

from cpgassist.errors import ModelError
from cpgassist.testing import ScriptedChat
from cpgassist.types import BY_USER, CHANGED, RESEARCH_USE

__all__ = ["browser"]
pytestmark = MARKS

MARKER = "zebrafish-otitis-4712"
SIZES = [(1400, 900), (390, 844)]
SHOTS = os.environ.get("CHAT_SHOTS")
"""A folder that pictures of the screens are saved in; none by default."""


def photo(name="skin.png", tint=(200, 150, 130)):
    out, about = io.BytesIO(), PngImagePlugin.PngInfo()
    about.add_text("Comment", MARKER)
    flat = Image.new("RGB", (320, 240), tint)
    Image.blend(flat, Image.effect_noise((320, 240), 80).convert("RGB"), 0.3).save(out, "PNG", pnginfo=about)
    return {"name": name, "mimeType": "image/png", "buffer": out.getvalue()}


@pytest.fixture(scope="module")
def temp(tmp_path_factory):
    """The server's only temporary folder."""
    folder, patch = tmp_path_factory.mktemp("temp"), pytest.MonkeyPatch()
    patch.setattr(tempfile, "tempdir", str(folder))
    patch.setenv("GRADIO_TEMP_DIR", str(folder / "gradio"))
    yield folder
    patch.undo()


@pytest.fixture(scope="module")
def blind(temp):
    """A chat without a model that sees."""
    assistant = FakeAssistant()
    with serving(assistant) as address:
        yield address, assistant


@pytest.fixture(scope="module")
def seer(temp):
    """A chat with one."""
    assistant = FakeAssistant()
    with serving(assistant) as address:
        yield address, assistant


@pytest.fixture(params=SIZES, ids=["desk", "phone"])
def hand(browser, blind, request):
    yield from opened(browser, blind, *request.param, has_touch=request.param[0] < 500)


@pytest.fixture(params=SIZES, ids=["desk", "phone"])
def fresh(browser, blind, request):
    """A window in which no card was opened before."""
    yield from opened(browser, blind, *request.param, has_touch=request.param[0] < 500, anew=True)


@pytest.fixture(params=SIZES, ids=["desk", "phone"])
def model(browser, seer, request):
    seer[1].eyes, seer[1].reader = ScriptedChat(json.dumps(SEEN)), None
    yield from opened(browser, seer, *request.param, has_touch=request.param[0] < 500)


@pytest.fixture
def desk(browser, seer):
    seer[1].eyes, seer[1].reader = ScriptedChat(json.dumps(SEEN)), None
    yield from opened(browser, seer, 1400, 900)


def attach(chat, *photos):
    with chat.page.expect_file_chooser() as choosing:
        chat.page.click("#photo")
    choosing.value.set_files(list(photos))
    chat.page.wait_for_selector(f"#photo-card .shots li:nth-child({len(photos)}) canvas")


def describe(chat, *photos):
    attach(chat, *(photos or (photo(),)))
    chat.page.click("#photo-card .describe")
    chat.page.wait_for_selector("#photo-card .items")


def items(chat):
    return chat.page.locator("#photo-card .items li")


def searched(chat, turn=1):
    chat.page.click("#photo-card .search")
    chat.page.wait_for_selector(f"#turn-{turn}:not(.pending, .reading)")
    chat.page.wait_for_selector("#photo-card", state="hidden")


def shot(chat, name):
    if SHOTS:
        chat.page.wait_for_timeout(300)
        chat.page.screenshot(path=f"{SHOTS}/test-{name}-{chat.page.viewport_size['width']}.png")


def left(temp):
    found = [path for path in temp.rglob("*") if path.is_file()]
    return [path for path in found if MARKER.encode() in path.read_bytes() or path.read_bytes()[:4] == b"\x89PNG"]


def fits(chat):
    page = chat.page
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    assert page.evaluate(CONTRAST) == []
    small = page.locator("#photo-card button, #photo-card input").evaluate_all(
        "(all) => all.filter((one) => one.offsetParent && one.type != 'checkbox')"
        ".map((one) => [one.className, one.offsetWidth, one.offsetHeight])"
    )
    assert small and not [one for one in small if min(one[1:]) < 28]


def test_without_a_model_the_card_is_filled_by_hand_and_the_photo_stays_in_the_browser(hand, blind, temp):
    page, (_, assistant) = hand.page, blind
    attach(hand, photo())
    assert page.inner_text("#photo-card .by-hand") == "Describe what you see"
    assert not page.is_visible("#photo-card .describe") and "stays in this browser" in page.inner_text("#photo-card")
    page.click("#photo-card .by-hand")
    assert page.inner_text("#photo-card .label") == BY_USER and items(hand).count() == 1
    page.keyboard.type("weeping eczema with crusting")
    page.keyboard.press("Enter")
    page.keyboard.type("linear scratches")
    page.fill("#photo-card [name=anatomy]", "left forearm")
    fits(hand)
    shot(hand, "hand-card")
    asked = len(assistant.asked)
    searched(hand)
    assert len(assistant.asked) == asked + 1 and assistant.photos == []
    seen = assistant.confirmed[-1]
    assert ([one.text for one in seen.items], seen.anatomy, seen.by, seen.photos) == (
        ["weeping eczema with crusting", "linear scratches"],
        "left forearm",
        "user",
        0,
    )
    assert BY_USER in page.inner_text("#turn-1 .question")
    assert not [body for body in hand.posted if MARKER in body] and left(temp) == []
    fits_after = page.evaluate(CONTRAST)
    assert fits_after == []
    shot(hand, "hand-answer")


def test_a_model_describes_a_person_corrects_and_only_then_it_is_searched(model, seer, temp):
    page, (_, assistant) = model.page, seer
    asked = len(assistant.asked)
    describe(model)
    assert len(assistant.asked) == asked, "nothing is searched before it is confirmed"
    assert page.inner_text("#photo-card .label") == RESEARCH_USE
    assert page.input_value("#photo-card [name=image_type]") == "clinical photo of skin"
    ticked = page.locator("#photo-card .items input[type=checkbox]").evaluate_all("(all) => all.map((o) => o.checked)")
    assert ticked == [True, True, False], "what is only possible must be ticked by a person"
    assert "fever cannot be seen" in page.inner_text("#photo-card")
    fits(model)
    shot(model, "model-card")
    items(model).nth(1).locator("input[type=checkbox]").uncheck()
    page.fill("#ask textarea", "Which antibiotic?")
    searched(model)
    seen = assistant.confirmed[-1]
    assert ([one.text for one in seen.items], seen.by) == (["weeping eczema with crusting"], "model")
    assert assistant.asked[-1][0] == "Which antibiotic?"
    question = page.inner_text("#turn-1 .question")
    assert RESEARCH_USE in question and "weeping eczema with crusting (definite)" in question
    line, composer = page.locator(".bottom-line").bounding_box(), page.locator("#composer").bounding_box()
    assert line["y"] > 0 and line["y"] + line["height"] <= composer["y"], "the bottom line is in view"
    chip = page.locator("#turn-1 .findings a.cite").first
    assert chip.get_attribute("href") == "#e-1-2"
    shot(model, "model-answer")
    chip.scroll_into_view_if_needed()
    chip.click()
    assert page.inner_text("#panel blockquote >> visible=true") == LINES[2][2]
    assert "Found by: weeping eczema with crusting" in page.inner_text("#panel .source >> visible=true")
    shot(model, "model-evidence")
    assert left(temp) == []
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])")
    assert "eczema" not in kept and page.locator("#photo-card canvas").count() == 0


def test_changed_words_are_the_users_and_more_can_be_added(desk, seer):
    describe(desk)
    items(desk).nth(1).locator("input[type=text]").fill("linear scratches, fresh")
    desk.page.click("#photo-card .add")
    desk.page.keyboard.type("pus")
    searched(desk)
    seen = seer[1].confirmed[-1]
    assert [one.text for one in seen.items] == ["weeping eczema with crusting", "linear scratches, fresh", "pus"]
    assert seen.label == CHANGED and CHANGED in desk.page.inner_text("#turn-1 .question")


def test_before_and_after_can_be_told_and_turned_round(desk, seer):
    first, second = photo("1.png", (250, 90, 90)), photo("2.png", (90, 90, 250))
    attach(desk, first)
    assert not desk.page.is_visible("#photo-pairs")
    desk.page.set_input_files("#photo-files", [second])
    desk.page.wait_for_selector("#photo-card .shots li:nth-child(2) canvas")
    desk.page.check("#photo-pairs")
    captions = desk.page.locator("#photo-card .caption span")
    assert captions.all_inner_texts() == ["Before", "After"]
    desk.page.click("#photo-card .earlier")
    desk.page.click("#photo-card .describe")
    desk.page.wait_for_selector("#photo-card .items")
    assert seer[1].photos[-1] == (second["buffer"], first["buffer"])
    assert [one.label for one in seer[1].eyes.prompts[-1].photos] == ["Before", "After"]


def test_at_most_four_photos_are_taken(desk, seer):
    attach(desk, *(photo(f"{n}.png") for n in range(4)))
    desk.page.set_input_files("#photo-files", [photo("5.png")])
    desk.page.wait_for_selector("#photo-card .problem b")
    assert "At most 4 photos" in desk.page.inner_text("#photo-card .problem")
    assert desk.page.locator("#photo-card .shots li").count() == 4
    desk.page.locator("#photo-card .remove").first.click()
    assert desk.page.locator("#photo-card .shots li").count() == 3


def test_an_unconfirmed_photo_holds_the_question_back_and_discard_lets_it_go(desk, seer):
    asked = len(seer[1].asked)
    describe(desk)
    desk.page.fill("#ask textarea", "Which steroid?")
    desk.page.press("#ask textarea", "Enter")
    assert "The photo is not confirmed." in desk.page.inner_text("#before-sending")
    assert desk.page.locator(".turn").count() == 0 and len(seer[1].asked) == asked
    desk.page.click("#photo-card .discard")
    assert not desk.page.is_visible("#photo-card")
    assert desk.page.evaluate("document.activeElement.id") == "photo"
    desk.ask("Which steroid?")
    assert seer[1].confirmed[-1] is None and "With findings" not in desk.page.inner_text("#turn-1")


def test_no_finding_or_an_ic_number_is_not_searched_with(desk, seer):
    asked = len(seer[1].asked)
    describe(desk)
    for box in desk.page.locator("#photo-card .items input[type=checkbox]").all():
        box.uncheck()
    desk.page.click("#photo-card .search")
    assert "No finding is ticked." in desk.page.inner_text("#photo-card .problem")
    items(desk).first.locator("input[type=text]").fill("scar of 900101-14-5678")
    desk.page.click("#photo-card .search")
    assert "IC number" in desk.page.inner_text("#photo-card .problem")
    assert len(seer[1].asked) == asked and desk.page.locator(".turn").count() == 0


@pytest.mark.parametrize(
    ("reply", "said", "then"),
    [
        ('{"cannot_describe": "out of focus"}', "cannot be described reliably. out of focus", "Take another"),
        (ModelError("The server is gone.", "Start it."), "The server is gone.", "Start it."),
    ],
)
def test_what_goes_wrong_is_said_in_the_card_and_it_can_be_filled_by_hand(browser, seer, reply, said, then):
    seer[1].eyes = ScriptedChat(reply)
    chats = opened(browser, seer, 1400, 900)
    desk = next(chats)
    attach(desk, photo())
    desk.page.click("#photo-card .describe")
    desk.page.wait_for_selector("#photo-card .problem b")
    shown = desk.page.inner_text("#photo-card .problem")
    assert said in shown and then in shown
    desk.page.click("#photo-card .by-hand")
    desk.page.keyboard.type("crusting")
    searched(desk)
    assert seer[1].confirmed[-1].label == BY_USER
    desk.complaints[:] = [one for one in desk.complaints if "422" not in one]  # the browser's own note of a refusal
    next(chats, None)


def test_findings_of_a_failed_question_come_back(desk, seer):
    describe(desk)
    desk.page.fill("#ask textarea", "failure, please")
    searched(desk)
    desk.page.click("#turn-1 .retry")
    desk.page.wait_for_selector("#photo-card .items")
    assert items(desk).first.locator("input[type=text]").input_value() == "weeping eczema with crusting"
    desk.page.fill("#ask textarea", "Which steroid?")
    searched(desk, 2)
    assert seer[1].confirmed[-1].items[0].certainty == "definite"


def test_a_question_with_findings_is_asked_again_with_them(desk, seer):
    describe(desk)
    searched(desk)
    before = seer[1].confirmed[-1]
    desk.page.click("#turn-1 .retry")
    desk.page.wait_for_selector("#turn-2.answered")
    assert seer[1].confirmed[-1] == before and "weeping eczema" in desk.page.inner_text("#turn-2 .question")
    desk.ask("Which steroid?")
    assert seer[1].confirmed[-1] is None


def test_the_keyboard_is_enough_for_a_photo(fresh):
    page = fresh.page
    page.focus("#photo")
    with page.expect_file_chooser():
        page.keyboard.press("Enter")
    page.wait_for_selector("#photo-card")
    assert page.get_attribute("#photo", "aria-expanded") == "true"
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "by-hand":
            break
    page.keyboard.press("Enter")
    page.keyboard.type("crusting")
    for _ in range(3):
        page.keyboard.press("Tab")
        if "search" in page.evaluate("document.activeElement.className"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#turn-1.answered")
    named = page.locator("#photo-card input, #photo-card button").evaluate_all(
        "(all) => all.filter((o) => o.type != 'file' && !(o.ariaLabel || o.labels?.length || o.textContent.trim()))"
        ".map((o) => o.outerHTML)"
    )
    assert named == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_card_has_contrast_in_both_themes(browser, seer, scheme):
    seer[1].eyes = ScriptedChat(json.dumps(SEEN))
    for chat in opened(browser, seer, 390, 844, has_touch=True, color_scheme=scheme):
        attach(chat, photo())
        fits(chat)
        chat.page.click("#photo-card .describe")
        chat.page.wait_for_selector("#photo-card .items")
        fits(chat)
        shot(chat, f"card-{scheme}")


# ---- answers that grow ------------------------------------------------------------------------------------------


def test_lines_come_first_then_the_models_and_the_panel_follows(desk, seer):
    seer[1].reader = Reader()
    page = desk.page
    page.fill("#ask textarea", "Which steroid?")
    page.press("#ask textarea", "Enter")
    page.wait_for_selector("#turn-1.reading .bottom-line")
    assert "The model is reading" in page.inner_text("#turn-1") and page.is_visible("#stop")
    assert not page.is_visible("#send") and page.get_attribute("#thread", "aria-busy") == "true"
    desk.wait_until("document.querySelector('#panel .source:not([hidden]) blockquote') !== null")
    assert page.inner_text("#panel blockquote >> visible=true") == LINES[1][2]
    page.focus("#turn-1 .bottom-line a.cite")
    shot(desk, "reading")
    seer[1].reader.step.set()
    page.wait_for_selector("#turn-1:not(.reading)")
    assert "Flucloxacillin is considered" in page.inner_text(".bottom-line")
    assert "Lines picked by medgemma-4b-it, checked by code." in page.inner_text("#turn-1")
    desk.wait_until("document.querySelectorAll('#panel .source').length === 2")
    assert page.inner_text("#panel blockquote >> visible=true") == LINES[2][2], "the same number is another quote now"
    assert page.evaluate("document.activeElement.hash") == "#e-1-1", "the focus stays on its citation"
    assert page.is_visible("#send") and not page.is_visible("#stop")
    assert page.get_attribute("#thread", "aria-busy") == "false"
    shot(desk, "read")


def test_stop_keeps_the_lines_of_code(desk, seer):
    seer[1].reader = Reader()
    desk.page.fill("#ask textarea", "Which steroid?")
    desk.page.press("#ask textarea", "Enter")
    desk.page.wait_for_selector("#turn-1.reading .bottom-line")
    desk.page.click("#stop")
    desk.page.wait_for_selector("#turn-1:not(.reading)")
    said = desk.page.inner_text("#turn-1")
    assert seer[1].reader.stopped == 1 and "medgemma-4b-it was stopped." in said and LINES[2][2] in said
    seer[1].reader = None
    desk.page.fill("#ask textarea", "Which steroid?")
    desk.page.press("#ask textarea", "Enter")
    desk.page.wait_for_selector("#turn-2.answered")
    assert not desk.page.is_visible("#stop")


def test_the_example_is_put_on_the_card_and_described_only_when_asked(browser, temp):
    """The sample's drawn test, as `make demo` offers it."""
    assistant = FakeAssistant()
    assistant.eyes = ScriptedChat(json.dumps(SEEN))
    settings = assistant.corpus.settings
    settings.model_backend, settings.model, settings.base_url = "openai", "medgemma", "http://127.0.0.1:1/v1"
    drawn = Path(__file__).parents[2] / "corpora" / "sample" / "sample-rapid-test.png"
    with serving(assistant, photo=drawn) as address:
        for size in SIZES:
            for chat in opened(browser, (address, assistant), *size, has_touch=size[0] < 500):
                chat.page.click(".example.drawn")
                chat.page.wait_for_selector("#photo-card .shots canvas")
                shot(chat, "example")
                assert assistant.photos == assistant.asked == [], "nothing is looked at or searched yet"
                chat.page.click("#photo-card .describe")
                chat.page.wait_for_selector("#photo-card .items")
                assert assistant.photos.pop() == (drawn.read_bytes(),) and assistant.asked == []
                chat.page.click("#photo-card .discard")
