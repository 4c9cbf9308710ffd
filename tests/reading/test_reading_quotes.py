"""A quote is found again in the PDF itself, as it is printed, or not at all."""

import shutil
import threading

import pypdf
import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf.generic import RectangleObject

from cpgassist.errors import InputError
from cpgassist.passages import split
from cpgassist.reading import PdfPages
from cpgassist.reading.quotes import fold
from cpgassist.testing import HashEmbedder
from cpgassist.types import Box
from tests.reading import pdfs
from tests.reading.conftest import SAMPLE, sample_guideline


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quotes")
    pdfs.drawn(folder, pdfs.quotes)
    pdfs.drawn(folder, pdfs.cells_by_column)
    return folder


@pytest.fixture
def pages(folder):
    return PdfPages(folder)


SAMPLES = PdfPages(SAMPLE)
HARBOUR = "sample-harbour-fever-2023.pdf"


@pytest.mark.parametrize(
    ("asked", "printed"),
    [
        ("is given by mouth twice daily", "is given by mouth twice daily"),
        ("IS GIVEN BY MOUTH", "is given by mouth"),
        ("is never given to people who can sing.", "is never given to people who can sing."),
        ("  is   never given\nto people ", "is never given to people"),
        ("The first dose of the fluid drug", "The first dose of the fluid drug"),  # printed with ligatures
        ("The ﬁrst dose of the ﬂuid drug", "The first dose of the fluid drug"),
        ("≥90 mg.", "≥90 mg."),
        ("Fever fell in all of 20 adults.", "Fever fell7 in all of 20 adults."),
        ("Cough was cured12,13 in 9 of 10 adults", "Cough was cured12,13 in 9 of 10 adults"),
        ("within 14 days.", "within 14 days."),
        ("Imaginol | 5 mg | At night", "Imaginol 5 mg At night"),
        ("Fictamine | 7 mg", "Fictamine 7 mg"),
    ],
)
def test_words_are_found_as_printed(pages, asked, printed):
    assert pages.find("quotes.pdf", 1, asked).text == printed


def test_a_double_reference_mark_is_skipped(pages):
    assert pages.find("quotes.pdf", 1, "Cough was cured in 9 of 10 adults") is not None


def test_a_word_broken_at_the_line_end_is_found_whole(pages):
    quote = pages.find("quotes.pdf", 1, "A second dose is superfluous in the morning.")
    assert quote is not None and len(quote.boxes) == 2
    assert quote.text.replace("-", "").replace(" ", "") == "Aseconddoseissuperfluousinthemorning."


@pytest.mark.parametrize(
    "asked",
    [
        "", " ", "|", " | ", "- -", "•",
        "is given by mouth thrice daily",
        "is given to people who can sing",
        "≤90 mg",
        "≥9 mg",
        "Cough was cured in 9 of 11 adults",
        "in 9 of 10 adults within days",
        "Imaginol is given by mouth twice daily and is given to people who can sing.",
        "Nullazole | 5 mg",
        "x" * 5000,
    ],
)  # fmt: skip
def test_words_that_are_not_printed_are_not_found(pages, asked):
    assert pages.find("quotes.pdf", 1, asked) is None


@pytest.mark.parametrize("asked", ["9 mg", "0 mg.", "wice daily", "dose of the flui"])
def test_a_quote_may_begin_inside_a_word(pages, asked):
    """Words are folded, so that this is known and left to the callers: their quotes are whole sentences."""
    found = pages.find("quotes.pdf", 1, asked)
    assert found is None or fold(found.text) == fold(asked)


# ---- cells of a row


def test_cells_drawn_column_by_column_are_found_as_a_row(pages):
    quote = pages.find("cells_by_column.pdf", 1, "Fictamine | 7 mg | At noon")
    assert quote.text == "Fictamine | 7 mg | At noon"
    assert all(box.top > 128 and box.bottom < 150 for box in quote.boxes) and len(quote.boxes) == 3


