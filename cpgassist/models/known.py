"""The language models this program is made for, what they take, and which of them this machine could run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from cpgassist.models.local.arithmetic import dtype_for
from cpgassist.models.local.memory import free_bytes
from cpgassist.models.telling import TERMS

_WORKING = 2.0
"""GB beside the weights: cache and intermediate results of 8,192 tokens and a photo (measured on a random 4B: 1.4)."""


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model by its hub id."""

    id: str
    sees: bool
    billions: float
    """Parameters."""
    licence: str
    note: str = ""

    @property
    def page(self) -> str:
        """Where its terms are accepted and its weights are found."""
        return f"https://huggingface.co/{self.id}"

    @property
    def gigabytes(self) -> float:
        """Memory it takes in bfloat16, about."""
        return round(self.billions * 2 + _WORKING, 1)

    @property
    def gigabytes_nf4(self) -> float:
        """Memory it takes in 4 bits on a GPU, about: embeddings and the vision tower stay in bfloat16."""
        return round(self.billions * 0.62 + 1.1 + _WORKING, 1)

    @property
    def is_here(self) -> bool:
        """Whether its weights lie in this machine's hub cache."""
        from huggingface_hub import try_to_load_from_cache

        return isinstance(try_to_load_from_cache(self.id, "config.json"), str)


_HAI_DEF = "Health AI Developer Foundations, accepted once on its page"

# Parameters counted from the published configurations; licences from the model pages.
KNOWN: tuple[KnownModel, ...] = (
    KnownModel("google/medgemma-1.5-4b-it", True, 4.3, _HAI_DEF, "the newest; also CT, MRI and slides, not used here"),
    KnownModel("google/medgemma-4b-it", True, 4.3, _HAI_DEF),
    KnownModel("google/medgemma-27b-it", True, 27.4, _HAI_DEF),
    KnownModel("google/medgemma-27b-text-it", False, 27.0, _HAI_DEF),
    KnownModel("aaditya/Llama3-OpenBioLLM-8B", False, 8.0, "Llama 3"),
    KnownModel("aaditya/Llama3-OpenBioLLM-70B", False, 70.6, "Llama 3"),
    KnownModel(
        "OpenMeditron/Meditron3-8B", False, 8.0, "Llama 3.1", "research only, not taught to follow instructions"
    ),
    KnownModel(
        "OpenMeditron/Meditron3-70B", False, 70.6, "Llama 3.1", "research only, not taught to follow instructions"
    ),
)


@dataclass(frozen=True, slots=True)
class Machine:
    """The memory that a model could have here, in GB; 0 for what is not there or cannot be told."""

    ram: float
    gpu: float
    gpu_name: str = ""
    bfloat16: bool = True
    """Whether the processor computes in bfloat16; without it a model takes float32, and twice the memory."""

    def runs(self, model: KnownModel) -> str:
        """Where the model would run: "GPU", "GPU in 4 bits", "CPU, slowly", or "no"."""
        if self.gpu >= model.gigabytes:
            return "GPU"
        if self.gpu >= model.gigabytes_nf4:
            return "GPU in 4 bits"
        needed = model.gigabytes if self.bfloat16 else model.gigabytes + 2 * model.billions
        return "CPU, slowly" if self.ram >= needed else "no"


def this_machine() -> Machine:
    """Free memory, and the first GPU's."""
    import torch

    ram = free_bytes("cpu") / 1e9
    quick = dtype_for("auto", "cpu") == "bfloat16"
    if not torch.cuda.is_available():
        return Machine(round(ram, 1), 0.0, "", quick)
    return Machine(round(ram, 1), round(free_bytes("cuda:0") / 1e9, 1), torch.cuda.get_device_name(0), quick)


def listed(machine: Machine) -> list[dict[str, Any]]:
    """Each known model with its memory and whether it runs and is here, as JSON values."""
    return [
        {
            **asdict(model),
            "gigabytes": model.gigabytes,
            "gigabytes_nf4": model.gigabytes_nf4,
            "page": model.page,
            "runs": machine.runs(model),
            "is_here": model.is_here,
        }
        for model in KNOWN
    ]


HOW_TO_GET = f"""\
None of these weights comes with cpgassist. To get one:
  1. Open its page, accept the terms (MedGemma: {TERMS}).
  2. Either on this machine: set HF_TOKEN and CPGASSIST_ALLOW_DOWNLOAD=1 once, then unset both;
     or on another one: download the model's whole folder and copy it here.
  3. CPGASSIST_MODEL_BACKEND=transformers CPGASSIST_MODEL=<id or folder> cpgassist doctor
A server that runs one (vLLM, Ollama, llama.cpp, LM Studio): CPGASSIST_MODEL_BACKEND=openai
  CPGASSIST_BASE_URL=http://127.0.0.1:11434/v1 CPGASSIST_MODEL=<its name there> cpgassist doctor
Step by step: docs/medgemma.md."""
