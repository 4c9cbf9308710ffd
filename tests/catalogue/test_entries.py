"""Catalogues: those that come with cpgassist, those of users, and what they may not be."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.catalogue import Entry, open_catalogues, read_catalogue, shipped
from cpgassist.errors import InputError
from tests.catalogue.conftest import book

ROOT = Path(__file__).parents[2]
NAMES = ("malaysia", "philippines")
HEAD = 'name = "mine"\ntitle = "Mine"\ncollected = 2026-11-26\nsource = "me"\npage = "https://example.org/"\n'
ENTRY = '[[guideline]]\nid = "one"\ntitle = "Management of Gull Fever"\n'
each = pytest.mark.parametrize("catalogue", open_catalogues(NAMES), ids=lambda catalogue: catalogue.name)


def test_the_shipped_catalogues_are_found_by_name():
    assert set(shipped()) >= set(NAMES)
    assert [len(catalogue.guideline) for catalogue in open_catalogues(NAMES)] == [136, 13]


def test_an_installed_cpgassist_has_the_same_catalogues():
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    placed = {f"corpora/{name}/catalogue.toml": f"cpgassist/catalogue/shipped/{name}.toml" for name in NAMES}
    assert wheel["force-include"] == placed


@each
def test_a_shipped_catalogue_says_that_it_holds_facts_and_when_they_were_collected(catalogue):
    text = shipped()[catalogue.name].read_text(encoding="utf-8")
    assert (
        re.search(r"facts about them. No guideline is shipped\s*#?\s*here", text) and str(catalogue.collected) in text
    )
    assert "Collected on" in text and catalogue.source


@each
def test_every_entry_can_be_got_or_looked_up(catalogue):
    names = [catalogue.file_name(entry) for entry in catalogue.guideline]
    assert len(set(names)) == len(names) and all(re.fullmatch(r"[a-z0-9-]{3,90}\.pdf", name) for name in names)
    for entry in catalogue.guideline:
        assert catalogue.official_page(entry).startswith("https://") and all(
            url.startswith("https://") for url in entry.files
        )
        if entry.superseded_by:
            newer = catalogue.entry(entry.superseded_by)
            assert (newer.year or 9999) > (entry.year or 0)


def test_the_corpus_of_a_catalogue_uses_its_own(tmp_path):
    (tmp_path / "catalogue.toml").write_text(HEAD + ENTRY)
    assert [c.name for c in open_catalogues(corpus=tmp_path)] == ["mine"]
    assert [c.name for c in open_catalogues([str(tmp_path)])] == ["mine"]
    assert [c.name for c in open_catalogues([str(tmp_path / "catalogue.toml"), "malaysia"])] == ["mine", "malaysia"]
    assert len(open_catalogues(corpus=tmp_path / "none")) >= 2


def test_a_catalogue_that_is_not_there_names_those_that_are():
    with pytest.raises(InputError, match="malaysia, philippines"):
        open_catalogues(["atlantis"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = ", "no TOML"),
        ("\xff", "no TOML|no catalogue"),
        (HEAD.replace('page = "https://example.org/"', ""), "page"),
        (HEAD + ENTRY.replace('"one"', '"One!"'), "guideline.0.id"),
        (HEAD + ENTRY + 'files = ["file:///etc/passwd"]', "guideline.0.files.0"),
        (HEAD + ENTRY + 'page = "javascript:alert(1)"', "guideline.0.page"),
        (HEAD + ENTRY + "year = 20223", "guideline.0.year"),
        (HEAD + ENTRY + 'yaer = "2023"', "guideline.0.yaer"),
        (HEAD + ENTRY + ENTRY, "two entries are called one"),
        (HEAD + ENTRY + 'superseded_by = "two"', "superseded by an entry that is not"),
    ],
)
def test_a_catalogue_that_cannot_be_used_says_where(tmp_path, text, told):
    (tmp_path / "catalogue.toml").write_text(text, encoding="latin-1")
    with pytest.raises(InputError, match=told):
        read_catalogue(tmp_path / "catalogue.toml")


titles = st.text(min_size=3, max_size=200).filter(lambda text: len(text.strip()) >= 3)


@given(titles, st.none() | st.integers(1900, 2200))
def test_a_file_name_is_plain_whatever_the_title_is(title, year):
    entry = Entry(id="an-entry", title=title, year=year)
    name = book(entry).file_name(entry)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.pdf", name) and len(name) <= 90


@given(titles)
def test_two_entries_never_share_a_file_name(title):
    one, two = Entry(id="one", title=title, year=2020), Entry(id="two", title=f" {title}!", year=2020)
    both = book(one, two)
    assert both.file_name(one) != both.file_name(two)
