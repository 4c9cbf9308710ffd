"""The admin page in a real browser: the login, files dropped, a reindex that outlives a reload, two admins, hostile names."""

import json
import shutil
import threading
from urllib.parse import urlsplit

import pytest

from cpgassist import Assistant
from cpgassist.feedback import Feedback, log_of
from tests.apps.admin_desk import NET, TOKEN, XSS, kept, until
from tests.apps.chat_browser import CONTRAST, MARKS, browser, serving  # noqa: F401 - a fixture
from tests.fixtures.clinic import drawn

pytestmark = MARKS


class Slow:
    """An embedder that waits, while an index is made, until it is told to go on."""

    def __init__(self, embedder):
        self.embedder, self.go_on, self.held = embedder, threading.Event(), threading.Event()
        self.go_on.set()

    def __getattr__(self, name):
        return getattr(self.embedder, name)

    def embed(self, texts, progress=None):
        if threading.current_thread().name.startswith("admin"):
            self.held.set()
            assert self.go_on.wait(60)
        return self.embedder.embed(texts, progress)


@pytest.fixture(scope="module")
def room(_indexed, tmp_path_factory):
    """A corpus with hostile titles and names, its assistant and its address."""
    clinic = shutil.copytree(_indexed, tmp_path_factory.mktemp("browser") / "clinic")
    hostile = "".join(f"{field} = {json.dumps(XSS)}\n" for field in ("title", "publisher", "edition", "review_due"))
    (clinic / "corpus.toml").write_text(f'[guidelines."gull.pdf"]\n{hostile}')
    shutil.copy(clinic / "rope.pdf", clinic / "<img src=x onerror=window.hacked=1>.pdf")
    (clinic / "<b>bad.pdf").write_bytes(b"%PDF-1.7 no")
    corpus = kept(clinic)
    corpus.reindex()
    corpus._embedder = Slow(corpus.embedder())
    assistant = Assistant(corpus)
    with serving(assistant) as address:
        yield clinic, assistant, address


