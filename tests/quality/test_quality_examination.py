"""What an admin is told of an index: figures, and the pages to look at, worst first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from cpgassist.quality import HOLDINGS, examine, page_reports
from cpgassist.types import (
    Block,
    Box,
    Grading,
    Guideline,
    GuidelineInfo,
    GuidelineReport,
    LeftOut,
    Line,
    Locator,
    Page,
    PageReport,
    Passage,
    Repair,
    Section,
    Sentence,
    Table,
)  # fmt: skip

TODAY = date(2026, 11, 26)
INFO = GuidelineInfo("g", "Guide", "g.pdf", "0" * 64, pages=3)
WORDS = "The bell is rung when the water stands high at the gate. " * 8


def page(number=1, words=88, **said) -> PageReport:
    return PageReport(number, str(number), 5 * words, words, **said)


def passage(kind="text", page=1, text=WORDS, box=Box(50, 100, 500, 300), **said) -> Passage:
    said.setdefault("sentences", (Sentence(text, page),) if kind in ("text", "recommendation", "table") else ())
    name = f"g:{kind}-{page}-{len(text)}-{said.get('grade')}"
    return Passage(name, text, kind, "g", ("1 Bells",), (Locator(page, str(page), (box,)),), **said)


def examined(passages, pages=(page(),), info=INFO, left_out=(), **said):
    searched = tuple(p for p in passages if p.searched)
    report = GuidelineReport(replace(info, pages=len(pages)), len(searched), 0, 0, (), pages=tuple(pages), **said)
    manifest = SimpleNamespace(id="v1", created="2026", guidelines=(report,), skipped=left_out)
    excluded = tuple(p for p in passages if not p.searched)
    return examine(SimpleNamespace(manifest=manifest, passages=searched, excluded=excluded), TODAY)


def reasons(passages, pages=(page(),), **said) -> dict[int, list[str]]:
    return {at.number: [reason.kind for reason in at.reasons] for _, at in examined(passages, pages, **said).look_at()}


def test_a_page_that_was_read_whole_needs_no_look():
    found = examined([passage()])
    assert found.look_at() == [] and found.guidelines[0].pages[0].holds == "text"


@pytest.mark.parametrize(
    ("kind", "said", "held"),
    [
        ("unread", {"fault": "took more than 20 s", "words": 0}, []),
        ("no_text", {"words": 0}, [passage("no_text", text="[no text layer]")]),
        ("ocr", {"confidence": 0.7}, [passage()]),
        ("ocr", {"confidence": 0.97}, [passage()]),
        ("undecided", {"undecided": 2}, [passage()]),
        ("repaired", {"repaired": 3}, [passage()]),
        ("lost", {"words": 400}, [passage()]),
        ("kept_out", {}, [passage("running_head")]),
        ("bare", {"words": 9}, [passage("running_head", text="9"), passage("no_text", text="[no text on this page]")]),
        ("hidden", {}, [passage(), passage("hidden")]),
        ("flowchart", {}, [passage("flowchart")]),
        ("figure", {}, [passage("figure")]),
        ("unreliable_table", {}, [passage("table", table=Table("T", (), (), reliable=False))]),
    ],
)
def test_each_reason_is_found_and_told(kind, said, held):
    found = examined(held, [replace(page(), **said, **({"characters": 0} if said.get("words") == 0 else {}))])
    (_, at), *others = found.look_at()
    assert others == [] and at.reasons[0].kind == kind and 0 < at.risk <= 100
    assert len(at.reasons[0].text) > 8


def test_contents_and_references_are_kept_out_without_a_reason():
    assert reasons([passage("toc"), passage("reference_list", 2)], [page(), page(2)]) == {}


def test_an_ungraded_recommendation_is_told_where_most_have_a_grade():
    graded = [passage("recommendation", grade="Grade A", text=f"{n} {WORDS}") for n in range(3)]
    plain = passage("recommendation", text=f"plain {WORDS}")
    assert reasons([*graded, plain]) == {1: ["ungraded"]}
    assert reasons([graded[0], plain, passage("recommendation", text=f"other {WORDS}")]) == {}


def test_one_statement_with_two_grades_is_told_on_both_pages():
    one, other = (
        passage("recommendation", n, "Ropes should be offered to all who work in the docks.", grade=f"Grade {g}")
        for n, g in ((1, "B"), (2, "C"))
    )
    found = examined([one, other, passage(), passage(page=2)], [page(), page(2)])
    assert {at.number: at.reasons[0].kind for _, at in found.look_at()} == {1: "two_grades", 2: "two_grades"}
    assert "Grade B and Grade C" in found.look_at()[0][1].reasons[0].text
    same = replace(other, grade="Grade B")
    assert reasons([one, same, passage(), passage(page=2)], [page(), page(2)]) == {}


def test_signs_tell_statements_apart():
    below, above = (
        passage("recommendation", n, f"Ropes of {s} 20 metres should be offered to all who work.", grade=f"Grade {g}")
        for n, s, g in ((1, "<", "B"), (2, ">", "C"))
    )
    assert reasons([below, above, passage(), passage(page=2)], [page(), page(2)]) == {}


def test_worst_first():
    pages = [page(), page(2, confidence=0.99), replace(page(3, 0), fault="crashed")]
    assert list(reasons([passage("flowchart"), passage(page=2)], pages)) == [3, 2, 1]


def test_a_page_holds_what_covers_most_of_it():
    small, large = Box(50, 50, 100, 60), Box(50, 100, 500, 700)
    pages = [page(), page(2), page(3), page(4, 0, has_ink=False), replace(page(5, 0), characters=0), page(6)]
    pages[5] = replace(pages[5], characters=0, confidence=0.9)
    held = [
        passage(box=small), passage("recommendation", box=large), passage("running_head", box=large),
        passage("toc", 2), passage("hidden", 3, box=large), passage(page=3, box=small), passage(page=6),
    ]  # fmt: skip
    found = examined(held, pages).guidelines[0]
    holds = [at.holds for at in found.pages]
    assert holds == ["recommendation", "listing", "hidden", "nothing", "unread", "ocr"]
    assert set(holds) <= set(HOLDINGS)


def test_the_figures_of_a_guideline():
    table = Table("T", (("a",),), (("x",),))
    held = [
        passage(), passage("recommendation", grade="A"), passage("recommendation", 2),
        passage("table", table=table), passage("table", text="second part", table=replace(table, rows=(("y",),))),
        passage("table", 2, table=replace(table, caption="U", reliable=False)), passage("hidden", 2, "not to be seen"),
    ]  # fmt: skip
    pages = [
        page(),
        page(2, repaired=2, undecided=1, confidence=0.8),
        page(3, 0, has_ink=False),
        page(4, 0, has_ink=False),
    ]
    found = examined(held, pages).guidelines[0]
    assert (found.graded, found.ungraded, found.tables, found.unreliable) == (1, 1, 2, 1)
    assert (found.repaired, found.undecided, found.hidden_words, found.words) == (2, 1, 4, 176)
    assert (found.ocr_pages, found.ocr_confidence, found.silent, found.labelled) == ((2,), 0.8, (3, 4), 4)
    assert found.passages == {"hidden": 1, "recommendation": 2, "table": 3, "text": 1}


@pytest.mark.parametrize(
    ("said", "caution"),
    [
        ({"superseded_by": "new"}, "superseded by new"),
        ({"same_as": "g"}, "repeats Guide"),
        ({"review_due": "March 2025"}, "review was due in March 2025"),
    ],
)
def test_cautions(said, caution):
    assert examined([passage()], info=replace(INFO, **said)).guidelines[0].cautions == (caution,)


def test_no_caution_for_a_review_still_to_come_or_grades_that_are_defined():
    info = replace(INFO, review_due="2026", grading=(Grading("Grades", 1, None, (("A", "good"),)),))
    assert examined([passage(grade="A")], info=info).guidelines[0].cautions == ()


def test_an_index_of_an_older_version_says_so():
    found = examined([passage(), passage("flowchart", 2)], ()).guidelines[0]
    assert any("reindex" in caution for caution in found.cautions)


def test_json_holds_what_the_screen_shows():
    found = examined([passage("flowchart")], left_out=(LeftOut("bad.pdf", "no PDF"),)).to_dict()
    assert found["left_out"] == [{"file": "bad.pdf", "reason": "no PDF"}]
    assert found["look_at"][0]["file"] == "g.pdf" and found["look_at"][0]["reasons"][0]["kind"] == "flowchart"
    assert found["guidelines"][0]["pages"] == [{"page": 1, "page_label": "1", "holds": "figure", "words": 88}]


def test_page_reports_of_a_guideline():
    lines = (Line("two words", 1, Box(0, 0, 1, 1), 10), Line("and three more", 2, Box(0, 0, 1, 1), 10))
    guideline = Guideline(
        INFO,
        (Page(1, "i", 9, 9, 8), Page(2, None, 9, 9, 0, confidence=0.9), Page(3, None, 0, 0, 0, fault="crashed")),
        (Section(("1",), 1, (Block("text", lines),)),),
        repairs=(Repair(1, "³", "≥", "glyph"), Repair(1, "x", "x", "undecided"), Repair(2, "a", "b", "ocr")),
    )
    first, second, third = page_reports(guideline)
    assert (first.words, first.repaired, first.undecided, first.label) == (2, 1, 1, "i")
    assert (second.words, second.repaired, second.confidence) == (3, 1, 0.9)
    assert third.fault == "crashed"
