"""What can be done with an answer, without a browser: judge it, export it, ask on, limit it, and where guidelines differ."""

from __future__ import annotations

import html
import json
import re
import threading
from dataclasses import replace

import pytest
from chat_fakes import (
    DIFFERENT,
    ECZEMA,
    HEIGHT,
    LINES,
    OLDER,
    WIDTH,
    XSS,
    FakeAssistant,
    FakeCorpus,
    answered,
    cite,
    conflicting,
)
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.answering import condensed
from cpgassist.apps.chat import answers as answers_module
from cpgassist.apps.chat import screen
from cpgassist.apps.chat.about import about
from cpgassist.apps.chat.answers import Answers
from cpgassist.apps.chat.clarifying import clarify, follow_up
from cpgassist.apps.chat.conversation import Conversations
from cpgassist.apps.chat.evidence import reference
from cpgassist.apps.chat.filters import Filters, filters
from cpgassist.apps.chat.rendering import answer_turn
from cpgassist.apps.language.words import ABOUT, ACTIONS
from cpgassist.apps.server import create_app
from cpgassist.apps.web.kept import Kept
from cpgassist.conversation import Turn
from cpgassist.errors import InputError
from cpgassist.feedback import FeedbackLog
from cpgassist.types import Answer, Findings, Statement

KNOWN = {"eczema": ECZEMA, "eczema-2009": OLDER}


@pytest.fixture
def assistant(tmp_path) -> FakeAssistant:
    return FakeAssistant(corpus=FakeCorpus(tmp_path / "feedback.jsonl"))


@pytest.fixture
def log(assistant) -> FeedbackLog:
    return FeedbackLog(assistant.corpus.settings.feedback)


@pytest.fixture(scope="module")
def served():
    """One server; each test has a log of its own."""
    assistant = FakeAssistant()
    with TestClient(create_app(assistant), base_url="http://127.0.0.1") as client:
        yield client, assistant.corpus.settings


@pytest.fixture
def client(served, log):
    served[1].feedback = log.path
    return served[0]


def shown(answer: Answer, **more) -> str:
    return answer_turn(1, answer, [ECZEMA], lambda file, page: (WIDTH, HEIGHT), **more)


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


# ---- kept for a while -------------------------------------------------------------------------------------------


def test_the_newest_are_kept_and_keys_are_not_alike(monkeypatch):
    kept: Kept[int] = Kept(most=2, seconds=10)
    keys = [kept.keep(n) for n in range(3)]
    assert [kept.get(key) for key in keys] == [None, 1, 2] and len(kept) == 2
    assert len(set(keys)) == 3 and min(map(len, keys)) >= 20
    kept.drop(keys[1]), kept.drop("never there")
    assert kept.get(keys[1]) is None
    from cpgassist.apps.web import kept as module

    later = module.time.monotonic() + 11
    monkeypatch.setattr(module.time, "monotonic", lambda: later)
    assert kept.get(keys[2]) is None


# ---- judging ----------------------------------------------------------------------------------------------------


def test_a_verdict_is_kept_without_the_question_and_a_new_one_replaces_it(assistant, log):
    judged = Answers(assistant)
    key = judged.keep(answered("Which steroid for MARKER-8?"))
    judged.judge(key, "helpful")
    (one,) = log.read()
    assert (one.verdict, one.reasons, one.index) == ("helpful", (), "20261120-1")
    assert one.citations == (("eczema", 2), ("eczema", 3), ("eczema", 1))
    assert one.question == log.hashed("which steroid  for marker-8?") and one.models["generator"] == "extractive"
    judged.judge(key, "not helpful", ("unsafe", "incomplete"))
    (one,) = log.read()
    assert (one.verdict, one.reasons) == ("not helpful", ("unsafe", "incomplete"))
    judged.judge(key, None)
    assert log.read() == []
    judged.judge(key, None)
    assert b"MARKER" not in log.path.read_bytes()


def test_a_quote_is_judged_apart_from_its_answer(assistant, log):
    judged = Answers(assistant)
    key = judged.keep(answered("q"))
    judged.judge(key, "helpful")
    judged.judge(key, "unsupported quote", citation=3)
    assert [(one.verdict, one.citations) for one in log.read()][1] == ("unsupported quote", (("eczema", 3),))
    judged.judge(key, None, citation=3)
    assert [one.verdict for one in log.read()] == ["helpful"]
    with pytest.raises(InputError):
        judged.judge(key, "unsupported quote", citation=9)


