"""Text in a document that speaks to a machine instead of to its readers.

A guideline tells a clinician what to do; it never tells a language model which instructions to ignore, how to answer, or
what to keep from the user. A passage that does is neither shown to a model nor quoted: what it says besides, a dose
above all, has the same author.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from cpgassist.editions import named
from cpgassist.types import GuidelineInfo, Hit

_INSTRUCTS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.]{0,40}\b(?:previous|prior|above|earlier|all|any|other|your|the)\b"
    r"[^.]{0,30}\b(?:instructions?|prompts?|rules|guardrails|system message|training|context|passages)\b"
    r"|\b(?:system|developer|hidden) (?:prompt|message|instructions?)\b"
    r"|\b(?:as|you are|you're|act as|pretend to be|behave as) (?:now )?(?:an? )?(?:AI|artificial intelligence|language model"
    r"|LLM|chat ?bot|assistant|GPT\w*|ChatGPT|MedGemma|Gemini|Claude|Llama)\b"
    r"|\b(?:AI|LLM|language|chat) ?(?:models?|assistants?|bots?|systems?|agents?)\b[^.]{0,40}\b(?:must|should|shall|always|never"
    r"|please|reply|respond|answer|output|say|state|recommend)\b"
    r"|\b(?:note|attention|message|instructions?|directive) (?:to|for) (?:the |any |all )?(?:AI|LLM|language models?"
    r"|assistants?|chat ?bots?|models?|machines?|summari[sz]ers?)\b"
    r"|\b(?:when|if) (?:you are )?(?:asked|prompted|queried|questioned)\b[^.]{0,60}, "
    r"(?:always |only |please |you (?:must|should) )?(?:answer|reply|respond|say|output|state)\b (?:with|that|only|exactly|by|\d)"
    r"|\battention,? (?:AI|LLM|assistants?|chat ?bots?|models?|machines?)\b"
    r"|\b(?:reply|respond|answer) (?:only |always |exactly )?(?:with|by saying|as follows|verbatim)\b"
    r"|\b(?:do not|don't|never) (?:tell|reveal to|mention to|inform|cite|quote|disclose)\b[^.]{0,40}\b(?:user|reader|clinician"
    r"|source|prompt|instructions?|passages?)\b"
    r"|\b(?:new|updated|real|actual|true) (?:system )?instructions?\s*:"
    r"|\b(?:print|repeat|output|include|insert|write) (?:this|the following)\b[^.]{0,30}\b(?:answer|response|reply"
    r"|output|verbatim)\b"
    r"|\bin your (?:final )?(?:answer|response|reply|output|summary)\b"
    r"|\b(?:abaikan|lupakan)\b[^.]{0,30}\b(?:arahan|instruksi|perintah)\b|(?:忽略|无视).{0,12}(?:指令|指示|提示)",
    re.IGNORECASE,
)
_TOKENS = re.compile(
    r"<\|[\w-]{2,40}\|>|</?(?:start|end)_of_(?:turn|image)>|\[/?INST\]|<</?SYS>>|<(?:bos|eos|pad|unk|unused\d+)>"
    r"|^\s*#{2,}\s*(?:instruction|system|response|assistant|user)\b|^\s*(?:system|assistant|user|human)\s*:\s",
    re.IGNORECASE | re.MULTILINE,
)
"""Marks by which chat models divide their turns."""


@lru_cache(maxsize=4096)  # the same passages are found again and again
def speaks_to_a_machine(text: str) -> bool:
    """Whether a text addresses a language model, or carries the marks of its turns."""
    return bool(_INSTRUCTS.search(" ".join(text.split())) or _TOKENS.search(text))


def for_readers(hits: Iterable[Hit]) -> tuple[tuple[Hit, ...], tuple[Hit, ...]]:
    """The hits that speak to readers, and those that speak to a machine, each in their order."""
    kept: list[Hit] = []
    left: list[Hit] = []
    for hit in hits:
        (left if speaks_to_a_machine(hit.passage.embedded_text()) else kept).append(hit)
    return tuple(kept), tuple(left)


def withheld_from_readers(hit: Hit, guidelines: Mapping[str, GuidelineInfo]) -> str:
    """That a passage was left out which speaks to a language model instead of to readers."""
    passage = hit.passage
    return (
        f"A passage on page {passage.page} of {named(guidelines[passage.guideline])} is withheld: it gives instructions to "
        "a language model. Tell whoever keeps the guidelines."
    )
