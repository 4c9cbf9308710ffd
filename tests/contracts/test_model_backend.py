"""What every ModelBackend must do, over every implementation: it chooses among the hits' sentences and adds nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpgassist.models.extractive import Extractive
from cpgassist.protocols import ModelBackend
from tests.fixtures.shelf import hits, passage, words


class Scripted:
    """Picks every second sentence, as a model would that answers with line numbers."""

    name = "scripted"

    def pick(self, question, hits, limit):
        lines = [(hit, sentence) for hit in hits for sentence in hit.passage.sentences]
        return [(hit, sentence, 1 / (1 + n)) for n, (hit, sentence) in enumerate(lines[::2])][:limit]


# Add an implementation by adding a way to make it.
MAKERS = {"extractive": lambda: Extractive(words), "scripted": Scripted}
FOUND = hits(
    passage("1", "a", sentences=["Give zelmorin 12 mg/kg/day.", "It is safe.", "Rest."]),
    passage("2", "b", sentences=["Do not give zelmorin in pregnancy.", "Rest."], page=2, kind="recommendation"),
    passage("3", "c", sentences=[], page=3),
    passage("4", "d", sentences=["zelmorin | 5 mg"], page=4, kind="table"),
)
QUESTIONS = ["What is the dose of zelmorin?", "Berapa dos?", "多少", "?", "a" * 2000, "\x00", "\ud800", "[1] ((("]


@pytest.fixture(scope="module", params=MAKERS)
def model(request):
    return MAKERS[request.param]()


def test_it_is_a_model_backend_with_a_name(model):
    assert isinstance(model, ModelBackend)
    assert model.name and isinstance(model.name, str)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: ascii(question)[:12])
@pytest.mark.parametrize("limit", [0, 1, 3, 50])
def test_it_picks_at_most_so_many_sentences_of_the_hits_given(model, question, limit):
    picks = model.pick(question, FOUND, limit)
    assert len(picks) <= limit
    for hit, sentence, score in picks:
        assert hit in FOUND
        assert sentence in hit.passage.sentences
        assert 0 <= score <= 1
    assert [score for *_, score in picks] == sorted((score for *_, score in picks), reverse=True)


def test_without_hits_there_are_no_picks(model):
    assert model.pick("What is the dose of zelmorin?", (), 5) == []


def test_hits_without_sentences_give_no_picks(model):
    assert model.pick("dose?", FOUND[2:3], 5) == []


def test_no_sentence_is_picked_twice(model):
    picks = model.pick("zelmorin", FOUND, 50)
    assert len({(hit.passage.id, sentence) for hit, sentence, _ in picks}) == len(picks)


def test_the_same_question_gives_the_same_picks(model):
    assert model.pick("dose of zelmorin?", FOUND, 4) == model.pick("dose of zelmorin?", FOUND, 4)


@settings(max_examples=100, deadline=None)
@given(
    question=st.text(max_size=60),
    texts=st.lists(st.lists(st.text(max_size=40), max_size=4), max_size=5),
    scores=st.lists(st.floats(-1, 2), min_size=5, max_size=5),
    limit=st.integers(0, 8),
)
def test_any_hits_are_picked_from(model, question, texts, scores, limit):
    found = hits(*[passage(str(n), "x", sentences=lines) for n, lines in enumerate(texts)], scores=scores[: len(texts)])
    picks = model.pick(question, found, limit)
    assert len(picks) <= limit
    assert all(sentence in hit.passage.sentences and hit in found and 0 <= score <= 1 for hit, sentence, score in picks)
