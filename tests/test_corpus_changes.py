"""A dry run tells the truth: what it says would be done is what the reindex after it does. Versions, previews, the lock."""

import shutil

import pytest

from cpgassist import Corpus
from cpgassist.errors import DamagedPdfError, EncryptedPdfError, NotAPdfError
from cpgassist.index import IndexStore
from cpgassist.testing import HashEmbedder
from tests.fixtures.clinic import GULL, drawn, encrypted, opened

NEW = ("Management of Net Rash", ("Care", "Wash the net rash with fresh water every morning."))


def add(folder):
    drawn(folder / "net.pdf", NEW)


def change(folder):
    drawn(folder / "gull.pdf", GULL, [("More", "Feathers are moulted in spring.")])


def remove(folder):
    (folder / "tide.pdf").unlink()


def rename(folder):
    (folder / "tide.pdf").rename(folder / "ebb.pdf")


def spoil(folder):
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 nothing more")


def override(folder):
    (folder / "corpus.toml").write_text('[guidelines."gull.pdf"]\nyear = 2020\n')


def nothing(folder):
    pass


EVENTS = [nothing, add, change, remove, rename, spoil, override]


class Reading:
    """Which files a reindex really read."""

    def __init__(self):
        self.files = []

    def __call__(self, stage, file, done, total):
        if stage == "read":
            self.files.append(file)


@pytest.mark.parametrize("first", EVENTS, ids=lambda event: event.__name__)
@pytest.mark.parametrize("second", [nothing, add, spoil], ids=lambda event: event.__name__)
def test_what_a_dry_run_says_is_what_the_reindex_does(clinic, first, second):
    for event in (first, second):
        event(clinic)
        corpus = opened(clinic)
        before = sorted(path for path in clinic.rglob("*"))
        told = corpus.changes()
        assert sorted(path for path in clinic.rglob("*")) == before
        reading = Reading()
        done = corpus.reindex(reading, allow_shrink=True)
        left = {out.file for out in done.left_out}
        assert told.nothing == done.nothing_changed
        assert sorted(told.read) == sorted(reading.files)
        assert set(done.added) == set(told.added) - left
        assert set(told.removed) == set(done.removed)
        assert set(done.changed) == set(told.changed) - left
        assert set(told.unchanged) == set(done.unchanged)
        assert bool(told.reasons) == (bool(set(told.read) & set(told.unchanged)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: override(folder) or opened(folder), "corpus.toml"),
        (lambda folder: Corpus(folder, embedder=HashEmbedder(dimension=48)), "The embedder"),
        (lambda folder: opened(folder, limits={"ocr_pages": 7}, ocr="auto"), "The use of OCR"),
    ],
)
def test_a_dry_run_names_what_makes_it_read_everything_again(clinic, make, words):
    from cpgassist.reading import ocr_missing

    if "OCR" in words and ocr_missing():
        pytest.skip("OCR is not installed")
    told = make(clinic).changes()
    assert sorted(told.read) == sorted(told.unchanged) == ["gull.pdf", "rope.pdf", "tide.pdf"]
    [reason] = told.reasons
    assert reason.startswith(words) or words in reason


def test_an_index_of_an_older_kind_and_a_damaged_one_are_read_again(clinic, monkeypatch):
    corpus = opened(clinic)
    monkeypatch.setattr("cpgassist.reindexing.SPLITTING_VERSION", "0")
    assert corpus.changes().reasons == (
        "The rules of reading changed since the index was made, so everything is read again.",
    )
    monkeypatch.undo()
    [passages] = clinic.rglob("passages.jsonl")
    passages.write_bytes(passages.read_bytes().replace(b"feather", b"feathar"))
    (clinic / "rope.pdf").unlink()
    told = corpus.changes()
    assert told.reasons == ("The index in service is damaged, so everything is read again.",)
    assert sorted(told.read) == ["gull.pdf", "tide.pdf"]


@pytest.mark.parametrize("name", ["passages.jsonl", "vectors.npy", "lexical/vocab.index.json", "chroma/chroma.sqlite3"])
def test_a_plain_reindex_heals_a_damaged_index(clinic, name):
    corpus = opened(clinic)
    found = [path for path in clinic.glob(f".index/versions/*/{name}")] or list(clinic.rglob("lexical/*"))
    found[0].write_bytes(found[0].read_bytes()[:-1] + b"?")
    assert corpus.changes().reasons and corpus.verify()
    assert not corpus.reindex().nothing_changed
    assert corpus.verify() == [] and corpus.changes().nothing and not corpus.changes().reasons


