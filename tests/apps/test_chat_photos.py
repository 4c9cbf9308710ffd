"""Photos in the chat without a browser: the card's route, what may be confirmed, and what is left behind."""

from __future__ import annotations

import html
import io
import json
import re
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from chat_fakes import ECZEMA, HEIGHT, LINES, WIDTH, XSS, FakeAssistant, answered
from fastapi.testclient import TestClient
from PIL import Image, PngImagePlugin

from cpgassist.apps.chat import photos, screen
from cpgassist.apps.chat.conversation import Conversations
from cpgassist.apps.chat.photos import GONE, LONGEST_ITEM, MOST_ITEMS, Photos
from cpgassist.apps.chat.rendering import answer_turn
from cpgassist.apps.server import create_app
from cpgassist.apps.web import kept as kept_module
from cpgassist.errors import InputError, ModelError, PhotoError
from cpgassist.testing import ScriptedChat
from cpgassist.types import BY_USER, CHANGED, RESEARCH_USE, Finding, Findings

MARKER = b"zebrafish-otitis-4711"
SEEN = {
    "image_type": "clinical photo of skin",
    "anatomy": "left forearm",
    "findings": [
        {"text": "weeping eczema with crusting", "certainty": "definite"},
        {"text": "swelling", "certainty": "possible"},
    ],
    "limitations": "fever cannot be seen",
}
OCTETS = {"content-type": "application/octet-stream"}


def picture(seed: int = 1) -> bytes:
    """A noisy PNG that holds the marker in its metadata."""
    out, about = io.BytesIO(), PngImagePlugin.PngInfo()
    about.add_text("Comment", MARKER.decode())
    Image.effect_noise((160, 120 + seed), 60).convert("RGB").save(out, "PNG", pnginfo=about)
    assert MARKER in out.getvalue()
    return out.getvalue()


def seeing(*replies) -> FakeAssistant:
    return FakeAssistant(eyes=ScriptedChat(*(replies or (json.dumps(SEEN),))))


def card(key="", items=(), image_type="", anatomy="") -> str:
    return json.dumps({"key": key, "items": list(items), "image_type": image_type, "anatomy": anatomy})


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


