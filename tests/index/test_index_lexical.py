"""Clinicians' tokens are found whole and by their parts; BM25 is the same from memory and from disk."""

import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpgassist.index.lexical import STOP_WORDS, LexicalIndex, foreign_words, tokenize, top

TABLE = {
    "HbA1c": ["hba1c", "hb", "a1c"],
    "mg/kg": ["mg/kg", "mg", "kg"],
    "II-1": ["ii-1", "ii", "1"],
    "≥140/90": ["≥140/90", "140/90", "140", "90"],
    ">= 140/90": ["≥140/90", "140/90", "140", "90"],
    "5-7": ["5-7", "5", "7"],
    "5 – 7 days": ["5-7", "5", "7", "day"],
    "0.5": ["0.5"],
    "0,5": ["0.5"],
    "1,5 mg": ["1.5", "mg"],
    "1,000 mg": ["1000", "mg"],
    "2,000,000": ["2000000"],
    "500mg": ["500mg", "500", "mg"],
    "5-10mg/kg/day": ["5-10mg/kg/day", "5-10", "5", "10", "mg/kg/day", "mg", "kg", "day"],
    "140/90mmHg": ["140/90mmhg", "140/90", "140", "90", "mmhg", "mm", "hg"],
    "SpO2": ["spo2", "sp", "o2"],
    "SpO₂": ["spo2", "sp", "o2"],
    "COVID-19": ["covid-19", "covid", "19"],
    "COVID\u201119": ["covid-19", "covid", "19"],
    "1.73m²": ["1.73m2", "1.73", "m2"],
    "q6h": ["q6h"],
    "eGFR < 30": ["egfr", "gfr", "<30", "30"],
    "p<0.05": ["p", "<0.05", "0.05"],
    "7.5%": ["7.5%", "7.5"],
    "250 µg": ["250", "mcg"],
    "250 ug/mL": ["250", "mcg/ml", "mcg", "ml"],
    "Sjögren’s": ["sjogren", "s"],
    "hepatitis A": ["hepat", "a"],
    "a dose": ["dose"],
    "do not give": ["not", "give"],
    "shouldn't": ["not"],
    "without": ["without"],
    "WHO": ["who"],
    "diabetes, diabetic": ["diabet", "diabet"],
    "糖尿病": ["糖尿", "尿病", "糖", "尿", "病"],
    "糖尿 \n病": ["糖尿", "尿病", "糖", "尿", "病"],
    "病": ["病"],
    "한국어": ["한국", "국어", "한", "국", "어"],
    "HbA1c是": ["hba1c", "hb", "a1c", "是"],
    "x ≮ 5": ["x", "5"],
    "end.Next": ["end.next", "end", "next"],
    "the of and": [],
    "  —  ": [],
    "": [],
}


@pytest.mark.parametrize(("text", "tokens"), TABLE.items())
def test_what_clinicians_type_is_kept_whole_and_in_parts(text, tokens):
    assert tokenize(text) == tokens


@pytest.mark.parametrize("word", ["not", "no", "without", "against", "nor", "never", "who"])
def test_words_that_change_the_meaning_are_never_stopped(word):
    assert word not in STOP_WORDS
    assert tokenize(word)


def test_a_dose_is_not_found_by_a_tenth_of_it():
    assert "5" not in tokenize("0.5 mg")


MIXED = ("The skin is pale and cold", "Ubat yang paling berkesan", "Diabetic ulcers and diabetes", "Diabetes pada ibu")


def test_malay_words_are_not_stemmed_as_english_ones():
    assert tokenize("paling") == tokenize("pale") == ["pale"]
    foreign = foreign_words(MIXED, ("en", "ms", "en", "ms"))
    assert "paling" in foreign and "diabetes" not in foreign
    assert tokenize("paling dan diabetes", foreign) == ["paling", "dan", "diabet"]
    assert foreign_words(MIXED, ("en", "en", "en", None)) == frozenset()


def test_most_in_malay_does_not_find_pale_skin():
    index = LexicalIndex.build(MIXED, ("en", "ms", "en", "ms"))
    assert [at for at, _ in index.best("paling", 4)] == [1]
    assert [at for at, _ in index.best("pale", 4)] == [0]
    assert {at for at, _ in index.best("diabetic", 4)} == {2, 3}


