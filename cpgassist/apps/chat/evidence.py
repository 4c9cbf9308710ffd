"""The evidence behind an answer: each quote above the picture of its page, with the quoted words marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cpgassist.apps.chat.markup import anchor, badges, counted, edition_line, page_address, page_name, text
from cpgassist.types import DRAWN_KINDS, Answer, Box, Citation, Passage, Search

PageSize = Callable[[str, int], tuple[float, float] | None]
"""Width and height in points of a file's page, or None when they cannot be had."""

_MARGIN = 1.0  # points around the words: a mark that touches the letters is hard to read


def evidence(
    turn: int, citations: Sequence[Citation], grades: Mapping[int, str], size: PageSize, *, checked: bool = True
) -> str:
    """Hidden evidence for a turn; the browser shows it in the panel, and loads a page image only then.

    `checked` says whether the quotes were searched for on their pages, so that the result can be shown.
    """
    if not citations:
        return ""
    guidelines = len({citation.guideline.id for citation in citations})
    count = f"{counted(len(citations), 'quote')} · {counted(guidelines, 'guideline')}"
    tabs = "".join(_tab(turn, citation, grades.get(citation.n)) for citation in citations)
    sources = "".join(_source(turn, citation, size, checked) for citation in citations)
    return f'<div class="evidence" hidden><p class="count">{count}</p><nav class="tabs">{tabs}</nav>{sources}</div>'


def grades_of(answer: Answer) -> dict[int, str]:
    """The printed grade for each citation whose statement has one."""
    return {n: statement.grade for statement in answer.statements if statement.grade for n in statement.citations}


def found_pages(search: Search, limit: int = 5) -> tuple[Citation, ...]:
    """The best passages as evidence, for the time until the answer is there."""
    return tuple(
        Citation(
            n=n,
            guideline=search.guidelines[hit.passage.guideline],
            at=hit.passage.at[0],
            section=hit.passage.heading_path,
            quote=_shown(hit.passage),
            verified=False,
            passage=hit.passage.id,
        )
        for n, hit in enumerate(search.hits[:limit], start=1)
    )


def _shown(passage: Passage) -> str:
    """A passage's words; of a drawing only its title, for its words say something else out of their place."""
    if passage.kind in DRAWN_KINDS:
        return passage.sentences[0].text if passage.sentences else ""
    return passage.text


def mark_style(box: Box, width: float, height: float) -> str:
    """The box as percentages of its page, so that it fits the image at any size."""
    left, right = _percent(box.left - _MARGIN, width), _percent(box.right + _MARGIN, width)
    top, bottom = _percent(box.top - _MARGIN, height), _percent(box.bottom + _MARGIN, height)
    return f"left:{left:.3f}%;top:{top:.3f}%;width:{right - left:.3f}%;height:{bottom - top:.3f}%"


def _percent(length: float, whole: float) -> float:
    return min(100.0, max(0.0, 100.0 * length / whole))


def _tab(turn: int, citation: Citation, grade: str | None) -> str:
    return (
        f'<a class="tab" href="#{anchor(turn, citation.n)}"><span class="sr">Citation </span><b>{citation.n}</b> '
        f"p. {citation.at.page} {badges(grade)}</a>"
    )


def _source(turn: int, citation: Citation, size: PageSize, checked: bool) -> str:
    info, at = citation.guideline, citation.at
    about = " · ".join(part for part in (edition_line(info), page_name(at)) if part)
    section = " › ".join(text(heading) for heading in citation.section)
    proof = _proof(citation) if checked else ""
    told = " · ".join(text(finding) for finding in citation.findings)
    return (
        f'<article class="source" id="{anchor(turn, citation.n)}"><h3>{text(info.title)}</h3>'
        f'<p class="about">{about}</p>'
        + (f'<p class="section">{section}</p>' if section else "")
        + f"<blockquote>{text(citation.quote)}</blockquote>{proof}"
        + (f'<p class="about found-by">Found by: {told}</p>' if told else "")
        + f"{_page(citation, size)}</article>"
    )


def _proof(citation: Citation) -> str:
    if citation.ocr_note:
        return f'<p class="proof ocr">{text(citation.ocr_note)}</p>'
    if citation.verified:
        return '<p class="proof good">Found word for word on this page</p>'
    return '<p class="proof bad">Not found on this page: read the page itself</p>'


def _page(citation: Citation, size: PageSize) -> str:
    info, at = citation.guideline, citation.at
    address = page_address(info, at.page)
    points = size(info.file, at.page)
    shape = f' style="aspect-ratio:{points[0]:.2f}/{points[1]:.2f}"' if points else ""
    marks = (
        "".join(f'<div class="mark" style="{mark_style(box, *points)}"></div>' for box in at.boxes) if points else ""
    )
    unmarked = "" if marks else '<p class="about">The place on the page is not known; the words stand above.</p>'
    alt = f"{text(info.title)}, {page_name(at)}"
    return (
        f'{unmarked}<div class="page"{shape}><img src="{address}" alt="{alt}" loading="lazy">{marks}</div>'
        f'<p class="open"><a class="open-page" href="{address}">Open the page alone</a></p>'
    )
