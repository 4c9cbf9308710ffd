"""A language model as a ModelBackend: what it is shown, what is made of its replies, and how its failures are told."""

import time
from threading import Event

import pytest

from cpgassist.errors import ModelError
from cpgassist.models.grounded import Grounded
from cpgassist.protocols import ModelBackend, SummaryWriter
from cpgassist.testing import ScriptedChat
from cpgassist.types import Generated, ModelInfo, Written
from tests.fixtures.shelf import GUIDE, hits, passage

FOUND = hits(
    passage("1", "a", sentences=["Give zelmorin 12 mg/kg/day.", "It is safe."]),
    passage("2", "b", sentences=["Do not give zelmorin in pregnancy."], page=2),
)


def grounded(*replies, **options):
    chat = ScriptedChat(*replies, context=options.pop("context", 8192))
    return Grounded(chat, {GUIDE.id: GUIDE}, **options), chat


def test_it_picks_the_lines_that_the_model_names_in_its_order():
    model, chat = grounded("LINES: 3, 1")
    picks = model.pick("Dose of zelmorin?", FOUND, 5)
    assert [(sentence.text, score) for _, sentence, score in picks] == [
        ("Do not give zelmorin in pregnancy.", 1.0),
        ("Give zelmorin 12 mg/kg/day.", 0.5),
    ]
    assert isinstance(model, ModelBackend) and isinstance(model, SummaryWriter)
    assert chat.prompts[0].cites == 3 and model.name == "scripted" and model.info == chat.info


def test_a_refusal_picks_nothing():
    assert grounded("NONE")[0].pick("Dose of zelmorin?", FOUND, 5) == []


@pytest.mark.parametrize("reply", ["Give 40 mg.", "LINES: 9", ""])
def test_nonsense_is_an_error_for_others_to_answer_instead(reply):
    with pytest.raises(ModelError, match="named no lines"):
        grounded(reply)[0].pick("Dose?", FOUND, 5)


def test_without_lines_the_model_is_not_asked():
    model, chat = grounded("LINES: 1")
    assert model.pick("Dose?", (), 5) == [] and model.pick("Dose?", FOUND, 0) == []
    assert chat.prompts == []


def test_the_passages_ranked_lowest_are_left_out_until_the_prompt_fits_and_none_is_cut():
    many = hits(*[passage(str(n), "x", sentences=[f"Line {n} " + "word " * 40]) for n in range(30)])
    model, chat = grounded("LINES: 1", prompt_tokens=800)
    model.pick("Dose?", many, 5)
    (prompt,) = chat.prompts
    shown = [n for n in range(30) if f"Line {n} " in prompt.parts[0]]
    assert shown == list(range(len(shown))) and 3 < len(shown) < 30
    assert chat.count_tokens(prompt) <= 800 and prompt.parts[0].count("word " * 40) == len(shown)


def test_sentences_come_as_the_model_writes_them():
    model, _ = grounded("Give 12 mg/kg/day. [1] Not in pregnancy. [2]")
    assert list(model.summarise("Dose?", ["Give zelmorin 12 mg/kg/day.", "No."])) == [
        Written("Give 12 mg/kg/day.", (1,)),
        Written("Not in pregnancy.", (2,)),
    ]


@pytest.mark.parametrize("error", [ModelError("it broke"), RuntimeError("out of memory")])
def test_an_error_of_the_model_reaches_the_reader_at_once(error):
    started = time.perf_counter()
    with pytest.raises(ModelError):
        list(grounded(error)[0].summarise("Dose?", ["Rest."]))
    assert time.perf_counter() - started < 20


class Slow:
    """Writes a word every hundredth of a second until it is stopped."""

    info = ModelInfo("slow", "test")

    def __init__(self):
        self.stopped = Event()

    def count_tokens(self, prompt):
        return 10

    def generate(self, prompt, on_text=None, cancel=None):
        while not cancel.is_set():
            if on_text:
                on_text("Rest. [1] ")
            time.sleep(0.01)
        self.stopped.set()
        return Generated("", "cancelled")


def test_a_model_that_takes_too_long_is_stopped_and_said_to_be_late():
    with pytest.raises(ModelError, match=r"slow took longer than 0\.05 s"):
        Grounded(Slow(), {}, seconds=0.05).pick("Dose?", FOUND, 5)


def test_a_model_is_stopped_by_the_callers_event():
    stop = Event()
    stop.set()
    with pytest.raises(ModelError, match="was stopped"):
        Grounded(Slow(), {}).until(stop).pick("Dose?", FOUND, 5)


def test_a_model_is_stopped_when_nobody_reads_on():
    slow = Slow()
    sentences = Grounded(slow, {}).summarise("Dose?", ["Rest."])
    next(sentences)
    sentences.close()
    assert slow.stopped.wait(20)


def test_a_model_that_writes_is_stopped_by_the_callers_event():
    slow, stop = Slow(), Event()
    sentences = Grounded(slow, {}).until(stop).summarise("Dose?", ["Rest."])
    next(sentences)
    stop.set()
    with pytest.raises(ModelError, match="was stopped"):
        list(sentences)
    assert slow.stopped.wait(20)


def test_unconstrained_and_thinking_prompts_say_so():
    model, chat = grounded("LINES: 1", constrained=False, thinking=True)
    model.pick("Dose?", FOUND, 5)
    assert chat.prompts[0].cites == 0 and chat.prompts[0].thinking and chat.prompts[0].max_new_tokens > 2000


def test_a_follow_up_is_rewritten_from_the_questions_before():
    model, chat = grounded(" Dose of zelmorin in pregnancy? \n")
    assert model.rewrite("and in pregnancy?", ["Dose of zelmorin?"]) == "Dose of zelmorin in pregnancy?"
    assert "Asked before: Dose of zelmorin?" in chat.prompts[0].parts[0]
