"""The admin page's plots as SVG pictures of their own: Gradio's sanitiser takes the frame off an inline one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING

from cpgassist.editions import review_passed
from cpgassist.evaluation.markup import Markup, tag
from cpgassist.quality import Quality
from cpgassist.types import SEARCHED_KINDS, GuidelineInfo

if TYPE_CHECKING:
    from cpgassist.apps.admin.opinions import Opinion

WIDTH = 760
_LEFT = 300
_ROW = 24
_LONGEST = 38
_STYLE = """
text { fill: var(--ink); font: 13px system-ui, sans-serif; } .note { fill: var(--muted); font-size: 12px; }
.age { fill: var(--k3); } .old { fill: var(--grid); stroke: var(--muted); stroke-dasharray: 3 2; }
.due { fill: none; stroke: var(--ink); stroke-width: 1.5; } .passed { fill: var(--no); stroke: var(--no); }
.s0 { fill: var(--k1); } .s1 { fill: var(--no); } .s2 { fill: var(--k5); } .s3 { fill: #8a63c2; } .s4 { fill: #b8860b; }
"""


def picture(svg: Markup) -> str:
    """An inline SVG as a file of its own, with the colours of the evaluation's report; light or dark as it is shown."""
    style = files("cpgassist.evaluation").joinpath("report.css").read_text(encoding="utf-8") + _STYLE
    head, rest = svg.split(">", 1)
    return f'{head} xmlns="http://www.w3.org/2000/svg">{tag("style", Markup(style))}{rest}'


def timeline(guidelines: Sequence[GuidelineInfo], today: date) -> Markup:
    """Each guideline from its year to today, or to the year of the edition that replaced it; a diamond is its review."""
    years = {info.id: info.published for info in guidelines}
    dated = sorted((info for info in guidelines if info.published), key=lambda info: (info.published or 0, info.title))
    if not dated:
        return _svg(40, "Age of the guidelines", [_text(0, 24, "No guideline prints its year.")])
    dues = {info.id: due for info in dated if (due := _year_of(info.review_due))}
    first = min(info.published or today.year for info in dated)
    last = max(today.year, *dues.values(), first) if dues else today.year

    def x(year: float) -> float:
        return _LEFT + (year - first) / max(1, last + 1 - first) * (WIDTH - _LEFT - 10)

    height = 30 + _ROW * len(dated)
    parts = [*_years(first, last, x, height)]
    for at, info in enumerate(dated):
        y, begin = 26 + at * _ROW, info.published or first
        newer = years.get(info.superseded_by or "")
        end = newer if info.superseded_by and newer else today.year + today.timetuple().tm_yday / 366
        kind = "old" if info.superseded_by or info.same_as else "age"
        age = f"{info.title}: {begin}" + (f", replaced {newer}" if kind == "old" and newer else "")
        size = {"width": max(4.0, x(end) - x(begin)), "height": 12, "rx": 3}
        parts.append(_text(_LEFT - 8, y + 10, _short(info.title), "end"))
        parts.append(tag("rect", tag("title", age), x=x(begin), y=y, class_=kind, **size))
        if info.id in dues:
            parts.append(_diamond(x(dues[info.id] + 0.5), y + 6, info, today))
    return _svg(height, "Age of the guidelines", parts)


def _years(first: int, last: int, x: object, height: float) -> Iterator[Markup]:
    assert callable(x)
    for year in range(first, last + 1, max(1, (last - first) // 8)):
        yield tag("line", x1=x(year), y1=20, x2=x(year), y2=height, class_="grid")
        yield _text(x(year), 14, str(year), "middle", "note")


def _diamond(x: float, y: float, info: GuidelineInfo, today: date) -> Markup:
    passed = review_passed(info, today)
    says = f"{info.title}: review due {info.review_due}{', which is past' if passed else ''}"
    path = f"M{x:.1f} {y - 7:.1f} l7 7 l-7 7 l-7 -7 Z"
    return tag("path", tag("title", says), d=path, class_="passed" if passed else "due")


def kinds(quality: Quality) -> Markup:
    """The searched passages of each guideline, by kind."""
    most = max((sum(_kinds(of.passages).values()) for of in quality.guidelines), default=0) or 1
    scale = (WIDTH - _LEFT - 60) / most
    parts = list(_legend(SEARCHED_KINDS))
    for at, guideline in enumerate(quality.guidelines):
        y, x = 30 + at * _ROW, float(_LEFT)
        held = _kinds(guideline.passages)
        year = f" ({guideline.info.published})" if guideline.info.published else ""
        parts.append(_text(_LEFT - 8, y + 11, _short(guideline.info.title) + year, "end"))
        for number, kind in enumerate(SEARCHED_KINDS):
            if held[kind]:
                wide = held[kind] * scale
                says = tag("title", f"{guideline.info.title}: {held[kind]} {kind}")
                parts.append(tag("rect", says, x=x, y=y, width=wide, height=14, class_=f"s{number % 5}"))
                x += wide
        parts.append(_text(x + 6, y + 11, str(sum(held.values())), kind="note"))
    return _svg(34 + _ROW * len(quality.guidelines), "Passages by kind", parts)


def _kinds(passages: dict[str, int]) -> Counter[str]:
    return Counter({kind: passages.get(kind, 0) for kind in SEARCHED_KINDS})


def reasons_by_week(opinions: Sequence[Opinion], today: date, weeks: int = 12) -> Markup:
    """How often each reason was given in each of the last weeks, Monday by Monday."""
    monday = today - timedelta(days=today.weekday())
    starts = [monday - timedelta(weeks=back) for back in range(weeks - 1, -1, -1)]
    counts: dict[date, Counter[str]] = {start: Counter() for start in starts}
    for opinion in opinions:
        day = _day_of(opinion.at)
        if day is not None and (start := day - timedelta(days=day.weekday())) in counts:
            counts[start].update(opinion.told)
    names = sorted({name for count in counts.values() for name in count})
    most = max((sum(count.values()) for count in counts.values()), default=0) or 1
    step, foot = (WIDTH - 60) / weeks, 190
    parts = list(_legend(names, 40))
    parts += [
        tag("line", x1=40, y1=foot, x2=WIDTH - 10, y2=foot, class_="axis"),
        _text(32, 44, str(most), "end", "note"),
    ]
    for at, start in enumerate(starts):
        y = float(foot)
        for number, name in enumerate(names):
            high = counts[start][name] / most * 150
            y -= high
            says = tag("title", f"Week of {start:%d %b %Y}: {counts[start][name]} {name}")
            place = {"x": 46 + at * step, "y": y, "width": step - 8, "height": high}
            if high:
                parts.append(tag("rect", says, class_=f"s{number % 5}", **place))
        parts.append(_text(46 + at * step + (step - 8) / 2, foot + 16, f"{start:%d %b}", "middle", "note"))
    return _svg(foot + 26, "Reasons by week", parts)


def _legend(names: Sequence[str], left: float = _LEFT) -> Iterator[Markup]:
    for number, name in enumerate(names):
        yield tag("rect", x=left, y=4, width=10, height=10, class_=f"s{number % 5}")
        yield _text(left + 14, 13, name, kind="note")
        left += 34 + 7 * len(name)


def _svg(height: float, name: str, parts: Sequence[str]) -> Markup:
    return tag("svg", *parts, viewBox=f"0 0 {WIDTH} {height:.0f}", role="img", aria_label=name, class_="plot")


def _text(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> Markup:
    return tag("text", words, x=x, y=y, text_anchor=anchor, class_=kind or None)


def _short(title: str) -> str:
    return title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1]}…"


def _year_of(said: str | None) -> int | None:
    digits = "".join(ch if ch.isdigit() else " " for ch in said or "").split()
    return next((int(word) for word in digits if len(word) == 4 and word[:2] in ("19", "20")), None)


def _day_of(at: str) -> date | None:
    try:
        return datetime.fromisoformat(at).date()
    except ValueError:
        return None
