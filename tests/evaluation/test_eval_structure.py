"""Grades, cells and layout against small truths of our own."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from cpgassist.errors import InputError
from cpgassist.evaluation.structure import (
    CellTruth,
    Extracted,
    GradeTruth,
    LayoutTruth,
    Truth,
    read_dump,
    read_rows,
    read_truth,
    score_structure,
)  # fmt: skip

F = "a.pdf"


def got(text="", page=1, kind="text", **said) -> dict:
    return {"file": F, "page": page, "kind": kind, "text": text, **said}


def scored(rows, *truth, **said):
    grades, cells, layout = ([t for t in truth if isinstance(t, k)] for k in (GradeTruth, CellTruth, LayoutTruth))
    return score_structure(read_rows(rows), Truth(tuple(grades), tuple(cells), tuple(layout)), **said)


def figures(score) -> dict[str, tuple[int, int]]:
    return {figure.name: (figure.right, figure.of) for figure in score.figures}


# ---- grades

STATEMENT = "Ropes should be offered to all"
EXACT, LOOSE = "grade: attached exactly as printed", "grade: attached, filler words and order aside"
WRONG = "grade: wrong grade attached (rate, lower is better)"


@pytest.mark.parametrize(
    ("printed", "found", "exact", "loose", "wrong"),
    [
        ("Grade A", ["Grade A"], 1, 1, 0),
        ("Grade A", ["grade a"], 1, 1, 0),
        ("Strong | Low", ["Strong, low"], 1, 1, 0),
        ("Strong recommendation, low certainty", ["Low certainty of evidence; strong"], 0, 1, 0),
        ("Level II", ["Level III"], 0, 0, 1),
        ("Grade A", ["Grade A", "Grade B"], 0, 0, 1),
        ("Grade A", [None], 0, 0, 0),
        ("Grade A", [], 0, 0, 0),
    ],
)
def test_grades(printed, found, exact, loose, wrong):
    rows = [got(f"{STATEMENT}.", grade=grade) for grade in found] or [got("Other words.")]
    score = scored(rows, GradeTruth(F, 1, STATEMENT, printed))
    told = figures(score)
    assert (told[EXACT][0], told[LOOSE][0], told[WRONG][0]) == (exact, loose, wrong)
    assert told["grade: statement found in a passage"] == (bool(found), 1)
    assert len(score.misses) == (not loose)


@pytest.mark.parametrize(("rows", "right", "false"), [([None], 1, 0), (["Grade A"], 0, 1), ([], 0, 0)])
def test_an_ungraded_statement(rows, right, false):
    told = figures(scored([got(STATEMENT, grade=g) for g in rows] or [got("x")], GradeTruth(F, 1, STATEMENT, None)))
    assert told["grade: no false grade on ungraded statements"] == (right, 1)
    assert told["grade: false attachments (rate, lower is better)"] == (false, 1)


def test_a_statement_in_a_row_of_a_table_is_found():
    rows = [got("", kind="table", rows=[[STATEMENT, "Strong"]], grade="Strong")]
    assert figures(scored(rows, GradeTruth(F, 1, STATEMENT, "Strong")))[EXACT] == (1, 1)


# ---- cells

RIGHT = "table: value in its row and column"
DOSES = {
    "kind": "table",
    "caption": "Table 1. Doses",
    "header": ["Name", "Start", "Most"],
    "rows": [
        ["Alpha", "", ""],
        ["Adult", "5 mg", "≥9 mg*"],
        ["Child", "", "2 mga"],
        ["Beta", "", ""],
        ["Adult", "7 mg", "8 mg"],
    ],
}


def cell(row, column, value, group="", table="Table 1. Doses", kind="") -> CellTruth:
    return CellTruth(F, 1, table, row, column, value, group, kind)


@pytest.mark.parametrize(
    ("truth", "right"),
    [
        (cell("Adult", "Start", "5 mg", "Alpha"), 1),
        (cell("Adult", "Start", "7 mg", "Beta"), 1),
        (cell("Adult", "Start", "7 mg", "Alpha"), 0),
        (cell("Adult", "Most", "≥9 mg", "Alpha"), 1),  # the star is no part of it, the sign is
        (cell("Adult", "Most", "9 mg", "Alpha"), 0),
        (cell("Child", "Start", ""), 1),
        (cell("Child", "Most", ""), 0),
        (cell("Child", "Start", "2 mg"), 0),
        (cell("Adult", "", "5 mg", "Alpha"), 1),
        (cell("Adult", "Least", "5 mg", "Alpha"), 0),
        (cell("Old", "Start", "5 mg"), 0),
    ],
)
def test_cells(truth, right):
    score = scored([got(**DOSES)], truth)
    assert figures(score)[RIGHT] == (right, 1) and len(score.misses) == (not right)


def test_a_value_in_the_row_but_another_column():
    told = figures(scored([got(**DOSES)], cell("Adult", "Start", "8 mg", "Beta")))
    assert told["table: value in the row"] == (1, 1) and told[RIGHT] == (0, 1)


def test_columns_under_merged_headers_are_told_by_both_names():
    nested = got(
        kind="table", header=[["Drug", "Mild", "", "Severe", ""], ["", "Dose", "Days", "Dose", "Days"]],
        rows=[["Alpha", "1", "2", "3", "4"]],
    )  # fmt: skip
    truth = [cell("Alpha", "Severe / Days", "4"), cell("Alpha", "Mild / Days", "4"), cell("Alpha", "Days", "4")]
    score = scored([nested], *truth)
    assert figures(score)[RIGHT] == (1, 3)
    assert {kind.name: (kind.right, kind.of) for kind in score.cells} == {"nested header": (1, 2), "other": (0, 1)}


def test_halves_side_by_side():
    halves = got(kind="table", header=["Food", "Points", "Food", "Points"], rows=[["Rice", "1", "Fish", "2"]])
    assert figures(scored([halves], cell("Fish", "Points", "2"), cell("Rice", "Points", "1")))[RIGHT] == (1, 2)


def test_a_table_in_markdown_or_tabs():
    markdown = got("| Name | Start |\n|---|---|\n| A \\| B | 5 mg |", kind="table")
    tabs = got("Name\tStart\nGamma\t6 mg", kind="table")
    told = figures(scored([markdown, tabs], cell("A | B", "Start", "5 mg"), cell("Gamma", "Start", "6 mg")))
    assert told[RIGHT] == (2, 2)


def test_an_unreliable_table_scores_no_cell_and_is_told():
    told = figures(scored([got(**DOSES, reliable=False)], cell("Adult", "Start", "5 mg", "Alpha")))
    assert told[RIGHT] == (0, 1) and told["table: served as unreliable (page image, not cells)"] == (1, 1)


def test_the_table_is_chosen_by_its_number():
    other = {**DOSES, "caption": "Table 2. Other", "rows": [["Adult", "1 mg", "1 mg"]]}
    truth = cell("Adult", "Start", "5 mg", "Alpha"), cell("Adult", "Start", "1 mg", table="Table 2")
    assert figures(scored([got(**DOSES), got(**other)], *truth))[RIGHT] == (2, 2)


def test_a_table_over_two_pages_is_looked_for_on_the_page_before_too():
    truth = [CellTruth(F, 2, "Table 1", "Adult", "Start", "5 mg", "Alpha", kind) for kind in ("two-page", "")]
    assert figures(scored([got(**DOSES)], *truth))[RIGHT] == (1, 2)


# ---- layout


def part(kind, text="", page=1, path=(), label=None, note="") -> LayoutTruth:
    return LayoutTruth(F, page, kind, text, path, label, note)


@pytest.mark.parametrize(
    ("section", "found", "last", "parents"),
    [
        (["1 Bells", "1.1 Ropes"], 1, 1, 1),
        (["Bells", "Ropes"], 1, 1, 1),
        (["1 Bells", "1.1 Ropes", "Box"], 1, 0, 1),
        (["2 Gates", "1.1 Ropes"], 1, 1, 0),
        (["1 Bells"], 0, 0, 0),
    ],
)
def test_headings(section, found, last, parents):
    told = figures(scored([got(section=section)], part("heading", "1.1 Ropes", path=("1 Bells", "1.1 Ropes"))))
    names = ("heading in the path", "heading is the last element", "all parents above it, in order")
    assert [told[f"section: {name}"][0] for name in names] == [found, last, parents]


@pytest.mark.parametrize("kind", ["running_head", "reference_list", "toc"])
def test_noise(kind):
    name = "noise: all dropped"
    assert figures(scored([got("THE HEAD", kind=kind), got("Body")], part(kind, "THE HEAD")))[name] == (1, 1)
    assert figures(scored([got("Body. THE HEAD goes on")], part(kind, "THE HEAD")))[name] == (0, 1)


def test_a_head_in_capitals_may_repeat_a_title():
    rows = [got("The head of the page"), got("THE HEAD", kind="running_head")]
    assert figures(scored(rows, part("running_head", "THE HEAD")))["noise: all dropped"] == (1, 1)
    assert figures(scored(rows, part("running_head", "The head")))["noise: all dropped"] == (0, 1)


def test_noise_on_a_page_that_only_ocr_could_read_counts_when_it_was_read():
    assert figures(scored([got(page=2)], part("toc", "x", note="OCR"))) == {}


@pytest.mark.parametrize(
    ("truth", "kind", "figure"),
    [
        ("flowchart", "flowchart", "flowchart: flagged as flowchart"),
        ("flowchart", "figure", "flowchart: flagged as flowchart or figure"),
        ("figure", "flowchart", "figure: flagged"),
        ("table", "table", "table: flagged"),
        ("no_text", "no_text", "no text: page reported (or read by OCR)"),
        ("rotated", "text", "reading order: landscape and two-column"),
        ("two_column", "text", "reading order: landscape and two-column"),
        ("recommendation_box", "recommendation", "box: marked as recommendation or graded"),
    ],
)
def test_parts_of_a_page(truth, kind, figure):
    assert figures(scored([got("some words", kind=kind)], part(truth, "some words")))[figure] == (1, 1)
    assert figures(scored([got("other", kind="toc")], part(truth, "some words")))[figure] == (0, 1)


def test_a_page_read_by_ocr_is_reported():
    assert figures(scored([got("words", ocr=True)], part("no_text")))["no text: page reported (or read by OCR)"] == (
        1,
        1,
    )


def test_false_flowcharts_count_once_a_page():
    rows = [got("x", kind="flowchart"), got("y", page=2, kind="flowchart")]
    told = figures(scored(rows, part("heading", "h"), part("heading", "i"), part("flowchart", "x", page=2)))
    assert told["flowchart: false flags on other pages (rate, lower is better)"] == (1, 1)


def test_page_labels():
    rows = [got("a", page_label="- 12 of 90"), got("b", page=2, page_label="xi"), got("b", page=3)]
    truth = part("heading", "h", label="12"), part("heading", "i", 2, label="11"), part("heading", "j", 3, label="4")
    score = scored(rows, *truth)
    assert figures(score)["page label: as printed"] == (1, 3)
    assert [miss.found for miss in score.misses if miss.what == "label"] == ["xi", ""]


def test_the_label_of_a_page_is_not_that_of_a_passage_that_began_before():
    rows = [got("a", page=1, pages=[1, 2], page_label="1"), got("b", page=2, page_label="2")]
    assert figures(scored(rows, part("heading", "h", 2, label="2")))["page label: as printed"] == (1, 1)


# ---- files


def test_files_that_are_not_there_fail_or_are_left_out():
    truth = GradeTruth("b.pdf", 1, STATEMENT, "A"), GradeTruth(F, 1, STATEMENT, "A")
    rows = [got(STATEMENT, grade="A")]
    score = scored(rows, *truth)
    assert figures(score)[EXACT] == (1, 2) and score.absent == ("b.pdf",)
    assert figures(scored(rows, *truth, present_only=True))[EXACT] == (1, 1)


def test_the_score_as_table_and_json():
    score = scored([got("x")], GradeTruth(F, 1, "[bold]x", "A"), cell("r", "c", "v"))
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(score.table(misses=True))
    shown = console.export_text()
    assert EXACT in shown and "[bold]x -> A" in shown and "0/1" in shown
    told = json.loads(json.dumps(score.to_dict()))
    assert told["figures"][EXACT] == [0, 1] and len(told["misses"]) == 2 and score.share(EXACT) == 0


def test_truth_is_read_from_its_files(tmp_path):
    lines = {
        "grades_a": {"id": "g", "file": F, "page": 1, "statement": "s", "grade": None, "place": "box"},
        "tables_a": {"file": F, "page": 2, "table": "T", "row": "ADULT | Alpha", "column": "Days | MB", "value": ""},
        "structure_a": {"file": F, "page": 3, "kind": "heading", "text": "h", "path": ["p", "h"], "label": "iii"},
    }
    for name, row in lines.items():
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row) + "\n\n", encoding="utf-8")
    truth = read_truth(tmp_path)
    assert truth.grades == (GradeTruth(F, 1, "s", None),)
    assert truth.cells == (CellTruth(F, 2, "T", "Alpha", "Days / MB", "", "ADULT"),)
    assert truth.layout == (LayoutTruth(F, 3, "heading", "h", ("p", "h"), "iii"),)


@pytest.mark.parametrize(
    ("name", "line", "says"),
    [
        ("grades.jsonl", "{", "line 1"),
        ("grades.jsonl", "[1]", "not a JSON object"),
        ("grades.jsonl", '{"file": "a.pdf", "page": 0, "statement": "s", "grade": null}', "`page`"),
        ("tables.jsonl", '{"file": "a.pdf", "page": 1, "table": "T"}', "`row`"),
        ("structure.jsonl", '{"file": "a.pdf", "page": 1, "kind": "poem", "text": ""}', "poem"),
        ("structure.jsonl", '{"file": "a.pdf", "page": 1, "kind": "heading", "text": "", "path": "x"}', "`path`"),
        ("other.jsonl", "{}", "holds no truth"),
    ],
)
def test_bad_truth_is_named(tmp_path, name, line, says):
    (tmp_path / name).write_text(line, encoding="utf-8")
    with pytest.raises(InputError, match=says) as error:
        read_truth(tmp_path)
    assert error.value.next_step


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{}",
        '{"file": "a", "page": 1, "text": "x", "rows": ["y"]}',
        '{"file": "a", "page": 1, "text": "x", "section": "y"}',
    ],
)
def test_a_bad_dump_is_named(tmp_path, line):
    (tmp_path / "dump.jsonl").write_text(line, encoding="utf-8")
    with pytest.raises(InputError, match=r"dump\.jsonl"):
        read_dump(tmp_path / "dump.jsonl")


def test_missing_files_are_named(tmp_path):
    with pytest.raises(InputError, match="no folder"):
        read_truth(tmp_path / "none")
    with pytest.raises(InputError, match="cannot be read"):
        read_dump(tmp_path / "none")


def test_passages_of_two_lines_are_two():
    assert isinstance(read_rows([got("x"), got("x")])[1], Extracted)
