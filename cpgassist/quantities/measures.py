"""What of two quantities can be compared, and what each allows: for remarks on differences, never for conversion.

`quantities` reads what is printed and converts nothing. A remark that one place prints another value than a second must
not be made of 1 g against 1000 mg, so spans are compared here on one scale per dimension. No scaled number is shown:
only the printed words are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from cpgassist.quantities.numbers import Quantity, quantities

__all__ = ["DOSED", "STUDIED", "Measure", "Span", "dose_like", "measures", "roles"]

_SCALES: dict[str, dict[str, Decimal]] = {
    "mass": {"pg": Decimal("1e-9"), "ng": Decimal("1e-6"), "microgram": Decimal("1e-3"), "mg": Decimal(1), "g": Decimal(1000)},
    "weight": {"kg": Decimal(1)},
    "volume": {"microlitre": Decimal("1e-3"), "mL": Decimal(1), "cc": Decimal(1), "dL": Decimal(100), "L": Decimal(1000)},
    "substance": {
        "pmol": Decimal("1e-9"), "nmol": Decimal("1e-6"), "micromol": Decimal("1e-3"), "mmol": Decimal(1), "mol": Decimal(1000),
    },
    "units": {"unit": Decimal(1), "IU": Decimal(1), "mIU": Decimal("1e-3"), "MU": Decimal(10**6)},
    "time": {"second": Decimal(1), "minute": Decimal(60), "hour": Decimal(3600), "day": Decimal(86400), "week": Decimal(604800)},
    "months": {"month": Decimal(1), "year": Decimal(12)},
    "length": {"mm": Decimal(1), "cm": Decimal(10), "m": Decimal(1000)},
}  # fmt: skip
"""Units of one dimension; a month is no number of days, so it is a dimension of its own."""
_UNITS = {unit: (dimension, scale) for dimension, units in _SCALES.items() for unit, scale in units.items()}
DOSED = frozenset(
    ("mass", "volume", "units", "tablet", "capsule", "drop", "puff", "spray", "vial", "ampoule", "sachet")
)
"""Dimensions in which a medicine is given."""
_SEPARATED = re.compile(r"mm (Hg)", re.I)
_AGED = re.compile(r"(?<![a-z])(?:aged?|ages|usia|umur|berumur|berusia)\s(?:of\s)?$", re.I)
_BLOOD_PRESSURE = ((Decimal(70), Decimal(260)), (Decimal(30), Decimal(160)))
_OPEN_BELOW, _OPEN_ABOVE = ("<", "≤", "maximum"), (">", "≥", "minimum")

_ROLES = {
    "maximum": r"max(?:imum|imal)?|ceiling|not (?:to )?exceed\w*|no more than|up to|at most|maksim\w+|melebihi|最大|最高|不超过",
    "minimum": r"min(?:imum|imal)?|at least|no less than|sekurang|paling sedikit|最小|最低|至少",
    "start": r"start(?:ing|s|ed)?|initial(?:ly)?|initiat\w+|begin\w*|mula\w*|awal\w*|permulaan|首剂|起始|开始",
    "loading": r"loading|bolus|stat|muatan|负荷",
    "maintenance": r"maintenance|maintain\w*|continu\w+|thereafter|then|followed by|kekal\w*|rumatan|penyelenggaraan|维持",
    "increment": r"increment\w*|increas\w+ by|titrat\w+|adjust\w+|step\w*|naikkan|tingkatkan|增加",
    "reduction": r"reduc\w+|decreas\w+|lower(?:ed|ing)? (?:by|dose)|taper\w*|kurangkan|turunkan|减少|减量",
    "target": r"targets?|goals?|aim\w*|achiev\w+|sasaran|matlamat|目标",
    "threshold": r"threshold\w*|cut-?\s?offs?|defin\w+|diagnos\w+|criteri\w+|ambang|takrif\w*|definisi|阈值|诊断",
    "course": r"course|durations?|treat\w*|total of|tempoh|selama|疗程",
    "interval": r"every|each|intervals?|repeat\w*|follow-?\s?up|monitor\w*|review\w*|re-?assess\w*|re-?check\w*|setiap"
                r"|ulang\w*|每|复查",
    "within": r"within|before|after|prior to|by|dalam tempoh|sebelum|selepas|setelah|之前|之后",
}  # fmt: skip
_ROLE = {
    name: re.compile(rf"(?<![A-Za-z])(?:{pattern})(?![A-Za-z])" if pattern[0].isascii() else pattern, re.I)
    for name, pattern in _ROLES.items()
}
_STOP = re.compile(r"[.;!?。；！？•●\n](?=\s|$)|\|")
_REACH = 70
"""Characters before a value in which a word may say what the value is for."""
_BEHIND = 24

STUDIED = re.compile(
    r"\b(?:95\s?%|CIs?|RR|ORs?|HR|MD|SMD|SD|IQR|RCTs?|trials?|stud(?:y|ies)|cohort|meta-?analys\w+"
    r"|systematic review|participants|subjects|p\s?[=<]|n\s?=|N\s?=|mean|median|prevalence|incidence|sensitivity"
    r"|specificity|likelihood ratio|cost\w*|PHP|RM|USD|Rp|penelitian|studi|kajian|biaya|survey|population of"
    r"|et al|in (?:19|20)\d\d|revisit\w*|follow-?up: |years (?:of )?follow-?up|reported|compared (?:to|with)"
    r"|versus|vs)\b|±|[$€£]",
)  # fmt: skip
"""Words of a line that tells what studies found, not what to do."""


@dataclass(frozen=True, slots=True)
class Span:
    """What a printed value allows; None where it is open."""

    low: Decimal | None
    high: Decimal | None
    strict: bool = False
    """Whether its ends are left out, as in "<30"."""

    def meets(self, other: Span) -> bool:
        """Whether a value exists that both allow."""
        return not (self._below(other) or other._below(self))

    def _below(self, other: Span) -> bool:
        if self.high is None or other.low is None:
            return False
        return self.high < other.low or (self.high == other.low and (self.strict or other.strict))

    @property
    def bounded(self) -> bool:
        """Whether one end is open: a limit rather than a value."""
        return (self.low is None) != (self.high is None)


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity on the scale of its dimension; two spans for a pair such as 120-160/80-105."""

    quantity: Quantity
    dimension: str
    per: tuple[str, ...]
    spans: tuple[Span, ...]
    printed: str
    start: int
    end: int

    def comparable(self, other: Measure) -> bool:
        """Whether both measure the same sort of thing in the same denominators."""
        return self._alike(other) and self.per == other.per

    def roughly_comparable(self, other: Measure) -> bool:
        """As `comparable`, where one may leave out "per day" or "per dose"."""
        one, two = (tuple(p for p in m.per if p not in ("day", "dose")) for m in (self, other))
        return self._alike(other) and one == two and (not self.per or not other.per or self.per[:1] == other.per[:1])

    def _alike(self, other: Measure) -> bool:
        return bool(self.dimension) and self.dimension == other.dimension and len(self.spans) == len(other.spans)

    def equals(self, other: Measure) -> bool:
        """Whether both allow the same."""
        return self.spans == other.spans

    def same_digits(self, other: Measure) -> bool:
        """Whether both print the same numbers, whatever bounds them."""
        return self._ends == other._ends

    def meets(self, other: Measure) -> bool:
        """Whether a value exists that both allow."""
        return all(a.meets(b) for a, b in zip(self.spans, other.spans, strict=True))

    @property
    def bounded(self) -> bool:
        """Whether it is a limit rather than a value."""
        return any(span.bounded for span in self.spans)

    @property
    def _ends(self) -> tuple[frozenset[Decimal], ...]:
        return tuple(frozenset(end for end in (span.low, span.high) if end is not None) for span in self.spans)


