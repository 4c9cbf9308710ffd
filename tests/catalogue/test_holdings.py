"""What a corpus has of a catalogue, whatever its files are called, and what sources.jsonl records."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.catalogue import Entry, Source, holdings, read_sources
from cpgassist.catalogue.sources import record
from cpgassist.settings import Settings
from tests.catalogue.conftest import SAMPLE, book, moss

BODY = "Ministry of Health, Meridian Islands"
OLD = Entry(
    id="harbour-1",
    title="Management of Harbour Fever",
    year=2017,
    edition="1",
    pages=5,
    publisher=BODY,
    superseded_by="harbour-2",
)
NEW = Entry(id="harbour-2", title="Management of Harbour Fever", year=2023, edition="2", pages=16, publisher=BODY)
GONE = Entry(id="gone", title="Management of Gull Fever", year=2010, superseded_by="moss")


@pytest.fixture
def held(tmp_path):
    def looking(*files, catalogue):
        folder = tmp_path / "corpus"
        folder.mkdir(exist_ok=True)
        for at, file in enumerate(files):
            shutil.copyfile(SAMPLE / file, folder / f"scan {at}.PDF")
        found = holdings(Settings(corpus=folder), [catalogue], lambda *_: None)
        return {one.entry.id: one.state for one in found.entries}, dict(found.others), found

    return looking


def test_entries_are_told_by_content(held):
    states, others, found = held(
        "sample-harbour-fever-2023.pdf", "sample-gatal-bakau-2022.pdf", catalogue=book(OLD, NEW, moss(), GONE)
    )
    assert states == {"harbour-1": "superseded", "harbour-2": "held", "moss": "missing", "gone": "superseded"}
    assert found.entries[1].files == ("scan 0.PDF",) and set(others) == {"scan 1.PDF"}
    assert found.entries[1].to_dict()["files"] == ["scan 0.PDF"]


def test_an_older_edition_of_the_catalogue_is_told(held):
    states, _, found = held("sample-harbour-fever-2017.pdf", catalogue=book(OLD, NEW))
    assert states == {"harbour-1": "held", "harbour-2": "older"} and "2017" in found.entries[1].why


def test_an_edition_that_the_catalogue_does_not_list_is_told(held):
    states, others, found = held("sample-harbour-fever-2017.pdf", catalogue=book(NEW))
    assert states == {"harbour-2": "other_edition"} and "2017" in found.entries[0].why and others


def test_a_recorded_file_is_taken_at_its_word_until_it_changes(held, tmp_path):
    catalogue = book(NEW, moss())
    held("sample-moss-lung-2022.pdf", catalogue=catalogue)
    from cpgassist.catalogue.fronts import digest_of

    path = tmp_path / "corpus" / "scan 0.PDF"
    record(
        path.parent,
        Source(path.name, digest_of(path), "test", "harbour-2", "t", "dropped", "https://e.org", "2026-11-26"),
    )
    assert held(catalogue=catalogue)[0] == {"harbour-2": "held", "moss": "missing"}
    path.write_bytes(path.read_bytes() + b"\n")
    assert held(catalogue=catalogue)[0] == {"harbour-2": "missing", "moss": "held"}


def test_a_file_that_cannot_be_read_is_named(held, tmp_path):
    held(catalogue=book(NEW))
    (tmp_path / "corpus" / "bad.pdf").write_bytes(b"no pdf")
    _, others, _ = held(catalogue=book(NEW))
    assert "bad.pdf" in others["bad.pdf"]


text = st.text(max_size=20)
sources = st.builds(Source, text, text, text, text, text, st.sampled_from(["download", "dropped"]), text, text, text, st.integers(0), st.integers(0), st.none() | text, st.none() | text, text)  # fmt: skip


@given(st.lists(sources, max_size=4), st.binary(max_size=40))
def test_sources_come_back_whatever_a_crash_left_between(tmp_path_factory, kept, rubbish):
    folder = tmp_path_factory.mktemp("sources")
    (folder / "sources.jsonl").write_bytes(rubbish)
    before = read_sources(folder)
    for source in kept:
        record(folder, source)
    assert read_sources(folder) == before | {source.file: source for source in kept}
