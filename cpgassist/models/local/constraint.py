"""Holds a model in this process to the shape that a prompt asks for: all other tokens get no chance.

Our own, for its cost: a few masks per tokenizer, then one look-up a token. llguidance took 8 to 30 ms a token for the same
counted grammar, and still needs the budget of tokens told apart.
"""

from __future__ import annotations

import logging
import re
import weakref
from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from cpgassist.models.local.grammar import (
    COST,
    HIGHEST_COST,
    IN_TEXT,
    MOST_SENTENCES,
    NEEDS,
    SENTENCE_TOKENS,
    START,
    STRUCTURE,
    Piece,
    Place,
    ReplyGrammar,
    Shape,
    after_text,
)

if TYPE_CHECKING:
    import torch

logger = logging.getLogger(__name__)

PLACES: tuple[Place, ...] = get_args(Place)
NOWHERE = -1
KEPT_MASKS = 128
"""Masks kept per tokenizer, a byte a token each: 33 MB for 262,144 tokens."""
SHORTEST = 5
"""Tokens that the refusal and its end may take."""
THINKING_SHARE = 0.75
"""Of the budget, what thoughts may take before they are closed."""
PROBE = "NONE LINES: 1, 23 Ten units of aspart. [1] The HbA1c was 6.5 %, café, 糖尿病. [2] [23]"
_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_MARK = re.compile(r"<\S+>")
_UNSAFE = (b"\xc2", b"\xe2")
"""Beginnings of characters that may be completed to a line break (U+0085, U+2028) by a later token; whole ones may come."""


class TokenTable:
    """What each token of a tokenizer writes, and where it leads from each place in a text."""

    def __init__(self, tokenizer: Any) -> None:
        written = token_bytes(tokenizer)
        self.pieces: list[Piece | None] = [None if one is None else as_piece(one) for one in written]
        self.structure = [
            (number, piece)
            for number, piece in enumerate(self.pieces)
            if piece and piece.text and not piece.lead and not piece.need and STRUCTURE.issuperset(piece.text)
        ]
        """Ids and pieces of tokens that may write what a reply has outside its texts."""
        self.usable = _reads_back(tokenizer, written) and {piece.text for _, piece in self.structure} >= STRUCTURE
        """Whether the tokenizer's tokens were understood, and every structural character is a token of its own, so that no
        reply can get stuck."""
        self.masks: OrderedDict[Any, torch.Tensor] = OrderedDict()

    @cached_property
    def leads(self) -> dict[Place, np.ndarray[Any, np.dtype[np.int8]]]:
        """By place in a text: the place, as an index of PLACES, that each token leads to as text; -1 where it may not come."""
        froms: tuple[Place, ...] = ("cited", "gap", "text", "dot", "dot_space", *NEEDS)
        return {at: np.array([_lead(at, piece) for piece in self.pieces], dtype=np.int8) for at in froms}


_TABLES: weakref.WeakKeyDictionary[Any, TokenTable] = weakref.WeakKeyDictionary()


def table_of(tokenizer: Any) -> TokenTable | None:
    """The tokenizer's table, made once (about 2 s for 262,144 tokens); None, with a warning in the log, where its tokens
    cannot be told apart."""
    if tokenizer not in _TABLES:
        _TABLES[tokenizer] = TokenTable(tokenizer)
        if not _TABLES[tokenizer].usable:
            name = tokenizer.name_or_path or type(tokenizer).__name__
            logger.warning(
                "The tokens of %s cannot be told apart: its replies are not held to a shape, only checked.", name
            )
    table = _TABLES[tokenizer]
    return table if table.usable else None


