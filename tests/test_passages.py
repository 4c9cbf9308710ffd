"""A passage keeps what belongs together, tells repeats, and leaves out what is not searched."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

import pytest

from cpgassist.leads import headers
from cpgassist.passages import TARGET_TOKENS, passage_id, split
from cpgassist.types import (
    EXCLUDED_KINDS,
    Block,
    Table,
)
from tests.fixtures.handmade import (
    COUNT,
    block,
    line,
    made,
    over,
    passages,
    searched,
    table_block,
    words,
)
from tests.reading.conftest import sample_guideline

# ---- what belongs together


def test_short_paragraphs_are_gathered():
    assert len(passages(*[block(f"Paragraph {i} is short.") for i in range(6)])) == 1


def test_running_text_is_gathered_up_to_the_target():
    found = passages(*[block(words(50, f"p{i}w") + ".") for i in range(20)], window=512)
    sizes = COUNT([p.text for p in found])
    assert max(sizes) <= TARGET_TOKENS + 40 + 10 and len(found) >= 5


def test_a_recommendation_stays_whole_with_its_grade():
    text = "Imaginol should be given to all adults with imaginary cough. It is taken at night. (Grade A)"
    found = passages(
        block(words(120) + "."), block(text, kind="recommendation", grade="Grade A"), block(words(120, "z") + ".")
    )
    (recommendation,) = [p for p in found if p.kind == "recommendation"]
    assert recommendation.text.endswith(text) and recommendation.grade == "Grade A"
    assert all(p.grade is None for p in found if p.kind != "recommendation")


def test_each_recommendation_is_a_passage_of_its_own():
    found = passages(
        *[block(f"Do thing {i}.", kind="recommendation", grade=g) for i, g in enumerate(["Grade A", "Grade B", None])]
    )
    assert [(p.text[-11:], p.grade) for p in found] == [
        ("Do thing 0.", "Grade A"),
        ("Do thing 1.", "Grade B"),
        ("Do thing 2.", None),
    ]


def test_text_with_a_level_is_kept_apart_from_text_without():
    found = passages(block("It fell."), block("It fell by half. (Level I)", grade="Level I"), block("It rose."))
    assert [p.grade for p in found] == [None, "Level I", None]


def test_a_lead_in_stays_with_its_first_items():
    lead = "Do not give imaginol if:"
    items = [block(f"• {words(30, f'item{i}x')}", kind="item") for i in range(4)]
    found = passages(block(words(150) + "."), block(lead), *items)
    (held,) = [p for p in found if lead in p.text]
    assert "item0x0" in held.text


def test_a_list_cut_in_two_says_its_lead_in_again():
    lead = "Do not give imaginol if any of these is present:"
    items = [block(f"• {words(28, f'item{i}x')}", kind="item") for i in range(11)]
    found = passages(block(lead), *items, window=128)
    assert len(found) > 2
    assert all(lead in p.text for p in found)


def test_a_long_list_says_its_lead_in_again():
    lead = "Do not give imaginol if any of these is present:"
    items = [block(f"• {words(14, f'item{i}x')}", kind="item") for i in range(30)]
    assert all(lead in p.text for p in passages(block(lead), *items, window=128))


def test_an_item_is_one_sentence_without_its_bullet():
    (passage,) = passages(block("• pregnancy. Or its", "suspicion", kind="item"))
    assert [s.text for s in passage.sentences] == ["pregnancy. Or its suspicion"]


def test_sections_never_share_a_passage():
    guideline = made((("1 A",), [block("Alpha.")]), (("2 B",), [block("Beta.")]), (("3 C",), [block("Gamma.")]))
    found = split(guideline, COUNT, 256)
    assert [(p.heading_path, p.text.split()[-1]) for p in searched(found)] == [
        (("1 A",), "Alpha."), (("2 B",), "Beta."), (("3 C",), "Gamma."),
    ]  # fmt: skip


def test_the_heading_printed_above_begins_the_text():
    first, *_ = passages(block("Give it."), path=("1 Treatment", "1.1 Dose"))
    assert first.text == "1.1 Dose\nGive it." and first.heading_path == ("1 Treatment", "1.1 Dose")
    assert first.embedded_text() == "1 Treatment > 1.1 Dose\n1.1 Dose\nGive it."


@pytest.mark.parametrize(
    "between",
    [
        [],
        [block("Cough guideline", kind="running_head")],
    ],
    ids=["nothing", "running head"],
)
def test_a_heading_without_text_waits_for_the_next_one(between):
    guideline = made((("1 Treatment",), between), (("1 Treatment", "1.1 Dose"), [block("Give it.")]))
    (found,) = searched(split(guideline, COUNT, 256))
    assert found.text == "1 Treatment\n1.1 Dose\nGive it."


def test_a_heading_at_the_very_end_is_not_an_error():
    guideline = made((("1 Treatment",), [block("Give it.")]), (("2 Follow-up",), []))
    assert [p.text for p in searched(split(guideline, COUNT, 256))] == ["1 Treatment\nGive it."]


# ---- tables


ROWS = tuple((f"drug{i} " + words(6, f"d{i}x"), f"{i} mg " + words(6, f"m{i}x")) for i in range(20))
HEAD = "Table 1. Doses\nDrug | Dose"


def test_a_small_table_is_one_passage_under_caption_and_header():
    (found,) = passages(table_block(ROWS[:3]), path=())
    assert found.kind == "table" and found.text.startswith(HEAD)
    assert found.table.rows == ROWS[:3] and found.table.header == (("Drug", "Dose"),)
    assert [s.text for s in found.sentences] == [" | ".join(row) for row in ROWS[:3]]


def test_groups_of_rows_each_carry_caption_and_header():
    found = passages(table_block(ROWS), path=(), window=100)
    assert len(found) > 2
    assert all(p.text.startswith(HEAD) for p in found)
    assert [row for p in found for row in p.table.rows] == list(ROWS)


def test_the_first_rows_under_a_heading_carry_caption_and_header():
    found = passages(table_block(ROWS), path=("5.4 Doses of all of the medicines in this guideline",), window=100)
    assert all(HEAD in p.text for p in found)


def test_rows_are_never_cut_while_they_fit():
    for passage in passages(table_block(ROWS), path=(), window=60):
        assert all(s.text in {" | ".join(row) for row in ROWS} for s in passage.sentences)


def test_a_row_longer_than_the_window_is_cut_and_nothing_lost():
    row = (words(40, "a"), words(40, "b"))
    found = passages(table_block([row]), path=(), window=48)
    assert not over(found, COUNT, 48)
    body = " ".join(s.text for p in found for s in p.sentences)
    assert body.split() == " | ".join(row).split()


def test_the_same_row_on_two_pages_is_kept():
    (found,) = passages(table_block([("a", "1"), ("b", "2"), ("a", "1")]), path=())
    assert [s.text for s in found.sentences].count("a | 1") >= 1 and found.text.count("a | 1") == 2


def test_a_row_of_recommendations_keeps_its_columns():
    cells = ("Give imaginol", "Strong", "Low")
    table = Table("", (("Recommendation", "Strength", "Certainty"),), (cells,))
    (found,) = passages(Block("recommendation", (line(" | ".join(cells)),), "Strong | Low", table))
    assert (found.kind, found.grade, found.table) == ("recommendation", "Strong | Low", table)
    assert found.to_dict("x.pdf")["header"] == ["Recommendation", "Strength", "Certainty"]


# ---- repeats and conflicts


def repeated(*statements):
    """(text, grade, page) recommendations, each in a section of its own."""
    sections = [
        ((f"{i} Section",), [block(t, kind="recommendation", grade=g, page=p)])
        for i, (t, g, p) in enumerate(statements)
    ]
    return [p for p in split(made(*sections), COUNT, 256) if p.kind == "recommendation"]


def test_repeats_of_equal_text_and_grade_are_one_passage_in_several_places():
    (found,) = repeated(
        ("Give imaginol to adults. (Grade A)", "Grade A", 3), ("• Give imaginol to adults. (Grade A)", "Grade A", 7)
    )
    assert found.pages == (3, 7) and found.page == 3 and [place.label for place in found.at] == ["7", "11"]
    assert found.heading_path == ("0 Section",)
    assert found.id == passage_id("cough", found.text, [3, 7])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("Give imaginol.", "Grade B"), ("Give imaginol.", "Grade C")),
        (("Give imaginol.", "Grade B"), ("Give imaginol.", None)),
        (("Give imaginol.", "Grade A"), ("Give imaginol.", "grade A")),
        (("Give imaginol.", "Grade A"), ("Do not give imaginol.", "Grade A")),
        (("Give 5 mg.", "Grade A"), ("Give 50 mg.", "Grade A")),
        (("Give it at ≥5.", "Grade A"), ("Give it at ≤5.", "Grade A")),
        (("Give it at >5.", "Grade A"), ("Give it at 5.", "Grade A")),
        (("Give 5 mg.", "Grade A"), ("Give 5 µg.", "Grade A")),
    ],
)
def test_statements_that_differ_in_text_or_grade_stay_apart(first, second):
    assert len(repeated((*first, 3), (*second, 7))) == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Give 1.5 mg.", "Give 1-5 mg."),
        ("Give 5 mg.", "Give 5% mg."),
        ("Keep it at -5.", "Keep it at 5."),
        ("Give 1/2 tablet.", "Give 1-2 tablet."),
    ],
)
def test_other_numbers_are_no_repeats(first, second):
    assert len(repeated((first, "Grade A", 3), (second, "Grade A", 7))) == 2


@pytest.mark.parametrize("first", ["1.5 mg", "1,5 mg"])
def test_numbers_that_are_equal_are_repeats(first):
    assert len(repeated((f"Give {first}.", "Grade A", 3), (f"Give {first}.", "Grade A", 7))) == 1


def test_running_text_that_is_repeated_stays_in_its_sections():
    guideline = made((("1 A",), [block("It is safe.", page=2)]), (("2 B",), [block("It is safe.", page=5)]))
    assert [p.pages for p in searched(split(guideline, COUNT, 256))] == [(2,), (5,)]


# ---- ids


def test_an_id_is_the_hash_of_text_and_pages():
    (found,) = passages(block("Give it.", page=3), path=())
    assert (
        found.id == "cough:" + hashlib.sha256(b"Give it.\x003").hexdigest()[:12] == passage_id("cough", "Give it.", [3])
    )


@pytest.mark.parametrize("change", [{"page": 4}, {"text": "Give it!"}, {"name": "fever"}])
def test_an_id_changes_with_text_pages_and_guideline(change):
    text, page, name = change.get("text", "Give it."), change.get("page", 3), change.get("name", "cough")
    (before,), (after,) = passages(block("Give it.", page=3)), passages(block(text, page=page), name=name)
    assert before.id != after.id


def test_an_id_does_not_change_with_what_stands_elsewhere():
    body = block(words(170) + ".", page=3)
    before = {p.id for p in passages(body, block(words(170, "z") + "."))}
    after = {p.id for p in passages(body, block(words(170, "y") + "."))}
    assert len(before & after) == 1


# ---- what is kept out of search


def test_excluded_kinds_are_listed_by_page():
    blocks = [block("1 One ... 2", kind="toc", page=1), block("1. Smith J. 2019.", kind="reference_list", page=2),
              block("Cough guideline", kind="running_head", page=1), block("Give it.", page=1)]  # fmt: skip
    found = passages(*blocks)
    assert {(p.kind, p.pages) for p in found} == {
        ("toc", (1,)),
        ("reference_list", (2,)),
        ("running_head", (1,)),
        ("text", (1,)),
    }
    assert all(p.heading_path == () and not p.sentences and not p.searched for p in found if p.kind in EXCLUDED_KINDS)


def test_excluded_words_are_in_no_searched_passage():
    blocks = [block(f"{kind}word", kind=kind) for kind in ("toc", "reference_list", "running_head", "hidden")]
    (found,) = searched(passages(*blocks, block("Give it.")))
    assert not re.search(r"toc|reference|running|hidden", found.text)


@pytest.mark.parametrize(
    ("characters", "has_ink", "text"),
    [(0, True, "[no text layer]"), (0, False, "[no text on this page]"), (9, True, "[no text on this page]")],
)
def test_pages_without_text_are_listed(characters, has_ink, text):
    guideline = made((("1 A",), [block("Alpha.", page=1)]), pages=2)
    guideline = replace(
        guideline, pages=(guideline.pages[0], replace(guideline.pages[1], characters=characters, has_ink=has_ink))
    )
    (listed,) = [p for p in split(guideline, COUNT, 256) if p.kind == "no_text"]
    assert (listed.text, listed.pages, listed.page_label, listed.searched) == (text, (2,), "6", False)


def test_a_page_of_running_heads_only_is_listed_as_without_text():
    guideline = made(((), [block("Cough", kind="running_head", page=1), block("Alpha.", page=2)]), pages=2)
    assert [p.pages for p in split(guideline, COUNT, 256) if p.kind == "no_text"] == [(1,)]


def test_an_empty_guideline_has_only_its_pages():
    assert {p.kind for p in split(made(pages=3), COUNT, 256)} == {"no_text"}


# ---- a table's group that goes on over the page


def test_rows_under_a_name_on_the_page_before_keep_it():
    """A dose never stands apart from its drug: page 13 begins with rows of tarvexol, whose name closes page 12."""
    passages = split(sample_guideline("harbour-fever-2023"), COUNT, 256)
    held = [one for one in passages if one.table is not None and one.page == 13]
    first = next(one for one in held if "5 mg/kg every 12 hours" in one.text)
    assert first.table.carried == "Tarvexol (intravenous)" and first.table.carried_page == 12
    assert first.text.index("Tarvexol (intravenous)") < first.text.index("5 mg/kg every 8 hours")
    row = next(one for one in first.sentences if "5 mg/kg every 12 hours" in one.text)
    assert [one.text for one in headers(first, row)][-1] == "Tarvexol (intravenous)"
    later = next(one for one in first.sentences if "10 mg/kg twice daily" in one.text)
    assert [one.text for one in headers(first, later)][-1] == "Pelgrain (oral)"
    assert all(not one.table.carried for one in held if one.table.rows[0][0].startswith("Quillamide"))


def test_a_heading_that_its_page_s_running_foot_repeats_is_no_text_and_stays_in_the_path():
    def texts(foot):
        guideline = made(
            ((), (block(foot, kind="running_head"),)),
            (("How to use the harbour",), (block("Boats moor at the east wall."),)),
        )
        return [(one.text, one.heading_path) for one in split(guideline, COUNT, 256) if one.kind == "text"]

    path = ("How to use the harbour",)
    assert texts("HOW TO USE THE HARBOUR xv") == [("Boats moor at the east wall.", path)]
    assert texts("Meridian Harbour Rules 15") == [("How to use the harbour\nBoats moor at the east wall.", path)]
