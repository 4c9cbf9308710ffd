"""The command line: what it prints, where, and the code it ends with."""

from __future__ import annotations

import html.parser
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from cpgassist import Corpus
from cpgassist.apps.cli import app
from cpgassist.reading import PdfPages
from cpgassist.testing import HashEmbedder
from tests.models.tiny import tiny_cross_encoder
from tests.reading import hostile

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "corpora" / "sample"
QUESTIONS = ROOT / "demo" / "questions.jsonl"
PROGRAM = Path(sys.executable).with_name("cpgassist")

COMMANDS = sorted(command.name or command.callback.__name__ for command in app.registered_commands)
GROUPS = [group.name for group in app.registered_groups]
"""Commands that have commands of their own, tested in files of their own."""
NO_INDEX = ("reindex", "doctor", "eval", "batch", "describe", "models", "mcp")
"""Commands that work without an index, or say so otherwise."""
DOSE = "Adult with mild Harbour fever: how much zelmorin, for how many days?"
OFF_TOPIC = "Who won the football world cup?"
MOSS = "sample-moss-lung-2022.pdf"
HEAVY = ("torch", "transformers", "sentence_transformers", "chromadb", "gradio", "llama_index", "numpy")


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "200")
    for name in os.environ:
        if name.startswith("CPGASSIST_"):
            monkeypatch.delenv(name)


@pytest.fixture
def ask(run, index):
    """Runs a command on the sample's index."""
    return lambda *words: run(*words, "--corpus", SAMPLE, "--index", index)


@pytest.fixture
def moss(tmp_path) -> Path:
    """A corpus of one guideline."""
    folder = tmp_path / "moss"
    folder.mkdir()
    shutil.copy(SAMPLE / MOSS, folder)
    return folder


def program(*words, **options) -> subprocess.CompletedProcess:
    """Runs the installed `cpgassist`."""
    options = {"capture_output": True, "text": True, "timeout": 120, "cwd": ROOT, **options}
    return subprocess.run([PROGRAM, *map(str, words)], check=False, **options)


def failed_cleanly(code: int, told: tuple[int, str, str]) -> str:
    """Checks a failure: its code, one line and its next step on stderr, nothing on stdout; gives stderr."""
    assert told[0] == code, told
    assert told[1] == "" and "Traceback" not in told[2]
    assert told[2].count("\n") == 2 and "\n-> " in told[2]
    return told[2]


# ---- every command ---------------------------------------------------------------------------------------------


def test_the_commands_are_those_of_the_readme():
    table = re.findall(r"^\| (`.*?) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)
    assert sorted(name for row in table for name in re.findall(r"`(\w+)`", row)) == sorted([*COMMANDS, *GROUPS])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_corpus_index_json_and_help(run, command):
    for flag in ("--help", "-h"):
        code, out, err = run(command, flag)
        assert code == 0 and err == ""
    assert all(option in out for option in ("--corpus", "--index", "--json", "--help"))


def test_help_names_the_environment_and_the_defaults(run):
    _, out, _ = run("show", "--help")
    assert all(words in out for words in ("CPGASSIST_CORPUS", "CPGASSIST_INDEX", "corpora/sample", "FILE-pPAGE.png"))


def test_help_lists_every_command_with_a_sentence(run):
    code, out, _ = run("--help")
    assert code == 0
    told = dict(re.findall(r"^│ (\w+) +(\S.*?) +│$", out, re.M))
    assert set(COMMANDS) <= set(told) and all(len(told[name]) > 20 for name in COMMANDS)


@pytest.mark.parametrize(
    "words",
    [
        ("--unknown",),
        ("unknown",),
        ("ask", "a", "b"),
        ("search", "x", "--k", "0"),
        ("search", "x", "-k", "101"),
        ("search", "x", "--k", "many"),
        ("show", MOSS, "0"),
        ("show", MOSS),
        ("status", "--year-from", "1"),
        ("batch", "x"),
        ("serve", "--port", "x"),
        ("reindex", "extra"),
    ],
)
def test_wrong_usage_is_2(run, words):
    code, out, err = run(*words)
    assert (code, out) == (2, "") and "Usage" in err and "Traceback" not in err


def test_asking_nothing_is_2(run, index):
    assert "The question is empty" in failed_cleanly(2, run("ask", "--corpus", SAMPLE, "--index", index))


def arguments(command: str, tmp_path: Path) -> tuple[str, ...]:
    """What each command needs besides its options."""
    out = str(tmp_path / "out")
    needed = {"ask": (DOSE,), "search": (DOSE,), "eval": (str(QUESTIONS),), "batch": (str(QUESTIONS), out)}
    photo = str(ROOT / "docs" / "images" / "chat-desktop.png")
    return {**needed, "show": (MOSS, "1", "--out", out + ".png"), "describe": (photo,), "figures": (photo,)}.get(
        command, ()
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_corpus_folder_is_2_for_every_command(run, tmp_path, command):
    told = run(command, *arguments(command, tmp_path), "--corpus", tmp_path / "nowhere")
    assert f"no folder {tmp_path / 'nowhere'}" in failed_cleanly(2, told)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in NO_INDEX])
