"""Reading order comes from geometry; nothing on the page is lost or moved away from its place."""

import re

import pytest

from tests.reading import pdfs


def text_of(guideline):
    return " ".join(line.text for s in guideline.sections for b in s.blocks for line in b.lines)


def in_order(text, *words):
    """Where each of the words begins; fails when one is missing."""
    places = [text.find(word) for word in words]
    assert -1 not in places, [word for word, at in zip(words, places, strict=True) if at < 0]
    return places == sorted(places)


PARAGRAPHS = [f"Paragraph {i} begins" for i in range(6)]


@pytest.mark.parametrize("draw", [pdfs.one_column, pdfs.drawn_backwards])
def test_one_column_reads_from_the_top(read, draw):
    assert in_order(text_of(read(draw)), *PARAGRAPHS)


def test_the_order_of_drawing_does_not_matter(read):
    assert text_of(read(pdfs.one_column)) == text_of(read(pdfs.drawn_backwards))


def test_two_columns_read_one_after_the_other_under_the_title(read):
    text = text_of(read(pdfs.two_columns))
    left = [f"Left sentence {i} " for i in range(24)]
    right = [f"Right sentence {i} " for i in range(22)]
    assert in_order(text, *left, *right)


def test_a_title_over_both_columns_becomes_their_section(read):
    (section,) = read(pdfs.two_columns).sections
    assert section.path == ("Treatment of imaginary cough in adults and older people",)


def test_a_full_width_heading_parts_the_columns_above_from_those_below(read):
    text = text_of(read(pdfs.title_between_columns))
    upper = [f"{side} upper sentence {i} " for side in ("Left", "Right") for i in range(12)]
    lower = [f"{side} lower sentence {i} " for side in ("Left", "Right") for i in range(12)]
    assert in_order(text, *upper, *lower)
    paths = [section.path for section in read(pdfs.title_between_columns).sections]
    assert paths == [(), ("Part two runs over both of the columns of this page",)]


@pytest.mark.parametrize("i", range(12))
def test_sentences_of_a_column_are_not_woven_into_the_other(read, i):
    text = text_of(read(pdfs.title_between_columns))
    for name in ("Left upper", "Right upper", "Left lower", "Right lower"):
        assert re.search(rf"{name} sentence {i} keeps its place in the text", text)


def test_a_box_drawn_last_is_read_where_it_stands(read):
    guideline = read(pdfs.box_emitted_last)
    text = text_of(guideline)
    assert in_order(text, "First paragraph", "Imaginol should", "Imaginol may", "Last paragraph")
    assert ("Recommendation 1",) in [section.path for section in guideline.sections]


def test_text_below_a_box_is_not_filed_under_the_boxs_heading(read):
    guideline = read(pdfs.box_emitted_last)
    last = next(s for s in guideline.sections for b in s.blocks if b.lines[0].text.startswith("Last paragraph"))
    assert "Recommendation 1" not in last.path


def test_superscripts_stay_where_they_were_set(read):
    text = text_of(read(pdfs.superscripts))
    assert "Imaginol lowers the risk12,13 of fever at doses above 40 mg/m2 in adults." in text


def test_words_outside_the_page_are_left_out_and_noted(read):
    guideline = read(pdfs.words_outside)
    assert "invisible" not in text_of(guideline)
    assert guideline.notes == ("4 words outside the visible page left out on page 1",)


def test_a_cropped_page_has_the_size_that_is_seen(read):
    guideline = read(pdfs.cropped)
    (page,) = guideline.pages
    assert (page.width, page.height) == (495, 742)
    assert "cropmark" not in text_of(guideline)
    for section in guideline.sections:
        for block in section.blocks:
            assert all(0 <= line.box.left <= line.box.right <= 495 for line in block.lines)


def test_a_turned_page_reads_in_the_order_in_which_it_is_shown(read):
    guideline = read(pdfs.rotated)
    assert in_order(text_of(guideline), *[f"Turned paragraph {i} begins" for i in range(6)])
    assert guideline.notes == ()