@pytest.mark.parametrize(
    "asked", ["Fictamine | 5 mg", "Imaginol | 7 mg", "Fictamine | 5 mg | At noon", "Fictamine | 7 mg | At night"]
)
def test_a_cell_of_another_row_is_no_quote_of_this_one(pages, asked):
    assert pages.find("cells_by_column.pdf", 1, asked) is None


def test_a_cell_of_another_table_is_no_quote_of_this_row(pages):
    assert pages.find("quotes.pdf", 1, "Fictamine | twice daily") is None


def test_a_row_with_an_unknown_cell_is_not_found(pages):
    assert pages.find("cells_by_column.pdf", 1, "Fictamine | 7 mg | At midnight") is None


# ---- boxes


def characters(path, number):
    """(character, box from the top left) of each character, through pdfium's high-level calls."""
    with pdfium.PdfDocument(path) as document:
        page = document[number - 1]
        textpage = page.get_textpage()
        height = page.get_height()
        text = textpage.get_text_range()
        found = []
        for i in range(textpage.count_chars()):
            left, bottom, right, top = textpage.get_charbox(i)
            found.append((text[i] if i < len(text) else "", Box(left, height - top, right, height - bottom)))
    return found


def covered(boxes, box):
    x, y = (box.left + box.right) / 2, box.middle
    return any(b.left - 0.5 <= x <= b.right + 0.5 and b.top - 0.5 <= y <= b.bottom + 0.5 for b in boxes)


QUOTED = [
    (HARBOUR, 10, "Oral zelmorin should be given to all adults with confirmed non-severe Harbour fever."),
    (HARBOUR, 11, "Tarvexol is the only medicine that has reduced death in severe disease."),
    (HARBOUR, 16, "Diabetes, kelpin fractions and the severity of infection with Brinella portuaria."),
    ("sample-moss-lung-2022.pdf", 2, "Hesperol loosens the bond between spores and the lining of the airways."),
    ("sample-gatal-bakau-2022.pdf", 5, "Krim disapu nipis dua kali sehari selama 10 hari."),
]


@pytest.mark.parametrize(("file", "page", "words"), QUOTED)
def test_boxes_cover_the_words_and_nothing_else(file, page, words):
    quote = SAMPLES.find(file, page, words)
    assert fold(quote.text) == fold(words)
    seen = "".join(c for c, box in characters(SAMPLE / file, page) if covered(quote.boxes, box))
    assert fold(seen) == fold(words)


def test_a_quote_over_two_lines_has_a_box_for_each(pages):
    quote = pages.find("quotes.pdf", 1, "is never given to people who can sing.")
    first, second = quote.boxes
    assert first.bottom <= second.top + 1 and first.left > second.left == pytest.approx(60, abs=1.5)


@pytest.mark.parametrize("angle", [90, -90])
def test_a_quote_that_stands_on_its_side_has_a_box_for_each_line(tmp_path, angle):
    """It had one for each letter: the lines of a wide table on an upright page run up or down it."""

    def sideways(sheet):
        sheet.canvas.translate(*((300, 200) if angle > 0 else (300, 600)))
        sheet.canvas.rotate(angle)
        for down, line in enumerate(("Imaginol: a syrup; i.v.: by vein;", "Fictamine is only a powder")):
            sheet.canvas.drawString(0, -14 * down, line)

    pdfs.drawn(tmp_path, sideways, "sideways")
    lines = ("Imaginol: a syrup; i.v.: by vein;", "Fictamine is only a powder")
    for words in lines if angle < 0 else (*lines, " ".join(lines)):  # pdfium gives lines that run down last one first
        boxes = PdfPages(tmp_path).find("sideways.pdf", 1, words).boxes
        assert len(boxes) == (1 if words in lines else 2)
        assert all(box.height > 100 and box.width < 14 for box in boxes)


