"""A file of questions answered line by line: same order, resumable, one bad line never stops the run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cpgassist.errors import CpgassistError, InputError


def run_batch(
    questions: Path, out: Path, answer: Callable[[str], dict[str, Any]], progress: Callable[[str, str, int, int], None]
) -> dict[str, int]:
    """Write one JSON line per input line to `out`; lines that `out` already holds are kept.

    An output line is the answer with the line's id added, or {"id", "error": {"code", "detail", "next_step"}}.
    Returns counts: done, resumed, failed. Raises InputError when the question file cannot be read, or when `out` holds
    answers to other questions.
    """
    if out.exists() and out.samefile(questions):
        raise InputError(f"{out} is the question file itself.", "Name another output file.")
    lines = _read(questions)
    kept = _kept(out, lines)
    failed = 0
    try:
        opened = out.open("r+" if kept else "w", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}.", "Name another output file.") from error
    with opened as target:
        if kept:
            target.truncate(_end_of(out, len(kept)))
            target.seek(0, 2)
        for number in range(len(kept), len(lines)):
            row = _answered(lines[number], number + 1, answer)
            failed += "error" in row
            target.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace").decode() + "\n")
            target.flush()
            progress("ask", "", number + 1, len(lines))
    return {"done": len(lines) - len(kept), "resumed": len(kept), "failed": failed}


def _read(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.", "Give a UTF-8 file of JSON lines.") from error


def _kept(out: Path, lines: list[str]) -> list[str]:
    """The whole lines at the start of an earlier output that answer the same questions."""
    if not out.is_file():
        return []
    text = out.read_text(encoding="utf-8", errors="replace")
    kept = text.split("\n")[:-1]  # a line cut off by a crash has no end and is written anew
    for number, (row, line) in enumerate(zip(kept, lines, strict=False), 1):
        same = _answers(row, line, number)
        if not same:
            raise InputError(
                f"{out}, line {number}, does not answer line {number} of the questions.",
                "Name another output file, or remove this one.",
            )
    if len(kept) > len(lines):
        raise InputError(f"{out} holds more lines than there are questions.", "Name another output file.")
    return kept


def _answers(row: str, line: str, number: int) -> bool:
    """Whether an output line belongs to a question line: by id, and by the question where the answer holds it."""
    try:
        answer = json.loads(row)
        if answer.get("id") != _id(line, number):
            return False
        return "question" not in answer or " ".join(json.loads(line)["question"].split()) == answer["question"]
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        return False


def _end_of(out: Path, lines: int) -> int:
    content = out.read_bytes()
    end = 0
    for _ in range(lines):
        end = content.index(b"\n", end) + 1
    return end


def _id(line: str, number: int) -> Any:
    try:
        return json.loads(line).get("id", number)
    except (ValueError, RecursionError, AttributeError):
        return number


def _answered(line: str, number: int, answer: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    known = _id(line, number)
    try:
        row = json.loads(line)
        if not isinstance(row, dict) or not isinstance(row.get("question"), str):
            raise InputError(f'Line {number} has no text under "question".', 'Write {"id": ..., "question": "..."}.')
        return {"id": known, **answer(row["question"])}
    except (ValueError, RecursionError) as error:
        return _failure(known, InputError(f"Line {number} is not JSON: {error}.", "Correct the line."))
    except CpgassistError as error:
        return _failure(known, error)
    except Exception as error:
        return _failure(known, CpgassistError(f"{type(error).__name__}: {error}", "Report this as a bug."))


def _failure(known: Any, error: CpgassistError) -> dict[str, Any]:
    told = {"code": type(error).__name__, "detail": error.message, "next_step": error.next_step}
    return {"id": known, "error": told}
