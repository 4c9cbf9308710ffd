"""Whether a line is printed for the patient that is asked about, and what to ask when the lines differ by the patient.

Use: `remarks(question, text)` for each statement, where the text is its headings, its lead-ins and then its line, joined
by line breaks; the remarks stand beside that line, which is shown all the same. `clarifying(question, texts)` over all
statements of the answer gives short questions to offer below it. Both say what is printed and what is asked, and draw
no conclusion; where either is uncertain they are silent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cpgassist.answering.questions.populations import AXES, Condition, apart, asked, printed_for
from cpgassist.quantities.measures import STUDIED

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
_WIDE = ("adult", "men", "women")
_AGE = re.compile(r"(\d{1,3})(?:[\s-]*(year|month|week|day)s?)?", re.IGNORECASE)
_CHILDHOOD = 18 * 12
"""Months."""
_SAYS_AGE = re.compile(r",? of age\b|\b(?:the )?age[ds]?\b ?(?:of )?", re.IGNORECASE)
"""Words that say again that a bound is one of age."""


def remarks(question: str, text: str) -> tuple[str, ...]:
    """What a reader must know of a line that is printed for other patients than the one asked about.

    `text` is the line with what it stands under, a line break behind each part. Empty when nothing is certain.
    """
    theirs, ours = printed_for(text), asked(question)
    said = (_remark(axis, theirs, ours) for axis in AXES)
    return tuple(dict.fromkeys(remark for remark in said if remark))[:2]


def clarifying(question: str, lines: Sequence[str]) -> tuple[str, ...]:
    """Up to three short questions on what the lines differ by and the question does not give; () when there is none.

    Lines differ by what they name differently, or by what one names itself and another does not; that only a heading
    names someone, or that a line names adults or one sex, tells little, and what studies found tells nothing.
    """
    ours = {condition.axis for condition in asked(question)}
    advice = [line for line in lines if not STUDIED.search(line.rpartition("\n")[2])]
    whole = [printed_for(line) for line in advice]
    own = [printed_for(line.rpartition("\n")[2]) for line in advice]
    chips = (_chip(axis, whole, own) for axis in AXES if axis not in ours)
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
        return f"age {_bound(condition)}"
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


def _bound(condition: Condition) -> str:
    """An age as it is printed, without a second "age": "above the age of 40 years" -> "above 40 years"."""
    return _SAYS_AGE.sub("", condition.printed)


def _chip(axis: str, whole: Sequence[Sequence[Condition]], own: Sequence[Sequence[Condition]]) -> str:
    """The question on one axis, where one line is printed for other patients than another line."""
    each = [[condition for condition in conditions if condition.axis == axis] for conditions in whole]
    kinds = {frozenset((one.value, one.printed.casefold() if one.numeric else "") for one in those) for those in each}
    told = [condition for those in each for condition in those]
    if len(kinds - {frozenset()}) < 2:
        told = [one for those in own for one in those if one.axis == axis and one.value not in _WIDE]
        if len(kinds) < 2 or not told:
            return ""
    told.sort(key=lambda one: (one.axis == "age" and not _young(one), not one.numeric))
    return _worded(told[0])


def _young(condition: Condition) -> bool:
    return condition.span is not None and condition.span.high is not None and condition.span.high <= _CHILDHOOD


def _worded(condition: Condition) -> str:
    if condition.value == "age":
        return f"{'Child' if _young(condition) else 'Age'} {_bound(condition)}?"
    if condition.axis == "allergy":
        return f"Allergic to {condition.printed}?" if condition.value == "allergic" else "Any allergy?"
    return _CHIP[condition.value]
