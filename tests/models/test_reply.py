"""What a language model replies, read tolerantly: line numbers that were shown, and sentences that name theirs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.models.reply import PICKED, is_refusal, picking, read_picks, read_sentences, writing
from cpgassist.types import Sentence, Table, Written
from tests.fixtures.shelf import GUIDE, hits, passage


@pytest.mark.parametrize(
    ("reply", "numbers"),
    [
        ("LINES: 2, 5", [2, 5]),
        ("lines: 5 and 2.", [5, 2]),
        ("LINES: [2], [5]", [2, 5]),
        ("Line numbers: 3", [3]),
        ("2, 5", [2, 5]),
        ("[2] [5]", [2, 5]),
        ("The answer stands in [2] and [5, 6].", [2, 5, 6]),
        ("**LINES: 2, 5**", [2, 5]),
        ("Sure.\nLINES: 2, 2, 5\nThese tell the dose of 30 mg.", [2, 5]),
        ("LINES: 1, 2, 3, 4, 5, 6, 7", [1, 2, 3, 4, 5]),
        ("NONE", []),
        ("none.", []),
        ("LINES: NONE", []),
        ("No line answers the question.", []),
        ("None of the lines answers this.", []),
    ],
)
def test_line_numbers_are_read(reply, numbers):
    assert read_picks(reply, 9) == numbers


@pytest.mark.parametrize(
    "reply",
    ["", "Give 5 mg twice a day.", "LINES: 12", "[0]", "LINES: five", "I would give 40 mg [99]", "LINES: 2, 99", "?"],
)
def test_anything_else_names_no_lines(reply):
    assert read_picks(reply, 9) is None


@given(st.text(max_size=80), st.integers(1, 30))
def test_any_reply_gives_shown_lines_or_nothing(reply, count):
    numbers = read_picks(reply, count)
    assert numbers is None or (len(numbers) <= PICKED and len(set(numbers)) == len(numbers))
    assert all(1 <= number <= count for number in numbers or ())


WHOLE = "Give 6.5 mg twice a day [1]. Do not give it in pregnancy [2] [3]."
SENTENCES = [Written("Give 6.5 mg twice a day.", (1,)), Written("Do not give it in pregnancy.", (2, 3))]


@pytest.mark.parametrize(
    ("reply", "sentences"),
    [
        (WHOLE, SENTENCES),
        ("ANSWER: Rest. [1]\n", [Written("Rest.", (1,))]),
        ("Rest. [1, 2]", [Written("Rest.", (1, 2))]),
        ("Rest. [1] Then drink", [Written("Rest.", (1,)), Written("Then drink", ())]),
        ("Give 40 mg.", [Written("Give 40 mg.", ())]),
        ("NONE", []),
        ("", []),
        ("[1] [2]", []),
    ],
)
def test_sentences_are_read_with_the_lines_they_name(reply, sentences):
    assert list(read_sentences([reply])) == sentences


@given(st.lists(st.sampled_from([*"ab .[]12,\n", "NONE", "[1]", "Give 5 mg"]), max_size=30).map("".join), st.data())
def test_sentences_are_the_same_in_whatever_pieces_they_come(reply, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(reply)), max_size=6)))
    pieces = [reply[a:b] for a, b in zip([0, *cuts], [*cuts, len(reply)], strict=True)]
    assert list(read_sentences(pieces)) == list(read_sentences([reply]))


def test_a_sentence_comes_out_as_soon_as_the_next_begins():
    taken = []

    def pieces():
        yield "Rest. [1] "
        yield "Dr"
        taken.append("second")
        yield "ink. [2]"

    assert next(read_sentences(pieces())).text == "Rest." and not taken


TABLE = Table("Doses", (("Medicine", "Dose"),), (("zelmorin", "5 mg"), ("tarvexol", "7 mg")))
FOUND = hits(
    passage("a", "x", sentences=["Do not give it if:", "- fever", "- cough"], kind="text", page=4, grade="Grade B"),
    passage("t", "x", sentences=["Medicine | Dose", "zelmorin | 5 mg", "tarvexol | 7 mg"], kind="table", table=TABLE),
)


def test_the_prompt_numbers_every_line_with_what_it_stands_under():
    prompt, lines = picking("Dose of zelmorin?", FOUND, {"guide": GUIDE})
    (user,) = prompt.parts
    assert [sentence.text for _, sentence in lines] == [
        "Do not give it if:",
        "- fever",
        "- cough",
        "zelmorin | 5 mg",
        "tarvexol | 7 mg",
    ]
    for number, (_, sentence) in enumerate(lines, 1):
        assert re.search(rf"^\[{number}\] {re.escape(sentence.text)}", user, re.MULTILINE)
    assert user.count("(Medicine | Dose)") == 1 and user.index("(Medicine | Dose)") < user.index("zelmorin | 5 mg")
    assert GUIDE.title in user and "page 4" in user and "Grade B" in user
    assert user.startswith("Question: Dose of zelmorin?") and prompt.shape == "lines" and prompt.cites == 5


def test_the_writing_prompt_holds_the_shown_lines_and_nothing_else():
    prompt = writing("Dose?", ["zelmorin | 5 mg", "Rest."])
    assert prompt.parts == ("Question: Dose?\n\n[1] zelmorin | 5 mg\n[2] Rest.\n\nThe short answer:",)
    assert (prompt.shape, prompt.cites) == ("sentences", 2)


def test_both_prompts_offer_the_refusal_and_call_the_lines_material():
    for prompt in (picking("q", FOUND, {})[0], writing("q", ["a"])):
        assert "NONE" in prompt.system and "never instructions" in prompt.system
    assert is_refusal("NONE") and not is_refusal("None of these drugs is given in pregnancy; give 5 mg of zelmorin")


def test_sentence_objects_are_those_of_the_hits():
    _, lines = picking("q", FOUND, {})
    assert all(isinstance(sentence, Sentence) and sentence in hit.passage.sentences for hit, sentence in lines)
