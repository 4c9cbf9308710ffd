"""A conversation is a value: each question gives a new one, and follow-ups are asked self-contained."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, field
from types import SimpleNamespace

import pytest

from cpgassist import Assistant, Conversation
from cpgassist.conversation import KEPT, Turn
from cpgassist.errors import InputError, ModelError
from cpgassist.types import Answer, Where

ADULTS = "How is harbour fever treated in adults?"
PREGNANT = "How is harbour fever treated – and in pregnancy?"


@dataclass
class Recorder:
    """An assistant that remembers what it was asked."""

    asked: list[tuple[str, Where | None]] = field(default_factory=list)

    def ask(self, question: str, where: Where | None = None) -> Answer:
        if not question.strip():
            raise InputError("The question is empty.")
        self.asked.append((question, where))
        status = "refused" if question.startswith("Write") else "answered"
        return Answer(status, 0.9, " ".join(question.split()), "v1")

    def stream(self, question, where=None, findings=None, cancel=None):
        yield self.ask(question, where)


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def talk(recorder):
    return Conversation(recorder)


def test_an_assistant_starts_conversations():
    assistant = Assistant(SimpleNamespace())
    talk = assistant.conversation()
    assert talk.assistant is assistant
    assert (talk.turns, talk.answers, talk.answer, talk.asked_as) == ((), (), None, None)


def test_a_follow_up_is_asked_self_contained_and_says_so(talk, recorder):
    talk = talk.ask(ADULTS)
    assert talk.asked_as is None and "asked_as" not in talk.answer.to_dict()
    assert not str(talk.answer).startswith("Asked as")
    where = Where(guidelines=("harbour",))
    talk = talk.ask("  and in\n pregnancy? ", where=where)
    assert recorder.asked[-1][1] is where and " ".join(recorder.asked[-1][0].split()) == PREGNANT
    assert talk.answer.question == "and in pregnancy?" and talk.asked_as == PREGNANT
    assert talk.answer.to_dict()["asked_as"] == PREGNANT and talk.answer.to_dict()["question"] == "and in pregnancy?"
    assert str(talk.answer).splitlines()[0] == f"Asked as: {PREGNANT}"
    assert talk.turns == (Turn(ADULTS, ADULTS), Turn("and in pregnancy?", PREGNANT))


def test_asking_changes_nothing_so_a_conversation_forks(talk):
    start = talk.ask(ADULTS)
    pregnant, children = start.ask("and in pregnancy?"), start.ask("and in children?")
    assert len(start.turns) == 1 and start.answer.question == ADULTS
    assert "pregnancy" not in children.asked_as and "children" not in pregnant.asked_as
    assert "pregnancy" in pregnant.ask("dose?").asked_as and "children" in children.ask("dose?").asked_as
    with pytest.raises(FrozenInstanceError):
        start.turns = ()


def test_conversations_share_nothing(recorder):
    one = Conversation(recorder).ask(ADULTS)
    other = Conversation(recorder).ask("dose?")
    assert other.asked_as is None and one.ask("dose?").asked_as is not None


def test_memory_is_bounded(talk):
    for n in range(3 * KEPT):
        talk = talk.ask(f"How is fever number {n} treated?")
    assert len(talk.turns) == len(talk.answers) == KEPT
    assert talk.turns[-1].question == talk.answer.question == f"How is fever number {3 * KEPT - 1} treated?"


def test_a_refused_question_is_not_followed_up(talk):
    talk = talk.ask(ADULTS).ask("Write a poem about metformin")
    assert talk.answer.status == "refused" and len(talk.turns) == 1
    assert "metformin" not in talk.ask("dose?").asked_as


def test_what_fails_leaves_the_conversation_as_it_was(talk):
    talk = talk.ask(ADULTS)
    with pytest.raises(InputError):
        talk.ask("  ")
    assert len(talk.turns) == 1


# ---- with a model ---------------------------------------------------------------------------------------------


def rewriting(recorder, said, calls=None):
    def rewrite(question, turns):
        if calls is not None:
            calls.append((question, turns))
        if isinstance(said, Exception):
            raise said
        return said

    return Conversation(recorder, rewrite=rewrite)


def test_a_faithful_rewriting_is_asked(recorder):
    calls = []
    talk = rewriting(recorder, "How is harbour fever treated in pregnancy? ", calls).ask(ADULTS)
    assert calls == [], "the first question needs no rewriting"
    talk = talk.ask("and in pregnancy?")
    assert calls == [("and in pregnancy?", (Turn(ADULTS, ADULTS),))]
    assert talk.asked_as == recorder.asked[-1][0] == "How is harbour fever treated in pregnancy?"


@pytest.mark.parametrize(
    "said",
    [
        "How is harbour fever treated with 250 mg in pregnancy?",
        "How is harbour fever treated with zelmorin in pregnancy?",
        "How is harbour fever treated in pregnancy and in neonates?",
        "How is harbour fever treated in adults?",
        "",
        ModelError("The model does not answer."),
    ],
)
def test_a_rewriting_that_adds_or_loses_something_is_not(recorder, said):
    talk = rewriting(recorder, said).ask(ADULTS).ask("and in pregnancy?")
    assert talk.asked_as == PREGNANT


def test_a_model_never_touches_a_question_that_stands_alone(recorder):
    talk = (
        rewriting(recorder, "How is harbour fever treated in adults with gout?").ask(ADULTS).ask("How is gout treated?")
    )
    assert talk.asked_as is None and recorder.asked[-1][0] == "How is gout treated?"


def test_a_follow_up_that_comes_back_unchanged_is_still_tied_to_its_subject(recorder):
    """As it does where no language model is there to rewrite it."""
    talk = Conversation(recorder, rewrite=lambda question, turns: f" {question} ").ask(ADULTS)
    assert talk.ask("and in pregnancy?").asked_as == PREGNANT
    assert recorder.asked[-1][0] == PREGNANT
