"""Files that cannot be read: left out with their reasons, and never a loss for the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from cpgassist import Assistant
from cpgassist.errors import (
    NoIndexError,
)
from cpgassist.reading import ocr_missing
from tests.fixtures.clinic import (
    BAD,
    GULL,
    NAMES,
    ROPE,
    TIDE,
    drawn,
    found,
    opened,
    picture_only,
)
from tests.reading.scanned import printed, scan_of


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