@pytest.mark.parametrize("crop", [None, (40, 40, 500, 800)], ids=["whole", "cropped"])
@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_boxes_lie_on_the_ink_of_a_turned_page(tmp_path, angle, crop):
    writer = pypdf.PdfWriter(
        clone_from=pdfs.drawn(tmp_path, lambda s: s.write(120, 200, "Imaginol stays", 20), "plain")
    )
    writer.pages[0].rotation = angle
    if crop:
        writer.pages[0].cropbox = RectangleObject(crop)
    writer.write(tmp_path / "turned.pdf")
    pages = PdfPages(tmp_path)
    quote = pages.find("turned.pdf", 1, "Imaginol stays")
    grey = pages.image("turned.pdf", 1, dpi=216).convert("L")
    left, top, right, bottom = (x / 3 for x in grey.point(lambda v: 255 if v < 128 else 0).getbbox())
    cover = quote.boxes[0]
    for box in quote.boxes[1:]:
        cover = cover.union(box)
    assert cover.holds(Box(left, top, right, bottom), 2)
    assert abs(cover.width - (right - left)) < 5 and abs(cover.height - (bottom - top)) < 5


def test_the_image_and_the_size_agree_with_the_boxes():
    width, height = SAMPLES.size(HARBOUR, 10)
    image = SAMPLES.image(HARBOUR, 10, dpi=144)
    assert image.mode == "RGB"
    assert image.size == pytest.approx((width * 2, height * 2), abs=2)


# ---- every sentence of a passage is found on its page


def sentences_of(name):
    guideline = sample_guideline(name)
    embedder = HashEmbedder()
    for passage in split(guideline, embedder.count_tokens, embedder.window):
        if passage.searched:
            for sentence in passage.sentences:
                yield guideline.info.file, passage.kind, sentence


@pytest.mark.parametrize("name", ["harbour-fever-2023", "moss-lung-2022", "gatal-bakau-2022", "harbour-fever-2017"])
def test_every_sentence_of_a_passage_is_found_on_its_page(name):
    """Save labels of a flowchart that stand side by side, and a table without rules on page 4."""
    seen = 0
    for file, kind, sentence in sentences_of(name):
        if kind == "flowchart" or (file, sentence.page) == (HARBOUR, 4):
            continue
        head = sentence.text.removesuffix(sentence.continued) if sentence.continued else sentence.text
        assert SAMPLES.find(file, sentence.page, head), sentence
        assert not sentence.continued or SAMPLES.find(file, sentence.page + 1, sentence.continued), sentence
        seen += 1
    assert seen > 30


@pytest.mark.parametrize("name", ["harbour-fever-2023", "moss-lung-2022"])
def test_a_sentence_with_another_number_is_not_found(name):
    changed = 0
    for file, _, sentence in sentences_of(name):
        if sentence.continued or "|" in sentence.text or " 12 " not in sentence.text:
            continue
        changed += 1
        assert SAMPLES.find(file, sentence.page, sentence.text.replace(" 12 ", " 120 ")) is None
    assert changed or name != "harbour-fever-2023"


# ---- files and pages


@pytest.mark.parametrize(
    "file",
    ["unknown.pdf", "../quotes.pdf", "/etc/passwd", "", ".", "..", "a/../quotes.pdf", "sub/quotes.pdf", "quotes.pdf\0"],
)
def test_other_files_are_refused(folder, file):
    (folder / "sub").mkdir(exist_ok=True)
    shutil.copy(folder / "quotes.pdf", folder / "sub" / "quotes.pdf")
    pages = PdfPages(folder)
    if "\0" in file:
        with pytest.raises((InputError, ValueError)):
            pages.image(file, 1)
        return
    assert pages.find(file, 1, "Imaginol") is None
    for ask in (pages.image, pages.size):
        with pytest.raises(InputError) as error:
            ask(file, 1)
        assert error.value.next_step


def test_a_file_outside_the_folder_is_refused_though_it_exists(folder):
    inner = folder / "inner"
    inner.mkdir(exist_ok=True)
    pages = PdfPages(inner)
    assert pages.find("../quotes.pdf", 1, "Imaginol") is None
    with pytest.raises(InputError):
        pages.image("../quotes.pdf", 1)


