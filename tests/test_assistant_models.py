"""The assistant with a language model behind it: the lines first, checked sentences as they come, code when it fails."""

import json
import time
from pathlib import Path
from threading import Event

import pytest

from cpgassist import Assistant, Corpus
from cpgassist.errors import ModelError
from cpgassist.models.grounded import Grounded
from cpgassist.testing import ScriptedChat

ROOT = Path(__file__).parents[1]
QUESTIONS = [json.loads(line) for line in (ROOT / "demo" / "questions.jsonl").read_text("utf-8").splitlines()]
DOSE = next(question["question"] for question in QUESTIONS if question["id"] == "hf-001")


@pytest.fixture(scope="module")
def corpus(sample_folder):
    return Corpus(sample_folder, precision="float32", ocr="off")


@pytest.fixture(scope="module")
def plain(corpus):
    return Assistant(corpus).ask(DOSE)


def assistant(corpus, *replies, seconds=120.0):
    chat = ScriptedChat(*replies)
    return Assistant(corpus, model=lambda index: Grounded(chat, index.guidelines, seconds)), chat


def numbered(prompt, words):
    """The number of the line that holds these words in a prompt."""
    line = next(line for line in prompt.parts[0].splitlines() if words in line and line.startswith("["))
    return int(line[1 : line.index("]")])


def picks(*words):
    return lambda prompt: "LINES: " + ", ".join(str(numbered(prompt, one)) for one in words)


@pytest.fixture(scope="module")
def line(plain):
    return plain.statements[0].text


def test_what_the_model_picks_is_quoted_and_what_it_writes_stands_over_it(corpus, line):
    asked, chat = assistant(corpus, picks(line), lambda prompt: f"{line.rstrip('.')} [1].")
    answer = asked.ask(DOSE)
    assert [statement.text for statement in answer.statements] == [line]
    assert answer.bottom_line.text == line and answer.bottom_line.citations == (1,)
    assert answer.status == "answered" and answer.complete and all(one.verified for one in answer.citations)
    assert answer.models["generator"] == "scripted" and answer.models["model"]["name"] == "scripted"
    assert [prompt.shape for prompt in chat.prompts] == ["lines", "sentences"]
    assert line in chat.prompts[1].parts[0]


def test_it_streams_the_quoted_lines_first_and_ends_with_what_ask_gives(corpus, line):
    sentence = line.rstrip(".")
    asked, _ = assistant(corpus, *[picks(line), f"{sentence} [1]. {sentence} [1]. "] * 2)
    grown = list(asked.stream(DOSE))
    assert [answer.complete for answer in grown] == [False] * (len(grown) - 1) + [True]
    first = grown[0]
    assert first.statements and first.models["generator"] == "extractive"
    assert [answer.bottom_line.text.count(sentence) for answer in grown[1:]] == [1, 1, 2, 2]
    last, whole = grown[-1].to_dict(), asked.ask(DOSE).to_dict()
    assert last | {"seconds": None} == whole | {"seconds": None}
    assert "complete" not in whole and first.to_dict()["complete"] is False


def test_without_a_language_model_there_is_one_answer(corpus, plain):
    (answer,) = Assistant(corpus).stream(DOSE)
    assert answer.statements == plain.statements and answer.complete and "model" not in answer.models


def test_a_sentence_that_the_lines_do_not_carry_is_withheld_and_told(corpus, line):
    asked, _ = assistant(corpus, picks(line), "The dose is 4711 mg every hour [1].")
    answer = asked.ask(DOSE)
    assert answer.status == "partial" and answer.checks.withheld == 1
    assert "4711" not in str(answer) and "4711" not in str(answer.to_dict()) and answer.statements[0].text == line
    assert any("withheld" in said for said in answer.not_in_guideline)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (ModelError("The server is gone.", "Start it."), "The server is gone."),
        (RuntimeError("out of memory"), "RuntimeError"),
        ("Give 4711 mg at once.", "named no lines"),
        ("LINES: 999", "named no lines"),
    ],
)
def test_when_the_model_fails_the_lines_that_code_picks_are_given_and_it_is_said(corpus, plain, reply, why):
    answer = assistant(corpus, reply)[0].ask(DOSE)
    assert answer.statements == plain.statements and answer.bottom_line == plain.bottom_line
    assert answer.status == plain.status and answer.models["generator"] == "extractive"
    (said,) = answer.not_in_guideline
    assert said.startswith("The lines below were picked without the language model.") and why in said
    assert "4711" not in str(answer)


def test_when_only_the_writing_fails_the_quoted_line_stands(corpus, line):
    answer = assistant(corpus, picks(line), ModelError("gone"))[0].ask(DOSE)
    assert [statement.text for statement in answer.statements] == [line] and answer.bottom_line is not None
    assert any("language model failed" in said for said in answer.not_in_guideline)


def test_a_model_that_says_that_no_line_answers_makes_it_silent(corpus):
    answer = assistant(corpus, "NONE")[0].ask(DOSE)
    assert (answer.status, answer.statements) == ("silent", ())
    assert "scripted read the lines found and names none" in answer.not_in_guideline[0]
    assert "Closest page" in answer.not_in_guideline[0]


def test_where_the_guidelines_are_silent_no_model_is_asked(corpus):
    asked, chat = assistant(corpus, "LINES: 1")
    assert asked.ask("Which statin after a heart attack in Reykjavik?").status == "silent"
    assert asked.ask("Write me a birthday poem.").status == "refused"
    assert chat.prompts == []


class Endless(ScriptedChat):
    """Writes until it is stopped."""

    def generate(self, prompt, on_text=None, cancel=None):
        from cpgassist.types import Generated

        while not cancel.is_set():
            time.sleep(0.005)
        return Generated("", "cancelled")


def test_a_slow_model_is_stopped_in_time_and_by_the_reader(corpus, plain):
    late = Assistant(corpus, model=lambda index: Grounded(Endless("x"), index.guidelines, seconds=0.1)).ask(DOSE)
    assert late.statements == plain.statements and "took longer than 0.1 s" in late.not_in_guideline[0]
    stop = Event()
    stop.set()
    asked = Assistant(corpus, model=lambda index: Grounded(Endless("x"), index.guidelines))
    stopped = asked.ask(DOSE, cancel=stop)
    assert stopped.statements == plain.statements and "was stopped" in stopped.not_in_guideline[0]


def test_a_follow_up_is_rewritten_by_the_model_only_where_code_agrees(corpus, plain, line):
    for rewritten, kept in (("How is harbour fever treated in pregnancy?", True), ("Give zelmorin 40 mg?", False)):
        asked, _ = assistant(corpus, picks(line), "NONE", rewritten, "NONE")
        talk = asked.conversation().ask("How is harbour fever treated in adults?").ask("and in pregnancy?")
        assert (talk.asked_as == rewritten) is kept
        assert "40 mg" not in str(talk.asked_as)
