"""Exported files read back as a reader's programs would: their words, without the white space that layout changes."""

from __future__ import annotations

import io
import re
import zipfile
from html.parser import HTMLParser

import docx
import pypdfium2

from cpgassist.apps.export import FORMATS


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in ("style", "title"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside:
            self.words.append(data)


def html_words(file: bytes) -> str:
    reader = _Words()
    reader.feed(file.decode())
    reader.close()
    return "".join(reader.words)


def pdf_words(file: bytes) -> str:
    with pypdfium2.PdfDocument(file) as document:
        # A hyphen at the end of a line comes back as U+FFFE.
        return "\n".join(page.get_textpage().get_text_range() for page in document).replace("\ufffe", "-")


def docx_words(file: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        assert parts.testzip() is None
    return "\n".join(text for text in _docx_texts(docx.Document(io.BytesIO(file))))


def _docx_texts(document):
    for one in document.iter_inner_content():
        if hasattr(one, "rows"):
            for row in one.rows:
                yield from {
                    cell._tc: cell.text for cell in row.cells
                }.values()  # a merged cell stands there once for each column
        else:
            yield one.text


READERS = {"html": html_words, "pdf": pdf_words, "docx": docx_words}
assert set(READERS) == set(FORMATS)


def solid(text: str) -> str:
    """The text without white space and the brackets that set a grade apart in print."""
    return re.sub(r"[\s()]", "", text)
