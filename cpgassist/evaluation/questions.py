"""Questions with the pages that answer them: one JSON object per line, UTF-8."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from cpgassist.errors import InputError

Place = tuple[str, int]
"""A page of a file: (file name, PDF page from 1)."""

T = TypeVar("T")

_NEXT_STEP = "Correct the line; each needs at least an `id` and a `question`."
_REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Gold:
    """One place in a guideline that answers the question."""

    file: str
    pages: tuple[int, ...]
    quote: str = ""
    visual: bool = False
    """Whether the words stand only in an image or drawing."""


@dataclass(frozen=True)
class Question:
    """A question as a clinician types it, and what a right answer shows."""

    id: str
    question: str
    kind: str = "question"
    lang: str = "en"
    answerable: bool = True
    gold: tuple[Gold, ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()
    """A right answer holds one alternative of every inner tuple."""
    grade: str | None = None
    """Strength and certainty as the guideline prints them."""
    notes: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Every other field of the line; any of them can group the figures."""

    @cached_property
    def gold_pages(self) -> frozenset[Place]:
        """Every page of every gold place."""
        return frozenset((gold.file, page) for gold in self.gold for page in gold.pages)

    @property
    def scored(self) -> bool:
        """Whether a right page is known, so that search and answer can be scored against it."""
        return self.answerable and bool(self.gold)

    @property
    def silence_expected(self) -> bool:
        """Whether the right answer is none: the kind says so, or a line without a kind is not answerable.

        Unsafe questions are neither: whether to answer them is not a matter of what the guidelines hold.
        """
        if self.scored:
            return False
        by_kind = self.kind.startswith("unanswerable") or self.kind == "offtopic"
        return by_kind or (not self.answerable and self.kind == "question")

    @property
    def fingerprint(self) -> str:
        """12 hex digits that change when the text or what is scored changes."""
        scored = [self.question, self.answerable, self.kind, sorted(self.gold_pages), self.facts, self.grade]
        return hashlib.sha256(json.dumps(scored).encode()).hexdigest()[:12]

    def group(self, by: str) -> str:
        """The group this question falls into: `file` is that of the first gold place, other names are its fields."""
        if by == "file":
            return self.gold[0].file if self.gold else NOT_GIVEN
        value = getattr(self, by) if by in _GROUPABLE else self.extra.get(by)
        return ("" if value is None else " ".join(str(value).split())) or NOT_GIVEN


NOT_GIVEN = "not given"
"""The group of the questions that lack a field."""
_GROUPABLE = ("kind", "lang", "answerable", "grade")


def groupable(questions: Sequence[Question]) -> tuple[str, ...]:
    """The names that `Question.group` knows for these questions."""
    extra = dict.fromkeys(name for question in questions for name in question.extra)
    return (*_GROUPABLE, "file", *(name for name in extra if name not in _GROUPABLE))


def check_groupable(questions: Sequence[Question], names: Iterable[str]) -> None:
    """Raises InputError, naming the fields there are, for a name that no question can be grouped by."""
    known = groupable(questions)
    for name in names:
        if name not in known:
            raise InputError(f"No question has a field {name!r} to group by.", f"Use one of: {', '.join(known)}.")


def read_questions(path: str | Path) -> tuple[Question, ...]:
    """The questions of a JSON Lines file, in order; InputError names file, line and key of the first bad line."""
    source = Path(path)
    try:
        content = source.read_bytes()
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror}).", "Name a JSON Lines file.") from error
    return parse_questions(content, str(source))


def parse_questions(content: bytes, source: str) -> tuple[Question, ...]:
    """The questions of JSON Lines in memory, as `read_questions` reads a file; `source` names them in errors."""
    lines = content.removeprefix(b"\xef\xbb\xbf").splitlines()
    seen: dict[str, int] = {}
    questions = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        question = _read_line(line, f"{source}, line {number}")
        if question.id in seen:
            first = seen[question.id]
            raise InputError(f"{source}, line {number}: `id` {question.id!r} is already on line {first}.", _NEXT_STEP)
        seen[question.id] = number
        questions.append(question)
    if not questions:
        raise InputError(f"{source}: holds no question.", _NEXT_STEP)
    return tuple(questions)


