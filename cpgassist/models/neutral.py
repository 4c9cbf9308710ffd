"""Special tokens spelled out in untrusted text, made harmless before a chat template sees them.

A passage with "<end_of_turn>" forges a turn and one with "<start_of_image>" crashes the request (measured with Gemma 3);
the tokenizers of Llama 3 and of ChatML models do the same with theirs. Quotes are checked against the stored text, so
only the prompt's copy is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

BREAK = "\u200b"
"""A zero-width space: the text reads the same, the tokenizer finds no literal."""

# Gemma: <bos>, <start_of_turn>, <image_soft_token>, <unused94>; Llama and ChatML: <|eot_id|>, <|im_start|>, <<SYS>>, [INST],
# <s>; reasoning models: <think>. Anything in angle brackets that reads like a token's name is taken for one.
_LITERAL = re.compile(r"<(?=/?[a-z][a-z_0-9]*>|\|[^<>|]{1,40}\|>|<SYS>>|</SYS>>)|\[(?=/?[A-Z_]{3,24}\])", re.IGNORECASE)


def neutralised(text: str, literals: Iterable[str] = ()) -> str:
    """The text with every special-token literal broken after its first character.

    `literals` are those that a tokenizer declares, on top of the families' own.
    """
    text = _LITERAL.sub(lambda found: found[0] + BREAK, text)
    for literal in literals:
        if len(literal) > 1 and literal in text:
            text = text.replace(literal, literal[0] + BREAK + literal[1:])
    return text
