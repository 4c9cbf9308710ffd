"""What admins do: files come in, are looked at, added and taken out; an index is made, verified and undone meanwhile."""

import asyncio
import json
import os
import shutil
import stat
import sys
import threading
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from cpgassist import Assistant
from cpgassist.apps.admin import corpus_view, evaluation_view, job_view, plots, quality_view
from cpgassist.apps.admin.documents import LONGEST_NAME, clean_name
from cpgassist.apps.admin.feedback_view import feedback
from cpgassist.apps.admin.office import Office
from cpgassist.apps.admin.opinions import opinions
from cpgassist.apps.keeping.evaluations import MOST_FILES
from cpgassist.apps.keeping.jobs import Jobs
from cpgassist.apps.server import create_app
from cpgassist.errors import CorpusError, InputError, LimitError, NoIndexError
from cpgassist.index import IndexStore
from cpgassist.types import GuidelineInfo
from tests.apps.admin_desk import BYTES, HOST, NET, TOKEN, XSS, entered, finished, kept, sent, until, visitor
from tests.test_corpus import GULL, drawn, encrypted

# ---- names of files


@given(st.text(max_size=300))
def test_any_name_becomes_one_that_is_safe_in_any_folder(given):
    name = clean_name(given)
    assert name.endswith(".pdf") and name == os.path.basename(name) and not name.startswith((".", " "))
    assert not set(name) & set("<>\"'`&;:/\\|?*\0\n\r\t") and name.isprintable()
    assert len(name.encode()) <= LONGEST_NAME + 4 and clean_name(name) == name


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\me\\Gull fever.PDF", "Gull fever.pdf"),
        ("Garis panduan (2021), edisi ke-2.pdf", "Garis panduan (2021), edisi ke-2.pdf"),
        ("高血压指南.pdf", "高血压指南.pdf"),
        ("", "guideline.pdf"),
        (".pdf", "guideline.pdf"),
    ],
)
def test_a_plain_name_stays_as_it_is(given, name):
    assert clean_name(given) == name


# ---- what comes in


def arrived(office, path, name=None):
    """The arrival of a file, once it was read."""

    async def content():
        yield path.read_bytes()

    arrival = asyncio.run(office.arrivals.receive(name or path.name, content()))
    return until(lambda: next((one for one in office.arrivals.all if one.key == arrival.key and not one.waiting), None))


def test_a_file_is_read_outside_the_corpus_and_added_when_asked(office, clinic, tmp_path):
    arrival = arrived(office, drawn(tmp_path / "net.pdf", NET))
    assert arrival.preview.info.title == NET[0] and not (clinic / "net.pdf").exists()
    staged = office.arrivals._path(arrival)
    assert stat.S_IMODE(staged.parents[1].stat().st_mode) == 0o700 and clinic not in staged.parents
    assert NET[0] in corpus_view.arrivals(office.arrivals.all, office.standing())
    assert "It is searched after the next reindex" in office.add(arrival.key)
    assert (clinic / "net.pdf").read_bytes() == (tmp_path / "net.pdf").read_bytes()
    assert office.standing().status["waiting"]["added"] == ["net.pdf"]
    assert not office.arrivals.all and not staged.exists()
    assert [path.name for path in clinic.iterdir() if path.name.endswith(".arriving")] == []


def test_a_file_may_be_thrown_away_and_is_gone(office, clinic, tmp_path):
    arrival = arrived(office, drawn(tmp_path / "net.pdf", NET))
    staged = office.arrivals._path(arrival)
    assert "thrown away" in office.arrivals.discard(arrival.key)
    assert not staged.exists() and not (clinic / "net.pdf").exists()
    for act in (office.add, office.arrivals.discard):
        with pytest.raises(InputError, match="not here any more"):
            act(arrival.key)


def bad(kind, folder, clinic):
    path = folder / f"{kind}.pdf"
    if kind == "encrypted":
        return encrypted(path, clinic / "gull.pdf")
    path.write_bytes({"page": b"<html>", "empty": b"", "damaged": b"%PDF-1.7 and no more", "zip": b"PK\3\4" * 99}[kind])
    return path


