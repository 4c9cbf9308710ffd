"""Tiny random chat models in a folder: Gemma 3 with and without a vision tower, and Llama, in the hub's own layouts.

The tokenizers are trained on the few strings below and have the families' special tokens, byte fall-back or byte level, and
a template with the structure of theirs. The weights mean nothing.
"""

import json
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

TEXTS = """LINES: 1, 2, 3, 4, 5 ANSWER: Offer water with each meal. [1] The dose is 6.5 mg twice daily, e.g. in the morning. [2] [12]
Give one cup of tea a day unless the kettle is cold. NONE of the lines answers. Grade A. Refer within 24 hours of onset.
Berikan air suam setiap hari; minum selepas makan. Rujuk hospital jika demam melebihi 38 °C. Café. 每日喝水两次。糖尿病患者
IMAGE TYPE: photograph of a teapot FINDINGS: round lid, blue handle LIMITS: blurred type, anatomy, finding, certain, possible
What colour is the kettle? How much water is needed, and when? {"type": "photo", "findings": [{"text": "lid"}]} : ; ( ) % < > ≥ ≤""".split(
    "\n"
)

GEMMA_SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>", "<start_of_image>",
                 "<end_of_image>", "<image_soft_token>"]  # fmt: skip
GEMMA_ADDED = ["<unused94>", "<unused95>", "\n", "\n\n", "▁▁", "<table>"]
"""Added, but not special: as in the real tokenizer, decoding does not skip them."""
LLAMA_SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]

GEMMA_TEMPLATE = """{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- if messages[0]['content'] is string -%}
        {%- set first = messages[0]['content'] + '\n\n' -%}
    {%- else -%}
        {%- set first = messages[0]['content'][0]['text'] + '\n\n' -%}
    {%- endif -%}
    {%- set turns = messages[1:] -%}
{%- else -%}
    {%- set first = '' -%}
    {%- set turns = messages -%}
{%- endif -%}
{%- for message in turns -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception("Conversation roles must alternate user/assistant/user/assistant/...") }}
    {%- endif -%}
    {{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\n' + (first if loop.first else '') }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- else -%}
        {%- for item in message['content'] -%}
            {%- if item['type'] == 'image' -%}{{ '<start_of_image>' }}
            {%- elif item['type'] == 'text' -%}{{ item['text'] | trim }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ '<end_of_turn>\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<start_of_turn>model\n' }}{%- endif -%}
"""
LLAMA_TEMPLATE = """{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"""

TEXT = dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
            head_dim=16, max_position_embeddings=2048)  # fmt: skip
VISION = dict(
    hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, image_size=56, patch_size=14
)
KINDS = ("gemma3", "gemma3-old", "gemma3-text", "llama")


@lru_cache(maxsize=8)
def tiny_chat(kind: str) -> Path:
    """The folder of a tiny model, made once per test session: one of KINDS. Do not write to it."""
    folder = Path(mkdtemp(prefix=f"tiny-{kind}-")) / f"tiny-{kind}"
    return tiny_chat_at(kind, folder)


@contextmanager
def one_thread():
    """Tiny products are slower on several threads, and many times so where other programs use the cores."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def tiny_chat_at(kind: str, folder: Path, **changed) -> Path:
    """The same in a folder of one's own; `changed` goes to the text's configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _llama_tokenizer(folder) if kind == "llama" else _gemma_tokenizer(folder)
    if kind == "llama":
        _llama(folder, tokenizer, changed)
    elif kind == "gemma3-text":
        _gemma_text(folder, tokenizer, changed)
    else:
        _gemma(folder, tokenizer, changed)
    if kind == "gemma3-old":
        _to_old_layout(folder)
    return folder


def _gemma_tokenizer(folder: Path):
    from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, trainers
    from transformers import GemmaTokenizer

    byte_tokens = [f"<0x{byte:02X}>" for byte in range(256)]
    trained = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    trained.normalizer = normalizers.Replace(" ", "▁")
    trained.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    kept = [*GEMMA_SPECIAL, *byte_tokens]
    trained.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=700, special_tokens=kept, show_progress=False))
    # The trainer declares the byte tokens as added ones; they belong to the model alone.
    model = json.loads(trained.to_str())["model"]
    tokenizer = GemmaTokenizer(
        vocab=model["vocab"],
        merges=[tuple(pair) for pair in model["merges"]],
        extra_special_tokens={
            "boi_token": "<start_of_image>",
            "eoi_token": "<end_of_image>",
            "image_token": "<image_soft_token>",
        },
        clean_up_tokenization_spaces=False,
    )
    tokenizer.add_tokens(
        [AddedToken(word, special=True, normalized=False) for word in ("<start_of_turn>", "<end_of_turn>")],
        special_tokens=True,
    )
    tokenizer.add_tokens([AddedToken(word, normalized=False) for word in GEMMA_ADDED])
    tokenizer.chat_template = GEMMA_TEMPLATE
    tokenizer.save_pretrained(folder)
    return tokenizer


