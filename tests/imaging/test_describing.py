from __future__ import annotations

from threading import Event

import numpy as np
import pytest
from PIL import Image, ImageDraw

from cpgassist.errors import InputError, ModelError
from cpgassist.imaging import describe, open_photo, open_photos
from cpgassist.protocols import ChatModel
from cpgassist.testing import ScriptedChat
from cpgassist.types import Finding, Findings, Photo
from tests.imaging.drawn import encoded, picture

GOOD = (
    '{"image_type": "clinical photo of skin", "anatomy": "left forearm", "findings": [{"text": "round scaly plaque with a raised'
    ' edge", "certainty": "definite"}, {"text": "no pus", "certainty": "probable"}], "limitations": "no scale in the picture"}'
)


def test_the_double_is_a_chat_model():
    assert isinstance(ScriptedChat(GOOD), ChatModel)


def test_a_description_becomes_findings():
    model = ScriptedChat(GOOD)
    seen = describe(model, [open_photo(picture())])
    assert seen == Findings(
        "clinical photo of skin",
        "left forearm",
        (Finding("round scaly plaque with a raised edge", "definite"), Finding("no pus", "probable")),
        "no scale in the picture",
        model=model.info.to_dict(),
        raw=GOOD,
    )
    assert seen.by == "model" and seen.refused == "" and seen.photos == 1


def test_the_prompt_shows_each_photo_after_its_label_and_asks_for_no_more_than_it_may():
    model = ScriptedChat(GOOD)
    before, after = open_photos([encoded(picture()), encoded(picture(200, 100))], pairs=True)
    assert describe(model, [before, after]).photos == 2
    prompt = model.prompts[0]
    assert prompt.parts[:4] == ("Before:", before, "After:", after) and prompt.temperature == 0 and not prompt.thinking
    for word in ("diagnosis", "treatment", "dose", "identify"):
        assert word in prompt.system
    for name in ("image_type", "anatomy", "findings", "limitations", "certainty", "cannot_describe"):
        assert name in str(prompt.parts[-1])


def test_notes_of_the_photos_come_along():
    deep = Image.fromarray(np.tile(np.linspace(0, 4000, 100).astype(np.uint16), (100, 1)))
    seen = describe(ScriptedChat(GOOD), open_photos([deep, picture()]))
    assert len(seen.notes) == 1 and seen.notes[0].startswith("Photo 1: ") and "windowed" in seen.notes[0]


def noisy(level: int, spread: int) -> Image.Image:
    noise = np.random.default_rng(7).normal(level, spread, (400, 600, 3))
    return Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (picture(63, 400), "too small"),
        (Image.new("RGB", (300, 300), "white"), "blank"),
        (Image.new("RGB", (300, 300), (90, 60, 50)), "blank"),
        (noisy(128, 10), "blank"),
        (noisy(3, 8), "blank"),
    ],
)
def test_a_picture_that_shows_nothing_costs_no_model_call(image, reason):
    model = ScriptedChat(GOOD)
    seen = describe(model, [open_photo(image)])
    assert reason in seen.refused and seen.items == () and model.prompts == []


def test_a_very_dark_picture_is_refused():
    dark = Image.new("RGB", (300, 300), (2, 2, 2))
    ImageDraw.Draw(dark).rectangle((50, 50, 200, 200), fill=(20, 18, 16))
    assert "too dark" in describe(ScriptedChat(GOOD), [open_photo(dark)]).refused


def test_dark_skin_in_poor_light_and_a_faint_rash_reach_the_model():
    dim = Image.new("RGB", (300, 300), (30, 20, 16))
    ImageDraw.Draw(dim).ellipse((100, 100, 180, 180), fill=(52, 34, 26))
    faint = Image.new("RGB", (300, 300), (200, 170, 160))
    ImageDraw.Draw(faint).ellipse((100, 100, 180, 180), fill=(212, 170, 160))
    spot = Image.new("RGB", (1792, 1792), (30, 24, 20))
    ImageDraw.Draw(spot).ellipse((900, 900, 940, 940), fill=(90, 60, 50))
    for image in (dim, faint, spot):
        assert describe(ScriptedChat(GOOD), [open_photo(image)]).refused == ""


def test_one_poor_photo_of_several_is_named():
    photos = open_photos([picture(), Image.new("RGB", (300, 300))])
    assert describe(ScriptedChat(GOOD), photos).refused.startswith("Photo 2 is blank")


@pytest.mark.parametrize(
    "text",
    [
        '{"cannot_describe": "the photo is out of focus"}',
        "I'm sorry, I cannot describe this image.",
        "The photo is too blurry to assess.",
        "",
        "   \n",
        "<pad><pad><eos>",
        "the the the " * 40,
        "a red patch on the arm with a raised edge. " * 30,
        "!!!!!!!!!!!!",
    ],
)
def test_what_is_no_description_is_refused(text):
    seen = describe(ScriptedChat(text), [open_photo(picture())])
    assert seen.refused and seen.items == () and seen.raw == text and seen.model["name"] == "scripted"


def test_a_stopped_and_a_cut_off_description():
    stop = Event()
    stop.set()
    stopped = describe(ScriptedChat(GOOD), [open_photo(picture())], cancel=stop)
    assert "stopped" in stopped.refused and stopped.items == ()
    cut = describe(ScriptedChat(GOOD[:150], finish="length"), [open_photo(picture())])
    assert [item.text for item in cut.items] == ["round scaly plaque with a raised edge"] or cut.items
    assert "cut off" in cut.notes[-1]


def test_no_photo_and_a_model_that_sees_none():
    with pytest.raises(InputError):
        describe(ScriptedChat(GOOD), [])
    model = ScriptedChat(GOOD, vision=False)
    with pytest.raises(ModelError, match="cannot see photos"):
        describe(model, [Photo(b"", 100, 100)])
    assert model.prompts == []
