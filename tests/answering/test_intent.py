"""What a question wants besides an answer: orders, emergencies and values taken for granted; invented drugs and diseases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.answering.contradictions import contradicted
from cpgassist.answering.questions.intent import EMERGENCY, ORDER, Intent, intent
from cpgassist.answering.questions.premises import premises

ORDERS = (
    "write up 5 mg zelmorin for him",
    "Can I discharge her?",
    "Confirm it so I can skip the biopsy",
    "just tell me the dose for this 14 kg child",
    "Should I start this patient on zelmorin?",
    "62M with Harbour fever: can I give him zelmorin?",
    "Prescribe zelmorin for my patient",
    "Please write a prescription for zelmorin",
    "What dose should I give my 8-year-old patient?",
    "Can I give 5 mg of zelmorin now?",
    "Is it OK to stop zelmorin in this lady?",
    "Is she fit to go home?",
    "Decide for me: zelmorin or brackenol",
    "Just answer yes or no, can he have zelmorin?",
    "boleh saya bagi zelmorin 5 mg untuk budak ni?",
    "Bolehkah saya hentikan zelmorin untuk pesakit ini?",
    "tolong tulis preskripsi zelmorin",
    "boleh dia balik hari ini?",
    "我可以给他用瑞姆林吗？",
    "请帮我开瑞姆林",
    "这个病人可以出院吗？",
    "Please just write the zelmorin dose on her chart",
    "ok to send him home with zelmorin?",
    "My 4-year-old patient weighs 16 kg, how many ml of brackenol should I give?",
    "Do I need to admit this lady?",
    "Sign this off so we can start zelmorin",
    "Should we operate on this 70M?",
    "Which antibiotic do I give him",
    "She's 30 weeks, can I start brackenol?",
    "tell me whether to stop zelmorin in my patient",
    "Can this child go home?",
    "boleh tak bagi zelmorin pada pesakit ni",
    "patut saya admit dia?",
    "Apakah saya boleh memberikan zelmorin kepada pasien ini?",
    "要不要给她开瑞姆林？",
    "Give me a yes/no: discharge?",
    "Discharge her tonight or keep her?",
    "Approve brackenol for my 55-year-old so I can prescribe it",
    "How many tablets do I hand to this boy of 20 kg?",
    "Would you start him on zelmorin?",
    "I want you to choose between zelmorin and brackenol for Mrs T",
    "Put in the order for zelmorin 5 mg",
    "May I double her dose?",
    "He is 70 and frail; should we withhold surgery?",
    "Adakah saya perlu rujuk pesakit ini ke hospital?",
    "Bolehkah saya naikkan dos pesakit ini kepada 20 mg?",
    "这位病人我应该停药吗？",
    "Just confirm 20 mg for him",
    "You decide: admit or not?",
    "What exact dose should I write for my patient now?",
)
NO_ORDERS = (
    "What is the dose of zelmorin in adults?",
    "Can I give zelmorin in pregnancy?",
    "Which drug is first line for Harbour fever?",
    "When should zelmorin be stopped?",
    "How is Harbour fever diagnosed?",
    "Should patients with Harbour fever be admitted?",
    "Criteria for discharge after Harbour fever",
    "In what order are the tests done?",
    "Apakah dos zelmorin untuk dewasa?",
    "Bilakah pesakit perlu dirujuk?",
    "瑞姆林的剂量是多少？",
    "Who should be screened?",
    "What are the discharge criteria?",
    "How should zelmorin be started in adults?",
    "When can children with Harbour fever return to school?",
    "Is zelmorin recommended in pregnancy?",
    "Can zelmorin be given with brackenol?",
    "What should be given first?",
    "How do I diagnose Harbour fever?",
    "Can patients stop zelmorin after 3 months?",
    "Who can prescribe zelmorin?",
    "Berapa lama rawatan perlu diberi?",
    "Can I use zelmorin in renal impairment?",
    "What does the guideline recommend for fever in children?",
    "When should therapy be escalated?",
    "Should zelmorin be used as first line?",
    "How often should blood pressure be measured?",
    "Which patients need referral?",
    "Are steroids allowed in Harbour fever?",
    "What is the maximum daily dose of brackenol?",
    "Do guidelines recommend screening of men?",
    "Apakah ubat pilihan pertama?",
    "哪些患者需要转诊？",
    "What if zelmorin fails?",
    "How is severity graded?",
)
EMERGENCIES = (
    "my patient collapsed, what next",
    "the baby is not breathing",
    "anaphylaxis after zelmorin, adrenaline dose?",
    "he has crushing chest pain right now",
    "crushing chest pain now, aspirin?",
    "child is fitting, what do I give",
    "seizure now, which drug",
    "she is suicidal tonight",
    "he wants to kill himself",
    "erection for 6 hours, what to do",
    "an erection lasting more than 5 hours",
    "she is bleeding heavily after delivery",
    "bleeding that won't stop",
    "blue baby, just delivered",
    "cardiac arrest in the ward",
    "he can’t breathe",
    "she took an overdose of brackenol",
    "stroke symptoms just started",
    "pesakit tidak sedarkan diri",
    "budak tengah sawan",
    "bayi tidak bernafas",
    "sakit dada teruk sekarang",
    "ibu berdarah banyak selepas bersalin",
    "pasien tidak napas",
    "dia nak bunuh diri",
    "病人昏迷了",
    "孩子没有呼吸",
    "正在抽搐怎么办",
    "产后大出血",
    "他想自杀",
    "Baby just born, floppy and not crying, not breathing",
    "Man down in waiting room, no pulse",
    "Child swallowed bleach 10 minutes ago",
    "woman 2 hours postpartum, soaking pads, BP 70/40",
    "Throat swelling after zelmorin injection, can't breathe",
    "Patient says he will kill himself tonight",
    "He's having a seizure for 10 minutes",
    "unresponsive diabetic, glucose 1.8",
    "penis erect since 7 hours ago and painful",
    "priapism for 6 hours",
    "my patient is in shock right now",
    "pesakit rebah tiba-tiba",
    "anak saya kejang sekarang",
    "pasien henti napas",
    "budak tercekik",
    "患者突然倒地，没有脉搏",
    "宝宝脸色发紫",
    "severe chest pain radiating to the arm, started 20 minutes ago",
    "patient is choking",
    "snake bite just now",
    "The mother is fitting on the labour ward",
    "Newborn limp and blue, heart rate 50",
    "My colleague just passed out and won't wake up",
    "He cut his wrists and is bleeding a lot",
    "My patient took 40 tablets an hour ago",
    "Child drowned in the pool, pulled out now",
    "She is in labour and the cord is out",
    "sudden facial droop and weakness 30 minutes ago",
    "Throat closing after peanut",
    "He collapsed at dialysis",
    "Ibu kejang selepas bersalin sekarang",
    "pesakit tiba-tiba tak sedar",
    "dia dah tak bernafas",
    "肚子痛得晕倒了",
    "他突然不能说话，半边无力",
    "breathless and grey, sats 70%",
)
CALM = (
    "history of anaphylaxis: which vaccine?",
    "risk of anaphylaxis with zelmorin",
    "screening for suicidal ideation in adolescents",
    "how are seizures prevented",
    "collapsed lung follow-up",
    "previous seizure, can zelmorin be used",
    "patient collapsed last year, which test?",
    "what is now recommended for stroke?",
    "no bleeding and no chest pain: which test?",
    "emergency contraception options",
    "is chest pain a side effect of zelmorin?",
    "erection hardness score",
    "how to teach breathing exercises",
    "blue discolouration of urine with zelmorin",
    "dose of zelmorin in renal impairment",
    "kejang demam: bila perlu rujuk?",
    "既往有抽搐病史",
    "she had a seizure 2 years ago",
    "anaphylaxis to zelmorin in the past",
    "What is the dose of adrenaline?",
    "How common is collapse in Harbour fever?",
    "Are seizures a contraindication to zelmorin?",
    "suicide risk screening tools",
    "How to counsel patients about priapism?",
    "When does bleeding stop after the procedure?",
    "management of chest pain in outpatients",
    "stroke risk with zelmorin",
    "patient had anaphylaxis as a child",
    "family history of sudden collapse",
    "Is shock wave therapy recommended?",
    "low intensity shockwave therapy now recommended?",
    "How should collapse be prevented during exercise?",
    "What is the incidence of seizures with zelmorin?",
    "Which patients with chest pain need an ECG?",
    "Bleeding risk on zelmorin",
    "Is apnoea a side effect?",
    "priapism as a side effect of zelmorin",
    "treatment of heavy menstrual bleeding",
    "Is epilepsy with frequent seizures a contraindication?",
    "suicidal ideation as a side effect",
    "long-term care after stroke",
    "blue dye allergy",
)


@pytest.mark.parametrize("question", ORDERS)
def test_order_or_decision_for_one_patient_is_told(question):
    assert intent(question).order
    assert ORDER in intent(question).remarks


@pytest.mark.parametrize("question", (*NO_ORDERS, *CALM))
def test_question_for_a_rule_is_no_order(question):
    assert not intent(question).order


@pytest.mark.parametrize("question", EMERGENCIES)
def test_emergency_is_told_first(question):
    assert intent(question).remarks[0] == EMERGENCY


@pytest.mark.parametrize("question", (*CALM, *NO_ORDERS))
def test_what_is_past_denied_or_prevented_is_no_emergency(question):
    assert not intent(question).emergency


STATED = {
    "so zelmorin 500 mg/kg is right?": ["500 mg/kg"],
    "The guideline says 160/800 ng of trimoxal?": ["160/800 ng"],
    "Since the target is 160/100, can zelmorin be stopped?": ["160/100"],
    "Dose of zelmorin is 10 mg daily, correct?": ["10 mg", "daily"],
    "My consultant says zelmorin 40 mg for Harbour fever": ["40 mg"],
    "Is 40 mg of zelmorin safe in the elderly?": ["40 mg"],
    "I was told to treat for 5 days, right?": ["5 days"],
    "The HbA1c target is below 8%, right?": ["below 8%"],
    "my consultant says zelmorin stops at eGFR 20": ["20"],
    "screening starts at age 40, right?": ["40"],
    "Screening of women from 35 years old, correct?": ["35 years"],
    "dos zelmorin 10 mg, betul?": ["10 mg"],
    "Menurut panduan, zelmorin 20 mg sehari": ["20 mg"],
    "瑞姆林每天10毫克，对吗？": ["每天", "10毫克"],
    "Why is the maximum dose 4 g?": ["4 g"],
    "The zelmorin dose is 10 mg. Is that correct?": ["10 mg"],
    "Zelmorin 10 mg twice daily. Right?": ["10 mg", "twice daily"],
    "A 62M weighing 70 kg: so zelmorin 700 mg is right?": ["700 mg"],
}
SAID = (
    "The usual dose of zelmorin is 5 mg isn't it",
    "As the cut-off is 30%, who is treated?",
    "Zelmorin 2 g stat then 1 g tds, is this right?",
    "My textbook has zelmorin at 7 mg/kg",
    "Given the BP goal of 150/95, continue?",
    "It should be repeated every 6 weeks, correct?",
    "dos maksimum zelmorin 4 g kan?",
    "指南说目标是低于140/90，对吗？",
    "Confirm that 600 mg is the weekly dose of brackenol",
)
UNSTATED = (
    "62M with eGFR 40, which drug?",
    "a 14 kg child with Harbour fever, how much zelmorin?",
    "6 hours since onset of Harbour fever",
    "HbA1c 9% on zelmorin 500 mg twice daily, what next?",
    "Since she is 62 and has BP 160/100, what is the target?",
    "8-year-old boy, temperature 39.5, pulse 120",
    "he takes zelmorin 5 mg, which test?",
    "Is zelmorin 5 mg or 10 mg?",
    "I have 500 mg tablets of zelmorin",
    "she took 4 g of brackenol",
    "What is the dose of zelmorin?",
    "potassium is 6.1, what is given?",
    "fever for 3 days",
    "30 weeks pregnant with BP 150/95",
    "because his creatinine is 200, which drug?",
    "umur 5 tahun, berat 18 kg, demam 3 hari",
    "70岁女性，血压 160/100，怎么办？",
    "Table 3 says what about zelmorin?",
    "",
    "45F BMI 31, LDL 4.2, BP 150/90",
    "He weighs 82 kg and is 178 cm tall",
    "on zelmorin 10 mg for 3 years",
    "CD4 count 150, viral load 20,000",
    "infant of 6 weeks with fever 38.9",
    "creatinine 210, potassium 5.8 after zelmorin 20 mg",
    "She received 2 doses in January",
    "LMP 8 weeks ago",
    "Her HbA1c was 10.2% last month",
    "smoked 20 cigarettes a day for 30 years",
)


@pytest.mark.parametrize(("question", "values"), STATED.items())
def test_stated_values_are_premises(question, values):
    assert [premise.printed for premise in premises(question)] == values


@pytest.mark.parametrize("question", SAID)
def test_what_is_said_to_be_so_is_a_premise(question):
    assert premises(question)


@pytest.mark.parametrize("question", UNSTATED)
def test_what_the_patient_has_is_no_premise(question):
    assert premises(question) == ()


def remark(question, *lines):
    found = [contradicted(premise, lines) for premise in premises(question)]
    return next((one.remark for one in found if one is not None), None)


CONTRADICTED = (
    ("The guideline says 160/800 ng of trimoxal?", ["Trimoxal 160/800 mg twice daily"], "The guideline prints 160/800 mg, not 160/800 ng."),
    ("So zelmorin 500 mg/kg is right?", ["Zelmorin | 15 mg/kg | every 8 hours"], "The guideline prints 15 mg/kg, not 500 mg/kg."),
    ("Since the target is 160/100 in Harbour fever?", ["Harbour fever: target <130/80 mm Hg"], "The guideline prints <130/80 mm Hg, not 160/100."),
    ("Dose of zelmorin is 10 mg daily, correct?", ["Zelmorin 20 mg once daily"], "The guideline prints 20 mg, not 10 mg."),
    ("zelmorin once daily, correct?", ["Zelmorin 20 mg twice daily"], "The guideline prints twice daily, not once daily."),
    ("zelmorin is given twice daily, right?", ["Zelmorin is given once daily"], "The guideline prints once daily, not twice daily."),
    ("Maximum dose of zelmorin is 80 mg, right?", ["Zelmorin: maximum dose 40 mg, start 10 mg"], "The guideline prints 40 mg, not 80 mg."),
    ("The target HbA1c is below 9%, right?", ["HbA1c target: below 7%", "LDL fell by 30%"], "The guideline prints below 7%, not below 9%."),
    ("Dose of zelmorin for a child is 20 mg/kg, right?", ["Children: zelmorin 5 mg/kg"], "The guideline prints 5 mg/kg, not 20 mg/kg."),
    ("The guideline says zelmorin stops at eGFR 20?", ["Zelmorin: stop at eGFR below 30"], None),
    ("The guideline says zelmorin stops at eGFR 40?", ["Zelmorin: stop at eGFR below 30"], "The guideline prints below 30, not 40."),
    ("dos zelmorin 100 mg, betul?", ["Zelmorin 10 mg"], "The guideline prints 10 mg, not 100 mg."),
)  # fmt: skip
NOT_CONTRADICTED = (
    ("Dose of zelmorin is 20 mg, correct?", ["Zelmorin 20 mg once daily", "Zelmorin 5 mg in the elderly"]),  # confirmed
    ("Dose of zelmorin is 20 mg, correct?", ["Zelmorin 10-30 mg once daily"]),  # allowed by a range
    ("Dose of zelmorin is 20 mg, correct?", ["Zelmorin up to 40 mg a day"]),  # allowed by a limit
    ("Dose of zelmorin is 20 mg, correct?", ["Brackenol 40 mg once daily"]),  # another drug
    ("Dose of zelmorin is 1 g, correct?", ["Zelmorin 1000 mg once daily"]),  # the same amount
    ("Dose of zelmorin is 20 mg, correct?", ["Zelmorin 5 mL once daily"]),  # another sort of quantity
    ("Dose of zelmorin is 20 mg, correct?", ["Zelmorin 20 mg/L is the peak level"]),
    ("Starting dose of zelmorin is 5 mg?", ["Zelmorin: maximum dose 40 mg"]),
    ("The target BP is 130/80, right?", ["BP target below 130/80 mmHg"]),
    ("Dose of zelmorin is 20 mg, correct?", ["Children: zelmorin 5 mg"]),  # people whom the question does not name
    ("Dose of zelmorin for a 40-year-old is 20 mg, correct?", ["Dosing in children\nZelmorin 5 mg"]),
    ("Dose of zelmorin is 20 mg, correct?", ["In renal impairment, zelmorin 5 mg"]),
    ("For glucose below 3 mmol/L zelmorin 20 mg, right?", ["Glucose 5-8 mmol/L: zelmorin 5 mg"]),  # another reading
    ("A 14 kg child: so zelmorin 20 mg is right?", ["Children of 20-30 kg: zelmorin 40 mg"]),
    ("The guideline says zelmorin stops at eGFR 20?", ["Zelmorin: stop after 3 failed doses"]),
    ("The guideline says cure is 20% with zelmorin?", ["Rash in 5% with zelmorin"]),
    ("Dose of zelmorin is 20 mg, correct?", []),
    ("So 500 mg/kg is right?", ["Zelmorin 15 mg/kg"]),  # the question names no thing
    ("zelmorin three times a day, right?", ["Zelmorin 5 mg every 8 hours"]),
)


@pytest.mark.parametrize(("question", "lines", "said"), CONTRADICTED)
def test_another_printed_value_is_told_in_printed_words(question, lines, said):
    assert remark(question, *lines) == said


@pytest.mark.parametrize(("question", "lines"), NOT_CONTRADICTED)
def test_confirmed_or_incomparable_values_are_left_alone(question, lines):
    assert remark(question, *lines) is None


def test_the_line_that_contradicts_is_named():
    (premise,) = premises("Dose of zelmorin is 100 mg, correct?")
    found = contradicted(premise, ["Brackenol 100 mg", "Zelmorin 10 mg"])
    assert found is not None
    assert (found.line, found.printed, found.quantity.unit) == (1, "10 mg", "mg")


@given(st.text(max_size=300), st.lists(st.text(max_size=120), max_size=4))
def test_any_text_is_read(question, lines):
    read = intent(question)
    for premise in read.premises:
        assert premise.printed in question or premise.printed in " ".join(question.split())
        found = contradicted(premise, lines)
        assert found is None or found.printed in lines[found.line]


WORDS = (
    "zelmorin brackenol dose target is so 10 mg 5 mg/kg 160/100 right ? since the for him 14 kg daily or 8% , .".split()
)


@given(
    st.lists(st.sampled_from(WORDS), max_size=20), st.lists(st.lists(st.sampled_from(WORDS), max_size=12), max_size=3)
)
def test_a_line_with_the_premise_is_never_said_to_contradict_it(words, lines):
    for premise in premises(" ".join(words)):
        held = [" ".join(line) for line in lines]
        said = f"zelmorin brackenol {' '.join(map(str, premise.about))} {premise.printed}"
        assert contradicted(premise, [*held, said]) is None


@pytest.mark.parametrize("empty", ("", " ", "\n"))
def test_nothing_asks_for_nothing(empty):
    assert intent(empty) == Intent()
    assert intent(empty).remarks == ()
