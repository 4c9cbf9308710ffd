"""What may be asked at all, checked before any other work."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cpgassist.apps.chat.words import FILTERS
from cpgassist.apps.wording import named
from cpgassist.errors import InputError
from cpgassist.types import EVERYWHERE, GuidelineInfo, Where

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
        raise InputError("Type a question first.")
    if len(asked) > LONGEST_QUESTION:
        raise InputError(
            f"This question has {len(asked):,} characters; the limit is {LONGEST_QUESTION:,}.",
            "Shorten it to one clinical question.",
        )
    if IC_NUMBER.search(asked):
        raise InputError("This looks like an IC number.", "Remove it before sending.")
    return asked


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is limited to, as the screen sends it."""

    guidelines: tuple[str, ...] = ()
    """Ids; () for all."""
    year_from: int | None = None
    older: bool = False
    """Whether older editions are searched too."""

    @property
    def where(self) -> Where | None:
        """None for the newest editions of all guidelines."""
        limited = self.guidelines or self.older or self.year_from is not None
        return Where(self.guidelines, self.year_from, superseded=self.older) if limited else None

    def searched(self, known: Mapping[str, GuidelineInfo]) -> tuple[GuidelineInfo, ...]:
        """The guidelines that pass; what another repeats only where it is named. Raises InputError when none does."""
        asked = self.where or EVERYWHERE
        passing = tuple(one for one in known.values() if asked.covers(one) and (not one.same_as or asked.names(one)))
        if known and not passing:
            raise InputError(FILTERS["nothing"], FILTERS["nothing_next"])
        return passing

    def words(self, known: Mapping[str, GuidelineInfo]) -> str:
        """What is left out, in words; "" when nothing is."""
        replaced = any(info.superseded_by for info in known.values()) and not self.guidelines
        said = [named(known[one]) for one in self.guidelines]
        said += [FILTERS["year_from"].format(self.year_from)] if self.year_from is not None else []
        said += [FILTERS["older" if self.older else "current"]] if replaced else []
        said += [FILTERS["copies"]] if any(info.same_as for info in known.values()) and not self.guidelines else []
        return " · ".join(said)


def filters(
    guidelines: Sequence[object] | None, year: object, older: object, known: Mapping[str, GuidelineInfo]
) -> Filters:
    """The filters as a browser sends them: ids, a year or "", and whether older editions are searched too.

    Raises InputError for an id that the index does not hold, and for what is no year.
    """
    ids = tuple(dict.fromkeys(str(one) for one in guidelines or ()))
    if any(one not in known for one in ids):
        raise InputError("One of the chosen guidelines is not in the index.", FILTERS["reload"])
    written = str(year or "")
    if written and not re.fullmatch("(?:19|20|21)[0-9]{2}", written):
        raise InputError(FILTERS["unknown_year"], FILTERS["reload"])
    return Filters(ids, int(written) if written else None, older is True)
