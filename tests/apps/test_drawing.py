"""What was read, drawn on the picture of its page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from cpgassist.apps.drawing import COLOURS, OCR, SECTION, draw_page
from cpgassist.types import EXCLUDED_KINDS, SEARCHED_KINDS, Box, Cell, Locator, Passage, Sentence, Table

SIZE = (300.0, 400.0)


def passage(kind="text", box=Box(50, 100, 250, 200), page=1, path=("6 Treatment",), grade=None):
    return Passage("g:1", "Words.", kind, "g", path, (Locator(page, None, (box,) if box else ()),), grade=grade)


def blank(scale=2):
    return Image.new("RGB", (int(SIZE[0] * scale), int(SIZE[1] * scale)), "white")


def test_every_kind_has_a_colour():
    assert set(COLOURS) == {*SEARCHED_KINDS, *EXCLUDED_KINDS}


@pytest.mark.parametrize("kind", COLOURS)
def test_a_passage_gets_a_frame_in_the_colour_of_its_kind(kind):
    drawn = draw_page(blank(), SIZE, [passage(kind)], 1)
    colour = COLOURS[kind]
    # the frame lies 2 pixels outside the box: here at twice the size
    assert drawn.getpixel((98, 300)) == drawn.getpixel((502, 300)) == colour
    assert drawn.getpixel((300, 198)) == drawn.getpixel((300, 402)) == colour
    inside = drawn.getpixel((300, 340))  # off the cross over hidden text
    assert inside != (255, 255, 255) and min(inside) > 180  # tinted, and words stay readable
    assert drawn.getpixel((20, 300)) == (255, 255, 255)


@pytest.mark.parametrize("scale", [0.5, 1, 3])
def test_frames_follow_the_scale_of_the_picture(scale):
    drawn = draw_page(blank(scale), SIZE, [passage()], 1)
    assert drawn.getpixel((round(50 * scale) - 2, round(150 * scale))) == COLOURS["text"]


def test_only_places_on_this_page_are_framed():
    held = passage(page=2)
    drawn = draw_page(blank(), SIZE, [held], 1)
    assert drawn.crop((0, 0, 600, 800)).getcolors() == [(480_000, (255, 255, 255))]
    assert draw_page(blank(), SIZE, [held], 2).getpixel((98, 300)) == COLOURS["text"]


def test_the_legend_lies_below_with_a_line_for_each_passage():
    assert draw_page(blank(), SIZE, [], 1).size == (600, 812)
    drawn = draw_page(blank(), SIZE, [passage(), passage("table", None), passage("toc", None)], 1)
    assert (drawn.mode, drawn.size) == ("RGB", (600, 876))  # one line more for their section
    for number, kind in enumerate(("text", "table", "toc"), 1):
        line = drawn.crop((0, 806 + 16 * number, 600, 822 + 16 * number))
        assert any(
            sum(abs(a - b) for a, b in zip(c, COLOURS[kind], strict=True)) < 60 for _, c in line.getcolors(10**6)
        )


def test_the_picture_that_was_given_is_not_drawn_on():
    picture = blank()
    draw_page(picture, SIZE, [passage()], 1)
    assert picture.getcolors() == [(480_000, (255, 255, 255))]


@pytest.mark.parametrize(
    "odd",
    [
        passage(path=("x" * 2000,)),
        passage(path=("治疗 ≥ ﷺ 💊",), grade="Grade Ａ"),
        passage(path=()),
        passage("unknown"),
        passage(box=Box(-50, -50, 9999, 9999)),
        passage(box=Box(50, 100, 50, 100)),
    ],
)
def test_odd_passages_are_drawn_too(odd):
    assert draw_page(blank(), SIZE, [odd], 1).size == (600, 844 if odd.heading_path else 828)


def seen(drawn, colour, box):
    """Whether a colour is found somewhere in a box of the picture, in pixels; thin frames are mixed with the page."""
    near = [c for _, c in drawn.crop(box).getcolors(10**6) if sum(abs(a - b) for a, b in zip(c, colour)) < 160]
    return bool(near)


def test_cells_of_a_table_have_frames_inside_its_frame():
    cells = tuple(Cell("x", 0, i, 1, 1, Box(60 + 40 * i, 110, 100 + 40 * i, 130), 1) for i in range(3))
    table = Table("", (), (("x", "x", "x"),), cells=(*cells, Cell("y", 1, 0, 1, 1, Box(60, 210, 100, 230), 2)))
    held = replace(passage("table"), table=table)
    drawn = draw_page(blank(), SIZE, [held], 1)
    assert seen(drawn, COLOURS["table"], (199, 225, 202, 255)) and not seen(
        drawn, COLOURS["table"], (150, 300, 250, 390)
    )
    assert drawn.height == draw_page(blank(), SIZE, [passage("table")], 1).height + 16  # said in the legend


def test_lines_read_by_ocr_have_frames_in_a_colour_of_their_own():
    lines = (Sentence("Words.", 1, boxes=(Box(60, 110, 200, 125),), confidence=0.7),)
    drawn = draw_page(blank(), SIZE, [replace(passage(), sentences=lines)], 1)
    assert seen(drawn, OCR, (118, 230, 122, 240)) and not seen(drawn, OCR, (118, 300, 122, 340))


def test_hidden_text_is_crossed_out():
    drawn = draw_page(blank(), SIZE, [passage("hidden")], 1)
    assert drawn.getpixel((300, 300)) != drawn.getpixel((300, 340))


def test_a_grade_stands_with_its_number():
    plain, graded = (draw_page(blank(), SIZE, [passage("recommendation", grade=g)], 1) for g in (None, "Grade A"))
    label = (440, 186, 500, 197)
    assert seen(graded, COLOURS["recommendation"], label) and not seen(
        plain, COLOURS["recommendation"], (440, 186, 480, 197)
    )


def test_a_bar_runs_beside_each_section():
    held = [passage(), passage(box=Box(50, 250, 250, 300)), passage(box=Box(50, 320, 250, 380), path=("7 Other",))]
    drawn = draw_page(blank(), SIZE, held, 1)
    assert drawn.getpixel((90, 450)) == SECTION == drawn.getpixel((90, 700))
    assert drawn.getpixel((90, 622)) == (255, 255, 255)  # between the sections
