"""Passages and vectors in Chroma, in llama-index's node layout.

The only place that imports chromadb, and only once a collection is written or opened. Everything here is derived
from passages.jsonl and vectors.npy and may be thrown away.

Filters are not handed to Chroma: at 60,000 passages a `where` costs 43 to 128 ms of CPU and the same filter as a
mask over the exact vectors 0.05 ms (performance-facts.md, section 3).
"""

from __future__ import annotations

import json
import shutil
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cpgassist.index.private import PrivateFolder
from cpgassist.types import GuidelineInfo, Passage

if TYPE_CHECKING:
    from cpgassist.protocols import Vectors

COLLECTION = "passages"
SQLITE = "chroma.sqlite3"
"""Chroma's file that changes whenever a folder is opened; the graph's change only if rows wait in its log."""

HNSW = {"space": "cosine", "max_neighbors": 32, "ef_construction": 400, "ef_search": 400}
"""Measured on the 5,871 MiniLM vectors of the development guidelines, recall@10 for questions half-way between two
unrelated passages: .971 with both at 200, .997 with 400 (0.36 CPU-ms a query, 2.1 CPU-s to build)."""

LONGEST_QUERY = 200
"""Results that Chroma is asked for at most: HNSW cannot find more than ef_search."""

_BATCH = 1000
"""Rows per call: under Chroma's limit of 5,461, and its flush threshold, so that nothing waits in its log."""


class ChromaFault(Exception):
    """Chroma failed, in whatever way; never leaves the index package."""