def test_a_follow_up_is_hashed_as_it_was_asked(assistant, log):
    judged = Answers(assistant)
    judged.judge(judged.keep(replace(answered("and?"), asked_as="Which steroid – and?")), "helpful")
    assert log.read()[0].question == log.hashed("Which steroid – and?")


def test_clicks_of_several_readers_do_not_spoil_each_other(assistant, log):
    judged = Answers(assistant)
    key = judged.keep(answered("q"))
    clicks = [threading.Thread(target=judged.judge, args=(key, "helpful")) for _ in range(8)]
    [one.start() for one in clicks], [one.join() for one in clicks]
    assert len(log.read()) == 1 and log.damaged() == 0


def put(client, key, **said):
    return client.put(f"/feedback/{key}", json={"verdict": "helpful", "reasons": [], "citation": 0, **said})


def test_the_route_keeps_a_verdict_and_takes_it_back(client, log):
    key = asked(client)
    assert put(client, key, verdict="not helpful", reasons=["wrong page", "wrong page"]).status_code == 204
    assert log.read()[0].reasons == ("wrong page",)
    assert put(client, key, verdict="unsupported quote", citation=2).status_code == 204
    assert put(client, key, verdict=None).status_code == 204
    assert [one.verdict for one in log.read()] == ["unsupported quote"]


@pytest.mark.parametrize(
    "body",
    [
        *("", "{", "[]", "null", '{"verdict": "helpful"}', '{"verdict": "great", "reasons": [], "citation": 0}'),
        *('{"verdict": "helpful", "reasons": ["ugly"], "citation": 0}', "x" * 3000),
        *('{"verdict": "helpful", "reasons": [7], "citation": 0}', '{"verdict": [], "reasons": [], "citation": 0}'),
        *('{"verdict": "helpful", "reasons": [], "citation": true}', '{"verdict": 1, "reasons": 1, "citation": 1}'),
        '{"verdict": "helpful", "reasons": [], "citation": 77}',
    ],
)
def test_the_route_refuses_everything_else(client, log, body):
    told = client.put(f"/feedback/{asked(client)}", content=body, headers={"content-type": "application/json"})
    assert told.status_code == 422 and told.json()["message"]
    assert log.read() == []


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_other_sites_cannot_judge(client, kind):
    """These types are all that a page of another site may send without being asked for leave first."""
    assert client.put("/feedback/x", content="{}", headers={"content-type": kind}).status_code == 415


def test_a_log_that_cannot_be_written_is_said(client, served, tmp_path):
    (tmp_path / "file").write_text("")
    served[1].feedback = tmp_path / "file" / "feedback.jsonl"
    told = put(client, asked(client))
    assert told.status_code == 422 and "CPGASSIST_FEEDBACK" in told.json()["next_step"]


def test_an_answer_that_is_gone_is_neither_judged_nor_exported(client):
    assert put(client, "unknown").json()["message"] == ACTIONS["gone_feedback"]
    told = client.get("/exports/unknown.pdf")
    assert told.status_code == 404 and told.json()["message"] == ACTIONS["gone"]


# ---- exporting --------------------------------------------------------------------------------------------------


def asked(client) -> str:
    """The key of an answer that this server keeps."""
    route = next(one for one in client.app.routes if getattr(one, "path", "").startswith("/exports/"))
    (holding,) = (cell.cell_contents for cell in route.endpoint.__closure__ if isinstance(cell.cell_contents, Answers))
    return holding.keep(answered("Which steroid?"))


@pytest.mark.parametrize(("format", "begins"), [("html", b"<!doctype html"), ("pdf", b"%PDF-"), ("docx", b"PK")])
def test_an_answer_is_a_file_of_each_kind(client, format, begins):
    told = client.get(f"/exports/{asked(client)}.{format}")
    assert told.status_code == 200 and told.content.lower().startswith(begins.lower())
    assert told.headers["cache-control"] == "no-store"
    name = told.headers["content-disposition"]
    assert re.fullmatch(rf'attachment; filename="guideline-answer-\d{{4}}-\d\d-\d\d\.{format}"', name)


