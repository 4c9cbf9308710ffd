"""Plots as inline SVG, 360 units wide so that their words stay readable on a phone.

Colours are classes of report.css; a title element says each mark in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cpgassist.evaluation.markup import Markup, tag
from cpgassist.evaluation.metrics import CUTOFFS, Figure
from cpgassist.evaluation.results import RiskPoint

WIDTH = 360


def _svg(height: float, name: str, parts: Sequence[str]) -> Markup:
    box = f"0 0 {WIDTH} {height:.0f}"
    return tag("svg", *parts, viewBox=box, role="img", aria_label=name, class_="plot")


def _text(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> Markup:
    return tag("text", words, x=x, y=y, text_anchor=anchor, class_=kind or None)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def _bar(x: float, y: float, width: float, height: float, kind: str, title: str) -> Markup:
    size = {"width": max(0.0, width), "height": max(0.0, height)}
    return tag("rect", tag("title", title), x=x, y=y, class_=kind, **size)


def _path(points: Sequence[tuple[float, float]], kind: str, *, closed: bool = False) -> Markup:
    steps = " ".join(f"{'L' if at else 'M'}{x:.1f} {y:.1f}" for at, (x, y) in enumerate(points))
    return tag("path", d=steps + (" Z" if closed else ""), class_=kind)


def _legend(x: float, y: float, entries: Sequence[tuple[str, str]]) -> Iterator[Markup]:
    """Swatches of (class, words) in a row."""
    for kind, words in entries:
        yield tag("rect", x=x, y=y - 8, width=9, height=9, class_=kind)
        yield _text(x + 13, y, words, kind="note")
        x += 13 + 6 * len(words) + 15


def _shortened(words: str, longest: int) -> str:
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


# Recall by group


_RECALL_LEFT, _RECALL_RIGHT, _RECALL_BAR = 122, 313, 7


def recall_bars(groups: Mapping[str, Mapping[str, Figure]]) -> Markup:
    """Recall@k of each group, the group with the lowest R@5 first, with its 95 % interval."""
    found = {name: figures for name, figures in groups.items() if "recall@5" in figures}
    worst_first = sorted(found, key=lambda name: found[name]["recall@5"].value)
    step = _RECALL_BAR * len(CUTOFFS) + 12
    height = 40 + step * len(worst_first) + 18
    parts = list(_legend(_RECALL_LEFT, 12, [(f"k{k}", f"R@{k}") for k in CUTOFFS]))
    parts.append(_text(WIDTH, 30, "R@5", "end", "note"))
    for tick in (0, 25, 50, 75, 100):
        x = _recall_x(tick / 100)
        parts.append(_line(x, 36, x, height - 18, "grid"))
        parts.append(_text(x, height - 5, f"{tick}", "middle", "note"))
    for at, name in enumerate(worst_first):
        parts += _recall_group(name, found[name], 42 + at * step)
    return _svg(height, "Recall at k by group with 95 % intervals", parts)


def _recall_x(share: float) -> float:
    return _RECALL_LEFT + share * (_RECALL_RIGHT - _RECALL_LEFT)


def _recall_group(name: str, figures: Mapping[str, Figure], top: float) -> Iterator[Markup]:
    middle = top + _RECALL_BAR * len(CUTOFFS) / 2
    yield _text(_RECALL_LEFT - 8, middle - 1, _shortened(name, 17), "end")
    yield _text(_RECALL_LEFT - 8, middle + 11, f"n = {figures['recall@5'].n}", "end", "note")
    for at, k in enumerate(CUTOFFS):
        figure = figures[f"recall@{k}"]
        y = top + at * _RECALL_BAR
        said = f"{name}: R@{k} {figure.value:.0%}, 95 % interval {figure.low:.0%} to {figure.high:.0%}"
        yield _bar(_RECALL_LEFT, y, _recall_x(figure.value) - _RECALL_LEFT, _RECALL_BAR - 1, f"k{k}", said)
        yield from _whisker(_recall_x(figure.low), _recall_x(figure.high), y + (_RECALL_BAR - 1) / 2)
    yield _text(WIDTH, middle + 4, f"{figures['recall@5'].value:.0%}", "end", "strong")


def _whisker(low: float, high: float, y: float) -> Iterator[Markup]:
    yield _line(low, y, high, y, "whisker")
    yield _line(low, y - 2, low, y + 2, "whisker")
    yield _line(high, y - 2, high, y + 2, "whisker")


# Risk and coverage


_FRAME_LEFT, _FRAME_RIGHT, _FRAME_TOP, _FRAME_BOTTOM = 40, 350, 24, 204


def _nice_top(value: float) -> float:
    """The end of an axis from 0 that holds the value: 0.1, 0.2, 0.5 or 1."""
    return next((top for top in (0.1, 0.2, 0.5) if value <= top), 1.0)


def risk_curve(curve: Sequence[RiskPoint], beyond: Sequence[RiskPoint]) -> Markup:
    """Share answered against share of these wrong; the dot is where this run stands, the band what may follow."""
    top = _nice_top(max((point.worst for point in (*curve, *beyond)), default=0.0))

    def place(coverage: float, risk: float) -> tuple[float, float]:
        x = _FRAME_LEFT + coverage * (_FRAME_RIGHT - _FRAME_LEFT)
        return x, _FRAME_BOTTOM - risk / top * (_FRAME_BOTTOM - _FRAME_TOP)

    parts = list(_risk_frame(top))
    here = curve[-1:]
    if beyond:
        low = [place(point.coverage, point.risk) for point in (*here, *beyond)]
        high = [place(point.coverage, point.worst) for point in (*here, *beyond)]
        parts.append(_path([*low, *reversed(high)], "band", closed=True))
    if curve:
        parts.append(_path([place(point.coverage, point.risk) for point in curve], "curve"))
        parts += _operating_point(curve[-1], *place(curve[-1].coverage, curve[-1].risk))
    return _svg(242, "Risk and coverage", parts)


def _risk_frame(top: float) -> Iterator[Markup]:
    for tick in range(5):
        share = tick / 4
        y = _FRAME_BOTTOM - share * (_FRAME_BOTTOM - _FRAME_TOP)
        x = _FRAME_LEFT + share * (_FRAME_RIGHT - _FRAME_LEFT)
        yield _line(_FRAME_LEFT, y, _FRAME_RIGHT, y, "grid")
        yield _text(_FRAME_LEFT - 6, y + 4, f"{share * top * 100:g}", "end", "note")
        yield _text(x, _FRAME_BOTTOM + 15, f"{share * 100:g}", "middle", "note")
    yield _text(8, _FRAME_TOP - 10, "% wrong", kind="note")
    yield _text(_FRAME_RIGHT, _FRAME_BOTTOM + 32, "% of questions answered", "end", "note")


def _operating_point(point: RiskPoint, x: float, y: float) -> Iterator[Markup]:
    said = f"{point.coverage:.0%} answered, {point.risk:.0%} of them wrong"
    yield tag("circle", tag("title", said), cx=x, cy=y, r=5, class_="here")
    # In the margin, because no place inside the frame is free of the curve for every run.
    words = (tag("tspan", "● ", class_="dot"), said)
    yield tag("text", *words, x=_FRAME_RIGHT, y=_FRAME_TOP - 10, text_anchor="end", class_="strong")


# Answerability


_HALF = 78
BINS = 20


def answerability_histogram(positive: Sequence[float], negative: Sequence[float]) -> Markup:
    """How many questions have which answerability: those with an answer upwards, those without downwards."""
    up, down = _binned(positive), _binned(negative)
    most = max((*up, *down, 1))
    zero = _FRAME_TOP + 6 + _HALF
    step = (_FRAME_RIGHT - _FRAME_LEFT) / BINS
    parts = list(_legend(_FRAME_LEFT, 12, [("yes", "answer in the guidelines"), ("no", "none: stay silent")]))
    for sign, counts, kind in ((-1, up, "yes"), (1, down, "no")):
        parts += _half(sign, most, zero)
        for at, count in enumerate(counts):
            high = count / most * _HALF
            said = f"{count} with answerability {at / BINS:.2f} to {(at + 1) / BINS:.2f}"
            y = zero - high if sign < 0 else zero
            parts.append(_bar(_FRAME_LEFT + at * step + 1, y, step - 2, high, kind, said))
    parts.append(_line(_FRAME_LEFT, zero, _FRAME_RIGHT, zero, "axis"))
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = _FRAME_LEFT + tick * (_FRAME_RIGHT - _FRAME_LEFT)
        parts.append(_text(x, zero + _HALF + 18, f"{tick:g}", "middle", "note"))
    parts.append(_text(_FRAME_RIGHT, zero + _HALF + 35, "answerability", "end", "note"))
    return _svg(zero + _HALF + 42, "Histogram of answerability", parts)


def _half(sign: int, most: int, zero: float) -> Iterator[Markup]:
    """The scale of one half: its largest count and half of that."""
    for share in (0.5, 1.0):
        y = zero + sign * share * _HALF
        yield _line(_FRAME_LEFT, y, _FRAME_RIGHT, y, "grid")
        yield _text(_FRAME_LEFT - 6, y + 4, f"{most * share:g}", "end", "note")


def _binned(scores: Sequence[float]) -> list[int]:
    counts = [0] * BINS
    for score in scores:
        counts[min(BINS - 1, max(0, int(score * BINS)))] += 1
    return counts


# Latency


def latency_bars(latency: Mapping[str, Mapping[str, float]]) -> Markup:
    """Seconds of each stage: p50 as a solid bar, p95 as a pale one behind it."""
    longest = max((spent["p95"] for spent in latency.values()), default=0.0) or 1.0
    left, right, step = 92, 262, 24
    parts = list(_legend(left, 12, [("k1", "p50"), ("k10", "p95")]))
    for at, (stage, spent) in enumerate(latency.items()):
        y = 26 + at * step
        said = f"{stage}: p50 {spent['p50']:.3f} s, p95 {spent['p95']:.3f} s"
        for key, kind in (("p95", "k10"), ("p50", "k1")):
            parts.append(_bar(left, y, spent[key] / longest * (right - left), 14, kind, said))
        parts.append(_text(left - 8, y + 11, _shortened(stage, 15), "end", "strong" if stage == "total" else ""))
        parts.append(_text(WIDTH, y + 11, f"{_seconds(spent['p50'])} · {_seconds(spent['p95'])}", "end", "note"))
    return _svg(26 + step * len(latency) + 4, "Seconds by stage", parts)


def _seconds(value: float) -> str:
    """Two significant digits, in milliseconds below one second."""
    if value < 1:
        return f"{value * 1000:.0f} ms" if value >= 0.01 or value == 0 else f"{value * 1000:.1f} ms"
    return f"{value:.1f} s"


# Headline


def interval_bar(figure: Figure) -> Markup:
    """A figure between 0 and 1 on a thin scale, with its interval."""
    width = 100
    low, high, value = (width * min(1.0, max(0.0, part)) for part in (figure.low, figure.high, figure.value))
    return tag(
        "svg",
        tag("rect", x=0, y=3, width=width, height=2, class_="scale"),
        tag("rect", x=low, y=2, width=max(0.8, high - low), height=4, class_="k10"),
        tag("rect", x=min(width - 1.6, max(0.0, value - 0.8)), y=0, width=1.6, height=8, class_="k1"),
        viewBox=f"0 0 {width} 8",
        preserveAspectRatio="none",
        class_="interval",
        aria_hidden="true",
    )
