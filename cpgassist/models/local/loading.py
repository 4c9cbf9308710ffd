"""Loads a chat model, after everything that can be refused cheaply was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cpgassist.errors import CpgassistError, ModelError
from cpgassist.models.local.arithmetic import device_for, dtype_for
from cpgassist.models.local.folders import ChatFolder, look
from cpgassist.models.local.generating import TransformersModel
from cpgassist.models.local.memory import Needs, check_fits, free_bytes, needs
from cpgassist.models.telling import quiet, tell_terms
from cpgassist.types import ModelInfo

if TYPE_CHECKING:
    from cpgassist.settings import Settings

CONTEXT = 8192
"""Tokens of prompt and answer that are served, where the model allows as many: what the memory is estimated for."""
BYTES = {"bfloat16": 2, "float32": 4, "nf4": 2}
"""A value's bytes; with nf4, of what is not quantised."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a model would be loaded here; nothing of it is loaded yet."""

    folder: ChatFolder
    device: str
    dtype: str
    """"bfloat16", "float32" or "nf4"."""
    context: int
    needs: Needs
    free: int
    """Bytes that the device has free; 0 where it cannot be told."""

    @property
    def fits(self) -> bool:
        """Whether the device has the memory for it, as far as can be told."""
        return not self.free or self.needs.total <= self.free


def plan(settings: Settings, context: int = CONTEXT) -> Plan:
    """How the model that the settings name would be loaded; raises ModelError as `look` does, or for what cannot run here."""
    folder = look(settings)
    device = device_for(settings.model_device)
    nf4 = settings.model_quantisation == "nf4"
    if nf4:
        _check_nf4(device)
    dtype = "nf4" if nf4 else dtype_for(settings.model_dtype, device)
    context = min(context, int(folder.config.get_text_config().max_position_embeddings))
    return Plan(folder, device, dtype, context, needs(folder.config, BYTES[dtype], nf4, context), free_bytes(device))


def load(
    settings: Settings, context: int = CONTEXT, photos_first: bool | None = None, waiting: int = 8
) -> TransformersModel:
    """The chat model that the settings name, loaded and ready.

    `context` bounds prompt and answer together, in tokens; `photos_first` puts photos before all text (None: as MedGemma
    1.5 is used, where the model is called that, else in the prompt's order); `waiting` bounds the queue.
    Raises ModelError when the model is missing, unsupported, damaged, or too large for this machine.
    """
    planned = plan(settings, context)
    folder = planned.folder
    check_fits(folder.name, planned.needs, planned.device, planned.dtype, planned.free)
    if folder.kind.startswith("gemma3"):
        tell_terms()
    try:
        with ThreadPoolExecutor(1) as beside:  # hashing 8.6 GB takes as long as loading them
            digest = beside.submit(lambda: folder.digest)
            words = _words_of(folder)
            model = _weights_of(planned)
    except CpgassistError:
        raise
    except Exception as error:
        raise ModelError(
            f"{folder.name} cannot be loaded: {type(error).__name__}: {str(error)[:500]}",
            "Copy the model's whole folder again, and see that torch and transformers fit this machine.",
        ) from error
    info = ModelInfo(
        name=folder.name,
        backend="transformers",
        vision=folder.vision,
        context=planned.context,
        revision=folder.revision,
        digest=digest.result(),
        dtype=planned.dtype,
        device=planned.device,
        image_backend=_image_backend(words) if folder.vision else "",
    )
    if photos_first is None:
        photos_first = "medgemma-1.5" in folder.name.lower()
    return TransformersModel(model, words, info, photos_first, settings.model_constrained, waiting)


def _check_nf4(device: str) -> None:
    from importlib.util import find_spec

    if not device.startswith("cuda"):
        raise ModelError(f"4-bit weights need a GPU; the device is {device}.", "Set model_quantisation to none.")
    missing = [name for name in ("bitsandbytes", "accelerate") if find_spec(name) is None]
    if missing:
        raise ModelError(f"4-bit weights need {' and '.join(missing)}.", f"Install: pip install {' '.join(missing)}")


def _words_of(folder: ChatFolder) -> Any:
    """The processor of a model that sees, else its tokenizer; either must have a chat template."""
    from transformers import AutoProcessor, AutoTokenizer

    words: Any = (AutoProcessor if folder.vision else AutoTokenizer).from_pretrained(folder.path, local_files_only=True)
    if not words.chat_template:
        raise ModelError(
            f"{folder.name} has no chat template: it is pre-trained only, or its folder is incomplete.",
            "Use instruction-tuned weights, and copy the whole folder (chat_template.jinja or .json).",
        )
    return words


def _weights_of(planned: Plan) -> Any:
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText

    quiet()
    folder, device, nf4 = planned.folder, planned.device, planned.dtype == "nf4"
    made: Any = AutoModelForImageTextToText if folder.vision else AutoModelForCausalLM
    options: dict[str, Any] = {"device_map": {"": device}} if nf4 or _places(device) else {}
    if nf4:
        import transformers

        four_bits: Any = transformers.BitsAndBytesConfig
        options["quantization_config"] = four_bits(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
    model, report = made.from_pretrained(
        folder.path,
        dtype=torch.float32 if planned.dtype == "float32" else torch.bfloat16,
        attn_implementation="sdpa",
        local_files_only=True,
        use_safetensors=True,
        output_loading_info=True,
        **options,
    )
    _check_complete(folder, report)
    return (model if options else model.to(device)).eval()


def _places(device: str) -> bool:
    """Whether weights can be read right into the device's memory: accelerate does it."""
    from importlib.util import find_spec

    return device != "cpu" and find_spec("accelerate") is not None


def _check_complete(folder: ChatFolder, report: dict[str, Any]) -> None:
    """Weights that a folder lacks would be random numbers, and its answers invented."""
    wrong = [*report.get("missing_keys", ()), *(str(key) for key in report.get("mismatched_keys", ()))]
    if wrong:
        raise ModelError(
            f"The weights of {folder.name} do not fit its config.json: {len(wrong)} are missing, {sorted(wrong)[0]} first.",
            "Copy the model's whole folder again.",
        )


def _image_backend(processor: Any) -> str:
    return "pil" if type(processor.image_processor).__name__.endswith("Pil") else "torchvision"
