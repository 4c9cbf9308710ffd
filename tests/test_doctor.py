"""The doctor on a language model: loaded or not, asked and shown something, each fault with its cure."""

import json

import pytest

from cpgassist import Corpus, doctor
from cpgassist.doctor import checks
from cpgassist.errors import InputError, ModelError
from cpgassist.models.known import KNOWN, Machine, listed, this_machine
from cpgassist.testing import HashEmbedder, ScriptedChat

DISC = json.dumps({"image_type": "drawing", "anatomy": "none", "findings": ["red disc"], "limitations": "none"})


@pytest.fixture
def told(tmp_path, monkeypatch):
    """The doctor's lines on the language model, by what was looked at."""

    def look(chat, **settings):
        def model(_):
            if isinstance(chat, Exception):
                raise chat
            return chat

        monkeypatch.setattr(doctor, "chat_model", model)
        corpus = Corpus(tmp_path, embedder=HashEmbedder(), **settings)
        found = {check.what: check for check in checks(corpus)}
        return {name: found[name] for name in ("language model", "picking lines", "photos") if name in found}

    return look


def test_without_a_language_model_all_is_well(told):
    (check,) = told(None).values()
    assert check.state == "ok" and check.found.startswith("none: code picks the lines")


def test_a_model_that_picks_and_sees(told):
    found = told(ScriptedChat("LINES: 1", DISC))
    assert [check.state for check in found.values()] == ["ok"] * 3
    assert "scripted" in found["language model"].found and "the right one of two" in found["picking lines"].found
    assert "drawing: red disc" in found["photos"].found


@pytest.mark.parametrize(("reply", "said"), [("LINES: 2", "the wrong line"), ("NONE", "no line")])
def test_a_model_that_picks_badly_is_a_warning(told, reply, said):
    check = told(ScriptedChat(reply, DISC))["picking lines"]
    assert check.state == "warn" and check.found.startswith(said) and check.cure


def test_a_model_that_talks_nonsense_fails_with_a_cure(told):
    check = told(ScriptedChat("The kettle holds two litres.", DISC))["picking lines"]
    assert (check.state, bool(check.cure)) == ("fail", True)


@pytest.mark.parametrize(
    "error", [ModelError("It is not here.", "Get it."), InputError("No model.", "Set CPGASSIST_MODEL.")]
)
def test_a_model_that_cannot_be_loaded_fails_with_its_next_step(told, error):
    (check,) = told(error).values()
    assert (check.state, check.found, check.cure) == ("fail", error.message, error.next_step)


def test_photos_off_refused_failed_and_unseen(told):
    assert "off" in told(ScriptedChat("LINES: 1"), photo="off")["photos"].found
    assert "text alone" in told(ScriptedChat("LINES: 1", vision=False))["photos"].found
    refused = told(ScriptedChat("LINES: 1", '{"cannot_describe": "too dark"}'))["photos"]
    assert refused.state == "warn" and "too dark" in refused.found
    failed = told(ScriptedChat("LINES: 1", ModelError("gone", "Start it.")))["photos"]
    assert (failed.state, failed.cure) == ("fail", "Start it.")


def test_what_runs_where_follows_from_the_memory():
    small, large = KNOWN[0], next(model for model in KNOWN if model.id.endswith("27b-it"))
    assert Machine(64, 0).runs(small) == "CPU, slowly" and Machine(8, 0).runs(small) == "no"
    assert Machine(12, 0, "", bfloat16=False).runs(small) == "no"
    assert Machine(8, 24).runs(small) == "GPU" and Machine(8, 24).runs(large) == "GPU in 4 bits"
    assert Machine(8, 80).runs(large) == "GPU" and Machine(8, 7).runs(small) == "GPU in 4 bits"


def test_known_models_are_listed_with_their_pages_and_terms():
    rows = listed(this_machine())
    assert [row["id"] for row in rows] == [model.id for model in KNOWN]
    assert all(
        row["page"].endswith(row["id"]) and row["licence"] and row["gigabytes_nf4"] < row["gigabytes"] for row in rows
    )
    assert not any("-pt" in row["id"] for row in rows)
