"""Cross-encoders from folders: what is run, what is refused, and that nothing is fetched unasked."""

import json
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from cpgassist.errors import ModelError
from cpgassist.models.reranking import load_reranker
from tests.models.tiny import tiny_cross_encoder, tiny_folder

QUESTION = "dose of insulin"
TEXTS = ["insulin 5 mg .", "not metformin", "renal dose", "of metformin 10 mg"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_cross_encoder(tmp_path_factory.mktemp("rerankers") / "tiny-reranker")


@pytest.fixture
def copied(tiny, tmp_path):
    return Path(shutil.copytree(tiny, tmp_path / "copied"))


def changed(folder, **values):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    return str(folder)


def test_it_is_the_sigmoid_of_what_sentence_transformers_computes(tiny):
    package = pytest.importorskip("sentence_transformers")
    import torch

    theirs = package.CrossEncoder(str(tiny), device="cpu").predict(
        [(QUESTION, text) for text in TEXTS], activation_fn=torch.nn.Sigmoid()
    )
    np.testing.assert_allclose(load_reranker(str(tiny)).score(QUESTION, TEXTS), theirs, atol=1e-6)


def test_an_activation_in_the_folder_is_not_taken(tiny, copied):
    """Published models name the identity here: their scores would be no shares."""
    folder = changed(copied, sbert_ce_default_activation_function="torch.nn.modules.linear.Identity")
    assert load_reranker(folder).score(QUESTION, TEXTS) == load_reranker(str(tiny)).score(QUESTION, TEXTS)


def test_it_is_named_after_its_folder_and_knows_its_window(tiny):
    reranker = load_reranker(str(tiny))
    assert (reranker.name, reranker.window) == ("tiny-reranker", 64)


def test_pairs_are_cut_at_the_window(tiny):
    words = ["insulin", "metformin"] * 100
    one, other = load_reranker(str(tiny)).score(QUESTION, [" ".join(words), " ".join([*words, "renal"])])
    assert one == pytest.approx(other, abs=1e-6)


def test_a_model_that_counts_positions_from_its_padding_has_a_shorter_window(copied):
    (copied / "tokenizer_config.json").unlink()
    folder = changed(copied, model_type="xlm-roberta", max_position_embeddings=514, pad_token_id=1)
    assert load_reranker(folder).window == 512


def test_torch_s_threads_are_put_back_and_several_may_ask(tiny):
    import torch

    before, seen = torch.get_num_threads(), []
    reranker = load_reranker(str(tiny))
    expected = reranker.score(QUESTION, TEXTS)
    threads = [threading.Thread(target=lambda: seen.append(reranker.score(QUESTION, TEXTS))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [expected] * 4
    assert torch.get_num_threads() == before


# What is refused


def test_an_unknown_name_says_how():
    with pytest.raises(ModelError, match=r"reranker 'nobody/model'.*CPGASSIST_ALLOW_DOWNLOAD"):
        load_reranker("nobody/model")


def test_a_failed_download_says_why(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match=r"reranker 'cpgassist-nobody/nothing' cannot be downloaded"):
        load_reranker("cpgassist-nobody/nothing", allow_download=True)


@pytest.mark.parametrize("allowed", [False, True])
def test_a_model_that_was_fetched_before_is_taken_by_its_id(monkeypatch, tiny, allowed):
    import huggingface_hub

    asked = {}
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda name, **how: asked.update(how) or str(tiny))
    assert load_reranker("somebody/tiny", allow_download=allowed).name == "somebody/tiny"
    assert asked.get("local_files_only", False) is not allowed
    assert not any("py" in pattern or "bin" in pattern for pattern in asked.get("allow_patterns", []))


def test_an_embedder_is_no_reranker(tmp_path):
    with pytest.raises(ModelError, match="no cross-encoder: its model is BertModel"):
        load_reranker(str(tiny_folder(tmp_path / "embedder")))


def test_an_encoder_that_only_claims_a_head_is_refused(tmp_path):
    """transformers would give it a random one and warn in a log."""
    folder = changed(tiny_folder(tmp_path / "headless"), architectures=["BertForSequenceClassification"], num_labels=1)
    with pytest.raises(ModelError, match="trained"):
        load_reranker(folder)


@pytest.mark.parametrize("labels", [2, 3])
def test_a_classifier_is_refused(tmp_path, labels):
    folder = tiny_cross_encoder(tmp_path / "classes", num_labels=labels)
    with pytest.raises(ModelError, match=f"{labels} classes"):
        load_reranker(str(folder))


def test_pickled_weights_are_refused(copied):
    (copied / "model.safetensors").rename(copied / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors"):
        load_reranker(str(copied))


@pytest.mark.parametrize("content", [b"", b"\x08\0\0\0\0\0\0\0{}", b"\xff" * 40, b"\x01\0\0\0\0\0\0\x005"])
def test_damaged_weights_are_a_model_error_at_once(copied, content):
    (copied / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match="copied"):
        load_reranker(str(copied))


def test_weights_cut_short_are_a_model_error_at_the_first_question(copied):
    weights = copied / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    reranker = load_reranker(str(copied))
    with pytest.raises(ModelError, match="copied cannot be loaded"):
        reranker.score(QUESTION, TEXTS)


def test_a_model_that_gives_no_number_is_a_model_error(copied):
    from safetensors.numpy import load_file, save_file

    weights = load_file(copied / "model.safetensors")
    weights["classifier.bias"] = np.full_like(weights["classifier.bias"], np.nan)
    save_file(weights, copied / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="gave no score"):
        load_reranker(str(copied)).score(QUESTION, TEXTS)


def test_clear_answers_are_told_apart(copied):
    """In 32 bits the sigmoid of 20 and of 30 are both 1."""
    from safetensors.numpy import load_file, save_file

    weights = load_file(copied / "model.safetensors")
    weights["classifier.bias"] = np.full_like(weights["classifier.bias"], 22.0)
    save_file(weights, copied / "model.safetensors", {"format": "pt"})
    scores = load_reranker(str(copied)).score(QUESTION, TEXTS)
    assert len(set(scores)) == len(TEXTS) and min(scores) > 0.999
