"""Reading questions: defaults, unknown fields, and errors that name file, line, key and reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cpgassist.errors import InputError
from cpgassist.evaluation import Gold, Question, read_questions
from cpgassist.evaluation.questions import check_groupable, groupable

FULL = {
    "id": "a-1",
    "question": "Dose of X?",
    "kind": "dose",
    "lang": "ms",
    "answerable": True,
    "gold": [{"file": "x.pdf", "pages": [3, 4], "quote": "take one", "visual": True}, {"file": "y.pdf", "pages": [1]}],
    "facts": [["50 mg", "50mg"], ["daily"]],
    "grade": "Grade A",
    "notes": "a trap",
    "site": "Klang",
}


def written(folder: Path, *rows: Any) -> Path:
    path = folder / "questions.jsonl"
    lines = [row if isinstance(row, bytes) else json.dumps(row, ensure_ascii=False).encode() for row in rows]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def test_every_field_is_read(tmp_path: Path) -> None:
    (question,) = read_questions(written(tmp_path, FULL))
    assert question == Question(
        id="a-1",
        question="Dose of X?",
        kind="dose",
        lang="ms",
        answerable=True,
        gold=(Gold("x.pdf", (3, 4), "take one", True), Gold("y.pdf", (1,))),
        facts=(("50 mg", "50mg"), ("daily",)),
        grade="Grade A",
        notes="a trap",
        extra={"site": "Klang"},
    )
    assert question.gold_pages == {("x.pdf", 3), ("x.pdf", 4), ("y.pdf", 1)}


def test_only_id_and_question_are_needed(tmp_path: Path) -> None:
    (question,) = read_questions(written(tmp_path, {"id": "a", "question": "What?"}))
    assert question == Question("a", "What?", "question", "en", True, (), (), None, "", {})


def test_null_in_an_optional_key_is_its_default(tmp_path: Path) -> None:
    row = {"id": "a", "question": "What?"} | dict.fromkeys(
        ("kind", "lang", "answerable", "gold", "facts", "grade", "notes")
    )
    (question,) = read_questions(written(tmp_path, row))
    assert question == Question("a", "What?")


def test_blank_lines_windows_ends_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": "a", "question": "A?"}\r\n\r\n  \n{"id": "b", "question": "B?"}')
    assert [question.id for question in read_questions(path)] == ["a", "b"]


def test_line_separators_inside_a_text_do_not_end_the_line(tmp_path: Path) -> None:
    (question,) = read_questions(written(tmp_path, {"id": "a", "question": "one\u2028two\x85three"}))
    assert question.question == "one\u2028two\x85three"


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"id": 7}, "`id`", "must be text that is not empty, not 7"),
        ({"id": ""}, "`id`", "must be text that is not empty"),
        ({"id": None}, "`id`", "must be text that is not empty, not null"),
        ({"question": "  "}, "`question`", "must be text that is not empty"),
        ({"question": ["a"]}, "`question`", "must be text"),
        ({"kind": 3}, "`kind`", "must be text"),
        ({"lang": ""}, "`lang`", "not empty"),
        ({"answerable": "yes"}, "`answerable`", "must be true or false"),
        ({"answerable": 1}, "`answerable`", "must be true or false"),
        ({"gold": {"file": "x.pdf", "pages": [1]}}, "`gold`", "must be a list of gold places"),
        ({"gold": ["x.pdf"]}, "`gold[0]`", "must be an object with `file` and `pages`"),
        ({"gold": [{"pages": [1]}]}, "`gold[0].file`", "must be text"),
        ({"gold": [{"file": "x.pdf"}]}, "`gold[0].pages`", "must be a list of page numbers"),
        ({"gold": [{"file": "x.pdf", "pages": []}]}, "`gold[0].pages`", "must be a list of page numbers"),
        ({"gold": [{"file": "x.pdf", "pages": [0]}]}, "`gold[0].pages`", "page numbers from 1"),
        ({"gold": [{"file": "x.pdf", "pages": [True]}]}, "`gold[0].pages`", "page numbers from 1"),
        ({"gold": [{"file": "x.pdf", "pages": ["3"]}]}, "`gold[0].pages`", "page numbers from 1"),
        ({"gold": [{"file": "x.pdf", "pages": [1], "quote": 5}]}, "`gold[0].quote`", "must be text"),
        ({"gold": [{"file": "x.pdf", "pages": [1], "visual": "no"}]}, "`gold[0].visual`", "must be true or false"),
        ({"facts": "50 mg"}, "`facts`", "must be a list of lists of alternatives"),
        ({"facts": ["50 mg"]}, "`facts[0]`", "must be a list of alternatives"),
        ({"facts": [["a"], []]}, "`facts[1]`", "must be a list of alternatives"),
        ({"facts": [["a", ""]]}, "`facts[0][1]`", "must be text that is not empty"),
        ({"grade": 1}, "`grade`", "must be text"),
        ({"notes": ["a"]}, "`notes`", "must be text"),
    ],
)
def test_a_bad_value_names_file_line_key_and_reason(
    tmp_path: Path, change: dict[str, Any], key: str, reason: str
) -> None:
    path = written(tmp_path, {"id": "first", "question": "Fine?"}, FULL | change)
    with pytest.raises(InputError) as raised:
        read_questions(path)
    message = raised.value.message
    assert message.startswith(f"{path}, line 2: {key} ")
    assert reason in message
    assert raised.value.next_step
    assert raised.value.exit_code == 2


@pytest.mark.parametrize("key", ["id", "question"])
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    row = {name: value for name, value in FULL.items() if name != key}
    with pytest.raises(InputError, match=rf"line 1: `{key}` is missing"):
        read_questions(written(tmp_path, row))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"id": "a", ', "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b'["a"]', "is not a JSON object"),
        (b"null", "is not a JSON object"),
        (b"[" * 100_000, "is not JSON"),
    ],
)
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=f"line 2: {reason}"):
        read_questions(written(tmp_path, FULL, line))


def test_a_long_bad_value_is_cut_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        read_questions(written(tmp_path, FULL | {"facts": "x" * 5000}))
    assert len(raised.value.message) < 300


def test_an_id_stands_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"line 3: `id` 'a-1' is already on line 1"):
        read_questions(written(tmp_path, FULL, b"", FULL))


def test_a_missing_or_empty_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_questions(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="holds no question"):
        read_questions(written(tmp_path, b"  "))


GOLD = (Gold("x.pdf", (1,)),)


@pytest.mark.parametrize(
    ("question", "scored", "silent"),
    [
        (Question("a", "?", "dose", gold=GOLD), True, False),
        (Question("a", "?", "dose"), False, False),
        (Question("a", "?", "unanswerable-near", answerable=False, gold=GOLD), False, True),
        (Question("a", "?", "unanswerable-far", answerable=False), False, True),
        (Question("a", "?", "offtopic", answerable=False), False, True),
        (Question("a", "?", "unsafe", answerable=False), False, False),
        (Question("a", "?", "unsafe", gold=GOLD), True, False),
        (Question("a", "?", answerable=False), False, True),
        (Question("a", "?"), False, False),
    ],
)
def test_what_is_scored_and_what_calls_for_silence(question: Question, scored: bool, silent: bool) -> None:
    assert (question.scored, question.silence_expected) == (scored, silent)


def test_groups_by_field_file_and_unknown_field() -> None:
    question = Question("a", "?", "dose", "ms", gold=(Gold("b.pdf", (2,)), Gold("a.pdf", (1,))), extra={"site": 3})
    groups = [question.group(name) for name in ("kind", "lang", "answerable", "grade", "file", "site", "other")]
    assert groups == ["dose", "ms", "True", "not given", "b.pdf", "3", "not given"]
    assert Question("a", "?").group("file") == "not given"
    assert groupable((question,)) == ("kind", "lang", "answerable", "grade", "file", "site")


def test_a_value_that_says_nothing_is_not_given_and_spaces_make_no_group() -> None:
    values = ["", "  ", None, "dark  brown ", "dark brown", 0, False]
    groups = [Question("a", "?", extra={"skin_tone": value}).group("skin_tone") for value in values]
    assert groups == ["not given"] * 3 + ["dark brown"] * 2 + ["0", "False"]


def test_fields_are_checked_before_anything_is_asked() -> None:
    questions = (Question("a", "?", extra={"sex": "female"}), Question("b", "?", extra={"age_group": "child"}))
    check_groupable(questions, ["sex", "age_group", "file", "kind"])
    with pytest.raises(InputError, match=r"'ward'.*Use one of: kind, lang, answerable, grade, file, sex, age_group\."):
        check_groupable(questions, ["sex", "ward"])


def test_the_fingerprint_follows_what_is_scored_and_nothing_else() -> None:
    question = Question("a", "What?", "dose", gold=GOLD, facts=(("x",),))
    same = Question(
        "b", "What?", "dose", gold=(Gold("x.pdf", (1,), "quoted"),), facts=(("x",),), notes="n", extra={"e": 1}
    )
    assert question.fingerprint == same.fingerprint
    changed = (
        Question("a", "What now?", "dose", gold=GOLD, facts=(("x",),)),
        Question("a", "What?", "dose", gold=(Gold("x.pdf", (2,)),), facts=(("x",),)),
        Question("a", "What?", "dose", gold=GOLD, facts=(("y",),)),
        Question("a", "What?", "dose", gold=GOLD, facts=(("x",),), grade="A"),
    )
    assert question.fingerprint not in {other.fingerprint for other in changed}


def test_the_development_set_reads() -> None:
    path = Path(__file__).parents[3] / "shared" / "questions" / "dev.jsonl"
    if not path.exists():
        pytest.skip(f"{path} is not beside this checkout")
    questions = read_questions(path)
    assert len(questions) == 168
    assert sum(question.scored for question in questions) == 131
    assert sum(question.silence_expected for question in questions) == 36
