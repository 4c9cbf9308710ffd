"""A Chinese guideline is read, found by a Chinese question with the lexical side alone, and quoted in sentences."""

import pytest

from cpgassist import Assistant, Corpus
from cpgassist.testing import HashEmbedder
from tests.fixtures.editions import CHINESE, GULL, SONG, guideline


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chinese")
    guideline(folder / "haiou.pdf", "海鸥热诊疗指南", CHINESE, ("2022年版",), font=SONG)
    guideline(folder / "gull.pdf", "Management of Gull Fever", GULL, ("2024",))
    corpus = Corpus(folder, embedder=HashEmbedder(), vector_search="exact", dense_weight=0.0)
    corpus.reindex()
    return corpus


def test_its_language_is_stored_and_shown(corpus):
    rows = {row["file"]: row["language"] for row in corpus.status()["guidelines"]}
    assert rows == {"haiou.pdf": "zh", "gull.pdf": "en"}


@pytest.mark.parametrize(
    ("question", "words"),
    [("成人海鸥片的剂量是多少？", "海鸥片四十毫克"), ("孕妇可以用吗", "孕妇禁用"), ("羽毛试验何时判读", "羽毛试验")],
)
def test_a_chinese_question_finds_it_by_words_alone(corpus, question, words):
    index = corpus.open_index()
    at, score = index.lexical(question, 1)[0]
    assert score > 0 and words in index.passages[at].text.replace(" ", "").replace("\n", "")
    hit = Assistant(corpus).search(question, 1).hits[0]
    assert hit.passage.guideline == "haiou"


def test_its_sentences_end_at_chinese_marks(corpus):
    [passage] = [p for p in corpus.open_index().passages if "羽毛试验" in p.text]
    said = [s.text for s in passage.sentences]
    assert {"羽毛试验可在四十八小时后判读。", "是否需要住院？", "由医师决定。"} <= set(said)


def test_its_quotes_are_found_again_on_the_page(corpus):
    answer = Assistant(Corpus(corpus.settings.corpus, embedder=HashEmbedder(), threshold=0.0)).ask("海鸥片每日几次？")
    assert answer.citations and all(citation.verified is True for citation in answer.citations)
    assert "成人每日一次口服海鸥片四十毫克，疗程七天。" in [citation.quote for citation in answer.citations]
