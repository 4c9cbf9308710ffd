"""From a question to the turns of a chat, without Gradio."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from queue import Empty, SimpleQueue
from threading import Event
from typing import TYPE_CHECKING

from cpgassist.answering import condensed
from cpgassist.apps.chat.answers import Answers
from cpgassist.apps.chat.evidence import PageSize, found_pages
from cpgassist.apps.chat.filters import Filters, filters
from cpgassist.apps.chat.photos import GONE, Photos, again
from cpgassist.apps.chat.rendering import answer_turn, error_turn, pending_turn
from cpgassist.apps.language.words import Language, speaking, turn_language
from cpgassist.apps.web.failures import note
from cpgassist.apps.web.questions import checked_question
from cpgassist.conversation import Conversation, Turn
from cpgassist.errors import CpgassistError
from cpgassist.imaging import query_of
from cpgassist.types import Answer, Citation, Findings, GuidelineInfo, Where

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant


AT_ONCE = 4
"""Questions answered at the same time."""

SLOW_AFTER = 8.0
"""Seconds after which the pages found are shown while the answer is still awaited."""

UNEXPECTED = CpgassistError(
    "Something went wrong on this computer, and the question was not answered.",
    "Ask again. If it happens again, tell the person who looks after this installation.",
)


class Conversations:
    """Asks the assistant on behalf of the chat; answers are kept for an hour, in memory, to be exported and judged."""

    def __init__(self, assistant: Assistant, slow_after: float = SLOW_AFTER) -> None:
        self.assistant = assistant
        self.photos = Photos(assistant)
        self.answers = Answers(assistant)
        self.slow_after = slow_after
        self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ask")
        self._reading: dict[str, Event] = {}

    def answer(self, question: str, guidelines: Sequence[object] | None = None, older: bool = False) -> Answer:
        """The answer to a checked question; raises CpgassistError and nothing else."""
        try:
            asked = checked_question(question)
            among = filters(guidelines, None, older, self.assistant.index.guidelines)
            return Conversation(self.assistant).ask(asked, where=among.where).answers[-1]
        except CpgassistError:
            raise
        except Exception as error:
            note(error, "while answering")
            raise UNEXPECTED from None

    def stop(self, session: str) -> None:
        """Stop the model that is reading for this browser; the lines found by code are shown then."""
        cancel = self._reading.get(session)
        if cancel is not None:
            cancel.set()

    def turns(
        self,
        turn: int,
        question: str,
        guidelines: Sequence[object] | None = None,
        older: bool = False,
        said: tuple[Turn, ...] = (),
        findings: str = "",
        session: str = "",
        year: object = None,
        language: Language = "en",
    ) -> Generator[str, None, tuple[Turn, ...]]:
        """The turn's HTML, from awaited to answered; raises InputError before any work when it may not be asked.

        `said` is what was asked in this chat before; the generator's value is that with this question. `findings` is
        the card of a photo as the browser sends it, "" for none; `session` is whose `stop` this answer hears; `language` is the
        screen's: the turn is in Malay where that or the question is.
        """
        confirmed = self._confirmed(findings)
        key, seen = confirmed or ("", None)
        typed = checked_question(question, may_be_empty=seen is not None)
        known = self.assistant.index.guidelines
        limits = filters(guidelines, year, older, known)
        searched = limits.searched(known)
        tongue = turn_language(language, typed)
        with speaking(tongue):
            shown = pending_turn(turn, typed, len(searched), findings=seen)
        yield shown
        # what is asked again is understood as it was the first time
        before = said[:-1] if said and said[-1].question == " ".join(typed.split()) else said
        talk = replace(self.assistant.conversation(), turns=before)
        cancel = self._reading[session] = Event()
        try:
            for step in self._steps(talk, typed, limits.where, seen, cancel):
                if isinstance(step, Conversation):
                    talk = step
                    tongue = turn_language(language, step.answers[-1].asked_as or typed)
                with speaking(tongue):
                    shown = self._step_shown(turn, typed, step, searched, limits, seen)
                yield shown
                if isinstance(step, CpgassistError):
                    return said
        finally:
            cancel.set()
            if self._reading.get(session) is cancel:
                del self._reading[session]
        self.photos.forget(key)
        return talk.turns

    def _confirmed(self, findings: str) -> tuple[str, Findings] | None:
        """The findings of a photo's card, or those of the answer whose question is asked again."""
        key = again(findings)
        if not key:
            return self.photos.confirmed(findings)
        seen = self.answers.findings(key)
        if seen is None:
            raise GONE
        return "", seen

    def _step_shown(
        self,
        turn: int,
        typed: str,
        step: Conversation | CpgassistError | tuple[Citation, ...],
        searched: Sequence[GuidelineInfo],
        limits: Filters,
        seen: Findings | None,
    ) -> str:
        if isinstance(step, Conversation):
            return self._shown(turn, step.answers[-1], searched, limits)
        if isinstance(step, CpgassistError):
            return error_turn(turn, typed, step, seen)
        return pending_turn(turn, typed, len(searched), step, self._sizes(), seen)

    def _shown(self, turn: int, answer: Answer, searched: Sequence[GuidelineInfo], limits: Filters) -> str:
        if not answer.complete and not answer.statements:
            return pending_turn(turn, answer.question, len(searched), findings=answer.findings, reading=True)
        key = self.answers.keep(answer) if answer.complete else ""
        # those of the index stand above the chat already
        own = tuple(one for one in answer.warnings if one not in self.assistant.warnings)
        known = self.assistant.index.guidelines
        return answer_turn(
            turn,
            replace(answer, warnings=own),
            searched,
            self._sizes(),
            known=len(known),
            filters=limits.words(known),
            key=key,
        )

    def _steps(
        self, talk: Conversation, typed: str, among: Where | None, seen: Findings | None, cancel: Event
    ) -> Iterator[Conversation | CpgassistError | tuple[Citation, ...]]:
        """The conversation as its answer grows, or why there is none; pages found when nothing came for a while."""
        came: SimpleQueue[Conversation | CpgassistError | None] = SimpleQueue()

        def run() -> None:
            try:
                for step in talk.stream(typed, among, seen, cancel):
                    came.put(step)
            except CpgassistError as error:
                came.put(error)
            except Exception as error:
                note(error, "while answering")
                came.put(UNEXPECTED)
            finally:
                came.put(None)

        self._workers.submit(run)
        try:
            first = came.get(timeout=self.slow_after)
        except Empty:
            asked = condensed(typed, talk.turns) if seen is None else query_of(seen, typed)
            pages = self._pages(asked, among)
            if pages and came.empty():
                yield pages
            first = came.get()
        while first is not None:
            yield first
            first = came.get()

    def _pages(self, asked: str, among: Where | None) -> tuple[Citation, ...]:
        try:
            return found_pages(self.assistant.search(asked, k=5, where=among))
        except Exception as error:  # the answer itself is still coming, or will say what is wrong
            note(error, "while answering")
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
