"""A search query out of findings and a question: a proposal for cpgassist.imaging.query, with its parts to be measured."""

from __future__ import annotations

import re

from cpgassist.imaging.signs import terms_of
from cpgassist.types.findings import Findings

_ABSENT = re.compile(
    r"^(?:no|not|none|without|absent|free of|tidak|tiada|tanpa|bukan)\b|\b(?:not (?:seen|present|visible)|absent|tidak ada)$",
    re.IGNORECASE,
)
"""What is absent would find the passages on it."""


def positive(findings: Findings) -> tuple[str, ...]:
    """The findings that are there, repeats left out; a part that is absent is cut off one that is."""
    texts = [
        part.strip()
        for item in findings.items
        for part in re.split(r"[,;]\s*(?=(?:no|without|tiada|tidak)\b)", item.text)
    ]
    return tuple(dict.fromkeys(text for text in texts if text and not _ABSENT.search(text)))


def query_of(findings: Findings, question: str) -> str:
    """The question, then what guidelines call the signs, then what is seen and where."""
    seen = positive(findings)
    terms = terms_of((*seen, findings.anatomy, findings.image_type))
    return ". ".join(part for part in (question, ", ".join(terms), *seen, findings.anatomy) if part)
