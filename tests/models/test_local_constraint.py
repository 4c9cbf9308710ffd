"""Replies that cite lines: whatever the model's numbers are, they have the shape, cite shown lines, and end in their budget."""

import logging
import re
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from cpgassist.models.local import load
from cpgassist.models.local.constraint import CitingProcessor, as_piece, table_of
from cpgassist.models.local.grammar import SENTENCE_TOKENS, START, Piece, ReplyGrammar
from cpgassist.models.reply import is_refusal, read_picks, read_sentences
from cpgassist.settings import Settings
from cpgassist.types import Prompt
from tests.fixtures.trials import trials
from tests.models.tiny_chat import one_thread, tiny_chat

NUMBER = r"[1-9]\d*"
SENTENCE = rf"[^\[\n]*\w[^\[\n]*\.(?: \[{NUMBER}\]){{1,2}}"
FORMS = {
    "lines": re.compile(rf"NONE|LINES: {NUMBER}(?:, {NUMBER}){{0,4}}"),
    "sentences": re.compile(rf"NONE|{SENTENCE}(?: {SENTENCE}){{0,2}}"),
}
SHAPES = tuple(FORMS)
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


def written(kind, shape, lines, budget, scores):
    """Tokens and text that follow a source of scores under the constraint."""
    tokenizer, table, ends = tokens(kind)
    processor, ids = CitingProcessor(table, shape, lines, budget, ends), [7]
    for _ in range(budget):
        masked = processor(torch.tensor([ids]), scores(len(table.pieces) + 3))
        ids.append(int(masked.argmax(-1)))
        if ids[-1] in ends:
            return ids[1:-1], tokenizer.decode(ids[1:-1])
    raise AssertionError(f"no end within {budget}: {tokenizer.decode(ids[1:])!r}")


def check(text, shape, lines):
    """The reply has its shape, and the reader of replies finds the same lines in it, none that was not shown."""
    assert FORMS[shape].fullmatch(text) and len(text.splitlines()) == 1 and "\ufffd" not in text, text
    if shape == "lines":
        assert read_picks(text, lines) == list(dict.fromkeys(map(int, re.findall(r"\d+", text)))), text
        return
    sentences = list(read_sentences([text]))
    assert sentences or is_refusal(text) or is_refusal(text.split(" [")[0]), text
    assert all(one.lines and all(1 <= line <= lines for line in one.lines) for one in sentences), text
    assert all(1 <= int(number) <= lines for number in re.findall(r"\[(\d+)\]", text)), text


def sampled(kind, shape, seeds):
    """How many of the replies sampled at temperature 1 are no refusal; each is checked."""
    model = load(Settings(model=str(tiny_chat(kind)), model_device="cpu", model_dtype="float32"))
    answers = 0
    for seed in seeds:
        lines, budget = (3, 1, 12, 40)[seed % 4], (10, 48, 90)[seed % 3]
        made = model.generate(Prompt("", ("Lines.",), budget, shape, lines, temperature=1.0, seed=seed))
        assert made.finish == "stop"
        check(made.text, shape, lines)
        answers += made.text != "NONE"
    return answers


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ("gemma3", "llama"))  # the slow test below samples every kind
def test_16_of_16_sampled_replies_parse_and_cite_shown_lines(kind, shape):
    assert sampled(kind, shape, range(16)) > 2


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ("gemma3", "gemma3-old", "gemma3-text", "llama"))
def test_200_of_200_sampled_replies_parse_and_cite_shown_lines(kind, shape):
    assert sampled(kind, shape, range(1000, 1200)) > 30


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
@given(st.integers(1, 120), st.integers(5, 260), st.integers(0, 2**31), st.floats(-20, 40))
@settings(max_examples=trials(12))
def test_any_scores_give_a_reply_within_any_budget(kind, shape, lines, budget, seed, lean):
    """`lean` makes the model favour answering over refusing."""
    _, table, _ = tokens(kind)
    generator = torch.Generator().manual_seed(seed)
    answering = torch.zeros(len(table.pieces) + 3)
    for number, piece in enumerate(table.pieces):
        if piece and piece.text.startswith("N"):
            answering[number] = -lean

    def scores(size):
        return torch.randn(1, size, generator=generator) * 4 + answering

    ids, text = written(kind, shape, lines, budget, scores)
    check(text, shape, lines)
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
        random = lambda size: torch.randn(1, size, generator=generator) + unwilling  # noqa: E731
        ids, text = written(kind, "sentences", 9, 400, random)
        check(text, "sentences", 9)
        state, longest = START["sentences"], 0
        for token in ids:
            state = ReplyGrammar(9).advance(state, table.pieces[token])
            longest = max(longest, state.tokens if state.at in ("text", "dot") else 0)
        assert longest == SENTENCE_TOKENS


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_would_write_a_good_reply_is_not_disturbed(kind):
    tokenizer, table, ends = tokens(kind)
    for shape, reply in (
        ("lines", "NONE"),
        ("lines", "LINES: 2"),
        ("lines", "LINES: 1, 12, 3, 4, 11"),
        ("sentences", "NONE"),
        ("sentences", "Offer water with each meal. [2]"),
        ("sentences", "NONE of the lines answers. [1]"),
        ("sentences", "No aspirin. [3] NO more. [4] NONE. [5]"),
        (
            "sentences",
            "The dose is 6.5 mg, e.g. in the morning. [1] [12] Refer t.d.s. patients. [1] Café 糖尿病患者. [2]",
        ),
        ("sentences", "Give no. 5 of them (at 38 °C); 24 hours. [3]"),
    ):
        wanted = [*tokenizer.encode(reply, add_special_tokens=False), ends[1]]
        processor, ids = CitingProcessor(table, shape, 12, 120, ends), [7]
        for token in wanted:
            scores = torch.zeros(1, len(table.pieces) + 3)
            scores[0, token] = 1
            assert int(processor(torch.tensor([ids]), scores).argmax(-1)) == token, tokenizer.decode(ids[1:])
            ids.append(token)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=trials(15))
