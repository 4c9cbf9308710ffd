"""Files that a person saves into a drop folder: seen when they are whole, recognised, copied, recorded."""

from __future__ import annotations

import pytest

from cpgassist.catalogue import DropFolder, Entry, read_sources, watch
from tests.catalogue.conftest import MOSS, book, moss

GATAL = Entry(
    id="gatal", title="Pengurusan Gatal Bakau", year=2022, edition="2", pages=7, page="https://example.org/gatal"
)
BOOK = book(moss(page="https://example.org/moss"), GATAL)
NAME = "diagnosis-and-treatment-of-moss-lung-in-adults-2022.pdf"


@pytest.fixture
def watching(drop, shelf):
    """Watches with a clock of its own; each step of `happens` is what the user does in one second."""

    def running(*happens, wanted=("moss",), older_too=False, seconds=20):
        folder, now, steps = DropFolder(drop, older_too), [0.0], iter(happens)

        def sleep(for_seconds):
            now[0] += for_seconds
            next(steps, lambda: None)()

        return list(watch(folder, shelf, [BOOK], wanted, seconds, sleep, lambda: now[0]))

    return running


def test_a_file_is_recognised_under_any_name_copied_and_recorded(watching, saved, drop, shelf):
    (outcome,) = watching(lambda: saved("view_file.cfm"))
    assert outcome.state == "got" and outcome.entry == "moss" and outcome.file == NAME and outcome.pages == 6
    assert (shelf.folder / NAME).read_bytes() == MOSS and (drop / "view_file.cfm").read_bytes() == MOSS
    source = read_sources(shelf.folder)[NAME]
    assert (source.how, source.address, source.terms) == ("dropped", "https://example.org/moss", "free")
    assert source.sha256 == outcome.sha256 and "view_file.cfm" in source.note
    assert {path.name for path in shelf.folder.iterdir()} == {NAME, "sources.jsonl"}


def test_a_name_that_lies_does_not_matter(watching, saved):
    outcomes = watching(
        lambda: saved("moss-lung-2022.pdf", "sample-gatal-bakau-2022.pdf"), lambda: saved("pengurusan gatal bakau.pdf")
    )
    assert [(o.state, o.entry) for o in outcomes] == [("not_recognised", "gatal"), ("got", "moss")]
    assert "was not asked for" in outcomes[0].message and "gatal" in outcomes[0].next_step


def test_a_file_that_still_grows_is_waited_for(watching, drop, shelf):
    def write(size):
        return lambda: (drop / "a.pdf").write_bytes(MOSS[:size])

    (outcome,) = watching(write(3000), write(9000), write(12000), write(len(MOSS)))
    assert outcome.state == "got" and (shelf.folder / NAME).read_bytes() == MOSS


@pytest.mark.parametrize("name", ["a.pdf.part", "a.crdownload", "a.pdf.download", ".a.pdf", "a.tmp"])
def test_what_a_browser_has_not_finished_is_left_alone(watching, saved, drop, name):
    assert watching(lambda: saved(name)) == []
    (outcome,) = watching(lambda: saved(name), lambda: (drop / name).rename(drop / "a.pdf"))
    assert outcome.state == "got"


def test_what_lies_there_from_before_is_looked_at_only_when_asked_for(watching, saved):
    saved("old.pdf")
    assert watching() == []
    (outcome,) = watching(older_too=True)
    assert outcome.state == "got"


def test_what_is_not_recognised_is_said_and_left(watching, saved, drop, shelf):
    def no_pdf():
        (drop / "notes.txt").write_text("words")
        (drop / "bad.pdf").write_bytes(b"%PDF-1.4 garbage")
        saved("harbour.pdf", "sample-harbour-fever-2023.pdf")

    outcomes = watching(no_pdf)
    assert [(o.file, o.state) for o in outcomes] == [("bad.pdf", "damaged"), ("harbour.pdf", "not_recognised")]
    assert all(o.message and o.next_step and not o.done for o in outcomes) and list(shelf.folder.iterdir()) == []


def test_several_are_filed_in_any_order_and_then_it_ends(watching, saved):
    outcomes = watching(
        lambda: saved("1.pdf", "sample-gatal-bakau-2022.pdf"),
        lambda: saved("2.pdf"),
        wanted=("moss", "gatal"),
        seconds=10**9,
    )
    assert [o.entry for o in outcomes] == ["gatal", "moss"]


def test_one_that_was_filed_before_is_no_other_file(watching, saved, shelf):
    watching(lambda: saved("1.pdf"))
    (outcome,) = watching(lambda: saved("2.pdf"))
    assert outcome.state == "got" and outcome.file == NAME
    (shelf.folder / NAME).write_bytes(b"another")
    (outcome,) = watching(lambda: saved("3.pdf"))
    assert outcome.state == "differs" and (shelf.folder / NAME).read_bytes() == b"another"
