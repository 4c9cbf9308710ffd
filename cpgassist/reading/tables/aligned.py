"""Tables that no rule or shading divides: columns where words leave the same gap free on line after line.

They are looked for only where something announces a table, a caption or level rules of one width; the gaps between
the columns of running text would look the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from cpgassist.reading.blocks import starts_item
from cpgassist.reading.captions import CAPTION, TABLE_CAPTION
from cpgassist.reading.tables.entries import Entry, row_starts
from cpgassist.reading.tables.grid import Layout, Slot
from cpgassist.reading.tables.lines import PrintedLine, entries_of, lines_of
from cpgassist.reading.words import Rules, Word
from cpgassist.types import Box

_CROSSING = 0.15
"""Share of a table's lines that may run across a gap: headers over columns, rows that name a group."""
_LEAST_LINES = 3
_MOST_LINES = 70
_MOST_CAPTIONS = 5
"""More captions on a page are a list of tables."""


def aligned_layouts(
    words: Sequence[Word], rules: Rules, taken: Sequence[Box], page: tuple[float, float]
) -> list[Layout]:
    """The tables told by alignment, outside the boxes of those found already."""
    announced = _captioned(words, taken, page) + _between_rules(words, rules, taken, page)
    layouts: list[Layout] = []
    used: set[int] = set()
    for lines, closed in announced:
        layout = _layout(words, [line for line in lines if not used & set(line.words)], closed)
        if layout is not None:
            layouts.append(layout)
            used |= {i for slot in layout.slots for i in slot.words}
    return layouts


def _captioned(
    words: Sequence[Word], taken: Sequence[Box], page: tuple[float, float]
) -> list[tuple[list[PrintedLine], bool]]:
    """The lines under each caption that stands over no table yet."""
    openings = [
        at
        for at, word in enumerate(words)
        if word.new_line
        and word.text[:1].isalpha()
        and TABLE_CAPTION.match(" ".join(w.text for w in words[at : at + 3]))
    ]
    if len(openings) > _MOST_CAPTIONS:
        return []
    found = []
    for at in openings:
        box = words[at].box
        if any(-4 < table.top - box.bottom < 45 and table.left < box.right < table.right for table in taken):
            continue
        left, right = _column(words, box, page)
        held = [
            i
            for i, w in enumerate(words)
            if w.box.top > box.bottom - 1 and left <= w.box.left and w.box.right <= right and not _within(w, taken)
        ]
        found.append((_until_gap(lines_of(words, held), words, box), False))
    return found


def _column(words: Sequence[Word], caption: Box, page: tuple[float, float]) -> tuple[float, float]:
    """The sides of the text column that a caption stands in: the page's, or those of its half."""
    middle = page[0] / 2
    gutter = sum(w.box.left < middle < w.box.right for w in words)
    below = [w for w in words if w.box.top > caption.top]
    crossing = gutter + sum(
        a.box.right < middle < b.box.left and b.box.left - a.box.right < 0.8 * a.size for a, b in pairwise(words)
    )
    if crossing > 0.02 * len(words) or len(below) < 40:
        return 0.0, page[0]
    return (0.0, middle + 2) if caption.left < middle else (middle - 2, page[0])


def _within(word: Word, boxes: Sequence[Box]) -> bool:
    return any(box.left - 1 < word.box.left < box.right and box.top - 1 < word.box.middle < box.bottom for box in boxes)


def _until_gap(lines: Sequence[PrintedLine], words: Sequence[Word], caption: Box) -> list[PrintedLine]:
    """Lines under a caption up to a blank band, another caption, or a page's end."""
    kept: list[PrintedLine] = []
    for line in lines:
        above = kept[-1].bottom if kept else caption.bottom
        size = median(words[i].size for i in line.words)
        if line.top - above > (1.6 if len(kept) > 1 else 2.6) * size:
            break
        if CAPTION.match(" ".join(words[i].text for i in line.words[:3])):
            break
        if kept and size > 1.2 * median(words[i].size for held in kept for i in held.words):
            break  # a title of what follows
        kept.append(line)
        if len(kept) >= _MOST_LINES:
            break
    bottom = caption.bottom
    while kept and len(kept[0].spans) == 1 and kept[0].top - bottom < 0.6 * caption.height:
        bottom = kept.pop(0).bottom  # the caption's second line
    return kept


