"""A question's words are widened by abbreviations, spelling and a glossary; nothing is widened that should not be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpgassist.retrieval.vocabulary import Term, Vocabulary, abbreviations, load_glossary, spoken_language

EVERYDAY = set(
    "croup group fever dose what which drugs should adults given after hours child twice daily rates".split()
)


def pieces(words):
    """As a tokenizer counts: everyday words whole, inflected ones in two, names in three pieces."""
    return [1 if word in EVERYDAY else 2 if word.endswith("ings") else 3 for word in words]


def vocabulary(*texts, glossary=(), languages=None):
    return Vocabulary(texts, pieces, glossary, languages)


# ---- abbreviations


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("multidrug therapy (MDT) for all", "MDT", "multidrug therapy"),
        ("Heat shock transcription factor (HSF)", "HSF", "heat shock transcription factor"),
        ("the Harbour Antigen Rapid Test (HART) is done", "HART", "harbour antigen rapid test"),
        ("nerve function tests (NFTs)", "NFTs", "nerve function tests"),
        ("angiotensin converting enzyme inhibitors (ACEi)", "ACEi", "angiotensin converting enzyme inhibitors"),
        ("glucose-6-phosphate dehydrogenase (G6PD)", "G6PD", "glucose-6-phosphate dehydrogenase"),
        ("haemoglobin A1c (HbA1c)", "HbA1c", "haemoglobin a1c"),
        ("methicillin-resistant Staphylococcus aureus (MRSA)", "MRSA", "methicillin-resistant staphylococcus aureus"),
        ("body mass index, (BMI)", "BMI", "body mass index"),
        ("quality of life (QoL)", "QoL", "quality of life"),
        ("It was seen. Vitamin K (VK) helps", "VK", "vitamin k"),
        ("positive end-expiratory pressure (PEEP)", "PEEP", "positive end-expiratory pressure"),
        ("estimated glomerular filtration rate (eGFR)", "eGFR", "estimated glomerular filtration rate"),
    ],
)
def test_a_long_form_before_its_bracket_is_harvested(text, short, long):
    assert abbreviations([text]) == {short: (long,)}


@pytest.mark.parametrize(
    "text",
    [
        "see the table (MDT)",
        "as shown before (Grade A)",
        "was given to them all (N=3)",
        "This is the end. Therapy (MDT)",
        "drug therapy alone (MDT)",
        "tuberculosis (TB)",
        "patients with HIV (HIV)",
        "(MDT) multidrug therapy",
        "percutaneous coronary intervention [PCI]",
        "a dose of 5 mg (see 3.2)",
        "a b (AB)",
        "",
    ],
)
def test_a_bracket_that_defines_nothing_is_left_alone(text):
    assert abbreviations([text]) == {}


def test_the_commonest_two_long_forms_are_kept():
    rare, common = "mount of hills (MOH)", "ministry of health (MOH)"
    other = "ministry of happiness (MOH)"
    assert abbreviations([rare, common, common, common, other, other]) == {
        "MOH": ("ministry of health", "ministry of happiness")
    }


@pytest.mark.parametrize("asked", ["When is MDT given?", "When are MDTs given?"])
def test_an_abbreviation_in_the_question_is_spelled_out(asked):
    form = vocabulary("multidrug therapy (MDT) is given daily").form(asked, "en")
    assert form.long_forms == ("multidrug therapy",)
    assert form.dense.startswith(asked)
    assert "multidrug therapy" in form.dense


def test_a_long_form_is_looked_up_word_by_word_only_where_passages_hardly_abbreviate():
    defined = "multidrug therapy (MDT) is given daily"
    seldom = vocabulary(defined).form("When is MDT given?", "en")
    often = vocabulary(defined, *["MDT goes on."] * 10).form("When is MDT given?", "en")
    assert "multidrug therapy" in seldom.lexical
    assert "multidrug therapy" not in often.lexical
    assert "multidrug therapy" in often.dense


def test_an_abbreviation_nobody_spelled_out_adds_nothing():
    form = vocabulary("multidrug therapy (MDT) is given daily").form("Is XQZ done?", "en")
    assert (form.long_forms, form.dense, form.lexical) == ((), "Is XQZ done?", "Is XQZ done?")


# ---- everyday words


def test_shorthand_that_no_passage_prints_is_looked_up_in_its_words():
    form = vocabulary("Multi-dose vials are kept apart.").form("MDV opened yesterday?", "en")
    assert "multi-dose vial" in form.everyday
    assert form.everyday[0] in form.lexical and form.everyday[0] in form.dense


def test_a_brand_name_finds_its_drug():
    assert "sildenafil" in vocabulary("Sildenafil is given.").form("Can he take Viagra?", "en").everyday


def test_what_the_passages_print_often_enough_is_left_as_it_is():
    printed = [f"Viagra was studied {n} times." for n in range(9)]
    assert vocabulary(*printed).form("Can he take Viagra?", "en").everyday == ()


def test_shorthand_in_capitals_is_not_read_into_a_question_shouted_in_capitals():
    quiet = vocabulary("Text.").form("Is ALL curable?", "en").everyday
    assert any("leuk" in name for name in quiet)
    assert not any("leuk" in name for name in vocabulary("Text.").form("IS ALL FEVER BAD?", "en").everyday)


def test_a_malay_question_has_no_english_shorthand():
    assert vocabulary("Text.").form("Berapa dos untuk pesakit MDV ini?", "en").everyday == ()


# ---- spelling

PRINTED = (
    "Give zelmorin twice daily. Zelmorin is safe.",
    "Tarvexol is kept for the group with shock.",
    "The rates fell.",
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("zelmorn", "zelmorin"),  # one left out
        ("zellmorin", "zelmorin"),  # one too many
        ("zelmarin", "zelmorin"),  # one for another
        ("zelmroin", "zelmorin"),  # two exchanged
        ("zellmoryn", "zelmorin"),  # two slips in a long word
        ("tarvecsol", "tarvexol"),
        ("TARVEXAL", "tarvexol"),
    ],
)
def test_a_misspelt_name_is_repaired(typed, meant):
    form = vocabulary(*PRINTED).form(f"What is the dose of {typed}?", "en")
    assert form.repairs == (meant,)
    assert form.question in form.dense and form.question in form.lexical
    assert meant in form.dense.split() and meant in form.lexical.split()


@pytest.mark.parametrize(
    "typed",
    [
        "croup",  # a word of its own, one letter from "group"
        "zelmorin",
        "Zelmorin",
        "selmorin",  # another first letter
        "zlmrn",  # too many slips
        "tarvxl",  # two slips in a short word
        "zelmórin",  # not a plain word
    ],
)
def test_what_is_no_slip_is_left_alone(typed):
    assert vocabulary(*PRINTED).form(f"What is the dose of {typed}?", "en").repairs == ()


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("dapoxetine", "duloxetine"),  # another drug, two letters away
        ("carbostatin", "carvastitin"),
        ("inhaler", "inhaled"),  # forms of one word find each other anyway
        ("postmeno", "postero"),  # two slips in eight letters are another word
    ],
)
def test_another_word_is_never_put_for_one_that_the_passages_do_not_print(typed, printed):
    texts = [f"The {printed} route is usual."] * 3
    assert vocabulary(*texts).form(f"Dose of {typed}?", "en").repairs == ()


def test_an_english_word_is_not_respelt_as_a_malay_one():
    texts = ["Ukur kadar glukometer setiap hari.", "Measure it with the meter."]
    for languages, repairs in ((["ms", "en"], ()), (["en", "en"], ("glukometer",))):
        asked = vocabulary(*texts, languages=languages).form("Whose glucometer?", "en")
        assert asked.repairs == repairs


def test_of_two_words_as_near_the_commoner_is_meant():
    texts = ["Carbadine helps."] * 3 + ["Carbatine helps."]
    assert vocabulary(*texts).form("carbaqine dose", "en").repairs == ("carbadine",)


@pytest.mark.parametrize("question", ["Berapa dos zelmorn untuk anak?", "剂量 zelmorn"])
def test_questions_in_other_languages_are_not_respelt(question):
    assert vocabulary(*PRINTED).form(question, "en").repairs == ()


# ---- particular words


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What is the dose of zelmorin?", ["zelmorin"]),
        ("Zelmorin or warfarin, warfarin or zelmorin?", ["zelmorin", "warfarin"]),
        ("What is the dose of zelmorn?", ["zelmorin"]),  # as the passages spell it
        ("Which drugs should adults take?", []),
        ("Is the croup a fever?", []),
        ("What of his wanderings?", ["wanderings"]),  # two pieces count where nobody prints them
        ("IV HIV PCI?", []),
        ("", []),
        ("糖尿病", []),
    ],
)
def test_named_words(question, named):
    assert vocabulary(*PRINTED).named(question) == named


def test_a_word_is_named_once():
    assert vocabulary(*PRINTED).named("Is zelmorn the same as zelmorin?") == ["zelmorin"]


def test_an_inflected_word_that_passages_print_is_not_particular():
    assert vocabulary("Old wanderings are told.").named("What of his wanderings?") == []


# ---- languages


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the dose of zelmorin?", "en"),
        ("HbA1c", "en"),
        ("", "en"),
        ("123 mg/kg?", "en"),
        ("Berapa dos zelmorin?", "ms"),
        ("Apa itu HbA1c?", "ms"),
        ("Ibu masih menyusu, boleh makan salwatin?", "ms"),
        ("Dosis amoksisilin untuk anak?", "ms"),
        ("the fever in a child and di rumah", "en"),
        ("ubat", "ms"),
        ("剂量", "zh"),
        ("zelmorin 剂量 is what?", "zh"),
    ],
)
def test_spoken_language(text, language):
    assert spoken_language(text) == language


GLOSSARY = (
    Term(en=("kidney",), ms=("buah pinggang", "ginjal"), zh=("肾脏",)),
    Term(en=("kidney failure", "renal failure", "third name"), ms=("kegagalan buah pinggang",), zh=("肾衰竭",)),
    Term(en=("child",), ms=("kanak-kanak", "anak"), zh=("儿童",)),
    Term(en=("how many",), ms=("berapa",), zh=("多少",)),
    Term(en=("plasma",), ms=("plasma",), zh=("血浆",)),
    Term(en=("pain",), ms=("sakit",), zh=()),
    Term(en=("ill",), ms=("sakit",), zh=()),
)


@pytest.mark.parametrize(
    ("question", "language", "terms"),
    [
        ("Apa itu kegagalan buah pinggang?", "en", ("kidney failure", "renal failure")),  # longest first, two names
        ("Apa itu buah pinggang?", "en", ("kidney",)),
        ("Kegagalan buah pinggang dan buah pinggang, apa itu?", "en", ("kidney failure", "renal failure", "kidney")),
        ("Berapa untuk kanak-kanak?", "en", ("child",)),  # "how many" only asks
        ("Anak saya sakit, perlu apa?", "en", ("pain", "ill", "child")),  # a word of two concepts has both
        ("Apa itu plasma?", "en", ()),  # the same in both languages
        ("Apa itu anaknya?", "en", ()),  # a part of a word is no word
        ("儿童肾衰竭多少", "en", ("kidney failure", "renal failure", "child")),
        ("肾脏", "ms", ("buah pinggang", "ginjal")),
        ("What about the kidney of a child?", "ms", ("buah pinggang", "ginjal", "kanak-kanak", "anak")),
        ("What about the kidney?", "en", ()),
        ("Apa itu buah pinggang?", "ms", ()),
        ("What about the kidney?", None, ()),
    ],
)
def test_terms_of_the_other_language(question, language, terms):
    form = vocabulary(glossary=GLOSSARY).form(question, language)
    assert sorted(form.terms) == sorted(terms)
    assert all(term in form.lexical for term in terms)
    assert question in form.lexical


def test_longer_terms_are_taken_before_shorter_ones_in_them():
    form = vocabulary(glossary=GLOSSARY).form("Apa itu kegagalan buah pinggang untuk anak?", "en")
    assert form.terms == ("kidney failure", "renal failure", "child")


def test_terms_that_carry_the_question_take_its_place_for_the_embedder_but_keep_its_numbers_and_names():
    form = vocabulary(glossary=GLOSSARY).form("Berapa dos DRX9 untuk anak 5 tahun dengan buah pinggang lemah?", "en")
    assert set(form.dense.split()) == {"child", "kidney", "DRX9", "5"}


def test_each_term_is_embedded_under_the_name_that_the_passages_print_most():
    glossary = (Term(en=("dose",), ms=("dos", "dosis"), zh=()), Term(en=("kidney",), ms=("buah pinggang", "ginjal"), zh=()))
    texts = ["Dosis untuk ginjal.", "Dosis harian.", "Dos harian.", "Ginjal."]
    form = Vocabulary(texts, pieces, glossary, ["id"] * 4).form("What dose for the kidney?", "ms")
    assert set(form.dense.split()) == {"dosis", "ginjal"} and {"dos", "dosis", "pinggang", "ginjal"} <= set(form.lexical.split())


@pytest.mark.parametrize(
    ("question", "language"), [("What dose of zelmorin for the kidney?", "ms"), ("Berapa dos zelmorin untuk ginjal?", "en")]
)
def test_a_drug_that_both_languages_print_goes_along(question, language):
    """Its name gave way to the terms: "What dose of metformin in eGFR 35?" was searched for without metformin."""
    glossary = (Term(en=("dose",), ms=("dos",), zh=()), Term(en=("kidney",), ms=("ginjal",), zh=()))
    texts = ["Zelmorin dose for the kidney.", "Dos zelmorin untuk ginjal."]
    form = Vocabulary(texts, pieces, glossary, ["en", "ms"]).form(question, language)
    assert form.shared == ("zelmorin",) and "zelmorin" in form.dense.split()


def test_a_drug_that_the_other_language_does_not_print_stays_behind():
    glossary = (Term(en=("dose",), ms=("dos",), zh=()), Term(en=("kidney",), ms=("ginjal",), zh=()))
    texts = ["Zelmorin dose for the kidney.", "Dos untuk ginjal."]
    assert Vocabulary(texts, pieces, glossary, ["en", "ms"]).form("Dose of zelmorin, kidney?", "ms").shared == ()


def test_one_term_alone_stands_beside_the_question():
    question = "Apa itu buah pinggang?"
    assert vocabulary(glossary=GLOSSARY).form(question, "en").dense == f"{question} kidney"


# ---- the packaged glossary


def test_the_packaged_glossary_is_loaded_once_as_terms():
    terms = load_glossary()
    assert terms is load_glossary()
    assert len(terms) > 500
    assert all(term.en and (term.ms or term.zh) for term in terms)
    assert all(name == name.strip() and name for term in terms for name in (*term.en, *term.ms, *term.zh))
    heart = next(term for term in terms if term.en[0] == "heart")
    assert (heart.ms[0], heart.zh[0]) == ("jantung", "心脏")


def test_the_packaged_glossary_is_the_default():
    plain = Vocabulary(["The heart."], pieces)
    assert "heart" in plain.form("Apa itu jantung?", "en").terms
    assert "jantung" in plain.form("What about the heart?", "ms").terms


# ---- anything at all


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=60) | st.text("MDT (zelmorn) anak 肾 ,.-", max_size=40), st.sampled_from(["en", "ms", "zh", None])
)
def test_any_question_has_a_form(question, language):
    known = Vocabulary(["multidrug therapy (MDT)", *PRINTED], pieces, GLOSSARY)
    form = known.form(question, language)
    assert form.question == question
    assert question in form.lexical
    assert isinstance(form.dense, str)
    assert all(known.named(question))
    assert spoken_language(question) in ("en", "ms", "zh")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(max_size=50) | st.from_regex(r"([a-c]+ ){1,4}\([A-C]{2,4}s?\)", fullmatch=True), max_size=4))
def test_any_texts_give_long_forms_of_two_words_or_more(texts):
    for short, longs in abbreviations(texts).items():
        assert 1 <= len(longs) <= 2
        assert all(len(long.split()) >= 2 and long[0] == short[0].lower() for long in longs)
