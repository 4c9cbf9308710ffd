"""Photos in the terminal: described, confirmed, then searched with; by a server that plays MedGemma, and without any."""

import json
import re
import sys

import pytest
from PIL import Image

from cpgassist import Assistant, Corpus
from tests.apps.chat_road import photo_road
from tests.apps.conftest import SAMPLE
from tests.models.fake_server import MODEL, FakeServer, Plan

pytest.importorskip("openai", reason="the openai package is not installed")

SEEN = {
    "image_type": "clinical photo of the neck",
    "anatomy": "neck",
    "findings": [
        {"text": "swollen glands", "certainty": "definite"},
        {"text": "no rash", "certainty": "probable"},
    ],
    "limitations": "fever cannot be seen",
}
QUESTION = "Adult with mild Harbour fever: how much zelmorin, for how many days?"


class MedGemma(FakeServer):
    """Describes photos, picks the first line that names zelmorin, and writes what `sentence` says."""

    sentence = "NONE"
    described = json.dumps(SEEN)

    @property
    def plan(self):
        body = self.requests[-1]["body"] if self.requests else None
        if not body:
            return Plan()
        said = json.dumps(body["messages"])
        if "data:image/png" in said:
            return Plan(pieces=[self.described])
        if "LINES:" in said:
            lines = re.findall(r"\[(\d+)\] ([^\\]*)", said)
            return Plan(pieces=["LINES: ", next(n for n, text in lines if "zelmorin" in text)])
        return Plan(pieces=[self.sentence])

    @plan.setter
    def plan(self, value):
        pass


@pytest.fixture
def server(monkeypatch):
    with MedGemma() as running:
        for name, value in {"MODEL_BACKEND": "openai", "MODEL": MODEL, "BASE_URL": running.url}.items():
            monkeypatch.setenv(f"CPGASSIST_{name}", value)
        yield running


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "neck.jpg"
    Image.effect_noise((160, 120), 60).convert("RGB").save(path)
    return path


@pytest.fixture
def asking(run, index):
    return lambda *words: run("ask", *words, "--corpus", SAMPLE, "--index", index)


def test_a_photo_is_described_with_its_label_and_nothing_is_searched(server, run, photo):
    code, out, _ = run("describe", photo, "--corpus", SAMPLE)
    assert code == 0
    for said in ("clinical photo of the neck", "1. swollen glands (definite)", "fever cannot be seen", "research use"):
        assert said in out
    assert [request["body"] is not None for request in server.requests].count(True) == 1


def test_described_as_json(server, run, photo):
    code, out, _ = run("describe", photo, "--corpus", SAMPLE, "--json")
    told = json.loads(out)
    assert code == 0 and [item["text"] for item in told["findings"]] == ["swollen glands", "no rash"]
    assert told["model"]["name"] == MODEL


def test_what_cannot_be_described_ends_with_3(server, run, photo):
    server.described = '{"cannot_describe": "out of focus"}'
    code, out, _ = run("describe", photo, "--corpus", SAMPLE)
    assert code == 3 and "out of focus" in out


def test_unconfirmed_findings_are_not_searched_with(server, asking, photo):
    code, out, err = asking(QUESTION, "--photo", photo)
    assert (code, out) == (2, "")
    assert "not confirmed: clinical photo of the neck" in err and "--yes" in err and "--finding" in err


def test_confirmed_by_a_flag_the_answer_is_picked_by_the_model_and_carries_the_label(server, asking, photo):
    code, out, _ = asking(QUESTION, "--photo", photo, "--yes", "--json")
    answer = json.loads(out)
    assert code == 0 and answer["models"]["generator"] == MODEL and answer["models"]["model"]["backend"] == "openai"
    assert (
        answer["findings"]["findings"][0]["text"] == "swollen glands" and "research use" in answer["findings"]["label"]
    )
    assert (
        all(citation["verified"] for citation in answer["citations"]) and "zelmorin" in answer["statements"][0]["text"]
    )


def test_the_chat_describes_a_photo_and_answers_with_what_was_confirmed(server, index, photo):
    card, answer = photo_road(Assistant(Corpus(SAMPLE, index=index)), photo.read_bytes(), QUESTION)
    assert [item["text"] for item in card["findings"]] == ["swollen glands", "no rash"]
    assert "swollen glands (definite)" in answer and "for research use" in answer
    assert f"Lines picked by {MODEL}, checked by code." in answer


def test_a_wrong_dose_of_the_model_reaches_nobody(server, asking):
    server.sentence = "Give zelmorin 4711 mg/kg every hour [1]."
    code, out, _ = asking(QUESTION)
    assert code == 0 and "withheld" in out and "4711" not in out


@pytest.mark.parametrize(
    ("typed", "kept", "by"),
    [
        ("", ["swollen glands", "no rash"], "model"),
        ("2", ["swollen glands"], "model"),
        ("ulcer of the lip; 2 cm wide", ["swollen glands", "no rash", "ulcer of the lip", "2 cm wide"], "user"),
    ],
)
def test_a_person_confirms_leaves_out_and_adds(server, run, index, photo, monkeypatch, typed, kept, by):
    from cpgassist.apps.cli import asking, confirming

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(confirming.typer, "prompt", lambda *_, **__: typed)
    used = []
    monkeypatch.setattr(asking, "confirmed", lambda *given: used.append(confirming.confirmed(*given)) or used[0])
    code, _, err = run("ask", QUESTION, "--photo", photo, "--corpus", SAMPLE, "--index", index)
    assert code == 0 and "1. swollen glands" in err
    assert ([item.text for item in used[0].items], used[0].by) == (kept, by)


@pytest.mark.parametrize("typed", ["q", "7"])
def test_a_person_stops_it_or_names_what_is_not_there(server, run, index, photo, monkeypatch, typed):
    from cpgassist.apps.cli import confirming

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(confirming.typer, "prompt", lambda *_, **__: typed)
    code, out, _ = run("ask", QUESTION, "--photo", photo, "--corpus", SAMPLE, "--index", index)
    assert (code, out) == (2, "")


def test_typed_findings_need_no_model_and_no_photo(asking):
    code, out, _ = asking("--finding", "fever", "--finding", "swollen glands in the neck", "--json")
    answer = json.loads(out)
    assert code in (0, 3) and answer["findings"]["by"] == "user" and answer["question"] == ""
    assert answer["models"]["generator"] == "extractive"


def test_the_terminal_shows_the_findings_their_label_and_what_each_led_to(asking, server, photo):
    _, out, _ = asking("How is it treated?", "--finding", "fever", "--finding", "rash on both shins")
    assert "Findings: fever; rash on both shins" in out and "no model has seen a photo" in out
    assert "found by: " in out
    _, out, _ = asking(QUESTION, "--photo", photo, "--yes")
    assert "swollen glands (definite)" in out and "research use" in out
    assert f"Lines picked by {MODEL}, checked by code" in out


def test_without_a_model_a_photo_says_what_to_do(asking, photo):
    code, _, err = asking(QUESTION, "--photo", photo)
    assert code == 6 and "No language model is configured" in err and "cpgassist models" in err


def test_a_server_that_is_gone_costs_only_its_words(asking, monkeypatch):
    for name, value in {"MODEL_BACKEND": "openai", "MODEL": MODEL, "BASE_URL": "http://127.0.0.1:9/v1"}.items():
        monkeypatch.setenv(f"CPGASSIST_{name}", value)
    code, out, _ = asking(QUESTION)
    assert code == 0 and "picked without the language model" in out and "zelmorin" in out
