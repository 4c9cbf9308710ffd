"""Passages written and read back are equal, and nothing damaged is read."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpgassist.codec import dump_line, from_json, to_json
from cpgassist.errors import IndexDamagedError
from cpgassist.index.codec import read_lines, write_lines
from cpgassist.types import Box, GuidelineReport, Locator, Passage, Sentence, Table
from tests.index.made import new_version, passage

texts = st.text(max_size=30) | st.text(alphabet=st.characters(), max_size=10)  # the second has lone surrogates
numbers = st.floats(allow_nan=False, allow_infinity=False)
pages = st.integers(1, 5000)
rows = st.lists(st.lists(texts, max_size=3).map(tuple), max_size=3).map(tuple)
boxes = st.builds(Box, numbers, numbers, numbers, numbers)
locators = st.builds(Locator, pages, st.none() | texts, st.lists(boxes, max_size=3).map(tuple))
passages = st.builds(
    Passage,
    id=texts,
    text=texts,
    kind=texts,
    guideline=texts,
    heading_path=st.lists(texts, max_size=3).map(tuple),
    at=st.lists(locators, min_size=1, max_size=3).map(tuple),
    sentences=st.lists(st.builds(Sentence, texts, pages), max_size=3).map(tuple),
    grade=st.none() | texts,
    table=st.none() | st.builds(Table, texts, rows, rows, st.booleans()),
)


@settings(max_examples=150, deadline=None)
@given(passages)
def test_a_passage_survives_the_round_trip_exactly(made):
    line = dump_line(Passage, made)
    assert line.count(b"\n") == 1
    back = from_json(Passage, json.loads(line))
    assert back == made
    assert hash(back) == hash(made)


@settings(max_examples=20, deadline=None)
@given(made=st.lists(passages, max_size=5).map(tuple))
def test_a_file_of_passages_survives_the_round_trip(made, tmp_path_factory):
    path = tmp_path_factory.mktemp("lines") / "passages.jsonl"
    write_lines(path, Passage, made)
    assert read_lines(path, Passage) == made


def test_types_that_hold_types_survive_the_round_trip():
    for report in new_version().guidelines:
        assert from_json(GuidelineReport, json.loads(json.dumps(to_json(GuidelineReport, report)))) == report


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: line[:-20],
        lambda line: b"[]\n",
        lambda line: b"\xff\xfe\n",
        lambda line: b"\n",
        lambda line: line.replace(b'"page":', b'"paqe":'),
        lambda line: line.replace(b'"page":1', b'"page":"1"'),
        lambda line: line.replace(b'"page":1', b'"page":1.5'),
        lambda line: line.replace(b'"page":1', b'"page":true'),
        lambda line: line.replace(b'"heading_path":[', b'"heading_path":["a",7,'),
        lambda line: line.replace(b'"text":"', b'"text":null,"kind":"'),
        lambda line: b"[" * 100_000 + b"\n",
    ],
)
def test_a_damaged_line_is_named_with_its_file(tmp_path, spoil):
    path = tmp_path / "passages.jsonl"
    lines = [dump_line(Passage, passage(number)) for number in (9, 9, 9)]
    spoiled = spoil(lines[1])
    assert spoiled != lines[1]
    path.write_bytes(lines[0] + spoiled + lines[2])
    with pytest.raises(IndexDamagedError, match=r"passages\.jsonl, line 2") as caught:
        read_lines(path, Passage)
    assert caught.value.next_step


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(IndexDamagedError, match=r"passages\.jsonl cannot be read"):
        read_lines(tmp_path / "passages.jsonl", Passage)


def test_a_field_with_a_default_may_be_absent_from_an_older_index():
    body = to_json(Passage, passage(2))
    del body["grade"]
    assert from_json(Passage, body).grade is None
