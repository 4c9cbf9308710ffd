"""The glossary file keeps its form: three columns, no doubles, nothing too short or oddly written."""

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

import cpgassist

PATH = Path(cpgassist.__file__).parent / "retrieval" / "glossary.tsv"
HEADER = "en\tms\tzh"
FUNCTION_WORDS = {"dan", "yang", "di", "ke", "ada", "dari", "pada", "untuk", "dengan", "ini", "itu", "atau", "air"}
ONE_CHARACTER_ZH = set("肺胃肝肾痛痰癣疣癌尿")  # unmistakable in medicine
HAN = re.compile(r"[\u4e00-\u9fff]")


def text() -> str:
    return PATH.read_bytes().decode("utf-8")


def content_lines() -> list[tuple[int, str]]:
    """Each line after the header, with its number."""
    lines = text().split("\n")
    start = lines.index(HEADER)
    return [(n, line) for n, line in enumerate(lines[start + 1 : -1], start + 2)]


def rows() -> list[tuple[int, list[str]]]:
    return [(n, line.split("\t")) for n, line in content_lines()]


def alternatives(column: int) -> list[tuple[int, str]]:
    return [(n, a) for n, cells in rows() if cells[column] for a in cells[column].split("|")]


def test_comments_stand_only_above_the_header() -> None:
    above = text().split("\n")[: text().split("\n").index(HEADER)]
    assert above
    assert all(line.startswith("#") for line in above)
    assert not [n for n, line in content_lines() if line.startswith("#") or not line]


def test_plain_utf8_lines() -> None:
    whole = text()
    assert whole.endswith("\n")
    assert "\r" not in whole
    assert not whole.startswith("\ufeff")
    assert unicodedata.is_normalized("NFC", whole)
    assert [c for c in set(whole) if unicodedata.category(c) in {"Cc", "Cf"} and c not in "\n\t"] == []
    assert "\u00a0" not in whole


def test_size() -> None:
    assert 600 <= len(rows()) <= 1100


def test_three_columns() -> None:
    assert [n for n, cells in rows() if len(cells) != 3] == []


def test_english_and_one_other_language_in_every_row() -> None:
    assert [n for n, cells in rows() if not cells[0] or not (cells[1] or cells[2])] == []


def test_no_english_head_twice() -> None:
    heads = Counter(cells[0].split("|")[0].casefold() for _, cells in rows())
    assert [head for head, count in heads.items() if count > 1] == []


@pytest.mark.parametrize("column", [0, 1, 2])
def test_alternatives_are_trimmed_and_not_empty(column: int) -> None:
    assert [(n, a) for n, a in alternatives(column) if not a or a != " ".join(a.split())] == []


@pytest.mark.parametrize("column", [0, 1, 2])
def test_no_alternative_twice_in_one_cell(column: int) -> None:
    doubled = []
    for n, cells in rows():
        folded = [a.casefold() for a in cells[column].split("|")]
        doubled += [(n, a) for a, count in Counter(folded).items() if count > 1]
    assert doubled == []


def test_lengths() -> None:
    assert [(n, a) for n, a in alternatives(0) if len(a) < 2] == []
    assert [(n, a) for n, a in alternatives(1) if len(a) < 3] == []
    assert [(n, a) for n, a in alternatives(2) if len(a) < 2 and a not in ONE_CHARACTER_ZH] == []


@pytest.mark.parametrize("column", [0, 1])
def test_no_sentences(column: int) -> None:
    assert [(n, a) for n, a in alternatives(column) if len(a.split()) > 6 or a.endswith((".", "?", "!"))] == []


def test_malay_is_no_function_word() -> None:
    assert [(n, a) for n, a in alternatives(1) if a.casefold() in FUNCTION_WORDS] == []


def test_scripts() -> None:
    assert [(n, a) for column in (0, 1) for n, a in alternatives(column) if HAN.search(a)] == []
    assert [(n, a) for n, a in alternatives(2) if not HAN.search(a)] == []
