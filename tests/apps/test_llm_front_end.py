"""A chat front end that exists, `llm`, asks through `/v1`: configured by an address alone, as its users do."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

pytest.importorskip("llm", reason="llm is not installed: pip install -e '.[test]'")
pytest.importorskip("openai")

from chat_fakes import FakeAssistant
from door_server import served
from fastapi import FastAPI
from test_openai_api import DOSE, QUESTION, SEEN, SILENT, picture

from cpgassist import Assistant, Corpus
from cpgassist.apps.openai_api import add_openai
from cpgassist.apps.server import create_app
from cpgassist.testing import ScriptedChat


def front_end(home, address):
    """Runs llm as a user who told it of one model; gives exit code, stdout, stderr."""
    model = f"- model_id: cpgassist\n  model_name: cpgassist\n  api_base: {address}/v1\n  vision: true\n"
    (home / "extra-openai-models.yaml").write_text(model)
    kept = {name: value for name, value in os.environ.items() if "KEY" not in name and "proxy" not in name.lower()}

    def ask(*words, typed=None):
        done = subprocess.run(
            [sys.executable, "-m", "llm", *words],
            env={**kept, "LLM_USER_PATH": str(home)}, capture_output=True, text=True, timeout=120, check=False, input=typed,
        )  # fmt: skip
        return SimpleNamespace(code=done.returncode, out=done.stdout, err=done.stderr)

    return ask


@pytest.fixture(scope="module")
def asked(index, sample, tmp_path_factory):
    with served(create_app(Assistant(Corpus(sample, index=index)))) as address:
        yield front_end(tmp_path_factory.mktemp("llm"), address)


def test_a_question_is_answered_and_a_follow_up_understood(asked):
    first = asked("-m", "cpgassist", DOSE)
    assert first.code == 0 and first.out.rstrip().endswith("Status: answered")
    assert "12 mg/kg/day by mouth in two divided doses" in first.out
    assert re.search(
        r"\[7\] Management of Harbour Fever.*, p\. 3 \(page 10 of the file\) <http://127\.0\.0\.1:\d+/api/v1/",
        first.out,
    )
    second = asked("-c", "And for a child?")
    assert second.code == 0 and "Asked as:" in second.out and "14 mg/kg/day" in second.out


def test_whole_and_streamed_silence_is_the_same(asked):
    streamed, whole = asked("-m", "cpgassist", SILENT), asked("-m", "cpgassist", "--no-stream", SILENT)
    assert streamed.out == whole.out and whole.out.rstrip().endswith("Status: silent")


def test_what_may_not_be_asked_is_told_in_words(asked):
    refused = asked("-m", "cpgassist", "dose for 850101-14-5678?")
    assert refused.code != 0 and "looks like an IC number. Remove it before sending." in refused.err


def test_its_chat_asks_turn_by_turn(asked):
    talk = asked("chat", "-m", "cpgassist", typed=f"{SILENT}\n{DOSE}\nexit\n")
    assert talk.code == 0 and talk.out.index("Status: silent") < talk.out.index("Status: answered")


def test_a_photo_is_confirmed_in_the_next_turn(tmp_path):
    eyes, app = FakeAssistant(eyes=ScriptedChat(SEEN)), FastAPI()
    add_openai(app, eyes)
    photo = tmp_path / "photo.png"
    photo.write_bytes(base64.b64decode(picture().partition(",")[2]))
    with served(app) as address:
        asked = front_end(tmp_path, address)
        described = asked("-m", "cpgassist", QUESTION, "-a", str(photo))
        assert described.code == 0 and "(1) crusted plaque (definite)" in described.out and eyes.asked == []
        answered = asked("-c", "2")
    assert answered.code == 0 and len(eyes.photos) == 1
    [findings] = eyes.confirmed
    assert [item.text for item in findings.items] == ["crusted plaque"]
