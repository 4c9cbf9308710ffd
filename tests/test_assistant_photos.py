"""A photo as part of a question: described first, confirmed by a person, searched with, and told which finding led where."""

import io

import pytest
from PIL import Image, ImageDraw

from cpgassist import Assistant, Corpus, Finding, Findings
from cpgassist.errors import InputError, ModelError, PhotoError
from cpgassist.testing import ScriptedChat
from cpgassist.types import BY_USER, RESEARCH_USE

SEEN = """{"image_type": "clinical photo of skin", "anatomy": "left forearm",
"findings": [{"text": "blue-green rash in rings", "certainty": "definite"}, {"text": "no blisters", "certainty": "probable"},
{"text": "swelling of the wrist", "certainty": "possible"}], "limitations": "temperature cannot be told"}"""


@pytest.fixture(scope="module")
def corpus(sample_folder):
    return Corpus(sample_folder, precision="float32", ocr="off", photo="research")


@pytest.fixture(scope="module")
def photo():
    picture = Image.effect_noise((200, 160), 60).convert("RGB")
    ImageDraw.Draw(picture).ellipse((40, 40, 120, 120), outline=(20, 120, 140), width=9)
    held = io.BytesIO()
    picture.save(held, "JPEG")
    return held.getvalue()


def seeing(corpus, *replies, vision=True):
    assistant = Assistant(corpus)
    assistant._chat = chat = ScriptedChat(*replies, vision=vision)
    return assistant, chat


def test_a_photo_is_described_and_nothing_is_searched(corpus, photo, monkeypatch):
    assistant, chat = seeing(corpus, SEEN)
    monkeypatch.setattr(Assistant, "_opened", lambda *_: pytest.fail("the index was opened"))
    findings = assistant.describe(photo)
    assert assistant.sees_photos
    assert [item.text for item in findings.items] == [
        "blue-green rash in rings",
        "no blisters",
        "swelling of the wrist",
    ]
    assert (findings.anatomy, findings.by, findings.label) == ("left forearm", "model", RESEARCH_USE)
    assert findings.model["name"] == "scripted" and len(chat.prompts[0].photos) == 1


def test_confirmed_findings_are_searched_with_and_told_beside_what_they_led_to(corpus):
    findings = Findings.typed("fever for three days", "swollen glands", anatomy="neck")
    answer = Assistant(corpus).ask("How is harbour fever treated in adults?", findings=findings)
    assert answer.status != "silent" and answer.findings == findings
    told = answer.to_dict()
    assert told["findings"]["label"] == BY_USER and told["findings"]["by"] == "user"
    assert BY_USER in str(answer) and "fever for three days" in str(answer)
    led = [one for one in answer.citations if one.findings]
    assert led and all("fever" in " ".join((one.quote, *one.section)).lower() for one in led)
    assert [one["findings"] for one in told["citations"] if "findings" in one] == [list(one.findings) for one in led]


def test_the_label_of_a_described_photo_goes_with_every_answer_silent_ones_too(corpus, photo):
    assistant, _ = seeing(corpus, SEEN)
    findings = assistant.describe(photo)
    assert (
        Assistant(corpus)
        .ask("Which statin after a heart attack in Reykjavik?", findings=findings)
        .to_dict()["findings"]["label"]
        == RESEARCH_USE
    )


def test_with_findings_the_question_may_be_empty_and_without_it_may_not(corpus):
    findings = Findings.typed("fever", "swollen glands in the neck", image_type="clinical photo")
    answer = Assistant(corpus).ask("", findings=findings)
    assert answer.question == "" and answer.findings == findings
    for nothing in (None, Findings.typed()):
        with pytest.raises(InputError, match="The question is empty"):
            Assistant(corpus).ask(" ", findings=nothing)


def test_findings_that_are_all_denied_say_nothing_to_search_for(corpus):
    with pytest.raises(InputError) as caught:
        Assistant(corpus).ask("", findings=Findings.typed("no rash", "normal heart size"))
    assert "say nothing to search for" in caught.value.message and caught.value.next_step
    assert Assistant(corpus).ask("How is harbour fever treated?", findings=Findings.typed("no rash")).citations


def test_what_cannot_be_described_is_not_asked_with(corpus, photo):
    assistant, _ = seeing(corpus, '{"cannot_describe": "too blurred"}')
    findings = assistant.describe(photo)
    assert "blurred" in findings.refused
    with pytest.raises(InputError, match="cannot be described reliably"):
        assistant.ask("What is the next step?", findings=findings)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"photo": "off"}, InputError, "switched off"),
        ({"photo": "auto"}, ModelError, "No language model is configured"),
        ({"photo": "research"}, ModelError, "No language model is configured"),
    ],
)
def test_without_a_model_that_sees_or_with_the_switch_off_photos_are_refused(
    sample_folder, photo, settings, error, words
):
    assistant = Assistant(Corpus(sample_folder, **settings))
    assert not assistant.sees_photos
    with pytest.raises(error, match=words) as raised:
        assistant.describe(photo)
    assert "type what you see" in raised.value.next_step.lower()


def test_a_model_that_reads_text_alone_is_never_shown_a_photo(corpus, photo):
    assistant, chat = seeing(corpus, SEEN, vision=False)
    assert not assistant.sees_photos
    with pytest.raises(ModelError, match="cannot see photos"):
        assistant.describe(photo)
    assert chat.prompts == []


def test_what_is_no_photo_is_refused_before_any_model(corpus):
    assistant, chat = seeing(corpus, SEEN)
    with pytest.raises(PhotoError):
        assistant.describe(b"%PDF-1.7 not a photo")
    assert chat.prompts == []


def test_findings_are_kept_and_edited_as_values():
    seen = Findings(
        "photo", "arm", (Finding("red rash", "definite"), Finding("ulcer", "possible")), model={"name": "m"}
    )
    assert seen.keep("RASH").items == (Finding("red rash", "definite"),) and seen.keep("rash").by == "model"
    with pytest.raises(InputError, match="No finding holds 'toe'"):
        seen.keep("toe")
    left_out, added = seen.edited(["ulcer"]), seen.edited(["ulcer", " deep  wound "])
    assert left_out.items == (Finding("ulcer", "possible"),) and left_out.by == "model"
    assert added.items == (Finding("ulcer", "possible"), Finding("deep wound")) and added.by == "user"
    assert seen.edited(["red rash"], anatomy="leg").by == "user"
    assert str(seen) == "photo, arm: red rash (definite); ulcer (possible)"
