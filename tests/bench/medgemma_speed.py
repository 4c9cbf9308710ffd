"""Speed and memory of a MedGemma-shaped model with random weights: neither depends on what the weights are.

usage: python tests/bench/medgemma_speed.py [--shape 4b|27b|tiny] [--out FILE]

Prints one JSON line per measurement: prefill of 4,096 text tokens and one photo (256 tokens), the photo's encoder
alone, and milliseconds per generated token, with the cache that grows and with the compiled static one. Quality
cannot be measured so. Shapes: configurations of google/medgemma-4b-it and of the text half of medgemma-27b.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
import transformers
from transformers import Gemma3Config, Gemma3ForConditionalGeneration

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


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--shape", default="4b", choices=SHAPES)
    parser.add_argument("--tokens", type=int, default=4096)
    parser.add_argument("--new", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", default=None)
    parser.add_argument("--no-static", action="store_true")
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
