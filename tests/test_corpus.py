"""A corpus as its admin sets it up in corpus.toml and looks at it."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from cpgassist import Assistant
from cpgassist.errors import (
    IndexRefusedError,
    InputError,
    NoIndexError,
)
from tests.fixtures.clinic import (
    GULL,
    NAMES,
    ROPE,
    drawn,
    found,
    opened,
)

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "corpora" / "sample"


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