@pytest.fixture
def temp(tmp_path, monkeypatch) -> Path:
    """The only temporary folder there is."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder / "gradio"))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def posted(client, *contents: bytes, pairs: bool = False, **how):
    sizes = ",".join(str(len(content)) for content in contents)
    how = {"headers": OCTETS, "content": b"".join(contents), **how}
    return client.post("/photos", params={"sizes": sizes, "pairs": pairs}, **how)


# ---- describing -------------------------------------------------------------------------------------------------


def test_a_photo_is_described_and_nothing_is_searched():
    assistant = seeing()
    with TestClient(create_app(assistant)) as client:
        reply = posted(client, picture())
    told = reply.json()
    assert reply.status_code == 200 and reply.headers["cache-control"] == "no-store"
    assert told["image_type"] == SEEN["image_type"] and told["label"] == RESEARCH_USE and told["key"]
    assert [one["certainty"] for one in told["findings"]] == ["definite", "possible"]
    assert assistant.asked == []


def test_several_photos_come_in_order_and_as_pairs():
    assistant = seeing()
    with TestClient(create_app(assistant)) as client:
        first, second = picture(1), picture(2)
        assert posted(client, first, second, pairs=True).status_code == 200
        assert posted(client, first, picture(3), second, pairs=True).json()["message"].startswith("A before and after")
    assert assistant.photos[0] == (first, second)
    assert [photo.label for photo in assistant.eyes.prompts[0].photos] == ["Before", "After"]


def test_nothing_of_a_photo_is_left_on_disk(temp):
    assistant = seeing("I cannot describe this.", ModelError("It failed."), json.dumps(SEEN))
    with TestClient(create_app(assistant)) as client:
        for _ in range(3):
            posted(client, picture(), b"\x89PNG broken " + MARKER)
            posted(client, picture(), picture(2))
        key = posted(client, picture(3)).json()["key"]
        asked = screen._asked(Conversations(assistant), "Which steroid?", [], False, [], (), card(key, ["crusting"]))
        list(asked)
    assert len(assistant.photos) == 7
    left = [path for path in temp.rglob("*") if path.is_file()]
    assert not [path for path in left if MARKER in path.read_bytes() or path.read_bytes()[:4] == b"\x89PNG"]


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ("", "No photo was given."),
        ("0", "No photo was given."),
        ("1,,2", "No photo was given."),
        ("-1", "No photo was given."),
        ("1e3", "No photo was given."),
        ("5,5,5,5,5", "5 photos are too many."),
        ("9999999999", "Photo 1 is larger than 15 MB."),
        ("5,99999999", "Photo 2 is larger than 15 MB."),
        ("4", "The photo did not arrive whole."),
        ("6", "The photo did not arrive whole."),
    ],
)
def test_what_is_announced_wrongly_is_refused_unread(sizes, said):
    assistant = seeing()
    with TestClient(create_app(assistant)) as client:
        reply = client.post("/photos", params={"sizes": sizes}, headers=OCTETS, content=b"12345")
    assert reply.status_code == 422 and reply.json()["message"] == said and reply.json()["next_step"]
    assert assistant.photos == []


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_other_sites_cannot_send_photos(kind):
    """These types are all that a page of another site may send without being asked for leave first."""
    with TestClient(create_app(seeing())) as client:
        assert posted(client, picture(), headers={"content-type": kind}).status_code == 415


def test_errors_name_the_photo_and_what_to_do():
    with TestClient(create_app(seeing())) as client:
        told = posted(client, picture(), b"no picture at all").json()
    assert told["message"].startswith("Photo 2: ") and told["next_step"]


def test_a_refusal_is_told_and_not_kept():
    with TestClient(create_app(seeing('{"cannot_describe": "out of focus"}'))) as client:
        told = posted(client, picture()).json()
    assert told["refused"] == "out of focus" and told["key"] == ""


def test_an_unexpected_failure_keeps_its_words_to_itself(caplog):
    with TestClient(create_app(seeing(RuntimeError("secret of the patient")))) as client:
        told = posted(client, picture())
    assert told.status_code == 422 and "Something went wrong" in told.json()["message"]
    assert "RuntimeError" in caplog.text and "secret" not in caplog.text + told.text


def test_a_browser_that_goes_away_stops_the_model():
    asking, stopped = threading.Event(), threading.Event()

    class Slow(FakeAssistant):
        sees_photos = True

        def describe(self, *given, pairs=False, cancel=None):
            asking.set()
            stopped.set() if cancel.wait(10) else None
            return Findings(refused="stopped")

    from chat_browser import serving

    with serving(Slow()) as address:
        import socket
        from urllib.parse import urlsplit

        place = urlsplit(address)
        with socket.create_connection((place.hostname, place.port)) as line:
            line.sendall(
                b"POST /photos?sizes=5 HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n"
                b"Content-Length: 5\r\n\r\n12345"
            )
            assert asking.wait(5)
        assert stopped.wait(5)


def test_the_card_says_whether_a_model_sees_and_where_photos_go():
    with TestClient(create_app(FakeAssistant())) as blind, TestClient(create_app(seeing())) as seer:
        told, other = blind.get("/photos").json(), seer.get("/photos").json()
    assert (told["sees"], other["sees"]) == (False, True)
    assert "No model here looks at photos" in told["where"] and "on this computer, in memory" in other["where"]
    assert told["by_user"] == BY_USER and other["by_model"] == RESEARCH_USE
    assert other["most_photos"] == 4 and "{}" in other["words"]["too_many"]


def test_a_model_on_another_machine_is_named():
    assistant = seeing()
    settings = assistant.corpus.settings
    settings.model_backend, settings.base_url, settings.model = "openai", "https://models.example/v1", "medgemma"
    assert (
        photos.where_photos_go(assistant) == "Photos are sent to models.example to be described, and are not kept here."
    )
    with TestClient(create_app(assistant)) as client:
        page = client.get("/chat/").text
    assert "Questions go to models.example" in page and "Nothing leaves this computer" not in page
    settings.base_url = "http://127.0.0.1:11434/v1"
    assert photos.remote_place(assistant) == ""


# ---- confirming -------------------------------------------------------------------------------------------------


@pytest.fixture
def kept():
    """Photos that hold one description, and its key."""
    holding = Photos(seeing())
    return holding, holding.describe([picture()], False)["key"]


def test_what_was_left_out_stays_the_models_and_what_was_changed_is_the_users(kept):
    holding, key = kept
    about = {"image_type": SEEN["image_type"], "anatomy": SEEN["anatomy"]}
    _, same = holding.confirmed(card(key, ["weeping eczema with crusting"], **about))
    assert (same.by, same.label, [one.certainty for one in same.items]) == ("model", RESEARCH_USE, ["definite"])
    _, changed = holding.confirmed(card(key, ["weeping eczema", "swelling"], **about))
    assert (changed.by, changed.label) == ("user", CHANGED)
    assert changed.limitations == "fever cannot be seen" and changed.photos == 1


def test_findings_typed_by_hand_say_so(kept):
    key, seen = kept[0].confirmed(card("", [" crusting ", "", "pus"], anatomy="face"))
    assert key == "" and [one.text for one in seen.items] == ["crusting", "pus"] and seen.anatomy == "face"
    assert (seen.label, seen.photos) == (BY_USER, 0)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("{", "could not be read"),
        ("[]", "could not be read"),
        ('{"key": ""}', "could not be read"),
        ('{"items": 7}', "could not be read"),
        (card("", []), "No finding is ticked"),
        (card("", [" "]), "No finding is ticked"),
        (card("unknown", ["x"]), "no longer kept"),
        (card("", ["of 900101-14-5678"]), "IC number"),
        (card("", ["x"], anatomy="900101145678"), "IC number"),
        (card("", ["x" * (LONGEST_ITEM + 1)]), "Shorten"),
        (card("", ["x"] * (MOST_ITEMS + 1)), "At most 20 findings"),
    ],
)
def test_what_cannot_be_confirmed_is_refused_before_any_work(told, said):
    assistant = seeing()
    talk = Conversations(assistant)
    with pytest.raises(InputError, match=said) as caught:
        next(talk.turns(1, "Which steroid?", findings=told))
    assert assistant.asked == [] and "9001" not in str(caught.value)


def test_a_description_is_gone_after_its_time_after_it_was_used_and_when_discarded(kept, monkeypatch):
    holding, key = kept
    told = card(key, ["swelling"])
    assert holding.confirmed(told) is not None
    holding.forget(key)
    holding.forget("never there")
    with pytest.raises(InputError, match="no longer kept"):
        holding.confirmed(told)
    key = holding.describe([picture()], False)["key"]
    now = time.monotonic()
    monkeypatch.setattr(kept_module.time, "monotonic", lambda: now + kept_module.KEPT_SECONDS + 1)
    with pytest.raises(InputError, match="no longer kept"):
        holding.confirmed(card(key, ["swelling"]))
    holding.describe([picture()], False)
    assert len(holding._kept) == 1
    assert GONE.next_step


def test_only_so_many_descriptions_are_kept(kept):
    holding, key = kept
    holding._kept.most = 2
    for _ in range(3):
        holding.describe([picture()], False)
    assert len(holding._kept) == 2 and holding._kept.get(key) is None


# ---- asking -----------------------------------------------------------------------------------------------------


def test_a_question_may_be_empty_beside_findings_and_they_are_in_the_answer():
    assistant = seeing()
    talk = Conversations(assistant)
    key = talk.photos.describe([picture()], False)["key"]
    told = card(key, ["weeping eczema with crusting"], SEEN["image_type"], SEEN["anatomy"])
    first, last = talk.turns(1, "", findings=told)
    for shown in (first, last):
        assert "With findings: clinical photo of skin, left forearm: weeping eczema with crusting (definite)" in words(
            shown
        )
        assert RESEARCH_USE in words(shown)
    part = re.search(r'<section class="findings">.*?</section>', last)[0]
    assert "Cannot be told from the photo: fever cannot be seen" in words(part)
    assert 'href="#e-1-2"' in part, "the finding leads to the citation that shares its words"
    source = re.search(r'id="e-1-2">.*?</article>', last)[0]
    assert "Found by: weeping eczema with crusting" in words(source)
    assert "Found by" not in words(re.search(r'id="e-1-1">.*?</article>', last)[0])
    assert assistant.confirmed[0].items[0].text == "weeping eczema with crusting"
    with pytest.raises(InputError, match="no longer kept"):
        next(talk.turns(2, "", findings=told))


def test_findings_of_a_question_that_failed_are_kept_for_another_try():
    talk = Conversations(seeing())
    key = talk.photos.describe([picture()], False)["key"]
    *_, last = talk.turns(1, "failure", findings=card(key, ["swelling"]))
    assert "turn error" in last and "With findings" in words(last)
    *_, last = talk.turns(2, "again", findings=card(key, ["swelling"]))
    assert "turn answered" in last


def test_the_screen_clears_the_findings_once_they_were_taken_or_refused():
    talk = Conversations(seeing())
    steps = list(screen._asked(talk, "Which?", [], False, [], (), card("", ["swelling"])))
    assert steps[0][5] == "" and steps[-1][4]
    (refused,) = screen._asked(talk, "Which?", [], False, [], (), card("gone", ["swelling"]))
    assert refused[5] == "" and "no longer kept" in refused[3]


def test_everything_of_a_finding_is_escaped():
    seen = Findings(XSS, XSS, (Finding(XSS, ""),), XSS, model={"name": XSS}, notes=(XSS,))
    answer = replace(answered("q"), findings=seen)
    answer = replace(answer, citations=tuple(replace(one, findings=(XSS,)) for one in answer.citations))
    shown = answer_turn(1, answer, [ECZEMA], lambda file, page: (WIDTH, HEIGHT))
    assert "<script" not in shown and "<img src=x" not in shown and len(shown.splitlines()) == 1
    assert LINES[1][2] in shown


def test_a_photo_error_of_one_photo_stays_as_it_is():
    assistant = seeing()
    with pytest.raises(PhotoError) as caught:
        Photos(assistant).describe([b"no picture"], False)
    assert not str(caught.value).startswith("Photo 1")


def test_the_picture_that_is_offered_as_an_example_is_served_and_no_other(tmp_path):
    path = tmp_path / "drawn.png"
    with TestClient(create_app(seeing(), photo=path)) as client:
        assert client.get("/photos/example").status_code == 404, "it is not there"
        path.write_bytes(picture())
        given = client.get("/photos/example")
        assert (given.status_code, given.headers["content-type"], given.content) == (
            200,
            "image/png",
            path.read_bytes(),
        )
    with TestClient(create_app(seeing())) as client:
        assert client.get("/photos/example").status_code == 404
