"""Algorithms and figures are found by what is drawn, kept whole, and nothing else is taken for one."""

from __future__ import annotations

import time

import pytest

from cpgassist.passages import split
from cpgassist.testing import HashEmbedder
from cpgassist.types import DRAWN_KINDS
from tests.reading import charts, pdfs, table_pdfs

COUNT = HashEmbedder().count_tokens


def drawings(blocks):
    return [block for block in blocks if block.kind in DRAWN_KINDS]


def words(block):
    return " ".join(line.text for line in block.lines[2:])


def said(blocks):
    """What stands outside the drawings."""
    return " ".join(line.text for block in blocks if block.kind not in DRAWN_KINDS for line in block.lines)


@pytest.mark.parametrize(
    "draw", [charts.algorithm, charts.unnamed_algorithm, charts.nested_algorithm, charts.captioned_algorithm]
)
def test_boxes_joined_by_arrows_are_one_flowchart(blocks, draw):
    (one,) = drawings(blocks(draw))
    assert one.kind == "flowchart"
    assert all(step in words(one) for step, *_ in charts.STEPS)


def test_curved_boxes_a_diamond_and_slanted_lines_are_a_flowchart(blocks):
    found = blocks(charts.curved_algorithm)
    (one,) = drawings(found)
    assert one.kind == "flowchart"
    assert [line.text for line in one.lines[2:]] == [
        "Imaginary cough seen", "Can he sing?", "Yes: send him home", "No: send for a choir",
    ]  # fmt: skip
    assert "choir" not in said(found)


def test_boxes_come_from_the_top_and_the_words_of_each_stay_together(blocks):
    (one,) = drawings(blocks(charts.algorithm))
    texts = [line.text for line in one.lines[2:]]
    assert [text for text in texts if text not in ("Yes", "No")] == [step for step, *_ in charts.STEPS]


def test_the_prose_around_a_chart_stays_prose(blocks):
    found = blocks(charts.unnamed_algorithm)
    assert [block.kind for block in found] == ["text", "flowchart", "text"]
    assert "Before the chart." in said(found) and "After the chart." in said(found)
    read = said([block for block in found if block.kind != "hidden"])
    assert not any(step in read for step, *_ in charts.STEPS)


def test_the_frame_covers_every_box_and_the_title(blocks):
    (one,) = drawings(blocks(charts.algorithm))
    frame, title = one.lines[:2]
    assert (frame.text, title.text) == ("", charts.TITLE)
    assert all(frame.box.holds(line.box) for line in one.lines)
    assert frame.box.holds(type(frame.box)(90, 110, 500, 430), 3)


def test_a_second_invisible_copy_of_the_words_is_left_out(blocks):
    found = blocks(charts.copied_algorithm)
    (one,) = drawings(found)
    assert all(words(one).count(step) == 1 for step, *_ in charts.STEPS)
    seen = said([block for block in found if block.kind != "hidden"])
    assert not any(step in seen for step, *_ in charts.STEPS)


def test_a_caption_is_the_title_up_to_its_first_stop_and_the_section_goes_on(read):
    guideline = read(charts.captioned_algorithm)
    found = [p for p in split(guideline, COUNT, 256) if p.searched]
    assert [p.kind for p in found] == ["text", "flowchart", "text"]
    assert [p.heading_path for p in found] == [
        ("1 Treatment",), ("1 Treatment", "Figure 7. Steps of care."), ("1 Treatment",),
    ]  # fmt: skip
    assert [s.text for s in found[1].sentences] == ["Figure 7. Steps of care."]


def test_only_the_title_of_a_flowchart_can_be_quoted_and_its_place_is_the_whole_of_it(read):
    (one,) = [p for p in split(read(charts.algorithm), COUNT, 256) if p.kind == "flowchart"]
    assert [s.text for s in one.sentences] == [charts.TITLE]
    assert one.heading_path[-1] == charts.TITLE and one.text.count(charts.TITLE) == 1
    (box,) = one.at[0].boxes
    assert box.width > 400 and box.height > 340


