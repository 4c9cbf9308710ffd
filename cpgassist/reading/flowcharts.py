"""Which drawn boxes of a page are one algorithm: boxes with words, joined by lines that end at their edges.

A table has boxes and lines too. Its boxes touch, so they count as one here; its lines run along their edges; and
what stands between its boxes are more words. In an algorithm the boxes stand apart and between them are arrows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from cpgassist.reading.words import Rules, Word
from cpgassist.types import Box

_MOST = 400
"""Pages with more boxes or lines than this are maps or shaded tables; comparing all pairs would take too long."""
_REACH = 6.0
"""Points from the edge of a box within which a line that leads to it may end."""
_NEAR = 12.0
"""Points by which a box or line beside a chart may stand apart and still be part of it."""
_STEP = 45.0
"""Points between neighbouring boxes of a chart whose title says that it is one."""
_POINTED = 2
"""Arrows, slanted lines or boxes that are no rectangle, of which a chart without a name has at least so many."""
_LABELS = 0.4
"""At most this share of an algorithm's words stands beside its boxes: "Yes", "No", a title."""
_PROSE = 60
"""Words in a box on average from which the boxes are paragraphs."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Boxes that belong together, and the rectangle around all of it."""

    box: Box
    nodes: tuple[Box, ...]
    cells: tuple[Box, ...] = ()
    """The boxes as they are drawn, also where two touch."""


def find_charts(words: Sequence[Word], rules: Rules, page: tuple[float, float]) -> list[Chart]:
    """The charts whose boxes are joined by lines or arrows."""
    if len(rules.arrows) + len(rules.links) + len(rules.shapes) < _POINTED:
        return []
    nodes, cells, frames = _nodes(words, rules, page)
    if len(nodes) < 3:
        return []
    lines = _lines(rules, nodes, frames)
    if not 2 <= len(lines) <= _MOST:
        return []
    found = []
    parts = [*nodes, *lines]
    for group in _groups(len(parts), lambda a, b: _joined(parts, len(nodes), a, b)):
        held = [parts[i] for i in group if i < len(nodes)]
        if len(held) >= 3 and len(group) - len(held) >= 2:
            found.append(_grown(Box.around([parts[i] for i in group]), nodes, parts))
    charts = [chart for chart in _apart(found) if _pointed(chart, rules) >= _POINTED]
    return [_with_cells(chart, cells) for chart in charts if _reads_as_chart(chart, words)]


def chart_near(title: Box, words: Sequence[Word], rules: Rules, page: tuple[float, float]) -> Chart | None:
    """The boxes next to a title that names an algorithm, whatever joins them."""
    nodes, cells, _ = _nodes(words, rules, page)
    if not 3 <= len(nodes) <= _MOST:
        return None
    for group in _groups(len(nodes), lambda a, b: gap(nodes[a], nodes[b]) <= _STEP):
        held = [nodes[i] for i in group]
        box = Box.around(held)
        if len(held) >= 3 and gap(box, title) <= 60 and not box.holds(title):
            chart = _grown(box, nodes, [*nodes, *rules.links, *rules.arrows])
            # Boxes of one width under each other are the shaded rows of a table.
            rows = len({(round(node.left / 4), round(node.right / 4)) for node in chart.nodes}) == 1
            if _reads_as_chart(chart, words) and (not rows or _pointed(chart, rules)):
                return _with_cells(chart, cells)
    return None


def gap(a: Box, b: Box) -> float:
    """Points between two boxes, 0 when they meet."""
    return max(a.left - b.right, b.left - a.right, a.top - b.bottom, b.top - a.bottom, 0.0)


def centred_in(box: Box, inner: Box, slack: float = 2.0) -> bool:
    """Whether the middle of `inner` lies in the box."""
    x = (inner.left + inner.right) / 2
    return box.left - slack <= x <= box.right + slack and box.top - slack <= inner.middle <= box.bottom + slack


def _pointed(chart: Chart, rules: Rules) -> int:
    """How much of the chart no table is drawn with: heads of arrows, slanted lines, boxes that are no rectangle."""
    return sum(centred_in(chart.box, box) for box in (*rules.arrows, *rules.links, *rules.shapes))


def _nodes(words: Sequence[Word], rules: Rules, page: tuple[float, float]) -> tuple[list[Box], list[Box], list[Box]]:
    """Boxes that hold words, those that touch as one; the same as drawn; and every frame, backgrounds included."""
    frames = [
        box
        for box in dict.fromkeys((*rules.panels, *rules.shapes))
        if box.width >= 24 and box.height >= 9 and box.width * box.height < 0.72 * page[0] * page[1]
    ]
    if len(frames) > _MOST:
        return [], [], frames
    holding = [box for box in frames if any(centred_in(box, word.box, 0) for word in words)]
    single = [box for box in holding if not _holds_several(box, holding)]
    cells = [box for box in single if not any(other is not box and _covers(other, box) for other in single)]
    merged = [
        Box.around([single[i] for i in group])
        for group in _groups(len(single), lambda a, b: _as_one(single[a], single[b]))
    ]
    return merged, cells, frames


