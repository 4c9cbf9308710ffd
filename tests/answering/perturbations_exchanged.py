"""Unfaithful statements that keep every word: values and cells that change places, drugs that stand for one another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from tests.answering.perturbations_false import Change
from tests.answering.perturbations_lines import Block, Line
from tests.answering.perturbations_words import Value, find_drugs, find_values, is_same_drug

EMPTY = set(
    """the and for with from that this was were are has had have but than then per who which into over under between about
    each both also only other more less very such these those its their they not may can should will been being dan atau yang
    untuk pada dengan dari days day weeks week months month years year hours mg patients participants""".split()
)
ALIKE = re.compile(r"\b(?:respectively|range|ranging|ranged|between|masing-masing|sum|total)\b", re.I)


def words_around(text: str, value: Value) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The two words of content before and after a value, that tell what it is a value of."""

    def content(part: str) -> list[str]:
        return [w for w in re.findall(r"[A-Za-z][\w-]{2,}", part.lower()) if w not in EMPTY]

    return tuple(content(text[: value.whole[0]])[-2:]), tuple(content(text[value.whole[1] :])[:2])


def trade(text: str, one: tuple[int, int], other: tuple[int, int]) -> Change:
    """The text with two stretches in one another's place, the earlier named first."""
    a, b = text[slice(*one)], text[slice(*other)]
    changed = text[: one[0]] + b + text[one[1] : other[0]] + a + text[other[1] :]
    return Change(changed, f"{a} … {b}", f"{b} … {a}")


def exchange_values(text: str) -> Iterator[Change]:
    """Two values of a line, each with its unit, stand in one another's place, where they are values of different things."""
    if ALIKE.search(text):
        return
    values = [
        v
        for v in find_values(text)
        if v.unit and v.start == v.whole[0] and not text[v.whole[1] :].lstrip().startswith(("CI", "conf"))
    ]
    for one, other in combinations(values, 2):
        a, b = text[slice(*one.whole)], text[slice(*other.whole)]
        if one.whole[1] >= other.whole[0] or a == b or one.unit.rstrip("s") != other.unit.rstrip("s"):
            continue
        between = [
            w for w in re.findall(r"[A-Za-z]{3,}", text[one.whole[1] : other.whole[0]].lower()) if w not in EMPTY
        ]
        before, after = zip(words_around(text, one), words_around(text, other), strict=True)
        listed = re.search(
            r"(?:,|\b(?:and|or|to|dan|atau|hingga))\s*(?:on |in |at |the |day )*$", text[one.whole[1] : other.whole[0]]
        )
        if len(between) >= 2 and not (listed and len(between) < 3) and before[0] != before[1] and after[0] != after[1]:
            yield trade(text, one.whole, other.whole)


def says_cells(header: Sequence[str], cells: Sequence[str], columns: Sequence[int]) -> str:
    """A row said aloud: its label, then each header with its value."""
    label = next(cell for cell in cells if cell)
    return f"{label}: " + "; ".join(f"{header[c]} {cells[c]}" for c in columns)


def told_columns(block: Block, line: Line) -> list[int]:
    """The columns of a row, the label left out, that have both a header and a value."""
    return [c for c in range(1, len(line.cells)) if line.cells[c] and block.header[c]]


def is_value_cell(cell: str) -> bool:
    """Whether a cell holds a short value."""
    return bool(re.search(r"\d", cell)) and len(cell) < 70


def amounts_in(cell: str) -> list[str]:
    """The numbers of a cell: cells that differ in nothing but words may mean the same (25 mg/week, 25 mg once weekly)."""
    return sorted(re.findall(r"\d+(?:[.,]\d+)*", cell))


