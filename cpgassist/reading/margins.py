"""Grades printed in the margin -> the paragraphs they stand beside.

Margin marks ("IIa, B", or "IIa" over "B" in two small boxes) are often drawn after everything else on the page, so
only their height and the text beside them tell what they grade. A mark that stands beside no text stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from cpgassist.reading.recommendations import is_scale, margin_grade, margin_part
from cpgassist.reading.words import Word
from cpgassist.types import Box, Line

_WIDEST = 115.0
"""A margin is narrower than any column of text."""
_REACH = 48.0
"""Points between a mark and its text. The text of a column's last line is further from the next column."""
_STARTS = re.compile(
    r"^[\[(]?(?:class|level|grade|gred|tahap|strong|weak|conditional|good|best|very|low|moderate|high|GPP|COR|LOE"
    r"|(?-i:I{1,3}\b|II[ab]|IV\b|[12][A-D]\b|[1-4]\+))",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?]['\")\]]*\d*(?:[,–-]\d+)*\s+(?=[\"'(“]?[A-Z])")
_ENDS = re.compile(r"[.!?:;]['\")\]]?[\d,–-]*$")


_BADGE = re.compile(r"[A-E]|[A-D]\+|[A-D][12]|GPP|√|✓")


@dataclass(frozen=True, slots=True)
class Mark:
    """A grade in the margin, where it stands, and the piece of text it was found beside."""

    grade: str
    box: Box
    beside: Box
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    """Words that stand together on one row."""

    words: tuple[Word, ...]
    box: Box

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def may_hold_marks(words: Sequence[Word], badges: Sequence[Box] = ()) -> bool:
    """Whether a word that may open a grade begins a row or stands apart: cheap, and false on most pages."""
    if any(len(word.text) <= 3 and badge.holds(word.box, 1.5) for badge in badges for word in words):
        return True
    before: Word | None = None
    for word in words:
        apart = before is None or word.new_line or word.box.left - before.box.right > 0.6 * word.size
        if apart and _STARTS.match(word.text):
            return True
        before = word
    return False


def find_marks(segments: Sequence[Sequence[Word]], badges: Sequence[Box] = ()) -> list[Mark]:
    """The margin marks among the segments of a page's rows; `badges` are small boxes drawn around a letter or two."""
    pieces = [piece for segment in segments for piece in _unglued(segment, segments)]
    stacks = list(_stacks([piece for piece in pieces if piece.box.width <= _WIDEST]))
    taken = {id(piece) for stack, _ in stacks for piece in stack}
    stacks += [([piece], piece.text) for piece in pieces if id(piece) not in taken and _is_badge(piece, badges)]
    taken = {id(piece) for stack, _ in stacks for piece in stack}
    texts = _texts([piece for piece in pieces if id(piece) not in taken])
    found = [mark for stack, grade in stacks if (mark := _placed(stack, grade, texts)) is not None]
    found.sort(key=lambda mark: mark.box.top)
    # "Level I", "Level II", "Level III" down a margin define the scale.
    return [] if is_scale([mark.grade for mark in found]) else found


def _is_badge(piece: _Piece, badges: Sequence[Box]) -> bool:
    """Whether a piece is a letter in a box of its own: only the box tells such a grade from the letter of a list."""
    return bool(_BADGE.fullmatch(piece.text)) and any(badge.holds(piece.box, 1.5) for badge in badges)


def _texts(pieces: Sequence[_Piece]) -> list[_Piece]:
    """The pieces that are lines of text: long ones, and the short last lines under them."""
    long = [piece for piece in pieces if piece.box.width >= 80 or len(piece.words) >= 3]
    short = [piece for piece in pieces if not (piece.box.width >= 80 or len(piece.words) >= 3)]
    last = [
        piece
        for piece in short
        if any(
            abs(piece.box.left - above.box.left) < 3 and 0 < piece.box.top - above.box.top < 2.2 * above.box.height
            for above in long
        )
    ]
    return long + last