def _llama_tokenizer(folder: Path):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=LLAMA_SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    trained.train_from_iterator(TEXTS, trainer)
    # As Llama 3's: encoding adds the beginning by itself, so that a rendered template encoded again has it twice.
    trained.post_processor = processors.TemplateProcessing(
        "<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", trained.token_to_id("<|begin_of_text|>"))]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=trained,
        bos_token="<|begin_of_text|>",
        eos_token="<|end_of_text|>",
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = LLAMA_TEMPLATE
    tokenizer.save_pretrained(folder)
    return tokenizer


def _gemma(folder: Path, tokenizer, changed) -> None:
    import torch
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration, Gemma3Processor
    from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

    torch.manual_seed(5)
    text = {**TEXT, "vocab_size": len(tokenizer) + 8, "sliding_window": 64,
            "layer_types": ["sliding_attention", "full_attention"], **changed}  # fmt: skip
    tokens = {
        "boi_token_index": "<start_of_image>",
        "eoi_token_index": "<end_of_image>",
        "image_token_id": "<image_soft_token>",
    }
    config = Gemma3Config(
        text_config=text,
        vision_config=VISION,
        mm_tokens_per_image=4,
        **{name: tokenizer.convert_tokens_to_ids(token) for name, token in tokens.items()},
    )
    model = Gemma3ForConditionalGeneration(config)
    _stir(model)
    _ends(model, tokenizer, "<end_of_turn>")
    model.save_pretrained(folder)
    image = Gemma3ImageProcessorPil(size={"height": 56, "width": 56})
    Gemma3Processor(image, tokenizer, chat_template=GEMMA_TEMPLATE, image_seq_length=4).save_pretrained(folder)


def _gemma_text(folder: Path, tokenizer, changed) -> None:
    import torch
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    torch.manual_seed(6)
    text = {**TEXT, "vocab_size": len(tokenizer) + 8, "sliding_window": 64,
            "layer_types": ["sliding_attention", "full_attention"], **changed}  # fmt: skip
    model = Gemma3ForCausalLM(Gemma3TextConfig(**text))
    _stir(model)
    _ends(model, tokenizer, "<end_of_turn>")
    model.save_pretrained(folder)


def _llama(folder: Path, tokenizer, changed) -> None:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(7)
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **(TEXT | changed)))
    _stir(model)
    # OpenBioLLM's first files named only the end of text: the template's own end of turn must be found all the same.
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.save_pretrained(folder)


def _ends(model, tokenizer, turn: str) -> None:
    ends = [tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids(turn)]
    model.generation_config.eos_token_id = ends
    model.generation_config.update(do_sample=True, top_k=64, top_p=0.95, cache_implementation="hybrid")


def _stir(model) -> None:
    """Fresh weights are so small that all inputs give nearly one output, and photos give none at all."""
    import torch

    generator = torch.Generator().manual_seed(8)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.15)


def _to_old_layout(folder: Path) -> None:
    """As the hub's repositories of 2025 are: other names of files, of settings, and of the weights."""
    from safetensors.torch import load_file, save_file

    combined = json.loads((folder / "processor_config.json").read_text())
    image = combined.pop("image_processor")
    image["image_processor_type"] = "Gemma3ImageProcessor"
    _write(folder / "preprocessor_config.json", {**image, "processor_class": "Gemma3Processor", "image_seq_length": 4})
    _write(folder / "processor_config.json", {"image_seq_length": 4, "processor_class": "Gemma3Processor"})
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    _write(folder / "chat_template.json", {"chat_template": GEMMA_TEMPLATE})
    config = json.loads((folder / "config.json").read_text())
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.50.0.dev0"
    text = config["text_config"]
    for name in ("layer_types", "rope_parameters", "dtype", "rope_scaling"):
        text.pop(name, None)
    text |= {"sliding_window_pattern": 2, "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "rope_theta": 1000000.0,
             "rope_local_base_freq": 10000.0}  # fmt: skip
    _write(folder / "config.json", config)
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings["tokenizer_class"] = "GemmaTokenizerFast"
    _write(folder / "tokenizer_config.json", settings)
    weights = load_file(folder / "model.safetensors")
    save_file(
        {_old_name(name): value for name, value in weights.items()}, folder / "model.safetensors", {"format": "pt"}
    )


def _old_name(name: str) -> str:
    name = name.removeprefix("model.")
    if name.startswith("language_model."):
        return "language_model.model." + name.removeprefix("language_model.")
    if name.startswith("vision_tower.") and not name.startswith("vision_tower.vision_model."):
        return "vision_tower.vision_model." + name.removeprefix("vision_tower.")
    return name


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2), encoding="utf-8")
