"""What may be asked at all, checked before any other work."""

from __future__ import annotations

import re

from cpgassist.errors import InputError

LONGEST_QUESTION = 2000
"""Characters; the browser checks the same number (assets/chat.js)."""

IC_NUMBER = re.compile(r"(?<!\d)\d{6}[-\s]?\d{2}[-\s]?\d{4}(?!\d)")
"""A Malaysian identity card number, with or without its hyphens; the browser has the same pattern."""


def checked_question(question: object, may_be_empty: bool = False) -> str:
    """The question without outer blanks; beside the findings of a photo it may be empty.

    Raises InputError, in words for the person who asked and without repeating the question, when it is empty, too
    long or seems to hold an identity card number.
    """
    asked = question.strip() if isinstance(question, str) else ""
    if not asked and not may_be_empty:
        raise InputError("Type a question first.", "Ask about a finding, a test, a drug or a dose.")
    if len(asked) > LONGEST_QUESTION:
        raise InputError(
            f"This question has {len(asked):,} characters; the limit is {LONGEST_QUESTION:,}.",
            "Shorten it to one clinical question.",
        )
    if IC_NUMBER.search(asked):
        raise InputError("This looks like an IC number.", "Remove it before sending.")
    return asked
