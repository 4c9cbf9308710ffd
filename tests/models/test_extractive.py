"""The model that writes nothing picks the sentences that share the question's words and say what is asked for."""

import pytest

from cpgassist.models.extractive import Extractive
from cpgassist.types import Sentence, Table
from tests.fixtures.shelf import hits, passage, words

MODEL = Extractive(words)


def picked(question, found, limit=5):
    return [sentence.text for _, sentence, _ in MODEL.pick(question, found, limit)]


def of(*sentences, **more):
    return passage("1", " ".join(sentences), sentences=sentences, heading=(), **more)


@pytest.mark.parametrize(
    ("question", "answer", "others"),
    [
        (
            "What is the dose of zelmorin?",
            "The dose of zelmorin is 12 mg/kg/day.",
            ["The dose of zelmorin is raised later.", "The dose of zelmorin matters."],
        ),
        ("How long is zelmorin given?", "Zelmorin is given for 7 days.", ["Zelmorin is given with food."]),
        ("Berapa dos zelmorin?", "Dos zelmorin ialah 12 mg.", ["Dos zelmorin adalah penting."]),
        ("zelmorin 多少?", "zelmorin 每天 12 mg。", ["zelmorin 是药。"]),
        (
            "Is zelmorin contraindicated in pregnancy?",
            "Zelmorin must not be used in pregnancy.",
            ["Zelmorin is used in pregnancy.", "Zelmorin and pregnancy were studied."],
        ),
        ("Boleh guna salwatin?", "Salwatin tidak boleh guna.", ["Salwatin boleh guna."]),
        (
            "Should zelmorin be given to adults?",
            "We recommend that zelmorin be given to adults.",
            ["Some zelmorin was given to adults in a trial."],
        ),
    ],
)
def test_what_is_asked_for_comes_before_what_only_shares_the_words(question, answer, others):
    for sentences in ([answer, *others], [*others, answer]):
        assert picked(question, hits(of(*sentences)))[0] == answer


def test_the_question_s_rare_words_outweigh_its_common_ones():
    rarity = {"zelmorin": 5.0, "fever": 0.2, "in": 0.1}
    model = Extractive(lambda text: {word: rarity.get(word, 1.0) for word in words(text)})
    found = hits(of("It was seen in fever.", "Zelmorin helps."))
    assert model.pick("zelmorin in fever?", found, 1)[0][1].text == "Zelmorin helps."


def test_where_sentences_match_alike_the_better_hit_comes_first():
    one, two = of("Fever is high."), passage("2", "Fever is low.", heading=(), page=2)
    assert picked("fever?", hits(one, two)) == ["Fever is high.", "Fever is low."]
    assert picked("fever?", hits(one, two, scores=(0.8, 0.9))) == ["Fever is low.", "Fever is high."]


def test_a_line_on_another_page_must_be_nearly_as_good_as_the_best():
    one, two = of("Fever is high."), passage("2", "Fever is low.", heading=(), page=2)
    assert picked("fever?", hits(one, two, scores=(0.2, 0.9))) == ["Fever is low."]
    beside = of("Fever is low.", "Fever is high.")
    assert picked("fever?", hits(beside)) == ["Fever is low.", "Fever is high."]


def test_lines_stop_at_a_hundred_words_but_the_first_is_shown_whole():
    long, longer = " ".join(["Fever", *["rest"] * 69]) + ".", " ".join(["Fever", *["sleep"] * 129]) + "."
    assert picked("fever?", hits(of(long, long.replace("rest", "sleep")))) == [long]
    assert picked("fever sleep?", hits(of(longer))) == [longer]


def test_the_same_statement_in_a_summary_comes_along_and_does_not_count():
    chapter = "Zelmorin should be given to adults with fever for seven days."
    row = f"Which drug? | {chapter} | Strong"
    found = hits(of(chapter), passage("2", row, page=9, sentences=[row], heading=()), scores=(0.9, 0.9))
    assert sorted(picked("zelmorin adults fever", found, 1)) == sorted([chapter, row])


def test_the_header_of_a_table_is_no_answer():
    table = Table("", (("Drug", "Dose of zelmorin"),), (("zelmorin", "5 mg"),))
    one = passage("1", "x", sentences=["Drug | Dose of zelmorin", "zelmorin | 5 mg"], kind="table", table=table)
    assert picked("dose of zelmorin", hits(one)) == ["zelmorin | 5 mg"]


def test_a_heading_that_names_the_subject_helps_its_sentences():
    plain = passage("1", "The amount is 5 mg.", heading=("Storage",))
    under = passage("2", "The amount is 7 mg.", heading=("Drugs", "Zelmorin"), page=2)
    assert picked("Zelmorin amount", hits(plain, under, scores=(0.5, 0.5)))[0] == "The amount is 7 mg."


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 9])
def test_the_limit_cuts_the_same_order(limit):
    found = hits(of("Fever is high.", "Rest.", "Fever rests."), passage("2", "Fever falls.", page=2))
    every = picked("fever rest?", found, 9)
    assert len(every) == 4
    assert picked("fever rest?", found, limit) == every[:limit]


def test_a_sentence_printed_twice_is_picked_once_from_the_better_hit():
    one, two = of("Fever is high."), passage("2", "fever is  HIGH.", page=8, heading=())
    [(hit, sentence, _)] = MODEL.pick("fever?", hits(one, two, scores=(0.3, 0.9)), 5)
    assert (hit.passage, sentence.page) == (two, 8)


