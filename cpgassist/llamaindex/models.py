"""Language models with llama-index's sockets, both ways: our ChatModel as their LLM, and any LLM as our ChatModel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping, Sequence
from io import BytesIO
from threading import Event
from types import SimpleNamespace
from typing import Annotated, Any, TypeVar

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseAsyncGen,
    CompletionResponseGen,
    ImageBlock,
    LLMMetadata,
    MessageRole,
    TextBlock,
    ThinkingBlock,
)
from llama_index.core.bridge.pydantic import Field, PlainSerializer, PrivateAttr
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.custom import CustomLLM
from llama_index.core.llms.llm import LLM

from cpgassist.errors import CpgassistError, InputError, ModelError, PhotoError
from cpgassist.models.pieces import Pieces
from cpgassist.models.servers.messages import PHOTO_TOKENS, clean, most_tokens
from cpgassist.models.servers.replies import Reply
from cpgassist.protocols import ChatModel
from cpgassist.types import Generated, ModelInfo, Photo, Prompt

R = TypeVar("R")

PhotoFromBytes = Callable[[bytes], Photo]
"""Turns the bytes of an ImageBlock into a Photo that a model may be shown."""

MAX_PIXELS = 25_000_000
"""Larger pictures are refused before they are unpacked."""

_SYSTEM = (MessageRole.SYSTEM, MessageRole.DEVELOPER)
_SPEAKERS = {MessageRole.ASSISTANT: "Assistant", MessageRole.CHATBOT: "Assistant", MessageRole.MODEL: "Assistant"}
_SPEAKERS |= {MessageRole.TOOL: "Tool", MessageRole.FUNCTION: "Tool"}


def plain_photo(content: bytes) -> Photo:
    """A PNG, JPEG or WebP picture of 8 bits in RGB as a Photo, upright and without metadata.

    Raises PhotoError for any other picture; it wants a conversion that is told to the reader.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as image:
            if image.width * image.height > MAX_PIXELS:
                raise PhotoError("The picture is too large.", f"Give one of at most {MAX_PIXELS:,} pixels.")
            if image.mode != "RGB":
                raise PhotoError("The picture is not RGB of 8 bits.", "Convert it first.")
            upright = ImageOps.exif_transpose(image)
            bare = Image.frombytes("RGB", upright.size, upright.tobytes())
    except PhotoError:
        raise
    except Exception as error:  # Pillow raises many kinds for damaged files
        raise PhotoError("The picture cannot be read.", "Give a PNG, JPEG or WebP file.") from error
    file = BytesIO()
    bare.save(file, "PNG")
    return Photo(file.getvalue(), *bare.size)


# ---- ours for theirs


def _description(model: ChatModel) -> str:
    return f"{model.info.name} ({model.info.backend})"


_AnyChatModel = Annotated[ChatModel, PlainSerializer(_description, return_type=str)]
"""A ChatModel as a field of a llama-index component."""


