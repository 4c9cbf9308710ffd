"""The guidelines' figures and the photos that look like them: embedded at reindex, compared when a photo is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cpgassist.editions import cautions
from cpgassist.errors import CpgassistError, EmbedderMismatchError, InputError, ModelError
from cpgassist.imaging import open_photo
from cpgassist.index import ExactIndex, Figure, FigureVectors
from cpgassist.models.medsiglip import nearest_figures
from cpgassist.types import DRAWN_KINDS, Box, EmbedderIdentity, FigureHit, Locator

if TYPE_CHECKING:
    from datetime import date

    from PIL import Image

    from cpgassist.index import Contents
    from cpgassist.protocols import CorpusReader, PassageIndex, PhotoModel, Progress
    from cpgassist.types import GuidelineInfo, Passage, Photo, Where

__all__ = ["DPI", "cropped", "embed_figures", "figures_in", "figures_like", "figures_of", "same_model"]

DPI = 150
"""Resolution that figures are drawn at; image models shrink them to some 450 pixels."""
LONGEST_SIDE = 5000
"""Pixels of a page's longest side; a larger page, such as a poster, is drawn at a lower resolution."""
MARGIN = 4.0
"""Points of page around a figure, so that its frame is in the picture."""
BATCH = 8
"""Pictures drawn and embedded at once."""


# Embedding


def figures_in(passages: Sequence[Passage]) -> Iterator[Figure]:
    """The figures and flowcharts among passages; one whose words take several passages is one figure, of the first."""
    seen = set()
    for passage in passages:
        if passage.kind in DRAWN_KINDS:
            # A title may stand on another page than its figure, and takes less of it.
            at = max(passage.at, key=_area)
            place = (passage.guideline, at.page, Box.around(at.boxes).rounded() if at.boxes else None)
            if place not in seen:
                seen.add(place)
                yield Figure(passage.id, at)


def embed_figures(
    model: PhotoModel,
    passages: Sequence[Passage],
    guidelines: Mapping[str, GuidelineInfo],
    corpus: CorpusReader,
    before: Contents | None,
    progress: Progress,
) -> FigureVectors:
    """A vector for each figure; those of the version `before` stay where figure, file and model are the same.

    A figure that cannot be drawn gets no vector and is counted. Raises ModelError when the model fails.
    """
    known = _known(before, model.identity)
    files = {passage.id: guidelines[passage.guideline] for passage in passages}
    figures = list(figures_in(passages))
    rows = {f: known[f, files[f.passage].sha256] for f in figures if (f, files[f.passage].sha256) in known}
    todo = [figure for figure in figures if figure not in rows]
    for start in range(0, len(todo), BATCH):
        batch = todo[start : start + BATCH]
        drawn = {f: photo for f in batch if (photo := _drawn(corpus, files[f.passage].file, f.at)) is not None}
        rows |= zip(drawn, _embedded(model, list(drawn.values())), strict=True)
        progress("embed", "figures", start + len(batch), len(todo))
    kept = tuple(figure for figure in figures if figure in rows)
    vectors = np.stack([rows[f] for f in kept]) if kept else np.zeros((0, model.identity.dimension), np.float32)
    return FigureVectors(model.identity, kept, vectors, not_drawn=len(figures) - len(kept))


def same_model(one: EmbedderIdentity | None, other: EmbedderIdentity | None) -> bool:
    """Whether vectors of the two may be compared; two that are missing are the same."""
    if one is None or other is None:
        return one is other
    return (one.name, one.revision, one.dimension) == (other.name, other.revision, other.dimension)


def cropped(page: Image.Image, at: Locator, dpi: int) -> Image.Image:
    """A figure cut out of its page, which was drawn at `dpi`; the whole page where its place on it is not known."""
    if not at.boxes:
        return page
    box, scale = Box.around(at.boxes), dpi / 72
    left, top = max(int((box.left - MARGIN) * scale), 0), max(int((box.top - MARGIN) * scale), 0)
    right, bottom = (
        min(int((edge + MARGIN) * scale) + 1, side)
        for edge, side in zip((box.right, box.bottom), page.size, strict=True)
    )
    return page.crop((left, top, right, bottom)) if left < right and top < bottom else page


def _known(before: Contents | None, model: EmbedderIdentity) -> dict[tuple[Figure, str], np.ndarray]:
    """The rows of the version before, by figure and the content of its file: a passage may keep its words and get another
    picture."""
    if before is None or before.figures is None or not same_model(before.figures.model, model):
        return {}
    digests = {report.info.id: report.info.sha256 for report in before.manifest.guidelines}
    files = {passage.id: digests[passage.guideline] for passage in before.passages}
    held = before.figures
    return {(f, files[f.passage]): row for f, row in zip(held.figures, held.vectors, strict=True)}


def _drawn(corpus: CorpusReader, file: str, at: Locator) -> Photo | None:
    try:
        dpi = min(DPI, int(LONGEST_SIDE * 72 / max(corpus.page_size(file, at.page))))
        return open_photo(cropped(corpus.page_image(file, at.page, dpi), at, dpi))
    except Exception:  # a page that two libraries of other people's code cannot draw costs its figure, not the index
        return None


def _embedded(model: PhotoModel, photos: Sequence[Photo]) -> np.ndarray:
    try:
        return model.embed_photos(photos)
    except CpgassistError:
        raise
    except Exception as error:
        raise ModelError(
            f"{model.identity.name} failed with {type(error).__name__}: {error}",
            "Correct CPGASSIST_MEDSIGLIP, or unset it: nothing else needs it.",
        ) from error


def _area(at: Locator) -> float:
    box = Box.around(at.boxes) if at.boxes else Box(0, 0, 0, 0)
    return (box.right - box.left) * (box.bottom - box.top)


# Comparing


def figures_of(index: PassageIndex) -> FigureVectors:
    """The figures that an index holds. Raises InputError when it was built without an image model."""
    held = index.figures if isinstance(index, ExactIndex) else None
    if held is None:
        raise InputError("The index holds no figures to compare a photo with.", "Run `cpgassist reindex`.")
    return held


def figures_like(
    photos: Sequence[Photo], model: PhotoModel, index: PassageIndex, k: int, where: Where, today: date
) -> tuple[FigureHit, ...]:
    """The k figures most like the photos, best first; a figure counts with the photo that it is most like.

    Raises InputError when the index holds no figures, EmbedderMismatchError when another model embedded them.
    """
    held = figures_of(index)
    if not same_model(held.model, model.identity):
        raise EmbedderMismatchError(
            f"The figures were embedded by {held.model.name} ({held.model.revision}), the configured image model is "
            f"{model.identity.name} ({model.identity.revision}).",
            "Run `cpgassist reindex`, or configure the index's model.",
        )
    infos = index.guidelines
    passages = {passage.id: passage for passage in index.passages if passage.kind in DRAWN_KINDS}
    shown = [(f, passages[f.passage], row) for f, row in zip(held.figures, held.vectors, strict=True)]
    among = {f.passage: (f, row) for f, passage, row in shown if where.allows(passage, infos[passage.guideline])}
    rows = {name: row for name, (_, row) in among.items()}
    best: dict[str, float] = {}
    for photo in _embedded(model, photos):
        for name, score in nearest_figures(photo, rows, k):
            best[name] = max(score, best.get(name, -1.0))
    hits = []
    for name in sorted(best, key=lambda name: (-best[name], name))[:k]:
        passage = passages[name]
        info = infos[passage.guideline]
        hits.append(FigureHit(passage, info, among[name][0].at, best[name], tuple(cautions(info, infos, today))))
    return tuple(hits)
