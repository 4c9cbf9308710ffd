"""Vertex AI: the same client with a token that Google renews, and the files of batch prediction.

A dedicated endpoint of Model Garden speaks chat completions; a batch job reads a file of requests and writes one of
answers. The files are only written and read here: whoever runs the job uploads them, photos included.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from cpgassist.errors import InputError, ModelError
from cpgassist.models.servers.chat import CONTEXT, ServerModel
from cpgassist.models.servers.messages import as_messages
from cpgassist.models.servers.replies import Reply
from cpgassist.types import Generated, Prompt

if TYPE_CHECKING:
    from cpgassist.settings import Settings

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_HOST = re.compile(r"[a-z0-9][a-z0-9.-]*", re.IGNORECASE | re.ASCII)
_RESOURCE = re.compile(r"projects/[\w.:-]+/locations/[\w-]+/endpoints/[\w-]+", re.ASCII)
_BATCH = "the batch prediction"


def endpoint_url(dns: str, resource: str) -> str:
    """The base_url of a dedicated endpoint, from its DNS name and "projects/P/locations/L/endpoints/E".

    Raises InputError where one of them is none.
    """
    if not _HOST.fullmatch(dns) or not _RESOURCE.fullmatch(resource):
        raise InputError(
            "That is no dedicated endpoint.",
            'Give its DNS name and its resource name, "projects/P/locations/L/endpoints/E".',
        )
    return f"https://{dns}/v1beta1/{resource}"


def vertex_model(
    settings: Settings, token: Callable[[], str] | None = None, *, vision: bool = True, context: int = CONTEXT
) -> ServerModel:
    """The model behind a Vertex AI endpoint: `base_url` as `endpoint_url` makes it, `model` mostly unset.

    `token` gives a token that is still good, asked before each request; Google's own credentials when unset. An
    endpoint does not tell its `context`. Raises InputError where the settings are not enough, or not allowed.
    """
    return ServerModel(
        settings.base_url,
        settings.model or "",
        seconds=settings.model_seconds,
        key=token or google_token(),
        allow_remote=settings.allow_remote,
        allow_remote_photos=settings.allow_remote_photos,
        vision=vision,
        context=context,
        backend="vertex",
    )


def google_token() -> Callable[[], str]:
    """Tokens of the account that this machine is signed in with, renewed when they run out.

    Nothing is asked of Google before the first token is needed. Raises ModelError where google-auth is not installed,
    and the callable does where there is no account or it cannot be renewed.
    """
    try:
        import google.auth
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request
    except ImportError:
        raise ModelError(
            "Vertex AI needs the google-auth package.", "Run: pip install 'cpgassist[vertex]', or give a token."
        ) from None
    known: list[Any] = []

    def token() -> str:
        try:
            if not known:
                known.append(google.auth.default(scopes=[_SCOPE])[0])
            if not known[0].valid:
                known[0].refresh(Request())
        except GoogleAuthError:
            raise ModelError(
                "This machine is not signed in to Google Cloud, or its sign-in ran out.",
                "Run: gcloud auth application-default login",
            ) from None
        return str(known[0].token)

    return token


def batch_requests(prompts: Iterable[Prompt]) -> Iterator[str]:
    """The lines of a batch prediction's input, one a prompt, photos inside."""
    for prompt in prompts:
        yield json.dumps(_instance(prompt), ensure_ascii=False, separators=(",", ":")) + "\n"


def batch_answers(lines: Iterable[str], prompts: Iterable[Prompt]) -> list[Generated | ModelError]:
    """What a batch prediction's output files say to these prompts, in the prompts' order.

    `lines` are those of all its files, in any order: an answer is known by the request that it repeats. A prompt that
    has none, or whose answer is no whole one, has the ModelError there. Raises InputError for a line that is no answer.
    """
    found: dict[str, Any] = {}
    for number, line in enumerate(lines, 1):
        if line.strip():
            request, answer = _read(line, number)
            found[request] = answer
    return [_answer(found.get(_key(_instance(prompt)))) for prompt in prompts]


def write_batch(path: Path, prompts: Iterable[Prompt]) -> int:
    """Write a batch prediction's input file, readable by this user alone; the number of prompts in it.

    Raises InputError where the file is there already.
    """
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise InputError(f"{path} is there already.", "Name another file.") from None
    number = 0
    with path.open("w", encoding="utf-8") as file:
        for line in batch_requests(prompts):
            file.write(line)
            number += 1
    return number


def _instance(prompt: Prompt) -> dict[str, Any]:
    return {
        "@requestFormat": "chatCompletions",
        "messages": as_messages(prompt),
        "max_tokens": prompt.max_new_tokens,
        "temperature": prompt.temperature,
        "seed": prompt.seed,
    }


def _key(instance: Any) -> str:
    """A request as it is known again; numbers come back as floats."""
    messages = instance.get("messages") if isinstance(instance, Mapping) else None
    limits = [float(instance.get(name) or 0) for name in ("max_tokens", "temperature", "seed")] if messages else []
    return json.dumps([messages, limits], sort_keys=True)


def _read(line: str, number: int) -> tuple[str, Any]:
    try:
        row = json.loads(line)
        return _key(row["instance"]), row.get("prediction", row.get("error"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"Line {number} is no answer of a batch prediction.", "Give the prediction.results files."
        ) from None


def _answer(prediction: Any) -> Generated | ModelError:
    choice = _choice(prediction)
    reply = Reply(_BATCH)
    try:
        if isinstance(choice, str):  # a container that gives the bare text says nothing of how it ended
            choice = {"message": {"content": choice}, "finish_reason": "stop"}
        if isinstance(choice, Mapping) and isinstance(choice.get("message"), Mapping):
            delta = SimpleNamespace(**{str(name): value for name, value in choice["message"].items()})
            part = SimpleNamespace(delta=delta, finish_reason=choice.get("finish_reason"))
            reply.take(SimpleNamespace(choices=[part]))
        made = reply.end()
    except ModelError as error:
        return ModelError(f"No answer: {error.message}", "Ask this prompt again.")
    return Generated(made.text, made.finish, made.thought)


def _choice(prediction: Any) -> Any:
    """The first choice, or the text, of a prediction; containers wrap it in lists and "predictions" in several ways."""
    for _ in range(8):
        if isinstance(prediction, list) and prediction:
            prediction = prediction[0]
        elif isinstance(prediction, Mapping) and "predictions" in prediction:
            prediction = prediction["predictions"]
        elif isinstance(prediction, Mapping) and isinstance(prediction.get("choices"), list):
            prediction = prediction["choices"]
        else:
            break
    return prediction