@pytest.mark.parametrize("path", ["{}.exe", "{}", "{}.", "../{}.pdf", "{}.html/x"])
def test_no_other_file_is_served(client, path):
    assert client.get(f"/exports/{path.format(asked(client))}").status_code == 404


def test_an_answer_is_exported_in_the_language_that_it_was_shown_in(client, assistant):
    chat = Conversations(assistant)
    for question, head in (
        ("Which steroid?", "Bottom line"),
        ("Apakah rawatan untuk ekzema kanak-kanak?", "Jawapan ringkas"),
    ):
        key = re.search(r'id="a-([^"]+)"', [*chat.turns(1, question)][-1])[1]
        page = chat.answers.export(key, "html").decode()
        assert head in page and LINES[1][2] in page


def test_an_export_that_fails_keeps_its_words_to_itself(client, monkeypatch, caplog):
    message = f"secret {len(caplog.text)}"

    def fail(*_, **__):
        raise RuntimeError(message)

    monkeypatch.setattr(answers_module, "export_answer", fail)
    told = client.get(f"/exports/{asked(client)}.pdf")
    assert told.status_code == 422 and told.json()["message"] == ACTIONS["not_exported"]
    assert "RuntimeError" in caplog.text and "secret" not in caplog.text + told.text


def test_a_finished_answer_has_its_bar_and_one_that_grows_has_none(assistant):
    key = re.search(r'id="a-([^"]+)"', [*Conversations(assistant).turns(1, "Which steroid?")][-1])[1]
    bar = shown(answered("q"), key=key)
    for format in ("html", "pdf", "docx"):
        assert f'href="/exports/{key}.{format}"' in bar
    assert {"Helpful", "Not helpful", "Wrong page", "Unsafe", "Incomplete", "Ask again", "Export"} <= set(
        re.findall(r">([^<>]+)<", bar)
    )
    assert "<input" not in bar and "<textarea" not in bar, "no free text: it would hold patients' data"
    assert 'class="actions"' not in shown(replace(answered("q"), complete=False), key=key)
    assert bar.count(">Quote does not support this<") == 5


# ---- asking on --------------------------------------------------------------------------------------------------


def ask(assistant, question, past, said, **more):
    steps = list(screen._asked(Conversations(assistant), question, [], False, past, said, **more))
    return steps[-2][1], steps[-1][4]


def test_what_is_asked_again_is_understood_as_before(assistant):
    past, said = ask(assistant, "Which steroid for eczema in adults?", [], ())
    past, said = ask(assistant, "and in pregnancy?", past, said)
    again, said_again = ask(assistant, "and in pregnancy?", past, said)
    assert assistant.asked[-1][0] == assistant.asked[-2][0] and said_again == said and len(again) == 3


def test_a_question_is_asked_again_with_the_findings_it_had(assistant):
    seen = Findings.typed("crusting")
    talk = Conversations(assistant)
    key = talk.answers.keep(replace(answered(""), findings=seen))
    *_, last = talk.turns(2, "", findings=json.dumps({"answer": key}))
    assert assistant.confirmed[-1] == seen and "With findings: crusting" in words(last)
    for gone in ("unknown", talk.answers.keep(answered("q"))):
        with pytest.raises(InputError, match="no longer kept"):
            next(talk.turns(3, "q", findings=json.dumps({"answer": gone})))


CHIPS = [
    "Child under 2?",
    "Age over 75 years?",
    "Allergic to penicillin?",
    "HIV?",
    "Pregnant?",
    "On dialysis?",
    "Adult?",
]


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize("base", ["What is the dose of zelmorin for harbour fever?", "Who should get tarvexol?"])
def test_a_chip_asks_on_the_same_subject(base, chip):
    asked = follow_up(chip)
    assert asked.endswith("?")
    whole = condensed(asked, (Turn(base, base),))
    assert whole.startswith(base.rstrip("?")) and whole.endswith(f"– {asked}")


def test_every_chip_there_is_is_worded_and_some_are_for_the_asker_to_end():
    from cpgassist.answering.applicability import _CHIP

    asked = {chip: follow_up(chip) for chip in _CHIP.values()}
    assert all(one.startswith("and ") for one in asked.values())
    assert {chip for chip, one in asked.items() if one.endswith(" ")} == {"eGFR?", "Man or woman?"}
    assert follow_up("Something new?") == "and something new?"


