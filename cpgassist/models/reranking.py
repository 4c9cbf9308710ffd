"""Cross-encoders: a question and a passage read together -> one score."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from cpgassist.errors import ModelError
from cpgassist.models.embedding import SURROGATES, naming, one_torch_thread
from cpgassist.models.folders import ModelFolder, open_reranker_folder
from cpgassist.models.packaged_reranker import PACKAGED_NAMES, PackagedReranker

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

    from cpgassist.protocols import Reranker

BATCH = 8
"""Pairs computed at once: what 8 pairs of 512 tokens need fits any machine that holds the model."""


def load_reranker(name: str, allow_download: bool = False) -> Reranker:
    """The cross-encoder of this name: the packaged one, a folder, a hub id that was fetched before, or one to download.

    Only JSON files, names of weights and hashes are read here; the first `score` loads the weights. Weights are
    safetensors, no code of the model's is run. Raises ModelError when the model is missing, is no cross-encoder with a
    single score, or would need an unallowed download.
    """
    if name in PACKAGED_NAMES:
        return PackagedReranker()
    if not allow_download:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    return CrossEncoderReranker(open_reranker_folder(name, allow_download))


class CrossEncoderReranker:
    """A sentence-transformers cross-encoder, on the processor in float32, on one thread."""

    def __init__(self, folder: ModelFolder) -> None:
        self._folder = folder
        self._running = Lock()
        """Held while it computes: its tokenizer is not made for several threads."""

    @property
    def name(self) -> str:
        """The folder's name, or the hub id."""
        return self._folder.name

    @property
    def window(self) -> int:
        """The longest pair in tokens; longer ones are cut at the end of the longer text."""
        return self._folder.window

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question, from 0 to 1: the sigmoid of the model's logit.

        Raises ModelError when the weights cannot be loaded or give no number.
        """
        import numpy as np
        from torch.nn import Identity

        if not texts:
            return []
        clean = [SURROGATES.sub("\ufffd", text) for text in (question, *texts)]
        with self._running, one_torch_thread():
            # The sigmoid is taken here, in 64 bits: in 32, clear answers would all get the same 1.
            logits = self._model.predict(
                [(clean[0], text) for text in clean[1:]],
                batch_size=BATCH,
                activation_fn=Identity(),
                show_progress_bar=False,
            )
        if not np.isfinite(logits).all():
            raise ModelError(f"The reranker {self.name} gave no score for some passages.", "Choose another reranker.")
        scores: list[float] = (1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -700, 700)))).tolist()
        return scores

    @cached_property
    def _model(self) -> CrossEncoder:
        from sentence_transformers import CrossEncoder

        with naming(self._folder):
            model: CrossEncoder = CrossEncoder(
                str(self._folder.path),
                device="cpu",
                max_length=self.window,
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"use_safetensors": True, "dtype": "float32"},
            )
        return model
