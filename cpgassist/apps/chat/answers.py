"""The answers on the screens, kept in memory so that they can be exported and judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, get_args

from cpgassist.apps.chat.kept import Kept
from cpgassist.apps.export import Format, export_answer
from cpgassist.apps.language.words import ACTIONS, Language, spoken
from cpgassist.errors import InputError
from cpgassist.feedback import Feedback, FeedbackLog, Reason, Verdict, log_of
from cpgassist.types import Answer, Findings

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant

MEDIA_TYPES: dict[Format, str] = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
assert set(MEDIA_TYPES) == set(get_args(Format))
GONE = InputError(ACTIONS["gone"])
NOT_JUDGED = InputError(ACTIONS["gone_feedback"])


@dataclass
class _Shown:
    """An answer, the language it was shown in, and the lines of the log that hold what was said of it.

    Those are under 0 of all of it, else under the number of a citation.
    """

    answer: Answer
    language: Language
    said: dict[int, str] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


class Answers:
    """Keeps answers for an hour after they were given, the newest 256, in memory."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._kept: Kept[_Shown] = Kept()

    def keep(self, answer: Answer) -> str:
        """The key that the answer can be exported, in the language that is spoken now, and judged by."""
        return self._kept.keep(_Shown(answer, spoken()))

    def findings(self, key: str) -> Findings | None:
        """The findings that an answer was asked with; None where there are none, or the answer is gone."""
        shown = self._kept.get(key)
        return shown.answer.findings if shown is not None else None

    def export(self, key: str, format: Format) -> bytes:
        """The answer as a file. Raises InputError when it is no longer kept."""
        shown = self._kept.get(key)
        if shown is None:
            raise GONE
        return export_answer(shown.answer, self._assistant.corpus, format, language=shown.language)

    def judge(self, key: str, verdict: Verdict | None, reasons: tuple[Reason, ...] = (), citation: int = 0) -> None:
        """Keep what a reader says of an answer or, with its number, of one citation; None takes it back.

        What was said of the same before is taken back. Raises InputError when the answer is no longer kept or has no
        such citation, CpgassistError when the log cannot be written.
        """
        shown = self._kept.get(key)
        if shown is None or (citation and citation not in [one.n for one in shown.answer.citations]):
            raise NOT_JUDGED
        log = log_of(self._assistant.corpus.settings)
        with shown.lock:
            line = log.add(_feedback(log, shown.answer, verdict, reasons, citation)) if verdict else ""
            before = shown.said.pop(citation, "")
            if line:
                shown.said[citation] = line
            if before:
                log.withdraw(before)


def _feedback(
    log: FeedbackLog, answer: Answer, verdict: Verdict, reasons: tuple[Reason, ...], citation: int
) -> Feedback:
    cited = [one for one in answer.citations if citation in (0, one.n)]
    return Feedback(
        verdict,
        reasons,
        log.hashed(answer.asked_as or answer.question),
        answer.index,
        dict(answer.models),
        tuple(dict.fromkeys((one.guideline.id, one.at.page) for one in cited)),
    )
