"""How headings nest: learned from all headings of a document first, then applied as its pages are walked.

The numbers say most: a heading whose number follows another's is its sibling, whatever their type. Titles without a
number are placed by the contents list where there is one, by their type, and by where they stand in a numbered run:
what stands between question 3 and question 4 belongs to question 3.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cpgassist.reading.contents import Entry, entry_of, key_of
from cpgassist.reading.headings import Heading, ordinals

_ANNEXES = re.compile(r"^\W*(?:annex(?:es|ures)?|appendi(?:x|ces)|lampiran)\W*$", re.IGNORECASE)
_STEP = 0.6
"""Points by which one type is larger than another to the eye."""
_MOST_MISSED = 3
"""A number may follow another although up to two between them were not found."""

Number = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A heading where it stands in the document."""

    heading: Heading
    opens: bool = False
    """Whether the next heading follows at once, without a word of text between them."""
    boxed: bool = False
    """Whether it stands in a box, apart from the running text."""


def follows(before: Number, after: Number) -> bool:
    """Whether a number is the next of its run, or one soon after."""
    if len(before) == len(after) and before[:-1] == after[:-1]:
        return 0 < after[-1] - before[-1] <= _MOST_MISSED
    return False


def _renewed(before: Number, after: Number) -> bool:
    """Whether a run of two-part numbers goes on with its next whole: 2.d, 3.a."""
    wholes = len(before) == len(after) == 2 and after[1] == 1
    return wholes and 0 < after[0] - before[0] <= _MOST_MISSED


