"""Generation in this process: thoughts, the queue, errors, budgets, and that it is what transformers itself computes."""

import threading
import time
from dataclasses import replace
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cpgassist.errors import InputError, ModelBusyError, ModelError
from cpgassist.models.local import load
from cpgassist.models.local.generating import end_tokens
from cpgassist.models.local.queue import Queue
from cpgassist.models.local.streaming import TextStream
from cpgassist.models.reply import read_picks, read_sentences
from cpgassist.settings import Settings
from cpgassist.types import Prompt
from tests.models.tiny_chat import KINDS, TEXTS, one_thread, tiny_chat

ASK = Prompt("Answer briefly.", ("Which colour has the kettle?",), max_new_tokens=24)


@pytest.fixture(scope="module", autouse=True)
def _calm():
    with one_thread():
        yield


@cache
def loaded(kind="gemma3-text", **options):
    return load(Settings(model=str(tiny_chat(kind)), model_device="cpu", model_dtype="float32"), **options)


@pytest.fixture
def model():
    return loaded()


def scripted(monkeypatch, model, text):
    """Lets the model write a text: its tokens win, whatever the weights say."""
    tokenizer = model._prompter.tokenizer
    script = [*tokenizer.encode(text, add_special_tokens=False), tokenizer.convert_tokens_to_ids("<end_of_turn>")]
    forward = model._model.forward
    at = iter(range(10_000))

    def forced(*args, **kwargs):
        made = forward(*args, **kwargs)
        step = next(at)
        if step < len(script):
            made.logits[:, -1, script[step]] = 1e4
        return made

    monkeypatch.setattr(model._model, "forward", forced)


@pytest.mark.parametrize("kind", KINDS)
def test_it_writes_what_bare_generate_writes(kind):
    model = loaded(kind)
    inputs = model._prompter.inputs(ASK, "cpu", torch.float32)
    bare = model._model.generate(**inputs, max_new_tokens=24, do_sample=False, eos_token_id=list(model._ends))
    new = [token for token in bare[0, inputs["input_ids"].shape[1] :].tolist() if token not in model._ends]
    made = model.generate(ASK)
    assert made.text == model._prompter.tokenizer.decode(new, skip_special_tokens=True)


def test_both_layouts_of_the_hub_hold_the_same_model():
    new, old = loaded("gemma3"), loaded("gemma3-old")
    inputs = [each._prompter.inputs(ASK, "cpu", torch.float32) for each in (new, old)]
    assert torch.equal(inputs[0]["input_ids"], inputs[1]["input_ids"])
    assert new.info.digest != old.info.digest
    for name, weight in new._model.state_dict().items():
        assert torch.equal(weight, old._model.state_dict()[name]), name


@pytest.mark.parametrize("start", ["<unused94>thought\nIs it blue?<unused95>", "<think>Is it blue?</think>"])
def test_thoughts_are_kept_apart_also_in_the_stream(monkeypatch, model, start):
    scripted(monkeypatch, model, start + "It is red.")
    pieces = []
    made = model.generate(Prompt("", ASK.parts, max_new_tokens=200), pieces.append)
    assert "".join(pieces) == made.text == "It is red."
    assert made.thought == "Is it blue?"
    assert made.finish == "stop"


def test_a_thought_that_never_ends_is_no_answer(monkeypatch, model):
    scripted(monkeypatch, model, "<unused94>thought\nIs it blue or is it red?")
    made = model.generate(Prompt("", ASK.parts, max_new_tokens=200))
    assert (made.text, made.finish) == ("", "length")
    assert "blue" in made.thought


def test_marks_of_thoughts_are_seen_where_the_tokenizer_calls_them_special():
    tokenizer = loaded()._prompter.tokenizer

    class Special:
        def __init__(self):
            self.all_special_ids = [
                *tokenizer.all_special_ids,
                *tokenizer.convert_tokens_to_ids(["<unused94>", "<unused95>"]),
            ]

        def __getattr__(self, name):
            return getattr(tokenizer, name)

    stream = TextStream(Special(), (1,), None, None)
    stream.put(torch.tensor([[2, 3]]))
    for token in tokenizer.encode("<unused94>thought\nWhy?<unused95>Red.<start_of_turn>", add_special_tokens=False):
        stream.put(torch.tensor([token]))
    stream.close()
    assert (stream.text, stream.thought) == ("Red.", "Why?")


