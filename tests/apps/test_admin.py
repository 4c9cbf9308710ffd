"""What admins do: files come in, are looked at, added and taken out; an index is made, verified and undone meanwhile."""

import asyncio
import os
import shutil
import stat
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist import Assistant
from cpgassist.apps.admin import corpus_view, job_view
from cpgassist.apps.admin.documents import LONGEST_NAME, clean_name
from cpgassist.apps.admin.office import Office
from cpgassist.apps.keeping.jobs import Jobs
from cpgassist.apps.server import create_app
from cpgassist.errors import CorpusError, InputError, LimitError, NoIndexError
from cpgassist.index import IndexStore
from tests.apps.admin_desk import NET, Held, arrived, ended, entered, finished, kept, visitor
from tests.fixtures.clinic import GULL, drawn, encrypted

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