class Levels:
    """What the headings of a document tell together."""

    def __init__(
        self,
        found: Sequence[Found] = (),
        entries: Mapping[str, Sequence[Entry]] | None = None,
        labels: Mapping[int, str] | None = None,
    ) -> None:
        self._found = found
        self._order = {self._place(item.heading): i for i, item in enumerate(found)}
        self._entries = [entry_of(item.heading, entries or {}, labels or {}) for item in found]
        self._next = self._successors()
        self._texts = Counter(self._wording(item.heading) for item in found if not item.heading.family)
        self._within = self._counted_within()
        self._chapters = self._chapter_style()
        self._chapters_at = [i for i, item in enumerate(found) if self.is_chapter(item.heading)]

    @staticmethod
    def _place(heading: Heading) -> tuple[int, float, float, str]:
        return heading.page, *((heading.box.top, heading.box.left) if heading.box else (0.0, 0.0)), heading.text

    def order(self, heading: Heading) -> int | None:
        """Which of the document's headings this is."""
        return self._order.get(self._place(heading))

    def entry(self, heading: Heading) -> Entry | None:
        """The heading's entry in the contents list."""
        at = self.order(heading)
        return None if at is None else self._entries[at]

    def recurs(self, heading: Heading) -> bool:
        """Whether the title comes again and again: "Key findings" under every question."""
        return not heading.family and self._texts[self._wording(heading)] >= 3

    @staticmethod
    def _wording(heading: Heading) -> tuple[str, int, bool]:
        return key_of(heading.text), round(heading.size), heading.bold

    def _successors(self) -> list[int | None]:
        """For each numbered heading, the next of its run."""
        successors: list[int | None] = [None] * len(self._found)
        last: dict[tuple[str, Number], tuple[int, Number]] = {}
        for i, item in enumerate(self._found):
            for series, number in ordinals(item.heading).items():
                run = (series, number[:-1])
                before = last.get(run)
                if before is not None and follows(before[1], number):
                    successors[before[0]] = i
                last[run] = (i, number)
        return successors

    def within(self, above: Heading, heading: Heading) -> bool:
        """Whether a title stands between a numbered heading and the next of its run.

        A title that the next of the run follows at once opens a part: it stands above them both.
        """
        first, at = self.order(above), self.order(heading)
        if first is None or at is None or (end := self._next[first]) is None or not first < at < end:
            return False
        return not (at + 1 == end and self._found[at].opens)

    def _counted_within(self) -> dict[tuple[str, str], list[int]]:
        """How often each title stands inside a run of each kind of heading, and how often after its last."""
        counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        above: dict[str, Heading] = {}
        for item in self._found:
            heading = item.heading
            if heading.family:
                above[level_of(heading)] = heading
                continue
            for level, numbered in above.items():
                inside = self.within(numbered, heading)
                for name in (key_of(heading.text), str(heading.style)):
                    counts[level, name][not inside] += 1
        return counts

    def belongs(self, above: Heading, heading: Heading) -> bool | None:
        """Whether titles like this one stand under numbered headings like that one; None when nothing tells."""
        if self.within(above, heading):
            return True
        inside, after = self._within.get((level_of(above), key_of(heading.text)), (0, 0))
        if inside + after < 2:
            inside, after = self._within.get((level_of(above), str(heading.style)), (0, 0))
        return inside > 0 if inside + after >= 2 else None

    def _chapter_style(self) -> tuple[int, bool, bool, str] | None:
        """The type of the chapters: headings numbered 1, 2, 3 that hold 1.1, 1.2, or run through the document."""
        styles: Counter[tuple[int, bool, bool, str]] = Counter()
        firsts: Counter[tuple[int, bool, bool, str]] = Counter()
        numbers = {item.heading.number for item in self._found if item.heading.family == "decimal"}
        pages = max((item.heading.page for item in self._found), default=0)
        runs: dict[tuple[int, bool, bool, str], list[int]] = defaultdict(list)
        for item in self._found:
            heading = item.heading
            if "decimal" in ordinals(heading) and len(heading.number) == 1 and not item.boxed:
                runs[heading.style].append(heading.page)
                styles[heading.style] += any(len(n) > 1 and n[0] == heading.number[0] for n in numbers)
                firsts[heading.style] += heading.number[0] == "1"
        for style, on in runs.items():
            if len(on) >= 3 and on[-1] - on[0] > pages / 3 and firsts[style] <= 1:
                styles[style] += 1
        best = styles.most_common(1)
        return best[0][0] if best and best[0][1] else None

    def is_chapter(self, heading: Heading) -> bool:
        """Whether a heading with a single number is a chapter of the document rather than a step of a list."""
        if "decimal" not in ordinals(heading) or len(heading.number) != 1:
            return False
        if self._chapters is None:
            return False
        size, bold, capitals, _ = self._chapters
        # The capitals of a chapter's title may be an abbreviation's, and its face a matter of colour.
        return abs(heading.size - size) < 1.1 and heading.bold == bold and (heading.capitals or not capitals)

    def is_part(self, title: Heading, chapter: Heading) -> bool:
        """Whether a title holds chapters: larger than they are, and others of its type stand between them."""
        if title.family == "chapter":
            return True
        outer, inner, at = self.entry(title), self.entry(chapter), self.order(title)
        if title.family or at is None or title.size < chapter.size + _STEP:
            return False
        if outer is not None and inner is not None and outer.depth >= inner.depth:
            return False
        # Parts come more than once, each right above a chapter; one such title before the first is front matter.
        return sum(self._found[i - 1].heading.style == title.style for i in self._chapters_at if i) >= 2

    def closes(self, title: Heading) -> bool:
        """Whether a title set like the chapters stands after the last of them: abbreviations, references."""
        at = self.order(title)
        if at is None or not self._chapters_at or at < self._chapters_at[-1]:
            return False
        return self._found[self._chapters_at[-1]].heading.style == title.style


def level_of(heading: Heading) -> str:
    """The kind of a numbered heading: its family, and for decimals its depth."""
    return f"{heading.family} {len(heading.number)}" if heading.family == "decimal" else heading.family


