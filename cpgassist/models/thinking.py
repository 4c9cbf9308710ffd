"""Thoughts that a model writes before or inside its answer, taken out while the text still comes in pieces.

MedGemma writes "<unused94>thought\\n...<unused95>", unasked too, and its tokenizer does not count these among the special
tokens; other models write "<think>...</think>".
"""

from __future__ import annotations

MARKS = {"<unused94>": "<unused95>", "<think>": "</think>"}
"""What opens a thought and what closes it."""

_GEMMA_HEAD = "thought\n"
_OUTSIDE = (*MARKS, *MARKS.values())


class Thinking:
    """Separates the thoughts from one model's text: `feed` each piece, then `close`; what they return is the answer."""

    def __init__(self, opened: bool = False) -> None:
        """`opened` where the prompt's template has opened a thought already, so that the text begins inside one."""
        self.stray = False
        """A thought ended that nothing had opened: what came before it was not the answer."""
        self._ends: tuple[str, ...] = tuple(MARKS.values()) if opened else ()
        self._held = ""
        self._thoughts: list[str] = [""] if opened else []

    @property
    def open(self) -> bool:
        """Whether a thought was opened and not closed; at the end of the text, the answer never came."""
        return bool(self._ends)

    @property
    def thought(self) -> str:
        """The thoughts so far, without their marks; several are joined by an empty line."""
        return "\n\n".join(filter(None, (thought.removeprefix(_GEMMA_HEAD).strip() for thought in self._thoughts)))

    def feed(self, piece: str) -> str:
        """The visible text that is certain after this piece; what may be the beginning of a mark is held back."""
        self._held += piece
        shown = ""
        while found := _first(self._held, self._ends or _OUTSIDE):
            before, mark = found
            shown += self._put(before)
            self._held = self._held[len(before) + len(mark) :]
            self._turn(mark)
        kept = _beginning(self._held, self._ends or _OUTSIDE)
        certain, self._held = self._held[: len(self._held) - kept], self._held[len(self._held) - kept :]
        return shown + self._put(certain)

    def close(self) -> str:
        """The visible rest of a text that has ended."""
        rest, self._held = self._held, ""
        return self._put(rest)

    def _put(self, text: str) -> str:
        if not self._ends:
            return text
        self._thoughts[-1] += text
        return ""

    def _turn(self, mark: str) -> None:
        if self._ends:
            self._ends = ()
        elif mark in MARKS:
            self._ends = (MARKS[mark],)
            self._thoughts.append("")
        else:
            self.stray = True


def split(text: str, opened: bool = False) -> tuple[str, str, bool]:
    """A whole text as (visible, thought, open); see Thinking."""
    thinking = Thinking(opened)
    visible = thinking.feed(text) + thinking.close()
    return visible, thinking.thought, thinking.open


def _first(text: str, marks: tuple[str, ...]) -> tuple[str, str] | None:
    """What stands before the first of the marks, and that mark; None where there is none."""
    places = [(place, mark) for mark in marks if (place := text.find(mark)) >= 0]
    if not places:
        return None
    place, mark = min(places)
    return text[:place], mark


def _beginning(text: str, marks: tuple[str, ...]) -> int:
    """How many characters at the end of the text may be the beginning of a mark."""
    longest = max(map(len, marks)) - 1
    for size in range(min(longest, len(text)), 0, -1):
        if any(mark.startswith(text[-size:]) for mark in marks):
            return size
    return 0
