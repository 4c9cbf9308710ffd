"""What a model will need and what this machine has, told before anything is loaded."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cpgassist.errors import ModelError

SPARE = 0.05
"""Of the weights, for the allocator's gaps."""
NF4_BYTES = 0.5 + 4 / 64 / 4
"""A weight in nf4: 4 bits, and per 64 weights a 32-bit scale that is itself quantised to 8 bits."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Memory of a model while it answers, in bytes."""

    weights: int
    cache: int
    """Keys and values of a full context."""
    working: int
    """The largest intermediate results: of the prompt, of one photo, and the scores of the last token."""

    @property
    def total(self) -> int:
        """All of it."""
        return int(self.weights * (1 + SPARE)) + self.cache + self.working


def needs(config: Any, bytes_per_weight: int, nf4: bool, context: int) -> Needs:
    """What a model of this transformers configuration needs for `context` tokens of prompt and answer."""
    text = config.get_text_config()
    linear, others = count_weights(config)
    weights = int(linear * NF4_BYTES + others * 2) if nf4 else (linear + others) * bytes_per_weight
    width = 2 if nf4 else bytes_per_weight
    working = context * (3 * text.intermediate_size + 4 * text.hidden_size) * width + 8 * text.vocab_size
    vision = getattr(config, "vision_config", None)
    if vision is not None:
        patches = (vision.image_size // vision.patch_size) ** 2
        working += patches * (2 * vision.intermediate_size + 6 * vision.hidden_size) * width
    return Needs(weights, _cache_bytes(text, context) * width, working)


def count_weights(config: Any) -> tuple[int, int]:
    """Weights of the layers that nf4 quantises, and all others, counted on a model without storage."""
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText

    made: Any = AutoModelForImageTextToText if config.model_type == "gemma3" else AutoModelForCausalLM
    with torch.device("meta"):
        model = made.from_config(config)
    head = model.get_output_embeddings()
    linear = sum(
        module.weight.numel()
        for module in model.modules()
        if isinstance(module, torch.nn.Linear) and module is not head
    )
    return linear, sum(parameter.numel() for parameter in model.parameters()) - linear


def _cache_bytes(text: Any, context: int) -> int:
    """Values that the cache holds; a sliding layer keeps its window alone."""
    head = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    per_token = 2 * text.num_key_value_heads * head
    kinds = getattr(text, "layer_types", None) or ["full_attention"] * text.num_hidden_layers
    window = min(context, getattr(text, "sliding_window", None) or context)
    return sum(per_token * (window if kind == "sliding_attention" else context) for kind in kinds)


def check_fits(name: str, need: Needs, device: str, dtype: str, free: int) -> None:
    """Raises ModelError when `free` bytes of the device, where they are known, are too few, with the figures."""
    if free and need.total > free:
        raise ModelError(
            f"{name} needs {gigabytes(need.total)} on {device} ({gigabytes(need.weights)} of weights in {dtype},"
            f" {gigabytes(need.cache)} of cache, {gigabytes(need.working)} to work), and {gigabytes(free)} is free.",
            "Close other programs, take a smaller model or a larger machine, set model_quantisation to nf4 on a GPU, or let"
            " a server answer (model_backend = openai).",
        )


def free_bytes(device: str) -> int:
    """Free memory of a device; 0 where it cannot be told."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    return min((size for size in (_system_free(), _container_free()) if size), default=0)


def _system_free() -> int:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:  # macOS tells its size alone
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 0


def _container_free() -> int:
    """What the control group of a container leaves; its page cache can be given back."""
    group = Path("/sys/fs/cgroup")
    try:
        limit = (group / "memory.max").read_text(encoding="ascii").strip()
        used = int((group / "memory.current").read_text(encoding="ascii"))
        stat = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
        return max(1, int(limit) - used + int(stat.get("file", 0))) if limit != "max" else 0
    except (OSError, ValueError):
        return 0


def gigabytes(size: int) -> str:
    """A size as people read it."""
    return f"{size / 1e9:.1f} GB" if size >= 5e7 else f"{size / 1e6:.1f} MB"