def test_unchanged_does_not_look_outside_the_folder(folder):
    import hashlib

    inner = folder / "inside"
    inner.mkdir(exist_ok=True)
    digest = hashlib.sha256((folder / "quotes.pdf").read_bytes()).hexdigest()
    assert not PdfPages(inner).unchanged("../quotes.pdf", digest)


@pytest.mark.parametrize("page", [0, -1, 2, 10**6])
def test_other_pages_are_refused(pages, page):
    assert pages.find("quotes.pdf", page, "Imaginol") is None
    with pytest.raises(InputError, match=r"no page"):
        pages.image("quotes.pdf", page)


def test_a_file_that_is_no_pdf_is_refused(tmp_path):
    (tmp_path / "fake.pdf").write_bytes(b"not a pdf")
    pages = PdfPages(tmp_path)
    assert pages.find("fake.pdf", 1, "not") is None
    with pytest.raises(InputError, match=r"fake\.pdf cannot be opened"):
        pages.image("fake.pdf", 1)


def test_a_changed_file_is_noticed(tmp_path):
    import hashlib

    path = pdfs.drawn(tmp_path, pdfs.plain_text)
    pages = PdfPages(tmp_path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert pages.unchanged(path.name, digest) and pages.unchanged(path.name, digest)
    assert not pages.unchanged(path.name, "0" * 64)
    path.write_bytes(path.read_bytes() + b"\n")
    assert not pages.unchanged(path.name, digest)
    path.unlink()
    assert not pages.unchanged(path.name, digest)


def test_a_replaced_file_is_read_anew(tmp_path):
    path = pdfs.drawn(tmp_path, lambda s: s.write(60, 100, "The first dose is 5 mg."), "doses")
    pages = PdfPages(tmp_path)
    assert pages.find("doses.pdf", 1, "The first dose is 5 mg.")
    path.unlink()
    pdfs.drawn(tmp_path, lambda s: s.write(60, 100, "The first dose is 500 mg, given once."), "doses")
    assert pages.find("doses.pdf", 1, "The first dose is 5 mg.") is None


def test_a_page_without_text_has_no_quotes():
    assert SAMPLES.find("sample-lantern-pressure-2021.pdf", 7, "blood") is None


def test_many_pages_and_threads(tmp_path):
    """More pages than are kept, asked from several threads at once."""
    pdfs.drawn(
        tmp_path, lambda s: [(s.write(60, 100, f"This is page number {n}x."), s.next()) for n in range(1, 91)], "many"
    )
    pages = PdfPages(tmp_path)
    wrong = []

    def ask(start):
        for n in range(start, 91, 4):
            if pages.find("many.pdf", n, f"page number {n}x.") is None or pages.find("many.pdf", n, f"number {n + 1}x"):
                wrong.append(n)
            if n % 30 == 0:
                pages.image("many.pdf", n, dpi=20)

    threads = [threading.Thread(target=ask, args=(start,)) for start in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# ---- folding


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("A b\nc", "abc"), ("ﬁrst", "first"), ("treat-\nment", "treatment"), ("treat\ufffement", "treatment"), ("x²", "x2"), ("½", "1⁄2"),
        ("Straße", "strasse"), ("• item", "item"), ("5\u00a0mg", "5mg"), ("II–2", "ii2"), ("\uf0b7 item", "item"), ("", ""), ("µ", "μ"),
    ],
)  # fmt: skip
def test_fold(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("a", "b"), [("≥5", "≤5"), ("<5", ">5"), ("5", "50"), ("0.5", "05"), ("1,5", "1.5"), ("mg", "ng"), ("+5", "5")]
)
def test_fold_keeps_what_changes_a_dose(a, b):
    assert fold(a) != fold(b)


@pytest.mark.parametrize(("a", "b"), [("1-5 mg", "15 mg"), ("10–20", "1020"), ("-5", "5")])
def test_fold_keeps_ranges_apart_from_numbers(a, b):
    assert fold(a) != fold(b)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text):
    once = fold(text)
    assert fold(once) == once
    assert not any(c.isspace() for c in once)
