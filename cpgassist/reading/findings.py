"""What an admin should know of a document's text layer: words that nobody sees, and words read otherwise than it says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from cpgassist.reading.pages import to_line
from cpgassist.reading.repair import repairs_of
from cpgassist.reading.words import Word
from cpgassist.types import Block, Line, Repair, Section

_CYRILLIC_OR_ARMENIAN = re.compile("[\u0400-\u052f\u0531-\u058f]")
_LATIN = re.compile("[A-Za-z]")
# Greek letters mean something beside Latin ones (TNFα, μg), but for those that look like Latin letters.
_LATIN_LIKE_GREEK = re.compile("[ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο]")
_WORD_PART = re.compile(r"[^\W\d_]+")
_SHOWN = 5
"""Words named in a note."""


class TextLayerFindings:
    """Takes the words of page after page, gives back those to be read, and keeps what is worth telling."""

    def __init__(self) -> None:
        self.repairs: tuple[Repair, ...] = ()
        self._hidden: dict[int, list[Word]] = {}
        self._scanned: list[int] = []
        self._mixed: dict[int, list[str]] = {}

    def seen(self, page: int, words: Sequence[Word]) -> list[Word]:
        """The words of a page that somebody can see."""
        seen = [word for word in words if not word.hidden]
        if len(seen) < len(words):
            self._hidden[page] = [word for word in words if word.hidden]
        if any(word.scanned for word in seen):
            self._scanned.append(page)
        mixed = [word.text for word in seen if not word.text.isascii() and of_two_alphabets(word.text)]
        if mixed:
            self._mixed[page] = mixed
        self.repairs += repairs_of(seen, page)
        return seen

    def sections(self) -> tuple[Section, ...]:
        """Blocks of kind hidden, a section for each page that has some."""
        return tuple(Section((), page, tuple(_blocks(words, page))) for page, words in self._hidden.items())

    def notes(self) -> list[str]:
        """One line for each kind of finding, with its pages."""
        notes = []
        reasons = Counter(word.hidden for words in self._hidden.values() for word in words)
        for reason, count in reasons.items():
            pages = [page for page, words in self._hidden.items() if any(word.hidden == reason for word in words)]
            notes.append(f"{_words(count)} that nobody sees ({reason}) left out on {numbered(pages)}")
        if self._scanned:
            notes.append(
                f"{numbered(self._scanned)} read from the invisible text layer of a scan, which may differ from what "
                "its picture shows"
            )
        notes += self._of_repairs()
        if self._mixed:
            words = [word for held in self._mixed.values() for word in held]
            notes.append(
                f"letters of two alphabets in one word on {numbered(list(self._mixed))}, left as they are: "
                f"{_named(words)}"
            )
        return notes

    def _of_repairs(self) -> list[str]:
        notes = []
        decided = [repair for repair in self.repairs if repair.how in ("glyph", "rendering", "ocr", "vocabulary")]
        if decided:
            named = _named(f"{repair.shown} for {repair.source}" for repair in decided)
            notes.append(f"words read as the page shows them on {_pages(decided)}: {named}")
        undecided = [repair for repair in self.repairs if repair.how == "undecided"]
        if undecided:
            named = _named(repair.source for repair in undecided)
            notes.append(f"words that may not be what the page shows on {_pages(undecided)}, left as they are: {named}")
        controls = [repair for repair in self.repairs if repair.how == "control"]
        if controls:
            named = _named(repair.shown for repair in controls)
            notes.append(f"invisible control characters dropped from words on {_pages(controls)}: {named}")
        return notes


def of_two_alphabets(text: str) -> bool:
    """Whether a word holds letters that only look like those around them: a Cyrillic "а" in a Latin word."""
    for part in _WORD_PART.findall(text):
        if _LATIN.search(part) and (_CYRILLIC_OR_ARMENIAN.search(part) or _LATIN_LIKE_GREEK.search(part)):
            return True
    return False


def numbered(pages: Sequence[int]) -> str:
    """Page numbers as "page 3" or "pages 1-4, 9"."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][1] + 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    text = ", ".join(f"{a}-{b}" if a != b else str(a) for a, b in runs)
    return f"page{'s' if len(pages) > 1 else ''} {text}"


def _pages(repairs: Iterable[Repair]) -> str:
    return numbered(sorted({repair.page for repair in repairs}))


def _named(words: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(words))
    more = f" and {len(distinct) - _SHOWN} more" if len(distinct) > _SHOWN else ""
    return ", ".join(word if len(word) <= 40 else f"{word[:37]}..." for word in distinct[:_SHOWN]) + more


def _words(count: int) -> str:
    return f"{count} word{'s' if count != 1 else ''}"


def _blocks(words: Sequence[Word], page: int) -> Iterable[Block]:
    """A block for each run of words that are hidden for one reason."""
    held: list[Word] = []
    for word in words:
        if held and held[-1].hidden != word.hidden:
            yield Block("hidden", tuple(_lines(held, page)), note=held[0].hidden)
            held = []
        held.append(word)
    if held:
        yield Block("hidden", tuple(_lines(held, page)), note=held[0].hidden)


def _lines(words: Sequence[Word], page: int) -> Iterable[Line]:
    row: list[Word] = []
    for word in words:
        if row and (word.new_line or not row[-1].box.top <= word.box.middle <= row[-1].box.bottom):
            yield to_line(row, page)
            row = []
        row.append(word)
    yield to_line(row, page)