def test_passages_without_sentences_give_none():
    assert MODEL.pick("fever?", hits(passage("1", "Fever.", sentences=[])), 5) == []


def test_a_question_without_search_words_still_ranks_by_hit():
    model = Extractive(lambda text: {})
    found = hits(of("Fever is high."), passage("2", "Rest.", page=2))
    assert [sentence.text for _, sentence, _ in model.pick("?", found, 5)] == ["Fever is high.", "Rest."]


def test_scores_fall_and_stay_from_0_to_1_when_hits_score_below_0():
    found = hits(of("The dose of zelmorin is 5 mg."), passage("2", "Rest.", page=2), scores=(-0.1, -0.3))
    scores = [score for *_, score in MODEL.pick("dose of zelmorin", found, 5)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_the_same_question_gives_the_same_picks():
    found = hits(of("Fever is high.", "Fever is low.", "Fever is old."), passage("2", "Fever is new.", page=2))
    assert all(MODEL.pick("fever?", found, 3) == MODEL.pick("fever?", found, 3) for _ in range(5))


def test_sentences_are_handed_on_as_they_are():
    whole = Sentence("The dose is 5 mg a day.", 3, "5 mg a day.")
    [(hit, sentence, _)] = MODEL.pick("dose?", hits(passage("1", "x", sentences=[whole])), 5)
    assert sentence is whole
    assert sentence in hit.passage.sentences


DOSES = Table(
    "Doses",
    (("Medicine and group", "Dose"),),
    (
        ("Zelmorin", ""),
        ("eGFR 30 to 59", "9 mg/kg"),
        ("eGFR 15 to 29", "4 mg/kg"),
        ("Tarvexol", ""),
        ("eGFR 30 to 59", "8 mg/kg every 8 hours"),
        ("eGFR 15 to 29", "5 mg/kg every 12 hours"),
        ("eGFR <15", "3 mg/kg every 24 hours"),
    ),
)


def doses():
    rows = [" | ".join(filter(None, row)) for row in DOSES.rows]
    return passage("1", "Doses", sentences=rows, kind="table", table=DOSES, heading=())


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("Tarvexol interval if the eGFR is 22?", "eGFR 15 to 29 | 5 mg/kg every 12 hours"),
        ("Tarvexol interval if the eGFR is 40?", "eGFR 30 to 59 | 8 mg/kg every 8 hours"),
        ("Tarvexol interval, eGFR 9", "eGFR <15 | 3 mg/kg every 24 hours"),
        ("Zelmorin dose if the eGFR is 22?", "eGFR 15 to 29 | 4 mg/kg"),
    ],
)
def test_the_row_of_the_drug_and_of_the_range_that_holds_the_reading_comes_first(question, row):
    assert picked(question, hits(doses()))[0] == row


# ---- read with the question


def reading(odds):
    """A reader that gives a line the odds of the first words that stand in it; what it read is kept in `lines`."""

    def read(lines):
        read.lines += [text for _, text in lines]
        return [next((value for words, value in odds.items() if words in text), 0.0) for _, text in lines]

    read.lines = []
    return read


def test_lines_are_ordered_anew_by_what_their_reader_makes_of_them():
    found = hits(of("Zelmorin is given with food.", "Zelmorin is given for seven days.", "Zelmorin helps."))
    read = reading({"seven": 6.0})
    picks = MODEL.pick("How long is zelmorin given?", found, 1, read=read)
    assert [sentence.text for _, sentence, _ in picks] == ["Zelmorin is given for seven days."]
    assert sorted(read.lines) == sorted(": " + one.text for one in found[0].passage.sentences)


def test_a_line_is_read_under_its_headings():
    read = reading({})
    MODEL.pick("zelmorin?", hits(passage("1", "Zelmorin helps.", heading=("Part", "Fever", "Drugs"))), 5, read=read)
    assert read.lines == ["Fever > Drugs: Zelmorin helps."]


def test_only_the_best_lines_are_read_and_no_other_is_picked():
    lines = [f"Zelmorin {'and fever ' * (n < 20)}number {n} is told here." for n in range(30)]
    read = reading({"number 3 ": 5.0, "": 4.0})
    picks = MODEL.pick("zelmorin and fever?", hits(of(*lines)), 30, read=read)
    assert len(read.lines) == 20 and all("fever" in line for line in read.lines)
    assert picks[0][1].text == lines[3] and all("fever" in sentence.text for _, sentence, _ in picks)


def test_what_a_reader_raises_is_raised():
    def broken(lines):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        MODEL.pick("zelmorin?", hits(of("Zelmorin helps.")), 5, read=broken)


def test_nothing_found_is_not_read():
    assert MODEL.pick("zelmorin?", [], 5, read=reading({})) == []


def test_what_does_not_fit_takes_no_other_line_s_place():
    found = hits(of("Zelmorin fever dose is 5 mg.", "Zelmorin is given with food."))
    picks = MODEL.pick("zelmorin fever dose?", found, 1, lambda hit, sentence: "5 mg" not in sentence.text)
    assert [sentence.text for _, sentence, _ in picks] == ["Zelmorin is given with food."]
