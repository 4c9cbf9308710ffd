"""Loading a model in this process: what is refused, with which words, before any weight is read."""

import json
import shutil

import pytest

from cpgassist.errors import ModelError
from cpgassist.models.local import load, look, plan
from cpgassist.models.local.arithmetic import device_for, dtype_for
from cpgassist.models.local.memory import check_fits, count_weights, free_bytes, needs
from cpgassist.models.telling import TERMS, tell_terms
from cpgassist.settings import Settings
from tests.models.tiny_chat import KINDS, tiny_chat, tiny_chat_at


def settings(path, **more):
    return Settings(model=str(path), model_device="cpu", **more)


@pytest.fixture
def copied(tmp_path):
    """A copy of a tiny model that may be spoilt, by kind and name."""

    def copy(kind="gemma3", name="copied"):
        return shutil.copytree(tiny_chat(kind), tmp_path / name)

    return copy


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_folder_is_stands_in_its_config(kind):
    folder = look(settings(tiny_chat(kind)))
    assert folder.kind == {"gemma3-old": "gemma3", "gemma3-text": "gemma3_text"}.get(kind, kind)
    assert folder.vision == (folder.kind == "gemma3")
    assert folder.name == f"tiny-{kind}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_loaded_model_says_exactly_which_it_is(kind):
    info = load(settings(tiny_chat(kind), model_dtype="float32")).info
    assert info.backend == "transformers"
    assert (info.dtype, info.device, info.context) == ("float32", "cpu", 2048)
    assert len(info.digest) == 64
    assert info.image_backend == ("pil" if info.vision else "") or info.image_backend == "torchvision"


def test_the_digest_follows_every_file_that_answers_depend_on(copied):
    folder = copied()
    before = look(settings(folder)).digest
    assert look(settings(folder)).digest == before
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text() + "{# changed #}")
    assert look(settings(folder)).digest != before


def test_bfloat16_is_loaded_where_asked_for():
    model = load(settings(tiny_chat("gemma3"), model_dtype="bfloat16"))
    assert str(model._model.dtype) == "torch.bfloat16"
    assert model.info.dtype == "bfloat16"


def test_no_model_named():
    with pytest.raises(ModelError, match="CPGASSIST_MODEL"):
        look(Settings())


def test_a_missing_folder_and_a_missing_id_say_what_to_do(tmp_path):
    with pytest.raises(ModelError, match="no folder"):
        look(settings(tmp_path / "nowhere"))
    with pytest.raises(ModelError, match="nothing is downloaded unasked") as told:
        look(settings("google/medgemma-4b-it"))
    assert "https://huggingface.co/google/medgemma-4b-it" in told.value.next_step
    assert "HF_TOKEN" in told.value.next_step


def test_a_gated_id_says_what_to_do(monkeypatch):
    import huggingface_hub

    class GatedRepoError(Exception):
        pass

    def gated(*args, **options):
        assert not options["local_files_only"]
        assert not any("bin" in pattern or "pt" in pattern.split(".") for pattern in options["allow_patterns"])
        raise GatedRepoError("403 Client Error")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", gated)
    with pytest.raises(ModelError, match=r"gated.*Accept the terms"):
        look(settings("google/medgemma-4b-it", allow_download=True))


def test_nothing_is_downloaded_unless_allowed(monkeypatch):
    import huggingface_hub

    asked = []
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *args, **options: asked.append(options) or 1 / 0)
    for allowed in (False, True):
        with pytest.raises(ModelError):
            look(settings("google/medgemma-4b-it", allow_download=allowed, model_revision="abc"))
    assert [one["local_files_only"] for one in asked] == [True, False]
    assert {one["revision"] for one in asked} == {"abc"}


def test_a_snapshot_of_the_hubs_cache_tells_its_name_and_commit(tmp_path):
    path = tmp_path / "models--google--medgemma-4b-it" / "snapshots" / "0123abc"
    shutil.copytree(tiny_chat("gemma3"), path)
    folder = look(settings(path))
    assert (folder.name, folder.revision) == ("google/medgemma-4b-it", "0123abc")


@pytest.mark.parametrize("name", ["google/medgemma-4b-pt", "medgemma-4b-pt"])
def test_pretrained_weights_are_refused_with_the_reason(name, copied):
    if "/" not in name:
        name = copied("gemma3", name)
    with pytest.raises(ModelError, match=r"never taught to answer.*-it"):
        look(settings(name))


def test_a_model_without_a_chat_template_is_refused(copied):
    folder = copied("llama")
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(ModelError, match="no chat template"):
        load(settings(folder))


def test_other_families_are_refused_with_those_supported(copied):
    folder = copied()
    for kind in ("gpt2", "medgemma9"):
        (folder / "config.json").write_text(json.dumps({"model_type": kind}))
        with pytest.raises(ModelError, match=r"gemma3_text"):
            look(settings(folder))


