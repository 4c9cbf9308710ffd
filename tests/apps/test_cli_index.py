"""The command line on an index: looking into it, making it, checking it, going back."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from PIL import Image

from tests.apps.cli_words import (
    DOSE,
    MOSS,
    QUESTIONS,
    SAMPLE,
    _surroundings,
    ask,
    failed_cleanly,
    moss,
)
from tests.reading import hostile

__all__ = ["_surroundings", "ask", "moss"]


# ---- passages, show, status, doctor ----------------------------------------------------------------------------


def test_passages_json_is_one_object_a_line(ask):
    code, out, err = ask("passages", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "") and len(rows) > 200
    assert all({"file", "page", "pages", "page_label", "section", "kind", "grade", "text"} <= set(row) for row in rows)
    assert {row["file"] for row in rows} == {path.name for path in SAMPLE.glob("*.pdf")}
    code, out, _ = ask("passages", "--file", MOSS)
    lines = out.splitlines()
    assert len(lines) == sum(row["file"] == MOSS for row in rows)
    assert all(line.startswith(f"{MOSS} p") for line in lines)


def test_show_draws_a_page(ask, tmp_path):
    code, out, err = ask("show", MOSS, "3", "--out", tmp_path / "page.png", "--json")
    told = json.loads(out)
    assert (code, err, told["picture"]) == (0, "", str(tmp_path / "page.png"))
    assert told["passages"] and all(3 in passage["pages"] for passage in told["passages"])
    picture = Image.open(tmp_path / "page.png")
    assert picture.format == "PNG" and 900 < picture.width < 1300 and 1400 < picture.height < 3000
    assert len(picture.getcolors(10**6)) > 20


def test_show_names_its_picture_after_the_page(ask, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, _ = ask("show", MOSS, "1")
    assert code == 0 and (tmp_path / "sample-moss-lung-2022-p1.png").is_file()
    assert out.startswith("sample-moss-lung-2022-p1.png")


@pytest.mark.parametrize("words", [("unknown.pdf", "1"), (MOSS, "99"), ("../README.md", "1")])
def test_show_of_a_page_that_is_not_there_is_2(ask, tmp_path, words):
    failed_cleanly(2, ask("show", *words, "--out", tmp_path / "x.png"))
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_stopped_its_reader_is_told_and_not_drawn(run, moss, tmp_path):
    (moss / "half.pdf").write_bytes(hostile.a_billion_forms_page())
    (moss / "corpus.toml").write_text("[limits]\npage_seconds = 2\n")
    assert run("reindex", "--corpus", moss, "--quiet")[0] == 0
    code, out, _ = run("check", moss, "--json")
    worst = json.loads(out)["look_at"][0]
    assert (code, worst["file"], worst["page"], worst["risk"]) == (0, "half.pdf", 2, 100)
    told = failed_cleanly(2, run("show", "half.pdf", "2", "--corpus", moss, "--out", tmp_path / "x.png"))
    assert "could not be read" in told
    assert run("show", "half.pdf", "1", "--corpus", moss, "--out", tmp_path / "x.png")[0] == 0


@pytest.mark.parametrize("out", ["nowhere/page.png", "page.unknown", "page"])
def test_show_into_a_place_or_format_that_cannot_be_written_is_2(ask, tmp_path, out):
    failed_cleanly(2, ask("show", MOSS, "1", "--out", tmp_path / out))


@pytest.mark.parametrize("command", ["batch"])
def test_an_output_that_cannot_be_written_is_2(ask, tmp_path, command):
    failed_cleanly(2, ask(command, QUESTIONS, tmp_path / "nowhere" / "out.jsonl", "--quiet"))


def test_check_shows_figures_and_the_pages_to_look_at(ask, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    code, out, err = ask("check")
    assert (code, err) == (0, "") and "Look at these pages before you trust the index:" in out
    assert all(path.name in out for path in SAMPLE.glob("*.pdf"))
    code, out, err = ask("check", "--json")
    told = json.loads(out)
    assert (code, err) == (0, "") and len(told["guidelines"]) == 5 and told["left_out"] == []
    risks = [page["risk"] for page in told["look_at"]]
    assert risks == sorted(risks, reverse=True) and risks
    textless = next(page for page in told["look_at"] if page["file"] == "sample-lantern-pressure-2021.pdf")
    assert textless["page"] == 7 and textless["reasons"][0]["kind"] in ("no_text", "ocr")
    pages = {g["info"]["file"]: [page["holds"] for page in g["pages"]] for g in told["guidelines"]}
    assert (
        pages["sample-harbour-fever-2023.pdf"][2] == "listing" and pages["sample-harbour-fever-2023.pdf"][6] == "figure"
    )


def test_check_writes_a_page_map(ask, tmp_path):
    code, out, err = ask("check", "--html", tmp_path / "map.html", "--json")
    assert (code, err) == (0, "") and json.loads(out)["look_at"]
    text = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>") and MOSS in text
    failed_cleanly(2, ask("check", "--html", tmp_path / "nowhere" / "map.html"))


def test_check_takes_the_folder_as_its_argument(run, index, tmp_path):
    code, out, _ = run("check", SAMPLE, "--index", index, "--json")
    assert code == 0 and len(json.loads(out)["guidelines"]) == 5
    failed_cleanly(2, run("check", SAMPLE, "--corpus", SAMPLE))
    failed_cleanly(5, run("check", tmp_path))


def test_check_of_a_corpus_with_a_file_left_out_is_4(run, moss):
    (moss / "notes.pdf").write_text("not a PDF")
    run("reindex", "--corpus", moss, "--quiet")
    code, out, err = run("check", moss)
    assert (code, err) == (4, "") and "Left out: notes.pdf" in out


@pytest.mark.parametrize("of", ["dump", "corpus"])
def test_eval_structure_scores_a_dump_or_a_corpus(ask, run, index, tmp_path, of):
    (tmp_path / "dump.jsonl").write_text(ask("passages", "--json")[1], encoding="utf-8")
    source = tmp_path / "dump.jsonl" if of == "dump" else SAMPLE
    words = ("eval", "--structure", source, "--index", index, "--truth", SAMPLE / "truth")
    code, out, err = run(*words, "--json")
    right, rows = json.loads(out)["figures"]["grade: attached exactly as printed"]
    assert (code, err) == (0, "") and rows >= 20 and right == rows
    code, out, err = run(*words, "--misses")
    assert code == 0 and "page label: as printed" in out and "Misses" in out


@pytest.mark.parametrize(
    "words",
    [
        ("--structure", "nowhere.jsonl", "--truth", SAMPLE / "truth"),
        ("--structure", SAMPLE, "--truth", "nowhere"),
        ("--structure", SAMPLE),
        ("--truth", SAMPLE / "truth"),
        (),
    ],
)
def test_eval_without_what_it_needs_is_2(run, index, words):
    failed_cleanly(2, run("eval", *words, "--index", index))


def test_status_lists_guidelines_and_version(ask, index, monkeypatch):
    code, out, err = ask("status", "--json")
    status = json.loads(out)
    assert (code, err, len(status["guidelines"])) == (0, "", 5)
    assert status["index"] == (index / "CURRENT").read_text().strip()
    monkeypatch.setenv("COLUMNS", "400")
    code, out, _ = ask("status")
    assert code == 0 and status["index"] in out
    assert all(g["title"] in out and g["file"] in out for g in status["guidelines"])


def test_doctor_of_a_sound_corpus_is_0(ask):
    code, out, err = ask("doctor", "--json")
    assert (code, err) == (0, "") and {check["state"] for check in json.loads(out)} == {"ok"}
    code, out, _ = ask("doctor")
    assert code == 0 and len(re.findall(r"^ok ", out, re.M)) == 6


def test_doctor_without_an_index_is_1_and_names_the_cure(run, tmp_path):
    code, out, err = run("doctor", "--corpus", SAMPLE, "--index", tmp_path / "index", "--json")
    told = {check["what"]: check for check in json.loads(out)}
    assert (code, err) == (1, "")
    assert told["index"]["state"] == "fail" and "cpgassist reindex" in told["index"]["cure"]
    assert told["documents"]["state"] == "ok"


# ---- reindex, verify, rollback ---------------------------------------------------------------------------------


def test_reindex_verify_and_rollback(run, moss):
    on = ("--corpus", moss)
    code, out, err = run("reindex", *on)
    assert code == 0 and "1 guidelines added" in out and MOSS in out
    assert all(stage in err for stage in ("Reading", "Embedding", "Storing", "Checking"))
    assert run("verify", *on)[:2] == (0, "The index is sound.\n")
    assert json.loads(run("verify", *on, "--json")[1]) == {"sound": True, "problems": []}
    assert run("reindex", *on, "--quiet")[1].strip().splitlines()[-1].startswith("Nothing changed.")
    assert "no version before it" in failed_cleanly(1, run("rollback", *on))

    (moss / "notes.pdf").write_text("not a PDF")
    code, out, err = run("reindex", *on, "--quiet")
    assert (code, err) == (4, "") and "Left out: notes.pdf" in out
    code, out, err = run("reindex", *on, "--json")
    assert (code, err, json.loads(out)["left_out"][0]["file"]) == (4, "", "notes.pdf")
    _newest, oldest = json.loads(run("status", *on, "--json")[1])["versions"]
    assert json.loads(run("rollback", *on, "--json")[1]) == {"index": oldest}
    assert json.loads(run("status", *on, "--json")[1])["index"] == oldest

    (moss / ".index" / "versions" / oldest / "vectors.npy").write_bytes(b"")
    code, out, err = run("verify", *on, "--json")
    assert (code, err, json.loads(out)["sound"]) == (8, "", False)
    assert run("verify", *on)[0] == 8


def test_an_index_of_which_no_version_is_sound_is_8(run, index, tmp_path):
    spoilt = shutil.copytree(index, tmp_path / "index")
    for path in spoilt.glob("versions/*/passages.jsonl"):
        path.write_text("")
    told = run("ask", DOSE, "--corpus", SAMPLE, "--index", spoilt)
    assert "passages.jsonl" in failed_cleanly(8, told)


def test_a_refused_version_is_1(run, moss):
    (moss / "corpus.toml").write_text(f'[[smoke]]\nquestion = "dose"\nfile = "{MOSS}"\npage = 99\n')
    assert "smoke question" in failed_cleanly(1, run("reindex", "--corpus", moss, "--quiet"))


def test_a_folder_without_pdfs_is_5(run, tmp_path):
    failed_cleanly(5, run("reindex", "--corpus", tmp_path, "--quiet"))
