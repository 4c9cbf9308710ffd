"""What was extracted: one passage a line, as `cpgassist passages --json` prints it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cpgassist.errors import InputError
from cpgassist.evaluation.structure.folding import cased_letters, letters
from cpgassist.evaluation.structure.lines import json_lines, page_of, text_of

_LABEL_WORDS = re.compile(r"(?i)\bpage\b|\bof\s+\d+|\bhal(aman)?\b")
_RULE = re.compile(r"[\s|:\-+=]+")


@dataclass(frozen=True, eq=False)
class Extracted:
    """A passage as a dump holds it."""

    file: str
    pages: frozenset[int]
    section: tuple[str, ...]
    kind: str
    grade: str
    text: str
    label: str = ""
    caption: str = ""
    header: tuple[tuple[str, ...], ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    reliable: bool = True
    ocr: bool = False

    @classmethod
    def of(cls, row: Mapping[str, Any], where: str) -> Extracted:
        """The passage of a line."""
        pages = row.get("pages") or []
        if not isinstance(pages, list) or not all(isinstance(page, int) for page in pages):
            raise InputError(f"{where}: `pages` must be a list of page numbers.", "Correct the line.")
        section = row.get("section") or []
        if not isinstance(section, list) or not all(isinstance(name, str) for name in section):
            raise InputError(f"{where}: `section` must be a list of headings.", "Correct the line.")
        return cls(
            file=Path(text_of(row, "file", where)).name,
            pages=frozenset((page_of(row, where), *pages)),
            section=tuple(section),
            kind=text_of(row, "kind", where, optional=True) or "text",
            grade=text_of(row, "grade", where, optional=True),
            text=text_of(row, "text", where),
            label=text_of(row, "page_label", where, optional=True),
            caption=text_of(row, "caption", where, optional=True),
            header=_header(row.get("header") or [], where),
            rows=_rows(row.get("rows") or [], "rows", where),
            reliable=row.get("reliable") is not False,
            ocr=bool(row.get("ocr")),
        )

    @cached_property
    def folded(self) -> str:
        """Its letters and digits, those of its table included."""
        return letters(self._whole)

    @cached_property
    def cased(self) -> str:
        """The same with the case kept."""
        return cased_letters(self._whole)

    @property
    def _whole(self) -> str:
        header = [cell for row in self.header for cell in row]
        return "\n".join((self.text, " | ".join(header), *(" | ".join(row) for row in self.rows)))

    @property
    def folded_label(self) -> str:
        """Its page label without "page" and "of 12"."""
        return letters(_LABEL_WORDS.sub(" ", self.label))

    @cached_property
    def grid(self) -> Sequence[Sequence[str]]:
        """Its table as rows of cells, the header's first; read from the text when no rows are given."""
        if self.rows:
            return [[cell.strip() for cell in row] for row in (*self.header, *self.rows)]
        found = []
        for line in self.text.split("\n"):
            if "|" in line and not (_RULE.fullmatch(line) and "-" in line):
                inner = line.strip().removeprefix("|")
                inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
                found.append([cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", inner)])
            elif "|" not in line and "\t" in line:
                found.append([cell.strip() for cell in line.split("\t")])
        return found


def _header(value: Any, where: str) -> tuple[tuple[str, ...], ...]:
    flat = isinstance(value, list) and value and not isinstance(value[0], list)
    return _rows([value] if flat else value, "header", where)


def _rows(value: Any, key: str, where: str) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise InputError(f"{where}: `{key}` must be lists of cells.", "Correct the line.")
    return tuple(tuple("" if cell is None else str(cell) for cell in row) for row in value)


class Pages:
    """Passages by the page they stand on."""

    def __init__(self, passages: Iterable[Extracted]) -> None:
        self._held: dict[tuple[str, int], list[Extracted]] = defaultdict(list)
        self.files: set[str] = set()
        for passage in passages:
            self.files.add(passage.file)
            for page in passage.pages:
                self._held[passage.file, page].append(passage)

    def at(self, file: str, page: int, before: bool = False) -> list[Extracted]:
        """The passages of a page; with `before`, those of the page before it too."""
        held = list(self._held.get((file, page), ()))
        if before:
            held += [passage for passage in self._held.get((file, page - 1), ()) if passage not in held]
        return held


def read_dump(path: str | Path) -> tuple[Extracted, ...]:
    """The passages of a dump; InputError names the first bad line."""
    found = tuple(Extracted.of(row, where) for where, row in json_lines(Path(path)))
    if not found:
        raise InputError(f"{path} holds no passage.", "Write it with `cpgassist passages --json`.")
    return found


def read_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[Extracted, ...]:
    """The passages of an open corpus."""
    return tuple(Extracted.of(row, f"passage {number}") for number, row in enumerate(rows, 1))