def test_a_turned_page_has_lines_that_lie_flat(read):
    lines = [line for s in read(pdfs.rotated).sections for b in s.blocks for line in b.lines]
    assert all(line.box.width > line.box.height for line in lines)
    assert [line.box.top for line in lines] == sorted(line.box.top for line in lines)


def test_every_word_drawn_is_read_once(read):
    text = text_of(read(pdfs.title_between_columns))
    for side in ("Left", "Right"):
        for band in ("upper", "lower"):
            assert [int(i) for i in re.findall(rf"{side} {band} sentence (\d+)", text)] == list(range(14))


def test_a_box_around_one_line_is_no_region_of_its_own(read):
    """Highlighted lines and buttons stay in the running text."""

    def highlighted(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.box(55, 150, 480, 20, fill=0.9)
        sheet.write(60, 164, "A highlighted line of the running text stands here.")
        sheet.prose(60, 190, 470, f"It goes on. {pdfs.LOREM}")

    guideline = read(highlighted)
    assert in_order(text_of(guideline), "most letters", "A highlighted line", "It goes on")


def test_a_background_over_the_page_is_no_box(read):
    def tinted(sheet):
        sheet.box(0, 0, 595, 842, fill=0.95)
        pdfs.one_column(sheet)

    assert in_order(text_of(read(tinted)), *PARAGRAPHS)


def test_two_boxes_side_by_side_keep_their_words_apart(read):
    def side_by_side(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        for c, name in enumerate(("Alpha", "Beta")):
            sheet.box(60 + c * 240, 160, 220, 100)
            sheet.prose(70 + c * 240, 180, 200, f"{name} one is here. {name} two is here. {name} three. {name} four.")
        sheet.prose(60, 300, 470, f"Below. {pdfs.LOREM}")

    text = text_of(read(side_by_side))
    assert in_order(text, "Alpha one", "Alpha two", "Alpha three", "Alpha four", "Below")
    assert in_order(text, "Beta one", "Beta two", "Beta three", "Beta four", "Below")
    assert not re.search(r"Alpha (?:one|two|three)\b[^.]*Beta", text)


# ---- the sample's traps


def test_the_sample_box_drawn_last_stands_between_its_paragraphs(harbour):
    text = " ".join(line.text for s in harbour.sections for b in s.blocks for line in b.lines if line.page == 10)
    assert in_order(text, "superior to placebo", "Treatment need not wait", "The dose for adults is 12 mg/kg/day")


def test_the_sample_box_drawn_last_in_two_columns_stands_in_its_column(moss):
    text = " ".join(line.text for s in moss.sections for b in s.blocks for line in b.lines if line.page == 2)
    assert in_order(
        text, "3.3 Oral ostivane" if "3.3 Oral ostivane" in text else "Ostivane is an", "Box 1. When to stop"
    )
    assert in_order(text, "Box 1. When to stop", "Mirucept is an antibody")


def test_the_sample_columns_read_in_order(moss):
    text = " ".join(line.text for s in moss.sections for b in s.blocks for line in b.lines if line.page == 1)
    assert in_order(
        text, "Moss lung is a chronic", "The first edition", "Suspect moss lung", "The spore ratio is the count"
    )


def test_the_sample_table_of_certainty_stands_under_its_caption(moss):
    """The table stands in the left column, the title above crosses both."""
    (table,) = [b.table for s in moss.sections for b in s.blocks if b.table and b.pages == (1,)]
    assert table.caption == "Table 1. Certainty of evidence"


@pytest.mark.parametrize("name", ["harbour", "moss", "gatal"])
def test_lines_stay_on_their_page(request, name):
    guideline = request.getfixturevalue(name)
    for section in guideline.sections:
        for block in section.blocks:
            for line in block.lines:
                page = guideline.pages[line.page - 1]
                assert -2 <= line.box.left < line.box.right <= page.width + 2, line
                assert -2 <= line.box.top < line.box.bottom <= page.height + 2, line


@pytest.mark.parametrize("name", ["harbour", "moss", "gatal"])
def test_pages_come_in_order(request, name):
    guideline = request.getfixturevalue(name)
    blocks = [b for s in guideline.sections for b in s.blocks if b.kind != "running_head"]
    pages = [line.page for b in blocks for line in b.lines]
    assert pages == sorted(pages)