def _unglued(segment: Sequence[Word], segments: Sequence[Sequence[Word]]) -> Iterator[_Piece]:
    """The segment, its margin mark apart: a mark may be drawn just before the line it stands beside.

    The space is wider than one between words. A mark on the left has text after it that begins where other lines
    begin, and no line runs over a mark on the right.
    """
    words = tuple(segment)
    for count in range(1, min(4, len(words))):
        head, rest = words[:count], words[count:]
        if (
            _wide(head[-1], rest[0])
            and margin_grade([_text(head)])
            and any(abs(other[0].box.left - rest[0].box.left) < 2 for other in segments if other is not segment)
        ):
            yield from (_Piece(head, _bounds(head)), _Piece(rest, _bounds(rest)))
            return
        tail, rest = words[-count:], words[:-count]
        if (
            _wide(rest[-1], tail[0])
            and margin_grade([_text(tail)])
            and not any(_crosses(_bounds(other), tail[0].box) for other in segments if other is not segment)
        ):
            yield from (_Piece(rest, _bounds(rest)), _Piece(tail, _bounds(tail)))
            return
    yield _Piece(words, _bounds(words))


def _crosses(text: Box, mark: Box) -> bool:
    """Whether a line near a mark runs over the place where the mark begins."""
    return abs(text.middle - mark.middle) < 4 * mark.height and text.left < mark.left - 1 and text.right > mark.left + 2


def _wide(before: Word, after: Word) -> bool:
    return after.box.left - before.box.right > 0.6 * max(before.size, after.size)


def _stacks(pieces: Sequence[_Piece]) -> Iterator[tuple[list[_Piece], str]]:
    """Narrow pieces that print a grade, alone or with those right under them: the longest run that is one grade."""
    taken: set[int] = set()
    for piece in sorted(pieces, key=lambda p: (p.box.top, p.box.left)):
        if id(piece) in taken or not (_STARTS.match(piece.text) or margin_part(piece.text)):
            continue
        run, best, grade = [piece], 0, ""
        while len(run) <= 4:
            if (found := margin_grade([part.text for part in run])) is not None:
                best, grade = len(run), found
            under = next((p for p in pieces if id(p) not in taken and _under(run[-1], p)), None)
            if under is None:
                break
            run.append(under)
        if best:
            taken |= {id(part) for part in run[:best]}
            yield run[:best], grade


def _under(upper: _Piece, lower: _Piece) -> bool:
    """Whether a piece stands right under another, in the same stack."""
    if upper is lower:
        return False
    gap = lower.box.top - upper.box.bottom
    shared = min(upper.box.right, lower.box.right) - max(upper.box.left, lower.box.left)
    size = max(upper.words[0].size, lower.words[0].size)
    return -0.3 * size < gap < 1.4 * size and shared > 0.5 * min(upper.box.width, lower.box.width)


def _placed(stack: Sequence[_Piece], grade: str, texts: Sequence[_Piece]) -> Mark | None:
    """The mark with the text beside it, or None when it stands beside none or among words."""
    box = Box.around([piece.box for piece in stack])
    level = [text for text in texts if _overlap(text.box, box) > 0.3 * min(text.box.height, box.height)]
    right = [text for text in level if text.box.left >= box.right - 1]
    left = [text for text in level if text.box.right <= box.left + 1]
    if any(text not in left and text not in right for text in level):
        return None
    options: list[tuple[float, _Piece]] = []
    if right:
        nearest = min(right, key=lambda text: text.box.left)
        options.append((nearest.box.left - box.right, nearest))
    if left:
        nearest = max(left, key=lambda text: text.box.right)
        options.append((box.left - _column_edge(nearest, box, texts), nearest))
    if len(options) == 2 and all(gap < 0.7 * stack[0].words[0].size for gap, _ in options):
        return None
    gap, beside = min(options, key=lambda option: option[0], default=(_REACH + 1, stack[0]))
    if gap > _REACH:
        return None
    return Mark(grade, box, beside.box, tuple(word for piece in stack for word in piece.words))


def _column_edge(text: _Piece, mark: Box, texts: Sequence[_Piece]) -> float:
    """Where the column of a text ends on the right: its own line may be a short one."""
    column = [
        other.box.right
        for other in texts
        if other.box.right <= mark.left + 1
        and min(other.box.right, text.box.right) > max(other.box.left, text.box.left)
    ]
    return max(column, default=text.box.right)


def _overlap(a: Box, b: Box) -> float:
    return min(a.bottom, b.bottom) - max(a.top, b.top)


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def _bounds(words: Sequence[Word]) -> Box:
    return Box.around([word.box for word in words])


# ---- marks and paragraphs


