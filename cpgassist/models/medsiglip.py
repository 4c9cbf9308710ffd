"""MedSigLIP: photos and words in one space, for what kind of picture a photo is and which figures look like it.

It needs the extra `medsiglip` (torch, transformers, sentencepiece) and a folder of weights; nothing is downloaded. Its
scores say how well words fit a picture, each for itself; none of them is calibrated, and none is a finding.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cpgassist.errors import InputError, ModelError
from cpgassist.models.folders import sha256_of
from cpgassist.models.neutral import neutralised
from cpgassist.models.telling import quiet, tell_terms
from cpgassist.types import EmbedderIdentity, ModelInfo, Photo

Floats = NDArray[np.float32]

BATCH = 8
"""Photos or texts computed at once."""
TOKENS = 64
"""Tokens of a text that the model was trained on; texts are filled up to them and cut at them."""
MEDICAL_MARGIN = 0.0
"""How far the best medical kind's logit must stand above the best other one. It is the even choice, not calibrated: set it
on pictures of the place that uses it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of picture, as it is shown and as the model is asked for it."""

    label: str
    said: str
    medical: bool = True


KINDS = (
    Kind("chest X-ray", "a chest X-ray"),
    Kind("skin photo", "a close-up photo of a skin lesion"),
    Kind("fundus photo", "a colour fundus photo of the retina"),
    Kind("wound", "a photo of an open wound or ulcer"),
    Kind("histology slide", "a microscope image of stained tissue"),
    Kind("CT slice", "a CT slice"),
    Kind("MRI slice", "an MRI slice"),
    Kind("ECG strip", "an electrocardiogram tracing on grid paper"),
    Kind("ultrasound", "an ultrasound image"),
    Kind("document or screenshot", "a scanned document or a screenshot with text", medical=False),
    Kind("not a medical image", "an everyday photo that is not medical", medical=False),
)


class Likeness(NamedTuple):
    """A label, or a figure's key, and how well it fits a photo."""

    label: str
    score: float
    """For kinds a sigmoid from 0 to 1, each for itself, so that they do not sum to 1; for figures a cosine."""


class Look(NamedTuple):
    """What one look at a photo tells."""

    kinds: tuple[Likeness, ...]
    """Every kind of picture, the best first; scores are uncalibrated."""
    medical: bool
    """Whether a medical kind fits better than any other; uncalibrated, so a hint and no gate on care."""


class MedSiglip:
    """An opened MedSigLIP (or other SigLIP); one computation at a time."""

    def __init__(self, info: ModelInfo, model: Any, processor: Any, kinds: Sequence[Kind] = KINDS) -> None:
        """`model` and `processor` are transformers' own; `open_medsiglip` makes them."""
        self.info = info
        self._model = model
        self._processor = processor
        self._kinds = tuple(kinds)
        self._kind_vectors: Floats | None = None
        self._lock = Lock()

    @property
    def identity(self) -> EmbedderIdentity:
        """What its vectors depend on: the weights' digest, or the hub's revision."""
        info = self.info
        return EmbedderIdentity(info.name, info.digest[:12] or info.revision, self.dimension, info.dtype)

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        return int(self._model.config.text_config.projection_size)

    def embed_photos(self, photos: Sequence[Photo]) -> Floats:
        """Unit vectors of shape (photos, dimension)."""
        rows = [self._photos(photos[at : at + BATCH]) for at in range(0, len(photos), BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, self.dimension), np.float32)

    def embed_texts(self, texts: Sequence[str]) -> Floats:
        """Unit vectors of shape (texts, dimension); a text counts to its 64th token."""
        rows = [self._texts(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, self.dimension), np.float32)

    def look_at(self, photo: Photo, margin: float = MEDICAL_MARGIN) -> Look:
        """The kinds of picture it may be; medical where a medical kind fits better than any other by `margin` logits."""
        logits = self._kind_logits(photo)
        scored = [Likeness(kind.label, float(_sigmoid(logit))) for kind, logit in zip(self._kinds, logits, strict=True)]
        medical = np.array([kind.medical for kind in self._kinds])
        best = bool(logits[medical].max() - logits[~medical].max() >= margin)
        return Look(tuple(scored[at] for at in np.argsort(-logits, kind="stable")), best)

    def _kind_logits(self, photo: Photo) -> Floats:
        if self._kind_vectors is None:
            self._kind_vectors = self.embed_texts([kind.said for kind in self._kinds])
        scale, bias = (
            float(value.detach().float().item()) for value in (self._model.logit_scale, self._model.logit_bias)
        )
        logits: Floats = logits_of(self.embed_photos([photo]), self._kind_vectors, scale, bias)[0]
        return logits

    def _photos(self, photos: Sequence[Photo]) -> Floats:
        from PIL import Image

        pictures = [Image.open(io.BytesIO(photo.png)).convert("RGB") for photo in photos]
        inputs: Any = self._processor(images=pictures, return_tensors="pt")
        return self._computed("get_image_features", inputs)

    def _texts(self, texts: Sequence[str]) -> Floats:
        # Trained on texts filled up to 64 tokens; "longest" padding gives other vectors (measured: up to 0.29 apart).
        inputs: Any = self._processor(
            text=[neutralised(text) for text in texts],
            padding="max_length",
            truncation=True,
            max_length=min(TOKENS, int(self._model.config.text_config.max_position_embeddings)),
            return_tensors="pt",
        )
        return self._computed("get_text_features", inputs)

    def _computed(self, what: str, inputs: Any) -> Floats:
        import torch

        model = self._model
        with self._lock, torch.inference_mode():
            found = getattr(model, what)(**inputs.to(model.device, dtype=model.dtype))
        # A tensor before transformers 5, an output with it as pooler_output since.
        vectors = getattr(found, "pooler_output", found).float().cpu().numpy()
        return unit_rows(vectors)


