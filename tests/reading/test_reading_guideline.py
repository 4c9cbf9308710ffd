"""A guideline's identity comes from its first pages; its pages say what could not be read."""

import hashlib

import pypdf
import pytest

from cpgassist.errors import DamagedPdfError, DocumentError, EncryptedPdfError, LimitError, NotAPdfError
from cpgassist.reading import guideline_id, read_guideline
from tests.reading import pdfs, table_pdfs
from tests.reading.conftest import SAMPLE


def test_identity_from_the_cover(read):
    info = read(pdfs.cover, "imaginary-cough").info
    assert (info.title, info.edition, info.published) == ("Management of Imaginary Cough", "Third Edition", 2021)
    assert (info.publisher, info.language, info.pages) == ("Society of Invented Medicine", "en", 3)
    assert (info.id, info.file) == ("imaginary-cough", "imaginary-cough.pdf")


def test_the_review_year_is_not_the_year_of_publication(read):
    info = read(pdfs.cover).info
    assert info.review_due == "2026" and info.published == 2021


def test_a_review_year_on_the_cover_is_not_the_year_of_publication(read):
    def dated(sheet):
        sheet.write(60, 150, "Management of Imaginary Cough", 26, pdfs.BOLD)
        sheet.write(60, 200, "Issued in 2019", 12)
        sheet.write(60, 220, "To be reviewed in 2024", 12)

    info = read(dated).info
    assert (info.published, info.review_due) == (2019, "2024")


@pytest.mark.parametrize(
    ("words", "due"),
    [
        ("This guideline will be reviewed in 2026 or sooner.", "2026"),
        ("It is due for review in June 2027.", "June 2027"),
        ("Next review: March 2028", "March 2028"),
        ("Review date: 2029", "2029"),
        ("Nothing is said about the next edition.", None),
        ("The draft was reviewed by two colleges in 2019.", None),
    ],
)
def test_review_dates(read, words, due):
    def draw(sheet):
        sheet.write(60, 150, "Management of Imaginary Cough", 26, pdfs.BOLD)
        sheet.next()
        sheet.prose(60, 90, 470, f"{words} {pdfs.LOREM}")

    assert read(draw).info.review_due == due


@pytest.mark.parametrize(
    ("printed", "edition"),
    [("2nd Edition", "2nd Edition"), ("Third edition", "Third edition"), ("Edisi Kedua", "Edisi Kedua"), ("Version 2.1", "Version 2.1"),
     ("2021 Update", "2021 Update"), ("Edition", None), ("th Edition", None)],
)  # fmt: skip
def test_editions(read, printed, edition):
    def draw(sheet):
        sheet.write(60, 150, "Management of Imaginary Cough", 26, pdfs.BOLD)
        sheet.write(60, 200, printed, 12)
        sheet.next()
        sheet.prose(60, 90, 470, pdfs.LOREM)

    assert read(draw).info.edition == edition


def test_a_malay_guideline_is_known_by_its_words(read):
    info = read(pdfs.malay_cover).info
    assert (info.title, info.edition, info.published, info.language) == (
        "Pengurusan Batuk Khayalan",
        "Edisi Kedua",
        2020,
        "ms",
    )
    assert info.publisher == "Kementerian Kesihatan Rekaan"


def test_a_malay_review_date(read, gatal):
    assert read(pdfs.malay_cover).info.review_due == "2025"
    assert gatal.info.review_due == "2027"


def test_the_title_falls_back_to_metadata_and_then_the_file_name(tmp_path):
    def draw(sheet):
        sheet.prose(60, 90, 470, "some words in one size and no more of them")

    path = pdfs.drawn(tmp_path, draw, "cough_in-adults")
    assert read_guideline(path).info.title == "cough in adults"
    writer = pypdf.PdfWriter(clone_from=path)
    writer.add_metadata({"/Title": "Care of imaginary cough"})
    writer.write(path)
    assert read_guideline(path).info.title == "Care of imaginary cough"
    writer.add_metadata({"/Title": "Microsoft Word - final2.docx"})
    writer.write(path)
    assert read_guideline(path).info.title == "cough in adults"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("CPG Cough (2021).pdf", "cpg-cough-2021"),
        ("a__b.PDF", "a-b"),
        ("--x--.pdf", "x"),
        ("Ärzte.pdf", "rzte"),
        ("a.b.pdf", "a-b"),
    ],
)
def test_ids_come_from_file_names(file, name):
    assert guideline_id(file) == name


def test_a_name_without_latin_letters_has_an_id_of_its_own():
    first, second = guideline_id("指南.pdf"), guideline_id("共识.pdf")
    assert first.startswith("guideline-") and first != second == guideline_id("共识.pdf")


def test_the_sample_identities(harbour, gatal):
    info = harbour.info
    assert (info.title, info.edition, info.published, info.review_due) == (
        "Management of Harbour Fever",
        "2nd Edition",
        2023,
        "2028",
    )
    assert (info.language, info.pages) == ("en", 16) and info.publisher.startswith(
        "Ministry of Health, Meridian Islands"
    )
    assert info.sha256 == hashlib.sha256((SAMPLE / info.file).read_bytes()).hexdigest()
    assert (gatal.info.language, gatal.info.published, gatal.info.edition) == ("ms", 2022, "Edisi Kedua")


