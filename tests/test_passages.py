"""A passage fits the window, loses nothing, keeps what belongs together and says where it stands."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpgassist.leads import headers
from cpgassist.passages import TARGET_TOKENS, passage_id, split
from cpgassist.testing import HashEmbedder
from cpgassist.types import (
    DRAWN_KINDS,
    EXCLUDED_KINDS,
    Block,
    Box,
    Guideline,
    GuidelineInfo,
    Line,
    Page,
    Repair,
    Section,
    Table,
)
from tests.reading.conftest import sample_guideline

COUNT = HashEmbedder().count_tokens


@cache
def minilm():
    from cpgassist.models.embedding import load_embedder

    return load_embedder(precision="float32")


# ---- guidelines made by hand


def line(text, page=1, top=100.0):
    return Line(text, page, Box(60, top, 500, top + 10), 10)


def block(*texts, kind="text", page=1, grade=None):
    return Block(kind, tuple(line(text, page, 100 + 12 * i) for i, text in enumerate(texts)), grade)


def table_block(rows, header=("Drug", "Dose"), caption="Table 1. Doses", page=1, kind="table", grade=None):
    lines = [
        line(" | ".join(dict.fromkeys(c for c in row if c)), page, 100 + 12 * i)
        for i, row in enumerate((header, *rows))
    ]
    return Block(kind, tuple(lines), grade, Table(caption, (header,), tuple(rows)))


def drawing(kind, title, *inside, page=1):
    """A flowchart or figure: its frame, its title, its words."""
    frame = Line("", page, Box(50, 90, 510, 400), 0)
    return Block(kind, (frame, line(title, page, 96), *inside))


def made(*sections, pages=12, name="cough"):
    """A guideline of (path, blocks) sections."""
    info = GuidelineInfo(name, "Cough", f"{name}.pdf", "0" * 64, pages=pages)
    seen = tuple(Page(n, str(n + 4), 595, 842, 100) for n in range(1, pages + 1))
    return Guideline(info, seen, tuple(Section(tuple(path), 1, tuple(blocks)) for path, blocks in sections))


def passages(*blocks, path=("1 Treatment",), window=256, **options):
    return [p for p in split(made((path, blocks), **options), COUNT, window) if p.kind != "no_text"]


def searched(found):
    return [p for p in found if p.searched]


def words(n, stem="word", first=0):
    return " ".join(f"{stem}{i}" for i in range(first, first + n))


# ---- the window


def over(found, count, window):
    return [(n, p) for p, n in zip(found, count([p.embedded_text() for p in found]), strict=True) if n > window]


SERIAL = re.compile(r"\bq\d+\b")


@st.composite
def guidelines(draw, serials=True):
    """Random sections and blocks; with serials every word of their text is unique and numbered in reading order."""
    next_word = iter(range(10**6))
    plain = st.sampled_from(
        ["imaginol", "12", "mg/kg", "≥90", "ventilation", "a", "of", "(Grade A)", "pneumonoconiosis", "e.g.", "•"]
    )

    def phrase(least, most, end=st.sampled_from(["", ".", ":", ";"])):
        size = draw(st.integers(least, most))
        texts = [f"q{next(next_word)}" if serials else draw(plain) for _ in range(size)]
        return " ".join(texts) + draw(end)

    def lines(bullet=""):
        count, width = draw(st.integers(1, 16)), draw(st.sampled_from([3, 14]))
        page = draw(st.integers(1, 12))
        made = []
        for i in range(count):
            if draw(st.integers(0, 9)) == 0:
                page = min(page + 1, 12)
            made.append(line((bullet if i == 0 else "") + phrase(1, width), page, 100 + 12 * i))
        return tuple(made)

    def one_block():
        kind = draw(
            st.sampled_from(
                [
                    "text",
                    "text",
                    "item",
                    "item",
                    "recommendation",
                    "table",
                    "flowchart",
                    "figure",
                    "toc",
                    "reference_list",
                ]
            )
        )
        grade = (
            draw(st.sampled_from([None, None, "Grade A", "Strong | Low"]))
            if kind in ("text", "recommendation")
            else None
        )
        if kind == "table":
            columns, count = draw(st.integers(2, 3)), draw(st.integers(1, 12))
            header = tuple(phrase(1, 2, st.just("")) for _ in range(columns))
            cell = st.integers(0, 6)
            rows = []
            for _ in range(count):
                row = [" ".join(f"q{next(next_word)}" for _ in range(draw(cell))) for _ in range(columns)]
                rows.append(tuple(row) if any(row) else (f"q{next(next_word)}", *row[1:]))
            return table_block(rows, header, draw(st.sampled_from(["", "Table 1. Doses of medicines"])))
        bullet = draw(st.sampled_from(["• ", "– ", "1) "])) if kind == "item" else ""
        if kind in DRAWN_KINDS:
            title = draw(st.sampled_from(["", "Algorithm 1 Rest", words(40, "title")]))
            inside = lines()
            page = inside[0].page
            return drawing(kind, title, *(replace(one, page=page) for one in inside), page=page)
        return Block(kind, lines(bullet=bullet), grade)

    sections = []
    for _ in range(draw(st.integers(1, 4))):
        depth, length = draw(st.integers(0, 4)), draw(st.integers(1, 12))
        path = tuple(words(length, f"h{level}x") for level in range(depth))
        sections.append((path, [one_block() for _ in range(draw(st.integers(1, 9)))]))
    return made(*sections)


WINDOWS = st.one_of(st.integers(24, 48), st.integers(24, 256))
STEADY = settings(max_examples=250, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


@STEADY
@given(guidelines(), WINDOWS)
def test_no_passage_is_longer_than_the_window(guideline, window):
    assert not over(searched(split(guideline, COUNT, window)), COUNT, window)


@settings(STEADY, max_examples=80)
@given(guidelines(serials=False), st.sampled_from([24, 40, 64, 128, 256]))
def test_no_passage_is_longer_than_the_window_in_word_pieces(guideline, window):
    count = minilm().count_tokens
    assert not over(searched(split(guideline, count, window)), count, window)


def serials(text):
    return [int(found[1:]) for found in SERIAL.findall(text)]


@STEADY
@given(guidelines(), WINDOWS)
def test_no_word_is_lost_and_all_stand_in_order(guideline, window):
    kept = ("text", "item", "recommendation", "table", *DRAWN_KINDS)
    wanted = [
        n for s in guideline.sections for b in s.blocks if b.kind in kept for x in b.lines for n in serials(x.text)
    ]
    headers = {
        n
        for s in guideline.sections
        for b in s.blocks
        if b.table
        for name in b.table.header
        for c in name
        for n in serials(c)
    }
    found = [n for p in searched(split(guideline, COUNT, window)) for n in serials(p.text)]
    # A table's header is left out where it would take half of the window.
    first_seen = list(dict.fromkeys(n for n in found if n not in headers))
    assert first_seen == [n for n in wanted if n not in headers]


@STEADY
@given(guidelines(), WINDOWS)
def test_sentences_hold_the_words_of_their_passage(guideline, window):
    for passage in searched(split(guideline, COUNT, window)):
        text = "".join(passage.text.split())
        for sentence in passage.sentences:
            assert "".join(sentence.text.split()) in text
            assert sentence.page in passage.pages
            assert sentence.text.endswith(sentence.continued)


@STEADY
@given(guidelines(), WINDOWS)
def test_ids_are_unique_and_the_same_again(guideline, window):
    first, second = split(guideline, COUNT, window), split(guideline, COUNT, window)
    assert first == second
    ids = [p.id for p in first]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"cough:[0-9a-f]{12}", number) for number in ids)


@STEADY
@given(guidelines(), WINDOWS)
def test_grades_never_mix(guideline, window):
    """Every serial stands in a passage of its own block's grade."""
    grades = {n: b.grade for s in guideline.sections for b in s.blocks for x in b.lines for n in serials(x.text)}
    for passage in searched(split(guideline, COUNT, window)):
        body = " ".join(s.text for s in passage.sentences)
        assert {grades[n] for n in serials(body)} <= {passage.grade}


