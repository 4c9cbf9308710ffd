"""Headings nest as the whole document tells: by numbers that run on, by the contents list, by what recurs."""

import re

import pytest

from cpgassist.reading.contents import contents_entries, key_of
from cpgassist.reading.headings import Heading, numbering, ordinals
from cpgassist.reading.outline import Found, Levels, Outline, follows
from cpgassist.types import Box, Line
from tests.reading import outline_pdfs, pdfs


def paths(guideline):
    return [section.path for section in guideline.sections if section.path]


def tails(guideline):
    """The path of each heading, once, by the heading."""
    return {path[-1]: path for path in paths(guideline)}


def under(guideline, words):
    (path,) = {
        s.path
        for s in guideline.sections
        for b in s.blocks
        if b.kind != "running_head" and words in " ".join(line.text for line in b.lines)
    }
    return path


# ---- house styles


@pytest.mark.parametrize("chapter", ["BAB I PENDAHULUAN", "BAB II METODOLOGI", "BAB III HASIL"])
def test_headings_in_the_type_of_the_text_are_told_by_their_numbers(read, chapter):
    guideline = read(outline_pdfs.bab)
    number = chapter.split()[1]
    found = [path[1:] for path in paths(guideline) if path[0] == chapter]
    assert list(dict.fromkeys(found)) == [
        *([()] if () in found else []),
        (f"A. Latar belakang {number}",),
        (f"B. Permasalahan {number}",),
        (f"B. Permasalahan {number}", f"1. Definisi {number}"),
        (f"B. Permasalahan {number}", f"2. Klasifikasi {number}"),
        (f"C. Tujuan {number}",),
    ]


def test_chapter_titles_at_the_head_of_pages_are_no_running_heads(read):
    heads = [
        line.text
        for s in read(outline_pdfs.bab).sections
        for b in s.blocks
        if b.kind == "running_head"
        for line in b.lines
    ]
    assert heads == ["-1-", "-2-", "-3-"]


def test_items_with_nothing_under_them_are_no_headings(read):
    guideline = read(outline_pdfs.plain_list)
    assert paths(guideline) == []
    assert sum(b.kind == "item" for s in guideline.sections for b in s.blocks) == 8


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_what_stands_between_two_questions_belongs_to_the_first(read, n):
    part = "Diagnosis of cough" if n < 3 else "Treatment of cough"
    question = f"Question {n}. Should imaginol number {n} be kept in stock?"
    for name in ("KEY FINDINGS", "INTRODUCTION", "RESULTS"):
        assert under(read(outline_pdfs.questions), f"Text under {name} of {n}") == (part, question, name)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_statement_is_text_and_only_its_label_a_heading(read, n):
    guideline = read(outline_pdfs.statements)
    name = ("HARBOUR", "WEATHER", "ROPES")[n - 1]
    path = ("KEY STATEMENTS", f"STATEMENT {n}. {name}:")
    assert under(guideline, f"look after the {name.lower()} every day") == path
    assert under(guideline, f"Text under Profile {n}") == (*path, f"Profile for Statement {n}")


def test_a_number_beside_its_title_is_put_before_it(read):
    guideline = read(outline_pdfs.chapter_numbers_apart)
    chapters = ("1 Introduction", "2 Recommendations Evidence and reasons", "3 Methods")
    assert [path[0] for path in dict.fromkeys(path[:1] for path in paths(guideline))] == list(chapters)
    for n, chapter in enumerate(chapters, 1):
        assert under(guideline, f"Text under chapter {n}") == (chapter,)
        assert under(guideline, f"Text under part {n}.2")[0] == chapter


@pytest.mark.parametrize("box", [1, 2])
def test_titles_that_follow_box_after_box_belong_to_the_box(read, box):
    guideline = read(outline_pdfs.chapter_numbers_apart)
    chapter = ("2 Recommendations Evidence and reasons", f"2.{box}. Part {box} of recommendations")
    recommendation = f"Recommendation {box}. Ropes of kind {box}"
    assert under(guideline, f"Text under Resource {box}") == (*chapter, recommendation, "Resources")


def test_headings_may_differ_in_colour_alone(read):
    guideline = read(outline_pdfs.by_colour)
    names = ("Adhere to the rules of the harbour", "Clean the lamps", "Report what was seen")
    assert [under(guideline, f"Text under {name}") for name in names] == [(name,) for name in names]
    assert under(guideline, "www.harbour.example/rules") == (names[-1],)


def test_a_misprinted_chapter_number_does_not_end_the_chapter(read):
    found = paths(read(outline_pdfs.misprinted))
    assert ("4 Advice", "3.2 Ropes", "4.2.1 Burden") in found or ("4 Advice", "4.2.1 Burden") in found
    assert ("4 Advice", "4.3 Sails", "4.3.1 Burden") in found


