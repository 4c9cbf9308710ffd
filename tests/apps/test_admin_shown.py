"""What the admin page shows: the corpus, its quality, evaluations and feedback; nothing from outside becomes markup."""

import json
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from cpgassist import Assistant
from cpgassist.apps.admin import corpus_view, evaluation_view, job_view, plots, quality_view
from cpgassist.apps.admin.feedback_view import feedback
from cpgassist.apps.admin.office import Office
from cpgassist.apps.admin.opinions import opinions
from cpgassist.apps.keeping.evaluations import MOST_FILES
from cpgassist.apps.server import create_app
from cpgassist.errors import InputError
from cpgassist.types import GuidelineInfo
from tests.apps.admin_desk import (
    BYTES,
    HOST,
    NET,
    QUESTIONS,
    TOKEN,
    XSS,
    arrived,
    entered,
    finished,
    kept,
    lines_of,
    sent,
    visitor,
)
from tests.fixtures.clinic import drawn

# ---- what is shown


def test_the_table_holds_what_an_admin_must_know_and_is_filtered(office):
    standing = office.standing()
    assert "3</b><span>guidelines" in corpus_view.counters(standing)
    every = corpus_view.guideline_table(standing, "")
    assert all(word in every for word in ("gull.pdf", "rope.pdf", *corpus_view.HEADS))
    some = corpus_view.guideline_table(standing, "ROPE burn")
    assert "rope.pdf" in some and "gull.pdf" not in some and "1 of 3 guidelines" in some
    assert "No guideline matches" in corpus_view.guideline_table(standing, XSS)


def everything_shown(office):
    standing = office.standing()
    return (
        corpus_view.counters(standing),
        corpus_view.waiting(standing),
        corpus_view.guideline_table(standing, ""),
        corpus_view.arrivals(office.arrivals.all, standing),
        corpus_view.versions(standing),
        job_view.outcome(office.jobs),
        quality_view.maps(office.quality()),
    )


def test_no_text_from_outside_becomes_markup(clinic, tmp_path):
    hostile = json.dumps(XSS)
    lines = "".join(f"{field} = {hostile}\n" for field in ("title", "publisher", "edition", "review_due", "language"))
    (clinic / "corpus.toml").write_text(f'[guidelines."gull.pdf"]\n{lines}')
    (clinic / "<b onclick=hack()>&.pdf").write_bytes(b"%PDF-1.7 no")
    corpus = kept(clinic)
    office = Office(corpus, Assistant(corpus))
    office.reindex()
    assert finished(office).error is None
    arrived(office, Path(shutil.copy(clinic / "gull.pdf", tmp_path / "x.pdf")), XSS)
    shown = everything_shown(office)
    for html in shown:
        assert "<img" not in html and "<script" not in html and "<b onclick" not in html and "\n" not in html
    assert "&lt;img src=x" in shown[2] and "&lt;b onclick" in shown[1]
    for drawn_ in (
        plots.timeline(tuple(office.assistant.index.guidelines.values()), date.today()),
        plots.kinds(office.quality()),
    ):
        tree = ElementTree.fromstring(plots.picture(drawn_))
        assert {element.tag.rpartition("}")[2] for element in tree.iter()} <= {
            "svg",
            "style",
            "text",
            "rect",
            "title",
            "line",
            "path",
        }


def test_the_timeline_marks_editions_that_were_replaced_and_reviews_that_are_past():
    old = GuidelineInfo("a", "Gull Fever", "a.pdf", "0", published=2012, review_due="2016", superseded_by="b")
    new = GuidelineInfo("b", "Gull Fever", "b.pdf", "1", published=2020, review_due="2031", supersedes="a")
    drawn_ = plots.timeline((old, new), date(2026, 11, 26))
    assert (
        "2012, replaced 2020" in drawn_
        and 'class="old"' in drawn_
        and 'class="passed"' in drawn_
        and 'class="due"' in drawn_
    )
    assert "prints its year" in plots.timeline((GuidelineInfo("c", "No Year", "c.pdf", "2"),), date(2026, 11, 26))


def test_pictures_and_the_map(admin):
    for name in ("timeline", "kinds", "reasons"):
        picture = admin.get(f"/admin/plots/{name}.svg")
        assert (
            picture.headers["content-type"] == "image/svg+xml"
            and "script" not in picture.headers["content-security-policy"]
        )
        ElementTree.fromstring(picture.text)
    assert "light-dark" in admin.get("/admin/map.css").text
    gull = next(id_ for id_, info in _guidelines(admin).items() if info == "gull.pdf")
    assert admin.get(f"/admin/shown/{gull}/1.png").content.startswith(b"\x89PNG")
    for path in ("plots/nothing.svg", "plots/risk.svg", f"shown/{gull}/99.png", "shown/none/1.png", "report"):
        assert admin.get(f"/admin/{path}").status_code == 404, path


def _guidelines(admin):
    page = admin.get("/pages/none/1.jpg")
    assert page.status_code == 404
    return {"gull": "gull.pdf", **{name: f"{name}.pdf" for name in ("rope", "tide")}}


