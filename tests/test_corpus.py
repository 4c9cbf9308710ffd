"""The hall of admins: what a reindex reports, what it leaves alone, and what happens when it fails or is killed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdf
import pytest
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from cpgassist import Assistant, Corpus
from cpgassist.errors import (
    CorpusError,
    EmbedderMismatchError,
    IndexLockedError,
    IndexRefusedError,
    InputError,
    ModelError,
    NoIndexError,
)
from cpgassist.reading import ocr_missing
from cpgassist.testing import HashEmbedder
from tests.reading.scanned import printed, scan_of

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "corpora" / "sample"
KILLER = Path(__file__).with_name("kill_reindex.py")

GULL = ("Management of Gull Fever", ("Diagnosis", "The feather test finds gull fever in three of four adults."))
ROPE = ("Management of Rope Burn", ("Treatment", "Cool the hand in running water for twenty minutes."))
TIDE = ("Management of Tide Cough", ("Treatment", "Offer pelgrain 40 mg once a day to adults with tide cough."))
NAMES = ("gull.pdf", "rope.pdf", "tide.pdf")


def drawn(path: Path, made=GULL, more=()) -> Path:
    """A guideline of one page: a cover line and numbered sections."""
    title, *sections = made
    canvas = Canvas(str(path), pagesize=(595, 842), invariant=1)
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(60, 780, title)
    down = 740
    for number, (heading, words) in enumerate((*sections, *more), 1):
        canvas.setFont("Helvetica-Bold", 13)
        canvas.drawString(60, down, f"{number}. {heading}")
        canvas.setFont("Helvetica", 10)
        for line in simpleSplit(words, "Helvetica", 10, 470):
            down -= 13
            canvas.drawString(60, down, line)
        down -= 30
    canvas.save()
    return path


def picture_only(path: Path, pages: int = 1) -> Path:
    """Pages with ink and no letter on them."""
    canvas = Canvas(str(path), pagesize=(595, 842), invariant=1)
    for _ in range(pages):
        canvas.rect(60, 60, 300, 300, fill=1)
        canvas.showPage()
    canvas.save()
    return path


def encrypted(path: Path, source: Path) -> Path:
    writer = pypdf.PdfWriter(clone_from=source)
    writer.encrypt("secret", algorithm="AES-256")
    writer.write(path)
    return path


class Spy(HashEmbedder):
    """Counts the texts it embeds and how often its weights would have been needed."""

    def __init__(self, **options):
        super().__init__(**options)
        self.texts: list[str] = []
        self.asked = 0

    def embed(self, texts, progress=None):
        self.asked += 1
        self.texts += texts
        return super().embed(texts, progress)


def opened(folder: Path, embedder=None, **settings) -> Corpus:
    return Corpus(folder, embedder=embedder or HashEmbedder(), **settings)


def found(folder: Path, question: str, **settings) -> list[str]:
    """The files that a search finds, best first."""
    search = Assistant(opened(folder, **settings)).search(question)
    return [search.guidelines[hit.passage.guideline].file for hit in search.hits]


@pytest.fixture(scope="session")
def _indexed(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("corpus") / "clinic"
    folder.mkdir()
    for name, made in zip(NAMES, (GULL, ROPE, TIDE), strict=True):
        drawn(folder / name, made)
    opened(folder).reindex()
    return folder


@pytest.fixture
def clinic(_indexed, tmp_path) -> Path:
    """Three small guidelines, indexed."""
    return Path(shutil.copytree(_indexed, tmp_path / "clinic"))


@pytest.fixture
def bare(tmp_path) -> Path:
    """An empty folder."""
    (tmp_path / "bare").mkdir()
    return tmp_path / "bare"


# ---- what a reindex reports ------------------------------------------------------------------------------------


def test_the_first_run_adds_every_file(bare):
    for name, made in zip(NAMES, (GULL, ROPE, TIDE), strict=True):
        drawn(bare / name, made)
    spy = Spy()
    report = opened(bare, spy).reindex()
    assert report.added == NAMES
    assert (report.changed, report.unchanged, report.removed, report.left_out) == ((), (), (), ())
    assert not report.nothing_changed
    assert report.passages == report.embedded == len(spy.texts) == sum(g.passages for g in report.guidelines)
    assert [g.info.file for g in report.guidelines] == list(NAMES)
    assert [g.info.title for g in report.guidelines] == [GULL[0], ROPE[0], TIDE[0]]
    assert all(g.passages >= 1 and g.info.pages == 1 for g in report.guidelines)
    assert report.index == opened(bare).current_version()
    assert report.seconds > 0


def test_the_second_run_says_nothing_changed_and_does_no_work(clinic):
    spy, heard = Spy(), []
    before = opened(clinic).current_version()
    report = opened(clinic, spy).reindex(progress=lambda *step: heard.append(step))
    assert report.nothing_changed
    assert (report.index, report.unchanged, report.embedded) == (before, NAMES, 0)
    assert report.passages == sum(g.passages for g in report.guidelines) > 0
    assert spy.asked == 0 and heard == []


def test_the_second_run_loads_no_weights(clinic, monkeypatch):
    """It asks the embedder who it is, so that another revision is noticed, and for nothing else."""

    def forbidden(*_):
        raise AssertionError("the embedder was put to work")

    monkeypatch.setattr("cpgassist.testing.HashEmbedder.embed", forbidden)
    monkeypatch.setattr("cpgassist.models.embedding.BertEmbedder.embed", forbidden)
    assert opened(clinic).reindex().nothing_changed


def test_a_touched_file_is_not_read_again(clinic):
    os.utime(clinic / "gull.pdf", (1, 1))
    assert opened(clinic).reindex().nothing_changed


def test_only_the_passages_that_changed_are_embedded(clinic):
    drawn(clinic / "rope.pdf", ROPE, [("Follow-up", "See the hand again after nine days.")])
    spy = Spy()
    report = opened(clinic, spy).reindex()
    assert (report.changed, report.unchanged) == (("rope.pdf",), ("gull.pdf", "tide.pdf"))
    assert report.embedded == len(spy.texts) == 1
    assert "nine days" in spy.texts[0]
    assert found(clinic, "hand again after nine days")[0] == "rope.pdf"


def test_vectors_taken_over_belong_to_their_passages(clinic):
    drawn(clinic / "aaa.pdf", ("Management of Ebb Ache", ("Treatment", "Rest on the shore until the tide turns.")))
    (clinic / "gull.pdf").unlink()
    report = opened(clinic).reindex(allow_shrink=True)
    assert (report.added, report.removed) == (("aaa.pdf",), ("gull.pdf",))
    index = opened(clinic).open_index()
    expected = HashEmbedder().embed([passage.embedded_text() for passage in index.passages])
    for position, vector in enumerate(expected):
        assert index.similarity(vector, [position])[0] == pytest.approx(1, abs=1e-5)
    assert opened(clinic).verify() == []


def test_a_removed_file_is_no_longer_found(clinic):
    assert found(clinic, "feather test gull fever")[0] == "gull.pdf"
    (clinic / "gull.pdf").unlink()
    report = opened(clinic).reindex(allow_shrink=True)
    assert (report.removed, report.unchanged, report.embedded) == (("gull.pdf",), ("rope.pdf", "tide.pdf"), 0)
    assert not report.nothing_changed
    assert "gull.pdf" not in found(clinic, "feather test gull fever")


def test_a_renamed_file_keeps_its_vectors(clinic):
    (clinic / "gull.pdf").rename(clinic / "seabird.pdf")
    report = opened(clinic).reindex()
    assert (report.added, report.removed) == (("seabird.pdf",), ("gull.pdf",))
    assert report.embedded == 0
    assert found(clinic, "feather test gull fever")[0] == "seabird.pdf"
    assert opened(clinic).reindex().nothing_changed


def test_two_files_with_the_same_content_are_both_listed(bare):
    drawn(bare / "gull.pdf")
    shutil.copy(bare / "gull.pdf", bare / "copy of gull.pdf")
    report = opened(bare).reindex()
    assert [g.info.file for g in report.guidelines] == ["copy of gull.pdf", "gull.pdf"]
    assert len({g.info.id for g in report.guidelines}) == 2
    assert report.embedded == report.passages / 2  # one text, one vector
    assert {row["file"] for row in opened(bare).passages()} == {"copy of gull.pdf", "gull.pdf"}
    assert len(found(bare, "feather test")) == 1  # and equal texts are shown once
    assert opened(bare).reindex().nothing_changed


@pytest.mark.parametrize("made", [(GULL, ROPE), (GULL, GULL)], ids=["other content", "same content"])
def test_two_names_that_give_one_id_get_two(bare, made):
    for name, content in zip(("tide cough.pdf", "tide-cough.pdf"), made, strict=True):
        drawn(bare / name, content)
    report = opened(bare).reindex()
    ids = [g.info.id for g in report.guidelines]
    assert ids[0] == "tide-cough" and len(set(ids)) == 2
    listed = {(row["file"], row["id"].partition(":")[0]) for row in opened(bare).passages()}
    assert listed == set(zip(("tide cough.pdf", "tide-cough.pdf"), ids, strict=True))
    assert opened(bare).reindex().nothing_changed


def test_three_copies_whose_names_give_one_id_are_indexed(bare):
    for name in ("tide cough.pdf", "tide-cough.pdf", "tide_cough.pdf"):
        drawn(bare / name)
    report = opened(bare).reindex()
    assert len({g.info.id for g in report.guidelines}) == 3


def test_full_reads_and_embeds_everything_again(clinic):
    spy, read = Spy(), []
    report = opened(clinic, spy).reindex(lambda stage, file, *_: stage == "read" and read.append(file), full=True)
    assert sorted(read) == list(NAMES)
    assert report.unchanged == NAMES
    assert report.embedded == report.passages == len(spy.texts)


def test_progress_counts_up_to_the_total_in_each_stage(bare):
    for name, made in zip(NAMES, (GULL, ROPE, TIDE), strict=True):
        drawn(bare / name, made)
    heard: dict[str, list[tuple[str, int, int]]] = {}
    report = opened(bare).reindex(
        lambda stage, file, done, total: heard.setdefault(stage, []).append((file, done, total))
    )
    assert next(iter(heard)) == "read" and {"read", "embed", "store", "check"} <= set(heard)
    assert [(done, total) for _, done, total in heard["read"]] == [(1, 3), (2, 3), (3, 3)]
    assert {file for file, *_ in heard["read"]} == set(NAMES)
    assert heard["embed"][-1][1:] == (report.embedded, report.embedded)
    for steps in heard.values():
        counts = [done for _, done, _ in steps]
        assert counts == sorted(counts)
        assert all(1 <= done <= total for _, done, total in steps)


def test_the_report_is_plain_json(clinic):
    report = opened(clinic).reindex()
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["index"] == report.index and plain["unchanged"] == list(NAMES)
    assert plain["guidelines"][0]["info"]["title"] == GULL[0]


def test_a_file_name_with_other_letters_is_indexed(bare):
    drawn(bare / "指南 “draft” № 1.PDF")
    report = opened(bare).reindex()
    assert report.added == ("指南 “draft” № 1.PDF",)
    assert found(bare, "feather test")[0] == "指南 “draft” № 1.PDF"


def test_other_files_and_folders_are_not_looked_at(clinic):
    (clinic / "notes.txt").write_text("not a guideline")
    (clinic / "archive.pdf").mkdir()
    drawn(clinic / "archive.pdf" / "old.pdf")
    (clinic / "gone.pdf").symlink_to(clinic / "nowhere.pdf")
    assert [path.name for path in opened(clinic).files()] == list(NAMES)
    assert opened(clinic).reindex().nothing_changed


# ---- files that are left out -----------------------------------------------------------------------------------

BAD = {"locked.pdf": "encrypted", "notes.pdf": "not a PDF", "torn.pdf": "damaged"}


@pytest.fixture(scope="session")
def _mixed(tmp_path_factory, _indexed) -> Path:
    folder = tmp_path_factory.mktemp("mixed") / "clinic"
    folder.mkdir()
    for name in NAMES:
        shutil.copy(_indexed / name, folder)
    encrypted(folder / "locked.pdf", folder / "gull.pdf")
    (folder / "notes.pdf").write_text("Minutes of the meeting.\n" * 40)
    (folder / "torn.pdf").write_bytes((folder / "tide.pdf").read_bytes()[:400])
    opened(folder).reindex()
    return folder


@pytest.fixture
def mixed(_mixed, tmp_path) -> Path:
    """Three good files and three bad ones, indexed."""
    return Path(shutil.copytree(_mixed, tmp_path / "mixed"))


def test_bad_files_are_left_out_with_their_reasons_and_the_rest_is_indexed(mixed):
    report = opened(mixed).reindex()
    assert report.unchanged == NAMES
    assert {out.file: BAD[out.file] in out.reason for out in report.left_out} == dict.fromkeys(BAD, True)
    assert all(out.reason.startswith(out.file) for out in report.left_out)
    status = opened(mixed).status()
    assert [out["file"] for out in status["left_out"]] == list(BAD)
    assert [g["file"] for g in status["guidelines"]] == list(NAMES)
    assert set(found(mixed, "fever burn cough adults")) <= set(NAMES)


def test_bad_files_are_not_tried_again_while_they_stay_the_same(mixed):
    for _ in range(2):
        heard = []
        report = opened(mixed).reindex(progress=lambda *step: heard.append(step))
        assert report.nothing_changed and heard == []
        assert [out.file for out in report.left_out] == list(BAD)


def test_a_bad_file_replaced_by_a_good_one_is_picked_up(mixed):
    drawn(mixed / "notes.pdf", ("Management of Ebb Ache", ("Treatment", "Rest on the shore.")))
    report = opened(mixed).reindex()
    assert report.added == ("notes.pdf",)
    assert [out.file for out in report.left_out] == ["locked.pdf", "torn.pdf"]
    assert found(mixed, "rest on the shore")[0] == "notes.pdf"


def test_a_good_file_replaced_by_a_bad_one_is_left_out_and_said(clinic):
    (clinic / "gull.pdf").write_text("no longer a PDF")
    report = opened(clinic).reindex(allow_shrink=True)
    assert [out.file for out in report.left_out] == ["gull.pdf"]
    assert "gull.pdf" not in report.unchanged
    assert "gull.pdf" not in found(clinic, "feather test")
    assert opened(clinic).reindex().nothing_changed


def test_a_new_bad_file_alone_is_reported(clinic):
    before = opened(clinic).current_version()
    (clinic / "notes.pdf").write_text("not a PDF at all")
    report = opened(clinic).reindex()
    assert report.nothing_changed == (report.index == before)
    assert [out.file for out in report.left_out] == ["notes.pdf"]
    assert opened(clinic).status()["left_out"][0]["file"] == "notes.pdf"


def test_a_bad_file_that_was_removed_is_forgotten(mixed):
    for name in BAD:
        (mixed / name).unlink()
    assert opened(mixed).reindex().left_out == ()
    assert opened(mixed).status()["left_out"] == []


def test_a_file_over_a_limit_is_tried_again_when_the_limit_is_raised(clinic):
    canvas = Canvas(str(clinic / "long.pdf"), pagesize=(595, 842), invariant=1)
    for number in range(3):
        canvas.drawString(60, 700, f"The long guideline of lantern keepers goes on, part {number}.")
        canvas.showPage()
    canvas.save()
    (clinic / "corpus.toml").write_text("[limits]\npages = 2\n")
    [out] = opened(clinic).reindex().left_out
    assert out.file == "long.pdf" and "limits.pages" in out.reason
    (clinic / "corpus.toml").write_text("[limits]\npages = 9\n")
    assert opened(clinic).reindex().added == ("long.pdf",)


@pytest.mark.skipif(not Path("/proc/self/mem").is_file(), reason="no file that even root cannot read")
def test_a_file_that_the_system_cannot_read_is_left_out(clinic):
    (clinic / "unreadable.pdf").symlink_to("/proc/self/mem")
    report = opened(clinic).reindex()
    assert [out.file for out in report.left_out] == ["unreadable.pdf"]
    assert report.unchanged == NAMES


def test_a_file_that_vanishes_while_it_is_read_is_left_out(bare):
    for name, made in zip(NAMES, (GULL, ROPE, TIDE), strict=True):
        drawn(bare / name, made)

    def remove(stage, file, *_):
        if stage == "read" and file == "gull.pdf":
            (bare / "tide.pdf").unlink()

    report = opened(bare, workers=1).reindex(remove)
    assert report.added == ("gull.pdf", "rope.pdf")
    assert [out.file for out in report.left_out] == ["tide.pdf"]


def test_pages_without_text_are_noted_and_do_not_count_as_left_out(clinic):
    picture_only(clinic / "scan.pdf", pages=2)
    report = opened(clinic, ocr="off").reindex()
    row = next(g for g in report.guidelines if g.info.file == "scan.pdf")
    assert (row.passages, row.pages_without_text) == (0, (1, 2))
    assert "pages 1-2 without a text layer" in row.notes[0] and "nothing in it can be searched" in row.notes
    assert report.left_out == ()
    assert opened(clinic, ocr="off").reindex().nothing_changed


@pytest.mark.skipif(bool(ocr_missing()), reason=ocr_missing() or "-")
def test_a_scan_is_read_where_ocr_is_installed_and_its_pages_are_told(clinic):
    opened(clinic, ocr="off").reindex()
    told = []
    scan_of(clinic, printed).with_name("scan-original.pdf").unlink()
    report = opened(clinic, ocr="on").reindex(lambda *step: told.append(step))
    row = next(g for g in report.guidelines if g.info.file == "scan.pdf")
    assert row.passages > 0 and row.pages_without_text == () and "page 1 read by OCR" in row.notes[0]
    assert ("ocr", "scan.pdf", 1, 1) in told
    answer = Assistant(opened(clinic, ocr="on")).ask("How much oil for the large harbour lamp?")
    (citation, *_) = [c for c in answer.citations if c.guideline.file == "scan.pdf"]
    assert citation.verified == "ocr" and citation.at.boxes and answer.checks.quotes_by_ocr >= 1


def test_an_empty_folder_is_no_index(bare):
    with pytest.raises(NoIndexError) as error:
        opened(bare).reindex()
    assert str(bare) in error.value.message and "no PDF" in error.value.message
    assert error.value.next_step
    assert opened(bare).current_version() is None


def test_a_folder_without_text_is_no_index(bare):
    picture_only(bare / "scan.pdf")
    with pytest.raises(NoIndexError, match="could be read"):
        opened(bare).reindex()


def test_a_folder_of_bad_files_names_each_reason(bare):
    (bare / "notes.pdf").write_text("no PDF")
    (bare / "empty.pdf").write_bytes(b"")
    with pytest.raises(NoIndexError) as error:
        opened(bare).reindex()
    assert "notes.pdf is not a PDF" in error.value.message and "empty.pdf is an empty file" in error.value.message


def test_an_emptied_folder_keeps_the_old_version_in_service(clinic):
    before = opened(clinic).current_version()
    for name in NAMES:
        (clinic / name).rename(clinic / f"{name}.bak")
    with pytest.raises(NoIndexError):
        opened(clinic).reindex()
    assert opened(clinic).current_version() == before
    assert found(clinic, "feather test")[0] == "gull.pdf"


# ---- corpus.toml -----------------------------------------------------------------------------------------------


def test_overrides_go_over_what_was_read_and_a_change_of_them_rebuilds(clinic):
    (clinic / "corpus.toml").write_text(
        '[guidelines."gull.pdf"]\nid = "sea-gull"\ntitle = "Gulls"\npublisher = "Harbour Society"\nedition = "9th"\n'
        'year = 2019\nreview_due = "2029"\nlanguage = "ms"\n'
    )
    report = opened(clinic).reindex()
    info = next(g.info for g in report.guidelines if g.info.file == "gull.pdf")
    assert (info.id, info.title, info.publisher, info.edition) == ("sea-gull", "Gulls", "Harbour Society", "9th")
    assert (info.published, info.review_due, info.language) == (2019, "2029", "ms")
    assert all(row["id"].startswith("sea-gull:") for row in opened(clinic).passages() if row["file"] == "gull.pdf")
    assert opened(clinic).reindex().nothing_changed

    (clinic / "corpus.toml").write_text('[guidelines."gull.pdf"]\nyear = 2020\n')
    info = next(g.info for g in opened(clinic).reindex().guidelines if g.info.file == "gull.pdf")
    assert (info.id, info.title, info.published) == ("gull", GULL[0], 2020)


def test_a_change_of_overrides_tells_files_that_are_the_same_apart_from_new_ones(clinic):
    (clinic / "corpus.toml").write_text('[guidelines."gull.pdf"]\nyear = 2019\n')
    report = opened(clinic).reindex()
    assert report.added == () and set(report.unchanged) | set(report.changed) == set(NAMES)


def test_two_files_given_one_id_by_overrides_still_get_two(clinic):
    (clinic / "corpus.toml").write_text('[guidelines."gull.pdf"]\nid = "x"\n[guidelines."rope.pdf"]\nid = "x"\n')
    assert len({g.info.id for g in opened(clinic).reindex().guidelines}) == 3


def test_a_smoke_question_that_fails_refuses_the_version_and_the_old_one_serves(clinic):
    before = opened(clinic).current_version()
    (clinic / "corpus.toml").write_text('[[smoke]]\nquestion = "feather test"\nfile = "gull.pdf"\npage = 7\n')
    drawn(clinic / "rope.pdf", ROPE, [("More", "Something else entirely about ropes.")])
    with pytest.raises(IndexRefusedError) as error:
        opened(clinic).reindex()
    assert "'feather test' does not find gull.pdf, page 7" in error.value.message
    assert before in error.value.next_step
    assert opened(clinic).current_version() == before and opened(clinic).verify() == []
    assert Assistant(opened(clinic)).search("feather test").index == before
    assert opened(clinic).status()["versions"] == [before]

    (clinic / "corpus.toml").write_text('[[smoke]]\nquestion = "feather test"\nfile = "gull.pdf"\npage = 1\n')
    assert opened(clinic).reindex().changed == ("rope.pdf",)


def test_a_smoke_question_about_a_file_that_is_gone_refuses(clinic):
    (clinic / "corpus.toml").write_text('[[smoke]]\nquestion = "feather test"\nfile = "gull.pdf"\n')
    (clinic / "gull.pdf").unlink()
    with pytest.raises(IndexRefusedError, match=r"does not find gull\.pdf"):
        opened(clinic).reindex(allow_shrink=True)


def test_documents_may_lie_elsewhere(bare, tmp_path):
    (tmp_path / "library").mkdir()
    drawn(tmp_path / "library" / "gull.pdf")
    (bare / "corpus.toml").write_text('documents = "../library"\n')
    assert opened(bare).reindex().added == ("gull.pdf",)
    assert [path.name for path in (tmp_path / "library").iterdir()] == ["gull.pdf"]
    corpus = opened(bare)
    assert corpus.page_size("gull.pdf", 1) == (595, 842)
    assert Assistant(corpus).search("feather test").hits


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes into read-only folders")
def test_documents_are_never_written_to(bare, tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    drawn(library / "gull.pdf")
    library.chmod(0o555)
    try:
        assert opened(bare, documents=library).reindex().added == ("gull.pdf",)
    finally:
        library.chmod(0o755)


def test_documents_that_do_not_exist_are_an_input_error(bare):
    (bare / "corpus.toml").write_text('documents = "nowhere"\n')
    for call in (opened(bare).files, opened(bare).reindex):
        with pytest.raises(InputError, match="nowhere"):
            call()


def test_the_index_may_lie_elsewhere(bare, tmp_path):
    drawn(bare / "gull.pdf")
    opened(bare, index=tmp_path / "elsewhere").reindex()
    assert not (bare / ".index").exists()
    assert (tmp_path / "elsewhere" / "CURRENT").is_file()
    assert found(bare, "feather test", index=tmp_path / "elsewhere")[0] == "gull.pdf"
    with pytest.raises(NoIndexError):
        opened(bare).status()


# ---- shrinking, another embedder -------------------------------------------------------------------------------


def test_a_corpus_that_shrank_is_refused_unless_that_is_meant(clinic):
    before = opened(clinic).current_version()
    (clinic / "gull.pdf").unlink()
    with pytest.raises(IndexRefusedError, match=r"passages, \d+ before; use --allow-shrink"):
        opened(clinic).reindex()
    assert found(clinic, "feather test")[0] == "gull.pdf"
    after = opened(clinic).reindex(allow_shrink=True)
    assert after.index != before and after.removed == ("gull.pdf",)


def test_changed_overrides_do_not_let_a_shrunk_corpus_through(clinic):
    (clinic / "gull.pdf").unlink()
    (clinic / "corpus.toml").write_text('[guidelines."rope.pdf"]\nyear = 2020\n')
    with pytest.raises(IndexRefusedError):
        opened(clinic).reindex()


def test_a_shrink_of_a_fifth_is_let_through(bare):
    for number in range(5):
        drawn(bare / f"g{number}.pdf", (f"Management of Ache {number}", ("Care", f"Offer rest number {number}.")))
    opened(bare).reindex()
    (bare / "g0.pdf").unlink()
    assert opened(bare).reindex().removed == ("g0.pdf",)


def test_the_embedder_may_be_named_like_any_other_setting(clinic):
    with pytest.raises(ModelError):
        Corpus(clinic, embedder="no/such-model").reindex(full=True)


def test_another_embedder_embeds_everything_again(clinic):
    other = Spy(revision="2")
    report = opened(clinic, other).reindex()
    assert report.embedded == report.passages == len(other.texts)
    assert opened(clinic).status()["embedder"] == {"name": "hash-test", "revision": "2"}


def test_a_question_with_another_embedder_is_refused_naming_both(clinic):
    with pytest.raises(EmbedderMismatchError) as error:
        Assistant(opened(clinic, HashEmbedder(revision="2"))).search("fever")
    assert "hash-test (1)" in error.value.message and "hash-test (2)" in error.value.message


def test_an_embedder_that_fails_leaves_the_old_version(clinic):
    class Broken(HashEmbedder):
        def embed(self, texts, progress=None):
            raise ModelError("The model broke.", "Mend it.")

    before = opened(clinic).current_version()
    drawn(clinic / "rope.pdf", ROPE, [("More", "Something else.")])
    with pytest.raises(ModelError):
        opened(clinic, Broken()).reindex()
    assert opened(clinic).current_version() == before
    assert opened(clinic).reindex().changed == ("rope.pdf",)


@pytest.mark.parametrize("fault", ["nan", "long"])
def test_vectors_that_are_not_unit_vectors_are_refused(clinic, fault):
    class Wrong(HashEmbedder):
        def embed(self, texts, progress=None):
            vectors = super().embed(texts, progress)
            vectors[0] = np.nan if fault == "nan" else 3 * vectors[0]
            return vectors

    before = opened(clinic).current_version()
    drawn(clinic / "rope.pdf", ROPE, [("More", "Something else.")])
    with pytest.raises(IndexRefusedError, match="unit vectors"):
        opened(clinic, Wrong()).reindex()
    assert opened(clinic).current_version() == before


# ---- looking ---------------------------------------------------------------------------------------------------


def test_status_lists_what_serves_and_what_waits(clinic):
    status = opened(clinic).status()
    assert status["index"] == opened(clinic).current_version()
    assert status["waiting"] == {"added": [], "changed": [], "removed": []}
    assert status["passages"] == sum(g["passages"] for g in status["guidelines"])
    assert status["versions"] == [status["index"]]
    json.dumps(status)

    drawn(clinic / "new.pdf", ("Management of Ebb Ache", ("Care", "Rest.")))
    drawn(clinic / "rope.pdf", ROPE, [("More", "Something else.")])
    (clinic / "gull.pdf").unlink()
    assert opened(clinic).status()["waiting"] == {
        "added": ["new.pdf"],
        "changed": ["rope.pdf"],
        "removed": ["gull.pdf"],
    }


def test_a_bad_file_waits_only_once_it_was_replaced(mixed):
    assert not any(opened(mixed).status()["waiting"].values())
    drawn(mixed / "notes.pdf", ("Management of Ebb Ache", ("Care", "Rest.")))
    waiting = opened(mixed).status()["waiting"]
    assert "notes.pdf" in (*waiting["added"], *waiting["changed"])


def test_passages_lists_what_is_kept_out_of_search_too(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    shutil.copy(SAMPLE / "sample-moss-lung-2022.pdf", folder)
    report = opened(folder).reindex()
    rows = list(opened(folder).passages())
    kinds = Counter(row["kind"] for row in rows)
    assert kinds["reference_list"] and kinds["recommendation"] and kinds["table"]
    searched = sum(n for kind, n in kinds.items() if kind in ("text", "recommendation", "table", "flowchart", "figure"))
    assert searched == report.passages < len(rows)
    assert [row["page"] for row in rows] == sorted(row["page"] for row in rows)
    assert all(row["page"] in row["pages"] and row["file"] == "sample-moss-lung-2022.pdf" for row in rows)
    assert all({"header", "rows", "reliable"} <= set(row) for row in rows if row["kind"] == "table")
    json.dumps(rows)


def test_a_page_gives_its_picture_size_and_passages(clinic):
    corpus = opened(clinic)
    picture = corpus.page_image("gull.pdf", 1, dpi=72)
    assert (picture.mode, picture.size) == ("RGB", (595, 842))
    assert corpus.page_image("gull.pdf", 1, dpi=144).size == (1190, 1684)
    assert corpus.page_size("gull.pdf", 1) == (595, 842)
    held = corpus.page_passages("gull.pdf", 1)
    assert held and {p.guideline for p in held} == {"gull"}
    assert any("feather test" in p.text for p in held)
    assert corpus.page_passages("gull.pdf", 2) == [] == corpus.page_passages("unknown.pdf", 1)


@pytest.mark.parametrize(
    ("file", "page"),
    [
        ("gull.pdf", 0),
        ("gull.pdf", -1),
        ("gull.pdf", 2),
        ("unknown.pdf", 1),
        ("../clinic/gull.pdf", 1),
        ("", 1),
        (".", 1),
        ("gull.pdf\x00", 1),
        ("/etc/passwd", 1),
        ("corpus.toml", 1),
    ],
)
def test_an_unknown_file_or_page_is_an_input_error(clinic, file, page):
    (clinic / "corpus.toml").write_text("# not a PDF")
    for call in (opened(clinic).page_image, opened(clinic).page_size):
        with pytest.raises(InputError):
            call(file, page)


def test_a_quote_is_found_only_while_the_file_is_the_one_indexed(clinic):
    corpus = opened(clinic)
    info = corpus.open_index().guidelines["gull"]
    words = "The feather test finds gull fever in three of four adults."
    quote = corpus.find_quote(info, 1, words)
    assert quote is not None and quote.text == words and quote.boxes
    assert corpus.find_quote(info, 1, "The feather test finds gull fever in four of four adults.") is None
    assert corpus.find_quote(info, 2, words) is None
    with (clinic / "gull.pdf").open("ab") as file:
        file.write(b"\n% one more line")
    assert corpus.find_quote(info, 1, words) is None
    assert opened(clinic).find_quote(info, 1, words) is None
    (clinic / "gull.pdf").unlink()
    assert corpus.find_quote(info, 1, words) is None
    assert corpus.find_quote(replace(info, file="unknown.pdf"), 1, words) is None


def test_a_changed_file_is_no_longer_quoted_by_an_open_assistant(clinic):
    assistant = Assistant(opened(clinic, threshold=0.0))
    question = "How many adults does the feather test find gull fever in?"
    assert any("feather" in citation.quote for citation in assistant.ask(question).citations)
    drawn(clinic / "gull.pdf", ("Management of Gull Fever", ("Diagnosis", "The feather test was given up.")))
    assert all(citation.guideline.file != "gull.pdf" for citation in assistant.ask(question).citations)


def test_an_open_assistant_follows_a_reindex(clinic):
    assistant = Assistant(opened(clinic))
    assert assistant.search("nine days hand").index == opened(clinic).current_version()
    drawn(clinic / "rope.pdf", ROPE, [("Follow-up", "See the hand again after nine days.")])
    report = opened(clinic).reindex()
    search = assistant.search("nine days hand")
    assert search.index == report.index and "nine days" in search.hits[0].passage.text


def test_without_an_index_everything_that_needs_one_says_so(bare):
    drawn(bare / "gull.pdf")
    corpus = opened(bare)
    calls = (corpus.status, corpus.open_index, corpus.verify, corpus.rollback, lambda: list(corpus.passages()))
    for call in (*calls, lambda: corpus.page_passages("gull.pdf", 1), lambda: Assistant(corpus).ask("fever?")):
        with pytest.raises(NoIndexError) as error:
            call()
        assert "cpgassist reindex" in error.value.next_step
    assert corpus.current_version() is None
    assert repr(corpus) == f"Corpus({str(bare)!r}, index=None)"


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
    checked_kills(kills(bare, 12), 12)


@pytest.mark.slow
def test_fifty_kills(bare):
    checked_kills(kills(bare, 50), 50)