def shaped(shape, **options):
    return Prompt("", ASK.parts, max_new_tokens=160, shape=shape, cites=3, thinking=True, **options)


def assert_cites(text, shape):
    cited = read_picks(text, 3) if shape == "lines" else [n for one in read_sentences([text]) for n in one.lines or [0]]
    assert cited is not None and set(cited) <= {1, 2, 3}


@pytest.mark.parametrize("shape", ("lines", "sentences"))
def test_thinking_and_citing_go_together(model, shape):
    """In a thought all may be written but its end must come in time; after it, the reply has its shape."""
    for seed in range(8):
        made = model.generate(shaped(shape, temperature=1.0, seed=seed))
        assert made.finish == "stop"
        assert_cites(made.text, shape)


@pytest.mark.parametrize("shape", ("lines", "sentences"))
def test_a_thought_leaves_room_for_the_reply(monkeypatch, model, shape):
    scripted(monkeypatch, model, "<unused94>thought\n" + "I wonder why. " * 60)
    made = model.generate(shaped(shape))
    assert made.finish == "stop"
    assert "I wonder why." in made.thought
    assert_cites(made.text, shape)


@given(st.lists(st.integers(0, 690), max_size=60))
@settings(max_examples=80, deadline=None)
def test_the_stream_of_any_tokens_joins_to_their_text(ids):
    for kind in ("gemma3-text", "llama"):
        tokenizer = loaded(kind)._prompter.tokenizer
        control = {*tokenizer.all_special_ids, *tokenizer.get_added_vocab().values()}
        shown = [number for number in ids if number < len(tokenizer) and number not in control]
        stream = TextStream(tokenizer, (1,), None, None)
        stream.put(torch.tensor([[2]]))
        for number in shown:
            stream.put(torch.tensor([number]))
        stream.close()
        whole = tokenizer.decode(shown, skip_special_tokens=False)
        if "\ufffd" not in whole:  # bytes that are no character may be told apart differently
            assert stream.text == whole


@pytest.mark.parametrize("kind", ("gemma3-text", "llama"))
def test_characters_of_several_tokens_arrive_whole(kind):
    tokenizer = loaded(kind)._prompter.tokenizer
    pieces = []
    stream = TextStream(tokenizer, (1,), pieces.append, None)
    stream.put(torch.tensor([[2]]))
    text = "µmol ½ 💊 mg: " + " ".join(TEXTS[:3])
    for number in tokenizer.encode(text, add_special_tokens=False):
        stream.put(torch.tensor([number]))
    stream.close()
    assert "".join(pieces) == text
    assert all("\ufffd" not in piece for piece in pieces)


def test_the_templates_own_end_of_turn_ends_an_answer_whatever_the_files_say():
    model = loaded("llama")
    tokenizer = model._prompter.tokenizer
    assert tokenizer.convert_tokens_to_ids("<|eot_id|>") in end_tokens(model._model, tokenizer)


def test_an_error_of_the_model_reaches_the_caller_at_once_and_the_next_is_served(monkeypatch, model):
    def broken(*args, **kwargs):
        raise RuntimeError("the matrix is upside down")

    with monkeypatch.context() as patch:
        patch.setattr(model._model, "forward", broken)
        started = time.monotonic()
        with pytest.raises(ModelError, match="upside down") as told:
            model.generate(ASK)
        assert time.monotonic() - started < 20
        assert told.value.next_step
    assert model.generate(ASK).usage.generated


def test_memory_that_runs_out_is_told_with_what_to_do(monkeypatch, model):
    def full(*args, **kwargs):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(model._model, "forward", full)
    with pytest.raises(ModelError, match=r"ran out of memory.*fewer passages"):
        model.generate(ASK)


