"""From a question to the turns of a chat, without Gradio."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from cpgassist.apps.chat.evidence import PageSize, found_pages
from cpgassist.apps.chat.questions import checked_question, chosen, where
from cpgassist.apps.chat.rendering import answer_turn, error_turn, pending_turn
from cpgassist.conversation import Conversation, Turn
from cpgassist.errors import CpgassistError
from cpgassist.types import EVERYWHERE, Answer, Citation, GuidelineInfo, Where

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant

logger = logging.getLogger(__name__)

AT_ONCE = 4
"""Questions answered at the same time."""

SLOW_AFTER = 8.0
"""Seconds after which the pages found are shown while the answer is still awaited."""

UNEXPECTED = CpgassistError(
    "Something went wrong on this computer, and the question was not answered.",
    "Ask again. If it happens again, tell the person who looks after this installation.",
)


class Conversations:
    """Asks the assistant on behalf of the chat; holds no question after it was answered."""

    def __init__(self, assistant: Assistant, slow_after: float = SLOW_AFTER) -> None:
        self.assistant = assistant
        self.slow_after = slow_after
        self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ask")

    def answer(self, question: str, guidelines: Sequence[object] | None = None, older: bool = False) -> Answer:
        """The answer to a checked question; raises CpgassistError and nothing else."""
        return self._ask(Conversation(self.assistant), question, guidelines, older).answers[-1]

    def _ask(self, talk: Conversation, question: str, guidelines: Sequence[object] | None, older: bool) -> Conversation:
        try:
            asked = checked_question(question)
            return talk.ask(asked, where=where(chosen(guidelines, self.assistant.index.guidelines), older))
        except CpgassistError:
            raise
        except Exception as error:
            _note(error)
            raise UNEXPECTED from None

    def turns(
        self,
        turn: int,
        question: str,
        guidelines: Sequence[object] | None = None,
        older: bool = False,
        said: tuple[Turn, ...] = (),
    ) -> Generator[str, None, tuple[Turn, ...]]:
        """The turn's HTML, from awaited to answered; raises InputError before any work when it may not be asked.

        `said` is what was asked in this chat before; the generator's value is that with this question.
        """
        typed = checked_question(question)
        ids = chosen(guidelines, self.assistant.index.guidelines)
        asked_for = where(ids, older) or EVERYWHERE
        known = self.assistant.index.guidelines.values()
        searched = [info for info in known if asked_for.covers(info) and (not info.same_as or asked_for.names(info))]
        talk = Conversation(self.assistant, said)
        asked = talk.self_contained(typed)
        yield pending_turn(turn, typed, len(searched))
        coming = self._workers.submit(self._ask, talk, typed, ids, older)
        if not self._ready(coming):
            pages = self._pages(asked, where(ids, older))
            if pages and not coming.done():
                yield pending_turn(turn, typed, len(searched), pages, self._sizes())
        yield self._last(turn, typed, coming, searched)
        return said if coming.exception() else coming.result().turns

    def _last(self, turn: int, typed: str, coming: Future[Conversation], searched: list[GuidelineInfo]) -> str:
        try:
            answer = coming.result().answers[-1]
            # those of the index stand above the chat already
            own = tuple(one for one in answer.warnings if one not in self.assistant.warnings)
            return answer_turn(turn, replace(answer, warnings=own), searched, self._sizes())
        except CpgassistError as error:
            return error_turn(turn, typed, error)
        except Exception as error:
            _note(error)
            return error_turn(turn, typed, UNEXPECTED)

    def _ready(self, coming: Future[Conversation]) -> bool:
        try:
            coming.exception(timeout=self.slow_after)
        except TooSlow:
            return False
        return True

    def _pages(self, asked: str, among: Where | None) -> tuple[Citation, ...]:
        try:
            return found_pages(self.assistant.search(asked, k=5, where=among))
        except Exception as error:  # the answer itself is still coming, or will say what is wrong
            _note(error)
            return ()

    def _sizes(self) -> PageSize:
        @cache
        def size(file: str, page: int) -> tuple[float, float] | None:
            try:
                width, height = self.assistant.corpus.page_size(file, page)
            except CpgassistError:
                return None
            return (width, height) if width > 0 and height > 0 else None

        return size


def _note(error: Exception) -> None:
    # an exception's message may hold the question, which must not reach a log on disk: only its kind and place do
    places: list[Any] = traceback.format_tb(error.__traceback__)
    logger.error("%s while answering\n%s", type(error).__name__, "".join(places))
