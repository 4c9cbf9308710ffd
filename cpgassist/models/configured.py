"""Settings -> the language model they name. One a process: a model fills a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpgassist.errors import InputError
from cpgassist.protocols import ChatModel

if TYPE_CHECKING:
    from cpgassist.settings import Settings


def chat_model(settings: Settings) -> ChatModel | None:
    """The configured language model, loaded; None where code alone picks the lines.

    Raises InputError when a setting is missing or may not be used so, ModelError when the model is missing or cannot be
    run here.
    """
    if settings.model_backend == "extractive":
        return None
    if not settings.model:
        raise InputError(
            f"The backend {settings.model_backend!r} needs a model.",
            "Set CPGASSIST_MODEL: a folder or id for transformers, the server's name of the model otherwise.",
        )
    if settings.model_backend == "transformers":
        from cpgassist.models.local import load

        return load(settings)
    from cpgassist.models.servers import server_model, vertex_model

    return server_model(settings) if settings.model_backend == "openai" else vertex_model(settings)