def write(
    folder: Path,
    passages: Sequence[Passage],
    guidelines: Mapping[str, GuidelineInfo],
    vectors: Vectors,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Writes the collection into a new folder; raises ChromaFault, with whatever was written left behind."""
    folder.mkdir(parents=True, exist_ok=True)
    with _client(folder) as client, _guarded("write"):
        # No embedding function, ever: one stored with a collection is code that opening it would run (CVE-2026-45829).
        collection = client.create_collection(COLLECTION, embedding_function=None, configuration={"hnsw": HNSW})
        size = min(_BATCH, client.get_max_batch_size())
        for start in range(0, len(passages), size):
            batch = passages[start : start + size]
            collection.add(
                ids=[passage.id for passage in batch],
                embeddings=np.ascontiguousarray(vectors[start : start + size]),
                documents=[_writable(passage.text) for passage in batch],
                metadatas=[node_metadata(passage, guidelines[passage.guideline]) for passage in batch],
            )
            if progress:
                progress(start + len(batch), len(passages))


class PrivateCollection:
    """The collection opened in a private copy, which is removed when this is closed, collected or at exit.

    Opening Chroma writes to its folder (measured: chroma.sqlite3 changes under a mere query), so a sealed folder is
    copied, and not by hard links, which would carry the writes into the seal.
    """

    def __init__(self, folder: PrivateFolder, positions: Mapping[str, int]) -> None:
        self._positions = positions
        self._clients: list[Any] = []
        self._remove = weakref.finalize(self, _remove, self._clients, folder)
        try:
            with _guarded("open"):
                client = _new_client(folder.path)
                self._clients.append(client)
                self.collection = client.get_collection(COLLECTION, embedding_function=None)
        except BaseException:
            self.close()
            raise

    @classmethod
    def copy(cls, source: Path, passages: Sequence[Passage]) -> PrivateCollection:
        """Copies a sealed folder and opens the copy; raises ChromaFault, or OSError when there is no room."""
        folder = PrivateFolder()
        try:
            _copy(source, folder.path)
        except BaseException:
            folder.remove()
            raise
        return cls(folder, _positions(passages))

    @classmethod
    def rebuild(
        cls, passages: Sequence[Passage], guidelines: Mapping[str, GuidelineInfo], vectors: Vectors
    ) -> PrivateCollection:
        """Makes the collection again from passages and vectors, without the sealed folder."""
        folder = PrivateFolder()
        try:
            write(folder.path, passages, guidelines, vectors)
        except BaseException:
            folder.remove()
            raise
        return cls(folder, _positions(passages))

    def count(self) -> int:
        """Rows in the collection."""
        with _guarded("count"):
            return int(self.collection.count())

    def nearest(self, vectors: Vectors, k: int) -> list[list[int]]:
        """Positions of the k passages nearest to each of the vectors, shape (n, dimension), best first."""
        found: list[list[int]] = []
        with _guarded("search"):
            for start in range(0, len(vectors), _BATCH):
                rows = np.ascontiguousarray(vectors[start : start + _BATCH], dtype=np.float32)
                result = self.collection.query(query_embeddings=rows, n_results=k, include=[])
                found += [[self._positions[name] for name in names] for names in result["ids"]]
        return found

    def differences(
        self, passages: Sequence[Passage], guidelines: Mapping[str, GuidelineInfo], vectors: Vectors
    ) -> int:
        """Passages whose text, metadata or vector is not in the collection exactly as it would be written now."""
        same = 0
        with _guarded("read"):
            # By pages: an unbounded get fails above 32,766 rows with "too many SQL variables".
            for start in range(0, len(passages), _BATCH):
                rows = self.collection.get(limit=_BATCH, offset=start, include=["documents", "metadatas", "embeddings"])
                for name, text, metadata, vector in zip(
                    rows["ids"], rows["documents"], rows["metadatas"], rows["embeddings"], strict=True
                ):
                    at = self._positions[name]
                    expected = node_metadata(passages[at], guidelines[passages[at].guideline])
                    same += (
                        text == _writable(passages[at].text)
                        and metadata == expected
                        and bool(np.allclose(vector, vectors[at], rtol=0, atol=1e-6))  # Chroma normalises again: 1 ulp
                    )
        return len(passages) - same

    def close(self) -> None:
        """Closes Chroma and removes the copy; may be called again."""
        self._remove()


def node_metadata(passage: Passage, info: GuidelineInfo) -> dict[str, Any]:
    """The metadata that llama-index's ChromaVectorStore would store for this passage as a TextNode.

    Written out here because importing llama_index costs 1.6 s; a test holds it equal to llama-index's own.
    """
    shown: dict[str, Any] = {
        "file": info.file,
        "page": passage.page,
        "page_label": passage.page_label,
        "section": " > ".join(passage.heading_path),
        "kind": passage.kind,
        "grade": passage.grade,
        "guideline": info.id,
        "year": info.published,
    }
    shown = {name: _writable(value) if isinstance(value, str) else value for name, value in shown.items()}
    source: dict[str, Any] = {
        "node_id": info.id,
        "node_type": None,
        "metadata": {},
        "hash": None,
        "class_name": "RelatedNodeInfo",
    }
    content: dict[str, Any] = {
        "id_": passage.id,
        "embedding": None,
        "metadata": shown,
        "excluded_embed_metadata_keys": [],
        "excluded_llm_metadata_keys": [],
        "relationships": {"1": source},
        "metadata_template": "{key}: {value}",
        "metadata_separator": "\n",
        "text": "",
        "mimetype": "text/plain",
        "start_char_idx": None,
        "end_char_idx": None,
        "text_template": "{metadata_str}\n\n{content}",
        "class_name": "TextNode",
    }
    return {
        **{name: "" if value is None else value for name, value in shown.items()},
        "_node_content": json.dumps(content, ensure_ascii=False),
        "_node_type": "TextNode",
        "document_id": info.id,
        "doc_id": info.id,
        "ref_doc_id": info.id,
    }


@contextmanager
def _guarded(action: str) -> Iterator[None]:
    """Turns whatever Chroma raises into ChromaFault.

    A panic in its Rust half arrives as PanicException, a BaseException that `except Exception` lets through.
    """
    try:
        yield
    except (ChromaFault, KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:
        raise ChromaFault(f"Chroma failed to {action} ({type(error).__name__}: {error!s:.300})") from error


@contextmanager
def _client(folder: Path) -> Iterator[Any]:
    with _guarded("open"):
        client = _new_client(folder)
    try:
        yield client
    finally:
        with _guarded("close"):
            client.close()


def _new_client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))


def _copy(source: Path, target: Path) -> None:
    """Copies contents and no modes: an index installed read-only must still give a copy Chroma can write to."""
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_dir():
            place.mkdir(mode=0o700)
        else:
            shutil.copyfile(path, place)


def _remove(clients: list[Any], folder: PrivateFolder) -> None:
    while clients:
        with suppress(Exception):
            clients.pop().close()
    folder.remove()


def _positions(passages: Sequence[Passage]) -> dict[str, int]:
    return {passage.id: position for position, passage in enumerate(passages)}


def _writable(text: str) -> str:
    """The text without lone surrogates, at which Chroma raises UnicodeEncodeError."""
    return text.encode("utf-8", "replace").decode("utf-8")
