"""The stem of an English word, by Snowball's rules."""

from __future__ import annotations

import threading

_LOCAL = threading.local()


def stem(word: str) -> str:
    """The stem of a lower-case word: that of "treated" and "treating" is "treat"."""
    if not hasattr(_LOCAL, "stem"):  # one per thread: PyStemmer's objects are not safe to share
        import Stemmer

        _LOCAL.stem = Stemmer.Stemmer("english").stemWord
    return str(_LOCAL.stem(word))
