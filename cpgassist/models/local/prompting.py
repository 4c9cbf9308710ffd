"""A Prompt -> the model's inputs: one user turn in the model's own chat template, with special tokens made harmless."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from cpgassist.errors import InputError, ModelError
from cpgassist.models.neutral import neutralised
from cpgassist.types import ModelInfo, Photo, Prompt

THINK = "SYSTEM INSTRUCTION: think silently if needed. "
"""What turns MedGemma's thinking on (Google's quick start), before the system text."""
THOUGHTS = (("<unused94>", "<unused95>"), ("<think>", "</think>"))

Message = dict[str, Any]


class Prompter:
    """Words and pictures for one model."""

    def __init__(self, words: Any, info: ModelInfo, photos_first: bool) -> None:
        """`words` is the processor of a model that sees, else the tokenizer."""
        self.tokenizer = getattr(words, "tokenizer", words)
        self._words = words
        self._info = info
        self._photos_first = photos_first

    @cached_property
    def thought_tokens(self) -> tuple[int, int] | None:
        """The tokens that open and close a thought, where the tokenizer has both."""
        added = self.tokenizer.get_added_vocab()
        for opening, closing in THOUGHTS:
            if opening in added and closing in added:
                return added[opening], added[closing]
        return None

    def count(self, prompt: Prompt) -> int:
        """Tokens of the prompt, template and pictures included; no picture is looked at."""
        messages = self._messages(prompt, with_pictures=False)
        text = str(self._words.apply_chat_template(messages, add_generation_prompt=True, tokenize=False))
        if prompt.photos:
            text = text.replace(self._words.boi_token, self._words.full_image_sequence)
        return len(self.tokenizer(text, add_special_tokens=False).input_ids)

    def photos(self, prompt: Prompt) -> int:
        """Tokens of the prompt that are pictures."""
        return len(prompt.photos) * int(self._words.image_seq_length) if prompt.photos else 0

    def inputs(self, prompt: Prompt, device: Any, dtype: Any) -> dict[str, Any]:
        """The model's inputs on its device, floats in its arithmetic, just as the processor makes them.

        The template is tokenised by apply_chat_template alone: tokenised apart, it would have two beginnings of text; and
        no entry is left out: without token_type_ids, pictures would be read like words.
        """
        made = self._words.apply_chat_template(
            self._messages(prompt), add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
        )
        return {
            name: value.to(device, dtype) if value.is_floating_point() else value.to(device)
            for name, value in made.items()
        }

    def _messages(self, prompt: Prompt, with_pictures: bool = True) -> list[Message]:
        if prompt.photos and not self._info.vision:
            raise ModelError(
                f"{self._info.name} reads text alone; it was given {len(prompt.photos)} photo(s).",
                "Ask without photos, or configure a model that sees, as MedGemma 4B.",
            )
        said = self._content(prompt)
        if not said:
            raise InputError("The prompt says nothing to the model.", "Give it a question or a photo.")
        system = self._neutral(prompt.system).strip()
        if prompt.thinking and THOUGHTS[0][0] in self.tokenizer.get_added_vocab():
            system = THINK + system
        turns: dict[str, list[str | Photo]] = {"system": [system] if system else [], "user": said}
        return [
            {"role": role, "content": self._as_content(parts, with_pictures)} for role, parts in turns.items() if parts
        ]

    def _content(self, prompt: Prompt) -> list[str | Photo]:
        """The parts in the model's order; texts that touch are one, since templates would glue them."""
        said: list[str | Photo] = []
        shown: list[str | Photo] = [] if self._photos_first else said
        for part in prompt.parts:
            if isinstance(part, Photo):
                shown += [self._neutral(part.label) + ":", part] if part.label else [part]
            elif part.strip():
                said.append(self._neutral(part))
        return _joined(shown + said if self._photos_first else said)

    def _as_content(self, parts: Sequence[str | Photo], with_pictures: bool) -> Any:
        """Parts as a message's content: a list for processors, a string for tokenizers."""
        if not self._info.vision:
            return "\n".join(part for part in parts if isinstance(part, str))
        content: list[Message] = []
        for part in parts:
            if isinstance(part, Photo):
                content.append({"type": "image", "image": _picture(part)} if with_pictures else {"type": "image"})
            else:
                content.append({"type": "text", "text": part})
        return content

    def _neutral(self, text: str) -> str:
        """The text without special tokens, and without halves of characters, which no tokenizer takes."""
        return neutralised(text.encode("utf-8", "replace").decode("utf-8"), self._literals)

    @cached_property
    def _literals(self) -> tuple[str, ...]:
        """Added tokens that `neutralised` does not know by itself; white space is harmless (Gemma adds line breaks)."""
        added = {*self.tokenizer.get_added_vocab(), *self.tokenizer.all_special_tokens}
        return tuple(sorted(word for word in added if word.strip("\u2581 \t\n") and neutralised(word) == word))


def _joined(parts: list[str | Photo]) -> list[str | Photo]:
    joined: list[str | Photo] = []
    for part in parts:
        if joined and isinstance(part, str) and isinstance(joined[-1], str):
            joined[-1] = f"{joined[-1]}\n{part}"
        else:
            joined.append(part)
    return joined


def _picture(photo: Photo) -> Any:
    from PIL import Image

    return Image.open(io.BytesIO(photo.png)).convert("RGB")
