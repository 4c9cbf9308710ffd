"""An answer as one file that stands alone: HTML, PDF or DOCX with quotes, grades, pages and pictures of them."""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

from cpgassist.apps.export.composing import compose
from cpgassist.apps.export.pictures import Pages
from cpgassist.apps.language.words import Language, speaking
from cpgassist.errors import InputError
from cpgassist.types import Answer

__all__ = ["FORMATS", "Format", "Pages", "export_answer"]

Format = Literal["html", "pdf", "docx"]
FORMATS: tuple[Format, ...] = get_args(Format)


def export_answer(
    answer: Answer, corpus: Pages, format: Format, today: date | None = None, language: Language = "en"
) -> bytes:
    """The answer as a file of this format, with pictures of the cited pages from the corpus inside it.

    All formats say the same words in the same order. `today` is the date that the file bears; an answer, a corpus and
    a date give the same bytes each time. `language` is that of the program's own words: what a guideline prints stays as
    it is. Raises InputError for another format.
    """
    if format not in FORMATS:
        raise InputError(f"An answer cannot be saved as {format!r}.", f"Formats are {', '.join(FORMATS)}.")
    with speaking(language):
        document = compose(answer, corpus, today or date.today())
        if format == "html":
            from cpgassist.apps.export.as_html import write_html

            return write_html(document)
        if format == "pdf":
            from cpgassist.apps.export.as_pdf import write_pdf

            return write_pdf(document)
        from cpgassist.apps.export.as_docx import write_docx

        return write_docx(document)