def test_chips_hold_what_they_ask_and_are_escaped():
    part = clarify(replace(answered("q"), clarify=("Child under 2?", "eGFR?", XSS)))
    assert '<button type="button" class="chip asks">Child under 2?<span class="said" hidden>and in a child' in part
    assert 'class="chip begins">eGFR?' in part and "<script" not in part and "<img" not in part
    assert clarify(Answer("answered", 1, "q", "v")) == ""


# ---- filters ----------------------------------------------------------------------------------------------------


def test_filters_say_what_they_leave_out():
    assert Filters().words({"eczema": ECZEMA}) == "" and Filters().where is None
    assert Filters().words(KNOWN) == "Current editions only"
    assert Filters(older=True).words(KNOWN) == "Older editions too"
    assert Filters(("eczema",), 2015).words(KNOWN) == f"{ECZEMA.title} (2017) · 2015 or later"
    assert Filters(year_from=2015, older=True).where.year_from == 2015


def test_filters_find_the_guidelines_that_are_searched():
    assert Filters().searched(KNOWN) == (ECZEMA,) and Filters(older=True).searched(KNOWN) == (ECZEMA, OLDER)
    assert Filters(("eczema-2009",)).searched(KNOWN) == (OLDER,), "one that is named is asked for"
    with pytest.raises(InputError, match="No guideline here passes"):
        Filters(year_from=2018).searched(KNOWN)
    assert Filters().searched({}) == (), "an empty index says so itself"


@pytest.mark.parametrize("year", ["20", "abc", "20190", "-2019", "２０１９", [2019], {"a": 1}, "1800"])
def test_what_is_no_year_is_refused(year):
    with pytest.raises(InputError, match="year"):
        filters([], year, False, KNOWN)


def test_a_year_limits_the_search_and_the_check_line_says_so(assistant):
    (first, last) = Conversations(assistant).turns(1, "Which steroid?", year="2020")
    assert "Searching 1 guideline…" in words(first) and assistant.asked[-1][1].year_from == 2020
    said = words(last)
    assert "searched 1 of 2 guidelines" in said and "Filters 2020 or later" in said


def test_years_on_offer_leave_out_the_one_that_leaves_nothing_out():
    offered = [value for _, value in screen.years([ECZEMA, OLDER, replace(OLDER, published=2012)])]
    assert offered == ["", "2017", "2012"]
    assert [value for _, value in screen.years([ECZEMA, replace(ECZEMA, published=None)])] == ["", "2017"]


# ---- where guidelines differ ------------------------------------------------------------------------------------


def test_two_doses_stand_side_by_side_newer_first_and_none_is_the_bottom_line():
    turn = shown(conflicting("q")).partition('<div class="evidence"')[0]
    said = words(turn)
    assert 'class="bottom-line"' not in turn, "it would be a verdict"
    assert "Where guidelines differ" in said
    assert said.index("2017") < said.index("2009") and said.index(DIFFERENT[1][:24]) > said.index("2017")
    assert "<b>4 g per day</b>" in turn and "<b>2 g per day</b>" in turn
    assert said.count("Mild cream is applied at") == 2, "each stands once"
    assert said.count("Superseded edition") == 1 and said.count("Grade B") == 2
    assert "2 g per day and 4 g per day. Both are shown." in said
    assert "The guidelines print different things. Both are shown." not in said, "said once, with the values"


def test_a_bottom_line_that_nobody_contradicts_stays():
    calm = Statement(LINES[1][2], (3,))
    answer = conflicting("q")
    answer = replace(
        answer, bottom_line=calm, statements=(calm, *answer.statements), citations=(*answer.citations, cite(3))
    )
    said = words(shown(answer))
    assert said.index(LINES[1][2]) < said.index("Where guidelines differ")


def test_one_guideline_that_differs_from_itself_is_called_so():
    answer = conflicting("q")
    pages = tuple(
        replace(one, guideline=ECZEMA, at=replace(one.at, page=n)) for n, one in enumerate(answer.citations, 1)
    )
    assert "Where the pages differ" in words(shown(replace(answer, citations=pages)))


def test_a_superseded_edition_says_so_at_every_line():
    answer = replace(answered("q"), citations=tuple(replace(one, guideline=OLDER) for one in answered("q").citations))
    line = shown(answer).partition('class="bottom-line"')[2].partition("</div>")[0]
    assert "Superseded edition" in words(line)


