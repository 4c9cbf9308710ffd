"""What every Embedder must do, over every implementation."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpgassist.models.embedding import BFLOAT16_FLAGS, load_embedder, processor_flags
from cpgassist.protocols import Embedder, QuestionEmbedder
from cpgassist.testing import HashEmbedder
from cpgassist.types import EmbedderIdentity
from tests.fixtures.trials import trials
from tests.models.tiny import tiny_folder

MAKERS = {
    "minilm-float32": lambda folder: load_embedder(precision="float32"),
    "minilm-auto": lambda folder: load_embedder(),
    "minilm-bfloat16": lambda folder: load_embedder(precision="bfloat16"),
    "tiny-bert": lambda folder: load_embedder(str(tiny_folder(folder))),
    "tiny-other": lambda folder: load_embedder(str(tiny_folder(folder, pooling="cls"))),
    "tiny-prefixed": lambda folder: load_embedder(str(tiny_folder(folder)), "auto", False, "dose: ", "of the "),
    "hash": lambda folder: HashEmbedder(),
}
SENTENCES = [
    "Dose of insulin 10 mg.",
    "Metformin not in renal failure, eGFR < 30 mL/min/1.73 m².",
    "Start metformin 500 mg once daily with meals and increase by 500 mg each week up to 2 g a day.",
    "a",
    "Ubat pilihan pertama untuk kencing manis jenis 2 ialah metformin.",
    "Grade A | I-2 · ≥ 90 mmHg · 10 % – 20 %",
    "糖尿病 дiabetes 💊 \N{COMBINING ACUTE ACCENT}",
]
MANY = [" ".join([sentence] * times) for times in (1, 2, 3) for sentence in SENTENCES] + [""]


@pytest.fixture(scope="module", params=MAKERS)
def embedder(request, tmp_path_factory):
    if request.param == "minilm-bfloat16" and not BFLOAT16_FLAGS & processor_flags():
        pytest.skip("this processor has no bfloat16 products")
    return MAKERS[request.param](tmp_path_factory.mktemp("embedder") / "tiny-test")


def cosines(one, other):
    return (one * other).sum(axis=1)


def test_it_is_an_embedder_that_says_what_it_is(embedder):
    assert isinstance(embedder, Embedder)
    identity = embedder.identity
    assert isinstance(identity, EmbedderIdentity)
    assert identity.name and identity.revision and identity.dimension > 0
    assert identity.precision in ("float32", "bfloat16")
    assert embedder.window > 2


def test_the_identity_stays_the_same_after_embedding(embedder):
    before = embedder.identity
    embedder.embed(MANY)
    after = embedder.identity
    assert (before.name, before.revision, before.dimension) == (after.name, after.revision, after.dimension)


@pytest.mark.parametrize("count", [1, 8, 9, len(MANY)])
def test_vectors_are_float32_unit_and_finite(embedder, count):
    vectors = embedder.embed(MANY[-count:])
    assert vectors.dtype == np.float32
    assert vectors.shape == (count, embedder.identity.dimension)
    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_questions_get_vectors_of_the_same_kind(embedder):
    if not isinstance(embedder, QuestionEmbedder):
        pytest.skip("it embeds questions as passages")
    vectors = embedder.embed_questions(MANY)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(MANY), embedder.identity.dimension)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert embedder.embed_questions([]).shape == (0, embedder.identity.dimension)
    alone = np.concatenate([embedder.embed_questions([text]) for text in MANY])
    assert cosines(vectors, alone).min() >= 0.9999


def test_no_texts_give_no_vectors(embedder):
    assert embedder.embed([]).shape == (0, embedder.identity.dimension)
    assert embedder.embed([]).dtype == np.float32
    assert embedder.count_tokens([]) == []


def test_a_text_has_one_vector_alone_and_among_others(embedder):
    together = embedder.embed(MANY)
    alone = np.concatenate([embedder.embed([text]) for text in MANY])
    assert cosines(together, alone).min() >= 0.9999


def test_order_is_kept(embedder):
    forward, backward = embedder.embed(MANY), embedder.embed(MANY[::-1])
    assert cosines(forward, backward[::-1]).min() >= 0.9999


def test_the_same_call_gives_the_same_vectors(embedder):
    np.testing.assert_array_equal(embedder.embed(MANY[:3]), embedder.embed(MANY[:3]))
    assert cosines(embedder.embed(MANY), embedder.embed(MANY)).min() >= 0.999999


def test_tokens_are_counted_with_special_tokens_and_never_truncated(embedder):
    word = "insulin "
    counts = embedder.count_tokens(["", word, word * 100, word * 5000])
    assert counts[0] >= 0
    per_word = counts[1] - counts[0]
    assert counts[2] == counts[0] + 100 * per_word
    assert counts[3] == counts[0] + 5000 * per_word
    assert counts[3] > embedder.window


@pytest.mark.parametrize("fill", [0, 20])
def test_texts_over_the_window_are_cut_at_its_end(embedder, fill):
    words = ["insulin", "metformin"] * embedder.window
    texts = [" ".join(words), " ".join([*words, "renal"]), *(["a"] * fill)]
    vectors = embedder.embed(texts)
    assert cosines(vectors[:1], vectors[1:2])[0] >= 0.9999


@pytest.mark.parametrize("text", ["", " \n", "\x00", "dose\x00of", "\ud800", "a\udfffb", "\ufffe", "x" * 5000])
def test_odd_texts_are_embedded(embedder, text):
    assert np.isfinite(embedder.embed([text])).all()
    assert np.isfinite(embedder.embed([text] * 9)).all()
    assert len(embedder.count_tokens([text])) == 1


@pytest.mark.parametrize("count", [3, len(MANY)])
def test_progress_counts_up_to_the_end(embedder, count):
    seen = []
    embedder.embed(MANY[:count], lambda done, total: seen.append((done, total)))
    assert seen[-1] == (count, count)
    assert seen == sorted(seen)
    assert {total for _, total in seen} == {count}


def test_an_error_in_progress_ends_the_job(embedder):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embedder.embed(MANY, stop)
    assert embedder.embed(MANY).shape[0] == len(MANY)


@settings(max_examples=trials(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(max_size=60), min_size=1, max_size=12))
def test_any_texts_give_unit_vectors_and_counts(embedder, texts):
    vectors = embedder.embed(texts)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)
    assert len(embedder.count_tokens(texts)) == len(texts)