def measures(text: str) -> tuple[Measure, ...]:
    """The quantities of a text that can be compared, in order; references, dates and ratios are left out."""
    plain = _SEPARATED.sub(r"mm\1 ", text)  # of the same length, so places in it are places in the text
    return tuple(_joined(text, list(_read(text, plain))))


def dose_like(measure: Measure) -> bool:
    """Whether it is an amount as a medicine is given in, and no concentration."""
    return measure.dimension in DOSED and not set(measure.per) & {"L", "dL", "mL", "minute", "mmol", "1.73 m²"}


def roles(text: str, measure: Measure) -> frozenset[str]:
    """What a value is for, by the words of its clause before it and right behind it: "maximum", "start", "target"."""
    before = text[max(0, measure.start - _REACH) : measure.start]
    stops = [stop.end() for stop in _STOP.finditer(before)]
    before = before[stops[-1] :] if stops else before
    behind = re.split(r"[.,;:|()\n]", text[measure.end : measure.end + _BEHIND])[0]
    said = f"{before} {measure.printed} {behind}"
    return frozenset(name for name, pattern in _ROLE.items() if pattern.search(said))


def _read(text: str, plain: str) -> Iterator[Measure]:
    for quantity in quantities(plain):
        dimension, scale = _dimension(quantity)
        if dimension == "number" and _AGED.search(plain[max(0, quantity.start - 12) : quantity.start]):
            dimension, scale = "age in months", Decimal(12)
        if dimension:
            start, end = quantity.start, quantity.end
            end += text[start:end] != plain[start:end] and plain[end - 1 : end] != " "
            per = () if quantity.kind == "frequency" else quantity.per
            yield Measure(quantity, dimension, per, tuple(_spans(quantity, scale)), text[start:end].strip(), start, end)


