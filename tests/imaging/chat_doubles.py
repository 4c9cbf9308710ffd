"""A language model whose every answer is given beforehand."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from cpgassist.types import Finish, Generated, ModelInfo, Prompt


class ScriptedModel:
    """Writes what it was given and remembers what it was asked; with one text, always that one."""

    def __init__(self, *texts: str, vision: bool = True, finish: Finish = "stop") -> None:
        self.info = ModelInfo("scripted", "test", vision=vision)
        self.prompts: list[Prompt] = []
        self._texts = list(texts)
        self._finish: Finish = finish

    def count_tokens(self, prompt: Prompt) -> int:
        return sum(len(part.split()) if isinstance(part, str) else 256 for part in (prompt.system, *prompt.parts))

    def generate(
        self, prompt: Prompt, on_text: Callable[[str], None] | None = None, cancel: Event | None = None
    ) -> Generated:
        self.prompts.append(prompt)
        text = self._texts.pop(0) if len(self._texts) > 1 else self._texts[0]
        if cancel is not None and cancel.is_set():
            return Generated(text[:3], "cancelled")
        if on_text is not None:
            on_text(text)
        return Generated(text, self._finish)
