"""The chunks of a streamed chat completion, put together into what the model wrote."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cpgassist.models.servers import failures
from cpgassist.models.thinking import Thinking
from cpgassist.types import Finish, Generated, Usage

_STOPPED = frozenset(("stop", "eos", "eos_token", "end_turn", "stop_sequence"))
_OUT_OF_TOKENS = frozenset(("length", "max_tokens"))


class Reply:
    """Takes the chunks of one answer as they come; `end` or `cancelled` gives the whole.

    Chunks come from a server and may be anything: what does not have the shape of one is a ModelError.
    """

    def __init__(self, place: str, on_text: Callable[[str], None] | None = None, thinks_at_once: bool = False) -> None:
        self._place = place
        self._on_text = on_text
        self._thinking = Thinking(thinks_at_once)
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._reason = ""
        self._usage = Usage()
        self._chunks = 0
        self._started = time.perf_counter()
        self._first: float | None = None

    def take(self, chunk: Any) -> None:
        """Add a chunk. Raises ModelError where it is none, or says that the text was filtered or broke off."""
        choices = getattr(chunk, "choices", None)
        if not isinstance(choices, list):
            raise failures.of_stream(self._place, "sent something that is no chat completion")
        self._chunks += 1
        self._count(getattr(chunk, "usage", None))
        for choice in choices[:1]:
            self._read(getattr(choice, "delta", None))
            reason = getattr(choice, "finish_reason", None)
            if isinstance(reason, str) and reason:
                self._reason = reason

    def end(self) -> Generated:
        """What was written, once the stream has ended. Raises ModelError where it is no whole answer."""
        if not self._chunks:
            raise failures.of_stream(self._place, "sent no chat completion")
        if self._reason == "content_filter":
            raise failures.of_stream(self._place, "withheld the answer (content filter)")
        if not self._reason:
            raise failures.of_stream(self._place, "broke off in the middle of the answer")
        if self._reason not in _STOPPED | _OUT_OF_TOKENS:
            raise failures.of_stream(self._place, "ended the answer in a way that is none of a text")
        self._show(self._thinking.close())
        if self._thinking.stray:
            raise failures.of_stream(
                self._place,
                "writes the model's thoughts without their beginning, so that they cannot be told from the answer "
                "(switch its reasoning parser on, or thinking off)",
            )
        # A thought that never ended is a budget that ran out, whatever the server calls it.
        cut = self._reason in _OUT_OF_TOKENS or self._thinking.open
        if not cut and not "".join(self._texts).strip():
            raise failures.of_stream(self._place, "gave an empty answer")
        return self._generated("length" if cut else "stop")

    def cancelled(self) -> Generated:
        """What was written until it was cancelled."""
        self._show(self._thinking.close())
        return self._generated("cancelled")

    def _read(self, delta: Any) -> None:
        for name in ("reasoning_content", "reasoning"):  # servers that take thoughts out themselves
            thought = getattr(delta, name, None)
            if isinstance(thought, str) and thought:
                self._time()
                self._thoughts.append(thought)
                break
        content = getattr(delta, "content", None)
        if isinstance(content, str) and content:
            self._time()
            self._show(self._thinking.feed(content))

    def _show(self, text: str) -> None:
        if text:
            self._texts.append(text)
            if self._on_text is not None:
                self._on_text(text)

    def _time(self) -> None:
        if self._first is None:
            self._first = time.perf_counter() - self._started

    def _count(self, usage: Any) -> None:
        prompt, generated = (getattr(usage, name, None) for name in ("prompt_tokens", "completion_tokens"))
        if isinstance(prompt, int) and isinstance(generated, int):
            self._usage = Usage(prompt, generated)

    def _generated(self, finish: Finish) -> Generated:
        total = time.perf_counter() - self._started
        thought = "\n\n".join(filter(None, ("".join(self._thoughts).strip(), self._thinking.thought)))
        seconds = {"waiting": 0.0, "total": total}
        if self._first is not None:
            seconds["first_token"] = self._first
        return Generated("".join(self._texts), finish, thought, self._usage, seconds)
