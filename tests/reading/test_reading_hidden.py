"""What nobody sees on a page is told apart from what somebody sees, by the page itself."""

import pypdfium2 as pdfium
import pytest

from cpgassist.passages import split
from cpgassist.reading import read_guideline
from tests.reading import layers, pdfs


def words_in(guideline, hidden):
    return " ".join(
        line.text for s in guideline.sections for b in s.blocks if (b.kind == "hidden") == hidden for line in b.lines
    )


def passages(guideline):
    return split(guideline, lambda texts: [len(text.split()) + 2 for text in texts], 256)


@pytest.mark.parametrize("name", list(layers.HIDDEN))
def test_words_that_nobody_sees_are_kept_out_and_reported(tmp_path, name):
    guideline = read_guideline(layers.HIDDEN[name](tmp_path))
    assert layers.SECRET not in words_in(guideline, hidden=False)
    assert words_in(guideline, hidden=True) == layers.SECRET
    (note,) = guideline.notes
    assert "5 words that nobody sees" in note and "page 1" in note
    (block,) = [b for s in guideline.sections for b in s.blocks if b.kind == "hidden"]
    assert block.note and block.note in note


@pytest.mark.parametrize("name", list(layers.SEEN))
def test_words_that_only_look_hidden_are_read(tmp_path, name):
    guideline = read_guideline(layers.SEEN[name](tmp_path))
    assert layers.SECRET in words_in(guideline, hidden=False)
    assert guideline.notes == () and words_in(guideline, hidden=True) == ""


def test_hidden_passages_are_listed_and_never_searched(tmp_path):
    guideline = read_guideline(layers.HIDDEN["white"](tmp_path))
    found = passages(guideline)
    assert [p.text for p in found if p.kind == "hidden"] == [layers.SECRET]
    assert not any(layers.SECRET in p.text for p in found if p.searched)
    assert [p.to_dict("a.pdf")["kind"] for p in found].count("hidden") == 1


def test_a_page_with_nothing_but_hidden_words_has_no_text(tmp_path):
    guideline = read_guideline(pdfs.drawn(tmp_path, layers.only_hidden))
    assert guideline.pages[1].characters == 0
    assert {(p.page, p.kind) for p in passages(guideline)} >= {(2, "hidden"), (2, "no_text")}


def test_words_drawn_twice_at_one_place_are_read_once(tmp_path):
    guideline = read_guideline(pdfs.drawn(tmp_path, layers.twice))
    text = words_in(guideline, hidden=False)
    assert text.count("The clinic keeps a record") == 1 and text.count("Heavily") == 1
    assert words_in(guideline, hidden=True) == ""


def test_equal_words_at_two_places_are_both_read(tmp_path):
    def draw(sheet):
        sheet.write(60, 100, "Same Same")
        sheet.write(60, 112, "Same words.")

    text = words_in(read_guideline(pdfs.drawn(tmp_path, draw, "same")), hidden=False)
    assert text == "Same Same Same words."


def test_the_invisible_layer_of_a_scan_is_read_and_said_to_be_one(tmp_path):
    guideline = read_guideline(layers.scan_with_layer(tmp_path))
    text = words_in(guideline, hidden=False)
    assert all(f"Line {i} of the scanned page" in text for i in range(12))
    (note,) = guideline.notes
    assert "page 1 read from the invisible text layer of a scan" in note


def test_invisible_words_where_the_scan_is_blank_are_hidden(tmp_path):
    """A layer over a scan is what the picture shows only where the picture shows something."""
    guideline = read_guideline(layers.scan_with_layer(tmp_path, shifted=380))
    assert "Line 11" in words_in(guideline, hidden=True)
    assert "Line 11" not in words_in(guideline, hidden=False)


def test_a_scan_is_drawn_as_often_for_many_words_as_for_few(tmp_path, monkeypatch):
    """To draw a scanned page is dear: twice for all of its words, not once for each."""
    drawn = []
    render = pdfium.PdfPage.render
    monkeypatch.setattr(pdfium.PdfPage, "render", lambda page, **how: drawn.append(how) or render(page, **how))
    read_guideline(layers.scan_with_layer(tmp_path))
    # Pictures are looked at in colour, words in grey.
    assert len([how for how in drawn if how.get("grayscale")]) == 2