def test_a_missing_index_is_5(run, tmp_path, command):
    told = run(command, *arguments(command, tmp_path), "--corpus", SAMPLE, "--index", tmp_path / "index", "--json")
    assert "no index" in failed_cleanly(5, told) and "cpgassist reindex" in told[2]


@pytest.mark.parametrize("command", ["eval", "batch"])
def test_a_missing_index_stops_a_run_of_questions_before_it_starts(run, tmp_path, command):
    told = run(command, *arguments(command, tmp_path), "--corpus", SAMPLE, "--index", tmp_path / "index", "--quiet")
    failed_cleanly(5, told)
    assert not (tmp_path / "out").exists()


def test_a_missing_model_is_6(run, moss, tmp_path, monkeypatch):
    monkeypatch.setenv("CPGASSIST_EMBEDDER", str(tmp_path / "none"))
    told = run("reindex", "--corpus", moss, "--quiet")
    assert str(tmp_path / "none") in failed_cleanly(6, told)


def test_a_missing_reranker_is_6_at_the_first_question(ask, tmp_path, monkeypatch):
    monkeypatch.setenv("CPGASSIST_RERANKER", str(tmp_path / "none"))
    told = failed_cleanly(6, ask("search", DOSE))
    assert "reranker" in told and str(tmp_path / "none") in told


def test_a_reranker_is_named_in_the_answer(ask, tmp_path, monkeypatch):
    monkeypatch.setenv("CPGASSIST_RERANKER", str(tiny_cross_encoder(tmp_path / "tiny-reranker")))
    assert json.loads(ask("ask", DOSE, "--json")[1])["models"]["reranker"] == "tiny-reranker"


def test_an_index_of_another_embedder_is_6(run, moss):
    Corpus(moss, embedder=HashEmbedder()).reindex()
    told = run("ask", DOSE, "--corpus", moss)
    assert "hash-test" in failed_cleanly(6, told) and "all-MiniLM-L6-v2" in told[2]


def test_settings_come_from_the_environment(run, index, monkeypatch):
    monkeypatch.setenv("CPGASSIST_CORPUS", str(SAMPLE))
    monkeypatch.setenv("CPGASSIST_INDEX", str(index))
    monkeypatch.chdir("/")
    assert run("status")[0] == 0


def test_a_bad_setting_is_2_and_named(run, monkeypatch):
    monkeypatch.setenv("CPGASSIST_WORKERS", "many")
    assert "'workers'" in failed_cleanly(2, run("status"))


# ---- ask, search -----------------------------------------------------------------------------------------------


def test_ask_prints_an_answer_with_its_sources(ask):
    code, out, err = ask("ask", DOSE)
    assert (code, err) == (0, "")
    assert "mg/kg/day" in out
    assert re.search(r"^\[1\] Management of Harbour Fever .*2023.*page \d+", out, re.M)
    assert re.search(r"\d of \d quotes found on the page", out)


def test_ask_json_is_the_answer_alone(ask):
    code, out, err = ask("ask", DOSE, "--json")
    answer = json.loads(out)
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert answer["question"] == DOSE and answer["status"] in ("answered", "partial")
    assert answer["checks"]["quotes_found"] >= len(answer["citations"]) > 0
    pages = PdfPages(SAMPLE)
    for citation in answer["citations"]:
        assert citation["verified"] and pages.find(citation["guideline"]["file"], citation["page"], citation["quote"])
    cited = {citation["n"] for citation in answer["citations"]}
    assert all(set(statement["citations"]) <= cited for statement in answer["statements"])


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_a_silent_answer_is_3(ask, as_json):
    code, out, err = ask("ask", OFF_TOPIC, *as_json)
    assert (code, err) == (3, "") and "do not answer" in out


