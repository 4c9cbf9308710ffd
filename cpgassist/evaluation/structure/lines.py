"""JSON lines -> rows, each with where it stands, so that a bad one is named."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cpgassist.errors import InputError


def json_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(where, object) of each line that is not empty; InputError names the first that is no object."""
    try:
        content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Name a JSON Lines file.") from error
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            row = json.loads(line.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise InputError(f"{where}: is not JSON ({error}).", "Correct the line.") from error
        if not isinstance(row, dict):
            raise InputError(f"{where}: is not a JSON object.", "Correct the line.")
        yield where, row


def text_of(row: Mapping[str, Any], key: str, where: str, *, optional: bool = False) -> str:
    """The text of a key; a missing or null optional one is ""."""
    found = row.get(key)
    if found is None and optional:
        return ""
    if not isinstance(found, str):
        raise InputError(f"{where}: `{key}` must be text.", "Correct the line.")
    return found


def page_of(row: Mapping[str, Any], where: str) -> int:
    """The page of a row, from 1."""
    page = row.get("page")
    if not isinstance(page, int) or isinstance(page, bool) or page < 1:
        raise InputError(f"{where}: `page` must be a page number from 1.", "Correct the line.")
    return page