def _between_rules(
    words: Sequence[Word], rules: Rules, taken: Sequence[Box], page: tuple[float, float]
) -> list[tuple[list[PrintedLine], bool]]:
    """The lines between level rules of one width, from the first to the last."""
    stacks: list[list[Box]] = []
    for rule in sorted(_whole(rules.horizontal), key=lambda box: box.top):
        if rule.width < 0.25 * page[0] or _framed(rule, rules) or any(b.holds(rule, 4) for b in taken):
            continue
        for stack in stacks:
            same = abs(stack[-1].left - rule.left) < 6 and abs(stack[-1].right - rule.right) < 6
            if same and rule.top - stack[-1].top < 0.6 * page[1]:
                if rule.top - stack[-1].top > 4:
                    stack.append(rule)
                break
        else:
            stacks.append([rule])
    found = []
    for stack in stacks:
        for run in _runs(stack, words):
            held = [
                i
                for i, w in enumerate(words)
                if run[0].top - 1 < w.box.middle < run[-1].bottom + 1
                and run[0].left - 4 <= w.box.left
                and w.box.right <= run[0].right + 4
                and not _within(w, taken)
            ]
            found.append((lines_of(words, held), True))
    return found


def _framed(rule: Box, rules: Rules) -> bool:
    """Whether a level rule is a side of a panel or ends at an upright rule: a box round text."""
    panel = any(
        abs(p.left - rule.left) < 4 and abs(p.right - rule.right) < 4 and p.holds(rule, 4) for p in rules.panels
    )
    return panel or any(
        abs(upright.left - rule.left) < 4 and upright.top < rule.middle + 3 and upright.bottom > rule.middle - 3
        for upright in rules.vertical
    )


def _whole(pieces: Sequence[Box]) -> list[Box]:
    """Level rules with their touching pieces joined."""
    joined: list[Box] = []
    for box in sorted(pieces, key=lambda b: (round(b.middle), b.left)):
        if joined and abs(joined[-1].middle - box.middle) < 1.5 and box.left - joined[-1].right < 2:
            joined[-1] = joined[-1].union(box)
        else:
            joined.append(box)
    return joined


def _runs(stack: Sequence[Box], words: Sequence[Word]) -> list[list[Box]]:
    """The rules of a stack that belong to one table: at least two, with no caption and no running text between."""
    runs: list[list[Box]] = [[stack[0]]]
    for above, below in pairwise(stack):
        held = [i for i, w in enumerate(words) if above.middle < w.box.middle < below.middle]
        inside = [i for i in held if above.left - 4 <= words[i].box.left and words[i].box.right <= above.right + 4]
        lines = lines_of(words, inside)
        caption = any(CAPTION.match(" ".join(words[i].text for i in line.words[:3])) for line in lines)
        if lines and not caption and _tabular(lines):
            runs[-1].append(below)
        else:
            runs.append([below])
    return [run for run in runs if len(run) >= 2]


def _tabular(lines: Sequence[PrintedLine]) -> bool:
    if len(lines) <= 3:
        # A header between two rules: its words say little, the lines below it decide.
        return max(len(line.spans) for line in lines) > 1
    return bool(_gaps(lines, 10.0)) and sum(len(line.spans) > 1 for line in lines) * 3 >= len(lines)


# ---- columns


def _gaps(lines: Sequence[PrintedLine], size: float) -> list[tuple[float, float]]:
    """(left, right) of the gaps that all but a few lines leave free, where the fewest cross them."""
    left, right = min(line.spans[0][0] for line in lines), max(line.spans[-1][1] for line in lines)
    turns = sorted([(x, step) for line in lines for span in line.spans for x, step in zip(span, (1, -1), strict=True)])
    most = int(_CROSSING * len(lines)) + (len(lines) >= 5)
    gaps: list[list[tuple[float, float, int]]] = []
    covered = 0
    for (start, step), (end, _) in pairwise(turns):
        covered += step
        if end - start < 0.05 or covered > most or start < left or end > right:
            continue
        if gaps and abs(gaps[-1][-1][1] - start) < 0.1:
            gaps[-1].append((start, end, covered))
        else:
            gaps.append([(start, end, covered)])
    wide = [pieces for pieces in gaps if pieces[-1][1] - pieces[0][0] >= 0.5 * size]
    freest = [_freest(pieces, 0.4 * size, lines) for pieces in wide]
    return [(a, b) for a, b in freest if _parts(lines, a, b)]