def test_the_masks_say_what_the_grammar_says(kind, shape, data):
    """Every token that a mask lets through is one that the grammar takes, and every single character that it takes is let."""
    _, table, ends = tokens(kind)
    grammar, state = ReplyGrammar(12), START[shape]
    processor = CitingProcessor(table, shape, 12, 300, ends)
    for _ in range(data.draw(st.integers(0, 40))):
        processor.state = state
        allowed = (~processor._forbidden(torch.zeros(1, len(table.pieces)))).nonzero().flatten().tolist()
        after = {token: grammar.advance(state, table.pieces[token]) for token in allowed if token not in ends}
        assert None not in after.values()
        assert grammar.may_end(state) == (ends[1] in allowed)
        if not after:
            break
        for number, piece in enumerate(table.pieces):
            if piece and len(piece.text) == 1 and number not in allowed and state.tokens < SENTENCE_TOKENS - 4:
                assert grammar.advance(state, piece) is None, (state, piece)
        state = after[data.draw(st.sampled_from(sorted(after)))]


@pytest.mark.parametrize(
    ("shape", "text", "fits"),
    [
        ("lines", "NONE", True),
        ("lines", "NONE ", False),
        ("lines", "", False),
        ("lines", "LINES: 1", True),
        ("lines", "LINES: 12, 1, 3, 4, 5", True),
        ("lines", "LINES: 01", False),
        ("lines", "LINES: 13", False),
        ("lines", "LINES: 0", False),
        ("lines", "LINES: 1,", False),
        ("lines", "LINES: ", False),
        ("lines", "LINES: 1, 2, 3, 4, 5, 6", False),
        ("lines", "LINES: 1 A. [1]", False),
        ("lines", "A. [1]", False),
        ("sentences", "NONE", True),
        ("sentences", "NON", False),
        ("sentences", "NONE. [1]", True),
        ("sentences", "A. [1] NONE", False),
        ("sentences", "", False),
        ("sentences", "LINES: 1", False),
        ("sentences", "A. [1]", True),
        ("sentences", " A. [1]", False),
        ("sentences", "[1]", False),
        ("sentences", "A. [0]", False),
        ("sentences", "A. [13]", False),
        ("sentences", "A [1]", False),
        ("sentences", "A. B. [1]", False),
        ("sentences", "A. b. [1]", True),
        ("sentences", "A 6.5. [1] [2]", True),
        ("sentences", "A. [1] [2] [3]", False),
        ("sentences", "A. [1] B. [1] C. [1]", True),
        ("sentences", "A. [1] B. [1] C. [1] D. [1]", False),
        ("sentences", "A\nB. [1]", False),
        ("sentences", "A\u2028B. [1]", False),
        ("sentences", ". [1]", False),
        ("sentences", "A. [1]  B. [1]", False),
    ],
)
def test_what_is_a_reply(shape, text, fits):
    grammar, state = ReplyGrammar(12), START[shape]
    for char in text:
        state = state and grammar.step(state, char)
    assert (state is not None and grammar.may_end(state)) == fits


def test_bytes_of_characters_become_pieces():
    assert as_piece(b" mg") == Piece(0, " mg", 0)
    assert as_piece("糖".encode()[:2]) == Piece(0, "", 1)
    assert as_piece("糖".encode()[2:]) == Piece(1, "", 0)
    assert as_piece("é".encode()[1:] + b"s " + "糖".encode()[:1]) == Piece(1, "s ", 2)
    for begun in (b"\xff", b"\xc0", b"\xe0", b"\xe0\x80", b"\xed", b"\xf0", b"\xf4", b"\xf5"):
        assert as_piece(begun) is None, "some bytes after it are no character"
    assert as_piece("த".encode()[:2]) == Piece(0, "", 1)
    assert as_piece("\u2028".encode()[:2]) is None


def test_a_tokenizer_that_cannot_be_read_constrains_nothing_and_says_so_once(caplog):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordPiece({"[UNK]": 0, "lines": 1, "##s": 2, "none": 3}, unk_token="[UNK]"))
    words.pre_tokenizer, words.decoder = pre_tokenizers.Whitespace(), decoders.WordPiece()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]")
    with caplog.at_level(logging.WARNING):
        assert table_of(tokenizer) is None and table_of(tokenizer) is None
    (said,) = caplog.messages
    assert "not held to a shape" in said
