"""ServerModel: a ChatModel behind any OpenAI-compatible server, vLLM, Ollama, llama.cpp or LM Studio."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, Literal

from cpgassist.errors import CpgassistError, InputError, ModelError
from cpgassist.models.pieces import Pieces
from cpgassist.models.servers import failures
from cpgassist.models.servers.addresses import Address, checked
from cpgassist.models.servers.messages import PHOTO_TOKENS, as_messages, most_tokens
from cpgassist.models.servers.replies import Reply
from cpgassist.types import Generated, ModelInfo, Prompt

if TYPE_CHECKING:
    from openai import OpenAI

    from cpgassist.settings import Settings

CONTEXT = 8192
"""Tokens of prompt and answer where the server does not say."""
_ASKING = 3.0
"""Seconds that a question about the server's models may take."""
_NO_KEY = "Bearer none"
_HEADERS = frozenset(("host", "authorization", "content-type", "content-length", "accept", "connection", "user-agent"))
"""All that is sent; openai adds this machine's system, and whatever OPENAI_ variables hold, to any server."""


class ServerModel:
    """A language model that an OpenAI-compatible server runs; safe to use from several threads.

    A server on another machine needs `allow_remote` and https, and photos `allow_remote_photos` besides. Redirects are
    never followed, and proxies never stand before a server on this machine.
    """

    def __init__(
        self,
        base_url: str | None,
        model: str | None,
        *,
        seconds: float = 120.0,
        key: Callable[[], str] | None = None,
        key_env: str = "",
        allow_remote: bool = False,
        allow_remote_photos: bool = False,
        vision: bool = True,
        context: int | None = None,
        photo_tokens: int = PHOTO_TOKENS,
        gemma: bool | None = None,
        thinks_at_once: bool = False,
        retries: int = 1,
        backend: Literal["openai", "vertex"] = "openai",
    ) -> None:
        """Prepare a model; nothing is sent before it is used.

        `seconds` is the time for a whole answer. `key` gives the key, asked before each request; `key_env` is the
        variable it comes from, for messages. `vision` says whether it may be shown photos; a server does not tell.
        `context` is asked of the server when unset. `gemma` says that it has no system turn; its name tells when
        unset. `thinks_at_once` is for templates that open a thought themselves. `retries` are of requests that failed
        before anything was written. Raises InputError for an address or a name that cannot be used, and ModelError
        where openai is not installed.
        """
        self._address: Address = checked(base_url, allow_remote)
        if model is None:
            raise InputError("No model is named.", "Set model to the name that the server knows it by.")
        self._model, self._backend, self._vision, self._context = model, backend, vision, context
        self._seconds, self._key, self._key_env = seconds, key or _no_key, key_env
        self._photos_allowed = self._address.local or allow_remote_photos
        self._photo_tokens, self._thinks_at_once = photo_tokens, thinks_at_once
        self._gemma = "gemma" in model.lower() if gemma is None else gemma
        self._client = _client(self._address, seconds, retries)
        self._lock = Lock()

    @property
    def info(self) -> ModelInfo:
        """Which model it is and where; the first use asks the server for its context."""
        with self._lock:
            if self._context is None:
                self._context = self._context_said()
            context = self._context or CONTEXT
        name = self._model or self._address.url.partition("//")[2].partition("/")[2]
        return ModelInfo(name, self._backend, self._vision, context, device=self._address.place)

    def count_tokens(self, prompt: Prompt) -> int:
        """At most how many tokens the prompt takes: 272 for each photo unless told otherwise."""
        return most_tokens(prompt, self._photo_tokens)

    def generate(
        self, prompt: Prompt, on_text: Callable[[str], None] | None = None, cancel: Event | None = None
    ) -> Generated:
        """What the model writes; see ChatModel.

        Raises ModelError when the server is not there, refuses, fails, is too slow, or its answer is not whole,
        ModelBusyError when it has too many requests, InputError when the prompt is too long or a photo may not be sent.
        """
        self._check(prompt)
        reply = Reply(self._address.place, on_text, self._thinks_at_once)
        if cancel is not None and cancel.is_set():
            return reply.cancelled()
        request, headers = self._request(prompt), self._authorization()
        with Pieces(self._reading(request, headers), self._seconds, cancel) as made:
            for chunk in self._received(made, bool(prompt.photos)):
                reply.take(chunk)
            return reply.cancelled() if made.cancelled else reply.end()

    def close(self) -> None:
        """Close its connections; nothing can be asked of it afterwards."""
        self._client.close()

    def models(self) -> list[str]:
        """The names of the models that the server has. Raises ModelError when it cannot be asked."""
        with self._failures(False):
            return [name for name, _ in self._listed()]

    def _check(self, prompt: Prompt) -> None:
        if not prompt.photos:
            return
        if not self._vision:
            raise ModelError(f"The model {self._model!r} reads text alone.", "Ask without the photo.")
        if not self._photos_allowed:
            raise InputError(
                f"The model server {self._address.place} is not on this machine, and photos may not be sent there.",
                "Set allow_remote_photos if they may: they are patients' data.",
            )

    def _request(self, prompt: Prompt) -> dict[str, Any]:
        return {
            "model": self._model,
            "messages": as_messages(prompt, self._gemma),
            "max_tokens": prompt.max_new_tokens,
            "temperature": prompt.temperature,
            "seed": prompt.seed,
            "stream": True,
            "stream_options": {"include_usage": True},
        }

    def _authorization(self) -> dict[str, str]:
        key = self._key().strip()
        if not key:
            return {}
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise InputError(
                "The key for the model server holds characters that no key has.",
                f"Correct the environment variable {self._key_env}." if self._key_env else "",
            )
        return {"Authorization": f"Bearer {key}"}

    def _reading(self, request: dict[str, Any], headers: dict[str, str]) -> Callable[[Callable[[Any], None]], None]:
        def work(put: Callable[[Any], None]) -> None:
            with self._client.chat.completions.create(**request, extra_headers=headers) as stream:
                for chunk in stream:
                    put(chunk)

        return work

    def _received(self, made: Pieces[Any], photos: bool) -> Iterator[Any]:
        # Around the stream alone: what `on_text` raises is none of the server's failures.
        with self._failures(photos):
            yield from made

    @contextmanager
    def _failures(self, photos: bool) -> Iterator[None]:
        """Turns what openai raises into our errors; without it as their cause, for it holds the request."""
        import openai

        place = self._address.place
        try:
            yield
        except (TimeoutError, openai.APITimeoutError):
            raise failures.of_time(place, self._seconds) from None
        except openai.NotFoundError:
            raise failures.of_unknown_model(self._model, place, self._known()) from None
        except openai.APIStatusError as error:
            said = str(error.body or error.message)
            raise failures.of_status(error.status_code, said, place, photos, self._key_env) from None
        except openai.APIConnectionError as error:
            raise failures.of_connection(error, place) from None
        except openai.APIError as error:  # told in the stream, after a status of 200
            code = str(error.code)
            status = int(code) if code.isdecimal() else 500
            said = f"{error.message} {code} {error.type}"
            raise failures.of_status(max(400, status), said, place, photos, self._key_env) from None
        except CpgassistError:
            raise
        except Exception:  # what a server sends may break any parser
            raise failures.of_stream(place, "sent a stream that cannot be read") from None

    def _known(self) -> list[str]:
        """The server's models, or none where it does not say."""
        try:
            return [name for name, _ in self._listed()]
        except Exception:
            return []

    def _context_said(self) -> int | None:
        """The context that the server tells, CONTEXT where it does not, None where it did not answer."""
        import openai

        try:
            return next((context for name, context in self._listed() if name == self._model and context), CONTEXT)
        except openai.APIStatusError:
            return CONTEXT
        except Exception:
            return None

    def _listed(self) -> list[tuple[str, int]]:
        """The server's models, each with its context, or 0."""
        asking = self._client.with_options(timeout=_ASKING, max_retries=0)
        found = asking.models.list(extra_headers=self._authorization()).data
        return [(model.id, _context(model)) for model in found or () if isinstance(getattr(model, "id", None), str)]


