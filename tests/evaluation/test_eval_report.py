"""The page: everything escaped, nothing fetched, every plot drawn within its frame."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from evaluation_doubles import Chance, Scripted, answer_of, cite, made_up_questions, search_of
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.evaluation import Evaluation, Figure, Gold, Question, compare, evaluate, plots, write_report
from cpgassist.evaluation.markup import Markup, escape, join, tag
from cpgassist.evaluation.report import page
from cpgassist.evaluation.results import RiskPoint

QUESTIONS = made_up_questions(168)
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> </style></script> & https://evil.test ]]>"
VOID = {"meta", "input", "br", "img"}


class Outline(HTMLParser):
    """Collects elements and words, and fails on tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.words.append(data)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluate(Chance(QUESTIONS), QUESTIONS, date="2026-11-24")


@pytest.fixture(scope="module")
def html(evaluation: Evaluation) -> str:
    before = evaluate(Chance(QUESTIONS, skill=0.3), QUESTIONS).to_dict()
    return page(evaluation, compare(evaluation, before))


# Markup


def test_text_is_escaped_and_markup_is_not() -> None:
    assert tag("p", "<b>", Markup("<i></i>")) == "<p>&lt;b&gt;<i></i></p>"
    assert tag("td", class_="a", data_kind='"x"', title=None) == '<td class="a" data-kind="&quot;x&quot;"></td>'
    assert tag("rect", x=1.0, y=2.345, width=3) == '<rect x="1" y="2.35" width="3"></rect>'
    assert join(("a<", Markup("<br>"))) == "a&lt;<br>"


@given(st.text())
def test_no_text_opens_a_tag_or_names_an_address(text: str) -> None:
    escaped = escape(text)
    assert not set("<>\"'") & set(escaped)
    assert "://" not in escaped
    assert escape(escaped) == escaped


# The page


def test_the_page_is_well_formed_and_complete(html: str) -> None:
    outline = Outline(html)
    words = " ".join(outline.words)
    for heading in (
        "Evaluation",
        "Finding the page",
        "Answering",
        "Staying silent",
        "Since the earlier run",
        "Recall by kind of question",
        "Risk and coverage",
        "Answerability",
        "Seconds by stage",
        "By kind of question",
        "By language",
        "By guideline of the first gold page",
        "Every question",
        "What the figures mean",
    ):
        assert heading in words
    assert outline.elements["h1"] == 1
    assert outline.elements["figure"] == 4
    for question in QUESTIONS:
        assert question.id in words
        assert question.question in words


def test_the_page_asks_for_nothing(html: str) -> None:
    outline = Outline(html)
    assert "http://" not in html
    assert "https://" not in html
    assert not {"link", "img", "iframe", "object", "base"} & set(outline.elements)
    assert not {"src", "href", "action", "srcset"} & {name for name, _ in outline.attributes}
    assert "url(" not in html
    assert "@import" not in html


def test_the_policy_lets_only_the_pages_own_script_run(html: str) -> None:
    assert "default-src 'none'" in html
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/=]{44}'", html)
    assert not [name for name, _ in Outline(html).attributes if name.startswith("on")]


def test_the_page_follows_the_reader(html: str) -> None:
    assert "prefers-color-scheme: dark" in html
    assert 'name="viewport" content="width=device-width, initial-scale=1"' in html
    assert '<html lang="en">' in html


def evil_evaluation() -> Evaluation:
    question = Question(
        id=EVIL,
        question=EVIL,
        kind=EVIL,
        lang=EVIL,
        gold=(Gold(f"{EVIL}.pdf", (4,)),),
        facts=((EVIL, "x"),),
        grade=EVIL,
        extra={EVIL: EVIL},
    )
    fails = replace(question, id="fails", question=f"{EVIL} fails")

    def ask(text: str) -> object:
        if text.endswith("fails"):
            return OSError(EVIL)
        answer = answer_of(text, text=EVIL, citations=[cite(1, EVIL, 3, verified=False)], seconds={EVIL: 1.0})
        return replace(answer, index=EVIL, models={"embedder": EVIL, "generator": EVIL})

    return evaluate(Scripted(lambda q: search_of(q, [(f"{EVIL}.pdf", (9,))]), ask), [question, fails], date=EVIL)


def test_whatever_a_question_holds_comes_out_as_words() -> None:
    evaluation = evil_evaluation()
    before = evaluate(Scripted(), [row.question for row in evaluation.rows]).to_dict()
    text = page(evaluation, compare(evaluation, before))
    outline = Outline(text)
    assert outline.elements["script"] == 1
    assert outline.elements["style"] == 1
    assert outline.elements["img"] == 0
    assert "http://" not in text
    assert "https://" not in text
    assert not [name for name, _ in outline.attributes if name.startswith("on")]
    assert EVIL in "".join(outline.words)
    assert "<script>alert" not in text