def _covers(box: Box, other: Box) -> bool:
    """Whether `other` lies in or under the larger box: its filling, or a patch behind a few of its words."""
    across = min(box.right, other.right) - max(box.left, other.left)
    down = min(box.bottom, other.bottom) - max(box.top, other.top)
    smaller, larger = other.width * other.height, box.width * box.height
    return smaller < larger and min(across, down) > 0 and across * down > 0.3 * smaller


def _with_cells(chart: Chart, cells: Sequence[Box]) -> Chart:
    return replace(chart, cells=tuple(cell for cell in cells if centred_in(chart.box, cell)))


def _holds_several(box: Box, boxes: Sequence[Box]) -> bool:
    """Whether a box is the background of others that stand apart in it."""
    inner = [b for b in boxes if b is not box and box.holds(b) and b.width * b.height < 0.8 * box.width * box.height]
    return any(gap(a, b) > 3 for a, b in combinations(inner[:40], 2))


def _as_one(a: Box, b: Box) -> bool:
    """Whether two boxes are one: outline and filling, a head strip and its body, neighbouring cells."""
    across = min(a.right, b.right) - max(a.left, b.left)
    down = min(a.bottom, b.bottom) - max(a.top, b.top)
    if min(across, down) < -1.5 or max(across, down) < 3:
        return False
    touching = min(across, down) < 2.5
    smaller = min(a.width * a.height, b.width * b.height)
    return touching or across * down > 0.3 * smaller


def _lines(rules: Rules, nodes: Sequence[Box], frames: Sequence[Box]) -> list[Box]:
    """What may lead from one box to another: no edge of a box, nothing inside one."""
    straight = [
        rule
        for rule in dict.fromkeys((*rules.horizontal, *rules.vertical))
        if max(rule.width, rule.height) >= 4 and not any(_along(rule, frame) for frame in frames)
    ]
    wordless = [frame for frame in frames if min(frame.width, frame.height) <= 40 and frame not in nodes]
    wordless = [frame for frame in wordless if not any(centred_in(node, frame) for node in nodes)]
    others = [*rules.links, *rules.arrows, *wordless]
    return [line for line in (*straight, *others) if not any(node.holds(line, 1) for node in nodes)]


def _along(rule: Box, frame: Box) -> bool:
    """Whether a rule is drawn on an edge of the frame."""
    if rule.width >= rule.height:
        on_edge = min(abs(rule.middle - frame.top), abs(rule.middle - frame.bottom)) <= 2.5
        return on_edge and rule.left >= frame.left - 3 and rule.right <= frame.right + 3
    x = (rule.left + rule.right) / 2
    on_edge = min(abs(x - frame.left), abs(x - frame.right)) <= 2.5
    return on_edge and rule.top >= frame.top - 3 and rule.bottom <= frame.bottom + 3


def _joined(parts: Sequence[Box], nodes: int, a: int, b: int) -> bool:
    """Whether two parts meet; boxes meet only through a line."""
    if a < nodes and b < nodes:
        return False
    reach = _REACH if a < nodes or b < nodes else 4.0
    return gap(parts[a], parts[b]) <= reach


def _groups(count: int, together: Callable[[int, int], bool]) -> list[list[int]]:
    """The indexes below `count` in groups whose members hang together."""
    left = set(range(count))
    groups = []
    while left:
        waiting = [left.pop()]
        group = []
        while waiting:
            at = waiting.pop()
            group.append(at)
            near = [other for other in left if together(min(at, other), max(at, other))]
            left.difference_update(near)
            waiting += near
        groups.append(sorted(group))
    return sorted(groups)


def _grown(box: Box, nodes: Sequence[Box], parts: Sequence[Box]) -> Chart:
    """The chart with the boxes and lines that lie within its rectangle, or reach into it."""
    while True:
        wider = Box.around([box, *(part for part in parts if gap(box, part) <= _NEAR)])
        if wider == box:
            break
        box = wider
    return Chart(box, tuple(node for node in nodes if centred_in(box, node)))


def _apart(charts: Sequence[Chart]) -> list[Chart]:
    """Charts that overlap or stand close together as one."""
    merged = []
    for group in _groups(len(charts), lambda a, b: gap(charts[a].box, charts[b].box) <= _NEAR):
        held = [charts[i] for i in group]
        nodes = tuple(dict.fromkeys(node for chart in held for node in chart.nodes))
        merged.append(Chart(Box.around([chart.box for chart in held]), nodes))
    return merged


def _reads_as_chart(chart: Chart, words: Sequence[Word]) -> bool:
    """Whether the words stand in the boxes, a few in each."""
    held = [word for word in words if centred_in(chart.box, word.box)]
    boxed = [word for word in held if any(centred_in(node, word.box) for node in chart.nodes)]
    return len(boxed) >= (1 - _LABELS) * len(held) and len(boxed) <= _PROSE * len(chart.nodes)