def server_model(settings: Settings, *, vision: bool = True) -> ServerModel:
    """The model that the settings name, behind base_url. Raises InputError where they are not enough, or not allowed."""
    return ServerModel(
        settings.base_url,
        settings.model,
        seconds=settings.model_seconds,
        key=lambda: os.environ.get(settings.api_key_env, ""),
        key_env=settings.api_key_env,
        allow_remote=settings.allow_remote,
        allow_remote_photos=settings.allow_remote_photos,
        vision=vision,
    )


def _no_key() -> str:
    return ""


def _client(address: Address, seconds: float, retries: int) -> OpenAI:
    try:
        import openai
    except ImportError:
        raise ModelError(
            "Models behind a server need the openai package.", "Run: pip install 'cpgassist[openai]'"
        ) from None
    http = openai.DefaultHttpxClient(
        follow_redirects=False,
        trust_env=not address.local,
        timeout=seconds,
        event_hooks={"request": [_strip]},
    )
    return openai.OpenAI(
        base_url=address.url,
        api_key="none",
        default_headers={"Authorization": _NO_KEY},
        timeout=seconds,
        max_retries=retries,
        http_client=http,
    )


def _strip(request: Any) -> None:
    """Leaves only the headers that a server needs."""
    for name in [name for name in request.headers if name.lower() not in _HEADERS]:
        del request.headers[name]
    if request.headers.get("authorization") == _NO_KEY:
        del request.headers["authorization"]


def _context(model: Any) -> int:
    """The context that a listed model tells: vLLM's max_model_len, LM Studio's, LiteLLM's or OpenRouter's names."""
    for name in ("max_model_len", "context_length", "max_context_length", "context_window"):
        value = getattr(model, name, None)
        if isinstance(value, int) and value > 0:
            return value
    return 0
