"""Texts -> unit vectors: the packaged MiniLM, a sentence-transformers folder, or a downloaded id.

BERT encoders with mean pooling take the fast way (`bert.py`); anything else runs in sentence-transformers.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from cpgassist.errors import ModelError
from cpgassist.models.folders import ModelFolder, open_model_folder
from cpgassist.models.prefixes import Prefixes
from cpgassist.types import EmbedderIdentity

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    from cpgassist.models.bert import Bert, Floats, Ids, PackedBert
    from cpgassist.protocols import Embedder

Precision = Literal["auto", "float32", "bfloat16"]
Progress = Callable[[int, int], None]

DEFAULT_EMBEDDER = "all-MiniLM-L6-v2"

FEW_TEXTS = 8
"""Up to this many texts are embedded as questions are: in float32, without torch, on one thread."""
BATCH_TOKENS = 1024
"""Tokens per batch. 1,024 / 2,048 / 4,096 gave 10,239 / 9,977 / 9,605 tokens per CPU-s in bfloat16."""
MOST_WORKERS = 8
"""Threads of a bulk job; each holds the activations of one batch, about 25 MB for MiniLM."""
WORTHWHILE_GAIN = 1.3
"""bfloat16 is taken when its matrix products are at least this much faster than float32's."""
BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})
"""/proc/cpuinfo flags of processors with bfloat16 products (Linux arch/x86/include/asm/cpufeatures.h)."""

SURROGATES = re.compile("[\ud800-\udfff]")


def load_embedder(
    name: str = DEFAULT_EMBEDDER,
    precision: Precision = "auto",
    allow_download: bool = False,
    question_prefix: str | None = None,
    passage_prefix: str | None = None,
) -> Embedder:
    """The embedder of this name: the packaged default, a sentence-transformers folder, or an id to download.

    The prefixes are what its publisher says, unless given here ("" for none). That of passages is part of the identity's
    revision, so that an index made with another is made anew.

    Only tokenizer and hash are read here; weights are loaded by the first `embed`. Vectors made in bfloat16 (bulk
    jobs only) have cosine 0.9999 or more with float32's, so an index compares the identity's name, revision and
    dimension; its precision is provenance: what bulk jobs compute in on this machine.

    Raises ModelError when the model is missing, is not what was published, or would need an unallowed download.
    """
    if not allow_download:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    folder = open_model_folder(name, allow_download)
    known = folder.prefixes
    prefixes = Prefixes(
        known.question if question_prefix is None else question_prefix,
        known.passage if passage_prefix is None else passage_prefix,
    )
    folder = replace(folder, prefixes=prefixes)
    return BertEmbedder(folder, precision) if folder.is_plain_bert else OtherEmbedder(folder)


