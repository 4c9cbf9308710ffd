"""What `get` makes of every answer that a site may give: a file in the corpus, or a clear reason and a next step."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest

from cpgassist.catalogue import Web, read_sources
from cpgassist.catalogue.addresses import Rules
from cpgassist.catalogue.web import AGENT
from cpgassist.errors import IndexLockedError, InputError
from tests.catalogue.conftest import MOSS, PATH, SAMPLE, book, moss
from tests.catalogue.sites import Answer, serving

NAME = "diagnosis-and-treatment-of-moss-lung-in-adults-2022.pdf"
HTML = b"<!DOCTYPE html><html><head><title>%s</title></head><body>%s</body></html>"


def files(shelf) -> set[str]:
    return {path.name for path in shelf.folder.iterdir()}


def failed(outcome, state, shelf) -> None:
    """A failure: its state, a sentence, a next step, and nothing in the corpus but what can be gone on with."""
    assert outcome.state == state and not outcome.done and outcome.message and outcome.next_step
    assert all(name.endswith((".part", ".part.json")) for name in files(shelf))
    assert read_sources(shelf.folder) == {}


def test_a_file_comes_whole_and_is_recorded(get, site, shelf):
    site.answers[PATH] = serving(MOSS)
    outcome = get()
    assert outcome.state == "got" and outcome.pages == 6 and outcome.message == ""
    assert files(shelf) == {NAME, "sources.jsonl"} and (shelf.folder / NAME).read_bytes() == MOSS
    source = read_sources(shelf.folder)[NAME]
    assert source.sha256 == outcome.sha256 == hashlib.sha256(MOSS).hexdigest()
    assert (source.address, source.etag, source.terms, source.how) == (site.url + PATH, '"one"', "free", "download")
    assert (source.entry, source.catalogue, source.bytes, source.pages) == ("moss", "test", len(MOSS), 6)


def test_the_site_is_told_who_asks(get, site):
    site.answers[PATH] = serving(MOSS)
    get()
    assert [path for path, _ in site.asked] == ["/robots.txt", PATH]
    assert all(headers["user-agent"] == AGENT and "cpgassist/" in AGENT for _, headers in site.asked)
    assert "cookie" not in site.asked[1][1] and site.asked[1][1]["accept-encoding"] == "identity"


# ---- resuming


def test_a_body_cut_short_is_said_and_gone_on_with(get, site, shelf):
    site.answers[PATH] = serving(MOSS, cut=9000)
    outcome = get()
    failed(outcome, "cut_off", shelf)
    assert f"9,000 of {len(MOSS):,} bytes" in outcome.message and "goes on" in outcome.next_step
    outcome = get()
    assert outcome.state == "got" and "went on after 9,000 bytes" in outcome.message
    assert site.asked[-1][1]["range"] == "bytes=9000-" and site.asked[-1][1]["if-range"] == '"one"'
    assert files(shelf) == {NAME, "sources.jsonl"} and (shelf.folder / NAME).read_bytes() == MOSS


def test_a_chunked_body_without_its_end_is_cut_off(get, site, shelf):
    site.answers[PATH] = Answer(MOSS[:5000], chunked=True, broken=True, headers={"ETag": '"one"'})
    failed(get(), "cut_off", shelf)
    site.answers[PATH] = Answer(MOSS, chunked=True)
    assert get().state == "got"


def test_a_file_that_changed_meanwhile_begins_anew(get, site, shelf):
    old = MOSS[:4000] + b"of another edition" * 1000
    site.answers[PATH] = serving(old, etag='"old"', cut=9000)
    failed(get(), "cut_off", shelf)
    site.answers[PATH] = serving(MOSS, etag='"new"')
    outcome = get()
    assert outcome.state == "got" and "began anew" in outcome.message
    assert (shelf.folder / NAME).read_bytes() == MOSS


def test_a_part_of_another_file_is_never_put_to_what_came(get, site, shelf):
    """A site that ignores If-Range and sends the rest of a new file: the ETag tells."""
    site.answers[PATH] = serving(MOSS[:4000] + b"x" * 9000, etag='"old"', cut=9000)
    failed(get(), "cut_off", shelf)
    rest = {"ETag": '"new"', "Content-Range": f"bytes 9000-{len(MOSS) - 1}/{len(MOSS)}"}
    site.answers[PATH] = lambda headers: Answer(MOSS[9000:], 206, rest) if "range" in headers else Answer(MOSS)
    outcome = get()
    assert outcome.state == "got" and "began anew" in outcome.message and (shelf.folder / NAME).read_bytes() == MOSS


@pytest.mark.parametrize("told", ["bytes 0-9/10", "bytes 8999-20000/20001", "nonsense", ""])
def test_a_range_that_was_not_asked_for_is_not_used(get, site, shelf, told):
    site.answers[PATH] = serving(MOSS, cut=9000)
    get()
    wrong = Answer(MOSS[8999:], 206, {"ETag": '"one"', "Content-Range": told})
    site.answers[PATH] = lambda headers: wrong if "range" in headers else Answer(MOSS)
    assert get().state == "got" and (shelf.folder / NAME).read_bytes() == MOSS


def test_a_file_that_had_come_whole_before_a_crash_is_not_fetched_again(get, site, shelf):
    site.answers[PATH] = serving(MOSS, cut=9000)
    get()
    (shelf.folder / f"{NAME}.part").write_bytes(MOSS)
    outcome = get()
    assert outcome.state == "got" and "come whole before" in outcome.message
    assert (shelf.folder / NAME).read_bytes() == MOSS


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_without_a_strong_validator_nothing_is_gone_on_with(get, site, shelf, etag):
    headers = {"ETag": etag} if etag else {}
    site.answers[PATH] = Answer(MOSS[:9000], headers=headers, announced=len(MOSS))
    failed(get(), "cut_off", shelf)
    site.answers[PATH] = Answer(MOSS)
    assert get().state == "got" and "range" not in site.asked[-1][1]


def test_a_failure_of_the_site_keeps_what_came(get, site, shelf):
    site.answers[PATH] = serving(MOSS, cut=9000)
    get()
    site.answers[PATH] = Answer(b"oops", 500)
    failed(get(), "server_error", shelf)
    assert (shelf.folder / f"{NAME}.part").stat().st_size == 9000


@pytest.mark.parametrize("notes", ["", "{", "[]", "null", '{"url": 3}', '{"url": "http://elsewhere/"}'])
def test_notes_of_a_part_that_cannot_be_used_begin_it_anew(get, site, shelf, notes):
    (shelf.folder / f"{NAME}.part").write_bytes(b"%PDF-1.4 something else")
    (shelf.folder / f"{NAME}.part.json").write_text(notes)
    site.answers[PATH] = serving(MOSS)
    assert get().state == "got" and (shelf.folder / NAME).read_bytes() == MOSS


# ---- again


def test_a_file_that_did_not_change_is_not_sent_again(get, site, shelf):
    site.answers[PATH] = serving(MOSS)
    get()
    outcome = get()
    assert outcome.state == "unchanged" and outcome.done and site.asked[-1][1]["if-none-match"] == '"one"'
    assert len((shelf.folder / "sources.jsonl").read_text().splitlines()) == 1


def test_another_file_of_that_name_stays_unless_it_may_be_replaced(get, site, shelf):
    (shelf.folder / NAME).write_bytes(b"the clinic's own copy")
    site.answers[PATH] = serving(MOSS)
    outcome = get()
    assert outcome.state == "differs" and not outcome.done and "--replace" in outcome.next_step
    assert (shelf.folder / NAME).read_bytes() == b"the clinic's own copy"
    outcome = get(on=dataclasses.replace(shelf, replace=True))
    assert outcome.state == "got" and f"{NAME}.before" in outcome.message
    assert (shelf.folder / NAME).read_bytes() == MOSS
    assert (shelf.folder / f"{NAME}.before").read_bytes() == b"the clinic's own copy"


def test_two_gets_at_once_do_not_fill_one_corpus(shelf):
    with shelf.locked(), pytest.raises(IndexLockedError), shelf.locked():
        pass
    with shelf.locked():
        pass


# ---- what is no file


@pytest.mark.parametrize(
    ("code", "state"),
    [(401, "login"), (403, "forbidden"), (404, "not_found"), (410, "not_found"), (429, "busy"), (503, "busy"), (500, "server_error"), (418, "server_error")],
)  # fmt: skip
def test_each_code_has_its_outcome(get, site, shelf, code, state):
    site.answers[PATH] = Answer(b"no", code)
    outcome = get()
    failed(outcome, state, shelf)
    assert str(code) in outcome.message and outcome.address == site.url + PATH


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (HTML % (b"Just a moment...", b"<script src='/cdn-cgi/challenge-platform/x'></script>"), "captcha"),
        (HTML % (b"View file", b'<div class="cf-turnstile" data-sitekey="x"></div>'), "captcha"),
        (HTML % (b"x", b"<form><div class='g-recaptcha'></div></form>"), "captcha"),
        (HTML % (b"Log in", b"<form></form>"), "login"),
        (HTML % (b"x", b'<input type="password">'), "login"),
        (HTML % (b"Moved", b"Our new site"), "web_page"),
        (b"\xef\xbb\xbf \n<html>", "web_page"),
    ],
)
@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/pdf", ""])
def test_a_web_page_is_never_taken_for_the_file(get, site, shelf, body, state, kind):
    site.answers[PATH] = Answer(body, headers={"Content-Type": kind} if kind else {})
    failed(get(), state, shelf)
    assert files(shelf) == set() and site.paths() == [PATH]


def test_a_captcha_under_code_403_is_told_as_one(get, site, shelf):
    site.answers[PATH] = Answer(HTML % (b"Attention Required!", b"turnstile"), 403)
    failed(get(), "captcha", shelf)


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04 a zip", b"just words", MOSS[10:]])
def test_what_is_no_pdf_is_not_kept(get, site, shelf, body):
    site.answers[PATH] = Answer(body, headers={"Content-Type": "application/pdf"})
    failed(get(), "not_pdf", shelf)
    assert files(shelf) == set()


def test_a_damaged_pdf_is_not_kept(get, site, shelf):
    site.answers[PATH] = Answer(b"%PDF-1.7\n" + b"garbage " * 500)
    failed(get(), "damaged", shelf)
    assert files(shelf) == set()


def test_another_document_is_not_kept(get, site, shelf):
    site.answers[PATH] = Answer((SAMPLE / "sample-gatal-bakau-2022.pdf").read_bytes())
    outcome = get()
    failed(outcome, "other_document", shelf)
    assert "Gatal Bakau" in outcome.message and files(shelf) == set()


def test_another_edition_at_the_entrys_address_is_kept_and_said(get, site, shelf):
    site.answers[PATH] = serving(MOSS)
    outcome = get(moss(site.url + PATH, year=2017, edition="2"))
    assert outcome.state == "got" and "Another edition" in outcome.message and outcome.next_step


def test_a_file_that_is_too_large_is_refused_before_and_while_it_comes(get, site, shelf):
    site.answers[PATH] = serving(MOSS)
    outcome = get(max_bytes=5000)
    failed(outcome, "too_large", shelf)
    site.answers[PATH] = Answer(MOSS, chunked=True)
    failed(get(max_bytes=5000), "too_large", shelf)
    assert files(shelf) == set()


def test_a_site_that_is_not_there_is_unreachable(get, shelf):
    outcome = get(moss("http://127.0.0.1:9/moss.pdf"))
    failed(outcome, "unreachable", shelf)


def test_the_next_address_is_tried_where_one_does_not_give_the_file(get, site):
    site.answers["/gone.pdf"] = Answer(b"", 404)
    site.answers[PATH] = serving(MOSS)
    assert get(moss(site.url + "/gone.pdf", site.url + PATH)).state == "got"
    assert site.paths() == ["/gone.pdf", PATH]


def test_an_entry_without_an_address_is_for_a_person(get, site, shelf):
    outcome = get(moss(page="https://example.org/moss"))
    failed(outcome, "by_hand", shelf)
    assert outcome.address == "https://example.org/moss" and site.asked == []


# ---- politeness


def test_a_busy_site_is_asked_once_more_when_it_says_and_no_sooner(get, site, slept):
    answers = iter([Answer(b"", 429, {"Retry-After": "7"}), serving(MOSS)({})])
    site.answers[PATH] = lambda headers: next(answers)
    assert get().state == "got" and slept == [7.0]


@pytest.mark.parametrize("when", ["3600", "Fri, 31 Dec 2100 23:59:59 GMT", "soon", "-1"])
def test_a_site_that_is_busy_for_long_is_left_alone(get, site, shelf, slept, when):
    site.answers[PATH] = Answer(b"", 503, {"Retry-After": when})
    outcome = get()
    failed(outcome, "busy", shelf)
    assert slept == [] and site.paths() == [PATH] and when in outcome.message


def test_two_requests_to_a_site_are_a_pause_apart(site):
    now, slept = [0.0], []
    site.answers["/a"] = site.answers["/b"] = Answer(b"x")
    rules = Rules.of((), ("127.0.0.1",))
    web = Web(
        rules,
        pause=3,
        timeout=5,
        sleep=lambda s: (slept.append(s), now.__setitem__(0, now[0] + s)),
        clock=lambda: now[0],
    )
    web.get(site.url + "/a").close()
    assert slept == [3.0]  # between robots.txt and a
    Web(rules, after=web, pause=3, sleep=slept.append, clock=lambda: now[0]).get(site.url + "/b").close()
    assert slept == [3.0, 3.0] and [path for path, _ in site.asked] == ["/robots.txt", "/a", "/b"]


def test_robots_txt_is_kept_to(get, site, shelf, slept):
    site.answers[PATH] = serving(MOSS)
    site.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /moss\n")
    failed(get(), "robots", shelf)
    assert site.paths() == []
    site.answers["/robots.txt"] = Answer(
        b"User-agent: cpgassist\nCrawl-delay: 11\nDisallow: /x\n\nUser-agent: *\nDisallow: /\n"
    )
    assert get().state == "got" and slept == [pytest.approx(11, abs=1)]


@pytest.mark.parametrize(("code", "state"), [(404, "got"), (403, "got"), (500, "robots"), (503, "robots")])
def test_a_site_without_rules_may_be_asked_and_one_that_cannot_tell_them_not(get, site, code, state):
    site.answers[PATH] = serving(MOSS)
    site.answers["/robots.txt"] = Answer(b"", code)
    assert get().state == state


# ---- redirects


def test_a_redirect_on_the_same_host_is_followed(get, site):
    site.answers["/old.pdf"] = Answer(b"", 301, {"Location": PATH})
    site.answers[PATH] = serving(MOSS)
    assert get(moss(site.url + "/old.pdf")).state == "got"


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://localhost:80/x.pdf",
        "http://[::1]/x.pdf",
        "http://10.0.0.8/x.pdf",
        "https://elsewhere.example/x.pdf",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x.pdf",
        "http://user@127.0.0.1/x.pdf",
        "data:application/pdf,x",
    ],
)
def test_a_redirect_elsewhere_is_refused(get, site, shelf, target):
    site.answers[PATH] = Answer(b"", 302, {"Location": target})
    failed(get(), "refused", shelf)
    assert site.paths() == [PATH]


def test_a_redirect_without_end_is_refused(get, site, shelf):
    site.answers[PATH] = Answer(b"", 302, {"Location": PATH})
    failed(get(), "refused", shelf)
    assert len(site.paths()) == 6


def test_a_redirect_to_a_page_that_asks_for_a_person_is_told(get, site, shelf):
    site.answers[PATH] = Answer(b"", 302, {"Location": "/check"})
    site.answers["/check"] = Answer(HTML % (b"Are you human?", b"captcha"))
    failed(get(), "captcha", shelf)


# ---- this machine and private networks


def test_this_machine_is_not_asked_unless_allowed(get, site, shelf):
    site.answers[PATH] = serving(MOSS)
    outcome = get(allowed=())
    failed(outcome, "refused", shelf)
    assert "--allow-host 127.0.0.1" in outcome.next_step and site.asked == []


def test_a_name_that_resolves_to_this_machine_is_not_asked(site, shelf, monkeypatch):
    """A public name with a private address: told once connected, before a byte is sent."""
    import socket

    from cpgassist.catalogue import fetch

    port = int(site.url.rsplit(":", 1)[1])
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, _, *more, **kw: real("127.0.0.1", port, *more, **kw))
    entry = moss("http://guidelines.example/moss.pdf")
    outcome = fetch(Web(Rules.of(entry.hosts), pause=0, timeout=5), shelf, book(entry), entry, 10**6)
    failed(outcome, "refused", shelf)
    assert "private network" in outcome.message and site.asked == []


def test_a_proxy_of_the_environment_is_used(site, shelf, monkeypatch):
    from cpgassist.catalogue import fetch

    monkeypatch.delenv("no_proxy")
    monkeypatch.setenv("http_proxy", site.url)
    site.answers["http://guidelines.example/moss.pdf"] = serving(MOSS)
    entry = moss("http://guidelines.example/moss.pdf")
    outcome = fetch(Web(Rules.of(entry.hosts), pause=0, timeout=5), shelf, book(entry), entry, 10**6)
    assert outcome.state == "got", outcome
    assert [path for path, _ in site.asked] == [
        "http://guidelines.example/robots.txt",
        "http://guidelines.example/moss.pdf",
    ]


def test_a_corpus_that_cannot_be_written_to_is_said(shelf):
    (shelf.folder / ".catalogue.lock").mkdir()
    with pytest.raises(InputError, match="could not be filled"), shelf.locked():
        pass