class Admin:
    """A browser window on the admin page, with what it requested and complained of."""

    def __init__(self, browser, address, **window):  # noqa: F811
        self.context = browser.new_context(**window)
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.address, self.requested, self.complaints = address, [], []
        self.page.on("request", lambda request: self.requested.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        self.page.on("dialog", lambda dialog: dialog.accept())

    def enter(self):
        self.page.goto(f"{self.address}/admin/")
        self.page.fill("#token", TOKEN)
        self.page.press("#token", "Enter")
        self.page.wait_for_selector("#counters .block")
        return self

    def tab(self, name):
        self.page.get_by_role("tab", name=name).click()

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        hosts = {urlsplit(url).netloc for url in self.requested if not url.startswith(("data:", "blob:"))}
        hacked = self.page.evaluate("window.hacked")
        self.context.close()
        if failed is None:
            assert hosts == {urlsplit(self.address).netloc}
            assert hacked is None and [said for said in self.complaints if "AbortError" not in said] == []


def test_the_login_needs_no_script_and_the_way_out_ends_the_session(browser, room):  # noqa: F811
    *_, address = room
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/admin/")
    page.fill("#token", "not the token at all")
    page.click("button")
    assert "That is not the token." in page.inner_text("main")
    page.fill("#token", TOKEN)
    page.click("button")
    page.wait_for_url("**/admin/")
    context.close()
    with Admin(browser, address) as admin:
        admin.enter().page.click("button.logout")
        admin.page.wait_for_selector("#token")
        assert admin.page.goto(f"{address}/admin/report").status == 401
        admin.complaints.clear()  # the browser names the 401


def test_hostile_titles_and_names_run_nothing_in_any_tab(browser, room, tmp_path):  # noqa: F811
    *_, address = room
    with Admin(browser, address, viewport={"width": 1400, "height": 900}) as admin:
        page = admin.enter().page
        assert "<script>" in page.inner_text("#table") and "onerror" in page.inner_text("#table")
        assert "<b>bad.pdf" in page.inner_text("#waiting")
        page.set_input_files("#files", {"name": XSS.replace("/", ""), "mimeType": "application/pdf", "buffer": b"no"})
        page.wait_for_selector("#arrivals .note.error")
        page.click("#arrivals button.act[name=discard]")
        page.wait_for_selector("#arrivals .card", state="detached")
        admin.tab("Index")
        page.wait_for_selector("#versions .scroll")
        admin.tab("Quality")
        page.wait_for_selector("#maps a.cell")
        page.locator("#maps a.cell").first.click()
        page.wait_for_selector("#shown img")
        until(lambda: page.evaluate("document.querySelector('#shown img').naturalWidth"))
        admin.tab("Evaluation")
        page.wait_for_selector("#question-files")
        admin.tab("Feedback")
        page.wait_for_selector("#feedback .note")
        assert page.evaluate(
            "[...document.querySelectorAll('#office img')].every((one) => one.src.includes('/admin/'))"
        )


def test_a_file_is_dropped_added_and_indexed_while_questions_are_answered(browser, room, tmp_path):  # noqa: F811
    clinic, assistant, address = room
    slow = assistant.corpus.embedder()
    before = assistant.index.version
    with Admin(browser, address) as admin, Admin(browser, address) as other:
        page, second = admin.enter().page, other.enter().page
        page.set_input_files("#files", str(drawn(tmp_path / "net.pdf", NET)))
        page.wait_for_selector("#arrivals button[name=add]")
        assert NET[0] in page.inner_text("#arrivals") and not (clinic / "net.pdf").exists()
        second.wait_for_selector("#arrivals button[name=add]")  # both see what waits
        page.click("#arrivals button[name=add]")
        page.wait_for_selector("#waiting :text('net.pdf')")
        second.wait_for_selector("#arrivals .card", state="detached")
        slow.go_on.clear()
        admin.tab("Index")
        page.click("#reindex")
        page.wait_for_selector(".job .stage")
        second.wait_for_selector(".job .stage")
        other.tab("Index")
        assert second.is_disabled("#reindex") and second.is_disabled("#rollback")
        assert assistant.ask("How is gull fever diagnosed?").index == before
        page.reload()
        page.wait_for_selector(".job .stage")
        assert "Questions are answered meanwhile" in page.inner_text("#job")
        slow.go_on.set()
        page.wait_for_selector(".job", state="detached")
        admin.tab("Index")
        page.wait_for_selector("#outcome :text('The old index served questions until now')")
        second.wait_for_selector("#outcome :text('The old index served questions until now')")
        assert assistant.ask("How should a net rash be washed?").index != before
        page.click("#dry-run")
        page.wait_for_selector("#outcome :text('Nothing would change')")
        page.click("#rollback")
        page.wait_for_selector("#outcome :text('is in service')")
        assert assistant.ask("How is gull fever diagnosed?").index == before


def test_a_server_without_an_index_gets_one_and_answers(browser, tmp_path):  # noqa: F811
    (tmp_path / "empty").mkdir()
    with serving(Assistant(kept(tmp_path / "empty", threshold=0.0))) as address, Admin(browser, address) as admin:
        page = admin.page
        page.goto(f"{address}/chat/")
        page.wait_for_selector("#alerts :text('There is no index')")
        page.fill("#ask textarea", "How should a net rash be washed?")
        page.press("#ask textarea", "Enter")
        page.wait_for_selector("#thread :text('There is no index'), #notice :text('There is no index')")
        admin.enter()
        assert "No guidelines yet." in page.inner_text("#counters")
        page.set_input_files("#files", str(drawn(tmp_path / "net.pdf", NET)))
        page.click("#arrivals button[name=add]")
        page.wait_for_selector("#waiting :text('net.pdf')")
        admin.tab("Index")
        page.click("#reindex")
        page.wait_for_selector("#outcome :text('Finished in')")
        page.goto(f"{address}/chat/")
        page.fill("#ask textarea", "How should a net rash be washed?")
        page.press("#ask textarea", "Enter")
        page.wait_for_selector("#turn-1 :text('Wash the net rash with fresh water every morning.')")


def test_a_reindex_is_stopped_and_a_file_put_back(browser, room):  # noqa: F811
    clinic, assistant, address = room
    slow = assistant.corpus.embedder()
    with Admin(browser, address) as admin:
        page = admin.enter().page
        before = assistant.index.version
        page.click("#removed input")
        page.get_by_role("option", name="tide.pdf").click()
        page.click("#take-out")
        page.wait_for_selector("#removal-said :text('tide.pdf was taken out')")
        assert not (clinic / "tide.pdf").exists()
        slow.go_on.clear()
        slow.held.clear()
        admin.tab("Index")
        page.check("#full input")
        page.click("#reindex")
        until(slow.held.is_set)  # while files are read it would stop at once, and nobody would see it stopping
        page.click("#stop-job")
        page.wait_for_selector("#job :text('Stopping')")
        slow.go_on.set()
        page.wait_for_selector("#outcome :text('Stopped.')")
        assert not page.is_visible("#stop-job") and assistant.ask("How is gull fever diagnosed?").index == before
        admin.tab("Corpus")
        page.click("#away input")
        page.get_by_role("option", name="tide.pdf, put away").first.click()
        page.click("#put-back")
        page.wait_for_selector("#removal-said :text('tide.pdf is in the corpus again')")
        assert (clinic / "tide.pdf").exists()


def test_a_phone_shows_all_of_it_without_scrolling_sideways(browser, room):  # noqa: F811
    *_, address = room
    with Admin(browser, address, viewport={"width": 390, "height": 844}) as admin:
        page = admin.enter().page
        page.wait_for_selector("#table .scroll")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        small = """[...document.querySelectorAll('#office button, #top button, #office summary')]
            .filter((one) => one.offsetParent && one.tabIndex >= 0 && one.getBoundingClientRect().height < 28).map((one) => one.outerHTML)"""
        assert page.evaluate(small) == []


def test_every_word_can_be_read_and_axe_finds_nothing_serious(browser, room):  # noqa: F811
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    _, assistant, address = room
    log = log_of(assistant.corpus.settings)
    unsafe = Feedback("not helpful", ("unsafe",), log.hashed("q"), assistant.index.version, {}, (("gull", 1),))
    log.add(unsafe)
    questions = b'{"id": "a", "question": "How is gull fever diagnosed?", "answerable": false}\n'
    with Admin(browser, address, viewport={"width": 1400, "height": 900}, bypass_csp=True) as admin:
        page = admin.enter().page
        admin.tab("Evaluation")
        page.set_input_files("#question-file", {"name": "q.jsonl", "mimeType": "text/plain", "buffer": questions})
        page.wait_for_selector("#evaluate:not([disabled])")
        page.click("#evaluate")
        page.wait_for_selector("#evaluated .note")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.reload(wait_until="commit")
            admin.complaints.clear()  # of what the page that was left still waited for
            page.wait_for_selector("#counters .block")
            assert page.evaluate("document.body.classList.contains('dark')") == (scheme == "dark")
            for name, shown in (
                ("Corpus", "#table .scroll"),
                ("Index", "#versions .scroll"),
                ("Quality", "#maps a.cell"),
                ("Evaluation", "#evaluated .note"),
                ("Feedback", "#feedback img"),
            ):
                admin.tab(name)
                page.wait_for_selector(shown)
                assert page.evaluate(CONTRAST) == [], (name, scheme)
                found = axe.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
                serious = [
                    (one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")
                ]
                assert serious == [], (name, scheme)