class BertEmbedder:
    """A BERT encoder with mean pooling. Texts over the window are cut at its end: measure them before."""

    def __init__(self, folder: ModelFolder, precision: Precision = "auto") -> None:
        self._folder = folder
        self._precision = precision
        self._tokenizer = _tokenizer(folder)

    @property
    def identity(self) -> EmbedderIdentity:
        """What the vectors depend on, with the precision of bulk jobs on this machine."""
        dimension = int(self._folder.config["hidden_size"])
        return EmbedderIdentity(self._folder.name, self._folder.vectors_revision, dimension, self._bulk_precision)

    @property
    def prefixes(self) -> Prefixes:
        """What it reads before questions and passages."""
        return self._folder.prefixes

    @property
    def window(self) -> int:
        """The longest input in tokens, special tokens included."""
        return self._folder.window

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as a passage, with prefix and special tokens, never truncated."""
        return [len(ids) for ids in self._encoded(texts, self.prefixes.passage)]

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """Unit vectors, float32 of shape (len(texts), dimension), in the order of `texts`.

        Up to 8 texts are embedded as questions are: float32, one thread, no torch.
        """
        ids = [self._cut(encoded) for encoded in self._encoded(texts, self.prefixes.passage)]
        return self._few(ids, progress) if len(ids) <= FEW_TEXTS else self._bulk(ids, progress)

    def embed_questions(self, texts: Sequence[str]) -> Floats:
        """Unit vectors of questions, in the order of `texts`: in float32, on one thread, without torch."""
        return self._few([self._cut(encoded) for encoded in self._encoded(texts, self.prefixes.question)], None)

    def _encoded(self, texts: Sequence[str], prefix: str) -> Iterator[list[int]]:
        # An encoding holds every token as a string: 256 at a time, or 60,000 passages take gigabytes.
        for at in range(0, len(texts), 256):
            part = [SURROGATES.sub("\ufffd", prefix + text) for text in texts[at : at + 256]]
            yield from (encoding.ids for encoding in self._tokenizer.encode_batch_fast(part))

    def _cut(self, ids: list[int]) -> Ids:
        import numpy as np

        kept = ids if len(ids) <= self.window else [*ids[: self.window - 1], ids[-1]]
        return np.array(kept, dtype=np.int64)

    def _few(self, ids: list[Ids], progress: Progress | None) -> Floats:
        vectors = _empty(len(ids), self._bert.dimension)
        for row, one in enumerate(ids):
            with _one_blas_thread():
                vectors[row] = self._bert.encode(one)
            if progress is not None:
                progress(row + 1, len(ids))
        return vectors

    def _bulk(self, ids: list[Ids], progress: Progress | None) -> Floats:
        vectors, done = _empty(len(ids), self._bert.dimension), 0
        batches = token_batches([len(one) for one in ids])
        for rows, part in _in_threads(partial(_encode_rows, self._packed, ids), batches):
            vectors[rows] = part
            done += len(rows)
            if progress is not None:
                progress(done, len(ids))
        return vectors

    @cached_property
    def _bert(self) -> Bert:
        from cpgassist.models.bert import read_bert

        with naming(self._folder):
            return read_bert(self._folder.weights[0], self._folder.config)

    @cached_property
    def _packed(self) -> PackedBert:
        from cpgassist.models.bert import PackedBert

        if self._precision == "auto" and self._bulk_precision == "bfloat16" and bfloat16_gain() < WORTHWHILE_GAIN:
            self._precision = "float32"
        return PackedBert(self._bert, self._bulk_precision)

    @property
    def _bulk_precision(self) -> str:
        if self._precision != "auto":
            return self._precision
        return "bfloat16" if BFLOAT16_FLAGS & processor_flags() else "float32"


class OtherEmbedder:
    """Any other sentence-transformers model, on the processor in float32; importing it costs 7 CPU-s."""

    def __init__(self, folder: ModelFolder) -> None:
        self._folder = folder
        self._running = Lock()
        """Held while the tokenizer is used: it refuses to change its truncation while another thread reads."""

    @property
    def identity(self) -> EmbedderIdentity:
        """What the vectors depend on; float32 always."""
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise ModelError(f"{self._folder.path} does not say how long its vectors are.", "Choose another embedder.")
        return EmbedderIdentity(self._folder.name, self._folder.vectors_revision, dimension)

    @property
    def prefixes(self) -> Prefixes:
        """What it reads before questions and passages."""
        return self._folder.prefixes

    @property
    def window(self) -> int:
        """The longest input in tokens, special tokens included."""
        return int(self._model.max_seq_length or self._folder.window)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as a passage, with prefix and special tokens, never truncated."""
        return self._counted(texts, self.prefixes.passage)

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """Unit vectors, float32 of shape (len(texts), dimension), in the order of `texts`."""
        return self._embedded(texts, self.prefixes.passage, progress)

    def embed_questions(self, texts: Sequence[str]) -> Floats:
        """Unit vectors of questions, in the order of `texts`."""
        return self._embedded(texts, self.prefixes.question, None)

    def _counted(self, texts: Sequence[str], prefix: str) -> list[int]:
        if not texts:
            return []
        cleaned = [SURROGATES.sub("\ufffd", prefix + text) for text in texts]
        with self._running:
            return [len(ids) for ids in self._model.tokenizer(cleaned, truncation=False, verbose=False)["input_ids"]]

    def _embedded(self, texts: Sequence[str], prefix: str, progress: Progress | None) -> Floats:
        vectors, done = _empty(len(texts), self.identity.dimension), 0
        for rows in token_batches(self._counted(texts, prefix), 8 * BATCH_TOKENS):
            part = [SURROGATES.sub("\ufffd", texts[row]) for row in rows]
            with self._running, one_torch_thread():
                # Given even when empty: it would take the model's default prompt otherwise.
                vectors[rows] = self._model.encode(
                    part, prompt=prefix, normalize_embeddings=True, show_progress_bar=False
                )
            done += len(rows)
            if progress is not None:
                progress(done, len(texts))
        return vectors

    @cached_property
    def _model(self) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer

        with naming(self._folder):
            return SentenceTransformer(
                str(self._folder.path),
                device="cpu",
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"use_safetensors": True, "dtype": "float32"},
            )