@settings(STEADY, max_examples=150)
@given(guidelines(), WINDOWS)
def test_places_are_those_of_the_words(guideline, window):
    where = {n: x.page for s in guideline.sections for b in s.blocks for x in b.lines for n in serials(x.text)}
    headers = {
        n
        for s in guideline.sections
        for b in s.blocks
        if b.table
        for name in b.table.header
        for c in name
        for n in serials(c)
    }
    for passage in searched(split(guideline, COUNT, window)):
        assert {where[n] for n in serials(passage.text) if n not in headers} <= set(passage.pages)
        for place in passage.at:
            assert place.label == str(place.page + 4) and place.boxes


LONG_WORD = "".join(map(str, range(1000)))
CHINESE = "".join(chr(0x4E00 + i) for i in range(900))


@pytest.mark.parametrize(
    "text", [LONG_WORD, CHINESE, f"start {LONG_WORD} end", " ".join(f"{i}" * 20 for i in range(60))]
)
def test_text_without_spaces_is_cut_to_the_window(text):
    count = minilm().count_tokens
    found = searched(split(made((("1 Treatment",), [block(text)])), count, 64))
    assert not over(found, count, 64)
    body = "".join(s.text for p in found for s in p.sentences)
    assert body.replace(" ", "") == text.replace(" ", "")


