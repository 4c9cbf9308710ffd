"""What is drawn on a page -> level and upright edges of table cells, in groups that touch.

Houses draw a cell in many ways: rules, stroked frames, shaded cells, rules broken at each column, bands of colour.
All become edges here; what only looks like one (the shading behind a line of text) is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from cpgassist.reading.captions import CAPTION
from cpgassist.reading.words import Rules, Word
from cpgassist.types import Box

SNAP = 3.0
"""Points by which edges meant to coincide are apart in real files."""
_INSET = (3.0, 9.0)
"""How far word processors inset a paragraph's shading from the sides of its cell; a head strip reaches the sides."""
_TALLEST_ROW = 300.0
"""Points up to which what stands between two shaded rows may be rows of the same table."""
_TALLEST_MERGED = 200.0
"""Points up to which what stands between two broken rules may be a row merged over all columns."""
_NAMING_ROW = 30.0
"""Points that a row naming the rows below takes, before the table's upright rules go on."""
_MOST_PANELS = 400
"""Panels above which a page is a drawing."""

Edge = tuple[float, float, float]
"""(position across, start, end): for a level edge (y, x from, x to), for an upright one (x, y from, y to)."""


def edges(rules: Rules, words: Sequence[Word], page: tuple[float, float]) -> tuple[list[Edge], list[Edge]]:
    """The level and the upright edges of a page, pieces of one line joined."""
    width, height = page
    level = [(box.middle, box.left, box.right) for box in rules.horizontal]
    drawn = merged([((box.left + box.right) / 2, box.top, box.bottom) for box in rules.vertical])
    upright = [*drawn, *_jointed(rules.horizontal, drawn, words)]
    panels = [panel for panel in rules.panels if panel.width * panel.height <= 0.6 * width * height]
    panels = without_shading(panels)
    for panel in panels:
        level += [(y, panel.left, panel.right) for y in (panel.top, panel.bottom)]
        upright += [(x, panel.top, panel.bottom) for x in (panel.left, panel.right)]
    bands = _bands(panels)
    upright += _between_bands(bands, drawn, merged(level), words)
    level += _over_gaps(bands)
    return merged(level), merged(upright)


def without_shading(panels: Sequence[Box]) -> list[Box]:
    """Panels without those that only shade the lines of text inside a larger one: all of one width, inset alike."""
    panels = list(dict.fromkeys(panels))
    if len(panels) > _MOST_PANELS:
        return []
    home: dict[int, list[int]] = {}
    by_size = sorted(range(len(panels)), key=lambda i: panels[i].width * panels[i].height)
    for at, i in enumerate(by_size):
        outer = next((j for j in by_size[at + 1 :] if _inside(panels[i], panels[j])), None)
        if outer is not None:
            home.setdefault(outer, []).append(i)
    shading = {
        i
        for outer, inner in home.items()
        for i in inner
        if _alike([panels[k] for k in inner]) and _inset(panels[i], panels[outer])
    }
    return [panel for i, panel in enumerate(panels) if i not in shading]


def _inside(panel: Box, other: Box) -> bool:
    if panel.left < other.left - 1.5 or panel.right > other.right + 1.5:
        return False
    return other.width * other.height > 1.02 * panel.width * panel.height and other.holds(panel, 1.5)


def _alike(panels: Sequence[Box]) -> bool:
    return all(abs(p.left - panels[0].left) < 2 and abs(p.right - panels[0].right) < 2 for p in panels)


def _inset(panel: Box, outer: Box) -> bool:
    least, most = _INSET
    return least <= panel.left - outer.left <= most and least <= outer.right - panel.right <= most


def _jointed(level: Sequence[Box], drawn: Sequence[Edge], words: Sequence[Word]) -> list[Edge]:
    """Upright edges where the rules above and below a row are both broken: word processors draw the border of each
    cell apart, so the joints tell the columns of tables that have no upright rules.

    Between two tables of one width there are joints above and below as well; there the upright rules end at the
    joints, or a caption runs across them.
    """
    rows: list[tuple[float, list[Box]]] = []
    for box in sorted((b for b in level if b.width >= 0.1), key=lambda b: (round(b.middle), b.left)):
        if rows and abs(rows[-1][0] - box.middle) < 1.5:
            rows[-1][1].append(box)
        else:
            rows.append((box.middle, [box]))
    found: list[Edge] = []
    for (y, above), (below_y, below) in pairwise(rows):
        left, right = min(b.left for b in above), max(b.right for b in above)
        same = abs(left - min(b.left for b in below)) < 6 and abs(right - max(b.right for b in below)) < 6
        if not same or _ruled_beyond(drawn, (left, right), y, below_y):
            continue
        joints = _joints(below)
        shared = [x for x in _joints(above) if any(abs(x - other) < 2 for other in joints)]
        if not shared:
            continue
        if len(straddled(words, shared, y, below_y)) * 2 > len(shared):
            # A row merged over the columns, or what stands between two tables: then the second has a caption.
            shared = []
            if below_y - y > _TALLEST_MERGED or _captioned(words, left, y, below_y):
                continue
        found += [(x, y, below_y) for x in (left, *shared, right)]
    return found