def token_batches(lengths: Sequence[int], most: int = BATCH_TOKENS) -> list[list[int]]:
    """Rows sorted by length, longest last, in batches of at most `most` tokens (or one text)."""
    batches: list[list[int]] = []
    room = 0
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if lengths[row] > room or not batches:
            batches.append([])
            room = most
        batches[-1].append(row)
        room -= lengths[row]
    return batches


@lru_cache(maxsize=1)
def processor_flags() -> frozenset[str]:
    """Features of the processor as Linux lists them; empty elsewhere."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return frozenset()
    flags = re.search(r"^flags\s*:(.*)$", text, re.MULTILINE)
    return frozenset(flags[1].split()) if flags else frozenset()


@lru_cache(maxsize=1)
def bfloat16_gain() -> float:
    """How much faster this machine multiplies in bfloat16 than in float32, tried for about 0.1 s on one thread."""
    import torch

    def fastest(dtype: torch.dtype) -> float:
        state, weight = torch.ones(512, 384, dtype=dtype), torch.ones(1536, 384, dtype=dtype)
        return min(_seconds(partial(torch.nn.functional.linear, state, weight)) for _ in range(6))

    with one_torch_thread(), torch.inference_mode():
        return fastest(torch.float32) / fastest(torch.bfloat16)


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _tokenizer(folder: ModelFolder) -> Tokenizer:
    from tokenizers import Tokenizer

    with naming(folder):
        tokenizer = Tokenizer.from_file(str(folder.path / "tokenizer.json"))
    # The published file truncates at 128 and pads to 128.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _encode_rows(packed: PackedBert, ids: list[Ids], rows: list[int]) -> tuple[list[int], Floats]:
    return rows, packed.encode([ids[row] for row in rows])


def _in_threads(
    encode: Callable[[list[int]], tuple[list[int], Floats]], batches: list[list[int]]
) -> Iterator[tuple[list[int], Floats]]:
    # One batch per thread, each on a single OpenMP thread: OpenMP's own two spin while they wait for a busy core
    # and gave 2,610 tokens per CPU-s instead of 10,083.
    import torch

    workers = min(MOST_WORKERS, cores(), len(batches))
    with one_torch_thread():
        pool = ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,))
        try:
            yield from pool.map(encode, batches)
        finally:
            pool.shutdown(cancel_futures=True)


def cores() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Holds torch at one thread: OpenMP's others spin while they wait for a busy core."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _BlasThreads:
    """Holds numpy's BLAS at one thread while any question is being embedded, in whichever thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._limit: Any = None

    @cached_property
    def _controller(self) -> Any:
        # It finds only libraries that are loaded: numpy's must be.
        import numpy  # noqa: F401
        from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

        return ThreadpoolController()

    def enter(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._limit = self._controller.limit(limits=1, user_api="blas")

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._limit.restore_original_limits()


_blas = _BlasThreads()


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    # On a busy machine BLAS's own two threads cost 20-25 CPU-ms a question (300 at worst) instead of 8.
    _blas.enter()
    try:
        yield
    finally:
        _blas.leave()


@contextmanager
def naming(folder: ModelFolder) -> Iterator[None]:
    """Turns what goes wrong while a model is loaded into a ModelError that names its folder."""
    try:
        yield
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(
            f"The model in {folder.path} cannot be loaded: {type(error).__name__}: {error}.",
            "Copy the model's folder again, or choose another model.",
        ) from error


def _empty(rows: int, dimension: int) -> Floats:
    import numpy as np

    return np.zeros((rows, dimension), dtype=np.float32)
