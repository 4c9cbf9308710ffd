"""What a sealed version says of itself, and the files it vouches for."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cpgassist.codec import from_json, to_json
from cpgassist.index.codec import damaged
from cpgassist.index.figures import FigureVectors
from cpgassist.types import EmbedderIdentity, GuidelineReport, LeftOut, Passage

if TYPE_CHECKING:
    from cpgassist.protocols import Vectors

MANIFEST = "manifest.json"
PASSAGES = "passages.jsonl"
EXCLUDED = "excluded.jsonl"
VECTORS = "vectors.npy"
CHROMA = "chroma"
LEXICAL = "lexical"


@dataclass(frozen=True, slots=True)
class InputFile:
    """A PDF that went into a version."""

    sha256: str
    bytes: int
    guideline: str
    """Id of the guideline it became."""


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file of a version as it was when sealed."""

    sha256: str
    bytes: int
    modified: int
    """Time of the last change in nanoseconds; when it still holds, start-up does not read the file to hash it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The contents of manifest.json."""

    id: str
    created: str
    """ISO 8601 in UTC."""
    package_version: str
    splitting_version: str
    embedder: EmbedderIdentity
    inputs: Mapping[str, InputFile]
    """PDFs by file name."""
    skipped: tuple[LeftOut, ...]
    guidelines: tuple[GuidelineReport, ...]
    counts: Mapping[str, int]
    acceptance: Mapping[str, float] = field(default_factory=dict)
    previous: str | None = None
    """The version that served when this one was built."""
    figures: EmbedderIdentity | None = None
    """The image model whose vectors of figures it holds; None where it holds none."""
    files: Mapping[str, SealedFile] = field(default_factory=dict)
    """Every file of the version but manifest.json, by its path inside the version."""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What a reindex hands over to be sealed."""

    passages: tuple[Passage, ...]
    """The searched passages."""
    vectors: Vectors
    """Unit vectors, float32 of shape (len(passages), dimension), in the order of `passages`."""
    embedder: EmbedderIdentity
    guidelines: tuple[GuidelineReport, ...]
    inputs: Mapping[str, InputFile]
    splitting_version: str
    excluded: tuple[Passage, ...] = ()
    """Passages that are listed and kept out of search: contents lists, references ..."""
    skipped: tuple[LeftOut, ...] = ()
    figures: FigureVectors | None = None
    """None where no image model is configured."""


@dataclass(frozen=True, slots=True)
class Contents:
    """A sealed version read back whole, for reuse by the next build."""

    manifest: Manifest
    passages: tuple[Passage, ...]
    excluded: tuple[Passage, ...]
    vectors: Vectors
    """Mapped from disk, read-only."""
    figures: FigureVectors | None = None
    """None where it holds none, or damaged ones."""


_END = b"\n}\n"
_SEALED = re.compile(rb'(?P<body>.+),\n "seal": "(?P<seal>[0-9a-f]{64})"' + _END, re.DOTALL)
"""The text that was sealed and its seal, as `write_manifest` writes them: to write it again to compare takes far longer."""


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes manifest.json with a seal over its own text, so that a changed byte in it is seen too."""
    body = to_json(Manifest, manifest)
    text = json.dumps(body, ensure_ascii=True, indent=1).encode("ascii").removesuffix(b"\n}")
    seal = hashlib.sha256(text + _END).hexdigest().encode()
    (folder / MANIFEST).write_bytes(text + b',\n "seal": "' + seal + b'"' + _END)


def read_manifest(folder: Path) -> Manifest:
    """Reads manifest.json; raises IndexDamagedError when it is missing or is not byte for byte what was sealed."""
    path = folder / MANIFEST
    try:
        raw = path.read_bytes()
        sealed = _SEALED.fullmatch(raw)
        if sealed is None or hashlib.sha256(sealed["body"] + _END).hexdigest() != sealed["seal"].decode():
            raise ValueError("it changed after it was sealed")
        manifest = from_json(Manifest, json.loads(sealed["body"] + _END))
        if manifest.id != folder.name.removesuffix(".building"):
            raise ValueError(f"it belongs to version {manifest.id}")
    except OSError as error:
        raise damaged(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise damaged(f"{path} is damaged: {error}.") from error
    return manifest


def seal_files(folder: Path) -> dict[str, SealedFile]:
    """Size, time and hash of every file under the folder but its manifest."""
    return {name: _sealed(folder / name) for name in _names(folder) if name != MANIFEST}


def changed_files(folder: Path, files: Mapping[str, SealedFile], full: bool = False) -> dict[str, str]:
    """The sealed files that are not what they were, each with a sentence saying how.

    A file whose size and time still hold is believed, unless `full`; one whose time changed is hashed, so that a
    restored backup is sound and a changed byte is found.
    """
    found = ((name, _change(folder / name, sealed, full)) for name, sealed in files.items())
    return {name: sentence for name, sentence in found if sentence}


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _change(path: Path, sealed: SealedFile, full: bool) -> str:
    try:
        now = path.stat()
        if now.st_size != sealed.bytes:
            return f"{path} has {now.st_size} bytes and was sealed with {sealed.bytes}."
        believed = not full and now.st_mtime_ns == sealed.modified
        if not believed and sha256_of(path) != sealed.sha256:
            return f"{path} changed after it was sealed (its SHA-256 differs)."
    except OSError as error:
        return f"{path} cannot be read: {error.strerror or error}."
    return ""


def _sealed(path: Path) -> SealedFile:
    now = path.stat()
    return SealedFile(sha256_of(path), now.st_size, now.st_mtime_ns)


def _names(folder: Path) -> Iterator[str]:
    return (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())