def _captioned(words: Sequence[Word], left: float, top: float, bottom: float) -> bool:
    """Whether a line between two heights opens like a caption."""
    texts: list[list[Word]] = []
    for word in words:
        if not (top < word.box.middle < bottom and word.box.right > left):
            continue
        if texts and continues(texts[-1][-1], word):
            texts[-1].append(word)
        else:
            texts.append([word])
    return any(CAPTION.match(" ".join(word.text for word in text)) for text in texts)


def _ruled_beyond(drawn: Sequence[Edge], sides: tuple[float, float], top: float, bottom: float) -> bool:
    """Whether upright rules between two sides end at the band's top or begin at its bottom, and none runs inside."""

    def runs(y: float) -> bool:
        return any(sides[0] - SNAP <= x <= sides[1] + SNAP and start <= y <= end for x, start, end in drawn)

    return (runs(top - 3) or runs(bottom + 3)) and not runs((top + bottom) / 2)


def _joints(pieces: Sequence[Box]) -> list[float]:
    ordered = sorted(pieces, key=lambda b: b.left)
    return [b.left for a, b in pairwise(ordered) if abs(b.left - a.right) < 1.5]


def _bands(panels: Sequence[Box]) -> list[list[Box]]:
    """Panels that stand side by side, from the top, each band from the left."""
    bands: list[list[Box]] = []
    for panel in sorted(panels, key=lambda p: (p.top, p.left)):
        if bands and abs(bands[-1][0].top - panel.top) < SNAP:
            bands[-1].append(panel)
        else:
            bands.append([panel])
    return [sorted(band, key=lambda p: p.left) for band in bands]


def _over_gaps(bands: Sequence[Sequence[Box]]) -> list[Edge]:
    """Level edges across the gap that a cell too narrow to be seen as a panel leaves between its neighbours."""
    return [
        (y, a.right, b.left)
        for band in bands
        for a, b in pairwise(band)
        if abs(a.bottom - b.bottom) < SNAP and SNAP < b.left - a.right < 45
        for y in (a.top, a.bottom)
    ]


def _between_bands(
    bands: Sequence[Sequence[Box]], drawn: Sequence[Edge], level: Sequence[Edge], words: Sequence[Word]
) -> list[Edge]:
    """Upright edges carried through the unshaded rows of a table whose other rows are shaded cell by cell.

    Only where most of them have no words across: a paragraph between two tables crosses them all.
    """
    found: list[Edge] = []
    for chain in _chains(bands):
        sides = _sides(chain[0])
        if len(chain) > 1:
            sides = [x for x in sides if any(_near(x, _sides(band)) for band in chain[1:])]
        for top, bottom in _gaps(chain, [*drawn, *_closing(chain, level)]):
            inner = [x for x in sides if chain[0][0].left + SNAP < x < chain[0][-1].right - SNAP]
            crossed = straddled(words, inner, top, bottom)
            if inner and len(crossed) * 2 <= len(inner) and not _captioned(words, sides[0], top, bottom):
                found += [(x, top, bottom) for x in sides]
    return found


def _closing(chain: Sequence[Sequence[Box]], level: Sequence[Edge]) -> list[Edge]:
    """A level rule of the table's width under its last shaded row, as an upright edge that reaches down to it."""
    left, right, end = chain[0][0].left, chain[0][-1].right, max(p.bottom for p in chain[-1])
    found = [y for y, a, b in level if y > end + SNAP and abs(a - left) < 8 and abs(b - right) < 8]
    return [((left + right) / 2, end, min(found))] if found else []


