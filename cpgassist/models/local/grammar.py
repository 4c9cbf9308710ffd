"""The shapes of replies that cite lines, as an automaton over characters; each shape is where in it a reply begins.

    lines     := "NONE" | "LINES: " n (", " n){0,4}
    sentences := "NONE" | sentence (" " sentence){0,2}
    sentence  := text of at most 60 tokens that ends in a full stop, then (" [" n "]"){1,2}

with n from 1 to the number of lines shown. A text begins with a letter or digit and holds no bracket, line break or other
unprintable character. A full stop ends it unless a character follows at once ("6.5", "t.d.s") or, after a space, a small
letter or digit ("e.g. insulin", "No. 3"); so no sentence goes without its citation.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Shape = Literal["lines", "sentences"]
Place = Literal[
    "head", "line", "comma", "gap", "text", "dot", "dot_space", "need1", "need2", "need3", "cite", "cited", "done",
]  # fmt: skip
"""Where in the reply: `gap` awaits a sentence or another citation; `needN` is text that lacks N bytes of a character."""

REFUSAL, LINES = "NONE", "LINES: "
MOST_LINES, MOST_SENTENCES, MOST_CITES, SENTENCE_TOKENS = 5, 3, 2, 60
STRUCTURE = frozenset(REFUSAL + LINES + "0123456789, .[]")
"""The characters that a reply has outside its texts."""

NEEDS: tuple[Place, ...] = ("need1", "need2", "need3")
IN_TEXT: tuple[Place, ...] = ("text", "dot", *NEEDS)
COST: dict[Place, int] = {
    "line": 2, "comma": 3, "gap": 7, "text": 6, "need1": 7, "need2": 8, "need3": 9, "dot": 5, "dot_space": 4, "cite": 3,
    "cited": 1, "done": 1,
}  # fmt: skip
"""The most tokens that the shortest end takes from a place, the end token included: one character, or one byte that lacks,
a token."""
HIGHEST_COST = max(COST.values())


class Piece(NamedTuple):
    """What a token writes: bytes that complete a character, whole characters, and a character that lacks bytes."""

    lead: int
    text: str
    need: int


class State(NamedTuple):
    """How far a reply is."""

    at: Place
    written: str = ""
    """Of a fixed word or a number; of a text, as long as it may become the refusal."""
    numbers: int = 0
    """Numbers after LINES, or citations of this sentence."""
    sentence: int = 0
    """Sentences begun."""
    tokens: int = 0
    """Tokens of this sentence's text."""


START: dict[Shape, State] = {"lines": State("head"), "sentences": State("gap", "", MOST_CITES)}
"""Where a reply of each shape begins; before its first sentence, there is nothing to cite for."""


class ReplyGrammar:
    """Replies that may cite lines 1 to `lines`."""

    def __init__(self, lines: int) -> None:
        self.lines = lines

    def advance(self, state: State, piece: Piece) -> State | None:
        """The state after a token, or None where it may not come."""
        now: State | None = state
        if piece.lead or state.at in NEEDS:
            now = _completed(state, piece)
        for char in piece.text:
            now = now and self.step(now, char)
        if piece.need and now is not None:
            now = now._replace(at=NEEDS[piece.need - 1], written="") if now.at in ("text", "dot") else None
        if now is None:
            return None
        if now.at not in (*IN_TEXT, "dot_space"):
            return now._replace(tokens=0)
        begun = state.tokens if state.at in (*IN_TEXT, "dot_space") else 0
        return now._replace(tokens=begun + 1)

    def step(self, state: State, char: str) -> State | None:
        """The state after a character, or None where it may not come."""
        at = state.at
        if at in ("text", "dot", "dot_space") and (place := after_text(at, char)):
            return state._replace(at=place, written=_refusing(state.written, char))
        if at == "head":
            return _head(state.written + char)
        if at == "line":
            return self._line(state, char)
        if at == "comma":
            return State("line", "", state.numbers + 1) if char == " " else None
        return self._sentence(state, char)

    def may_end(self, state: State) -> bool:
        """Whether a reply may end here."""
        return self.cost(state) == 1

    def cost(self, state: State) -> int:
        """The most tokens that the shortest end takes from here, the end token included."""
        at, written = state.at, state.written
        refusing = len(REFUSAL) + 1 - len(written)
        if at == "head":
            return refusing if REFUSAL.startswith(written) else len(LINES) + 2 - len(written)
        if state == START["sentences"] or (at == "text" and written):
            return refusing
        if at == "gap" and state.numbers < MOST_CITES:
            return 4
        return COST[at] - 1 if at in ("line", "cite") and written else COST[at]

    def _line(self, state: State, char: str) -> State | None:
        if self._number(state.written + char):
            return state._replace(written=state.written + char)
        if state.written and char == ",":
            return State("comma", "", state.numbers) if state.numbers < MOST_LINES else None
        return None

    def _sentence(self, state: State, char: str) -> State | None:
        """A step between texts."""
        at = state.at
        if at == "dot_space":
            return state._replace(at="cite", written="", numbers=1) if char == "[" else None
        if at == "cite":
            if self._number(state.written + char):
                return state._replace(written=state.written + char)
            return state._replace(at="cited", written="") if state.written and char == "]" else None
        more = state.sentence < MOST_SENTENCES
        if at == "cited":
            return state._replace(at="gap") if char == " " and (more or state.numbers < MOST_CITES) else None
        if at == "gap":
            if char == "[" and state.numbers < MOST_CITES:
                return state._replace(at="cite", numbers=state.numbers + 1)
            begun = "" if state.sentence or char != REFUSAL[0] else char
            return State("text", begun, 0, state.sentence + 1) if more and char.isalnum() else None
        return None

    def _number(self, digits: str) -> bool:
        return digits.isascii() and digits.isdigit() and digits[0] != "0" and int(digits) <= self.lines


def after_text(at: Place, char: str) -> Place | None:
    """Where a character of a sentence's text leads from `text`, `dot` or `dot_space`; None where it is no text."""
    if char in "[]\ufffd" or not char.isprintable():
        return None
    if at == "dot_space":
        return "text" if char.islower() or char.isdigit() else None
    if char == ".":
        return "dot"
    return "dot_space" if at == "dot" and char == " " else "text"


def _head(written: str) -> State | None:
    if written == REFUSAL:
        return State("done")
    if written == LINES:
        return State("line", "", 1)
    return State("head", written) if REFUSAL.startswith(written) or LINES.startswith(written) else None


def _refusing(written: str, char: str) -> str:
    """What of the refusal a text has written, when it has written nothing else."""
    return written + char if written and REFUSAL.startswith(written + char) else ""


def _completed(state: State, piece: Piece) -> State | None:
    """The state after the bytes at the token's beginning that complete a character."""
    if state.at not in NEEDS or not piece.lead:
        return None
    left = NEEDS.index(state.at) + 1 - piece.lead
    if left < 0 or (left and (piece.text or piece.need)):
        return None
    return state._replace(at=NEEDS[left - 1] if left else "text")
