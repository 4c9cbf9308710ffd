"""The terminal with a language model in this process: a tiny one with random weights, held to the shapes of replies.

What it picks means nothing; that it picks, from which lines, and what is said where it cannot, is what is tested.
"""

import json
import subprocess

import pytest
from PIL import Image

from cpgassist import Assistant, Corpus
from cpgassist.models.local.terms import TERMS
from tests.apps.conftest import PROGRAM, ROOT, SAMPLE
from tests.models.tiny_chat import one_thread, tiny_chat_at

QUESTION = "Adult with mild Harbour fever: how much zelmorin, for how many days?"
BY_CODE = "picked without the language model"


@pytest.fixture(scope="module", autouse=True)
def _calm():
    with one_thread():
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny MedGemma with room for the lines of an answer: its tokens are little more than letters."""
    return tiny_chat_at("gemma3", tmp_path_factory.mktemp("models") / "tiny-medgemma", max_position_embeddings=8192)


@pytest.fixture
def environment(folder):
    return {
        "CPGASSIST_MODEL_BACKEND": "transformers",
        "CPGASSIST_MODEL": str(folder),
        "CPGASSIST_MODEL_DEVICE": "cpu",
        "CPGASSIST_MODEL_DTYPE": "float32",
    }


@pytest.fixture
def configured(environment, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "neck.png"
    Image.effect_noise((160, 120), 60).convert("RGB").save(path)
    return path


@pytest.fixture
def asking(run, index):
    return lambda *words: run("ask", *words, "--corpus", SAMPLE, "--index", index)


def test_print(configured, asking, run, photo):
    for words in ([QUESTION], [QUESTION, "--json"], [QUESTION, "--photo", photo, "--yes"], ["--finding", "fever", "--json"]):
        print(asking(*words))
    print(run("describe", photo, "--corpus", SAMPLE))
    print(run("describe", photo, "--corpus", SAMPLE, "--json"))
