"""A passage fits the window and loses nothing, whatever guideline is made up."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpgassist.passages import split
from cpgassist.types import (
    DRAWN_KINDS,
    Block,
)
from tests.fixtures.handmade import (
    COUNT,
    block,
    drawing,
    line,
    made,
    minilm,
    over,
    passages,
    searched,
    table_block,
    words,
)
from tests.fixtures.trials import trials
from tests.reading.conftest import sample_guideline

# ---- the window


SERIAL = re.compile(r"\bq\d+\b")


@st.composite
def guidelines(draw, serials=True):
    """Random sections and blocks; with serials every word of their text is unique and numbered in reading order."""
    next_word = iter(range(10**6))
    plain = st.sampled_from(
        ["imaginol", "12", "mg/kg", "≥90", "ventilation", "a", "of", "(Grade A)", "pneumonoconiosis", "e.g.", "•"]
    )

    def phrase(least, most, end=st.sampled_from(["", ".", ":", ";"])):
        size = draw(st.integers(least, most))
        texts = [f"q{next(next_word)}" if serials else draw(plain) for _ in range(size)]
        return " ".join(texts) + draw(end)

    def lines(bullet=""):
        count, width = draw(st.integers(1, 16)), draw(st.sampled_from([3, 14]))
        page = draw(st.integers(1, 12))
        made = []
        for i in range(count):
            if draw(st.integers(0, 9)) == 0:
                page = min(page + 1, 12)
            made.append(line((bullet if i == 0 else "") + phrase(1, width), page, 100 + 12 * i))
        return tuple(made)

    def one_block():
        kind = draw(
            st.sampled_from(
                [
                    "text",
                    "text",
                    "item",
                    "item",
                    "recommendation",
                    "table",
                    "flowchart",
                    "figure",
                    "toc",
                    "reference_list",
                ]
            )
        )
        grade = (
            draw(st.sampled_from([None, None, "Grade A", "Strong | Low"]))
            if kind in ("text", "recommendation")
            else None
        )
        if kind == "table":
            columns, count = draw(st.integers(2, 3)), draw(st.integers(1, 12))
            header = tuple(phrase(1, 2, st.just("")) for _ in range(columns))
            cell = st.integers(0, 6)
            rows = []
            for _ in range(count):
                row = [" ".join(f"q{next(next_word)}" for _ in range(draw(cell))) for _ in range(columns)]
                rows.append(tuple(row) if any(row) else (f"q{next(next_word)}", *row[1:]))
            return table_block(rows, header, draw(st.sampled_from(["", "Table 1. Doses of medicines"])))
        bullet = draw(st.sampled_from(["• ", "– ", "1) "])) if kind == "item" else ""
        if kind in DRAWN_KINDS:
            title = draw(st.sampled_from(["", "Algorithm 1 Rest", words(40, "title")]))
            inside = lines()
            page = inside[0].page
            return drawing(kind, title, *(replace(one, page=page) for one in inside), page=page)
        return Block(kind, lines(bullet=bullet), grade)

    sections = []
    for _ in range(draw(st.integers(1, 4))):
        depth, length = draw(st.integers(0, 4)), draw(st.integers(1, 12))
        path = tuple(words(length, f"h{level}x") for level in range(depth))
        sections.append((path, [one_block() for _ in range(draw(st.integers(1, 9)))]))
    return made(*sections)


WINDOWS = st.one_of(st.integers(24, 48), st.integers(24, 256))
STEADY = settings(max_examples=trials(60), derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


@STEADY
@given(guidelines(), WINDOWS)
def test_no_passage_is_longer_than_the_window(guideline, window):
    assert not over(searched(split(guideline, COUNT, window)), COUNT, window)


@settings(STEADY, max_examples=trials(20))
@given(guidelines(serials=False), st.sampled_from([24, 40, 64, 128, 256]))
def test_no_passage_is_longer_than_the_window_in_word_pieces(guideline, window):
    count = minilm().count_tokens
    assert not over(searched(split(guideline, count, window)), count, window)


def serials(text):
    return [int(found[1:]) for found in SERIAL.findall(text)]


def header_serials(guideline):
    """The serial numbers of the words in the headers of its tables."""
    tables = [block.table for section in guideline.sections for block in section.blocks if block.table]
    return {n for table in tables for name in table.header for cell in name for n in serials(cell)}


@STEADY
@given(guidelines(), WINDOWS)
def test_no_word_is_lost_and_all_stand_in_order(guideline, window):
    kept = ("text", "item", "recommendation", "table", *DRAWN_KINDS)
    wanted = [
        n for s in guideline.sections for b in s.blocks if b.kind in kept for x in b.lines for n in serials(x.text)
    ]
    headers = header_serials(guideline)
    found = [n for p in searched(split(guideline, COUNT, window)) for n in serials(p.text)]
    # A table's header is left out where it would take half of the window.
    first_seen = list(dict.fromkeys(n for n in found if n not in headers))
    assert first_seen == [n for n in wanted if n not in headers]


@STEADY
@given(guidelines(), WINDOWS)
def test_sentences_hold_the_words_of_their_passage(guideline, window):
    for passage in searched(split(guideline, COUNT, window)):
        text = "".join(passage.text.split())
        for sentence in passage.sentences:
            assert "".join(sentence.text.split()) in text
            assert sentence.page in passage.pages
            assert sentence.text.endswith(sentence.continued)


@STEADY
@given(guidelines(), WINDOWS)
def test_ids_are_unique_and_the_same_again(guideline, window):
    first, second = split(guideline, COUNT, window), split(guideline, COUNT, window)
    assert first == second
    ids = [p.id for p in first]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"cough:[0-9a-f]{12}", number) for number in ids)


@STEADY
@given(guidelines(), WINDOWS)
def test_grades_never_mix(guideline, window):
    """Every serial stands in a passage of its own block's grade."""
    grades = {n: b.grade for s in guideline.sections for b in s.blocks for x in b.lines for n in serials(x.text)}
    for passage in searched(split(guideline, COUNT, window)):
        body = " ".join(s.text for s in passage.sentences)
        assert {grades[n] for n in serials(body)} <= {passage.grade}


