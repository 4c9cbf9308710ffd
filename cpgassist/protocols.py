"""The boundaries of the house, on one page. Anything that fits a Protocol can be put in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from cpgassist.types import (
    EVERYWHERE,
    Box,
    EmbedderIdentity,
    Generated,
    GuidelineInfo,
    Hit,
    ModelInfo,
    Passage,
    Photo,
    Prompt,
    Quote,
    Sentence,
    Where,
    Written,
)

if TYPE_CHECKING:
    from threading import Event

    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from cpgassist.settings import Settings

    Vectors = NDArray[np.float32]

Progress = Callable[[str, str, int, int], None]
"""Called as `progress(stage, file, done, total)` while a reindex runs; stages are "read", "ocr", "split",
"embed", "store", "check"; that of "ocr" counts the pages of one file that are read by OCR."""


LineReader = Callable[[Sequence[tuple[Hit, str]]], Sequence[float]]
"""Lines, each with the passage it stands in and with what it needs around it -> log-odds that it answers the question."""


class FindQuote(Protocol):
    """Looks words up on a page of the PDF itself."""

    def __call__(self, info: GuidelineInfo, page: int, words: str, seen: tuple[Box, ...] = ()) -> Quote | None:
        """What the page prints there, or None when they are not on it; `seen` is where OCR saw them, if it did."""
        ...


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def identity(self) -> EmbedderIdentity:
        """What the vectors depend on."""
        ...

    @property
    def window(self) -> int:
        """The longest input in tokens, special tokens included."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text with special tokens, never truncated."""
        ...

    def embed(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> Vectors:
        """Unit vectors, float32 of shape (len(texts), dimension), in the order of `texts`."""
        ...


@runtime_checkable
class QuestionEmbedder(Protocol):
    """What an Embedder may do besides: embed questions otherwise than passages, as some models were taught to."""

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 of shape (len(texts), dimension), to compare with those of passages."""
        ...


@runtime_checkable
class Reranker(Protocol):
    """Reads a question and a passage together and says how well they fit."""

    @property
    def name(self) -> str:
        """The reranker's name in the answer's provenance."""
        ...

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question, from 0 to 1, higher is better, in the order of `texts`.

        May raise ModelError: the passages keep the order of the search then, and the reader is told.
        """
        ...


@runtime_checkable
class PassageIndex(Protocol):
    """One sealed version of a corpus, opened for reading."""

    @property
    def version(self) -> str:
        """The version id that answers carry."""
        ...

    @property
    def passages(self) -> Sequence[Passage]:
        """The searched passages; positions elsewhere in this protocol count into this sequence."""
        ...

    @property
    def guidelines(self) -> Mapping[str, GuidelineInfo]:
        """Guidelines by id."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was found damaged and healed, or which version was passed over; empty when all is well."""
        ...

    @property
    def embedder(self) -> EmbedderIdentity:
        """The embedder whose vectors are stored."""
        ...

    def nearest(self, vector: Vectors, k: int, where: Where = EVERYWHERE) -> list[tuple[int, float]]:
        """The k passages nearest to a unit vector of shape (dimension,): (position, cosine), best first."""
        ...

    def lexical(self, question: str, k: int, where: Where = EVERYWHERE) -> list[tuple[int, float]]:
        """The k passages with the best BM25 scores above 0: (position, score), best first."""
        ...

    def weights(self, text: str) -> Mapping[str, float]:
        """The distinct search tokens of a text with their inverse document frequency in this index; a token that no
        passage holds weighs as much as one that a single passage holds."""
        ...

    def similarity(self, vector: Vectors, positions: Sequence[int]) -> list[float]:
        """The cosine between a unit vector and the passages at these positions."""
        ...


class CorpusReader(Protocol):
    """A corpus as far as answering needs it."""

    @property
    def settings(self) -> Settings:
        """The corpus's settings."""
        ...

    def current_version(self) -> str | None:
        """The version id that CURRENT names; cheap enough to ask before each question."""
        ...

    def open_index(self) -> PassageIndex:
        """The version in service, opened."""
        ...

    def embedder(self) -> Embedder:
        """The configured embedder, loaded once."""
        ...

    def reranker(self) -> Reranker | None:
        """The configured reranker, loaded once; None where none is."""
        ...

    def photo_model(self) -> PhotoModel | None:
        """The configured image model, loaded once; None where none is."""
        ...

    def page_image(self, file: str, page: int, dpi: int = 110) -> Image.Image:
        """A page of a guideline as an RGB picture."""
        ...

    def page_size(self, file: str, page: int) -> tuple[float, float]:
        """Width and height of a page in points."""
        ...

    def find_quote(self, info: GuidelineInfo, page: int, words: str, seen: tuple[Box, ...] = ()) -> Quote | None:
        """What the page prints where these words stand, or None when they are not on it.

        Words that OCR saw cannot be looked up: they come back as they are, with the boxes where it saw them.
        """
        ...


@runtime_checkable
class ModelBackend(Protocol):
    """Picks the sentences that answer a question; the program prints them."""

    @property
    def name(self) -> str:
        """The generator's name in the answer's provenance."""
        ...

    def pick(self, question: str, hits: Sequence[Hit], limit: int) -> list[tuple[Hit, Sentence, float]]:
        """At most `limit` sentences of the hits, best first, with a score from 0 to 1; none when none answers.

        May raise ModelError: the extractive picks are shown then, and the reader is told.
        """
        ...


@runtime_checkable
class SummaryWriter(Protocol):
    """What a ModelBackend may do besides: write the bottom line. Each sentence is checked before it is shown."""

    def summarise(self, question: str, lines: Sequence[str]) -> Iterable[Written]:
        """At most a few short sentences that answer from these lines alone, each naming the lines it is from.

        They may come as they are written; who has read enough closes the iterator. May raise ModelError.
        """
        ...


@runtime_checkable
class ChatModel(Protocol):
    """A language model, in this process or behind a server: one prompt, one answer."""

    @property
    def info(self) -> ModelInfo:
        """Which model it is."""
        ...

    def count_tokens(self, prompt: Prompt) -> int:
        """Tokens of the prompt with its template and pictures; an upper bound where the tokenizer is not at hand."""
        ...

    def generate(
        self, prompt: Prompt, on_text: Callable[[str], None] | None = None, cancel: Event | None = None
    ) -> Generated:
        """What the model writes. `on_text` gets the pieces as they come, which joined are the text, thoughts left out.

        Setting `cancel` ends it within two tokens, with finish "cancelled". Raises ModelError when the model is missing,
        fails or takes no photos, ModelBusyError when its queue is full, InputError when the prompt is too long.
        """
        ...


@runtime_checkable
class PhotoModel(Protocol):
    """An image model that puts photos and words into one space. Nothing it says is calibrated, and nothing is a finding."""

    @property
    def identity(self) -> EmbedderIdentity:
        """What its vectors depend on."""
        ...

    def embed_photos(self, photos: Sequence[Photo]) -> Vectors:
        """Unit vectors, float32 of shape (len(photos), dimension), in the order of `photos`."""
        ...

    def look_at(self, photo: Photo) -> tuple[Sequence[tuple[str, float]], bool]:
        """Kinds of picture with a score from 0 to 1 each for itself, the best first, and whether it seems medical."""
        ...