class CitingProcessor:
    """A logits processor for one generation of one prompt; see ReplyGrammar for what it lets through."""

    def __init__(
        self,
        table: TokenTable,
        shape: Shape,
        lines: int,
        budget: int,
        ends: tuple[int, ...],
        thought: tuple[int, int] | None = None,
    ) -> None:
        """The reply may cite lines 1 to `lines`; `budget` is max_new_tokens; `ends` end the reply; `thought` opens and closes
        a thought, where one is allowed."""
        self.state = self._start = START[shape]
        self._table = table
        self._grammar = ReplyGrammar(lines)
        self._left = budget
        self._ends = ends
        self._thought = thought
        self._thinking = False
        self._thoughts_end = int(budget * (1 - THINKING_SHARE))
        self._seen: int | None = None

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """The scores of shape (1, vocabulary) with those of forbidden tokens at minus infinity."""
        if self._seen is not None and input_ids.shape[1] > self._seen:
            self._take(int(input_ids[0, -1]))
        self._seen = input_ids.shape[1]
        return scores.masked_fill(self._forbidden(scores), float("-inf"))

    def _take(self, token: int) -> None:
        self._left -= 1
        if self._thought and token == self._thought[self._thinking]:
            self._thinking = not self._thinking
            self._thought = self._thought if self._thinking else None
            return
        if self._thinking or token in self._ends:
            return
        piece = self._table.pieces[token]
        state = self._grammar.advance(self.state, piece) if piece is not None else None
        if state is not None:
            self.state = state

    def _forbidden(self, scores: torch.Tensor) -> torch.Tensor:
        """Of shape (vocabulary,): which tokens may not come."""
        size, device = scores.shape[-1], scores.device
        if self._thinking:
            return self._in_thought(size, device)
        text_limit = min(self._left - 1, SENTENCE_TOKENS - self.state.tokens + COST["dot"] - 1, HIGHEST_COST)
        limit = min(self._left - 1, HIGHEST_COST)
        opening = self._thought[0] if self._thought and self.state == self._start else None
        key = (self._grammar.lines, self.state._replace(tokens=0), limit, text_limit, opening, self._ends, size, device)
        masks = self._table.masks
        if key not in masks:
            masks[key] = self._made(limit, text_limit, opening, size).to(device)
            if len(masks) > KEPT_MASKS:
                masks.popitem(last=False)
        masks.move_to_end(key)
        return masks[key]

    def _made(self, limit: int, text_limit: int, opening: int | None, size: int) -> torch.Tensor:
        import torch

        allowed = np.zeros(max(size, len(self._table.pieces)), dtype=bool)
        for place, most in self._text_places(limit, text_limit):
            costs = np.array([COST.get(name, HIGHEST_COST) for name in PLACES] + [HIGHEST_COST + 1])
            leads = self._table.leads[place]
            allowed[: len(leads)] = costs[leads] <= min(most, HIGHEST_COST)
        allowed[self._structural(limit)] = True
        if self._grammar.may_end(self.state):
            allowed[list(self._ends)] = True
        if opening is not None:
            allowed[opening] = True
        return torch.from_numpy(~allowed[:size])

    def _text_places(self, limit: int, text_limit: int) -> list[tuple[Place, int]]:
        """From where in a text the tokens are looked up, with the highest cost they may lead to."""
        at = self.state.at
        if at in IN_TEXT or at == "dot_space":
            return [(at, text_limit)]
        return [(at, limit)] if at in ("cited", "gap") and self.state.sentence < MOST_SENTENCES else []

    def _structural(self, limit: int) -> list[int]:
        """Ids of tokens that write what a reply has outside its texts, or in one that may become the refusal."""
        if self.state.at in NEEDS:
            return []
        in_text = self.state.at in IN_TEXT or self.state.at == "dot_space"
        allowed = []
        for number, piece in self._table.structure:
            if in_text and not self.state.written and "[" not in piece.text:
                continue
            after = self._grammar.advance(self.state, piece)
            if after is None or (after.at in IN_TEXT and not after.written):
                continue
            if self._grammar.cost(after) <= limit:
                allowed.append(number)
        return allowed

    def _in_thought(self, size: int, device: Any) -> torch.Tensor:
        """In a thought all is allowed but the end, until it must be closed to leave room for the reply."""
        import torch

        assert self._thought is not None
        if self._left <= max(self._thoughts_end, HIGHEST_COST + 1):
            forbidden = torch.ones(size, dtype=torch.bool, device=device)
            forbidden[self._thought[1]] = False
        else:
            forbidden = torch.zeros(size, dtype=torch.bool, device=device)
            forbidden[[*self._ends, self._thought[0]]] = True
        return forbidden


