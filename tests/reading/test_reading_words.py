"""Words and their boxes: the same places as the page shows them, whatever the paper's turn or crop."""

import math

import numpy as np
import pypdf
import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf.generic import RectangleObject

from cpgassist.reading.characters import Characters
from cpgassist.reading.words import BROKEN, hundredths, page_rules, page_words
from cpgassist.types import Box
from tests.reading import pdfs


def words_of(path, page=1):
    with pdfium.PdfDocument(path) as document:
        return page_words(document[page - 1])


def rules_of(path, page=1):
    with pdfium.PdfDocument(path) as document:
        return page_rules(document[page - 1])


def ink(path, scale=3):
    """The box around everything dark on the rendered page, in points."""
    with pdfium.PdfDocument(path) as document:
        grey = document[0].render(scale=scale).to_pil().convert("L")
    left, top, right, bottom = grey.point(lambda value: 255 if value < 128 else 0).getbbox()
    return Box(left / scale, top / scale, right / scale, bottom / scale)


def one_word(sheet):
    sheet.write(120, 200, "Imaginol", 20)


def turned(path, angle, crop=None):
    """The file with its page turned, and optionally cropped."""
    writer = pypdf.PdfWriter(clone_from=path)
    writer.pages[0].rotation = angle
    if crop:
        writer.pages[0].cropbox = RectangleObject(crop)
    out = path.with_name(f"turned-{angle}{'-cropped' if crop else ''}.pdf")
    writer.write(out)
    return out


@pytest.mark.parametrize("crop", [None, (40, 300, 500, 800)], ids=["whole", "cropped"])
@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_a_words_box_is_where_its_ink_is(tmp_path, angle, crop):
    path = turned(pdfs.drawn(tmp_path, one_word), angle, crop)
    (word,), outside = words_of(path)
    assert word.text == "Imaginol" and outside == 0
    seen = ink(path)
    # The ink has no descender but "g"; the character boxes are as tight as pdfium gives them.
    assert word.box.holds(seen, 2)
    assert abs(word.box.width - seen.width) < 4 and abs(word.box.height - seen.height) < 4


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_a_rule_is_where_its_ink_is(tmp_path, angle):
    path = turned(pdfs.drawn(tmp_path, lambda sheet: sheet.level(100, 300, 250), "rule"), angle)
    rules = rules_of(path)
    (box,) = (*rules.horizontal, *rules.vertical)
    assert box.holds(ink(path), 1.5)
    assert (len(rules.vertical) == 1) == (angle in (90, 270))


def test_size_and_boldness_are_what_was_set(tmp_path):
    def draw(sheet):
        sheet.write(60, 100, "plain", 9)
        sheet.write(60, 150, "strong", 14, pdfs.BOLD)

    words, _ = words_of(pdfs.drawn(tmp_path, draw, "faces"))
    assert [(w.text, round(w.size), w.bold) for w in words] == [("plain", 9, False), ("strong", 14, True)]


def test_size_counts_the_scale_of_the_page(tmp_path):
    """Print files set 1-point text and scale it up."""

    def draw(sheet):
        sheet.canvas.scale(12, 12)
        sheet.canvas.setFont(pdfs.BODY, 1)
        sheet.canvas.drawString(5, 50, "scaled")

    (word,), _ = words_of(pdfs.drawn(tmp_path, draw, "scaled"))
    assert word.size == pytest.approx(12, abs=0.5)


def test_words_outside_the_visible_page_are_left_out_and_counted(tmp_path):
    words, outside = words_of(pdfs.drawn(tmp_path, pdfs.words_outside))
    assert "invisible" not in " ".join(word.text for word in words)
    assert outside == 4


def test_words_outside_the_crop_box_are_left_out(tmp_path):
    words, outside = words_of(pdfs.drawn(tmp_path, pdfs.cropped))
    assert words[0].text == "Seen" and outside == 2
    assert "cropmark" not in [word.text for word in words]


def test_a_word_broken_at_the_line_end_carries_the_mark(tmp_path):
    """pdfium reports a hyphen at a line's end as a soft break; the word's two halves stay told apart."""
    words, _ = words_of(pdfs.drawn(tmp_path, pdfs.hyphens))
    text = " ".join(word.text for word in words)
    assert f"treat{BROKEN}ment" in text or "treat-" in text or f"treat{BROKEN}" in text
    assert "treatment of imaginary" in text


