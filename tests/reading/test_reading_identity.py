"""Titles, publishers and numbers as covers, colophons and decrees print them."""

import pytest

from tests.reading.pdfs import BOLD, LOREM


def cover(*lines, then=()):
    """A cover of (words, size) lines, each 1.3 lines under the last or where a third value says, and a second page."""

    def draw(sheet):
        down = 150
        for words, size, *at in lines:
            down = at[0] if at else down
            sheet.write(60, down, words, size, BOLD)
            down += 1.3 * size
        sheet.next()
        down = 90
        for words in then:
            down = sheet.prose(60, down, 470, words) + 4
        sheet.prose(60, 500, 470, LOREM * 2)

    return draw


LONG = ("Guidelines on the", "Recognition and the", "Early Treatment of", "Imaginary Cough in", "Adults, in Children,",
        "in Sailors and in", "Keepers of Lights")  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        ([(words, 30) for words in LONG], " ".join(LONG)),
        ([("Imaginary Cough Guideline", 20), ("NATIONAL COUGH PROGRAMME", 18, 600)], "Imaginary Cough Guideline"),
        ([("Care of Imaginary Cough:", 28), ("the least that is safe", 18)], "Care of Imaginary Cough: the least that is safe"),
        ([("CLINICAL PRACTICE GUIDELINES", 26), ("Imaginary Cough", 18)], "CLINICAL PRACTICE GUIDELINES Imaginary Cough"),
        ([("Care of Imaginary Cough", 26), ("2019 update", 22)], "Care of Imaginary Cough 2019 update"),
    ],
    ids=["seven lines", "a programme below", "a subtitle after a colon", "a general name alone", "a line close below"],
)  # fmt: skip
def test_titles_of_covers(read, lines, title):
    assert read(cover(*lines)).info.title == title


def test_a_letterspaced_cover_gives_way_to_the_suggested_citation(read):
    cited = "Suggested Citation: Office of Letters. (2021). Imaginary Cough Clinical Practice Guidelines. Port Town: Office."
    draw = cover(("C O U G H", 50), ("G U I D E L I N E S 2 0 2 1", 20), then=(cited,))
    assert read(draw).info.title == "Imaginary Cough Clinical Practice Guidelines"


def test_a_part_without_a_cover_is_named_by_its_running_head(read):
    def draw(sheet):
        for page in (1, 2, 3):
            sheet.write(200, 30, "Management of Imaginary Cough", 8)
            sheet.write(60, 90, "1. Introduction" if page == 1 else "More of it", 18, BOLD)
            sheet.prose(60, 120, 470, f"By 2031 nobody will cough. {LOREM * 4}")
            sheet.write(300, 800, str(page), 8)
            sheet.next()

    info = read(draw, "extract-2019").info
    assert (info.title, info.published) == ("Management of Imaginary Cough", 2019)


def test_the_subject_of_a_decree_is_its_title(read):
    def draw(sheet):
        down = sheet.lines(180, 90, ("KEPUTUSAN MENTERI KESEHATAN REPUBLIK REKAAN", "NOMOR HK.01/MENKES/7/2020", "TENTANG",
                                     "PEDOMAN PELAYANAN KEDOKTERAN", "TATA LAKSANA BATUK KHAYAL"))  # fmt: skip
        sheet.lines(180, down + 25, ("DENGAN RAHMAT TUHAN YANG MAHA ESA",))
        sheet.prose(
            60, 250, 470, "Menimbang bahwa pasien batuk perlu dilayani oleh dokter sesuai dengan pedoman. " * 12
        )

    info = read(draw).info
    assert info.title == "PEDOMAN PELAYANAN KEDOKTERAN TATA LAKSANA BATUK KHAYAL"
    assert info.publisher == "MENTERI KESEHATAN REPUBLIK REKAAN"
    assert (info.number, info.published) == ("HK.01/MENKES/7/2020", 2020)


@pytest.mark.parametrize(
    ("said", "publisher"),
    [
        (("© Ministry of Imaginary Health 2020",), "Ministry of Imaginary Health"),
        (("© 2020 Society of Invented Medicine. All rights reserved.",), "Society of Invented Medicine"),
        (("Some rights reserved c Society of Invented Medicine, Inc.",), "Society of Invented Medicine, Inc"),
        (("Published by:", "Cough Section", "Ministry of Health Rekaan", "Level 4, Lighthouse Block"), "Ministry of Health Rekaan"),
        (("The content of this guideline is intellectual property of the Department of Coughs (DOC). Kindly cite it.",),
         "Department of Coughs"),
        (("DOC Department of Coughs", "The content of this guideline is an intellectual property of the DOC. Kindly cite it."),
         "Department of Coughs"),
        (("How to cite: Department of Coughs. Guideline for Imaginary Cough. Port Town; 2023.",), "Department of Coughs"),
        (("Although the Department of Coughs encourages nurses to read this guideline, nobody has to.",), None),
        (("AAC American Academy of Coughs", "EAC European Academy of Coughs"), None),
    ],
)  # fmt: skip
def test_publishers(read, said, publisher):
    assert read(cover(("Care of Imaginary Cough", 26), then=said)).info.publisher == publisher


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("MOH/P/PAK/12.34(GU)-e", "MOH/P/PAK/12.34(GU)-e"),
        ("(2024, MOH/P/PAK/12.34(GU)-e), copyright", "MOH/P/PAK/12.34(GU)-e"),
        ("ISBN 978-92-4-000000-0", "ISBN 978-92-4-000000-0"),
        ("see www.example.org/guides/2024/cough and AND/OR/NOT", None),
    ],
)
def test_document_numbers(read, printed, number):
    assert read(cover(("Care of Imaginary Cough", 26), then=(printed,))).info.number == number


def test_an_edition_named_in_prose_is_another_books(read):
    words = "The manual of coughs, third edition, was read by all who wrote this guideline, and so was its version 1.2."
    assert read(cover(("Care of Imaginary Cough", 26), then=(words,))).info.edition is None


def test_a_chinese_cover(read):
    from tests.fixtures.editions import SONG

    def draw(sheet):
        sheet.write(60, 150, "海鸥热诊疗指南", 28, SONG)
        sheet.write(60, 200, "（2022年版）", 14, SONG)
        sheet.write(60, 700, "虚构医学会", 12, SONG)
        sheet.next()
        sheet.write(60, 90, "成人每日一次口服海鸥片四十毫克，疗程七天。儿童剂量减半。", 10, SONG)

    info = read(draw).info
    assert (info.title, info.published, info.language) == ("海鸥热诊疗指南", 2022, "zh")
    assert info.publisher == "虚构医学会"
