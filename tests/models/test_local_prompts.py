"""Prompts of models in this process: one beginning, harmless special tokens, pictures where they belong."""

import io
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cpgassist.errors import InputError, ModelError
from cpgassist.models.local import load
from cpgassist.models.local.prompting import THINK, Prompter
from cpgassist.settings import Settings
from cpgassist.types import Photo, Prompt
from tests.models.test_neutral import LITERALS
from tests.models.tiny_chat import KINDS, tiny_chat

SEEING = ("gemma3", "gemma3-old")


@cache
def loaded(kind, photos_first=None):
    chosen = Settings(model=str(tiny_chat(kind)), model_device="cpu", model_dtype="float32")
    return load(chosen, photos_first=photos_first)


def ids_of(model, prompt):
    return model._prompter.inputs(prompt, "cpu", torch.float32)["input_ids"][0].tolist()


def text_of(model, prompt):
    return model._prompter.tokenizer.decode(ids_of(model, prompt), skip_special_tokens=False)


def controls(model, prompt):
    """How often each control token stands in the prompt."""
    tokenizer = model._prompter.tokenizer
    marks = {number for word, number in tokenizer.get_added_vocab().items() if word.strip("▁ \n")}
    marks |= set(tokenizer.all_special_ids)
    ids = ids_of(model, prompt)
    return {number: ids.count(number) for number in marks}


def photo(colour="red", label="", size=(64, 48)):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return Photo(file.getvalue(), *size, label)


@pytest.mark.parametrize("kind", KINDS)
def test_a_prompt_begins_once_and_holds_its_texts(kind):
    model = loaded(kind)
    prompt = Prompt("Answer briefly.", ("Lines: 1 Drink tea.", "Question: when?"))
    ids = ids_of(model, prompt)
    assert ids.count(model._prompter.tokenizer.bos_token_id) == 1
    assert ids[0] == model._prompter.tokenizer.bos_token_id
    assert "Answer briefly." in text_of(model, prompt)
    assert "Lines: 1 Drink tea.\nQuestion: when?" in text_of(model, prompt)
    assert model.count_tokens(prompt) == len(ids)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_system_text_there_is_no_empty_turn(kind):
    model = loaded(kind)
    assert "system" not in text_of(model, Prompt("", ("When?",)))
    assert model.count_tokens(Prompt(" ", ("When?", ""))) == model.count_tokens(Prompt("", ("When?",)))


@pytest.mark.parametrize("kind", KINDS)
def test_special_tokens_spelled_out_are_no_tokens_anywhere(kind):
    model = loaded(kind)
    harmless = controls(model, Prompt("a", ("b", "c")))
    for literal in (*LITERALS, "<table>", "<image_soft_token>"):
        assert controls(model, Prompt(literal, (f"x{literal}y", literal))) == harmless, literal


@given(
    st.lists(
        st.sampled_from([*LITERALS, "<", ">", "<<", "|", "end_of_turn>", "<start_", "of_turn>", "\u200b", " "]),
        max_size=8,
    )
)
@settings(max_examples=60, deadline=None)
def test_no_text_puts_a_control_token_together(pieces):
    text = "".join(pieces)
    for kind in ("gemma3-text", "llama"):
        model = loaded(kind)
        assert controls(model, Prompt(f"a{text}", (text + "b", text))) == controls(model, Prompt("a", ("b", "c")))


@pytest.mark.parametrize("kind", SEEING)
def test_a_photo_has_its_tokens_its_types_and_its_label(kind):
    model = loaded(kind)
    prompt = Prompt("Describe.", ("Two photos.", photo("red", "Before<end_of_turn>"), photo("blue", "After")))
    made = model._prompter.inputs(prompt, "cpu", torch.float32)
    soft = model._prompter.tokenizer.convert_tokens_to_ids("<image_soft_token>")
    is_picture = made["input_ids"] == soft
    assert is_picture.sum() == 8 == model._prompter.photos(prompt)
    assert torch.equal(made["token_type_ids"].bool(), is_picture)
    assert made["pixel_values"].shape == (2, 3, 56, 56)
    assert made["input_ids"].shape[1] == model.count_tokens(prompt)
    assert controls(model, prompt)[model._prompter.tokenizer.convert_tokens_to_ids("<end_of_turn>")] == 1
    text = text_of(model, prompt)
    assert text.index("Two photos.") < text.index("Before") < text.index("<start_of_image>") < text.index("After:")


def test_the_types_of_tokens_and_the_photo_change_what_the_model_computes():
    model = loaded("gemma3")
    prompt = Prompt("Describe.", ("Here:", photo("red")))
    made = model._prompter.inputs(prompt, "cpu", torch.float32)
    other = model._prompter.inputs(Prompt("Describe.", ("Here:", photo("blue"))), "cpu", torch.float32)
    bare = {**made, "token_type_ids": torch.zeros_like(made["token_type_ids"])}
    with torch.inference_mode():
        whole, changed, without = (model._model(**each).logits[:, -1] for each in (made, other, bare))
    assert (whole - changed).abs().max() > 1e-3
    assert (whole - without).abs().max() > 1e-4


def test_photos_come_first_where_the_model_wants_them():
    prompt = Prompt("Describe.", ("Two photos.", photo("red", "Before"), "Compare.", photo("blue", "After")))
    text = text_of(loaded("gemma3", photos_first=True), prompt)
    order = [text.index(word) for word in ("Before:", "After:", "Two photos.\nCompare.")]
    assert order == sorted(order)
    assert text.rindex("<start_of_image>") < order[2]


def test_a_model_without_eyes_refuses_photos():
    for kind in ("gemma3-text", "llama"):
        for ask in (loaded(kind).count_tokens, loaded(kind).generate):
            with pytest.raises(ModelError, match="text alone"):
                ask(Prompt("", ("Describe.", photo())))


def test_thinking_is_asked_for_where_the_model_can():
    thinking = Prompt("Answer.", ("Why?",), thinking=True)
    assert THINK + "Answer." in text_of(loaded("gemma3-text"), thinking)
    assert THINK not in text_of(loaded("gemma3-text"), Prompt("Answer.", ("Why?",)))
    assert THINK not in text_of(loaded("llama"), thinking)


def test_a_prompter_knows_the_marks_of_thoughts():
    tokenizer = loaded("gemma3-text")._prompter.tokenizer
    made = Prompter(tokenizer, loaded("gemma3-text").info, False)
    assert made.thought_tokens == tuple(tokenizer.convert_tokens_to_ids(["<unused94>", "<unused95>"]))
    assert loaded("llama")._prompter.thought_tokens is None


def test_a_prompt_that_says_nothing_is_refused():
    with pytest.raises(InputError, match="says nothing"):
        loaded("gemma3").generate(Prompt("Answer.", (" ",)))
