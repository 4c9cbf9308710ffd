"""The guidelines of the corpus over REST: what there is, and pictures of pages with words marked."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Path, Query
from fastapi.responses import JSONResponse, Response

from cpgassist.answering import find_cited
from cpgassist.apps.drawing import mark_words
from cpgassist.apps.rest.answering import PROBLEMS
from cpgassist.apps.web.problems import problem
from cpgassist.apps.web.shapes import BoxesOut, GuidelineEntry, entry
from cpgassist.types import GuidelineInfo, Quote

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant

PAGE_DPI = 132
LONGEST_QUOTE = 4000
Id = Annotated[str, Path(max_length=200)]
PageNumber = Annotated[int, Path(ge=1, le=100_000, description="PDF page, counted from 1.")]
PICTURE: dict[str, Any] = {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}


def add_guidelines(app: FastAPI, assistant: Assistant) -> None:
    """Add `/guidelines`, one of them, and its pages."""

    @app.get("/guidelines", response_model=list[GuidelineEntry], responses=PROBLEMS, summary="List guidelines")
    def guidelines() -> Any:
        """Every guideline of the index in service, by title."""
        known = assistant.index.guidelines.values()
        return JSONResponse([entry(info) for info in sorted(known, key=lambda info: (info.title, info.id))])

    @app.get("/guidelines/{id}", response_model=GuidelineEntry, responses=PROBLEMS, summary="One guideline")
    def guideline(id: Id) -> Any:
        """One guideline by its id."""
        info = assistant.index.guidelines.get(id)
        return _absent_guideline() if info is None else JSONResponse(entry(info))

    @app.get(
        "/guidelines/{id}/pages/{page}.png",
        response_class=Response,
        responses={**PROBLEMS, 200: PICTURE},
        summary="The picture of a page",
    )
    def page_image(
        id: Id,
        page: PageNumber,
        quote: Annotated[str | None, Query(max_length=LONGEST_QUOTE, description="Words to mark on it.")] = None,
    ) -> Response:
        """A page as PNG, the quoted words marked. 404 where the page, or the quote on it, is not."""
        info = assistant.index.guidelines.get(id)
        if info is None or not 1 <= page <= info.pages:
            return _absent_page(info)
        picture = assistant.corpus.page_image(info.file, page, PAGE_DPI)
        if quote is not None:
            found = _found(assistant, info, page, quote)
            if found is None:
                return _absent_quote()
            picture = mark_words(picture, assistant.corpus.page_size(info.file, page)[0], found.boxes)
        png = BytesIO()
        picture.save(png, "PNG")
        return Response(png.getvalue(), media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})

    @app.get(
        "/guidelines/{id}/pages/{page}/boxes",
        response_model=BoxesOut,
        responses=PROBLEMS,
        summary="Where words stand on a page",
    )
    def boxes(id: Id, page: PageNumber, quote: Annotated[str, Query(min_length=1, max_length=LONGEST_QUOTE)]) -> Any:
        """Where the quoted words stand, found again in the PDF itself or where OCR saw them; 404 where they are not."""
        info = assistant.index.guidelines.get(id)
        if info is None or not 1 <= page <= info.pages:
            return _absent_page(info)
        found = _found(assistant, info, page, quote)
        if found is None:
            return _absent_quote()
        width, height = assistant.corpus.page_size(info.file, page)
        places = [list(box.rounded()) for box in found.boxes]
        return {"page": page, "width": width, "height": height, "quote": found.text, "boxes": places}


def _found(assistant: Assistant, info: GuidelineInfo, page: int, words: str) -> Quote | None:
    here = [one for one in assistant.index.passages if one.guideline == info.id and {page, page - 1} & set(one.pages)]
    return find_cited(info, page, words, here, assistant.corpus.find_quote)


def _absent_guideline() -> JSONResponse:
    return problem(404, "no_such_guideline", "There is no guideline of this id.", "See /api/v1/guidelines.")


def _absent_page(info: GuidelineInfo | None) -> JSONResponse:
    if info is None:
        return _absent_guideline()
    return problem(404, "no_such_page", f"This guideline has {info.pages} pages.", "Ask for one of them.")


def _absent_quote() -> JSONResponse:
    return problem(404, "no_such_quote", "These words are not on the page.", "Quote the page word for word.")
