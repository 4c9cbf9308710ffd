"""A reranker puts the first candidates in another order, and nothing else; without it the order of the search stands."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpgassist.errors import ModelError
from cpgassist.retrieval import Reranking, Retriever, vocabulary
from cpgassist.retrieval.vocabulary import Term
from cpgassist.testing import HashEmbedder, ScriptedReranker
from tests.fixtures.shelf import GUIDE, Shelf, passage
from tests.fixtures.trials import trials

MALAY = replace(GUIDE, id="malay", title="Panduan", file="panduan.pdf", language="ms")


def shelf(near, **more):
    """One passage a page, "Text 0.", "Text 1.", ... with these cosines."""
    return Shelf([passage(str(n), f"Text {n}.", page=n + 1) for n in range(len(near))], near, **more)


def both(index, scores, k=10, candidates=20, weight=0.5, question="fever"):
    """What the search finds, and what becomes of it."""
    reranker = scores if isinstance(scores, ScriptedReranker) else ScriptedReranker(scores)
    retriever = Retriever(index, HashEmbedder(), 1.0, Reranking(reranker, candidates, weight))
    found = retriever.search(question, k)
    return found, retriever.reranked(found)


def names(hits):
    return [int(hit.passage.id.split(":")[1]) for hit in hits]


FIVE = [0.9, 0.8, 0.7, 0.6, 0.5]


def test_what_the_reranker_likes_best_comes_first_and_keeps_its_cosine():
    before, after = both(shelf(FIVE), {"Text 3.": 0.9, "Text 1.": 0.4}, weight=1.0)
    assert names(before.hits) == [0, 1, 2, 3, 4]
    assert names(after.hits) == [3, 1, 0, 2, 4]
    assert [hit.similarity for hit in after.hits] == [0.6, 0.8, 0.9, 0.7, 0.5]
    assert [hit.rank for hit in after.hits] == [1, 2, 3, 4, 5]
    assert (before.reranker, after.reranker, after.warnings) == ("", "scripted", ())


def test_the_weight_is_the_reranker_s_share():
    scores = {"Text 4.": 1.0}
    assert names(both(shelf(FIVE), scores, weight=0.0)[1].hits) == [0, 1, 2, 3, 4]
    assert names(both(shelf(FIVE), scores, weight=0.4)[1].hits) == [0, 1, 4, 2, 3]
    assert names(both(shelf(FIVE), scores, weight=0.9)[1].hits) == [4, 0, 1, 2, 3]


def test_only_the_candidates_are_read_and_the_rest_keep_their_order_behind_them():
    reranker = ScriptedReranker({"Text 4.": 1.0, "Text 2.": 0.9})
    _, after = both(shelf(FIVE), reranker, candidates=3, weight=1.0)
    assert names(after.hits) == [2, 0, 1, 3, 4]
    assert [count for _, count in reranker.asked] == [3]


def test_candidates_beyond_the_hits_asked_for_are_read_too():
    before, after = both(shelf(FIVE), {"Text 4.": 1.0}, k=2, weight=1.0)
    assert (names(before.hits), names(after.hits)) == ([0, 1], [4, 0])


def test_equal_scores_keep_the_order():
    before, after = both(shelf(FIVE), {"Text": 0.7}, weight=1.0)
    assert names(after.hits) == names(before.hits)


def test_what_stands_around_follows_the_new_order():
    """Answers are picked from it: a reranker that only reordered the hits would not change one."""
    pages = [passage(str(n), f"Text {n}.", page=n // 2 + 1) for n in range(20)]
    before, after = both(Shelf(pages, [1 - n / 20 for n in range(20)]), {"Text 18.": 1.0}, weight=1.0)
    assert 19 not in names(before.around) and names(before.around)[0] == 0
    assert {18, 19} <= set(names(after.around)) and names(after.around)[0] == 18
    assert [hit.score for hit in after.around] == sorted((hit.score for hit in after.around), reverse=True)


def test_there_is_nothing_to_rerank_in_nothing():
    reranker = ScriptedReranker()
    for index in (shelf([]), Shelf([], [], guidelines=[])):
        _, after = both(index, reranker)
        assert after.hits == () and after.reranker == ""
    assert reranker.asked == []


def test_without_a_reranker_it_is_the_search():
    retriever = Retriever(shelf(FIVE), HashEmbedder())
    found = retriever.search("fever")
    assert retriever.reranked(found) is found


def test_scores_near_to_one_still_tell_texts_apart():
    """A cross-encoder gives clear answers .999 and .99999: as they stand, both would be the best there is."""
    sure, surer = both(shelf(FIVE), {"Text 3.": 0.999, "Text 4.": 0.9999999}, weight=0.6)[1].hits[:2]
    assert names([sure, surer]) == [4, 3] and sure.score - surer.score > 0.05


# ---- lines


def test_lines_are_read_with_the_words_for_their_language_and_give_log_odds():
    reranker = ScriptedReranker({"Text 0.": 0.9, "Wash": 0.5, "Rinse": 1.0})
    retriever = Retriever(shelf(FIVE), HashEmbedder(), 1.0, Reranking(reranker))
    found = retriever.reranked(retriever.search("fever"))
    hit = found.hits[0]
    wash, rinse, other = retriever.line_reader(found)([(hit, "Wash it."), (hit, "Rinse it."), (hit, "Dry it.")])
    assert wash == pytest.approx(0) and np.isfinite([rinse, other]).all() and rinse > 10 and other < -10
    assert reranker.asked[-1] == ("fever", 3)


def test_lines_are_read_only_where_passages_were():
    plain = Retriever(shelf(FIVE), HashEmbedder())
    assert plain.line_reader(plain.search("fever")) is None
    broken = ScriptedReranker({"": ModelError("Its weights are gone.", "Copy them.")})
    retriever = Retriever(shelf(FIVE), HashEmbedder(), 1.0, Reranking(broken))
    assert retriever.line_reader(retriever.search("fever")) is None
    assert retriever.line_reader(retriever.reranked(retriever.search("fever"))) is None


# ---- failure


class Odd(ScriptedReranker):
    """Gives what it is told to."""

    def __init__(self, gives):
        super().__init__()
        self._gives = gives

    def score(self, question, texts):
        return self._gives


@pytest.mark.parametrize(
    ("reranker", "why"),
    [
        (ScriptedReranker({"Text 1.": ModelError("The weights are gone.", "Copy them.")}), "The weights are gone."),
        (ScriptedReranker({"Text 1.": MemoryError()}), "It failed with MemoryError."),
        (Odd([0.5]), "It did not score every passage."),
        (Odd([float("nan")] * 5), "It did not score every passage."),
        (Odd([None] * 5), "It failed with TypeError."),
        (Odd(None), "It failed with TypeError."),
    ],
    ids=["without weights", "without memory", "too few", "no number", "nothing each", "nothing"],
)
def test_a_reranker_that_fails_leaves_the_order_and_is_told(reranker, why):
    before, after = both(shelf(FIVE), reranker, weight=1.0)
    assert (after.hits, after.around, after.reranker) == (before.hits, before.around, "")
    (warning,) = after.warnings
    assert warning.startswith("The reranker scripted failed") and warning.endswith(why)


# ---- properties


@settings(max_examples=trials(8), deadline=None)
@given(
    near=st.lists(st.floats(-1, 1), min_size=1, max_size=30),
    scores=st.lists(st.floats(0, 1), min_size=30, max_size=30),
    k=st.integers(1, 30),
    candidates=st.integers(1, 30),
    weight=st.floats(0, 1),
)
def test_order_changes_among_the_candidates_alone(near, scores, k, candidates, weight):
    index, told = shelf(near), {f"Text {n}.": score for n, score in enumerate(scores)}
    every, ranked = (names(found.hits) for found in both(index, told, 100, candidates, weight))
    before, after = both(index, told, k, candidates, weight)
    assert sorted(ranked[:candidates]) == sorted(every[:candidates])
    assert ranked[candidates:] == every[candidates:]
    assert len(after.hits) == len(before.hits)
    assert [hit.rank for hit in after.hits] == list(range(1, len(after.hits) + 1))
    values = [hit.score for hit in after.hits]
    assert np.isfinite(values).all() and values == sorted(values, reverse=True)
    assert max(values, default=0) <= max((hit.score for hit in before.hits), default=0) + 1e-9
    assert names(after.hits) == ranked[:k]


@settings(max_examples=trials(8), deadline=None)
@given(near=st.lists(st.floats(-1, 1), min_size=1, max_size=30), score=st.floats(0, 1), weight=st.floats(0, 0.99))
def test_a_reranker_that_cannot_tell_changes_nothing(near, score, weight):
    before, after = both(shelf(near), {"Text": score}, 30, 30, weight)
    assert names(after.hits) == names(before.hits)


# ---- languages and questions


def test_each_passage_is_read_with_the_words_embedded_for_its_language(monkeypatch):
    monkeypatch.setattr(
        vocabulary,
        "load_glossary",
        lambda: (Term(en=("fever",), ms=("demam",), zh=()), Term(en=("rash",), ms=("ruam",), zh=())),
    )
    texts = [passage("0", "Fever with rash."), passage("1", "Demam dengan ruam.", guideline="malay")]
    reranker = ScriptedReranker()
    both(Shelf(texts, [0.9, 0.8], guidelines=[GUIDE, MALAY]), reranker, question="What helps fever and rash?")
    asked = dict(reranker.asked)
    assert asked["What helps fever and rash?"] == 1
    (malay,) = (question for question in asked if question != "What helps fever and rash?")
    assert "demam" in malay and "ruam" in malay


class Asked(HashEmbedder):
    """Embeds questions after a word of their own, and keeps what it embeds."""

    def __init__(self):
        super().__init__()
        self.questions, self.texts = [], []

    def embed(self, texts, progress=None):
        self.texts += texts
        return super().embed(texts, progress)

    def embed_questions(self, texts):
        self.questions.append(list(texts))
        return super().embed([f"asked {text}" for text in texts])


class Seen(Shelf):
    """Keeps the vectors it is asked for."""

    def nearest(self, vector, k, where=Retriever.search.__defaults__[1]):
        self.vectors = [*getattr(self, "vectors", []), vector]
        return super().nearest(vector, k, where)


def test_questions_take_the_embedder_s_road_for_them_all_forms_in_one_call(monkeypatch):
    monkeypatch.setattr(vocabulary, "load_glossary", lambda: (Term(en=("fever",), ms=("demam",), zh=()),))
    index = Seen([passage("0", "Fever."), passage("1", "Demam.", guideline="malay")], [0.9, 0.8], None, [GUIDE, MALAY])
    embedder = Asked()
    Retriever(index, embedder).search("Is fever bad?")
    (asked,) = embedder.questions
    assert len(asked) == 2 and embedder.texts == []
    expected = HashEmbedder().embed([f"asked {text}" for text in asked])
    np.testing.assert_array_equal(index.vectors, expected)


class Prefixed(HashEmbedder):
    """Counts a prefix before each text, whose end no token stands for where the text is empty."""

    def count_tokens(self, texts):
        return [2 + (1 if not text else 2 + sum(3 if len(word) >= 7 else 1 for word in text.split())) for text in texts]


def test_a_prefix_does_not_hide_the_particular_words_of_a_question():
    index = shelf(FIVE)
    index.passages = (passage("0", "Zelmorin is given twice."), *index.passages[1:])
    assert "zelmorin" in Retriever(index, Prefixed()).search("Is zelmorin better?").named