def test_without_an_index_everything_is_added(tmp_path):
    drawn(tmp_path / "gull.pdf")
    told = opened(tmp_path).changes()
    assert (told.index, told.added, told.read, told.nothing) == (None, ("gull.pdf",), ("gull.pdf",), False)
    assert not told.reasons and not (tmp_path / ".index").exists()


def test_full_reads_everything(clinic):
    told = opened(clinic).changes(full=True)
    assert not told.nothing and len(told.read) == 3 and "full" in told.reasons[0]


def test_the_dry_run_of_the_command_line(clinic, capsys, monkeypatch):
    import json
    import sys

    from cpgassist.apps.cli import main

    add(clinic)
    monkeypatch.setattr("cpgassist.corpus.Corpus.embedder", lambda self: HashEmbedder())
    for words in (["--json"], []):
        monkeypatch.setattr(sys, "argv", ["cpgassist", "reindex", "--dry-run", "--corpus", str(clinic), *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        said = capsys.readouterr().out
        if words:
            assert json.loads(said)["added"] == ["net.pdf"]
        else:
            assert "Added: net.pdf" in said and "Nothing was changed" in said
    assert opened(clinic).status()["waiting"]["added"] == ["net.pdf"]


def test_versions_say_which_serves_and_which_a_rollback_brings_back(clinic):
    corpus = opened(clinic)
    add(clinic)
    corpus.reindex()
    now, before = corpus.versions()
    assert (now.serving, now.next, now.guidelines) == (True, False, 4)
    assert (before.serving, before.next, before.guidelines) == (False, True, 3)
    assert corpus.rollback() == before.id
    assert [version.serving for version in corpus.versions()] == [False, True]
    (clinic / ".index" / "versions" / now.id / "manifest.json").write_text("{}")
    damaged, _ = corpus.versions()
    assert damaged.problem and damaged.passages == 0


def test_the_holder_of_the_lock_is_told_without_taking_it(clinic):
    corpus = opened(clinic)
    assert corpus.locked_by() == ""
    with IndexStore(clinic / ".index").lock():
        said = corpus.locked_by()
    if said:  # systems without a list of locks say nothing
        assert said.startswith("process ")
    assert corpus.locked_by() == ""


def test_a_preview_reads_outside_the_corpus_and_knows_what_is_there(clinic, tmp_path):
    corpus = opened(clinic)
    fresh = corpus.preview(drawn(tmp_path / "net.pdf", NEW))
    assert (fresh.info.title, fresh.copies, fresh.namesake, fresh.remarks) == (NEW[0], (), "", ())
    assert fresh.report.passages >= 1 and fresh.quality.pages[0].number == 1
    copy = corpus.preview(shutil.copy(clinic / "gull.pdf", tmp_path / "copy.pdf"))
    assert copy.copies == ("gull.pdf",) and "gull.pdf repeats it" in copy.remarks[0]
    long = corpus.preview(shutil.copy(clinic / "gull.pdf", tmp_path / "gull-copy.pdf"))
    assert long.remarks[0].startswith("Repeats Management of Gull Fever")
    same = corpus.preview(shutil.copy(clinic / "gull.pdf", tmp_path / "GULL.pdf"))
    assert same.namesake == "same"
    assert corpus.preview(drawn(tmp_path / "gull.pdf", NEW)).namesake == "other"


def test_a_preview_names_the_edition_that_it_replaces(tmp_path):
    folder = tmp_path / "clinic"
    folder.mkdir()
    drawn(folder / "old.pdf", ("Management of Gull Fever (First Edition) 2015", GULL[1]))
    corpus = opened(folder)
    corpus.reindex()
    told = corpus.preview(drawn(tmp_path / "new.pdf", ("Management of Gull Fever (Second Edition) 2021", NEW[1])))
    assert told.info.supersedes and any(remark.startswith("Supersedes") for remark in told.remarks)


def test_what_cannot_be_read_is_said_in_words(clinic, tmp_path):
    corpus = opened(clinic)
    (tmp_path / "page.pdf").write_text("<html>not a PDF</html>")
    with pytest.raises(NotAPdfError):
        corpus.preview(tmp_path / "page.pdf")
    with pytest.raises(EncryptedPdfError):
        corpus.preview(encrypted(tmp_path / "locked.pdf", clinic / "gull.pdf"))
    spoil(tmp_path)
    with pytest.raises(DamagedPdfError):
        corpus.preview(tmp_path / "bad.pdf")
