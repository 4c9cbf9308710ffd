"""The command line: what every command does, the code it ends with, and the installed program."""

from __future__ import annotations

import json
import os
import re
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cpgassist import Corpus
from cpgassist.testing import HashEmbedder
from tests.apps.cli_words import (
    COMMANDS,
    DOSE,
    GROUPS,
    HEAVY,
    MOSS,
    NO_INDEX,
    OFF_TOPIC,
    PROGRAM,
    QUESTIONS,
    ROOT,
    SAMPLE,
    _surroundings,
    ask,
    failed_cleanly,
    moss,
    program,
)
from tests.models.tiny import tiny_cross_encoder

__all__ = ["_surroundings", "ask", "moss"]


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
