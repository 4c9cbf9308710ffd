"""A passage says where its words stand: over pages, in the sample, misread, and read by OCR."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpgassist.passages import split
from cpgassist.types import (
    Block,
    Box,
    Line,
    Repair,
    Table,
)
from tests.fixtures.handmade import (
    COUNT,
    block,
    line,
    made,
    minilm,
    over,
    passages,
    searched,
    words,
)
from tests.fixtures.trials import trials
from tests.reading.conftest import sample_guideline

# ---- places


def over_break(*texts):
    """A block whose lines stand on (text, page)."""
    return Block("text", tuple(line(text, page, 100 + 12 * i) for i, (text, page) in enumerate(texts)))


def test_a_sentence_over_a_page_break_knows_its_page_and_its_rest():
    (found,) = passages(
        over_break(("One stands here. Two begins on the", 4), ("first page and ends. Three", 5), ("is last.", 5))
    )
    assert [(s.text, s.page, s.continued) for s in found.sentences] == [
        ("One stands here.", 4, ""),
        ("Two begins on the first page and ends.", 4, "first page and ends."),
        ("Three is last.", 5, ""),
    ]
    assert [(place.page, place.label) for place in found.at] == [(4, "8"), (5, "9")]


def test_an_item_over_a_page_break_knows_its_rest():
    item = Block("item", (line("• wet boots and", 4), line("wet ropes", 5)))
    (found,) = passages(item)
    assert [(s.text, s.page, s.continued) for s in found.sentences] == [("wet boots and wet ropes", 4, "wet ropes")]


def test_a_sentence_that_ends_with_the_page_has_no_rest():
    (found,) = passages(over_break(("One ends here.", 4), ("Two is on the next.", 5)))
    assert [(s.page, s.continued) for s in found.sentences] == [(4, ""), (5, "")]


def test_a_sentence_cut_at_the_window_knows_the_page_of_each_part():
    found = searched(passages(over_break((words(40, "a"), 4), (words(40, "b") + ".", 5)), window=40))
    for passage in found:
        for sentence in passage.sentences:
            on_first = sentence.text.removesuffix(sentence.continued).split()
            letter = "a" if sentence.page == 4 else "b"
            assert all(word.startswith(letter) for word in on_first), sentence


@settings(max_examples=trials(50), derandomize=True, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["", ".", ".", ":"])), min_size=2, max_size=6),
    st.integers(1, 5),
)
def test_continued_is_what_stands_on_the_next_page(sizes, turn):
    """Lines of random length with the page turned after one of them."""
    serial = iter(range(10**4))
    lines = []
    for i, (size, end) in enumerate(sizes):
        text = " ".join(f"Q{next(serial)}" for _ in range(size)) + end
        lines.append((text, 4 if i < turn else 5))
    where = {word.rstrip(".:"): page for text, page in lines for word in text.split()}
    for passage in searched(passages(over_break(*lines))):
        for sentence in passage.sentences:
            rest = [w.rstrip(".:") for w in sentence.continued.split()]
            head = [w.rstrip(".:") for w in sentence.text.split()][: len(sentence.text.split()) - len(rest)]
            assert {where[w] for w in head} <= {sentence.page}
            assert {where[w] for w in rest} <= {sentence.page + 1}


def test_boxes_of_neighbouring_lines_are_one():
    (found,) = passages(block("One line", "and another", "and a third."))
    assert found.at[0].boxes == (Box(60, 100, 500, 134),)


# ---- the sample


@pytest.fixture(
    scope="module", params=["harbour-fever-2023", "moss-lung-2022", "gatal-bakau-2022", "harbour-fever-2017"]
)
def sample(request):
    guideline = sample_guideline(request.param)
    return guideline, split(guideline, minilm().count_tokens, 256)


def test_sample_passages_fit_the_packaged_embedder(sample):
    _, found = sample
    assert not over(searched(found), minilm().count_tokens, 256)


def test_sample_words_are_all_searched(sample):
    guideline, found = sample
    text = " ".join(p.text for p in searched(found))
    held = set(text.split())
    for section in guideline.sections:
        for one in section.blocks:
            if one.kind in ("text", "item", "recommendation", "table"):
                for printed in one.lines:
                    missing = set(printed.text.split()) - held
                    assert not missing, (printed.page, missing)


def test_sample_pages_are_all_listed(sample):
    guideline, found = sample
    assert {page for p in found for page in p.pages} == set(range(1, guideline.info.pages + 1))


def test_sample_reading_order_is_kept(sample):
    _, found = sample
    firsts = [p.page for p in searched(found)]
    assert all(a <= b for a, b in pairwise(firsts))


def statements(name, text):
    found = split(sample_guideline(name), minilm().count_tokens, 256)
    return [(p.grade, p.pages) for p in found if p.kind == "recommendation" and text in p.text]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Oral zelmorin should be given to all adults", [("Grade A", (6, 10))]),
        ("The Harbour Antigen Rapid Test should be done", [("Grade B", (6, 9))]),
        ("Pelgrain should replace zelmorin", [("Grade C", (6, 13))]),
        ("Intravenous tarvexol should be started", [("Grade A", (6, 12))]),
        ("Corticosteroids should not be used", [("Grade A", (6, 12))]),
        ("Quillamide prophylaxis should be offered", [("Grade B", (6,)), ("Grade C", (14,))]),
    ],
)
def test_sample_repeats_and_conflicts(text, places):
    assert sorted(statements("harbour-fever-2023", text)) == places


def test_sample_textless_page_is_listed():
    found = split(sample_guideline("lantern-pressure-2021"), COUNT, 256)
    assert [(p.text, p.pages) for p in found if p.kind == "no_text"] == [("[no text layer]", (7,))]


def test_sample_contraindications_keep_their_lead_in():
    found = split(sample_guideline("harbour-fever-2023"), minilm().count_tokens, 256)
    (held,) = [p for p in found if "beacon interval >480 ms" in p.text and p.kind == "text"]
    assert "Do not give zelmorin if any of the following is present:" in held.text
    assert "first trimester of pregnancy" in held.text


@pytest.mark.parametrize("window", [32, 64, 128, 256, 512])
def test_sample_passages_fit_other_windows(window):
    found = searched(split(sample_guideline("harbour-fever-2023"), minilm().count_tokens, window))
    assert not over(found, minilm().count_tokens, window)


# ---- words whose text layer is not what the page shows


def misread(text, *repairs, page=1):
    """A line with the words repaired in it, as (source, shown)."""
    return replace(line(text, page), repairs=tuple(Repair(page, source, shown, "glyph") for source, shown in repairs))


def test_a_sentence_carries_the_words_of_the_text_layer():
    block = Block("text", (misread("Treat from ≥90 on. Rest below.", ("³90", "≥90")),))
    (found,) = searched(passages(block))
    assert [(s.text, s.source_text) for s in found.sentences] == [
        ("Treat from ≥90 on.", "Treat from ³90 on."),
        ("Rest below.", ""),
    ]


def test_an_undecided_word_has_no_source_of_its_own():
    (found,) = searched(passages(Block("text", (misread("Treat from >90 on.", (">90", ">90")),))))
    assert found.sentences[0].source_text == ""


def test_a_cell_over_several_rows_has_its_source_in_each():
    """Its words are held by the line of the first row alone; the page's repairs tell the others."""
    rows = (("≥90", "5 mg"), ("≥90", "7 mg"))
    first = misread("≥90 | 5 mg", ("³90", "≥90"))
    block = Block(
        "table", (line("Waist | Dose"), first, line("≥90 | 7 mg")), None, Table("", (("Waist", "Dose"),), rows)
    )
    guideline = replace(made((("1 Doses",), [block])), repairs=first.repairs)
    (found,) = [p for p in split(guideline, COUNT, 256) if p.searched]
    assert [s.source_text for s in found.sentences] == ["³90 | 5 mg", "³90 | 7 mg"]


