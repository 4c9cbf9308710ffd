"""Running heads, feet and printed page numbers, told from the text by where they stand and that they repeat."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import median

from cpgassist.reading.headings import numbering
from cpgassist.types import Box, Line

_ROMAN = re.compile(r"^[ivxlc]{1,7}$", re.IGNORECASE)
_ZONE = 0.11
"""Share of the page's height at the top and at the bottom where running heads and feet stand."""
_WHOLE = re.compile(
    r"^\W*(?:page|halaman|hal\.?|muka\s+surat|p\.)?\s*(?P<label>\d{1,4}|[ivxlc]{1,7})(?:\s*(?:of|/|dari|daripada)\s*\d+)?\W*$",
    re.IGNORECASE,
)
_ENDING = re.compile(
    r"(?:\s|\||–|-)(?:page\s+)?(?P<label>\d{1,4}|[ivxlc]{1,7})(?:\s*(?:of|/|dari|daripada)\s*\d+)?\s*$", re.IGNORECASE
)
_LEADING = re.compile(r"^(?P<label>\d{1,4}|[ivxlc]{1,7})(?:\s|\||–|-)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageLines:
    """A page's lines with its size, as far as running heads need them."""

    number: int
    width: float
    height: float
    lines: Sequence[Line]


def _edge_lines(page: PageLines) -> list[Line]:
    """Lines in the head and foot zones, and the outermost lines wherever they stand."""
    if not page.lines:
        return []
    by_top = sorted(page.lines, key=lambda line: line.box.top)
    zone = [
        line for line in by_top if line.box.bottom < _ZONE * page.height or line.box.top > (1 - _ZONE) * page.height
    ]
    return list(dict.fromkeys([*zone, by_top[0], by_top[-1]]))


def _shape(line: Line) -> str:
    """The line with its numbers blanked: "12 Annual report" and "13 Annual report" are one running head."""
    return re.sub(r"\s+", " ", re.sub(r"\d+|\b[ivxlc]+\b", "#", line.text.lower())).strip()


def _forms(line: Line) -> list[tuple[str, ...]]:
    """The line with each number either as it stands or by how far it is from the page's: a running head repeats, or
    counts along. "BAB I" and "BAB II" at the head of two pages do neither: they are the titles of two chapters."""
    numbers = re.findall(r"\d+|\b[ivxlc]+\b", line.text.lower())[:3]
    if numbering(line.text)[0] in ("chapter", "annex", "question", "recommendation"):
        return [tuple(numbers)]
    ways = [(number, f"+{_value(number) - line.page}") for number in numbers]
    return list(product(*ways))


def running_lines(pages: Sequence[PageLines], labels: Mapping[int, str] | None = None) -> set[Line]:
    """The lines that are running heads or feet.

    A running head may repeat the section's title, so the first page that prints it in another size or place keeps
    it: only lines of the same size at the same height count as repeats.
    """
    places: dict[tuple[str, int], list[tuple[int, Line]]] = defaultdict(list)
    sizes = [line.size for page in pages for line in page.lines]
    usual = median(sizes) if sizes else 0.0
    for page in pages:
        # A chapter's number may stand at the head of the page, several times as large as the text.
        for line in (line for line in _edge_lines(page) if line.size < 2.2 * usual):
            places[_shape(line), round(line.size)].append((page.number, line))
    least = 3 if len(pages) >= 6 else 2
    running: set[Line] = set()
    for (shape, _), seen in places.items():
        heights = Counter((form, round(line.box.middle / 6)) for _, line in seen for form in _forms(line))
        for number, line in seen:
            here = round(line.box.middle / 6)
            near = max(sum(heights[form, here + d] for d in (-1, 0, 1)) for form in _forms(line))
            if (near >= least and len({n for n, _ in seen}) >= least) or (
                shape == "#" and _in_zone(line.box, pages[number - 1].height)
            ):
                running.add(line)
    running |= _at_their_height(pages, running, labels or {})
    return running - {line for page in pages for line in _going_on(page, running)}


def _going_on(page: PageLines, running: set[Line]) -> Iterator[Line]:
    """Lines of a footnote that several pages repeat: they go on from a line above that is no running foot."""
    for line in running.intersection(page.lines):
        if line.text[:1].islower() and not _WHOLE.match(line.text):
            above = [
                other
                for other in page.lines
                if other not in running
                and abs(other.size - line.size) < 0.3
                and 0 < line.box.top - other.box.top < 1.6 * line.size
                and min(line.box.right, other.box.right) > max(line.box.left, other.box.left)
            ]
            if above:
                yield line


def _at_their_height(pages: Sequence[PageLines], running: set[Line], labels: Mapping[int, str]) -> set[Line]:
    """Lines that hold their page's number at the height and in the type of running heads of other pages.

    The head of a short chapter stands on too few pages to repeat itself.
    """
    places = Counter((round(line.box.middle / 3), round(line.size, 1)) for line in running)
    found = set()
    for page in pages:
        for line in _edge_lines(page) if page.number in labels else ():
            label = rf"(?:^{re.escape(labels[page.number])}\b|\b{re.escape(labels[page.number])}$)"
            here = round(line.box.middle / 3)
            seen = sum(places[here + d, round(line.size, 1)] for d in (-1, 0, 1))
            if seen >= 3 and _in_zone(line.box, page.height) and re.search(label, line.text, re.IGNORECASE):
                found.add(line)
    return found


def _in_zone(box: Box, height: float) -> bool:
    return box.bottom < _ZONE * height or box.top > (1 - _ZONE) * height


def printed_labels(pages: Sequence[PageLines]) -> dict[int, str]:
    """The number printed on each page, where one is printed that fits its neighbours.

    A number at the edge of a page counts when it runs along with the numbers of at least two pages nearby; that
    throws out years, table cells and chapter numbers.
    """
    candidates = {page.number: _candidates(page) for page in pages}
    offsets: dict[int, list[tuple[int, int, str]]] = {
        number: [(_value(label) - number, int(sure), label) for label, sure in found]
        for number, found in candidates.items()
    }
    labels: dict[int, str] = {}
    for page in pages:
        best = _best(page.number, offsets)
        if best is not None:
            labels[page.number] = best
    return labels


def _best(number: int, offsets: Mapping[int, Sequence[tuple[int, int, str]]]) -> str | None:
    ranked = []
    for offset, sure, label in offsets[number]:
        roman = not label.isdigit()
        support = sum(
            any(other == offset and (not text.isdigit()) == roman for other, _, text in offsets.get(near, ()))
            for near in range(number - 6, number + 7)
            if near != number
        )
        ranked.append((support + sure, support, label))
    if not ranked:
        return None
    score, support, label = max(ranked)
    if label.isdigit() and 1900 <= int(label) <= 2099:
        # Two pages may well begin with two years that follow each other.
        return label if support >= 2 else None
    return label if support >= 2 or (support >= 1 and score > support) else None


def _candidates(page: PageLines) -> list[tuple[str, bool]]:
    """(label, whether the line holds nothing else) of numbers at the page's edges."""
    found: list[tuple[str, bool]] = []
    for line in _edge_lines(page):
        for pattern, sure in ((_WHOLE, True), (_ENDING, False), (_LEADING, False)):
            match = pattern.search(line.text)
            if match and (match["label"].isdigit() or _ROMAN.match(match["label"])):
                found.append((match["label"], sure))
    return found


def _value(label: str) -> int:
    if label.isdigit():
        return int(label)
    values = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
    numbers = [values[letter] for letter in label.lower()]
    return sum(-n if any(later > n for later in numbers[i + 1 : i + 2]) else n for i, n in enumerate(numbers))