@pytest.mark.parametrize("kind", ["page", "empty", "damaged", "zip", "encrypted"])
def test_what_is_no_usable_pdf_is_said_in_words_and_not_kept(office, clinic, tmp_path, kind):
    arrival = arrived(office, bad(kind, tmp_path, clinic))
    assert arrival.error is not None and arrival.name in arrival.error.message and arrival.error.next_step
    assert not office.arrivals._path(arrival).exists()
    assert arrival.error.message in corpus_view.arrivals(office.arrivals.all, office.standing())
    with pytest.raises(InputError, match="was not read"):
        office.add(arrival.key)


def test_a_file_over_the_limit_is_refused_while_it_comes(clinic, tmp_path):
    corpus = kept(clinic, limits={"file_mb": 1})
    office = Office(corpus, Assistant(corpus))
    pieces = iter([b"%PDF-1.7" + b"x" * 600_000] * 5)

    async def content():
        for piece in pieces:
            yield piece

    with pytest.raises(LimitError, match="more than 1 MB"):
        asyncio.run(office.arrivals.receive("big.pdf", content()))
    assert not office.arrivals.all and len(list(pieces)) == 3  # the rest was not even taken


def test_only_so_many_files_wait(office, monkeypatch, tmp_path):
    monkeypatch.setattr("cpgassist.apps.admin.arrivals.MOST", 1)
    arrived(office, drawn(tmp_path / "net.pdf", NET))
    with pytest.raises(InputError, match="wait already"):
        arrived(office, tmp_path / "net.pdf", "other.pdf")


def test_a_file_of_the_same_name_is_never_replaced_unasked(office, clinic, tmp_path):
    before = (clinic / "gull.pdf").read_bytes()
    arrival = arrived(office, drawn(tmp_path / "gull.pdf", NET), "GULL.pdf")
    card = corpus_view.arrivals(office.arrivals.all, office.standing())
    assert "Another file of this name" in card and GULL[0] in card and NET[0] in card and "Replace the file" in card
    with pytest.raises(InputError, match="is in the corpus already"):
        office.add(arrival.key)
    assert (clinic / "gull.pdf").read_bytes() == before
    said = office.add(arrival.key, replacing=True)
    [old] = (clinic / ".removed").iterdir()
    assert old.read_bytes() == before and old.name in said
    assert not (clinic / "gull.pdf").exists() and (clinic / "GULL.pdf").exists()


