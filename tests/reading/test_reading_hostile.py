"""PDFs made to stop their reader: each ends in a stated outcome, well within its limits, and the host is alive."""

from __future__ import annotations

import resource
import time

import pypdf
import pytest

from cpgassist.errors import DamagedPdfError, DocumentError, InputError, LimitError
from cpgassist.reading import PdfPages, read_guideline, read_in_sandbox
from cpgassist.reading import sandbox as sandboxing
from tests.reading import hostile, pdfs

LIMITS = {"seconds": 60, "memory_mb": 700, "page_seconds": 3}

OUTCOMES = {
    "text_of_20_mb": LimitError,
    "text_of_20_mb_over_pages": LimitError,
    "flate_of_1_gb": LimitError,
    "flate_of_1_gb_page": [2],
    "a_billion_forms": LimitError,
    "a_billion_forms_page": [2],
    "form_in_itself": [],
    "picture_of_10_gigapixels": [],
    "three_million_strokes": LimitError,
    "page_tree_in_itself": DamagedPdfError,
    "page_tree_of_depth_100_000": DamagedPdfError,
    "two_billion_pages_counted": [],
    "a_million_brackets": [],
    "a_hundred_thousand_dictionaries": DamagedPdfError,
    "saved_states_without_end": [],
    "cross_references_in_a_loop": [],
    "object_stream_in_itself": DamagedPdfError,
    "letters_of_a_million_letters": LimitError,
    "page_as_wide_as_the_earth": [],
    "filters_a_thousand": [],
}
"""What each ends in: an error, or a guideline with these pages left out."""

SLOW = {
    "text_of_20_mb",
    "text_of_20_mb_over_pages",
    "flate_of_1_gb",
    "flate_of_1_gb_page",
    "a_billion_forms",
    "three_million_strokes",
    "page_tree_of_depth_100_000",
    "a_hundred_thousand_dictionaries",
    "saved_states_without_end",
}


def test_every_hostile_file_has_its_outcome():
    assert [make.__name__ for make in hostile.HOSTILE] == list(OUTCOMES)


@pytest.mark.parametrize(
    "make",
    [pytest.param(f, marks=pytest.mark.slow if f.__name__ in SLOW else (), id=f.__name__) for f in hostile.HOSTILE],
)
def test_each_ends_well_within_its_limits(make, tmp_path):
    path = tmp_path / f"{make.__name__}.pdf"
    path.write_bytes(make())
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    expected = OUTCOMES[make.__name__]
    if isinstance(expected, list):
        guideline = read_in_sandbox(path, **LIMITS)
        assert [page.number for page in guideline.pages if page.fault] == expected
        assert [note for note in guideline.notes if "could not be read" in note] == [
            f"page {page} could not be read: {guideline.pages[page - 1].fault}" for page in expected
        ]
    else:
        with pytest.raises(DocumentError) as error:
            read_in_sandbox(path, **LIMITS)
        assert type(error.value) is expected and error.value.next_step
        assert error.value.message.startswith(path.name) and len(error.value.message) < 600
    assert time.monotonic() - started < 45
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_a_page_that_no_engine_can_load_is_left_out_by_name(tmp_path):
    whole = hostile.pages(hostile.stream(hostile.WORDS), hostile.stream(hostile.WORDS))
    path = tmp_path / "half.pdf"
    path.write_bytes(whole.replace(b"12 0 obj\n<</Type/Page", b"12 0 obj\n<</Type/Nope"))
    guideline = read_guideline(path)
    assert [bool(page.fault) for page in guideline.pages] == [False, True]
    assert guideline.notes[0].startswith("page 2 could not be read: ")


