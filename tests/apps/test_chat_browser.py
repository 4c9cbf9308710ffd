"""The chat in a real browser."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from chat_browser import CONTRAST, MARKS, TARGETS, browser, desktop, opened, phone, serving
from chat_fakes import HEADING, HEIGHT, LINES, WIDTH, XSS, FakeAssistant, box_of

__all__ = ["browser", "desktop", "phone"]
pytestmark = MARKS


@pytest.fixture(scope="module")
def site():
    assistant = FakeAssistant()
    with serving(assistant) as address:
        yield address, assistant


def test_an_answer_opens_its_first_page_with_the_words_marked(desktop):
    desktop.ask("Acute eczema flare: which steroid?")
    page = desktop.page
    assert LINES[1][2] in page.inner_text(".turn .bottom-line")
    assert page.inner_text("#panel blockquote >> visible=true") == LINES[1][2]
    desktop.wait_until("document.querySelector('#panel .source:not([hidden]) img').naturalWidth > 500")
    (mark,) = desktop.marks()
    box = box_of(1)
    wanted = (box.left / WIDTH, box.top / HEIGHT, box.right / WIDTH, box.bottom / HEIGHT)
    assert mark == pytest.approx(wanted, abs=0.004)


def test_a_citation_opens_and_next_and_previous_walk(desktop):
    desktop.ask("Which steroid?")
    page = desktop.page
    place = page.locator("#panel .place")
    page.click("#thread .table a.cite[href$='-4']")
    assert place.inner_text() == "4 of 5"
    assert page.inner_text("#panel blockquote >> visible=true") == LINES[4][2]
    assert desktop.marks()[0][1] == pytest.approx(box_of(4).top / HEIGHT, abs=0.004)
    assert page.locator("#panel .mark >> visible=true").first.bounding_box()["y"] < 880, "the mark is in view"
    page.click("#panel .next")
    assert place.inner_text() == "5 of 5" and page.is_disabled("#panel .next")
    page.click("#panel .previous")
    page.keyboard.press("ArrowLeft")
    assert place.inner_text() == "3 of 5"
    assert "page 3 (printed 13)" in page.inner_text("#panel .source >> visible=true")


def test_an_earlier_answer_keeps_its_evidence(desktop):
    desktop.ask("Which steroid?")
    desktop.ask("silent?")
    assert "The guidelines here do not answer this." in desktop.page.inner_text("#turn-2")
    assert desktop.page.inner_text("#panel blockquote >> visible=true") == LINES[5][2]
    desktop.page.click("#turn-1 .recommendation a.cite")
    assert desktop.page.inner_text("#panel blockquote >> visible=true") == LINES[2][2]


def test_the_closest_page_opens_by_keyboard_its_heading_marked(desktop):
    desktop.ask("Which steroid?")
    desktop.ask("astray")
    page = desktop.page
    page.click("#turn-1 .recommendation a.cite")
    page.focus("#turn-2 .note a.cite")
    page.keyboard.press("Enter")
    assert "nothing is quoted" in page.inner_text("#panel .count") and page.inner_text("#panel .place") == "1 of 1"
    assert page.locator("#panel blockquote").count() == 0
    (mark,) = desktop.marks()
    assert mark[1] == pytest.approx(HEADING.top / HEIGHT, abs=0.004)
    desktop.wait_until("document.querySelector('#panel .source:not([hidden]) img').naturalWidth > 500")


def test_the_keyboard_is_enough(desktop):
    page = desktop.page
    assert page.evaluate("document.activeElement.closest('#ask') !== null"), "the cursor is in the box"
    page.keyboard.type("Which steroid?")
    page.keyboard.press("Enter")
    page.wait_for_selector("#turn-1.answered")
    page.focus("#turn-1 .recommendation a.cite")
    page.keyboard.press("Enter")
    assert page.inner_text("#panel .place") == "2 of 5"
    assert page.get_attribute("#turn-1 .recommendation a.cite", "aria-current") == "true"
    roles = page.evaluate(
        "['thread', 'evidence', 'notice'].map((id) => document.getElementById(id).getAttribute('role'))"
    )
    assert roles == ["log", "complementary", "alert"]


def test_an_example_is_asked_with_one_click_and_clear_forgets(desktop, site):
    desktop.page.click("button.example")
    desktop.page.wait_for_selector("#turn-1.answered")
    assert site[1].asked[-1][0] == "Which steroid for a flare?"
    desktop.page.click("#clear")
    desktop.page.wait_for_selector("#thread .welcome")
    desktop.page.wait_for_selector("#panel .source", state="detached")


def test_a_chosen_guideline_limits_the_search(desktop, site):
    desktop.page.click("#filter input")
    desktop.page.click("ul[role=listbox] li:has-text('Itchy Skin')")
    desktop.ask("Which steroid?")
    assert site[1].asked[-1][1].guidelines == ("eczema",)
    assert "searched 1 of 2 guidelines " in desktop.page.inner_text(".turn summary")


def test_an_ic_number_or_a_long_question_is_not_sent(desktop, site):
    page, asked = desktop.page, len(site[1].asked)
    for question, words in (
        ("Ahmad 900101-14-5678 fever", "This looks like an IC number."),
        ("x" * 2001, "limit is 2,000"),
    ):
        page.fill("#ask textarea", question)
        page.press("#ask textarea", "Enter")
        page.click("#send")
        assert words in page.inner_text("#before-sending")
        assert page.input_value("#ask textarea") == question
    assert page.locator(".turn").count() == 0 and len(site[1].asked) == asked
    assert not [body for body in desktop.posted if "900101" in body or "xxxx" in body]
    page.fill("#ask textarea", "fever")
    assert page.locator("#before-sending").inner_text() == ""


def test_hostile_text_is_shown_and_does_nothing(desktop):
    desktop.ask(f"xss {XSS}")
    page = desktop.page
    for part in (
        "#turn-1 .question",
        "#turn-1 .bottom-line",
        "#panel blockquote >> visible=true",
        "#panel h3 >> visible=true",
    ):
        assert "onerror=" in page.inner_text(part)
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    assert page.locator("#thread script, #panel script, #thread a[href^='javascript']").count() == 0


def test_an_error_offers_to_ask_again(desktop):
    desktop.ask("failure, please")
    assert "The embedder's files are missing." in desktop.page.inner_text("#turn-1")
    desktop.page.click("#turn-1 .retry")
    desktop.page.wait_for_selector("#turn-2.error")
    desktop.page.click("#turn-1 .edit")
    assert desktop.page.input_value("#ask textarea") == "failure, please"


def test_questions_stay_off_the_disk(desktop):
    marker = "zebrafish-otitis-4711"
    desktop.ask(f"Which steroid for {marker}?")
    kept = desktop.page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])")
    assert marker not in kept
    temp = Path(os.environ.get("GRADIO_TEMP_DIR") or Path(tempfile.gettempdir()) / "gradio")
    files = [path for path in temp.rglob("*") if path.is_file()] if temp.is_dir() else []
    assert not [path for path in files if marker.encode() in path.read_bytes()]


def test_phone_answers_fill_the_screen_and_evidence_is_a_sheet(phone):
    phone.ask("Acute eczema flare: which steroid?")
    page = phone.page
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    line = page.locator(".bottom-line").bounding_box()
    box = page.locator("#composer").bounding_box()
    assert line["y"] > 0 and line["y"] + line["height"] <= box["y"], "the bottom line is in view"
    assert not page.is_visible("#evidence")
    page.tap("#thread .recommendation a.cite")
    page.wait_for_selector("#panel .close >> visible=true")
    page.wait_for_timeout(300)
    assert page.inner_text("#panel .place") == "2 of 5" and len(phone.marks()) == 1
    assert page.get_attribute("#evidence", "role") == "dialog"
    sheet = page.locator("#evidence").bounding_box()
    assert sheet["x"] == 0 and sheet["width"] == 390 and sheet["height"] > 700
    page.keyboard.press("Escape")
    page.wait_for_selector("#evidence", state="hidden")
    assert page.evaluate("document.activeElement.hash").endswith("-2"), "the focus is back on the citation"
    page.tap("#thread .recommendation a.cite")
    page.tap("#panel .close")
    page.wait_for_selector("#evidence", state="hidden")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_targets_are_large_and_words_have_contrast(browser, site, scheme):
    for chat in opened(browser, site, 390, 844, has_touch=True, color_scheme=scheme):
        chat.ask("silent?")
        chat.ask("failure")
        chat.ask("Which steroid?")
        chat.page.tap("#turn-3 a.cite")
        chat.page.wait_for_timeout(300)
        found = chat.page.locator(TARGETS).evaluate_all(
            "(all) => all.filter((one) => one.offsetParent)"
            ".map((one) => [one.className, one.offsetWidth, one.offsetHeight])"
        )
        assert len(found) > 12
        assert not [one for one in found if min(one[1:]) < 28]
        assert chat.page.evaluate(CONTRAST) == []
