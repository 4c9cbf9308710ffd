"""The chat in a real browser, for the tests that need one."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from cpgassist.apps.server import create_app

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
# For each window Chromium draws the popup of its address bar, two pages in a process of their own: half of a page's load.
# A list given here takes the place of Playwright's, whose features these are but for the last three.
NOT_WANTED = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *(
        "HttpsFirstBalancedModeAutoEnable",
        "LensOverlay",
        "MediaRouter",
        "PaintHolding",
        "ThirdPartyStoragePartitioning",
    ),
    *("AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "PreconnectToSearch"),
    *("WebUIOmniboxPopup", "WebUIOmniboxFullPopup", "WebUIOmniboxAimPopup"),
)
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", f"--disable-features={','.join(NOT_WANTED)}"),
]

MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: install it or set CHROMIUM to its path"),
]


@contextmanager
def serving(assistant, examples=("Which steroid for a flare?",), photo=None):
    """The chat on a free port; gives its address."""
    import uvicorn

    taken = socket.create_server(("127.0.0.1", 0))  # the server's own from here on: nobody else can get its port
    app = create_app(assistant, examples=examples, photo=photo)
    # A connection that the server closes just as a busy browser sends on it again is an error in the page.
    how = {"log_level": "warning", "timeout_graceful_shutdown": 1, "timeout_keep_alive": 120}
    server = uvicorn.Server(uvicorn.Config(app, **how))
    thread = threading.Thread(target=server.run, args=[[taken]], daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started:
        assert thread.is_alive() and time.monotonic() < until
        time.sleep(0.02)
    address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    try:
        yield address
    finally:
        for key in [key for key in _KEPT if key[0] == address]:
            _KEPT.pop(key).context.close()  # a page that stays open holds the server up
        server.should_exit = True
        thread.join(5)
        taken.close()


@pytest.fixture(scope="module")
def browser():
    playwright_api = pytest.importorskip("playwright.sync_api")
    with playwright_api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


class Chat:
    """One browser window on the chat, with what it requested and complained of."""

    def __init__(self, browser, address, **window):
        self.context = browser.new_context(**window)
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)  # a busy machine is slow
        self.requested: list[str] = []
        self.posted: list[str] = []
        self.complaints: list[str] = []
        self.settings, self.media = "", {}
        self.stale = False  # whether a test left more behind than Clear clears
        self.page.on("request", lambda request: self.requested.append(request.url))
        self.page.on("request", lambda request: self.posted.append(request.post_data or ""))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        self.page.goto(f"{address}/")
        self.shown()

    def shown(self):
        """Waits for the empty chat; what it is then is what Clear has to give back."""
        self.page.wait_for_selector("#thread .welcome")
        self.page.wait_for_selector(
            "#filter input:is([placeholder^='All '], [placeholder^='Semua '])", state="attached"
        )
        self.settings = self.page.evaluate(SETTINGS)

    def seen_with(self, media):
        """The same window for another test, loaded again where it has to be: that costs a third of a new one."""
        if media != self.media or self.stale:
            plain = {"color_scheme": "light", "reduced_motion": "no-preference"}
            self.page.emulate_media(**{**plain, **media})
            self.page.evaluate("localStorage.clear(), sessionStorage.clear()")
            self.page.reload(wait_until="commit")
            self.forget()
            self.shown()
            self.media, self.stale = media, False

    def forget(self):
        """What was requested and complained of until now."""
        for kept in (self.requested, self.posted, self.complaints):
            kept.clear()

    def ask(self, question):
        turn = self.page.locator(".turn").count() + 1
        self.page.fill("#ask textarea", question)
        self.page.press("#ask textarea", "Enter")
        self.page.wait_for_selector(f"#turn-{turn}:not(.pending)")
        opened = "!document.querySelector('#turn-N .source') || document.querySelector('#turn-N a.cite.active')"
        self.wait_until(opened.replace("N", str(turn)))

    def wait_until(self, expression):
        """Poll from outside: Playwright's own `wait_for_function` evaluates in the page, which its policy forbids."""
        until = time.monotonic() + 20
        while not self.page.evaluate(expression):
            assert time.monotonic() < until, expression
            self.page.wait_for_timeout(30)

    def emptied(self) -> bool:
        """Back to the empty chat with the cursor in its box; False where a test left more behind than Clear clears."""
        page = self.page
        for card in page.locator("#photo-card .discard >> visible=true").all():
            card.click()
            page.wait_for_selector("#photo-card", state="hidden")
        if page.locator(".turn.pending, .turn.reading, dialog[open], #photo-card >> visible=true").count():
            return False
        page.keyboard.press("Escape")
        page.fill("#ask textarea", "")
        page.click("#clear")
        page.wait_for_selector("#thread .welcome")
        if page.locator("#before-sending b, #notice .note").count():
            return False
        if page.evaluate(SETTINGS) != self.settings:
            return False
        page.focus("#ask textarea")
        self.forget()
        return True

    def marks(self):
        """The shown source's marks as (left, top, right, bottom), each a share of the page image."""
        return self.page.evaluate("""() => {
            const page = document.querySelector('#panel .source:not([hidden]) .page');
            const whole = page.querySelector('img').getBoundingClientRect();
            return [...page.querySelectorAll('.mark')].map((mark) => {
                const part = mark.getBoundingClientRect();
                return [(part.left - whole.left) / whole.width, (part.top - whole.top) / whole.height,
                        (part.right - whole.left) / whole.width, (part.bottom - whole.top) / whole.height];
            });
        }""")