def test_a_chinese_word_is_found_in_a_sentence_and_across_a_line_break():
    texts = ("成人每日一次口服海鸥片四十毫克", "儿童剂量减半，孕妇禁\n用", "Adults take the tablet daily")
    index = LexicalIndex.build(texts, ("zh", "zh", "en"))
    assert index.best("海鸥片怎么吃？", 3)[0][0] == 0
    assert index.best("孕妇禁用吗", 3)[0][0] == 1
    assert index.best("片", 3)[0][0] == 0


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="aA1.,-/<>=%≥µ²é 糖'", max_size=25))
def test_any_text_gives_tokens_without_spaces_and_the_same_each_time(text):
    tokens = tokenize(text)
    assert tokens == tokenize(text)
    assert all(token and not any(character.isspace() for character in token) for token in tokens)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="aB1.,-/<≥% m", max_size=25), st.sampled_from("\u2010\u2011\u2012\u2013\u2014\u2212"))
def test_every_dash_is_the_same_dash(text, dash):
    assert tokenize(text.replace("-", dash)) == tokenize(text)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="abcdefgA1.-/<mg% 糖", max_size=20), min_size=1, max_size=6))
def test_a_passage_is_found_by_its_own_words(texts):
    index = LexicalIndex.build(texts)
    for position, text in enumerate(texts):
        found = dict(index.best(text, len(texts)))
        assert (position in found) == bool(tokenize(text))


def test_threads_share_the_tokenizer():
    results = []
    words = [f"running{number}x diabetic ulcers" for number in range(300)]
    threads = [threading.Thread(target=lambda: results.append([tokenize(word) for word in words])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert all(result == results[0] for result in results)


TEXTS = ["Metformin 500mg twice daily", "Insulin for HbA1c ≥10%", "Do not give metformin if eGFR <30", "—", ""]


def test_scores_cover_the_whole_corpus_and_a_mask_restricts_the_best():
    index = LexicalIndex.build(TEXTS)
    scores = index.scores("metformin 500 mg")
    assert scores.shape == (len(TEXTS),)
    assert scores.dtype == np.float32
    assert [position for position, _ in index.best("metformin 500 mg", 5)] == [0, 2]
    assert [at for at, _ in index.best("metformin 500 mg", 5, np.array([False, True, True, True, True]))] == [2]
    assert index.best("metformin", 0) == []
    assert index.best("unheard of", 5) == index.best("", 5) == index.best("the of", 5) == []
    assert not index.scores("").any()


def test_the_index_scores_the_same_from_disk(tmp_path):
    built = LexicalIndex.build((*TEXTS, "Pesakit pusing"), (*["en"] * len(TEXTS), "ms"))
    built.save(tmp_path)
    loaded = LexicalIndex.load(tmp_path)
    assert len(loaded) == len(TEXTS) + 1
    assert loaded.foreign == built.foreign == {"pusing"}
    for question in (*TEXTS, "A1c", "unheard of"):
        assert np.array_equal(loaded.scores(question), built.scores(question))
        assert loaded.weights(question) == built.weights(question)


def test_the_saved_index_holds_no_pickle_and_is_the_same_in_another_process(tmp_path):
    LexicalIndex.build(TEXTS).save(tmp_path / "here")
    script = (
        "import sys; from pathlib import Path; from cpgassist.index.lexical import LexicalIndex\n"
        f"LexicalIndex.build({TEXTS!r}).save(Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "there")], check=True)
    files = sorted(path.name for path in (tmp_path / "here").iterdir())
    assert all(name.endswith((".npy", ".json")) for name in files)
    for name in files:
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()
    for path in (tmp_path / "here").glob("*.npy"):
        np.load(path, allow_pickle=False)


def test_a_corpus_without_words_can_be_searched():
    index = LexicalIndex.build(["", "..."])
    assert index.best("metformin", 5) == []


@pytest.mark.parametrize("name", ["rules.json", "vocab.index.json", "params.index.json", "data.csc.index.npy"])
@pytest.mark.parametrize("spoiled", [b"", b"{}", b"[1]", b"\x93NUMPY"])
def test_a_spoiled_file_is_refused_with_an_ordinary_error(tmp_path, name, spoiled):
    LexicalIndex.build(TEXTS).save(tmp_path)
    (tmp_path / name).write_bytes(spoiled)
    with pytest.raises((OSError, ValueError)):
        LexicalIndex.load(tmp_path)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-3, 3), max_size=20), st.integers(0, 22), st.data())
def test_top_is_a_stable_sort_cut_short(values, k, data):
    scores = np.asarray(values, dtype=np.float32)
    mask = np.asarray(data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))), dtype=bool)
    expected = sorted(np.flatnonzero(mask), key=lambda at: -scores[at])[:k]
    assert top(scores, k, mask).tolist() == list(expected)
    assert top(scores, k).tolist() == sorted(range(len(values)), key=lambda at: -scores[at])[:k]
