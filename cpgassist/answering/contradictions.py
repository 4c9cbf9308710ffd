"""A stated value held against the lines that answer: does one print another value for the same?

Use: `contradicted(premise, lines)` for each premise of a question, where a line is what is shown with its headings and
lead-ins before it, a line break behind each. `Contradiction.remark` stands at the top of the answer. A premise that a
line prints, or allows as a range or limit, is left alone, and so is one that no line can be compared with: silence is
no consent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cpgassist.answering.questions.populations import AXES, apart, printed_for
from cpgassist.answering.questions.premises import READING, TOLD, WORDS, Premise, before, conditional, is_drug
from cpgassist.answering.support.tokens import tokens
from cpgassist.answering.support.wording import stem
from cpgassist.quantities.measures import STUDIED, Measure, measures, roles
from cpgassist.quantities.numbers import Quantity

__all__ = ["Contradiction", "contradicted"]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A line that prints another value than the premise."""

    premise: Premise
    line: int
    """Index of the line."""
    quantity: Quantity
    printed: str
    """The value as the line prints it."""

    @property
    def remark(self) -> str:
        """What a reader is told, of printed words only."""
        return f"The guideline prints {self.printed}, not {self.premise.printed}."


def contradicted(premise: Premise, lines: Sequence[str]) -> Contradiction | None:
    """The line and value that differ from the premise; None when a line prints or allows it, or none can be compared.

    A line counts when it has the premise's anchors and most of the words that any line has of it.
    """
    held = [_keys(line) for line in lines]
    wanted = [word for word in premise.about if any(word in keys for keys in held)]
    anchors = [word for word in premise.anchors if word in wanted]
    if not wanted or len(anchors) < len(premise.anchors):
        return None
    best: tuple[tuple[float, ...], Contradiction] | None = None
    for i, line in enumerate(lines):
        share = sum(word in held[i] for word in wanted) / len(wanted)
        if share < _SHARE or not all(word in held[i] for word in anchors):
            continue
        for measure in measures(line):
            if not premise.measure.roughly_comparable(measure):
                continue
            if _allows(measure, premise.measure):
                return None
            if STUDIED.search(line) or not _of_the_same(premise, line, measure):
                continue
            order = (premise.quantity.value == measure.quantity.value, share, -i, -measure.start)
            if best is None or order > best[0]:
                best = order, Contradiction(premise, i, measure.quantity, measure.printed)
    return best[1] if best is not None else None


_SHARE = 0.6
"""Share of the premise's words, as far as any line has them, that a line must have to be about the same."""
_ROLED = ("time", "months", "%", "mmHg", "number")
"""Dimensions in which one line prints values for many ends."""


def _of_the_same(premise: Premise, line: str, measure: Measure) -> bool:
    """Whether a line's value is said of the premise's thing, for the same end, people and circumstances."""
    return (
        _one_role(premise, line, measure)
        and _for_them(premise, line, measure)
        and _holds_then(premise, line)
        and _of_the_drug(premise, line[: measure.start], line[measure.end :])
    )


def _of_the_drug(premise: Premise, before: str, behind: str) -> bool:
    """Whether the drug named nearest before the value is the premise's; behind it where none stands before."""
    drugs = {word for word in premise.anchors if is_drug(word)} or set(premise.anchors)
    for words in (reversed(WORDS.findall(before)), iter(WORDS.findall(behind))):
        for word in words:
            if stem(word) in drugs:
                return True
            if is_drug(word):
                return False
    return True


def _holds_then(premise: Premise, line: str) -> bool:
    """Whether the line is for the weight or reading that the question gives, as far as it names one."""
    printed = measures(line)
    for given in premise.where:
        there = [one for one in printed if one.comparable(given) and conditional(one)]
        if there and not any(one.meets(given) for one in there):
            return False
    return True


def _for_them(premise: Premise, line: str, measure: Measure) -> bool:
    """Whether the line is for those asked about: not for others, nor for some whom the question does not name."""
    printed = [one for one in printed_for(line) if not (one.numeric and one.printed.endswith(measure.printed))]
    if any(apart(printed, premise.people, axis) for axis in AXES):
        return False
    given = {one.axis for one in premise.people}
    return all(one.axis in given or one.value in ("adult", "age", "men", "women") for one in printed)


def _keys(line: str) -> frozenset[str]:
    return frozenset(token.key for token in tokens(line).tokens if isinstance(token.key, str))


def _allows(printed: Measure, stated: Measure) -> bool:
    if printed.equals(stated) or printed.same_digits(stated):
        return True
    if stated.bounded and printed.bounded:
        return not _same_side(printed, stated)
    return printed.meets(stated)


def _same_side(one: Measure, other: Measure) -> bool:
    return all((a.low is None) == (b.low is None) for a, b in zip(one.spans, other.spans, strict=True))


def _one_role(premise: Premise, line: str, measure: Measure) -> bool:
    """Whether the line's value may be for the end that the premise's is for."""
    there = roles(line, measure)
    told = there & TOLD
    dimension = premise.measure.dimension
    if dimension == "number" and not READING.search(line[: measure.start]):
        return False
    if dimension in ("number", "%") and not (premise.roles & told or premise.beside & before(line, measure)):
        return False
    if premise.roles and told and not premise.roles & told:
        return False
    if dimension in _ROLED and not premise.measure.per:
        return premise.roles <= told if premise.roles else not told or dimension in ("time", "months")
    return not premise.roles or bool(premise.roles & told) or not told