def _read_line(line: bytes, where: str) -> Question:
    try:
        row = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: is not JSON ({error}).", _NEXT_STEP) from error
    if not isinstance(row, dict):
        raise InputError(f"{where}: is not a JSON object.", _NEXT_STEP)
    return _question(row, where)


def _question(row: dict[str, Any], where: str) -> Question:
    extra = {key: value for key, value in row.items() if key not in _KEYS}
    return Question(
        id=_value(row, "id", _words, where),
        question=_value(row, "question", _words, where),
        kind=_value(row, "kind", _words, where, "question"),
        lang=_value(row, "lang", _words, where, "en"),
        answerable=_value(row, "answerable", _truth, where, True),
        gold=_value(row, "gold", _gold, where, ()),
        facts=_value(row, "facts", _facts, where, ()),
        grade=_value(row, "grade", _text, where, None) or None,
        notes=_value(row, "notes", _text, where, ""),
        extra=extra,
    )


_KEYS = frozenset(("id", "question", "kind", "lang", "answerable", "gold", "facts", "grade", "notes"))


class _BadValueError(Exception):
    """Why a value cannot be used, and the key inside it that is at fault."""

    def __init__(self, reason: str, inner: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.inner = inner


def _value(row: Mapping[str, Any], key: str, read: Callable[[Any], T], where: str, default: Any = _REQUIRED) -> T:
    """The value of a key; a missing or null optional key gives its default."""
    given = row.get(key)
    if given is None and default is not _REQUIRED:
        kept: T = default
        return kept
    if key not in row:
        raise InputError(f"{where}: `{key}` is missing.", _NEXT_STEP)
    try:
        return read(given)
    except _BadValueError as error:
        raise InputError(f"{where}: `{key}{error.inner}` {error.reason}, not {_shown(given)}.", _NEXT_STEP) from None


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _BadValueError("must be text")
    return value


def _words(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _BadValueError("must be text that is not empty")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _BadValueError("must be true or false")
    return value


def _list(value: Any, of: str, *, may_be_empty: bool = False) -> list[Any]:
    if not isinstance(value, list) or not (value or may_be_empty):
        raise _BadValueError(f"must be a list of {of}")
    return value


def _gold(value: Any) -> tuple[Gold, ...]:
    places = _list(value, "gold places", may_be_empty=True)
    return tuple(_inside(f"[{at}]", _gold_place, place) for at, place in enumerate(places))


def _gold_place(value: Any) -> Gold:
    if not isinstance(value, dict):
        raise _BadValueError("must be an object with `file` and `pages`")
    return Gold(
        file=_inside(".file", _words, value.get("file")),
        pages=_inside(".pages", _pages, value.get("pages")),
        quote=_inside(".quote", _text, value.get("quote") or ""),
        visual=_inside(".visual", _truth, value.get("visual") or False),
    )


def _pages(value: Any) -> tuple[int, ...]:
    pages = _list(value, "page numbers")
    # JSON true and false are ints to Python.
    if not all(isinstance(page, int) and not isinstance(page, bool) and page >= 1 for page in pages):
        raise _BadValueError("must be a list of page numbers from 1")
    return tuple(pages)


def _facts(value: Any) -> tuple[tuple[str, ...], ...]:
    facts = _list(value, "lists of alternatives", may_be_empty=True)
    return tuple(_inside(f"[{at}]", _alternatives, fact) for at, fact in enumerate(facts))


def _alternatives(value: Any) -> tuple[str, ...]:
    alternatives = _list(value, "alternatives")
    return tuple(_inside(f"[{at}]", _words, words) for at, words in enumerate(alternatives))


def _inside(inner: str, read: Callable[[Any], T], value: Any) -> T:
    try:
        return read(value)
    except _BadValueError as error:
        raise _BadValueError(error.reason, inner + error.inner) from None