def test_a_run_of_leaders_is_cut_to_the_window():
    found = searched(split(made((("1 Treatment",), [block("." * 2000)])), minilm().count_tokens, 64))
    assert found and not over(found, minilm().count_tokens, 64)


def test_a_paragraph_of_signs_that_the_tokenizer_drops_is_a_passage_all_the_same():
    found = searched(split(made((("1 Treatment",), [block("\ufffd\ufffd")])), minilm().count_tokens, 64))
    assert [p.text for p in found] == ["1 Treatment\n\ufffd\ufffd"]


def test_no_text_is_counted_twice():
    counted = []
    split(sample_guideline("moss-lung-2022"), lambda texts: counted.extend(texts) or COUNT(texts), 256)
    assert len(counted) > 50 and len(set(counted)) == len(counted)


@pytest.mark.parametrize(
    "path", [("one",), (words(40),), (words(20, "a"), words(20, "b"), words(20, "c")), (LONG_WORD,), ()]
)
@pytest.mark.parametrize("window", [24, 64])
def test_long_heading_paths_leave_room_for_the_text(path, window):
    count = minilm().count_tokens
    found = searched(split(made((path, [block(words(60))])), count, window))
    assert found and not over(found, count, window)
    assert all(p.sentences for p in found)


def test_the_inner_headings_of_a_long_path_stay():
    (passage,) = passages(block("Give it."), path=(words(80, "outer"), "1.2 Dose of imaginol"))
    assert passage.heading_path == ("1.2 Dose of imaginol",)


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


# ---- places


def over_break(*texts):
    """A block whose lines stand on (text, page)."""
    return Block("text", tuple(line(text, page, 100 + 12 * i) for i, (text, page) in enumerate(texts)))


def test_a_sentence_over_a_page_break_knows_its_page_and_its_rest():
    (found,) = passages(
        over_break(("One stands here. Two begins on the", 4), ("first page and ends. Three", 5), ("is last.", 5))
    )
    assert [(s.text, s.page, s.continued) for s in found.sentences] == [
        ("One stands here.", 4, ""),
        ("Two begins on the first page and ends.", 4, "first page and ends."),
        ("Three is last.", 5, ""),
    ]
    assert [(place.page, place.label) for place in found.at] == [(4, "8"), (5, "9")]


def test_an_item_over_a_page_break_knows_its_rest():
    item = Block("item", (line("• wet boots and", 4), line("wet ropes", 5)))
    (found,) = passages(item)
    assert [(s.text, s.page, s.continued) for s in found.sentences] == [("wet boots and wet ropes", 4, "wet ropes")]


def test_a_sentence_that_ends_with_the_page_has_no_rest():
    (found,) = passages(over_break(("One ends here.", 4), ("Two is on the next.", 5)))
    assert [(s.page, s.continued) for s in found.sentences] == [(4, ""), (5, "")]


