"""A reading that a question tells ("eGFR is 22") against the ranges that a line is printed for ("eGFR 15 to 29")."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cpgassist.quantities.measures import Measure, Span, measures
from cpgassist.quantities.numbers import Quantity

__all__ = ["Reading", "fit", "readings"]

_LINK = (
    r"(?:is|was|are|of|at|to|now|down|up|score|scores|total|totals|level|levels|value|with"
    r"|ialah|adalah|sebesar|skor|nilai|为|是)"
)
_LABEL = re.compile(rf"([^\W\d_][\w-]*)(?:[\s:=(]+{_LINK}(?!\w)){{0,3}}[\s:=(]*$", re.IGNORECASE)
_NO_LABEL = frozenset(
    "what which a an the and or if is was of at to for in on with than from per least most about dose daily day every".split()
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One value and the word that says of what."""

    label: str
    """Lower case: "egfr", "phq-9"."""
    measure: Measure


def readings(text: str) -> tuple[Reading, ...]:
    """The single values of a question that are told of something."""
    return tuple(one for one in _labelled(text) if not _is_range(_span(one.measure)))


def fit(asked: tuple[Reading, ...], line: str) -> int:
    """1 when the line is printed for a range that holds a reading, -1 when only for ranges that do not, else 0."""
    if not asked:
        return 0
    held = False
    for one in asked:
        ranges = [
            other.measure
            for other in _labelled(line)
            if other.label == one.label and _is_range(_span(other.measure)) and _comparable(one.measure, other.measure)
        ]
        if any(_meets(one.measure, other) for other in ranges):
            return 1
        held = held or bool(ranges)
    return -1 if held else 0


def _labelled(text: str) -> list[Reading]:
    found = []
    for measure in measures(text):
        match = _LABEL.search(text[: measure.start].rstrip(" <>≤≥=~±"))
        if match is not None and len(measure.spans) == 1 and match[1].lower() not in _NO_LABEL:
            found.append(Reading(match[1].lower(), measure))
    return found


def _span(measure: Measure) -> Span:
    return measure.spans[0]


def _is_range(span: Span) -> bool:
    return span.low != span.high


def _comparable(one: Measure, other: Measure) -> bool:
    """A bare number is taken in the unit of the other: "eGFR 22" against "eGFR 15-29 ml/min"."""
    return one.comparable(other) or "" in (one.quantity.unit, other.quantity.unit)


def _meets(one: Measure, other: Measure) -> bool:
    if one.dimension == other.dimension:
        return _span(one).meets(_span(other))
    return _as_printed(one.quantity).meets(_as_printed(other.quantity))


def _as_printed(quantity: Quantity) -> Span:
    """The span of the printed numbers, whatever their unit."""
    if quantity.high is not None:
        return Span(quantity.low, quantity.high)
    strict = quantity.comparator in ("<", ">")
    if quantity.comparator in ("<", "≤"):
        return Span(None, quantity.low, strict)
    if quantity.comparator in (">", "≥"):
        return Span(quantity.low, None, strict)
    return Span(quantity.low, quantity.low)
