"""Doubles for the house's boundaries: no model, no network, the same result everywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cpgassist.types import EmbedderIdentity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HASH_DIMENSION = 256


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
