"""A line that prints otherwise what was picked is shown beside it, whoever picked and whatever ranks first."""

import pytest

from cpgassist.answering.elsewhere import MOST, with_contraries
from tests.fixtures.shelf import hits, passage

TARGET = "In pregnant women with harbour fever and hypertension the blood pressure target is {} mmHg."
SUMMARY = passage("s", TARGET.format("120-160/80-105"), page=151, kind="recommendation", grade="E")
CHAPTER = passage("c", TARGET.format("≤135/80"), page=66)
OTHER = passage("o", "Check the urine at each visit and note the colour of the lamp.", page=66)


def texts(picks):
    return [sentence.text for _, sentence, _ in picks]


def pick(hit, number=0):
    return (hit, hit.passage.sentences[number], 0.5)


@pytest.mark.parametrize("turned", [False, True])
def test_the_other_value_follows_the_picked_line(turned):
    first, second = (CHAPTER, SUMMARY) if turned else (SUMMARY, CHAPTER)
    found = hits(first, OTHER, second)
    picks = with_contraries([pick(found[0]), pick(found[1])], found)
    assert texts(picks) == [first.text, second.text, OTHER.text]
    assert all(hit in found and sentence in hit.passage.sentences for hit, sentence, _ in picks)


@pytest.mark.parametrize(
    "line",
    [
        TARGET.format("120-160/80-105"),  # the same
        TARGET.format("≤135/80").replace("pregnant women", "men"),  # of other patients
        TARGET.format("≤135/80").replace("hypertension", "anaemia"),  # of something else
        "The target is ≤135/80 mmHg.",  # says too little
    ],
)
def test_what_is_no_contrary_is_not_added(line):
    found = hits(SUMMARY, passage("c", line, page=66))
    assert texts(with_contraries([pick(found[0])], found)) == [SUMMARY.text]


def test_a_contrary_that_was_picked_itself_is_not_added_again():
    found = hits(SUMMARY, CHAPTER)
    assert len(with_contraries([pick(found[0]), pick(found[1])], found)) == 2


def test_at_most_so_many_are_added_and_drawings_and_the_same_page_are_left_alone():
    many = [passage(str(n), TARGET.format(f"{130 + n}/80"), page=200 + n) for n in range(5)]
    drawn = passage("d", TARGET.format("150/90"), page=9, kind="flowchart")
    same = passage("e", TARGET.format("155/95"), page=151)
    found = hits(SUMMARY, drawn, same, *many)
    picks = with_contraries([pick(found[0])], found)
    assert len(picks) == 1 + MOST and not {drawn.text, same.text} & set(texts(picks))


def test_without_picks_or_found_passages_nothing_is_added():
    found = hits(SUMMARY, CHAPTER)
    assert with_contraries([], found) == [] and with_contraries([pick(found[0])], ()) == [pick(found[0])]
