"""A job that is stopped leaves everything as it was, and a file that was taken out comes back as it was."""

import shutil

import pytest

from cpgassist.apps.admin import corpus_view, evaluation_view, job_view
from cpgassist.apps.admin.office import Office
from cpgassist.apps.keeping.jobs import STOPPED, Jobs
from cpgassist.errors import InputError
from tests.apps.admin_desk import NET, finished, kept, until
from tests.test_corpus import drawn

STEPS = [
    ("read", None),
    ("embed", None),
    ("store", "folder"),
    ("store", "chroma"),
    ("check", "smoke"),
    ("store", "rename"),
]


def stopped_at(office, stage, name):
    """Reindexes, and stops that when its progress tells of this step; the job once it has ended."""

    def work(progress):
        def hear(told, file, done, total):
            if told == stage and name in (None, file) and office.jobs.last.stoppable:
                assert "Reindexing" in job_view.strip(office.jobs, "")
                office.stop()
                assert "Stopping" in job_view.strip(office.jobs, "")
            progress(told, file, done, total)

        return office.corpus.reindex(hear)

    office.jobs.start("reindex", work)
    return finished(office)


@pytest.mark.parametrize(("stage", "name"), [*STEPS, ("store", "pointer written")])
def test_a_reindex_that_is_stopped_leaves_the_index_as_it_was(office, clinic, stage, name):
    drawn(clinic / "net.pdf", NET)
    serving, before = office.corpus.current_version(), sorted((clinic / ".index" / "versions").iterdir())
    job = stopped_at(office, stage, name)
    assert job.error is STOPPED and "as it was" in job_view.outcome(office.jobs)
    assert office.corpus.current_version() == serving
    assert sorted((clinic / ".index" / "versions").iterdir()) == before, "nothing half made is left"
    assert office.corpus.verify() == [] and office.assistant.ask("How is gull fever diagnosed?").index == serving
    office.reindex()
    assert finished(office).result.added == ("net.pdf",)


def test_what_serves_already_is_not_called_stopped(office, clinic):
    drawn(clinic / "net.pdf", NET)
    job = stopped_at(office, "store", "pointer replaced")
    assert job.error is None and job.result.index == office.corpus.current_version()


def test_no_other_file_is_read_after_a_stop(office, clinic):
    office = Office(kept(clinic, workers=1), office.assistant)
    for at in range(4):
        shutil.copy(drawn(clinic / "net.pdf", NET), clinic / f"net-{at}.pdf")
    job = stopped_at(office, "read", None)
    assert job.error is STOPPED and job.stages[0].done <= 1


def test_only_what_tells_of_its_progress_can_be_stopped(office):
    with pytest.raises(InputError, match="no job"):
        office.stop()
    jobs = Jobs()
    jobs.start("verify", lambda _: jobs.stop())
    until(lambda: not jobs.running)
    assert isinstance(jobs.last.error, InputError) and "no job" in jobs.last.error.message


def test_an_evaluation_that_is_stopped_says_so(office, clinic):
    (clinic / "ward.jsonl").write_text('{"id": "a", "question": "How is gull fever diagnosed?", "answerable": false}\n')

    def work(progress):
        office.stop()
        return office.evaluations.run("ward.jsonl", progress)

    office.jobs.start("evaluation", work)
    job = finished(office)
    assert job.error is STOPPED and "Stopped." in evaluation_view.evaluated(office.evaluations.last, job)
    assert office.evaluations.last is None


def test_a_file_that_was_taken_out_is_put_back_as_it_was(office, clinic):
    before = (clinic / "tide.pdf").read_bytes()
    assert corpus_view.put_away(office.standing()) == []
    office.remove("tide.pdf")
    [(label, away)] = corpus_view.put_away(office.standing())
    assert label.startswith("tide.pdf, put away ")
    assert "tide.pdf is in the corpus again" in office.put_back(away)
    assert (clinic / "tide.pdf").read_bytes() == before and not any(office.standing().status["waiting"].values())
    assert corpus_view.put_away(office.standing()) == []


def test_nothing_is_put_back_over_another_file(office, clinic, tmp_path):
    office.remove("tide.pdf")
    [(_, away)] = corpus_view.put_away(office.standing())
    shutil.copy(drawn(tmp_path / "net.pdf", NET), clinic / "TIDE.pdf")
    other = (clinic / "TIDE.pdf").read_bytes()
    with pytest.raises(InputError, match=r"TIDE.pdf is in the corpus already"):
        office.put_back(away)
    assert (clinic / "TIDE.pdf").read_bytes() == other and len(list((clinic / ".removed").iterdir())) == 1


@pytest.mark.parametrize(
    "name", ["", None, "tide.pdf", "../gull.pdf", "../corpus.toml", "x.20260101T000000-000000.pdf"]
)
def test_nothing_else_can_be_put_back(office, clinic, name):
    (clinic / ".removed").mkdir()
    (clinic / ".removed" / "notes.txt").write_text("kept by hand")
    with pytest.raises(InputError, match="no such file"):
        office.put_back(name)
    assert corpus_view.put_away(office.standing()) == []
