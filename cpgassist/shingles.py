"""Texts compared by runs of words, so that a copy is known under any name and an extract in any layout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LENGTH = 4
"""Words of a run: shorter ones recur by chance, longer ones break at every difference between two readings."""
_SAMPLE = 256
"""Runs looked up before all are: nearly all pairs of guidelines share nothing."""
_FACTOR = 0x9E3779B97F4A7C15
_WORD = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff<>≤≥]|[^\\W_]+?(?=[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|\\b|_)"
)


class Runs:
    """The distinct runs of words in some texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        import numpy as np  # takes a tenth of a second, which `cpgassist --help` must not

        parts = [_hashed(words_of(text)) for text in texts]
        self._all = np.unique(np.concatenate(parts)) if parts else np.empty(0, np.uint64)

    def __len__(self) -> int:
        return len(self._all)

    def share_in(self, other: Runs, wanted: float = 0.0) -> float:
        """The share of these runs that the other holds; 0 at once where a sample says that it is far below `wanted`."""
        if not len(self._all) or not len(other._all):
            return 0.0
        if wanted and other._share(self._sample) < wanted - 0.2:
            return 0.0
        return other._share(self._all)

    @cached_property
    def _sample(self) -> NDArray[np.uint64]:
        # Hashes are in no order of the text, so that every n-th of them in their own order is a fair sample.
        return self._all[:: max(1, len(self._all) // _SAMPLE)]

    def _share(self, runs: NDArray[np.uint64]) -> float:
        import numpy as np

        at = np.minimum(np.searchsorted(self._all, runs), len(self._all) - 1)
        return float((self._all[at] == runs).mean())


def words_of(text: str) -> list[str]:
    """Words in lower case without punctuation; each Chinese or Japanese character is one, and so is "<"."""
    return _WORD.findall(text.casefold())


def _hashed(words: Sequence[str]) -> NDArray[np.uint64]:
    """A number for each run; a text of fewer words is one run."""
    import numpy as np

    hashes = np.fromiter((hash(word) & 0xFFFFFFFFFFFFFFFF for word in words), np.uint64, len(words))
    if not len(hashes):
        return hashes
    length = min(LENGTH, len(hashes))
    runs = np.zeros(len(hashes) - length + 1, np.uint64)
    for offset in range(length):
        runs = (runs ^ hashes[offset : offset + len(runs)]) * np.uint64(_FACTOR)
    return runs