def test_folders_without_config_or_safe_weights_are_refused(copied, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match=r"no config\.json"):
        look(settings(tmp_path / "empty"))
    folder = copied("llama")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="pickled weights"):
        look(settings(folder))


def test_weights_that_are_missing_are_never_made_up(copied):
    from safetensors.torch import load_file, save_file

    folder = copied("llama")
    weights = load_file(folder / "model.safetensors")
    weights.pop("model.layers.1.mlp.up_proj.weight")
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match=r"1 are missing, model\.layers\.1\.mlp\.up_proj\.weight"):
        load(settings(folder))


def test_a_damaged_file_is_told(copied):
    folder = copied("llama")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(ModelError, match="cannot be loaded"):
        load(settings(folder))


def test_float16_is_refused_with_the_reason():
    with pytest.raises(ModelError, match=r"65,504"):
        dtype_for("float16", "cpu")
    assert dtype_for("bfloat16", "cpu") == "bfloat16"
    assert dtype_for("auto", "cpu") in ("bfloat16", "float32")


def test_a_device_that_is_not_there_is_told():
    import torch

    assert device_for("cpu") == "cpu"
    if not torch.cuda.is_available():
        assert device_for("auto") in ("cpu", "mps")
        with pytest.raises(ModelError, match="no device 'cuda:1'"):
            device_for("cuda:1")
    with pytest.raises(ModelError, match="no device"):
        device_for("abacus")


def test_4_bits_need_a_gpu():
    with pytest.raises(ModelError, match="need a GPU"):
        load(settings(tiny_chat("llama"), model_quantisation="nf4"))


@pytest.mark.parametrize("kind", KINDS)
def test_memory_is_estimated_from_the_config_alone(kind):
    folder = look(settings(tiny_chat(kind)))
    linear, others = count_weights(folder.config)
    model = load(settings(tiny_chat(kind), model_dtype="float32"))._model
    assert linear + others == sum(parameter.numel() for parameter in model.parameters())
    need = needs(folder.config, 4, False, 2048)
    assert need.weights == 4 * (linear + others)
    assert needs(folder.config, 2, True, 2048).weights < needs(folder.config, 2, False, 2048).weights
    layers = (2 * 2048) if kind == "llama" else (2048 + 64)  # a sliding layer keeps its window of 64
    assert need.cache == layers * 2 * 16 * 4


def test_the_real_shapes_need_what_their_cards_say(tmp_path):
    """MedGemma 4B: 4.3 billion weights, 8.6 GB in bfloat16; 27B: 27.4 billion, 54.8 GB (design notes, section 5)."""
    from transformers import Gemma3Config

    from tests.bench.medgemma_speed import SHAPES

    for shape, weights, cache in (("4b", 8.6e9, 290e6), ("27b", 54.8e9, 1.6e9)):
        text, vision = SHAPES[shape]
        config = Gemma3Config(text_config={**text, "max_position_embeddings": 131072}, vision_config=vision)
        need = needs(config, 2, False, 8192)
        assert need.weights == pytest.approx(weights, rel=0.02)
        assert need.cache == pytest.approx(cache, rel=0.5)
        assert need.working < 2e9
        assert needs(config, 2, True, 8192).weights < 0.45 * need.weights


def test_a_model_too_large_is_refused_with_the_figures(tmp_path):
    folder = look(settings(tiny_chat("gemma3")))
    need = needs(folder.config, 4, False, 2048)
    check_fits("tiny", need, "cpu", "float32", free=need.total)
    with pytest.raises(
        ModelError, match=r"tiny needs [\d.]+ MB on cpu \([\d.]+ MB of weights in float32.*2\.0 MB is free"
    ) as told:
        check_fits("tiny", need, "cpu", "float32", free=2_000_000)
    assert "openai" in told.value.next_step
    assert free_bytes("cpu") > 0


def test_a_model_too_large_is_refused_before_its_weights_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("cpgassist.models.local.loading.free_bytes", lambda device: 1000)
    monkeypatch.setattr("cpgassist.models.local.loading._weights_of", lambda *args: pytest.fail("it was read"))
    large = settings(tiny_chat_at("llama", tmp_path / "large"))
    assert not plan(large).fits
    with pytest.raises(ModelError, match="is free"):
        load(large)


def test_a_plan_says_how_a_model_would_be_loaded():
    made = plan(settings(tiny_chat("llama"), model_dtype="float32"), context=500)
    assert (made.device, made.dtype, made.context, made.fits) == ("cpu", "float32", 500, True)
    assert made.needs.total < made.free


def test_the_terms_of_medgemmas_weights_are_told_once_and_of_no_others(caplog):
    tell_terms.cache_clear()
    load(settings(tiny_chat("llama"), model_dtype="float32"))
    assert not caplog.messages
    for kind in ("gemma3", "gemma3-text", "gemma3"):
        load(settings(tiny_chat(kind), model_dtype="float32"))
    (said,) = caplog.messages
    assert "Health AI Developer Foundations" in said and said.endswith(TERMS)