def _dimension(quantity: Quantity) -> tuple[str, Decimal]:
    if quantity.kind in ("reference", "date", "ratio") or quantity.form in ("ratio", "spread") or quantity.grouped:
        return "", Decimal(1)
    if quantity.kind == "frequency":
        return _often(quantity)
    if quantity.kind == "number" and quantity.form == "pair" and _is_pressure(quantity):
        return "mmHg", Decimal(1)
    dimension, scale = _UNITS.get(quantity.unit, (quantity.unit or "number", Decimal(1)))
    return (f"age in {dimension}" if quantity.kind == "age" else dimension), scale


def _often(quantity: Quantity) -> tuple[str, Decimal]:
    """How often, on the scale of times per second where the period has a fixed length."""
    period = quantity.unit if quantity.label == "every" else (quantity.per[0] if len(quantity.per) == 1 else "")
    dimension, scale = _UNITS.get(period, ("", Decimal(1)))
    return (f"times in {dimension}", scale) if dimension in ("time", "months") else ("", Decimal(1))


def _is_pressure(quantity: Quantity) -> bool:
    if quantity.high is None:
        return False
    ends = zip((quantity.low, quantity.high), _BLOOD_PRESSURE, strict=True)
    return quantity.low > quantity.high and all(least <= end <= most for end, (least, most) in ends)


def _spans(quantity: Quantity, scale: Decimal) -> Iterator[Span]:
    if quantity.kind == "frequency":
        # Seconds between two doses, so that every 8 hours is three times a day.
        low, high = (
            (None if end is None else end * scale if quantity.label == "every" else scale / end if end else None)
            for end in (quantity.low, quantity.high)
        )
        low = low or Decimal(0)
        yield Span(low, low) if high is None else Span(min(low, high), max(low, high))
        return
    low, high = quantity.low * scale, None if quantity.high is None else quantity.high * scale
    if quantity.form == "pair" and high is not None:
        yield _bounds(low, quantity)
        yield _bounds(high, quantity)
    elif high is not None:
        yield Span(min(low, high), max(low, high))
    else:
        yield _bounds(low, quantity)


def _bounds(value: Decimal, quantity: Quantity) -> Span:
    strict = quantity.comparator in ("<", ">")
    if quantity.comparator in _OPEN_BELOW:
        return Span(None, value, strict)
    return Span(value, None, strict) if quantity.comparator in _OPEN_ABOVE else Span(value, value)


def _joined(text: str, read: list[Measure]) -> Iterator[Measure]:
    """Two ranges with a stroke between them are one pair: 120-160/80-105."""
    at = 0
    while at < len(read):
        one, two = read[at], read[at + 1] if at + 1 < len(read) else None
        if two is not None and _is_pair_of_ranges(text, one, two):
            unit = "mmHg" if two.dimension == "number" else two.dimension
            printed = text[one.start : two.end].strip()
            yield Measure(two.quantity, unit, two.per, (*one.spans, *two.spans), printed, one.start, two.end)
            at += 2
            continue
        yield one
        at += 1


def _is_pair_of_ranges(text: str, one: Measure, two: Measure) -> bool:
    joined = text[one.end : two.start].strip() in ("/", "／")
    ranged = one.quantity.form == "range" and len(two.spans) == 1
    return joined and ranged and one.dimension == "number" and two.dimension in ("number", "mmHg")
