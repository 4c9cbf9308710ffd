"""Planted words, searched for in every file of some folders, however they were written there."""

from __future__ import annotations

import base64
import html
import io
import json
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote, quote_plus

DEEPEST = 4
"""Archives within archives that are opened."""


def leaks(folders: list[Path], planted: Mapping[str, str | bytes]) -> list[str]:
    """`name in file` for each planted word or bytes found in a file's name or content, unpacked where it is packed."""
    needles = {name: [one.lower() for one in spellings(word)] for name, word in planted.items()}
    found = []
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
            contents = [part.lower() for part in (bytes(path.relative_to(folder)), *unpacked(path.read_bytes()))]
            found += [
                f"{name} in {folder.name}/{path.relative_to(folder)}"
                for name, ways in needles.items()
                if any(way in content for content in contents for way in ways)
            ]
    return found


def spellings(word: str | bytes) -> list[bytes]:
    """The ways a word may be written in a file: encodings, escapes, base64 at each of its three offsets."""
    if isinstance(word, bytes):
        return [word, word.hex().encode(), *_base64(word)]
    ways = {word.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")}
    ways |= {one.encode() for one in (json.dumps(word)[1:-1], repr(word)[1:-1], html.escape(word))}
    ways |= {one.encode() for one in (quote(word), quote(word, safe=""), quote_plus(word))}
    for encoding in ("utf-8", "utf-16-le"):
        coded = word.encode(encoding)
        ways |= {coded.hex().encode(), *_base64(coded)}
    return sorted(ways)


def _base64(coded: bytes) -> list[bytes]:
    """The part of its base64 that does not depend on what stands around it, at each offset."""
    shifted = [base64.b64encode(b"\0" * offset + coded) for offset in range(3)]
    kept = [one[-(-8 * offset // 6) : (8 * (offset + len(coded))) // 6] for offset, one in enumerate(shifted)]
    return [*kept, *(one.replace(b"+", b"-").replace(b"/", b"_") for one in kept)]


def unpacked(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """The content, and what is packed in it: databases, archives, and compressed streams anywhere inside."""
    yield content
    if depth == DEEPEST:
        return
    if content.startswith(b"SQLite format 3\0"):
        yield from _rows(content)
    if content.startswith(b"PK\3\4"):
        with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name.encode()
                with suppress(Exception):
                    yield from unpacked(archive.read(name), depth + 1)
        return
    for magic, wide in ((b"\x1f\x8b\x08", 31), (b"\x78\x01", 15), (b"\x78\x9c", 15), (b"\x78\xda", 15)):
        at = content.find(magic)
        while at >= 0:
            inside = b""
            with suppress(zlib.error):
                inside = zlib.decompressobj(wide).decompress(content[at:], 1 << 26)
            if len(inside) > 8:
                yield from unpacked(inside, depth + 1)
            at = content.find(magic, at + 1)


def _rows(content: bytes) -> Iterator[bytes]:
    """Every row of a database: a long value lies on several pages of the file."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.text_factory = bytes
        try:
            database.deserialize(content)
            names = [row[0].decode() for row in database.execute("select name from sqlite_master where type = 'table'")]
        except sqlite3.Error:
            return
        for name in names:
            with suppress(sqlite3.Error):
                for row in database.execute('select * from "' + name.replace('"', '""') + '"'):
                    for value in row:
                        yield value if isinstance(value, bytes) else str(value).encode()
