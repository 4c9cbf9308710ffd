"""Words whose text layer is not what the page shows, read as the page shows them.

Nothing is guessed and no misprint is corrected: a character is looked at when its font, its place or its code makes it
doubtful, and it is read otherwise only when its ink on the page is that of another character, or when the document
itself writes the word in one way only. What cannot be decided stays as it is and is reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import pypdfium2 as pdfium

from cpgassist.reading.characters import Characters, Face
from cpgassist.reading.glyphs import ALIKE, likeness, shown_at
from cpgassist.reading.symbols import CONTROLS, DINGBAT_FONT, LIGATURES, PRIVATE, meant
from cpgassist.types import Box, Repair

if TYPE_CHECKING:
    from cpgassist.reading.words import Span, Word

UNDECODED = "\ufffd"
_MISTAKEN = {"³": "≥", "£": "≤", "²": "≤", "ß": "β"}
"""Signs that a wrong encoding puts for others: Symbol's codes for ≥ and ≤ read as Latin-1 or as those of the Macintosh,
and the letter that stands for beta in fonts without Greek."""
_UNDERLINED = {">": "≥", "<": "≤", "+": "±"}
_COUNTING = ("≥", "≤", "±", "≠", "×", "÷", "≈", "α", "β")
"""Signs that change what a line says; looked for where a private code gives no hint."""
_DRAWN_AS = {"▪": "■", "•": "●", "□": "❏"}
"""Signs that differ from another only in size, under the one that a stock font draws."""
_JOINED = ("ti", "tt", "ft", "fi", "fl", "ff", "ffi", "ffl", "tti", "fti", "fj", "tf")
"""Letters that fonts of word processors join to one glyph, which then has no Unicode of its own."""

_DOUBTFUL = re.compile(f"[³£²ß<>+{UNDECODED}\ue000-\uf8ff\ufb00-\ufb06{CONTROLS}]")
_CONTROL = re.compile(f"[{CONTROLS}]")
_PIECE = re.compile(rf"[^\W\d_]*(?:{UNDECODED}[^\W\d_]*)+")
_LETTERS = re.compile(r"[^\W\d_]+")


def repairs_of(words: Iterable[Word], page: int) -> tuple[Repair, ...]:
    """What was read otherwise than the text layer holds it, each word once, and what could not be decided."""
    found = [Repair(page, word.source or word.text, word.text, word.how) for word in words if word.how]
    return tuple(dict.fromkeys(found))


def repaired(
    page: pdfium.PdfPage,
    layer: Characters,
    spans: Sequence[Span],
    level: Callable[[], Sequence[Box]],
    place: Callable[[float, float, float, float], Box],
) -> list[Span]:
    """The words of a page, the doubtful ones as the page shows them.

    `level` gives the level rules of the page, `place` maps its coordinates to the shown page; both are asked only where
    a character is doubtful.
    """
    if not any(face.symbols for face in layer.faces) and not _DOUBTFUL.search(layer.text):
        return list(spans)
    look = _Look(page, layer, level, place)
    return [look.word(span) for span in spans]


GlyphKey = tuple[str, str, float, float]
"""Font, character, and the width and height of its ink in ems: the same key is the same glyph."""


@dataclass(slots=True)
class _Book:
    """What the pages read so far have shown of a document."""

    signs: dict[GlyphKey, str] = field(default_factory=dict)
    joined: dict[GlyphKey, set[str]] = field(default_factory=dict)
    words: frozenset[str] | None = None


_BOOKS: WeakKeyDictionary[pdfium.PdfDocument, _Book] = WeakKeyDictionary()


class _Look:
    """Looks at the doubtful characters of one page."""

    def __init__(
        self,
        page: pdfium.PdfPage,
        layer: Characters,
        level: Callable[[], Sequence[Box]],
        place: Callable[[float, float, float, float], Box],
    ) -> None:
        self._page, self._layer, self._place, self._level = page, layer, place, level
        self._rules: Sequence[Box] | None = None
        self._book = _BOOKS.setdefault(page.pdf, _Book())

    def word(self, span: Span) -> Span:
        """The word as the page shows it."""
        doubtful = span.face.symbols or _DOUBTFUL.search(self._layer.text, span.first, span.last + 1)
        # Another font in mid-word is another text object.
        if not doubtful and (span.first == span.last or self._layer.object(span.last) == span.face.object):
            return span
        source = self._layer.text[span.first : span.last + 1]
        how: set[str] = set()
        opens = span.word.new_line and len(source) == 1
        pieces = [self._character(span.first + i, character, opens, how) for i, character in enumerate(source)]
        text = "".join(LIGATURES.get(piece, piece) for piece in pieces)
        if UNDECODED in text:
            text = self._completed(text, span, how)
        if text == span.word.text and not how:
            return span
        # One reason is told; a sign that stays undecided matters more than those that were decided.
        told = next((name for name in ("undecided", "rendering", "glyph", "vocabulary", "control") if name in how), "")
        return replace(span, word=replace(span.word, text=text, source=source if told else "", how=told))

    def _character(self, i: int, character: str, opens: bool, how: set[str]) -> str:
        if character < "\x7f" and character not in _UNDERLINED and not self._layer.face(i).symbols:
            return character
        if _CONTROL.match(character):
            how.add("control")
            return ""
        if character in _UNDERLINED and not self._layer.face(i).symbols:
            shown, told = self._underlined(i, character)
        elif character in LIGATURES or character == UNDECODED:
            return character
        else:
            shown, told = self._sign(i, character, opens)
        if told:
            how.add(told)
        return shown

    # ---- signs of symbol fonts, and signs that a wrong encoding put for others

    def _sign(self, i: int, character: str, opens: bool) -> tuple[str, str]:
        face = self._layer.face(i)
        private = "\ue000" <= character <= "\uf8ff"
        other = meant(ord(character), face.name) or PRIVATE.get(ord(character))
        if other is None and character in _MISTAKEN and not self._raised(i, face):
            other = _MISTAKEN[character]
        coded = private or (DINGBAT_FONT.search(face.name) and ord(character) < 0x100)
        if other == character or (other is None and not coded):
            return character, ""
        key = self._key(i, character, face)
        if key not in self._book.signs:
            self._book.signs[key] = self._decided(i, character, other, face)
        shown = self._book.signs[key]
        if not shown and private and opens:
            # An ornament of its own at the head of a line, unlike any sign that counts: the mark of a list.
            shown = "•"
        if not shown:
            return character, "undecided"
        return shown, "" if shown == character else "glyph"

    def _decided(self, i: int, character: str, other: str | None, face: Face) -> str:
        """What the ink is: the character itself, the other one, or "" when neither can be told."""
        shape = shown_at(self._page, self._box(i))
        if shape is None:
            return character
        if other is None:
            likely = max(_COUNTING, key=lambda sign: likeness(shape, sign))
            return likely if likeness(shape, likely) >= ALIKE else ""
        itself = 0.0 if "\ue000" <= character <= "\uf8ff" else likeness(shape, character)
        alike = likeness(shape, _DRAWN_AS.get(other, other))
        # Bullets, arrows and ticks vary: it is enough that the ink is much more theirs than the letter's.
        if alike >= (0.35 if DINGBAT_FONT.search(face.name) else ALIKE) and alike > 1.5 * itself:
            return other
        return character if itself >= 0.35 and itself > alike else ""

    def _raised(self, i: int, face: Face) -> bool:
        """Whether a character stands above the line as an exponent does."""
        return self._layer.bottom[i] - self._layer.baseline(i) > 0.2 * face.size

    # ---- signs with a rule under them

    def _underlined(self, i: int, character: str) -> tuple[str, str]:
        """≥ for a > with a rule of its own under it; a rule under more than the sign is an underlined phrase."""
        if self._rules is None:
            self._rules = self._level()
        box, size = self._box(i), self._layer.face(i).size
        for rule in self._rules:
            gap, slack = rule.top - box.bottom, 0.15 * box.width
            if not (
                -0.12 * size < gap < 0.4 * size and rule.left < box.left + slack and rule.right > box.right - slack
            ):
                continue
            if rule.width < box.width + 0.8 * size and not any(self._over(rule, box, j) for j in self._neighbours(i)):
                drawn = self._ink_with_bar(box, rule, character)
                return (_UNDERLINED[character], "rendering") if drawn else (character, "")
            if character != "+" and self._begins_at_text(rule, i, size):
                return character, "undecided"
        return character, ""

    def _ink_with_bar(self, sign: Box, rule: Box, character: str) -> bool:
        """Whether the page shows the rule: one drawn in white changes nothing."""
        shape = shown_at(self._page, Box(sign.left, sign.top, sign.right, rule.bottom))
        if shape is None:
            return False
        return likeness(shape, _UNDERLINED[character]) > 1.3 * likeness(shape, character)

    def _begins_at_text(self, rule: Box, i: int, size: float) -> bool:
        """Whether a rule begins where a character of the line does, as an underline; a table's rule does not."""
        for j in range(i, max(i - 200, -1), -1):
            other = self._box(j)
            if not self._layer.text[j].isspace() and abs(other.left - rule.left) < 0.15 * size:
                return abs(other.bottom - rule.top) < size
            if other.left < rule.left - size and not self._layer.text[j].isspace():
                return False
        return False

    def _neighbours(self, i: int) -> list[int]:
        """The nearest inked characters before and after."""
        text = self._layer.text
        before = next((j for j in range(i - 1, max(i - 4, -1), -1) if not text[j].isspace()), None)
        after = next((j for j in range(i + 1, min(i + 4, len(text))) if not text[j].isspace()), None)
        return [j for j in (before, after) if j is not None]

    def _over(self, rule: Box, sign: Box, j: int) -> bool:
        """Whether the rule runs under another character of the same printed line."""
        other = self._box(j)
        if (
            min(other.bottom, sign.bottom) - max(other.top, sign.top) < 0
            and abs(other.bottom - sign.bottom) > sign.height
        ):
            return False
        return min(rule.right, other.right) - max(rule.left, other.left) > 0.3 * max(other.width, 0.5)

    # ---- glyphs without Unicode

    def _completed(self, text: str, span: Span, how: set[str]) -> str:
        """The word with its undecoded glyphs read as the one way in which the document writes it elsewhere."""
        glyphs = [i for i in range(span.first, span.last + 1) if self._layer.text[i] == UNDECODED]
        done: list[str] = []

        def complete(match: re.Match[str]) -> str:
            here = glyphs[len(done) : len(done) + match[0].count(UNDECODED)]
            told, letters = "vocabulary", self._vocabulary(match[0])
            if letters is None:
                told, letters = "glyph", self._seen_before(here)
            if not match[0].strip(UNDECODED):
                letters = None
            agreed = letters and all(self._agrees(i, joined) for i, joined in zip(here, letters, strict=True))
            done.extend(letters if agreed and letters else [UNDECODED] * len(here))
            how.add(told if agreed else "undecided")
            if not agreed:
                return match[0]
            parts = match[0].split(UNDECODED)
            return parts[0] + "".join(a + b for a, b in zip(letters or (), parts[1:], strict=True))

        return _PIECE.sub(complete, text)

    def _vocabulary(self, piece: str) -> list[str] | None:
        """What each undecoded glyph of a piece stands for, when one word of the document fits and no other."""
        if self._book.words is None:
            self._book.words = _vocabulary(self._page.pdf)
        either = f"({'|'.join(_JOINED)})"
        pattern = re.compile(either.join(re.escape(part) for part in piece.lower().split(UNDECODED)))
        found = [match for word in self._book.words if (match := pattern.fullmatch(word)) is not None]
        return list(found[0].groups()) if len(found) == 1 else None

    def _seen_before(self, glyphs: Sequence[int]) -> list[str] | None:
        """What the same glyphs were in words that the vocabulary decided."""
        seen = [self._book.joined.get(self._glyph(i), set()) for i in glyphs]
        return [next(iter(one)) for one in seen] if all(len(one) == 1 for one in seen) else None

    def _agrees(self, i: int, letters: str) -> bool:
        """Note what a glyph was read as; False once the same glyph was read as something else."""
        seen = self._book.joined.setdefault(self._glyph(i), set())
        seen.add(letters)
        return len(seen) == 1

    def _glyph(self, i: int) -> GlyphKey:
        return self._key(i, UNDECODED, self._layer.face(i))

    # ---- where and how large

    def _key(self, i: int, character: str, face: Face) -> GlyphKey:
        layer, em = self._layer, face.size or 1.0
        wide, high = layer.right[i] - layer.left[i], layer.top[i] - layer.bottom[i]
        return face.name, character, round(wide / em, 2), round(high / em, 2)

    def _box(self, i: int) -> Box:
        layer = self._layer
        return self._place(layer.left[i], layer.bottom[i], layer.right[i], layer.top[i])


def _vocabulary(document: pdfium.PdfDocument) -> frozenset[str]:
    """Every word that the text layer of the document holds whole, lower case."""
    words: set[str] = set()
    for index in range(len(document)):
        page = document[index]
        textpage = page.get_textpage()
        text = textpage.get_text_range().lower()
        for ligature, letters in LIGATURES.items():
            text = text.replace(ligature, letters)
        words.update(word for token in text.split() if UNDECODED not in token for word in _LETTERS.findall(token))
        textpage.close()
        page.close()
    return frozenset(words)