def test_a_chart_over_the_window_is_parted_between_boxes_under_its_title(read):
    parts = [p for p in split(read(charts.algorithm), COUNT, 40) if p.kind == "flowchart"]
    assert len(parts) > 1
    assert all(part.text.startswith(charts.TITLE) and part.sentences == parts[0].sentences for part in parts)
    held = [line for part in parts for line in part.text.splitlines()]
    assert all(step in held for step, *_ in charts.STEPS)


def test_a_picture_of_joined_boxes_is_a_flowchart_whatever_its_caption_says(blocks):
    (one,) = drawings(blocks(charts.pictured_algorithm))
    assert (one.kind, one.lines[1].text) == ("flowchart", "Gambar 4. Langkah batuk khayalan di pelabuhan")
    assert one.lines[0].box.height > 260


def test_a_picture_of_a_plot_is_a_figure_with_its_caption(blocks):
    (one,) = drawings(blocks(charts.pictured_plot))
    assert (one.kind, one.lines[1].text) == ("figure", "Figure 3. Coughs by the hour of the day")


def test_a_caption_that_opens_the_next_page_belongs_to_the_picture_at_the_foot(read):
    blocks = [b for s in read(charts.caption_overleaf).sections for b in s.blocks]
    (one,) = drawings(blocks)
    assert (one.kind, one.lines[0].page, one.lines[1].page) == ("flowchart", 1, 2)
    assert one.lines[1].text == "Figure 3. Algorithm for the harbour"
    assert said(blocks).count("harbour") == 0 and "Overleaf." in said(blocks)


def test_pages_that_are_a_picture_of_a_form_are_figures_and_reported_without_text(read):
    found = split(read(charts.form_pages), COUNT, 256)
    figures = [p for p in found if p.kind == "figure"]
    assert [p.page for p in figures] == [2, 3]
    assert all(p.sentences == () and p.heading_path == ("Annex 1 Self-evaluation",) for p in figures)
    assert [p.page for p in found if p.kind == "no_text"] == [2, 3]


def test_a_drawn_chart_is_a_figure_with_the_labels_at_its_edges(blocks):
    found = blocks(charts.drawn_plot)
    (one,) = drawings(found)
    assert (one.kind, one.lines[1].text) == ("figure", "Fig. 2. Ships by the month")
    assert words(one).split() == [str(month + 1) for month in range(12)]
    assert "After the plot." in said(found)


@pytest.mark.parametrize("draw", charts.NOT_DRAWN, ids=lambda draw: draw.__name__)
def test_what_only_looks_like_one_is_none(blocks, draw):
    assert drawings(blocks(draw)) == []


@pytest.mark.parametrize(
    "draw", [table_pdfs.ruled_grid, table_pdfs.row_span, table_pdfs.broken_borders, table_pdfs.graded_table]
)
def test_tables_are_no_drawings(blocks, draw):
    assert drawings(blocks(draw)) == []


def test_a_table_with_shaded_rows_stays_a_table(blocks):
    assert "table" in [block.kind for block in blocks(charts.shaded_table)]


def crowded(sheet):
    """A map of 100,000 segments, half of it as boxes, and a title that names an algorithm."""
    sheet.write(60, 40, "Algorithm of the map", 12)
    for i in range(2500):
        x, y = (i % 60) * 9.5 + 10, (i // 60) * 18 + 60
        sheet.box(x, y, 30, 14)
        sheet.canvas.line(x, y, x + 7, y + 11)
    path = sheet.canvas.beginPath()
    path.moveTo(10, 10)
    for i in range(100_000):
        path.lineTo((i * 37) % 590, (i * 101) % 840)
    sheet.canvas.drawPath(path)
    sheet.prose(60, 800, 470, pdfs.LOREM)


def test_a_page_of_a_hundred_thousand_segments_is_read_in_bounded_time(read):
    started = time.process_time()
    assert read(crowded).pages[0].characters
    assert time.process_time() - started < 10
