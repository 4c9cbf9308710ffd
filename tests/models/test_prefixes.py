"""What embedders read before questions and passages: from their folder, their name or the settings."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from cpgassist.models.embedding import BertEmbedder, OtherEmbedder, load_embedder
from cpgassist.models.folders import open_model_folder
from cpgassist.models.prefixes import Prefixes, published_prefixes
from tests.models.tiny import tiny_folder

SEARCHING = "Represent this sentence for searching relevant passages: "
TEXTS = ["dose of insulin", "renal", "not 5 mg of metformin .", "a b c"] * 4


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_folder(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def copied(tiny, tmp_path):
    def copy(name="copied", **said):
        folder = Path(shutil.copytree(tiny, tmp_path / name))
        if said:
            (folder / "config_sentence_transformers.json").write_text(json.dumps(said))
        return str(folder)

    return copy


# ---- the packaged model


def test_the_packaged_model_is_what_it_was():
    """A changed identity would embed every index anew."""
    embedder = load_embedder(precision="float32")
    identity = embedder.identity
    assert (identity.name, identity.revision, identity.dimension) == ("all-MiniLM-L6-v2", "53aa51172d14", 384)
    assert embedder.prefixes == Prefixes()
    assert embedder.count_tokens(["insulin", ""]) == [3, 2]
    np.testing.assert_array_equal(embedder.embed_questions(TEXTS[:2]), embedder.embed(TEXTS[:2]))


# ---- names


@pytest.mark.parametrize(
    ("name", "question", "passage"),
    [
        ("intfloat/e5-base-v2", "query: ", "passage: "),
        ("multilingual-E5-large", "query: ", "passage: "),
        ("BAAI/bge-small-en-v1.5", SEARCHING, ""),
        ("bge-large-zh-v1.5", "为这个句子生成表示以用于检索相关文章：", ""),
        ("mixedbread-ai/mxbai-embed-large-v1", SEARCHING, ""),
        ("nomic-ai/nomic-embed-text-v1.5", "search_query: ", "search_document: "),
        ("Snowflake/snowflake-arctic-embed-m-v1.5", SEARCHING, ""),
        ("Snowflake/snowflake-arctic-embed-l-v2.0", "query: ", ""),
    ],
)
def test_families_have_the_prefixes_that_their_publishers_say(name, question, passage):
    assert published_prefixes(name, {}) == Prefixes(question, passage)


@pytest.mark.parametrize("name", ["multilingual-e5-large-instruct", "intfloat/e5-mistral-7b-instruct"])
def test_instructed_families_have_an_instruction_before_questions_alone(name):
    found = published_prefixes(name, {})
    assert found.question.startswith("Instruct: ") and found.question.endswith("\nQuery: ")
    assert found.passage == ""


@pytest.mark.parametrize("name", ["all-MiniLM-L6-v2", "BAAI/bge-m3", "bge-large-zh-noinstruct", "my-e5-base", "e5", ""])
def test_what_is_not_known_has_none(name):
    assert published_prefixes(name, {}) == Prefixes()


# ---- what a folder says


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"prompts": {"query": "q: ", "document": "d: "}}, Prefixes("q: ", "d: ")),
        ({"prompts": {"query": "q: ", "passage": "p: "}}, Prefixes("q: ", "p: ")),
        ({"prompts": {"query": "q: ", "document": "", "passage": "p: "}}, Prefixes("q: ", "")),
        ({"prompts": {"query": "q: "}}, Prefixes("q: ", "")),
        ({"prompts": {"query": "q: ", "text": "t: "}, "default_prompt_name": "text"}, Prefixes("q: ", "t: ")),
        ({"prompts": {"query": "", "document": ""}, "default_prompt_name": None}, Prefixes("query: ", "passage: ")),
        ({"prompts": {"query": None}}, Prefixes("query: ", "passage: ")),
        ({"prompts": ["query"]}, Prefixes("query: ", "passage: ")),
        ({}, Prefixes("query: ", "passage: ")),
    ],
    ids=str,
)
def test_a_folder_s_own_prompts_come_before_its_family_s(said, expected):
    assert published_prefixes("e5-base-v2", said) == expected


def test_a_folder_is_known_by_its_name_and_a_snapshot_by_its_hub_s(tiny, tmp_path):
    named = Path(shutil.copytree(tiny, tmp_path / "e5-small-v2"))
    snapshot = tmp_path / "models--intfloat--multilingual-e5-small" / "snapshots" / "0123abc"
    snapshot.parent.mkdir(parents=True)
    shutil.copytree(tiny, snapshot)
    for folder in (named, snapshot):
        assert open_model_folder(str(folder)).prefixes == Prefixes("query: ", "passage: ")
    assert open_model_folder(str(tiny)).prefixes == Prefixes()


# ---- what they do


def test_questions_and_passages_are_read_after_their_prefix(copied, tiny):
    embedder, plain = load_embedder(copied(prompts={"query": "dose: ", "document": "not "})), load_embedder(str(tiny))
    np.testing.assert_array_equal(embedder.embed(TEXTS[:4]), plain.embed([f"not {text}" for text in TEXTS[:4]]))
    np.testing.assert_array_equal(
        embedder.embed_questions(TEXTS[:4]), plain.embed([f"dose: {text}" for text in TEXTS[:4]])
    )
    assert embedder.count_tokens(["insulin", ""]) == plain.count_tokens(["not insulin", "not"])


def test_the_settings_say_it_last_and_may_say_none(copied):
    folder = copied(prompts={"query": "dose: ", "document": "not "})
    assert load_embedder(folder, question_prefix="a: ").prefixes == Prefixes("a: ", "not ")
    assert load_embedder(folder, question_prefix="", passage_prefix="").prefixes == Prefixes()


def test_a_passage_prefix_is_part_of_the_revision_and_a_question_prefix_is_not(tiny):
    weights = hashlib.sha256((tiny / "model.safetensors").read_bytes()).hexdigest()[:12]
    revisions = [
        load_embedder(str(tiny), question_prefix=question, passage_prefix=passage).identity.revision
        for question, passage in [(None, None), ("q: ", None), (None, "p: "), ("q: ", "p: "), (None, "x: ")]
    ]
    assert revisions[0] == revisions[1] == weights
    assert revisions[2] == revisions[3]
    assert len(set(revisions)) == 3 and all(revision.startswith(weights) for revision in revisions)


@pytest.mark.parametrize("count", [3, 12])
def test_both_ways_read_the_prefixes_alike(copied, count):
    folder = open_model_folder(copied(prompts={"query": "dose: ", "document": "not "}))
    fast, slow = BertEmbedder(folder, "float32"), OtherEmbedder(folder)
    assert fast.identity == slow.identity
    assert fast.count_tokens(TEXTS) == slow.count_tokens(TEXTS)
    np.testing.assert_allclose(fast.embed(TEXTS[:count]), slow.embed(TEXTS[:count]), atol=1e-5)
    np.testing.assert_allclose(fast.embed_questions(TEXTS[:count]), slow.embed_questions(TEXTS[:count]), atol=1e-5)


def test_a_default_prompt_is_not_put_before_what_has_its_own(copied):
    """sentence-transformers would take it for questions without an explicit prompt."""
    folder = copied(prompts={"query": "", "text": "not "}, default_prompt_name="text")
    embedder = load_embedder(folder)
    assert isinstance(embedder, OtherEmbedder)
    plain = OtherEmbedder(open_model_folder(copied("plain")))
    np.testing.assert_allclose(embedder.embed_questions(["renal"]), plain.embed(["renal"]), atol=1e-5)
    np.testing.assert_allclose(embedder.embed(["renal"]), plain.embed(["not renal"]), atol=1e-5)


def test_pooling_without_the_prompt_is_left_to_sentence_transformers(copied):
    folder = Path(copied(prompts={"document": "not "}))
    pooling = folder / "1_Pooling" / "config.json"
    pooling.write_text(json.dumps(json.loads(pooling.read_text()) | {"include_prompt": False}))
    assert isinstance(load_embedder(str(folder)), OtherEmbedder)
