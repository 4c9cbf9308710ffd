"""Speed and memory of a MedGemma-shaped model with random weights: neither depends on what the weights are.

usage: python tests/bench/medgemma_speed.py [--shape 4b|27b|tiny] [--out FILE] [--layer]

Prints one JSON line per measurement: prefill of 4,096 text tokens and one photo (256 tokens), the photo's encoder
alone, and milliseconds per generated token, with the cache that grows and with the compiled static one. Quality
cannot be measured so. With --layer, cpgassist's own layer instead: against bare generate() on the same inputs, and
answers held to cite lines against free ones, with a tokenizer of 262,144 made-up words. Shapes: configurations of google/medgemma-4b-it and of the text half of medgemma-27b.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import torch
import transformers
from transformers import Gemma3Config, Gemma3ForConditionalGeneration

sys.path.insert(0, str(Path(__file__).parents[2]))

SHAPES: dict[str, tuple[dict[str, int], dict[str, int]]] = {
    "4b": (
        dict(hidden_size=2560, intermediate_size=10240, num_hidden_layers=34, num_attention_heads=8, num_key_value_heads=4,
             head_dim=256, sliding_window=1024, vocab_size=262208),
        dict(hidden_size=1152, intermediate_size=4304, num_hidden_layers=27, num_attention_heads=16, image_size=896,
             patch_size=14),
    ),
    "27b": (
        dict(hidden_size=5376, intermediate_size=21504, num_hidden_layers=62, num_attention_heads=32, num_key_value_heads=16,
             head_dim=128, sliding_window=1024, vocab_size=262208),
        dict(hidden_size=1152, intermediate_size=4304, num_hidden_layers=27, num_attention_heads=16, image_size=896,
             patch_size=14),
    ),
    "tiny": (
        dict(hidden_size=64, intermediate_size=128, num_hidden_layers=6, num_attention_heads=4, num_key_value_heads=2,
             head_dim=16, sliding_window=1024, vocab_size=262208),
        dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, image_size=896, patch_size=14),
    ),
}  # fmt: skip


def build(shape: str, device: str, dtype: torch.dtype) -> Gemma3ForConditionalGeneration:
    """The model with small random weights, made on the device itself."""
    text, vision = SHAPES[shape]
    config = Gemma3Config(text_config=text, vision_config=vision, mm_tokens_per_image=256)
    config._attn_implementation = "sdpa"
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device("meta"):
            model = Gemma3ForConditionalGeneration(config)
        model = model.to_empty(device=device)
    finally:
        torch.set_default_dtype(before)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.02)
    model.tie_weights()
    _restore_buffers(model, config, device)
    return model.eval()


def _restore_buffers(model: torch.nn.Module, config: Gemma3Config, device: str) -> None:
    """Buffers that no weight file carries (rotary frequencies, positions) hold garbage after `to_empty`."""
    fresh = Gemma3Config(
        text_config={
            **config.text_config.to_dict(),
            "num_hidden_layers": 6,
            "layer_types": config.text_config.layer_types[:6],
            "vocab_size": 64,
            "intermediate_size": 8,
        },
        vision_config={**config.vision_config.to_dict(), "num_hidden_layers": 1},
        mm_tokens_per_image=256,
        image_token_index=3,
    )
    donor = dict(Gemma3ForConditionalGeneration(fresh).named_buffers())
    for name, buffer in model.named_buffers():
        if name in donor and donor[name].shape == buffer.shape:
            buffer.copy_(donor[name].to(device))
        else:
            print(json.dumps({"buffer not restored": name, "shape": list(buffer.shape)}), file=sys.stderr)


def inputs(model: Gemma3ForConditionalGeneration, text_tokens: int, device: str) -> dict[str, torch.Tensor]:
    """A prompt of random words around one photo."""
    config = model.config
    generator = torch.Generator().manual_seed(7)
    words = torch.randint(300, 200_000, (text_tokens,), generator=generator)
    photo = torch.full((256,), config.image_token_id)
    ids = torch.cat([words[:20], photo, words[20:]])[None].to(device)
    pixels = torch.rand((1, 3, 896, 896), generator=generator).to(device, model.dtype)
    return {
        "input_ids": ids,
        "attention_mask": torch.ones_like(ids),
        "token_type_ids": (ids == config.image_token_id).long(),
        "pixel_values": pixels,
    }


def timed(run: Callable[[], object], repeats: int, device: str) -> float:
    """Median seconds after one warm-up."""
    spent = []
    for i in range(repeats + 1):
        if device == "cuda":
            torch.cuda.synchronize()
        started = time.perf_counter()
        run()
        if device == "cuda":
            torch.cuda.synchronize()
        if i:
            spent.append(time.perf_counter() - started)
    return statistics.median(spent)


def words_of(vocabulary: int) -> Any:
    """A processor of MedGemma's make whose tokenizer has this many tokens: the tests' tiny one, and made-up words."""
    from transformers import Gemma3Processor, GemmaTokenizer
    from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

    from tests.models.tiny_chat import GEMMA_TEMPLATE, tiny_chat_at

    folder = tiny_chat_at("gemma3-text", Path(tempfile.mkdtemp()))
    file = folder / "tokenizer.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    known = content["model"]["vocab"]
    added = [token for token in content["added_tokens"] if token["content"] not in known]
    random, letters = Random(5), "aeioulnrstdmg"
    while len(known) + len(added) < vocabulary:
        word = random.choice(("", "\u2581")) + "".join(random.choices(letters, k=random.randint(5, 10)))
        known.setdefault(word, len(known))
    for place, token in enumerate(added):
        token["id"] = len(known) + place
    file.write_text(json.dumps(content), encoding="utf-8")
    tokenizer = GemmaTokenizer.from_pretrained(folder)
    return Gemma3Processor(
        Gemma3ImageProcessorPil(size={"height": 896, "width": 896}),
        tokenizer,
        chat_template=GEMMA_TEMPLATE,
        image_seq_length=256,
    )


class Clock:
    """A streamer that only notes when tokens come."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def put(self, value: object) -> None:
        """Called with the prompt, then with each token."""
        self.times.append(time.perf_counter())

    def end(self) -> None:
        """Nothing is held."""

    @property
    def ms(self) -> float:
        """Milliseconds per token after the first."""
        return 1000 * (self.times[-1] - self.times[1]) / (len(self.times) - 2)