def test_of_two_admins_who_add_one_name_the_second_is_asked(office, clinic, tmp_path):
    first = arrived(office, drawn(tmp_path / "net.pdf", NET))
    second = arrived(office, drawn(tmp_path / "other.pdf", GULL), "net.pdf")
    told = []

    def add(key):
        try:
            told.append(office.add(key))
        except InputError as error:
            told.append(error.message)

    threads = [threading.Thread(target=add, args=(one.key,)) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("is in the corpus already" in said for said in told) == 1
    assert (clinic / "net.pdf").exists()


def test_a_copy_is_told(office, clinic, tmp_path):
    arrived(office, Path(shutil.copy(clinic / "gull.pdf", tmp_path / "copy-of-gull.pdf")))
    card = corpus_view.arrivals(office.arrivals.all, office.standing())
    assert "holds this very file already, as gull.pdf" in card and "Repeats Management of Gull Fever" in card


def test_a_file_that_is_taken_out_is_moved_and_searched_until_the_next_reindex(office, clinic):
    before = (clinic / "tide.pdf").read_bytes()
    said = office.remove("tide.pdf")
    [away] = (clinic / ".removed").iterdir()
    assert away.read_bytes() == before and away.name in said and not (clinic / "tide.pdf").exists()
    assert office.standing().status["waiting"]["removed"] == ["tide.pdf"]
    shutil.move(away, clinic / "tide.pdf")  # moving it back is all it takes
    assert not any(office.standing().status["waiting"].values())


@pytest.mark.parametrize("name", ["nothing.pdf", "../clinic/gull.pdf", "corpus.toml", "", None])
def test_nothing_else_can_be_taken_out(office, clinic, name):
    with pytest.raises(InputError, match="no file"):
        office.remove(name)
    assert len(list(clinic.glob("*.pdf"))) == 3


def test_a_folder_that_cannot_be_written_to_is_said(office, clinic, tmp_path):
    arrival = arrived(office, drawn(tmp_path / "net.pdf", NET))
    (clinic / f".{arrival.name}.arriving").mkdir()  # stands in for a folder without the right to write
    with pytest.raises(CorpusError, match="cannot be written to"):
        office.add(arrival.key)
    assert office.arrivals.all == (arrival,)


# ---- jobs


class Held:
    """Work that goes on when told."""

    def __init__(self, result=None, error=None):
        self.go, self.result, self.error = threading.Event(), result, error

    def __call__(self, progress):
        progress("read", "a.pdf", 1, 4)
        assert self.go.wait(20)
        if self.error is not None:
            raise self.error
        return self.result


def ended(jobs):
    until(lambda: not jobs.running)
    return jobs.last


def test_one_job_at_a_time_and_the_one_that_runs_is_named():
    jobs, work = Jobs(), Held("done")
    jobs.start("reindex", work)
    with pytest.raises(InputError, match="running already: reindex"):
        jobs.start("verify", work)
    work.go.set()
    job = ended(jobs)
    assert (job.result, job.error, job.stages[0].total) == ("done", None, 4)
    jobs.start("verify", work)
    assert ended(jobs).kind == "verify"


def test_a_failure_is_kept_and_an_unexpected_one_tells_nothing_of_what_it_saw(caplog):
    jobs, secret = Jobs(), "a question about a patient"
    for error, said in ((NoIndexError("No index.", "Make one."), "No index."), (ValueError(secret), "went wrong")):
        work = Held(error=error)
        work.go.set()
        jobs.start("reindex", work)
        assert said in ended(jobs).error.message
        assert said in job_view.outcome(jobs)
    assert "ValueError" in caplog.text and secret not in caplog.text + job_view.outcome(jobs)


def test_the_time_left_follows_the_pace():
    clock = SimpleNamespace(now=0.0)
    jobs, steps = Jobs(lambda: clock.now), threading.Semaphore(0)
    heard = threading.Semaphore(0)

    def work(progress):
        for done in range(5):
            progress("read", f"{done}.pdf", done, 4)
            heard.release()
            steps.acquire()
        progress("ocr", "scan.pdf", 1, 9)

    jobs.start("reindex", work)
    heard.acquire()
    assert jobs.left(jobs.last.stages[0]) is None
    clock.now, _ = 6.0, steps.release()
    heard.acquire()
    assert jobs.left(jobs.last.stages[0]) == pytest.approx(18.0)
    shown = job_view.strip(jobs, "")
    assert "1 of 4 · 1.pdf" in shown and "about 18 s left" in shown and "Questions are answered meanwhile" in shown
    steps.release(9)
    assert [stage.name for stage in ended(jobs).stages] == ["read", "ocr"]
    assert job_view.strip(jobs, "") == "" and "process 7" in job_view.strip(jobs, "process 7 since noon")


def test_questions_are_answered_while_the_index_is_made_anew(office, clinic):
    drawn(clinic / "net.pdf", NET)
    inside, go_on = threading.Event(), threading.Event()
    embed = office.corpus.embedder().embed

    def slow(texts, progress=None):
        if threading.current_thread().name == "admin reindex" and progress is not None:
            inside.set()
            assert go_on.wait(20)
        return embed(texts, progress)

    office.corpus.embedder().embed = slow
    before = office.assistant.index.version
    office.reindex()
    assert inside.wait(30)
    asked = []
    chat = threading.Thread(target=lambda: asked.append(office.assistant.ask("How is gull fever diagnosed?")))
    chat.start()
    chat.join(20)
    assert asked and asked[0].index == before
    with pytest.raises(InputError, match="reads the folder"):
        office.remove("gull.pdf")
    go_on.set()
    job = finished(office)
    assert job.error is None and job.result.added == ("net.pdf",)
    assert "The old index served questions until now." in job_view.outcome(office.jobs)
    after = office.assistant.ask("How should a net rash be washed?")
    assert after.index == job.result.index != before


def test_a_dry_run_tells_and_changes_nothing(office, clinic):
    office.dry_run()
    assert finished(office).result.nothing and "Nothing would change" in job_view.outcome(office.jobs)
    drawn(clinic / "net.pdf", NET)
    (clinic / "tide.pdf").unlink()
    (clinic / "corpus.toml").write_text('[guidelines."gull.pdf"]\nyear = 2020\n')
    again = Office(kept(clinic), office.assistant)
    again.dry_run()
    told = finished(again).result
    assert (told.added, told.removed, set(told.read)) == (
        ("net.pdf",),
        ("tide.pdf",),
        {"gull.pdf", "net.pdf", "rope.pdf"},
    )
    shown = job_view.outcome(again.jobs)
    assert "corpus.toml" in shown and "net.pdf" in shown and "Nothing was changed by this look" in shown


def test_a_corpus_that_shrank_is_refused_until_that_is_meant(office, clinic):
    (clinic / "gull.pdf").unlink()
    (clinic / "rope.pdf").unlink()
    before = office.corpus.current_version()
    office.reindex()
    job = finished(office)
    assert job.error is not None and job_view.shrank(office.jobs) and office.corpus.current_version() == before
    office.reindex_smaller()
    assert finished(office).result.removed == ("gull.pdf", "rope.pdf") and not job_view.shrank(office.jobs)


def test_a_rollback_and_a_verification(office, clinic):
    first = office.corpus.current_version()
    drawn(clinic / "net.pdf", NET)
    office.reindex()
    finished(office)
    assert "in service" in corpus_view.versions(office.standing())
    office.roll_back()
    assert finished(office).result == first == office.corpus.current_version()
    office.verify()
    finished(office)
    assert "every byte is as it was made" in job_view.outcome(office.jobs)
    [passages] = (clinic / ".index" / "versions" / first).glob("passages.jsonl")
    passages.write_bytes(passages.read_bytes()[:-9])
    office.verify()
    assert finished(office).result and "passages.jsonl" in job_view.outcome(office.jobs)
    office.roll_back()
    assert isinstance(finished(office).error, CorpusError)


def test_another_process_that_reindexes_is_named(office, clinic):
    with IndexStore(clinic / ".index").lock():
        office.reindex()
        error = finished(office).error
        assert str(os.getpid()) in error.message and "being reindexed already" in job_view.outcome(office.jobs)


# ---- without an index


def test_with_nothing_at_all_it_says_how_to_begin(tmp_path):
    corpus = kept(tmp_path)
    standing = Office(corpus, Assistant(corpus)).standing()
    assert "No guidelines yet." in corpus_view.counters(standing) and "cpgassist reindex" in corpus_view.counters(
        standing
    )
    assert corpus_view.guideline_table(standing, "") == corpus_view.corpus_plots(standing) == ""
    drawn(tmp_path / "net.pdf", NET)
    assert "1 file here, and no index yet" in corpus_view.counters(Office(corpus, Assistant(corpus)).standing())


def test_a_server_without_an_index_starts_and_answers_once_there_is_one(tmp_path):
    site = create_app(Assistant(kept(tmp_path)))
    browser = visitor(site)
    assert browser.get("/chat/").status_code == 200
    assert entered(browser).get("/admin/").status_code == 200
    assert browser.get("/pages/none/1.jpg").status_code == 404


def test_a_damaged_index_is_said_and_a_reindex_heals_it(clinic):
    [passages] = clinic.rglob("passages.jsonl")
    passages.write_bytes(b"nothing")
    corpus = kept(clinic)
    office = Office(corpus, Assistant(corpus))
    assert "passages.jsonl" in corpus_view.counters(office.standing())
    office.reindex()
    assert finished(office).error is None
    assert "passages.jsonl" not in corpus_view.counters(office.standing())
    [manifest] = (clinic / ".index" / "versions" / corpus.current_version()).glob("manifest.json")
    manifest.write_text("{}")
    assert Office(kept(clinic), Assistant(kept(clinic))).standing().versions


# ---- what is shown


def test_the_table_holds_what_an_admin_must_know_and_is_filtered(office):
    standing = office.standing()
    assert "3</b><span>guidelines" in corpus_view.counters(standing)
    every = corpus_view.guideline_table(standing, "")
    assert all(word in every for word in ("gull.pdf", "rope.pdf", *corpus_view.HEADS))
    some = corpus_view.guideline_table(standing, "ROPE burn")
    assert "rope.pdf" in some and "gull.pdf" not in some and "1 of 3 guidelines" in some
    assert "No guideline matches" in corpus_view.guideline_table(standing, XSS)


def everything_shown(office):
    standing = office.standing()
    return (
        corpus_view.counters(standing),
        corpus_view.waiting(standing),
        corpus_view.guideline_table(standing, ""),
        corpus_view.arrivals(office.arrivals.all, standing),
        corpus_view.versions(standing),
        job_view.outcome(office.jobs),
        quality_view.maps(office.quality()),
    )


def test_no_text_from_outside_becomes_markup(clinic, tmp_path):
    hostile = json.dumps(XSS)
    lines = "".join(f"{field} = {hostile}\n" for field in ("title", "publisher", "edition", "review_due", "language"))
    (clinic / "corpus.toml").write_text(f'[guidelines."gull.pdf"]\n{lines}')
    (clinic / "<b onclick=hack()>&.pdf").write_bytes(b"%PDF-1.7 no")
    corpus = kept(clinic)
    office = Office(corpus, Assistant(corpus))
    office.reindex()
    assert finished(office).error is None
    arrived(office, Path(shutil.copy(clinic / "gull.pdf", tmp_path / "x.pdf")), XSS)
    shown = everything_shown(office)
    for html in shown:
        assert "<img" not in html and "<script" not in html and "<b onclick" not in html and "\n" not in html
    assert "&lt;img src=x" in shown[2] and "&lt;b onclick" in shown[1]
    for drawn_ in (
        plots.timeline(tuple(office.assistant.index.guidelines.values()), date.today()),
        plots.kinds(office.quality()),
    ):
        tree = ElementTree.fromstring(plots.picture(drawn_))
        assert {element.tag.rpartition("}")[2] for element in tree.iter()} <= {
            "svg",
            "style",
            "text",
            "rect",
            "title",
            "line",
            "path",
        }


def test_the_timeline_marks_editions_that_were_replaced_and_reviews_that_are_past():
    old = GuidelineInfo("a", "Gull Fever", "a.pdf", "0", published=2012, review_due="2016", superseded_by="b")
    new = GuidelineInfo("b", "Gull Fever", "b.pdf", "1", published=2020, review_due="2031", supersedes="a")
    drawn_ = plots.timeline((old, new), date(2026, 11, 26))
    assert (
        "2012, replaced 2020" in drawn_
        and 'class="old"' in drawn_
        and 'class="passed"' in drawn_
        and 'class="due"' in drawn_
    )
    assert "prints its year" in plots.timeline((GuidelineInfo("c", "No Year", "c.pdf", "2"),), date(2026, 11, 26))


def test_pictures_and_the_map(admin):
    for name in ("timeline", "kinds", "reasons"):
        picture = admin.get(f"/admin/plots/{name}.svg")
        assert (
            picture.headers["content-type"] == "image/svg+xml"
            and "script" not in picture.headers["content-security-policy"]
        )
        ElementTree.fromstring(picture.text)
    assert "light-dark" in admin.get("/admin/map.css").text
    gull = next(id_ for id_, info in _guidelines(admin).items() if info == "gull.pdf")
    assert admin.get(f"/admin/shown/{gull}/1.png").content.startswith(b"\x89PNG")
    for path in ("plots/nothing.svg", "plots/risk.svg", f"shown/{gull}/99.png", "shown/none/1.png", "report"):
        assert admin.get(f"/admin/{path}").status_code == 404, path


def _guidelines(admin):
    page = admin.get("/pages/none/1.jpg")
    assert page.status_code == 404
    return {"gull": "gull.pdf", **{name: f"{name}.pdf" for name in ("rope", "tide")}}


def test_files_come_in_through_the_page_and_a_reindex_follows(clinic, tmp_path):
    admin = entered(visitor(create_app(Assistant(kept(clinic)))))
    source = drawn(tmp_path / "source.pdf", NET)
    assert sent(admin, source, "../../net.pdf") == sent(admin, source, "..\\net.pdf") == "net.pdf is being read."
    assert admin.post("/admin/uploads/none/add").status_code == 422
    assert not (clinic.parent / "net.pdf").exists()
    big = admin.post("/admin/uploads", params={"name": "q"}, content=b"", headers=BYTES)
    assert big.status_code == 200


# ---- evaluation and feedback

QUESTIONS = [
    {
        "id": "a",
        "question": "How is gull fever diagnosed?",
        "gold": [{"file": "gull.pdf", "pages": [1]}],
        "facts": [["feather"]],
    },
    {"id": "b", "question": "Who won the boat race?", "kind": "offtopic", "answerable": False},
]


def lines_of(rows):
    return "\n".join(map(json.dumps, rows)).encode()


def test_question_files_stay_in_memory_and_runs_are_compared(office, clinic):
    (clinic / "own.jsonl").write_bytes(lines_of(QUESTIONS[:1]))
    before = sorted(clinic.rglob("*"))
    assert office.evaluations.keep("ward.jsonl", lines_of(QUESTIONS)) == "ward.jsonl: 2 questions, 1 answerable."
    assert office.evaluations.names == ["ward.jsonl", "own.jsonl"]
    office.evaluate("ward.jsonl")
    run = finished(office).result
    assert run.evaluation.counts["questions"] == 2 and run.since == "" and finished(office).stages[-1].name == "ask"
    office.evaluate("own.jsonl")
    assert finished(office).result.since == "ward.jsonl" and finished(office).result.changes
    shown = evaluation_view.evaluated(office.evaluations.last, office.jobs.last)
    assert "Since the run before (ward.jsonl)" in shown and "95 % interval" in shown and "/admin/report" in shown
    assert "gull fever" in office.evaluations.report() and sorted(clinic.rglob("*")) == before
    for name in ("../own.jsonl", "none", None):
        office.evaluate(name)
        assert isinstance(finished(office).error, InputError)
        assert "No question file is chosen" in evaluation_view.evaluated(office.evaluations.last, office.jobs.last)


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"id": "a"}', b"\xff\xfe", b"[1]", b'{"id":"a","question":"x"}\n' * 2]
)
def test_a_bad_question_file_is_refused_naming_the_line(admin, content):
    answer = admin.post("/admin/questions", params={"name": "bad.jsonl"}, content=content, headers=BYTES)
    assert answer.status_code == 422 and "bad.jsonl" in answer.json()["message"]


