"""The chat in English and in Bahasa Malaysia: the same words in both, and none of the guideline's changed."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from chat_browser import MARKS, Chat, browser, serving
from chat_fakes import LINES, XSS, FakeAssistant, answered, canned, cite
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

import cpgassist
from cpgassist.apps import wording
from cpgassist.apps.chat import screen
from cpgassist.apps.chat.conversation import Conversations
from cpgassist.apps.chat.rendering import answer_turn
from cpgassist.apps.language import english_words, malay_words
from cpgassist.apps.language.malay import said
from cpgassist.apps.language.malay_sentences import SENTENCES
from cpgassist.apps.language.words import ABOUT, COOKIE, SCREEN, TABLES, language_of, speaking, turn_language
from cpgassist.apps.server import create_app
from cpgassist.types import READ_BY_OCR, Answer, Checks, Statement

__all__ = ["browser"]
SOURCE = Path(cpgassist.__file__).parent
SLOTS = re.compile(r"\{\w*\}")


def malay(sentence: str) -> str:
    with speaking("ms"):
        return said(sentence)


def plain(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


# ---- the tables -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLES)
def test_both_languages_have_the_same_words_with_the_same_slots(name):
    english, other = getattr(english_words, name), getattr(malay_words, name)
    assert set(english) == set(other)
    for key, words in english.items():
        assert other[key].strip(), key
        assert SLOTS.findall(words) == SLOTS.findall(other[key]), key
        assert not set("<>&") & set(other[key]), "they stand in markup as they are"
        assert words[:1].isspace() == other[key][:1].isspace() and words[-1:].isspace() == other[key][-1:].isspace(), (
            key
        )


def test_sentences_keep_their_slots():
    for english, other in SENTENCES.items():
        assert other.strip() and sorted(SLOTS.findall(english)) == sorted(SLOTS.findall(other)), english


def test_tables_speak_what_is_spoken():
    assert SCREEN["ask"] == "Ask"
    with speaking("ms"):
        assert SCREEN["ask"] == "Tanya" and set(SCREEN) == set(english_words.SCREEN)
        with speaking("en"):
            assert SCREEN["ask"] == "Ask"
        assert SCREEN["ask"] == "Tanya"
    assert SCREEN["ask"] == "Ask"


# ---- which language -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "en"),
        ({"accept-language": "ms-MY,ms;q=0.9,en;q=0.8"}, "ms"),
        ({"accept-language": "en-GB,ms;q=0.9"}, "en"),
        ({"accept-language": "msx"}, "en"),
        ({"accept-language": "ms", "cookie": f"a=b; {COOKIE}=en"}, "en"),
        ({"accept-language": "en", "cookie": f"{COOKIE}=ms"}, "ms"),
        ({"cookie": f"{COOKIE}=<script>"}, "en"),
        ({"cookie": "\x00=;;=,"}, "en"),
    ],
)
def test_the_reader_chooses_and_before_that_the_browser(headers, language):
    assert language_of(headers) == language


@given(st.text(), st.text())
def test_no_header_breaks_the_page(cookie, accepted):
    assert language_of({"cookie": cookie, "accept-language": accepted}) in ("en", "ms")


def test_a_question_in_malay_gets_its_turn_in_malay():
    question = "Berapa dos steroid untuk pesakit dewasa?"
    assert turn_language("en", question) == "ms" and turn_language("ms", "Which dose?") == "ms"
    assert turn_language("en", "Which dose is given to a child?") == "en"
    first, last = Conversations(FakeAssistant()).turns(1, question)
    assert "Mencari dalam" in plain(first)
    assert "Anda bertanya: " in plain(last) and "ditemui pada muka surat" in plain(last) and "in-ms" in last
    english = list(Conversations(FakeAssistant()).turns(1, "Which steroid?"))[-1]
    assert "You asked: " in plain(english) and "in-ms" not in english


# ---- what is never translated ---------------------------------------------------------------------------------


def turn(question: str, language="ms") -> str:
    return list(Conversations(FakeAssistant()).turns(1, question, language=language))[-1]


def test_quotes_grades_titles_and_sections_stay_the_guidelines():
    english, other = (turn("Which steroid?", language) for language in ("en", "ms"))
    for words in (*(one[2] for one in LINES.values() if "|" not in one[2]), "Grade A", "Level I", "2nd edition"):
        assert english.count(words) == other.count(words) > 0, words
    assert english.count("Care of the Itchy Skin in Adults") == other.count("Care of the Itchy Skin in Adults")
    assert "Page" not in plain(other) and "m.s. 2" in plain(other)


@given(st.text(max_size=200))
def test_what_the_table_does_not_hold_stays_as_it_is(sentence):
    unknown = f"Zz {sentence} zz"
    assert malay(unknown) == unknown


def test_a_title_in_a_sentence_is_taken_over_as_it_is():
    line = (
        "The guidelines here do not answer this. Searched: 5 guidelines. The nearest passages do not print 'a' or 'b'. "
    )
    line += "Closest page: Care. Adults and {x} children, page 3, section 'Dose, page 4'."
    told = malay(line)
    assert told.endswith("Muka surat terdekat: Care. Adults and {x} children, muka surat 3, bahagian 'Dose, page 4'.")
    assert "tidak mencetak 'a' atau 'b'." in told and "Dicari: 5 garis panduan." in told


def test_printed_values_are_taken_over_as_they_are():
    assert malay("The guideline prints 5 mg/kg/day, not 50 mg/kg/day.") == (
        "Garis panduan mencetak 5 mg/kg/day, bukan 50 mg/kg/day."
    )
    assert malay("Printed for children and HIV; the question is about an 8-year-old.") == (
        "Dicetak untuk kanak-kanak dan HIV; soalan ini tentang pesakit berumur 8 tahun."
    )
    assert malay("Printed for age 5 and over; the question gives eGFR 40.") == (
        "Dicetak untuk umur 5 and over; soalan memberi eGFR 40."
    )
    assert malay("Child 2 to 5 years?") == "Kanak-kanak 2 to 5 years?"


def test_a_pointer_to_a_drawing_is_the_programs_and_its_title_the_guidelines():
    said_here = (Statement("See the algorithm on page 6 (printed 4): Steps, page 2.", (1,), None, "flowchart"),)
    answer = Answer("answered", 1, "q", "v", None, said_here, (), (cite(1),))
    with speaking("ms"):
        shown = plain(answer_turn(1, answer, [], lambda file, page: None))
    assert "Lihat algoritma pada muka surat 6 (tercetak 4): Steps, page 2." in shown


def test_nothing_from_outside_becomes_markup_in_malay():
    shown = turn(f"xss {XSS}")
    assert "<script" not in shown and "<img src=x" not in shown


# ---- every state ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("silent", "Garis panduan di sini tidak menjawab soalan ini."),
        ("refuse", "Ini bukan soalan untuk garis panduan."),
        ("conflict", "Garis panduan mencetak perkara yang berbeza di sini: 2 g per day and 4 g per day."),
        ("failure", "Jalankan: cpgassist doctor"),
        ("broken", "soalan tidak dijawab"),
    ],
)
def test_states_have_their_malay_words(question, expected):
    assert expected in plain(turn(question))


def test_withheld_partial_and_scanned_have_their_malay_words(monkeypatch):
    def ask(self, question, where=None):
        return replace(answered(question), status="partial", checks=Checks(5, 4, withheld=1), warnings=(READ_BY_OCR,))

    monkeypatch.setattr(FakeAssistant, "ask", ask)
    shown = plain(turn("Which?"))
    assert "Garis panduan menjawab sebahagian sahaja." in shown
    assert "1 ayat dibuang: petikannya tidak ditemui pada muka surat." in shown
    assert "Dibaca daripada muka surat imbasan oleh OCR" in shown


def test_the_frame_and_the_sheet_are_in_malay():
    with speaking("ms"):
        assert "1 garis panduan" in plain(screen.header("t", 1)) and "Jawapan dipetik" in plain(screen.welcome([]))
        assert "nombor IC" in plain(screen.foot()) and ABOUT["title"] == "Perihal jawapan ini"


def test_a_question_that_may_not_be_asked_is_refused_in_malay():
    for question, expected in (("900101-14-5678", "nombor IC"), ("", "Taip soalan"), ("x" * 3000, "hadnya 2,000")):
        (step,) = screen._asked(Conversations(FakeAssistant()), question, [], False, [], language="ms")
        assert expected in step[3], question


def test_routes_of_photos_and_answers_speak_the_readers_language():
    client = TestClient(create_app(FakeAssistant()))
    ms = {"cookie": f"{COOKIE}=ms"}
    assert client.get("/photos").json()["words"]["describe"] == "Describe"
    card = client.get("/photos", headers=ms).json()
    assert card["words"]["describe"] == "Huraikan" and card["by_user"].startswith("Penemuan dihuraikan")
    assert client.get("/exports/x.pdf", headers=ms).json()["message"].startswith("Jawapan ini tidak lagi disimpan")
    photo = {**ms, "content-type": "application/octet-stream"}
    assert client.post("/photos?sizes=x", headers=photo).json()["message"] == "Tiada foto diberikan."


# ---- all that the program says --------------------------------------------------------------------------------

SAYING = [
    *sorted((SOURCE / "answering").rglob("*.py")),
    *sorted((SOURCE / "apps" / "chat").glob("*.py")),
    *(SOURCE / name for name in ("editions.py", "assistant.py", "apps/web/questions.py", "apps/wording.py")),
    *(SOURCE / "types" / name for name in ("answers.py", "findings.py")),
]
"""Modules whose sentences reach a reader of the chat."""
FOR_OTHERS = re.compile(
    # the terminal's, the admin's, and what only a caller in Python meets
    r"k is |Ask for 1 to|Photos are switched off here|Set CPGASSIST_|Give at least one|No image model is configured"
    r"|Warning: |Repeats |Supersedes |Findings: |7 withheld: |No finding holds|The findings are|Asked as: |found by: "
)


def sentences(path: Path) -> Iterator[str]:
    """The constants and f-strings of a module that read as sentences, with 7 in every slot; no documentation."""
    tree = ast.parse(path.read_text("utf-8"))
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped.update(id(part) for part in ast.walk(node) if part is not node)
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        found = ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = node.value
        elif isinstance(node, ast.JoinedStr):
            found = "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
        found = SLOTS.sub("7", found).strip().replace("See the 7 on page 77: ", "See the figure on page 7: ")
        if re.fullmatch(r"(?:[A-Z7][\w']*,?|7) [^<>\\|^$*_=]*[.?]", found) and len(found.split()) > 2:
            yield found


@pytest.mark.parametrize("path", SAYING, ids=lambda path: path.stem)
def test_every_sentence_that_can_reach_a_reader_has_its_malay(path):
    if path.name in ("english_words.py", "malay_words.py", "malay_sentences.py"):
        pytest.skip("the tables themselves")
    missing = [one for one in sentences(path) if not FOR_OTHERS.match(one) and malay(one) == one]
    assert not missing


def test_patients_chips_headings_and_states_all_have_their_malay():
    from cpgassist.answering import applicability

    labels = {*applicability._MANY.values(), *applicability._ONE.values(), *applicability._CHIP.values()}
    same = {"HIV", "HIV?", "eGFR?"}
    for words in (*labels, *wording.HEADINGS.values(), *wording.WORDS.values(), wording.NO_MODEL):
        assert (malay(words) == words) == (words in same), words


@pytest.mark.parametrize("question", ["Which steroid?", "conflict", "silent", "refuse"])
def test_nothing_of_an_answer_but_the_guidelines_words_is_english(question):
    answer = canned(question)
    for line in (*answer.remarks, *answer.warnings):
        assert malay(line) != line, line


# ---- the switch -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site():
    with serving(FakeAssistant()) as address:
        yield address


class TestSwitch:
    """One press changes all around the answers, keeps what was typed and asked, and is remembered."""

    pytestmark = MARKS

    def test_it_changes_the_frame_and_keeps_the_rest(self, browser, site):
        chat = Chat(browser, site, viewport={"width": 1400, "height": 900})
        page = chat.page
        try:
            chat.ask("Which steroid?")
            page.fill("#ask textarea", "half a question")
            page.click("button.language")
            page.wait_for_selector("#filter input[placeholder^='Semua ']", state="attached")
            chat.wait_until("document.documentElement.lang === 'ms'")
            assert page.input_value("#ask textarea") == "half a question"
            assert page.get_attribute("#turn-1 .reply", "lang") == "en", "what was answered stays as it was told"
            page.wait_for_selector("#panel .source:not([hidden]) .mark")
            assert page.inner_text("#panel h2") == "Bukti" and page.inner_text("#send") == "Tanya"
            chat.ask("Which steroid?")
            assert page.get_attribute("#turn-2 .reply", "lang") == "ms"
            page.fill("#ask textarea", "900101-14-5678")
            page.press("#ask textarea", "Enter")
            assert "nombor IC" in page.inner_text("#before-sending b")
            page.click("#clear")
            page.wait_for_selector("#thread .welcome")
            assert "Apakah kata garis panduan?" in page.inner_text("#thread")
            page.reload()
            page.wait_for_selector("#filter input[placeholder^='Semua ']", state="attached")
            page.click("button.language")
            chat.wait_until("document.documentElement.lang === 'en'")
            assert "What does the guideline say?" in page.inner_text("#thread")
            assert not chat.complaints, chat.complaints
        finally:
            chat.context.close()

    def test_a_browser_that_asks_for_malay_gets_it(self, browser, site):
        chat = Chat(browser, site, viewport={"width": 390, "height": 844}, locale="ms-MY")
        try:
            chat.wait_until("document.documentElement.lang === 'ms'")
            chat.page.click("#photo")
            chat.page.wait_for_selector("#photo-card")
            assert "Huraikan apa yang anda lihat" in chat.page.inner_text("#photo-card")
        finally:
            chat.context.close()