def test_ask_narrowed_to_a_guideline_or_year_cites_only_that(ask):
    _, out, _ = ask("ask", "Zelmorin dose for adults?", "--guideline", "sample-harbour-fever-2017", "--json")
    assert {c["guideline"]["id"] for c in json.loads(out)["citations"]} == {"sample-harbour-fever-2017"}
    assert any("Superseded by" in warning for warning in json.loads(out)["warnings"])
    _, out, _ = ask("ask", "Zelmorin dose for adults?", "--year-from", "2023", "--json")
    assert {c["guideline"]["year"] for c in json.loads(out)["citations"]} == {2023}


def test_older_editions_are_searched_only_when_asked_for(ask):
    def searched(*options):
        _, out, _ = ask("search", "zelmorin dose for adults", "--json", *options)
        return {hit["guideline"]["id"] for hit in json.loads(out)["hits"]}

    assert "sample-harbour-fever-2017" not in searched()
    assert {"sample-harbour-fever-2017", "sample-harbour-fever-2023"} <= searched("--older")


@pytest.mark.parametrize("question", ["", "  ", "x" * 2001])
def test_a_question_that_cannot_be_asked_is_2(ask, question):
    for command in ("ask", "search"):
        failed_cleanly(2, ask(command, question))


def test_an_unknown_guideline_or_kind_is_2(ask):
    assert "'unknown'" in failed_cleanly(2, ask("ask", DOSE, "-g", "unknown"))
    assert "'poem'" in failed_cleanly(2, ask("search", DOSE, "--kind", "poem"))


def test_search_lists_passages_best_first(ask):
    code, out, err = ask("search", "zelmorin dose", "--k", "4", "--json")
    search = json.loads(out)
    assert (code, err, [hit["rank"] for hit in search["hits"]]) == (0, "", [1, 2, 3, 4])
    code, out, _ = ask("search", "zelmorin dose", "-k", "4")
    assert code == 0 and len(re.findall(r"^\d+ +\d\.\d\d", out, re.M)) == 4


def test_search_narrowed_to_kinds_and_files(ask):
    _, out, _ = ask("search", "dose", "--kind", "table", "-g", MOSS, "-g", "sample-gatal-bakau-2022", "--json")
    hits = json.loads(out)["hits"]
    assert {hit["kind"] for hit in hits} == {"table"}
    assert {hit["guideline"]["file"] for hit in hits} <= {MOSS, "sample-gatal-bakau-2022.pdf"}


def test_a_search_that_finds_nothing_is_3(ask):
    code, out, _ = ask("search", "dose", "--year-from", "2100", "--json")
    assert code == 3 and json.loads(out)["hits"] == []


# ---- batch, eval -----------------------------------------------------------------------------------------------


