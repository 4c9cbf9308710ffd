"""Typed quantities of a guideline's text: value, comparator, unit, denominators and how often; nothing is converted.

Two quantities are the same when they say the same in another spelling: "5mg per kg per day" is "5 mg/kg/day", "BD" is
"twice a day", "at least 5" is "≥5". What differs in a digit, a unit, a denominator or a comparator differs: 1 g is not
1000 mg here, 24 h is not a day, an IU is not a unit. "daily" says how often ("every day") and is not a denominator:
"10 mg/kg daily" is an amount per kg and a frequency, "10 mg/kg/day" is an amount per kg per day; "once daily" says
more than "daily" and is not the same.

Why no library: pint reads mg/kg as a number without dimension, so that 5 mg/kg and 5 ppm are one thing, and it is made
to convert; quantulum guesses units with a classifier and knows no dosing ("q8h", "per dose", Malay, Chinese). A wrong
unit harms a patient, so the reading here is a short grammar that gives up instead of guessing: a number whose unit it
does not know is a bare number, and the word behind it stays a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from cpgassist.quantities import phrasing as p
from cpgassist.quantities.phrasing import Comparator
from cpgassist.quantities.units import NUMBER_WORDS, TIMES, abbreviated, unit_named

__all__ = ["Comparator", "Form", "Kind", "Quantity", "quantities"]

Kind = Literal["amount", "percent", "ratio", "frequency", "duration", "age", "reference", "date", "number"]
Form = Literal["value", "range", "pair", "ratio", "spread"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity as printed at `text[start:end]`."""

    kind: Kind
    form: Form
    low: Decimal
    """The value, or the first of two."""
    high: Decimal | None
    """The second value of a range, pair (120/80), ratio (1:10) or spread (3 ± 1)."""
    comparator: Comparator
    unit: str
    """Name of the unit, one for all its spellings; "" for none."""
    per: tuple[str, ...]
    """Denominators in order, as in `("kg", "day")`; one may carry a number, as in `("1.73 m²",)`."""
    label: str
    """What a reference refers to ("level ii-2"); "every" of a frequency that names an interval (every 8 hours)."""
    start: int = field(compare=False)
    end: int = field(compare=False)
    printed: str = field(compare=False)
    grouped: bool = False
    """Whether a dot may group thousands or begin decimals ("1.500"): such a number equals only one printed alike."""

    @property
    def meaning(self) -> tuple[object, ...]:
        """What must agree for two quantities to be the same, as a hashable value."""
        return (self.form, self.low, self.high, self.comparator, self.unit, self.per, self.label, self.grouped)

    @property
    def value(self) -> tuple[object, ...]:
        """The part of the meaning that its digits carry."""
        return (self.form, self.low, self.high, self.grouped)

    def same_as(self, other: Quantity) -> bool:
        """Whether both say the same, however they are spelled."""
        return self.meaning == other.meaning


_COUNTS = {"once": 1, "sekali": 1, "twice": 2, "thrice": 3}
_NEEDS_UNIT = frozenset("zero one half sifar satu enam dua tiga lima setengah separuh".split())
"""Number words that mean something else where no unit follows."""


def quantities(text: str) -> tuple[Quantity, ...]:
    """Every quantity of a text in order, none overlapping; never raises and takes time linear in the text's length."""
    return tuple(_Reader(text).read())


@dataclass(frozen=True, slots=True)
class _Number:
    """A number as read and where it ends."""

    amount: Decimal
    end: int
    grouped: bool = False
    word: str = ""


@dataclass(frozen=True, slots=True)
class _Measure:
    """A unit with its denominators and where they end; the unit is "" where there is none."""

    unit: str
    per: tuple[str, ...]
    end: int

    def __bool__(self) -> bool:
        return bool(self.unit or self.per)

    def agrees(self, other: _Measure) -> bool:
        """Whether both measure in the same."""
        return (self.unit, self.per) == (other.unit, other.per)