@settings(STEADY, max_examples=trials(40))
@given(guidelines(), WINDOWS)
def test_places_are_those_of_the_words(guideline, window):
    where = {n: x.page for s in guideline.sections for b in s.blocks for x in b.lines for n in serials(x.text)}
    headers = header_serials(guideline)
    for passage in searched(split(guideline, COUNT, window)):
        assert {where[n] for n in serials(passage.text) if n not in headers} <= set(passage.pages)
        for place in passage.at:
            assert place.label == str(place.page + 4) and place.boxes


LONG_WORD = "".join(map(str, range(1000)))
CHINESE = "".join(chr(0x4E00 + i) for i in range(900))


@pytest.mark.parametrize(
    "text", [LONG_WORD, CHINESE, f"start {LONG_WORD} end", " ".join(f"{i}" * 20 for i in range(60))]
)
def test_text_without_spaces_is_cut_to_the_window(text):
    count = minilm().count_tokens
    found = searched(split(made((("1 Treatment",), [block(text)])), count, 64))
    assert not over(found, count, 64)
    body = "".join(s.text for p in found for s in p.sentences)
    assert body.replace(" ", "") == text.replace(" ", "")


def test_a_run_of_leaders_is_cut_to_the_window():
    found = searched(split(made((("1 Treatment",), [block("." * 2000)])), minilm().count_tokens, 64))
    assert found and not over(found, minilm().count_tokens, 64)


def test_a_paragraph_of_signs_that_the_tokenizer_drops_is_a_passage_all_the_same():
    found = searched(split(made((("1 Treatment",), [block("\ufffd\ufffd")])), minilm().count_tokens, 64))
    assert [p.text for p in found] == ["1 Treatment\n\ufffd\ufffd"]


def test_no_text_is_counted_twice():
    counted = []
    split(sample_guideline("moss-lung-2022"), lambda texts: counted.extend(texts) or COUNT(texts), 256)
    assert len(counted) > 50 and len(set(counted)) == len(counted)


@pytest.mark.parametrize(
    "path", [("one",), (words(40),), (words(20, "a"), words(20, "b"), words(20, "c")), (LONG_WORD,), ()]
)
@pytest.mark.parametrize("window", [24, 64])
def test_long_heading_paths_leave_room_for_the_text(path, window):
    count = minilm().count_tokens
    found = searched(split(made((path, [block(words(60))])), count, window))
    assert found and not over(found, count, window)
    assert all(p.sentences for p in found)


def test_the_inner_headings_of_a_long_path_stay():
    (passage,) = passages(block("Give it."), path=(words(80, "outer"), "1.2 Dose of imaginol"))
    assert passage.heading_path == ("1.2 Dose of imaginol",)
