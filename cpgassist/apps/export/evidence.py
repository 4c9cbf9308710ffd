"""The evidence of an exported answer: each quote with its place and its words marked on the page, then whole pages."""

from __future__ import annotations

from collections.abc import Iterator

from cpgassist.apps.export.blocks import Block, Heading, Paragraph, Run, visible
from cpgassist.apps.export.pictures import PagePicture, Pages, open_page
from cpgassist.apps.language.malay import said
from cpgassist.apps.language.words import EVIDENCE, EXPORT
from cpgassist.apps.wording import CELLS, edition_line, page_name
from cpgassist.errors import CpgassistError
from cpgassist.types import Answer, Citation


def evidence(answer: Answer, pages: Pages) -> Iterator[Block]:
    """What the citations stand on, with pictures of their pages."""
    if not answer.citations:
        return
    shelf = _Shelf(answer.citations, pages)
    yield Heading(EVIDENCE["title"], 2)
    for citation in answer.citations:
        yield from _source(citation, _grades(answer, citation.n))
        yield from shelf.region(citation)
    yield Heading(EXPORT["pages"], 2)
    yield from shelf.wholes()


def quotes(answer: Answer) -> Iterator[Block]:
    """What the citations stand on, in words alone."""
    for citation in answer.citations:
        yield from _source(citation, _grades(answer, citation.n))


def _grades(answer: Answer, n: int) -> list[str]:
    printed = (one.grade for one in answer.statements if one.grade and n in one.citations[:1])
    return [part.strip() for grade in dict.fromkeys(printed) for part in grade.split(CELLS)]


def _source(citation: Citation, grades: list[str]) -> Iterator[Block]:
    info, at = citation.guideline, citation.at
    yield Heading(visible(f"[{citation.n}] {info.title}, {said(page_name(at))}"), 3, citation.n)
    about = edition_line(info)
    if about:
        yield _quiet(about)
    if citation.section:
        yield _quiet(" › ".join(citation.section))
    badges = [run for grade in grades for run in (Run(" "), Run(visible(grade), "grade"))]
    yield Paragraph((Run(visible(citation.shown)), *badges), "quote", info.language or "")
    if citation.source_text is not None:
        yield _quiet(EXPORT["text_layer"].format(citation.source_text))
    if citation.ocr_note:
        yield Paragraph((Run(visible(said(citation.ocr_note))),), "warning")
    else:
        yield Paragraph(
            (Run(f"{EVIDENCE['found' if citation.verified else 'not_found']}."),),
            "proof" if citation.verified else "warning",
        )
    if citation.findings:
        yield _quiet(EVIDENCE["found_by"].format(" · ".join(citation.findings)))


def _quiet(words: str) -> Paragraph:
    return Paragraph((Run(visible(words)),), "quiet")


class _Shelf:
    """The cited pages, each drawn once."""

    def __init__(self, citations: tuple[Citation, ...], pages: Pages) -> None:
        self._drawn: dict[tuple[str, int], tuple[list[Citation], PagePicture | str]] = {}
        for citation in citations:
            key = (citation.guideline.file, citation.at.page)
            if key not in self._drawn:
                self._drawn[key] = ([], _opened(pages, *key))
            self._drawn[key][0].append(citation)

    def region(self, citation: Citation) -> Iterator[Block]:
        """The part of the page around the words of a citation."""
        _, page = self._drawn[citation.guideline.file, citation.at.page]
        if isinstance(page, str):
            yield Paragraph((Run(page),), "warning")
        elif not citation.at.boxes:
            yield _quiet(EVIDENCE["unmarked"])
        else:
            alt = EXPORT["part"].format(said(page_name(citation.at)), citation.guideline.title, citation.n)
            yield page.around(citation.at.boxes, visible(alt))

    def wholes(self) -> Iterator[Block]:
        """Every page, whole, with all words marked that are quoted from it."""
        for citations, page in self._drawn.values():
            first = citations[0]
            numbers = "".join(f"[{citation.n}]" for citation in citations)
            name = f"{first.guideline.title}, {said(page_name(first.at))}"
            yield Heading(visible(f"{name} {numbers}"), 3)
            if isinstance(page, str):
                yield Paragraph((Run(page),), "warning")
            else:
                boxes = [box for citation in citations for box in citation.at.boxes]
                yield page.whole(boxes, visible(EXPORT["whole"].format(name, numbers)))


def _opened(pages: Pages, file: str, page: int) -> PagePicture | str:
    """The page, or the words that stand for it: an export without a picture still quotes and cites."""
    try:
        return open_page(pages, file, page)
    except CpgassistError as error:
        return visible(EXPORT["not_drawn"].format(said(error.message)))
