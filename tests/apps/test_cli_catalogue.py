"""`cpgassist catalogue list|status|get` on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cpgassist.apps.cli import fetching
from tests.catalogue.sites import Answer, serving, site

__all__ = ["site"]

ROOT = Path(__file__).parents[2]
MOSS = ROOT / "corpora" / "sample" / "sample-moss-lung-2022.pdf"
NAME = "diagnosis-and-treatment-of-moss-lung-in-adults-2022.pdf"
HEAD = 'name = "mine"\ntitle = "Mine"\ncollected = 2026-11-26\nsource = "me"\npage = "https://example.org/list"\n'


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr("cpgassist.catalogue.web.PAUSE", 0)


@pytest.fixture
def corpus(tmp_path, site) -> Path:
    """A corpus with a catalogue of one entry that the site serves and one that a person gets."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    moss = 'title = "Diagnosis and treatment of moss lung in adults"\nyear = 2022\npages = 6\n'
    (folder / "catalogue.toml").write_text(
        f'{HEAD}[[guideline]]\nid = "moss"\n{moss}files = ["{site.url}/moss.pdf"]\n'
        '[[guideline]]\nid = "gatal"\ntitle = "Pengurusan Gatal Bakau"\nyear = 2022\npages = 7\npage = "https://example.org/gatal"\n'
    )
    return folder


def failed_cleanly(code, told):
    assert told[0] == code and told[1] == "" and told[2].count("\n") == 2 and "\n-> " in told[2], told


def test_help_says_that_nothing_is_fetched_unasked(run):
    code, out, err = run("catalogue", "--help")
    assert (code, err) == (0, "") and "nothing is ever fetched unless you type `get`" in " ".join(
        out.replace("│", " ").split()
    )
    for command, needed in (("list", "Offline"), ("status", "Offline"), ("get", "CAPTCHA")):
        code, out, err = run("catalogue", command, "--help")
        assert (code, err) == (0, "") and needed in out and all(o in out for o in ("--corpus", "--catalogue", "--json"))


# ---- list


def test_list_filters_by_words_specialty_year_and_way(run):
    code, out, err = run("catalogue", "list", "--catalogue", "malaysia", "--json")
    rows = json.loads(out)
    assert (code, err, len(rows)) == (0, "", 136)
    assert {"id", "title", "year", "how", "page", "superseded_by", "terms", "collected"} <= rows[0].keys()

    def ids(*words):
        return [
            row["id"] for row in json.loads(run("catalogue", "list", "--catalogue", "malaysia", *words, "--json")[1])
        ]

    assert ids("type", "2", "diabet", "--current") == ["amm-cpg-763"]
    assert set(ids("--direct")) == {row["id"] for row in rows if row["how"] == "direct"} and len(ids("--direct")) == 5
    assert set(ids("--specialty", "ENDO")) == {row["id"] for row in rows if row["specialty"] == "Endocrine"}
    assert set(ids("--year", "2023")) == {row["id"] for row in rows if row["year"] == 2023}
    assert set(ids("--year", "2021-")) | set(ids("--year=-2020")) == {row["id"] for row in rows if row["year"]}
    assert set(ids("--year", "2019-2020")) == {row["id"] for row in rows if row["year"] in (2019, 2020)}


def test_list_for_people_names_ids_ways_and_what_supersedes(run):
    code, out, _ = run("catalogue", "list", "heart failure")
    assert (
        code == 0 and "old-hf-3" in out and "superseded by old-hf-4" in out and "by hand" in out and "5 entries" in out
    )


@pytest.mark.parametrize("year", ["", "20", "2020-2021-2022", "soon", "-"])
def test_years_that_are_none_are_2(run, year):
    failed_cleanly(2, run("catalogue", "list", f"--year={year}"))


def test_a_catalogue_or_entry_that_is_not_there_is_2(run, corpus):
    failed_cleanly(2, run("catalogue", "list", "--catalogue", "atlantis"))
    told = run("catalogue", "get", "mos", "--corpus", corpus)
    failed_cleanly(2, told)
    assert "moss" in told[2]
    failed_cleanly(2, run("catalogue", "get", "moss", "--corpus", corpus / "nowhere"))
    failed_cleanly(2, run("catalogue", "status", "--corpus", corpus / "nowhere"))
    for drop in (corpus / "nowhere", corpus):
        failed_cleanly(2, run("catalogue", "get", "moss", "--corpus", corpus, "--drop", drop))