def test_an_evaluation_of_nothing_answerable_still_makes_a_page() -> None:
    evaluation = evaluate(Scripted(), [Question("n", "Near?", "offtopic", answerable=False)])
    outline = Outline(page(evaluation))
    assert "Near?" in outline.words
    assert "Missed in the first ten hits: 0" in outline.words


def test_a_slice_shows_every_group_with_n_and_interval_and_missing_values_as_not_given() -> None:
    tones = ["dark brown", "fair", "", EVIL]
    questions = [
        Question(str(at), "Dose?", gold=(Gold("a.pdf", (4,)),), extra={"skin_tone": tone})
        for at, tone in enumerate(tones)
    ]
    evaluation = evaluate(Scripted(), questions)
    outline = Outline(page(evaluation, by=("skin_tone", "lang")))
    words = "".join(outline.words)
    assert "By skin_tone" in words
    for heading in ("dark brown (1)", "fair (1)", "not given (1)", "en (4)"):
        assert heading in words
    assert outline.words.count("By language") == 1
    assert "· n 1" in words
    assert outline.elements["script"] == 1


def test_errors_and_misses_are_listed() -> None:
    dose = Question("d", "Dose?", "dose", gold=(Gold("a.pdf", (4,)),), facts=(("50 mg",),))
    assistant = Scripted(lambda q: search_of(q, [("b.pdf", (7,))]), lambda q: OSError("disk full"))
    words = "".join(Outline(page(evaluate(assistant, [dose]))).words)
    assert "Questions that failed: 1" in words
    assert "ask: OSError: disk full" in words
    assert "Missed in the first ten hits: 1" in words
    assert "wanteda.pdf p. 4" in words
    assert "cameb.pdf p. 7" in words


def test_a_page_cited_twice_stands_once_and_a_lost_quote_marks_it() -> None:
    dose = Question("d", "Dose?", "dose", gold=(Gold("a.pdf", (4,)),))
    cited = [cite(1, "a.pdf", 4), cite(2, "a.pdf", 4, verified=False), cite(3, "a.pdf", 5)]
    text = page(evaluate(Scripted(ask=lambda q: answer_of(q, citations=cited)), [dose]))
    assert "a.pdf p. <b>4 ✗</b>, <span>5</span>" in text


def test_the_same_evaluation_makes_the_same_page(evaluation: Evaluation) -> None:
    again = evaluate(Chance(QUESTIONS), QUESTIONS, date="2026-11-24")
    assert page(evaluation) == page(again)


# Writing


@pytest.mark.parametrize(
    ("given_path", "written"),
    [("out", "out/evaluation.html"), ("deep/er/out", "deep/er/out/evaluation.html"), ("a.html", "a.html")],
)
def test_where_the_page_goes(tmp_path: Path, evaluation: Evaluation, given_path: str, written: str) -> None:
    target = write_report(evaluation, tmp_path / given_path)
    assert target == tmp_path / written
    assert target.read_text(encoding="utf-8") == page(evaluation)
    assert list(target.parent.iterdir()) == [target]


def test_an_existing_folder_and_an_older_page(tmp_path: Path, evaluation: Evaluation) -> None:
    folder = tmp_path / "v1.0"
    folder.mkdir()
    (folder / "evaluation.html").write_text("old")
    assert write_report(evaluation, str(folder)).read_text(encoding="utf-8").startswith("<!doctype html>")


def test_half_a_surrogate_pair_does_not_stop_the_page(tmp_path: Path) -> None:
    question = Question("s", "half \ud800 pair", "dose", gold=(Gold("a.pdf", (1,)),))
    target = write_report(evaluate(Scripted(), [question]), tmp_path / "x.html")
    assert "half ? pair" in target.read_text(encoding="utf-8")


# Plots


def figure(value: float) -> Figure:
    return Figure(value, max(0.0, value - 0.2), min(1.0, value + 0.2), 9)


def drawn(svg: str) -> ElementTree.Element:
    """The plot parsed as XML, with every coordinate inside its box."""
    root = ElementTree.fromstring(svg)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for element in root.iter():
        for name, value in element.attrib.items():
            if name in ("x", "x1", "x2", "cx"):
                assert -0.01 <= float(value) <= width
            elif name in ("y", "y1", "y2", "cy"):
                assert -0.01 <= float(value) <= height
            elif name in ("width", "height") and element.tag == "rect":
                assert float(value) >= 0
    return root


def texts(root: ElementTree.Element) -> list[str]:
    return ["".join(element.itertext()) for element in root.iter("text")]