@dataclass(slots=True)
class Outline:
    """The path of headings above the text being read."""

    levels: Levels = field(default_factory=Levels)
    _stack: list[Heading] = field(default_factory=list)
    _runs: dict[str, tuple[Number, Heading, tuple[Heading, ...]]] = field(default_factory=dict)
    """The last heading of each series, its number, and what stood above it."""
    _boxed: tuple[Heading, ...] = ()
    """The path inside the box that was left last."""

    @property
    def path(self) -> tuple[str, ...]:
        """Headings from the outermost."""
        return tuple(heading.text for heading in self._stack)

    def place(self) -> tuple[Heading, ...]:
        """The headings above, to come back to."""
        return tuple(self._stack)

    def return_to(self, place: tuple[Heading, ...]) -> None:
        """Go back from a box to the place it stands in, unless the box's heading took the place of one there."""
        self._boxed = self.place()
        if self._boxed[: len(place)] == place or not self._boxed:
            self._stack = list(place)
        else:
            kept = next(i for i, (a, b) in enumerate(zip((*place, None), (*self._boxed, None), strict=False)) if a != b)
            replaced = place[kept : kept + 1]
            # The next recommendation's box ends the one before it, with all that stood below it.
            if not (replaced and self._boxed[kept:] and replaced[0].family == self._boxed[kept].family != ""):
                self._stack = list(place)

    def leave(self) -> None:
        """Go back to the root: what comes next stands under no heading read so far."""
        self._stack = []

    def enter(self, heading: Heading) -> int:
        """Place a heading; the depth it stands at, from 1."""
        if self._boxed and self.levels.recurs(heading) and self._holds_title(self._boxed[-1], heading):
            # A title that follows box after box belongs to what the box is about, not to the section around it.
            self._stack = list(self._boxed)
        self._boxed = ()
        depth = self._depth(heading)
        del self._stack[depth:]
        for series, number in ordinals(heading).items():
            self._runs[series] = (number, heading, tuple(self._stack))
        self._stack.append(heading)
        return len(self._stack)

    def _holds_title(self, boxed: Heading, heading: Heading) -> bool:
        """Whether the heading of a box can hold a title that stands after the box."""
        below = not heading.family and boxed.size > heading.size - _STEP and boxed.style != heading.style
        return below and not self.levels.recurs(boxed)

    def _depth(self, heading: Heading) -> int:
        """How many of the headings above stay above this one."""
        if heading.family:
            going_on = self._going_on(heading)
            if going_on is not None:
                return going_on
            if self.levels.is_chapter(heading):
                return self._parts_above(heading)
        elif self.levels.closes(heading):
            return self._parts_above(heading)
        else:
            for depth, above in enumerate(self._stack):
                if not above.family and above.style == heading.style and not self._parted(depth, heading):
                    return depth
        depth = len(self._stack)
        while depth and not self._holds(self._stack[depth - 1], heading):
            depth -= 1
        return depth

    def _parted(self, depth: int, heading: Heading) -> bool:
        """Whether a title of the same type as one above is no sibling of it: the contents list or a run says so."""
        above = self._stack[depth]
        outer, inner = self.levels.entry(above), self.levels.entry(heading)
        if outer is not None and inner is not None:
            return outer.depth != inner.depth
        if outer is not None and inner is None and not self.levels.recurs(above) and self.levels.recurs(heading):
            return True
        return any(item.family and self.levels.within(item, heading) for item in self._stack[depth + 1 :])

    # ---- numbers

    def _going_on(self, heading: Heading) -> int | None:
        """The depth at which the heading continues a run, or goes under the number that its own begins with."""
        numbers = ordinals(heading)
        for depth in range(len(self._stack) - 1, -1, -1):
            above = self._stack[depth]
            for series, number in ordinals(above).items():
                if series not in numbers:
                    continue
                own = numbers[series]
                if follows(number, own) and self._alike(above, heading):
                    return depth
                if len(number) < len(own) and own[: len(number)] == number:
                    return depth + 1
                if heading.family != "decimal" and self._ends(above, heading, number, own):
                    return depth
                if heading.family == "decimal" and self._misprinted(above, heading, number, own):
                    return depth
        return self._closed(heading, numbers)

    @staticmethod
    def _alike(above: Heading, heading: Heading) -> bool:
        """Whether two headings with single numbers can be of one run: steps of a list are set smaller than chapters."""
        several = heading.family != "decimal" or len(heading.number) > 1
        return several or (abs(above.size - heading.size) <= 1.1 and above.bold == heading.bold)

    @staticmethod
    def _ends(above: Heading, heading: Heading, number: Number, own: Number) -> bool:
        """Whether a heading of the same family ends the one above: a renewed or restarted run."""
        if heading.family in ("chapter", "annex", "question", "recommendation"):
            return True
        return _renewed(number, own) or own[-1] == 1 or own == number

    @staticmethod
    def _misprinted(above: Heading, heading: Heading, number: Number, own: Number) -> bool:
        """Whether only the chapter's number is wrong: "3.2" after "4.1" in the same type."""
        backwards = len(number) == len(own) > 1 and own[:-1] < number[:-1]
        return backwards and 0 < own[-1] - number[-1] <= _MOST_MISSED and above.style[:2] == heading.style[:2]

    def _closed(self, heading: Heading, numbers: Mapping[str, Number]) -> int | None:
        """The depth of a run that a title without number interrupted, while what stood above it still does."""
        for series, own in numbers.items():
            if series in self._runs:
                number, last, above = self._runs[series]
                open_still = tuple(self._stack[: len(above)]) == above
                if open_still and follows(number, own) and self._alike(last, heading):
                    return len(above)
        return None

    def _parts_above(self, chapter: Heading) -> int:
        """How many of the headings above are parts of the document, which hold chapters."""
        return next(
            (depth for depth, above in enumerate(self._stack) if not self.levels.is_part(above, chapter)),
            len(self._stack),
        )

    # ---- titles and new runs

    def _holds(self, above: Heading, heading: Heading) -> bool:
        """Whether `above` can hold `heading`, which continues no run."""
        if heading.family == "chapter":
            return False
        if heading.family == "annex":
            return bool(_ANNEXES.match(above.text))
        if above.family == heading.family == "decimal" and len(heading.number) > 1:
            return len(above.number) < len(heading.number) and heading.number[: len(above.number)] == above.number
        if above.family == heading.family == "question" or (above.family, heading.family) == (
            "recommendation",
            "question",
        ):
            return False
        if above.family and not heading.family:
            return self._holds_under_number(above, heading)
        listed = self._listed(above, heading)
        if listed is not None and not heading.family:
            return listed
        if abs(above.size - heading.size) > _STEP:
            return above.size > heading.size or above.family in ("chapter", "annex")
        if above.family and heading.family:
            return above.family != heading.family or _weight(above) > _weight(heading)
        if heading.family == "decimal" and len(heading.number) == 1:
            return _weight(above) > _weight(heading)
        if heading.family:
            return _weight(above) >= _weight(heading) or self.levels.recurs(heading)
        if self.levels.recurs(heading) != self.levels.recurs(above):
            return self.levels.recurs(heading)
        return _weight(above) > _weight(heading)

    def _holds_under_number(self, above: Heading, heading: Heading) -> bool:
        """Whether a numbered heading holds a title without number."""
        listed = self._listed(above, heading)
        if above.family in ("chapter", "annex"):
            if heading.size > above.size + _STEP or listed is False:
                return False
            if self.levels.within(above, heading):
                return True
            return abs(above.size - heading.size) > _STEP or _weight(above) > _weight(heading)
        if abs(above.size - heading.size) > _STEP:
            return above.size > heading.size
        if listed is not None:
            return listed
        belongs = self.levels.belongs(above, heading)
        return _weight(above) >= _weight(heading) if belongs is None else belongs

    def _listed(self, above: Heading, heading: Heading) -> bool | None:
        """What the contents list says; None where it is silent or sets both in alike."""
        outer, inner = self.levels.entry(above), self.levels.entry(heading)
        if outer is not None and inner is not None:
            # Many lists set several levels in alike: only a difference tells.
            return outer.depth < inner.depth if outer.depth != inner.depth else None
        if outer is not None and above.size > heading.size - _STEP and above.style == heading.style:
            return True
        if inner is not None and outer is None and above.size < heading.size + _STEP and not above.family:
            return False
        return None


def _weight(heading: Heading) -> tuple[bool, bool, bool, bool]:
    """How much a title stands out beside another of its size."""
    slanted = re.search(r"ital|obl|slant", heading.face, re.IGNORECASE) is not None
    return heading.bold, heading.capitals, "#" in heading.face, not slanted
