"""Replies that cite lines: whatever the model's numbers are, they have the shape, cite shown lines, and end in their budget."""

import re
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from cpgassist.models.local import load
from cpgassist.models.local.constraint import CitingProcessor, as_piece, table_of
from cpgassist.models.local.grammar import SENTENCE_TOKENS, Piece, ReplyGrammar, State
from cpgassist.settings import Settings
from cpgassist.types import Prompt
from tests.models.tiny_chat import one_thread, tiny_chat

NUMBER = r"[1-9]\d*"
SENTENCE = rf" [^\[\n]*\w[^\[\n]*\.(?: \[{NUMBER}\]){{1,2}}"
REPLY = re.compile(rf"NONE|LINES: {NUMBER}(?:, {NUMBER}){{0,4}}\nANSWER:(?:{SENTENCE}){{1,3}}")
CITED = re.compile(rf"\[({NUMBER})\]|(?:LINES: |, )({NUMBER})(?=[,\n])")
KINDS = ("gemma3-text", "llama")


@pytest.fixture(scope="module", autouse=True)
def _calm():
    with one_thread():
        yield


@cache
def tokens(kind):
    tokenizer = AutoTokenizer.from_pretrained(tiny_chat(kind), local_files_only=True)
    turn = tokenizer.convert_tokens_to_ids("<|eot_id|>" if kind == "llama" else "<end_of_turn>")
    return tokenizer, table_of(tokenizer), (tokenizer.eos_token_id, turn)


def written(kind, lines, budget, scores):
    """Tokens and text that follow a source of scores under the constraint."""
    tokenizer, table, ends = tokens(kind)
    processor, ids = CitingProcessor(table, lines, budget, ends), [7]
    for _ in range(budget):
        masked = processor(torch.tensor([ids]), scores(len(table.pieces) + 3))
        ids.append(int(masked.argmax(-1)))
        if ids[-1] in ends:
            return ids[1:-1], tokenizer.decode(ids[1:-1])
    raise AssertionError(f"no end within {budget}: {tokenizer.decode(ids[1:])!r}")


def check(text, lines):
    assert REPLY.fullmatch(text), text
    assert all(1 <= int(one or other) <= lines for one, other in CITED.findall(text)), text
    assert len(text.splitlines()) == (1 if text == "NONE" else 2)


@pytest.mark.parametrize("kind", ("gemma3", "gemma3-text", "llama"))
def test_70_of_70_sampled_replies_parse_and_cite_shown_lines(kind):
    model = load(Settings(model=str(tiny_chat(kind)), model_device="cpu", model_dtype="float32"))
    answers = 0
    for seed in range(70):
        lines, budget = (3, 1, 12, 40)[seed % 4], (30, 50, 90)[seed % 3]
        prompt = Prompt("", ("Lines.",), max_new_tokens=budget, cites=lines, temperature=1.0, seed=seed)
        made = model.generate(prompt)
        assert made.finish == "stop"
        check(made.text, lines)
        answers += made.text != "NONE"
    assert answers > 10


@given(st.integers(1, 120), st.integers(5, 260), st.integers(0, 2**31), st.sampled_from(KINDS), st.floats(0.5, 40))
@settings(max_examples=60, deadline=None)
def test_any_scores_give_a_reply_within_any_budget(lines, budget, seed, kind, lean):
    """`lean` makes the model favour answering over refusing."""
    _, table, _ = tokens(kind)
    generator = torch.Generator().manual_seed(seed)
    answering = torch.zeros(len(table.pieces) + 3)
    for number, piece in enumerate(table.pieces):
        if piece and piece.text.startswith("L"):
            answering[number] = lean

    def scores(size):
        return torch.randn(1, size, generator=generator) * 4 + answering

    ids, text = written(kind, lines, budget, scores)
    check(text, lines)
    assert len(ids) < budget


