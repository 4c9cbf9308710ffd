"""The terminal with a language model in this process: a tiny one with random weights, held to the shapes of replies.

What it picks means nothing; that it picks, from which lines, and what is said where it cannot, is what is tested.
"""

import json
import os
import subprocess
from functools import wraps

import pytest
from PIL import Image

from cpgassist import Assistant, Corpus
from cpgassist.models.telling import TERMS
from tests.apps.chat_road import photo_road
from tests.apps.conftest import PROGRAM, ROOT, SAMPLE
from tests.models.tiny_chat import one_thread, tiny_chat_at

QUESTION = "Adult with mild Harbour fever: how much zelmorin, for how many days?"
SEEN = {
    "image_type": "clinical photo",
    "anatomy": "neck",
    "findings": [{"text": "swollen glands", "certainty": "definite"}],
    "limitations": "",
}
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


@pytest.fixture
def saying(folder, monkeypatch):
    """Lets the model write a text about each photo that it is shown, and begin each other reply with "LINES: ", whatever
    its weights say; they choose the numbers."""
    from transformers import AutoTokenizer, Gemma3ForConditionalGeneration

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    forward, left, of_photos = Gemma3ForConditionalGeneration.forward, [], []

    @wraps(forward)
    def forced(*given, **named):
        made = forward(*given, **named)
        if named["input_ids"].shape[1] > 1:
            sees = named["token_type_ids"].any()  # of type 1 are the tokens of photos
            left[:] = of_photos if sees else tokenizer.encode("LINES: ", add_special_tokens=False)
        if left:
            made.logits[:, -1, left.pop(0)] = 1e4
        return made

    def of_each_photo(text):
        end = tokenizer.convert_tokens_to_ids("<end_of_turn>")
        of_photos[:] = [*tokenizer.encode(text, add_special_tokens=False), end]

    monkeypatch.setattr(Gemma3ForConditionalGeneration, "forward", forced)
    return of_each_photo


def test_an_answer_has_the_lines_that_the_model_picked(configured, saying, asking, index):
    code, out, _ = asking(QUESTION, "--json")
    answer = json.loads(out)
    assert code == 0 and answer["citations"] and all(citation["verified"] for citation in answer["citations"])
    assert (answer["models"]["generator"], answer["models"]["model"]["backend"]) == ("tiny-medgemma", "transformers")
    assert len(answer["models"]["model"]["digest"]) == 64 and BY_CODE not in out
    # Random words are in no line: whatever it wrote as its short answer, nothing of it is shown.
    quotes = " ".join(citation["quote"] for citation in answer["citations"])
    assert not answer["bottom_line"] or answer["bottom_line"]["text"] in quotes
    told = Assistant(Corpus(SAMPLE, index=index)).ask(QUESTION).to_dict()
    for name in ("status", "bottom_line", "statements", "citations", "not_in_guideline"):
        assert json.loads(json.dumps(told[name])) == answer[name]


def test_a_model_that_is_not_held_to_the_shape_talks_nonsense_and_code_picks(configured, asking, monkeypatch):
    monkeypatch.setenv("CPGASSIST_MODEL_CONSTRAINED", "false")
    code, out, _ = asking(QUESTION, "--json")
    (said,) = json.loads(out)["not_in_guideline"]
    assert code == 0 and BY_CODE in said and "named no lines" in said
    assert json.loads(out)["models"]["generator"] == "extractive" and json.loads(out)["citations"]


def test_what_the_model_cannot_describe_is_refused_and_not_searched_with(configured, run, asking, photo):
    code, out, _ = run("describe", photo, "--corpus", SAMPLE)
    assert code == 3 and "cannot be described reliably" in out
    code, out, err = asking(QUESTION, "--photo", photo, "--yes")
    assert (code, out) == (2, "") and "cannot be described reliably" in err


def test_the_chat_describes_a_photo_and_answers_with_what_was_confirmed(configured, saying, index, photo):
    saying(json.dumps(SEEN))
    card, answer = photo_road(Assistant(Corpus(SAMPLE, index=index)), photo.read_bytes(), QUESTION)
    assert card["findings"] == SEEN["findings"]
    assert "swollen glands (definite)" in answer and "for research use" in answer
    assert "Lines picked by tiny-medgemma, checked by code." in answer


def test_a_photo_is_described_confirmed_and_answered_from(configured, saying, run, asking, photo):
    saying(json.dumps(SEEN))
    code, out, _ = run("describe", photo, "--corpus", SAMPLE, "--json")
    assert code == 0 and json.loads(out)["findings"] == SEEN["findings"]
    code, out, err = asking(QUESTION, "--photo", photo)
    assert (code, out) == (2, "") and "not confirmed: " in err and "swollen glands" in err
    code, out, _ = asking(QUESTION, "--photo", photo, "--yes", "--json")
    answer = json.loads(out)
    assert code == 0 and answer["models"]["generator"] == "tiny-medgemma" and BY_CODE not in out
    assert answer["findings"]["findings"] == SEEN["findings"] and "research use" in answer["findings"]["label"]


def test_the_terms_of_the_weights_stand_once_on_stderr_and_never_on_stdout(environment, photo):
    words = [PROGRAM, "describe", photo, photo, "--corpus", SAMPLE, "--json"]
    done = subprocess.run(
        list(map(str, words)), capture_output=True, text=True, timeout=120, cwd=ROOT, env=os.environ | environment
    )
    assert done.returncode == 3 and json.loads(done.stdout)["refused"]
    assert done.stderr.count(TERMS) == 1
