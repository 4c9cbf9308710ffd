"""Lines become paragraphs and items; words broken at line ends are made whole as the document writes them."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpgassist.reading.blocks import mended, paragraphs, starts_item, unbroken, vocabulary, whole_word
from cpgassist.reading.words import BROKEN
from cpgassist.types import Box, Line
from tests.reading import pdfs


def line(text, top, left=60.0, size=10.0, bold=False, page=1, right=None):
    return Line(text, page, Box(left, top, right or left + 5 * len(text), top + size), size, bold)


def stacked(*texts, **options):
    return [line(text, 100 + 12 * i, **options) for i, text in enumerate(texts)]


def joined(groups):
    return [" ".join(x.text for x in group) for group in groups]


@pytest.mark.parametrize(
    "text",
    ["• item", "● item", "▪ item", "‣ item", "✓ item", "- item", "– item", "* item", "1) item", "(a) item", "a. item", "1. item", "ii) item",
     "12. item", "•item", "o item"],
)  # fmt: skip
def test_bullets_and_enumerators_open_items(text):
    assert starts_item(text)


@pytest.mark.parametrize(
    "text",
    ["item", "12 mg of imaginol", "-5 to 3 points", "1.5 mg daily", "a dose of 5 mg", "Give 5 mg", "in the morning", "≥90 mmHg", "(see Table 2)",
     "2019. A year", ""],
)  # fmt: skip
def test_other_lines_open_none(text):
    assert not starts_item(text)


@pytest.mark.parametrize(
    "text",
    ["of 61 per 100,000", "or so", "oral ostivane", "only in those", "over one season", "once daily", "oxygen", "one"],
)
def test_words_that_begin_with_o_open_no_item(text):
    assert not starts_item(text)


@pytest.mark.parametrize("text", ["Østergaard was the first", "*p<0.05"])
def test_names_and_footnotes_open_no_item(text):
    assert not starts_item(text)


def test_a_paragraph_is_not_cut_where_a_line_begins_with_o(blocks):
    first = blocks(pdfs.wrapped_with_o)[0]
    assert first.kind == "text" and len(first.lines) == 4


@pytest.mark.parametrize("name", ["harbour", "moss"])
def test_the_sample_has_no_items_that_are_words(request, name):
    guideline = request.getfixturevalue(name)
    items = [b.lines[0].text for s in guideline.sections for b in s.blocks if b.kind == "item"]
    assert [text for text in items if text[0] not in "•–-"] == []


# ---- paragraphs


def test_lines_at_the_usual_distance_are_one_paragraph():
    lines = stacked("The first line runs over the width of the", "column and the second line ends here.")
    assert joined(paragraphs(lines)) == [
        "The first line runs over the width of the column and the second line ends here."
    ]


def test_a_wider_gap_parts_paragraphs():
    lines = [*stacked("The first line runs on", "and on until it ends here."), line("Another paragraph.", 140)]
    assert len(paragraphs(lines)) == 2


def test_a_size_change_parts_paragraphs():
    lines = [line("A heading", 100, size=14), line("The body under it.", 116)]
    assert len(paragraphs(lines)) == 2


def test_each_item_is_its_own_paragraph_and_takes_its_wrapped_lines():
    lines = stacked("Do not give it if:", "• the first reason, which is", "a long one", "• the second reason")
    assert joined(paragraphs(lines)) == [
        "Do not give it if:",
        "• the first reason, which is a long one",
        "• the second reason",
    ]


def test_a_short_last_line_before_a_capital_ends_a_paragraph():
    wide = "The first line of this paragraph runs over the whole of the width"
    lines = stacked(wide, "and ends here.", "Another begins without any space above it and runs over the width")
    assert len(paragraphs(lines)) == 2


def test_a_sentence_that_goes_on_in_the_next_column_stays_one_paragraph():
    lines = [
        *stacked("A sentence that begins in the left", "column and goes on in the"),
        line("right column, where it ends.", 100, left=320),
    ]
    assert len(paragraphs(lines)) == 1


def test_a_new_sentence_at_the_head_of_the_next_column_is_a_new_paragraph():
    lines = [
        *stacked("A sentence that ends in the left", "column just here."),
        line("A new one begins.", 100, left=320),
    ]
    assert len(paragraphs(lines)) == 2


@pytest.mark.parametrize("lines", [[], stacked("one line")])
def test_few_lines(lines):
    assert [x for group in paragraphs(lines) for x in group] == lines


@settings(max_examples=80, derandomize=True, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["• item", "Text here.", "and on", "of it", "1) step", "HEAD", "Ends."]),
            st.floats(60, 500),
            st.floats(60, 780),
            st.sampled_from([8.0, 10.0, 14.0]),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_paragraphs_keep_every_line_in_order(parts):
    lines = [line(text, top, left=left, size=size, bold=bold) for text, left, top, size, bold in parts]
    assert [x for group in paragraphs(lines) for x in group] == lines


# ---- broken words


@pytest.mark.parametrize(
    ("first", "second", "known", "whole"),
    [
        ("treat", "ment", {"treatment": 2}, "treatment"),
        ("follow", "up", {"follow-up": 1}, "follow-up"),
        ("follow", "up", {"followup": 2, "follow-up": 1}, "followup"),
        ("manage", "ment", {}, "management"),
        ("COVID", "19", {}, "COVID-19"),
        ("II", "2", {}, "II-2"),
        ("e", "mail", {}, "e-mail"),
        ("evidence", "based", {"evidence": 9, "based": 4}, "evidence-based"),
        ("evidence", "based", {"evidence": 9}, "evidencebased"),
        ("non", "severe", {"non": 3, "severe": 3}, "nonsevere"),
        ("Port", "Meridian", {}, "Port-Meridian"),
    ],
)
def test_a_broken_word_is_made_whole_as_the_document_writes_it(first, second, known, whole):
    assert whole_word(first, second, Counter(known)) == whole


@pytest.mark.parametrize(
    ("text", "mends"),
    [
        (f"the treat{BROKEN}ment of", "the treatment of"),
        (f"the treat{BROKEN} ment of", "the treatment of"),
        (f"a {BROKEN} b", "a-b"),
        (f"COVID{BROKEN}19", "COVID-19"),
        (f"one{BROKEN}two{BROKEN}three", "onetwothree"),
        ("nothing broken", "nothing broken"),
        ("", ""),
    ],
)
def test_mended(text, mends):
    assert mended(text, Counter()) == mends


def test_the_second_half_moves_up_to_its_first():
    lines = unbroken(stacked("the treat-", "ment of cough"), Counter({"treatment": 1}))
    assert [x.text for x in lines] == ["the treatment", "of cough"]


def test_a_line_that_only_held_the_second_half_is_gone():
    lines = unbroken(stacked("the treat-", "ment"), Counter({"treatment": 1}))
    assert [x.text for x in lines] == ["the treatment"]


def test_punctuation_after_the_second_half_moves_with_it():
    lines = unbroken(stacked("the treat-", "ment, which is new"), Counter({"treatment": 1}))
    assert [x.text for x in lines] == ["the treatment,", "which is new"]


@pytest.mark.parametrize("end", ["10-", "5 -", "range -"])
def test_a_dash_after_a_number_or_a_space_is_no_break(end):
    lines = unbroken(stacked(f"from {end}", "20 mg daily"), Counter())
    assert [x.text for x in lines] == [f"from {end}", "20 mg daily"]


def test_vocabulary_counts_whole_words_and_hyphened_ones():
    words = vocabulary([line("Follow-up of the follow-up, treatment", 100), line("Treatment", 120)])
    assert words["follow-up"] == 2 and words["treatment"] == 2


def test_broken_words_on_a_page_are_mended(blocks):
    first = " ".join(x.text for x in blocks(pdfs.hyphens)[0].lines)
    assert "cough is treatment with imaginol" in first
    assert "A follow-up visit is not needed" in first


@settings(max_examples=80, derandomize=True, deadline=None)
@given(
    st.lists(st.sampled_from(["treat", "ment", "COVID", "19", BROKEN, "-", "a", "über", ",", " ", "Ⅱ"]), max_size=10)
)
def test_mending_ends_and_leaves_no_mark(pieces):
    text = "".join(pieces)
    whole = mended(text, Counter({"treatment": 1}))
    assert BROKEN not in whole
    assert [c for c in whole if c.isalnum()] == [c for c in text if c.isalnum()]


def test_an_item_and_the_paragraph_after_it_are_two(blocks):
    kinds = [(b.kind, b.lines[0].text) for b in blocks(pdfs.list_then_paragraph)]
    assert ("item", "• treatment with fictamine") in kinds
    assert any(kind == "text" and text.startswith("Paragraph after the list") for kind, text in kinds)


@pytest.mark.parametrize("opening", ["Warm hands with a capillary refill", "Of the 1,118 titles"])
def test_the_sample_paragraph_after_a_list_is_no_part_of_its_last_item(harbour, opening):
    starts = [b.lines[0].text for s in harbour.sections for b in s.blocks]
    assert any(text.startswith(opening) for text in starts)
