"""One session of the real program, asked everything there is to ask: nothing of it is left on disk, nothing leaves.

Words are planted in questions, follow-ups, findings and photos, and afterwards searched for in every file of the
program's home, temporary, corpus, index and log folders and of the browser's own profile.
"""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from chat_browser import CHROMIUM, FLAGS, MARKS
from PIL import Image, PngImagePlugin
from screen_leaks import leaks
from screen_program import far, served

pytest.importorskip("openai", reason="the openai package is not installed")
from tests.apps.test_cli_photos import MODEL, MedGemma

pytestmark = MARKS

PLANTED: dict[str, str | bytes] = {
    "a name": "Zalikhawati",
    "a phone number": "+60 12-7784419",
    "an address": "zq.pesakit@hospitalku.example",
    "an unusual word": "zebrafish-otitis-4713",
    "an IC number with other dashes": "900101–14–5671",
    "an IC number that is blocked": "900102-14-5672",
    "an IC number past the browser": "900103-14-5673",
    "a record number of a follow-up": "MRN-Q7781204",
    "a finding that was typed": "quokka-shaped macule",
    "a place that was typed": "wrist of Zulfaqarin",
    "a finding that the model wrote": "name tag Xiomarazul",
    "a remark in the photo": "exif-wombat-55121",
    "the photo's file name": "Qistinazahra-1988",
    "words of a file that is no photo": "numbat-not-a-photo-77",
}


@dataclass
class Session:
    """What was seen of it."""

    address: str
    folders: list[Path]
    profile: Path
    running: list[str] = field(default_factory=list)
    """Leaks while the program still ran."""
    kept: str = ""
    """The browser's storages, as JSON."""
    requested: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    traced: bool = False
    code: int | None = None
    asked_of_model: str = ""


def picture() -> bytes:
    """An invented photo whose pixels are found again wherever they are kept."""
    noise = Image.effect_noise((160, 120), 90).convert("RGB")
    about, out = PngImagePlugin.PngInfo(), io.BytesIO()
    about.add_text("Comment", PLANTED["a remark in the photo"])
    noise.save(out, "PNG", pnginfo=about)
    PLANTED["the photo's bytes"] = out.getvalue()[400:430]
    PLANTED["the photo's pixels"] = noise.tobytes()[3000:3030]
    return out.getvalue()


def ask(page, words: str) -> None:
    turn = page.locator(".turn").count() + 1
    page.fill("#ask textarea", words)
    page.press("#ask textarea", "Enter")
    page.wait_for_selector(f"#turn-{turn}:not(.pending, .reading)", timeout=30_000)


def show_photo(page, words: dict[str, str]) -> None:
    """A photo described, corrected, added to, and searched with; then one that cannot be read."""
    name = words["the photo's file name"]
    photo = {"name": f"{name}.png", "mimeType": "image/png", "buffer": picture()}
    with page.expect_file_chooser() as choosing:
        page.click("#photo")
    choosing.value.set_files([photo])
    page.click("#photo-card .describe")
    page.wait_for_selector("#photo-card .items")
    page.click("#photo-card .add")
    page.keyboard.type(words["a finding that was typed"])
    page.fill("#photo-card [name=anatomy]", words["a place that was typed"])
    turn = page.locator(".turn").count() + 1
    page.click("#photo-card .search")
    page.wait_for_selector(f"#turn-{turn}:not(.pending, .reading)", timeout=30_000)
    with page.expect_file_chooser() as choosing:
        page.click("#photo")
    damaged = words["words of a file that is no photo"].encode() * 20
    choosing.value.set_files([{"name": "broken.png", "mimeType": "image/png", "buffer": damaged}])
    page.click("#photo-card .describe")
    page.wait_for_selector("#photo-card .problem b")
    page.click("#photo-card .discard")


