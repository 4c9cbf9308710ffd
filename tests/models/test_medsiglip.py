"""MedSigLIP on a tiny random model: shapes, units, order and refusals; nothing here says how well it sees."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.errors import InputError, ModelError
from cpgassist.models import medsiglip
from cpgassist.models.medsiglip import KINDS, MedSiglip, logits_of, nearest_figures, open_medsiglip, unit_rows
from cpgassist.protocols import PhotoModel
from cpgassist.types import EmbedderIdentity, Photo

pytest.importorskip("sentencepiece", reason="the extra medsiglip is not installed")
pytest.importorskip("transformers", reason="the extra medsiglip is not installed")


def photo(value: int, side: int = 40) -> Photo:
    from PIL import Image

    picture = Image.linear_gradient("L").resize((side, side)).point(lambda v: (v + value) % 256).convert("RGB")
    written = io.BytesIO()
    picture.save(written, "PNG")
    return Photo(written.getvalue(), side, side)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.models.tiny_siglip import tiny_siglip

    return tiny_siglip(tmp_path_factory.mktemp("siglip") / "tiny")


@pytest.fixture(scope="module")
def model(folder: Path) -> MedSiglip:
    return open_medsiglip(folder)


def test_vectors_have_length_one_and_do_not_depend_on_their_company(model: MedSiglip) -> None:
    photos = [photo(value) for value in range(0, 250, 25)]
    together = model.embed_photos(photos)
    assert together.shape == (10, model.dimension) and together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.allclose(together[7], model.embed_photos([photos[7]])[0], atol=1e-5)
    texts = model.embed_texts(["a chest X-ray", "skin", "a CT slice"])
    assert np.allclose(np.linalg.norm(texts, axis=1), 1, atol=1e-5)
    assert np.allclose(texts[1], model.embed_texts(["skin"])[0], atol=1e-5)


def test_nothing_gives_no_rows(model: MedSiglip) -> None:
    assert model.embed_photos([]).shape == model.embed_texts([]).shape == (0, model.dimension)


def test_a_text_is_filled_up_and_cut_at_64_tokens(model: MedSiglip) -> None:
    long = "a skin lesion " * 200
    assert np.allclose(model.embed_texts([long]), model.embed_texts([long + "and an ultrasound"]), atol=1e-6)


def test_scores_are_the_models_own(model: MedSiglip) -> None:
    import torch

    shown = photo(30)
    texts = [kind.said for kind in KINDS]
    from PIL import Image

    inputs = model._processor(
        text=texts,
        images=[Image.open(io.BytesIO(shown.png))],
        padding="max_length",
        truncation=True,
        max_length=64,
        return_tensors="pt",
    )
    with torch.inference_mode():
        expected = torch.sigmoid(model._model(**inputs).logits_per_image)[0].numpy()
    scored = {found.label: found.score for found in model.look_at(shown).kinds}
    assert [scored[kind.label] for kind in KINDS] == pytest.approx(expected.tolist(), abs=1e-5)


def test_kinds_come_best_first_each_with_a_score_of_its_own(model: MedSiglip) -> None:
    found = model.look_at(photo(0)).kinds
    assert {kind.label for kind in KINDS} == {one.label for one in found}
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert all(0 <= one.score <= 1 for one in found)


def test_the_gate_follows_its_margin(model: MedSiglip) -> None:
    assert model.look_at(photo(0), margin=-1e9).medical
    assert not model.look_at(photo(0), margin=1e9).medical
    kinds, medical = model.look_at(photo(0))
    assert medical == next(kind.medical for kind in KINDS if kind.label == kinds[0].label)


def test_the_hubs_older_layout_gives_the_same_vectors(model: MedSiglip, tmp_path: Path) -> None:
    from tests.models.tiny_siglip import tiny_siglip

    older = tiny_siglip(tmp_path / "older", old_layout=True)
    assert not (older / "processor_config.json").exists()
    opened = open_medsiglip(older)
    assert np.array_equal(opened.embed_photos([photo(9)]), model.embed_photos([photo(9)]))
    assert np.array_equal(opened.embed_texts(["skin"]), model.embed_texts(["skin"]))


def test_the_info_names_the_very_weights(model: MedSiglip) -> None:
    assert (model.info.name, model.info.backend, model.info.context) == ("tiny", "transformers", 64)
    assert len(model.info.digest) == 64 and model.info.image_backend == "pil"
    assert model.identity == EmbedderIdentity("tiny", model.info.digest[:12], 32, "float32")
    assert isinstance(model, PhotoModel)


def test_a_missing_package_is_named_with_its_cure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = medsiglip.find_spec
    monkeypatch.setattr(medsiglip, "find_spec", lambda name: None if name == "sentencepiece" else real(name))
    with pytest.raises(ModelError, match=r"needs sentencepiece.*cpgassist\[medsiglip\]"):
        open_medsiglip(folder)


def test_what_is_no_siglip_or_not_there_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be opened"):
        open_medsiglip(tmp_path / "nowhere")
    shutil.copytree(folder, other := tmp_path / "other")
    (other / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(ModelError, match="is a bert model, not a SigLIP"):
        open_medsiglip(other)


def test_weights_that_lack_a_part_are_refused(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    shutil.copytree(folder, cut := tmp_path / "cut")
    weights = load_file(cut / "model.safetensors")
    weights.pop("vision_model.post_layernorm.weight")
    save_file(weights, cut / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match="1 weights are missing"):
        open_medsiglip(cut)


# Arrays


def test_the_nearest_figures_come_first_and_equals_by_key() -> None:
    figures = {"b": np.float32([1, 0]), "a": np.float32([1, 0]), "c": np.float32([0, 1]), "d": np.float32([-1, 0])}
    found = nearest_figures(np.float32([0.8, 0.6]), figures, 3)
    assert [one.label for one in found] == ["a", "b", "c"]
    assert [one.score for one in found] == pytest.approx([0.8, 0.8, 0.6])
    assert nearest_figures(np.float32([1, 0]), {}, 3) == ()


def test_figures_of_another_model_are_refused() -> None:
    with pytest.raises(InputError, match="3 dimensions, the photo 2"):
        nearest_figures(np.float32([1, 0]), {"p40": np.float32([1, 0, 0])}, 1)
    with pytest.raises(InputError, match="k is 0"):
        nearest_figures(np.float32([1, 0]), {"p40": np.float32([1, 0])}, 0)


VECTOR = st.lists(st.floats(-10, 10, width=32), min_size=4, max_size=4).map(np.float32)


@given(VECTOR, st.dictionaries(st.text(min_size=1, max_size=4), VECTOR, max_size=8), st.integers(1, 9))
def test_the_figures_are_the_best_of_all(shown: np.ndarray, figures: dict[str, np.ndarray], k: int) -> None:
    photo_row = unit_rows(shown[None])[0]
    units = {key: unit_rows(row[None])[0] for key, row in figures.items()}
    found = nearest_figures(photo_row, units, k)
    assert len(found) == min(k, len(units))
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True) and all(-1.001 <= score <= 1.001 for score in scores)
    left = [float(row @ photo_row) for key, row in units.items() if key not in {one.label for one in found}]
    assert not left or not scores or max(left) <= min(scores) + 1e-5


def test_logits_scale_by_the_exponent_and_are_shifted() -> None:
    logits = logits_of(np.float32([[1, 0]]), np.float32([[1, 0], [0, 1]]), np.log(10), -3)
    assert logits.tolist() == [[pytest.approx(7, abs=1e-5), pytest.approx(-3, abs=1e-5)]]


def test_a_row_of_zeros_stays() -> None:
    assert unit_rows(np.zeros((1, 3))).tolist() == [[0, 0, 0]]
