"""Tokens as they come -> text as it is certain, the thoughts apart."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event
from typing import Any

from cpgassist.models.thinking import Thinking

THOUGHT_MARKS = ("<unused94>", "<unused95>", "<think>", "</think>")


class Cancelled(Exception):
    """Ends a generation from within, when the caller asked for it."""


class TextStream:
    """A streamer for transformers' `generate`, which calls `put` with the prompt and then with each token."""

    def __init__(
        self, tokenizer: Any, ends: tuple[int, ...], on_text: Callable[[str], None] | None, cancel: Event | None
    ) -> None:
        self.tokens = 0
        self.ended = False
        """Whether the model itself ended the answer."""
        self.first: float | None = None
        """When the first token came, by time.monotonic."""
        self.callers: Exception | None = None
        """What `on_text` raised."""
        self._tokenizer = tokenizer
        self._ends = frozenset(ends)
        self._hidden = _hidden(tokenizer)
        self._on_text = on_text
        self._cancel = cancel
        self._thinking = Thinking()
        self._ids: list[int] = []
        self._told = 0
        self._pieces: list[str] = []
        self._is_prompt = True

    @property
    def text(self) -> str:
        """The visible text so far."""
        return "".join(self._pieces)

    @property
    def thought(self) -> str:
        """The thoughts so far."""
        return self._thinking.thought

    @property
    def in_thought(self) -> bool:
        """Whether a thought was opened and not closed."""
        return self._thinking.open

    def put(self, value: Any) -> None:
        """Takes the prompt's ids first, then one token at a time."""
        if self._is_prompt:
            self._is_prompt = False
            return
        for token in value.flatten().tolist():
            self._take(token)
        if self._cancel is not None and self._cancel.is_set() and not self.ended:
            raise Cancelled

    def end(self) -> None:
        """Called by `generate` at its end."""

    def close(self) -> None:
        """Shows what was held back; call it once, when nothing comes any more."""
        self._show(self._thinking.feed(self._new(final=True)) + self._thinking.close())

    def _take(self, token: int) -> None:
        self.first = self.first or time.monotonic()
        self.tokens += 1
        if token in self._ends:
            self.ended = True
        elif token not in self._hidden:
            self._ids.append(token)
            self._show(self._thinking.feed(self._new()))

    def _new(self, final: bool = False) -> str:
        """The text that the last tokens added. A token alone may be part of a character, or lose its space: it is decoded
        after those before it."""
        before, after = self._decoded(self._ids[: self._told]), self._decoded(self._ids)
        if after.endswith("\ufffd") and not final:
            return ""
        added = after[len(before) :]
        self._ids, self._told = self._ids[self._told :], len(self._ids) - self._told
        return added

    def _decoded(self, ids: list[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))

    def _show(self, text: str) -> None:
        if not text:
            return
        self._pieces.append(text)
        if self._on_text is not None:
            try:
                self._on_text(text)
            except Exception as error:
                self.callers = error
                raise


def _hidden(tokenizer: Any) -> frozenset[int]:
    """Tokens that are never text: the special ones, but for the marks of thoughts, which some tokenizers count among them."""
    added = tokenizer.added_tokens_decoder.items()
    special = {number for number, token in added if token.special} | set(tokenizer.all_special_ids)
    return frozenset(special - {number for number, token in added if str(token) in THOUGHT_MARKS})
