"""What clinicians said of answers, as the admin page shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from cpgassist.apps.admin.html import block, counted, join, note, plot, table, tag, when
from cpgassist.apps.admin.opinions import Opinion
from cpgassist.types import GuidelineInfo

SHOWN = 200
_STYLES = {"helpful": "good", "not helpful": "amber", "unsupported quote": "red"}


def feedback(rows: Sequence[Opinion], guidelines: Mapping[str, GuidelineInfo]) -> str:
    """The feedback, newest first, and its reasons by week."""
    if not rows:
        return block(note("plain", tag("b", "No feedback yet."), "It comes from the thumbs below answers in the chat."))
    verdicts = Counter(row.verdict for row in rows)
    head = (
        f"{counted(len(rows), 'opinion')}: " + ", ".join(f"{number} {said}" for said, number in verdicts.items()) + "."
    )
    about = "Questions are kept as hashes only: two rows with one hash are about one question."
    listed = [
        [
            when(row.at),
            tag("span", row.verdict, class_=f"badge {_STYLES.get(row.verdict, '')}".strip()),
            ", ".join(row.reasons) or "–",
            join(tag("div", f"{_named(guideline, guidelines)}, page {page}") for guideline, page in row.citations)
            or "–",
            tag("code", row.question[:12]),
            join((tag("div", row.index), *(tag("small", model) for model in row.models))),
        ]
        for row in rows[:SHOWN]
    ]
    heads = ("When", "Verdict", "Reasons", "Cited", "Question", "Index and models")
    more = [tag("p", f"… and {len(rows) - SHOWN} older ones.", class_="about")] if len(rows) > SHOWN else []
    drawn = plot(
        "reasons", "Reasons by week", "How often each was given in the last twelve weeks.", f"{len(rows)}-{rows[0].at}"
    )
    return block(
        tag("p", tag("b", head), " ", about, class_="about"), drawn, table(heads, listed, kind="feedback"), *more
    )


def _named(guideline: str, guidelines: Mapping[str, GuidelineInfo]) -> str:
    info = guidelines.get(guideline)
    return info.title if info is not None else guideline