def _freest(
    pieces: Sequence[tuple[float, float, int]], least: float, lines: Sequence[PrintedLine]
) -> tuple[float, float]:
    """The part of a gap that the fewest lines cross and that is wide enough; of several the one with a column's edge."""

    def edge(run: tuple[float, float]) -> tuple[int, float]:
        starts = sum(any(abs(left - run[1]) < 2 for left, _ in line.spans) for line in lines)
        ends = sum(any(abs(right - run[0]) < 2 for _, right in line.spans) for line in lines)
        return max(starts, ends), run[1] - run[0]

    for most in sorted({covered for *_, covered in pieces}):
        runs: list[tuple[float, float]] = []
        for start, end, covered in pieces:
            if covered > most:
                continue
            if runs and abs(runs[-1][1] - start) < 0.1:
                runs[-1] = (runs[-1][0], end)
            else:
                runs.append((start, end))
        if runs := [run for run in runs if run[1] - run[0] >= least]:
            return max(runs, key=edge)
    return pieces[0][0], pieces[-1][1]


def _parts(lines: Sequence[PrintedLine], left: float, right: float) -> bool:
    """Whether enough lines have words on both sides of a gap for it to part two columns."""
    least = max(2.0, 0.2 * len(lines))
    before = sum(any(b <= left + 0.1 for _, b in line.spans) for line in lines)
    after = sum(any(a >= right - 0.1 for a, _ in line.spans) for line in lines)
    return before >= least and after >= least


def _layout(words: Sequence[Word], lines: Sequence[PrintedLine], closed: bool) -> Layout | None:
    """The cells of lines that stand in columns; None when they do not."""
    if len(lines) < _LEAST_LINES:
        return None
    size = median(words[i].size for line in lines for i in line.words)
    # Running text follows without a mark: as many lines belong to the table as its columns hold for.
    for end in range(len(lines), len(lines) - 1 if closed else _LEAST_LINES - 1, -1):
        held = lines[:end]
        gaps = _gaps(held, size)
        if gaps and _in_columns(held, gaps) and (closed or not _runs_off(held, gaps)):
            left, right = min(line.spans[0][0] for line in held), max(line.spans[-1][1] for line in held)
            xs = [left - 1, *((a + b) / 2 for a, b in gaps), right + 1]
            if _columnar(words, held, xs):
                return _cells(words, held, xs)
    return None


def _in_columns(lines: Sequence[PrintedLine], gaps: Sequence[tuple[float, float]]) -> bool:
    """Whether most lines stand in two columns or more."""

    def sides(line: PrintedLine) -> set[int]:
        return {sum(left >= b - 0.1 for _, b in gaps) for left, _ in line.spans}

    return sum(len(sides(line)) >= 2 for line in lines) >= 0.5 * len(lines)


def _runs_off(lines: Sequence[PrintedLine], gaps: Sequence[tuple[float, float]]) -> bool:
    """Whether the last line, or two lines in a row, run across every gap: running text has begun."""

    def across(line: PrintedLine) -> bool:
        return all(
            sum(max(0.0, min(right, b) - max(left, a)) for left, right in line.spans) > 0.3 * (b - a) for a, b in gaps
        )

    return (
        across(lines[-1]) or not _keeps_edges(lines, gaps) or any(across(a) and across(b) for a, b in pairwise(lines))
    )


