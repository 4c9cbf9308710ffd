"""A Prompt as the messages of a chat completion, and how many tokens that can be at most."""

from __future__ import annotations

import base64
import re
from typing import Any

from cpgassist.models.neutral import neutralised
from cpgassist.types import Photo, Prompt

PHOTO_TOKENS = 256
"""Tokens of a photo for Gemma 3 and MedGemma; other models may take more."""
_OVERHEAD = 16
"""Tokens of the template around a turn or a photo, at most."""

_LETTERS = re.compile(r"[A-Za-z ]+")

THINK = "SYSTEM INSTRUCTION: think silently if needed. "
"""What turns thinking on in MedGemma."""


def as_messages(prompt: Prompt, gemma: bool = False) -> list[dict[str, Any]]:
    """The prompt's messages, special tokens in its texts made harmless and photos as data URLs behind their labels.

    Gemma has no system turn: its own template puts those words before the user's, and templates that others wrote for
    it drop them, so with `gemma` they are put there before a template is reached.
    """
    system = clean(prompt.system).strip()
    if gemma and prompt.thinking:
        system = THINK + system
    content = _content(prompt)
    if not system:
        return [{"role": "user", "content": _plain(content)}]
    if gemma:
        return [{"role": "user", "content": _plain(_joined([_text(system + "\n"), *content]))}]
    return [{"role": "system", "content": system}, {"role": "user", "content": _plain(content)}]


def most_tokens(prompt: Prompt, photo_tokens: int = PHOTO_TOKENS) -> int:
    """How many tokens the prompt takes at most, where its tokenizer is not at hand.

    Two letters or blanks of English make at least a token, as any tokenizer of these models cuts running text; figures,
    signs and the bytes of other writings count as one each. English is about half of it. `photo_tokens` for each photo.
    """
    texts = [THINK, prompt.system, *(part.label if isinstance(part, Photo) else part for part in prompt.parts)]
    size = sum(_most(clean(text)) for text in texts)
    return size + 3 * _OVERHEAD + len(prompt.photos) * (photo_tokens + _OVERHEAD)


def _most(text: str) -> int:
    others = len(_LETTERS.sub("", text).encode())
    return others + (len(text.encode()) - others + 1) // 2 + 2


def clean(text: str) -> str:
    """The text as it is sent: special tokens harmless, and lone surrogates, which PDFs give and JSON refuses, gone."""
    return neutralised(text.encode("utf-8", "replace").decode("utf-8"))


def _content(prompt: Prompt) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for part in prompt.parts:
        if isinstance(part, str):
            items.append(_text(clean(part)))
            continue
        if part.label:
            items.append(_text(clean(part.label) + ":"))
        data = base64.b64encode(part.png).decode("ascii")
        items.append({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}})
    return _joined(items)


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _joined(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items with neighbouring texts made one: servers join them each in a way of its own."""
    joined: list[dict[str, Any]] = []
    for item in items:
        if joined and item["type"] == joined[-1]["type"] == "text":
            joined[-1] = _text(f"{joined[-1]['text']}\n{item['text']}")
        else:
            joined.append(item)
    return joined


def _plain(content: list[dict[str, Any]]) -> str | list[dict[str, Any]]:
    """Text alone as a string, which servers without vision understand too."""
    if all(item["type"] == "text" for item in content):
        return "\n".join(item["text"] for item in content)
    return content