def test_references_in_parts_are_kept_out_of_search_and_prose_after_them_is_not(read):
    guideline = read(outline_pdfs.references_in_parts)
    listed = [line.text for s in guideline.sections for b in s.blocks if b.kind == "reference_list" for line in b.lines]
    assert len(listed) == 6 and all("et al" in text for text in listed)
    assert under(guideline, "Text under ACKNOWLEDGEMENTS") == ("ACKNOWLEDGEMENTS",)


def test_the_foot_of_a_short_chapter_is_a_running_foot(read):
    blocks = [b for s in read(outline_pdfs.short_chapters).sections for b in s.blocks]
    feet = [line.text for b in blocks if b.kind == "running_head" for line in b.lines]
    assert "Ropes of the north 14" in feet and len(feet) == 8


def test_a_footnote_that_comes_again_is_no_running_foot(read):
    text = " ".join(
        line.text
        for s in read(outline_pdfs.short_chapters).sections
        for b in s.blocks
        if b.kind != "running_head"
        for line in b.lines
    )
    assert text.count("had from its office, seen on 18 December 2018.") == 3


def test_columns_beside_a_box_are_read_one_after_the_other(read):
    guideline = read(outline_pdfs.box_in_a_column)
    text = " ".join(line.text for s in guideline.sections for b in s.blocks for line in b.lines)
    places = [
        text.find(words)
        for words in ("Left above the box", "Boat number 8", "Right column begins", "Right column goes on")
    ]
    assert -1 not in places and places == sorted(places)
    assert under(guideline, "Right column goes on") == ("Cleaning of ropes",)


def test_the_contents_list_tells_depth_where_type_does_not(read):
    guideline = read(outline_pdfs.contents_by_indent)
    assert [path for path in paths(guideline) if path != ("Contents",)] == [
        ("Boats",), ("Boats", "Building"), ("Boats", "Mending"), ("Ropes",), ("Ropes", "Hemp"), ("Sails",),
    ]  # fmt: skip


def test_a_society_guideline_in_two_columns(read):
    guideline = read(outline_pdfs.journal)
    title = ("Guideline on the keeping of ropes: the society of invented pilots",)
    kept = [path[len(title) :] if path[:1] == title else path for path in dict.fromkeys(paths(guideline))]
    assert [path for path in kept if path] == [
        ("1. Preamble",), ("2. Introduction",), ("2. Introduction", "2.1. Why ropes"), ("2. Introduction", "2.2. What is new"),
        ("3. Keeping",), ("3. Keeping", "3.1. Dry"), ("3. Keeping", "3.2. Wet"), ("References",),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ("KEY RECOMMENDATIONS", ("KEY RECOMMENDATIONS",)),
        ("1. BOATS", ("1. BOATS",)),
        ("b) Pine", ("1. BOATS", "1.1 Wood", "b) Pine")),
        ("ii. White pine", ("1. BOATS", "1.1 Wood", "b) Pine", "ii. White pine")),
        ("c) Elm", ("1. BOATS", "1.1 Wood", "c) Elm")),
        ("1.2 Iron", ("1. BOATS", "1.2 Iron")),
        ("b) Short", ("2. ROPES", "2.1 Hemp", "b) Short")),
        ("3. SAILS", ("3. SAILS",)),
        ("Appendix 2", ("Appendix 2 FORM 2",)),
        ("LIST OF ABBREVIATIONS", ("LIST OF ABBREVIATIONS",)),
    ],
)
def test_a_malaysian_guideline(read, words, path):
    assert under(read(outline_pdfs.malaysian), f"Text under {words} stands") == path


def test_text_after_a_box_goes_back_to_the_section_around_it(read):
    guideline = read(outline_pdfs.malaysian)
    assert under(guideline, "Oak should be used")[-1] == "Recommendation 1"
    assert under(guideline, "Text after the box") == ("1. BOATS", "1.1 Wood", "a) Oak")


def test_a_cover_is_text_and_no_chapter(read):
    guideline = read(outline_pdfs.cover_page)
    assert paths(guideline) == [("Harbours",), ("Ropes",)]
    assert under(guideline, "Guideline on the keeping of boats") == ()


# ---- numbers


def heading(text, size=12.0, bold=True, page=1, top=0.0):
    family, number, _ = numbering(text)
    return Heading(text, page, family, number, size, bold, text.upper() == text, box=Box(60, top, 200, top + size))


