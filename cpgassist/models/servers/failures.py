"""What went wrong with a server, told with its cause and the next step.

Servers repeat the request in what they say, and the request is a patient's question: their words are only searched for
known causes, never passed on.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterable, Iterator

from cpgassist.errors import CpgassistError, InputError, ModelBusyError, ModelError

_TOO_LONG = re.compile(
    r"context[ _](?:length|size|window)|maximum (?:context|model|input)|max_model_len|too (?:long|many tokens)"
    r"|exceeds? the (?:available|maximum|limit)|prompt is longer",
    re.IGNORECASE,
)
_NO_VISION = re.compile(r"image|vision|visual|multi-?modal|mmproj|picture|content (?:type|part)", re.IGNORECASE)
_SHOWN_MODELS = 20


def of_status(status: int, said: str, place: str, photos: bool, key_env: str) -> CpgassistError:
    """The error for an HTTP status of 300 and above, but 404; `said` is the server's own words, to be searched only."""
    if status < 400:
        return ModelError(
            f"The model server {place} answered with a redirect ({status}), which is never followed: it could lead a "
            "question to another machine.",
            "Set base_url to the address where it is served.",
        )
    if status in (401, 403):
        return ModelError(
            f"The model server {place} refused the key ({status}).",
            f"Put a key that it accepts into the environment variable {key_env}." if key_env else "Sign in again.",
        )
    if status == 429:
        return ModelBusyError(f"The model server {place} has too many requests (429).", "Ask again in a moment.")
    if status == 503:
        return ModelBusyError(
            f"The model server {place} is not ready (503): it may still be loading the model.", "Ask again in a moment."
        )
    if status in (400, 413, 422, 500) and _TOO_LONG.search(said):
        return InputError(
            f"The prompt is longer than the model on {place} can read ({status}).",
            "Serve it with a longer context, or ask with less text.",
        )
    if photos and (status in (400, 415, 422) or (status >= 500 and _NO_VISION.search(said))):
        return ModelError(
            f"The model server {place} refused a request with a photo ({status}): its model reads text alone, or is "
            "served without its part for pictures.",
            "Serve a model that sees (llama.cpp needs its mmproj file), or ask without the photo.",
        )
    if status < 500:
        return ModelError(f"The model server {place} refused the request ({status}).", "Look into the server's log.")
    return ModelError(f"The model server {place} failed ({status}).", "Look into the server's log.")


def of_unknown_model(model: str, place: str, known: Iterable[str]) -> ModelError:
    """The error for a 404: the models that the server does have, or the address is not that of its chat completions."""
    names = [_shown(name) for name in known]
    if model and names and model not in names:
        more = f" and {len(names) - _SHOWN_MODELS} more" if len(names) > _SHOWN_MODELS else ""
        return ModelError(
            f"The model server {place} knows no model {model!r}.",
            f"Set model to one that it has: {', '.join(names[:_SHOWN_MODELS])}{more}.",
        )
    return ModelError(
        f"The model server {place} has no chat completions at base_url (404).",
        'Correct base_url (most servers\' ends in "/v1") or model.',
    )


def of_connection(error: BaseException, place: str) -> ModelError:
    """The error for a connection that was not made, or broke."""
    causes = list(_causes(error))
    if any(isinstance(cause, ConnectionRefusedError) or "refused" in str(cause).lower() for cause in causes):
        return ModelError(f"No model server answers at {place} (connection refused).", "Start it, or correct base_url.")
    if any(isinstance(cause, ssl.SSLError) or "ssl" in str(cause).lower() for cause in causes):
        return ModelError(
            f"The model server {place} could not prove who it is (TLS).",
            "Give it a certificate that this machine trusts, or name its authority in SSL_CERT_FILE.",
        )
    if any(isinstance(cause, socket.gaierror) or "name or service" in str(cause).lower() for cause in causes):
        return ModelError(f"There is no host {place}.", "Correct base_url.")
    return ModelError(f"The connection to the model server {place} broke.", "Look into the server's log.")


def of_time(place: str, seconds: float) -> ModelError:
    """The error for an answer that was not complete in time."""
    return ModelError(
        f"The model server {place} gave no complete answer within {seconds:g} s.",
        "Raise model_seconds, or serve a smaller model.",
    )


def of_stream(place: str, what: str) -> ModelError:
    """The error for a stream that is no answer; `what` says what is wrong with it."""
    return ModelError(f"The model server {place} {what}.", "Look into the server's log.")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _shown(name: str) -> str:
    return "".join(letter for letter in name[:80] if letter.isprintable())