def test_a_sentence_with_two_printed_grades_keeps_both():
    said = (Statement(LINES[1][2], (1,), "Grade A"), Statement(LINES[1][2], (2,), "Grade B"))
    answer = Answer("answered", 1, "q", "v", said[0], said, (), (cite(1), cite(2, 3)))
    turn = words(shown(answer).partition('<div class="evidence"')[0])
    assert "Grade A" in turn and "Grade B" in turn


# ---- lines ------------------------------------------------------------------------------------------------------


def test_a_row_that_misses_a_cell_stands_whole_under_the_header():
    header = ("Group | Dose | Most",)
    rows = (Statement("Adult | 5 mg | 10 mg", (1, 9), lead=header), Statement("Child | 2 mg", (2, 9), lead=header))
    cited = (cite(1), cite(2), cite(9) if 9 in LINES else replace(cite(3), n=9))
    chat = shown(Answer("answered", 1, "q", "v", statements=rows, citations=cited)).partition('<div class="evidence"')[
        0
    ]
    assert "<th>Group</th><th>Dose</th><th>Most</th>" in chat
    assert '<span class="column">Dose: </span>5 mg' in chat
    assert '<td class="whole" colspan="3">Child | 2 mg</td>' in chat, "which cell is empty is not known"
    assert chat.count('href="#e-1-9"') == 1, "the header's citation stands once, under the table"


def test_kinds_stand_together_recommendations_first():
    said = tuple(
        Statement(f"Line {n}.", (1,), kind=kind)
        for n, kind in enumerate(("text", "table", "text", "recommendation", "table"))
    )
    turn = words(shown(Answer("answered", 1, "q", "v", statements=said, citations=(cite(1),))))
    heads = [turn.index(head) for head in ("Recommendations", "From the text", "Table rows")]
    assert heads == sorted(heads) and turn.count("From the text") == turn.count("Table rows") == 1


# ---- the rest ---------------------------------------------------------------------------------------------------


def test_a_reference_names_all_that_finds_the_quote_again():
    lines = reference(replace(cite(1), quote="Take  5 mg\nonce."), "Grade A | Level I")
    assert lines == (
        "“Take 5 mg once.”",
        "Care of the Itchy Skin in Adults. Ministry of Samples, 2nd edition, 2017. PDF page 2, printed page 12.",
        "5 Treatment › 5.2 Topical treatment of a flare",
        "Printed grade: Grade A | Level I",
    )
    assert "Not found on this page" in reference(replace(cite(1), verified=False))[-1]
    assert "OCR" in reference(replace(cite(1), verified="ocr"))[-1]


def test_about_says_what_a_reader_can_check_an_answer_by():
    said = words(about([ECZEMA, replace(OLDER, title=XSS)], XSS, XSS))
    for part in ("use", "inputs", "how", "data", "measured", "limits"):
        assert ABOUT[part] in said
    assert "2nd edition" in said and "<script" not in about([replace(ECZEMA, title=XSS)], XSS, XSS)
    assert ABOUT["how_no_model"] in words(about([], "v"))


def test_the_photo_example_is_greyed_out_with_its_reason_where_no_model_sees():
    assistant = FakeAssistant()
    settings = assistant.corpus.settings
    assert not screen.may_see(assistant)
    part = screen.welcome(["Which steroid?"])
    assert "disabled" in part and "none is configured here" in words(part)
    settings.model_backend, settings.model = "openai", "medgemma"
    assert screen.may_see(assistant) and "disabled" not in screen.welcome([], "m", sees=True)
    for sees in (True, False):
        drawn = screen.welcome([], "m", sees=sees, pictured=True)
        assert "drawn test" in words(drawn) and ("disabled" in drawn) is not sees
        assert ("Needs a model that looks at photos" in words(drawn)) is not sees
    settings.photo = "off"
    assert not screen.may_see(assistant)


@given(st.text(), st.text())
def test_no_words_of_a_guideline_become_markup(line, differing_words):
    from cpgassist.apps.chat.differing import _emphasised

    shown_as = _emphasised(line, differing_words)
    rest = shown_as.replace("<b>", "").replace("</b>", "")
    assert "<" not in rest and ">" not in rest and len(shown_as.splitlines()) <= 1