def token_bytes(tokenizer: Any) -> list[bytes | None]:
    """What each token writes in the middle of a text, by id; None for tokens that control the model."""
    vocabulary = tokenizer.get_vocab()
    added = tokenizer.added_tokens_decoder
    decoder = str(tokenizer.backend_tokenizer.decoder.__getstate__())
    to_bytes = _from_byte_level if "ByteLevel" in decoder else _from_sentencepiece
    written: list[bytes | None] = [None] * (max(vocabulary.values()) + 1)
    for piece, number in vocabulary.items():
        if number not in added:
            written[number] = to_bytes(piece)
        elif not (added[number].special or _MARK.fullmatch(piece)):  # Gemma adds its line breaks and runs of spaces so
            written[number] = _from_sentencepiece(piece)
    return written


def as_piece(written: bytes) -> Piece | None:
    """A token's bytes as a piece; None where they are no UTF-8 wherever it stands."""
    try:
        return Piece(0, written.decode("utf-8"), 0)
    except UnicodeDecodeError:
        pass
    lead = 0
    while lead < min(3, len(written)) and written[lead] & 0xC0 == 0x80:
        lead += 1
    for cut in range(4):
        body, rest = written[lead : len(written) - cut], written[max(lead, len(written) - cut) :]
        need = _lacking(rest)
        if need is None or rest in _UNSAFE or rest.startswith(b"\xe2\x80"):
            continue
        try:
            return Piece(lead, body.decode("utf-8"), need)
        except UnicodeDecodeError:
            continue
    return None


def _lacking(rest: bytes) -> int | None:
    """How many bytes the character that `rest` begins still lacks, whichever they are; None where it begins none, or where
    some bytes after it are no character; 0 for no byte.

    A decoder may turn all bytes around one that is none into replacement marks, the citation with them.
    """
    if not rest:
        return 0
    for lacks in range(1, 4):
        if all(_is_character(rest + more * lacks) for more in (b"\x80", b"\xbf")):
            return lacks
    return None


def _is_character(written: bytes) -> bool:
    try:
        return len(written.decode("utf-8")) == 1
    except UnicodeDecodeError:
        return False


def _lead(at: Place, piece: Piece | None) -> int:
    """The place that a token leads to as text, as an index of PLACES."""
    place = _text_place(at, piece) if piece is not None else None
    return NOWHERE if place is None else PLACES.index(place)


def _text_place(at: Place, piece: Piece) -> Place | None:
    lead, text, need = piece
    if at in NEEDS:
        left = NEEDS.index(at) + 1 - lead
        if not lead or left < 0 or (left and (text or need)):
            return None
        at = NEEDS[left - 1] if left else "text"
    elif lead:
        return None
    if at == "cited":
        if not text.startswith(" "):
            return None
        at, text = "gap", text[1:]
    if at == "gap" and text:
        if not text[0].isalnum():
            return None
        at, text = "text", text[1:]
    if at == "text" and text and "." not in text:  # most tokens
        if "[" in text or "]" in text or "\ufffd" in text or not text.isprintable():
            return None
        text = ""
    for char in text:
        place = after_text(at, char)
        if place is None:
            return None
        at = place
    if not need:
        return at
    return NEEDS[need - 1] if at in ("text", "dot") else None


def _from_sentencepiece(piece: str) -> bytes:
    byte = _BYTE.fullmatch(piece)
    return bytes([int(byte[1], 16)]) if byte else piece.replace("\u2581", " ").encode("utf-8", "replace")


def _from_byte_level(piece: str) -> bytes:
    return bytes(_BYTE_OF.get(char, 63) for char in piece)


def _byte_alphabet() -> dict[str, int]:
    """The printable characters that stand for the 256 bytes in byte-level vocabularies (GPT-2's encoder.py)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in set(plain)]
    return {chr(byte): byte for byte in plain} | {chr(256 + n): byte for n, byte in enumerate(others)}


_BYTE_OF = _byte_alphabet()


def _reads_back(tokenizer: Any, written: list[bytes | None]) -> bool:
    """Whether the tokens of a probe write the probe as the table has them."""
    ids = tokenizer.encode(PROBE, add_special_tokens=False)
    return b"".join(written[number] or b"" for number in ids).decode("utf-8", "replace").strip() == PROBE