def _chains(bands: Sequence[Sequence[Box]]) -> list[list[Sequence[Box]]]:
    """Bands of one table, each sharing three sides with the first; a header of three cells or more may be alone."""
    chains: list[list[Sequence[Box]]] = []
    for band in bands:
        for chain in chains:
            apart = band[0].top - max(p.bottom for p in chain[-1])
            shared = sum(_near(x, _sides(chain[0])) for x in _sides(band))
            if -SNAP < apart <= _TALLEST_ROW and shared >= 3:
                chain.append(band)
                break
        else:
            chains.append([band])
    return [chain for chain in chains if len(chain) > 1 or _strip(chain[0])]


def _strip(band: Sequence[Box]) -> bool:
    """Whether panels make one header: at least three, each beginning where the one before ends."""
    return len(band) >= 3 and all(abs(b.left - a.right) < SNAP for a, b in pairwise(band))


def _gaps(chain: Sequence[Sequence[Box]], drawn: Sequence[Edge]) -> list[tuple[float, float]]:
    """(top, bottom) of what lies between the bands, and under the last as far as a rule of the table runs."""
    gaps = [(max(p.bottom for p in above), below[0].top) for above, below in pairwise(chain)]
    end = max(p.bottom for p in chain[-1])
    left, right = min(p.left for p in chain[0]), max(p.right for p in chain[0])
    inside = sorted((top, bottom) for x, top, bottom in drawn if left + SNAP < x < right - SNAP)
    reach = end
    for top, bottom in inside:
        if top - _NAMING_ROW <= reach < bottom:
            gaps.append((max(reach, top), bottom))
            reach = bottom
    return [(top, bottom) for top, bottom in gaps if bottom - top >= 2 * SNAP]


def _near(x: float, others: Sequence[float]) -> bool:
    return any(abs(x - other) < SNAP for other in others)


def _sides(band: Sequence[Box]) -> list[float]:
    positions: list[float] = []
    for x in sorted(x for panel in band for x in (panel.left, panel.right)):
        if not positions or x - positions[-1] > SNAP:
            positions.append(x)
    return positions


def straddled(words: Iterable[Word], positions: Sequence[float], top: float, bottom: float) -> list[float]:
    """Those x positions that a phrase runs across between two heights."""
    held = [word for word in words if top < ((box := word.box).top + box.bottom) / 2 < bottom]
    spans = [(word.box.left, word.box.right) for word in held]
    spans += [(word.box.left, after.box.right) for word, after in pairwise(held) if continues(word, after)]
    return [x for x in positions if any(left < x - 1 and right > x + 1 for left, right in spans)]


def continues(word: Word, after: Word) -> bool:
    """Whether two words of the stream stand in one phrase: on one line, no further apart than a blank."""
    a, b = word.box, after.box
    if not -1 <= b.left - a.right <= 0.45 * word.size:
        return False
    return min(a.bottom, b.bottom) - max(a.top, b.top) > 0.5 * min(a.height, b.height)


def merged(pieces: Iterable[Edge]) -> list[Edge]:
    """Edges snapped to common positions, touching pieces of one line joined."""
    joined: list[list[float]] = []
    positions: list[float] = []
    for across, start, end in sorted(pieces):
        if not positions or across - positions[-1] > SNAP:
            positions.append(across)
        joined.append([positions[-1], start, end])
    joined.sort(key=lambda edge: (edge[0], edge[1]))
    whole: list[list[float]] = []
    for edge in joined:
        if whole and whole[-1][0] == edge[0] and edge[1] - whole[-1][2] <= 2 * SNAP:
            whole[-1][2] = max(whole[-1][2], edge[2])
        else:
            whole.append(edge)
    return [(across, start, end) for across, start, end in whole]


def groups(level: Sequence[Edge], upright: Sequence[Edge]) -> list[tuple[list[Edge], list[Edge]]]:
    """Edges that touch each other, directly or through others."""
    parent = list(range(len(level) + len(upright)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, (y, left, right) in enumerate(level):
        for j, (x, top, bottom) in enumerate(upright):
            if left - SNAP <= x <= right + SNAP and top - SNAP <= y <= bottom + SNAP:
                parent[root(i)] = root(len(level) + j)
    touching: dict[int, tuple[list[Edge], list[Edge]]] = {}
    for i in range(len(parent)):
        lying, standing = touching.setdefault(root(i), ([], []))
        if i < len(level):
            lying.append(level[i])
        else:
            standing.append(upright[i - len(level)])
    return [group for group in touching.values() if len(group[0]) >= 2 and len(group[1]) >= 1]
