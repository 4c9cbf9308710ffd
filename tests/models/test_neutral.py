"""Text that spells special tokens: no tokenizer may find one in it, and a reader sees no difference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.models.neutral import BREAK, neutralised

LITERALS = """<bos> <eos> <pad> <unk> <start_of_turn> <end_of_turn> <start_of_image> <end_of_image> <image_soft_token>
<unused94> <unused95> <s> </s> <|begin_of_text|> <|eot_id|> <|start_header_id|> <|end_header_id|> <|im_start|> <|im_end|>
<|image|> <|python_tag|> [INST] [/INST] <<SYS>> <</SYS>> [SYSTEM_PROMPT] <think> </think> <tool_call>""".split()


@pytest.mark.parametrize("literal", LITERALS)
def test_a_literal_is_broken_after_its_first_character(literal):
    made = neutralised(f"a{literal}b")
    assert literal not in made
    assert made.replace(BREAK, "") == f"a{literal}b"


def test_comparisons_and_our_own_markers_stay_as_they_are():
    text = "eGFR <30 or > 60 ml/min, see [1] and [Grade A]; BP <140/90; a<b; [12, 13]"
    assert neutralised(text) == text


def test_what_a_tokenizer_declares_is_broken_too():
    assert neutralised("x ~~END~~ y", ["~~END~~", "x"]) == f"x ~{BREAK}~END~~ y"


@given(st.text() | st.lists(st.sampled_from(LITERALS), max_size=6).map("".join))
def test_it_only_adds_breaks_and_a_second_time_adds_none(text):
    made = neutralised(text)
    assert made.replace(BREAK, "") == text.replace(BREAK, "")
    assert neutralised(made) == made
