"""Feedback is kept as lines that tell nothing of a question, survive a crash, and can be taken back."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.errors import CpgassistError, InputError
from cpgassist.feedback import REASONS, VERDICTS, Feedback, FeedbackLog, log_of

QUESTION = "Which steroid for MARKER-4711?"


@pytest.fixture
def log(tmp_path) -> FeedbackLog:
    return FeedbackLog(tmp_path / "made" / "feedback.jsonl")


def said(log: FeedbackLog, **more) -> Feedback:
    about = {"question": log.hashed(QUESTION), "index": "v1", "models": {"generator": "extractive"}}
    return Feedback("not helpful", ("wrong page", "unsafe"), citations=(("eczema", 3),), **{**about, **more})


def test_what_was_said_is_read_back_in_order(log):
    first, second = said(log), Feedback("helpful", at="2026-01-02T03:04:05+00:00")
    log.add(first), log.add(second)
    assert log.read() == [first, second] and log.damaged() == 0


def test_the_time_is_utc_in_iso(log):
    assert said(log).at.endswith("+00:00")


def test_what_was_taken_back_is_not_read_and_other_ids_do_nothing(log):
    first = log.add(said(log))
    log.add(Feedback("helpful"))
    log.withdraw(first)
    log.withdraw("never there")
    assert [one.verdict for one in log.read()] == ["helpful"] and log.damaged() == 0


def test_no_word_of_the_question_is_written_and_only_the_user_may_read(log):
    log.add(said(log))
    for path in log.path.parent.iterdir():
        assert b"MARKER" not in path.read_bytes() and b"steroid" not in path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_equal_questions_have_one_hash_and_another_log_another(log, tmp_path):
    assert log.hashed(QUESTION) == log.hashed("  which  steroid for marker-4711? ")
    assert log.hashed(QUESTION) != log.hashed("Which steroid?")
    assert log.hashed(QUESTION) == FeedbackLog(log.path).hashed(QUESTION)
    assert log.hashed(QUESTION) != FeedbackLog(tmp_path / "other.jsonl").hashed(QUESTION)
    assert len(log.hashed("\ud800")) == 64


@pytest.mark.parametrize(
    "line",
    [
        *("{", "[]", "7", "null", '{"id": 3}', '{"verdict": "helpful"}', '{"withdrawn": []}', "\\u0000"),
        json.dumps({"id": "0" * 32, **Feedback("helpful").to_dict(), "verdict": "great"}),
        json.dumps({"id": "0" * 32, **Feedback("helpful").to_dict(), "at": "yesterday"}),
        json.dumps({"id": "0" * 32, **Feedback("helpful").to_dict(), "citations": [["a"]]}),
        json.dumps({"id": "x", **Feedback("helpful").to_dict()}),
    ],
)
def test_damaged_lines_are_skipped_and_counted(log, line):
    log.add(Feedback("helpful"))
    with log.path.open("ab") as file:
        file.write(line.encode() + b"\xff\n" if line == "{" else line.encode() + b"\n")
    log.add(Feedback("not helpful"))
    assert [one.verdict for one in log.read()] == ["helpful", "not helpful"] and log.damaged() == 1


def test_a_line_that_was_cut_short_loses_itself_alone(log):
    log.add(Feedback("helpful"))
    log.path.write_bytes(log.path.read_bytes() + b'{"id": "ab')
    log.add(Feedback("not helpful"))
    assert len(log.read()) == 2 and log.damaged() == 1


def test_processes_do_not_spoil_each_others_lines(log):
    code = (
        "import sys\nfrom cpgassist.feedback import Feedback, FeedbackLog\n"
        "log = FeedbackLog(sys.argv[1])\n"
        "for n in range(40): log.add(Feedback('helpful', question=log.hashed('q'), citations=(('g' * 500, n),) * 20))"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, log.path]) for _ in range(2)]
    assert [one.wait(60) for one in running] == [0, 0]
    assert len(log.read()) == 80 and log.damaged() == 0
    assert len({one.question for one in log.read()}) == 1, "one key, whoever made it"


def test_no_log_is_no_feedback(log):
    assert log.read() == [] and log.damaged() == 0


def test_a_place_that_cannot_be_written_says_what_to_set(tmp_path):
    (tmp_path / "file").write_text("")
    log = FeedbackLog(tmp_path / "file" / "feedback.jsonl")
    for act in (lambda: log.add(Feedback("helpful")), lambda: log.withdraw("0"), lambda: log.hashed("q")):
        with pytest.raises(CpgassistError, match="cannot be kept") as caught:
            act()
        assert "CPGASSIST_FEEDBACK" in caught.value.next_step


@pytest.mark.parametrize(("verdict", "reasons"), [("great", ()), ("helpful", ("ugly",)), ("", ())])
def test_other_words_are_refused(verdict, reasons):
    with pytest.raises(InputError):
        Feedback(verdict, reasons)


@given(
    st.builds(
        Feedback,
        st.sampled_from(VERDICTS),
        st.lists(st.sampled_from(REASONS)).map(tuple),
        st.text(),
        st.text(),
        st.dictionaries(st.text(), st.text()),
        st.lists(st.tuples(st.text(), st.integers(0, 10**6))).map(tuple),
    )
)
def test_json_keeps_everything(feedback):
    assert Feedback.from_dict(json.loads(json.dumps(feedback.to_dict()))) == feedback


def test_the_log_of_a_corpus(tmp_path):
    settings = SimpleNamespace(feedback=None, index_folder=tmp_path / "index")
    assert log_of(settings).path == tmp_path / "index" / "feedback.jsonl"
    settings.feedback = tmp_path / "elsewhere.jsonl"
    assert log_of(settings).path == tmp_path / "elsewhere.jsonl"