def exchange_cells(block: Block, line: Line) -> Iterator[Change]:
    """Two cells of a row under one another's header, or the cell of another row in the same column."""
    if not block.header or not line.cells or not line.cells[0]:
        return
    columns = [c for c in told_columns(block, line) if is_value_cell(line.cells[c])]
    for a, b in combinations(columns, 2):
        if amounts_in(line.cells[a]) != amounts_in(line.cells[b]) and block.header[0]:
            cells = list(line.cells)
            cells[a], cells[b] = cells[b], cells[a]
            was, now = f"{block.header[a]} {line.cells[a]}", f"{block.header[a]} {cells[a]}"
            yield Change(says_cells(block.header, cells, [a, b]), was, now)
    rows = [other for other in block.lines if other.usable and other.cells and other.cells[0]]
    for other in rows:
        if other.cells[0] == line.cells[0] or [r.cells[0] for r in rows].count(line.cells[0]) > 1:
            continue
        for c in columns:
            if is_value_cell(other.cells[c]) and amounts_in(other.cells[c]) != amounts_in(line.cells[c]):
                cells = list(line.cells)
                cells[c] = other.cells[c]
                yield Change(" | ".join(filter(None, cells)), line.cells[c], cells[c])
                yield Change(says_cells(block.header, cells, [c]), line.cells[c], cells[c])


def exchange_drug(text: str, others: Sequence[str]) -> Iterator[Change]:
    """A drug of the line is another, one the line does not name, wherever it stands in the line."""
    named = find_drugs(text)
    said = text.lower()
    for name in sorted({name for _, _, name in named if said.count(name) == sum(n == name for _, _, n in named)}):
        for other in others:
            if other not in said and not any(is_same_drug(other, known) for _, _, known in named):
                yield Change(replaced(text, named, {name: other}), name, other)


def replaced(text: str, named: Sequence[tuple[int, int, str]], new: Mapping[str, str]) -> str:
    """The text with other names for its drugs, written with the capitals of the old ones."""
    for start, end, name in reversed(named):
        word, old = new.get(name, name), text[start:end]
        if word != name:
            text = (
                text[:start]
                + (word.upper() if old.isupper() else word.capitalize() if old[0].isupper() else word)
                + text[end:]
            )
    return text


UNLIKE = re.compile(
    r"\b(?:instead of|rather than|(?<!other )than|replaces?|replaced by|followed by|but not|cannot|unless|alternative to|"
    r"added to|superior to|inferior to|while|whereas|if|when|contraindicated|resistant|allergic|allergy|"
    r"hypersensitiv\w+|failed|intoleran\w+|preferred|sedangkan)\b",
    re.I,
)


CONTENT = re.compile(r"\b(?!and\b|or\b|plus\b|with\b|the\b)[a-z]{3,}")
TOGETHER = re.compile(r"\b(?:combin\w+|together|interact\w*|both|kombinasi|bersama\w*)\b", re.I)


def exchange_drugs_within(text: str) -> Iterator[Change]:
    """Two drugs of a line stand in one another's place, where the line says different things of them."""
    named = find_drugs(text)
    if ALIKE.search(text) or TOGETHER.search(text):
        return
    for (_, end, a), (start, _, b) in combinations(named, 2):
        if is_same_drug(a, b):
            continue
        if UNLIKE.search(text[end:start]) or has_own_value(text, named, a, b):
            yield Change(replaced(text, named, {a: b, b: a}), f"{a} … {b}", f"{b} … {a}")
        elif len(CONTENT.findall(text[end:start])) < 2 or len(named) > 2:
            continue
        for one, other in ((a, b), (b, a)):
            if UNLIKE.search(text[end:start]) or (
                own_value(text, named, one) and own_value(text, named, one) != own_value(text, named, other)
            ):
                yield Change(replaced(text, named, {one: other}), one, other)


def own_value(text: str, named: Sequence[tuple[int, int, str]], drug: str) -> str:
    """The value that follows a drug closely, before any other drug; "" if there is none."""
    place = next(i for i, (_, _, name) in enumerate(named) if name == drug)
    stop = named[place + 1][0] if place + 1 < len(named) else len(text)
    part = re.split(r"[;.](?:\s|$)", text[named[place][1] : stop])[0]
    found = find_values(part)
    return part[slice(*found[0].whole)] if found and found[0].whole[0] < 45 else ""


def has_own_value(text: str, named: Sequence[tuple[int, int, str]], a: str, b: str) -> bool:
    """Whether each of two drugs has a value of its own."""
    one, other = own_value(text, named, a), own_value(text, named, b)
    return bool(one and other and one != other)
