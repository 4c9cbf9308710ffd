"""Hostile words wherever words come from outside: they are shown, and nothing of them runs or is fetched.

Each payload would call `pwned`, open a dialog, or fetch an address with "pwned" in it. A page-wide recorder hears the
first, reports of the content policy's violations included; the browser's log shows the last.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from chat_browser import MARKS, Chat, browser, opened, serving
from chat_fakes import ECZEMA, FakeAssistant, box_of, cite
from screen_states import drawn_photo

from cpgassist import Assistant, Corpus
from cpgassist.errors import InputError, ModelError
from cpgassist.testing import HashEmbedder, ScriptedChat
from cpgassist.types import Answer, Checks, Locator, Statement

__all__ = ["browser"]
pytestmark = MARKS

PAYLOADS = (
    "<img src=/pwned-1 onerror=pwned(1)>",
    "<script>pwned(2)</script><script src=//pwned.example/2.js></script>",
    "<svg/onload=pwned(3)><svg><animate onbegin=pwned(3) attributeName=x dur=1s>",
    "[link](javascript:pwned(4)) ![picture](http://pwned.example/4.png) <javascript:pwned(4)>",
    "\"><a href='javascript:pwned(5)' id=thread class='cite'>cite</a>",
    "' onmouseover='pwned(6)' style='position:fixed;inset:0' x='",
    "<iframe srcdoc='<script>parent.pwned(7)</script>'></iframe><object data=/pwned-7></object>",
    "<style>@import url(http://pwned.example/8.css);*{background:url(/pwned-8)}</style>",
    "<base href=http://pwned.example/><meta http-equiv=refresh content='0;url=/pwned-9'>",
    "<form action=/pwned-10><button formaction=javascript:pwned(10)>Ask</button></form>",
    "<details open ontoggle=pwned(11)><summary>x</summary></details><input autofocus onfocus=pwned(11)>",
    "&lt;img src=/pwned-12 onerror=pwned(12)&gt; &#60;script&#62;pwned(12)&#60;/script&#62;",
    "$\\href{javascript:pwned(13)}{x}$ $$\\includegraphics{http://pwned.example/13.png}$$ \\(x\\)",
    "</div></div>\n\n<script>pwned(14)</script>\n\n# heading\n```\n</code><img src=/pwned-14 onerror=pwned(14)>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=pwned(15)&gt;'>",
    "{{constructor.constructor('pwned(16)')()}} ${pwned(16)} <%= pwned(16) %>",
    "javascript:pwned(17)//%0D%0Apwned(17)//\"/*'/*`/*--></title></textarea></style><svg onload=pwned(17)>",
    "\u202egnp.exe \x00<img src=/pwned-18 onerror=pwned(18)>\x1b[31m",
)
ALL = " ".join(PAYLOADS)

RECORDER = """
    window.ran = [];
    window.pwned = (n) => window.ran.push(`payload ${n}`);
    for (const dialog of ['alert', 'confirm', 'prompt', 'open']) window[dialog] = () => window.ran.push(dialog);
    document.addEventListener('securitypolicyviolation', (event) =>
        window.ran.push(`${event.violatedDirective} of ${event.blockedURI} ${event.sample}`));
