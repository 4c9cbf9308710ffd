"""The nouns: boxes, filters, JSON shapes and printed answers."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from inspect import isclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist import types
from cpgassist.types import (
    EVERYWHERE,
    Answer,
    Block,
    Box,
    Checks,
    Citation,
    GuidelineInfo,
    GuidelineReport,
    Hit,
    LeftOut,
    Line,
    Locator,
    Passage,
    Report,
    Search,
    Statement,
    Table,
    Where,
)

INFO = GuidelineInfo("gull", "Gull Fever", "gull.pdf", "00", "Harbour Society", "2nd Edition", 2021, "2026", "en", 9)
PASSAGE = Passage(
    "gull:abc",
    "Give zelmorin.",
    "recommendation",
    "gull",
    ("6 Treatment", "6.1 Drugs"),
    (Locator(5, "3", (Box(1.04, 2.05, 3.06, 4.449),)), Locator(6, "4"), Locator(5, "3")),
    grade="Grade A | II-1",
)
CITATION = Citation(1, INFO, PASSAGE.at[0], PASSAGE.heading_path, "Give zelmorin.", True, "gull:abc")
LINE = Statement("Give zelmorin.", (1,), "Grade A", "recommendation")
ANSWER = Answer(
    "answered",
    0.93456,
    "What to give?",
    "v1",
    bottom_line=LINE,
    statements=(LINE, Statement("Not in pregnancy.", (1, 2))),
    citations=(CITATION,),
    checks=Checks(quotes=2, quotes_found=2),
    models={"embedder": "e", "generator": "extractive"},
    seconds={"total": 0.123456},
)

# ---- boxes -----------------------------------------------------------------------------------------------------

numbers = st.floats(-1000, 1000, allow_nan=False)
sizes = st.floats(0, 500)
boxes = st.builds(lambda x, y, w, h: Box(x, y, x + w, y + h), numbers, numbers, sizes, sizes)


@given(boxes, boxes, boxes)
def test_a_union_is_the_smallest_box_around_both(a, b, c):
    both = a.union(b)
    assert both == b.union(a) and a.union(a) == a
    assert both.holds(a, 0) and both.holds(b, 0)
    assert both.left in (a.left, b.left) and both.bottom in (a.bottom, b.bottom)
    assert a.union(b.union(c)) == both.union(c)


@given(boxes, boxes, sizes)
def test_holds_gives_slack_on_every_side(a, b, slack):
    assert a.holds(a, 0)
    grown = Box(a.left - slack, a.top - slack, a.right + slack, a.bottom + slack)
    assert a.holds(b, slack) == grown.holds(b, 0)
    if a.holds(b, 0) and b.holds(a, 0):
        assert a == b


@given(boxes)
def test_width_height_and_middle(box):
    assert box.width >= 0 and box.height >= 0
    assert box.top - 1e-9 <= box.middle <= box.bottom + 1e-9


@given(boxes)
def test_rounding_moves_no_edge_by_more_than_a_twentieth(box):
    edges = (box.left, box.top, box.right, box.bottom)
    assert all(abs(a - b) <= 0.05 + 1e-9 for a, b in zip(edges, box.rounded(), strict=True))


# ---- values ----------------------------------------------------------------------------------------------------


def test_every_type_is_frozen_and_slotted():
    made = [kind for kind in vars(types).values() if isclass(kind) and is_dataclass(kind)]
    assert len(made) >= 20
    for kind in made:
        assert kind.__dataclass_params__.frozen, kind
        assert "__slots__" in vars(kind), kind
        assert kind.__doc__ and not kind.__doc__.startswith(f"{kind.__name__}("), kind
    with pytest.raises(FrozenInstanceError):
        PASSAGE.text = "changed"


def test_searched_and_excluded_kinds_are_apart_and_cover_the_blocks():
    assert not set(types.SEARCHED_KINDS) & set(types.EXCLUDED_KINDS)
    known = set(types.SEARCHED_KINDS) | set(types.EXCLUDED_KINDS)
    # a list item becomes text; a page without text has no block
    assert set(types.BlockKind.__args__) - {"item"} == known - {"no_text"}
    assert all(replace(PASSAGE, kind=kind).searched for kind in types.SEARCHED_KINDS)
    assert not any(replace(PASSAGE, kind=kind).searched for kind in types.EXCLUDED_KINDS)


def test_a_block_names_its_pages_once_in_order():
    lines = tuple(Line("x", page, Box(0, 0, 1, 1), 10) for page in (3, 3, 4, 3))
    assert Block("text", lines).pages == (3, 4)


def test_a_passage_knows_its_places():
    assert (PASSAGE.page, PASSAGE.page_label, PASSAGE.pages) == (5, "3", (5, 6))
    assert PASSAGE.embedded_text() == "6 Treatment > 6.1 Drugs\nGive zelmorin."
    assert replace(PASSAGE, heading_path=()).embedded_text() == "Give zelmorin."


WHERE = [
    (Where(), True),
    (EVERYWHERE, True),
    (Where(guidelines=("gull",)), True),
    (Where(guidelines=("gull.pdf",)), True),
    (Where(guidelines=("rope", "gull")), True),
    (Where(guidelines=("rope",)), False),
    (Where(guidelines=("GULL",)), False),
    (Where(kinds=("recommendation",)), True),
    (Where(kinds=("table", "recommendation")), True),
    (Where(kinds=("table",)), False),
    (Where(year_from=2021), True),
    (Where(year_from=2022), False),
    (Where(year_to=2021), True),
    (Where(year_to=2020), False),
    (Where(year_from=2020, year_to=2022), True),
    (Where(year_from=2022, year_to=2020), False),
    (Where(("gull",), 2021, 2021, ("recommendation",)), True),
    (Where(("gull",), 2021, 2021, ("table",)), False),
    (Where(("rope",), 2021, 2021, ("recommendation",)), False),
]


@pytest.mark.parametrize(("where", "allowed"), WHERE, ids=[repr(where) for where, _ in WHERE])
def test_where(where, allowed):
    assert where.allows(PASSAGE, INFO) is allowed


@pytest.mark.parametrize("where", [Where(year_from=1900), Where(year_to=2100), Where((), 1900, 2100)])
def test_an_unknown_year_passes_no_year_filter(where):
    assert not where.allows(PASSAGE, replace(INFO, published=None))
    assert EVERYWHERE.allows(PASSAGE, replace(INFO, published=None))


# ---- JSON ------------------------------------------------------------------------------------------------------

GUIDELINE_JSON = {
    "id": "gull",
    "title": "Gull Fever",
    "publisher": "Harbour Society",
    "year": 2021,
    "edition": "2nd Edition",
    "file": "gull.pdf",
}
CITATION_JSON = {
    "n": 1,
    "guideline": GUIDELINE_JSON,
    "page": 5,
    "page_label": "3",
    "section": ["6 Treatment", "6.1 Drugs"],
    "quote": "Give zelmorin.",
    "boxes": [[1.0, 2.0, 3.1, 4.4]],
    "verified": True,
}


def test_answer_json_is_the_one_schema():
    assert json.loads(json.dumps(ANSWER.to_dict())) == {
        "status": "answered",
        "answerability": 0.9346,
        "question": "What to give?",
        "bottom_line": {"text": "Give zelmorin.", "citations": [1]},
        "statements": [
            {"text": "Give zelmorin.", "citations": [1], "grade": "Grade A", "kind": "recommendation"},
            {"text": "Not in pregnancy.", "citations": [1, 2], "grade": None, "kind": "text"},
        ],
        "not_in_guideline": [],
        "citations": [CITATION_JSON],
        "checks": {"quotes": 2, "quotes_found": 2, "numbers": 0, "numbers_found": 0, "withheld": 0},
        "findings": None,
        "index": "v1",
        "models": {"embedder": "e", "generator": "extractive"},
        "seconds": {"total": 0.1235},
    }


def test_a_silent_answer_and_its_warnings_in_json():
    silent = Answer("silent", 0.0, "q", "v1", not_in_guideline=("Nothing.",), warnings=("Old index.",)).to_dict()
    assert (silent["bottom_line"], silent["statements"], silent["citations"]) == (None, [], [])
    assert (silent["not_in_guideline"], silent["warnings"]) == (["Nothing."], ["Old index."])


def test_search_json():
    search = Search("q", "v1", (Hit(PASSAGE, 1, 0.912345, 0.473456),), {"gull": INFO}, 0.0333333)
    assert json.loads(json.dumps(search.to_dict())) == {
        "question": "q",
        "index": "v1",
        "hits": [
            {
                "rank": 1,
                "score": 0.9123,
                "similarity": 0.4735,
                "passage": "gull:abc",
                "guideline": GUIDELINE_JSON,
                "page": 5,
                "pages": [5, 6],
                "page_label": "3",
                "section": ["6 Treatment", "6.1 Drugs"],
                "kind": "recommendation",
                "grade": "Grade A | II-1",
                "text": "Give zelmorin.",
            }
        ],
        "seconds": 0.0333,
    }


def test_passage_json_with_one_header_row_with_two_and_without_a_table():
    plain = PASSAGE.to_dict("gull.pdf")
    assert list(plain) == ["id", "file", "page", "pages", "page_label", "section", "kind", "grade", "text"]
    table = Table("Doses", (("Drug", "Dose"),), (("zelmorin", "5 mg"), ("pelgrain", "")), reliable=False)
    row = replace(PASSAGE, table=table).to_dict("gull.pdf")
    assert row == {
        **plain,
        "caption": "Doses",
        "header": ["Drug", "Dose"],
        "rows": [["zelmorin", "5 mg"], ["pelgrain", ""]],
        "reliable": False,
        "notes": [],
    }
    two = replace(table, header=(("Drug", "Dose"), ("", "mg")))
    assert replace(PASSAGE, table=two).to_dict("gull.pdf")["header"] == [["Drug", "Dose"], ["", "mg"]]
    assert replace(PASSAGE, table=replace(table, header=())).to_dict("gull.pdf")["header"] == []


def test_report_json_carries_every_field():
    row = GuidelineReport(INFO, 3, 1, 0, (7,), ("page 7 without a text layer",))
    report = Report("v1", ("a.pdf",), (), (), (), (LeftOut("b.pdf", "torn"),), (row,), 3, 3, 1.5)
    plain = json.loads(json.dumps(report.to_dict()))
    assert set(plain) == {field.name for field in fields(Report)}
    assert plain["left_out"] == [{"file": "b.pdf", "reason": "torn"}]
    assert plain["guidelines"][0]["info"]["published"] == 2021
    assert plain["guidelines"][0]["pages_without_text"] == [7]


# ---- printed answers -------------------------------------------------------------------------------------------


def test_a_printed_answer_names_its_sources():
    assert str(ANSWER).split("\n") == [
        "Give zelmorin. [1] (Grade A)",
        "Not in pregnancy. [1][2]",
        "[1] Gull Fever (Harbour Society, 2021, 2nd Edition), page 5 (printed 3), 6.1 Drugs",
    ]


def test_a_printed_answer_without_a_bottom_line_still_prints_every_statement():
    assert str(replace(ANSWER, bottom_line=None)).startswith("Give zelmorin. [1] (Grade A)\nNot in pregnancy. [1][2]")


def test_a_printed_silence_says_what_is_missing_and_warns():
    silent = Answer("silent", 0.0, "q", "v1", not_in_guideline=("The guidelines do not answer.",), warnings=("Old.",))
    assert str(silent) == "The guidelines do not answer.\nWarning: Old."


@pytest.mark.parametrize(
    ("info", "at", "line"),
    [
        (GuidelineInfo("g", "Gull Fever", "g.pdf", "0"), Locator(5), "[1] Gull Fever, page 5"),
        (GuidelineInfo("g", "Gull Fever", "g.pdf", "0"), Locator(5, "5"), "[1] Gull Fever, page 5"),
        (GuidelineInfo("g", "Gull Fever", "g.pdf", "0"), Locator(5, "iv"), "[1] Gull Fever, page 5 (printed iv)"),
        (GuidelineInfo("g", "Gull Fever", "g.pdf", "0", published=2021), Locator(5), "[1] Gull Fever (2021), page 5"),
    ],
)
def test_a_source_prints_only_what_is_known(info, at, line):
    assert str(replace(ANSWER, citations=(replace(CITATION, guideline=info, at=at),))).endswith(f"\n{line}, 6.1 Drugs")


def test_a_statement_carries_its_lead_and_remarks_only_where_it_has_them():
    plain = Statement("first trimester", (1,))
    assert list(plain.to_dict()) == ["text", "citations", "grade", "kind"]
    told = replace(plain, lead=("Do not give if:",), remarks=("Printed for adults; the question is about a child.",))
    assert told.to_dict()["lead"] == ["Do not give if:"] and len(told.to_dict()["remarks"]) == 1


def test_remarks_and_leads_stand_in_the_printed_answer_in_their_place():
    under = Statement("first trimester", (1,), lead=("Do not give if:",), remarks=("Printed for adults.",))
    answer = replace(ANSWER, bottom_line=None, statements=(under,), remarks=("Emergency.",), asked_as="Zelmorin when?")
    assert str(answer).splitlines()[:5] == [
        "Asked as: Zelmorin when?",
        "Emergency.",
        "Do not give if:",
        "first trimester [1]",
        "    Printed for adults.",
    ]
    assert answer.to_dict()["remarks"] == ["Emergency."] and "clarify" not in answer.to_dict()