def open_medsiglip(name: str | Path, revision: str | None = None, device: str = "cpu") -> MedSiglip:
    """The model in a folder, or under a hub id that was fetched before.

    Raises ModelError when a package, the model or its safetensors weights are missing, or when it is no SigLIP.
    """
    missing = [package for package in ("torch", "transformers", "sentencepiece") if find_spec(package) is None]
    if missing:
        raise ModelError(f"MedSigLIP needs {', '.join(missing)}.", "Install it: pip install 'cpgassist[medsiglip]'.")
    import torch
    from transformers import AutoConfig, AutoModel, AutoProcessor

    folder = Path(name).expanduser()
    name = folder if folder.is_dir() else name

    known = {"revision": revision, "local_files_only": True}
    try:
        config = AutoConfig.from_pretrained(name, **known)
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from error
    if config.model_type != "siglip":
        raise ModelError(f"{name} is a {config.model_type} model, not a SigLIP.", "Name a MedSigLIP folder.")
    tell_terms()
    dtype = torch.bfloat16 if device.startswith("cuda") else torch.float32
    quiet()
    try:
        model, about = AutoModel.from_pretrained(
            name, dtype=dtype, use_safetensors=True, output_loading_info=True, **known
        )
        processor = AutoProcessor.from_pretrained(name, **known)  # type: ignore[no-untyped-call]
    except Exception as error:
        raise _unreadable(name, error) from error
    lacking = sorted({*about["missing_keys"], *(key for key, *_ in about["mismatched_keys"])})
    if lacking:  # transformers would go on with random numbers in their place
        raise _unreadable(name, ValueError(f"{len(lacking)} weights are missing, the first is {lacking[0]}"))
    model = model.to(device).eval()
    return MedSiglip(_info(name, config, dtype, device, processor), model, processor)


def _unreadable(name: str | Path, error: Exception) -> ModelError:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return ModelError(
        f"MedSigLIP cannot be opened from {name}: {first}",
        "Copy its whole folder here and name it, or fetch the id first; its weights are gated, so accept their terms.",
    )


def _info(name: str | Path, config: Any, dtype: Any, device: str, processor: Any) -> ModelInfo:
    folder = Path(name)
    weights = sorted(folder.glob("*.safetensors")) if folder.is_dir() else []
    digest = hashlib.sha256("".join(map(sha256_of, weights)).encode()).hexdigest() if weights else ""
    return ModelInfo(
        name=folder.resolve().name if folder.is_dir() else str(name),
        backend="transformers",
        vision=True,
        context=int(config.text_config.max_position_embeddings),
        revision=str(getattr(config, "_commit_hash", None) or ""),
        digest=digest,
        dtype=str(dtype).removeprefix("torch."),
        device=device,
        image_backend="pil" if type(processor.image_processor).__name__.endswith("Pil") else "torchvision",
    )


# Arrays


def unit_rows(rows: NDArray[Any]) -> Floats:
    """Rows of length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), np.float32)


def logits_of(photos: Floats, texts: Floats, scale: float, bias: float) -> Floats:
    """SigLIP's logits of shape (photos, texts) for unit rows; `scale` is the logarithm that the model stores."""
    return np.asarray(photos @ texts.T * np.exp(scale) + bias, np.float32)


def nearest_figures(photo: Floats, figures: Mapping[str, Floats], k: int) -> tuple[Likeness, ...]:
    """The k figures most like a photo by cosine, best first, equals by key; `photo` and every figure are unit vectors.

    Raises InputError for a figure that was embedded by a model of another dimension.
    """
    if k < 1:
        raise InputError(f"k is {k}.", "Ask for at least one figure.")
    if not figures:
        return ()
    keys = sorted(figures)
    for key in keys:
        if figures[key].shape != photo.shape:
            raise InputError(
                f"The figure {key} has {figures[key].size} dimensions, the photo {photo.size}.",
                "Reindex with the model that embeds the photo.",
            )
    likeness = np.stack([figures[key] for key in keys]) @ photo
    best = np.argsort(-likeness, kind="stable")[:k]
    return tuple(Likeness(keys[at], float(likeness[at])) for at in best)


def _sigmoid(logit: np.float32) -> float:
    return float(1 / (1 + np.exp(-np.float64(logit))))
