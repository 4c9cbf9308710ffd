"""The figures of a version as an image model sees them, for comparison with photos.

They stand beside the passages, and only where such a model is configured. A version serves without them: damage to them
costs that comparison and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cpgassist.index.codec import damaged, read_lines, write_lines
from cpgassist.types import EmbedderIdentity, Locator

if TYPE_CHECKING:
    from cpgassist.protocols import Vectors

FOLDER = "figures"
PLACES = "places.jsonl"
VECTORS = "vectors.npy"


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture in a guideline."""

    passage: str
    """Id of the passage that is its title and words."""
    at: Locator
    """What was drawn of it: the page, and the boxes on it; the whole page where there are none."""


@dataclass(frozen=True, slots=True)
class FigureVectors:
    """Figures with a vector each."""

    model: EmbedderIdentity
    """What the vectors depend on; photos must be embedded by the same."""
    figures: tuple[Figure, ...]
    vectors: Vectors
    """Unit vectors, float32 of shape (len(figures), dimension), in the order of `figures`."""
    not_drawn: int = 0
    """How many figures more there are, which could not be drawn; the manifest counts them."""


def write_figures(version: Path, held: FigureVectors) -> None:
    """Writes them into the folder of a version in the making."""
    folder = version / FOLDER
    folder.mkdir()
    write_lines(folder / PLACES, Figure, held.figures)
    np.save(folder / VECTORS, np.ascontiguousarray(held.vectors), allow_pickle=False)


def read_figures(version: Path, model: EmbedderIdentity) -> FigureVectors:
    """The figures of a version by this model; raises IndexDamagedError when a file cannot be read."""
    folder = version / FOLDER
    figures = read_lines(folder / PLACES, Figure)
    try:
        vectors: Vectors = np.load(folder / VECTORS, allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError) as error:
        raise damaged(f"{folder / VECTORS} cannot be read: {error}.") from error
    if not isinstance(vectors, np.ndarray):
        raise damaged(f"{folder / VECTORS} does not hold a matrix.")
    return FigureVectors(model, figures, vectors)