def test_words_in_cells_far_apart_are_not_glued(tmp_path):
    """Neighbouring cells without a space between them in the stream are two words."""

    def draw(sheet):
        text = sheet.canvas.beginText(60, 700)
        text.setFont(pdfs.BODY, 10)
        text.textOut("left")
        text.moveCursor(200, 0)
        text.textOut("right")
        sheet.canvas.drawText(text)

    words, _ = words_of(pdfs.drawn(tmp_path, draw, "apart"))
    assert [word.text for word in words] == ["left", "right"]


@pytest.mark.parametrize(
    ("printed", "read"),
    [("≥90", "≥90"), ("µg", "µg"), ("naïve", "naïve"), ("≤2.5", "≤2.5"), ("±", "±"), ("½", "½"), ("95%", "95%")],
)
def test_signs_that_change_a_dose_come_through(tmp_path, printed, read):
    def draw(sheet):
        sheet.write(60, 100, printed, 10, "Vera")

    words, _ = words_of(pdfs.drawn(tmp_path, draw, "signs"))
    assert [word.text for word in words] == [read]


def test_a_frame_is_a_panel_and_four_rules(tmp_path):
    rules = rules_of(pdfs.drawn(tmp_path, lambda sheet: sheet.box(60, 100, 200, 80), "frame"))
    assert len(rules.panels) == 1 and len(rules.horizontal) == 2 and len(rules.vertical) == 2
    assert rules.panels[0].holds(Box(60, 100, 260, 180)) and rules.curves == 0


def test_a_filled_panel_has_no_rules(tmp_path):
    rules = rules_of(pdfs.drawn(tmp_path, lambda sheet: sheet.box(60, 100, 200, 80, fill=0.9), "panel"))
    assert len(rules.panels) == 1 and not rules.horizontal and not rules.vertical


def test_curves_are_counted_and_are_no_rules(tmp_path):
    def draw(sheet):
        sheet.canvas.circle(200, 400, 50)
        sheet.canvas.bezier(10, 10, 50, 200, 90, 10, 200, 300)

    rules = rules_of(pdfs.drawn(tmp_path, draw, "curves"))
    assert rules.curves == 2 and not (rules.horizontal or rules.vertical or rules.panels)


def test_a_grid_drawn_as_one_path_gives_its_strokes(tmp_path):
    def draw(sheet):
        sheet.canvas.grid([100, 200, 300], [500, 520, 540])

    rules = rules_of(pdfs.drawn(tmp_path, draw, "grid"))
    assert len(rules.horizontal) == 3 and len(rules.vertical) == 3


def test_invisible_paths_are_not_seen(tmp_path):
    def draw(sheet):
        sheet.canvas.rect(60, 100, 200, 80, stroke=0, fill=0)

    rules = rules_of(pdfs.drawn(tmp_path, draw, "nothing"))
    assert not (rules.horizontal or rules.vertical or rules.panels or rules.curves)


def test_a_page_drawn_as_a_map_ends_soon(tmp_path):
    def draw(sheet):
        for i in range(9000):
            sheet.level(10 + i % 500, 20 + i % 500, 10 + i % 800)

    rules = rules_of(pdfs.drawn(tmp_path, draw, "map"))
    assert len(rules.horizontal) <= 6001


HALVES = st.builds(
    lambda n, nudge: math.nextafter(n / 1000, nudge * math.inf),
    st.integers(-(10**15), 10**15),
    st.sampled_from([-1, 1]),
)


@given(st.lists(st.floats(allow_nan=False) | st.integers(-900_000, 900_000).map(lambda n: n / 1000) | HALVES))
def test_numbers_rounded_at_once_are_as_if_rounded_one_by_one(numbers):
    assert list(map(repr, hundredths(np.array(numbers, float)))) == [repr(round(number, 2)) for number in numbers]


def test_every_character_of_a_full_page_has_the_box_that_pdfium_gives_it(tmp_path):
    """Boxes are fetched by the thousand at a time."""

    def full(sheet):
        for row in range(60):
            sheet.write(40, 40 + 12 * row, f"{row:02}" + "lorem ipsum " * 6, 6)

    with pdfium.PdfDocument(pdfs.drawn(tmp_path, full)) as document:
        page = document[0]
        with Characters(page) as layer:
            textpage = page.get_textpage()
            inked = [i for i, character in enumerate(layer.text) if not character.isspace()]
            assert len(inked) > 2048
            for i in inked:
                left, bottom, right, top = textpage.get_charbox(i)
                assert (layer.left[i], layer.right[i], layer.bottom[i], layer.top[i]) == (left, right, bottom, top)
            assert all(math.isnan(layer.left[i]) for i, character in enumerate(layer.text) if character == " ")