def test_the_sample_journal_identity(moss):
    assert (moss.info.edition, moss.info.published, moss.info.review_due) == ("3rd Edition", 2022, "2027")
    assert moss.info.title.startswith("Diagnosis and treatment of moss lung in adults")


def test_the_sample_journal_publisher_is_a_name(moss):
    assert moss.info.publisher == "Academy of Island Respiratory Medicine"


# ---- pages without text


def test_textless_and_blank_pages_are_noted_and_told_apart(read):
    guideline = read(pdfs.textless)
    assert guideline.notes == ("page 2 without a text layer: not searched until read by OCR", "page 3 blank")
    assert [(p.characters > 0, p.has_ink) for p in guideline.pages] == [
        (True, True),
        (False, True),
        (False, False),
        (True, True),
    ]


def test_notes_gather_page_numbers(read):
    def scans(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        for page in range(2, 9):
            sheet.next()
            if page == 5:
                sheet.prose(60, 90, 470, pdfs.LOREM)
            else:
                sheet.canvas.circle(300, 400, 90)
        sheet.next()

    assert read(scans).notes == ("pages 2-4, 6-8 without a text layer: not searched until read by OCR",)


def test_a_guideline_of_scans_has_no_sections(read):
    def scans(sheet):
        sheet.canvas.circle(300, 400, 90)

    guideline = read(scans, "only-scans")
    assert guideline.sections == () and guideline.info.language is None
    assert guideline.info.title == "only scans"


# ---- files that cannot be read, in this process


def content(tmp_path):
    return pdfs.drawn(tmp_path, pdfs.plain_text).read_bytes()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("word.pdf", NotAPdfError),
        ("empty.pdf", NotAPdfError),
        ("page.pdf", NotAPdfError),
        ("late.pdf", NotAPdfError),
        ("head.pdf", DamagedPdfError),
    ],
)
def test_what_is_no_pdf_is_refused_by_name(tmp_path, name, kind):
    made = {
        "word.pdf": b"PK\x03\x04" + b"x" * 5000,
        "empty.pdf": b"",
        "page.pdf": b"<html><body>%PD</body></html>",
        "late.pdf": b"\0" * 2000 + content(tmp_path),
        "head.pdf": b"%PDF-1.7\n",
    }[name]
    (tmp_path / name).write_bytes(made)
    with pytest.raises(kind) as error:
        read_guideline(tmp_path / name)
    assert name in error.value.message and error.value.next_step.endswith(".")


@pytest.mark.parametrize("size", [1, 100, 1000])
def test_junk_before_the_header_is_allowed(tmp_path, size):
    path = tmp_path / "junk.pdf"
    path.write_bytes(b"\n" * size + content(tmp_path))
    assert read_guideline(path).pages[0].characters == 380


def test_a_broken_cross_reference_is_rescued(tmp_path):
    whole = content(tmp_path)
    path = tmp_path / "xref.pdf"
    at = whole.rindex(b"startxref")
    path.write_bytes(whole[:at] + b"startxref\n999999\n%%EOF")
    read = read_guideline(path)
    assert read.pages[0].characters == 380


def test_a_cut_file_is_rescued_or_reported(tmp_path):
    whole = content(tmp_path)
    path = tmp_path / "cut.pdf"
    outcomes = set()
    for share in range(1, 20):
        path.write_bytes(whole[: len(whole) * share // 20])
        try:
            outcomes.add(type(read_guideline(path)).__name__)
        except DocumentError as error:
            assert error.message.startswith("cut.pdf")
            outcomes.add(type(error).__name__)
    assert outcomes <= {"Guideline", "DamagedPdfError"} and "DamagedPdfError" in outcomes


def encrypted(tmp_path, user, owner="owner"):
    writer = pypdf.PdfWriter(clone_from=pdfs.drawn(tmp_path, pdfs.plain_text))
    writer.encrypt(user_password=user, owner_password=owner, algorithm="RC4-128")
    path = tmp_path / "locked.pdf"
    writer.write(path)
    return path


def test_a_password_is_asked_for(tmp_path):
    with pytest.raises(EncryptedPdfError) as error:
        read_guideline(encrypted(tmp_path, "secret"))
    assert "locked.pdf" in error.value.message and "password" in error.value.next_step


def test_a_file_locked_against_printing_only_is_read(tmp_path):
    assert read_guideline(encrypted(tmp_path, "")).pages[0].characters == 380


def test_too_many_pages_are_refused(tmp_path):
    path = pdfs.drawn(tmp_path, pdfs.labelled("plain"), "eight")
    with pytest.raises(LimitError) as error:
        read_guideline(path, max_pages=7)
    assert "8 pages" in error.value.message and "limits.pages" in error.value.next_step
    assert len(read_guideline(path, max_pages=8).pages) == 8


def test_reading_twice_gives_the_same(tmp_path):
    path = pdfs.drawn(tmp_path, table_pdfs.ruled_grid)
    assert read_guideline(path) == read_guideline(path)
