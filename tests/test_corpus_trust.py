"""Trusting an index and undoing one: integrity, rollback, the doctor, and one writer at a time, killed or not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cpgassist import Assistant, Corpus
from cpgassist.errors import (
    CorpusError,
    IndexLockedError,
    ModelError,
)
from tests.fixtures.clinic import (
    BAD,
    ROPE,
    drawn,
    found,
    opened,
)

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "corpora" / "sample"
KILLER = Path(__file__).with_name("kill_reindex.py")


# ---- trusting and undoing --------------------------------------------------------------------------------------


def test_verify_names_the_file_that_changed_and_reindex_heals(clinic):
    assert opened(clinic).verify() == []
    version = clinic / ".index" / "versions" / opened(clinic).current_version()
    content = bytearray((version / "vectors.npy").read_bytes())
    content[-3] ^= 0x40
    (version / "vectors.npy").write_bytes(content)
    assert any("vectors.npy" in problem for problem in opened(clinic).verify())
    report = opened(clinic).reindex(full=True)
    assert report.embedded == report.passages
    assert opened(clinic).verify() == []


def test_rollback_goes_back_one_version_and_reindex_forward_again(clinic):
    first = opened(clinic).current_version()
    with pytest.raises(CorpusError, match="no version before"):
        opened(clinic).rollback()
    drawn(clinic / "rope.pdf", ROPE, [("Follow-up", "See the hand again after nine days.")])
    second = opened(clinic).reindex().index
    assert opened(clinic).status()["versions"] == [second, first]
    assert opened(clinic).rollback() == first == opened(clinic).current_version()
    assert Assistant(opened(clinic)).search("hand").index == first
    assert opened(clinic).status()["waiting"]["changed"] == ["rope.pdf"]
    third = opened(clinic).reindex()
    assert third.changed == ("rope.pdf",) and third.index not in (first, second)


def test_versions_beyond_those_to_keep_are_removed(clinic):
    made = [opened(clinic).current_version()]
    for number in range(3):
        drawn(clinic / "rope.pdf", ROPE, [("Follow-up", f"See the hand again after {number + 2} days.")])
        made.append(opened(clinic, keep_versions=2).reindex().index)
    assert opened(clinic).status()["versions"] == [made[3], made[2]]


def states(corpus: Corpus) -> dict[str, str]:
    return {check.what: check.state for check in corpus.check()}


def test_check_of_a_sound_corpus_is_ok_throughout(clinic):
    expected = dict.fromkeys(("documents", "ocr", "index", "embedder", "embedding", "language model"), "ok")
    assert states(opened(clinic, ocr="off")) == expected


def test_check_says_what_ocr_lacks(clinic, monkeypatch):
    monkeypatch.setattr("cpgassist.doctor.ocr_missing", lambda: "Install it.")
    assert states(opened(clinic))["ocr"] == "warn"
    (line,) = [check for check in opened(clinic, ocr="on").check() if check.what == "ocr"]
    assert (line.state, line.cure) == ("fail", "Install it.")


def test_ocr_that_is_demanded_and_missing_stops_a_reindex_before_any_work(clinic, monkeypatch):
    monkeypatch.setattr("cpgassist.reindexing.ocr_missing", lambda: "Install it.")
    with pytest.raises(ModelError) as error:
        opened(clinic, ocr="on").reindex(full=True)
    assert error.value.next_step.startswith("Install it.")


def test_check_names_each_fault_with_its_cure(mixed, tmp_path):
    drawn(mixed / "new.pdf", ("Management of Ebb Ache", ("Care", "Rest.")))
    version = mixed / ".index" / "versions" / opened(mixed).current_version()
    (version / "passages.jsonl").write_text("")
    checks = opened(mixed).check()
    told = {(check.what, check.state) for check in checks}
    assert {("documents", "ok"), ("changes", "warn"), ("left out", "warn"), ("integrity", "fail")} <= told
    assert all(check.cure for check in checks if check.state != "ok")
    assert [check.found.partition(":")[0] for check in checks if check.what == "left out"] == list(BAD)


def test_check_of_an_empty_folder_fails_without_raising(bare):
    told = {
        "documents": "fail",
        "ocr": "ok",
        "index": "fail",
        "embedder": "ok",
        "embedding": "ok",
        "language model": "ok",
    }
    assert states(opened(bare, ocr="off")) == told


def test_check_of_a_missing_documents_folder_fails_without_raising(bare):
    (bare / "corpus.toml").write_text('documents = "nowhere"\n')
    told = states(opened(bare))
    assert told["documents"] == "fail" and told["index"] == "fail"


def test_check_of_a_missing_embedder_fails_without_raising(clinic, monkeypatch):
    monkeypatch.setenv("CPGASSIST_EMBEDDER", "no/such-model")
    told = {check.what: check for check in Corpus(clinic).check()}
    assert told["embedder"].state == "fail" and told["embedder"].cure


# ---- one writer ------------------------------------------------------------------------------------------------


def test_a_reindex_beside_another_is_refused_while_questions_are_answered(clinic):
    drawn(clinic / "rope.pdf", ROPE, [("Follow-up", "See the hand again after nine days.")])
    inside, go_on, told = threading.Event(), threading.Event(), []

    def hold(stage, *_):
        inside.set()
        go_on.wait(20)

    writer = threading.Thread(target=lambda: told.append(opened(clinic).reindex(hold)))
    writer.start()
    try:
        assert inside.wait(20)
        code = "import sys; from cpgassist.apps.cli import main; main()"
        other = subprocess.run(
            [sys.executable, "-c", code, "reindex", "--corpus", str(clinic), "--quiet"], capture_output=True, text=True
        )
        assert other.returncode == 7
        assert str(os.getpid()) in other.stderr and "Traceback" not in other.stderr
        with pytest.raises(IndexLockedError):
            opened(clinic).reindex()
        with pytest.raises(IndexLockedError):
            opened(clinic).rollback()
        assert found(clinic, "feather test")[0] == "gull.pdf"
    finally:
        go_on.set()
        writer.join()
    assert told[0].changed == ("rope.pdf",)


def kills(folder: Path, count: int) -> dict:
    for name in ("moss-lung-2022", "gatal-bakau-2022", "lantern-pressure-2021"):
        shutil.copy(SAMPLE / f"sample-{name}.pdf", folder)
    done = subprocess.run(
        [sys.executable, str(KILLER), str(folder), str(count), "7"], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def checked_kills(told: dict, count: int) -> None:
    assert sum(row["killed"] for row in told["rounds"]) == count
    for row in told["rounds"]:
        # killed before the swap, the old version answers; after it, the whole new one
        assert row["after"] in (row["before"], row["new"]), row
        if row["killed"] and row["after"]["version"] != row["before"]["version"]:
            assert row["after"]["round"] == row["number"]
        assert row["next"]["round"] == row["number"] and row["next"]["version"] != row["before"]["version"]
        assert row["problems"] == []
    assert told["building"] == [] and told["stray"] == []


def test_a_killed_reindex_leaves_the_old_version_answering_and_the_next_one_succeeds(bare):
    checked_kills(kills(bare, 4), 4)


@pytest.mark.slow
def test_fifty_kills(bare):
    checked_kills(kills(bare, 50), 50)