# ---- get, status


def test_get_fetches_checks_and_records_and_status_shows_it(run, corpus, site):
    site.answers["/moss.pdf"] = serving(MOSS.read_bytes())
    code, out, err = run("catalogue", "get", "moss", "--corpus", corpus, "--allow-host", "127.0.0.1", "--json")
    (outcome,) = json.loads(out)
    assert (code, err, outcome["state"], outcome["file"]) == (0, "", "got", NAME)
    assert json.loads((corpus / "sources.jsonl").read_text())["sha256"] == outcome["sha256"]
    code, out, _ = run("catalogue", "status", "--corpus", corpus, "--json")
    told = json.loads(out)
    assert code == 0 and {one["entry"]: one["state"] for one in told["entries"]} == {"moss": "held", "gatal": "missing"}
    code, out, _ = run("catalogue", "status", "--corpus", corpus, "--quiet")
    assert code == 0 and "1 held" in out and "1 missing" in out and NAME in out
    code, out, err = run("catalogue", "get", "moss", "--corpus", corpus, "--allow-host", "127.0.0.1")
    assert code == 0 and "unchanged" in out and "reindex" in out


def test_get_without_leave_for_this_machine_asks_nothing(run, corpus, site):
    code, out, _ = run("catalogue", "get", "moss", "--corpus", corpus)
    assert (
        code == 4
        and "refused" in out
        and "--allow-host 127.0.0.1" in out
        and "Still to get: moss" in out
        and site.asked == []
    )


def test_what_is_got_by_hand_names_the_official_page(run, corpus, site):
    code, out, _ = run("catalogue", "get", "gatal", "--corpus", corpus)
    assert code == 4 and "https://example.org/gatal" in out and "--drop" in out and site.asked == []


def test_open_opens_the_official_page(run, corpus, monkeypatch):
    opened = []
    monkeypatch.setattr(fetching.webbrowser, "open", opened.append)
    assert run("catalogue", "get", "gatal", "--corpus", corpus, "--open", "--quiet")[0] == 4
    assert opened == ["https://example.org/gatal"]


def test_what_a_site_refuses_is_got_by_hand_in_the_same_run(run, corpus, site, tmp_path, monkeypatch):
    downloads, opened = tmp_path / "downloads", []
    downloads.mkdir()

    def open_page(page):
        opened.append(page)
        file = MOSS if page.endswith("list") else MOSS.with_name("sample-gatal-bakau-2022.pdf")
        shutil.copyfile(file, downloads / f"download {len(opened)}")

    monkeypatch.setattr(fetching.webbrowser, "open", open_page)
    monkeypatch.setattr("cpgassist.catalogue.dropping.POLL", 0)
    site.answers["/moss.pdf"] = Answer(b"<html>captcha</html>", 403)
    words = (
        "get",
        "moss",
        "gatal",
        "--corpus",
        corpus,
        "--allow-host",
        "127.0.0.1",
        "--open",
        "--drop",
        downloads,
        "--wait",
        "2",
    )
    code, out, err = run("catalogue", *words, "--json")
    assert (code, err) == (0, "") and opened == ["https://example.org/list", "https://example.org/gatal"]
    assert [(o["entry"], o["state"]) for o in json.loads(out)] == [
        ("moss", "captcha"),
        ("gatal", "by_hand"),
        ("moss", "got"),
        ("gatal", "got"),
    ]
    assert {path.name for path in corpus.glob("*.pdf")} == {NAME, "pengurusan-gatal-bakau-2022.pdf"}


def test_ctrl_c_ends_cleanly_and_tells_what_is_left(run, corpus, tmp_path, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("cpgassist.catalogue.dropping.DropFolder.finished", interrupt)
    code, out, err = run("catalogue", "get", "gatal", "--corpus", corpus, "--drop", tmp_path)
    assert (
        code == 4 and "Still to get: gatal" in out and "run the same command to go on" in err and "Traceback" not in err
    )
    assert not list(corpus.glob(".*"))


def test_a_corpus_whose_pdfs_lie_elsewhere_is_not_written_to(run, corpus, tmp_path):
    (corpus / "corpus.toml").write_text(f'documents = "{tmp_path}"\n')
    told = run("catalogue", "get", "gatal", "--corpus", corpus)
    failed_cleanly(2, told)
    assert "never writes to" in told[2]
