"""A conversation is a value: asking in it gives a new one, and the old one still stands, so it can be forked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING

from cpgassist.answering import Turn, condensed, is_faithful
from cpgassist.errors import ModelError
from cpgassist.types import Answer, Findings, Where

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant

__all__ = ["KEPT", "Conversation", "Rewriter", "Turn"]

KEPT = 6
"""Turns and answers a conversation remembers. A follow-up is understood by one of these turns alone."""

Rewriter = Callable[[str, Sequence[Turn]], str]
"""Makes of a follow-up question and the turns before it a self-contained question. May raise ModelError."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Questions asked one after the other, with what follow-ups need to be understood.

    talk = assistant.conversation()
    talk = talk.ask("How is harbour fever treated in adults?")
    talk = talk.ask("and in pregnancy?")
    talk.asked_as   # "How is harbour fever treated – and in pregnancy?"
    talk.answer
    """

    assistant: Assistant
    turns: tuple[Turn, ...] = ()
    """The last KEPT questions, oldest first; refused ones are not among them."""
    answers: tuple[Answer, ...] = field(default=(), compare=False)
    """The last KEPT answers, oldest first."""
    rewrite: Rewriter | None = None
    """A model's way to make a follow-up self-contained; code checks it, and its own way stands where it fails."""

    @property
    def answer(self) -> Answer | None:
        """The last answer; None before anything was asked."""
        return self.answers[-1] if self.answers else None

    @property
    def asked_as(self) -> str | None:
        """What the last question was asked as; None where it was asked as typed."""
        return self.answer.asked_as if self.answer else None

    def self_contained(self, question: str) -> str:
        """The question as it is asked here: itself when it stands alone, else with what it takes over."""
        asked = condensed(question, self.turns)
        if self.rewrite is None or asked == question:
            return asked  # what stands alone is no model's to touch: it could only add the last patient's drug
        try:
            rewritten = " ".join(self.rewrite(question, self.turns).split())
        except ModelError:
            return asked
        # a follow-up that comes back as it was typed still leans on the last question
        changed = rewritten != " ".join(question.split())
        return rewritten if changed and is_faithful(rewritten, question, asked) else asked

    def ask(
        self,
        question: str,
        where: Where | None = None,
        findings: Findings | None = None,
        cancel: Event | None = None,
    ) -> Conversation:
        """The conversation with the question answered. Raises what Assistant.ask raises; this one stays as it is.

        Findings are searched with in this turn alone; a question that is asked with them stands for itself.
        """
        *_, last = self.stream(question, where, findings, cancel)
        return last

    def stream(
        self,
        question: str,
        where: Where | None = None,
        findings: Findings | None = None,
        cancel: Event | None = None,
    ) -> Iterator[Conversation]:
        """The conversation as its new answer grows, as Assistant.stream gives it; the last one is what `ask` gives."""
        asked = question if findings is not None else self.self_contained(question)
        for answer in self.assistant.stream(asked, where, findings, cancel):
            yield self._with(question, asked, answer)

    def _with(self, question: str, asked: str, answer: Answer) -> Conversation:
        if asked != question:
            answer = replace(answer, question=" ".join(question.split()), asked_as=answer.question)
        turns = self.turns
        if answer.status != "refused" and answer.question:
            turns = (*turns, Turn(answer.question, answer.asked_as or answer.question))
        return replace(self, turns=turns[-KEPT:], answers=(*self.answers, answer)[-KEPT:])
