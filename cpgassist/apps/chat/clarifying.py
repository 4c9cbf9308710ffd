"""What the lines of an answer differ by and the question does not say, as chips that ask for it."""

from __future__ import annotations

import re

from cpgassist.apps.chat.markup import text
from cpgassist.apps.language.malay import said
from cpgassist.apps.language.words import CLARIFY
from cpgassist.types import Answer

_ASKED = {
    "Newborn?": "and in a newborn?",
    "Infant?": "and in an infant?",
    "Child?": "and in a child?",
    "Adolescent?": "and in an adolescent?",
    "Adult?": "and in an adult?",
    "Older person?": "and in an older person?",
    "Pregnant?": "and in pregnancy?",
    "Kidney impairment?": "and with kidney impairment?",
    "On dialysis?": "and on dialysis?",
    "Liver impairment?": "and with liver impairment?",
    "Breastfeeding?": "and while breastfeeding?",
    "Immunocompromised?": "and in an immunocompromised patient?",
    "HIV?": "and in a patient with HIV?",
    "Inpatient?": "and in an inpatient?",
}
_BEGUN = {"eGFR?": "and with an eGFR of ", "Man or woman?": "and in a ", "Any allergy?": "and with an allergy to "}
"""What only the asker can end."""
_PATTERNS = (
    (re.compile(r"Child (.+)\?"), "and in a child {}?"),
    (re.compile(r"Age (.+)\?"), "and at age {}?"),
    (re.compile(r"Allergic to (.+)\?"), "and in a patient allergic to {}?"),
)


def follow_up(chip: str) -> str:
    """What is asked after the question when a chip is tapped; it ends in a blank where the asker must go on."""
    for pattern, asked in _PATTERNS:
        if match := pattern.fullmatch(chip):
            return asked.format(match[1])
    return _ASKED.get(chip) or _BEGUN.get(chip) or f"and {chip[:1].lower()}{chip[1:]}"


def clarify(answer: Answer) -> str:
    """The chips; each holds, hidden, what it asks."""
    if not answer.clarify:
        return ""
    asked = "".join(_chip(one) for one in answer.clarify)
    return (
        f'<section class="clarify"><h3>{CLARIFY["heading"]}</h3><div class="chips">'
        f'<span class="sr">{CLARIFY["hint"]}</span>{asked}</div></section>'
    )


def _chip(one: str) -> str:
    asked = follow_up(one)
    kind = "begins" if asked.endswith(" ") else "asks"
    return f'<button type="button" class="chip {kind}">{text(said(one))}<span class="said" hidden>{text(asked)}</span></button>'
