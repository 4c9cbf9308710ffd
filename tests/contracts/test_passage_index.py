"""One suite over every PassageIndex: all implementations answer alike, and as arithmetic says."""

import math

import numpy as np
import pytest

from cpgassist.errors import EmbedderMismatchError, ModelError
from cpgassist.index import IndexStore
from cpgassist.protocols import PassageIndex
from cpgassist.types import Where
from tests.index.made import new_version, unit_vectors

NEW = new_version(count=60, dimension=16)
FILTERS = [
    Where(guidelines=("guide-1",)),
    Where(guidelines=("guide 2.pdf",)),
    Where(kinds=("table", "text")),
    Where(year_from=2011),
    Where(year_to=2010),
    Where(year_from=2011, year_to=2011, kinds=("text",)),
    Where(guidelines=("unheard of",)),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = IndexStore(tmp_path_factory.mktemp("contract"))
    store.build(NEW)
    return store


@pytest.fixture(scope="module", params=["exact", "chroma"])
def index(request, store):
    """Add an implementation by adding a way to open it over `NEW`."""
    opened = store.open(request.param)
    yield opened
    opened.close()


def cosines(vector):
    return NEW.vectors @ vector


def test_it_satisfies_the_protocol(index):
    assert isinstance(index, PassageIndex)


def test_it_holds_what_was_indexed(index, store):
    assert index.version == store.current()
    assert tuple(index.passages) == NEW.passages
    assert index.embedder == NEW.embedder
    assert index.guidelines == {report.info.id: report.info for report in NEW.guidelines}
    assert index.warnings == ()


@pytest.mark.parametrize("k", [1, 5, 60, 61, 500])
def test_nearest_is_sorted_by_true_cosine(index, k):
    for vector in unit_vectors(5, 16, seed=7):
        found = index.nearest(vector, k)
        truth = cosines(vector)
        assert [at for at, _ in found] == np.argsort(-truth, kind="stable")[:k].tolist()
        assert np.allclose([cosine for _, cosine in found], truth[[at for at, _ in found]], atol=1e-5)
        assert all(type(at) is int and type(cosine) is float for at, cosine in found)


def test_every_passage_is_nearest_to_its_own_vector(index):
    for position, vector in enumerate(NEW.vectors):
        assert index.nearest(vector, 1)[0][0] == position


@pytest.mark.parametrize("k", [0, -1])
def test_nothing_is_found_when_nothing_is_asked_for(index, k):
    assert index.nearest(NEW.vectors[0], k) == []
    assert index.lexical("metformin", k) == []


@pytest.mark.parametrize("where", FILTERS, ids=str)
def test_a_filter_is_applied_before_the_k_are_chosen(index, where):
    infos = index.guidelines
    allowed = [at for at, passage in enumerate(index.passages) if where.allows(passage, infos[passage.guideline])]
    vector = unit_vectors(1, 16, seed=3)[0]
    expected = sorted(allowed, key=lambda at: -cosines(vector)[at])
    assert [at for at, _ in index.nearest(vector, 7, where)] == expected[:7]
    everywhere = [at for at, _ in index.lexical("metformin insulin", 1000)]
    assert [at for at, _ in index.lexical("metformin insulin", 5, where)] == [
        at for at in everywhere if at in set(allowed)
    ][:5]


def test_lexical_scores_are_positive_and_sorted(index):
    found = index.lexical("HbA1c and metformin", 10)
    scores = [score for _, score in found]
    assert found
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > 0
    assert index.lexical("zzz", 10) == []


def test_lexical_finds_a_heading_and_a_dose(index):
    assert index.lexical("Passage 17: 17.5mg", 1)[0][0] == 17
    assert {at for at, _ in index.lexical("neuropathy", 60)} >= {
        at for at, passage in enumerate(index.passages) if "neuropathy" in passage.embedded_text()
    }


def test_a_token_weighs_by_how_few_passages_hold_it(index):
    weights = index.weights("Passage 17 and 17.5mg, passage of neuropathy; unheardof")
    assert list(weights) == ["passag", "17", "17.5mg", "17.5", "mg", "neuropathi", "unheardof"]
    held = sum("neuropathy" in passage.embedded_text() for passage in index.passages)
    assert weights["neuropathi"] == pytest.approx(math.log(1 + (60 - held + 0.5) / (held + 0.5)))
    assert weights["unheardof"] == weights["17.5mg"] == weights["17.5"] == pytest.approx(math.log(1 + 59.5 / 1.5))
    assert weights["passag"] == pytest.approx(math.log(1 + 0.5 / 60.5))
    assert index.weights("") == index.weights("the of") == {}


def test_similarity_is_the_cosine_at_the_positions_asked(index):
    vector = unit_vectors(1, 16, seed=5)[0]
    assert np.allclose(index.similarity(vector, [3, 1, 3]), cosines(vector)[[3, 1, 3]], atol=1e-6)
    assert index.similarity(vector, []) == []


def test_a_vector_of_another_embedder_is_refused_naming_the_one_needed(index):
    with pytest.raises(EmbedderMismatchError, match="made-up"):
        index.nearest(unit_vectors(1, 8)[0], 3)
    with pytest.raises(EmbedderMismatchError, match="16 dimensions"):
        index.similarity(unit_vectors(1, 8)[0], [0])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_vector_that_is_not_finite_is_refused(index, bad):
    vector = NEW.vectors[0].copy()
    vector[3] = bad
    with pytest.raises(ModelError):
        index.nearest(vector, 3)


@pytest.mark.parametrize("hostile", ["' OR 1=1 --", '{"$ne": ""}', "$where", "\x00", "\ud800", "%", "*" * 5000])
def test_hostile_words_in_questions_and_filters_do_nothing(index, hostile):
    assert index.nearest(NEW.vectors[0], 3, Where(guidelines=(hostile,))) == []
    assert index.lexical(hostile, 3, Where(kinds=(hostile,))) == []
    index.lexical(hostile, 3)


def test_equal_vectors_are_all_found(tmp_path):
    vectors = np.repeat(unit_vectors(10, 8), 4, axis=0)
    store = IndexStore(tmp_path)
    store.build(new_version(count=40, dimension=8, vectors=vectors))
    for search in ("exact", "chroma"):
        opened = store.open(search)
        assert sorted(at for at, _ in opened.nearest(vectors[8], 4)) == [8, 9, 10, 11]
        opened.close()


def test_close_may_be_called_twice_and_search_goes_on(store):
    for search in ("exact", "chroma"):
        opened = store.open(search)
        before = [at for at, _ in opened.nearest(NEW.vectors[4], 3)]
        opened.close()
        opened.close()
        assert [at for at, _ in opened.nearest(NEW.vectors[4], 3)] == before