def test_only_so_many_question_files_are_kept(office):
    for number in range(MOST_FILES + 3):
        office.evaluations.keep(f"{number}.jsonl", lines_of(QUESTIONS))
    assert len(office.evaluations.names) == MOST_FILES and "0.jsonl" not in office.evaluations.names


def test_the_report_runs_its_own_script_and_no_other(_indexed):
    app = create_app(Assistant(kept(_indexed)))
    admin = entered(visitor(app))
    answer = admin.post("/admin/questions", params={"name": f"{XSS}.jsonl"}, content=lines_of(QUESTIONS), headers=BYTES)
    assert answer.status_code == 200
    assert admin.get("/admin/report").status_code == 404


@dataclass(frozen=True)
class Feedback:
    at: str
    verdict: str
    reasons: tuple
    question: str
    index: str
    models: dict
    citations: tuple


def rows_of_feedback():
    return [
        Feedback("2026-11-20T10:00:00", "helpful", (), "ab" * 16, "v1", {"generator": "extractive"}, (("gull", 1),)),
        Feedback("2026-11-25T10:00:00", "not helpful", ("wrong page", XSS), "cd" * 16, "v1", {"model": {"n": 1}}, ()),
        Feedback("2026-11-24T10:00:00", "unsupported quote", (), "ef" * 16, XSS, {}, (("gone", 2),)),
        Feedback("no time", "not helpful", ("unsafe",), "", "v1", {}, ()),
    ]


