"""A language model as a ModelBackend: it picks among numbered lines, and writes a short answer from those shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from threading import Event, Timer

from cpgassist.errors import CpgassistError, ModelError
from cpgassist.models.pieces import Pieces
from cpgassist.models.reply import picking, read_picks, read_sentences, rewriting, writing
from cpgassist.protocols import ChatModel
from cpgassist.types import Generated, GuidelineInfo, Hit, ModelInfo, Prompt, Sentence, Written

PROMPT_TOKENS = 4096
"""Tokens of the picking prompt; the passages ranked lowest are left out until it fits, and none is cut."""


class Grounded:
    """Asks a ChatModel for line numbers and short sentences. What it says is checked by whoever shows it."""

    def __init__(
        self,
        chat: ChatModel,
        guidelines: Mapping[str, GuidelineInfo],
        seconds: float = 120.0,
        thinking: bool = False,
        constrained: bool = True,
        prompt_tokens: int = PROMPT_TOKENS,
    ) -> None:
        """`seconds` is how long one reply may take; `constrained` holds a model in this process to the format."""
        self._chat, self._guidelines = chat, dict(guidelines)
        self._seconds, self._thinking, self._constrained = seconds, thinking, constrained
        self._tokens = prompt_tokens
        self._cancel: Event | None = None

    def until(self, cancel: Event | None) -> Grounded:
        """The same model, which stops as soon as `cancel` is set and then raises ModelError."""
        stoppable = copy(self)
        stoppable._cancel = cancel
        return stoppable

    @property
    def name(self) -> str:
        """The model's name."""
        return self._chat.info.name

    @property
    def info(self) -> ModelInfo:
        """Which model it is."""
        return self._chat.info

    def pick(self, question: str, hits: Sequence[Hit], limit: int) -> list[tuple[Hit, Sentence, float]]:
        """The sentences that the model picked, best first; none where it says that none answers.

        Raises ModelError when it fails, takes too long or names no lines.
        """
        kept = self._fitting(question, hits)
        prompt, lines = picking(question, kept, self._guidelines)
        if not lines or limit < 1:
            return []
        reply = self._generate(prompt, _Deadline(self._cancel))
        numbers = read_picks(reply.text, len(lines))
        if numbers is None:
            raise ModelError(f"{self.name} named no lines.", "The lines were picked by code instead.")
        chosen = [lines[number - 1] for number in numbers[:limit]]
        return [(hit, sentence, 1 / rank) for rank, (hit, sentence) in enumerate(_distinct(chosen), 1)]

    def summarise(self, question: str, lines: Sequence[str]) -> Iterator[Written]:
        """The model's short answer from these lines, sentence by sentence as it writes. Raises ModelError."""
        yield from read_sentences(self._streamed(writing(question, lines)))

    def rewrite(self, question: str, before: Sequence[str]) -> str:
        """The follow-up question made self-contained. Raises ModelError."""
        return self._generate(rewriting(question, before), _Deadline(self._cancel)).text.strip()

    def _fitting(self, question: str, hits: Sequence[Hit]) -> Sequence[Hit]:
        """As many of the hits, best first, as the prompt has room for; at least one."""
        room = min(self._tokens, self._chat.info.context - 64)
        least, most = min(1, len(hits)), len(hits)
        while least < most:
            middle = (least + most + 1) // 2
            prompt, _ = picking(question, hits[:middle], self._guidelines)
            if self._chat.count_tokens(prompt) <= room:
                least = middle
            else:
                most = middle - 1
        return hits[:least]

    def _generate(self, prompt: Prompt, stop: _Deadline, on_text: Callable[[str], None] | None = None) -> Generated:
        """The model's reply. Raises ModelError when it is late or stopped."""
        clock = Timer(self._seconds, stop.pass_by)
        clock.daemon = True
        clock.start()
        if not self._constrained:
            prompt = replace(prompt, cites=0)
        if self._thinking:
            prompt = replace(prompt, thinking=True, max_new_tokens=prompt.max_new_tokens + 2000)
        try:
            reply = self._chat.generate(prompt, on_text, stop)
        finally:
            clock.cancel()
        if reply.finish == "cancelled":
            said = f"took longer than {self._seconds:g} s" if stop.passed else "was stopped"
            raise ModelError(f"{self.name} {said}.", "Raise CPGASSIST_MODEL_SECONDS, or use a faster machine.")
        return reply

    def _streamed(self, prompt: Prompt) -> Iterator[str]:
        """The pieces of a reply as they come; the model stops when nobody takes them any more."""
        stop = _Deadline(self._cancel)

        def work(put: Callable[[str], None]) -> None:
            try:
                self._generate(prompt, stop, put)
            except CpgassistError:
                raise
            except BaseException as error:  # the reader must hear of it at once, whatever it is
                raise ModelError(f"{self.name} failed: {type(error).__name__}.", "See its log.") from error

        try:
            yield from Pieces(work)
        finally:
            stop.set()


class _Deadline(Event):
    """Set when the time is up, when nobody reads any more, or when the caller's own event is."""

    def __init__(self, other: Event | None) -> None:
        super().__init__()
        self._other = other
        self.passed = False
        """Whether the time is up."""

    def pass_by(self) -> None:
        """Let the time be up."""
        self.passed = True
        self.set()

    def is_set(self) -> bool:
        """Whether the model must stop."""
        return super().is_set() or (self._other is not None and self._other.is_set())


def _distinct(lines: Sequence[tuple[Hit, Sentence]]) -> list[tuple[Hit, Sentence]]:
    """The lines, each once: a passage may be given twice."""
    return list({(hit.passage.id, sentence): (hit, sentence) for hit, sentence in lines}.values())