def test_a_sentence_cut_at_the_window_knows_the_page_of_each_part():
    found = searched(passages(over_break((words(40, "a"), 4), (words(40, "b") + ".", 5)), window=40))
    for passage in found:
        for sentence in passage.sentences:
            on_first = sentence.text.removesuffix(sentence.continued).split()
            letter = "a" if sentence.page == 4 else "b"
            assert all(word.startswith(letter) for word in on_first), sentence


@STEADY
@given(
    st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["", ".", ".", ":"])), min_size=2, max_size=6),
    st.integers(1, 5),
)
def test_continued_is_what_stands_on_the_next_page(sizes, turn):
    """Lines of random length with the page turned after one of them."""
    serial = iter(range(10**4))
    lines = []
    for i, (size, end) in enumerate(sizes):
        text = " ".join(f"Q{next(serial)}" for _ in range(size)) + end
        lines.append((text, 4 if i < turn else 5))
    where = {word.rstrip(".:"): page for text, page in lines for word in text.split()}
    for passage in searched(passages(over_break(*lines))):
        for sentence in passage.sentences:
            rest = [w.rstrip(".:") for w in sentence.continued.split()]
            head = [w.rstrip(".:") for w in sentence.text.split()][: len(sentence.text.split()) - len(rest)]
            assert {where[w] for w in head} <= {sentence.page}
            assert {where[w] for w in rest} <= {sentence.page + 1}


def test_boxes_of_neighbouring_lines_are_one():
    (found,) = passages(block("One line", "and another", "and a third."))
    assert found.at[0].boxes == (Box(60, 100, 500, 134),)


# ---- the sample


@pytest.fixture(
    scope="module", params=["harbour-fever-2023", "moss-lung-2022", "gatal-bakau-2022", "harbour-fever-2017"]
)
def sample(request):
    guideline = sample_guideline(request.param)
    return guideline, split(guideline, minilm().count_tokens, 256)


def test_sample_passages_fit_the_packaged_embedder(sample):
    _, found = sample
    assert not over(searched(found), minilm().count_tokens, 256)


def test_sample_words_are_all_searched(sample):
    guideline, found = sample
    text = " ".join(p.text for p in searched(found))
    held = set(text.split())
    for section in guideline.sections:
        for block in section.blocks:
            if block.kind in ("text", "item", "recommendation", "table"):
                for printed in block.lines:
                    missing = set(printed.text.split()) - held
                    assert not missing, (printed.page, missing)


def test_sample_pages_are_all_listed(sample):
    guideline, found = sample
    assert {page for p in found for page in p.pages} == set(range(1, guideline.info.pages + 1))


def test_sample_reading_order_is_kept(sample):
    _, found = sample
    firsts = [p.page for p in searched(found)]
    assert all(a <= b for a, b in pairwise(firsts))


def statements(name, text):
    found = split(sample_guideline(name), minilm().count_tokens, 256)
    return [(p.grade, p.pages) for p in found if p.kind == "recommendation" and text in p.text]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Oral zelmorin should be given to all adults", [("Grade A", (6, 10))]),
        ("The Harbour Antigen Rapid Test should be done", [("Grade B", (6, 9))]),
        ("Pelgrain should replace zelmorin", [("Grade C", (6, 13))]),
        ("Intravenous tarvexol should be started", [("Grade A", (6, 12))]),
        ("Corticosteroids should not be used", [("Grade A", (6, 12))]),
        ("Quillamide prophylaxis should be offered", [("Grade B", (6,)), ("Grade C", (14,))]),
    ],
)
def test_sample_repeats_and_conflicts(text, places):
    assert sorted(statements("harbour-fever-2023", text)) == places


def test_sample_textless_page_is_listed():
    found = split(sample_guideline("lantern-pressure-2021"), COUNT, 256)
    assert [(p.text, p.pages) for p in found if p.kind == "no_text"] == [("[no text layer]", (7,))]


def test_sample_contraindications_keep_their_lead_in():
    found = split(sample_guideline("harbour-fever-2023"), minilm().count_tokens, 256)
    (held,) = [p for p in found if "beacon interval >480 ms" in p.text and p.kind == "text"]
    assert "Do not give zelmorin if any of the following is present:" in held.text
    assert "first trimester of pregnancy" in held.text


