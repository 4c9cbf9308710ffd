"""What the tests of a language model behind a server ask of it, and the failure it may answer with."""

import traceback
from pathlib import Path

import pytest

pytest.importorskip("openai", reason="the extra [openai] is not installed")

from cpgassist.errors import CpgassistError
from cpgassist.types import Photo, Prompt
from tests.models.fake_server import FakeServer

ROOT = Path(__file__).parents[2]

QUESTION = "A girl of 7 from Zubrowka has spots."
KEY = "sk-very-secret-4711"
PROMPT = Prompt("You are kind.", (QUESTION, "[1] Rest."))
PHOTO = Photo(b"\x89PNG-not-really", 3, 2, "Before")
WITH_PHOTO = Prompt("You are kind.", (PHOTO, Photo(b"second", 3, 2), QUESTION))


@pytest.fixture
def server():
    with FakeServer() as made:
        yield made


def failure(model, prompt=PROMPT) -> CpgassistError:
    """The error of a request, that nothing of the question or the key may be in, even where its traceback is logged."""
    with pytest.raises(CpgassistError) as caught:
        model.generate(prompt)
    logged = "".join(traceback.format_exception(caught.value))
    for secret in (QUESTION, "Zubrowka", KEY):
        assert secret not in str(caught.value) and secret not in logged
    assert caught.value.next_step
    return caught.value
