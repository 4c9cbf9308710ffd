"""The language of a guideline: Malay and Indonesian apart, the majority's where languages are mixed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.reading.languages import language_of
from tests.reading import pdfs

ENGLISH = "The patient is offered the tablet once a day and should be seen again in the clinic after a week. "
MALAY = "Pesakit perlu diberi ubat sekali sehari kerana demam, dan rawatan itu tidak boleh dihentikan oleh doktor. "
INDONESIAN = (
    "Pasien perlu diberi obat sekali sehari karena demam, dan pengobatan itu tidak bisa dihentikan oleh dokter. "
)
CHINESE = "成人每日一次口服海鸥片四十毫克，疗程七天。儿童剂量减半，孕妇禁用。"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "en"),
        (MALAY, "ms"),
        (INDONESIAN, "id"),
        (CHINESE, "zh"),
        (f"{CHINESE * 3} Metformin 500 mg, HbA1c", "zh"),
        (MALAY * 3 + ENGLISH, "ms"),
        (INDONESIAN + ENGLISH * 3, "en"),
        (ENGLISH * 4 + CHINESE, "en"),
        (
            "Der Patient erhält die Tablette einmal täglich und wird nach einer Woche wieder in der Klinik gesehen.",
            None,
        ),
        ("El paciente recibe la tableta una vez al día y vuelve a la clínica después de una semana.", None),
        ("患者には一日一回この錠剤を投与し、一週間後に再び診察する。", None),
        ("환자에게 하루 한 번 정제를 투여하고 일주일 후에 다시 진찰한다.", None),
        ("", None),
        ("12 500 3.5", None),
    ],
)
def test_languages(text, language):
    assert language_of(text) == language


@given(st.text())
def test_any_text_has_one_of_the_known_languages_or_none(text):
    assert language_of(text) in ("en", "ms", "id", "zh", None)


def test_an_indonesian_guideline_is_told_from_a_malay_one(read):
    def draw(words):
        def drawing(sheet):
            sheet.write(60, 150, "Tata Laksana Batuk Khayal", 26, pdfs.BOLD)
            sheet.next()
            sheet.prose(60, 90, 470, words * 5)

        return drawing

    assert read(draw(INDONESIAN), "satu").info.language == "id"
    assert read(draw(MALAY), "dua").info.language == "ms"