"""

INTRUDERS = """() => [...document.querySelectorAll('#top, #alerts, #thread, #notice, #panel, #photo-card, #filter')]
    .flatMap((part) => [...part.querySelectorAll('*')])
    .filter((one) => one.matches('script, iframe, object, embed, form, meta, base, link, style, math, audio, video')
        || (one.matches('img') && !one.getAttribute('src').startsWith('/pages/'))
        || [...one.attributes].some((a) => /^on/i.test(a.name)
            || (/^(href|src|action|formaction|srcdoc)$/i.test(a.name) && !/^(#|\\/pages\\/|\\/exports\\/)/.test(a.value))))
    .map((one) => one.outerHTML.slice(0, 160))"""
"""Elements and attributes that no text of ours brings."""


class HostileAssistant(FakeAssistant):
    """Every word that it gives is hostile."""

    INFO = replace(
        ECZEMA, id=f"../{PAYLOADS[0]}", title=f"Title {ALL}", publisher=PAYLOADS[5], edition=PAYLOADS[3], sha256="'\"<x>",
        supersedes=PAYLOADS[1], review_due=PAYLOADS[2], language=PAYLOADS[4],
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__(warnings=(f"Index {ALL}",))
        older = replace(self.INFO, id=PAYLOADS[1], superseded_by=self.INFO.id)
        self.index.guidelines = {self.INFO.id: self.INFO, older.id: older}
        self.index.version = PAYLOADS[0]
        self.corpus.settings.title = f"Corpus {PAYLOADS[0]}"

    def ask(self, question: str, where=None) -> Answer:
        if question.startswith("failure"):
            raise ModelError(f"Broken {ALL}", f"Mend {ALL}")
        if question.startswith("not asked"):
            raise InputError(f"Refused {ALL}", ALL)
        status = next(
            (one for one in ("silent", "refused", "conflict", "partial") if question.startswith(one)), "answered"
        )
        cited = tuple(
            replace(
                cite(1, info=self.INFO, quote=f"Quote {words}", verified="ocr" if n % 2 else True), n=n,
                at=Locator(2, words[:40], (box_of(1),)), section=(words, ALL), uncertain=(words,),
            )
            for n, words in enumerate(PAYLOADS, 1)
        )  # fmt: skip
        kinds = ("recommendation", "text", "table", "flowchart", PAYLOADS[0])
        said = tuple(
            Statement(f"Said {words}", (n,), f"{words} | {ALL}", kinds[n % 5], words, (words, f"{ALL} | x"), (words,))
            for n, words in enumerate(PAYLOADS, 1)
        )
        return Answer(
            status, 0.9, question, ALL, replace(said[0], kind="summary"), said, PAYLOADS, cited, Checks(9, 8, 2, 1, 3, 1),
            {"generator": ALL, "model": {"name": ALL}}, {ALL: 0.1}, (ALL,), PAYLOADS, PAYLOADS, ALL, None,
        )  # fmt: skip


@pytest.fixture(scope="module")
def site():
    assistant = HostileAssistant()
    with serving(assistant) as address:
        yield address, assistant


class Watched(Chat):
    """A window that hears whatever runs."""

    def __init__(self, browser, address, **window) -> None:
        self.dialogs: list[str] = []
        super().__init__(WithRecorder(browser), address, **window)
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        self.address = address

    def harmless(self) -> None:
        """Nothing ran, was fetched, or stands in the page that should not."""
        self.page.wait_for_timeout(100)  # an onerror comes when a picture could not be had
        self.hover()
        assert self.page.evaluate("window.ran") == [] and self.dialogs == []
        assert self.page.evaluate(INTRUDERS) == []
        assert not [url for url in self.requested if not url.startswith((f"{self.address}/", "data:", "blob:"))]
        pages = f"{self.address}/pages/"  # the guideline's id is hostile, too
        assert not [url for url in self.requested if "pwned" in url and not url.startswith(pages)]
        assert self.page.url.partition("?")[0].partition("#")[0] == f"{self.address}/chat/"

    def hover(self) -> None:
        """Over what would listen to it."""
        width, height = self.page.viewport_size["width"], self.page.viewport_size["height"]
        for x, y in ((0.3, 0.3), (0.3, 0.6), (0.8, 0.3), (0.8, 0.6)):
            self.page.mouse.move(width * x, height * y)


class WithRecorder:
    """A browser whose windows have the recorder from their first moment."""

    def __init__(self, browser) -> None:
        self.browser = browser

    def new_context(self, **window):
        context = self.browser.new_context(**window)
        context.add_init_script(RECORDER)
        return context


@pytest.fixture
def window(browser, site):
    """A window that earlier tests may have used: what they left to run late is heard, too."""
    for chat in opened(browser, site, 1400, 900, window=Watched):
        yield chat
        chat.harmless()
        chat.complaints.clear()  # of the content policy, which `harmless` has judged


def folded(words: str) -> str:
    return " ".join(words.replace("\0", "").split())


def test_the_recorder_hears_what_runs(browser, site):
    window = Watched(browser, site[0], viewport={"width": 1400, "height": 900})
    window.page.evaluate("document.querySelector('#thread').innerHTML = '<img src=/favicon.ico onerror=pwned(0)>'")
    window.wait_until("window.ran.length > 0")
    assert "script-src" in window.page.evaluate("window.ran[0]")
    assert window.page.evaluate(INTRUDERS)
    window.context.close()


def test_the_empty_chat_with_hostile_titles_and_warnings(window):
    assert "<img src=/pwned-1 onerror=pwned(1)>" in window.page.inner_text("#top")
    assert "<svg/onload=pwned(3)>" in window.page.inner_text("#alerts")
    window.page.click("#filter input")
    window.page.wait_for_selector("ul[role=listbox] li")
    assert "onerror" in window.page.inner_text("ul[role=listbox]")
    window.page.click("ul[role=listbox] li")
    window.harmless()


@pytest.mark.parametrize("state", ["answered", "partial", "conflict", "silent", "refused", "failure", "not asked"])
def test_an_answer_made_of_hostile_words(window, state):
    page = window.page
    page.fill("#ask textarea", f"{state} {ALL}"[:1900])
    page.press("#ask textarea", "Enter")
    page.wait_for_selector("#turn-1:not(.pending)")
    assert folded(PAYLOADS[0]) in folded(page.inner_text("#turn-1 .question"))
    window.harmless()
    page.evaluate("document.querySelectorAll('#thread details').forEach((one) => (one.open = true))")
    for n in range(1, len(PAYLOADS) + 1) if state == "answered" else ():
        page.evaluate(f"document.querySelector('#thread a.cite[href=\"#e-1-{n}\"]').click()")
        quote = page.inner_text("#panel .source:not([hidden]) blockquote")
        assert folded(quote) == folded(f"Quote {PAYLOADS[n - 1]}"), "it is shown as it is printed"
    window.harmless()
    page.evaluate("document.querySelector('#turn-1 .again, #turn-1 .retry, #turn-1 .edit')?.click()")
    window.harmless()


def test_hostile_photos_and_findings(window, site):
    page, (_, assistant) = window.page, site
    seen = [{"text": words[:190], "certainty": "definite"} for words in PAYLOADS[:8]]
    told = {"image_type": PAYLOADS[0], "anatomy": PAYLOADS[5], "findings": seen, "limitations": ALL}
    assistant.eyes = ScriptedChat(json.dumps(told), json.dumps({"cannot_describe": ALL}))
    for at in range(2):
        with page.expect_file_chooser() as choosing:
            page.click("#photo")
        choosing.value.set_files([{**drawn_photo(), "name": "<img src=x onerror=pwned(20)>'\".png"}])
        page.click("#photo-card .describe")
        page.wait_for_selector("#photo-card .items" if not at else "#photo-card .problem b")
        window.harmless()
        if not at:
            page.click("#photo-card .search")
            page.wait_for_selector("#turn-1:not(.pending)")
            page.wait_for_selector("#photo-card", state="hidden")
            assert "pwned(" in page.inner_text("#turn-1 .question")
            window.harmless()
    assistant.eyes = None


def test_hostile_examples_are_asked_as_they_stand(browser):
    assistant = FakeAssistant()
    with serving(assistant, examples=[ALL[:1500], PAYLOADS[13]]) as address:
        chat = Watched(browser, address, viewport={"width": 390, "height": 844})
        assert folded(chat.page.inner_text("button.example >> nth=0")) == folded(ALL[:1500])
        chat.harmless()
        chat.page.click("button.example >> nth=1")
        chat.page.wait_for_selector("#turn-1:not(.pending)")
        assert folded(assistant.asked[-1][0]) == folded(PAYLOADS[13])
        chat.harmless()
        chat.context.close()


def test_a_pdf_with_hostile_title_headings_and_file_name(browser, tmp_path):
    canvas_module = pytest.importorskip("reportlab.pdfgen.canvas")
    folder = tmp_path / "corpus"
    folder.mkdir()
    pdf = canvas_module.Canvas(str(folder / "a<img src=x onerror=pwned(30)>'&.pdf"))
    pdf.setTitle(f"Clinical guideline {PAYLOADS[0]}")
    for page in range(3):
        pdf.setFont("Helvetica-Bold", 16)
        pdf.drawString(60, 780, f"{page + 1}. Treatment <script>pwned(31)</script>")
        pdf.setFont("Helvetica", 10)
        for line, words in enumerate(PAYLOADS[:6]):
            pdf.drawString(60, 740 - 30 * line, f"The dose of zelmorin is {line + 2} mg {words}"[:100])
        pdf.showPage()
    pdf.save()
    corpus = Corpus(folder, embedder=HashEmbedder(), ocr="off", threshold=0.0)
    corpus.reindex()
    with serving(Assistant(corpus)) as address:
        chat = Watched(browser, address, viewport={"width": 1400, "height": 900})
        chat.page.fill("#ask textarea", f"What is the dose of zelmorin? {PAYLOADS[0]}")
        chat.page.press("#ask textarea", "Enter")
        chat.page.wait_for_selector("#turn-1:not(.pending)", timeout=20_000)
        chat.page.wait_for_selector("#panel .source:not([hidden]) img")
        assert "<" in chat.page.inner_text("#panel .source:not([hidden]) h3") + chat.page.inner_text("#turn-1")
        chat.wait_until("document.querySelector('#panel .source:not([hidden]) img').naturalWidth > 0")
        chat.harmless()
        chat.context.close()
