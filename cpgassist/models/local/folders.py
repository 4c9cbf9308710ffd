"""Finds a chat model's folder, says what it is, and refuses what cannot answer; no weight is read here."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpgassist.errors import ModelError
from cpgassist.models.folders import sha256_of

if TYPE_CHECKING:
    from cpgassist.settings import Settings

FAMILIES = {
    "gemma3": "MedGemma 4B-it, 1.5-4B-it and 27B-it (text and photos)",
    "gemma3_text": "MedGemma 27B-text-it",
    "llama": "medical models of the Llama family",
}
"""What is supported, by the `model_type` of config.json."""
FETCHED = ("*.json", "*.jinja", "*.model", "*.safetensors")
"""What is fetched of a model: no pickles, no code."""
HASHED = (*FETCHED, "*.txt")
GET_IT = (
    "Accept the terms at https://huggingface.co/{id}, set HF_TOKEN and CPGASSIST_ALLOW_DOWNLOAD=1, or copy the model's"
    " whole folder here and name the folder. See `cpgassist models`."
)
PRETRAINED = re.compile(r"-(?:pt|base|pretrained)$", re.IGNORECASE)


@dataclass(frozen=True)
class ChatFolder:
    """A chat model on this disk."""

    name: str
    path: Path
    revision: str
    """The hub's commit, where the folder is one of its snapshots."""

    @cached_property
    def config(self) -> Any:
        """Its transformers configuration, with the family's defaults filled in."""
        from transformers import AutoConfig

        try:
            return AutoConfig.from_pretrained(self.path, local_files_only=True)
        except Exception as error:
            raise ModelError(
                f"{self.name} cannot be read as a model: {_first_line(error)}",
                f"Supported: {_supported()}. Copy the model's whole folder again.",
            ) from error

    @property
    def kind(self) -> str:
        """Its `model_type`, one of FAMILIES."""
        return str(self.config.model_type)

    @property
    def vision(self) -> bool:
        """Whether it takes photos."""
        return self.kind == "gemma3"

    @property
    def weights(self) -> tuple[Path, ...]:
        """Its weight files."""
        return tuple(sorted(self.path.glob("*.safetensors")))

    @property
    def digest(self) -> str:
        """sha256 over the sorted lines "name sha256" of its weights and settings, in hex; files are hashed once per
        process while their size and time stay the same."""
        files = sorted(file for pattern in HASHED for file in self.path.glob(pattern))
        lines = "".join(f"{file.name} {sha256_of(file)}\n" for file in files)
        return hashlib.sha256(lines.encode()).hexdigest()


def look(settings: Settings) -> ChatFolder:
    """The folder of `settings.model`, checked to be a supported chat model.

    Raises ModelError, with what to do, when it is missing or gated, pre-trained only, of another family, or holds no
    safetensors. Nothing is downloaded unless `settings.allow_download`.
    """
    if not settings.model:
        raise ModelError("No model is named.", "Name a model's folder with --model or CPGASSIST_MODEL.")
    if not settings.allow_download:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    _refuse_pretrained(settings.model)
    folder = _found(settings.model, settings.model_revision, settings.allow_download)
    _refuse_pretrained(folder.name)
    return _checked(folder)


def _found(name: str, revision: str | None, allow_download: bool) -> ChatFolder:
    path = Path(name).expanduser()
    if path.is_dir():
        path = path.resolve()
        in_hub_cache = path.parent.name == "snapshots"
        named = path.parent.parent.name.removeprefix("models--").replace("--", "/") if in_hub_cache else path.name
        return ChatFolder(named, path, path.name if in_hub_cache else "")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise ModelError(
            f"There is no folder {name}.", "Name the model's folder, or a hub id as google/medgemma-4b-it."
        )
    path = _snapshot(name, revision, allow_download)
    return ChatFolder(name, path, path.name)


def _snapshot(name: str, revision: str | None, allow_download: bool) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(
                name, revision=revision, allow_patterns=list(FETCHED), local_files_only=not allow_download
            )
        )
    except Exception as error:
        at = f" at revision {revision}" if revision else ""
        if not allow_download:
            said = f"The model {name}{at} is not on this machine, and nothing is downloaded unasked."
        elif "gated" in type(error).__name__.lower() or "401" in str(error) or "403" in str(error):
            said = f"The model {name} is gated: its terms were not accepted with this token, or no token was given."
        else:
            said = f"The model {name}{at} cannot be fetched: {type(error).__name__}: {_first_line(error)}"
        raise ModelError(said, GET_IT.format(id=name)) from error


def _refuse_pretrained(name: str) -> None:
    if PRETRAINED.search(name.rstrip("/\\")):
        raise ModelError(
            f"{name} is pre-trained only: it continues texts and was never taught to answer a question.",
            "Use the instruction-tuned weights, whose name ends in -it.",
        )


def _checked(folder: ChatFolder) -> ChatFolder:
    if not (folder.path / "config.json").is_file():
        raise ModelError(f"{folder.path} holds no config.json: it is no model's folder.", "Copy the whole folder.")
    if folder.kind not in FAMILIES:
        raise ModelError(f"{folder.name} is a model of type {folder.kind!r}.", f"Supported: {_supported()}.")
    if not folder.weights:
        raise ModelError(
            f"{folder.path} holds no *.safetensors weights; pickled weights can run code and are not read.",
            "Copy the whole folder, or save the model as safetensors.",
        )
    return folder


def _supported() -> str:
    return "; ".join(f"{kind} - {what}" for kind, what in FAMILIES.items())


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:300]
