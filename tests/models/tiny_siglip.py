"""A tiny SigLIP folder with random weights, in the layout of today's transformers and in that of the hub before."""

import json
from pathlib import Path

SIDE = 32
TOKENS = 64
LINES = [
    "a chest X-ray",
    "a close-up photo of a skin lesion",
    "a colour fundus photo of the retina",
    "a photo of an open wound or ulcer",
    "a microscope image of stained tissue",
    "a CT slice and an MRI slice",
    "an electrocardiogram tracing on grid paper",
    "an ultrasound image",
    "a scanned document or a screenshot with text",
    "an everyday photo that is not medical",
    "figures and words in one space",
]


def tiny_siglip(path: Path, *, old_layout: bool = False) -> Path:
    """A SigLIP of 32 dimensions for pictures of 32 x 32; `old_layout` has preprocessor_config.json and torch_dtype."""
    import torch
    from transformers import SiglipConfig, SiglipModel, SiglipProcessor, SiglipTokenizer
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    path.mkdir(parents=True, exist_ok=True)
    tokenizer = SiglipTokenizer(str(_pieces(path)), model_max_length=TOKENS)
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    text = {
        **shape,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": TOKENS,
        "projection_size": 32,
        "pad_token_id": 1,
        "bos_token_id": 0,
        "eos_token_id": 1,
    }
    torch.manual_seed(7)
    model = SiglipModel(SiglipConfig(text_config=text, vision_config={**shape, "image_size": SIDE, "patch_size": 8}))
    with torch.no_grad():
        # Fresh weights are so small that everything gets nearly one vector.
        for weight in model.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
        model.logit_scale.fill_(2.0)
        model.logit_bias.fill_(-1.0)
    model.save_pretrained(path)
    SiglipProcessor(SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE}), tokenizer).save_pretrained(path)
    if old_layout:
        _as_before(path)
    return path


def _pieces(path: Path) -> Path:
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES * 4),
        model_prefix=str(path / "spiece"),
        vocab_size=120,
        hard_vocab_limit=False,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    (path / "spiece.vocab").unlink()
    return path / "spiece.model"


def _as_before(path: Path) -> None:
    """The files as transformers 4 wrote them."""
    processor = json.loads((path / "processor_config.json").read_text())
    image = {**processor["image_processor"], "image_processor_type": "SiglipImageProcessor"}
    _write(path / "preprocessor_config.json", {**image, "processor_class": "SiglipProcessor"})
    (path / "processor_config.json").unlink()
    config = json.loads((path / "config.json").read_text())
    config["torch_dtype"] = config.pop("dtype", "float32")
    _write(path / "config.json", config)
    tokenizer = json.loads((path / "tokenizer_config.json").read_text())
    _write(path / "tokenizer_config.json", {**tokenizer, "tokenizer_class": "SiglipTokenizer"})


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value))
