"""Which guidelines a search is limited to, as the screen sends it and as it is told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cpgassist.apps.language.words import FILTERS
from cpgassist.apps.wording import named
from cpgassist.errors import InputError
from cpgassist.types import EVERYWHERE, GuidelineInfo, Where


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
