"""What every ModelBackend must do, over every implementation: it chooses among the hits' sentences and adds nothing.

One that asks a language model may say that the model talks nonsense, each time it is asked the same; the tests then see no
pick. One that holds the model to its shape may not.
"""

from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpgassist.errors import ModelError
from cpgassist.models.extractive import Extractive
from cpgassist.models.grounded import Grounded
from cpgassist.models.local import load
from cpgassist.protocols import ModelBackend
from cpgassist.settings import Settings
from cpgassist.testing import ScriptedChat
from tests.fixtures.shelf import GUIDE, hits, passage, words
from tests.models.fake_server import FakeServer, Plan
from tests.models.tiny_chat import one_thread, tiny_chat_at


class Scripted:
    """Picks every second sentence, as a model would that answers with line numbers."""

    name = "scripted"

    def pick(self, question, hits, limit):
        lines = [(hit, sentence) for hit in hits for sentence in hit.passage.sentences]
        return [(hit, sentence, 1 / (1 + n)) for n, (hit, sentence) in enumerate(lines[::2])][:limit]


class OrNonsense:
    """A backend that may raise ModelError, as one without picks."""

    def __init__(self, backend, close=lambda: None):
        self._backend, self.name, self.close = backend, backend.name, close

    def pick(self, question, hits, limit):
        try:
            return self._backend.pick(question, hits, limit)
        except ModelError as error:
            assert error.message and error.next_step
            return []


def _grounded(chat):
    return Grounded(chat, {"guide": GUIDE})


def _local(kind):
    """With room for the longest question, which a tiny model has about as many tokens for as it has letters."""

    def made():
        folder = tiny_chat_at(kind, Path(mkdtemp()), max_position_embeddings=8192)
        return _grounded(load(Settings(model=str(folder), model_device="cpu", model_dtype="float32")))

    return made


def _served(*pieces):
    """Behind a server that always says the same: line numbers that are shown or not, or its usual chatter."""

    def made():
        if find_spec("openai") is None:
            pytest.skip("the openai package is not installed")
        server = FakeServer().__enter__()
        server.plan = Plan(pieces=list(pieces) or None)
        return OrNonsense(_grounded(server.model(context=8192)), lambda: server.__exit__())

    return made


# Add an implementation by adding a way to make it.
MAKERS = {
    "extractive": lambda: Extractive(words),
    "scripted": Scripted,
    "local-gemma3": _local("gemma3"),
    "local-llama": _local("llama"),
    "server-lines": _served("LINES: ", "1", ", 3"),
    "server-chatter": _served(),
    "chat-lines": lambda: OrNonsense(_grounded(ScriptedChat("LINES: 2, 1, 2, 4"))),
    "chat-last-line": lambda: _grounded(ScriptedChat(lambda prompt: f"[{prompt.cites}]")),
    "chat-refuses": lambda: _grounded(ScriptedChat("NONE")),
    "chat-fails": lambda: OrNonsense(_grounded(ScriptedChat(ModelError("It broke.", "Mend it.")))),
}
SLOW = ("local-", "server-")
FOUND = hits(
    passage("1", "a", sentences=["Give zelmorin 12 mg/kg/day.", "It is safe.", "Rest."]),
    passage("2", "b", sentences=["Do not give zelmorin in pregnancy.", "Rest."], page=2, kind="recommendation"),
    passage("3", "c", sentences=[], page=3),
    passage("4", "d", sentences=["zelmorin | 5 mg"], page=4, kind="table"),
)
QUESTIONS = ["What is the dose of zelmorin?", "Berapa dos?", "多少", "?", "a" * 2000, "\x00", "\ud800", "[1] ((("]


@pytest.fixture(scope="module", params=MAKERS)
def model(request):
    made = MAKERS[request.param]()
    made.slow = request.param.startswith(SLOW)
    with one_thread():
        yield made
    if close := getattr(made, "close", None):
        close()


def test_it_is_a_model_backend_with_a_name(model):
    assert isinstance(model, ModelBackend)
    assert model.name and isinstance(model.name, str)


@pytest.mark.parametrize("limit", [0, 1, 3, 50])
def test_it_picks_at_most_so_many_sentences_of_the_hits_given(model, limit):
    for question in QUESTIONS:
        picks = model.pick(question, FOUND, limit)
        asked = f"{ascii(question)[:20]} gives {picks}"
        assert len(picks) <= limit, asked
        for hit, sentence, score in picks:
            assert hit in FOUND and sentence in hit.passage.sentences and 0 <= score <= 1, asked
        scores = [score for *_, score in picks]
        assert scores == sorted(scores, reverse=True), asked


def test_without_hits_there_are_no_picks(model):
    assert model.pick("What is the dose of zelmorin?", (), 5) == []


def test_hits_without_sentences_give_no_picks(model):
    assert model.pick("dose?", FOUND[2:3], 5) == []


def test_no_sentence_is_picked_twice(model):
    picks = model.pick("zelmorin", FOUND, 50)
    assert len({(hit.passage.id, sentence) for hit, sentence, _ in picks}) == len(picks)


def test_the_same_question_gives_the_same_picks(model):
    assert model.pick("dose of zelmorin?", FOUND, 4) == model.pick("dose of zelmorin?", FOUND, 4)


def test_any_hits_are_picked_from(model):
    @settings(max_examples=8 if model.slow else 100, deadline=None)
    @given(
        question=st.text(max_size=60),
        texts=st.lists(st.lists(st.text(max_size=40), max_size=4), max_size=5),
        scores=st.lists(st.floats(-1, 2), min_size=5, max_size=5),
        limit=st.integers(0, 8),
    )
    def picked(question, texts, scores, limit):
        shown = [passage(str(n), "x", sentences=lines) for n, lines in enumerate(texts)]
        found = hits(*shown, scores=scores[: len(texts)])
        picks = model.pick(question, found, limit)
        assert len(picks) <= limit
        for hit, sentence, score in picks:
            assert sentence in hit.passage.sentences and hit in found and 0 <= score <= 1

    picked()
