"""The shape of an answer that cites lines, as an automaton over characters.

    reply    := "NONE" | "LINES: " n (", " n){0,4} "\\n" "ANSWER:" (" " sentence){1,3}
    sentence := text of at most 60 tokens that ends in a full stop, then (" [" n "]"){1,2}

with n from 1 to the number of lines shown. A text begins with a letter or digit and holds no bracket, line break or other
unprintable character. A full stop ends it unless a character follows at once ("6.5", "t.d.s") or, after a space, a small
letter or digit ("e.g. insulin", "No. 3"); so no sentence goes without its citation.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Place = Literal[
    "head", "line", "comma", "answer", "start", "gap", "text", "dot", "dot_space", "need1", "need2", "need3",
    "cite", "cited", "done",
]  # fmt: skip
"""Where in the reply: `start` awaits the space before a sentence, `gap` what comes after it; `needN` is text that lacks N
bytes of a character."""

REFUSAL, LINES, ANSWER = "NONE", "LINES: ", "ANSWER:"
MOST_LINES, MOST_SENTENCES, MOST_CITES, SENTENCE_TOKENS = 5, 3, 2, 60
STRUCTURE = frozenset(REFUSAL + LINES + ANSWER + "0123456789,\n .[]")
"""The characters that a reply has outside its texts."""

NEEDS: tuple[Place, ...] = ("need1", "need2", "need3")
IN_TEXT: tuple[Place, ...] = ("text", "dot", *NEEDS)
COST: dict[Place, int] = {
    "comma": 18, "start": 8, "text": 6, "need1": 7, "need2": 8, "need3": 9, "dot": 5, "dot_space": 4, "cited": 1, "done": 1,
}  # fmt: skip
"""The most tokens that the shortest end takes from a place, the end token included: one character a token."""
HIGHEST_COST = len(LINES) + 17


class Piece(NamedTuple):
    """What a token writes: bytes that complete a character, whole characters, and a character that lacks bytes."""

    lead: int
    text: str
    need: int


class State(NamedTuple):
    """How far a reply is."""

    at: Place = "head"
    written: str = ""
    """Of a fixed word or a number."""
    numbers: int = 0
    """Numbers after LINES, or citations of this sentence."""
    sentence: int = 0
    """Sentences begun."""
    tokens: int = 0
    """Tokens of this sentence's text."""


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
            now = now._replace(at=NEEDS[piece.need - 1]) if now.at in ("text", "dot") else None
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
            return state._replace(at=place)
        if at == "head":
            return _head(state.written + char)
        if at == "line":
            return self._line(state, char)
        if at == "comma":
            return State("line", "", state.numbers + 1) if char == " " else None
        if at == "answer":
            written = state.written + char
            if not ANSWER.startswith(written):
                return None
            return State("start") if written == ANSWER else State("answer", written)
        return self._sentence(state, char)

    def cost(self, state: State) -> int:
        """The most tokens that the shortest end takes from here, the end token included."""
        at = state.at
        if at == "head":
            refusing = REFUSAL.startswith(state.written)
            return len(REFUSAL) + 1 - len(state.written) if refusing else HIGHEST_COST - len(state.written)
        if at == "line":
            return 16 if state.written else 17
        if at == "answer":
            return 8 + len(ANSWER) - len(state.written)
        if at == "gap":
            return 4 if state.numbers < MOST_CITES else 7
        if at == "cite":
            return 2 if state.written else 3
        return COST[at]

    def _line(self, state: State, char: str) -> State | None:
        if self._number(state.written + char):
            return state._replace(written=state.written + char)
        if state.written and char == ",":
            return State("comma", "", state.numbers) if state.numbers < MOST_LINES else None
        return State("answer") if state.written and char == "\n" else None

    def _sentence(self, state: State, char: str) -> State | None:
        """A step between texts."""
        at = state.at
        if at == "start":
            return State("gap", "", MOST_CITES) if char == " " else None
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
            return State("text", "", 0, state.sentence + 1) if more and char.isalnum() else None
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


def _completed(state: State, piece: Piece) -> State | None:
    """The state after the bytes at the token's beginning that complete a character."""
    if state.at not in NEEDS or not piece.lead:
        return None
    left = NEEDS.index(state.at) + 1 - piece.lead
    if left < 0 or (left and (piece.text or piece.need)):
        return None
    return state._replace(at=NEEDS[left - 1] if left else "text")
