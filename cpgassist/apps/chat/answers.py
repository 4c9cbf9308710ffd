"""The answers on the screens, kept in memory so that they can be exported and judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from cpgassist.apps.export import Format, export_answer
from cpgassist.apps.language.words import ACTIONS
from cpgassist.apps.web.judging import KeptAnswers
from cpgassist.errors import InputError
from cpgassist.types import Findings

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


class Answers(KeptAnswers):
    """Those of the chat."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__(assistant, NOT_JUDGED)

    def findings(self, key: str) -> Findings | None:
        """The findings that an answer was asked with; None where there are none, or the answer is gone."""
        answer = self.get(key)
        return answer.findings if answer is not None else None

    def export(self, key: str, format: Format) -> bytes:
        """The answer as a file. Raises InputError when it is no longer kept."""
        answer = self.get(key)
        if answer is None:
            raise GONE
        return export_answer(answer, self.assistant.corpus, format, language=self.language(key))