class GuidelineLLM(CustomLLM):
    """Our ChatModel as a llama-index LLM, images included: `GuidelineLLM(model)`.

    A conversation of several turns becomes one turn that holds them all, for medical models are not made for more.
    Calls take `max_tokens`, `temperature` and `seed`. Thoughts are left out. Pictures are never fetched from a URL.
    """

    chat_model: _AnyChatModel
    max_new_tokens: int = Field(512, ge=1)
    temperature: float = Field(0.0, ge=0)
    thinking: bool = False
    _photo: PhotoFromBytes = PrivateAttr()

    def __init__(self, chat_model: ChatModel, photo_from_bytes: PhotoFromBytes = plain_photo, **options: Any) -> None:
        """Wrap a model; `options` are the fields here and LLM's own."""
        super().__init__(**{**options, "chat_model": chat_model})
        self._photo = photo_from_bytes

    @classmethod
    def class_name(cls) -> str:
        """The component's name in llama-index."""
        return "GuidelineLLM"

    @property
    def metadata(self) -> LLMMetadata:
        """What llama-index plans its prompts by."""
        info = self.chat_model.info
        return LLMMetadata(
            context_window=info.context, num_output=self.max_new_tokens, is_chat_model=True, model_name=info.name
        )

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The model's answer. Raises InputError for blocks that are neither text nor image, and what the model does."""
        made = self.chat_model.generate(self._prompt(messages, kwargs))
        return _chat_response(made.text, None, made)

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """The answer as it is written; closing the generator ends the model's work."""
        return self._stream(self._prompt(messages, kwargs), _chat_response)

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """The model's answer to a text."""
        made = self.chat_model.generate(self._asked("", (prompt,), kwargs))
        return _completion_response(made.text, None, made)

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """The answer to a text as it is written; closing the generator ends the model's work."""
        return self._stream(self._asked("", (prompt,), kwargs), _completion_response)

    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The model's answer, written in another thread."""
        return await asyncio.to_thread(self.chat, messages, **kwargs)

    async def acomplete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """The model's answer to a text, written in another thread."""
        return await asyncio.to_thread(self.complete, prompt, formatted, **kwargs)

    async def astream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseAsyncGen:
        """The answer as it is written in another thread."""
        return _in_thread(self.stream_chat(messages, **kwargs))

    async def astream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseAsyncGen:
        """The answer to a text as it is written in another thread."""
        return _in_thread(self.stream_complete(prompt, formatted, **kwargs))

    def _asked(self, system: str, parts: tuple[str | Photo, ...], options: Mapping[str, Any]) -> Prompt:
        return Prompt(
            system,
            parts,
            max_new_tokens=options.get("max_tokens") or options.get("max_new_tokens") or self.max_new_tokens,
            temperature=options.get("temperature", self.temperature),
            seed=options.get("seed", 0),
            thinking=self.thinking,
        )

    def _prompt(self, messages: Sequence[ChatMessage], options: Mapping[str, Any]) -> Prompt:
        system = "\n".join(message.content or "" for message in messages if message.role in _SYSTEM)
        turns = [message for message in messages if message.role not in _SYSTEM]
        parts: list[str | Photo] = []
        for turn in turns:
            if len(turns) > 1:
                parts.append(f"{_SPEAKERS.get(turn.role, 'User')}:")
            parts.extend(self._parts(turn))
        return self._asked(system, tuple(parts), options)

    def _parts(self, message: ChatMessage) -> Iterator[str | Photo]:
        for block in message.blocks:
            if isinstance(block, TextBlock):
                yield block.text
            elif isinstance(block, ImageBlock):
                yield self._photo(_content(block))
            elif not isinstance(block, ThinkingBlock):
                raise InputError(
                    f"The model reads texts and images, and a message holds a {block.block_type} block.",
                    "Leave it out.",
                )

    def _stream(
        self, prompt: Prompt, respond: Callable[[str, str | None, Generated | None], R]
    ) -> Generator[R, None, None]:
        cancel, text = Event(), ""

        def work(put: Callable[[str | Generated], None]) -> None:
            put(self.chat_model.generate(prompt, put, cancel))

        with Pieces(work) as made:
            try:
                for piece in made:
                    if isinstance(piece, Generated):
                        yield respond(text, "", piece)
                    else:
                        text += piece
                        yield respond(text, piece, None)
            finally:
                cancel.set()


def _content(block: ImageBlock) -> bytes:
    if block.image is None and block.path is None and block.url and not str(block.url).startswith("data:"):
        raise InputError("An image is named by a URL, and nothing is fetched.", "Give its bytes or its path.")
    try:
        content: bytes = block.resolve_image().read()
    except (OSError, ValueError) as error:
        raise PhotoError("An image block cannot be read.", "Give its bytes or its path.") from error
    return content


def _chat_response(text: str, delta: str | None, made: Generated | None) -> ChatResponse:
    message = ChatMessage(text, role=MessageRole.ASSISTANT)
    return ChatResponse(message=message, delta=delta, raw=_raw(made), additional_kwargs=_counted(made))


def _completion_response(text: str, delta: str | None, made: Generated | None) -> CompletionResponse:
    return CompletionResponse(text=text, delta=delta, raw=_raw(made), additional_kwargs=_counted(made))


def _raw(made: Generated | None) -> dict[str, Any] | None:
    """How it ended, where the integrations of OpenAI's servers have it."""
    return None if made is None else {"choices": [{"finish_reason": made.finish}]}


def _counted(made: Generated | None) -> dict[str, Any]:
    """Tokens, by the names that llama-index counts them by."""
    if made is None:
        return {}
    prompt, generated = made.usage.prompt, made.usage.generated
    return {"prompt_tokens": prompt, "completion_tokens": generated, "total_tokens": prompt + generated}


async def _in_thread(responses: Generator[R, None, None]) -> AsyncGenerator[R, None]:
    try:
        while (response := await asyncio.to_thread(next, responses, None)) is not None:
            yield response
    finally:
        responses.close()


# ---- theirs for ours


