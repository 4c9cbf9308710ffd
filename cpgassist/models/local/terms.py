"""What must be told of MedGemma's weights: under which terms they may be used."""

from __future__ import annotations

import logging
from functools import cache

TERMS = "https://developers.google.com/health-ai-developer-foundations/terms"

logger = logging.getLogger(__name__)


@cache
def tell_terms() -> None:
    """Logs where the terms stand, once per process; in a program that sets up no log, it goes to stderr."""
    logger.warning("MedGemma is used under the Health AI Developer Foundations terms of use: %s", TERMS)
