"""Thoughts never reach the reader, however the text was cut into pieces."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.models.thinking import Thinking, split

PIECES = [
    "<unused94>",
    "<unused95>",
    "<think>",
    "</think>",
    "thought\n",
    "<",
    "<un",
    "unused94>",
    "</",
    "Give 5 mg [1].",
    "\n",
    "é",
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "visible", "thought", "open"),
    [
        ("Rest [1].", "Rest [1].", "", False),
        ("<unused94>thought\nLet me see.<unused95>Rest [1].", "Rest [1].", "Let me see.", False),
        ("<think>\nHm.\n</think>\n\nRest.", "\n\nRest.", "Hm.", False),
        ("A <think>one</think>B<unused94>two<unused95> C", "A B C", "one\n\ntwo", False),
        ("<unused94>thought\nLet me", "", "Let me", True),
        ("<think>a <unused95> b</think>c", "c", "a <unused95> b", False),
        ("eGFR <30 and <th", "eGFR <30 and <th", "", False),
        ("", "", "", False),
    ],
)
def test_thoughts_are_taken_out(text, visible, thought, open):
    assert split(text) == (visible, thought, open)


def test_text_is_let_through_as_soon_as_it_is_certain():
    thinking = Thinking()
    assert thinking.feed("Rest <") == "Rest "
    assert thinking.feed("30 ml <unu") == "<30 ml "
    assert thinking.feed("sed94>thou") == "" and thinking.open
    assert thinking.feed("ght\nHm<unused95") == ""
    assert thinking.feed(">Go") == "Go" and not thinking.open
    assert (thinking.close(), thinking.thought) == ("", "Hm")


def test_a_thought_that_the_prompt_opened():
    assert split("Hm.</think>Rest.", opened=True) == ("Rest.", "Hm.", False)
    assert split("Hm.", opened=True) == ("", "Hm.", True)


def test_an_end_without_a_beginning_is_told():
    thinking = Thinking()
    assert thinking.feed("Hm.</think>Rest.") == "Hm.Rest." and thinking.stray
    assert not thinking.open


@given(texts, st.lists(st.integers(0, 60), max_size=12), st.booleans())
def test_any_cutting_gives_what_the_whole_gives(text, cuts, opened):
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    thinking = Thinking(opened)
    visible = "".join(thinking.feed(text[a:b]) for a, b in pairwise(places)) + thinking.close()
    assert (visible, thinking.thought, thinking.open) == split(text, opened)


@given(texts)
def test_no_mark_is_left_and_nothing_is_made_up(text):
    visible, thought, _ = split(text)
    # Marks may arise anew where a thought was taken out between two halves; the halves themselves are text.
    assert len(visible) + len(thought) <= len(text) + 2 * text.count("<unused94>") + 2 * text.count("<think>")
    if not any(mark in text for mark in ("<unused9", "<think>", "</think>")):
        assert (visible, thought) == (text, "")
