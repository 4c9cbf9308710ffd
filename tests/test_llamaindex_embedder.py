"""A llama-index embedding as our embedder: it keeps the contract, or says what is wrong."""

import asyncio

import numpy as np
import pytest

pytest.importorskip("llama_index.core")

from llama_index.core import MockEmbedding
from llama_index.core.base.embeddings.base import BaseEmbedding

from cpgassist import Assistant, Corpus
from cpgassist.errors import ModelError
from cpgassist.llamaindex import (
    GuidelineEmbedding,
    LlamaIndexEmbedder,
)
from cpgassist.models.embedding import load_embedder
from cpgassist.testing import HashEmbedder
from tests.contracts import test_embedder as contract
from tests.fixtures.llama import QUESTION, alone, folder
from tests.models.tiny import tiny_folder

__all__ = ["alone", "folder"]


# ---- LlamaIndexEmbedder


class Faulty(BaseEmbedding):
    """Gives what it is told to."""

    gives: object = None

    def _get_text_embedding(self, text):
        if isinstance(self.gives, Exception):
            raise self.gives
        return self.gives

    _get_query_embedding = _get_text_embedding

    async def _aget_query_embedding(self, query):
        return self._get_text_embedding(query)


def wrapped(model, inner=None, dimension=None):
    inner = inner or HashEmbedder(dimension or 4)
    return LlamaIndexEmbedder(
        model,
        revision="1",
        dimension=dimension or inner.identity.dimension,
        window=inner.window,
        count_tokens=inner.count_tokens,
    )


def round_trip(inner):
    return wrapped(GuidelineEmbedding(inner, embed_batch_size=4), inner)


CONTRACTED = {
    "hash": lambda: round_trip(HashEmbedder()),
    "minilm": lambda: round_trip(load_embedder(precision="float32")),
    "mock": lambda: wrapped(MockEmbedding(embed_dim=8), dimension=8),
}


@pytest.fixture(scope="module", params=CONTRACTED)
def embedder(request):
    return CONTRACTED[request.param]()


# The contract's tests, collected here, find the `embedder` above.
globals().update({name: test for name, test in vars(contract).items() if name.startswith("test_")})


def test_its_identity_is_what_it_was_told():
    model = MockEmbedding(embed_dim=8)
    named = LlamaIndexEmbedder(model, name="m", revision="r", dimension=8, window=9, count_tokens=lambda texts: [])
    assert (named.identity.name, named.identity.revision, named.identity.dimension) == ("m", "r", 8)
    assert wrapped(GuidelineEmbedding(HashEmbedder())).identity.name == "hash-test"


class Instructed(MockEmbedding):
    """Embeds queries otherwise than texts, as models with an instruction of their own do."""

    def _get_query_embedding(self, query):
        return [0.0, 2.0]

    def _get_text_embedding(self, text):
        return [2.0, 0.0]


def test_questions_are_embedded_as_the_model_embeds_queries():
    embedder = wrapped(Instructed(embed_dim=2), dimension=2)
    np.testing.assert_array_equal(embedder.embed(["fever"]), [[1, 0]])
    np.testing.assert_array_equal(embedder.embed_questions(["fever", "rash"]), [[0, 1], [0, 1]])


def test_our_embedder_as_a_llama_index_model_embeds_queries_as_questions(tmp_path):
    inner = load_embedder(str(tiny_folder(tmp_path / "tiny")), question_prefix="dose: ")
    ours, expected = GuidelineEmbedding(inner), inner.embed_questions(["renal"])[0]
    np.testing.assert_allclose(ours.get_query_embedding("renal"), expected, atol=1e-6)
    np.testing.assert_allclose(asyncio.run(ours.aget_query_embedding("renal")), expected, atol=1e-6)
    np.testing.assert_allclose(ours.get_text_embedding("renal"), inner.embed(["renal"])[0], atol=1e-6)


def test_a_failing_query_is_a_model_error():
    with pytest.raises(ModelError, match="no route"):
        wrapped(Faulty(model_name="faulty", gives=OSError("no route")), dimension=2).embed_questions(["fever"])


def test_vectors_are_normalised():
    np.testing.assert_allclose(wrapped(Faulty(gives=[3.0, 4.0]), dimension=2).embed(["a"]), [[0.6, 0.8]])


@pytest.mark.parametrize(
    ("gives", "why"),
    [
        ([0.0, 0.0], "without a direction"),
        ([float("nan"), 1.0], "without a direction"),
        ([1.0, 1.0, 1.0], r"shape \(1, 3\).*dimension 2"),
        (OSError("no route"), "OSError: no route"),
        (None, "failed"),
    ],
    ids=str,
)
def test_a_failing_model_is_a_model_error(gives, why):
    with pytest.raises(ModelError, match=why):
        wrapped(Faulty(model_name="faulty", gives=gives), dimension=2).embed(["fever"])


def test_a_corpus_is_indexed_and_searched_with_it(folder, tmp_path):
    corpus = Corpus(folder, index=tmp_path / "ix", embedder=round_trip(HashEmbedder()))
    plain = Corpus(folder, index=tmp_path / "plain", embedder=HashEmbedder())
    corpus.reindex()
    plain.reindex()
    found, same = (Assistant(one).search(QUESTION, 5).hits for one in (corpus, plain))
    assert [hit.passage.id for hit in found] == [hit.passage.id for hit in same]
