"""What readers say of answers, kept on this computer: never the question, only a keyed hash of it.

log = log_of(corpus.settings)
line = log.add(Feedback("helpful"))
log.withdraw(line)
log.read()
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from cpgassist.errors import CpgassistError, InputError

if TYPE_CHECKING:
    from cpgassist.settings import Settings

__all__ = ["REASONS", "VERDICTS", "Feedback", "FeedbackLog", "Reason", "Verdict", "log_of"]

Verdict = Literal["helpful", "not helpful", "unsupported quote"]
Reason = Literal["wrong page", "unsafe", "incomplete"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
REASONS: tuple[Reason, ...] = get_args(Reason)

_ID = re.compile(r"[0-9a-f]{32}")
_PRIVATE = 0o600


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Feedback:
    """One click on an answer, or on one of its quotes. Raises InputError for a verdict or reason that is none."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    question: str = ""
    """`FeedbackLog.hashed` of the question; its text is kept nowhere."""
    index: str = ""
    """Id of the index version that answered."""
    models: Mapping[str, Any] = field(default_factory=dict)
    citations: tuple[tuple[str, int], ...] = ()
    """(guideline id, PDF page) of each citation; of a quote that supports nothing, its own alone."""
    at: str = field(default_factory=_now)
    """When, as ISO 8601 in UTC."""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS or any(reason not in REASONS for reason in self.reasons):
            raise InputError("This is no feedback that is kept.", f"Say one of: {', '.join((*VERDICTS, *REASONS))}.")

    def to_dict(self) -> dict[str, Any]:
        """The feedback as JSON."""
        return {
            "at": self.at,
            "verdict": self.verdict,
            "reasons": list(self.reasons),
            "question": self.question,
            "index": self.index,
            "models": dict(self.models),
            "citations": [list(one) for one in self.citations],
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Feedback:
        """What `to_dict` gave. Raises ValueError, KeyError, TypeError or InputError for anything else."""
        at = str(told["at"])
        datetime.fromisoformat(at)
        return cls(
            told["verdict"],
            tuple(told["reasons"]),
            str(told["question"]),
            str(told["index"]),
            dict(told["models"]),
            tuple((str(guideline), int(page)) for guideline, page in told["citations"]),
            at,
        )


class FeedbackLog:
    """Feedback as JSON lines that are only ever added to; several processes may do so at once."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def add(self, feedback: Feedback) -> str:
        """Keep it; the id of its line, for `withdraw`. Raises CpgassistError when it cannot be written."""
        line = secrets.token_hex(16)
        self._append({"id": line, **feedback.to_dict()})
        return line

    def withdraw(self, line: str) -> None:
        """Take back what was said; an unknown id takes nothing back. Raises CpgassistError as `add` does."""
        self._append({"withdrawn": line, "at": _now()})

    def read(self) -> list[Feedback]:
        """What was said and not taken back, oldest first; lines that cannot be read are skipped."""
        return self._parsed()[0]

    def damaged(self) -> int:
        """How many lines cannot be read."""
        return self._parsed()[1]

    def hashed(self, question: str) -> str:
        """A question as 64 hex digits: equal for equal questions, whatever their case and spacing.

        The key lies beside the log in a file of its own, so that a log that is passed on tells nothing of a question
        that somebody guesses. Raises CpgassistError when the key can neither be read nor made.
        """
        folded = " ".join(question.split()).casefold().encode("utf-8", "ignore")
        return hmac.new(self._key(), folded, hashlib.sha256).hexdigest()

    def _parsed(self) -> tuple[list[Feedback], int]:
        try:
            lines = self.path.read_bytes().splitlines()
        except OSError:
            return [], 0
        said: dict[str, Feedback] = {}
        damaged = 0
        for line in filter(None, map(bytes.strip, lines)):
            try:
                told = json.loads(line)
                if "withdrawn" in told:
                    said.pop(told["withdrawn"], None)
                elif _ID.fullmatch(told["id"]):
                    said[told["id"]] = Feedback.from_dict(told)
                else:
                    damaged += 1
            except (ValueError, KeyError, TypeError, AttributeError, CpgassistError):
                damaged += 1
        return list(said.values()), damaged

    def _append(self, told: Mapping[str, Any]) -> None:
        line = json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        with self._alone(self.path, os.O_RDWR | os.O_APPEND) as file:
            end = os.lseek(file, 0, os.SEEK_END)
            # a line that a crash cut short must not swallow this one
            cut = end > 0 and os.pread(file, 1, end - 1) != b"\n"
            os.write(file, b"\n" + line if cut else line)
            os.fsync(file)

    def _key(self) -> bytes:
        with self._alone(self.path.with_suffix(".key"), os.O_RDWR) as file:
            key = os.pread(file, 32, 0)
            if len(key) < 32:
                key = secrets.token_bytes(32)
                os.pwrite(file, key, 0)
                os.fsync(file)
            return key

    @contextmanager
    def _alone(self, path: Path, flags: int) -> Iterator[int]:
        """The file, opened and locked; only this user may read it."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield file
            finally:
                os.close(file)
        except OSError as error:
            raise CpgassistError(
                f"Feedback cannot be kept: {error.strerror or type(error).__name__}.",
                "Set CPGASSIST_FEEDBACK to a file that can be written.",
            ) from error


def log_of(settings: Settings) -> FeedbackLog:
    """The corpus's log: `Settings.feedback`, or `feedback.jsonl` in the index folder."""
    return FeedbackLog(settings.feedback or settings.index_folder / "feedback.jsonl")