def test_feedback_is_listed_newest_first_and_counted_by_week(office, monkeypatch):
    assert opinions(office.corpus.settings) == () and "No feedback yet" in feedback((), {})
    module = ModuleType("cpgassist.feedback")
    module.log_of = lambda settings: SimpleNamespace(read=rows_of_feedback)
    monkeypatch.setitem(sys.modules, "cpgassist.feedback", module)
    rows = opinions(office.corpus.settings)
    assert [row.at[:10] for row in rows] == ["no time", "2026-11-25", "2026-11-24", "2026-11-20"]
    shown = feedback(rows, office.assistant.index.guidelines)
    assert "4 opinions" in shown and "&lt;img src=x" in shown and "<img src=x" not in shown
    drawn_ = plots.reasons_by_week(rows, date(2026, 11, 26))
    assert "1 wrong page" in drawn_ and "1 unsupported quote" in drawn_ and "helpful" not in drawn_
    ElementTree.fromstring(plots.picture(drawn_))


def test_no_token_is_told_by_any_page(admin, caplog):
    for path in ("/admin/", "/admin/config", "/admin/login", "/admin/map.css", "/chat/", "/chat/config"):
        assert TOKEN not in admin.get(path).text, path
    assert TOKEN not in caplog.text and HOST


def test_a_server_with_an_admin_page_serves_the_chat_as_before(site):
    assert TestClient(site).get("/chat/").status_code == 200
