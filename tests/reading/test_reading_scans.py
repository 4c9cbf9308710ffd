"""Pages without a text layer are read from their picture, or named as unread; nothing read is called certain."""

from __future__ import annotations

import sys

import pytest

from cpgassist.errors import LimitError, ModelError
from cpgassist.reading import OcrLimits, ocr_missing, read_guideline, read_in_sandbox, scanning
from cpgassist.reading.scans import uncertain
from cpgassist.types import Box
from tests.reading import pdfs, scanned

needs_ocr = pytest.mark.skipif(bool(ocr_missing()), reason=ocr_missing() or "-")
ON = OcrLimits("on")


def lines_of(guideline):
    return [line for section in guideline.sections for block in section.blocks for line in block.lines]


# ---- a scanned page


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("scans")


@pytest.fixture(scope="module")
def scan(folder):
    if ocr_missing():
        pytest.skip(ocr_missing())
    return read_guideline(scanned.scan_of(folder, scanned.printed), ocr=ON)


@pytest.fixture(scope="module")
def original(folder, scan):
    return read_guideline(folder / "scan-original.pdf")


def test_the_words_of_a_scan_are_those_of_the_page(scan, original):
    words = {word for line in lines_of(scan) for word in line.text.split()}
    printed = {word for line in lines_of(original) for word in line.text.split()}
    # OCR may set "8 mm" as one word; what is joined is not repaired.
    assert len(printed & words) >= 0.95 * len(printed)


def test_numbers_and_units_are_read_as_printed(scan):
    text = " ".join(line.text for line in lines_of(scan))
    assert "with 250 ml of oil and the small one with 0.5 litre." in text


def test_headings_lists_and_tables_are_found_as_on_a_page_with_text(scan):
    paths = [section.path for section in scan.sections]
    assert ("4. Care of the harbour lamps", "4.1 Wicks") in paths
    blocks = [block for section in scan.sections for block in section.blocks]
    assert [b.lines[0].text[0] for b in blocks if b.kind == "item"] == ["•", "•"]
    (table,) = [block.table for block in blocks if block.table]
    assert table.header == (("Lamp", "Oil", "Wick"),)
    rows = [[cell.replace(" ", "") for cell in row] for row in table.rows]
    assert rows == [["Large", "250ml", "8mm"], ["Small", "500ml", "5mm"]]


def test_every_line_says_how_sure_ocr_was(scan, original):
    assert all(line.confidence is not None and 0.3 < line.confidence <= 1 for line in lines_of(scan))
    assert all(line.confidence is None for line in lines_of(original))
    (page,) = scan.pages
    assert page.characters == 0 and page.has_ink and page.confidence > 0.9


def test_boxes_lie_where_the_words_stand_though_the_page_lies_askew(scan, original):
    places = {line.text: line.box for line in lines_of(original)}
    close = [line for line in lines_of(scan) if line.text in places]
    assert len(close) >= 5
    for line in close:
        assert places[line.text].holds(line.box, 6) and line.box.holds(places[line.text], 6)


def test_the_admin_is_told_which_pages_ocr_read(scan):
    assert scan.notes == ("page 1 read by OCR in whole or part: check numbers on the page",)


@needs_ocr
def test_ink_without_words_stays_unread_and_is_named(tmp_path):
    guideline = read_guideline(pdfs.drawn(tmp_path, scanned.scribble), ocr=ON)
    assert guideline.notes == ("page 1 could not be read by OCR",)
    assert guideline.sections == () and guideline.pages[0].confidence is None


def test_ocr_is_off_unless_asked_for(folder, scan):
    guideline = read_guideline(folder / "scan.pdf")
    assert guideline.notes == ("page 1 without a text layer: not searched until read by OCR",)
    assert guideline.sections == ()


# ---- a picture on a page of text


