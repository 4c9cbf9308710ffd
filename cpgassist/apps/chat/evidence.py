"""The evidence behind an answer: each quote above the picture of its page, with the quoted words marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cpgassist.apps import wording
from cpgassist.apps.chat.markup import anchor, badges, edition_line, page_address, page_name, text
from cpgassist.apps.language.malay import said
from cpgassist.apps.language.words import CHECKS, EVIDENCE, counted
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
    count = f"{counted(len(citations), CHECKS['quote'])} · {counted(guidelines, CHECKS['guideline'])}"
    tabs = "".join(_tab(turn, citation, grades.get(citation.n)) for citation in citations)
    sources = "".join(_source(turn, citation, grades.get(citation.n), size, checked) for citation in citations)
    return f'<div class="evidence" hidden><p class="count">{count}</p><nav class="tabs">{tabs}</nav>{sources}</div>'


def closest_page(turn: int, near: Citation | None, size: PageSize) -> str:
    """Hidden evidence for a silent answer: the page that it names, its heading marked where it is found."""
    if near is None:
        return ""
    count = f'<p class="count">{EVIDENCE["nothing_quoted"]}</p>'
    return f'<div class="evidence" hidden>{count}{_source(turn, near, None, size, checked=False)}</div>'


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
        f'<a class="tab" href="#{anchor(turn, citation.n)}"><span class="sr">{EVIDENCE["citation"]}</span><b>{citation.n}</b> '
        f"{EVIDENCE['tab_page'].format(citation.at.page)} {badges(grade)}</a>"
    )


def _source(turn: int, citation: Citation, grade: str | None, size: PageSize, checked: bool) -> str:
    info, at = citation.guideline, citation.at
    about = " · ".join(part for part in (edition_line(info), page_name(at)) if part)
    about += f' <span class="old">{EVIDENCE["superseded"]}</span>' if info.superseded_by else ""
    section = " › ".join(text(heading) for heading in citation.section)
    proof = _proof(citation) if checked else ""
    found_by = text(EVIDENCE["found_by"].format(" · ".join(citation.findings))) if citation.findings else ""
    return (
        f'<article class="source" id="{anchor(turn, citation.n)}"><h3>{text(info.title)}</h3>'
        f'<p class="about">{about}</p>'
        + (f'<p class="section">{section}</p>' if section else "")
        + (f"<blockquote>{text(citation.shown)}</blockquote>" if citation.shown else "")
        + (f'<p class="printed-grade">{badges(grade)}</p>' if grade else "")
        + proof
        + (f'<p class="about found-by">{found_by}</p>' if found_by else "")
        + _tools(citation, grade, checked)
        + f"{_page(citation, size)}</article>"
    )


def _proof(citation: Citation) -> str:
    if citation.ocr_note:
        return f'<p class="proof ocr">{text(said(citation.ocr_note))}</p>'
    if citation.verified:
        return f'<p class="proof good">{EVIDENCE["found"]}</p>'
    return f'<p class="proof bad">{EVIDENCE["not_found"]}</p>'


def reference(citation: Citation, grade: str | None = None) -> tuple[str, ...]:
    """The lines that a quote is copied with: its words, and where they are printed; not escaped."""
    info, at = citation.guideline, citation.at
    edition = ", ".join(str(part) for part in (info.publisher, info.edition, info.published) if part)
    pages = [EVIDENCE["pdf_page"].format(at.page), *([EVIDENCE["printed_page"].format(at.label)] if at.label else [])]
    lines = [f"“{citation.shown}”", f"{info.title}{f'. {edition}' if edition else ''}. {', '.join(pages)}."]
    if citation.section:
        lines.append(" › ".join(citation.section))
    if grade:
        lines.append(EVIDENCE["grade"].format(grade))
    if citation.ocr_note:
        lines.append(said(citation.ocr_note))
    elif not citation.verified:
        lines.append(EVIDENCE["not_found"])
    return tuple(" ".join(line.split()) for line in lines)


def _tools(citation: Citation, grade: str | None, checked: bool) -> str:
    """What can be done with a quote; what is copied stands there hidden, a line each."""
    alone = f'<a class="open-page" href="{page_address(citation.guideline, citation.at.page)}">{EVIDENCE["open"]}</a>'
    if not checked:
        return f'<div class="tools">{alone}</div>'
    lines = "".join(f"<span>{text(line)}</span>" for line in reference(citation, grade))
    return (
        f'<div class="tools"><button type="button" class="copy">{EVIDENCE["copy"]}</button>{alone}'
        f'<button type="button" class="unsupported">{EVIDENCE["unsupported"]}</button></div>'
        f'<p class="copied" hidden>{EVIDENCE["copied"]}</p><p class="by-hand" hidden>{EVIDENCE["copy_by_hand"]}</p>'
        f'<div class="reference" hidden>{lines}</div>'
    )


def _page(citation: Citation, size: PageSize) -> str:
    info, at = citation.guideline, citation.at
    points = size(info.file, at.page)
    shape = f' style="aspect-ratio:{points[0]:.2f}/{points[1]:.2f}"' if points else ""
    marks = (
        "".join(f'<div class="mark" style="{mark_style(box, *points)}"></div>' for box in at.boxes) if points else ""
    )
    unmarked = "" if marks or not citation.shown else f'<p class="about">{EVIDENCE["unmarked"]}</p>'
    alt = text(f"{info.title}, {said(wording.page_name(at))}")
    return (
        f'{unmarked}<div class="frame"><div class="page"{shape}>'
        f'<img src="{page_address(info, at.page)}" alt="{alt}" loading="lazy">{marks}</div></div>'
    )


def panel() -> str:
    """The panel before anything was asked; the browser fills it (assets/evidence.js)."""
    zoom = "".join(
        f'<button type="button" class="{name}">{EVIDENCE[words]}</button>'
        for name, words in (("fit", "fit"), ("actual", "actual"), ("double", "double"))
    )
    return (
        f'<div class="panel-head"><h2>{EVIDENCE["title"]}</h2><span class="count"></span><span class="steps">'
        f'{_step("previous", "‹", disabled=True)}<span class="place"></span>{_step("next", "›", disabled=True)}</span>'
        f"{_step('close', '✕')}</div>"
        f'<div class="zoom"><span class="sr">{EVIDENCE["zoom"]}</span>{_step("zoom_out", "−")}{zoom}{_step("zoom_in", "+")}'
        f'</div><div class="panel-body"><div class="empty"><h3>{EVIDENCE["heading"]}</h3>'
        f"<p>{EVIDENCE['empty']}</p></div></div>"
        f'<p class="none" hidden>{EVIDENCE["none"]}</p><p class="of" hidden>{EVIDENCE["place"]}</p>'
    )


def _step(name: str, sign: str, disabled: bool = False) -> str:
    return (
        f'<button type="button" class="{name}"{" disabled" if disabled else ""}>{sign}'
        f'<span class="sr"> {EVIDENCE[name]}</span></button>'
    )