def test_files_come_in_through_the_page_and_a_reindex_follows(clinic, tmp_path):
    admin = entered(visitor(create_app(Assistant(kept(clinic)))))
    source = drawn(tmp_path / "source.pdf", NET)
    assert sent(admin, source, "../../net.pdf") == sent(admin, source, "..\\net.pdf") == "net.pdf is being read."
    assert admin.post("/admin/uploads/none/add").status_code == 422
    assert not (clinic.parent / "net.pdf").exists()
    big = admin.post("/admin/uploads", params={"name": "q"}, content=b"", headers=BYTES)
    assert big.status_code == 200


# ---- evaluation and feedback


def test_question_files_stay_in_memory_and_runs_are_compared(office, clinic):
    (clinic / "own.jsonl").write_bytes(lines_of(QUESTIONS[:1]))
    before = sorted(clinic.rglob("*"))
    assert office.evaluations.keep("ward.jsonl", lines_of(QUESTIONS)) == "ward.jsonl: 2 questions, 1 answerable."
    assert office.evaluations.names == ["ward.jsonl", "own.jsonl"]
    office.evaluate("ward.jsonl")
    run = finished(office).result
    assert run.evaluation.counts["questions"] == 2 and run.since == "" and finished(office).stages[-1].name == "ask"
    office.evaluate("own.jsonl")
    assert finished(office).result.since == "ward.jsonl" and finished(office).result.changes
    shown = evaluation_view.evaluated(office.evaluations.last, office.jobs.last)
    assert "Since the run before (ward.jsonl)" in shown and "95 % interval" in shown and "/admin/report" in shown
    assert "gull fever" in office.evaluations.report() and sorted(clinic.rglob("*")) == before
    for name in ("../own.jsonl", "none", None):
        office.evaluate(name)
        assert isinstance(finished(office).error, InputError)
        assert "No question file is chosen" in evaluation_view.evaluated(office.evaluations.last, office.jobs.last)


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"id": "a"}', b"\xff\xfe", b"[1]", b'{"id":"a","question":"x"}\n' * 2]
)
def test_a_bad_question_file_is_refused_naming_the_line(admin, content):
    answer = admin.post("/admin/questions", params={"name": "bad.jsonl"}, content=content, headers=BYTES)
    assert answer.status_code == 422 and "bad.jsonl" in answer.json()["message"]


def test_only_so_many_question_files_are_kept(office):
    for number in range(MOST_FILES + 3):
        office.evaluations.keep(f"{number}.jsonl", lines_of(QUESTIONS))
    assert len(office.evaluations.names) == MOST_FILES and "0.jsonl" not in office.evaluations.names


def test_the_report_runs_its_own_script_and_no_other(_indexed):
    app = create_app(Assistant(kept(_indexed)))
    admin = entered(visitor(app))
    answer = admin.post("/admin/questions", params={"name": f"{XSS}.jsonl"}, content=lines_of(QUESTIONS), headers=BYTES)
    assert answer.status_code == 200
    assert admin.get("/admin/report").status_code == 404


@dataclass(frozen=True)
class Feedback:
    at: str
    verdict: str
    reasons: tuple
    question: str
    index: str
    models: dict
    citations: tuple


def rows_of_feedback():
    return [
        Feedback("2026-11-20T10:00:00", "helpful", (), "ab" * 16, "v1", {"generator": "extractive"}, (("gull", 1),)),
        Feedback("2026-11-25T10:00:00", "not helpful", ("wrong page", XSS), "cd" * 16, "v1", {"model": {"n": 1}}, ()),
        Feedback("2026-11-24T10:00:00", "unsupported quote", (), "ef" * 16, XSS, {}, (("gone", 2),)),
        Feedback("no time", "not helpful", ("unsafe",), "", "v1", {}, ()),
    ]


def test_feedback_is_listed_newest_first_and_counted_by_week(office, monkeypatch):
    assert opinions(office.corpus.settings) == () and "No feedback yet" in feedback((), {})
    module = ModuleType("cpgassist.feedback")
    module.log_of = lambda settings: SimpleNamespace(read=rows_of_feedback)
    monkeypatch.setitem(sys.modules, "cpgassist.feedback", module)
    rows = opinions(office.corpus.settings)
    assert [row.at[:10] for row in rows] == ["no time", "2026-11-25", "2026-11-24", "2026-11-20"]
    shown = feedback(rows, office.assistant.index.guidelines)
    assert "4 opinions" in shown and "&lt;img src=x" in shown and "<img src=x" not in shown
    drawn_ = plots.reasons_by_week(rows, date(2026, 11, 26))
    assert "1 wrong page" in drawn_ and "1 unsupported quote" in drawn_ and "helpful" not in drawn_
    ElementTree.fromstring(plots.picture(drawn_))


def test_no_token_is_told_by_any_page(admin, caplog):
    for path in ("/admin/", "/admin/config", "/admin/login", "/admin/map.css", "/chat/", "/chat/config"):
        assert TOKEN not in admin.get(path).text, path
    assert TOKEN not in caplog.text and HOST


def test_a_server_with_an_admin_page_serves_the_chat_as_before(site):
    assert TestClient(site).get("/chat/").status_code == 200