@pytest.mark.parametrize("kind", KINDS)
def test_a_sentence_has_at_most_60_tokens(kind):
    _, table, _ = tokens(kind)
    generator = torch.Generator().manual_seed(1)
    unwilling = torch.zeros(len(table.pieces) + 3)
    for number, piece in enumerate(table.pieces):
        if piece and ("." in piece.text or piece.text.startswith("N")):
            unwilling[number] = -100  # it would rather never end, and never refuse
    for _ in range(10):
        ids, text = written(kind, 9, 400, lambda size: torch.randn(1, size, generator=generator) + unwilling)
        check(text, 9)
        state, longest = State(), 0
        for token in ids:
            state = ReplyGrammar(9).advance(state, table.pieces[token])
            longest = max(longest, state.tokens if state.at in ("text", "dot") else 0)
        assert longest == SENTENCE_TOKENS


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_would_write_a_good_reply_is_not_disturbed(kind):
    tokenizer, table, ends = tokens(kind)
    for reply in (
        "NONE",
        "LINES: 2\nANSWER: Offer water with each meal. [2]",
        "LINES: 1, 12\nANSWER: The dose is 6.5 mg, e.g. in the morning. [1] [12] Refer t.d.s. patients. [1] Café 糖尿病患者. [2]",
        "LINES: 3\nANSWER: Give no. 5 of them (at 38 °C); 24 hours. [3]",
    ):
        wanted = [*tokenizer.encode(reply, add_special_tokens=False), ends[1]]
        processor, ids = CitingProcessor(table, 12, 120, ends), [7]
        for token in wanted:
            scores = torch.zeros(1, len(table.pieces) + 3)
            scores[0, token] = 1
            assert int(processor(torch.tensor([ids]), scores).argmax(-1)) == token, tokenizer.decode(ids[1:])
            ids.append(token)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_masks_say_what_the_grammar_says(kind, data):
    """Every token that a mask lets through is one that the grammar takes, and every single character that it takes is let."""
    _, table, ends = tokens(kind)
    grammar, state = ReplyGrammar(12), State()
    processor = CitingProcessor(table, 12, 300, ends)
    for _ in range(data.draw(st.integers(0, 40))):
        processor.state = state
        allowed = (~processor._forbidden(torch.zeros(1, len(table.pieces)))).nonzero().flatten().tolist()
        after = {token: grammar.advance(state, table.pieces[token]) for token in allowed if token not in ends}
        assert None not in after.values()
        if not after:
            break
        for number, piece in enumerate(table.pieces):
            if piece and len(piece.text) == 1 and number not in allowed and state.tokens < SENTENCE_TOKENS - 4:
                assert grammar.advance(state, piece) is None, (state, piece)
        state = after[data.draw(st.sampled_from(sorted(after)))]


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("NONE", True),
        ("NONE ", False),
        ("LINES: 1\nANSWER: A. [1]", True),
        ("LINES: 01\nANSWER: A. [1]", False),
        ("LINES: 1, 2, 3, 4, 5, 6\nANSWER: A. [1]", False),
        ("LINES: 13\nANSWER: A. [1]", False),
        ("LINES: 1\nANSWER: A. [0]", False),
        ("LINES: 1\nANSWER: A [1]", False),
        ("LINES: 1\nANSWER: A. B. [1]", False),
        ("LINES: 1\nANSWER: A. b. [1]", True),
        ("LINES: 1\nANSWER: A 6.5. [1] [2]", True),
        ("LINES: 1\nANSWER: A. [1] [2] [3]", False),
        ("LINES: 1\nANSWER: A. [1] B. [1] C. [1] D. [1]", False),
        ("LINES: 1\nANSWER: A\nB. [1]", False),
        ("LINES: 1\nANSWER: A\u2028B. [1]", False),
        ("LINES: 1\nANSWER: . [1]", False),
        ("LINES: 1\nANSWER:  A. [1]", False),
    ],
)
def test_what_is_a_reply(text, fits):
    grammar, state = ReplyGrammar(12), State()
    for char in text:
        state = state and grammar.step(state, char)
    assert (state is not None and state.at in ("done", "cited")) == fits


def test_bytes_of_characters_become_pieces():
    assert as_piece(b" mg") == Piece(0, " mg", 0)
    assert as_piece("糖".encode()[:2]) == Piece(0, "", 1)
    assert as_piece("糖".encode()[2:]) == Piece(1, "", 0)
    assert as_piece("é".encode()[1:] + b"s " + "糖".encode()[:1]) == Piece(1, "s ", 2)
    assert as_piece(b"\xff") is None
    assert as_piece("\u2028".encode()[:2]) is None


def test_a_tokenizer_that_cannot_be_read_constrains_nothing():
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordPiece({"[UNK]": 0, "lines": 1, "##s": 2, "none": 3}, unk_token="[UNK]"))
    words.pre_tokenizer, words.decoder = pre_tokenizers.Whitespace(), decoders.WordPiece()
    assert table_of(PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]")) is None
