"""What was read, drawn on the picture of its page."""

from __future__ import annotations

import pytest
from PIL import Image

from cpgassist.apps.drawing import COLOURS, draw_page
from cpgassist.types import EXCLUDED_KINDS, SEARCHED_KINDS, Box, Locator, Passage

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
    inside = drawn.getpixel((300, 300))
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
    assert (drawn.mode, drawn.size) == ("RGB", (600, 860))
    for number, kind in enumerate(("text", "table", "toc")):
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
    assert draw_page(blank(), SIZE, [odd], 1).size == (600, 828)
