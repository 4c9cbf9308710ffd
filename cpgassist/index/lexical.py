"""BM25 over passages, with the tokens clinicians type: doses, ranges, HbA1c, II-1, ≥140/90.

A token that carries punctuation, digits or inner capitals is kept whole and also emitted in its parts, on both
sides, so "500mg" finds "500 mg" and "A1c" finds "HbA1c", while the exact form still scores highest.

English words are reduced to their stems. Words that only texts in another language print stay as they are: the
English stemmer would make "paling" (Malay, most) into "pale". Chinese and Japanese are cut into single characters
and pairs of them, for want of spaces between words.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cpgassist.stems import stem

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOKEN_RULES = 2
"""Number of the rules below; an index written under other rules is rebuilt when it is opened."""

_STOPPED = """
    a an the of in on at by for from to into and or is are was were be been being am as it its this that these those
    with which whom whose what when where how why do does did has have had can could should would may might will
    shall i you he she we they their his her our your my me us them there here if then so such also about
"""
STOP_WORDS = frozenset(_STOPPED.split())
"""Words that say nothing about a passage. "who" is absent (WHO), and so are not, no, without and against."""

FOREIGN = 20
"""How many times more texts in other languages than in English print a word that is not stemmed."""

_CJK = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+)")
_CHUNK = re.compile(r"[<>≤≥]?[^\W_]+(?:[-/.:+][^\W_]+)*%?")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\ufffe]|[\u0300-\u0337]")
"""Soft hyphens and the like, and accents once they are apart; not U+0338, which turns "<" into "≮"."""

_THOUSANDS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")
_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]"), "-"),
    (re.compile("[\u2044\u2215]"), "/"),
    (re.compile("[\u2018\u2019\u02bc]"), "'"),
    (re.compile("[≧⩾⪰]|>=|=>"), "≥"),
    (re.compile("[≦⩽⪯]|<=|=<"), "≤"),
    (re.compile(r"n't\b", re.IGNORECASE), " not"),
    (re.compile(r"([<>≤≥])\s+(?=\d)"), r"\1"),
    (re.compile(r"(?<=\d)\s+-\s+(?=\d)"), "-"),
    (re.compile(r"(?<=[\u3040-\u30ff\u3400-\u9fff])\s+(?=[\u3040-\u30ff\u3400-\u9fff])"), ""),  # a line's end
    (re.compile(r"(?<=\d),(?=\d)"), "."),  # "0,5" is a half, once thousands have lost their commas
    (re.compile(r"(?<![^\W\d_])[uμ]g(?![^\W\d_])"), "mcg"),  # ISMP, error-prone abbreviations: write mcg
)
_DECIMAL = re.compile(r"\d+\.\d+")
_AMOUNT = re.compile(r"(\d(?:[\d./-]*\d)?)([^\W\d_].*|%)")
_INNER_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile("[a-z]{4,}")


def tokenize(text: str, foreign: Set[str] = frozenset()) -> list[str]:
    """The tokens of a question or a passage, the same rules for both.

    `foreign` are the words of the whole index that are not stemmed, not those of this text: a question does not tell
    its language, and one word must have one form on both sides.
    """
    return [word if word in foreign else _stemmed(word) for word in _words(text)]


def foreign_words(texts: Sequence[str], languages: Sequence[str | None]) -> frozenset[str]:
    """The words that (nearly) only texts in other languages than English print, where stemming would change them.

    A text of unknown language counts as English. Snowball's Indonesian stemmer was tried on these words and is not
    used: it moved 1 of 14 Indonesian questions up by words alone, and others down in the fused search.
    """
    english: Counter[str] = Counter()
    other: Counter[str] = Counter()
    for text, language in zip(texts, languages, strict=True):
        counted = english if language in (None, "en") else other
        counted.update({word for word in _words(text) if _stemmed(word) != word})
    return frozenset(word for word, count in other.items() if count >= FOREIGN * english[word])


def top(scores: NDArray[np.float32], k: int, among: NDArray[np.bool_] | None = None) -> NDArray[np.intp]:
    """Positions of the k best scores, best first and equal ones by position; only where `among` holds."""
    allowed = np.arange(len(scores)) if among is None else np.flatnonzero(among)
    values = scores[allowed]
    if k <= 0 or not len(values):
        return allowed[:0]
    if k < len(values):
        # All that tie with the k-th go on to the sort: argpartition alone would choose among them at random.
        keep = values >= np.partition(values, len(values) - k)[len(values) - k]
        allowed, values = allowed[keep], values[keep]
    return allowed[np.argsort(-values, kind="stable")[:k]]


class LexicalIndex:
    """BM25 (Lucene's formula, k1 1.5, b 0.75) over the texts of one version."""

    def __init__(self, retriever: Any, foreign: frozenset[str]) -> None:
        self._retriever = retriever
        self.foreign = foreign

    @classmethod
    def build(cls, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> LexicalIndex:
        """Indexes the texts in memory; `languages` are the texts' own, English where not given."""
        import bm25s

        foreign = foreign_words(texts, languages) if languages is not None else frozenset()
        # bm25s numbers words in the order of a set, which changes between processes; numbered here, the same
        # passages give the same files.
        vocabulary: dict[str, int] = {"": 0}
        numbered = [
            [vocabulary.setdefault(token, len(vocabulary)) for token in tokenize(text, foreign)] or [0]
            for text in texts
        ]
        retriever = bm25s.BM25()
        retriever.index((numbered, vocabulary), create_empty_token=False, show_progress=False)
        return cls(retriever, foreign)

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Maps a saved index from disk; raises OSError or ValueError when it is damaged or of other token rules."""
        import bm25s

        rules = json.loads((folder / "rules.json").read_text(encoding="utf-8"))
        foreign = rules.pop("foreign", None) if isinstance(rules, dict) else None
        if rules != _rules() or not isinstance(foreign, list) or not all(isinstance(word, str) for word in foreign):
            raise ValueError("its token rules are not those of this version of cpgassist")
        try:
            retriever = bm25s.BM25.load(folder, mmap=True, allow_pickle=False, show_progress=False)
            parts = retriever.scores
            retriever.scores = {name: np.asarray(part) if name != "num_docs" else part for name, part in parts.items()}
            _check(retriever)
        except (KeyError, TypeError, AttributeError, EOFError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from error
        return cls(retriever, frozenset(foreign))

    def save(self, folder: Path) -> None:
        """Writes the index into a folder: .npy and .json files only, never a pickle."""
        self._retriever.save(folder, allow_pickle=False, show_progress=False)
        rules = {**_rules(), "foreign": sorted(self.foreign)}
        (folder / "rules.json").write_text(json.dumps(rules) + "\n", encoding="utf-8")

    def __len__(self) -> int:
        return int(self._retriever.scores["num_docs"])

    def scores(self, question: str) -> NDArray[np.float32]:
        """The BM25 score of every text for the question, float32 of shape (texts,)."""
        ids = self._retriever.get_tokens_ids(tokenize(question, self.foreign))
        if not ids:
            return np.zeros(len(self), dtype=np.float32)
        scores: NDArray[np.float32] = self._retriever.get_scores_from_ids(ids)
        return scores

    def weights(self, text: str) -> dict[str, float]:
        """The distinct tokens of a text with their inverse document frequency, Lucene's as in the scores.

        A token that no passage holds weighs as much as one that a single passage holds.
        """
        return {token: self._rarity(token) for token in dict.fromkeys(tokenize(text, self.foreign))}

    def _rarity(self, token: str) -> float:
        column = self._retriever.vocab_dict.get(token)
        starts = self._retriever.scores["indptr"]
        holders = 1 if column is None else max(1, int(starts[column + 1]) - int(starts[column]))
        return math.log1p((len(self) - holders + 0.5) / (holders + 0.5))

    def best(self, question: str, k: int, among: NDArray[np.bool_] | None = None) -> list[tuple[int, float]]:
        """The k best texts with a score above 0, best first: (position, score); only where `among` holds."""
        scores = self.scores(question)
        found = scores > 0 if among is None else (scores > 0) & among
        return [(int(position), float(scores[position])) for position in top(scores, k, found)]


def _rules() -> dict[str, Any]:
    """What the tokens depend on: a question must be cut as the passages were."""
    import Stemmer

    return {"token_rules": TOKEN_RULES, "stemmer": Stemmer.version()}


def _words(text: str) -> Iterator[str]:
    """The tokens before stemming."""
    for position, piece in enumerate(_CJK.split(_normal(text))):
        if position % 2:
            yield from _grams(piece)
            continue
        for match in _CHUNK.finditer(piece):
            yield from _forms(match.group())


def _normal(text: str) -> str:
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", apart))
    text = _THOUSANDS.sub(lambda number: number.group().replace(",", ""), text)
    for pattern, replacement in _REWRITES:
        text = pattern.sub(replacement, text)
    return text


def _grams(run: str) -> Iterator[str]:
    """Pairs of neighbours, which weigh most, and single characters, for words of one ("药")."""
    for at in range(len(run) - 1):
        yield run[at : at + 2]
    yield from run


@lru_cache(maxsize=100_000)  # a corpus repeats its words: 3 times faster to index
def _forms(chunk: str) -> tuple[str, ...]:
    """The whole chunk, then its parts, each once, folded."""
    forms: dict[str, None] = {}
    for part in _parts(chunk):
        token = part.casefold()
        # A capital "A" is a name (hepatitis A, Grade A); a single letter split off a compound names nothing.
        stopped = token in STOP_WORDS and chunk != "A"
        fragment = len(token) == 1 and token.isalpha() and part != chunk
        if not (stopped or fragment):
            forms[token] = None
    return tuple(forms)


def _parts(chunk: str) -> Iterator[str]:
    yield chunk
    if chunk[0] in "<>≤≥":
        yield from _parts(chunk[1:])
    elif amount := _AMOUNT.fullmatch(chunk):
        yield from _parts(amount[1])
        if amount[2] != "%":
            yield from _parts(amount[2])
    elif _DECIMAL.fullmatch(chunk):
        return  # "0.5 mg" must not be found by "5 mg"
    elif len(pieces := _pieces(chunk)) > 1:
        for piece in pieces:
            yield from _parts(piece)


def _pieces(chunk: str) -> list[str]:
    joined = re.split(r"[-/:+%]|(?<!\d)\.|\.(?!\d)", chunk)
    pieces = [piece for piece in joined if piece]
    return pieces if pieces != [chunk] else _INNER_CAPITAL.split(chunk)


def _stemmed(word: str) -> str:
    """An English word's stem; what is short or no plain word stays whole."""
    return stem(word) if _WORD.fullmatch(word) else word


def _check(retriever: Any) -> None:
    """Raises ValueError when the arrays of a loaded index do not fit together: scoring would read beside them."""
    scores, words = retriever.scores, retriever.vocab_dict
    data, indices, indptr = scores["data"], scores["indices"], scores["indptr"]
    if not isinstance(words, dict) or sorted(words.values()) != list(range(len(words))):
        raise ValueError("its vocabulary is not numbered from 0")
    if len(indptr) != len(words) + 1 or indptr[0] != 0 or indptr[-1] != len(data) or (np.diff(indptr) < 0).any():
        raise ValueError("its columns do not fit its vocabulary")
    if len(indices) != len(data) or (len(indices) and not 0 <= indices.min() <= indices.max() < scores["num_docs"]):
        raise ValueError("its rows do not fit its texts")
    if not np.isfinite(data).all():
        raise ValueError("it holds a score that is not a number")
