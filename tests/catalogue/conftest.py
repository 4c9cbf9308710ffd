"""A site on this machine, a shelf to put files on, and an entry of the sample that the site serves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cpgassist.catalogue import Catalogue, Entry, Shelf, Web, fetch, rules_for
from cpgassist.catalogue.fronts import digest_of, read_front
from cpgassist.errors import DocumentError
from cpgassist.settings import Limits
from tests.catalogue.sites import site

__all__ = ["site"]

SAMPLE = Path(__file__).parents[2] / "corpora" / "sample"
MOSS = (SAMPLE / "sample-moss-lung-2022.pdf").read_bytes()
PATH = "/moss.pdf"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "*")


_FRONTS: dict[tuple[str, bool], object] = {}


@pytest.fixture(autouse=True)
def _read_once(monkeypatch):
    """The same bytes are read in a child process once; what was read counts for every test."""

    def reading(path, limits=None, ocr=False):
        key = (digest_of(path), ocr)
        if key not in _FRONTS:
            try:
                _FRONTS[key] = read_front(path, limits, ocr)
            except DocumentError as error:
                _FRONTS[key] = error
        if isinstance(_FRONTS[key], DocumentError):
            raise _FRONTS[key]
        return _FRONTS[key]

    monkeypatch.setattr("cpgassist.catalogue.fetching.read_front", reading)
    monkeypatch.setattr("cpgassist.catalogue.dropping.read_front", reading)


@pytest.fixture
def shelf(tmp_path) -> Shelf:
    folder = tmp_path / "corpus"
    folder.mkdir()
    return Shelf(folder, Limits())


def moss(*files: str, **more) -> Entry:
    """The moss lung guideline of the sample as a catalogue would list it."""
    told = {"title": "Diagnosis and treatment of moss lung in adults", "year": 2022, "pages": 6, "terms": "free"}
    return Entry(**{"id": "moss", "edition": "3", "files": files, **told, **more})


def book(*entries: Entry, **more) -> Catalogue:
    told = {"name": "test", "title": "Test", "collected": "2026-11-26", "source": "us", "page": "https://example.org/"}
    return Catalogue(**{**told, "guideline": entries, **more})


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def get(site, shelf, slept):
    """Gets an entry from the site as `cpgassist catalogue get --allow-host 127.0.0.1` does, without the pauses."""

    def getting(entry=None, *, max_bytes=10_000_000, on=None, allowed=("127.0.0.1",), catalogue=None):
        entry = entry or moss(site.url + PATH)
        catalogue = catalogue or book(entry)
        web = Web(rules_for(catalogue, entry, allowed), pause=0, timeout=5, sleep=slept.append)
        return fetch(web, on or shelf, catalogue, entry, max_bytes)

    return getting


@pytest.fixture
def drop(tmp_path) -> Path:
    folder = tmp_path / "downloads"
    folder.mkdir()
    return folder


@pytest.fixture
def saved(drop):
    """Saves a sample guideline into the drop folder under any name."""
    return lambda name, file="sample-moss-lung-2022.pdf": Path(shutil.copyfile(SAMPLE / file, drop / name))
