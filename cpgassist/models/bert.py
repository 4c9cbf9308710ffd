"""BERT encoders with mean pooling, without transformers: numpy for a question, torch for a corpus.

Importing `transformers.models.bert` costs 3.6-4.0 CPU-s and torch 1.2 (Python 3.11, two EPYC cores). A question is
embedded in numpy alone: 0.3 s from interpreter start to first vector, and 8 CPU-ms a question.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

    Pair = tuple[torch.Tensor, torch.Tensor]

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]

WEIGHT_TYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}
"""Floating-point types of safetensors (its README, "Format") that numpy reads; bfloat16 is not among them."""

ROWS = 64
"""Batches are filled up with idle rows to a multiple of this."""

ERF = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
"""Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: absolute error at most 1.5e-7."""
ERF_SCALE = 0.3275911


class Linear(NamedTuple):
    """A weight of shape (out, in) and its bias; for a layer norm, scale and shift."""

    weight: Floats
    bias: Floats


@dataclass(frozen=True, slots=True)
class Layer:
    """One transformer layer."""

    query: Linear
    key: Linear
    value: Linear
    join: Linear
    norm: Linear
    widen: Linear
    narrow: Linear
    last_norm: Linear


LAYER_NAMES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "join": "attention.output.dense",
    "norm": "attention.output.LayerNorm",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
    "last_norm": "output.LayerNorm",
}
"""Names of a layer's parts in the state dict of transformers' `BertModel`."""


@dataclass(frozen=True, slots=True)
class Bert:
    """The weights of a BERT encoder, as views into its memory-mapped file."""

    words: Floats
    positions: Floats
    """Position embeddings with the embedding of the one token type already added."""
    norm: Linear
    layers: tuple[Layer, ...]
    heads: int
    epsilon: float

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.words.shape[1])

    def encode(self, ids: Ids) -> Floats:
        """The unit vector of one text's token ids, in float32 numpy."""
        state = _normed(self.looked_up(ids, np.arange(len(ids))), self.norm, self.epsilon)
        for layer in self.layers:
            state = self._through(layer, state)
        return unit(state.mean(axis=0))

    def looked_up(self, ids: Ids, positions: Ids) -> Floats:
        """Word and position embeddings added up, shape (tokens, dimension)."""
        return self.words[ids] + self.positions[positions]

    def _through(self, layer: Layer, state: Floats) -> Floats:
        attended = _linear(self._attention(layer, state), layer.join)
        state = _normed(state + attended, layer.norm, self.epsilon)
        wide = _gelu(_linear(state, layer.widen))
        return _normed(state + _linear(wide, layer.narrow), layer.last_norm, self.epsilon)

    def _attention(self, layer: Layer, state: Floats) -> Floats:
        tokens, dimension = state.shape
        query, key, value = (
            _linear(state, part).reshape(tokens, self.heads, -1).transpose(1, 0, 2)
            for part in (layer.query, layer.key, layer.value)
        )
        scores = query @ key.transpose(0, 2, 1) / np.float32((dimension // self.heads) ** 0.5)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        return cast(Floats, (shares @ value).transpose(1, 0, 2).reshape(tokens, dimension))


def read_bert(weights: Path, config: dict[str, Any]) -> Bert:
    """The encoder in a safetensors file; raises KeyError or ValueError when it holds something else."""
    arrays = _mapped(weights)
    prefix = "" if "embeddings.word_embeddings.weight" in arrays else "bert."

    def linear(name: str) -> Linear:
        return Linear(arrays[f"{prefix}{name}.weight"], arrays[f"{prefix}{name}.bias"])

    def layer(number: int) -> Layer:
        return Layer(**{part: linear(f"encoder.layer.{number}.{name}") for part, name in LAYER_NAMES.items()})

    embeddings = f"{prefix}embeddings."
    return Bert(
        words=arrays[f"{embeddings}word_embeddings.weight"],
        positions=arrays[f"{embeddings}position_embeddings.weight"]
        + arrays[f"{embeddings}token_type_embeddings.weight"][0],
        norm=linear("embeddings.LayerNorm"),
        layers=tuple(layer(number) for number in range(config["num_hidden_layers"])),
        heads=config["num_attention_heads"],
        epsilon=config["layer_norm_eps"],
    )


def unit(vector: Floats) -> Floats:
    """The vector (or each row) at length 1; a vector of zeros stays as it is."""
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    return cast(Floats, (vector / np.maximum(length, np.float32(1e-12))).astype(np.float32))


class PackedBert:
    """A BERT encoder in torch that computes no padding.

    Matrix products run over all tokens of a batch at once, attention over each run of equally long texts.
    """

    def __init__(self, bert: Bert, precision: str) -> None:
        import torch

        self._bert = bert
        self._norm = _tensors(bert.norm)
        # Contents pages (dotted lines) fell to cosine 0.9996 with everything in bfloat16; with the first layer's
        # attention in float32 the least of 1,100 texts is 0.99994, for 7 % of the speed.
        narrow = torch.bfloat16 if precision == "bfloat16" else torch.float32
        self._layers = [
            _PackedLayer(layer, torch.float32 if number == 0 else narrow, narrow)
            for number, layer in enumerate(bert.layers)
        ]

    def encode(self, sequences: Sequence[Ids]) -> Floats:
        """Unit vectors, float32 of shape (len(sequences), dimension); fastest when equal lengths stand together."""
        import torch

        lengths = [len(sequence) for sequence in sequences]
        runs = equal_runs(lengths)
        # oneDNN keeps compiled code for every number of rows it has met: rounding up spends 3 % of the products and
        # keeps a bulk job's memory from growing with the corpus.
        spare = np.zeros(-sum(lengths) % ROWS, dtype=np.int64)
        ids = np.concatenate([*sequences, spare])
        positions = np.concatenate([*map(np.arange, lengths), spare])
        with torch.inference_mode():
            state = torch.from_numpy(self._bert.looked_up(ids, positions))
            state = self._normed(state, self._norm)
            for layer in self._layers:
                state = self._through(layer, state, runs)
            means = [state[at : at + n * length].view(n, length, -1).mean(1) for at, n, length in runs]
            return unit(torch.cat(means).numpy())

    def _through(self, layer: _PackedLayer, state: torch.Tensor, runs: list[tuple[int, int, int]]) -> torch.Tensor:
        from torch.nn.functional import gelu

        # Sums and norms stay in float32: it costs nothing measurable beside the products and halves the error.
        attended = _product(self._attention(_product(state, layer.attend), runs), layer.join)
        state = self._normed(state + attended, layer.norm)
        return self._normed(state + _product(gelu(_product(state, layer.widen)), layer.narrow), layer.last_norm)

    def _attention(self, attend: torch.Tensor, runs: list[tuple[int, int, int]]) -> torch.Tensor:
        import torch
        from torch.nn.functional import scaled_dot_product_attention

        attend = attend.float()
        tokens, heads, size = len(attend), self._bert.heads, self._bert.dimension // self._bert.heads
        joined = torch.zeros(tokens, heads, size)
        for at, n, length in runs:
            rows = slice(at, at + n * length)
            query, key, value = attend[rows].view(n, length, 3, heads, size).permute(2, 0, 3, 1, 4)
            seen = scaled_dot_product_attention(query, key, value)
            joined[rows].view(n, length, heads, size).copy_(seen.transpose(1, 2))
        return joined.view(tokens, heads * size)

    def _normed(self, state: torch.Tensor, norm: Pair) -> torch.Tensor:
        from torch.nn.functional import layer_norm

        return layer_norm(state, state.shape[-1:], *norm, self._bert.epsilon)


class _PackedLayer:
    def __init__(self, layer: Layer, attention: torch.dtype, rest: torch.dtype) -> None:
        three = (layer.query, layer.key, layer.value)
        weight, bias = np.concatenate([part.weight for part in three]), np.concatenate([part.bias for part in three])
        self.attend = _tensors(Linear(weight, bias), attention)
        self.join = _tensors(layer.join, attention)
        self.widen, self.narrow = _tensors(layer.widen, rest), _tensors(layer.narrow, rest)
        self.norm, self.last_norm = _tensors(layer.norm), _tensors(layer.last_norm)


def equal_runs(lengths: Sequence[int]) -> list[tuple[int, int, int]]:
    """Runs of equal lengths as (first token, texts, length)."""
    runs, at = [], 0
    for length, same in groupby(lengths):
        count = len(list(same))
        runs.append((at, count, length))
        at += count * length
    return runs


def _product(state: torch.Tensor, linear: Pair) -> torch.Tensor:
    from torch.nn.functional import linear as product

    return product(state.to(linear[0].dtype), *linear)


def _tensors(linear: Linear, dtype: torch.dtype | None = None) -> Pair:
    import torch

    weight, bias = (torch.tensor(array, dtype=dtype or torch.float32) for array in linear)
    return weight, bias


def _mapped(path: Path) -> dict[str, Floats]:
    """The file's floating-point tensors as views: a question touches 45 of MiniLM's 90 MB."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    raw = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + size)
    return {
        name: _array(raw, entry)
        for name, entry in header.items()
        if name != "__metadata__" and entry["dtype"] in WEIGHT_TYPES
    }


def _array(raw: NDArray[np.uint8], entry: dict[str, Any]) -> Floats:
    begin, end = entry["data_offsets"]
    dtype = WEIGHT_TYPES[entry["dtype"]]
    array = np.frombuffer(raw, dtype, (end - begin) // dtype.itemsize, begin).reshape(entry["shape"])
    return cast(Floats, array.astype(np.float32, copy=False))


def _linear(state: Floats, linear: Linear) -> Floats:
    return state @ linear.weight.T + linear.bias


def _normed(state: Floats, norm: Linear, epsilon: float) -> Floats:
    centred = state - state.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(epsilon))
    return cast(Floats, centred / spread * norm.weight + norm.bias)


def _gelu(state: Floats) -> Floats:
    return state * np.float32(0.5) * (1 + _erf(state * np.float32(0.5**0.5)))


def _erf(values: Floats) -> Floats:
    # numpy has no erf and scipy.special costs an import of its own; Horner's rule on the published polynomial.
    size = np.abs(values)
    t = 1 / (1 + np.float32(ERF_SCALE) * size)
    sum_ = np.zeros_like(t)
    for factor in reversed(ERF):
        sum_ = (sum_ + np.float32(factor)) * t
    return cast(Floats, np.sign(values) * (1 - sum_ * np.exp(-size * size)))
