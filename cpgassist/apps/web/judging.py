"""What readers say of answers: kept in the feedback log by answers that are in memory, so no question comes in again."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from cpgassist.apps.language.words import Language, spoken
from cpgassist.apps.web.kept import Kept
from cpgassist.errors import InputError
from cpgassist.feedback import Feedback, FeedbackLog, Reason, Verdict, log_of
from cpgassist.types import Answer

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant


@dataclass
class _Shown:
    """An answer, the language it was shown in, and the lines of the log that hold what was said of it.

    Those are under 0 of all of it, else under the number of a citation.
    """

    answer: Answer
    language: Language
    said: dict[int, str] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


class KeptAnswers:
    """Answers for an hour after they were given, the newest 256, in memory."""

    def __init__(self, assistant: Assistant, gone: InputError) -> None:
        """`gone` is raised where feedback comes too late, or on a citation that is not there."""
        self.assistant = assistant
        self._gone = gone
        self._kept: Kept[_Shown] = Kept()

    def keep(self, answer: Answer) -> str:
        """The key that the answer can be had, in the language that is spoken now, and judged by."""
        return self._kept.keep(_Shown(answer, spoken()))

    def get(self, key: str) -> Answer | None:
        """The answer; None when it is no longer kept."""
        shown = self._kept.get(key)
        return None if shown is None else shown.answer

    def language(self, key: str) -> Language:
        """The language that an answer was shown in; English for one that is no longer kept."""
        shown = self._kept.get(key)
        return "en" if shown is None else shown.language

    def judge(self, key: str, verdict: Verdict | None, reasons: tuple[Reason, ...] = (), citation: int = 0) -> None:
        """Keep what a reader says of an answer or, with its number, of one citation; None takes it back.

        What was said of the same before is taken back. Raises InputError when the answer is no longer kept or has no
        such citation, CpgassistError when the log cannot be written.
        """
        shown = self._kept.get(key)
        if shown is None or (citation and citation not in [one.n for one in shown.answer.citations]):
            raise self._gone
        log = log_of(self.assistant.corpus.settings)
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
