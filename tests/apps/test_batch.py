"""A file of questions: one line out for each line in, whatever is in it, and cut runs go on where they stopped."""

from __future__ import annotations

import json

import pytest

from cpgassist.apps.batch import run_batch
from cpgassist.errors import InputError, NoIndexError


class Answering:
    """Answers every question, remembers them, and can be told to fail."""

    def __init__(self, failing=None, error=None):
        self.asked: list[str] = []
        self.failing, self.error = failing, error

    def __call__(self, question):
        self.asked.append(question)
        if question == self.failing:
            raise self.error
        return {"status": "answered", "question": question, "bottom_line": {"text": f"Yes, {question} ≥ 5"}}


@pytest.fixture
def run(tmp_path):
    """Runs a batch on lines (text, or values written as JSON); gives counts, rows and progress."""

    def running(lines, answer=None, out="out.jsonl"):
        text = "".join(
            (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)) + "\n" for line in lines
        )
        (tmp_path / "in.jsonl").write_text(text, encoding="utf-8")
        heard = []
        counts = run_batch(
            tmp_path / "in.jsonl", tmp_path / out, answer or Answering(), lambda *step: heard.append(step)
        )
        content = (tmp_path / out).read_text(encoding="utf-8")
        assert content.endswith("\n") or not content
        return counts, [json.loads(line) for line in content.split("\n")[:-1]], heard

    running.out = tmp_path / "out.jsonl"
    return running


QUESTIONS = [{"id": "b", "question": "one?"}, {"id": "a", "question": "two?"}, {"id": 7, "question": "three?"}]


def test_one_line_out_for_each_line_in_in_the_same_order_with_its_id(run):
    counts, rows, heard = run(QUESTIONS)
    assert counts == {"done": 3, "resumed": 0, "failed": 0}
    assert [(row["id"], row["question"]) for row in rows] == [("b", "one?"), ("a", "two?"), (7, "three?")]
    assert rows[0]["bottom_line"] == {"text": "Yes, one? ≥ 5"}
    assert heard == [("ask", "", 1, 3), ("ask", "", 2, 3), ("ask", "", 3, 3)]


def test_a_line_without_an_id_gets_its_number(run):
    _, rows, _ = run([{"question": "one?"}, {"id": "x", "question": "two?"}, {"question": "three?"}])
    assert [row["id"] for row in rows] == [1, "x", 3]


def test_blank_lines_are_no_questions(run):
    counts, rows, _ = run(["", QUESTIONS[0], "   ", QUESTIONS[1], "\t"])
    assert counts["done"] == 2 and [row["id"] for row in rows] == ["b", "a"]


def test_no_lines_are_no_answers(run):
    assert run([])[:2] == ({"done": 0, "resumed": 0, "failed": 0}, [])


def test_every_line_is_on_disk_before_the_next_is_asked(run):
    class Looking(Answering):
        def __call__(self, question):
            held.append(len(run.out.read_text().splitlines()))
            return super().__call__(question)

    held: list[int] = []
    run(QUESTIONS, Looking())
    assert held == [0, 1, 2]


BAD = [
    ("{not json", "InputError", 1),
    ("[1, 2]", "InputError", 1),
    ('"a text"', "InputError", 1),
    ("null", "InputError", 1),
    ("3", "InputError", 1),
    ('{"id": "x"}', "InputError", "x"),
    ('{"id": "x", "question": 3}', "InputError", "x"),
    ('{"id": "x", "question": null}', "InputError", "x"),
    ('{"id": "x", "question": ["a"]}', "InputError", "x"),
]


@pytest.mark.parametrize(("line", "code", "known"), BAD, ids=[line for line, *_ in BAD])
def test_a_bad_line_becomes_an_error_and_the_rest_is_answered(run, line, code, known):
    counts, rows, _ = run([line, *QUESTIONS])
    assert counts == {"done": 4, "resumed": 0, "failed": 1}
    assert list(rows[0]) == ["id", "error"] and rows[0]["id"] == known
    assert rows[0]["error"]["code"] == code
    assert rows[0]["error"]["detail"].startswith("Line 1 ") and rows[0]["error"]["next_step"]
    assert [row["id"] for row in rows[1:]] == ["b", "a", 7]


HOSTILE = {
    "deep": "[" * 200_000,
    "long number": '{"id": "x", "question": ' + "1" * 5000 + "}",
    "lone surrogate in the id": r'{"id": "\ud800", "question": "one?"}',
    "lone surrogate in the question": r'{"id": "x", "question": "\ud800"}',
}


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_line_never_stops_the_run(run, line):
    counts, rows, _ = run([line, *QUESTIONS])
    assert counts["done"] == len(rows) == 4
    assert [row["id"] for row in rows[1:]] == ["b", "a", 7]


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85"])
def test_a_line_ends_where_json_lines_end(run, mark):
    counts, rows, _ = run([{"id": "x", "question": f"one{mark}two?"}])
    assert counts == {"done": 1, "resumed": 0, "failed": 0}
    assert rows[0]["question"] == f"one{mark}two?"


