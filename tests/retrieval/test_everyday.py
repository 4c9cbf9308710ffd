"""The everyday file keeps its form: three columns, nothing said twice, capitals only where they matter."""

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

import cpgassist
from cpgassist.retrieval.everyday import Saying, load_everyday

PATH = Path(cpgassist.__file__).parent / "retrieval" / "everyday.tsv"
HEADER = "said\tmeans\tkind"
ORDINARY = set(
    "a all am an and are as at be but by can cap did do dig ends for from had has he his how in is it lay led low map may"
    " me men mine miso my nec no not of off on one or our out own pa pad pen pet pop ran rat rig sam see set she so ten"
    " the to top up us use via was we who why yes you act add age ada ibu lama sama uri ari mi".split()
)
"""Words of other senses, English and Malay/Indonesian, that lower-case shorthand would be taken for."""


def lines() -> list[str]:
    rows = PATH.read_text(encoding="utf-8").split("\n")
    return rows[rows.index(HEADER) + 1 : -1]


def said() -> list[str]:
    return [alternative for saying in load_everyday() for alternative in saying.said]


def meaning(word: str) -> tuple[str, ...]:
    return next(saying.means for saying in load_everyday() if word in saying.said)


def test_every_line_is_a_saying() -> None:
    assert [line for line in lines() if len(line.split("\t")) != 3] == []
    assert len(load_everyday()) == len(lines())
    assert all(isinstance(saying, Saying) for saying in load_everyday())


def test_plain_utf8_with_comments_only_above() -> None:
    whole = PATH.read_bytes().decode("utf-8")
    assert whole.endswith("\n") and "\r" not in whole and unicodedata.is_normalized("NFC", whole)
    assert all(row.startswith("#") for row in whole.split("\n")[: whole.split("\n").index(HEADER)])
    assert not [line for line in lines() if line.startswith("#") or not line]


def test_nothing_said_twice() -> None:
    assert [one for one, count in Counter(said()).items() if count > 1] == []


@pytest.mark.parametrize("column", [0, 1])
def test_alternatives_are_trimmed_and_single(column: int) -> None:
    for line in lines():
        cells = line.split("\t")[column].split("|")
        assert all(cell and cell == " ".join(cell.split()) for cell in cells), line
        assert len({cell.casefold() for cell in cells}) == len(cells) or column == 0, line


def test_every_saying_means_something_else() -> None:
    assert [saying for saying in load_everyday() if not saying.said or not saying.means] == []
    assert [s for s in load_everyday() if {a.lower() for a in s.said} & {m.lower() for m in s.means}] == []


def test_kinds_and_their_share() -> None:
    kinds = Counter(saying.kind for saying in load_everyday())
    assert set(kinds) == {"lay", "shorthand", "brand"}
    assert kinds["lay"] >= 400 and kinds["shorthand"] >= 400 and kinds["brand"] >= 200


def test_capitals_only_in_shorthand_whose_case_matters() -> None:
    capital = [(saying, one) for saying in load_everyday() for one in saying.said if one != one.lower()]
    assert [one for saying, one in capital if saying.kind != "shorthand"] == []
    assert [
        one for _, one in capital if " " in one or not re.search(r"[A-Z].*[A-Z0-9]|[a-z0-9].*[A-Z]|^Hib$|^Td$", one)
    ] == []
    for saying, one in capital:  # where any case is meant, the lower-case form alone stands
        assert one.lower() not in saying.said, one


def test_no_ordinary_word_and_no_single_letter() -> None:
    assert [one for one in said() if len(one) < 2] == []
    assert [one for one in said() if one in ORDINARY] == []


def test_sentences_are_not_said() -> None:
    assert [one for one in said() if len(one.split()) > 6 or one.endswith(("?", "!"))] == []


@pytest.mark.parametrize(
    ("word", "means"),
    [
        ("pt", "patient"),
        ("SOB", "dyspnoea"),
        ("htn", "hypertension"),
        ("t1dm", "type 1 diabetes mellitus"),
        ("abx", "antibiotics"),
        ("pred", "prednisolone"),
        ("water pill", "diuretic"),
        ("jab", "vaccination"),
        ("fits", "seizures"),
        ("viagra", "sildenafil"),
    ],
)
def test_what_is_said_at_the_bedside(word: str, means: str) -> None:
    assert meaning(word)[0] == means


@pytest.mark.parametrize(
    ("short", "meanings"),
    [("PT", {"prothrombin time", "physiotherapy"}), ("MS", {"multiple sclerosis", "mitral stenosis"})],
)
def test_ambiguous_shorthand_has_all_its_meanings(short: str, meanings: set[str]) -> None:
    assert meanings <= set(meaning(short))
