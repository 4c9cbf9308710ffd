"""Running heads and feet are told apart from the text; the number printed on a page is read, never guessed."""

import pytest

from cpgassist.reading.running import PageLines, printed_labels, running_lines
from cpgassist.types import Box, Line
from tests.reading import pdfs


def body_text(guideline):
    return " ".join(
        line.text for s in guideline.sections for b in s.blocks if b.kind != "running_head" for line in b.lines
    )


@pytest.mark.parametrize("kind", pdfs.LABELS)
def test_printed_labels(read, kind):
    labels = {page.number: page.label for page in read(pdfs.labelled(kind), kind).pages}
    wanted = {
        "plain": "1 2 3 4 5 6 7 8",
        "offset": "11 12 13 14 15 16 17 18",
        "page_of": "1 2 3 4 5 6 7 8",
        "dashes": "34 35 36 37 38 39 40 41",
        "roman": "i ii iii iv v vi vii viii",
        "with_title": "3 4 5 6 7 8 9 10",
    }[kind].split()
    assert list(labels.values()) == wanted


def test_roman_numbers_turn_into_arabic_ones(read):
    labels = [page.label for page in read(pdfs.roman_then_arabic).pages]
    assert labels == [None, "ii", "iii", "iv", "v", "1", "2", "3", "4", "5"]


def test_years_and_counts_at_the_edges_are_no_labels(read):
    assert [page.label for page in read(pdfs.unlabelled).pages] == [None] * 8


@pytest.mark.parametrize("kind", pdfs.LABELS)
def test_running_heads_and_feet_are_kept_out_of_the_text(read, kind):
    guideline = read(pdfs.labelled(kind), kind)
    text = body_text(guideline)
    assert "Management of imaginary cough" not in text
    assert all(pdfs.LABELS[kind](page) not in text.split() for page in range(1, 9))


@pytest.mark.parametrize("opening", pdfs.OPENINGS[:8])
def test_the_first_line_of_the_body_is_kept(read, opening):
    assert opening in body_text(read(pdfs.labelled("plain"), "plain"))


def test_running_heads_are_listed_as_such(read):
    guideline = read(pdfs.labelled("plain"), "plain")
    heads = [b for s in guideline.sections for b in s.blocks if b.kind == "running_head"]
    assert {page for b in heads for page in b.pages} == set(range(1, 9))


def page(number, *lines):
    """A page of (text, top, size) lines."""
    return PageLines(
        number,
        595,
        842,
        [Line(text, number, Box(60, top, 60 + 5 * len(text), top + size), size) for text, top, size in lines],
    )


def texts(running):
    return sorted(line.text for line in running)


def test_the_title_that_the_running_head_repeats_is_kept():
    """The chapter's own title stands larger and lower than the head that repeats it."""
    pages = [page(1, ("Treatment", 120, 18), ("body", 300, 10))]
    pages += [page(n, ("Treatment", 30, 8), (f"body {'x' * n}", 300, 10)) for n in range(2, 9)]
    running = running_lines(pages)
    assert {line.page for line in running if line.text == "Treatment"} == set(range(2, 9))


def test_repeats_in_the_middle_of_the_page_are_no_running_heads():
    pages = [
        page(n, ("top", 90 + n * 13, 10), ("Recommendation", 400, 10), ("end", 500 + n * 7, 10)) for n in range(1, 9)
    ]
    assert "Recommendation" not in texts(running_lines(pages))


def test_alternating_heads_of_left_and_right_pages_are_both_found():
    pages = [
        page(n, (("Ministry" if n % 2 else "Cough guideline"), 30, 8), (pdfs.OPENINGS[n % 10], 300, 10))
        for n in range(1, 11)
    ]
    assert texts(running_lines(pages)) == sorted(["Ministry", "Cough guideline"] * 5)


def test_heads_with_the_number_in_them_are_one_shape():
    pages = [page(n, (f"{n} Annual guideline", 30, 8), (pdfs.OPENINGS[n % 10], 300, 10)) for n in range(1, 9)]
    assert len(running_lines(pages)) == 8


def test_one_page_alone_has_no_running_head():
    assert running_lines([page(1, ("Management of cough", 30, 8), ("body", 300, 10))]) == set()
    assert running_lines([]) == set() and running_lines([page(1)]) == set()


def feet(labels, left="{}"):
    return [
        page(n, (pdfs.OPENINGS[n % 10], 300, 10), *([(left.format(label), 810, 8)] if label else []))
        for n, label in enumerate(labels, 1)
    ]


@pytest.mark.parametrize(
    ("labels", "read"),
    [
        (["1", "2", "3", "4"], ["1", "2", "3", "4"]),
        (["", "", "1", "2", "3"], [None, None, "1", "2", "3"]),
        (["i", "ii", "iii", "1", "2", "3"], ["i", "ii", "iii", "1", "2", "3"]),
        (["7", "90", "12", "44"], [None] * 4),
        (["2019", "1987", "2003", "1990"], [None] * 4),
        (["2019", "2020", "1987", "1990"], [None] * 4),
        (["99", "100", "101", "102"], ["99", "100", "101", "102"]),
        (["ix", "x", "xi", "xii"], ["ix", "x", "xi", "xii"]),
        (["xxxviii", "xxxix", "xl", "xli"], ["xxxviii", "xxxix", "xl", "xli"]),
        ([], []),
        (["1"], [None]),
    ],
)
def test_numbers_that_run_along_are_labels(labels, read):
    found = printed_labels(feet(labels))
    assert [found.get(n) for n in range(1, len(labels) + 1)] == read


@pytest.mark.parametrize(
    "form",
    ["Page {}", "page {} of 40", "Halaman {}", "muka surat {}", "-{}-", "– {} –", "[{}]", "{} | Cough", "Cough {}"],
)
def test_forms_in_which_numbers_are_printed(form):
    found = printed_labels(feet(["21", "22", "23", "24", "25"], form))
    assert found == {1: "21", 2: "22", 3: "23", 4: "24", 5: "25"}


def test_one_misprinted_number_is_not_trusted():
    """The page number repeats that of the page before: it does not run along, so it is left out."""
    found = printed_labels(feet(["11", "12", "13", "13", "15", "16", "17"]))
    assert found.get(4) is None and found[3] == "13" and found[5] == "15"


def test_a_table_number_on_the_edge_does_not_beat_the_printed_one():
    pages = [
        page(n, (f"{n + 40}", 20, 10), (f"Cough {n + 4}", 810, 8), (pdfs.OPENINGS[n % 10], 300, 10))
        for n in range(1, 4)
    ]
    pages += [page(n, (f"Cough {n + 4}", 810, 8), (pdfs.OPENINGS[n % 10], 300, 10)) for n in range(4, 12)]
    assert printed_labels(pages)[3] == "7"


def test_the_sample_labels(harbour, moss):
    roman = ["ii", "iii", "iv", "v", "vi", "vii"]
    assert [p.label for p in harbour.pages] == [None, *roman, *map(str, range(1, 10))]
    assert [p.label for p in moss.pages] == [str(n) for n in range(412, 418)]


def test_the_sample_marks_are_running_feet(harbour, moss, gatal):
    for guideline in (harbour, moss, gatal):
        text = "\n".join(
            line.text
            for s in guideline.sections
            for b in s.blocks
            if b.kind != "running_head"
            for line in b.lines
            if line.page > 1
        )
        assert "FICTIONAL - sample text" not in text