def test_windows_line_ends_are_read(run, tmp_path):
    (tmp_path / "w.jsonl").write_bytes(b'{"id": 1, "question": "one?"}\r\n{"id": 2, "question": "two?"}\r\n')
    counts = run_batch(tmp_path / "w.jsonl", run.out, Answering(), lambda *_: None)
    assert counts == {"done": 2, "resumed": 0, "failed": 0}


def test_the_last_line_needs_no_end(run, tmp_path):
    (tmp_path / "w.jsonl").write_bytes(b'{"id": 1, "question": "one?"}')
    assert run_batch(tmp_path / "w.jsonl", run.out, Answering(), lambda *_: None)["done"] == 1


@pytest.mark.parametrize("error", [InputError("The question is empty.", "Type one."), ZeroDivisionError("by zero")])
def test_a_question_that_fails_becomes_an_error(run, error):
    counts, rows, _ = run(QUESTIONS, Answering("two?", error))
    assert counts == {"done": 3, "resumed": 0, "failed": 1}
    assert rows[1]["id"] == "a" and str(error).split(".")[0] in rows[1]["error"]["detail"]
    assert rows[1]["error"]["code"] in ("InputError", "CpgassistError") and rows[1]["error"]["next_step"]
    assert "error" not in rows[2]


def test_only_an_interrupt_stops_the_run_and_what_was_answered_stays(run):
    with pytest.raises(KeyboardInterrupt):
        run(QUESTIONS, Answering("three?", KeyboardInterrupt()))
    answer = Answering()
    counts, rows, _ = run(QUESTIONS, answer)
    assert counts == {"done": 1, "resumed": 2, "failed": 0} and answer.asked == ["three?"]
    assert [row["id"] for row in rows] == ["b", "a", 7]


# ---- going on --------------------------------------------------------------------------------------------------


def test_a_finished_run_is_not_run_again(run):
    run(QUESTIONS)
    before, answer = run.out.read_bytes(), Answering()
    counts, _, heard = run(QUESTIONS, answer)
    assert counts == {"done": 0, "resumed": 3, "failed": 0}
    assert answer.asked == [] and heard == [] and run.out.read_bytes() == before


def test_a_run_cut_at_any_byte_goes_on_to_the_same_file(run):
    run(QUESTIONS)
    whole = run.out.read_bytes()
    for cut in range(len(whole)):
        run.out.write_bytes(whole[:cut])
        answer = Answering()
        counts, _, _ = run(QUESTIONS, answer)
        assert run.out.read_bytes() == whole, cut
        assert counts["done"] == len(answer.asked) == 3 - whole[:cut].count(b"\n")


def test_questions_added_at_the_end_are_answered(run):
    run(QUESTIONS[:2])
    answer = Answering()
    counts, rows, _ = run(QUESTIONS, answer)
    assert counts == {"done": 1, "resumed": 2, "failed": 0} and answer.asked == ["three?"] and len(rows) == 3


def test_error_lines_are_kept_too(run):
    lines = ["{bad", *QUESTIONS]
    run(lines)
    counts, rows, _ = run(lines)
    assert counts == {"done": 0, "resumed": 4, "failed": 0} and "error" in rows[0]


OTHERS = {
    "other ids": '{"id": "z", "question": "one?"}\n',
    "other order": '{"id": "a", "question": "two?"}\n',
    "a text": "notes\n",
    "a list": "[]\n",
    "nothing": "\n",
    "more lines": "".join(json.dumps(q) + "\n" for q in [*QUESTIONS, {"id": "d"}]),
}


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_an_output_of_other_questions_is_refused_and_left_alone(run, content):
    run.out.write_text(content)
    answer = Answering()
    with pytest.raises(InputError) as error:
        run(QUESTIONS, answer)
    assert error.value.next_step and answer.asked == []
    assert run.out.read_text() == content


def test_an_output_of_other_questions_without_ids_is_refused(run):
    run([{"question": "one?"}, {"question": "two?"}])
    with pytest.raises(InputError):
        run([{"question": "quite another?"}, {"question": "and more?"}])


def test_the_questions_are_not_taken_for_their_own_answers(run, tmp_path):
    (tmp_path / "in.jsonl").write_text("")
    with pytest.raises(InputError):
        run(QUESTIONS, out="in.jsonl")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b'{"id": 1, "question": "caf\xe9?"}\n'])
def test_a_question_file_that_cannot_be_read_is_an_input_error(tmp_path, content):
    if content is not None:
        (tmp_path / "in.jsonl").write_bytes(content)
    with pytest.raises(InputError, match=r"in\.jsonl cannot be read"):
        run_batch(tmp_path / "in.jsonl", tmp_path / "out.jsonl", Answering(), lambda *_: None)
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize("out", ["nowhere/out.jsonl", "."])
def test_an_output_that_cannot_be_written_is_an_input_error(run, out):
    answer = Answering()
    with pytest.raises(InputError):
        run(QUESTIONS, answer, out=out)
    assert answer.asked == []


def test_an_error_of_the_index_is_told_in_every_line(run):
    class Unindexed(Answering):
        def __call__(self, question):
            raise NoIndexError("No index.", "Reindex.")

    counts, rows, _ = run(QUESTIONS, Unindexed())
    assert counts["failed"] == 3 and {row["error"]["code"] for row in rows} == {"NoIndexError"}