def test_cancelling_ends_the_reading_of_the_prompt_between_two_layers(monkeypatch, model):
    cancel, layers = threading.Event(), []
    first, second = model._model.model.layers
    monkeypatch.setattr(first, "forward", _noting(first.forward, layers, "first", cancel))
    monkeypatch.setattr(second, "forward", _noting(second.forward, layers, "second", None))
    made = model.generate(ASK, None, cancel)
    assert (made.text, made.finish, layers) == ("", "cancelled", ["first"])
    monkeypatch.undo()
    assert not any(layer._forward_pre_hooks for layer in model._model.model.layers)


def _noting(forward, layers, name, cancel):
    def noted(*args, **kwargs):
        layers.append(name)
        if cancel is not None:
            cancel.set()
        return forward(*args, **kwargs)

    return noted


def test_a_budget_too_small_for_a_citing_answer_is_refused(model):
    with pytest.raises(InputError, match="at least 5 tokens"):
        model.generate(Prompt("", ASK.parts, max_new_tokens=4, shape="lines", cites=2))


def test_the_context_is_exact(model):
    longest = model.info.context - model.count_tokens(ASK)
    with pytest.raises(InputError, match=str(model.info.context)):
        model.generate(Prompt(ASK.system, ASK.parts, max_new_tokens=longest + 1))
    cancel = threading.Event()
    made = model.generate(Prompt(ASK.system, ASK.parts, max_new_tokens=longest), lambda piece: cancel.set(), cancel)
    assert made.finish == "cancelled"


def test_without_the_constraint_it_just_answers(model):
    said = Settings(
        model=str(tiny_chat("gemma3-text")), model_device="cpu", model_dtype="float32", model_constrained=False
    )
    free = model.generate(ASK).text
    assert load(said).generate(replace(ASK, shape="lines", cites=3)).text == free
    assert model.generate(replace(ASK, shape="lines", cites=0)).text == free
    assert model.generate(replace(ASK, shape="free", cites=3)).text == free


def test_sampling_leaves_the_programs_random_numbers_as_they_were(model):
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    model.generate(Prompt("", ASK.parts, max_new_tokens=8, temperature=0.7, seed=5))
    assert torch.equal(before, torch.random.get_rng_state())


def test_one_generates_at_a_time_and_a_full_queue_says_so():
    model = loaded("gemma3-text", waiting=1)
    begun, go_on, made = threading.Event(), threading.Event(), {}

    def slow(piece):
        begun.set()
        assert go_on.wait(20)

    threads = [threading.Thread(target=lambda: made.update(first=model.generate(ASK, slow)))]
    threads[0].start()
    assert begun.wait(20)
    cancel = threading.Event()
    threads.append(threading.Thread(target=lambda: made.update(second=model.generate(ASK, None, cancel))))
    threads[1].start()
    busy = None
    for _ in range(2000):  # until the second one stands in the line
        try:
            with pytest.raises(ModelBusyError) as busy:
                model.generate(ASK, None, _set())
            break
        except pytest.fail.Exception:
            continue
    assert busy is not None and "Ask again" in str(busy.value)
    cancel.set()
    threads[1].join(20)
    assert made["second"].finish == "cancelled"
    go_on.set()
    threads[0].join(20)
    assert made["first"].usage.generated
    third = model.generate(ASK)
    assert third.text == made["first"].text


def _set():
    event = threading.Event()
    event.set()
    return event


def test_the_line_is_first_come_first_served():
    line, order, first = Queue(), [], threading.Event()
    release = threading.Event()

    def hold():
        with line.turn(9) as waited:
            assert waited is not None
            first.set()
            release.wait(20)

    def come(number):
        with line.turn(9) as waited:
            order.append((number, waited > 0))

    holder = threading.Thread(target=hold)
    holder.start()
    assert first.wait(20)
    others = []
    for number in range(4):
        others.append(threading.Thread(target=come, args=(number,)))
        others[-1].start()
        while len(line._line) < number + 2:
            pass
    release.set()
    for thread in (holder, *others):
        thread.join(20)
    assert order == [(number, True) for number in range(4)]
