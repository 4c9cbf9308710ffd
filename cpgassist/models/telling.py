"""What must be told of Google's health models, MedGemma and MedSigLIP: under which terms their weights may be used."""

from __future__ import annotations

import logging
from functools import cache

TERMS = "https://developers.google.com/health-ai-developer-foundations/terms"

logger = logging.getLogger(__name__)


@cache
def tell_terms() -> None:
    """Logs where the terms stand, once per process; in a program that sets up no log, it goes to stderr."""
    logger.warning("MedGemma and MedSigLIP are used under the Health AI Developer Foundations terms of use: %s", TERMS)


def quiet() -> None:
    """Stops transformers from drawing bars on stderr, where commands draw their own or none."""
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
