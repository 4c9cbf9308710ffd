"""Files of one JSON line per value, and what is said when one cannot be read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from cpgassist.codec import dump_line, from_json
from cpgassist.errors import IndexDamagedError

T = TypeVar("T")


def write_lines(path: Path, kind: type[T], values: Iterable[T]) -> None:
    """Writes one value per line."""
    with path.open("wb") as file:
        file.writelines(dump_line(kind, value) for value in values)


def read_lines(path: Path, kind: type[T]) -> tuple[T, ...]:
    """Reads every line; raises IndexDamagedError, naming file and line, at the first that cannot be read."""
    values: list[T] = []
    try:
        with path.open("rb") as file:
            for line in file:
                values.append(from_json(kind, json.loads(line)))
    except OSError as error:
        raise damaged(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise damaged(f"{path}, line {len(values) + 1}, is damaged: {error}.") from error
    return tuple(values)


def damaged(message: str) -> IndexDamagedError:
    """The error for a sealed file that cannot be trusted."""
    return IndexDamagedError(message, "Run `cpgassist rollback`, or `cpgassist reindex` to build the index again.")