_KEPT: dict[tuple, Chat] = {}
"""Windows of earlier tests, by server and shape: to load the page anew is most of what a test costs."""

SETTINGS = """() => JSON.stringify([
    [...document.querySelectorAll('#options input, #options select')].map((one) => [one.value, one.checked]),
    document.querySelectorAll('#options .token').length, document.body.className.includes('dark'), {...localStorage}])"""
"""What Clear does not set back."""


def opened(browser, site, width, height, has_touch=False, window=Chat, anew=False, **media):
    """A window on the empty chat for one test, `anew` on a page that no test used, and what it must not have done."""
    key = (site[0], width, height, has_touch, window)
    media = {name: value for name, value in media.items() if (name, value) != ("color_scheme", "light")}
    chat = _KEPT.pop(key, None)
    if chat is None or chat.context.browser is not browser:
        chat = window(browser, site[0], viewport={"width": width, "height": height}, has_touch=has_touch, **media)
        chat.media = media
    else:
        chat.stale |= anew
    chat.seen_with(media)
    yield chat
    assert not chat.complaints, chat.complaints
    hosts = {urlsplit(url).netloc for url in chat.requested if not url.startswith(("data:", "blob:"))}
    assert hosts <= {urlsplit(site[0]).netloc}
    chat.stale = not chat.emptied()
    _KEPT[key] = chat


TARGETS = "#room a.cite, #room a.tab, #room button, #top button, #room summary, #room a.open-page"


CONTRAST = """() => {
    const parse = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
        .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (one) => {
        for (; one; one = one.parentElement) {
            const colour = parse(getComputedStyle(one).backgroundColor);
            if (colour.length === 3 || colour[3] > 0.99) return colour;
        }
        return [255, 255, 255];
    };
    const poor = [];
    const walk = document.createTreeWalker(document.querySelector('.gradio-container'), NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const one = walk.currentNode.parentElement;
        if (!walk.currentNode.data.trim() || !one.offsetParent || one.closest('.sr, [disabled], .page')) continue;
        const [a, b] = [light(parse(getComputedStyle(one).color)), light(ground(one))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) poor.push([walk.currentNode.data.trim().slice(0, 40), one.className, ratio.toFixed(2)]);
    }
    return poor;
}"""


@pytest.fixture
def desktop(browser, site):
    yield from opened(browser, site, 1400, 900)


@pytest.fixture
def phone(browser, site):
    yield from opened(browser, site, 390, 844, has_touch=True)
