"""Whether each statement carries the grade printed for it, all of it, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cpgassist.evaluation.structure.extracted import Pages
from cpgassist.evaluation.structure.folding import letters, normal
from cpgassist.evaluation.structure.tally import Miss, Tally
from cpgassist.evaluation.structure.truth import GradeTruth

_FILLERS = {
    *("recommendation", "recommendations", "certainty", "quality", "evidence"),
    *("of", "the", "grade", "level", "strength"),
}
"""Words that name what is graded, and no grade."""


def score_grades(rows: Iterable[GradeTruth], pages: Pages, tally: Tally) -> None:
    """Count the grades. A statement that stands in passages of several grades is wrong."""
    for row in rows:
        statement = letters(row.statement)
        holding = [passage for passage in pages.at(row.file, row.page) if statement in passage.folded]
        grades = [passage.grade for passage in holding if letters(passage.grade)]
        if row.grade is None or not letters(row.grade):
            _score_ungraded(row, bool(holding), grades, tally)
            continue
        exact = {letters(grade) for grade in grades} == {letters(row.grade)}
        loose = bool(grades) and all(_words(grade) == _words(row.grade) for grade in grades)
        tally.add("grade: statement found in a passage", bool(holding))
        tally.add("grade: attached exactly as printed", exact)
        tally.add("grade: attached, filler words and order aside", exact or loose)
        tally.add("grade: wrong grade attached (rate, lower is better)", bool(grades) and not (exact or loose))
        if not (exact or loose):
            found = " & ".join(sorted(set(grades))) or ("no grade" if holding else "not found")
            tally.misses.append(Miss("grade", row.file, row.page, f"{row.statement} -> {row.grade}", found))


def _score_ungraded(row: GradeTruth, found: bool, grades: list[str], tally: Tally) -> None:
    tally.add("grade: no false grade on ungraded statements", found and not grades)
    tally.add("grade: false attachments (rate, lower is better)", bool(grades))
    if grades:
        tally.misses.append(Miss("false grade", row.file, row.page, row.statement, " & ".join(sorted(set(grades)))))


def _words(grade: str) -> list[str]:
    said = normal(grade).lower().replace("low-quality", "low quality")
    return sorted(word for word in re.findall(r"[a-z0-9]+", said) if word not in _FILLERS)
