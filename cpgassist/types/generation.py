"""What a language model is asked and what it gives back, whichever program runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Finish = Literal["stop", "length", "cancelled"]


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that any model may be shown: upright, 8 bits a channel, RGB, without a byte of metadata."""

    png: bytes
    """The picture as a PNG file that holds nothing but pixels."""
    width: int
    height: int
    label: str = ""
    """What it is called in the prompt where there are several: "Before", "After", "Photo 2"."""
    notes: tuple[str, ...] = ()
    """What was done to the picture that a reader must know: "16-bit values were windowed to 8 bits"."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One self-contained turn. Texts are untrusted: a ChatModel makes the special tokens in them harmless."""

    system: str
    parts: tuple[str | Photo, ...]
    """The user's turn, in order; a model that wants photos first puts them first."""
    max_new_tokens: int = 512
    shape: Literal["free", "lines", "sentences"] = "free"
    """What the reply must look like: anything, "LINES: 2, 5", or sentences that each end in "[2]"; "NONE" always may be.
    A model that cannot be held to it just answers."""
    cites: int = 0
    """The highest line number that such a reply may name; 0 where nothing holds it."""
    temperature: float = 0.0
    seed: int = 0
    thinking: bool = False

    @property
    def photos(self) -> tuple[Photo, ...]:
        """The photos of the turn."""
        return tuple(part for part in self.parts if isinstance(part, Photo))


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the model counts them; 0 where a server does not say."""

    prompt: int = 0
    generated: int = 0
    photos: int = 0
    """Tokens of the prompt that are pictures."""


@dataclass(frozen=True, slots=True)
class Generated:
    """What a model wrote, its thoughts apart."""

    text: str
    finish: Finish = "stop"
    """"length" where the budget of tokens ended it, in its thoughts or in the text."""
    thought: str = ""
    """Never shown, never quoted, never indexed."""
    usage: Usage = Usage()
    seconds: Mapping[str, float] = field(default_factory=dict)
    """"waiting" in the queue, "first_token" and "total", from the call on."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model it is, exactly enough to run it again."""

    name: str
    backend: Literal["transformers", "openai", "vertex", "llama-index", "test"]
    vision: bool = False
    context: int = 8192
    """Tokens of prompt and answer together."""
    revision: str = ""
    digest: str = ""
    """sha256 over its files' hashes; "" where a server holds them."""
    dtype: str = ""
    device: str = ""
    image_backend: str = ""
    """Who resizes pictures, "pil" or "torchvision": pixels differ slightly between them."""

    def to_dict(self) -> dict[str, Any]:
        """What is known, for the answer's provenance."""
        return {name: value for name, value in asdict(self).items() if value != ""}
