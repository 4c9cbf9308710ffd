"""A sealed version, opened for reading: exact search over its vectors, or Chroma with exact search beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from cpgassist.errors import EmbedderMismatchError, ModelError
from cpgassist.index import chroma
from cpgassist.index.figures import FigureVectors
from cpgassist.index.lexical import LexicalIndex, top
from cpgassist.index.manifest import Manifest
from cpgassist.types import EVERYWHERE, EmbedderIdentity, GuidelineInfo, Passage, Where

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cpgassist.protocols import Vectors


class ExactIndex:
    """One sealed version; every vector is compared, which is the reference that Chroma is checked against.

    It holds what it opened: answers stay those of this version after another is in service or this one is pruned.
    """

    def __init__(
        self,
        manifest: Manifest,
        passages: tuple[Passage, ...],
        vectors: Vectors,
        lexical: LexicalIndex,
        warnings: Sequence[str] = (),
        figures: FigureVectors | None = None,
    ) -> None:
        self.manifest = manifest
        self._figures = figures
        self._passages = passages
        self._vectors = np.asarray(vectors)
        self._lexical = lexical
        self._warnings = list(warnings)
        self._guidelines = {report.info.id: report.info for report in manifest.guidelines}
        self._groups, self._group_of = _grouped(passages)

    @property
    def version(self) -> str:
        """The version id that answers carry."""
        return self.manifest.id

    @property
    def passages(self) -> Sequence[Passage]:
        """The searched passages."""
        return self._passages

    @property
    def guidelines(self) -> Mapping[str, GuidelineInfo]:
        """Guidelines by id."""
        return self._guidelines

    @property
    def embedder(self) -> EmbedderIdentity:
        """The embedder whose vectors are stored."""
        return self.manifest.embedder

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was found damaged and healed, or which version was passed over; empty when all is well."""
        return tuple(self._warnings)

    @property
    def figures(self) -> FigureVectors | None:
        """Its figures as an image model sees them; None where it was built without one, or they are damaged."""
        return self._figures

    def nearest(self, vector: Vectors, k: int, where: Where = EVERYWHERE) -> list[tuple[int, float]]:
        """The k passages nearest to a unit vector of shape (dimension,): (position, cosine), best first.

        Raises EmbedderMismatchError for a vector of another dimension and ModelError for one that is not finite.
        """
        vector, allowed = self._checked(vector), self._allowed(where)
        return self._nearest(vector, k) if allowed is None else self._nearest_exact(vector, k, allowed)

    def lexical(self, question: str, k: int, where: Where = EVERYWHERE) -> list[tuple[int, float]]:
        """The k passages with the best BM25 scores above 0: (position, score), best first."""
        return self._lexical.best(question, k, self._allowed(where))

    def weights(self, text: str) -> Mapping[str, float]:
        """The distinct search tokens of a text with their inverse document frequency in this index."""
        return self._lexical.weights(text)

    def similarity(self, vector: Vectors, positions: Sequence[int]) -> list[float]:
        """The cosine between a unit vector and the passages at these positions."""
        at = np.asarray(positions, dtype=np.intp)
        return [float(value) for value in self._vectors[at] @ self._checked(vector)]

    def close(self) -> None:
        """Releases what was opened; may be called again."""

    def _nearest(self, vector: Vectors, k: int) -> list[tuple[int, float]]:
        return self._nearest_exact(vector, k)

    def _nearest_exact(
        self, vector: Vectors, k: int, among: NDArray[np.bool_] | None = None
    ) -> list[tuple[int, float]]:
        allowed = None if among is None else np.flatnonzero(among)
        if allowed is None or 4 * len(allowed) > len(self._vectors):
            # One pass over the whole matrix is cheaper than copying much of it.
            cosines = self._vectors @ vector
            return [(int(at), float(cosines[at])) for at in top(cosines, k, among)]
        cosines = self._vectors[allowed] @ vector
        return [(int(allowed[at]), float(cosines[at])) for at in top(cosines, k)]

    def _checked(self, vector: Vectors) -> Vectors:
        vector = np.asarray(vector, dtype=np.float32)
        if vector.shape != (self.embedder.dimension,):
            raise EmbedderMismatchError(
                f"The question's vector has shape {vector.shape}; this index was made by {self.embedder.name} "
                f"(revision {self.embedder.revision}) with {self.embedder.dimension} dimensions.",
                "Use that embedder, or run `cpgassist reindex` with the one configured.",
            )
        if not np.isfinite(vector).all():
            # Chroma answers such a question with arbitrary rows and distance nan.
            raise ModelError("The question's vector holds a value that is not a number.", "Check the embedder.")
        return vector

    def _allowed(self, where: Where) -> NDArray[np.bool_] | None:
        """Which passages pass the filter; None when all do."""
        groups = [where.allows(passage, self._guidelines[passage.guideline]) for passage in self._groups]
        if all(groups):
            return None
        allowed: NDArray[np.bool_] = np.asarray(groups, dtype=np.bool_)[self._group_of]
        return allowed


class ChromaIndex(ExactIndex):
    """One sealed version searched by Chroma, in a private copy; filtered and very long searches are exact.

    Cosines always come from the sealed vectors. When Chroma fails under way, exact search takes over and a warning
    says so.
    """

    def __init__(self, *sealed: Any, collection: chroma.PrivateCollection, **options: Any) -> None:
        super().__init__(*sealed, **options)
        self._open: chroma.PrivateCollection | None = collection
        self._lock = Lock()

    @property
    def collection(self) -> Any:
        """The chromadb Collection of the private copy, for a stock ChromaVectorStore; None once closed."""
        opened = self._open
        return None if opened is None else opened.collection

    def close(self) -> None:
        """Closes Chroma and removes the private copy; exact search goes on."""
        with self._lock:
            opened, self._open = self._open, None
        if opened is not None:
            opened.close()

    def _nearest(self, vector: Vectors, k: int) -> list[tuple[int, float]]:
        opened = self._open
        if opened is None or k > chroma.LONGEST_QUERY or k <= 0:
            return self._nearest_exact(vector, k)
        try:
            [found] = opened.nearest(vector[np.newaxis], k)
        except chroma.ChromaFault as fault:
            if self._open is not None:
                self._warnings.append(f"{fault}; version {self.version} is searched exactly instead.")
                self.close()
            return self._nearest_exact(vector, k)
        if len(found) < min(k, len(self._passages)):
            return self._nearest_exact(vector, k)  # HNSW may give up early; a short answer is not an answer
        at = np.sort(np.asarray(found, dtype=np.intp))
        cosines = self._vectors[at] @ vector
        return [(int(at[place]), float(cosines[place])) for place in top(cosines, k)]


def _grouped(passages: Sequence[Passage]) -> tuple[list[Passage], NDArray[np.intp]]:
    """One passage for each (guideline, kind, repeated), and each passage's group: all that `Where` looks at."""
    groups: dict[tuple[str, str, bool], int] = {}
    examples: list[Passage] = []
    numbers = np.empty(len(passages), dtype=np.intp)
    for position, passage in enumerate(passages):
        number = groups.setdefault((passage.guideline, passage.kind, passage.repeated), len(examples))
        if number == len(examples):
            examples.append(passage)
        numbers[position] = number
    return examples, numbers