# ---- what OCR read


def seen(text, page=1, top=100.0, confidence=0.8, uncertain=()):
    return Line(text, page, Box(60, top, 500, top + 10), 10, confidence=confidence, uncertain=tuple(uncertain))


def test_sentences_of_a_scan_carry_place_doubt_and_their_own_uncertain_numbers():
    lines = (
        seen("Fill it with 250 ml. Trim the"),
        seen("wick after 12 hours.", top=112, confidence=0.6, uncertain=["12"]),
    )
    (found,) = passages(Block("text", lines))
    first, second = found.sentences
    assert found.read_by_ocr and found.to_dict("x.pdf")["ocr"] is True
    assert (first.confidence, first.uncertain) == (0.8, ()) and (second.confidence, second.uncertain) == (0.6, ("12",))
    assert [box.top for box in first.boxes] == [100] and [box.top for box in second.boxes] == [100, 112]
    assert first.boxes[0].right <= second.boxes[0].left + 1 and second.boxes[1].right == 500


def test_a_scanned_sentence_over_two_pages_keeps_the_boxes_of_each():
    (found,) = passages(Block("text", (seen("Fill the large lamp", 1), seen("with oil.", 2))))
    (sentence,) = found.sentences
    assert sentence.continued == "with oil." and len(sentence.boxes) == len(sentence.continued_boxes) == 1


def test_an_uncertain_mark_in_the_grade_is_named_with_each_sentence():
    (found,) = passages(
        Block("recommendation", (seen("Trim it."), seen("(Level Il)", 1, 112, 1.0, ["Il)"])), "Level Il")
    )
    assert all("Il)" in sentence.uncertain for sentence in found.sentences)


def test_text_layers_are_not_called_ocr():
    (found,) = passages(block("Fill it with 250 ml."))
    assert not found.read_by_ocr and "ocr" not in found.to_dict("x.pdf")
    assert found.sentences[0].boxes == () and found.sentences[0].confidence is None


def test_labels_of_a_drawing_are_found_and_never_quoted():
    (found,) = passages(Block("figure", (line(""), line(""), *(seen(f"Label {i}") for i in range(3)))))
    assert found.kind == "figure" and found.searched and found.sentences == () and found.read_by_ocr