def past_the_browser(address: str, question: str) -> None:
    """Ask without the page, as a program would; the server itself refuses an IC number."""
    body = json.dumps({"data": [question, None]}).encode()
    request = urllib.request.Request(f"{address}/chat/gradio_api/call/ask", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as reply:
        event = json.load(reply)["event_id"]
    with urllib.request.urlopen(f"{address}/chat/gradio_api/call/ask/{event}", timeout=20) as reply:
        assert b"error" in reply.read()


STORED = """async () => {
    const stores = [{...localStorage}, {...sessionStorage}, document.cookie, location.href, document.title, history.length];
    for (const { name } of await indexedDB.databases()) {
        const base = await new Promise((done) => (indexedDB.open(name).onsuccess = (event) => done(event.target.result)));
        for (const store of base.objectStoreNames) {
            const all = base.transaction(store).objectStore(store).getAll();
            stores.push(await new Promise((done) => (all.onsuccess = () => done(all.result))));
        }
    }
    return JSON.stringify(stores);
}"""


def use(page, address: str) -> None:
    """Everything that a person does with it."""
    words = {name: word for name, word in PLANTED.items() if isinstance(word, str)}
    page.goto(f"{address}/")
    page.wait_for_selector("#thread .welcome")
    page.wait_for_selector("#filter input[placeholder^='All ']")
    patient = f"{words['a name']}, {words['a phone number']}, {words['an address']}, {words['an unusual word']}"
    ask(page, f"{patient}: how much zelmorin for an adult with mild Harbour fever?")
    ask(page, f"and in pregnancy, {words['a record number of a follow-up']}?")
    ask(page, f"{words['an IC number with other dashes']} zelmorin dose on dialysis?")
    page.locator("#thread a.cite").first.click()
    page.wait_for_selector("#panel .page img >> visible=true")
    address_of_page = page.locator("#panel a.open-page >> visible=true").get_attribute("href")
    assert page.request.get(f"{address}{address_of_page}").ok
    page.fill("#ask textarea", words["an IC number that is blocked"])
    page.press("#ask textarea", "Enter")
    page.wait_for_selector("#before-sending b")
    page.fill("#ask textarea", "")
    for thumb in page.locator("#thread .turn").last.locator("[data-verdict], .thumbs button").all()[:1]:
        thumb.click()
    show_photo(page, words)
    past_the_browser(address, f"{words['an IC number past the browser']} fever")
    page.click("#top button.theme")


@pytest.fixture(scope="module")
def session(tmp_path_factory, index) -> Session:
    """The whole of it, over and done."""
    playwright_api = pytest.importorskip("playwright.sync_api")
    base = tmp_path_factory.mktemp("session")
    with MedGemma() as model, playwright_api.sync_playwright() as play:
        model.described = json.dumps(
            {"image_type": "clinical photo of the neck", "anatomy": "neck", "limitations": "none",
             "findings": [{"text": PLANTED["a finding that the model wrote"], "certainty": "definite"}]}
        )  # fmt: skip
        settings = {"MODEL_BACKEND": "openai", "MODEL": MODEL, "BASE_URL": model.url}
        with served(base, index, settings) as program:
            profile = base / "profile"
            window = play.chromium.launch_persistent_context(profile, executable_path=CHROMIUM, args=FLAGS)
            complaints: list[str] = []
            seen = Session(program.address, program.folders, profile, traced=program.traced)
            page = window.pages[0]
            page.set_default_timeout(15_000)
            window.on("request", lambda request: seen.requested.append(request.url))
            window.on("weberror", lambda error: complaints.append(str(error.error)))
            page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
            use(page, program.address)
            seen.complaints = list(complaints)  # leaving a page later stops what it waited for, which is no fault
            seen.kept = page.evaluate(STORED) + json.dumps(window.cookies())
            seen.running = leaks(program.folders, PLANTED)
            page.click("#clear")
            page.reload()
            page.wait_for_selector("#thread .welcome")
            window.close()
        seen.addresses, seen.calls, seen.code = program.addresses(), program.calls(), program.process.returncode
        seen.asked_of_model = json.dumps([one["body"] for one in model.requests], ensure_ascii=False)
    files = sum(path.is_file() for folder in seen.folders for path in folder.rglob("*"))
    watched = f"{len(seen.calls)} kernel calls" if seen.traced else "no strace here"
    print(
        f"{len(PLANTED)} planted; {files} files of the program searched; {len(seen.requested)} requests of the browser;"
    )
    print(f"{len(seen.addresses)} look-ups and connections of the program; {watched}")
    return seen


def test_the_session_was_what_it_should_be(session):
    for name in ("a name", "an unusual word", "a record number of a follow-up", "an IC number with other dashes"):
        assert PLANTED[name] in session.asked_of_model, f"{name} did not reach the program"
    for name in ("an IC number that is blocked", "an IC number past the browser"):
        assert PLANTED[name] not in session.asked_of_model, f"{name} reached the model"
    assert any(urlsplit(url).path.endswith(".jpg") for url in session.requested)
    expected = "the server responded with a status of 422"  # the file that is no photo
    assert [said for said in session.complaints if expected not in said] == []


def test_nothing_that_was_typed_or_shown_is_on_disk(session):
    assert len(PLANTED) >= 14
    assert session.running == [], "while it runs"
    assert leaks(session.folders, PLANTED) == [], "after it ended"


def test_it_takes_its_temporary_files_with_it(session):
    (temp,) = (folder for folder in session.folders if folder.name == "temp")
    assert [path for path in temp.rglob("*") if path.is_file()] == []
    assert session.code in (0, -15)


def test_what_it_printed_says_nothing_but_its_address(session):
    (log,) = (folder for folder in session.folders if folder.name == "log")
    assert json.loads((log / "stdout.txt").read_text("utf-8"))["address"].startswith(session.address)
    said = (log / "stderr.txt").read_text("utf-8")
    assert "Traceback" not in said and len(said) < 2000, said


def test_the_browser_keeps_nothing(session):
    assert leaks([session.profile], PLANTED) == []
    words = [word for word in PLANTED.values() if isinstance(word, str)]
    assert [word for word in words if word in session.kept] == []
    assert [url for url in session.requested for word in words if word in url] == []


def test_the_browser_asks_no_other_host(session):
    assert len(session.requested) > 20
    hosts = {urlsplit(url).netloc for url in session.requested if not url.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(session.address).netloc}


def test_the_program_looks_up_and_connects_to_this_machine_alone(session):
    assert any(line.startswith("started") for line in session.addresses), "the recorder was not loaded"
    assert any(line.startswith(("connect", "connect_ex")) for line in session.addresses), "it asked no model"
    assert not session.traced or session.calls, "strace wrote nothing"
    assert far(session.addresses, session.calls) == []


# ---- the search and the recorder themselves ----------------------------------------------------------------------


@pytest.mark.parametrize("way", ["plain", "utf-16", "json", "base64", "url", "upper", "gzip", "zip", "sqlite", "name"])
def test_the_search_finds_what_is_written(tmp_path, way):
    write(tmp_path, way, "Zoë said: a wombat's 900101")
    assert leaks([tmp_path], {"it": "Zoë said: a wombat's 900101", "other": "numbat"})
    assert all(found.startswith("it in ") for found in leaks([tmp_path], {"it": "Zoë said: a wombat's 900101"}))


def write(folder: Path, way: str, words: str) -> None:
    import base64
    import gzip
    import sqlite3
    import zipfile
    from urllib.parse import quote

    path, text = folder / "file.bin", f"before {words} after"
    if way == "name":
        (folder / f"{words}.txt").touch()
    elif way == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inside.gz", gzip.compress(text.encode() * 9))
    elif way == "sqlite":
        with sqlite3.connect(path) as database:
            database.execute("create table said (words text)")
            database.execute("insert into said values (?)", ("x" * 4000 + text,))
    else:
        ways = {
            "plain": text.encode(),
            "utf-16": text.encode("utf-16-le"),
            "json": json.dumps({"said": text}).encode(),
            "base64": base64.b64encode(text.encode()),
            "url": quote(text).encode(),
            "upper": text.replace("wombat", "WOMBAT").encode(),
            "gzip": b"header" + gzip.compress(text.encode() * 9),
        }
        path.write_bytes(ways[way])


def test_the_recorder_tells_this_machine_from_others():
    near = ["started 12", "connect ('127.0.0.1', 80)", "getaddrinfo 'localhost'", "connect ('::1', 80, 0, 0)"]
    away = ["getaddrinfo 'api.gradio.app'", "connect ('10.0.0.1', 80)", "sendto ('8.8.8.8', 53)", "getaddrinfo b'a.b'"]
    here = ['connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0']
    there = ['connect(3, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.2")}, 16) = 0']
    assert far(near + away, here + there) == away + there
