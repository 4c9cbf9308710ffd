"""Sentences by rules made for guidelines: doses, abbreviations and numbers of items do not end one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpgassist.sentences import sentences


@pytest.mark.parametrize(
    "parts",
    [
        ["Give imaginol.", "Then stop."],
        ["Is it safe?", "Yes!", "No."],
        ["Give 5 mg.", "Then stop."],
        ["Give 1.5 mg.", "Stop after 2.5 days."],
        ["The dose is 12 mg/kg/day.", "It is given twice daily."],
        ["It fell by 4.5%.", "The rest stayed."],
        ["It was shown in 2019.", "Nothing came of it."],
        ["Dr. Ardal said it.", "He left."],
        ["Take it o.d.", "Increase to two after a week."],
        ['"Stop."', "She did not."],
        ["(It was not.)", "Nobody saw it."],
        ["He waited and so on...", "The end came."],
        ["It comes at 12 p.m.", "The next is due at night."],
        ["Dos ialah 2 tablet sehari.", "Selepas itu berhenti."],
        ["It ended.", "(This was expected.)"],
        ["It ended.", "• A bullet follows."],
        ["It ended.", "12 patients were left."],
        ["1. Give imaginol.", "2. Stop it."],
        ["Do this: 1. Give imaginol.", "2. Stop it."],
        ["每日一次。", "饭后服用。"],
        ["Österreich was first.", "Ärzte came later."],
        ["It was raised to 400 µg.", "Hoarseness occurs in 8%."],
        ["It ended.’", "Another began."],
    ],
)
def test_ends_of_sentences(parts):
    assert sentences(" ".join(parts) if "。" not in parts[0] else "".join(parts)) == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No end at all",
        "Take e.g. Imaginol or i.e. Fictamine",
        "Imaginol (cf. Table 2) is safe",
        "See Fig. 2 and Fig. 3 for it.",
        "It holds in Table No. 7 of the annex.",
        "Smith et al. Journal of nothing",
        "Take b.d. after food.",
        "Take it t.d.s. with water.",
        "approx. 5 mg",
        "a maximum of max. 900 mg/day",
        "It costs 1.000 crowns.",
        "J. Smith wrote it.",
        "A. B. Smith wrote it.",
        "relapse.13 was rare",
        "2.1. Dose of imaginol",
        "a. First item",
        "iv. Fourth item",
        "eGFR of 1.73 m² or less",
        "pH 7.4 is usual",
        "version 2.0 of the score",
        "a ratio of 0.30 or more",
    ],
)
def test_no_end(text):
    assert sentences(text) == ([text] if text else [])


@pytest.mark.parametrize(
    "parts",
    [
        ["It is rich in vitamin C.", "It is cheap."],
        ["Both belong to group B.", "The rest do not."],
        ["This is Grade A.", "It stays so."],
    ],
)
def test_ends_after_a_single_capital(parts):
    assert sentences(" ".join(parts)) == parts


def test_a_sentence_that_begins_with_a_sign():
    assert sentences("It is given below an eGFR of 30. ≥90 is fine.") == [
        "It is given below an eGFR of 30.",
        "≥90 is fine.",
    ]


@pytest.mark.parametrize(
    "text", ["It fell by half.13 The dose was raised.", "It fell (by half).12,13 The dose was raised."]
)
def test_a_reference_mark_does_not_hide_the_end(text):
    assert len(sentences(text)) == 2


def test_white_space_is_folded():
    assert sentences("  Give \n it.\t Then\u2003stop. ") == ["Give it.", "Then stop."]


ALPHABET = st.sampled_from([*"abAB12.?!;:()\"' \n", "mg. ", "e.g. ", "A. ", "1. ", "。", "• ", "≥", "Dr. "])


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.lists(ALPHABET, max_size=40).map("".join))
def test_nothing_is_lost_and_nothing_is_empty(text):
    parts = sentences(text)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(part and part == part.strip() for part in parts)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.text(max_size=60))
def test_any_text_keeps_its_letters(text):
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@settings(max_examples=100, derandomize=True, deadline=None)
@given(
    st.lists(
        st.sampled_from(["Give imaginol daily.", "Stop it at once.", "Is it safe?", "Take 1.5 mg at night."]),
        min_size=1,
        max_size=8,
    )
)
def test_plain_sentences_come_back_one_by_one(parts):
    assert sentences(" ".join(parts)) == parts
