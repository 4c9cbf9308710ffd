from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.imaging import query_of, told_by
from cpgassist.types import CERTAINTIES, Finding, Findings

FOOT = Findings(
    "clinical photo",
    "right foot",
    (
        Finding("possible slough at the base", "possible"),
        Finding("deep ulcer under the big toe", "definite"),
        Finding("no visible bone", "definite"),
        Finding("surrounding erythema without pus", "probable"),
    ),
    "depth cannot be told",
)


def test_the_question_comes_first_and_what_is_there_follows_surest_first():
    assert query_of(FOOT, "How is this wound dressed?") == (
        "How is this wound dressed? diabetic foot ulcer, infected wound, neuropathy. clinical photo. right foot. deep ulcer under the big toe. surrounding erythema."
        " possible slough at the base"
    )


def test_without_a_question_the_findings_are_the_query():
    assert "clinical photo. right foot. deep ulcer" in query_of(FOOT, " ")
    assert query_of(Findings(), "") == "" and query_of(Findings(), "What is  this?") == "What is this?"


@pytest.mark.parametrize(
    ("finding", "left"),
    [
        ("no pleural effusion", ""), ("There is no effusion", ""), ("effusion absent", ""), ("effusion: absent", ""), ("effusion is not seen", ""),
        ("tidak ada nanah", ""), ("tiada nanah", ""), ("nanah tidak kelihatan", ""), ("未见积液", ""), ("normal heart size", ""),
        ("heart size is normal", ""), ("no oedema, redness of the shin", "redness of the shin"), ("ulcer without pus", "ulcer"),
        ("ulcer with no pus", "ulcer"), ("blister but no redness", "blister"), ("abnormal nail", "abnormal nail"), ("non-healing ulcer", "non-healing ulcer"),
        ("nodule", "nodule"), ("fracture unlikely", ""), ("fracture (certainty unlikely)", ""), ("fracture excluded", ""),
        ("fracture cannot be excluded", "fracture cannot be excluded"), ("fracture: likely", "fracture: likely"), ("notched edge", "notched edge"),
    ],
)  # fmt: skip
def test_what_is_denied_is_not_searched(finding, left):
    assert query_of(Findings(items=(Finding(finding),)), "") == left


@pytest.mark.parametrize("finding", ["AF", "ผื่นแดง", "தடிப்பு", "сыпь", "طفح", "红"])
def test_a_short_word_or_another_script_is_searched(finding):
    assert query_of(Findings.typed(finding), "") == finding
    assert query_of(Findings.typed("chest pain", finding, finding), "") == f"chest pain. {finding}"


def test_what_was_said_before_is_not_said_again():
    seen = Findings(
        "photo of a foot",
        "foot",
        (Finding("ulcer"), Finding("Ulcers"), Finding("foot ulcer"), Finding("foot ulcer, red edge")),
    )
    assert query_of(seen, "") == "diabetic foot ulcer. photo of a foot. ulcer. foot ulcer, red edge"


def test_the_question_keeps_its_weight():
    items = tuple(
        Finding(f"{word} {word}ish thing beside the {word}er one")
        for word in "alpha beta gamma delta epsilon zeta eta theta".split()
    )
    seen = Findings("photo", "hand", items)
    question = "What is the first dressing?"
    added = query_of(seen, question)[len(question) :]
    assert 0 < len(added.split()) <= 20
    longer = "What is the first dressing for a wound of this kind in an adult who smokes?"
    assert len(added.split()) < len(query_of(seen, longer)[len(longer) :].split()) <= 3 * len(longer.split())


def test_which_finding_led_to_a_line():
    assert told_by(FOOT, "6.2 Ulcers: wash and cover") == ("deep ulcer under the big toe",)
    assert told_by(FOOT, "Erythematous skin around a sloughy wound") == (
        "possible slough at the base",
        "surrounding erythema without pus",
    )
    assert told_by(FOOT, "Care of the foot: right shoe, clinical photo") == ()  # the body's part leads everywhere
    assert told_by(FOOT, "Exposed bone needs a surgeon; pus is drained") == ()  # both were denied
    assert told_by(Findings(), "anything") == () == told_by(FOOT, "")


def test_spelling_and_endings_do_not_matter():
    seen = Findings(items=(Finding("macular oedema"), Finding("haemorrhages"), Finding("discoloured plaques")))
    assert told_by(seen, "Edema of the macula; hemorrhage; PLAQUE") == tuple(item.text for item in seen.items)
    assert told_by(Findings(items=(Finding("皮肤红斑"),)), "出现红斑时") == ("皮肤红斑",)


def test_words_that_every_line_has_tell_nothing():
    seen = Findings(items=(Finding("large red area on the left side"), Finding("two small patches")))
    assert told_by(seen, "A large area of the left side that is seen in small patients") == ()


TEXT = st.text(max_size=60)
FINDINGS = st.builds(
    Findings, image_type=TEXT, anatomy=TEXT,
    items=st.lists(st.builds(Finding, TEXT, st.sampled_from(CERTAINTIES)), max_size=12).map(tuple),
)  # fmt: skip


@given(FINDINGS, TEXT, TEXT)
def test_any_findings_make_a_query_that_begins_with_the_question(findings, question, line):
    query = query_of(findings, question)
    assert query.startswith(" ".join(question.split()))
    assert set(told_by(findings, line)) <= {item.text for item in findings.items}