def _keeps_edges(lines: Sequence[PrintedLine], gaps: Sequence[tuple[float, float]]) -> bool:
    """Whether the last line stands like those above in half of its columns at least."""
    edges = [lines[0].spans[0][0] - 100, *((a + b) / 2 for a, b in gaps), lines[0].spans[-1][1] + 1000]

    def held(line: PrintedLine) -> list[tuple[int, float, float]]:
        columns = [(c, _pieces(line, a, b)) for c, (a, b) in enumerate(pairwise(edges))]
        return [(c, pieces[0][0], pieces[-1][1]) for c, pieces in columns if pieces]

    last = held(lines[-1])
    above = [place for line in lines[:-1] for place in held(line)]
    if len(last) < 2:
        return True
    kept = [
        any(
            c == other and (abs(left - x) < 3 or abs(right - y) < 3 or abs(left + right - x - y) < 4)
            for other, x, y in above
        )
        for c, left, right in last
    ]
    return sum(kept) * 2 >= len(last)


def _columnar(words: Sequence[Word], lines: Sequence[PrintedLine], xs: Sequence[float]) -> bool:
    """Whether the columns are filled like a table's: none is the bullets or numbers of a list."""
    for a, b in pairwise(xs):
        filled = [line for line in lines if _pieces(line, a, b)]
        if len(filled) < 2 or all(_enumerates(line, words, a, b) for line in filled):
            return False
    both = sum(sum(bool(_pieces(line, a, b)) for a, b in pairwise(xs)) >= 2 for line in lines)
    return both * 3 >= len(lines)


def _enumerates(line: PrintedLine, words: Sequence[Word], left: float, right: float) -> bool:
    """Whether all that a line holds in a column is a bullet or the number of an item."""
    inside = [words[i].text for i in line.words if left <= (words[i].box.left + words[i].box.right) / 2 < right]
    return starts_item(f"{' '.join(inside)} x")


def _pieces(line: PrintedLine, left: float, right: float) -> list[tuple[float, float]]:
    return [span for span in line.spans if left <= (span[0] + span[1]) / 2 < right]


# ---- cells


def _cells(words: Sequence[Word], lines: Sequence[PrintedLine], xs: list[float]) -> Layout:
    doubts: list[str] = []
    entries = [entries_of(words, line, xs) for line in lines]
    starts = row_starts([(line.top, line.bottom, of) for line, of in zip(lines, entries, strict=True)], len(xs) - 1)
    if starts.unsure:
        doubts.append("rows that cannot be told apart")
    crossing = sum(any(e.last > e.column for e in of) for of in entries[1:])
    if crossing > max(1, 0.12 * len(lines)):
        doubts.append("words across the gaps between columns")
    if _ragged(entries, len(xs) - 1):
        doubts.append("columns without a common edge")
    slots: list[Slot] = []
    open_slots: dict[int, int] = {}
    row = -1
    ys: list[float] = []
    for number, (line, of) in enumerate(zip(lines, entries, strict=True)):
        begun = starts.rows.get(number)
        if begun is not None:
            row += 1
            ys.append(line.top - 1)
            open_slots = {c: s for c, s in open_slots.items() if c in begun.kept}
            for s in set(open_slots.values()):
                slots[s] = Slot(slots[s].row, slots[s].column, row - slots[s].row + 1, slots[s].columns, slots[s].words)
        for entry in of:
            at = open_slots.get(entry.column)
            if at is None:
                slots.append(Slot(row, entry.column, 1, entry.last - entry.column + 1, tuple(entry.words)))
                for c in range(entry.column, entry.last + 1):
                    open_slots.setdefault(c, len(slots) - 1)
            else:
                held = slots[at]
                slots[at] = Slot(held.row, held.column, held.rows, held.columns, (*held.words, *entry.words))
    ys.append(lines[-1].bottom + 1)
    return Layout(xs, ys, [s for s in slots if s.row >= 0], doubts)


def _ragged(entries: Sequence[Sequence[Entry]], columns: int) -> bool:
    """Whether a column's pieces share neither a left nor a right edge nor a middle."""
    for column in range(columns):
        held = [e for of in entries for e in of if e.column == e.last == column]
        if len(held) < 3:
            continue
        edges = ([e.left for e in held], [e.right for e in held], [(e.left + e.right) / 2 for e in held])
        best = max(max(sum(abs(x - y) < 3 for y in of) for x in of) for of in edges)
        if best < 0.6 * len(held):
            return True
    return False
