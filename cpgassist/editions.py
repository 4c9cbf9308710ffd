"""Which guidelines are older editions of others in the same corpus."""

from __future__ import annotations

from collections.abc import Iterable

from cpgassist.types import GuidelineInfo


def superseded(guidelines: Iterable[GuidelineInfo]) -> dict[str, GuidelineInfo]:
    """Ids of guidelines that a newer edition among these replaces, each with the newest.

    Editions are told by equal titles and publishers; a year must be known for both.
    """
    editions: dict[tuple[str, str], list[GuidelineInfo]] = {}
    for info in guidelines:
        if info.published is not None:
            editions.setdefault((info.title.casefold(), (info.publisher or "").casefold()), []).append(info)
    replaced: dict[str, GuidelineInfo] = {}
    for held in editions.values():
        newest = max(held, key=lambda info: info.published or 0)
        replaced |= {info.id: newest for info in held if (info.published or 0) < (newest.published or 0)}
    return replaced
