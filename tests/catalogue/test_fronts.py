"""The first pages of a PDF, read without believing its file's name."""

from __future__ import annotations

import shutil

import pytest

from cpgassist.catalogue import read_front
from cpgassist.errors import DocumentError, LimitError
from cpgassist.reading import read_guideline, read_in_sandbox
from cpgassist.settings import Limits
from tests.catalogue.conftest import SAMPLE

HARBOUR = SAMPLE / "sample-harbour-fever-2023.pdf"


def test_only_the_first_pages_are_read_and_all_are_counted():
    for read in (read_guideline, read_in_sandbox):
        front = read(HARBOUR, front=3)
        assert [page.number for page in front.pages] == [1, 2, 3] and front.info.pages == 16
        assert front.info.title == "Management of Harbour Fever"
    assert read_guideline(HARBOUR, front=99) == read_guideline(HARBOUR)


def test_a_file_name_tells_nothing(tmp_path):
    path = tmp_path / "Management of Hypertension 2018, 5th Edition.pdf"
    shutil.copyfile(HARBOUR, path)
    front = read_front(path)
    assert front.info.title == "Management of Harbour Fever" and front.info.published == 2023
    assert front.info.file == path.name and not front.scanned
    assert "Hypertension" not in front.text and "Meridian" in front.text and "Harbour" in front.cover


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    path = tmp_path / "broken.pdf"
    path.write_bytes(b"no pdf at all")
    with pytest.raises(DocumentError, match=r"broken\.pdf"):
        read_front(path)
    with pytest.raises(LimitError, match=r"sample-harbour-fever-2023\.pdf"):
        read_front(HARBOUR, Limits(pages=2))
