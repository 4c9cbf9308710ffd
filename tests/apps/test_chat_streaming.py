"""Answers that grow: the lines first, then what a model makes of them, and Stop."""

from __future__ import annotations

import html
import re
import threading
from dataclasses import replace

import pytest
from chat_fakes import ECZEMA, HEIGHT, LINES, WIDTH, FakeAssistant, Reader, answered

from cpgassist.answering.summary import FAILED
from cpgassist.apps.chat import screen
from cpgassist.apps.chat.conversation import Conversations
from cpgassist.apps.chat.rendering import answer_turn
from cpgassist.apps.language.words import TURN
from cpgassist.types import WITHOUT_MODEL, Answer, Statement

READING = TURN["reading"]

UNSURE = "From a table whose columns could not be made out with confidence: read it on page 3 itself."


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant(reader=Reader())


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def shown(answer: Answer) -> str:
    return answer_turn(1, answer, [ECZEMA], lambda file, page: (WIDTH, HEIGHT))


def test_the_lines_are_shown_first_and_the_model_ends_the_answer(assistant):
    steps = Conversations(assistant).turns(1, "Which steroid?")
    assert "Searching" in next(steps)
    early = next(steps)
    assert READING in words(early) and LINES[2][2] in early and 'class="evidence"' in early
    assert 'class="turn answered reading"' in early and "Not in the guideline" not in words(early)
    assistant.reader.step.set()
    last = next(steps)
    assert READING not in words(last) and 'class="turn answered"' in last
    said = words(last)
    assert "Flucloxacillin is considered when it is infected." in said
    assert "Lines picked by medgemma-4b-it, checked by code." in said
    assert "The bottom line was written by medgemma-4b-it" in said
    assert "no language model is loaded" not in said


def test_stop_ends_the_model_and_the_lines_of_code_stay(assistant):
    talk = Conversations(assistant)
    steps = talk.turns(1, "Which steroid?", session="a")
    next(steps), next(steps)
    talk.stop("somebody else")
    assert assistant.reader.stopped == 0
    talk.stop("a")
    said = words(next(steps))
    assert assistant.reader.stopped == 1
    assert f"{WITHOUT_MODEL} medgemma-4b-it was stopped." in said and LINES[2][2] in said
    assert said.index(WITHOUT_MODEL) < said.index(LINES[2][2]), "it stands above the lines"
    assert "nothing is from the language model medgemma-4b-it" in said and "picked by medgemma" not in said
    assert list(steps) == []
    talk.stop("a")


def test_a_reader_who_leaves_stops_the_model(assistant):
    talk = Conversations(assistant)
    steps = talk.turns(1, "Which steroid?", session="a")
    next(steps), next(steps)
    steps.close()
    until = threading.Event()
    for _ in range(200):
        if assistant.reader.stopped:
            break
        until.wait(0.02)
    assert assistant.reader.stopped == 1


def test_without_a_model_nothing_is_said_of_one():
    first, last = Conversations(FakeAssistant()).turns(1, "Which steroid?")
    assert READING not in first + last and "provenance" not in last and "reading" not in last


def test_an_unfinished_answer_without_lines_is_still_awaited(assistant):
    assistant.ask = lambda question, where=None: Answer("answered", 0.9, question, "v")
    steps = Conversations(assistant).turns(1, "Which steroid?")
    next(steps)
    early = next(steps)
    assert 'class="turn pending reading"' in early and READING in early
    steps.close()


@pytest.mark.parametrize("note", [FAILED, f"{WITHOUT_MODEL} It took longer than 120 s."])
def test_a_models_failure_stands_above_the_lines_and_not_among_what_is_absent(note):
    turn = words(shown(replace(answered("q"), not_in_guideline=(note, "The dose is not printed."))))
    assert turn.count(note) == 1 and turn.index(note) < turn.index(LINES[1][2])
    assert turn.index("Not in the guideline") < turn.index("The dose is not printed.")


def test_a_silent_answer_says_that_the_model_failed():
    silent = Answer("silent", 0.1, "q", "v", not_in_guideline=("Searched: 1 guideline.", f"{WITHOUT_MODEL} It fell."))
    assert f"{WITHOUT_MODEL} It fell." in words(shown(silent))


def test_remarks_on_a_table_are_shown_once_over_it_or_below_their_row():
    rows = [one for one in answered("q").statements if one.kind == "table"]
    both = [replace(one, remarks=(UNSURE,)) for one in rows]
    said = words(shown(replace(answered("q"), statements=tuple(both))))
    assert said.count(UNSURE) == 1 and said.index(UNSURE) < said.index("Face and neck")
    one = [replace(rows[0], remarks=(UNSURE, "Printed for adults.")), replace(rows[1], remarks=(UNSURE,))]
    said = words(shown(replace(answered("q"), statements=tuple(one))))
    assert said.index("Face and neck") < said.index("Printed for adults.") < said.index("Trunk and limbs")


def test_remarks_on_other_lines_are_shown():
    line = Statement(LINES[1][2], (1,), remarks=("Printed for adults.",))
    said = words(shown(replace(answered("q"), statements=(line,))))
    assert "Printed for adults." in said


def test_a_model_is_named_before_anything_was_asked(assistant):
    settings = assistant.corpus.settings
    assert screen.model_name(assistant) == ""
    settings.model_backend, settings.model = "transformers", "models/medgemma-4b-it/"
    assert screen.model_name(assistant) == "medgemma-4b-it"
    said = words(screen.welcome([], "medgemma-4b-it"))
    assert "medgemma-4b-it picks the lines" in said and "no language model" not in said