@needs_ocr
def test_a_picture_of_text_is_read_into_the_page_it_stands_on(tmp_path):
    guideline = read_guideline(scanned.mixed(tmp_path), ocr=ON)
    seen = [line for line in lines_of(guideline) if line.confidence is not None]
    assert {line.page for line in seen} == {2}
    assert "The bell is rung 14 times when fog comes in" in " ".join(line.text for line in seen)
    assert guideline.notes == ("page 2 read by OCR in whole or part: check numbers on the page",)
    order = [line.text for line in lines_of(guideline) if line.page == 2]
    last = max(i for i, text in enumerate(order) if "bell" in text or "gone" in text)
    assert pdfs.OPENINGS[5] in " ".join(order[last:])


@needs_ocr
def test_the_labels_of_a_drawing_are_one_figure_between_the_text_around_it(tmp_path):
    guideline = read_guideline(scanned.charted(tmp_path), ocr=ON)
    blocks = [block for section in guideline.sections for block in section.blocks]
    assert [block.kind for block in blocks if block.kind != "running_head"] == ["text", "flowchart", "text"]
    (figure,) = [block for block in blocks if block.kind == "flowchart"]
    assert "Trim the wick" in " ".join(line.text for line in figure.lines)
    assert all(line.confidence is not None for line in figure.lines[2:])


# ---- without the engine


@pytest.fixture
def gone(monkeypatch):
    monkeypatch.setattr("cpgassist.reading.unread.missing", lambda: "Install it.")


def test_without_the_extra_the_page_is_reported_with_the_cure(tmp_path, gone):
    guideline = read_guideline(pdfs.drawn(tmp_path, scanned.scribble), ocr=OcrLimits("auto"))
    (note,) = guideline.notes
    assert note.startswith("page 1 without a text layer") and "pip install 'cpgassist[ocr]'" in note


def test_ocr_that_is_demanded_and_not_installed_is_an_error_with_its_cure(tmp_path, gone):
    with pytest.raises(ModelError) as error:
        read_guideline(pdfs.drawn(tmp_path, scanned.scribble), ocr=ON)
    assert error.value.next_step == "Install it."


def test_what_is_missing_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "pip install 'cpgassist[ocr]'" in ocr_missing()
    monkeypatch.undo()
    monkeypatch.setattr("cpgassist.reading.unread.model_folder", lambda: tmp_path)
    if "not installed" not in ocr_missing():
        assert "PP-OCRv6_rec_small.onnx" in ocr_missing()


@needs_ocr
def test_nothing_of_the_package_that_downloads_is_ever_run(scan):
    assert "rapidocr" not in sys.modules and "requests" not in sys.modules.get("rapidocr", sys).__dict__


# ---- limits and progress


@pytest.fixture
def five_scans(tmp_path, monkeypatch):
    """Five pages of ink; reading one costs nothing."""
    monkeypatch.setattr("cpgassist.reading.unread.missing", lambda: "")
    empty = scanning.Scan((), scanning.Rules((), (), (), (), 0), ())
    monkeypatch.setattr(scanning, "read_scan", lambda page, area: empty)

    def draw(sheet):
        for _ in range(5):
            scanned.scribble(sheet)
            sheet.next()

    return pdfs.drawn(tmp_path, draw, "five")


def test_progress_counts_the_pages_that_ocr_reads(five_scans):
    told = []
    read_guideline(five_scans, ocr=ON, progress=lambda number, of: told.append((number, of)))
    assert told == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_pages_beyond_the_limit_are_reported(five_scans):
    told = []
    guideline = read_guideline(five_scans, ocr=OcrLimits("on", 2), progress=lambda n, of: told.append((n, of)))
    assert told == [(1, 2), (2, 2)]
    assert guideline.notes == (
        "pages 1-2 could not be read by OCR",
        "pages 3-5 not read by OCR: more than limits.ocr_pages",
    )


@needs_ocr
def test_the_child_reads_the_same_within_its_limits_and_tells_its_progress(folder, scan):
    told = []
    path = folder / "scan.pdf"
    assert read_in_sandbox(path, ocr=ON, progress=lambda number, of: told.append((number, of))) == scan
    assert told == [(1, 1)]