def marked(groups: Sequence[Sequence[Line]], marks: Sequence[Mark]) -> list[tuple[list[Line], str | None]]:
    """Paragraphs with the grade beside them; a paragraph with two marks is cut where the second one's sentence begins."""
    if not marks:
        return [(list(group), None) for group in groups]
    groups = _parted(groups, marks)
    homes: dict[int, list[tuple[int, Mark]]] = {}
    for mark in marks:
        home = _home(mark, groups)
        if home is not None:
            homes.setdefault(home[0], []).append((home[1], mark))
    result: list[tuple[list[Line], str | None]] = []
    for index, group in enumerate(groups):
        if index in homes and _mixed(group):
            # Cells that stand side by side are no paragraph: what the mark grades cannot be told.
            result.append(([*group, *(_as_line(mark, group[0].page) for _, mark in homes[index])], None))
            continue
        result += _graded(group, sorted(homes.get(index, []), key=lambda held: (held[0], held[1].box.top)))
    return result


def _parted(groups: Sequence[Sequence[Line]], marks: Sequence[Mark]) -> list[list[Line]]:
    """Paragraphs beside marks, parted also at small gaps: statements with marks often stand closer than paragraphs."""
    gaps = sorted(gap for group in groups for gap in _gaps(group) if gap > 0)
    wide = 1.5 * gaps[len(gaps) // 5] + 1.2 if gaps else 0.0
    beside = {home[0] for mark in marks if (home := _home(mark, groups)) is not None}
    parted: list[list[Line]] = []
    for index, group in enumerate(groups):
        parted.append([group[0]])
        for (before, line), gap in zip(pairwise(group), _gaps(group), strict=True):
            apart = gap > wide or (gap > 0.85 * line.size and _ENDS.search(before.text))
            if index in beside and apart and not line.text[:1].islower():
                parted.append([line])
            else:
                parted[-1].append(line)
    return parted


def _gaps(group: Sequence[Line]) -> list[float]:
    """The white space above each line after the first."""
    return [b.box.top - a.box.bottom if a.page == b.page else 0.0 for a, b in pairwise(group)]


def _home(mark: Mark, groups: Sequence[Sequence[Line]]) -> tuple[int, int] | None:
    """(paragraph, line) that the mark stands beside: the line that shares most of its height, the upper of equals."""
    best: tuple[float, int, int] | None = None
    for g, group in enumerate(groups):
        for k, line in enumerate(group):
            shared = _overlap(line.box, mark.box)
            across = min(line.box.right, mark.beside.right) - max(line.box.left, mark.beside.left)
            if shared > 0 and across > 0 and (best is None or shared > best[0] + 0.5):
                best = (shared, g, k)
    return best[1:] if best is not None else None


def _mixed(group: Sequence[Line]) -> bool:
    """Whether lines of a paragraph stand side by side."""
    return any(
        _overlap(a.box, b.box) > 0.5 * min(a.box.height, b.box.height) and a.box.right < b.box.left - 0.5 * a.size
        for a, b in pairwise(group)
        if a.page == b.page
    )


def _as_line(mark: Mark, page: int) -> Line:
    return Line(mark.grade, page, mark.box, round(mark.words[0].size, 1) if mark.words else 0.0)


def _graded(group: Sequence[Line], held: Sequence[tuple[int, Mark]]) -> list[tuple[list[Line], str | None]]:
    """A paragraph cut so that each part has one mark."""
    if not held:
        return [(list(group), None)]
    text = " ".join(line.text for line in group)
    begins = [match.end() for match in _SENTENCE.finditer(text)]
    parts: list[tuple[int, str]] = [(0, held[0][1].grade)]
    for line, mark in held[1:]:
        start = sum(len(one.text) + 1 for one in group[:line])
        end = start + len(group[line].text)
        on_line = [at for at in begins if start <= at < end]
        before = [at for at in begins if parts[-1][0] < at < start]
        if on_line or before:
            parts.append((on_line[0] if on_line else before[-1], mark.grade))
        else:
            # One sentence with two marks: both are printed beside it, and neither can be left out.
            parts[-1] = (parts[-1][0], f"{parts[-1][1]} | {mark.grade}")
    ends = [at for at, _ in parts[1:]] + [len(text)]
    return [(cut(group, at, end), grade) for (at, grade), end in zip(parts, ends, strict=True)]


def cut(group: Sequence[Line], start: int, end: int) -> list[Line]:
    """The lines of a paragraph between two offsets into its joined text."""
    lines = []
    at = 0
    for line in group:
        first, last = max(start - at, 0), min(end - at, len(line.text))
        kept = line.text[first:last].strip() if first < last else ""
        if kept:
            lines.append(line if kept == line.text else replace(line, text=kept))
        at += len(line.text) + 1
    return lines
