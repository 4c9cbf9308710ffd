"""Both searches are fused into one ranking: filtered, without repeats, pages taking turns, in either language."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpgassist.index import IndexStore, InputFile, NewVersion
from cpgassist.protocols import PassageIndex
from cpgassist.retrieval import Retriever, vocabulary
from cpgassist.retrieval.vocabulary import Term
from cpgassist.testing import HashEmbedder
from cpgassist.types import GuidelineReport, Where
from tests.fixtures.shelf import GUIDE, Shelf, passage

OLD = replace(GUIDE, id="old", title="Old guide", file="old guide.pdf", published=2012)
UNDATED = replace(GUIDE, id="undated", title="Undated guide", file="undated.pdf", published=None)
MALAY = replace(GUIDE, id="malay", title="Panduan", file="panduan.pdf", language="ms")


def pages(count, **more):
    """Passages on pages of their own."""
    return [passage(str(n), f"Text {n}.", page=n + 1, **more) for n in range(count)]


def found(index, question="fever", k=10, where=None, weight=0.6):
    retriever = Retriever(index, HashEmbedder(), weight)
    return retriever.search(question, k, where or Where())


def order(index, **more):
    return [int(hit.passage.id.split(":")[1]) for hit in found(index, **more).hits]


def test_the_shelf_is_a_passage_index():
    assert isinstance(Shelf(pages(1), [0.5]), PassageIndex)


def test_a_passage_good_in_both_searches_comes_before_one_that_is_best_in_one():
    index = Shelf(pages(3), [0.9, 0.8, 0.1], {1: 9.0, 2: 10.0})
    assert order(index) == [1, 0, 2]


@pytest.mark.parametrize(("weight", "expected"), [(1.0, [0, 1, 2, 3]), (0.0, [3, 2, 1, 0])])
def test_all_the_weight_on_one_search_gives_its_order(weight, expected):
    index = Shelf(pages(4), [0.9, 0.7, 0.5, 0.3], {0: 1.0, 1: 2.0, 2: 3.0, 3: 4.0})
    assert order(index, weight=weight) == expected


def test_the_weight_decides_between_equally_good_halves():
    index = Shelf(pages(2), [0.9, 0.1], {0: 1.0, 1: 5.0})
    assert order(index, weight=0.6) == [0, 1]
    assert order(index, weight=0.4) == [1, 0]


def test_what_only_the_words_find_carries_its_true_cosine():
    near = [0.9 - i / 1000 for i in range(150)]
    worded = {149: 3.0}
    hits = found(Shelf(pages(150), near, worded), k=100).hits
    by_words = next(hit for hit in hits if hit.passage.id == "guide:149")
    assert by_words.similarity == near[149]


def test_ranks_count_from_one_and_scores_fall():
    hits = found(Shelf(pages(20), [i / 20 for i in range(20)], {3: 1.0, 9: 2.0})).hits
    assert [hit.rank for hit in hits] == list(range(1, 11))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize("k", [1, 3, 7, 100])
def test_at_most_k_are_given_and_they_are_the_first_of_more(k):
    index = Shelf(pages(7), [0.7, 0.1, 0.4, 0.9, 0.3, 0.2, 0.6])
    every = order(index, k=100)
    assert order(index, k=k) == every[:k]
    assert sorted(every) == list(range(7))


def test_an_empty_index_gives_no_hits():
    assert found(Shelf([], [], guidelines=[])).hits == ()
    assert found(Shelf([], [])).hits == ()


def test_equal_scores_everywhere_keep_the_order_of_the_index():
    assert order(Shelf(pages(4), [0.5] * 4)) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Where(guidelines=("old",)), [1]),
        (Where(guidelines=("old guide.pdf", "undated")), [1, 2]),
        (Where(year_from=2015), [0, 3]),
        (Where(year_to=2015), [1]),
        (Where(year_from=2012, year_to=2012), [1]),
        (Where(kinds=("table",)), [3]),
        (Where(kinds=("table",), guidelines=("old",)), []),
        (Where(guidelines=("nobody's",)), []),
    ],
    ids=str,
)
def test_a_filter_leaves_only_what_it_allows(where, expected):
    shelf = [
        passage("0", "Zero."),
        passage("1", "One.", guideline="old"),
        passage("2", "Two.", guideline="undated"),
        passage("3", "Three.", kind="table", page=2),
    ]
    index = Shelf(shelf, [0.9, 0.8, 0.7, 0.6], {3: 1.0}, [GUIDE, OLD, UNDATED])
    assert sorted(order(index, where=where)) == expected


def test_one_text_printed_twice_is_found_once_at_its_best_place():
    shelf = [
        passage("0", "Offer zelmorin  to all adults."),
        passage("1", "offer zelmorin to\nall Adults.", page=5),
        passage("2", "Something else.", page=6),
    ]
    assert order(Shelf(shelf, [0.5, 0.9, 0.1])) == [1, 2]


def test_one_text_with_two_printed_grades_is_found_twice():
    """DESIGN 2: repeats become one only when text AND printed grade are equal."""
    shelf = [
        passage(str(n), "Offer zelmorin.", page=n + 1, grade=grade) for n, grade in enumerate(["Grade A", "Grade C"])
    ]
    assert sorted(order(Shelf(shelf, [0.9, 0.5]))) == [0, 1]


def test_a_second_passage_of_a_page_waits_for_other_pages():
    shelf = [passage(str(n), f"Text {n}.", page=page) for n, page in enumerate([1, 1, 2, 9])]
    assert order(Shelf(shelf, [0.9, 0.88, 0.8, 0.1])) == [0, 2, 1, 3]


def test_pages_of_different_guidelines_are_different_pages():
    shelf = [passage(str(n), f"Text {n}.", guideline=name) for n, name in enumerate(["guide", "old", "guide", "old"])]
    assert order(Shelf(shelf, [0.9, 0.89, 0.88, 0.1], guidelines=[GUIDE, OLD])) == [0, 1, 2, 3]


def test_a_much_better_second_passage_of_a_page_still_comes_first():
    shelf = [passage(str(n), f"Text {n}.", page=page) for n, page in enumerate([1, 1, 2])]
    assert order(Shelf(shelf, [0.9, 0.89, 0.1])) == [0, 1, 2]


def test_a_recommendation_comes_before_its_discussion_where_they_match_alike():
    shelf = [passage("0", "Discussion."), passage("1", "Statement.", page=2, kind="recommendation"), *pages(5)[2:]]
    assert order(Shelf(shelf, [0.80, 0.79, 0.3, 0.2, 0.1]))[:2] == [1, 0]
    assert order(Shelf(shelf, [0.80, 0.45, 0.3, 0.2, 0.1]))[:2] == [0, 1]


def test_an_older_edition_is_found_only_when_asked_for():
    old = replace(GUIDE, id="old", file="old.pdf", published=2017, superseded_by="new")
    new = replace(GUIDE, id="new", file="new.pdf", published=2023)
    shelf = [passage("0", "Old dose.", guideline="old"), passage("1", "New dose.", guideline="new")]
    shelf += [passage("2", "Other.", guideline="new", page=2)]
    index = Shelf(shelf, [0.9, 0.8, 0.1], guidelines=[old, new])
    assert order(index) == [1, 2]
    assert order(index, where=Where(superseded=True)) == [0, 1, 2]
    assert order(index, where=Where(guidelines=("old",))) == [0]


# ---- languages: a small corpus indexed for good, with a glossary of a few words

GLOSSARY = (
    Term(en=("fever",), ms=("demam",), zh=("发烧",)),
    Term(en=("child", "children"), ms=("kanak-kanak",), zh=("儿童",)),
    Term(en=("kidney failure",), ms=("kegagalan buah pinggang",), zh=()),
    Term(en=("rash",), ms=("ruam",), zh=("皮疹",)),
    Term(en=("dose",), ms=("dos",), zh=("剂量",)),
)
ENGLISH = {
    "fever": "Fever in children is treated with rest and fluids.",
    "kidney": "The dose is halved in kidney failure.",
    "boats": "Boats are painted once every summer.",
    "HART": "The HART result is read after fifteen minutes.",
}
IN_MALAY = {
    "ruam": "Ruam merah muncul pada lengan selepas dua hari.",
    "batuk": "Batuk jarang berlaku dan tidak berbahaya.",
    "perahu": "Perahu dicat semula setiap tahun sebelum musim hujan.",
}


def built(folder, infos, shelf):
    store = IndexStore(folder)
    embedder = HashEmbedder()
    store.build(
        NewVersion(
            passages=tuple(shelf),
            vectors=embedder.embed([one.embedded_text() for one in shelf]),
            embedder=embedder.identity,
            guidelines=tuple(GuidelineReport(info, len(shelf), 0, 0, (), ()) for info in infos),
            inputs={info.file: InputFile(info.sha256, 1, info.id) for info in infos},
            splitting_version="s1",
            excluded=(),
            skipped=(),
        )
    )
    return store.open("exact")


@pytest.fixture(scope="module")
def bilingual(tmp_path_factory):
    shelf = [passage(name, text, page=n, heading=()) for n, (name, text) in enumerate(ENGLISH.items(), 1)]
    shelf += [
        passage(name, text, page=n, heading=(), guideline="malay") for n, (name, text) in enumerate(IN_MALAY.items(), 1)
    ]
    opened = built(tmp_path_factory.mktemp("bilingual"), [GUIDE, MALAY], shelf)
    before = vocabulary.load_glossary
    vocabulary.load_glossary = lambda: GLOSSARY
    yield Retriever(opened, HashEmbedder())
    vocabulary.load_glossary = before
    opened.close()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Adakah dos dikurangkan dalam kegagalan buah pinggang?", "guide:kidney"),
        ("Apa rawatan demam kanak-kanak yang tidak teruk?", "guide:fever"),
        ("儿童发烧怎么办", "guide:fever"),
        ("Where does the rash come up?", "malay:ruam"),
        ("皮疹在哪里", "malay:ruam"),
        ("Bilakah HART dibaca?", "guide:HART"),
        ("How often are boats painted?", "guide:boats"),
        ("Bila perahu dicat semula?", "malay:perahu"),
    ],
)
def test_a_passage_is_found_by_a_question_in_another_language(bilingual, question, expected):
    assert bilingual.search(question, 3).hits[0].passage.id == expected


def test_of_two_that_answer_alike_the_one_in_the_question_s_language_comes_first(tmp_path):
    fever = {"guide": "Malaise and chills are common at night.", "malay": "Malaise chills malam biasa."}
    shelf = [passage("a", text, heading=(), guideline=name) for name, text in fever.items()]
    opened = built(tmp_path, [GUIDE, MALAY], shelf)
    retriever = Retriever(opened, HashEmbedder())
    english, malay = (
        retriever.search(q, 2).hits[0]
        for q in ("When are malaise and chills the worst?", "Bila malaise chills yang teruk?")
    )
    assert (english.passage.guideline, malay.passage.guideline) == ("guide", "malay")
    opened.close()


def test_the_form_given_is_that_of_the_guideline_the_best_hit_is_from(bilingual):
    english = bilingual.search("Apa rawatan demam kanak-kanak yang tidak teruk?", 3)
    assert english.hits[0].passage.guideline == "guide"
    assert set(english.form.terms) == {"fever", "child", "children"}
    malay = bilingual.search("Where does the rash come up?", 3)
    assert malay.hits[0].passage.guideline == "malay"
    assert malay.form.terms == ("ruam",)


@pytest.mark.parametrize(
    "where", [Where(guidelines=("malay",)), Where(guidelines=("panduan.pdf",))], ids=["id", "file"]
)
def test_a_filter_on_a_guideline_holds_for_each_language(bilingual, where):
    hits = bilingual.search("Fever in a child with a rash?", 10, where).hits
    assert hits
    assert {hit.passage.guideline for hit in hits} == {"malay"}


def test_questions_in_two_languages_leave_no_trace_of_each_other(bilingual):
    first = bilingual.search("Where does the rash come up?", 5)
    bilingual.search("Apa rawatan demam kanak-kanak yang tidak teruk?", 5)
    assert bilingual.search("Where does the rash come up?", 5) == first


@settings(max_examples=60, deadline=None)
@given(
    question=st.text(max_size=80) | st.text("demam fever ruam 儿童发烧 (HART) 5mg/kg ≥?", max_size=60),
    k=st.integers(1, 9),
)
def test_any_text_gives_a_ranking(bilingual, question, k):
    hits = bilingual.search(question, k).hits
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert len(hits) <= k
    assert len({hit.passage.id for hit in hits}) == len(hits)
    assert np.isfinite([hit.score for hit in hits]).all()
    assert all(-1.0001 <= hit.similarity <= 1.0001 for hit in hits)


# ---- particular words


class Pieces(HashEmbedder):
    """Spells out every word of seven letters or more in three pieces, as a tokenizer does with names of drugs."""

    def count_tokens(self, texts):
        return [2 + sum(3 if len(word) >= 7 else 1 for word in text.split()) for text in texts]


def test_the_particular_words_of_a_question_are_named_as_the_passages_spell_them():
    shelf = [passage("0", "Zelmorin is given twice."), *pages(6)[1:]]
    index = Shelf(shelf, [0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    result = Retriever(index, Pieces()).search("Is zelmorin or warfarin better?", 10)
    assert set(result.named) == {"zelmorin", "warfarin"}


def test_all_passages_of_the_first_pages_are_around_what_was_found():
    shelf = [passage("0", "Fever."), passage("1", "Beside it.", page=1), passage("2", "Elsewhere.", page=9)]
    found = Retriever(Shelf(shelf, [0.9, 0.1, 0.05]), Pieces()).search("fever", 1)
    assert [hit.passage for hit in found.hits] == [shelf[0]]
    assert [hit.passage for hit in found.around] == shelf[:2]
    assert [hit.rank for hit in found.around] == [1, 2]


def test_what_the_filter_leaves_out_is_not_around_either():
    shelf = [passage("0", "Fever."), passage("1", "A row.", page=1, kind="table")]
    index = Shelf(shelf, [0.9, 0.8])
    found = Retriever(index, Pieces()).search("fever", 5, Where(kinds=("text",)))
    assert [hit.passage for hit in found.around] == shelf[:1]


def test_what_other_bodies_say_and_the_language_of_trials_step_back():
    shelf = [
        passage("0", "Zelmorin is advised.", heading=("Treatment", "Recommendations from other groups")),
        passage("1", "Zelmorin: RR 0.5 (95% CI 0.4 to 0.6), n=120, 3 RCTs, p<0.01.", page=2),
        passage("2", "Zelmorin is given.", page=3),
        *pages(6)[3:],
    ]
    assert order(Shelf(shelf, [0.8, 0.8, 0.79, 0.3, 0.2, 0.1]))[0] == 2
