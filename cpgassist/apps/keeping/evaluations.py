"""Question files and runs over them, all in memory: a hospital's questions are not written anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING

from cpgassist.errors import InputError
from cpgassist.evaluation import Change, Evaluation, Question, compare, evaluate, parse_questions, read_questions
from cpgassist.evaluation.report import page

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant
    from cpgassist.protocols import Progress

MOST_BYTES = 20_000_000
MOST_FILES = 8
"""Uploaded files kept; the oldest is forgotten for a new one."""


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run."""

    name: str
    evaluation: Evaluation
    changes: tuple[Change, ...]
    """Since the run before; empty without one."""
    since: str
    """Name of the question file of the run before; "" without one."""


class Evaluations:
    """The question files that can be run and the last run."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = Lock()
        self._sent: dict[str, tuple[Question, ...]] = {}
        self._last: Run | None = None
        self.revision = 0
        """Counts every change of what is kept here."""

    @property
    def last(self) -> Run | None:
        """The last finished run."""
        return self._last

    @property
    def names(self) -> list[str]:
        """The question files that can be run: those sent, then those in the corpus folder."""
        with self._lock:
            sent = list(self._sent)
        folder = self._assistant.corpus.settings.corpus
        return [*sent, *(path.name for path in sorted(folder.glob("*.jsonl")) if path.name not in sent)]

    def keep(self, name: str, content: bytes) -> str:
        """Keep a sent question file; what was found in it, as a sentence. Raises InputError naming the first bad line."""
        name = " ".join(name.replace("\\", "/").rsplit("/", 1)[-1].split())[:80] or "questions.jsonl"
        questions = parse_questions(content, name)
        with self._lock:
            self._sent.pop(name, None)
            self._sent[name] = questions
            while len(self._sent) > MOST_FILES:
                del self._sent[next(iter(self._sent))]
            self.revision += 1
        return f"{name}: {len(questions)} questions, {sum(question.answerable for question in questions)} answerable."

    def run(self, name: str, progress: Progress) -> Run:
        """Ask every question of a file, and compare with the run before. Raises InputError for an unknown name."""
        questions = self._questions(name)
        self._assistant.index  # noqa: B018 - without an index every question would fail
        evaluation = evaluate(
            self._assistant,
            questions,
            progress=lambda done, total: progress("ask", "", done, total),
            date=date.today().isoformat(),
        )
        before = self._last
        changes = compare(evaluation, before.evaluation.to_dict()) if before is not None else ()
        run = Run(name, evaluation, changes, before.name if before is not None else "")
        with self._lock:
            self._last = run
            self.revision += 1
        return run

    def report(self) -> str | None:
        """The last run as one HTML page that asks for nothing; None without a run."""
        last = self._last
        return None if last is None else page(last.evaluation, last.changes)

    def _questions(self, name: str) -> tuple[Question, ...]:
        with self._lock:
            sent = self._sent.get(name)
        if sent is not None:
            return sent
        if name not in self.names:
            raise InputError("No question file is chosen.", "Choose one, or send one (docs/evaluation.md).")
        return read_questions(self._assistant.corpus.settings.corpus / name)
