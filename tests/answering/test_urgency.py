"""Lines that call for urgent action by their own words, and lines that only hold such words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.answering.urgency import calls_for_urgency, is_urgent
from cpgassist.types import Statement
from tests.fixtures.spent import least_spent

URGENT = """
Refer immediately if vision is lost.
Patients should be referred urgently to the lamp doctor.
A suspected lantern crisis is referred on the same day.
Seek immediate medical care when sight is lost suddenly.
Give the antidote immediately.
Tarvexol should be started within one hour in severe fever.
The patient should be seen within 24 hours.
Arrange urgent specialist referral.
Give salt, but refer urgently when there are danger signs.
This is a medical emergency.
Send the patient to the nearest emergency department.
Do not delay referral: admit immediately.
Treatment must not be delayed and should be started without delay.
Severe | Refer urgently | 24 h
Call an ambulance at once.
Pesakit harus segera dirujuk ke doktor mata.
Rujuk pesakit ke hospital dengan segera.
Apabila gula terlalu rendah, segera hentikan pemberian insulin.
Bawa pesakit ke jabatan kecemasan.
Pasien memerlukan penanganan segera.
Rujuk ke instalasi gawat darurat.
In non-severe disease with a rash refer urgently.
Patients who had a seizure should be referred immediately.
""".strip().splitlines()

CALM = """
Urgent referral is not needed.
Non-urgent referral is enough.
A non-emergency transfer is arranged.
This is not an emergency and does not need urgent treatment.
Do not stop the drug immediately; taper it.
Immediate reconstruction is as safe as delayed reconstruction.
A study was conducted in an urban emergency department.
Patients were referred immediately and treated within one hour.
Hand hygiene should be performed immediately after removal of gloves.
Deaths after emergency operations are rare.
Take one immediate-release tablet at night.
The policy is for hospitals, urgent care centres and clinics.
At most four doses are given within 24 hours.
Review after two weeks; the course is given within 7 days.
Emergency contraception may be offered.
Rujukan segera tidak perlu.
Kebutuhan insulin turun segera setelah lahir.
Hindari terjadinya kecemasan pada pasien.
Ubat ini tidak perlu dihentikan segera.
""".strip().splitlines()


@pytest.mark.parametrize("line", URGENT)
def test_an_act_printed_with_its_urgency_is_urgent(line):
    assert calls_for_urgency(line) and calls_for_urgency(line.upper().replace(" ", "  "))


@pytest.mark.parametrize("line", CALM)
def test_urgent_words_alone_are_not(line):
    assert not calls_for_urgency(line)


def test_an_item_is_urgent_by_the_lead_in_that_it_stands_under():
    item = Statement("Loss of sight", (1,), lead=("Refer urgently when there is any of:",))
    assert is_urgent(item) and not is_urgent(Statement("Loss of sight", (1,)))
    row = Statement("Mild | rest at home", (1,), kind="table", lead=("Severity | Urgent referral",))
    assert not is_urgent(row), "a header names columns"


@pytest.mark.parametrize("kind", ["flowchart", "figure", "summary"])
def test_nothing_is_read_into_a_drawing_or_a_models_words(kind):
    assert not is_urgent(Statement("See page 3: Refer immediately.", (1,), kind=kind))


@given(
    st.lists(st.sampled_from("refer immediately not within one hour urgent care segera rujuk . | , 24 hours".split()))
)
def test_any_line_is_read_and_a_study_calls_for_nothing(words):
    line = " ".join(words)
    assert calls_for_urgency(line) in (True, False)
    assert not calls_for_urgency(f"The study says {line.replace('.', '').replace('|', '')}")


def test_a_long_line_takes_no_longer_than_its_length():
    line = "refer the patient to the hospital when the sign is seen and "
    short, long = (least_spent(lambda: calls_for_urgency(line * times)) for times in (200, 800))
    assert long < 12 * max(short, 0.005)