class _Reader:
    """Reads one text; `_plain` has the same length, with every sign in one form."""

    def __init__(self, text: str) -> None:
        self._text, self._plain = text, text.translate(p.SIGNS)

    def read(self) -> Iterator[Quantity]:
        """The quantities in order."""
        at = 0
        for start in self._starts():
            quantity = self._quantity(start, at) if start >= at else None
            if quantity is not None:
                at = quantity.end
                yield quantity

    def _starts(self) -> Iterator[int]:
        for piece in p.SCAN.finditer(self._plain):
            start, said = piece.start(), piece[0]
            if not said[0].isalpha() or not said[0].isascii() or said.lower() in p.OPENERS:
                yield start
                if said[0] in "-+":
                    yield start + 1

    def _quantity(self, start: int, floor: int) -> Quantity | None:
        return self._reference(start) or self._date(start) or self._often(start) or self._counted(start, floor)

    def _made(
        self,
        kind: Kind,
        start: int,
        end: int,
        low: Decimal,
        *,
        high: Decimal | None = None,
        form: Form = "value",
        comparator: Comparator = "",
        unit: str = "",
        per: tuple[str, ...] = (),
        label: str = "",
        grouped: bool = False,
    ) -> Quantity:
        printed = self._text[start:end]
        return Quantity(kind, form, low, high, comparator, unit, per, label, start, end, printed, grouped)

    def _reference(self, start: int) -> Quantity | None:
        match = p.REFERENCE.match(self._plain, start)
        if match is None or self._measured(match):
            return None
        label = f"{_singular(match['label'])} {match['name']}" if match["label"] else match[0]
        return self._made("reference", start, match.end(), Decimal(0), label=" ".join(label.lower().split()))

    def _measured(self, reference: re.Match[str]) -> bool:
        """Whether the number is measured in something: "a level 5 mg" names no level."""
        end = reference.end()
        if not reference[0][-1].isalnum() or (reference["name"] or "0")[0].isalpha():
            return False
        return bool(self._measure(end)) or bool(re.match(r"\s?[±×]\s?\d", self._plain[end : end + 6]))

    def _date(self, start: int) -> Quantity | None:
        match = p.DATE.match(self._plain, start)
        if match is None:
            return None
        return self._made("date", start, match.end(), Decimal(0), label=match[0].replace("/", "-"))

    def _often(self, start: int) -> Quantity | None:
        match = p.OFTEN.match(self._plain, start)
        if match is None:
            return None
        if match["short"]:
            return self._abbreviation(match)
        if match["count"]:
            return self._count(match)
        if match["zhcount"]:
            count = NUMBER_WORDS.get(match["zhcount"]) or Decimal(match["zhcount"])
            return self._times(start, match.end(), count, unit_named(match["zhunit"][1]))
        if match["other"]:
            return self._every(start, match.end(), Decimal(2), "day")
        named = match["unit"] or (match["zhevery"] or "")[1:]
        unit = unit_named(named) if named else p.ADVERBS[match["adverb"].lower()]
        return self._every(start, match.end(), Decimal(1), unit)

    def _abbreviation(self, match: re.Match[str]) -> Quantity | None:
        """BD, b.d. and bd, but not Bid; OD and o.d., but not od, which other languages have for a word."""
        spelled = match["short"]
        letters = spelled.replace(".", "").replace(" ", "")
        dotted = "." in spelled
        if not dotted and (letters == "od" or " " in spelled or not (letters.isupper() or letters.islower())):
            return None
        count = abbreviated(letters)
        return self._times(match.start(), match.end(), Decimal(count), "day") if count else None

    def _count(self, match: re.Match[str]) -> Quantity | None:
        count = _COUNTS[match["count"].lower()]
        period, end = self._period(match.end())
        if not period and count == 1:
            return None
        return self._times(match.start(), end, Decimal(count), period)

    def _times(self, start: int, end: int, count: Decimal, period: str) -> Quantity:
        return self._made("frequency", start, end, count, unit="times", per=(period,) if period else ())

    def _every(self, start: int, end: int, count: Decimal, unit: str) -> Quantity:
        return self._made("frequency", start, end, count, unit=unit, label="every")

    def _period(self, at: int) -> tuple[str, int]:
        """The period that a count of times is for, as in "twice a day", and where it ends."""
        match = p.PERIOD.match(self._plain, at)
        if match is None:
            return "", at
        said = next(part for part in match.groups() if part).lower()
        # Indonesian tables write "3x/hr" for three times a day (hari), English ones "/hr" for an hour.
        return ("hr" if said == "hr" else p.ADVERBS.get(said) or unit_named(said)), match.end()

    def _begins(self, start: int) -> bool:
        """Whether a number may begin here: a dash behind a number is no minus, a digit behind a letter no number."""
        plain = self._plain
        if plain[start].isalpha():
            return True
        if plain[start] in "-+" and p.SIGN_BEFORE.search(plain[max(0, start - 2) : start]):
            return False
        return p.DIGITS.match(plain, start) is not None

    def _counted(self, start: int, floor: int) -> Quantity | None:
        first = self._number(start) if self._begins(start) else None
        if first is None:
            return None
        measure = self._measure(first.end)
        if first.word in _NEEDS_UNIT and not measure:
            return None
        form, second, measure = self._second(first, measure, start)
        last = second or first
        high = second.amount if second else None
        grouped = first.grouped or (second is not None and second.grouped)
        every = self._interval(start, floor, last, measure)
        if every is not None:
            begin, end, unit = every
            return self._made(
                "frequency", begin, end, first.amount, high=high, form=form, unit=unit, label="every", grouped=grouped
            )
        comparator, begin, end = self._bound(start, floor, measure)
        if measure.unit == "times":
            period, after = self._period(measure.end)
            measure = _Measure("times", (period,) if period else (), after)
            end = max(end, after)
        kind = self._kind(first, form, measure, begin, end)
        return self._made(
            kind, begin, end, first.amount, high=high, form=form, comparator=comparator,
            unit=measure.unit, per=measure.per, grouped=grouped,
        )  # fmt: skip

    def _kind(self, number: _Number, form: Form, measure: _Measure, begin: int, end: int) -> Kind:
        if measure.unit == "times" and measure.per:
            return "frequency"
        if measure.unit == "%":
            return "percent"
        if measure.unit in TIMES and not measure.per:
            behind = self._plain[max(0, begin - 12) : begin]
            aged = p.AGED.search(behind) or p.OLD.match(self._plain, end) or self._plain[end - 1] == "岁"
            return "age" if aged else "duration"
        if measure:
            return "amount"
        if form == "ratio":
            return "ratio"
        whole = form in ("value", "range") and p.YEAR.match(str(number.amount))
        return "date" if whole else "number"

    def _number(self, at: int) -> _Number | None:
        """The number in digits or letters that begins here."""
        plain = self._plain
        word = p.WORD.match(plain, at)
        if word is not None:
            said = word[0].lower()
            return _Number(NUMBER_WORDS[said], word.end(), word=said)
        if plain[at : at + 1] in ("-", "+"):
            return self._unsigned(at + 1, plain[at] == "-")
        return self._unsigned(at, False)

    def _unsigned(self, at: int, negative: bool) -> _Number | None:
        plain = self._plain
        simple, ten = p.SIMPLE.match(plain, at), p.TEN.match(plain, at)
        if simple is not None:
            over, under = simple[0].split("/")
            return _Number(_signed(_divided(over, under), negative), simple.end())
        if ten is not None:
            return _Number(_signed(_scaled(Decimal(1), ten), negative), ten.end())
        match = p.NUMBER.match(plain, at)
        if match is None:
            return None
        amount, end = _amount(match[0]), match.end()
        mixed = p.AND_SIMPLE.match(plain, end)
        if mixed is not None and match[0].isdigit():
            part = p.SIMPLE.match(plain, mixed.end())
            if part is not None:
                amount, end = amount + _divided(*part[0].split("/")), part.end()
        power = p.POWER.match(plain, end)
        if power is not None:
            amount, end = _scaled(amount, power), power.end()
        return _Number(_signed(amount, negative), end, p.GROUPED.match(match[0]) is not None)

    def _second(self, first: _Number, measure: _Measure, start: int) -> tuple[Form, _Number | None, _Measure]:
        """The second number of a range, pair, ratio or spread, and what both are measured in."""
        plain, end = self._plain, measure.end if measure else first.end
        for form, pattern in (("pair", p.PAIR), ("ratio", p.RATIO), ("spread", p.SPREAD)):
            match = None if measure and form != "spread" else pattern.match(plain, end)
            second = self._unsigned(match.end(), False) if match else None
            if second is not None:
                return form, second, self._measure(second.end)  # type: ignore[return-value]
        match = p.RANGE.match(plain, end)
        if match is None and p.BETWEEN_BEFORE.search(plain[max(0, start - 12) : start]):
            match = p.BETWEEN.match(plain, end)
        second = self._number(match.end()) if match else None
        if second is None:
            return "value", None, measure
        last = self._measure(second.end)
        # "5 mg to 1 g" and "2 tablets to 3" are two quantities; "1-2" and "1 mg-2 mg" are one.
        if (measure and not last.agrees(measure)) or (second.word in _NEEDS_UNIT and not last):
            return "value", None, measure
        # "from 5% in 2015 to 6%" tells no range.
        if last and not measure and p.YEAR.match(str(first.amount)):
            return "value", None, measure
        return "range", second, last

    def _measure(self, at: int) -> _Measure:
        """The unit and the denominators behind a number."""
        unit, end = self._unit(at)
        if unit == "times":
            return _Measure(unit, (), end)
        per: list[str] = []
        while len(per) < 4:
            below, after = self._denominator(end, bool(unit))
            if not below:
                break
            per.append(below)
            end = after
        return _Measure(unit, tuple(per), end)

    def _unit(self, at: int) -> tuple[str, int]:
        """The unit that stands here, and where it ends; "" for none."""
        plain = self._plain
        many = p.MULTIPLIER.match(plain, at)
        if many is not None:
            unit, end = self._unit(many.end())
            return f"{many[1].lower()} {unit}".strip(), end if unit else many.end()
        international = p.INTERNATIONAL.match(plain, at)
        if international is not None:
            return "IU", international.end()
        gap = p.GAP.match(plain, at)
        match = p.UNIT.match(plain, gap.end() if gap else at)
        if match is None:
            return "", at
        unit = unit_named(re.sub(r"\s|deg(?:rees?)?\.?\s(?=[cf](?![a-z]))", "", match[0].replace("degrees ", "°")))
        if unit == "times" and match[0].lower() == "x" and not self._period(match.end())[0]:
            return "", at  # 2 x 500 mg
        end = match.end() if unit else at
        body = p.BODY.match(plain, end) if unit == "kg" else None
        return unit, body.end() if body else end

    def _denominator(self, at: int, measured: bool) -> tuple[str, int]:
        """One denominator, with its number where it has one ("/1.73 m²"), and where it ends; "" for none."""
        plain = self._plain
        inverse = p.INVERSE.match(plain, at) if measured else None
        if inverse is not None:
            return unit_named(inverse[1]), inverse.end()
        slash = p.PER.match(plain, at)
        if slash is None:
            return "", at
        match = p.NUMBER.match(plain, slash.end())
        if match is not None and not measured and slash[0].strip() == "/":
            return "", at  # 120/80 mmHg is a pair
        unit, end = self._unit(match.end() if match else slash.end())
        if match is None:
            return unit, end
        if not unit and (slash[0].strip() == "/" or not match[0][0].isdigit()):
            return "", at
        number = str(_amount(match[0]))
        return (unit if number == "1" and unit else f"{number} {unit}".strip()), end if unit else match.end()

    def _interval(self, start: int, floor: int, last: _Number, measure: _Measure) -> tuple[int, int, str] | None:
        """Begin, end and unit of "every 8 hours", "q8h" or "8-hourly"."""
        adverb = p.INTERVAL.match(self._plain, last.end)
        if adverb is not None and not measure:
            return start, adverb.end(), p.ADVERBS[(adverb[1] or adverb[2]).lower()]
        if measure.unit not in TIMES or measure.per:
            return None
        low = max(floor, start - 12)
        every = p.EVERY_BEFORE.search(self._plain[low:start])
        return None if every is None else (low + every.start(), measure.end, measure.unit)

    def _bound(self, start: int, floor: int, measure: _Measure) -> tuple[Comparator, int, int]:
        """The comparator, where its words begin and where the quantity ends with them."""
        low, end = max(floor, start - p.LOOK_BACK), measure.end
        before = self._plain[low:start]
        match = p.BEFORE.search(before) if _may_bound(before) else None
        if match is not None:
            comparator = next(name for i, (name, _) in enumerate(p.BOUNDS) if match[f"b{i}"])
            # An infusion over 30 minutes takes no more than 30 minutes; "14 days minimum: 77%" bounds the days.
            lasting = match[0].strip().lower() == "over" and measure.unit in TIMES and measure.unit != "year"
            behind = comparator in ("minimum", "maximum") and ":" in match[0] and 0 < low + match.start() - floor <= 1
            if not (lasting or (behind and floor)):
                return comparator, low + match.start(), end
        old = p.OLD.match(self._plain, end) if measure.unit in TIMES else None
        after = p.AFTER.match(self._plain, old.end() if old else end)
        if after is not None:
            return ("≥" if after["more"] else "≤"), start, after.end()
        return "", start, end


