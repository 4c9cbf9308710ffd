"""On which device, and in which arithmetic, a model is safe and fast."""

from __future__ import annotations

from pathlib import Path

from cpgassist.errors import ModelError

BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
"""/proc/cpuinfo flags of processors with bfloat16 products: x86's two, and Arm's."""
BFLOAT16_CAPABILITY = (8, 0)
"""Of NVIDIA GPUs from Ampere on."""


def device_for(asked: str) -> str:
    """The device to run on; raises ModelError when the one asked for is not there."""
    import torch

    if asked == "auto":
        return "cuda:0" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    kind, _, number = asked.partition(":")
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available() and int(number or 0) < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
    }
    if not there.get(kind, False):
        raise ModelError(
            f"There is no device {asked!r} on this machine.",
            "Set model_device to auto or cpu, or install the drivers and the torch build of the GPU.",
        )
    return "cuda:0" if asked == "cuda" else asked


def dtype_for(asked: str, device: str) -> str:
    """ "bfloat16" or "float32": what was asked for, else what this device computes well in."""
    if asked in ("float16", "fp16", "half"):
        raise ModelError(
            "float16 is refused: Gemma 3 reaches values near 100,000 and float16 ends at 65,504, so that it writes nothing"
            " or nonsense.",
            "Set model_dtype to auto, bfloat16 or float32.",
        )
    if asked != "auto":
        return asked
    return "bfloat16" if _has_bfloat16(device) else "float32"


def _has_bfloat16(device: str) -> bool:
    if device.startswith("cuda"):
        import torch

        return torch.cuda.get_device_capability(device) >= BFLOAT16_CAPABILITY
    return device == "cpu" and bool(BFLOAT16_FLAGS & _processor_flags())


def _processor_flags() -> frozenset[str]:
    try:
        about = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return frozenset()
    lines = (line.partition(":") for line in about.splitlines())
    return frozenset(
        flag for name, _, flags in lines if name.strip() in ("flags", "Features") for flag in flags.split()
    )
