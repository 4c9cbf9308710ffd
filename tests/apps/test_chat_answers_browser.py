"""What a reader does with an answer in a real browser: judge, export, ask on, limit, zoom, copy; and axe in every state."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from chat_browser import CONTRAST, MARKS, TARGETS, browser, desktop, opened, phone, serving
from chat_fakes import DIFFERENT, LINES, OLDER, FakeAssistant, FakeCorpus

from cpgassist.apps.language.words import ABOUT, ACTIONS, EVIDENCE
from cpgassist.feedback import FeedbackLog

__all__ = ["browser", "desktop", "phone"]
pytestmark = MARKS


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    assistant = FakeAssistant(corpus=FakeCorpus(tmp_path_factory.mktemp("log") / "feedback.jsonl"))
    assistant.index.guidelines[OLDER.id] = OLDER
    with serving(assistant) as address:
        yield address, assistant


@pytest.fixture
def log(site):
    path = site[1].corpus.settings.feedback
    path.unlink(missing_ok=True)
    return FeedbackLog(path)


def said(log, wanted):
    """Wait for the log to hold these verdicts."""
    import time

    until = time.monotonic() + 20
    while [(one.verdict, one.reasons) for one in log.read()] != wanted:
        assert time.monotonic() < until, log.read()
        time.sleep(0.02)


# ---- judging ----------------------------------------------------------------------------------------------------


def test_thumbs_and_reasons_are_kept_shown_and_taken_back(desktop, log):
    desktop.ask("Which steroid for MARKER-3?")
    page = desktop.page
    page.click("#turn-1 .down")
    said(log, [("not helpful", ())])
    assert page.get_attribute("#turn-1 .down", "aria-pressed") == "true"
    assert page.inner_text("#turn-1 .thanks") == page.inner_text("#voice") == ACTIONS["thanks"]
    page.click("#turn-1 .reason.unsafe")
    page.click("#turn-1 .reason.wrong_page")
    said(log, [("not helpful", ("unsafe", "wrong page"))])
    page.click("#turn-1 .reason.unsafe")
    said(log, [("not helpful", ("wrong page",))])
    desktop.ask("silent?")
    assert page.get_attribute("#turn-1 .reason.wrong_page", "aria-pressed") == "true", "the thread was drawn anew"
    assert page.get_attribute("#turn-2 .down", "aria-pressed") == "false"
    page.click("#turn-1 .down")
    said(log, [])
    assert page.inner_text("#turn-1 .taken-back") == ACTIONS["taken_back"]
    page.focus("#turn-1 .up")
    page.keyboard.press("Enter")
    said(log, [("helpful", ())])
    assert not page.is_visible("#turn-1 .reasons")
    assert b"MARKER" not in log.path.read_bytes()


def test_a_quote_that_supports_nothing_is_told_and_shown_when_it_is_opened_again(desktop, log):
    desktop.ask("Which steroid?")
    page = desktop.page
    page.click("#thread .recommendation a.cite")
    page.click("#panel .unsupported >> visible=true")
    said(log, [("unsupported quote", ())])
    assert log.read()[0].citations == (("eczema", 2),)
    page.click("#panel .next")
    assert page.get_attribute("#panel .unsupported >> visible=true", "aria-pressed") == "false"
    page.click("#panel .previous")
    assert page.get_attribute("#panel .unsupported >> visible=true", "aria-pressed") == "true"
    page.click("#panel .unsupported >> visible=true")
    said(log, [])


def test_what_cannot_be_kept_is_said(desktop, site, log, tmp_path):
    (tmp_path / "file").write_text("")
    settings, before = site[1].corpus.settings, site[1].corpus.settings.feedback
    settings.feedback = tmp_path / "file" / "x.jsonl"
    try:
        desktop.ask("Which steroid?")
        desktop.page.click("#turn-1 .up")
        desktop.page.wait_for_selector("#turn-1 .trouble >> visible=true")
        assert "CPGASSIST_FEEDBACK" in desktop.page.inner_text("#turn-1 .trouble")
        assert desktop.page.get_attribute("#turn-1 .up", "aria-pressed") == "false"
    finally:
        settings.feedback = before
    desktop.complaints[:] = [one for one in desktop.complaints if "422" not in one]


# ---- exporting --------------------------------------------------------------------------------------------------


def test_an_answer_is_saved_as_a_file(desktop):
    desktop.ask("Which steroid?")
    page = desktop.page
    page.click("#turn-1 .export")
    assert page.get_attribute("#turn-1 .export", "aria-expanded") == "true"
    assert page.evaluate("document.activeElement.textContent") == ACTIONS["pdf"]
    with page.expect_download() as saving:
        page.keyboard.press("Enter")
    assert re.fullmatch(r"guideline-answer-[\d-]+\.pdf", saving.value.suggested_filename)
    assert Path(saving.value.path()).read_bytes().startswith(b"%PDF-")
    page.wait_for_selector("#turn-1 .formats", state="hidden")


def test_an_answer_that_is_gone_says_so(desktop):
    desktop.ask("Which steroid?")
    page = desktop.page
    page.evaluate("document.querySelector('#turn-1 a.save').setAttribute('href', '/exports/gone.pdf')")
    page.click("#turn-1 .export")
    page.click("#turn-1 a.save >> nth=0")
    page.wait_for_selector("#turn-1 .trouble >> visible=true")
    assert page.inner_text("#turn-1 .trouble") == ACTIONS["gone"]
    desktop.complaints[:] = [one for one in desktop.complaints if "404" not in one]


# ---- asking on --------------------------------------------------------------------------------------------------


def test_a_question_is_asked_again_and_can_be_changed_first(desktop, site):
    desktop.ask("Which steroid?")
    page = desktop.page
    page.fill("#ask textarea", "a half-typed")
    page.click("#turn-1 .retry")
    page.wait_for_selector("#turn-2.answered")
    assert [one for one, _ in site[1].asked[-2:]] == ["Which steroid?"] * 2
    assert page.input_value("#ask textarea") == "a half-typed", "what was being typed is still there"
    page.click("#turn-1 .edit")
    assert page.input_value("#ask textarea") == "Which steroid?"
    assert page.evaluate("document.activeElement.closest('#ask') !== null")


def test_chips_ask_on_the_last_answer_alone_and_some_only_begin(desktop, site):
    desktop.ask("Which steroid for eczema in adults?")
    page = desktop.page
    page.click("#turn-1 .chip.begins")
    assert page.input_value("#ask textarea") == "and with an eGFR of "
    page.click("#turn-1 .chip.asks")
    page.wait_for_selector("#turn-2.answered")
    assert "Asked as: Which steroid for eczema" in page.inner_text("#turn-2 .asked-as")
    assert site[1].asked[-1][0].endswith("– and in a child under 2?")
    assert page.is_disabled("#turn-1 .chip.asks") and page.is_enabled("#turn-2 .chip.asks")


def test_filters_limit_the_search_and_the_line_says_so(desktop, site):
    page = desktop.page
    page.click("#editions input")
    page.click("ul[role=listbox] li:has-text('Older editions too')")
    desktop.ask("Which steroid?")
    assert site[1].asked[-1][1].superseded is True
    assert "searched 3 guidelines" in page.inner_text("#turn-1 summary")
    page.click("#year input")
    page.click("ul[role=listbox] li:has-text('2025 or later')")
    desktop.ask("Which steroid?")
    assert site[1].asked[-1][1].year_from == 2025
    assert "searched 1 of 3 guidelines" in page.inner_text("#turn-2 summary")
    page.click("#turn-2 summary")
    assert "2025 or later · Older editions too" in page.inner_text("#turn-2 .checks dl")


def test_filters_of_a_phone_are_behind_a_button(phone):
    page = phone.page
    assert not page.is_visible("#filter")
    page.tap("#filters")
    assert page.is_visible("#filter") and page.is_visible("#year")
    assert page.get_attribute("#filters", "aria-expanded") == "true"
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.tap("#filters")
    assert not page.is_visible("#filter")


# ---- the panel --------------------------------------------------------------------------------------------------


def width(page):
    return page.evaluate("document.querySelector('#panel .source:not([hidden]) .page').getBoundingClientRect().width")


def test_a_page_can_be_zoomed_and_the_mark_stays_on_its_words_and_in_view(desktop):
    desktop.ask("Which steroid?")
    page = desktop.page
    fit, before = width(page), desktop.marks()
    page.click("#panel .zoom .double")
    assert width(page) == pytest.approx(595 * 96 / 72 * 2, abs=1)
    assert page.get_attribute("#panel .zoom .double", "aria-pressed") == "true"
    assert desktop.marks()[0] == pytest.approx(before[0], abs=0.004)
    mark = page.locator("#panel .mark >> visible=true").first.bounding_box()
    panel = page.locator("#evidence").bounding_box()
    assert panel["y"] < mark["y"] < panel["y"] + panel["height"] and mark["x"] < panel["x"] + panel["width"]
    page.click("#panel .next")
    assert width(page) == pytest.approx(595 * 96 / 72 * 2, abs=1), "the next page has the same size"
    page.click("#panel .zoom .zoom_out")
    assert width(page) == pytest.approx(595 * 96 / 72 * 2 / 1.25, abs=2)
    page.hover("#panel .frame >> visible=true")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    assert width(page) > 595 * 96 / 72 * 2 / 1.25 + 100
    page.click("#panel .zoom .fit")
    assert width(page) == pytest.approx(fit, abs=1)
    assert page.evaluate("document.documentElement.scrollWidth") == 1400


@pytest.mark.parametrize("leave", [["clipboard-read", "clipboard-write"], []], ids=["clipboard", "fallback"])
def test_a_quote_is_copied_with_its_reference(browser, site, leave):
    for chat in opened(browser, site, 1400, 900):
        page = chat.page
        if leave:
            chat.context.grant_permissions(leave, origin=site[0])
        else:
            page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        page.evaluate("document.addEventListener('copy', () => (window.copied = String(getSelection()) || 'copied'))")
        chat.ask("Which steroid?")
        page.click("#panel .copy >> visible=true")
        chat.wait_until(f"document.querySelector('#voice').textContent === {json.dumps(EVIDENCE['copied'])}")
        if leave:
            words = page.evaluate("navigator.clipboard.readText()")
            assert words.splitlines()[0] == f"“{LINES[1][2]}”" and "PDF page 2, printed page 12" in words
            assert words.splitlines()[-1] == "Printed grade: Grade A | Level I"
        else:
            assert page.evaluate("window.copied") and page.locator("textarea.to-copy").count() == 0


def test_two_guidelines_that_differ_open_their_own_pages(desktop):
    desktop.ask("conflict?")
    page = desktop.page
    assert page.locator("#turn-1 .bottom-line").count() == 0
    assert page.locator("#turn-1 .differ .side").count() == 2
    assert page.inner_text("#panel blockquote >> visible=true") == DIFFERENT[1], "the newer one first"
    page.click("#turn-1 .side:nth-child(2) a.cite")
    assert page.inner_text("#panel blockquote >> visible=true") == DIFFERENT[0]


# ---- about ------------------------------------------------------------------------------------------------------


def test_about_opens_over_the_page_and_gives_the_focus_back(desktop):
    page = desktop.page
    page.focus("#top button.open-about")
    page.keyboard.press("Enter")
    page.wait_for_selector("#about-dialog[open]")
    assert ABOUT["limits"].lower() in page.inner_text("#about-dialog").lower()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    page.wait_for_selector("#about-dialog", state="hidden")
    assert page.evaluate("document.activeElement.className").startswith("open-about")


# ---- for everybody ----------------------------------------------------------------------------------------------


def serious(page, state):
    """What axe finds that is serious or critical."""
    package = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python brings axe.min.js")
    page.evaluate((Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8") + "; undefined")
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        (state, one["id"], one["nodes"][0]["html"][:160], one["nodes"][0]["failureSummary"][:200])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def small(page):
    found = page.locator(f"{TARGETS}, #room a.save, #panel button").evaluate_all(
        "(all) => all.filter((one) => one.offsetParent).map((one) => [one.className, one.offsetWidth, one.offsetHeight])"
    )
    return [one for one in found if min(one[1:]) < 28]


@pytest.mark.parametrize(
    ("window", "scheme"),
    [
        # Every run looks at a phone in the dark; test_every_state.py at a desk in the light, and at more states.
        pytest.param((390, 844), "dark", id="phone-dark"),
        pytest.param((1400, 900), "light", id="desk-light", marks=pytest.mark.slow),
        pytest.param((1400, 900), "dark", id="desk-dark", marks=pytest.mark.slow),
        pytest.param((390, 844), "light", id="phone-light", marks=pytest.mark.slow),
    ],
)
def test_axe_finds_nothing_serious_in_any_state(browser, site, window, scheme):
    found = []
    for chat in opened(browser, site, *window, color_scheme=scheme, has_touch=window[0] < 500):
        page = chat.page

        def look(state):
            found.extend(serious(page, state))
            found.extend((state, *one) for one in page.evaluate(CONTRAST))
            found.extend((state, *one) for one in small(page))
            widths = "[document.documentElement.scrollWidth, document.querySelector('#room').offsetWidth]"
            if page.evaluate(widths) != [window[0]] * 2:
                found.append((state, "does not fill the window, or scrolls sideways"))

        if window[0] < 500:
            page.tap("#filters")
        page.click("#year input")
        look("welcome, with a filter open")
        page.keyboard.press("Escape")
        for question in ("Which steroid?", "silent?", "refuse", "conflict", "xss", "failure"):
            chat.ask(question)
        page.click("#turn-1 .down")
        page.click("#turn-1 .export")
        page.click("#turn-1 summary")
        look("answers")
        page.click("#turn-1 a.cite >> nth=0")
        page.wait_for_timeout(350)
        page.click("#panel .zoom .double")
        look("evidence")
        if window[0] < 500:
            page.tap("#panel .close")
            page.wait_for_selector("#evidence", state="hidden")
        page.click("button.open-about")
        look("about")
        page.keyboard.press("Escape")
    assert found == []


def test_a_screen_reader_is_told_that_the_answer_is_there(desktop):
    desktop.ask("Which steroid?")
    assert "5 of 5 quotes found on the page" in desktop.page.inner_text("#voice")
    assert desktop.page.get_attribute("#voice", "role") == "status"
    desktop.ask("silent?")
    assert "The guidelines here do not answer this." in desktop.page.inner_text("#voice")
    desktop.ask("failure")
    assert "The embedder's files are missing." in desktop.page.inner_text("#voice")


def test_nothing_moves_for_those_who_want_it_still(browser, site):
    for chat in opened(browser, site, 390, 844, has_touch=True, reduced_motion="reduce"):
        moving = chat.page.evaluate(
            "[...document.querySelectorAll('*')].filter((one) => {"
            " const s = getComputedStyle(one); return parseFloat(s.transitionDuration) > 0.01 || s.animationName !== 'none'; })"
            ".map((one) => one.outerHTML.slice(0, 80))"
        )
        assert moving == []
