"""Whether a model's rewriting of a follow-up question says what was asked, no more and no less."""

from __future__ import annotations

import re

from cpgassist.answering.questions.speech import NAME, words_of

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W\d_]+")
_PARTICULAR = (NAME, "person", "age", "circumstance", "severity", "setting", "route", "choice", "thing")
"""Roles of words that a rewriting may neither add nor lose; how it asks, links and orders them is its own."""
_NEGATIONS = frozenset("not no without never nor tidak tak bukan tanpa jangan 不 没有 非".split())


def is_faithful(rewritten: str, question: str, asked: str) -> bool:
    """Whether a rewriting may be asked in place of `asked`, what code made of the typed `question`.

    It must hold every number and every particular word of the question (drugs, diseases, patients, routes), add none
    that `asked` does not hold, and negate what that negates.
    """
    allowed, typed, said = _particulars(asked), _particulars(question), _particulars(rewritten)
    return bool(rewritten.strip()) and typed <= said <= allowed and _negations(rewritten) == _negations(asked)


def _particulars(text: str) -> set[str]:
    words = (word.folded for word in words_of(text) if word.role in _PARTICULAR)
    return {_root(one) for word in words for one in _WORD.findall(word)} | set(_NUMBER.findall(text))


def _root(word: str) -> str:
    """ "adults" is "adult"; anything looser would take one drug for another."""
    return word[:-1] if len(word) > 4 and word.endswith("s") else word


def _negations(text: str) -> set[str]:
    return {word.folded for word in words_of(text)} & _NEGATIONS