@pytest.mark.parametrize("window", [32, 64, 128, 256, 512])
def test_sample_passages_fit_other_windows(window):
    found = searched(split(sample_guideline("harbour-fever-2023"), minilm().count_tokens, window))
    assert not over(found, minilm().count_tokens, window)


# ---- words whose text layer is not what the page shows


def misread(text, *repairs, page=1):
    """A line with the words repaired in it, as (source, shown)."""
    return replace(line(text, page), repairs=tuple(Repair(page, source, shown, "glyph") for source, shown in repairs))


def test_a_sentence_carries_the_words_of_the_text_layer():
    block = Block("text", (misread("Treat from ≥90 on. Rest below.", ("³90", "≥90")),))
    (found,) = searched(passages(block))
    assert [(s.text, s.source_text) for s in found.sentences] == [
        ("Treat from ≥90 on.", "Treat from ³90 on."),
        ("Rest below.", ""),
    ]


def test_an_undecided_word_has_no_source_of_its_own():
    (found,) = searched(passages(Block("text", (misread("Treat from >90 on.", (">90", ">90")),))))
    assert found.sentences[0].source_text == ""


def test_a_cell_over_several_rows_has_its_source_in_each():
    """Its words are held by the line of the first row alone; the page's repairs tell the others."""
    rows = (("≥90", "5 mg"), ("≥90", "7 mg"))
    first = misread("≥90 | 5 mg", ("³90", "≥90"))
    block = Block(
        "table", (line("Waist | Dose"), first, line("≥90 | 7 mg")), None, Table("", (("Waist", "Dose"),), rows)
    )
    guideline = replace(made((("1 Doses",), [block])), repairs=first.repairs)
    (found,) = [p for p in split(guideline, COUNT, 256) if p.searched]
    assert [s.source_text for s in found.sentences] == ["³90 | 5 mg", "³90 | 7 mg"]


# ---- what OCR read


def seen(text, page=1, top=100.0, confidence=0.8, uncertain=()):
    return Line(text, page, Box(60, top, 500, top + 10), 10, confidence=confidence, uncertain=tuple(uncertain))


def test_sentences_of_a_scan_carry_place_doubt_and_their_own_uncertain_numbers():
    lines = (
        seen("Fill it with 250 ml. Trim the"),
        seen("wick after 12 hours.", top=112, confidence=0.6, uncertain=["12"]),
    )
    (found,) = passages(Block("text", lines))
    first, second = found.sentences
    assert found.read_by_ocr and found.to_dict("x.pdf")["ocr"] is True
    assert (first.confidence, first.uncertain) == (0.8, ()) and (second.confidence, second.uncertain) == (0.6, ("12",))
    assert [box.top for box in first.boxes] == [100] and [box.top for box in second.boxes] == [100, 112]
    assert first.boxes[0].right <= second.boxes[0].left + 1 and second.boxes[1].right == 500


def test_a_scanned_sentence_over_two_pages_keeps_the_boxes_of_each():
    (found,) = passages(Block("text", (seen("Fill the large lamp", 1), seen("with oil.", 2))))
    (sentence,) = found.sentences
    assert sentence.continued == "with oil." and len(sentence.boxes) == len(sentence.continued_boxes) == 1


def test_an_uncertain_mark_in_the_grade_is_named_with_each_sentence():
    (found,) = passages(
        Block("recommendation", (seen("Trim it."), seen("(Level Il)", 1, 112, 1.0, ["Il)"])), "Level Il")
    )
    assert all("Il)" in sentence.uncertain for sentence in found.sentences)


def test_text_layers_are_not_called_ocr():
    (found,) = passages(block("Fill it with 250 ml."))
    assert not found.read_by_ocr and "ocr" not in found.to_dict("x.pdf")
    assert found.sentences[0].boxes == () and found.sentences[0].confidence is None


def test_labels_of_a_drawing_are_found_and_never_quoted():
    (found,) = passages(Block("figure", (line(""), line(""), *(seen(f"Label {i}") for i in range(3)))))
    assert found.kind == "figure" and found.searched and found.sentences == () and found.read_by_ocr


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