def test_recall_bars_draw_every_group_worst_first() -> None:
    groups = {
        name: {f"recall@{k}": figure(value) for k in (1, 3, 5, 10)}
        for name, value in (("good", 0.9), ("bad <b>", 0.1), ("perfect", 1.0), ("none", 0.0))
    }
    root = drawn(plots.recall_bars({**groups, "silent": {"abstained": figure(1.0)}}))
    words = texts(root)
    assert [word for word in words if word in ("good", "bad <b>", "perfect", "none", "silent")] == [
        "none",
        "bad <b>",
        "good",
        "perfect",
    ]
    titles = [title.text for title in root.iter("title")]
    assert "good: R@5 90%, 95 % interval 70% to 100%" in titles
    assert len(titles) == 16


def test_a_long_group_name_is_shortened() -> None:
    words = texts(
        drawn(plots.recall_bars({"a-very-long-kind-of-question": {f"recall@{k}": figure(1) for k in (1, 3, 5, 10)}}))
    )
    assert "a-very-long-kind…" in words


def test_labels_do_not_overlap() -> None:
    groups = {f"kind {at}": {f"recall@{k}": figure(at / 20) for k in (1, 3, 5, 10)} for at in range(20)}
    root = drawn(plots.recall_bars(groups))
    rows = sorted(float(text.attrib["y"]) for text in root.iter("text") if (text.text or "").startswith("kind"))
    assert min(after - before for before, after in pairwise(rows)) >= 26


def test_the_risk_curve_marks_where_the_run_stands() -> None:
    curve = [RiskPoint(0.9, 0.2, 0.0, 0.0), RiskPoint(0.5, 0.6, 0.25, 0.25)]
    beyond = [RiskPoint(0.3, 0.8, 0.2, 0.4), RiskPoint(0.1, 1.0, 0.3, 0.5)]
    root = drawn(plots.risk_curve(curve, beyond))
    assert "● 60% answered, 25% of them wrong" in texts(root)
    assert [path.attrib["class"] for path in root.iter("path")] == ["band", "curve"]
    assert len(list(root.iter("circle"))) == 1


@pytest.mark.parametrize(("risk", "top"), [(0.0, "10"), (0.08, "10"), (0.3, "50"), (0.7, "100"), (1.0, "100")])
def test_the_risk_axis_holds_the_curve(risk: float, top: str) -> None:
    assert top in texts(drawn(plots.risk_curve([RiskPoint(0.5, 1.0, risk, risk)], [])))


def test_an_empty_risk_curve_is_a_frame() -> None:
    assert list(drawn(plots.risk_curve([], [])).iter("path")) == []


@given(st.lists(st.floats(0, 1)), st.lists(st.floats(0, 1)))
def test_the_histogram_counts_every_question(positive: list[float], negative: list[float]) -> None:
    root = drawn(plots.answerability_histogram(positive, negative))
    counts = [int((title.text or "0").split()[0]) for title in root.iter("title")]
    assert sum(counts[: plots.BINS]) == len(positive)
    assert sum(counts[plots.BINS :]) == len(negative)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0, "0 ms"), (0.0012, "1.2 ms"), (0.25, "250 ms"), (1.26, "1.3 s"), (75.0, "75.0 s")]
)
def test_latency_in_readable_units(seconds: float, words: str) -> None:
    root = drawn(plots.latency_bars({"total": {"p50": seconds, "p95": seconds, "n": 1}}))
    assert f"{words} · {words}" in texts(root)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_the_interval_bar_stays_on_its_scale(first: float, second: float, third: float) -> None:
    low, value, high = sorted((first, second, third))
    drawn(plots.interval_bar(Figure(value, low, high, 3)))


# In a browser


def browser() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium here")
    return found


def dumped(path: Path, folder: Path) -> str:
    command = [browser(), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}", "--dump-dom"]
    return subprocess.run([*command, path.as_uri()], capture_output=True, text=True, timeout=90, check=True).stdout


@pytest.mark.browser
def test_the_script_runs_under_the_policy_and_no_other_does(tmp_path: Path, html: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(html.replace("</body>", "<script>document.title = 'injected'</script></body>"), encoding="utf-8")
    dom = dumped(path, tmp_path / "profile")
    assert '<form id="filters">' in dom
    assert "<title>cpgassist evaluation 2026-11-24</title>" in dom


@pytest.mark.browser
def test_the_filters_hide_rows(tmp_path: Path, html: str, evaluation: Evaluation) -> None:
    choose = (
        "<script>{ const at = (id) => document.getElementById(id); at('status').value = 'silent';"
        "at('filters').dispatchEvent(new Event('input')); }</script></body>"
    )
    unguarded = re.sub(r"<meta http-equiv[^>]*>", "", html)
    path = tmp_path / "page.html"
    path.write_text(unguarded.replace("</body>", choose), encoding="utf-8")
    silent = sum(row.status == "silent" for row in evaluation.rows)
    dom = dumped(path, tmp_path / "profile")
    assert f'<output id="shown">{silent} of 168</output>' in dom
    assert len(re.findall(r"<tr[^>]* hidden", dom)) == 168 - silent
