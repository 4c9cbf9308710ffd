"""Whether a line is printed for the patient that is asked about, and what to ask when the lines differ by the patient.

Use: `remarks(question, text)` for each statement, where the text is its headings, its lead-ins and then its line, joined
by line breaks; the remarks stand beside that line, which is shown all the same. `clarifying(question, texts)` over all
statements of the answer gives short questions to offer below it. Both say what is printed and what is asked, and draw
no conclusion; where either is uncertain they are silent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cpgassist.answering.populations import AXES, Condition, apart, asked, printed_for

__all__ = ["clarifying", "remarks"]

MOST = 3
"""Questions offered for one answer."""
_MANY = {
    "newborn": "newborns",
    "infant": "infants",
    "child": "children",
    "adolescent": "adolescents",
    "adult": "adults",
    "older": "older people",
    "pregnant": "pregnancy",
    "not pregnant": "patients who are not pregnant",
    "kidney impairment": "kidney impairment",
    "normal kidneys": "normal kidney function",
    "dialysis": "dialysis",
    "no dialysis": "patients who are not on dialysis",
    "liver impairment": "liver impairment",
    "normal liver": "normal liver function",
    "breastfeeding": "breastfeeding",
    "HIV": "HIV",
    "no HIV": "patients without HIV",
}
_ONE = {
    "newborn": "a newborn",
    "infant": "an infant",
    "child": "a child",
    "adolescent": "an adolescent",
    "adult": "an adult",
    "older": "an older person",
    "men": "a man",
    "women": "a woman",
    "pregnant": "pregnancy",
    "dialysis": "dialysis",
    "not pregnant": "a patient who is not pregnant",
    "inpatients": "an inpatient",
    "outpatients": "an outpatient",
    "not allergic": "a patient without an allergy",
    "immunocompromised": "an immunocompromised patient",
    "immunocompetent": "an immunocompetent patient",
    "no HIV": "a patient without HIV",
    "HIV": "HIV",
    "not breastfeeding": "a patient who is not breastfeeding",
}
_CHIP = {
    "newborn": "Newborn?",
    "infant": "Infant?",
    "child": "Child?",
    "adolescent": "Adolescent?",
    "adult": "Adult?",
    "older": "Older person?",
    "pregnant": "Pregnant?",
    "not pregnant": "Pregnant?",
    "kidney impairment": "Kidney impairment?",
    "normal kidneys": "Kidney impairment?",
    "clearance": "eGFR?",
    "dialysis": "On dialysis?",
    "no dialysis": "On dialysis?",
    "liver impairment": "Liver impairment?",
    "normal liver": "Liver impairment?",
    "breastfeeding": "Breastfeeding?",
    "immunocompromised": "Immunocompromised?",
    "immunocompetent": "Immunocompromised?",
    "HIV": "HIV?",
    "no HIV": "HIV?",
    "men": "Man or woman?",
    "women": "Man or woman?",
    "inpatients": "Inpatient?",
    "outpatients": "Inpatient?",
}
_AGE = re.compile(r"(\d{1,3})(?:[\s-]*(year|month|week|day)s?)?", re.IGNORECASE)
_CHILDHOOD = 18 * 12
"""Months."""


def remarks(question: str, text: str) -> tuple[str, ...]:
    """What a reader must know of a line that is printed for other patients than the one asked about.

    `text` is the line with what it stands under, a line break behind each part. Empty when nothing is certain.
    """
    theirs, ours = printed_for(text), asked(question)
    said = (_remark(axis, theirs, ours) for axis in AXES)
    return tuple(dict.fromkeys(remark for remark in said if remark))[:2]


def clarifying(question: str, lines: Sequence[str]) -> tuple[str, ...]:
    """Up to three short questions on what the lines differ by and the question does not give; () when there is none."""
    ours = {condition.axis for condition in asked(question)}
    each = [printed_for(line) for line in lines]
    chips = (_chip(axis, each) for axis in AXES if axis not in ours)
    return tuple(dict.fromkeys(chip for chip in chips if chip))[:MOST]


def _remark(axis: str, theirs: Sequence[Condition], ours: Sequence[Condition]) -> str:
    printed = [condition for condition in theirs if condition.axis == axis]
    given = [condition for condition in ours if condition.axis == axis]
    if not apart(printed, given, axis):
        return ""
    whom = " and ".join(dict.fromkeys(_printed_label(condition) for condition in printed))
    if given[0].value == "clearance":
        return f"Printed for {whom}; the question gives {given[0].printed}."
    return f"Printed for {whom}; the question is about {_asked_label(given[0])}."


def _printed_label(condition: Condition) -> str:
    if condition.value == "age":
        return f"age {condition.printed}"
    if condition.value == "clearance":
        return condition.printed
    if condition.value == "allergic":
        return f"allergy to {condition.printed}"
    if condition.value == "not allergic":
        return "patients without an allergy"
    return _MANY.get(condition.value, f"{condition.value}{'' if condition.value.endswith(('n', 's')) else ' patients'}")


def _asked_label(condition: Condition) -> str:
    if condition.value == "age":
        return _aged(condition.printed)
    if condition.value == "allergic":
        return f"allergy to {condition.printed}"
    if condition.axis in ("pregnancy", "lactation") and condition.printed in ("man", "child"):
        return f"a {condition.printed}"
    return _ONE.get(condition.value, _MANY.get(condition.value, condition.value))


def _aged(printed: str) -> str:
    """A stated age as a person: "8-year" and "8 years" -> "an 8-year-old"; a bound or range stays as it was said."""
    match = _AGE.fullmatch(printed)
    if match is None:
        return f"age {printed}"
    article = "an" if match[1] in ("11", "18") or match[1].startswith("8") else "a"
    return f"{article} {match[1]}-{match[2] or 'year'}-old"


def _chip(axis: str, each: Sequence[Sequence[Condition]]) -> str:
    """The question on one axis, where one line is printed for other patients than another line."""
    on_axis = [[condition for condition in conditions if condition.axis == axis] for conditions in each]
    kinds = {tuple(sorted((one.value, one.printed.lower() if one.numeric else "") for one in own)) for own in on_axis}
    if len(kinds) < 2:
        return ""
    told = [condition for own in on_axis for condition in own]
    told.sort(key=lambda one: (one.axis == "age" and not _young(one), not one.numeric))
    return _worded(told[0])


def _young(condition: Condition) -> bool:
    return condition.span is not None and condition.span.high is not None and condition.span.high <= _CHILDHOOD


def _worded(condition: Condition) -> str:
    if condition.value == "age":
        return f"{'Child' if _young(condition) else 'Age'} {condition.printed}?"
    if condition.axis == "allergy":
        return f"Allergic to {condition.printed}?" if condition.value == "allergic" else "Any allergy?"
    return _CHIP[condition.value]
