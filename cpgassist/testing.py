"""Doubles for the house's boundaries: no model, no network, the same result everywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from cpgassist.errors import InputError, ModelError
from cpgassist.types import EmbedderIdentity, Finish, Generated, ModelInfo, Prompt, Usage

if TYPE_CHECKING:
    from threading import Event

    import numpy as np
    from numpy.typing import NDArray

HASH_DIMENSION = 256
_NO_TIME = {"waiting": 0.0, "first_token": 0.0, "total": 0.0}


class HashEmbedder:
    """An Embedder that hashes lower-cased words into unit vectors: texts sharing words are near.

    A token is a word between white space, and two special tokens are counted, as BERT has them. Texts over the window
    are cut; a text without words gets the first axis.
    """

    def __init__(self, dimension: int = HASH_DIMENSION, window: int = 256, revision: str = "1") -> None:
        self.identity = EmbedderIdentity("hash-test", revision, dimension)
        self.window = window

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Words of each text, plus two."""
        return [len(text.split()) + 2 for text in texts]

    def embed(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> NDArray[np.float32]:
        """Unit vectors, float32 of shape (len(texts), dimension), in the order of `texts`."""
        import numpy as np

        vectors = np.zeros((len(texts), self.identity.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split()[: self.window - 2]:
                axis, sign = self._place(word)
                vectors[row, axis] += sign
            if not vectors[row].any():
                vectors[row, 0] = 1
            vectors[row] /= np.linalg.norm(vectors[row])
            if progress is not None:
                progress(row + 1, len(texts))
        return vectors

    def _place(self, word: str) -> tuple[int, float]:
        digest = hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:4], "big") % self.identity.dimension, 1.0 if digest[4] & 1 else -1.0


class ScriptedReranker:
    """A Reranker that scores a text by the first of `scores` whose words stand in it, else 0.

    An exception among the scores is raised; the questions and how many texts came with each are kept in `asked`.
    """

    name = "scripted"

    def __init__(self, scores: Mapping[str, float | Exception] | None = None) -> None:
        self.asked: list[tuple[str, int]] = []
        self._scores = dict(scores or {})

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """The scores of the texts, in their order."""
        self.asked.append((question, len(texts)))
        return [self._of(text) for text in texts]

    def _of(self, text: str) -> float:
        found = next((score for words, score in self._scores.items() if words in text), 0.0)
        if isinstance(found, Exception):
            raise found
        return found


class ScriptedChat:
    """A ChatModel that says what it is told to: one reply for each prompt, in order, the last one again and again.

    A reply may be a text, an exception to raise, or a function of the prompt that gives either. Texts come in pieces of
    `piece` characters and end by `finish`; the prompts are kept in `prompts`.
    """

    def __init__(
        self,
        *replies: str | Exception | Callable[[Prompt], str],
        vision: bool = True,
        context: int = 8192,
        piece: int = 7,
        finish: Finish = "stop",
    ) -> None:
        self.info = ModelInfo("scripted", "test", vision, context)
        self.prompts: list[Prompt] = []
        self._replies, self._piece, self._finish = replies, piece, finish

    def count_tokens(self, prompt: Prompt) -> int:
        """Words of the prompt, and 256 for each photo."""
        texts = [prompt.system, *(part for part in prompt.parts if isinstance(part, str))]
        return sum(len(text.split()) for text in texts) + 256 * len(prompt.photos)

    def generate(
        self, prompt: Prompt, on_text: Callable[[str], None] | None = None, cancel: Event | None = None
    ) -> Generated:
        """The next reply. Raises InputError for a prompt longer than the context, ModelError for photos it does not take."""
        if prompt.photos and not self.info.vision:
            raise ModelError("scripted reads text alone.", "Ask without photos.")
        length = self.count_tokens(prompt)
        if length > self.info.context:
            raise InputError(f"The prompt has {length} tokens; the context is {self.info.context}.", "Ask with less.")
        self.prompts.append(prompt)
        reply = self._replies[min(len(self.prompts), len(self._replies)) - 1]
        text = reply(prompt) if callable(reply) else reply
        if isinstance(text, Exception):
            raise text
        said = ""
        for at in range(0, len(text), self._piece):
            if cancel is not None and cancel.is_set():
                return Generated(said, "cancelled", seconds=_NO_TIME)
            said += text[at : at + self._piece]
            if on_text is not None:
                on_text(text[at : at + self._piece])
        usage = Usage(length, len(text.split()), 256 * len(prompt.photos))
        return Generated(text, self._finish, usage=usage, seconds=_NO_TIME)