def _may_bound(before: str) -> bool:
    """Whether the words before a number end as those of a bound do; cheap, for most numbers have none."""
    before = before.rstrip(" :=\t\n")[-16:]
    if not before or not before[-1].isalpha() or not before[-1].isascii():
        return bool(before)
    return re.split(r"[^A-Za-z]", before)[-1].lower() in p.ENDINGS


def _amount(spelled: str) -> Decimal:
    whole, part = spelled, Decimal(0)
    if spelled[-1] in p.VULGAR:
        whole, part = spelled[:-1].strip() or "0", Decimal(p.VULGAR[spelled[-1]])
    whole = "".join(whole.split()).replace("·", ".")
    if whole.count(".") > 1:  # 1.000.000,5
        whole = whole.replace(".", "").replace(",", ".")
    elif "," in whole:
        thousands = re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", whole)
        whole = whole.replace(",", "" if thousands else ".")
    return Decimal(whole) + part if part else Decimal(whole)


def _divided(over: str, under: str) -> Decimal:
    return round(Decimal(over) / Decimal(under), 8)


def _scaled(amount: Decimal, power: re.Match[str]) -> Decimal:
    sign, digits, exponent = amount.as_tuple()
    shift = int((power[1] or power[2]).translate(p.RAISED))
    return Decimal((sign, digits, int(exponent) + shift))


def _signed(amount: Decimal, negative: bool) -> Decimal:
    return amount.copy_negate() if negative else amount


def _singular(label: str) -> str:
    label = label.lower().rstrip(".")
    if label.endswith("ies"):
        return label[:-3] + "y"
    if label in ("class", "classes"):
        return "class"
    return label.removesuffix("s")