@pytest.mark.parametrize(
    ("text", "series"),
    [
        ("1.2 Scope", {"decimal": (1, 2)}),
        ("5.1a Drugs", {"decimal": (5, 1, 1)}),
        ("2) Step", {"decimal)": (2,)}),
        ("BAB IV HASIL", {"chapter roman": (4,)}),
        ("CHAPTER 3 TREATMENT", {"chapter": (3,)}),
        ("Annex C.1 Tools", {"annex": (3, 1)}),
        ("Question 12: Which?", {"question": (12,)}),
        ("Recommendation 2.a", {"recommendation": (2, 1)}),
        ("Recommendation 2c.", {"recommendation": (2, 3)}),
        ("A. First", {".A": (1,)}),
        ("b) thing", {")": (2,)}),
        ("i) thing", {")": (9,), ") roman": (1,)}),
        ("iv. thing", {". roman": (4,)}),
        ("(3) thing", {"()": (3,)}),
        ("Introduction", {}),
    ],
)
def test_the_ways_to_read_a_number(text, series):
    assert ordinals(heading(text)) == series


@pytest.mark.parametrize(
    ("before", "after", "yes"),
    [((1,), (2,), True), ((1, 2), (1, 3), True), ((1, 2), (1, 5), True), ((1, 2), (2, 1), False), ((3,), (3,), False),
     ((3,), (2,), False), ((1,), (1, 1), False), ((1,), (9,), False)],
)  # fmt: skip
def test_numbers_that_follow(before, after, yes):
    assert follows(before, after) is yes


def entered(*headings):
    """The paths after each heading of a document, given as (text, size)."""
    found = [Found(heading(text, size, top=20.0 * i)) for i, (text, size) in enumerate(headings)]
    outline = Outline(Levels(found))
    result = []
    for item in found:
        outline.enter(item.heading)
        result.append(outline.path)
    return result


def test_the_ninth_letter_is_no_roman_one():
    letters = [(f"{letter}) Part", 12.0) for letter in "abcdefghi"]
    assert [len(path) for path in entered(("1 One", 14.0), *letters)] == [1, *[2] * 9]


def test_a_run_goes_on_after_a_title_that_interrupted_it():
    found = entered(("1 One", 14.0), ("2 Two", 14.0), ("Note to readers", 18.0), ("3 Three", 14.0))
    assert found[-1] == ("3 Three",)


def test_parts_hold_chapters_and_front_titles_do_not():
    names = [("Foreword", 18.0), ("1 A", 14.0), ("1.1 B", 12.0), ("2 C", 14.0)]
    assert entered(*names)[1] == ("1 A",)
    parts = [
        ("First part", 18.0),
        ("1 A", 14.0),
        ("1.1 B", 12.0),
        ("Second part", 18.0),
        ("2 C", 14.0),
        ("2.1 D", 12.0),
    ]
    assert [path[0] for path in entered(*parts)] == ["First part"] * 3 + ["Second part"] * 3


# ---- contents


def entry_lines(*rows):
    return [Line(text, 1, Box(left, 100 + 18.0 * i, 500, 110 + 18.0 * i), 10) for i, (text, left) in enumerate(rows)]


def test_entries_are_read_with_their_depth():
    lines = entry_lines(
        ("Contents", 60), ("1 Boats ........ 2", 60), ("1.1 Wood ....... 3", 72), ("2 Ropes ........ iv", 60)
    )
    found = {key: [(e.label, e.depth) for e in entries] for key, entries in contents_entries([lines]).items()}
    assert found["boats"] == [("2", 0)] and found["wood"] == [("3", 1)] and found["ropes"] == [("iv", 0)]


def test_an_entry_over_two_lines_is_one():
    lines = entry_lines(
        ("Contents", 60),
        ("1 Boats ..... 2", 60),
        ("2 Ropes of hemp and of", 60),
        ("iron ..... 3", 60),
        ("3 Sails ..... 4", 60),
    )
    assert key_of("2 Ropes of hemp and of iron") in contents_entries([lines])


def test_a_page_without_title_or_numbers_lists_nothing():
    assert contents_entries([entry_lines(("Boats are made of wood", 60), ("and of iron in 2019", 60))]) == {}


# ---- nothing is lost


@pytest.mark.parametrize(
    "draw", [getattr(outline_pdfs, name) for name in dir(outline_pdfs) if re.match(
        "bab|plain_list|questions|statements|chapter_numbers|by_colour|misprinted|short|box_in|contents_by|journal|malaysian|cover", name)],
)  # fmt: skip
def test_every_word_drawn_stands_in_a_block_or_a_heading(read, draw, tmp_path):
    guideline = read(draw)
    import pypdf

    drawn = "".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / f"{draw.__name__}.pdf").pages)
    words = re.findall(r"\w{4,}", drawn)
    kept = " ".join([*(" ".join(path) for path in paths(guideline)),
                     *(line.text for s in guideline.sections for b in s.blocks for line in b.lines)])  # fmt: skip
    assert [word for word in words if word not in kept] == []


def test_openings_are_of_different_shapes():
    assert len({opening[:10] for opening in pdfs.OPENINGS}) == len(pdfs.OPENINGS)
