"""Tiny sentence-transformers folders with random weights, made on the spot."""

import json
from pathlib import Path

PIECES = "dose of insulin metformin renal not mg 5 10 . a b c ##s ##in e g f ##r"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *PIECES.split()]
WINDOW = 24


def tiny_folder(path: Path, pooling: str = "mean", **config) -> Path:
    """A two-layer BERT of 32 dimensions with a vocabulary of 24 pieces and a window of 24 tokens."""
    _save("BertModel", path, **config)
    kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    modules = [
        {"idx": n, "name": str(n), "path": folder, "type": f"sentence_transformers.models.{kind}"}
        for n, (folder, kind) in enumerate(kinds.items())
    ]
    _write(path / "modules.json", modules)
    _write(path / "sentence_bert_config.json", {"max_seq_length": WINDOW, "do_lower_case": False})
    modes = {f"pooling_mode_{mode}": mode.startswith(pooling) for mode in ("cls_token", "mean_tokens", "max_tokens")}
    _write(path / "1_Pooling" / "config.json", {"word_embedding_dimension": 32, **modes})
    return path


def tiny_cross_encoder(path: Path, **config) -> Path:
    """The same as a cross-encoder: a head with one label, a window of 64 tokens."""
    _save("BertForSequenceClassification", path, **({"num_labels": 1} | config))
    return path


def _save(kind: str, path: Path, **config) -> None:
    import torch
    import transformers

    torch.manual_seed(4)
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    made = transformers.BertConfig(vocab_size=len(WORDS), max_position_embeddings=64, **(shape | config))
    model = getattr(transformers, kind)(made)
    with torch.no_grad():
        # Fresh weights are so small that all texts get nearly one vector.
        for weight in model.parameters():
            weight.add_(0.3 * torch.randn_like(weight))
    model.save_pretrained(path)
    _tokenizer(path)


def _tokenizer(path: Path) -> None:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.add_special_tokens(WORDS[:5])
    tokenizer.save(str(path / "tokenizer.json"))
    (path / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    names = {f"{name.lower()}_token": f"[{name}]" for name in ("PAD", "UNK", "CLS", "SEP", "MASK")}
    _write(path / "tokenizer_config.json", {"tokenizer_class": "BertTokenizer", "model_max_length": 64, **names})


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
