"""The chat without a browser: words, escaping, refusals, turns, follow-ups."""

from __future__ import annotations

import html
import logging
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from chat_fakes import ECZEMA, HEIGHT, LINES, WIDTH, XSS, FakeAssistant, answered, canned, cite

from cpgassist.apps.chat import screen
from cpgassist.apps.chat.conversation import Conversations
from cpgassist.apps.chat.evidence import mark_style
from cpgassist.apps.chat.markup import page_name, text
from cpgassist.apps.chat.rendering import answer_turn, check_line, error_turn
from cpgassist.apps.chat.screen import banner, header, welcome
from cpgassist.apps.server import serve
from cpgassist.apps.web.questions import LONGEST_QUESTION, checked_question
from cpgassist.errors import InputError, ModelError, NoIndexError
from cpgassist.types import Answer, Box, Checks, Locator, Statement

IC = "Ahmad 900101-14-5678 fever"


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant()


def size(file: str, page: int) -> tuple[float, float]:
    return WIDTH, HEIGHT


def shown(answer: Answer) -> str:
    return answer_turn(1, answer, [ECZEMA], size)


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


class Tags(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs


# ---- words of an answer ----------------------------------------------------------------------------------------


def test_parts_stand_in_their_order():
    said = words(shown(answered("Which steroid?")))
    parts = ("Which steroid?", "5 of 5 quotes found on the page · searched 1 guideline (0.3 s)", LINES[1][2])
    parts += (
        "Act now, as the guideline prints it",
        LINES[5][2],
        "Recommendations",
        LINES[2][2],
        "Table rows",
        "Not in the guideline",
        "Source",
    )
    places = [said.find(part) for part in parts]
    assert -1 not in places and places == sorted(places)


def test_an_urgent_line_stands_once_whether_it_is_lifted_or_the_bottom_line():
    chat = shown(answered("q")).partition('<div class="evidence"')[0]
    assert chat.count(LINES[5][2]) == 1 and "From the text" not in words(chat)
    urgent = replace(answered("q"), bottom_line=Statement(LINES[5][2], (5,)))
    chat = shown(urgent).partition('<div class="evidence"')[0]
    assert chat.count(LINES[5][2]) == chat.count("Act now, as the guideline prints it") == 1
    calm = replace(answered("q"), statements=answered("q").statements[:4])
    assert "Act now" not in words(shown(calm))


def test_an_urgent_row_is_lifted_with_its_header():
    row = Statement("Severe | Refer immediately", (3,), None, "table", lead=("Severity | What to do",))
    calm = Statement("Mild | Rest at home", (4,), None, "table", lead=("Severity | What to do",))
    said = words(shown(replace(answered("q"), statements=(calm, row))).partition('<div class="evidence"')[0])
    lifted, _, rest = said.partition("Table rows")
    assert "Act now, as the guideline prints it Severity What to do" in lifted and "Refer immediately" in lifted
    assert "Rest at home" in rest and "Refer immediately" not in rest


def test_the_bottom_line_is_not_repeated_and_keeps_its_printed_grade():
    chat = shown(answered("q")).partition('<div class="evidence"')[0]
    assert chat.count(LINES[1][2]) == 1
    line = chat.partition('class="bottom-line"')[2].partition("</div>")[0]
    assert "Grade A" in words(line) and "Level I" in words(line)


def test_table_rows_keep_their_cells():
    chat = shown(answered("q"))
    assert "<td>Face and neck</td><td>Mild potency</td><td>5 days</td>" in chat
    assert chat.count("<tr>") == 2


def test_rows_of_different_pages_and_editions_stand_in_tables_of_their_own():
    newer = replace(ECZEMA, id="eczema-2", published=2024)
    rows = tuple(Statement(f"Adult | {n} mg", (n,), None, "table") for n in (1, 2, 3))
    cited = (cite(1, 1), cite(2, 2), cite(3, 2, newer))
    chat = shown(Answer("answered", 1, "q", "v", statements=rows, citations=cited))
    assert chat.count("<table>") == 3
    assert "Copied cell by cell from Care of the Itchy Skin in Adults (2024), page 2 (printed 12)." in chat


def test_each_line_names_its_guideline_when_several_are_cited():
    newer = replace(ECZEMA, id="eczema-2", published=2024)
    said = (Statement("8 mg/kg", (1,)), Statement("• 12 mg/kg", (2,)))
    chat = shown(Answer("answered", 1, "q", "v", said[0], said, (), (cite(1), cite(2, 2, newer))))
    origins = [words(one) for one in re.findall('class="origin">([^<]+)<', chat)]
    assert origins == [f"{ECZEMA.title} (2017)", f"{ECZEMA.title} (2024)"]
    assert "<li>12 mg/kg " in chat, "a list has its own bullets"
    assert 'class="origin"' not in shown(answered("q"))


def test_short_rows_are_filled_up():
    rows = (Statement("a | b | c", (1,)), Statement("d | e", (1,)))
    chat = shown(Answer("answered", 1, "q", "v", statements=rows, citations=(cite(1),)))
    assert "<td>d</td><td>e</td><td></td>" in chat


def test_a_grade_is_shown_as_printed_and_absent_grades_show_nothing():
    said = (Statement("x", (1,), "Strong (GRADE)"), Statement("y", (1,)))
    chat = shown(Answer("answered", 1, "q", "v", statements=said, citations=(cite(1),))).partition('class="evidence"')[
        0
    ]
    assert chat.count('class="grade"') == 1 and "Strong (GRADE)" in chat


def test_page_and_printed_page():
    assert page_name(Locator(46, "44")) == "page 46 (printed 44)"
    assert page_name(Locator(46, "46")) == page_name(Locator(46)) == "page 46"


def test_an_old_edition_says_so():
    assert re.search(r"This edition is \d+ years old\.", shown(answered("q")))


def test_check_line_counts_and_warns():
    line = check_line(
        Answer("partial", 0.5, "q", "v", citations=(cite(1),), checks=Checks(4, 3, 0, 0, 1), seconds={"total": 1.26}),
        [ECZEMA],
    )
    assert "3 of 4 quotes found on the page" in line and "(1.3 s)" in line and "checks bad" in line


def test_withheld_sentences_are_announced():
    said = words(shown(Answer("partial", 0.5, "q", "v", checks=Checks(withheld=1))))
    assert "The guideline answers part of this." in said
    assert "1 sentence removed: its quote was not found on the page." in said


def test_silence_names_what_was_searched_and_the_closest_page():
    said = words(shown(canned("silent")))
    assert "The guidelines here do not answer this." in said
    assert f"Searched: {ECZEMA.title} (2017)." in said
    assert f"Closest page: {ECZEMA.title} (2017), page 1 (printed 11)" in said
    assert "Not in the guideline" not in said


def test_the_closest_page_of_silence_is_shown_and_nothing_is_quoted_from_it():
    markup = shown(canned("astray"))
    assert words(markup).count("Closest page:") == 1
    assert "section '5.2 Topical treatment of a flare'. See the page" in words(markup)
    assert 'href="#e-1-1"' in markup and 'id="e-1-1"' in markup and markup.count('class="mark"') == 1
    assert "<blockquote" not in markup and "quotes" not in words(markup) and 'class="copy"' not in markup
    assert "<section" not in markup.replace('<section class="actions">', ""), "no page is a source of silence"


def test_silence_uses_the_words_of_the_answer_when_it_has_them():
    line = "The guidelines here do not answer this. Searched: everything. Closest page: 3."
    answer = Answer("silent", 0, "q", "v", not_in_guideline=(line,), checks=Checks(5, 0))
    said = words(shown(answer))
    assert said.count("do not answer") == said.count("Searched:") == 1 and "Closest page: 3." in said
    assert "0 of 5" not in said, "no quote is shown, so none is counted"


def test_refusal_conflict_error_and_warnings_have_their_words():
    assert "not a question for the guidelines" in words(shown(canned("refuse")))
    assert "The guidelines print different things. Both are shown." in words(shown(Answer("conflict", 1, "q", "v")))
    assert "Mind the gap." in words(shown(Answer("answered", 1, "q", "v", warnings=("Mind the gap.",))))
    assert "Missing. Run: doctor" in words(error_turn(1, "q", ModelError("Missing.", "Run: doctor")))


def test_an_unverified_quote_is_not_called_found():
    chat = shown(
        Answer("answered", 1, "q", "v", statements=(Statement("x", (1,)),), citations=(cite(1, verified=False),))
    )
    assert "Not found on this page" in chat and "word for word" not in chat


def test_unknown_page_size_leaves_the_page_without_marks():
    chat = answer_turn(1, answered("q"), [ECZEMA], lambda file, page: None)
    assert 'class="mark"' not in chat and "<img" in chat


def test_marks_are_percentages_of_the_page():
    assert mark_style(Box(101, 201, 199, 299), 1000, 1000) == "left:10.000%;top:20.000%;width:10.000%;height:10.000%"
    assert mark_style(Box(-50, 0, 2000, 10), 1000, 1000).startswith("left:0.000%;top:0.000%;width:100.000%")


def test_a_quote_read_by_ocr_says_so_and_is_never_called_found():
    citation = replace(cite(1), verified="ocr", uncertain=("250",))
    answer = replace(answered("q"), citations=(citation,), checks=Checks(quotes_by_ocr=1))
    turn = words(shown(answer))
    assert turn.count("Read from a scanned page by OCR: check the numbers on the page image. Uncertain: 250.") == 3, (
        "answer, panel, copied reference"
    )
    assert "Found word for word" not in turn and "0 of 0" not in turn and "1 quote read by OCR" in turn


# ---- escaping --------------------------------------------------------------------------------------------------


def test_everything_from_outside_is_escaped():
    answer = canned(f"xss {XSS}")
    for markup in (shown(answer), header(XSS, 1), welcome([XSS]), error_turn(1, XSS, ModelError(XSS, XSS))):
        found = Tags(markup)
        assert "script" not in found.tags
        assert not [name for name, value in found.attributes if name.startswith("on")]
        assert not [value for name, value in found.attributes if value and "javascript:" in value and name != "alt"]
        assert XSS.partition(" [")[0] in words(markup) or html.escape(XSS) in markup
    images = [value for name, value in Tags(shown(answer)).attributes if name == "src"]
    assert images == ["/pages/asthma/1.jpg?v=cdcdcdcdcdcd"]


@pytest.mark.parametrize("gap", ["\n", "\n\n", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\t"])
def test_no_line_break_survives_as_markdown_would_start_again_after_it(gap):
    assert text(f"a{gap}{gap}# b") == "a # b"
    assert len(shown(answered(f"a{gap}{gap}# b")).splitlines()) == 1


# ---- what may be asked -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", [IC, "900101145678", "900101 14 5678 rash", "x:900101-145678."])
def test_ic_numbers_are_refused_and_not_repeated(question):
    with pytest.raises(InputError, match="IC number") as caught:
        checked_question(question)
    assert "9001" not in str(caught.value)


@pytest.mark.parametrize("question", ["eGFR 45, age 67", "call 03-1234 5678", "1234567890123456", "dose 100000 IU"])
def test_other_numbers_are_not_ic_numbers(question):
    assert checked_question(f" {question} ") == question


def test_long_and_empty_questions_are_refused_before_any_work(assistant):
    talk = Conversations(assistant)
    for question, said in (("x" * (LONGEST_QUESTION + 1), "limit is 2,000"), ("  ", "Type a question"), (None, "Type")):
        with pytest.raises(InputError, match=said):
            next(talk.turns(1, question))
    assert assistant.asked == []


def test_the_browser_checks_the_same():
    script = (Path(screen.__file__).parent / "assets" / "chat.js").read_text()
    assert f"const LONGEST = {LONGEST_QUESTION};" in script
    assert r"/(?<!\d)\d{6}[-\s]?\d{2}[-\s]?\d{4}(?!\d)/" in script


# ---- a turn ----------------------------------------------------------------------------------------------------


def test_a_turn_goes_from_awaited_to_answered(assistant):
    first, last = Conversations(assistant).turns(3, "Which steroid?", ["eczema"])
    assert "Searching 1 guideline…" in words(first) and 'id="turn-3"' in first
    assert 'class="turn answered"' in last and 'href="#e-3-1"' in last
    assert assistant.asked[0][1].guidelines == ("eczema",)


def test_no_choice_means_all_guidelines(assistant):
    first, _ = Conversations(assistant).turns(1, "q", [])
    assert "Searching 2 guidelines…" in words(first) and assistant.asked[0][1] is None


def test_an_unknown_guideline_is_refused(assistant):
    with pytest.raises(InputError, match="not in the index"):
        next(Conversations(assistant).turns(1, "q", ["../etc"]))


def test_a_slow_answer_shows_its_pages_first(assistant):
    assistant.delay = 0.4
    _, pages, last = Conversations(assistant, slow_after=0.05).turns(1, "q")
    assert "Still writing. The pages are already on the right" in words(pages) and 'class="mark"' in pages
    assert "word for word" not in pages
    assert "answered" in last


def test_errors_become_a_turn_and_unexpected_ones_keep_the_question_out_of_logs(assistant, caplog):
    talk = Conversations(assistant)
    assert "The embedder's files are missing. Run: cpgassist doctor" in words(list(talk.turns(1, "failure"))[-1])
    with caplog.at_level(logging.DEBUG):
        last = list(talk.turns(1, "broken MARKER-77"))[-1]
    assert "Something went wrong on this computer" in words(last) and "secret" not in last
    assert "RuntimeError" in caplog.text and "MARKER-77" not in caplog.text


def test_warnings_of_the_index_stand_once_above_the_chat(assistant):
    assistant.warnings = (XSS,)
    last = list(Conversations(assistant).turns(1, f"xss {XSS}"))[-1]
    assert "note warning" not in last
    assert "note warning" in banner(assistant.warnings) and "<script" not in banner(assistant.warnings)


def test_a_lost_index_is_said_and_keeps_the_question():
    class Lost(FakeAssistant):
        @property
        def index(self):
            raise NoIndexError("There is no index.", "Run: cpgassist reindex")

    lost = Lost.__new__(Lost)
    (step,) = screen._asked(Conversations(lost), "q", [], False, [])
    assert "There is no index.</b> Run: cpgassist reindex" in step[3]


# ---- follow-ups -----------------------------------------------------------------------------------------------


def steps(assistant, question, past, said):
    """The last value of each output after a question: thread, past, box, notice, said."""
    shown = list(screen._asked(Conversations(assistant), question, ["eczema"], False, past, said))
    return shown[-2][1], shown[-1][4]


def test_a_follow_up_is_asked_self_contained_and_shown(assistant):
    past, said = steps(assistant, "Which steroid for eczema in adults?", [], ())
    past, said = steps(assistant, "and in pregnancy?", past, said)
    expected = "Which steroid for eczema – and in pregnancy?"
    assert [question for question, _ in assistant.asked] == ["Which steroid for eczema in adults?", expected]
    assert assistant.asked[-1][1].guidelines == ("eczema",), "the filter stays"
    assert f"Asked as: {expected}" in words(past[-1]) and "Asked as" not in past[0]
    assert "You asked: and in pregnancy?" in words(past[-1])
    assert past[-1].index("Asked as") < past[-1].index(LINES[1][2])
    assert len(said) == 2


def test_a_new_chat_knows_nothing_of_another(assistant):
    steps(assistant, "Which steroid for eczema in adults?", [], ())
    steps(assistant, "and in pregnancy?", [], ())
    assert assistant.asked[-1][0] == "and in pregnancy?"


def test_a_question_that_failed_is_not_followed_up(assistant):
    _, said = steps(assistant, "failure of eczema treatment?", [], ())
    assert said == ()


def test_what_a_follow_up_was_asked_as_is_escaped():
    shown_as = shown(replace(answered("q"), asked_as=XSS))
    assert "<script" not in shown_as and html.escape(" ".join(XSS.split())) in shown_as


def test_clear_starts_a_new_conversation_and_the_state_is_the_sessions_own(assistant):
    blocks = screen.build(Conversations(assistant), "t", [])
    states = [block for block in blocks.blocks.values() if type(block).__name__ == "State"]
    assert [state.value for state in states] == [[], ()]
    cleared = [fn for fn in blocks.fns.values() if fn.outputs and not fn.inputs and states[1] in fn.outputs]
    (fn,) = cleared
    assert fn.fn()[fn.outputs.index(states[1])] == ()


# ---- starting -------------------------------------------------------------------------------------------------


def test_importing_the_chat_does_not_import_gradio():
    code = "import sys, cpgassist.apps.chat; sys.exit('gradio' in sys.modules or 'fastapi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_serve_is_local_and_says_where(assistant, monkeypatch, capsys):
    ran = {}
    monkeypatch.setattr("uvicorn.run", lambda app, **how: ran.update(how))
    serve(assistant, port=7999)
    assert "http://127.0.0.1:7999/chat/" in capsys.readouterr().err
    assert ran["host"] == "127.0.0.1" and ran["access_log"] is False
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