def test_batch_answers_a_file_and_goes_on_where_it_stopped(ask, tmp_path):
    lines = [{"id": "a", "question": DOSE}, {"id": "b", "question": OFF_TOPIC}, {"id": "c", "question": ""}]
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(line) for line in lines) + "\n{bad\n")
    words = ("batch", tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    code, out, err = ask(*words, "--json")
    assert (code, err, json.loads(out)) == (0, "", {"done": 4, "resumed": 0, "failed": 2})
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["a", "b", "c", 4]
    assert rows[0]["citations"] and rows[1]["status"] == "silent" and {"id", "error"} == set(rows[2]) == set(rows[3])
    code, out, _ = ask(*words, "--quiet")
    assert code == 0 and out.startswith("0 done, 4 kept, 0 failed")
    failed_cleanly(2, ask("batch", QUESTIONS, tmp_path / "out.jsonl", "--quiet"))


def test_batch_may_only_search(ask, tmp_path):
    (tmp_path / "in.jsonl").write_text(json.dumps({"id": "a", "question": DOSE}))
    ask("batch", tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--search-only", "--k", "3", "--quiet")
    row = json.loads((tmp_path / "out.jsonl").read_text())
    assert row["id"] == "a" and len(row["hits"]) == 3


def test_eval_measures_the_sample_and_writes_one_self_contained_page(ask, tmp_path):
    class Links(html.parser.HTMLParser):
        def __init__(self):
            super().__init__()
            self.found: list[str] = []

        def handle_starttag(self, tag, attrs):
            self.found += [value for name, value in attrs if name in ("src", "href", "srcset", "action")]

    page = tmp_path / "report.html"
    code, out, err = ask("eval", QUESTIONS, "--report", page, "--by", "lang", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["changes"] == []
    assert {"value", "low", "high", "n"} == told["by"]["lang"]["en"]["recall@5"].keys()
    text = page.read_text(encoding="utf-8")
    assert text.lstrip().lower().startswith("<!doctype html") and len(text) > 10_000
    links = Links()
    links.feed(text)
    assert all(link.startswith(("#", "data:")) for link in links.found)
    assert not re.search(r"@import|url\((?!['\"]?(?:data:|#))", text)


def test_eval_compares_with_a_saved_run(ask, tmp_path):
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "few.jsonl").write_text("".join(lines[:4]), encoding="utf-8")
    code, out, _ = ask("eval", tmp_path / "few.jsonl", "--json")
    assert code == 0 and json.loads(out)["changes"] == []
    (tmp_path / "before.json").write_text(out)
    code, out, err = ask("eval", tmp_path / "few.jsonl", "--baseline", tmp_path / "before.json", "--json")
    assert (code, err) == (0, "")
    assert all(change["verdict"] not in ("better", "worse") for change in json.loads(out)["changes"])


def test_eval_by_a_field_that_no_question_has_names_those_there_are_before_anything_is_asked(ask):
    code, out, err = ask("eval", QUESTIONS, "--by", "shoe_size")
    assert (code, out) == (2, "")
    assert "'shoe_size'" in err and "kind" in err and "lang" in err


@pytest.mark.parametrize("option", ["questions", "--baseline"])
def test_eval_of_a_file_that_is_not_there_is_2(ask, tmp_path, option):
    missing = tmp_path / "missing.jsonl"
    words = (missing,) if option == "questions" else (QUESTIONS, option, missing)
    assert "missing.jsonl" in failed_cleanly(2, ask("eval", *words))


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


# ---- the installed program -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [(("status",), 0), (("--unknown",), 2), (("ask", ""), 2), (("ask", OFF_TOPIC), 3), (("show", "x.pdf", "1"), 2)],
)
def test_the_program_ends_with_the_code(index, words, code):
    done = program(*words, env={**os.environ, "CPGASSIST_INDEX": str(index), "CPGASSIST_CORPUS": str(SAMPLE)})
    assert done.returncode == code and "Traceback" not in done.stderr


def test_without_a_command_it_shows_its_help():
    done = program()
    assert "Usage" in done.stdout + done.stderr and done.returncode == 2


@pytest.mark.parametrize("words", [("passages", "--json"), ("status",), ("--help",)])
def test_a_reader_that_went_away_is_no_fault(index, words):
    reading, writing = os.pipe()
    os.close(reading)
    environment = {**os.environ, "CPGASSIST_INDEX": str(index)}
    done = subprocess.run(
        [PROGRAM, *words], stdout=writing, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", [("passages", "--json"), ("search", "≥ 40")])
def test_a_terminal_that_is_ascii_only_gets_all_it_can_show(index, words):
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "CPGASSIST_INDEX": str(index)}
    done = program(*words, env={**os.environ, **ascii_only})
    assert done.returncode == 0 and done.stderr == ""


def test_a_file_whose_name_is_not_utf8_stops_nothing(run, moss):
    os.rename(moss / MOSS, os.fsencode(moss) + b"/moss\xff.pdf")
    code, out, err = run("reindex", "--corpus", moss, "--json")
    assert (code, err) == (0, "") and len(json.loads(out)["added"]) == 1
    code, out, err = run("ask", "What is moss lung?", "--corpus", moss, "--json")
    assert json.loads(out)["citations"]


def spent(*words) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert program(*words).returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_help_takes_at_most_half_a_second_of_processor_time():
    assert min(spent("--help") for _ in range(3)) <= 0.5


@pytest.mark.parametrize("words", [["--help"], ["ask", "--help"], ["status", "--corpus", "/nowhere"]])
def test_help_loads_nothing_heavy(words):
    code = f"""
import sys
sys.argv = {["cpgassist", *words]!r}
from cpgassist.apps.cli import main
try:
    main()
except SystemExit:
    print("LOADED", [name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout.splitlines()[-1] == "LOADED []", done.stderr


# ---- the chat --------------------------------------------------------------------------------------------------


def test_a_port_that_is_taken_is_a_failure_in_words(run, index):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        told = run("serve", "--corpus", SAMPLE, "--index", index, "--port", taken.getsockname()[1])
    assert "address already in use" in failed_cleanly(2, told) and "--port" in told[2]
