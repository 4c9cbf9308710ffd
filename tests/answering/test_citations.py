"""A quote is shown only after it was found again; what stands above it to be understood is quoted too."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpgassist.answering import intent
from cpgassist.answering.beside import beside
from cpgassist.answering.citations import UNSURE_TABLE, cite, of_the_asked
from cpgassist.types import Box, Checks, Locator, Quote, Sentence, Table
from tests.fixtures.shelf import GUIDE, hits, passage

OTHER = replace(GUIDE, id="other", title="Other guide", file="other.pdf")
GUIDELINES = {"guide": GUIDE, "other": OTHER}
BOX = Box(10, 20, 110, 32)


class Pages:
    """Finds every text, as printed in capitals, save those that hold a word that the test says is not on the page."""

    def __init__(self, *lost):
        self.lost, self.asked = lost, []

    def __call__(self, info, page, words):
        self.asked.append((info.id, page, words))
        return None if any(word.lower() in words.lower() for word in self.lost) else Quote(words.upper(), (BOX,))


def picks(*pairs):
    """(passage, number of its sentence) -> picks."""
    return [(hits(one)[0], one.sentences[at], 0.5) for one, at in pairs]


def texts(citing):
    return [statement.text for statement in citing.statements]


ONE = passage("1", "Give zelmorin. It is safe.", sentences=["Give zelmorin.", "It is safe."], page=3, grade="Grade A")
TWO = passage("2", "Rest is enough.", page=7, guideline="other", heading=("Care", "At home"), kind="recommendation")


def test_statements_keep_the_order_of_the_picks_and_carry_their_citation():
    citing = cite(picks((TWO, 0), (ONE, 1), (ONE, 0)), GUIDELINES, Pages())
    assert texts(citing) == ["Rest is enough.", "It is safe.", "Give zelmorin."]
    assert [statement.citations for statement in citing.statements] == [(1,), (2,), (3,)]
    assert [citation.n for citation in citing.citations] == [1, 2, 3]
    assert citing.checks == Checks(quotes=3, quotes_found=3)


def test_a_citation_says_where_the_words_stand_and_shows_what_the_page_prints():
    citation = cite(picks((TWO, 0)), GUIDELINES, Pages()).citations[0]
    assert citation.quote == "REST IS ENOUGH."
    assert citation.guideline == OTHER
    assert citation.at == Locator(7, "7", (BOX,))
    assert citation.section == ("Care", "At home")
    assert citation.verified is True
    assert citation.passage == "other:2"


def test_grade_and_kind_are_the_passages():
    citing = cite(picks((ONE, 0), (TWO, 0)), GUIDELINES, Pages())
    assert [(s.grade, s.kind) for s in citing.statements] == [("Grade A", "text"), (None, "recommendation")]


@pytest.mark.parametrize(
    ("at", "page", "label"),
    [
        ((Locator(3, "iii"),), 3, "iii"),
        ((Locator(3, None),), 3, None),
        ((Locator(3, "1"), Locator(4, "2")), 4, "2"),
        ((Locator(9, "9"),), 3, None),
    ],
)
def test_the_label_is_that_of_the_sentences_own_page(at, page, label):
    one = passage("1", "Give zelmorin.", sentences=[Sentence("Give zelmorin.", page)], at=at)
    assert cite(picks((one, 0)), GUIDELINES, Pages()).citations[0].at == Locator(page, label, (BOX,))


def test_each_sentence_is_looked_up_on_its_page_in_its_guideline():
    pages = Pages()
    cite(picks((ONE, 1), (TWO, 0)), GUIDELINES, pages)
    assert pages.asked == [("guide", 3, "It is safe."), ("other", 7, "Rest is enough.")]


def test_no_picks_give_nothing():
    assert cite([], GUIDELINES, Pages()) == cite([], {}, Pages())
    assert cite([], GUIDELINES, Pages()).checks == Checks()


# ---- withheld


def test_what_is_not_found_again_is_withheld_and_counted():
    citing = cite(picks((ONE, 0), (TWO, 0)), GUIDELINES, Pages("zelmorin"))
    assert texts(citing) == ["Rest is enough."]
    assert citing.checks == Checks(quotes=2, quotes_found=1, withheld=1)
    assert [citation.n for citation in citing.citations] == [1]
    assert "zelmorin" not in repr(citing.statements + citing.citations).lower()


def test_when_nothing_is_found_nothing_is_stated():
    citing = cite(picks((ONE, 0), (ONE, 1), (TWO, 0)), GUIDELINES, Pages(""))
    assert (citing.statements, citing.citations) == ((), ())
    assert citing.checks == Checks(quotes=3, quotes_found=0, withheld=3)


def test_a_sentence_picked_twice_is_withheld_once():
    again = passage("9", "Give Zelmorin.", sentences=["give  Zelmorin."], page=3)
    assert cite(picks((ONE, 0), (again, 0), (ONE, 0)), GUIDELINES, Pages("elmorin")).checks.withheld == 1


# ---- each once


def test_a_sentence_that_two_passages_print_alike_is_stated_once():
    again = passage("9", "give  Zelmorin.", page=8)
    citing = cite(picks((ONE, 0), (again, 0)), GUIDELINES, Pages())
    assert (texts(citing), len(citing.citations)) == (["Give zelmorin."], 1)


def test_one_sentence_in_two_guidelines_is_stated_for_each():
    again = passage("9", "Give zelmorin.", guideline="other")
    citing = cite(picks((ONE, 0), (again, 0)), GUIDELINES, Pages())
    assert [citation.guideline.id for citation in citing.citations] == ["guide", "other"]


def test_one_sentence_with_two_printed_grades_is_shown_with_both():
    """DESIGN 2: repeats become one only when text AND printed grade are equal; guidelines do print two grades."""
    again = replace(
        ONE, id="guide:9", grade="Grade C", at=(Locator(14, "14"),), sentences=(Sentence("Give zelmorin.", 14),)
    )
    citing = cite(picks((ONE, 0), (again, 0)), GUIDELINES, Pages())
    assert [statement.grade for statement in citing.statements] == ["Grade A", "Grade C"]


# ---- over a page break


def broken(first="The dose is", rest="5 mg a day."):
    whole = Sentence(f"{first} {rest}", 3, rest)
    return passage("1", whole.text, sentences=[whole], at=(Locator(3, "iii"), Locator(4, "iv")))


def test_a_sentence_over_a_page_break_is_quoted_on_both_pages():
    pages = Pages()
    citing = cite(picks((broken(), 0)), GUIDELINES, pages)
    assert texts(citing) == ["The dose is 5 mg a day."]
    assert citing.statements[0].citations == (1, 2)
    assert [(c.at.page, c.at.label, c.quote) for c in citing.citations] == [
        (3, "iii", "THE DOSE IS"),
        (4, "iv", "5 MG A DAY."),
    ]
    assert citing.checks == Checks(quotes=2, quotes_found=2)


@pytest.mark.parametrize("lost", ["dose", "5 mg"])
def test_half_of_a_sentence_is_not_shown(lost):
    citing = cite(picks((broken(), 0)), GUIDELINES, Pages(lost))
    assert citing.statements == ()
    assert citing.checks == Checks(quotes=1, quotes_found=0, withheld=1)


@pytest.mark.parametrize("lost", ["dose", "5 mg"])
def test_a_withheld_sentence_leaves_no_citation_behind(lost):
    citing = cite(picks((broken(), 0), (TWO, 0)), GUIDELINES, Pages(lost))
    cited = {n for statement in citing.statements for n in statement.citations}
    assert {citation.n for citation in citing.citations} == cited


# ---- lead-ins


def listed(*items, lead="Do not give zelmorin if any of these is present:", before=()):
    lines = [*before, lead, *items]
    return passage("1", "\n".join(lines), sentences=lines)


BULLETS = ["• fever", "• first trimester", "• sorbrane"]
LETTERS = ["a) fever", "b) first trimester", "c) sorbrane"]
PLAIN = ["beacon interval over 480 ms", "first trimester of pregnancy", "treatment with sorbrane"]
NUMBERS = ["1. fever", "2. first trimester", "3. sorbrane"]


@pytest.mark.parametrize(
    ("items", "at"),
    [
        (BULLETS, 0),
        (BULLETS, 2),
        (PLAIN, 0),
        (NUMBERS, 0),
        (PLAIN, 1),
        (PLAIN, 2),
        (NUMBERS, 1),
        (LETTERS, 2),
    ],
)
def test_an_item_stands_under_its_lead_in(items, at):
    one = listed(*items, before=["Zelmorin is an old drug."])
    citing = cite(picks((one, 2 + at)), GUIDELINES, Pages())
    (statement,) = citing.statements
    assert (statement.lead, statement.text) == (("Do not give zelmorin if any of these is present:",), items[at])
    assert [citing.citations[n - 1].quote for n in statement.citations] == [
        items[at].upper(),
        statement.lead[0].upper(),
    ]


def test_two_items_share_the_citation_of_one_lead_in():
    citing = cite(picks((listed(*BULLETS), 1), (listed(*BULLETS), 3)), GUIDELINES, Pages())
    assert texts(citing) == ["• fever", "• sorbrane"]
    assert [statement.citations for statement in citing.statements] == [(1, 2), (3, 2)]


def test_a_sentence_after_plain_prose_has_no_lead_in():
    one = passage("1", "x", sentences=["The following are seen:", "Fever is the first. ", "It goes.", "Rest helps."])
    assert texts(cite(picks((one, 3)), GUIDELINES, Pages())) == ["Rest helps."]


def test_the_lead_in_itself_has_none():
    assert len(cite(picks((listed(*BULLETS), 0)), GUIDELINES, Pages()).statements) == 1


@pytest.mark.parametrize(("words", "shown"), [(40, True), (41, False)])
def test_a_long_lead_in_is_not_repeated(words, shown):
    one = listed(*BULLETS, lead=" ".join(["word"] * words) + ":")
    assert len(cite(picks((one, 1)), GUIDELINES, Pages()).statements[0].lead) == shown


def test_an_item_is_not_shown_when_its_lead_in_is_not_found():
    citing = cite(picks((listed(*BULLETS), 1)), GUIDELINES, Pages("Do not"))
    assert "• fever" not in texts(citing)


# ---- tables

TABLE = Table("Doses", (("Group", "Dose"), ("Medicine", "Dose")), (("zelmorin", "5 mg"), ("tarvexol", "7 mg")))
ROWS = passage(
    "t", "Doses", sentences=["Doses of medicines", "zelmorin | 5 mg", "tarvexol | 7 mg"], kind="table", table=TABLE
)


def test_a_row_stands_under_its_header():
    citing = cite(picks((ROWS, 1), (ROWS, 2)), GUIDELINES, Pages())
    assert texts(citing) == ["zelmorin | 5 mg", "tarvexol | 7 mg"]
    assert {(statement.kind, statement.lead) for statement in citing.statements} == {("table", ("Medicine | Dose",))}
    assert citing.citations[1].quote == "MEDICINE | DOSE"


def test_a_header_that_stands_on_another_page_costs_neither_the_row_nor_a_word_of_it():
    citing = cite(picks((ROWS, 1)), GUIDELINES, Pages("Medicine"))
    assert texts(citing) == ["zelmorin | 5 mg"]
    assert citing.checks.withheld == 0


def test_a_line_of_a_table_whose_columns_are_uncertain_says_so():
    unsure = replace(ROWS, table=replace(TABLE, reliable=False))
    citing = cite(picks((unsure, 1)), GUIDELINES, Pages())
    said = citing.statements[0].remarks
    assert said == (UNSURE_TABLE.format(page=1),) and "page 1" in said[0]
    assert cite(picks((ROWS, 1)), GUIDELINES, Pages()).statements[0].remarks == ()
    told = beside("Dose of zelmorin?", intent("Dose of zelmorin?"), citing.statements, citing.citations)
    assert told.statements[0].remarks == said


def test_a_row_that_is_not_found_is_withheld():
    citing = cite(picks((ROWS, 1)), GUIDELINES, Pages("zelmorin"))
    assert "zelmorin | 5 mg" not in texts(citing)
    assert citing.checks.withheld == 1


def test_a_header_is_not_shown_when_its_row_is_withheld():
    assert cite(picks((ROWS, 1)), GUIDELINES, Pages("zelmorin")).statements == ()


def test_a_row_of_a_group_stands_under_the_group_s_own_row():
    table = replace(TABLE, rows=(("Zelmorin", ""), ("eGFR <30", "5 mg"), ("Tarvexol", ""), ("eGFR <15", "7 mg")))
    one = replace(ROWS, table=table, sentences=tuple(Sentence(" | ".join(filter(None, row)), 1) for row in table.rows))
    (statement,) = cite(picks((one, 3)), GUIDELINES, Pages()).statements
    assert (statement.lead, statement.text) == (("Medicine | Dose", "Tarvexol"), "eGFR <15 | 7 mg")


@pytest.mark.parametrize("header", [(), (("",),), (("", ""),)])
def test_a_table_without_a_header_has_rows_alone(header):
    one = replace(ROWS, table=replace(TABLE, header=header))
    assert texts(cite(picks((one, 1)), GUIDELINES, Pages())) == ["zelmorin | 5 mg"]


def test_cells_of_a_header_over_several_columns_are_named_once():
    one = replace(ROWS, table=replace(TABLE, header=(("Drug", "Dose", "Dose", ""),)))
    assert cite(picks((one, 1)), GUIDELINES, Pages()).statements[0].lead == ("Drug | Dose",)


def test_a_header_row_picked_itself_is_stated_once():
    one = replace(ROWS, sentences=(Sentence("Medicine | Dose", 1), *ROWS.sentences))
    assert texts(cite(picks((one, 0)), GUIDELINES, Pages())) == ["Medicine | Dose"]


# ---- doses of something else


def of(text, heading=("Treatment",), **more):
    return passage("1", text, sentences=[text], heading=heading, **more)


@pytest.mark.parametrize(
    ("one", "named", "kept"),
    [
        (of("The dose is 5 mg daily.", heading=("Treatment", "Tarvexol")), ["zelmorin"], False),
        (of("The dose is 5 mg daily.", heading=("Treatment", "Zelmorin")), ["zelmorin"], True),
        (of("Zelmorin: 5 mg daily."), ["zelmorin"], True),
        (of("Zelmorins dose is 5 mg daily."), ["zelmorin", "fever"], True),
        (of("Rest for 5 days."), ["zelmorin"], True),  # no dose
        (of("The dose is 5 mg daily."), [], True),  # nothing particular was asked
        (ROWS, ["tarvexol"], True),
        (ROWS, ["zelmorin"], False),  # the row beside it is of zelmorin
    ],
)
def test_a_dose_that_its_passage_tells_of_nothing_asked_is_not_shown(one, named, kept):
    ((hit, sentence, _),) = picks((one, -1))
    assert of_the_asked(named, GUIDELINES)(hit, sentence) == kept


# ---- the same said in two places

SAID = "Zelmorin should be given to adults with fever for seven days."


def places(
    first, second, grades=(None, None), kinds=("recommendation", "recommendation"), guidelines=("guide", "guide")
):
    lines = [
        passage(str(n), line, sentences=[line], page=n + 1, grade=grade, kind=kind, guideline=guideline)
        for n, (line, grade, kind, guideline) in enumerate(zip((first, second), grades, kinds, guidelines, strict=True))
    ]
    return cite(picks((lines[0], 0), (lines[1], 0)), GUIDELINES, Pages()).statements


@pytest.mark.parametrize("turned", [False, True])
def test_the_same_statement_in_summary_and_chapter_is_one_with_both_citations(turned):
    row, grades = f"3 | Which drug? | {SAID} | Strong | Low", ("Strong | Low", "Strong recommendation, low certainty")
    both = [(row, grades[0]), (SAID, grades[1])][:: -1 if turned else 1]
    (statement,) = places(*(line for line, _ in both), grades=tuple(grade for _, grade in both))
    assert (statement.text, statement.grade) == (SAID, "Strong recommendation, low certainty")
    assert len(statement.citations) == 2


@pytest.mark.parametrize(
    ("other", "grades"),
    [
        (SAID.replace("should be", "should not be"), (None, None)),
        (SAID.replace("seven days", "7 days"), (None, None)),
        (SAID + " Give 5 mg.", ("Strong", "Weak")),
        (SAID + " Give 5 mg.", (None, "level II-1")),
        (f"{SAID} | 5 mg a day", (None, None)),
        ("Zelmorin should be given.", (None, None)),
    ],
)
def test_what_differs_in_a_number_a_denial_or_the_grade_stays_apart(other, grades):
    first = SAID if "seven" in other or "7 days" not in other else SAID.replace("seven", "5")
    assert len(places(first, other, grades=grades)) == 2


def test_two_guidelines_that_say_the_same_are_both_shown():
    assert len(places(SAID, SAID + " Again.", guidelines=("guide", "other"))) == 2


# ---- anything at all

SHELF = (ONE, TWO, ROWS, broken(), listed(*BULLETS), passage("8", "Give zelmorin.", guideline="other"))
CHOICES = [(one, at) for one in SHELF for at in range(len(one.sentences))]


@settings(max_examples=200, deadline=None)
@given(
    chosen=st.lists(st.sampled_from(CHOICES), max_size=8),
    lost=st.lists(st.sampled_from(["zelmorin", "dose", "5 mg", "Do not", "Rest", "Medicine", "fever"]), max_size=3),
)
def test_whatever_is_lost_only_found_words_are_shown(chosen, lost):
    pages = Pages(*lost)
    citing = cite(picks(*chosen), GUIDELINES, pages)
    assert [citation.n for citation in citing.citations] == list(range(1, len(citing.citations) + 1))
    assert len({(c.guideline.id, c.at.page, c.quote) for c in citing.citations}) == len(citing.citations)
    quoted = {citation.n: citation.quote for citation in citing.citations}
    for statement in citing.statements:
        said = [quoted[n] for n in statement.citations]
        assert " ".join(said).startswith(statement.text.upper())
        assert all(one.upper() in said for one in statement.lead)
    assert not any(word in quote for word in map(str.upper, lost) for quote in quoted.values())
    assert citing.checks.quotes_found == len(citing.citations) <= citing.checks.quotes <= len(set(pages.asked))
    assert (citing.checks.quotes > citing.checks.quotes_found) >= (citing.checks.withheld > 0)


# ---- words whose text layer is not what the page shows


class Layer:
    """A text layer that holds these words and no others."""

    def __init__(self, *held):
        self.held = held

    def __call__(self, info, page, words):
        return Quote(words, (BOX,)) if words in self.held else None


REPAIRED = Sentence("Treat from ≥90 on.", 3, source_text="Treat from ³90 on.")


def repaired(sentence=REPAIRED):
    return passage("1", sentence.text, sentences=[sentence], page=3)


def test_repaired_words_are_found_by_their_source_and_shown_as_the_page_shows_them():
    (citation,) = cite(picks((repaired(), 0)), GUIDELINES, Layer("Treat from ³90 on.")).citations
    assert citation.quote == "Treat from ≥90 on." and citation.source_text == "Treat from ³90 on."
    assert citation.verified is True and citation.at.boxes == (BOX,)
    assert citation.to_dict()["source_text"] == "Treat from ³90 on."


def test_words_that_the_layer_holds_as_they_are_shown_have_no_source():
    (citation,) = cite(picks((repaired(), 0)), GUIDELINES, Layer("Treat from ≥90 on.")).citations
    assert citation.source_text is None and "source_text" not in citation.to_dict()


def test_a_repair_that_was_not_recorded_is_withheld():
    unrecorded = Sentence("Treat from ≥90 on.", 3)
    citing = cite(picks((repaired(unrecorded), 0)), GUIDELINES, Layer("Treat from ³90 on."))
    assert not citing.citations and citing.checks.withheld == 1


def test_each_half_of_a_repaired_sentence_is_found_on_its_own_page():
    whole = Sentence("Treat from ≥90 and stop at ≤40.", 3, "stop at ≤40.", "Treat from ³90 and stop at £40.")
    first, second = cite(picks((repaired(whole), 0)), GUIDELINES, Layer("Treat from ³90 and", "stop at £40.")).citations
    assert (first.quote, first.source_text, first.at.page) == ("Treat from ≥90 and", "Treat from ³90 and", 3)
    assert (second.quote, second.source_text, second.at.page) == ("stop at ≤40.", "stop at £40.", 4)


# ---- drawings

REGION = Box(40, 80, 500, 700)


def chart(kind="flowchart", title="Algorithm 2: Care of cough", label="41", page=53, **more):
    """A chart whose branches would read as prose."""
    sentence = Sentence(title, more.pop("titled", page))
    text = f"{title}\nCough for a week?\nYes\nGive zelmorin"
    at = more.pop("at", (Locator(page, label, (REGION,)),))
    return passage("c", text, sentences=[sentence], at=at, kind=kind, **more)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (chart(), "See the algorithm on page 53 (printed 41): Algorithm 2: Care of cough."),
        (chart(label="53"), "See the algorithm on page 53: Algorithm 2: Care of cough."),
        (chart("figure", "Fig. 1. Coughs by hour.", None), "See the figure on page 53: Fig. 1. Coughs by hour."),
    ],
)
def test_a_drawing_is_pointed_to_and_never_read_out(one, said):
    citing = cite(picks((one, 0)), GUIDELINES, Pages())
    (statement,), (citation,) = citing.statements, citing.citations
    assert (statement.text, statement.citations, statement.kind) == (said, (1,), one.kind)
    assert citation.quote == one.sentences[0].text.upper()
    assert citation.at == one.at[0]
    assert "zelmorin" not in f"{statement.text} {citation.quote}".lower()


def test_a_drawing_whose_caption_stands_overleaf_is_cited_there():
    one = chart(titled=54, at=(Locator(53, "41", (REGION,)), Locator(54, "42", (BOX,))))
    citing = cite(picks((one, 0)), GUIDELINES, Pages())
    assert citing.statements[0].text.startswith("See the algorithm on page 53 (printed 41)")
    assert citing.citations[0].at == Locator(54, "42", (BOX,))


def test_a_drawing_whose_title_is_not_found_is_withheld():
    citing = cite(picks((chart(), 0)), GUIDELINES, Pages("Algorithm"))
    assert citing.statements == () and citing.checks.withheld == 1