@needs_ocr
def test_too_little_memory_for_ocr_is_a_matter_of_memory(folder, scan):
    with pytest.raises(LimitError) as error:
        read_in_sandbox(folder / "scan.pdf", memory_mb=400, ocr=ON)
    assert "limits.memory_mb" in error.value.next_step


def test_each_page_of_ocr_adds_its_time_and_no_more(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, time; sys.stderr.write('@ocr 1 9\\n'); sys.stderr.flush(); time.sleep(60)"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    told = []
    with pytest.raises(LimitError) as error:
        path = pdfs.drawn(tmp_path, pdfs.plain_text)
        read_in_sandbox(path, seconds=2, ocr_seconds=1, progress=lambda number, of: told.append((number, of)))
    assert "3 s" in error.value.message and "limits.ocr_seconds_per_page" in error.value.next_step
    assert told == [(1, 9)]


# ---- numbers that may be misread


@pytest.mark.parametrize("word", ["Il", "1I-2", "ll", "(Il)", "11-2", "111-1", "l0", "5O", "O.5", "1,O", "I0"])
def test_forms_that_are_often_confused_are_uncertain_however_sure_ocr_was(word):
    assert uncertain(word, 1.0)


@pytest.mark.parametrize(
    "word", ["II", "II-2", "11", "10", "1-2", "0.5", "500mg", "B12", "III", "I", "Illness", "COVID-19", "all"]
)
def test_plain_numbers_and_words_are_certain_when_ocr_was(word):
    assert not uncertain(word, 1.0)


def test_a_level_is_never_eleven():
    assert uncertain("11", 1.0, before="Level") and not uncertain("11", 1.0, before="aged")


def test_an_unsure_number_is_uncertain_and_an_unsure_word_is_not():
    assert uncertain("250", 0.7) and uncertain("II", 0.7) and not uncertain("lamp", 0.3)


# ---- pictures


IMAGE = Box(100, 100, 400, 300)


@pytest.fixture
def regions():
    from cpgassist.reading.wordless import picture_regions

    return lambda images, words=(): picture_regions(images, words, 595, 842)


def word(left, top):
    from cpgassist.reading.words import Word

    return Word("word", Box(left, top, left + 20, top + 10), 10, False, False)


def test_an_image_without_words_over_it_is_a_picture(regions):
    assert regions([IMAGE], [word(100, 400)]) == [IMAGE]


def test_an_image_under_text_is_a_background(regions):
    assert regions([IMAGE], [word(110 + 30 * i, 120) for i in range(6)]) == []


@pytest.mark.parametrize(
    "box", [Box(100, 100, 140, 140), Box(50, 100, 545, 126), Box(10, 50, 70, 800), Box(600, 0, 900, 90)]
)
def test_symbols_bars_and_what_lies_outside_are_no_pictures(regions, box):
    assert regions([box]) == []


def test_the_stripes_of_one_picture_are_one(regions):
    stripes = [Box(100, 100 + 20 * i, 400, 120 + 20 * i) for i in range(10)]
    assert regions(stripes) == [IMAGE]


def test_a_picture_is_cut_to_the_page(regions):
    assert regions([Box(-20, -10, 900, 900)]) == [Box(0, 0, 595, 842)]


def test_logos_that_come_on_every_page_are_left_out_and_full_pages_are_not():
    from cpgassist.reading.wordless import without_repeated

    logo, whole = Box(60, 20, 160, 60), Box(0, 0, 595, 842)
    pictures = {n: [logo, whole] if n == 2 else [logo] for n in range(1, 5)}
    assert without_repeated(pictures, dict.fromkeys(range(1, 5), (595, 842))) == {2: [whole]}
    pages = {n: [whole] for n in range(1, 5)}
    assert without_repeated(pages, dict.fromkeys(pages, (595, 842))) == pages