class LlamaIndexModel:
    """Any llama-index LLM as our ChatModel: `LlamaIndexModel(OpenAILike(..., is_chat_model=True))`.

    Prompts go wherever the LLM sends them, and its own settings hold: give it the budget, temperature and seed, or
    say with `options` how a call takes them.
    """

    def __init__(
        self,
        llm: LLM,
        *,
        vision: bool = False,
        name: str | None = None,
        context: int | None = None,
        seconds: float = 120.0,
        photo_tokens: int = PHOTO_TOKENS,
        options: Callable[[Prompt], Mapping[str, Any]] | None = None,
    ) -> None:
        """Wrap an LLM, with what llama-index does not say of it.

        `vision` says whether it sees images; many integrations drop them silently. `seconds` is the time for a whole
        answer. `options` makes a call's keyword arguments: `lambda prompt: {"max_tokens": prompt.max_new_tokens}`.
        """
        said = llm.metadata
        self.info = ModelInfo(name or said.model_name, "llama-index", vision, context or said.context_window)
        self._llm, self._seconds, self._photo_tokens = llm, seconds, photo_tokens
        self._options = options or _no_options
        self._system_role, self._chats = said.system_role, said.is_chat_model

    def count_tokens(self, prompt: Prompt) -> int:
        """An upper bound of the prompt's tokens: its bytes, and some for each photo."""
        return most_tokens(prompt, self._photo_tokens)

    def generate(
        self, prompt: Prompt, on_text: Callable[[str], None] | None = None, cancel: Event | None = None
    ) -> Generated:
        """What the LLM writes; see ChatModel. Raises ModelError when it fails, takes no photos or is too slow."""
        if prompt.photos and not (self.info.vision and self._chats):
            raise ModelError(
                f"The model {self.info.name!r} reads text alone.",
                "Ask without the photo, or wrap an LLM with is_chat_model=True and say vision=True.",
            )
        reply = Reply(self.info.name, on_text)
        if cancel is not None and cancel.is_set():
            return reply.cancelled()
        with Pieces(self._reading(prompt), self._seconds, cancel) as made:
            for chunk in self._received(made):
                reply.take(chunk)
            return reply.cancelled() if made.cancelled else reply.end()

    def _reading(self, prompt: Prompt) -> Callable[[Callable[[Any], None]], None]:
        def work(put: Callable[[Any], None]) -> None:
            so_far, reason, ends = "", "", False
            for response in self._llm.stream_chat(self._messages(prompt), **self._options(prompt)):
                whole = response.message.content or ""
                # Some integrations give no deltas, and some no whole.
                delta = response.delta if response.delta is not None else whole[len(so_far) :]
                so_far += delta
                told = _finish(response.raw)
                ends, reason = ends or told is not None, told or reason
                put(_chunk(delta, None, response.additional_kwargs))
            # One that passes the server's ends on, and then has none, broke off.
            put(_chunk("", reason if ends else "stop", {}))

        return work

    def _received(self, made: Pieces[Any]) -> Iterator[Any]:
        try:
            yield from made
        except TimeoutError:
            raise ModelError(
                f"The model {self.info.name} gave no complete answer within {self._seconds:g} s.", "Raise `seconds`."
            ) from None
        except CpgassistError:  # where the LLM is one of ours
            raise
        except Exception as error:  # each integration raises its own, often with the request in it
            raise ModelError(
                f"The model {self.info.name} failed ({type(error).__name__}).", "Check the LLM and its connection."
            ) from None

    def _messages(self, prompt: Prompt) -> list[ChatMessage]:
        blocks: list[TextBlock | ImageBlock] = []
        for part in prompt.parts:
            if isinstance(part, str):
                blocks.append(TextBlock(text=clean(part)))
                continue
            if part.label:
                blocks.append(TextBlock(text=f"{clean(part.label)}:"))
            blocks.append(ImageBlock(image=part.png, image_mimetype="image/png"))
        user = ChatMessage(role=MessageRole.USER, blocks=blocks)
        if not prompt.system:
            return [user]
        return [ChatMessage(clean(prompt.system), role=self._system_role), user]


def _no_options(_: Prompt) -> Mapping[str, Any]:
    return {}


def _chunk(text: str, reason: str | None, said: Mapping[str, Any]) -> SimpleNamespace:
    usage = SimpleNamespace(**{name: said.get(name) for name in ("prompt_tokens", "completion_tokens")})
    choice = SimpleNamespace(delta=SimpleNamespace(content=text), finish_reason=reason)
    return SimpleNamespace(choices=[choice], usage=usage)


def _finish(raw: Any) -> str | None:
    """Why it ended, where the integration passes the server's words on; "" not yet, None where it does not."""
    choices = raw.get("choices") if isinstance(raw, Mapping) else getattr(raw, "choices", None)
    if not isinstance(choices, list):
        return None
    first = choices[0] if choices else None
    reason = first.get("finish_reason") if isinstance(first, Mapping) else getattr(first, "finish_reason", None)
    return reason if isinstance(reason, str) else ""