def test_a_page_whose_content_breaks_our_own_code_is_left_out_by_name(tmp_path, monkeypatch):
    path = pdfs.drawn(tmp_path, pdfs.two_columns)
    seen = []

    def broken(*_):
        seen.append(1)
        raise RuntimeError("no such rule")

    monkeypatch.setattr("cpgassist.reading.guideline.page_regions", broken)
    with pytest.raises(DamagedPdfError, match="no page that can be read: RuntimeError: no such rule"):
        read_guideline(path)
    assert seen


def test_more_text_than_the_limit(tmp_path):
    with pytest.raises(LimitError, match="more than 0 MB of text") as error:
        read_guideline(pdfs.drawn(tmp_path, pdfs.plain_text), text_mb=0)
    assert "limits.text_mb" in error.value.next_step


def test_a_picture_too_large_is_not_drawn(tmp_path):
    (tmp_path / "huge.pdf").write_bytes(hostile.picture_of_10_gigapixels())
    with pytest.raises(InputError, match="100000 x 100000 pixels"):
        PdfPages(tmp_path).image("huge.pdf", 1)


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_an_empty_password_opens(tmp_path, algorithm):
    writer = pypdf.PdfWriter(clone_from=pdfs.drawn(tmp_path, pdfs.plain_text))
    writer.encrypt(user_password="", owner_password="owner", algorithm=algorithm)
    writer.write(tmp_path / "open.pdf")
    assert read_guideline(tmp_path / "open.pdf").pages[0].characters == 380


# ---- the watch over the child


class Stages:
    """Children that each do as their code says, in place of readers."""

    def __init__(self, monkeypatch, *codes):
        self.codes, self.told = list(codes), []
        monkeypatch.setattr(sandboxing, "start", self)

    def __call__(self, arguments):
        import json
        import subprocess
        import sys

        self.told.append(json.loads(arguments[0])["faults"])
        code = f"import os, sys, time\n{self.codes.pop(0)}"
        return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


PAGE = "sys.stderr.write('@page {}\\n'); sys.stderr.flush()\n"


def test_a_page_that_ends_its_reader_is_left_out_of_the_next_try(monkeypatch, tmp_path):
    path = pdfs.drawn(tmp_path, pdfs.plain_text)
    tries = Stages(
        monkeypatch,
        PAGE.format(1) + PAGE.format(4) + "os.kill(os.getpid(), 11)",
        PAGE.format(6) + "time.sleep(60)",
        PAGE.format(0)
        + 'sys.stderr.write(\'{"error": "LimitError", "message": "told", "next_step": ""}\'); sys.exit(4)',
    )
    with pytest.raises(LimitError, match="told"):
        read_in_sandbox(path, page_seconds=1)
    fourth, sixth = "crashed its reader (signal 11)", "took more than 1 s on page 6"
    assert tries.told == [{}, {"4": fourth}, {"4": fourth, "6": sixth}]


def test_after_four_pages_the_file_is_left_out(monkeypatch, tmp_path):
    path = pdfs.drawn(tmp_path, pdfs.plain_text)
    tries = Stages(monkeypatch, *[PAGE.format(page) + "os.abort()" for page in (1, 2, 3, 4)])
    with pytest.raises(LimitError, match="more than 2048 MB"):
        read_in_sandbox(path)
    assert len(tries.told) == 4


def test_a_crash_after_the_last_page_is_not_tried_again(monkeypatch, tmp_path):
    path = pdfs.drawn(tmp_path, pdfs.plain_text)
    Stages(monkeypatch, PAGE.format(1) + PAGE.format(0) + "os.kill(os.getpid(), 11)")
    with pytest.raises(DamagedPdfError, match="signal 11"):
        read_in_sandbox(path)


def test_much_output_on_both_streams_does_not_block(monkeypatch, tmp_path):
    path = pdfs.drawn(tmp_path, pdfs.plain_text)
    Stages(monkeypatch, "sys.stdout.write('x' * 3_000_000); sys.stderr.write('warned ' * 300_000); sys.exit(3)")
    with pytest.raises(DamagedPdfError, match="warned"):
        read_in_sandbox(path, seconds=20)
