"""What kind of picture an image model takes a photo for: notes beside the findings, never a refusal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cpgassist.protocols import PhotoModel
from cpgassist.types import Photo

__all__ = ["kind_notes"]


def kind_notes(model: PhotoModel, photos: Sequence[Photo]) -> Iterator[str]:
    """A note on each photo's kind, and one where it seems no medical image.

    The scores are not calibrated: a wound in bad light may pass for an everyday photo, and must be described all the same.
    """
    name = model.identity.name
    for photo in photos:
        of = f"{photo.label}: " if photo.label else ""
        kinds, medical = model.look_at(photo)
        if kinds:
            best, score = kinds[0]
            yield f"{of}{name} takes it for: {best} (score {score:.2f} of 1, not calibrated)."
        if not medical:
            yield f"{of}{name} does not take it for a medical image. Check that it is the right photo."
