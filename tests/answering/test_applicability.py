"""Whom a line is printed for against whom a question is about; invented drugs and diseases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.answering.applicability import clarifying, remarks
from cpgassist.answering.questions.populations import asked, printed_for

EXCLUDED = (
    ("dose of zelmorin for an adult", "In children, zelmorin 5 mg/kg.", "Printed for children; the question is about an adult."),
    ("zelmorin for my 8-year-old patient", "Adults: zelmorin 500 mg", "Printed for adults; the question is about an 8-year-old."),
    ("62M with Harbour fever", "Paediatric dose\nZelmorin | 5 mg/kg", "Printed for children; the question is about a 62-year-old."),
    ("62M with Harbour fever", "Children under 5 years: 5 mg/kg", "Printed for age under 5 years; the question is about a 62-year-old."),
    ("14-year-old girl", "Children aged 5 to 12 years: 5 mg/kg", "Printed for age 5 to 12 years; the question is about a 14-year-old."),
    ("5-month-old baby", "For newborns, zelmorin 5 mg", "Printed for newborns; the question is about a 5-month-old."),
    ("zelmorin for a newborn", "Among adults, give zelmorin", "Printed for adults; the question is about a newborn."),
    ("40-year-old man", "In pregnancy, avoid zelmorin.", "Printed for pregnancy; the question is about a man."),
    ("pregnant woman with Harbour fever", "Zelmorin for non-pregnant women", "Printed for patients who are not pregnant; the question is about pregnancy."),
    ("woman with Harbour fever", "For men: zelmorin for 7 days", "Printed for men; the question is about a woman."),
    ("he has Harbour fever", "Women with Harbour fever: 3 days", "Printed for women; the question is about a man."),
    ("eGFR 40, zelmorin?", "If eGFR <30 ml/min, stop zelmorin", "Printed for eGFR <30 ml/min; the question gives eGFR 40."),
    ("zelmorin with eGFR of 20", "eGFR 45-60: halve zelmorin", "Printed for eGFR 45-60; the question gives eGFR 20."),
    ("outpatient with Harbour fever", "In hospitalised patients, zelmorin iv", "Printed for inpatients; the question is about an outpatient."),
    ("NKDA, Harbour fever", "Patients with brackenol allergy: zelmorin", "Printed for allergy to brackenol; the question is about a patient without an allergy."),
    ("wanita dewasa dengan demam", "Kanak-kanak: zelmorin 5 mg", "Printed for children; the question is about an adult."),
    ("anak umur 5 tahun", "Untuk dewasa: 500 mg", "Printed for adults; the question is about a 5-year-old."),
    ("70岁男性", "儿童：5 mg/kg", "Printed for children; the question is about a 70-year-old."),
    ("孕妇", "Men: zelmorin for 7 days", "Printed for men; the question is about a woman."),
    ("HIV-negative adult", "In patients with HIV, brackenol", "Printed for HIV; the question is about a patient without HIV."),
)  # fmt: skip
APPLIES = (
    ("zelmorin for an adult", "Zelmorin 500 mg once daily"),
    ("zelmorin dose", "In children, 5 mg/kg"),
    ("3-year-old child", "Children under 5 years: 5 mg/kg"),
    ("17-year-old", "Adults: 500 mg"),  # guidelines draw the line at different ages
    ("62M", "Adults: 500 mg"),
    ("older man", "Adults: 500 mg"),
    ("adult", "Children and adults: zelmorin"),
    ("adult", "The risk is lower in children than in adults"),
    ("pregnant woman", "Give zelmorin except in pregnancy"),
    ("62M", "Hepatic impairment: Child-Pugh A, halve"),
    ("62M", "The mean age of 17 years was reported"),
    ("adult", "monthly zelmorin for patients"),
    ("eGFR 20", "If eGFR <30, stop zelmorin"),
    ("woman of 30", "In pregnancy, avoid zelmorin"),
    ("child", "Adolescents: 250 mg"),
    ("mother and child with Harbour fever", "Adults: 500 mg"),
    ("", "Adults: 500 mg"),
    ("adult", ""),
    ("adult", "Children and pregnant women were excluded."),
    ("adult", "Pediatric Infectious Disease Society"),
)


@pytest.mark.parametrize(("question", "line", "said"), EXCLUDED)
def test_a_line_for_others_is_remarked(question, line, said):
    assert said in remarks(question, line)


@pytest.mark.parametrize(("question", "line"), APPLIES)
def test_a_line_that_may_apply_is_left_alone(question, line):
    assert remarks(question, line) == ()


def test_the_innermost_words_count():
    assert remarks("adult", "Dosing in children\nAdults: 500 mg") == ()
    assert remarks("adult", "Dosing in adults\nChildren: 5 mg/kg") == (
        "Printed for children; the question is about an adult.",
    )
    assert remarks("adult", "Dosing in children\nZelmorin | 5 mg/kg") == (
        "Printed for children; the question is about an adult.",
    )


DIFFERING = (
    ("zelmorin dose", ["Children under 2 years: 5 mg", "Adults: 10 mg"], ("Child under 2 years?",)),
    ("zelmorin dose", ["Children: 5 mg/kg", "Adults: 10 mg"], ("Child?",)),
    ("zelmorin dose", ["Women above the age of 40 years: 5 mg", "Women under the age of 30 years: 2 mg"], ("Age above 40 years?",)),
    ("zelmorin dose", ["Zelmorin 10 mg", "In pregnancy, avoid zelmorin"], ("Pregnant?",)),
    ("zelmorin dose", ["If eGFR <30, halve zelmorin", "Zelmorin 10 mg"], ("eGFR?",)),
    ("zelmorin dose", ["Patients allergic to brackenol: zelmorin", "Brackenol 5 mg"], ("Allergic to brackenol?",)),
    ("zelmorin dose", ["On dialysis: avoid", "Men: 5 mg", "Women: 3 mg"], ("On dialysis?", "Man or woman?")),
    ("zelmorin dose", ["Children: 1", "In pregnancy: 2", "eGFR <30: 3", "On dialysis: 4"], ("Child?", "Pregnant?", "eGFR?")),
    ("adult, zelmorin dose", ["Children: 5 mg/kg", "Adults: 10 mg"], ()),
    ("dose for a man with eGFR 50", ["In pregnancy: avoid", "eGFR <30: halve", "Zelmorin 5 mg"], ()),
    ("zelmorin dose", ["Children: 5 mg/kg", "Children: 6 mg/kg"], ()),
    ("zelmorin dose", ["Zelmorin 5 mg", "Zelmorin 10 mg"], ()),
    ("zelmorin dose", ["Adults: zelmorin 5 mg", "Zelmorin 10 mg"], ()),
    ("zelmorin dose", ["Harbour fever in pregnancy\nZelmorin 5 mg", "Zelmorin 10 mg"], ()),  # only a heading
    ("zelmorin dose", ["Newborns\nZelmorin 5 mg", "Adults\nZelmorin 10 mg"], ("Newborn?",)),
    ("dos zelmorin", ["Masalah penghambat adalah jarang", "Zelmorin 10 mg"], ()),
    ("zelmorin dose", [], ()),
    ("dos zelmorin", ["Kanak-kanak: 5 mg", "Dewasa: 10 mg"], ("Child?",)),
)  # fmt: skip


@pytest.mark.parametrize(("question", "lines", "chips"), DIFFERING)
def test_what_the_lines_differ_by_is_asked(question, lines, chips):
    assert clarifying(question, lines) == chips


@pytest.mark.parametrize(
    ("text", "axis", "value"),
    (
        ("8-year-old boy", "sex", "men"),
        ("bayi baru lahir", "age", "newborn"),
        ("she is breastfeeding", "lactation", "breastfeeding"),
        ("kanak-kanak", "age", "child"),
        ("ibu hamil", "pregnancy", "pregnant"),
        ("not pregnant", "pregnancy", "not pregnant"),
        ("CKD stage 3", "kidneys", "kidney impairment"),
        ("cuci darah", "dialysis", "dialysis"),
        ("cirrhosis", "liver", "liver impairment"),
        ("患者对青霉素过敏", "allergy", "allergic"),
        ("immunocompromised patient", "immunity", "immunocompromised"),
        ("rawat jalan", "setting", "outpatients"),
        ("老人", "age", "older"),
    ),
)
def test_conditions_of_a_question(text, axis, value):
    assert (axis, value) in {(one.axis, one.value) for one in asked(text)}


@pytest.mark.parametrize("text", ("no renal impairment", "not on dialysis", "tiada masalah buah pinggang"))
def test_denied_conditions_are_not_given(text):
    assert not {"kidney impairment", "dialysis"} & {one.value for one in asked(text)}


PEOPLE = "children adults pregnant women men under 5 years in for dose eGFR <30 62M newborns with allergy to zelmorin . , | \n".split(
    " "
)


@given(st.lists(st.sampled_from(PEOPLE), max_size=15), st.lists(st.sampled_from(PEOPLE), max_size=15))
def test_any_words_are_read(question, line):
    said, printed = " ".join(question), " ".join(line)
    assert all(remark.startswith("Printed for ") for remark in remarks(said, printed))
    assert all(chip.endswith("?") for chip in clarifying(said, [printed, said]))
    assert len(clarifying(said, [printed, said])) <= 3


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_read(question, line):
    remarks(question, line)
    clarifying(question, [line, question])
    assert remarks(question, "") == remarks("", line) == ()


@given(st.lists(st.sampled_from(PEOPLE), max_size=10))
def test_a_line_is_never_printed_for_others_than_itself(words):
    text = " ".join(words)
    told = {one.axis for one in printed_for(text)}
    assert all(not one.excludes(one) for one in printed_for(text)) and told <= set(
        one.axis for one in printed_for(text)
    )
