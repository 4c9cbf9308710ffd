"""The evaluation as one HTML page that asks for nothing: its style, script and plots are inside it."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from cpgassist.evaluation import plots
from cpgassist.evaluation.comparison import Change, FigureChange, QuestionChange
from cpgassist.evaluation.markup import Markup, join, tag
from cpgassist.evaluation.metrics import BY_KEY, FIGURES, RESAMPLES, Figure
from cpgassist.evaluation.results import SLICES, Cited, Evaluation, Row, answerabilities, risk_coverage

HEADLINES = (
    ("Finding the page", ("recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10", "file@1")),
    (
        "Answering",
        ("answered", "fact_recall", "gold_page_cited", "citation_precision", "citation_validity", "grade_shown"),
    ),
    ("Staying silent", ("abstained", "auroc", "refused_at_95")),
)
"""The figures at the top of the page, under their headings."""

COLUMNS = ("recall@1", "recall@5", "recall@10", "mrr@10", "fact_recall", "gold_page_cited", "abstained")
"""The figures beside each group."""

FEW = 10
"""A longer list is folded."""

_TITLES = {"kind": "By kind of question", "lang": "By language", "file": "By guideline of the first gold page"}


def write_report(
    evaluation: Evaluation, path: str | Path, changes: Sequence[Change] = (), by: Sequence[str] = ()
) -> Path:
    """Writes the page and returns where; a folder, or a path without an ending, gets `evaluation.html` inside it.

    `by` names fields of the questions whose groups are shown with every figure.
    """
    target = Path(path)
    if target.is_dir() or not target.suffix:
        target = target / "evaluation.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    # JSON may hold half a surrogate pair, which UTF-8 cannot.
    unfinished.write_text(page(evaluation, changes, by), encoding="utf-8", errors="replace", newline="\n")
    unfinished.replace(target)
    return target


def page(evaluation: Evaluation, changes: Sequence[Change] = (), by: Sequence[str] = ()) -> str:
    """The whole page as HTML."""
    script = _resource("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    # Even if something slipped through escaping, only this very script may run, and nothing may be fetched.
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
    head = join(
        (
            Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
            Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
            tag("title", f"cpgassist evaluation {evaluation.provenance.date}".strip()),
            tag("style", Markup(_resource("report.css"))),
        )
    )
    body = tag("body", tag("main", *_sections(evaluation, changes, by)), tag("script", Markup(script)))
    return f"<!doctype html>\n{tag('html', tag('head', head), body, lang='en')}\n"


def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _sections(evaluation: Evaluation, changes: Sequence[Change], by: Sequence[str]) -> Iterator[Markup]:
    yield _header(evaluation)
    if evaluation.errors:
        yield _errors(evaluation.errors)
    yield from _headline(evaluation)
    if changes:
        yield _changes(changes)
    yield _plots(evaluation)
    yield from (_slice_table(evaluation, name) for name in by)
    yield from (_group_table(evaluation, name) for name in SLICES if name not in by)
    yield _misses(evaluation.misses)
    yield _questions(evaluation)
    yield _definitions()


def _section(title: str, *children: str, about: str = "", kind: str = "") -> Markup:
    note = tag("p", about, class_="about") if about else Markup("")
    return tag("section", tag("h2", title), note, *children, class_=kind or None)


def _header(evaluation: Evaluation) -> Markup:
    source, counts = evaluation.provenance, evaluation.counts
    facts = (
        ("Date", source.date),
        ("Questions", f"{counts['questions']}, {counts['answerable']} answerable"),
        ("Citations", f"{counts['citations_verified']} of {counts['citations']} found again"),
        *([("Quotes read by OCR", f"{counts['citations_by_ocr']}")] if counts["citations_by_ocr"] else []),
        ("Errors", str(counts["errors"])),
        ("Index", source.index),
        ("Embedder", source.embedder),
        ("Generator", source.generator),
        ("cpgassist", source.package),
    )
    listed = [tag("div", tag("dt", name), tag("dd", value or "not given")) for name, value in facts]
    return tag("header", tag("h1", "Evaluation"), tag("dl", *listed, class_="provenance"))


def _errors(rows: Sequence[Row]) -> Markup:
    listed = [tag("li", tag("b", row.question.id), f" {row.error}") for row in rows]
    about = "They count as finding and saying nothing."
    return _section(f"Questions that failed: {len(rows)}", tag("ul", *listed), about=about, kind="alert")


# Headline


def _headline(evaluation: Evaluation) -> Iterator[Markup]:
    for title, keys in HEADLINES:
        tiles = [_tile(key, evaluation.overall[key]) for key in keys if key in evaluation.overall]
        if tiles:
            yield _section(title, tag("div", *tiles, class_="tiles"))


def _tile(key: str, figure: Figure) -> Markup:
    measure = BY_KEY[key]
    interval = f"{measure.show_interval(figure.low, figure.high)} · n {figure.n}"
    return tag(
        "div",
        tag("span", measure.label, class_="label"),
        tag("span", measure.show(figure.value), class_="value"),
        plots.interval_bar(figure),
        tag("span", interval, class_="interval-words"),
        class_="tile",
        title=measure.meaning,
    )


# Plots


def _plots(evaluation: Evaluation) -> Markup:
    figures = [
        _plot(
            "Recall by kind of question",
            "Lowest R@5 first; lines are 95 % intervals.",
            plots.recall_bars(evaluation.by("kind")),
        )
    ]
    side = []
    curve, beyond = risk_coverage(evaluation.rows)
    if curve:
        about = (
            "Wrong: a required fact is missing, or silence was right. The dot is this run; the line is where a higher "
            "threshold would be, the band what a lower one could give."
        )
        side.append(_plot("Risk and coverage", about, plots.risk_curve(curve, beyond)))
    positive, negative = answerabilities(evaluation.rows)
    if positive or negative:
        about = "Number of questions at each answerability."
        if evaluation.suggested_threshold is not None:
            about += (
                f" 95 % of the answerable are answered at threshold = {evaluation.suggested_threshold} (corpus.toml)."
            )
        side.append(_plot("Answerability", about, plots.answerability_histogram(positive, negative)))
    if evaluation.latency:
        side.append(_plot("Seconds by stage", "Median and 95th percentile.", plots.latency_bars(evaluation.latency)))
    return tag("section", tag("div", *figures), tag("div", *side), class_="plots")


def _plot(title: str, about: str, drawing: Markup) -> Markup:
    return tag("figure", tag("h2", title), tag("p", about, class_="about"), drawing)


# Tables


def _table(columns: Sequence[str], rows: Iterable[Markup], kind: str = "", words: int = 1) -> Markup:
    """A table that scrolls sideways; the columns after the first `words` hold numbers."""
    heads = [tag("th", name, scope="col", class_=None if at < words else "number") for at, name in enumerate(columns)]
    table = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows), class_=kind or None)
    return tag("div", table, class_="scroll")


def _group_table(evaluation: Evaluation, name: str) -> Markup:
    sizes = {group: len(rows) for group, rows in evaluation.grouped(name).items()}
    rows = [_group_row(group, sizes[group], found) for group, found in evaluation.by(name).items()]
    labels = [BY_KEY[key].label for key in COLUMNS]
    return _section(_TITLES[name], _table((name, "n", *labels), rows, "groups"))


def _slice_table(evaluation: Evaluation, name: str) -> Markup:
    """Every figure of every group, the groups side by side."""
    groups = evaluation.by(name)
    sizes = {group: len(rows) for group, rows in evaluation.grouped(name).items()}
    rows = []
    for measure in FIGURES:
        if any(measure.key in found for found in groups.values()):
            cells = [_figure_cell(measure.key, found.get(measure.key), counted=True) for found in groups.values()]
            rows.append(tag("tr", tag("th", measure.label, scope="row"), *cells))
    about = "The number of questions stands after each interval; where it is small, the interval is wide."
    columns = ("figure", *(f"{group} ({sizes[group]})" for group in groups))
    return _section(_TITLES.get(name, f"By {name}"), _table(columns, rows, "groups"), about=about)


def _group_row(group: str, size: int, found: Mapping[str, Figure]) -> Markup:
    cells = [tag("th", group, scope="row"), tag("td", str(size), class_="number")]
    return tag("tr", *cells, *(_figure_cell(key, found.get(key)) for key in COLUMNS))


def _figure_cell(key: str, figure: Figure | None, *, counted: bool = False) -> Markup:
    if figure is None:
        return tag("td", "–", class_="number none")
    measure = BY_KEY[key]
    number = f" · n {figure.n}" if counted else ""
    interval = tag("small", measure.show_interval(figure.low, figure.high) + number)
    return tag("td", measure.show(figure.value), interval, class_="number")


def _changes(changes: Sequence[Change]) -> Markup:
    figures = [_figure_change(change) for change in changes if isinstance(change, FigureChange)]
    questions = [change for change in changes if isinstance(change, QuestionChange)]
    about = "Over the questions both runs asked; better or worse when the 95 % interval of the difference leaves out 0."
    columns = ("figure", "verdict", "before", "now", "change", "95 %", "n")
    return _section(
        "Since the earlier run",
        _table(columns, figures, "figures", words=2),
        _changed_questions(questions),
        about=about,
    )


def _changed_questions(changes: Sequence[QuestionChange]) -> Markup:
    if not changes:
        return tag("p", "No question changed.")
    verdicts = dict.fromkeys(("worse", "mixed", "better", *(change.verdict for change in changes)))
    grouped = [[change for change in changes if change.verdict == verdict] for verdict in verdicts]
    counted = ", ".join(f"{len(group)} {group[0].verdict}" for group in grouped if group)
    rows = [_question_change(change) for group in grouped for change in group]
    table = _table(("verdict", "what changed", "question"), rows, "changed", words=3)
    return tag("details", tag("summary", f"Questions that changed: {counted}"), table)


def _figure_change(change: FigureChange) -> Markup:
    measure = BY_KEY[change.key]
    interval = "–" if change.low is None or change.high is None else f"{change.low:+.3f} to {change.high:+.3f}"
    values = (measure.show(change.before), measure.show(change.now), f"{change.delta:+.3f}", interval, str(change.n))
    cells = [tag("td", value, class_="number") for value in values]
    return tag("tr", tag("th", change.label, scope="row"), tag("td", _badge(change.verdict)), *cells)


def _question_change(change: QuestionChange) -> Markup:
    asked = join((change.question, " ", tag("span", change.id, class_="muted")))
    return tag("tr", *(tag("td", cell) for cell in (_badge(change.verdict), "; ".join(change.details), asked)))


def _badge(word: str) -> Markup:
    return tag("span", word, class_=f"badge {word}")


# Questions


def _misses(rows: Sequence[Row]) -> Markup:
    if not rows:
        return _section("Missed in the first ten hits: 0", tag("p", "Every question with a known page reached it."))
    listed = [_miss(row) for row in rows]
    about = "The gold pages, and the first three pages that came instead."
    every = tag("ol", *listed, class_="misses")
    folded = tag("details", tag("summary", f"Show all {len(rows)}"), every) if len(rows) > FEW else every
    return _section(f"Missed in the first ten hits: {len(rows)}", folded, about=about)


def _miss(row: Row) -> Markup:
    question = row.question
    wanted = _pages((file, page) for file, page in sorted(question.gold_pages))
    came = _pages((file, pages[0]) for file, pages in row.hits[:3] if pages)
    lines = (("wanted", wanted), ("came", came or Markup("nothing")), *((("rank", str(row.rank)),) if row.rank else ()))
    return tag(
        "li",
        tag("p", question.question, " ", tag("span", f"{question.id} · {question.kind}", class_="muted")),
        tag("dl", *(join((tag("dt", name), tag("dd", words))) for name, words in lines)),
    )


def _pages(places: Iterable[tuple[str, int]]) -> Markup:
    by_file: dict[str, list[str]] = {}
    for file, page in dict.fromkeys(places):
        by_file.setdefault(file, []).append(str(page))
    return join(tag("span", f"{file} p. {', '.join(pages)}", class_="source") for file, pages in by_file.items())


def _questions(evaluation: Evaluation) -> Markup:
    rows = [_question_row(row) for row in evaluation.rows]
    columns = ("question", "status", "rank", "facts", "cited pages", "answerability")
    table = _table(columns, rows, "questions", words=len(columns))
    about = "Bold pages are gold; ✗ marks a quote that was not found again on its page."
    return _section("Every question", _filters(evaluation.rows), table, about=about)


def _filters(rows: Sequence[Row]) -> Markup:
    kinds, statuses = ({row.question.kind: None for row in rows}, {row.status: None for row in rows})
    return tag(
        "form",
        Markup('<input type="search" id="find" placeholder="Find in questions" aria-label="Find in questions">'),
        _choice("kind", "Every kind", kinds),
        _choice("status", "Every status", statuses),
        tag("label", Markup('<input type="checkbox" id="problems">'), " only problems"),
        tag("output", f"{len(rows)} of {len(rows)}", id="shown"),
        id="filters",
        hidden="hidden",
    )


def _choice(name: str, everything: str, values: Iterable[str]) -> Markup:
    options = [tag("option", everything, value=""), *(tag("option", value, value=value) for value in sorted(values))]
    return tag("select", *options, id=name, aria_label=name)


def _question_row(row: Row) -> Markup:
    question = row.question
    about = tag("span", f"{question.id} · {question.kind} · {question.lang}", class_="muted")
    problems = tuple(_problems(row))
    cells = (
        ("question", join((tag("p", question.question), about))),
        ("status", _badge(row.status)),
        ("rank", _rank(row)),
        ("facts", _facts(row)),
        ("cited pages", _cited(row.cited)),
        ("answerability", "–" if row.answerability is None else f"{row.answerability:.2f}"),
    )
    return tag(
        "tr",
        *(tag("td", content, data_label=name) for name, content in cells),
        data_kind=question.kind,
        data_status=row.status,
        data_problem="yes" if problems else None,
    )


def _problems(row: Row) -> Iterator[str]:
    if row.error:
        yield "error"
    if row.missed:
        yield "missed"
    if row.measures.get("fact_recall") == 0:
        yield "facts"
    if row.measures.get("abstained") == 0:
        yield "spoke"


def _rank(row: Row) -> Markup:
    if not row.question.scored:
        return tag("span", "–", class_="none")
    return tag("span", str(row.rank) if row.rank else "none", class_="bad" if row.missed else None)


def _facts(row: Row) -> Markup:
    if row.question.silence_expected:
        kept = row.measures.get("abstained") == 1
        return tag("span", "rightly silent" if kept else "should be silent", class_=None if kept else "bad")
    if "fact_recall" not in row.measures:
        return tag("span", "–", class_="none")
    if row.missing:
        return tag("span", f"missing: {'; '.join(row.missing)}", class_="bad")
    return tag("span", "complete") if row.said else tag("span", "not answered", class_="bad")


def _cited(cited: Sequence[Cited]) -> Markup:
    unfound = {(place.file, place.page) for place in cited if not (place.verified or place.by_ocr)}
    by_file: dict[str, list[Markup]] = {}
    for file, page, gold in dict.fromkeys((place.file, place.page, place.gold) for place in cited):
        mark = " ✗" if (file, page) in unfound else ""
        by_file.setdefault(file, []).append(tag("b" if gold else "span", f"{page}{mark}"))
    if not by_file:
        return tag("span", "–", class_="none")
    return join(_source(file, pages) for file, pages in by_file.items())


def _source(file: str, pages: Sequence[Markup]) -> Markup:
    listed = [join((", ", page)) if at else page for at, page in enumerate(pages)]
    return tag("span", f"{file} p. ", *listed, class_="source")


def _definitions() -> Markup:
    listed = [join((tag("dt", measure.label), tag("dd", measure.meaning))) for measure in FIGURES]
    about = (
        f"Intervals are 95 % percentile bootstrap intervals over questions, {RESAMPLES} resamples, seeded; "
        "Wilson's where all questions of a share agree, which resampling would call certain. A hit counts for its first "
        "three pages; questions that failed count as finding and saying nothing. Facts are looked for literally, "
        "which is a lower bound for right."
    )
    return _section("What the figures mean", tag("dl", *listed, class_="definitions"), about=about)