def measure_layer(model: Gemma3ForConditionalGeneration, asked: argparse.Namespace, tell: Callable[..., None]) -> None:
    """Our layer against bare generate(), and citing answers against free ones: ms per token, and whole answers."""
    from PIL import Image

    from cpgassist.models.local.constraint import table_of
    from cpgassist.models.local.generating import TransformersModel
    from cpgassist.types import ModelInfo, Photo, Prompt

    words = words_of(262_144)
    model.config.image_token_id = words.tokenizer.convert_tokens_to_ids("<image_soft_token>")
    model.model.config.image_token_id = model.config.image_token_id
    info = ModelInfo("random", "transformers", vision=True, context=32_768, device=str(model.device))
    ours = TransformersModel(model, words, info, photos_first=False)
    file = io.BytesIO()
    Image.effect_noise((896, 896), 60).convert("RGB").save(file, "PNG")
    said = "".join(f"\n{n} Offer water with each meal, 6.5 mg twice daily." for n in range(1, 1 + asked.tokens // 20))
    free = Prompt("Answer.", (said, Photo(file.getvalue(), 896, 896)), max_new_tokens=asked.new)
    started = time.perf_counter()
    table_of(words.tokenizer).leads
    tell(what="token table", seconds=round(time.perf_counter() - started, 2), vocabulary=len(words.tokenizer))

    def bare() -> tuple[float, float]:
        started, clock = time.perf_counter(), Clock()
        given = words.apply_chat_template(
            [{"role": "user", "content": [{"type": "image", "image": Image.open(io.BytesIO(free.photos[0].png))},
                                          {"type": "text", "text": "Answer." + said}]}],
            add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt")  # fmt: skip
        given = given.to(model.device, dtype=model.dtype)
        model.generate(**given, max_new_tokens=asked.new, do_sample=False, streamer=clock)
        return clock.ms, time.perf_counter() - started

    def layer(prompt: Prompt) -> tuple[float, float]:
        made = ours.generate(prompt, lambda piece: None)
        after_first = made.seconds["total"] - made.seconds["first_token"]
        return 1000 * after_first / max(1, made.usage.generated - 1), made.seconds["total"]

    def sampled(cites: int) -> Prompt:
        return Prompt(free.system, free.parts, asked.new, "sentences", cites, temperature=1.0, seed=seed)

    seed = next(
        n
        for n in range(99)
        if ours.generate(Prompt("", ("Say.",), asked.new, "sentences", 20, 1.0, n)).usage.generated > 40
    )
    sorts: dict[str, Callable[[], tuple[float, float]]] = {
        "bare generate()": bare,
        "our layer": lambda: layer(free),
        "our layer, sampled": lambda: layer(sampled(0)),
        "our layer, citing": lambda: layer(sampled(20)),
    }
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in sorts}
    for turn in range(asked.repeats + 1):  # in turns, so that a busy machine burdens all alike
        for name, run in sorts.items():
            one = run()
            if turn:
                spent[name].append(one)
    for name, runs in spent.items():
        tell(what=name, text_tokens=ours.count_tokens(free) - 256, image=True, new=asked.new,
             ms_per_token=round(statistics.median(ms for ms, _ in runs), 2), least=round(min(ms for ms, _ in runs), 2),
             answer_seconds=round(statistics.median(whole for _, whole in runs), 3))  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--shape", default="4b", choices=SHAPES)
    parser.add_argument("--tokens", type=int, default=4096)
    parser.add_argument("--new", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", default=None)
    parser.add_argument("--no-static", action="store_true")
    parser.add_argument("--layer", action="store_true")
    asked = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"

    def tell(**facts: object) -> None:
        line = json.dumps({"shape": asked.shape, **facts})
        print(line, flush=True)
        if asked.out:
            with Path(asked.out).open("a", encoding="utf-8") as out:
                print(line, file=out)

    started = time.perf_counter()
    model = build(asked.shape, device, torch.bfloat16)
    tell(
        device=torch.cuda.get_device_name() if device == "cuda" else "cpu",
        torch=torch.__version__,
        transformers=transformers.__version__,
        parameters=sum(p.numel() for p in model.parameters()),
        build_seconds=round(time.perf_counter() - started, 1),
    )

    if asked.layer:
        measure_layer(model, asked, tell)
        return

    def memory() -> float | None:
        return round(torch.cuda.max_memory_allocated() / 1e9, 2) if device == "cuda" else None

    with torch.inference_mode():
        for tokens in (1024, asked.tokens):
            given = inputs(model, tokens, device)
            one = {"max_new_tokens": 1, "do_sample": False}
            first = timed(lambda: model.generate(**given, **one), asked.repeats, device)
            tell(what="first token", text_tokens=tokens, image=True, seconds=round(first, 4), peak_gb=memory())
            many = {"max_new_tokens": asked.new, "min_new_tokens": asked.new, "do_sample": False}
            whole = timed(lambda: model.generate(**given, **many), max(1, asked.repeats // 2), device)
            tell(what="decode, growing cache", text_tokens=tokens, ms_per_token=round(1000 * (whole - first) / (asked.new - 1), 2),
                 answer_seconds=round(whole, 3), peak_gb=memory())  # fmt: skip
            if not asked.no_static:
                try:
                    static = {**many, "cache_implementation": "static"}
                    model.generate(**given, **static)
                    whole = timed(lambda: model.generate(**given, **static), max(1, asked.repeats // 2), device)
                    tell(what="decode, static compiled cache", text_tokens=tokens, answer_seconds=round(whole, 3),
                         ms_per_token=round(1000 * (whole - first) / (asked.new - 1), 2), peak_gb=memory())  # fmt: skip
                except Exception as error:
                    tell(
                        what="decode, static compiled cache",
                        text_tokens=tokens,
                        failed=f"{type(error).__name__}: {error}"[:300],
                    )
        pixels = inputs(model, 32, device)["pixel_values"]
        tell(
            what="photo encoder",
            seconds=round(timed(lambda: model.get_image_features(pixels), asked.repeats, device), 4),
        )
        text_only = {
            k: v for k, v in inputs(model, asked.tokens, device).items() if k in ("input_ids", "attention_mask")
        }
        text_only["input_ids"] = text_only["input_ids"].masked_fill(
            text_only["input_ids"] == model.config.image_token_id, 500
        )
        tell(what="first token", text_tokens=asked.tokens + 256, image=False,
             seconds=round(timed(lambda: model.generate(**text_only, max_new_tokens=1, do_sample=False), asked.repeats, device), 4))  # fmt: skip


if __name__ == "__main__":
    main()
