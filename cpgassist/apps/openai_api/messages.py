"""What a chat completion request says: the question, the questions before it, photos, findings that wait for a yes."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field

from cpgassist.answering import Turn, condensed, refusal
from cpgassist.apps.openai_api.confirming import Waiting, waiting
from cpgassist.apps.web.questions import checked_question
from cpgassist.conversation import KEPT
from cpgassist.errors import InputError, PhotoError
from cpgassist.imaging.intake import MAX_BYTES, MAX_PHOTOS

MOST_TEXT = 512 * 1024
"""Bytes of a request without its pictures: front ends send the whole chat with each question."""
_DATA = re.compile(r"data:image/[a-z0-9.+-]{1,40};base64,", re.I)


class ImageUrl(BaseModel):
    """Where a picture is: in the address itself."""

    url: str


class Part(BaseModel):
    """A piece of a message."""

    type: str
    text: str | None = None
    image_url: ImageUrl | None = None


class Message(BaseModel):
    """A message; roles other than user and assistant are read over."""

    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """Its text, without pictures."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text" and part.text)
        return self.content or ""


class StreamOptions(BaseModel):
    """What a stream ends with."""

    include_usage: bool = False


class Completion(BaseModel):
    """A chat completion request; whatever else it asks for (temperature, tools, ...) is accepted and has no effect."""

    model: str = "cpgassist"
    messages: Annotated[list[Message], Field(min_length=1, max_length=2000)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None

    @property
    def counts_usage(self) -> bool:
        """Whether a stream ends with usage."""
        return self.stream_options is not None and self.stream_options.include_usage


@dataclass(frozen=True, slots=True)
class Asked:
    """What the last user turn wants."""

    text: str
    turns: tuple[Turn, ...] = ()
    """The questions before it."""
    photos: tuple[bytes, ...] = ()
    waiting: Waiting | None = None
    """Findings that the message before asked to confirm."""


def asked_in(completion: Completion) -> Asked:
    """What is asked. Raises InputError or PhotoError for what cannot be used, before any work."""
    messages = [one for one in completion.messages if one.role in ("user", "assistant")]
    while messages and messages[-1].role != "user":
        messages.pop()
    if not messages:
        raise InputError("There is no message of a user.", "Send the question as the last message, with role user.")
    last, before = messages[-1], messages[:-1]
    photos = _photos(last)
    text = checked_question(last.text, may_be_empty=bool(photos))
    held = waiting(before[-1].text) if before and before[-1].role == "assistant" and not photos else None
    return Asked(text, _turns(before), photos, held)


class Apart:
    """Weighs the pieces of a request as they come, its pictures apart."""

    _BEGIN, _END = b'"data:image', b'"'

    def __init__(self) -> None:
        self._inside = False
        self._rest = b""
        """The end of the last piece, where a picture may begin."""

    def __call__(self, piece: bytes) -> int:
        """Bytes of the piece that are outside pictures."""
        weight, piece = -len(self._rest), self._rest + piece
        self._rest = b""
        while piece:
            mark = self._END if self._inside else self._BEGIN
            before, found, piece = piece.partition(mark)
            if not self._inside:
                weight += len(before)
                if not found:
                    self._rest = before[-len(mark) + 1 :]
            self._inside ^= bool(found)
        return weight


def _turns(before: list[Message]) -> tuple[Turn, ...]:
    """The questions of a chat, as Conversation remembers them: those that were refused are not among them."""
    turns: tuple[Turn, ...] = ()
    for said, message in zip([None, *before], before, strict=False):
        if message.role != "user" or (said is not None and _confirms(said, message)):
            continue
        try:
            question = checked_question(message.text)
        except InputError:
            continue
        if refusal(question) is None:
            turns = (*turns, Turn(question, condensed(question, turns)))[-KEPT:]
    return turns


def _confirms(said: Message, reply: Message) -> bool:
    """Whether a reply is about findings, and no question."""
    waits = waiting(said.text) if said.role == "assistant" else None
    return waits is not None and not reply.text.rstrip().endswith("?")


def _photos(message: Message) -> tuple[bytes, ...]:
    parts = message.content if isinstance(message.content, list) else []
    if any(part.type not in ("text", "image_url") for part in parts):
        raise InputError("Only text and pictures are understood.", "Type the question.")
    urls = [part.image_url.url if part.image_url else "" for part in parts if part.type == "image_url"]
    if len(urls) > MAX_PHOTOS:
        raise PhotoError(f"{len(urls)} photos are too many.", f"Choose at most {MAX_PHOTOS}.")
    return tuple(_photo(url) for url in urls)


def _photo(url: str) -> bytes:
    begins = _DATA.match(url)
    if begins is None:
        raise PhotoError("A picture is an address elsewhere, and nothing is fetched.", "Send the picture itself.")
    if (len(url) - begins.end()) * 3 // 4 > MAX_BYTES + 3:
        raise PhotoError(f"A photo is larger than {MAX_BYTES // 1024 // 1024} MB.", "Export it smaller.")
    try:
        return b64decode(url[begins.end() :], validate=True)
    except (Base64Error, ValueError):
        raise PhotoError("A picture is damaged and cannot be read.", "Send it again.") from None
