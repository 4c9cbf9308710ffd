"""Follow-up questions: what is carried over, what is left behind, and what is never touched."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.answering import Turn, condensed
from cpgassist.answering.questions.followups import LONGEST_ASKED

HERE = Path(__file__).parent
# A dialogue is a list of turns: what is typed and, unless it must stay as typed, words its asked form holds and lacks.
FIRST, LATER, UNSEEN = (
    [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines()]
    for name in ("dialogues.jsonl", "dialogues_later.jsonl", "dialogues_unseen.jsonl")
)
ROOT = HERE.parents[1]
WRITTEN = (HERE / "standalone.txt").read_text("utf-8").splitlines()
ALONE = [json.loads(line)["question"] for line in (ROOT / "demo" / "questions.jsonl").read_text("utf-8").splitlines()]
ADULTS = "What is the dose of zelmorin for harbour fever in adults?"


def after(*questions: str) -> tuple[Turn, ...]:
    """The turns of these questions, each condensed after those before it."""
    turns: tuple[Turn, ...] = ()
    for question in questions:
        turns = (*turns, Turn(question, condensed(question, turns)))
    return turns


def asked(*questions: str) -> str:
    return after(*questions)[-1].asked


def faults(dialogue) -> list[str]:
    """Where a dialogue departs from what is expected of it: a turn stands alone, or holds and lacks these words."""
    found = []
    for turn, expected in zip(after(*(turn["typed"] for turn in dialogue)), dialogue, strict=True):
        said = turn.asked.lower()
        if "holds" not in expected:
            found += [f"{turn.asked!r} was to stay as typed"] * (turn.asked != turn.question)
            continue
        found += [f"{turn.asked!r} lacks {word!r}" for word in expected["holds"] if word.lower() not in said]
        found += [f"{turn.asked!r} holds {word!r}" for word in expected["lacks"] if word.lower() in said]
    return found


@pytest.mark.parametrize("dialogue", [*FIRST, *LATER], ids=lambda dialogue: dialogue[0]["typed"][:40])
def test_written_dialogues(dialogue):
    assert faults(dialogue) == []


def test_dialogues_that_the_rules_were_not_made_for():
    """Their expectations stay as first written, what the rules miss included: most of it is not carried, never too much."""
    turns = sum(len(dialogue) for dialogue in UNSEEN)
    assert sum(len(faults(dialogue)) for dialogue in UNSEEN) <= turns / 10


def test_there_are_enough_dialogues():
    assert len(FIRST) >= 60 and len(LATER) >= 30 and len(UNSEEN) >= 30
    assert all(2 <= len(dialogue) <= 5 for dialogue in (*FIRST, *LATER, *UNSEEN))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("and in pregnancy?", "What is the dose of zelmorin for harbour fever – and in pregnancy?"),
        ("for a child of 6?", "What is the dose of zelmorin for harbour fever – for a child of 6?"),
        ("what about tarvexol instead?", "What is the dose for harbour fever in adults – what about tarvexol instead?"),
        ("how often?", "zelmorin for harbour fever in adults – how often?"),
        ("if allergic?", "What is the dose of zelmorin for harbour fever in adults – if allergic?"),
        ("side effects?", "zelmorin for harbour fever in adults – side effects?"),
        ("and for moss lung?", "What is the dose of zelmorin in adults – and for moss lung?"),
        ("is it safe in pregnancy?", "zelmorin for harbour fever – is it (zelmorin) safe in pregnancy?"),
        ("does that drug interact with warfarin?", "does that drug (zelmorin) interact with warfarin?"),
        ("kalau hamil?", "What is the dose of zelmorin for harbour fever – kalau hamil?"),
        ("ubat itu selamat?", "zelmorin for harbour fever in adults – ubat itu (zelmorin) selamat?"),
        ("孕妇呢？", "What is the dose of zelmorin for harbour fever – 孕妇呢？"),
        ("它安全吗？", "zelmorin for harbour fever in adults – 它（zelmorin）安全吗？"),
    ],
)
def test_what_a_follow_up_is_asked_as(question, expected):
    assert asked(ADULTS, question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "How is gout treated?",
        "dose of metformin?",
        "and what is the treatment of gout?",
        "Is it safe to give metformin in pregnancy?",
        "Should metformin be stopped when it causes diarrhoea?",
        "Can they say whether he should get amoxicillin for otitis media?",
        "62M, gout, on warfarin. Which drug?",
        "Berapa dos metformin?",
        "Bagaimana rawatan gout?",
        "痛风怎么治疗？",
        "thanks",
        "谢谢",
        "?",
        "...",
    ],
)
def test_a_question_with_a_topic_of_its_own_takes_nothing_over(question):
    assert asked(ADULTS, question) == question


@pytest.mark.parametrize("question", [*ALONE, *WRITTEN])
def test_whole_questions_stand_alone(question):
    assert asked(ADULTS, question) == question


def test_a_strength_goes_with_its_drug():
    said = asked("Is 500 mg of amoxicillin enough in otitis media?", "and doxycycline?")
    assert said == "Is enough in otitis media – and doxycycline?"


def test_he_beside_another_drug_may_be_another_patient():
    assert asked(ADULTS, "Can he take aspirin for his stroke?") == "Can he take aspirin for his stroke?"


def test_a_story_is_carried_whole_or_not_at_all():
    story = "62M with gorse cough, still wheezing after 2 days. Is he admitted?"
    assert asked(story, "dose?") == "62M with gorse cough, still wheezing after 2 days. Is he admitted – dose?"
    assert asked(story, "and in moss lung?") == "and in moss lung?"


def test_the_last_patients_drug_does_not_come_back():
    talk = (ADULTS, "How is gout diagnosed?", "treatment?", "and in pregnancy?", "dose?")
    for turn in after(*talk)[1:]:
        assert "zelmorin" not in turn.asked and "harbour" not in turn.asked


def test_a_chain_keeps_the_latest_of_each():
    said = asked(ADULTS, "and in pregnancy?", "what about tarvexol instead?", "how long?", "and for children?")
    assert "tarvexol" in said and "harbour fever" in said and "how long" in said
    assert not [word for word in ("zelmorin", "adults", "pregnancy", "dose") if word in said]


def test_a_reference_that_may_mean_two_drugs_is_not_decided():
    said = asked("Is amoxicillin or doxycycline given for gorse cough?", "is it safe?")
    assert "(" not in said and "amoxicillin or doxycycline" in said


def test_a_drug_is_not_invented_where_none_was_named():
    assert asked("How is harbour fever treated?", "is that drug safe?") == "harbour fever treated – is that drug safe?"


def test_what_grows_too_long_is_asked_as_typed():
    story = "gorse cough " * 160 + "?"
    assert condensed("with wheeze?", after(story)) == "gorse cough " * 160 + "– with wheeze?"
    assert condensed("with " + "wheeze " * 20 + "?", after(story)) == "with " + "wheeze " * 20 + "?"
    assert condensed("x " * LONGEST_ASKED, after(ADULTS)) == "x " * LONGEST_ASKED


PARTS = (
    "and or what about instead if for in with of on a the how long often dose pregnancy children adults it its they that drug"
    " metformin zelmorin gout harbour fever renal failure allergic to penicillin 6 years mild IV is safe ? , – ( ) kalau hamil"
    " dosnya dia itu untuk 孕妇 呢 剂量 它 二甲双胍 吗 first-line why thanks"
).split()
SPOKEN = st.lists(st.sampled_from(PARTS), min_size=1, max_size=9).map(" ".join)
TYPED = st.one_of(SPOKEN, st.text(max_size=80))
TURNS = st.lists(TYPED, max_size=4).map(lambda questions: after(*questions))


def tokens(text: str) -> list[str]:
    return re.findall(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+", text)


@given(TYPED, TURNS)
def test_every_typed_word_is_asked_in_its_order(question, turns):
    left = iter(tokens(condensed(question, turns)))
    assert all(word in left for word in tokens(question))


@given(TYPED)
def test_nothing_before_means_nothing_taken_over(question):
    assert condensed(question, ()) == question


@given(TYPED, st.sampled_from([ADULTS, "How is gout diagnosed?", "高血压怎么治疗？", "Berapa dos metformin?"]), TURNS)
def test_only_the_last_topic_is_used(question, last, older):
    assert condensed(question, (*older, Turn(last, last))) == condensed(question, (Turn(last, last),))


@given(st.sampled_from([*ALONE, "How is gout diagnosed?", "高血压怎么治疗？", "Berapa dos metformin?"]), TURNS)
def test_what_stands_alone_stays(question, turns):
    assert condensed(question, turns) == question


@given(TYPED, TURNS)
def test_no_word_comes_from_nowhere(question, turns):
    known = " ".join([question, *(turn.asked for turn in turns)]).lower()
    added = {"patients", "pesakit"}
    assert all(word in known or word in added for word in tokens(condensed(question, turns).lower()))
