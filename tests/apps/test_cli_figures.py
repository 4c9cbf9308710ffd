"""Figures like a photo in the terminal, from reindex to the page, by a tiny SigLIP with random weights."""

import json
import shutil

import pytest

from tests.apps.conftest import SAMPLE

pytest.importorskip("sentencepiece", reason="the extra medsiglip is not installed")
pytest.importorskip("transformers", reason="the extra medsiglip is not installed")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    from tests.models.tiny_siglip import tiny_siglip

    return tiny_siglip(tmp_path_factory.mktemp("siglip") / "tiny")


@pytest.fixture(scope="module")
def figured(index, weights, tmp_path_factory):
    """The sample's index, with figures."""
    from cpgassist import Corpus

    folder = shutil.copytree(index, tmp_path_factory.mktemp("figured") / "index")
    assert Corpus(SAMPLE, index=folder, medsiglip=str(weights)).reindex().embedded == 0
    return folder


@pytest.fixture
def configured(monkeypatch, weights):
    monkeypatch.setenv("CPGASSIST_MEDSIGLIP", str(weights))


@pytest.fixture
def photo(figured, tmp_path):
    """A photo of the page's algorithm, as a clinician might take one."""
    from cpgassist import Corpus
    from cpgassist.likeness import cropped

    corpus = Corpus(SAMPLE, index=figured)
    index = corpus.open_index()
    figure = index.figures.figures[0]
    [owner] = [one.guideline for one in index.passages if one.id == figure.passage]
    path = tmp_path / "algorithm.jpg"
    cropped(corpus.page_image(index.guidelines[owner].file, figure.at.page, 150), figure.at, 150).save(path)
    return path


def test_the_figure_that_was_photographed_is_named_with_its_page(run, figured, configured, photo):
    code, out, _ = run("figures", photo, "--corpus", SAMPLE, "--index", figured)
    lines = " ".join(out.split())
    assert code == 0 and lines.startswith("1. Compare with ") and ", page " in lines
    assert "not a diagnosis" in lines and "2. Compare with" in lines


def test_as_json(run, figured, configured, photo):
    code, out, _ = run("figures", photo, "--k", "1", "--corpus", SAMPLE, "--index", figured, "--json")
    [hit] = json.loads(out)
    assert code == 0 and hit["similarity"] == pytest.approx(1, abs=0.05) and hit["page"] > 1 and hit["boxes"]
    assert "not a diagnosis" in hit["label"]


def test_nothing_configured_and_nothing_indexed_end_with_what_to_do(run, index, figured, photo, monkeypatch, weights):
    code, _, err = run("figures", photo, "--corpus", SAMPLE, "--index", figured)
    assert code == 6 and "CPGASSIST_MEDSIGLIP" in err
    monkeypatch.setenv("CPGASSIST_MEDSIGLIP", str(weights))
    code, _, err = run("figures", photo, "--corpus", SAMPLE, "--index", index)
    assert code == 2 and "cpgassist reindex" in err


def test_no_figure_ends_with_3(run, figured, configured, photo):
    code, out, _ = run("figures", photo, "--year-from", "2199", "--corpus", SAMPLE, "--index", figured)
    assert code == 3 and "No figure" in out
    code, out, _ = run("figures", photo, "--year-from", "2199", "--corpus", SAMPLE, "--index", figured, "--json")
    assert code == 3 and json.loads(out) == []


def test_the_doctor_names_model_and_figures(run, figured, configured):
    _, out, _ = run("doctor", "--corpus", SAMPLE, "--index", figured, "--json")
    told = {line["what"]: line for line in json.loads(out)}
    assert told["medsiglip"]["found"].startswith("tiny (") and told["figures"]["state"] == "ok"
